"""Prepares the emulator for an app's functions: their Python, and dependencies that run on this machine.

The package stays the one that AWS gets. If its dependencies are for another version of Python or for another
platform than the one on which the emulator runs it, they are installed a second time, for this machine, and
the emulator uses them in place of the package's own.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from domovoi_tf.errors import PackageError
from domovoi_tf.local.emulator_functions import PYTHONS, locate_replacement
from domovoi_tf.local.function_pythons import choose_python, prepare_python
from domovoi_tf.packaging.bytecode.pythons import FunctionPython
from domovoi_tf.packaging.dependencies import wheels
from domovoi_tf.packaging.dependencies.distributions import list_distributions
from domovoi_tf.packaging.target import Target
from domovoi_tf.system.user_folder import ensure_private_folder, write_private_file

if TYPE_CHECKING:
    from domovoi_tf.packaging.build import Package

#: The architectures of Lambda, by the machine's own names for them.
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class MachineTarget(Target):
    """The machine itself, as the target of an installation."""

    @property
    def platform(self) -> str:
        """The platform in the terms of uv.

        https://docs.astral.sh/uv/reference/cli/#uv-pip-install--python-platform
        """
        machine = "aarch64" if self.architecture == "arm64" else "x86_64"
        if sys.platform == "darwin":
            return f"{machine}-apple-darwin"
        name, version = platform.libc_ver()
        minor = int(version.split(".")[1]) if name == "glibc" and version.count(".") else 0
        if not minor:
            return f"{machine}-unknown-linux-musl"
        return f"{machine}-manylinux_2_{28 if minor >= 28 else 17}"


class FunctionTarget(NamedTuple):
    """The Python that runs functions on the emulator, and the Lambda runtime that they are for.

    Args:
        configured: the Lambda runtime.
        python: the Python that runs them.
        architecture: the architecture of this machine, in Lambda's terms.
    """

    configured: Target
    python: FunctionPython
    architecture: str

    @property
    def has_other_python(self) -> bool:
        """Whether functions run under another version of Python than the configured one."""
        return self.python.version != self.configured.python

    @property
    def has_other_platform(self) -> bool:
        """Whether compiled modules for Lambda do not run on this machine."""
        return self.architecture != self.configured.architecture or sys.platform != "linux"

    def describe(self) -> tuple[str, str]:
        """Returns a sentence about the Python that runs functions, and a remedy if it is another one."""
        if not self.has_other_python:
            return f"functions run under Python {self.python.version} ({self.python.program})", ""
        wanted = self.configured.python
        return (
            f"Python {wanted} is not installed: on the emulator, functions run under Python "
            f"{self.python.version}",
            f"Install Python {wanted}, for example with `uv python install {wanted}`.",
        )


def find_target(configured: Target, environ: Mapping[str, str]) -> FunctionTarget:
    """Finds out where functions run on the emulator.

    Args:
        configured: the Lambda runtime for which the package is built.
        environ: the environment variables, which name the folders to search.
    """
    machine = platform.machine().lower()
    return FunctionTarget(
        configured, choose_python(configured.python, environ), _ARCHITECTURES.get(machine, machine)
    )


def prepare(
    target: FunctionTarget, built: Package, folder: Path, report: Callable[[str], None]
) -> tuple[str, ...]:
    """Prepares the emulator for the functions of a package, and returns warnings.

    Args:
        target: where functions run.
        built: the package.
        folder: the emulator's folder.
        report: called with a line of text before a long operation.
    """
    prepare_python(target.python, ensure_private_folder(folder / PYTHONS))
    replacement = locate_replacement(folder, built.zip.sha256)
    replacement.unlink(missing_ok=True)
    if built.requirements is None or not (target.has_other_python or target.has_other_platform):
        return ()
    machine = MachineTarget(target.python.version, target.architecture)
    try:
        if not target.has_other_python and _is_pure(wheels.install(built.requirements, target.configured)):
            return ()
        installed = wheels.install(built.requirements, machine, report)
    except PackageError as error:
        return (
            f"the dependencies cannot be installed for {machine}, on which the emulator runs the functions, "
            f"so they may fail to start there: {error.message}",
        )
    ensure_private_folder(replacement.parent)
    write_private_file(replacement, os.fspath(installed))
    return ()


def _is_pure(installed: Path) -> bool:
    return all(each.is_pure for each in list_distributions(installed))
