"""Describes why the import of an app failed, in the child process."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import domovoi_tf
from domovoi_tf.loading.decorators import suggest_decorator
from domovoi_tf.loading.environment import CREDENTIALS_MARK, is_credential, is_reserved, is_secret_name
from domovoi_tf.loading.serialization import Failure

#: The end of a remedy that --debug makes superfluous.
DEBUG_HINT = " --debug shows the whole traceback."
#: https://github.com/boto/botocore/blob/develop/botocore/exceptions.py
_BOTOCORE = "botocore.exceptions"
_CREDENTIAL_ERRORS = {
    "CredentialRetrievalError",
    "NoAuthTokenError",
    "NoCredentialsError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "SSOError",
    "TokenRetrievalError",
}
_CREDENTIALS_REMEDY = {
    False: "domovoi-tf withholds AWS credentials while it imports the app, so that the Terraform does not "
    "depend on an account. Call AWS in the handler, or in a function that it calls.\n"
    "Or import the app with the credentials of your shell: --with-credentials, or "
    "DOMOVOI_TF_WITH_CREDENTIALS=1.",
    True: "The app was imported with the credentials of your shell. `aws sts get-caller-identity` shows "
    "whether they are valid.",
}


def describe_failure(error: BaseException, project: Path) -> Failure:
    """Returns what is wrong, where, and what to do about it.

    Args:
        error: the exception that the import raised.
        project: the absolute path of the project's folder.
    """
    return Failure(
        position=_find_position(error, project),
        message=_describe_error(error),
        remedy=_choose_remedy(error),
        missing_module=_find_missing_module(error, project),
        traceback=format_traceback(error),
    )


def _choose_remedy(error: BaseException) -> str:
    """Returns the remedy, which is more specific if a module imports the app too early or as ``__main__``."""
    if isinstance(error, AttributeError) and isinstance(error.obj, domovoi_tf.Domovoi):
        return suggest_decorator(str(error.name))
    if isinstance(error, ModuleNotFoundError) and error.name == "domovoi":
        return "Write from domovoi_tf import Domovoi: domovoi-tf has the decorators of Domovoi."
    if isinstance(error, ImportError) and error.name == "app":
        return (
            "Modules that write from app import app need the app to exist when they are imported: "
            "move app = Domovoi() above the lines that import them."
        )
    if isinstance(error, ImportError) and error.name == "__main__":
        return "The app's module is named app, here and in Lambda: write from app import app."
    if _is_left_debugger(error):
        return (
            "Move the breakpoint into a handler, and run domovoi-tf invoke HANDLER --local. With "
            "PYTHONBREAKPOINT=0 the app is imported as if it had none."
        )
    if name := _find_missing_variable(error):
        return _suggest_variable(name)
    if _lacks_credentials(error):
        return _CREDENTIALS_REMEDY[CREDENTIALS_MARK in os.environ]
    return f"Correct the code there.{DEBUG_HINT}"


def _suggest_variable(name: str) -> str:
    """Returns what to do about an environment variable that is not set."""
    if is_credential(name):
        return _CREDENTIALS_REMEDY[CREDENTIALS_MARK in os.environ]
    if is_reserved(name):
        return f'It is set only in Lambda. Read it in the handler, or with os.environ.get("{name}").'
    if is_secret_name(name):
        return (
            "The app is imported with the stage's variables, and not with those of the shell. If it is "
            f'secret, declare it with app.variable("{name.lower()}", sensitive=True), and write str() of the '
            "result in the handler. Or read it from Secrets Manager there."
        )
    return (
        "The app is imported with the stage's variables, and not with those of the shell. Set it in "
        f'.chalice/config.json: "environment_variables": {{"{name}": "..."}}. Or read it in the handler.'
    )


def _describe_error(error: BaseException) -> str:
    if name := _find_missing_variable(error):
        return f"the environment variable {name} is not set"
    if _is_left_debugger(error):
        return "a breakpoint needs a terminal, and the app is imported without one"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _is_left_debugger(error: BaseException) -> bool:
    """Returns whether a debugger was left, as it is at once without input."""
    return type(error).__name__ == "BdbQuit"


def _find_missing_variable(error: BaseException) -> str:
    """Returns the name of the environment variable whose absence raised an error, or an empty string."""
    frames = traceback.extract_tb(error.__traceback__)
    is_from_os = bool(frames) and frames[-1].filename in (os.__file__, "<frozen os>")
    name = error.args[0] if is_from_os and isinstance(error, KeyError) and error.args else ""
    return os.fsdecode(name) if isinstance(name, (str, bytes)) else ""


def _lacks_credentials(error: BaseException | None) -> bool:
    """Returns whether an AWS SDK raised an error, or its cause, because it has no credentials."""
    while error is not None:
        names = {each.__name__ for each in type(error).__mro__ if each.__module__ == _BOTOCORE}
        if names & _CREDENTIAL_ERRORS:
            return True
        error = error.__cause__ or error.__context__
    return False


def _find_missing_module(error: BaseException, project: Path) -> str:
    """Returns the top-level name of a third-party module that is not installed, or an empty string."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    name = error.name.partition(".")[0]
    in_project = (project / name).is_dir() or (project / f"{name}.py").is_file()
    return "" if in_project or name in (*sys.stdlib_module_names, "domovoi") else name


def _find_position(error: BaseException, project: Path) -> str:
    """Returns the file and line of the project where the error was raised, or ``app`` if there is none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{os.path.relpath(error.filename, project)}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own_frames = [frame for frame in frames if Path(frame.filename).is_relative_to(project)]
    if not own_frames:
        return "app"
    return f"{os.path.relpath(own_frames[-1].filename, project)}:{own_frames[-1].lineno}"


def format_traceback(error: BaseException) -> str:
    """Returns the whole traceback of an exception."""
    return "".join(traceback.format_exception(error))
