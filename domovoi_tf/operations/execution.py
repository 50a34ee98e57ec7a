"""The records of an execution and of its progress.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from domovoi_tf.operations.execution_tree import Event, Node
from domovoi_tf.system.text import parse_json


class Execution(NamedTuple):
    """An execution.

    Args:
        machine: the name of the state machine in the app; its name on AWS if it is not in the app.
        name: the name of the execution.
        arn: its ARN.
        status: its status, such as ``RUNNING``.
        started: the time at which it started.
        stopped: the time at which it stopped; None while it runs.
        error: the name of the error with which it failed; empty if it did not fail.
        cause: the message of that error.
    """

    machine: str
    name: str
    arn: str
    status: str
    started: datetime
    stopped: datetime | None
    error: str = ""
    cause: str = ""

    @property
    def seconds(self) -> float:
        """Its duration so far, in seconds."""
        end = self.stopped or datetime.now(self.started.tzinfo)
        return (end - self.started).total_seconds()


class Progress(NamedTuple):
    """The progress of an execution: its states, and its events so far."""

    execution: Execution
    states: tuple[Node, ...]
    events: tuple[Event, ...]


def parse_execution(description: Mapping[str, Any], machine: str) -> Execution:
    """Returns the record of an execution.

    Args:
        description: the execution, as Step Functions describes or lists it.
        machine: the name of the state machine in the app.
    """
    return Execution(
        machine=machine,
        name=description["name"],
        arn=description["executionArn"],
        status=description["status"],
        started=description["startDate"],
        stopped=description.get("stopDate"),
        error=description.get("error") or "",
        cause=_extract_message(description.get("cause") or ""),
    )


def _extract_message(cause: str) -> str:
    """Returns the error message in a cause, which Lambda writes as JSON together with the traceback."""
    try:
        error = parse_json(cause)
    except ValueError:
        return cause
    return str(error.get("errorMessage", cause)) if isinstance(error, dict) else cause
