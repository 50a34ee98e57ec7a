"""Invokes deployed functions, and parses their results and logs.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from domovoi_tf.operations import log_format
from domovoi_tf.operations.account import Account, AwsError, get_error_code, translate_errors
from domovoi_tf.operations.deployed_functions import DeployedFunction
from domovoi_tf.operations.log_format import Report
from domovoi_tf.operations.tracebacks import select_own_frames
from domovoi_tf.system.text import parse_json

#: The time that Lambda itself may need in addition to the function's timeout.
_OVERHEAD_SECONDS = 30
#: Errors of Lambda after which the function may have run.
_UNKNOWN = frozenset(
    {"ServiceException", "InternalFailure", "ServiceUnavailable", "500", "502", "503", "504"}
)


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


class UnknownOutcomeError(AwsError):
    """The connection ended before the result of an invocation arrived: the function may have succeeded."""

    def __init__(self, function: str, cause: Exception) -> None:
        super().__init__(
            f"The result of {function} did not arrive: {cause}",
            "The function may have handled the event: look at its log before you invoke it again.",
        )


def invoke(account: Account, function: DeployedFunction, event: Any) -> Invocation:
    """Invokes a function once and waits for its result.

    Args:
        account: the account and Region.
        function: the function.
        event: the event, as AWS sends it.

    Raises:
        UnknownOutcomeError: the connection ended before the result arrived.
        AwsError: AWS could not be reached, or refused the request.
    """
    return invoke_with_text(account, function, json.dumps(event))


def invoke_with_text(account: Account, function: DeployedFunction, payload: str) -> Invocation:
    """Invokes a function once with an event that is JSON already, and waits for its result.

    Args:
        account: the account and Region.
        function: the function.
        payload: the event, which is sent unchanged.

    Raises:
        UnknownOutcomeError: the connection ended before the result arrived.
        AwsError: AWS could not be reached, or refused the request.
    """
    response, body = _receive_result(account, function, payload)
    return _parse_invocation(response, body, bool(account.endpoint))


def _receive_result(account: Account, function: DeployedFunction, payload: str) -> tuple[Any, bytes]:
    from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

    with translate_errors():
        try:
            response = _invoke(account, function, payload, "RequestResponse", LogType="Tail")
            return response, response["Payload"].read()
        except (HTTPClientError, IncompleteReadError) as error:  # not ConnectionError: nothing was sent then
            raise UnknownOutcomeError(function.name, error) from error
        except ClientError as error:
            if get_error_code(error) in _UNKNOWN:
                raise UnknownOutcomeError(function.name, error) from error
            raise


def _parse_invocation(response: Any, body: bytes, at_emulator: bool) -> Invocation:
    """Returns the invocation of a response; whatever its log and its result hold is no error."""
    try:
        result = parse_json(body) if body else None
    except ValueError:
        result = body.decode(errors="replace")
    failure = _parse_failure(result) if "FunctionError" in response else None
    own_failure = _parse_failure(result, select_own_frames) if failure else None
    lines = _decode_log(response.get("LogResult"))
    request_id = _get_request_id(response)
    if at_emulator:
        request_id = _find_emulated_id(lines) or request_id
    log = [log_format.format_line(line) for line in _select_lines(lines, request_id)]
    return Invocation(
        request_id=request_id,
        result=None if failure else result,
        failure=own_failure,
        log=_drop_traceback(log, [each for each in (failure, own_failure) if each]),
        report=log_format.find_report(lines, request_id),
    )


def _decode_log(log: str | None) -> list[str]:
    text = base64.b64decode(log or "").decode(errors="replace")
    # Not splitlines: a line of a handler may contain the other characters at which it would split.
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _find_emulated_id(lines: Sequence[str]) -> str:
    """Returns the request ID that a function had; the emulator answers with another one.

    Its log has nothing of Lambda's, so the dispatcher's mark comes first, unless the app printed something.
    """
    first = log_format.parse_entry(lines[0]) if lines else None
    return first.request_id if first and first.kind == "mark" else ""


def _select_lines(lines: Sequence[str], request_id: str) -> Iterator[str]:
    """Yields the lines that the handlers logged. What may be either theirs or Lambda's is one of them."""
    entries = [log_format.parse_entry(line) for line in lines]
    own = [entry.kind if entry.request_id == request_id else "" for entry in entries]
    first = own.index("start") if "start" in own else 0
    last = len(own) - own[::-1].index("report") if "report" in own else len(own)
    for number, (line, entry) in enumerate(zip(lines, entries, strict=True)):
        is_outside = not first <= number < last
        if own[number] not in ("start", "mark", "end", "report") and not (
            is_outside and entry.kind in ("beginning", "platform")
        ):
            yield line


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
    with translate_errors():
        return _get_request_id(_invoke(account, function, json.dumps(event), "Event"))


def _invoke(
    account: Account, function: DeployedFunction, payload: str, invocation_type: str, **options: str
) -> Any:
    # No retries: after a timeout of the request, a retry would invoke the function a second time.
    client = account.create_client(
        "lambda",
        read_timeout=function.timeout + _OVERHEAD_SECONDS,
        retries={"total_max_attempts": 1},
        tcp_keepalive=True,
    )
    return client.invoke(
        FunctionName=function.name, InvocationType=invocation_type, Payload=payload.encode(), **options
    )


def _get_request_id(response: Any) -> str:
    return str(response["ResponseMetadata"].get("RequestId", ""))


def _parse_failure(
    payload: Any, select: Callable[[Sequence[str]], Sequence[str]] = lambda frames: frames
) -> Failure:
    """Returns the failure in a result, with the frames of the traceback that a function selects."""
    error = payload if isinstance(payload, dict) else {"errorMessage": str(payload)}
    trace = error.get("stackTrace")
    frames = select([str(frame) for frame in trace] if isinstance(trace, list) else ())
    lines = tuple(line for frame in frames for line in frame.rstrip("\n").split("\n"))
    return Failure(str(error.get("errorType", "Error")), str(error.get("errorMessage", "")), lines)


def _drop_traceback(lines: list[str], failures: Sequence[Failure]) -> tuple[str, ...]:
    """Returns the lines without the traceback that Lambda logs last, because a failure contains it.

    Args:
        lines: the lines.
        failures: the failure with all frames, and with those of the app.
    """
    for failure in failures:
        traceback = [f"[ERROR] {failure.type}: {failure.message}", "Traceback (most recent call last):"]
        expected = _list_words([*traceback, *failure.traceback])
        starts = [number for number, line in enumerate(lines) if line.startswith(f"[ERROR] {failure.type}")]
        if failure.traceback and starts and _list_words(lines[starts[-1] :]) == expected:
            return tuple(lines[: starts[-1]])
    return tuple(lines)


def _list_words(lines: Sequence[str]) -> list[str]:
    """Returns the words of lines: the log and the result indent a traceback with different spaces."""
    return " ".join(lines).split()
