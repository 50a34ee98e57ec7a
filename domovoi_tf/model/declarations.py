"""Declarations of an app other than its routes: functions, state machines, input variables and faults."""

from __future__ import annotations

from .record import Frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .names import Variable


class Location(Frozen):
    """A line of the user's source."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Function(Frozen):
    """A Lambda function of the app. The default function has an empty name.

    Memory is in MB and the timeout in seconds; None leaves the value to the stage's configuration. ``starts``
    are the names of the state machines that its handlers start, or None if they may start all.
    """

    name: str
    memory_size: int | None = None
    timeout: int | None = None
    location: Location | None = None
    starts: Any = None


class StateMachine(Frozen):
    """A Step Functions state machine. One that is declared without a name is called ``default``.

    ``definition`` is in Amazon States Language. If it is in a file of the project, it is the path of the file
    until the loader reads it, and then ``file`` is the path. ``tracing`` is None if the app does not set it.
    """

    name: str
    definition: Any
    location: Location
    type: str = "STANDARD"
    log_level: str = "OFF"
    include_execution_data: bool = False
    tracing: bool | None = None
    policy: Any = None
    file: str = ""


class Input(Frozen):
    """An input variable that the app declares for its handlers to read.

    ``default`` is None if each stage must set a value. ``functions`` are the names of the functions that get
    the value, or None if all do.
    """

    variable: Variable
    location: Location
    default: str | None = None
    functions: Any = None


class Notice(Frozen):
    """A valid declaration that is probably a mistake."""

    location: Location
    message: str


class Fault(Frozen):
    """A declaration that is wrong, or the value of one of its arguments."""

    location: Location
    message: str
    remedy: str
    argument: str = ""
