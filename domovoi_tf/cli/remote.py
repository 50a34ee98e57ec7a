"""Commands about remote state."""

from __future__ import annotations

import os
from pathlib import Path

import click

from domovoi_tf.cli import common


@click.group()
def backend() -> None:
    """Remote state."""


@backend.command()
@common.project_argument
@common.stage_option
def create(project_dir: Path, stage: str) -> None:
    """Create the configured state bucket, or bring it in order; safe to repeat.

    Example: domovoi-tf backend create --stage prod
    """
    from domovoi_tf import settings

    create_bucket(settings.load(project_dir, stage).backend, stage)


def create_bucket(configured: object, stage: str) -> None:
    """Creates a configured state bucket, and says what was done."""
    from domovoi_tf import backend as state

    created = state.create(configured, stage, os.environ)
    for line in created.changes:
        click.echo(f"  {line}")
    click.echo(f"{created.bucket}: {'ready' if created.changes else 'nothing to change'}.")
