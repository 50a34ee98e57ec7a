"""Makes MiniStack run functions under their own Python, and report those that fail as Lambda does.

The emulator's program installs this. MiniStack has a class whose objects each run one process of a function,
a function that chooses the program for a runtime, and one that makes the response; they are replaced by ones
that call them.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.local import function_pythons
from domovoi_tf.operations.tracebacks import select_own_frames

#: An event that starts a function without calling it. The emulator answers it; it never reaches a function.
START_EVENT = {"domovoi-tf": "start the function"}
#: The folders in the emulator's folder: environments of Python, and files that name replaced dependencies.
PYTHONS, DEPENDENCIES = "pythons", "dependencies"
#: What MiniStack adds to the reason why a function did not start.
_PREFIXES = ("Worker init failed: ", "Worker process exited immediately. stderr: ")
_ENDED = "Runtime exited without providing a reason"
#: Seconds to wait for the log of a function that has ended; a process that it started can keep the log open.
_LOG_SECONDS = 2.0


def install(folder: Path) -> None:
    """Installs this into MiniStack, unless a release of it has other names.

    Args:
        folder: the emulator's folder.
    """
    with contextlib.suppress(ImportError, AttributeError):
        from ministack.core import lambda_runtime
        from ministack.services import lambda_svc

        current = threading.local()
        choose = lambda_runtime._detect_runtime_binary
        lambda_runtime.Worker = _create_worker_class(lambda_runtime, current)
        lambda_runtime._detect_runtime_binary = _create_choice(choose, current, folder)
        lambda_svc._execute_function_warm = _create_execution(lambda_svc._execute_function_warm, current)
        _let_invocations_finish(lambda_runtime, lambda_svc)


def locate_replacement(folder: Path, package: str) -> Path:
    """Returns the file that contains the path of a folder with dependencies in place of a package's own.

    Args:
        folder: the emulator's folder.
        package: the SHA-256 of the package, as hexadecimal digits.
    """
    return folder / DEPENDENCIES / package


def _create_choice(
    choose: Callable[[str], tuple[str, str]], current: threading.local, folder: Path
) -> Callable[[str], tuple[str, str]]:
    """Returns a function that chooses the program and the script for a runtime."""
    start = Path(__file__).with_name("function_start.py").read_text(encoding="utf-8")
    find = functools.cache(lambda version: function_pythons.choose_python(version, os.environ))

    def choose_program(runtime: str) -> tuple[str, str]:
        program, script = choose(runtime)
        if not runtime.startswith("python3."):
            return program, script
        version = runtime.removeprefix("python")
        prepared = function_pythons.locate_program(folder / PYTHONS, version)
        with contextlib.suppress(OSError):
            # `local deploy` may have prepared it meanwhile.
            program = str(
                prepared
                if prepared.exists()
                else function_pythons.prepare_python(find(version), folder / PYTHONS)
            )
        dependencies = _read_replacement(folder, current.code)
        prepared_import = f"prepare_import({dependencies!r})"
        return program, f"{start}\n{prepared_import}\ndescribe_exceptions()\n{script}"

    return choose_program


def _read_replacement(folder: Path, code: bytes) -> str:
    """Returns the folder of dependencies to use in place of those of a package; empty if there is none."""
    file = locate_replacement(folder, hashlib.sha256(code).hexdigest())
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _create_worker_class(lambda_runtime: Any, current: threading.local) -> type[Any]:
    """Returns a class derived from MiniStack's that reports why a function did not start, or failed."""
    base: type[Any] = lambda_runtime.Worker

    class FunctionWorker(base):  # type: ignore[misc]
        """A process of a function."""

        def _spawn(self) -> None:
            current.code = self.code_zip
            super()._spawn()

        def invoke(self, event: Any, request_id: str, **context: Any) -> dict[str, Any]:
            """Invokes the function; starts it first, if necessary."""
            try:
                lambda_runtime.ensure_spawned(self)
            except RuntimeError as error:
                self.kill()
                log = self._read_rest()
                return {"status": "error", "error": _describe_failure(error), "log": log, "trace": ""}
            if event == START_EVENT:
                return {"status": "ok", "result": None, "log": self._drain_stderr_bounded()}
            result: dict[str, Any] = super().invoke(event, request_id, **context)
            if self._proc is None:  # MiniStack has ended it: after an exception, a timeout or a crash
                result["log"] = "\n".join(filter(None, (result.get("log"), self._read_rest())))
            if response := _parse_response(result.get("trace", "")):
                current.response = response
                result["trace"] = _format_traceback(response)
            return result

        def _read_rest(self) -> str:
            """Returns the rest of the log of a process that has ended, which MiniStack may read late."""
            if self._stderr_thread is not None:
                self._stderr_thread.join(_LOG_SECONDS)
            return str(self._drain_stderr())

    return FunctionWorker


def _let_invocations_finish(lambda_runtime: Any, lambda_svc: Any) -> None:
    """Lets the invocations that run while a function is updated end, as on Lambda. MiniStack would end them.

    Args:
        lambda_runtime: MiniStack's module of workers.
        lambda_svc: its module of functions, which updates them.
    """
    kill, release, updating = lambda_runtime.kill_workers, lambda_svc.release_worker, threading.local()

    def kill_idle_workers(workers: Iterable[Any]) -> None:
        workers = list(workers)
        if getattr(updating, "is_active", False):
            for worker in workers:
                worker.is_outdated = True
            workers = [worker for worker in workers if not worker.in_use]
        kill(workers)

    def release_worker(worker: Any) -> None:
        release(worker)
        if getattr(worker, "is_outdated", False):
            kill([worker])

    def mark(update: Callable[..., Any]) -> Callable[..., Any]:
        def update_function(name: str, data: Any) -> Any:
            updating.is_active = True
            try:
                return update(name, data)
            finally:
                updating.is_active = False

        return update_function

    lambda_runtime.kill_workers, lambda_svc.release_worker = kill_idle_workers, release_worker
    lambda_svc._update_code, lambda_svc._update_config = map(
        mark, (lambda_svc._update_code, lambda_svc._update_config)
    )


def _create_execution(execute: Callable[..., dict[str, Any]], current: threading.local) -> Callable[..., Any]:
    """Returns a function that invokes a function, whose exception is the response, as in Lambda."""

    def execute_function(function: Any, event: Any, request_id: str) -> dict[str, Any]:
        current.response = None
        result = execute(function, event, request_id)
        if current.response and result.get("error"):
            result["body"] = {**current.response, "requestId": request_id}
        return result

    return execute_function


def _parse_response(trace: str) -> Mapping[str, Any] | None:
    """Returns the response that `function_start` passes on; None for the traceback of another runtime."""
    try:
        response = json.loads(trace)
    except ValueError:
        return None
    return response if isinstance(response, dict) and "stackTrace" in response else None


def _format_traceback(response: Mapping[str, Any]) -> str:
    """Returns what Lambda logs about an exception, with the frames from the app's first one on."""
    frames = select_own_frames(response["stackTrace"])
    heading = f"[ERROR] {response['errorType']}: {response['errorMessage']}"
    return f"{heading}\nTraceback (most recent call last):\n{''.join(frames)}".rstrip("\n")


def _describe_failure(error: RuntimeError) -> str:
    text = str(error)
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    return text.strip() or _ENDED
