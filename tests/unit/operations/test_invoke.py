"""Responses of Lambda in their documented form, which the emulator does not fully implement."""

from __future__ import annotations

import base64
import io
import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from domovoi_tf.operations import invoke
from domovoi_tf.operations.account import AwsError
from domovoi_tf.operations.deployed_functions import DeployedFunction
from domovoi_tf.operations.invoke import Failure, Invocation
from domovoi_tf.operations.log_format import Report

FUNCTION = DeployedFunction("bar-dev", "arn:aws:lambda:eu-west-1:1:function:bar-dev", {}, 60, "")
LOG = """START RequestId: 1 Version: $LATEST
domovoi_tf handler: tend 1
[INFO]\t2026-01-31T10:20:30.123Z\t1\tserving
{}END RequestId: 1
REPORT RequestId: 1\tDuration: 12.5 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 45 MB\t
"""
ERROR = """[ERROR] ValueError: no beer
Traceback (most recent call last):
\xa0\xa0File "/var/task/app.py", line 24, in tend
\xa0\xa0\xa0\xa0raise ValueError("no beer")
"""


def make_account(endpoint: str | None = None) -> tuple[Any, Stubber]:
    client = boto3.client("lambda", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    return SimpleNamespace(create_client=lambda *_, **__: client, endpoint=endpoint), Stubber(client)


def invoke_function(
    payload: object, log: str, raw: bool = False, endpoint: str | None = None, **more: str
) -> Invocation:
    account, stub = make_account(endpoint)
    body = str(payload).encode() if raw else json.dumps(payload).encode()
    response = {
        "ResponseMetadata": {"RequestId": "1"},
        "StatusCode": 200,
        "LogResult": base64.b64encode(log.encode()).decode(),
        "Payload": StreamingBody(io.BytesIO(body), len(body)),
        **more,
    }
    expected = {
        "FunctionName": "bar-dev",
        "InvocationType": "RequestResponse",
        "Payload": b'{"beer": 1}',
        "LogType": "Tail",
    }
    stub.add_response("invoke", response, expected)
    with stub:
        return invoke.invoke(account, FUNCTION, {"beer": 1})


def test_invocation_has_result_log_and_report() -> None:
    assert invoke_function({"served": 1}, LOG.format("")) == Invocation(
        "1", {"served": 1}, None, ("[INFO] serving",), Report(12.5, 13, None, 128, 45)
    )


def test_failure_has_traceback_and_log_omits_it() -> None:
    trace = ['  File "/var/task/app.py", line 24, in tend\n    raise ValueError("no beer")\n']
    body = {"errorMessage": "no beer", "errorType": "ValueError", "requestId": "1", "stackTrace": trace}
    invocation = invoke_function(body, LOG.format(ERROR), FunctionError="Unhandled")
    assert (invocation.result, invocation.failure, invocation.log, invocation.succeeded) == (
        None,
        Failure(
            "ValueError",
            "no beer",
            ('  File "/var/task/app.py", line 24, in tend', '    raise ValueError("no beer")'),
        ),
        ("[INFO] serving",),
        False,
    )


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        (
            ["/var/task/domovoi_tf/app.py", "/var/task/domovoi_tf/runtime/dispatch.py", "/var/task/app.py"],
            ["/var/task/app.py"],
        ),
        (
            [
                "/var/task/domovoi_tf/app.py",
                "/var/lang/lib/python3.12/asyncio/runners.py",
                "/var/task/app.py",
            ],
            ["/var/task/app.py"],
        ),
        (
            ["<frozen importlib._bootstrap>", "/var/task/app.py", "/var/task/domovoi_tf/triggers/sns.py"],
            ["/var/task/app.py", "/var/task/domovoi_tf/triggers/sns.py"],
        ),
        (["/var/task/domovoi_tf/app.py"], ["/var/task/domovoi_tf/app.py"]),
        (["/var/task/my_domovoi_tf/app.py"], ["/var/task/my_domovoi_tf/app.py"]),
    ],
)
def test_traceback_begins_in_the_app_and_the_log_omits_all_of_it(files: list[str], shown: list[str]) -> None:
    trace = [f'  File "{file}", line 1, in f\n    f()\n' for file in files]
    body = {"errorMessage": "no beer", "errorType": "ValueError", "stackTrace": trace}
    log = f"[ERROR] ValueError: no beer\nTraceback (most recent call last):\n{''.join(trace)}"
    invocation = invoke_function(body, LOG.format(log), FunctionError="Unhandled")
    assert invocation.failure
    frames = [line for line in invocation.failure.traceback if "File" in line]
    assert frames == [f'  File "{file}", line 1, in f' for file in shown]
    assert invocation.log == ("[INFO] serving",)


def test_log_has_every_line_that_lambda_did_not_write_for_this_request() -> None:
    printed = (
        "START RequestId: 2 Version: $LATEST",
        "domovoi_tf handler: tend",
        "domovoi_tf handler: tend 2",
        "REPORT RequestId: 2\tDuration: 1.2.3 ms",
        "INIT_START Runtime Version: x",
        '{"type":"platform.report","record":{"metrics":[1]}}',
        '{"type":"platform.report","record":{"requestId":"2","metrics":{"durationMs":"abc"}}}',
        '{"type":"platform.fault","record":{}}',
        "\x1b[2J\x85\u2028REPORT",
    )
    text = "".join(f"{line}\n" for line in printed)
    invocation = invoke_function(1, f"INIT_START Runtime Version: x\n{LOG.format(text)}XRAY TraceId: 1\n")
    assert invocation.log == ("[INFO] serving", *printed)
    assert invocation.report == Report(12.5, 13, None, 128, 45)


