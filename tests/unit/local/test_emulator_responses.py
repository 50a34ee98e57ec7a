"""The responses of functions in MiniStack, which is replaced in parts in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .conftest import ask_ministack

#: Invokes a function once, as MiniStack does for all its services.
PROGRAM = """
from ministack.services import lambda_svc
function = {"config": {**config, "Timeout": 1}, "code_zip": data.getvalue()}
print(json.dumps([lambda_svc._execute_function_warm(function, event, "17") for event in request["events"]]))
lambda_runtime.reset()
"""
#: In place of the packaged runtime.
DISPATCH = """
from beer import serve
def handle(event, context):
    return serve(event)
"""
BEER = """
import traceback
def serve(event):
    if event == "slow":
        while True:
            pass
    try:
        return 1 / event
    except TypeError:
        print(traceback.format_exc().splitlines()[-1])
        raise LookupError("no beer")
"""


def run(folder: Path, *events: object) -> list[dict[str, Any]]:
    """Returns the responses of a function to some events."""
    files = {
        "domovoi_tf/__init__.py": "",
        "domovoi_tf/dispatch.py": DISPATCH,
        "app.py": "from domovoi_tf.dispatch import handle",
        "beer.py": BEER,
    }
    version = f"python3.{sys.version_info[1]}"
    request = {"folder": str(folder), "files": files, "events": events, "runtime": version}
    return ask_ministack(PROGRAM, request, {})


def test_exception_is_the_response_and_the_log_has_the_frames_of_the_app(tmp_path: Path) -> None:
    """As in Lambda. MiniStack alone answers with a class of its own, and logs the paths of this machine."""
    served, empty, failed = run(tmp_path, 2, 0, "half")
    assert served == {"body": 0.5, "log": ""}
    assert (empty["error"], empty["body"]["errorType"], empty["body"]["errorMessage"]) == (
        True,
        "ZeroDivisionError",
        "division by zero",
    )
    assert empty["body"]["requestId"] == "17"
    assert [each.split("\n")[0] for each in empty["body"]["stackTrace"]] == [
        '  File "/var/task/domovoi_tf/dispatch.py", line 4, in handle',
        '  File "/var/task/beer.py", line 8, in serve',
    ]
    # What the app itself formats is Python's.
    printed, *logged = failed["log"].splitlines()
    assert printed == "TypeError: unsupported operand type(s) for /: 'int' and 'str'"
    assert [line for line in logged if "^" not in line] == [
        "[ERROR] LookupError: no beer",
        "Traceback (most recent call last):",
        '  File "/var/task/beer.py", line 11, in serve',
        '    raise LookupError("no beer")',
    ]


def test_other_failures_have_no_response_of_an_earlier_one(tmp_path: Path) -> None:
    failed, slow = run(tmp_path, 0, "slow")
    assert failed["body"]["errorType"] == "ZeroDivisionError"
    assert slow["body"] == {
        "errorMessage": "Task timed out after 1.00 seconds",
        "errorType": "Sandbox.Timedout",
    }
