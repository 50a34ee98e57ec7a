"""Tests the permissions of event sources: their IDs, and their return with a function that is replaced."""

from __future__ import annotations

import re
from typing import Any

import pytest
import tftest
from paper_states import plan_changes, pretend_apply

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform

FUNCTION = "module.app.module.lambda.aws_lambda_function.this"
PERMISSION = re.compile(r".*\.aws_lambda_permission\.\w+(\[.*\])?")
ACCOUNT = "us-east-1:123456789012"
LISTENER = f"arn:aws:elasticloadbalancing:{ACCOUNT}:listener/app/bar/1/2"
ROOT = f"""\
variable "topic" {{
  default = "arn:aws:sns:{ACCOUNT}:one"
}}

variable "timeout" {{
  default = 60
}}

provider "aws" {{}}

module "app" {{
  source = "./app"

  alb_listener_arn       = "{LISTENER}"
  topic_arn              = var.topic
  settings = {{
    timeout                = var.timeout
    publish                = true
    maximum_retry_attempts = 1
  }}
}}
"""
#: The IDs of the statements by the label of the module call. With other IDs, the next deployment of each app
#: would replace its permissions.
STATEMENTS = {
    "answer": "FunctionURLAllowPublicAccess",
    "hear": "rule-bar-hear-5d8d9552",
    "own_wine": "sns-bar-wines-242330d4",
    "passed": "sns-topic_arn-550cacc3",
    "pay": "rule-bar-pay-10d91b03",
    "read": "ses-bar-read-f9ac27f7",
    "s3_cellar_direct": "s3-cellar-c9c8eb8f",
    "s3_photos_sns": "s3-bar-s3-photos-sns-a2852ba5",
    "serve": "alb-bar-serve-8e942713",
    "tick": "rule-bar-tick-077bae72",
    "watch": "logs--words-in-a-group-75a20c9a",
    "wine": "sns-wines-9d648702",
}


def handle(event: object, context: object) -> None: ...


def build_app() -> Domovoi:
    """Returns an app with all kinds of sources that need a permission."""
    app = Domovoi()
    app.scheduled_function("rate(1 day)", name="tick")(handle)
    app.cloudwatch_event_handler(source=["bar"], name="hear")(handle)
    app.sns_topic_subscriber("wines", name="wine")(handle)
    app.sns_topic_subscriber(scoped("wines"), name="own_wine")(handle)
    app.sns_topic_subscriber(variable("topic_arn"), name="passed")(handle)
    app.cloudwatch_logs_sub_filter_handler("/of/many.words/in/a/group", "", create=True, name="watch")(handle)
    app.s3_event_handler("cellar", ["s3:ObjectCreated:*"], use_sns=False, name="store")(handle)
    app.s3_event_handler("photos", ["s3:ObjectCreated:*"], create=True, name="frame")(handle)
    app.s3_event_handler("bills", ["s3:ObjectCreated:*"], use_eventbridge=True, name="pay")(handle)
    app.email_receipt_handler(["a@example.com"], rule_set_name="inbound", name="read")(handle)
    app.alb_target("/a", priority=1, name="serve")(handle)
    app.function_url(auth="NONE", name="answer")(handle)
    return app


@pytest.fixture(scope="module")
def runner(
    tmp_path_factory: pytest.TempPathFactory, attached_terraform: Binary, aws_environment: dict[str, str]
) -> Any:
    """The runner of a root module, as if it had been applied."""
    folder = tmp_path_factory.mktemp("permissions")
    application = build_app().freeze()
    assert application.faults == ()
    stack = synthesize(application, Settings(app_name="bar", stage="dev"))
    files = render(stack, assets.find_templates(), assets.find_modules())
    texts = {file.path: file.content.decode() for file in files if file.path.startswith("app/")}
    (folder / "app").mkdir()
    (folder / "app" / "package.zip").touch()
    runner = tftest.TerraformTest(str(folder), binary=str(attached_terraform.path), env=aws_environment)
    pretend_apply(runner, folder, {"main.tf": ROOT, **texts}, rounds=3)
    return runner


def select_permissions(changes: dict[str, Any]) -> dict[str, Any]:
    """Returns the changes of permissions by the label of their module call."""
    return {
        address.split(".")[3]: each["change"]
        for address, each in changes.items()
        if PERMISSION.fullmatch(address)
    }


def test_ids_follow_from_the_names_of_the_sources(runner: Any) -> None:
    changes = select_permissions(plan_changes(runner))
    assert {label: change["after"]["statement_id"] for label, change in changes.items()} == STATEMENTS
    assert {action for change in changes.values() for action in change["actions"]} == {"no-op"}


def test_permissions_return_with_a_replaced_function(runner: Any) -> None:
    changes = plan_changes(runner, f"-replace={FUNCTION}")
    kept = {
        label: change["actions"]
        for label, change in select_permissions(changes).items()
        if not {"create", "delete"} <= {*change["actions"]}
    }
    assert kept == {}
    for address in (
        "module.app.module.answer.aws_lambda_function_url.this",
        'module.app.module.lambda.aws_lambda_alias.live["live"]',
        'module.app.module.lambda.aws_lambda_function_event_invoke_config.this["this"]',
    ):
        assert {*changes[address]["change"]["actions"]} == {"create", "delete"}, address


def test_function_that_is_updated_keeps_its_permissions(runner: Any) -> None:
    changes = plan_changes(runner, "-var=timeout=5")
    assert changes[FUNCTION]["change"]["actions"] == ["update"]
    assert {action for change in select_permissions(changes).values() for action in change["actions"]} == {
        "no-op"
    }


def test_permission_for_another_value_of_a_variable_comes_after_the_old_one_has_gone(runner: Any) -> None:
    """It has the same ID, which Lambda accepts only once."""
    changes = select_permissions(plan_changes(runner, f"-var=topic=arn:aws:sns:{ACCOUNT}:two"))
    assert changes["passed"]["actions"] == ["delete", "create"]
    assert changes["passed"]["before"]["statement_id"] == changes["passed"]["after"]["statement_id"]
    others = {label for label, change in changes.items() if change["actions"] != ["no-op"]}
    assert others == {"passed"}
