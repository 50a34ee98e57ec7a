"""Runs a handler on this machine, in a child process, by the test client: no AWS and nothing deployed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import domovoi_tf
from domovoi_tf.errors import DomovoiError
from domovoi_tf.hcl.input_variables import find_variables
from domovoi_tf.loading.environment import build_app_environment
from domovoi_tf.operations.invoke import Failure, Invocation
from domovoi_tf.operations.log_format import Report
from domovoi_tf.settings.effective import effective

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.model.declarations import Function
    from domovoi_tf.settings import Settings

_CHILD = "from domovoi_tf.local.handler_run import child; child()"
_IMPORT_SECONDS = 30
_VARIABLE = "TF_VAR_"


def run(
    project: Path, settings: Settings, function: Function, given: Mapping[str, str], event: Any
) -> Invocation:
    """Runs the handler of an event, with the stage's environment variables and nobody's credentials.

    Args:
        project: the project's folder.
        settings: the stage's.
        function: the function that gets the event.
        given: what ``variable()`` stands for, by name; see `values`.
        event: the event, as AWS sends it.

    Raises:
        DomovoiError: the app's process ended without an answer, or has not ended in the function's time.
    """
    holds = effective(function, settings)
    timeout = holds.timeout or settings.timeout
    order = {
        "project": str(project.resolve()),
        "event": event,
        "function": function.name,
        "client": {
            "name": settings.name,
            "environment": dict(holds.environment_variables),
            "variables": dict(given),
            "timeout": timeout,
            "memory_size": holds.memory_size or settings.memory_size,
        },
    }
    try:
        done = subprocess.run(
            [sys.executable, "-c", _CHILD],
            cwd=Path(domovoi_tf.__file__).parent.parent,
            env=build_app_environment(os.environ, holds.environment_variables),
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            timeout=timeout + _IMPORT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DomovoiError(
            f"The handler has not ended within the function's timeout of {timeout} seconds.",
            "Give it more by lambda_timeout, or find out what it waits for.",
        ) from None
    if not done.stdout:
        raise DomovoiError(
            f"The handler ended its process with exit code {done.returncode}.",
            "Return from the handler, or raise an exception.",
        )
    return _invocation(json.loads(done.stdout), order["client"])


def values(application: Application, function: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Returns what an app's ``variable()`` stand for, by name, as Terraform would be told.

    Args:
        application: the app.
        function: the function that is to run, empty for the default one.
        environ: the environment, with ``TF_VAR_<name>``.

    Raises:
        DomovoiError: there is no value; all such are named.

    https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_var_name
    """
    routes = [route for route in application.routes if route.trigger.function == function]
    found = [variable.name for route in routes for variable, _, _ in find_variables(route)]
    needed = dict.fromkeys([*found, *(each.variable.name for each in application.variables)])
    missing = [f"{_VARIABLE}{name}" for name in needed if f"{_VARIABLE}{name}" not in environ]
    if missing:
        raise DomovoiError(
            f"The app's variables have no value here: {', '.join(missing)}.",
            "Set them in the environment, as for Terraform.",
        )
    return {name: environ[f"{_VARIABLE}{name}"] for name in needed}


def child() -> None:
    """Runs the order on standard input, and writes what became of it to standard output, as JSON."""
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    order = json.load(sys.stdin)
    os.chdir(order["project"])
    sys.dont_write_bytecode = True
    sys.path[0] = order["project"]
    sys.path.append(str(Path(order["project"], "vendor")))
    with channel:
        json.dump(_outcome(order), channel)


def _outcome(order: Mapping[str, Any]) -> dict[str, Any]:
    from domovoi_tf.testing import Client

    logs: list[str] = []
    began = time.monotonic()
    outcome: dict[str, Any] = {"result": None, "failure": None}
    try:
        app = __import__("app").app
        client = Client(app, **order["client"])
        client.logs = logs
        with contextlib.redirect_stdout(io.StringIO()):  # the client has the lines already
            began = time.monotonic()
            outcome["result"] = client.invoke(order["event"], function=order["function"])
    except BaseException as error:
        outcome["failure"] = _raised(error)
    return {**outcome, "logs": logs, "seconds": time.monotonic() - began, "megabytes": _peak()}


def _raised(error: BaseException) -> tuple[str, str, list[str]]:
    own = str(Path(domovoi_tf.__file__).parent)
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(own)
    ]
    lines = [line for text in traceback.format_list(frames) for line in text.rstrip("\n").split("\n")]
    return type(error).__name__, str(error), lines


def _peak() -> float:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / (1024 if sys.platform == "darwin" else 1)


def _invocation(outcome: Mapping[str, Any], client: Mapping[str, Any]) -> Invocation:
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
