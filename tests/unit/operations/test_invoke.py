"""What Lambda answers, in the form that it documents, which the emulator does not have in full."""

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
from domovoi_tf.operations.deployed_functions import Deployed
from domovoi_tf.operations.invoke import Failure, Invocation
from domovoi_tf.operations.log_format import Report

FUNCTION = Deployed("bar-dev", "arn:aws:lambda:eu-west-1:1:function:bar-dev", {}, 60, "")
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


def account() -> tuple[Any, Stubber]:
    client = boto3.client("lambda", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    return SimpleNamespace(client=lambda *_, **__: client), Stubber(client)


def invoked(payload: object, log: str, **more: str) -> Invocation:
    where, stub = account()
    body = json.dumps(payload).encode()
    answer = {
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
    stub.add_response("invoke", answer, expected)
    with stub:
        return invoke.invoke(where, FUNCTION, {"beer": 1})


def test_a_result_comes_with_the_log_and_what_it_took() -> None:
    assert invoked({"served": 1}, LOG.format("")) == Invocation(
        "1", {"served": 1}, None, ("[INFO] serving",), Report(12.5, 13, None, 128, 45)
    )


def test_an_error_is_told_once_with_its_traceback() -> None:
    trace = ['  File "/var/task/app.py", line 24, in tend\n    raise ValueError("no beer")\n']
    body = {"errorMessage": "no beer", "errorType": "ValueError", "requestId": "1", "stackTrace": trace}
    found = invoked(body, LOG.format(ERROR), FunctionError="Unhandled")
    assert (found.result, found.failure, found.log, found.succeeded) == (
        None,
        Failure(
            "ValueError",
            "no beer",
            ('  File "/var/task/app.py", line 24, in tend', '    raise ValueError("no beer")'),
        ),
        ("[INFO] serving",),
        False,
    )


def test_records_that_failed_are_a_failure() -> None:
    found = invoked({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "b"}]}, LOG.format(""))
    assert (found.succeeded, found.failed_records) == (False, ("a", "b"))
    assert invoked({"batchItemFailures": []}, LOG.format("")).succeeded


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        (
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/kim is not authorized to perform: lambda:InvokeFunction",
            "AWS refused Invoke: User: arn:aws:iam::1:user/kim is not authorized to perform: "
            "lambda:InvokeFunction\nAllow Invoke to these credentials, or use others (AWS_PROFILE).",
        ),
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
            "The AWS credentials have expired.\nGet new ones, for example by `aws sso login`.",
        ),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "AWS does not know these credentials: The security token included in the request is invalid.\n"
            "Check AWS_PROFILE, or AWS_ACCESS_KEY_ID.",
        ),
        (
            "TooManyRequestsException",
            "Rate Exceeded.",
            "AWS refused Invoke: Rate Exceeded.\nCorrect what it names, and try again.",
        ),
    ],
)
def test_what_aws_refuses_has_a_remedy(code: str, message: str, said: str) -> None:
    where, stub = account()
    stub.add_client_error("invoke", code, message)
    with stub, pytest.raises(AwsError) as raised:
        invoke.send(where, FUNCTION, {})
    assert str(raised.value) == said
