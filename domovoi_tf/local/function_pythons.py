"""Finds and prepares the Python under which the emulator runs functions: the configured version, if possible.

Each version gets an environment of its own, which has only what Lambda's runtime has: the standard library
and the AWS SDK. So a dependency that the package lacks is missing on the emulator too.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from domovoi_tf.packaging.bytecode.pythons import FunctionPython, find_python, get_own_python

#: The packages that Lambda's runtime has: boto3 and what it needs.
_SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")


def choose_python(version: str, environ: Mapping[str, str]) -> FunctionPython:
    """Returns a version of Python if it is installed, and otherwise the one that runs the emulator.

    Args:
        version: the version, such as ``3.13``.
        environ: the environment variables, which name the folders to search.
    """
    return find_python(version, environ) or get_own_python()


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
