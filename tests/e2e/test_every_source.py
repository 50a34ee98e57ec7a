"""Tests the example that has a handler for each event source: deploys it, calls each handler, destroys it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from polling import wait_until
from running_dev import run_dev

from domovoi_tf.local import emulator_environment
from domovoi_tf.recorder.database import locate_events
from domovoi_tf.recorder.recorder import read_events
from domovoi_tf.recorder.records import Outcome, Run

from .conftest import EXAMPLES, PATIENCE, Account, CommandLine, OpenAccount, read_messages

pytestmark = pytest.mark.emulator
NAME = "every-source-dev"


@pytest.fixture(scope="module")
def account(open_account: OpenAccount) -> Iterator[Account]:
    """An emulator without the resources of other tests: the app has sources of every kind."""
    with open_account() as opened:
        yield opened


@pytest.fixture(scope="module")
def emulator(account: Account) -> emulator_environment.Emulator:
    return account.emulator


@pytest.fixture(scope="module")
def command_line(account: Account) -> CommandLine:
    return account.command_line


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    """The example, deployed."""
    project = tmp_path_factory.mktemp("shop") / "every_source"
    ignored = shutil.ignore_patterns("terraform", "__pycache__")
    shutil.copytree(EXAMPLES / "every_source", project, ignore=ignored)
    done = command_line("local", "deploy", cwd=project)
    assert done.code == 0, done.err[-2000:]
    return project


def list_messages(emulator: emulator_environment.Emulator) -> list[str]:
    """Returns the lines that the functions have logged."""
    groups = (f"/aws/lambda/{NAME}", f"/aws/lambda/{NAME}-reports")
    return [message.rstrip() for group in groups for message in read_messages(emulator, group)]


@pytest.mark.parametrize(
    ("handler", "payload", "message"),
    [
        ("count_stock", "{}", "counting"),
        ("open_shop", "{}", "good morning"),
        ("worry", '{"eventTypeCode": "AWS_EC2_X"}', "AWS_EC2_X"),
        ("deliver", '{"to": "4 Privet Drive"}', "{'to': '4 Privet Drive'}"),
        ("print_label", "{}", "raw/sample"),
        ("greet", '{"id": "1"}', "1 customers changed"),
        ("add_up", "{}", "1 receipts"),
        ("read_mail", '{"subject": "Two beers"}', "Two beers"),
        ("close_shop", '{"by": "Ann"}', "closed by Ann"),
    ],
)
def test_event_of_each_source_reaches_its_handler(
    handler: str,
    payload: str,
    message: str,
    shop: Path,
    command_line: CommandLine,
    emulator: emulator_environment.Emulator,
) -> None:
    done = command_line("local", "send", handler, payload, cwd=shop)
    assert done.code == 0, done
    assert wait_until(lambda: message in list_messages(emulator), PATIENCE), list_messages(emulator)


def test_filter_policy_lets_only_matching_messages_through(
    shop: Path, emulator: emulator_environment.Emulator
) -> None:
    publish_orders(emulator, "water", "wine")
    assert wait_until(lambda: "a wine" in list_messages(emulator), PATIENCE)
    assert "a water" not in list_messages(emulator)


def publish_orders(emulator: emulator_environment.Emulator, *kinds: str) -> None:
    sns = emulator_environment.create_client(emulator, "sns")
    arns = [topic["TopicArn"] for topic in sns.list_topics()["Topics"]]
    (topic,) = [arn for arn in arns if arn.endswith(f":{NAME}-orders")]
    for kind in kinds:
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=f"a {kind}", MessageAttributes=attributes)


def test_load_balancer_answers_a_request(shop: Path, command_line: CommandLine) -> None:
    done = command_line("local", "send", "show_menu", "{}", cwd=shop)
    assert done.code == 0, done
    assert "200" in done.out


def test_request_to_the_function_url_starts_the_state_machine(
    shop: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    done = command_line("local", "send", "take_order", '{"beer": 2}', cwd=shop)
    assert done.code == 0, done
    states = emulator_environment.create_client(emulator, "stepfunctions")
    (machine,) = [m for m in states.list_state_machines()["stateMachines"] if m["name"] == NAME]
    executions: list[Any] = []

    def has_ended() -> bool:
        (execution,) = states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
        executions[:] = [states.describe_execution(executionArn=execution["executionArn"])]
        return bool(executions[0]["status"] != "RUNNING")

    assert wait_until(has_ended, PATIENCE)
    assert json.loads(executions[0]["output"]) == {"brewed": {"beer": 2}, "by": "Brew"}


@pytest.fixture(scope="module")
def runs(shop: Path, account: Account) -> Iterator[Callable[[], list[Run]]]:
    """Runs `dev` in the project, and returns the runs that it has recorded."""
    with run_dev(shop, account.environment):

        def read_runs() -> list[Run]:
            with read_events(locate_events(shop)) as recorder:
                return [recorder.get(summary.id) for summary in recorder.list()]

        yield read_runs


@pytest.mark.parametrize(
    ("handler", "payload", "kind"),
    [
        ("count_stock", "{}", "schedule"),
        ("open_shop", "{}", "schedule"),
        ("worry", '{"eventTypeCode": "AWS_EC2_X"}', "event"),
        ("deliver", '{"to": "4 Privet Drive"}', "sqs"),
        ("print_label", "{}", "s3"),
        ("greet", '{"id": "2"}', "dynamodb"),  # an item that does not change is in no stream
        ("add_up", "{}", "kinesis"),
        ("apologise", '{"message": "ERROR no beer"}', "logs"),
        ("read_mail", '{"subject": "Two beers"}', "ses"),
        ("show_menu", "{}", "alb"),
        ("take_order", '{"beer": 2}', "url"),
        ("close_shop", '{"by": "Ann"}', "direct"),
        ("brew", '{"order": 3}', "state_machine"),
    ],
)
def test_event_of_each_source_runs_the_working_tree(
    handler: str,
    payload: str,
    kind: str,
    shop: Path,
    command_line: CommandLine,
    runs: Callable[[], list[Run]],
) -> None:
    """Only `dev` records runs, and its processes have imported the working tree."""
    before = {run.id for run in runs()}

    def list_new() -> list[Outcome]:
        outcomes = [run.outcome for run in runs() if run.id not in before and run.outcome]
        return [outcome for outcome in outcomes if handler in outcome.handlers]

    done = command_line("local", "send", handler, payload, cwd=shop)
    assert done.code == 0, done
    assert wait_until(lambda: bool(list_new()), PATIENCE), runs()
    assert [(outcome.status, outcome.kind) for outcome in list_new()[:1]] == [("ok", kind)]


def test_published_message_runs_the_working_tree(
    emulator: emulator_environment.Emulator, runs: Callable[[], list[Run]]
) -> None:
    """Not by `local send`, whose message has no attributes."""
    publish_orders(emulator, "water", "beer")

    def list_messages() -> list[str]:
        outcomes = [run.outcome for run in runs() if run.outcome and run.outcome.kind == "sns"]
        return [line.text for outcome in outcomes for line in outcome.log]

    assert wait_until(lambda: list_messages() == ["a beer"], PATIENCE), runs()


def test_second_deployment_changes_nothing(shop: Path, command_line: CommandLine) -> None:
    done = command_line("local", "deploy", cwd=shop)
    assert done.code == 0, done
    assert "nothing to change" in done.out, done.out


def test_destroy_removes_everything(
    shop: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    """Runs last. A bucket of the app cannot be deleted while it has objects, as on AWS."""
    emulator_environment.create_client(emulator, "s3").delete_object(
        Bucket=f"{NAME}-labels", Key="raw/sample"
    )
    listener = f"arn:aws:elasticloadbalancing:us-east-1:{0:012}:listener/app/x/{1:016x}/{1:016x}"
    data = {
        "TF_DATA_DIR": f"{emulator.log.parent / NAME}.terraform",
        "TF_VAR_alb_listener_arn": listener,
    }
    done = command_line("destroy", "--", "-auto-approve", cwd=shop, **data)
    assert done.code == 0, done
    left = [
        f["FunctionName"]
        for f in emulator_environment.create_client(emulator, "lambda").list_functions()["Functions"]
    ]
    assert [name for name in left if name.startswith(NAME)] == []
    groups = emulator_environment.create_client(emulator, "scheduler").list_schedule_groups()
    assert NAME not in [group["Name"] for group in groups["ScheduleGroups"]]
    roles = emulator_environment.create_client(emulator, "iam").list_roles()["Roles"]
    assert [role["RoleName"] for role in roles if role["RoleName"].startswith(NAME)] == []
