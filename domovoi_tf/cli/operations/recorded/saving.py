"""Saves a recorded event as a test of the project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from domovoi_tf.cli import pipeline

if TYPE_CHECKING:
    from domovoi_tf.recorder.records import Run
    from domovoi_tf.recorder.saved_tests import SavedTest
    from domovoi_tf.settings import Settings


def save_run(project_dir: Path, run: Run, name: str) -> SavedTest:
    """Saves an event, with what its function's environment has on the emulator, if that runs.

    Args:
        project_dir: the project's folder.
        run: the run.
        name: a part of the names of the event's file and of the test; empty for the ID.

    Raises:
        DomovoiError: a test cannot be made of it, or files are in the way.
    """
    from domovoi_tf.recorder import saved_tests

    stage = run.invocation.stage
    settings = pipeline.load_settings(project_dir, [stage])[stage]
    setup = saved_tests.make_setup(settings, run, _read_environment(settings, run.invocation.function))
    return saved_tests.save_test(project_dir, run, setup, name)


def _read_environment(settings: Settings, function: str) -> Mapping[str, str]:
    """Returns the environment variables of a function on the emulator; empty if it is not there."""
    from botocore.exceptions import BotoCoreError, ClientError

    from domovoi_tf.local import emulator, emulator_environment

    running = emulator.find_running()
    if running is None:
        return {}
    region = emulator_environment.find_region(settings.provider)
    client = emulator_environment.create_client(running, "lambda", region)
    try:
        configuration = client.get_function_configuration(FunctionName=function)
    except (BotoCoreError, ClientError):
        return {}
    variables: Mapping[str, str] = configuration.get("Environment", {}).get("Variables", {})
    return variables
