"""Reads an app by importing it in a child process, so that its code never runs in the tool's own."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import domovoi_tf
from domovoi_tf import definitions
from domovoi_tf.errors import AppLoadError, DomovoiError
from domovoi_tf.model import Application, Function, Input, Route, StateMachine

APP = "app.py"
_CHILD = "from domovoi_tf.loader import child; child()"


def load(project: Path, environment: Mapping[str, str] | None = None) -> Application:
    """Imports ``app.py`` and returns what it declares.

    What the app prints goes to standard error.

    Args:
        project: the project's folder.
        environment: the stage's environment variables, which the app may read when it is imported.

    Raises:
        AppLoadError: there is no app, it cannot be imported, or it is not one app with handlers.
    """
    if not (project / APP).is_file():
        raise AppLoadError(
            f"{APP} does not exist in {project.resolve()}.",
            "Create it with an app = Domovoi(), or name the project's folder.",
        )
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(project.resolve())],
        cwd=Path(domovoi_tf.__file__).parent.parent,
        # boto3 clients at module level want a region, and reading the app must not depend on the machine's.
        env={"AWS_DEFAULT_REGION": "us-east-1", **os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    if not done.stdout:
        raise AppLoadError(
            f"{APP} ended the process with exit code {done.returncode} while it was imported.",
            "Move what it does at import into a handler.",
        )
    result: Application | tuple[str, str] = pickle.loads(done.stdout)  # noqa: S301 - our own child wrote it
    if isinstance(result, Application):
        return result
    raise AppLoadError(*result)


def child() -> None:
    """Imports the app of the folder in ``sys.argv`` and writes the result to standard output, pickled."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    project = sys.argv[1]
    os.chdir(project)
    sys.dont_write_bytecode = True
    sys.path[0] = project
    sys.path.append(str(Path(project, "vendor")))
    with channel:
        pickle.dump(_result(Path(project)), channel)


def _result(project: Path) -> Application | tuple[str, str]:
    try:
        import app as module  # type: ignore[import-not-found, unused-ignore]

        application: Application = _relative(_app(vars(module)).freeze(), project)
        application = definitions.resolved(application, project)
        _require_plain(application)
        return application
    except DomovoiError as error:
        return error.message.replace(f"{project}{os.sep}", ""), error.remedy
    except BaseException as error:
        return _failure(error, project)


def _app(namespace: Mapping[str, Any]) -> domovoi_tf.Domovoi:
    apps = {name: value for name, value in namespace.items() if isinstance(value, domovoi_tf.Domovoi)}
    if len({id(app) for app in apps.values()}) > 1:
        raise AppLoadError(
            f"{APP} has {len(apps)} Domovoi objects: {', '.join(sorted(apps))}.",
            "Keep one, named app; a second app is a project of its own.",
        )
    if "app" not in apps:
        found = f"; it has one named {', '.join(apps)}" if apps else ""
        raise AppLoadError(f"{APP} has no Domovoi object named app{found}.", "Write: app = Domovoi()")
    app = apps["app"]
    frozen = app.freeze()
    if not (frozen.routes or frozen.faults or frozen.state_machines):
        raise AppLoadError(
            f"{APP} has an app without handlers.",
            'Decorate a function, for example with @app.scheduled_function("rate(5 minutes)").',
        )
    return app


class _Plain(pickle.Pickler):
    """Refuses objects of the app's own classes: only the app's code could read them back."""

    def reducer_override(self, value: Any) -> Any:
        """Returns NotImplemented, which leaves the rest to pickle."""
        module = getattr(value, "__module__", type(value).__module__)
        if module.partition(".")[0] not in ("domovoi_tf", *sys.stdlib_module_names):
            raise pickle.PicklingError
        return NotImplemented


def _require_plain(application: Application) -> None:
    values = [(f.location, *item) for f in application.functions for item in f._values().items()]
    values += [(m.location, *item) for m in application.state_machines for item in m._values().items()]
    values += [(r.location, *item) for r in application.routes for item in r.trigger._values().items()]
    for location, argument, value in values:
        try:
            _Plain(io.BytesIO()).dump(value)
        except Exception:
            raise AppLoadError(
                f"{location}: {argument}: {value!r} is not plain data.",
                "Use None, booleans, numbers, strings, lists and dicts with string keys.",
            ) from None


def _relative(value: Any, project: Path) -> Any:
    """Returns the application with the paths of its locations relative to the project."""
    if isinstance(value, domovoi_tf.model.Location):
        path = Path(value.file)
        inside = path.is_relative_to(project)
        return type(value)(file=(path.relative_to(project) if inside else path).as_posix(), line=value.line)
    if isinstance(value, domovoi_tf.model.Notice):
        return type(value)(
            location=_relative(value.location, project),
            message=value.message.replace(f"{project}{os.sep}", ""),
        )
    if isinstance(value, domovoi_tf.model.Fault):
        return type(value)(**{**value._values(), "location": _relative(value.location, project)})
    if isinstance(value, tuple):
        return tuple(_relative(item, project) for item in value)
    if isinstance(value, (Application, Route, Function, Input, StateMachine)):
        return type(value)(**{name: _relative(item, project) for name, item in value._values().items()})
    return value


def _failure(error: BaseException, project: Path) -> tuple[str, str]:
    where = _where(error, project)
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    traceback.print_exception(error) if os.environ.get("DOMOVOI_TF_DEBUG") else None
    if isinstance(error, ImportError):
        remedy = "Install what the app imports here too: pip install -r requirements.txt"
    else:
        remedy = "Correct it there; --debug shows the whole traceback."
    return f"{where}: {said}", remedy


def _where(error: BaseException, project: Path) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{os.path.relpath(error.filename, project)}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if Path(frame.filename).is_relative_to(project)]
    return f"{os.path.relpath(inside[-1].filename, project)}:{inside[-1].lineno}" if inside else APP
