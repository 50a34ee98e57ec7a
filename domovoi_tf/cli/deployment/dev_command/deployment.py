"""Deploys the stage to the emulator for `dev`, unless the same tree is deployed there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options, pipeline
from domovoi_tf.cli.project import tree
from domovoi_tf.errors import INTERRUPTED, EmulatorError
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from domovoi_tf.dev.deployments import Deployment
    from domovoi_tf.local.emulator_environment import Emulator


def deploy(emulator: Emulator, project_dir: Path, project: pipeline.Project) -> None:
    """Deploys the stage, unless the tree is up to date and deployed as it is.

    Args:
        emulator: the running emulator.
        project_dir: the project's folder.
        project: the app and its settings.

    Raises:
        EmulatorError: the deployment failed. It has printed the reason.
    """
    from domovoi_tf.dev.tree_changes import PROGRAM

    deployment, stage = _describe(emulator, project_dir, project), project.settings.stage
    is_rendered = not tree.compare_tree(project_dir, deployment.tree, [project]).outdated
    if is_rendered and deployment.is_current(emulator):
        return
    arguments = ("local", "deploy", str(project_dir), "--stage", stage, *options.list_import_options())
    if run_to_end([sys.executable, "-c", PROGRAM, *arguments]):
        raise EmulatorError(
            "The app was not deployed.", f"Correct the cause, and run `{spell('dev', stage)}` again."
        )
    remember_deployment(emulator, project_dir, project)


def run_to_end(command: Sequence[str]) -> int:
    """Runs a command of domovoi-tf in the foreground, and returns its exit code.

    Ctrl-C reaches the command too, which lets Terraform finish what it has begun, and tells the user.

    Args:
        command: the program and its arguments.

    Raises:
        click.exceptions.Exit: the command has ended after Ctrl-C.
    """
    is_interrupted = False
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:
            is_interrupted = True
    if is_interrupted:
        raise click.exceptions.Exit(code or INTERRUPTED)
    return code


def remember_deployment(emulator: Emulator, project_dir: Path, project: pipeline.Project) -> None:
    """Remembers that the tree is deployed as it is now.

    Args:
        emulator: the running emulator.
        project_dir: the project's folder.
        project: the app and its settings.
    """
    _describe(emulator, project_dir, project).remember(emulator)


def _describe(emulator: Emulator, project_dir: Path, project: pipeline.Project) -> Deployment:
    from domovoi_tf.dev.deployments import Deployment
    from domovoi_tf.local.stage_environment import locate_state

    settings = project.settings
    folder = pipeline.get_output_folder(project_dir, None)
    return Deployment(settings.name, folder, settings.stage, locate_state(emulator, settings))
