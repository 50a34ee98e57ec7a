"""Describes why the import of an app failed, in the child process."""

from __future__ import annotations

import os
import re
import sys
import traceback
from pathlib import Path

import domovoi_tf
from domovoi_tf.errors import DomovoiError
from domovoi_tf.loading.serialization import Failure

#: The end of a remedy that --debug makes superfluous.
DEBUG_HINT = " --debug shows the whole traceback."
#: The folder of domovoi-tf itself, with a separator at its end.
PACKAGE = str(Path(domovoi_tf.__file__).parent) + os.sep
#: Folders of a virtual environment, which may be in the project.
_INSTALLED = {"site-packages", "dist-packages"}
_POSITION = re.compile(r"[^\n]*?:\d+: ")
_IMPORT_SYSTEM = "<frozen importlib"


def describe_failure(error: BaseException, project: Path) -> Failure:
    """Returns what is wrong, where, and what to do about it.

    Args:
        error: the exception that the import raised.
        project: the absolute path of the project's folder.
    """
    file, line = _find_position(error, project)
    message, remedy = _explain(error, project, file, line)
    return Failure(
        position=f"{os.path.relpath(file, project)}:{line}" if file else "app",
        message=message,
        remedy=remedy,
        missing_module=_find_missing_module(error, project),
        traceback=format_traceback(error, project),
    )


def describe_own_error(error: DomovoiError, project: Path) -> Failure:
    """Returns an error that domovoi-tf raised, with the line of the app that led to it, if there is one.

    Args:
        error: the error, whose message may begin with its own position.
        project: the absolute path of the project's folder.
    """
    message = error.message.replace(f"{project}{os.sep}", "")
    file, line = _find_position(error, project)
    has_position = not file or _POSITION.match(message)
    return Failure(
        position="" if has_position else f"{os.path.relpath(file, project)}:{line}",
        message=message,
        remedy=error.remedy,
        traceback=format_traceback(error, project),
    )


def _explain(error: BaseException, project: Path, file: str, line: int) -> tuple[str, str]:
    """Returns the message and the remedy for an error, which are more specific for common mistakes."""
    from domovoi_tf.loading.explanations import attributes, debuggers, modules, variables

    message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return (
        attributes.explain_class(error)
        or attributes.explain_attribute(error)
        or attributes.explain_constructor(error)
        or modules.explain_import(error, project)
        or modules.explain_syntax(error)
        or debuggers.explain_debugger(error)
        or variables.explain_variable(error, file, line, message)
        or variables.explain_input(error)
        or variables.explain_credentials(error, message)
        or (message, f"Correct the code there.{DEBUG_HINT}")
    )


def _find_missing_module(error: BaseException, project: Path) -> str:
    """Returns the top-level name of a third-party module that is not installed, or an empty string."""
    from domovoi_tf.loading.explanations.modules import is_replaced

    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    name = error.name.partition(".")[0]
    in_project = (project / name).is_dir() or (project / f"{name}.py").is_file()
    return "" if in_project or name in sys.stdlib_module_names or is_replaced(name, project) else name


def _find_position(error: BaseException, project: Path) -> tuple[str, int]:
    """Returns the file and line of the project where the error was raised; the file may be empty."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    own_frames = [frame for frame in frames if _is_own(frame.filename, project)]
    return (own_frames[-1].filename, own_frames[-1].lineno or 1) if own_frames else ("", 0)


def _is_own(file: str, project: Path) -> bool:
    """Returns whether a file belongs to the project, and not to a virtual environment inside of it."""
    path = Path(file)
    return path.is_relative_to(project) and not (file.startswith(PACKAGE) or _INSTALLED & {*path.parts})


def format_traceback(error: BaseException, project: Path) -> str:
    """Returns the traceback of an exception, from the project's own code on.

    Args:
        error: the exception.
        project: the absolute path of the project's folder.
    """
    described = traceback.TracebackException.from_exception(error)
    each: traceback.TracebackException | None = described
    while each is not None:
        each.stack[:] = select_own_frames(each.stack, project)
        each = each.__cause__ or each.__context__
    return "".join(described.format())


def select_own_frames(frames: list[traceback.FrameSummary], project: Path) -> list[traceback.FrameSummary]:
    """Returns the frames from the first one in the project on.

    Without one, they are those after the frames of this package.

    Args:
        frames: the frames of a traceback.
        project: the absolute path of the project's folder.
    """
    own = [_is_own(frame.filename, project) for frame in frames]
    tool = [frame.filename.startswith((PACKAGE, _IMPORT_SYSTEM)) for frame in frames]
    first = own.index(True) if True in own else tool.index(False) if False in tool else len(frames)
    return frames[first:]
