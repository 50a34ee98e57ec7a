"""Begins the program that runs a function in the emulator, and reports exceptions as Lambda does.

`emulator_functions` puts the source of this module before MiniStack's own, which calls
`importlib.import_module` for the module of the handler once `sys.path` is complete, and
`traceback.format_exc` for an exception of the handler. The module runs under the function's Python and
imports only the standard library.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from types import ModuleType, TracebackType
from typing import Any

_import_module = importlib.import_module
_format_exc = traceback.format_exc
#: The folder of the function's code in Lambda.
_TASK = "/var/task"


def prepare_import(dependencies: str) -> None:
    """Makes the import of the handler's module report its failure.

    Args:
        dependencies: a folder of packages to use in place of those of the function's package; may be empty.
    """

    def import_handler(name: str, package: str | None = None) -> ModuleType:
        if sys._getframe(1).f_globals.get("__name__") != "__main__":  # a library's
            return _import_module(name, package)
        importlib.import_module = _import_module
        if dependencies:
            sys.path.insert(0, dependencies)
        try:
            return _import_module(name, package)
        except ImportError as error:
            message = f"Unable to import module '{name}': {error}"
            _print_failure("Runtime.ImportModuleError", message, error)
            raise ImportError(message) from error
        except Exception as error:
            _print_failure(type(error).__name__, str(error), error)
            raise

    importlib.import_module = import_handler


def describe_exceptions() -> None:
    """Makes MiniStack's program pass an exception of the handler on as Lambda's response.

    https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    """

    def format_exc(*args: Any, **options: Any) -> str:
        error = sys.exc_info()[1]
        if sys._getframe(1).f_globals.get("__name__") != "__main__" or error is None:  # the app's
            return _format_exc(*args, **options)
        frames = traceback.extract_tb(error.__traceback__)[1:]  # without that of MiniStack's program
        response = {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "stackTrace": [_shorten_paths(each) for each in traceback.format_list(frames)],
        }
        return json.dumps(response)

    traceback.format_exc = format_exc


def _print_failure(kind: str, message: str, error: Exception) -> None:
    """Prints an exception as Lambda logs it, with the frames from the app's first one on."""
    print(f"[ERROR] {kind}: {message}", file=sys.stderr)  # noqa: T201 - the log of the function
    print("Traceback (most recent call last):", file=sys.stderr)  # noqa: T201
    for line in _format_frames(error.__traceback__):
        print(line, file=sys.stderr)  # noqa: T201
    if isinstance(error, SyntaxError):
        lines = traceback.format_exception_only(type(error), error)
        print(_shorten_paths("".join(lines[:-1])).rstrip("\n"), file=sys.stderr)  # noqa: T201
    sys.stderr.flush()


def _format_frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)
    own = [
        number
        for number, frame in enumerate(frames)
        if frame.filename.startswith(_get_code_folder() + os.sep)
    ]
    used = frames[own[0] :] if own else []
    # Those of the import system, between the modules.
    used = [frame for frame in used if not frame.filename.startswith("<frozen ")]
    return [_shorten_paths(line) for text in traceback.format_list(used) for line in text.splitlines()]


def _shorten_paths(text: str) -> str:
    """Shows paths of the function's code as in Lambda."""
    return text.replace(_get_code_folder(), _TASK)


def _get_code_folder() -> str:
    return os.environ.get("LAMBDA_TASK_ROOT") or _TASK
