"""The child process that imports an app. It needs the standard library only, whatever Python runs it."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import domovoi_tf
from domovoi_tf.errors import AppLoadError, DomovoiError
from domovoi_tf.loading.serialization import Failure, dumps
from domovoi_tf.model.application import Application, Route
from domovoi_tf.model.declarations import Fault, Function, Input, Location, Notice, StateMachine

#: How the length of an answer is written before it.
LENGTH_BYTES = 8


def child(project: str, channel: int) -> None:
    """Imports the app of a project and answers with the `Application`, or with a `Failure`.

    Args:
        project: the project's folder, absolute.
        channel: the file descriptor to write to, which the app's own processes do not get.
    """
    os.set_inheritable(channel, False)
    # A parent that ignores interrupts, as under nohup, passes that on; the tool interrupts an app that hangs.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.dont_write_bytecode = True
    sys.path.insert(0, project)
    sys.path.append(str(Path(project, "vendor")))
    answer = dumps(_result(Path(project)))
    sys.stdout.flush()
    with os.fdopen(channel, "wb") as file:
        file.write(len(answer).to_bytes(LENGTH_BYTES, "big") + answer)


def _result(project: Path) -> Application | Failure:
    try:
        import app as module  # type: ignore[import-not-found, unused-ignore]

        application: Application = _relative(_app(vars(module), project).freeze(), project)
        _require_plain(application)
        return application
    except DomovoiError as error:
        message = error.message.replace(f"{project}{os.sep}", "")
        return Failure(where="", message=message, remedy=error.remedy, traceback=_traceback(error))
    except BaseException as error:
        return _failure(error, project)


def _app(namespace: Mapping[str, Any], project: Path) -> domovoi_tf.Domovoi:
    name = os.path.relpath(namespace["__file__"], project)
    apps = {name: value for name, value in namespace.items() if isinstance(value, domovoi_tf.Domovoi)}
    if len({id(app) for app in apps.values()}) > 1:
        raise AppLoadError(
            f"{name} has {len(apps)} Domovoi objects: {', '.join(sorted(apps))}.",
            "Keep one, named app; a second app is a project of its own.",
        )
    if "app" not in apps:
        found = f"; it has one named {', '.join(apps)}" if apps else ""
        raise AppLoadError(f"{name} has no Domovoi object named app{found}.", "Write: app = Domovoi()")
    app = apps["app"]
    frozen = app.freeze()
    if not (frozen.routes or frozen.faults or frozen.state_machines):
        raise AppLoadError(
            f"{name} has an app without handlers.",
            'Decorate a function, for example with @app.scheduled_function("rate(5 minutes)").',
        )
    return app


def _require_plain(application: Application) -> None:
    values = [(f.location, *item) for f in application.functions for item in f._values().items()]
    values += [(m.location, *item) for m in application.state_machines for item in m._values().items()]
    values += [(r.location, *item) for r in application.routes for item in r.trigger._values().items()]
    for location, argument, value in values:
        try:
            dumps(value)
        except Exception:
            raise AppLoadError(
                f"{location}: {argument}: {value!r} is not plain data.",
                "Use None, booleans, numbers, strings, lists and dicts with string keys.",
            ) from None


def _relative(value: Any, project: Path) -> Any:
    """Returns the application with the paths of its locations relative to the project."""
    if isinstance(value, Location):
        path = Path(value.file)
        inside = path.is_relative_to(project)
        return Location(file=(path.relative_to(project) if inside else path).as_posix(), line=value.line)
    if isinstance(value, Notice):
        message = value.message.replace(f"{project}{os.sep}", "")
        return Notice(location=_relative(value.location, project), message=message)
    if isinstance(value, Fault):
        return Fault(**{**value._values(), "location": _relative(value.location, project)})
    if isinstance(value, tuple):
        return tuple(_relative(item, project) for item in value)
    if isinstance(value, (Application, Route, Function, Input, StateMachine)):
        return type(value)(**{name: _relative(item, project) for name, item in value._values().items()})
    return value


def _failure(error: BaseException, project: Path) -> Failure:
    return Failure(
        where=_where(error, project),
        message=f"{type(error).__name__}: {error}" if str(error) else type(error).__name__,
        remedy=_remedy(error),
        missing=_missing(error, project),
        traceback=_traceback(error),
    )


def _remedy(error: BaseException) -> str:
    """Returns the remedy for an app that imports itself too early, or by a name that it has nowhere else."""
    if isinstance(error, ImportError) and error.name == "app":
        return (
            "Modules that import app from the app's module are imported there only after app = Domovoi(): "
            "move that line above their import."
        )
    if isinstance(error, ImportError) and error.name == "__main__":
        return "The app's module is called app, here and in Lambda: write from app import app."
    return "Correct it there; --debug shows the whole traceback."


def _missing(error: BaseException, project: Path) -> str:
    """Returns the name of a module that is not there and not the project's own, or nothing."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    first = error.name.partition(".")[0]
    own = (project / first).is_dir() or (project / f"{first}.py").is_file()
    return "" if own or first in sys.stdlib_module_names else first


def _where(error: BaseException, project: Path) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{os.path.relpath(error.filename, project)}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if Path(frame.filename).is_relative_to(project)]
    return f"{os.path.relpath(inside[-1].filename, project)}:{inside[-1].lineno}" if inside else "app"


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
