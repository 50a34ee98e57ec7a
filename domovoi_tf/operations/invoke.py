"""Invokes a deployed function with an event, and reads what comes back.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from domovoi_tf.operations import log_format
from domovoi_tf.operations.account import Account, explained
from domovoi_tf.operations.deployed_functions import Deployed
from domovoi_tf.operations.log_format import Report

#: What Lambda itself may take beside the function's own time, in seconds.
_SLACK = 30


class Failure(NamedTuple):
    """What a handler raised: the exception's class, its message, and the lines of the traceback."""

    type: str
    message: str
    traceback: tuple[str, ...] = ()


class Invocation(NamedTuple):
    """What an invocation did. ``log`` has the handlers' lines, without Lambda's own."""

    request_id: str
    result: Any
    failure: Failure | None
    log: tuple[str, ...]
    report: Report

    @property
    def failed_records(self) -> tuple[str, ...]:
        """The records of the batch that failed, by what AWS knows them by."""
        reported = self.result.get("batchItemFailures") if isinstance(self.result, dict) else None
        each = reported if isinstance(reported, list) else []
        return tuple(str(item.get("itemIdentifier")) for item in each if isinstance(item, dict))

    @property
    def succeeded(self) -> bool:
        """Whether nothing failed, no record of a batch either."""
        return self.failure is None and not self.failed_records


def invoke(account: Account, function: Deployed, event: Any) -> Invocation:
    """Invokes a function and waits for its result. It is never invoked twice.

    Args:
        account: where it is.
        function: the function.
        event: the event, as AWS sends it.

    Raises:
        AwsError: AWS cannot be asked, or refuses.
    """
    answer = _call(account, function, event, "RequestResponse", LogType="Tail")
    lines = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace").splitlines()
    payload = answer["Payload"].read()
    try:
        result = json.loads(payload) if payload else None
    except ValueError:
        result = payload.decode(errors="replace")
    failure = _failure(result) if "FunctionError" in answer else None
    own = [log_format.text(line) for line in lines if log_format.entry(line).kind == "line"]
    return Invocation(
        request_id=_request(answer),
        result=None if failure else result,
        failure=failure,
        log=_without_traceback(own, failure),
        report=log_format.report(lines),
    )


def send(account: Account, function: Deployed, event: Any) -> str:
    """Has Lambda invoke a function by itself, with its retries, and returns the request's id.

    Args:
        account: where it is.
        function: the function.
        event: the event, as AWS sends it.

    Raises:
        AwsError: AWS cannot be asked, or refuses.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
    """
    return _request(_call(account, function, event, "Event"))


def _call(account: Account, function: Deployed, event: Any, kind: str, **more: str) -> Any:
    # A second attempt, after the time is over, would be a second invocation.
    client = account.client(
        "lambda",
        read_timeout=function.timeout + _SLACK,
        retries={"total_max_attempts": 1},
        tcp_keepalive=True,
    )
    with explained():
        return client.invoke(
            FunctionName=function.name, InvocationType=kind, Payload=json.dumps(event).encode(), **more
        )


def _request(answer: Any) -> str:
    return str(answer["ResponseMetadata"].get("RequestId", ""))


def _failure(body: Any) -> Failure:
    found = body if isinstance(body, dict) else {"errorMessage": str(body)}
    trace: Sequence[object] = found.get("stackTrace") or ()
    lines = tuple(line for each in trace for line in str(each).rstrip("\n").split("\n"))
    return Failure(str(found.get("errorType", "Error")), str(found.get("errorMessage", "")), lines)


def _without_traceback(lines: list[str], failure: Failure | None) -> tuple[str, ...]:
    """Returns the lines without the last thing that Lambda's runtime writes: the error, which is known."""
    if failure is None or not failure.traceback:
        return tuple(lines)
    begins = [n for n, line in enumerate(lines) if line.startswith(f"[ERROR] {failure.type}")]
    return tuple(lines[: begins[-1]] if begins else lines)
