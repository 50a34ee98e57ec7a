"""Helpers for tests of the emulator: its files and processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.system.background_processes import read_start_time

_PREPARE = """
import hashlib, io, json, sys, zipfile
from pathlib import Path
from domovoi_tf.local import emulator_functions
from ministack.core import lambda_runtime
request = json.load(sys.stdin)
folder = Path(request["folder"])
emulator_functions.install(folder)
data = io.BytesIO()
with zipfile.ZipFile(data, "w") as package:
    for name, text in request["files"].items():
        package.writestr(zipfile.ZipInfo(name), text)
config = {
    "Runtime": request["runtime"],
    "Handler": "app.handle",
    "FunctionName": "bar",
    "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:bar",
}
"""


def list_files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def ask_ministack(program: str, request: Mapping[str, Any], environ: Mapping[str, str]) -> list[Any]:
    """Returns the answers of functions in a process of its own, in which MiniStack is replaced in parts.

    Args:
        program: what prints the answers as JSON. It has the ``request``, and from it the package as ``data``,
            the function's ``config`` and the emulator's ``folder``.
        request: the request; it has at least ``folder``, ``files`` and ``runtime``.
        environ: additional environment variables.
    """
    done = subprocess.run(
        [sys.executable, "-c", _PREPARE + program],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environ},
    )
    return list(json.loads(done.stdout))


def has_ended(pid: int) -> bool:
    return read_start_time(pid) is None
