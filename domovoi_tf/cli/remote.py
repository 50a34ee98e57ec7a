"""Commands about remote state."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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

    create_bucket(settings.load(project_dir, stage).backend)


def create_bucket(configured: tuple[str, Mapping[str, Any]] | None) -> None:
    """Creates a configured state bucket, and says what was done."""
    from domovoi_tf import backend as state

    kind, arguments = configured or (None, {})
    created = state.create(kind, arguments, os.environ)
    for line in created.changes:
        click.echo(f"  {line}")
    click.echo(f"{created.bucket}: {'ready' if created.changes else 'nothing to change'}.")
