"""Finds Pythons on this machine, by their version or release."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

#: The version of Python that runs this process, and its release.
OWN_VERSION = f"3.{sys.version_info.minor}"
OWN_RELEASE = f"{OWN_VERSION}.{sys.version_info.micro}"
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
        version: the version, such as ``3.13``, or a release, such as ``3.13.5``.
        environ: the environment variables, which name the folders to search.

    https://docs.astral.sh/uv/concepts/python-versions/#discovery-of-python-versions
    """
    if version in (OWN_VERSION, OWN_RELEASE):
        return get_own_python(version)
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


def get_own_python(version: str = OWN_VERSION) -> FunctionPython:
    """Returns the Python of this process, without its virtual environment."""
    return FunctionPython(version, Path(getattr(sys, "_base_executable", sys.executable)))


def _build_search_path(version: str, environ: Mapping[str, str]) -> str:
    """Returns a ``PATH`` with the folders of version managers in place of their shims.

    A shim of a version that is not selected in the current folder fails, and uv then stops to search.
    """
    listed = [each for each in environ.get("PATH", os.defpath).split(os.pathsep) if each]
    home = environ.get("HOME", "/")
    roots = [Path(home, each) for each in _MANAGERS]
    if root := environ.get("PYENV_ROOT"):
        roots.insert(0, Path(root, "versions"))
    # A version is followed by the number of its release, a release by nothing.
    pattern = f"{version}.*/bin" if version.count(".") == 1 else f"{version}/bin"
    managed = [str(path) for each in roots for path in sorted(each.glob(pattern), reverse=True)]
    return os.pathsep.join([*(each for each in listed if Path(each).name != "shims"), *managed])
