"""Tests of the ARNs that follow from names: later plans know them, and they fit the partition.

If the call of the app's module has ``depends_on``, Terraform reads the data sources in the module during
apply as soon as what it depends on changes, be it by a tag. What they tell is unknown until then, and an
argument that cannot be updated then replaces its resource: a stream is read again from its beginning, and
messages are lost.

https://developer.hashicorp.com/terraform/language/meta-arguments/depends_on
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import tftest
from paper_states import plan_changes, pretend_apply, write_files

from domovoi_tf import Domovoi, variable
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform

PROVIDER = 'provider "aws" {}'
HOST = """\
provider "aws" {}

resource "aws_sqs_queue" "work" {
  name = "work"
  tags = { version = "VERSION" }
}

module "bar" {
  source     = "./app"
  name       = "bar"
  letters    = "arn:aws:sqs:us-east-1:123456789012:letters"
  depends_on = [aws_sqs_queue.work]
}

output "bar" {
  value = module.bar
}
"""
#: Otherwise the provider would take the partition from the emulator's answers.
CHINA = """\
provider "aws" {
  region                      = "cn-north-1"
  skip_requesting_account_id  = true
  skip_credentials_validation = true
}

module "bar" {
  source = "./app"
}
"""
#: What a paper state leaves out, and no plan of a real state has.
UNKNOWN_ON_PAPER = {"managed_policy_arns", "tags_all"}
TABLE_MAPPING = "module.bar.module.greet.aws_lambda_event_source_mapping.this"
#: The names of the services that are the same everywhere.
PRINCIPALS = {
    f"{name}.amazonaws.com" for name in ("events", "lambda", "s3", "scheduler", "ses", "sns", "states")
}
MACHINE = {"StartAt": "Wait", "States": {"Wait": {"Type": "Task", "End": True}}}


def handle(event: object, context: object) -> None: ...


def build_app(has_table: bool = True) -> Domovoi:
    app = Domovoi()
    app.function("reports")
    for function in ("", "reports"):
        suffix = f"_{function}" if function else ""
        app.sns_topic_subscriber("alarms", create=False, function=function, name=f"alarm{suffix}")(handle)
        app.kinesis_stream_handler("clicks", function=function, name=f"click{suffix}")(handle)
    app.sqs_queue_subscriber("work", create=False, name="work")(handle)
    app.sqs_queue_subscriber(variable("letters"), name="read")(handle)
    app.cloudwatch_logs_sub_filter_handler("/till", "", name="watch")(handle)
    app.s3_event_handler("photos", ["s3:ObjectCreated:*"], use_sns=False, name="frame")(handle)
    app.s3_event_handler("scans", ["s3:ObjectCreated:*"], sns_topic="scans", name="scan")(handle)
    app.s3_event_handler("films", ["s3:ObjectCreated:*"], use_sqs=True, name="film")(handle)
    app.scheduled_function("rate(1 day)", name="close")(handle)
    app.scheduled_function("cron(0 18 ? * MON-FRI *)", timezone="Europe/Vienna", name="open")(handle)
    app.cloudwatch_event_handler(source=["a"], name="restock")(handle)
    app.email_receipt_handler(rule_set_name="inbound", name="answer")(handle)
    app.function_url(name="serve")(handle)
    if has_table:
        app.dynamodb_stream_handler("customers", name="greet")(handle)
    app.step_function_task("Wait", MACHINE, name="wait")(handle)
    return app


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the root module."""
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def runner(root: Path, attached_terraform: Binary, aws_environment: dict[str, str]) -> tftest.TerraformTest:
    """The runner of the root module, as good as applied. The queue's tag changes in each round."""
    runner = tftest.TerraformTest(str(root), binary=str(attached_terraform.path), env=aws_environment)
    files = render_app(build_app())
    for version in ("1", "2", "3"):
        pretend_apply(runner, root, {**files, "main.tf": HOST.replace("VERSION", version)})
    return runner


def render_app(app: Domovoi) -> dict[str, str]:
    """Returns the texts of the app's module by path, with a package."""
    stack = synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))
    files = render(stack, assets.find_templates(), assets.find_modules())
    texts = {file.path: file.content.decode() for file in files if file.path.startswith("app/")}
    return {**texts, "app/package.zip": "zip"}


def plan_after_change(root: Path, runner: tftest.TerraformTest, *options: str) -> dict[str, dict[str, Any]]:
    """Returns the changes by address after another change of the queue's tag."""
    write_files(root, {"main.tf": HOST.replace("VERSION", "4")})
    return {address: each["change"] for address, each in plan_changes(runner, *options).items()}