def test_log_of_the_emulator_has_only_the_lines_of_the_function() -> None:
    """Its answer has another request ID than its function."""
    log = "domovoi_tf handler: tend 2\nserving\ndomovoi_tf handler: spill 3\ndomovoi_tf handler: spill 2\n"
    invocation = invoke_function(1, log, endpoint="http://127.0.0.1:4566")
    assert invocation.log == ("serving", "domovoi_tf handler: spill 3")
    assert (invocation.request_id, invocation.report) == ("2", Report())
    assert invoke_function(1, "serving\n", endpoint="http://127.0.0.1:4566").request_id == "1"
    assert invoke_function(1, log).log == tuple(log.splitlines())


def test_log_may_lack_its_beginning() -> None:
    tail = LOG.format("EXTENSION\tprinted\n").partition("handler: ")[2]
    assert invoke_function(1, tail).log == ("tend 1", "[INFO] serving", "EXTENSION\tprinted")
    assert invoke_function(1, "").log == ()


def test_json_log_is_read_too() -> None:
    records = [
        {"type": f"platform.{kind}", "record": {"requestId": "1"}} for kind in ("start", "runtimeDone")
    ]
    report = {"type": "platform.report", "record": {"requestId": "1", "metrics": {"durationMs": 2}}}
    line = {"timestamp": "1", "level": "INFO", "message": "served", "requestId": "1"}
    mark = {**line, "logger": "domovoi_tf", "message": "domovoi_tf handler: tend 1"}
    forged = {**line, "logger": "domovoi_tf", "message": "domovoi_tf handler: tend 2"}
    order = [records[0], mark, line, forged, records[1], report]
    invocation = invoke_function(1, "".join(f"{json.dumps(each)}\n" for each in order))
    assert invocation.log == ("[INFO] served", "[INFO] domovoi_tf handler: tend 2")
    assert invocation.report == Report(2)


def test_lines_after_a_printed_error_are_shown() -> None:
    body = {"errorMessage": "wet", "errorType": "ValueError", "stackTrace": ["  File"]}
    printed = "[ERROR] ValueError: printed\nhidden?\n"
    assert invoke_function(body, LOG.format(printed), FunctionError="Unhandled").log == (
        "[INFO] serving",
        "[ERROR] ValueError: printed",
        "hidden?",
    )


@pytest.mark.parametrize("trace", [5, "abc", {"a": 1}, None])
def test_failure_may_have_a_malformed_traceback(trace: object) -> None:
    body = {"errorMessage": ["x"], "errorType": None, "stackTrace": trace}
    failure = invoke_function(body, LOG.format(""), FunctionError="Unhandled").failure
    assert failure == Failure("None", "['x']", ())


@pytest.mark.parametrize("body", ["[" * 100_000, "[" * 300 + "]" * 300])
def test_result_that_is_nested_too_deeply_is_text(body: str) -> None:
    assert invoke_function(body, "", raw=True).result == body


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            ReadTimeoutError(endpoint_url="https://lambda"),
            'Read timeout on endpoint URL: "https://lambda"',
        ),
        (
            ConnectionClosedError(endpoint_url="https://lambda"),
            'Connection was closed before we received a valid response from endpoint URL: "https://lambda".',
        ),
    ],
)
def test_lost_connection_leaves_the_outcome_unknown(error: Exception, message: str) -> None:
    def fail(**_: object) -> None:
        raise error

    account: Any = SimpleNamespace(create_client=lambda *_, **__: SimpleNamespace(invoke=fail))
    with pytest.raises(invoke.UnknownOutcomeError) as raised:
        invoke.invoke(account, FUNCTION, {})
    assert str(raised.value) == (
        f"The result of bar-dev did not arrive: {message}\n"
        "The function may have handled the event: look at its log before you invoke it again."
    )


def test_result_that_breaks_off_leaves_the_outcome_unknown() -> None:
    body = StreamingBody(io.BytesIO(b"{"), 100)
    client = SimpleNamespace(invoke=lambda **_: {"Payload": body})
    account: Any = SimpleNamespace(create_client=lambda *_, **__: client)
    with pytest.raises(invoke.UnknownOutcomeError):
        invoke.invoke(account, FUNCTION, {})


def test_fault_of_lambda_leaves_the_outcome_unknown() -> None:
    account, stub = make_account()
    stub.add_client_error("invoke", "ServiceException", "oh")
    with stub, pytest.raises(invoke.UnknownOutcomeError):
        invoke.invoke(account, FUNCTION, {})


def test_failed_records_are_a_failure() -> None:
    invocation = invoke_function(
        {"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "b"}]}, LOG.format("")
    )
    assert (invocation.succeeded, invocation.failed_records) == (False, ("a", "b"))
    assert invoke_function({"batchItemFailures": []}, LOG.format("")).succeeded


@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        (
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/kim is not authorized to perform: lambda:InvokeFunction",
            "AWS refused Invoke: User: arn:aws:iam::1:user/kim is not authorized to perform: "
            "lambda:InvokeFunction\nAllow Invoke for these credentials, or use other ones (AWS_PROFILE).",
        ),
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
            "The AWS credentials have expired.\nGet new ones, for example with `aws sso login`.",
        ),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "AWS does not accept these credentials: The security token included in the request is invalid.\n"
            "Check AWS_PROFILE or AWS_ACCESS_KEY_ID.",
        ),
        (
            "TooManyRequestsException",
            "Rate Exceeded.",
            "AWS refused Invoke: Rate Exceeded.\nResolve the cause, and try again.",
        ),
    ],
)
def test_refused_request_is_an_error_with_a_remedy(code: str, message: str, error: str) -> None:
    account, stub = make_account()
    stub.add_client_error("invoke", code, message)
    with stub, pytest.raises(AwsError) as raised:
        invoke.send(account, FUNCTION, {})
    assert str(raised.value) == error
