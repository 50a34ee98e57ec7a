"""Chooses the place where a command works: AWS or the local emulator."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import pipeline
from domovoi_tf.errors import EmulatorError
from domovoi_tf.system import suggestions

if TYPE_CHECKING:
    from domovoi_tf.local.emulator_environment import Emulator
    from domovoi_tf.settings import Settings

_PLACE = "domovoi_tf.place"


def require_emulator() -> Emulator:
    """Returns the running emulator.

    Raises:
        EmulatorError: the emulator is not running.
    """
    from domovoi_tf.local import emulator

    running = emulator.find_running()
    if running is None:
        raise EmulatorError("The emulator is not running.", "Start it with `domovoi-tf local up`.")
    return running


def find_emulator(at_emulator: bool) -> Emulator | None:
    """Returns the emulator if the command works there: the user or, after `local env`, the shell says so.

    Args:
        at_emulator: the value of ``--emulator``.

    Raises:
        EmulatorError: the user says so, and the emulator is not running.
    """
    if at_emulator:
        return require_emulator()
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return None
    from domovoi_tf.local import emulator

    running = emulator.find_running()
    return running if running and running.endpoint == endpoint.rstrip("/") else None


def is_emulated(at_emulator: bool) -> bool:
    """Returns whether the user or the shell says that a command, which may start the emulator, works there.

    Args:
        at_emulator: the value of ``--emulator``.
    """
    return at_emulator or find_emulator(at_emulator) is not None


def enter(project_dir: Path, stage: str, out: Path | None, at_emulator: bool) -> Path:
    """Makes the rest of the command work on a stage at the emulator, if the user or the shell says so.

    Args:
        project_dir: the project's folder.
        stage: the name of the stage.
        out: the output folder; None for the default.
        at_emulator: the value of ``--emulator``.

    Returns:
        The stage's folder.

    Raises:
        EmulatorError: the user says so, and the emulator is not running.
        SettingsError: the configuration is not valid.
    """
    root = pipeline.get_stage_folder(project_dir, stage, out)
    emulator = find_emulator(at_emulator)
    suggestions.remember(at_emulator=at_emulator)
    if emulator:
        from domovoi_tf import settings

        enter_emulator(emulator, settings.load(project_dir, stage), root)
    return root


def enter_emulator(emulator: Emulator, settings: Settings, root: Path) -> None:
    """Makes the rest of the command work on a stage at the emulator.

    Args:
        emulator: the running emulator.
        settings: the stage's settings.
        root: the stage's folder.
    """
    from domovoi_tf.terraform import runner

    context = click.get_current_context()
    context.meta[_PLACE] = emulator, settings
    context.with_resource(runner.override_environment(build_environment(emulator, settings, root)))
    # Terraform writes states and its record of the backend for everybody to read.
    _restrict_states(emulator.log.parent)  # a command that was killed did not
    context.call_on_close(partial(_restrict_states, emulator.log.parent))


def _restrict_states(home: Path) -> None:
    from domovoi_tf.system.user_folder import restrict_files

    restrict_files([*home.glob("*.tfstate*"), *home.glob("*.terraform/*.tfstate")])


def build_environment(emulator: Emulator, settings: Settings, root: Path) -> dict[str, str | None]:
    """Returns the overrides with which Terraform works on a stage at the emulator; None removes a variable.

    Args:
        emulator: the running emulator.
        settings: the stage's settings.
        root: the stage's folder.
    """
    from domovoi_tf.local.stage_environment import build_stage_environment
    from domovoi_tf.state.backend_arguments import read_override

    backend, _ = read_override(root) or settings.backend or ("local", {})
    return build_stage_environment(emulator, settings, backend, os.environ)


def get_emulator() -> Emulator | None:
    """Returns the emulator that the command works on; None for AWS."""
    context = click.get_current_context(silent=True)
    emulator: Emulator | None
    emulator, _ = context.meta.get(_PLACE, (None, None)) if context else (None, None)
    return emulator


def locate_local_state() -> str:
    """Returns the path of a local state that is not configured, relative to the stage's folder."""
    from domovoi_tf.local.stage_environment import locate_state
    from domovoi_tf.state.backend_root import LOCAL_STATE

    context = click.get_current_context(silent=True)
    place = context.meta.get(_PLACE) if context else None
    return str(locate_state(*place)) if place else LOCAL_STATE