def list_changed(change: dict[str, Any]) -> list[str]:
    """Returns the attributes that change, or may change."""
    before, after = change["before"] or {}, change["after"] or {}
    unknown = {name for name, value in change["after_unknown"].items() if value is True}
    known = {name for name in after if after[name] != before.get(name)}
    return sorted((unknown | known) - UNKNOWN_ON_PAPER)


def find_replaced(changes: dict[str, dict[str, Any]]) -> set[str]:
    return {address for address, change in changes.items() if "delete" in change["actions"]}


def test_changed_tag_replaces_only_the_mapping_of_a_table(root: Path, runner: tftest.TerraformTest) -> None:
    changes = plan_after_change(root, runner)
    assert find_replaced(changes) == {TABLE_MAPPING}
    updated = {
        address: list_changed(change)
        for address, change in changes.items()
        if change["actions"] == ["update"] and list_changed(change)
    }
    assert updated == {
        "aws_sqs_queue.work": ["tags"],
        'module.bar.module.iam.aws_iam_role_policy.mappings["dynamodb"]': ["policy"],
    }


def test_replaced_function_gets_its_permissions_again_and_keeps_its_mappings(
    root: Path, runner: tftest.TerraformTest
) -> None:
    """Lambda deletes the permissions with the function. A new mapping would read its stream again."""
    function = "module.bar.module.lambda.aws_lambda_function.this"
    changes = plan_after_change(root, runner, f"-replace={function}")
    replaced = find_replaced(changes)
    permissions = {address for address in changes if ".aws_lambda_permission." in address}
    assert permissions - replaced == {"module.bar.module.alarm_reports.aws_lambda_permission.this"}
    mappings = {address for address in changes if ".aws_lambda_event_source_mapping." in address}
    assert len(mappings) > 1
    assert mappings & replaced == {TABLE_MAPPING}


@pytest.mark.parametrize(
    ("partition", "region", "logs", "host"),
    [
        ("aws", "eu-west-1", "logs.amazonaws.com", "sqs.eu-west-1.amazonaws.com"),
        ("aws-cn", "cn-north-1", "logs.amazonaws.com.cn", "sqs.cn-north-1.amazonaws.com.cn"),
        ("aws-us-gov", "us-gov-west-1", "logs.amazonaws.com", "sqs.us-gov-west-1.amazonaws.com"),
    ],
)
def test_arns_principals_and_hosts_are_those_of_the_partition(
    partition: str, region: str, logs: str, host: str, root: Path, runner: tftest.TerraformTest
) -> None:
    def move(text: str) -> str:
        return text.replace("arn:aws:", f"arn:{partition}:").replace("us-east-1", region)

    provider = f'provider "aws" {{\n  region = "{region}"\n}}'
    write_files(root, {"main.tf": move(HOST.replace("VERSION", "5")).replace(PROVIDER, provider)})
    state = root / "terraform.tfstate"
    deployed = state.read_text()
    state.write_text(move(deployed))
    try:
        runner.execute_command("plan", "-input=false", "-refresh=false", "-out=partition.tfplan")
        plan = json.loads(runner.execute_command("show", "-json", "partition.tfplan").out)
    finally:
        state.write_text(deployed)
    changes = {each["address"]: each["change"]["after"] for each in plan["resource_changes"]}
    planned = json.dumps(changes) + json.dumps(plan["output_changes"])
    arns = set(re.findall(r"arn:([\w-]+):([\w-]+):([\w-]*):", planned))
    assert {found for found, _, _ in arns} == {partition}
    assert {found for _, _, found in arns} == {"", region}
    assert {"sns", "sqs", "kinesis", "logs", "s3", "states", "ses", "lambda"} <= {
        service for _, service, _ in arns
    }
    principals = set(re.findall(r"[\w.-]+\.amazonaws\.com(?:\.cn)?", planned))
    assert principals == {*PRINCIPALS, logs, host}


