"""Prepares the emulator's Python for an app, and says which one runs its functions."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

from domovoi_tf.cli import output

if TYPE_CHECKING:
    from domovoi_tf.doctor.project import Finding
    from domovoi_tf.local.emulator_environment import Emulator
    from domovoi_tf.local.function_target import FunctionTarget
    from domovoi_tf.packaging.build import Package
    from domovoi_tf.settings import Settings


def find_target(settings: Settings) -> FunctionTarget:
    """Finds out where the functions of a stage run on the emulator."""
    from domovoi_tf.local import function_target
    from domovoi_tf.packaging.target import Target

    return function_target.find_target(Target(settings.python_version, settings.architecture), os.environ)


def prepare_functions(emulator: Emulator, settings: Settings, built: Package) -> None:
    """Prepares the emulator for the functions of a package, and warns if they run elsewhere than configured.

    Args:
        emulator: the running emulator.
        settings: the stage's settings.
        built: the package.
    """
    from domovoi_tf.local import function_target

    target = find_target(settings)
    warnings = function_target.prepare(target, built, emulator.folder, _print_progress)
    if target.has_other_python:
        sentence, remedy = target.describe()
        output.print_warning(f"{sentence}, with dependencies for it. {remedy}")
    for warning in warnings:
        output.print_warning(warning)


def is_emulator_installed() -> bool:
    """Returns whether this environment has the emulator."""
    return importlib.util.find_spec("ministack") is not None


def check_python(settings: Settings) -> Finding:
    """Checks that the emulator runs the functions of a stage under the configured version of Python."""
    from domovoi_tf.doctor.project import Finding

    target = find_target(settings)
    sentence, remedy = target.describe()
    return Finding("emulator", "unknown" if target.has_other_python else "ok", sentence, remedy)


def _print_progress(line: str) -> None:
    output.print_text(line, err=True)
