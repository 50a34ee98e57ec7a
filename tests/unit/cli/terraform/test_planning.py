"""Plans that `apply` rejects, with a program in Terraform's place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from documentation.pages import quote_block
from fake_aws import refusal
from fake_terraform import FakeTerraform

from domovoi_tf.cli.deployment.deploy import deploy
from domovoi_tf.cli.terraform import planning
from domovoi_tf.cli.terraform.plan import apply, plan

from ..conftest import Invoke

FOUND = (
    "The state of dev is empty, but these resources of the plan exist already:\n"
    "  function bar-dev\n"
    "  role bar-dev"
)
ADVICE = (
    "Nothing was changed. What belongs to this app, because another tool or a run of Terraform that was "
    "killed has created it, is imported with `domovoi-tf backend recover` and the next apply. For what "
    "belongs to something else, choose another name, app_name or stage."
)


def make_creation(resource_type: str, **values: Any) -> dict[str, Any]:
    return {
        "address": f"module.app.module.lambda.{resource_type}.this",
        "module_address": "module.app.module.lambda",
        "mode": "managed",
        "type": resource_type,
        "name": "this",
        "change": {"actions": ["create"], "before": None, "after": values},
    }


class Account:
    """A boto3 client of an account that has the app's function and role."""

    def __init__(self) -> None:
        self.is_empty = False

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        return self._answer()

    def get_role(self, **_: Any) -> dict[str, Any]:
        return self._answer()

    def describe_rule(self, **_: Any) -> dict[str, Any]:
        return self._answer()

    def describe_log_groups(self, **arguments: Any) -> dict[str, Any]:
        return {"logGroups": [{"logGroupName": arguments["logGroupNamePrefix"]}]}

    def get_bucket_notification_configuration(self, **_: Any) -> dict[str, Any]:
        audit = {"QueueArn": "arn:aws:sqs:eu-west-1:1:audit", "Id": "a", "Events": ["s3:ObjectCreated:*"]}
        return {"QueueConfigurations": [audit], "EventBridgeConfiguration": {}}

    def _answer(self) -> dict[str, Any]:
        if self.is_empty:
            raise refusal("NoSuchEntity")
        return {}


@pytest.fixture
def account(
    project: Path, rendered_tree: Path, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch
) -> Account:
    """The account, for which Terraform plans a first deployment."""
    monkeypatch.chdir(project)
    account = Account()
    monkeypatch.setattr(planning, "make_client_factory", lambda *_, **__: lambda service: account)
    creations = [
        make_creation("aws_lambda_function", function_name="bar-dev"),
        make_creation("aws_iam_role", name="bar-dev"),
    ]
    terraform.on("plan -input=false -no-color -out", "", files={"-out": "plan"})
    terraform.on("plan -input=false -no-color -detailed", "The plan.\n", code=2, files={"-out": "plan"})
    terraform.on("show -json", json.dumps({"resource_changes": creations}))
    terraform.on("state pull", '{"lineage": "l", "serial": 0}')
    terraform.on("output", "{}")
    terraform.on("apply")
    return account


def get_root(project: Path) -> Path:
    return project / "terraform" / "stages" / "dev"


def list_plans(project: Path) -> list[str]:
    folder = get_root(project) / ".terraform" / "domovoi-tf"
    return sorted(path.name for path in folder.glob("*"))


@pytest.mark.parametrize(
    ("command", "arguments"),
    [(apply, ("--yes",)), (deploy, ("--yes",)), (deploy, ("--dry-run",)), (deploy, ("--yes", "--json"))],
)
def test_first_deployment_stops_before_anything_is_changed(
    invoke: Invoke,
    account: Account,
    terraform: FakeTerraform,
    project: Path,
    command: click.Command,
    arguments: tuple[str, ...],
) -> None:
    done = invoke(command, *arguments)
    assert (done.code, str(done.error)) == (1, f"{FOUND}\n{ADVICE}")
    assert not any(each.startswith("apply") for each in terraform.commands)
    assert list_plans(project) == []


def test_page_on_running_quotes_the_error(invoke: Invoke, account: Account, terraform: FakeTerraform) -> None:
    creations = [
        make_creation("aws_cloudwatch_event_rule", name="pub-rule", schedule_expression="rate(1 day)"),
        make_creation("aws_iam_role", name="pub-dev"),
        make_creation("aws_cloudwatch_log_group", name="/aws/lambda/pub-dev"),
        make_creation("aws_lambda_function", function_name="pub-dev"),
    ]
    terraform.on("show -json", json.dumps({"resource_changes": creations}))
    said = f"Error: {invoke(apply, '--yes').error}"
    assert said.split() == quote_block("docs/guides/running.md", "Error: The state of dev is empty").split()


