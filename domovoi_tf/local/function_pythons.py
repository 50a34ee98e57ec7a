"""Finds and prepares the Python under which the emulator runs functions: the configured version, if possible.

Each version gets an environment of its own, which has only what Lambda's runtime has: the standard library
and the AWS SDK. So a dependency that the package lacks is missing on the emulator too.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

#: The version of Python that runs the emulator, and functions whose version is not installed.
OWN_VERSION = f"3.{sys.version_info.minor}"
#: The packages that Lambda's runtime has: boto3 and what it needs.
_SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
#: Folders of version managers, relative to the home folder, with a folder for each version.
_MANAGERS = (".pyenv/versions", ".asdf/installs/python", ".local/share/mise/installs/python")
_SEARCH_SECONDS = 60.0


class FunctionPython(NamedTuple):
    """A Python for functions: its version, such as ``3.13``, and its program on this machine."""

    version: str
    program: Path


def find_python(version: str, environ: Mapping[str, str]) -> FunctionPython | None:
    """Finds a version of Python on this machine; returns None if it is not installed.

    Args:
        version: the version, such as ``3.13``.
        environ: the environment variables, which name the folders to search.

    https://docs.astral.sh/uv/concepts/python-versions/#discovery-of-python-versions
    """
    if version == OWN_VERSION:
        return _get_own_python()
    from domovoi_tf.errors import PackageError
    from domovoi_tf.packaging.dependencies.wheels import find_uv

    # Without the project's virtual environment and settings, which are for other programs.
    options = ["--system", "--no-project", "--no-config", "--no-python-downloads"]
    try:
        done = subprocess.run(
            [find_uv(), "python", "find", *options, f"cpython{version}"],
            cwd="/",
            env={**environ, "PATH": _build_search_path(version, environ)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SEARCH_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired, PackageError):
        return None
    program = os.fsdecode(done.stdout.strip())
    return FunctionPython(version, Path(program)) if done.returncode == 0 and program else None


def choose_python(version: str, environ: Mapping[str, str]) -> FunctionPython:
    """Returns a version of Python if it is installed, and otherwise the one that runs the emulator.

    Args:
        version: the version, such as ``3.13``.
        environ: the environment variables, which name the folders to search.
    """
    return find_python(version, environ) or _get_own_python()


def _get_own_python() -> FunctionPython:
    """Returns the Python of this process, without its virtual environment."""
    return FunctionPython(OWN_VERSION, Path(getattr(sys, "_base_executable", sys.executable)))


def prepare_python(python: FunctionPython, folder: Path) -> Path:
    """Creates an environment of a Python, unless it exists, and returns its program.

    Args:
        python: the Python.
        folder: the folder of all such environments.

    Raises:
        OSError: the folder cannot be written.

    https://docs.python.org/3/library/venv.html#how-venvs-work
    """
    environment, program = folder / python.version, locate_program(folder, python.version)
    if not program.exists():
        shutil.rmtree(environment, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            created = _create_environment(Path(work, python.version), python)
            try:
                created.rename(environment)
            except OSError:
                if not program.exists():  # otherwise another process has created it meanwhile
                    raise
    return program


def locate_program(folder: Path, version: str) -> Path:
    """Returns the program of the environment of a version, which need not exist.

    Args:
        folder: the folder of all environments.
        version: the version, such as ``3.13``.
    """
    return folder / version / "bin" / "python"


def _create_environment(folder: Path, python: FunctionPython) -> Path:
    packages = folder / "lib" / f"python{python.version}" / "site-packages"
    packages.mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(python.program)
    (folder / "pyvenv.cfg").write_text(
        f"home = {python.program.parent}\ninclude-system-site-packages = false\nversion = {python.version}\n"
    )
    for path in _locate_sdk():
        (packages / path.name).symlink_to(path)
    return folder


def _locate_sdk() -> Iterator[Path]:
    """Yields the packages and modules of the AWS SDK that this Python has."""
    for name in _SDK:
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            origin = Path(spec.origin)
            yield origin.parent if spec.submodule_search_locations else origin


def _build_search_path(version: str, environ: Mapping[str, str]) -> str:
    """Returns a ``PATH`` with the folders of version managers in place of their shims.

    A shim of a version that is not selected in the current folder fails, and uv then stops to search.
    """
    listed = [each for each in environ.get("PATH", os.defpath).split(os.pathsep) if each]
    home = environ.get("HOME", "/")
    roots = [Path(home, each) for each in _MANAGERS]
    if root := environ.get("PYENV_ROOT"):
        roots.insert(0, Path(root, "versions"))
    managed = [str(path) for each in roots for path in sorted(each.glob(f"{version}.*/bin"), reverse=True)]
    return os.pathsep.join([*(each for each in listed if Path(each).name != "shims"), *managed])