def test_machine_of_an_app_without_functions_is_in_the_partition_of_the_provider(
    tmp_path: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    app = Domovoi()
    app.register_state_machine({"StartAt": "Wait", "States": {"Wait": {"Type": "Succeed"}}})
    runner = tftest.TerraformTest(str(tmp_path), binary=str(attached_terraform.path), env=aws_environment)
    write_files(tmp_path, {**render_app(app), "main.tf": CHINA})
    runner.setup(cleanup_on_exit=False)
    changes = plan_changes(runner)
    role = changes['module.bar.module.state_machine.aws_iam_role.this["this"]']["change"]["after"]
    (statement,) = json.loads(role["assume_role_policy"])["Statement"]
    arn = "arn:aws-cn:states:cn-north-1:000000000000:stateMachine:bar"
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": [arn, f"{arn}:*", f"{arn}/*"]},
        "StringEquals": {"aws:SourceAccount": "000000000000"},
    }


def test_nothing_is_deployed_to_refresh(
    tmp_path: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    """Outputs must not index what does not exist before the first apply: `drift` plans so."""
    runner = tftest.TerraformTest(str(tmp_path), binary=str(attached_terraform.path), env=aws_environment)
    write_files(tmp_path, {**render_app(build_app(has_table=False)), "main.tf": HOST})
    runner.setup(cleanup_on_exit=False)
    plan = runner.execute_command("plan", "-input=false", "-refresh-only", "-no-color").out
    assert "without changing any real infrastructure" in plan.replace("\n", " ")


def render_stage(function: str, name: str) -> dict[str, str]:
    """Returns the texts of a tree with looked-up sources by path, seen from the stage's root."""
    app = Domovoi()
    app.lambda_function(name="stay")(handle)
    if function:
        app.function(function)
    app.kinesis_stream_handler("clicks", function=function, name="click")(handle)
    app.sqs_queue_subscriber("work", create=False, function=function, name="work")(handle)
    app.sns_topic_subscriber("alarms", create=False, function=function, name="alarm")(handle)
    app.cloudwatch_logs_sub_filter_handler("/till", "", function=function, name="watch")(handle)
    stack = synthesize(app.freeze(), Settings(app_name=name, stage="dev"))
    files = render(stack, assets.find_templates(), assets.find_modules())
    return {f"../../{file.path}": file.content.decode() for file in files}


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory, attached_terraform: Binary, aws_environment: dict[str, str]
) -> tuple[Path, tftest.TerraformTest]:
    """The root of a stage, as good as applied, and its runner."""
    folder = tmp_path_factory.mktemp("stage") / "stages" / "dev"
    folder.mkdir(parents=True)
    runner = tftest.TerraformTest(str(folder), binary=str(attached_terraform.path), env=aws_environment)
    pretend_apply(runner, folder, {**render_stage("", "bar"), "../../app/package.zip": "zip"}, rounds=2)
    return folder, runner


@pytest.mark.parametrize(
    ("function", "name", "waits"), [("reports", "bar", False), ("", "pub", False), ("reports", "bar", True)]
)
def test_new_function_replaces_nothing_because_of_a_source_that_it_reads(
    function: str, name: str, waits: bool, stage: tuple[Path, tftest.TerraformTest]
) -> None:
    """A mapping is updated in place. What AWS cannot update is replaced because of the function alone."""
    folder, runner = stage
    texts = {"work.tf": "", **render_stage(function, name)}
    if waits:
        texts["work.tf"] = 'resource "aws_sqs_queue" "new" {\n  name = "new"\n}\n'
        call = 'source = "../../app"\n'
        main = texts["../../stages/dev/main.tf"]
        assert call in main
        texts["../../stages/dev/main.tf"] = main.replace(
            call, f"{call}\n  depends_on = [aws_sqs_queue.new]\n"
        )
    write_files(folder, texts)
    runner.execute_command("get")
    connections, changes = {}, plan_changes(runner)
    for address, each in changes.items():
        module, _, resource = address.removeprefix("module.app.module.").partition(".")
        if module in ("click", "work", "alarm", "watch"):
            causes = sorted(path for (path,) in each["change"].get("replace_paths", ()))
            changed = list_changed(each["change"])
            connections[module, resource.removesuffix(".this")] = causes or changed
    assert connections == {
        ("click", "aws_lambda_event_source_mapping"): ["function_name"],
        ("work", "aws_lambda_event_source_mapping"): ["function_name"],
        ("alarm", "aws_lambda_permission"): ["function_name"],
        ("alarm", "aws_sns_topic_subscription"): ["endpoint"],
        ("watch", "aws_lambda_permission"): ["function_name", "principal"],
        ("watch", "aws_cloudwatch_log_subscription_filter"): [
            "destination_arn",
            *(["name"] if name == "pub" else []),
        ],
    }
    actions = {
        address: each["change"]["actions"]
        for address, each in changes.items()
        if each["type"] == "aws_lambda_event_source_mapping"
    }
    assert [*actions.values()] == [["update"], ["update"]]
