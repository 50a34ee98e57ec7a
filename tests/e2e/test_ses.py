"""Tests receipt rules, and the functions that they invoke.

The emulator stores receipt rules and receives no mail. The tests check the rules and their permissions, and
invoke the functions with an event from AWS.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment

from .conftest import AwaitLine, CommandLine, write_project

pytestmark = pytest.mark.emulator

MAIN, ARCHIVE = "post-office-dev", "post-office-dev-archive"
LAMBDA, SES = "arn:aws:lambda:us-east-1:000000000000:function", "arn:aws:ses:us-east-1:000000000000"
EVENT = json.loads((Path(__file__).parents[1] / "triggers" / "ses" / "event.json").read_text())
APP = """\
import json
import domovoi_tf
from domovoi_tf import scoped, variable
app = domovoi_tf.Domovoi()
app.function("archive")

def say(context, handler, event):
    context.log(json.dumps({"handler": handler, "function": context.function_name, "event": event}))

@app.email_receipt_handler(rule_set_name=scoped("in"), after=scoped("john"), function="archive")
def keep(event, context):
    say(context, "keep", event)

@app.email_receipt_handler(["JohnDoe@example.com"], rule_set_name=scoped("in"), after="spam", tls=True)
def john(event, context):
    say(context, "john", event)

@app.email_receipt_handler([".example.org"], rule_set_name="post-office-new")
def news(event, context):
    say(context, "news", event)

@app.email_receipt_handler([variable("domain")], rule_set_name=variable("rule_set"), scan=False)
def other(event, context):
    say(context, "other", event)
