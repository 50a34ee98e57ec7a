"""The Python under which the emulator runs functions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from domovoi_tf.local import function_pythons
from domovoi_tf.local.function_pythons import choose_python
from domovoi_tf.packaging.bytecode.pythons import OWN_VERSION, FunctionPython, find_python
from domovoi_tf.packaging.dependencies import wheels

OWN = FunctionPython(OWN_VERSION, Path(sys._base_executable))  # type: ignore[attr-defined]
#: Stands for uv: prints a path, and writes its arguments and its search path to a file.
UV = """#!/bin/sh
echo "$@" > "$(dirname "$0")/arguments"
echo "$PATH" > "$(dirname "$0")/path"
echo /opt/python3.99
"""


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "uv" / "uv"
    program.parent.mkdir()
    program.write_text(UV)
    program.chmod(0o700)
    monkeypatch.setattr(wheels, "find_uv", lambda: str(program))
    return program


def test_own_version_is_the_python_of_the_process_without_its_environment() -> None:
    assert find_python(OWN_VERSION, {}) == choose_python(OWN_VERSION, {}) == OWN


def test_uv_finds_another_version_also_that_of_a_version_manager(uv: Path, tmp_path: Path) -> None:
    for folder in (".pyenv/versions/3.99.1", ".pyenv/versions/3.9.1", ".asdf/installs/python/3.99.2"):
        (tmp_path / folder / "bin").mkdir(parents=True)
    (tmp_path / "own" / "versions" / "3.99.0" / "bin").mkdir(parents=True)
    environ = {
        "HOME": str(tmp_path),
        "PATH": f"{tmp_path}/.pyenv/shims:/usr/bin:/bin",
        "PYENV_ROOT": str(tmp_path / "own"),
    }
    assert find_python("3.99", environ) == FunctionPython("3.99", Path("/opt/python3.99"))
    assert (uv.parent / "arguments").read_text() == (
        "python find --system --no-project --no-config --no-python-downloads cpython3.99\n"
    )
    # A shim of another version fails, and uv does not search further then.
    folders = ("own/versions/3.99.0", ".pyenv/versions/3.99.1", ".asdf/installs/python/3.99.2")
    managed = [f"{tmp_path}/{folder}/bin" for folder in folders]
    assert (uv.parent / "path").read_text() == f"{':'.join(['/usr/bin', '/bin', *managed])}\n"


@pytest.mark.parametrize("text", ["exit 2", "exit 0", "echo /opt/python3.99; exit 1", "kill $$"])
def test_version_that_uv_does_not_find_is_replaced_by_the_own_one(uv: Path, text: str) -> None:
    uv.write_text(f"#!/bin/sh\n{text}\n")
    assert find_python("3.99", os.environ) is None
    assert choose_python("3.99", os.environ) == OWN


def test_without_uv_there_is_only_the_own_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "find_uv", lambda: "/nowhere/uv")
    assert find_python("3.99", os.environ) is None


def test_environment_has_the_sdk_and_nothing_else_that_is_installed(tmp_path: Path) -> None:
    program = function_pythons.prepare_python(OWN, tmp_path / "pythons")
    assert program == function_pythons.locate_program(tmp_path / "pythons", OWN_VERSION)
    code = (
        "import importlib.util, boto3, botocore, s3transfer, jmespath, dateutil, six, urllib3\n"
        "boto3.client('s3', region_name='eu-west-1')\n"
        "print(importlib.util.find_spec('pytest'), importlib.util.find_spec('ministack'))"
    )
    done = subprocess.run([program, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "None None\n"


def test_environment_is_created_once_and_again_if_its_python_is_gone(tmp_path: Path) -> None:
    program = function_pythons.prepare_python(OWN, tmp_path)
    mark = program.with_name("mark")
    mark.touch()
    assert function_pythons.prepare_python(OWN, tmp_path) == program
    assert mark.exists()
    program.unlink()
    program.symlink_to(tmp_path / "gone")
    assert function_pythons.prepare_python(OWN, tmp_path).exists()
    assert not mark.exists()
    assert [path.name for path in tmp_path.iterdir()] == [OWN_VERSION]
