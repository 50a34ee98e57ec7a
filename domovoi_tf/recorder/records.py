"""The records of events and of their runs, as the recorder keeps them and returns them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

#: The status of a run that reported records of its batch as failed.
PARTIAL = "partial"
#: The statuses of runs that failed, as a whole or for some records.
FAILURES = ("failed", PARTIAL, "timeout", "crashed", "memory")
#: The status of a run that has not ended, and that of a run whose `dev` ended before it did.
RUNNING, INTERRUPTED = "running", "interrupted"


@dataclass(frozen=True)
class AwsCall:
    """A call of an AWS API that a handler made.

    Args:
        service: the name of boto3's client, such as ``dynamodb``.
        operation: the name of the operation, such as ``PutItem``.
        resource: the name or ARN of the resource; empty if it is unknown.
        offset_ms: milliseconds from the handler's start to the call.
        duration_ms: duration in milliseconds.
        error: the error code; empty if the call succeeded.
    """

    service: str
    operation: str
    resource: str
    offset_ms: float
    duration_ms: float
    error: str = ""


@dataclass(frozen=True)
class LogLine:
    """A line that a handler logged or printed, with the milliseconds since the handler's start."""

    offset_ms: float
    text: str


@dataclass(frozen=True)
class Failure:
    """The exception that ended a handler.

    Args:
        type: the name of its class.
        message: its message.
        frames: the lines of its traceback, beginning with the user's code.
    """

    type: str
    message: str
    frames: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invocation:
    """An invocation of a function when it arrives.

    Args:
        request_id: Lambda's request ID.
        time: when it arrived, in seconds since 1970.
        stage: the name of the stage.
        function: the name of the function on AWS.
        event: the JSON value that Lambda gets.
        replay_of: the ID of the run of which this is a replay; 0 if it is none.
    """

    request_id: str
    time: float
    stage: str
    function: str
    event: Any
    replay_of: int = 0


@dataclass(frozen=True)
class Outcome:
    """The end of a run.

    Args:
        status: ``ok``, or one of `FAILURES`.
        handlers: the names of the handlers that were called.
        source: the event source in words, such as "SNS topic bartender"; empty if it is unknown.
        kind: the kind of the source, such as ``sns``; empty if it is unknown.
        result: the JSON value that the function returned.
        failure: the exception; None if there was none.
        log: the lines of the log.
        calls: the calls of AWS, in their order.
        wait_ms: milliseconds from the arrival to the handler's start.
        duration_ms: milliseconds that the handler took.
        memory_mb: the most memory that the process used, in megabytes.
        code: the version of the code: 12 hexadecimal digits.
    """

    status: str
    handlers: tuple[str, ...] = ()
    source: str = ""
    kind: str = ""
    result: Any = None
    failure: Failure | None = None
    log: tuple[LogLine, ...] = ()
    calls: tuple[AwsCall, ...] = ()
    wait_ms: float = 0.0
    duration_ms: float = 0.0
    memory_mb: int = 0
    code: str = ""


@dataclass(frozen=True)
class Run:
    """A recorded event with its run.

    Args:
        id: its number.
        invocation: what arrived.
        outcome: how it ended; None if it still runs, or if `dev` ended before it did.
        redacted: whether the event has ``[redacted]`` in place of a value.
        cut: the parts that were too large to be kept whole: "event" and "result" are None then, and "log" has
            only its first lines.
    """

    id: int
    invocation: Invocation
    outcome: Outcome | None
    redacted: bool = False
    cut: tuple[str, ...] = ()

    @property
    def has_event(self) -> bool:
        """Whether the event was kept."""
        return "event" not in self.cut


@dataclass(frozen=True)
class Summary:
    """A row in a list of events.

    Args:
        id: the number of the run.
        time: when the event arrived, in seconds since 1970.
        stage: the name of the stage.
        function: the name of the function on AWS.
        handlers: as in `Outcome`, as are `source`, `kind` and `duration_ms`.
        source: the event source in words.
        kind: the kind of the source.
        status: as in `Outcome`; `RUNNING` before the run ends, `INTERRUPTED` if `dev` ended before it did.
        duration_ms: milliseconds that the handler took.
        error: type and message of the exception on one line; empty if there was none.
        replay_of: the ID of the run of which this is a replay; 0 if it is none.
        preview: the beginning of the event as JSON.
        result_preview: the beginning of the result as JSON; empty if the run has no result, or null.
    """

    id: int
    time: float
    stage: str
    function: str
    handlers: tuple[str, ...]
    source: str
    kind: str
    status: str
    duration_ms: float
    error: str
    replay_of: int
    preview: str
    result_preview: str = ""


def describe_summary(summary: Summary) -> dict[str, Any]:
    """Returns a summary for JSON."""
    return {**asdict(summary), "handlers": list(summary.handlers)}


def describe_run(run: Run, summary: Summary) -> dict[str, Any]:
    """Returns a run with its summary for JSON.

    Args:
        run: the run.
        summary: the summary of the same run.
    """
    outcome = run.outcome or Outcome(summary.status)
    parts = asdict(outcome)
    if outcome.failure:
        parts["failure"]["frames"] = list(outcome.failure.frames)
    details = ("result", "failure", "log", "calls", "wait_ms", "memory_mb", "code")
    return {
        **describe_summary(summary),
        "request_id": run.invocation.request_id,
        "event": run.invocation.event,
        **{name: list(parts[name]) if isinstance(parts[name], tuple) else parts[name] for name in details},
        "redacted": run.redacted,
        "cut": list(run.cut),
    }
