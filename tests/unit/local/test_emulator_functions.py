"""Functions in MiniStack, which is replaced in parts in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local.emulator_functions import START_EVENT, locate_replacement
from domovoi_tf.local.function_pythons import prepare_python
from domovoi_tf.packaging.bytecode.pythons import OWN_VERSION, FunctionPython

from .conftest import ask_ministack

#: Invokes a function with each event on standard input.
PROGRAM = """
import time

if request["replacement"]:
    digest = hashlib.sha256(data.getvalue()).hexdigest()
    path = emulator_functions.locate_replacement(folder, digest)
    path.parent.mkdir()
    path.write_text(request["replacement"])


def read_late(worker):
    process = worker._proc
    process.wait()
    time.sleep(0.4)  # longer than MiniStack waits for it
    for line in process.stderr:
        worker._stderr_queue.put(line.rstrip("\\n"))


config["Timeout"] = request["timeout"]
if request["late"]:
    lambda_runtime.Worker._read_stderr = read_late
worker, _ = lambda_runtime.acquire_worker("bar", config, data.getvalue())
print(json.dumps([worker.invoke(event, str(number)) for number, event in enumerate(request["events"])]))
lambda_runtime.reset()
"""
APP = """
import sys
def handle(event, context):
    print("called with", event)
    return [sys.prefix, sys.version_info[1]]
"""
CALLED = {"beer": 1}


def run(folder: Path, app: str, *events: object, **more: Any) -> list[dict[str, Any]]:
    """Returns the answers of a function to some events."""
    runtime, files = more.get("runtime", f"python{OWN_VERSION}"), {"app.py": app, **more.get("files", {})}
    request = {
        "folder": str(folder),
        "files": files,
        "events": events,
        "runtime": runtime,
        "replacement": more.get("replacement", ""),
        "late": more.get("late", False),
        "timeout": more.get("timeout", 60),
    }
    return ask_ministack(PROGRAM, request, more.get("environ", {}))


def test_function_runs_in_an_environment_of_its_version(tmp_path: Path) -> None:
    [answer] = run(tmp_path, APP, CALLED)
    assert answer["result"] == [str(tmp_path / "pythons" / OWN_VERSION), sys.version_info[1]]


def test_function_runs_under_a_python_that_was_prepared_for_its_version(tmp_path: Path) -> None:
    """In place of another version, which need not be installed, this one is prepared under its name."""
    prepare_python(FunctionPython("3.99", Path(sys.executable)), tmp_path / "pythons")
    [answer] = run(tmp_path, APP, CALLED, runtime="python3.99")
    assert answer["result"][0] == str(tmp_path / "pythons" / "3.99")


def test_function_of_a_version_that_is_not_installed_runs_under_the_emulators_own(tmp_path: Path) -> None:
    [answer] = run(tmp_path, APP, CALLED, runtime="python3.99")
    assert answer["result"] == [str(tmp_path / "pythons" / OWN_VERSION), sys.version_info[1]]


def test_package_of_the_emulator_is_missing_in_a_function(tmp_path: Path) -> None:
    """As in Lambda: only what the package has can be imported, and the AWS SDK."""
    app = "import boto3\ndef handle(event, context):\n    import ministack\n"
    [answer] = run(tmp_path, app, CALLED)
    assert answer["error"] == "No module named 'ministack'"


def test_start_of_a_function_calls_no_handler(tmp_path: Path) -> None:
    first, second = run(tmp_path, f"print('imported')\n{APP}", START_EVENT, CALLED)
    assert (first["status"], first["result"]) == ("ok", None)
    # The thread that reads the log may be late, but nothing is lost.
    assert f"{first['log']}\n{second['log']}".split("\n", 1)[-1].strip() in (
        "called with {'beer': 1}",
        "imported\ncalled with {'beer': 1}",
    )
    assert "called" not in first["log"]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("event", [START_EVENT, CALLED])
def test_function_that_does_not_start_fails_with_its_log(
    tmp_path: Path, event: dict[str, Any], late: bool
) -> None:
    answers = run(tmp_path, "\nimport pillow\n", event, event, late=late)
    reason = "Unable to import module 'app': No module named 'pillow'"
    log = (
        f"[ERROR] Runtime.ImportModuleError: {reason}\nTraceback (most recent call last):\n"
        '  File "/var/task/app.py", line 2, in <module>\n    import pillow'
    )
    assert answers == [{"status": "error", "error": reason, "log": log, "trace": ""}] * 2


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("end", "error"),
    [
        ("raise ValueError('flat')", "flat"),
        ("os._exit(3)", "Worker process died"),
        ("time.sleep(60)", "Task timed out after 3.00 seconds"),
    ],
)
def test_log_of_an_invocation_that_ends_the_process_is_complete(
    tmp_path: Path, end: str, error: str, late: bool
) -> None:
    app = f"import os, time\ndef handle(event, context):\n    print('pouring', flush=True)\n    {end}"
    [answer] = run(tmp_path, app, CALLED, late=late, timeout=3)
    assert (answer["status"], answer["error"], answer["log"]) == ("error", error, "pouring")


def test_function_that_ends_at_once_fails(tmp_path: Path) -> None:
    [answer] = run(tmp_path, "import os, sys\nprint('bye', flush=True)\nos._exit(3)", CALLED)
    assert answer["status"] == "error"
    assert "bye" in answer["error"] + answer["log"]
    [answer] = run(tmp_path, "import os\nos._exit(3)", CALLED)
    assert answer["error"] == "Runtime exited without providing a reason"


def test_dependencies_of_this_machine_replace_those_of_the_package(tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    installed.mkdir()
    (installed / "pillow.py").write_text("place = 'this machine'")
    app = "import pillow\ndef handle(event, context): return pillow.place"
    options = {"files": {"pillow.py": "place = 'Lambda'"}}
    [answer] = run(tmp_path / "one", app, CALLED, **options)
    assert answer["result"] == "Lambda"
    (tmp_path / "two").mkdir()
    [answer] = run(tmp_path / "two", app, CALLED, replacement=str(installed), **options)
    assert answer["result"] == "this machine"
    assert [*(tmp_path / "two").glob("dependencies/*")] == [
        locate_replacement(tmp_path / "two", path.name) for path in (tmp_path / "two").glob("dependencies/*")
    ]


def test_other_runtimes_are_left_to_ministack() -> None:
    code = (
        "from pathlib import Path\nfrom domovoi_tf.local import emulator_functions\n"
        "from ministack.core import lambda_runtime as runtime\n"
        "before = [runtime._detect_runtime_binary(each) for each in ('nodejs22.x', 'java21')]\n"
        "emulator_functions.install(Path('nowhere'))\n"
        "print(before == [runtime._detect_runtime_binary(each) for each in ('nodejs22.x', 'java21')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


#: Updates a function while an invocation of it runs, and prints its result and whether its process has ended.
UPDATE = """
import os
import threading
import time
from ministack.services import lambda_svc