def test_plan_warns_and_its_plan_is_not_applied(
    account: Account,
    terraform: FakeTerraform,
    project: Path,
    capfd: pytest.CaptureFixture[str],
    invoke: Invoke,
) -> None:
    with pytest.raises(SystemExit) as exited:
        plan.main([])
    assert exited.value.code == 0
    assert click.unstyle(capfd.readouterr().err).partition("Warning: ")[2] == (
        f"{FOUND}\nApplying this plan stops before it changes anything.\n"
    )
    done = invoke(apply)
    assert (done.code, str(done.error)) == (1, f"{FOUND}\n{ADVICE}")
    assert not any(each.startswith("apply") for each in terraform.commands)
    account.is_empty = True
    assert invoke(apply).code == 0
    assert any(each.startswith("apply") for each in terraform.commands)


@pytest.mark.parametrize(("command", "arguments"), [(plan, ()), (apply, ("--yes",)), (deploy, ("--yes",))])
def test_names_that_are_free_are_no_problem(
    account: Account, command: click.Command, arguments: tuple[str, ...], invoke: Invoke
) -> None:
    account.is_empty = True
    done = invoke(command, *arguments)
    assert (done.code, done.error) == (0, None)


ERASED = (
    "The plan would erase what others have added:\n"
    "  S3 bucket notification photos: arn:aws:sqs:eu-west-1:1:audit for s3:ObjectCreated:*\n"
    "  S3 bucket notification photos: EventBridge"
)


@pytest.fixture
def other_owner(account: Account, terraform: FakeTerraform) -> None:
    """Makes the plan of an app that writes the notification of a bucket, which has one."""
    account.is_empty = True
    values = {"bucket": "photos", "lambda_function": [{"id": "bar-dev-s3_photos_direct"}]}
    creation = make_creation("aws_s3_bucket_notification", **values)
    creation["address"] = "module.app.aws_s3_bucket_notification.photos"
    terraform.on("show -json", json.dumps({"resource_changes": [creation]}))


@pytest.mark.usefixtures("other_owner")
@pytest.mark.parametrize("command", [apply, deploy])
def test_plan_that_erases_entries_of_others_stops(
    invoke: Invoke, terraform: FakeTerraform, project: Path, command: click.Command
) -> None:
    done = invoke(command, "--yes")
    assert (done.code, str(done.error)) == (
        1,
        f"{ERASED}\n"
        "Nothing was changed. Leave the notification to its owner, with manage_notification=False, "
        "sns_topic= or use_eventbridge=True (docs/sources/s3.md). To let the app own it, import it in the "
        "stage's folder first:\n"
        "  terraform import module.app.aws_s3_bucket_notification.photos photos",
    )
    assert not any(each.startswith("apply") for each in terraform.commands)
    assert list_plans(project) == []


@pytest.mark.usefixtures("other_owner")
def test_plan_warns_about_entries_of_others(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        plan.main([])
    assert click.unstyle(capfd.readouterr().err).partition("Warning: ")[2] == (
        f"{ERASED}\nApplying this plan stops before it changes anything.\n"
    )


SHARED = (
    "The plan destroys and creates the same objects in no certain order, and may leave none:\n"
    "  module.app.module.tend -> module.app.module.serve"
)


@pytest.fixture
def two_addresses(account: Account, terraform: FakeTerraform) -> None:
    """Makes the plan of a tree that does not know that tend was renamed."""
    account.is_empty = True
    values = {"topic_arn": "arn:aws:sns:eu-west-1:1:orders", "protocol": "lambda", "endpoint": "arn"}
    creation = make_creation("aws_sns_topic_subscription", **values)
    removal = {
        **creation,
        "address": "module.app.module.tend.aws_sns_topic_subscription.this",
        "change": {"actions": ["delete"], "before": values, "after": None},
    }
    creation["address"] = "module.app.module.serve.aws_sns_topic_subscription.this"
    terraform.on("show -json", json.dumps({"resource_changes": [removal, creation]}))


@pytest.mark.usefixtures("two_addresses")
@pytest.mark.parametrize("command", [apply, deploy])
def test_plan_that_destroys_what_it_creates_elsewhere_stops(
    invoke: Invoke, terraform: FakeTerraform, project: Path, command: click.Command
) -> None:
    done = invoke(command, "--yes")
    assert (done.code, str(done.error)) == (
        1,
        f"{SHARED}\n"
        "Nothing was changed. The rendered tree does not know what is deployed: render over the tree of the "
        "last deployment, or keep the names of handlers with name= (docs/guides/renaming.md). To apply this "
        "plan nevertheless, run `terraform apply` in terraform/stages/dev.",
    )
    assert not any(each.startswith("apply") for each in terraform.commands)
    assert list_plans(project) == []


@pytest.mark.usefixtures("two_addresses")
def test_plan_warns_about_objects_at_two_addresses(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        plan.main([])
    assert click.unstyle(capfd.readouterr().err).partition("Warning: ")[2] == (
        f"{SHARED}\nApplying this plan stops before it changes anything.\n"
    )
