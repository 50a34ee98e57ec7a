"""The exceptions of domovoi-tf. Each message says what is wrong and where, then what to do about it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    E = TypeVar("E", bound="DomovoiError")

#: The longest message or remedy of a problem, in characters.
MAX_TEXT_LENGTH = 1200
#: The exit code of a process that SIGINT (Ctrl-C) ended: 128 plus the number of the signal, as in shells.
INTERRUPTED = 130


class DomovoiError(Exception):
    """An error with its remedy.

    Args:
        message: what is wrong and where (``file:line`` or a JSON path).
        remedy: what to do about it, as a sentence; empty if the message says it already.
    """

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy
        #: The problems that the message lists.
        self.parts: tuple[str, ...] = (message,)
        #: Warnings about what is not the problem itself, which follow the error.
        self.remarks: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


def join_problems(kind: type[E], problems: Iterable[str], remedy: str = "") -> E:
    """Returns an error that lists several problems.

    Args:
        kind: the class of the error.
        problems: the problems, each with its location.
        remedy: what to do about all of them, unless they say it.
    """
    parts = tuple(problems)
    error = kind("\n".join(parts), remedy)
    error.parts = parts
    return error


class AppLoadError(DomovoiError):
    """The app cannot be imported, or the project has no app."""

    #: Whether the app's own traceback has been printed. That of domovoi-tf would add nothing to it.
    is_traced = False


class SettingsError(DomovoiError):
    """The configuration is not valid."""


class RenderError(DomovoiError):
    """The app cannot be rendered, for example because Terraform has no form for a value."""


class WriteError(DomovoiError):
    """Files of the project cannot be written, or writing would overwrite changes that a person made."""


class PackageError(DomovoiError):
    """The deployment package cannot be built."""


class BackendError(DomovoiError):
    """The state, its lock or its backend does not allow the operation."""


class EmulatorError(DomovoiError):
    """The local AWS emulator cannot be used."""


class TerraformError(DomovoiError):
    """Terraform cannot be run, or failed.

    Args:
        message: what is wrong.
        remedy: what to do about it.
        exit_code: the exit code of Terraform.
    """

    def __init__(self, message: str, remedy: str = "", exit_code: int = 1) -> None:
        super().__init__(message, remedy)
        self.exit_code = exit_code


class DispatchError(DomovoiError):
    """An event has no handler, or does not have the form that AWS sends."""


class ValidationError(DomovoiError):
    """The app is not valid; the message lists all problems at once.

    Args:
        problems: the problems, each with a location, a message and a remedy.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        lines = [str(problem) for problem in problems]
        super().__init__("\n".join(lines))
        self.problems = problems
        self.parts = tuple(lines)


class Problem:
    """A problem of an app: its location, a message and the remedy."""

    def __init__(self, location: str, message: str, remedy: str) -> None:
        self.location = location
        self.message = _make_readable(message)
        self.remedy = "\n".join(map(_make_readable, remedy.split("\n")))

    def __str__(self) -> str:
        return f"{self.location}: {self.message}\n    {self.remedy}"


def _make_readable(text: str) -> str:
    """Returns a text on one line, whose unprintable characters are escaped and whose length is limited."""
    if len(text) > MAX_TEXT_LENGTH:  # it contains a long value, and the reason is before or after that
        half = MAX_TEXT_LENGTH // 2
        text = f"{text[:half]} ... {text[-half:]}"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def sort_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Returns problems in the order of the source."""

    def parse_location(problem: Problem) -> tuple[str, int]:
        file, _, line = problem.location.rpartition(":")
        return file, int(line) if line.isdecimal() else 0

    return tuple(sorted(problems, key=parse_location))
