"""The context in which the parts of `dev` run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from domovoi_tf.cli import pipeline
    from domovoi_tf.local.emulator_environment import Emulator


class Start(NamedTuple):
    """Everything that a run of `dev` begins with.

    Args:
        project_dir: the project's folder.
        project: the app and its settings.
        emulator: the running emulator.
        events: the file of recorded events.
        python: the path of the Python that imports the app.
        debug_port: the port at which a debugger attaches; None without debugging.
        auto: whether to apply changes of the tree without asking.
        with_console: whether to serve the console.
        redact: regular expressions; what they match is replaced before an event is recorded.
    """

    project_dir: Path
    project: pipeline.Project
    emulator: Emulator
    events: Path
    python: str
    debug_port: int | None
    auto: bool
    with_console: bool
    redact: tuple[str, ...] = ()

    @property
    def stage(self) -> str:
        """The name of the stage."""
        return self.project.settings.stage

    @property
    def region(self) -> str:
        """The Region of the stage at the emulator."""
        from domovoi_tf.local.emulator_environment import find_region

        return find_region(self.project.settings.provider)


def list_functions(project: pipeline.Project) -> tuple[str, ...]:
    """Returns the names of a project's functions on AWS."""
    from domovoi_tf.operations.deployed_functions import build_function_name

    names = [function.name for function in project.application.functions]
    return tuple(build_function_name(project.settings, name) for name in names)
