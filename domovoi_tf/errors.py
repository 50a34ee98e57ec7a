"""The exceptions of domovoi-tf. Each message says what is wrong and where, then what to do about it."""

from __future__ import annotations

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

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


class AppLoadError(DomovoiError):
    """The app cannot be imported, or the project has no app."""


class SettingsError(DomovoiError):
    """The configuration is not valid."""


class RenderError(DomovoiError):
    """A value cannot be written as Terraform."""


class WriteError(DomovoiError):
    """The rendered tree cannot be written without overwriting changes that a person made."""


class PackageError(DomovoiError):
    """The deployment package cannot be built."""


class BackendError(DomovoiError):
    """The remote state cannot be set up."""


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
    """The app has no handler for an event."""


class ValidationError(DomovoiError):
    """The app is not valid; the message lists all problems at once.

    Args:
        problems: the problems, each with a location, a message and a remedy.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        lines = [str(problem) for problem in problems]
        super().__init__("\n".join(lines))
        self.problems = problems


class Problem:
    """A problem of an app: its location, a message and the remedy."""

    def __init__(self, location: str, message: str, remedy: str) -> None:
        self.location = location
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.location}: {self.message}\n    {self.remedy}"
