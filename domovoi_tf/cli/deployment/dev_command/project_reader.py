"""Reads the app for the console, again only after its files have changed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.errors import DomovoiError

if TYPE_CHECKING:
    from domovoi_tf.cli.pipeline import Project


class ProjectReader:
    """The app and its settings, as they are now. While they are not valid, the last valid ones.

    Args:
        project_dir: the project's folder.
        stage: the stage.
        project: the app and its settings.
    """

    def __init__(self, project_dir: Path, stage: str, project: Project) -> None:
        self._project_dir, self._stage, self._project = project_dir, stage, project
        self._lock, self._is_stale = threading.Lock(), False
        # Other threads have no context of click, in which options such as --python are.
        self._context = click.get_current_context()

    def expire(self) -> None:
        """Makes the next call of `read` read the files again."""
        self._is_stale = True

    def read(self) -> Project:
        """Returns the app and its settings; called in any thread."""
        from domovoi_tf.cli import pipeline

        with self._lock:
            if self._is_stale:
                self._is_stale = False
                try:
                    with self._context.scope(cleanup=False):
                        self._project = pipeline.load_deployed(self._project_dir, self._stage)
                except DomovoiError:  # the terminal shows it
                    return self._project
            return self._project
