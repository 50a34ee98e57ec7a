"""Runs a handler in a child process with the test client, without AWS or the emulator."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import domovoi_tf
from domovoi_tf.errors import DomovoiError
from domovoi_tf.hcl.input_variables import find_variables, list_withheld
from domovoi_tf.hcl.variable_files import find_assignments
from domovoi_tf.loading.child import close_input, reset_arguments
from domovoi_tf.loading.debugging.attachment import Mark, call_once_attached, open_mark, set_mark
from domovoi_tf.loading.environment import build_app_environment
from domovoi_tf.loading.failures import PACKAGE, select_own_frames
from domovoi_tf.local.debugger import attach_debugger, lend_terminal
from domovoi_tf.model.names import STAGE_VARIABLE
from domovoi_tf.operations.invoke import Failure, Invocation
from domovoi_tf.operations.log_format import Report
from domovoi_tf.settings.effective import resolve_function_settings
from domovoi_tf.system.guarded_processes import start_guarded
from domovoi_tf.system.text import escape_controls, format_count
from domovoi_tf.triggers.alb import LISTENER

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.model.declarations import Function, Input
    from domovoi_tf.settings import Settings

_CHILD = """
import os
os.read(0, 1) or os._exit(1)
from domovoi_tf.local.handler_run import run_child
run_child()
"""
_IMPORT_SECONDS = 30
_LEFT = "The debugger was left, which ended the handler. To go on without it, type c instead of q."
_WITHOUT_TERMINAL = "The debugger needs a terminal. With PYTHONBREAKPOINT=0 the handler runs without it."
_PREFIX = "TF_VAR_"


def run_handler(
    project: Path,
    settings: Settings,
    function: Function,
    variables: Mapping[str, str],
    event: Any,
    with_credentials: bool = False,
) -> Invocation:
    """Runs the handler of an event with the stage's environment variables and without AWS credentials.

    Args:
        project: the project's folder.
        settings: the stage's settings.
        function: the function that receives the event.
        variables: the values of the app's input variables, as `read_variables` returns them.
        event: the event, as AWS sends it.
        with_credentials: whether the import of the app, but not the handler, has the shell's AWS credentials.

    Raises:
        DomovoiError: the handler exited the process, or did not finish within the function's timeout.
    """
    own_settings = resolve_function_settings(function, settings)
    timeout = own_settings.timeout or settings.timeout
    client = {
        "name": settings.name,
        "environment": dict(own_settings.environment_variables),
        "variables": {STAGE_VARIABLE: settings.stage, **variables},
        "timeout": timeout,
        "memory_size": own_settings.memory_size or settings.memory_size,
    }
    request = {"project": str(project.resolve()), "event": event, "function": function.name, "client": client}
    environment = build_app_environment(os.environ, own_settings.environment_variables, with_credentials)
    return _make_invocation(_start_child(request, environment, timeout), client)


def _start_child(request: Mapping[str, Any], environment: Mapping[str, str], timeout: int) -> dict[str, Any]:
    """Runs the request in a child process, and returns the outcome that `run_child` writes."""
    command, folder = [sys.executable, "-c", _CHILD], Path(domovoi_tf.__file__).parent.parent
    try:
        with open_mark() as mark, lend_terminal() as terminal:
            inherited = [mark.file] if terminal is None else [mark.file, terminal]
            data = json.dumps({**request, "mark": mark.file, "terminal": terminal}).encode()
            with start_guarded(command, folder, environment, inherited=inherited) as process:
                answer = _await_answer(process, data, timeout + _IMPORT_SECONDS, mark)
    except subprocess.TimeoutExpired:
        raise DomovoiError(
            f"The handler did not finish within the function's timeout of {format_count(timeout, 'second')}.",
            "Increase lambda_timeout, or find out what the handler waits for.",
        ) from None
    if not answer:
        raise DomovoiError(
            f"The handler ended its process with exit code {process.returncode}.",
            "Return from the handler, or raise an exception.",
        )
    return dict(json.loads(answer))


def _await_answer(process: subprocess.Popen[bytes], data: bytes, seconds: float, mark: Mark) -> bytes:
    """Returns the answer of the child process, for which its user has any time in a debugger.

    Raises:
        subprocess.TimeoutExpired: the time is over, and no debugger was used.
    """
    try:
        return process.communicate(data, seconds)[0]
    except subprocess.TimeoutExpired:
        if not mark.is_set():
            raise
    return process.communicate()[0]


def read_variables(
    application: Application, function: str, environ: Mapping[str, str], root: Path
) -> dict[str, str]:
    """Reads the values of the input variables that a function needs from the environment, as Terraform does.

    A variable without a value there has its default.

    Args:
        application: the app.
        function: the function's name in the app; empty for the default function.
        environ: the environment, with a variable ``TF_VAR_<name>`` for each input variable.
        root: the folder of the stage's root module, whose ``.tfvars`` files are not read.

    Raises:
        DomovoiError: some input variables have no value, or a file sets one that has a default; the error
            names all of them.

    https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_var_name
    """
    routes = [route for route in application.routes if route.trigger.function == function]
    declared = {each.variable.name: each for each in application.variables}
    of_routes = [variable.name for route in routes for variable, _, _ in find_variables(route)]
    withheld = list_withheld(application.variables, application.routes, function)
    of_handlers = (name for name in declared if name not in withheld)
    names = dict.fromkeys([*(name for name in of_routes if name != LISTENER), *of_handlers])
    given = {name: environ[_PREFIX + name] for name in names if _PREFIX + name in environ}
    defaults = {
        name: each.default
        for name, each in declared.items()
        if name not in given and each.default is not None
    }
    if missing := [name for name in names if name not in given and name not in defaults]:
        raise DomovoiError(
            f"Input variables of the app have no value: {', '.join(_PREFIX + name for name in missing)}.",
            _suggest_values([name for name in missing if not _is_sensitive(declared.get(name))]),
        )
    if overridden := find_assignments(root, defaults):
        files = ", ".join(dict.fromkeys(map(str, overridden.values())))
        raise DomovoiError(
            f"{files} sets {', '.join(overridden)}, but `invoke --local` does not read it.",
            f"Set {', '.join(_PREFIX + name for name in overridden)}.",
        )
    return {name: given[name] if name in given else defaults[name] for name in names}


def _is_sensitive(declared: Input | None) -> bool:
    return declared is not None and declared.variable.sensitive


def _suggest_values(names: Sequence[str]) -> str:
    """Returns how to give values to variables, of which some may have a default.

    Args:
        names: the variables that may have one.
    """
    defaults = ", ".join(f'app.variable("{name}", default="...")' for name in names)
    return f"Set these environment variables, as for Terraform{f', or declare {defaults}' if names else ''}."


def run_child() -> None:
    """Runs the request on standard input, and writes the outcome to standard output as JSON.

    This is the main function of the child process.
    """
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.stderr = _EscapingStream(
        os.fdopen(2, "wb", closefd=False), errors="backslashreplace", line_buffering=True
    )
    request = json.load(sys.stdin)
    close_input()
    os.set_inheritable(request["mark"], False)
    call_once_attached(lambda: _lift_limit(request))
    if request["terminal"] is not None:
        attach_debugger(request["terminal"], request["mark"])
    os.chdir(request["project"])
    sys.dont_write_bytecode = True
    reset_arguments(Path(request["project"]))
    # Without the current folder. A debugger has inserted its own, from which it imports when it is used.
    sys.path[:] = [request["project"], *filter(None, sys.path), str(Path(request["project"], "vendor"))]
    with channel:
        json.dump(_invoke(request), channel)


def _lift_limit(request: Mapping[str, Any]) -> None:
    """Tells the parent and the user that the handler may take any time."""
    set_mark(request["mark"])
    limit = format_count(request["client"]["timeout"], "second")
    sys.stderr.write(f"A debugger is attached, so the handler may run longer than its timeout of {limit}.\n")


class _EscapingStream(io.TextIOWrapper):
    """A stream that shows what a handler logs of an event, instead of letting a terminal obey it."""

    def write(self, text: str) -> int:
        return super().write(escape_controls(text))


def _invoke(request: Mapping[str, Any]) -> dict[str, Any]:
    from domovoi_tf.testing import Client

    logs: list[str] = []
    start = time.monotonic()
    outcome: dict[str, Any] = {"result": None, "failure": None}
    try:
        app = __import__("app").app
        client = Client(app, **request["client"])
        client.logs = logs
        with contextlib.redirect_stdout(io.StringIO()):  # `logs` has these lines already
            start = time.monotonic()
            outcome["result"] = client.invoke(request["event"], function=request["function"])
    except BaseException as error:
        outcome["failure"] = _describe_exception(error, request)
    seconds = time.monotonic() - start
    return {**outcome, "logs": logs, "seconds": seconds, "megabytes": _measure_peak_memory()}


def _describe_exception(error: BaseException, request: Mapping[str, Any]) -> tuple[str, str, list[str]]:
    """Returns the class, the message and the traceback, from the project's code on and without our frames."""
    if type(error).__name__ == "BdbQuit":
        return "BdbQuit", _WITHOUT_TERMINAL if request["terminal"] is None else _LEFT, []
    project = Path(request["project"])
    frames = [
        frame
        for frame in select_own_frames(traceback.extract_tb(error.__traceback__), project)
        if not frame.filename.startswith(PACKAGE)
    ]
    lines = [line for text in traceback.format_list(frames) for line in text.rstrip("\n").split("\n")]
    return type(error).__name__, str(error), lines


def _measure_peak_memory() -> float:
    """Returns the peak memory use of this process in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS, otherwise in KB
    return peak / 1024 / (1024 if sys.platform == "darwin" else 1)


def _make_invocation(outcome: Mapping[str, Any], client: Mapping[str, Any]) -> Invocation:
    failure = outcome["failure"]
    return Invocation(
        request_id="",
        result=outcome["result"],
        failure=Failure(failure[0], failure[1], tuple(failure[2])) if failure else None,
        log=tuple(outcome["logs"]),
        report=Report(
            duration_ms=round(outcome["seconds"] * 1000, 2),
            memory_size_mb=client["memory_size"],
            max_memory_used_mb=round(outcome["megabytes"]),
        ),
    )
