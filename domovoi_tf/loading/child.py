"""Imports an app in the child process. Any Python can run it: it needs nothing but the standard library."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import domovoi_tf
from domovoi_tf.errors import AppLoadError, DomovoiError
from domovoi_tf.loading.debugging.attachment import call_once_attached, set_mark
from domovoi_tf.loading.failures import describe_failure, describe_own_error
from domovoi_tf.loading.handler_checks import check_app
from domovoi_tf.loading.recording.missing_attributes import record_missing_attributes
from domovoi_tf.loading.recording.own_paths import OwnPaths
from domovoi_tf.loading.recording.recorder import Recorder
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.loading.serialization import LENGTH_BYTES, Failure, dumps
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Fault, Function, Input, Location, Notice, StateMachine
from domovoi_tf.model.trigger import Route


def answer_with_app(project: str, limit: int, mark: int, channel: int) -> None:
    """Imports the app of a project and writes its `Application`, or a `Failure`, to a pipe.

    Args:
        project: the absolute path of the project's folder.
        limit: the seconds after which this process ends itself, if the loader did not and nobody debugs it.
        mark: the file descriptor of a mark, which is set if a debugger is attached.
        channel: the file descriptor to write to. Processes that the app starts inherit neither.
    """
    for each in (mark, channel):
        os.set_inheritable(each, False)
    close_input()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(limit)
    call_once_attached(lambda: _lift_limit(mark))
    # The loader interrupts an app that hangs. Under nohup, this process would inherit an ignored SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.dont_write_bytecode = True
    reset_arguments(Path(project))
    sys.path.insert(0, project)
    sys.path.append(str(Path(project, "vendor")))
    answer = dumps(_load_app(Path(project)))
    sys.stdout.flush()
    with os.fdopen(channel, "wb") as file:
        file.write(len(answer).to_bytes(LENGTH_BYTES, "big") + answer)


def _lift_limit(mark: int) -> None:
    signal.alarm(0)
    set_mark(mark)


def close_input() -> None:
    """Makes standard input empty."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


def reset_arguments(project: Path) -> None:
    """Hides the arguments of this process from an app that parses ``sys.argv`` when it is imported.

    Args:
        project: the project's folder.
    """
    entry = project / "app.py"
    sys.argv[:] = [str(entry if entry.is_file() else project / "app" / "__init__.py")]


def _load_app(project: Path) -> ReadApplication | Failure:
    recorder = Recorder(str(project))
    recorder.start()
    missing: Sequence[Fault] = ()
    try:
        with record_missing_attributes(OwnPaths(str(project))) as missing:
            import app as module  # type: ignore[import-not-found, unused-ignore]

        gc.disable()  # this process ends soon, and the declarations of an app have no cycles
        recorder.stop()
        read: Any = {
            "modules": recorder.list_modules(),
            "files": recorder.list_files(),
            "metadata": recorder.list_metadata(),
        }
        application = check_app(_find_app(vars(module), project))
        values: Any = _make_relative(application, project).to_dict()
        return ReadApplication(**values, **read)
    except DomovoiError as error:
        from domovoi_tf.loading.explanations.variables import explain_input

        if explain_input(error):
            return describe_failure(error, project)
        return describe_own_error(error, project)
    except BaseException as error:
        failure = describe_failure(error, project)
        return _describe_missing(missing[0], project) if missing and isinstance(error, Exception) else failure


def _describe_missing(fault: Fault, project: Path) -> Failure:
    """Returns the failure of an import that went on after a missing attribute, the likely cause."""
    position = str(_make_relative(fault.location, project))
    return Failure(position=position, message=fault.message, remedy=fault.remedy)


def _find_app(namespace: Mapping[str, Any], project: Path) -> domovoi_tf.Domovoi:
    name = _name_module(namespace, project)
    apps = {name: value for name, value in namespace.items() if isinstance(value, domovoi_tf.Domovoi)}
    if len({id(app) for app in apps.values()}) > 1:
        raise AppLoadError(
            f"{name} has {len(apps)} Domovoi objects: {', '.join(sorted(apps))}.",
            "Keep one and name it app. Put a second app into a project of its own.",
        )
    if "app" not in apps and not isinstance(namespace.get("app"), (ModuleType, type(None))):
        from domovoi_tf.loading.explanations.attributes import describe_other_app

        message, remedy = describe_other_app(f"app in {name}", namespace["app"])
        raise AppLoadError(f"{message}.", remedy)
    if "app" not in apps:
        other = f", but one named {', '.join(apps)}" if apps else ""
        raise AppLoadError(f"{name} has no Domovoi object named app{other}.", "Write: app = Domovoi()")
    return apps["app"]


def _name_module(namespace: Mapping[str, Any], project: Path) -> str:
    return os.path.relpath(namespace["__file__"], project)


def _make_relative(value: Any, project: Path) -> Any:
    """Returns the application with the paths in its locations made relative to the project."""
    if isinstance(value, Location):
        return Location(file=_make_path_relative(value.file, project), line=value.line)
    if isinstance(value, Route):
        return value.replace(location=_make_relative(value.location, project))
    if isinstance(value, Notice):
        message = value.message.replace(f"{project}{os.sep}", "")
        return Notice(location=_make_relative(value.location, project), message=message)
    if isinstance(value, Fault):
        message = value.message.replace(f"{project}{os.sep}", "")
        location = _make_relative(value.location, project)
        return value.replace(location=location, message=message)
    if isinstance(value, tuple):
        return tuple(_make_relative(item, project) for item in value)
    if isinstance(value, (Application, Function, Input, StateMachine)):
        return type(value)(**{name: _make_relative(item, project) for name, item in value.to_dict().items()})
    return value


@lru_cache
def _make_path_relative(file: str, project: Path) -> str:
    path = Path(OwnPaths(str(project)).normalize(file))
    return (path.relative_to(project) if path.is_relative_to(project) else path).as_posix()
