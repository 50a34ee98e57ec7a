"""Responses of Lambda in their documented form, which the emulator does not fully implement."""

from __future__ import annotations

import base64
import io
import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from domovoi_tf.operations import invoke
from domovoi_tf.operations.account import AwsError
from domovoi_tf.operations.deployed_functions import DeployedFunction
from domovoi_tf.operations.invoke import Failure, Invocation
from domovoi_tf.operations.log_format import Report

FUNCTION = DeployedFunction("bar-dev", "arn:aws:lambda:eu-west-1:1:function:bar-dev", {}, 60, "")
LOG = """START RequestId: 1 Version: $LATEST
domovoi_tf handler: tend
[INFO]\t2026-01-31T10:20:30.123Z\t1\tserving
{}END RequestId: 1
REPORT RequestId: 1\tDuration: 12.5 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 45 MB\t
"""
ERROR = """[ERROR] ValueError: no beer
Traceback (most recent call last):
\xa0\xa0File "/var/task/app.py", line 24, in tend
\xa0\xa0\xa0\xa0raise ValueError("no beer")
"""


def make_account() -> tuple[Any, Stubber]:
    client = boto3.client("lambda", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    return SimpleNamespace(create_client=lambda *_, **__: client), Stubber(client)


def invoke_function(payload: object, log: str, **more: str) -> Invocation:
    account, stub = make_account()
    body = json.dumps(payload).encode()
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
