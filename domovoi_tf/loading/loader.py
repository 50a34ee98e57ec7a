"""Reads an app by importing it in a child process, so that its code never runs in the tool's own."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import domovoi_tf
from domovoi_tf.errors import AppLoadError
from domovoi_tf.loading import definition_files, process, serialization
from domovoi_tf.loading.environment import app_environment
from domovoi_tf.loading.serialization import Failure
from domovoi_tf.model.application import Application

MODULE, PACKAGE = "app.py", "app/__init__.py"
#: How long an app may take to import, in seconds.
TIMEOUT = 30.0
_TOO_OLD = 41
#: Any Python can parse it. The folder that our package is in is left again: it holds what another Python has.
_CHILD = f"""
import sys
if sys.version_info < (3, 10):
    sys.exit({_TOO_OLD})
sys.path[:] = [path for path in sys.path if path]
sys.path.insert(0, sys.argv[1])
from domovoi_tf.loading.child import child
del sys.path[0]
child(sys.argv[2], int(sys.argv[3]))
"""


def load(
    project: Path,
    environment: Mapping[str, str] | None = None,
    python: str | None = None,
    timeout: float = TIMEOUT,
) -> Application:
    """Imports ``app.py``, or the package ``app``, and returns what it declares.

    What the app prints goes to standard error, each line after the name of its file.

    Args:
        project: the project's folder.
        environment: the stage's environment variables, which the app may read when it is imported.
        python: the Python that imports it, a path or a name on ``PATH``; the tool's own if missing.
        timeout: for how long the import may take, in seconds.

    Raises:
        AppLoadError: there is no app, it cannot be imported, or it is not one app with handlers.
    """
    project = project.resolve()
    entry, program = _entry(project), _program(python)
    done = process.run(
        [program, "-c", _CHILD, str(Path(domovoi_tf.__file__).parent.parent), str(project)],
        project,
        app_environment(os.environ, environment or {}),
        f"{entry}| ",
        timeout,
    )
    found = _answer(done, entry, program)
    if done.late:
        raise _too_slow(getattr(found, "where", "") or entry, timeout)
    if isinstance(found, Failure):
        raise _error(found, project, program)
    return definition_files.resolved(found, project)


def _entry(project: Path) -> str:
    found = [name for name in (MODULE, PACKAGE) if (project / name).is_file()]
    if len(found) > 1:
        raise AppLoadError(
            f"There are both {MODULE} and {PACKAGE} in {project}.",
            f"Keep one: Python imports {PACKAGE} then, and never {MODULE}.",
        )
    if not found:
        raise AppLoadError(
            f"{MODULE} does not exist in {project}.",
            "Create it with an app = Domovoi(), or name the project's folder.",
        )
    return found[0]


def _program(python: str | None) -> str:
    if not python:
        return sys.executable
    found = shutil.which(python)
    if found is None:
        raise AppLoadError(
            f"{python!r}, which is to read the app, is not a program.",
            "Name a Python with --python or in DOMOVOI_TF_PYTHON, or neither.",
        )
    return os.path.abspath(found)  # noqa: PTH100 - a link into a virtual environment stays one


def _answer(done: process.Outcome, entry: str, program: str) -> Application | Failure:
    found: object = None
    with contextlib.suppress(Exception):
        found = serialization.loads(done.answer)
    if isinstance(found, (Application, Failure)):
        return found
    if done.late:
        return Failure(where="", message="", remedy="")
    if done.answer:
        raise AppLoadError(
            f"{entry} wrote into the pipe through which its import answers.",
            "Leave file descriptors alone that the app did not open itself.",
        )
    if done.exit_code == _TOO_OLD:
        raise AppLoadError(
            f"{program} is older than Python 3.10.", "Choose a newer one with --python or DOMOVOI_TF_PYTHON."
        )
    raise AppLoadError(
        f"{entry} ended the process with exit code {done.exit_code} while it was imported.",
        "Move what it does at import into a handler.",
    )


def _too_slow(where: str, timeout: float) -> AppLoadError:
    return AppLoadError(
        f"{where}: the app was still being imported after {timeout:g} s.",
        "Move what it waits for into a handler, or give it longer with --timeout.",
    )


def _error(failure: Failure, project: Path, program: str) -> AppLoadError:
    if os.environ.get("DOMOVOI_TF_DEBUG"):
        sys.stderr.write(failure.traceback)
    if failure.missing:
        listed = (project / "requirements.txt").is_file()
        return AppLoadError(
            f"{failure.where}: the module {failure.missing} is not installed for {program}.",
            f"Install it: {program} -m pip install {'-r requirements.txt' if listed else failure.missing}\n"
            "Or name the Python that has it with --python or in DOMOVOI_TF_PYTHON.",
        )
    message = f"{failure.where}: {failure.message}" if failure.where else failure.message
    return AppLoadError(message, failure.remedy)
