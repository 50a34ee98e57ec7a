"""Invokes deployed functions, and parses their results and logs.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from domovoi_tf.operations import log_format
from domovoi_tf.operations.account import Account, translate_errors
from domovoi_tf.operations.deployed_functions import DeployedFunction
from domovoi_tf.operations.log_format import Report

#: The time that Lambda itself may need in addition to the function's timeout.
_OVERHEAD_SECONDS = 30


class Failure(NamedTuple):
    """An exception of a handler: its class, its message, and the lines of its traceback."""

    type: str
    message: str
    traceback: tuple[str, ...] = ()


class Invocation(NamedTuple):
    """A finished invocation.

    Args:
        request_id: the request ID.
        result: the value that the function returned; None if it failed.
        failure: the exception; None if the function did not fail.
        log: the lines that the handlers logged, without those of Lambda.
        report: the durations and the memory use.
    """

    request_id: str
    result: Any
    failure: Failure | None
    log: tuple[str, ...]
    report: Report

    @property
    def failed_records(self) -> tuple[str, ...]:
        """The item identifiers of the records of the batch that failed."""
        failures = self.result.get("batchItemFailures") if isinstance(self.result, dict) else None
        items = failures if isinstance(failures, list) else []
        return tuple(str(item.get("itemIdentifier")) for item in items if isinstance(item, dict))

    @property
    def succeeded(self) -> bool:
        """Whether neither the function nor any record of a batch failed."""
        return self.failure is None and not self.failed_records


def invoke(account: Account, function: DeployedFunction, event: Any) -> Invocation:
    """Invokes a function once and waits for its result.

    Args:
        account: the account and Region.
        function: the function.
        event: the event, as AWS sends it.

    Raises:
        AwsError: AWS could not be reached, or refused the request.
    """
    response = _invoke(account, function, event, "RequestResponse", LogType="Tail")
    lines = base64.b64decode(response.get("LogResult", "")).decode(errors="replace").splitlines()
    payload = response["Payload"].read()
    try:
        result = json.loads(payload) if payload else None
    except ValueError:
        result = payload.decode(errors="replace")
    failure = _parse_failure(result) if "FunctionError" in response else None
    log = [log_format.format_line(line) for line in lines if log_format.parse_entry(line).kind == "line"]
    return Invocation(
        request_id=_get_request_id(response),
        result=None if failure else result,
        failure=failure,
        log=_drop_traceback(log, failure),
        report=log_format.find_report(lines),
    )


def send(account: Account, function: DeployedFunction, event: Any) -> str:
    """Invokes a function asynchronously, and returns the request ID.

    Args:
        account: the account and Region.
        function: the function.
        event: the event, as AWS sends it.

    Raises:
        AwsError: AWS could not be reached, or refused the request.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
    """
    return _get_request_id(_invoke(account, function, event, "Event"))


def _invoke(
    account: Account, function: DeployedFunction, event: Any, invocation_type: str, **options: str
) -> Any:
    # No retries: after a timeout of the request, a retry would invoke the function a second time.
    client = account.create_client(
        "lambda",
        read_timeout=function.timeout + _OVERHEAD_SECONDS,
        retries={"total_max_attempts": 1},
        tcp_keepalive=True,
    )
    with translate_errors():
        return client.invoke(
            FunctionName=function.name,
            InvocationType=invocation_type,
            Payload=json.dumps(event).encode(),
            **options,
        )


def _get_request_id(response: Any) -> str:
    return str(response["ResponseMetadata"].get("RequestId", ""))


def _parse_failure(payload: Any) -> Failure:
    error = payload if isinstance(payload, dict) else {"errorMessage": str(payload)}
    frames: Sequence[object] = error.get("stackTrace") or ()
    lines = tuple(line for frame in frames for line in str(frame).rstrip("\n").split("\n"))
    return Failure(str(error.get("errorType", "Error")), str(error.get("errorMessage", "")), lines)


def _drop_traceback(lines: list[str], failure: Failure | None) -> tuple[str, ...]:
    """Returns the lines without the traceback that Lambda logs last, because ``failure`` contains it."""
    if failure is None or not failure.traceback:
        return tuple(lines)
    starts = [number for number, line in enumerate(lines) if line.startswith(f"[ERROR] {failure.type}")]
    return tuple(lines[: starts[-1]] if starts else lines)
