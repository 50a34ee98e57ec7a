"""The example with a handler for each event source, all in one app: deployed, each one called, destroyed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment
from domovoi_tf.system.background_processes import wait_until

from .conftest import EXAMPLES, PATIENCE, Account, CommandLine, OpenAccount

pytestmark = pytest.mark.emulator
NAME = "every-source-dev"


@pytest.fixture(scope="module")
def account(open_account: OpenAccount) -> Iterator[Account]:
    """An emulator without the resources of other tests, since the app has every kind of source."""
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
    project = tmp_path_factory.mktemp("shop") / "every_source"
    ignored = shutil.ignore_patterns("terraform", "__pycache__")
    shutil.copytree(EXAMPLES / "every_source", project, ignore=ignored)
    done = command_line("local", "deploy", cwd=project)
    assert done.code == 0, done.err[-2000:]
    return project


def messages(emulator: emulator_environment.Emulator) -> list[str]:
    logs = emulator_environment.create_client(emulator, "logs").get_paginator("filter_log_events")
    groups = (f"/aws/lambda/{NAME}", f"/aws/lambda/{NAME}-reports")
    pages = [page for group in groups for page in logs.paginate(logGroupName=group)]
    return [event["message"].rstrip() for page in pages for event in page["events"]]


@pytest.mark.parametrize(
    ("handler", "payload", "said"),
    [
        ("count_stock", "{}", "counting"),
        ("open_shop", "{}", "good morning"),
        ("worry", '{"eventTypeCode": "AWS_EC2_X"}', "AWS_EC2_X"),
        ("deliver", '{"to": "4 Privet Drive"}', "{'to': '4 Privet Drive'}"),
        ("print_label", "{}", "raw/domovoi-tf"),
        ("greet", '{"id": "1"}', "1 customers changed"),
        ("add_up", "{}", "1 receipts"),
        ("read_mail", '{"subject": "Two beers"}', "Two beers"),
    ],
)
def test_a_handler_says_what_its_source_tells_it(
    handler: str,
    payload: str,
    said: str,
    shop: Path,
    command_line: CommandLine,
    emulator: emulator_environment.Emulator,
) -> None:
    done = command_line("local", "send", handler, payload, cwd=shop)
    assert done.code == 0, done
    assert wait_until(lambda: said in messages(emulator), PATIENCE), messages(emulator)


def test_a_topic_s_filter_lets_only_some_messages_through(
    shop: Path, emulator: emulator_environment.Emulator
) -> None:
    sns = emulator_environment.create_client(emulator, "sns")
    arns = [topic["TopicArn"] for topic in sns.list_topics()["Topics"]]
    (topic,) = [arn for arn in arns if arn.endswith(f":{NAME}-orders")]
    for kind in ("water", "wine"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=f"a {kind}", MessageAttributes=attributes)
    assert wait_until(lambda: "a wine" in messages(emulator), PATIENCE)
    assert "a water" not in messages(emulator)


def test_a_web_request_is_answered(shop: Path, command_line: CommandLine) -> None:
    done = command_line("local", "send", "show_menu", "{}", cwd=shop)
    assert done.code == 0, done
    assert "200" in done.out


def test_an_order_by_the_url_starts_the_state_machine(
    shop: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    done = command_line("local", "send", "take_order", '{"beer": 2}', cwd=shop)
    assert done.code == 0, done
    states = emulator_environment.create_client(emulator, "stepfunctions")
    (machine,) = [m for m in states.list_state_machines()["stateMachines"] if m["name"] == NAME]
    ended: list[Any] = []

    def over() -> bool:
        (found,) = states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
        ended[:] = [states.describe_execution(executionArn=found["executionArn"])]
        return bool(ended[0]["status"] != "RUNNING")

    assert wait_until(over, PATIENCE)
    assert json.loads(ended[0]["output"]) == {"brewed": {"beer": 2}, "by": "Brew"}


def test_a_second_deployment_changes_nothing(shop: Path, command_line: CommandLine) -> None:
    done = command_line("local", "deploy", cwd=shop)
    assert done.code == 0, done
    assert "No changes." in done.out, done.out


def test_all_is_destroyed(
    shop: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    """The last of this file. An object in a bucket of the app's own keeps the bucket, as on AWS."""
    emulator_environment.create_client(emulator, "s3").delete_object(
        Bucket=f"{NAME}-labels", Key="raw/domovoi-tf"
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
