"""`invoke` with functions in memory and on this machine, and its results as text and for JSON."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import click
import pytest
from botocore.response import StreamingBody
from click.testing import CliRunner
from fake_aws import FakeAws

from domovoi_tf.cli.operations import invoke as commands
from domovoi_tf.cli.operations.invoke import describe_invocation, format_log, format_report
from domovoi_tf.local import emulator
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.operations.invoke import Failure, Invocation
from domovoi_tf.operations.log_format import Report

from ..conftest import Invoke

EMULATOR = Emulator("http://127.0.0.1:4566", 7, 4566, Path("emulator.log"))
REPORT = Report(12.5, 13, 250, 128, 64)
FAILED = Invocation(
    "id-1", None, Failure("NoBeer", "none\x1b[2J", ('  File "app.py"',)), ("tending",), REPORT
)


def test_log_ends_with_the_exception_without_control_characters() -> None:
    assert [click.unstyle(line) for line in format_log(FAILED)] == [
        "tending",
        "Traceback (most recent call last):",
        '  File "app.py"',
        "NoBeer: none\\x1b[2J",
    ]


def test_report_has_durations_memory_and_request() -> None:
    assert format_report(FAILED) == "12.5 ms (billed 13 ms), 250 ms to start, 64 of 128 MB, request id-1"
    assert format_report(FAILED._replace(request_id="", report=Report())) == "the log contains no report"


def test_json_has_the_keys_that_programs_rely_on() -> None:
    assert describe_invocation(FAILED, "tend", "bar-dev") == {
        "handler": "tend",
        "function": "bar-dev",
        "request_id": "id-1",
        "succeeded": False,
        "result": None,
        "error": {"type": "NoBeer", "message": "none\x1b[2J", "traceback": ('  File "app.py"',)},
        "log": ["tending"],
        "duration_ms": 12.5,
        "billed_duration_ms": 13,
        "init_duration_ms": 250,
        "memory_size_mb": 128,
        "max_memory_used_mb": 64,
    }


APP = """from domovoi_tf import Domovoi

app = Domovoi()
reports = app.function("reports", memory_size=512)


@app.sns_topic_subscriber("orders")
def tend(event, context):
    return event["Records"][0]["Sns"]["Message"]


@app.scheduled_function("rate(1 day)", function=reports)
def report(event, context):
    print("reporting")
    return [context.function_name, context.memory_limit_in_mb]
"""


@pytest.fixture
def function(aws: FakeAws, project: Path) -> dict[str, Any]:
    """The deployed function; a test may change what it answers."""
    answer: dict[str, Any] = {"result": {"beer": "ä"}, "log": "tending\n"}

    def get_configuration(FunctionName: str) -> Any:
        return {"FunctionArn": f"arn:aws:lambda:eu-west-1:123456789012:function:{FunctionName}", "Timeout": 9}

    def run(FunctionName: str, InvocationType: str, Payload: bytes, LogType: str = "None") -> Any:
        body = json.dumps(answer["result"]).encode()
        failed = {"FunctionError": "Unhandled"} if "errorType" in answer["result"] else {}
        log = {"LogResult": base64.b64encode(answer["log"].encode()).decode()} if LogType == "Tail" else {}
        return {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body)), **log, **failed}

    aws.on("lambda", "GetFunctionConfiguration", get_configuration)
    aws.on("lambda", "Invoke", run)
    return answer


@pytest.mark.usefixtures("function")
def test_result_is_printed_apart_from_the_log(aws: FakeAws) -> None:
    done = CliRunner().invoke(commands.invoke, ["tend", "--event", '"beer"'])
    assert (done.exit_code, done.stdout) == (0, '{\n  "beer": "ä"\n}\n')
    log, report = done.stderr.splitlines()
    assert log == "tending"
    assert report.startswith("tend on bar-dev: ")
    [call] = aws.made("Invoke")
    assert (call["FunctionName"], call["InvocationType"]) == ("bar-dev", "RequestResponse")
    assert json.loads(call["Payload"])["Records"][0]["Sns"]["Message"] == "beer"


@pytest.mark.usefixtures("function")
def test_raw_event_is_sent_unchanged(invoke: Invoke, aws: FakeAws) -> None:
    assert invoke(commands.invoke, "tend", "--raw", "--event", '{"a": 1}').code == 0
    assert json.loads(aws.made("Invoke")[0]["Payload"]) == {"a": 1}


def test_failure_is_printed_and_exits_with_1(invoke: Invoke, function: dict[str, Any]) -> None:
    function["result"] = {"errorType": "NoBeer", "errorMessage": "none", "stackTrace": []}
    done = CliRunner().invoke(commands.invoke, ["tend"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[:2] == ["tending", "NoBeer: none"]
    document = json.loads(invoke(commands.invoke, "tend", "--json").out)
    assert (document["succeeded"], document["error"]["type"]) == (False, "NoBeer")


def test_failed_records_are_named_and_exit_with_1(function: dict[str, Any]) -> None:
    function["result"] = {"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "b"}]}
    done = CliRunner().invoke(commands.invoke, ["tend"])
    assert done.exit_code == 1
    assert "Records that failed: a, b\n" in done.stderr


@pytest.mark.usefixtures("function")
def test_asynchronous_invocation_names_the_command_for_its_log(
    invoke: Invoke, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invoke(commands.invoke, "report", "--async").out == (
        "Lambda accepted the event for report (request request).\n"
        "Show its log with: domovoi-tf logs report -f\n"
    )
    monkeypatch.setattr(emulator, "find_running", lambda: EMULATOR)
    assert invoke(commands.invoke, "report", "--async", "--emulator").out.splitlines()[1] == (
        "Show its log with: domovoi-tf local logs report -f"
    )
    assert json.loads(invoke(commands.invoke, "report", "--async", "--json").out) == {
        "handler": "report",
        "function": "bar-dev-reports",
        "request_id": "request",
    }
    assert {call["InvocationType"] for call in aws.made("Invoke")} == {"Event"}


@pytest.mark.usefixtures("project")
def test_handler_runs_on_this_machine_with_the_settings_of_its_function(invoke: Invoke) -> None:
    done = CliRunner().invoke(commands.invoke, ["report", "--local"])
    assert (done.exit_code, json.loads(done.stdout)) == (0, ["bar-dev-reports", "512"])
    assert done.stderr.splitlines()[0] == "reporting"
    assert done.stderr.splitlines()[-1].startswith("report on this machine: ")
    assert json.loads(invoke(commands.invoke, "tend", "--local", "--event", '"beer"').out) == "beer"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--local", "--emulator"], "--local cannot be used together with --emulator or --async."),
        (["--local", "--async"], "--local cannot be used together with --emulator or --async."),
        (["--raw"], "--raw needs an event. Add --event."),
    ],
)
def test_options_that_exclude_each_other(invoke: Invoke, arguments: list[str], message: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        invoke(commands.invoke, "tend", *arguments)
    assert caught.value.message == message