started, finish = folder / "started", folder / "finish"
lambda_svc._functions["bar"] = {"config": config, "code_zip": data.getvalue(), "versions": {}}
worker, _ = lambda_runtime.acquire_worker("bar", config, data.getvalue())
results = []


def invoke():
    results.append(worker.invoke([str(started), str(finish)], "1"))
    lambda_svc.release_worker(worker)


thread = threading.Thread(target=invoke)
thread.start()
while not started.exists():
    time.sleep(0.01)
lambda_svc._update_config("bar", {"Environment": {"Variables": {"GLASS": "pint"}}})
pooled = [entry for entries in lambda_runtime._workers.values() for entry in entries]
finish.touch()
thread.join()
print(json.dumps([results[0], len(pooled), worker._proc is None]))
lambda_runtime.reset()
"""
WAITING = """
import pathlib, time
def handle(event, context):
    started, finish = map(pathlib.Path, event)
    started.touch()
    while not finish.exists():
        time.sleep(0.01)
    return "finished"
"""


def test_invocation_that_runs_while_its_function_is_updated_ends(tmp_path: Path) -> None:
    request = {"folder": str(tmp_path), "files": {"app.py": WAITING}, "runtime": f"python{OWN_VERSION}"}
    result, pooled, has_ended = ask_ministack(UPDATE, request, {})
    assert (result["status"], result["result"]) == ("ok", "finished")
    assert (pooled, has_ended) == (0, True)
