"""What an app declares: plain frozen values, read from the decorators and passed on to every later stage."""

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
    """A Lambda function of the app. The default function has no name of its own.

    Memory is in MB and the timeout in seconds; None means that the stage's configuration decides.
    """

    name: str
    memory_size: int | None = None
    timeout: int | None = None
    location: Location | None = None


class StateMachine(Frozen):
    """A Step Functions state machine. The one that has no name of its own is called ``default``.

    ``definition`` is in Amazon States Language, and until the loader has read it the path of a ``file`` in
    the project that is. None means that AWS's default holds.
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
    """An input variable that the app declares for its handlers to read."""

    variable: Variable
    location: Location


class Notice(Frozen):
    """Something legal that the user probably wants to know."""

    location: Location
    message: str


class Fault(Frozen):
    """A decorator that could not be understood."""

    location: Location
    message: str
    remedy: str
