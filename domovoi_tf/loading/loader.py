"""Loads an app by importing it in a child process, so that the app's code never runs in this process."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import domovoi_tf
from domovoi_tf.errors import AppLoadError
from domovoi_tf.loading import failures, process, serialization
from domovoi_tf.loading.definitions.files import resolve_definitions
from domovoi_tf.loading.environment import build_app_environment
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.loading.serialization import Failure

MODULE, PACKAGE = "app.py", "app/__init__.py"
#: Seconds that the import of an app may take.
DEFAULT_TIMEOUT = 30.0
_TOO_OLD_EXIT_CODE = 41
#: Seconds after the timeout at which the child ends itself, in case this process is suspended.
_SPARE_SECONDS = 5
#: Any Python can parse this. The folder of our package leaves ``sys.path`` again, because it may contain the
#: packages of another Python.
_CHILD = f"""
import os, sys
if sys.version_info < (3, 10):
    sys.exit({_TOO_OLD_EXIT_CODE})
if not os.read(0, 1):
    sys.exit("domovoi-tf was killed")
sys.path[:] = [path for path in sys.path if path]
sys.path.insert(0, sys.argv[1])
from domovoi_tf.loading.child import answer_with_app
del sys.path[0]
answer_with_app(sys.argv[2], *map(int, sys.argv[3:]))
"""


def load(
    project: Path,
    environment: Mapping[str, str] | None = None,
    python: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    with_credentials: bool = False,
    meanwhile: Callable[[], object] = lambda: None,
) -> ReadApplication:
    """Imports ``app.py``, or the package ``app``, and returns what it declares and what it read.

    The app's output goes to standard error, each line prefixed with the file's name.

    Args:
        project: the project's folder.
        environment: the stage's environment variables, which the app may read when it is imported.
        python: the path of the Python to use, or its name on ``PATH`` (default: the one that runs this
        process).
        timeout: the seconds that the import may take, unless a debugger is attached to it.
        with_credentials: whether the app has the shell's AWS credentials.
        meanwhile: called while the child process imports the app.

    Raises:
        AppLoadError: there is no app, it cannot be imported, it has no handlers, or there are several apps.
    """
    project = project.resolve()
    entry, program = _find_entry(project), _find_python(python)
    limit = math.ceil(timeout) + _SPARE_SECONDS
    outcome = process.run(
        [program, "-c", _CHILD, str(Path(domovoi_tf.__file__).parent.parent), str(project), str(limit)],
        project,
        build_app_environment(os.environ, environment or {}, with_credentials),
        f"{entry}| ",
        timeout,
        meanwhile,
    )
    answer = _read_answer(outcome, entry, program)
    if outcome.timed_out:
        raise _build_timeout_error(getattr(answer, "position", "") or entry, timeout)
    if isinstance(answer, Failure):
        raise _build_load_error(answer, project, program)
    _require_handlers(answer, entry, project)
    return resolve_definitions(answer, project)


def _require_handlers(read: ReadApplication, entry: str, project: Path) -> None:
    if read.routes or read.faults or read.state_machines:
        return
    from domovoi_tf.loading.unimported_handlers import find_unimported_modules

    if modules := find_unimported_modules(project, [read]):
        files = " and ".join(f"{each.file} ({each.list_handlers()})" for each in modules)
        statements = ", ".join(each.statement for each in modules)
        raise AppLoadError(
            f"The app in {entry} has no handlers: no module of the app imports {files}.",
            f"Write {statements} in {entry}, below app = Domovoi().",
        )
    raise AppLoadError(
        f"The app in {entry} has no handlers.",
        'Decorate a function, for example with @app.scheduled_function("rate(5 minutes)"), or with '
        "@app.lambda_function() if it is invoked directly.",
    )


def has_app(project: Path) -> bool:
    """Returns whether a project has an app to import.

    Args:
        project: the project's folder.
    """
    return any((project / name).is_file() for name in (MODULE, PACKAGE))


def _find_entry(project: Path) -> str:
    entries = [name for name in (MODULE, PACKAGE) if (project / name).is_file()]
    if len(entries) > 1:
        raise AppLoadError(
            f"{project} contains both {MODULE} and {PACKAGE}.",
            f"Delete one of them: Python imports {PACKAGE} and ignores {MODULE}.",
        )
    if not entries:
        raise AppLoadError(
            f"{project} contains no {MODULE}.",
            "Create it with the line app = Domovoi(), or name the project's folder with -C.",
        )
    return entries[0]


def _find_python(python: str | None) -> str:
    if not python:
        return sys.executable
    program = shutil.which(python)
    if program is None:
        raise AppLoadError(
            f"The Python {python!r}, which should import the app, does not exist or cannot be executed.",
            "Pass another one with --python or in DOMOVOI_TF_PYTHON, or leave both out to use the Python "
            "that runs domovoi-tf.",
        )
    return os.path.abspath(program)  # noqa: PTH100 - resolving the link would leave a virtual environment


def _read_answer(outcome: process.Outcome, entry: str, program: str) -> ReadApplication | Failure:
    answer: object = None
    with contextlib.suppress(Exception):
        answer = serialization.loads(outcome.answer)
    if isinstance(answer, (ReadApplication, Failure)):
        return answer
    if outcome.timed_out:
        return Failure(position="", message="", remedy="")
    if outcome.answer:
        raise AppLoadError(
            f"{entry} wrote into the pipe that domovoi-tf uses to read the app.",
            "Write only to file descriptors that the app itself opened.",
        )
    if outcome.exit_code == _TOO_OLD_EXIT_CODE:
        raise AppLoadError(
            f"{program} is older than Python 3.10.",
            "Choose a newer Python with --python or DOMOVOI_TF_PYTHON.",
        )
    raise AppLoadError(
        f"{entry} ended the process with exit code {outcome.exit_code} while it was being imported.",
        "Move the code that does so into a handler.",
    )


def _build_timeout_error(position: str, timeout: float) -> AppLoadError:
    return AppLoadError(
        f"{position}: importing the app took longer than {timeout:g} s.",
        "Move slow code into a handler, or allow more time with --timeout.",
    )


def _build_load_error(failure: Failure, project: Path, program: str) -> AppLoadError:
    error = _describe_load_error(failure, project, program)
    if os.environ.get("DOMOVOI_TF_DEBUG"):
        sys.stderr.write(failure.traceback)
        error = AppLoadError(error.message, error.remedy.removesuffix(failures.DEBUG_HINT))
        error.is_traced = bool(failure.traceback)
    return error


def _describe_load_error(failure: Failure, project: Path, program: str) -> AppLoadError:
    if failure.missing_module:
        has_requirements = (project / "requirements.txt").is_file()
        requirement = "-r requirements.txt" if has_requirements else failure.missing_module
        return AppLoadError(
            f"{failure.position}: the module {failure.missing_module} is not installed for {program}.",
            f"Install it: {program} -m pip install {requirement}\n"
            "Or pass the Python that has it with --python or in DOMOVOI_TF_PYTHON.",
        )
    message = f"{failure.position}: {failure.message}" if failure.position else failure.message
    return AppLoadError(message, failure.remedy)