"""
VARIABLES = {"TF_VAR_domain": "Example.net", "TF_VAR_rule_set": "post-office-theirs"}


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory,
    command_line: CommandLine,
    emulator: emulator_environment.Emulator,
) -> Path:
    """The project, deployed."""
    project = write_project(tmp_path_factory.mktemp("ses") / "office", {"app_name": "post-office"}, APP)
    emulator_environment.create_client(emulator, "ses").create_receipt_rule_set(
        RuleSetName="post-office-theirs"
    )
    done = command_line("local", "deploy", cwd=project, **VARIABLES)
    assert done.code == 0, done
    return project


def list_rules(emulator: emulator_environment.Emulator, rule_set: str) -> list[dict[str, Any]]:
    """Returns the rules of a rule set, in their order."""
    answer = emulator_environment.create_client(emulator, "ses").describe_receipt_rule_set(
        RuleSetName=rule_set
    )
    rules: list[dict[str, Any]] = answer.get("Rules", [])
    return rules


def build_rule(name: str, function: str, **more: Any) -> dict[str, Any]:
    """Returns a rule as SES describes it."""
    action = {"FunctionArn": f"{LAMBDA}:{function}", "InvocationType": "Event"}
    return {
        "Name": name,
        "Enabled": True,
        "TlsPolicy": "Optional",
        "Actions": [{"LambdaAction": action}],
        "ScanEnabled": True,
        **more,
    }


def test_rules_are_in_their_sets_in_order(office: Path, emulator: emulator_environment.Emulator) -> None:
    spam, *own = list_rules(emulator, "post-office-dev-in")
    assert spam["Name"] == "spam"
    assert own == [
        build_rule("post-office-dev-john", MAIN, Recipients=["johndoe@example.com"], TlsPolicy="Require"),
        build_rule("post-office-dev-keep", ARCHIVE),
    ]
    assert list_rules(emulator, "post-office-new") == [
        build_rule("post-office-dev-news", MAIN, Recipients=[".example.org"])
    ]
    assert list_rules(emulator, "post-office-theirs") == [
        build_rule("post-office-dev-other", MAIN, Recipients=["example.net"], ScanEnabled=False)
    ]


def test_permissions_are_for_exactly_these_rules(
    office: Path, emulator: emulator_environment.Emulator
) -> None:
    expected = {
        MAIN: ["dev-in:receipt-rule/{}john", "new:receipt-rule/{}news", "theirs:receipt-rule/{}other"],
        ARCHIVE: ["dev-in:receipt-rule/{}keep"],
    }
    for function, rule_arns in expected.items():
        policy = json.loads(
            emulator_environment.create_client(emulator, "lambda").get_policy(FunctionName=function)["Policy"]
        )
        assert {
            (
                statement["Principal"]["Service"],
                statement["Action"],
                statement["Condition"]["StringEquals"]["AWS:SourceAccount"],
                statement["Condition"]["ArnLike"]["AWS:SourceArn"],
            )
            for statement in policy["Statement"]
        } == {
            (
                "ses.amazonaws.com",
                "lambda:InvokeFunction",
                "000000000000",
                f"{SES}:receipt-rule-set/post-office-{each.format('post-office-dev-')}",
            )
            for each in rule_arns
        }


@pytest.mark.parametrize(
    ("handler", "function", "address"),
    [
        ("john", MAIN, "johndoe@example.com"),
        ("news", MAIN, "someone@mail.example.org"),
        ("other", MAIN, "someone@example.net"),
        ("keep", ARCHIVE, "someone@example.com"),
    ],
)
def test_sent_mail_reaches_its_handler(
    handler: str,
    function: str,
    address: str,
    office: Path,
    command_line: CommandLine,
    await_line: AwaitLine,
) -> None:
    subject = f'{handler} "q" \\ \n 🍺'
    sent = command_line("local", "send", handler, json.dumps({"subject": subject}), cwd=office, **VARIABLES)
    assert sent == (0, f"invoked {function} as the receipt rule of {handler} would\n", "")
    line = await_line(f"/aws/lambda/{function}", handler, lambda line: read_subject(line["event"]) == subject)
    (record,) = line["event"]["Records"]
    assert line["function"] == function
    assert record["ses"]["receipt"]["recipients"] == [address]
    assert record["ses"]["receipt"]["action"]["functionArn"] == f"{LAMBDA}:{function}"


def test_event_from_aws_reaches_the_handler_of_its_recipient(
    office: Path, emulator: emulator_environment.Emulator, await_line: AwaitLine
) -> None:
    for function, handler in ((MAIN, "john"), (ARCHIVE, "keep")):
        answer = emulator_environment.create_client(emulator, "lambda").invoke(
            FunctionName=function, Payload=json.dumps(EVENT)
        )
        assert "FunctionError" not in answer, answer["Payload"].read()
        await_line(f"/aws/lambda/{function}", handler, lambda line: line["event"] == EVENT)


def test_mail_for_an_unknown_recipient_is_an_error(
    office: Path, emulator: emulator_environment.Emulator
) -> None:
    event = json.loads(json.dumps(EVENT).replace("johndoe@example.com", "jane@example.com"))
    answer = emulator_environment.create_client(emulator, "lambda").invoke(
        FunctionName=MAIN, Payload=json.dumps(event)
    )
    assert "FunctionError" in answer
    message = json.loads(answer["Payload"].read())["errorMessage"]
    assert message.startswith("No handler for the ses source 'email'.")
    assert "jane" not in message


def test_second_deployment_changes_nothing_and_destroy_removes_the_rules(
    office: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    again = command_line("local", "deploy", cwd=office, **VARIABLES)
    assert again.code == 0, again
    assert "nothing to change" in again.out
    data = {"TF_DATA_DIR": str(emulator.log.parent / "post-office-dev.terraform")}
    done = command_line("destroy", "--", "-auto-approve", cwd=office, **VARIABLES, **data)
    assert done.code == 0, done
    assert [each["Name"] for each in list_rules(emulator, "post-office-dev-in")] == ["spam"]
    assert list_rules(emulator, "post-office-new") == list_rules(emulator, "post-office-theirs") == []


def read_subject(event: dict[str, Any]) -> str:
    subject: str = event["Records"][0]["ses"]["mail"]["commonHeaders"]["subject"]
    return subject
