"""The steps that only a deployment to the emulator has."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from domovoi_tf.cli import output
from domovoi_tf.cli.deployment import local_functions
from domovoi_tf.cli.terraform import backend_bucket, place
from domovoi_tf.system import suggestions

if TYPE_CHECKING:
    from domovoi_tf.cli.pipeline import Project
    from domovoi_tf.cli.progress import Steps
    from domovoi_tf.local.emulator_environment import Emulator
    from domovoi_tf.model.application import Application
    from domovoi_tf.packaging.build import Package
    from domovoi_tf.settings import Settings
    from domovoi_tf.terraform.runner import Terraform


def enter(steps: Steps, project: Project, built: Package, folder: Path, at_emulator: bool) -> Emulator | None:
    """Makes the rest of the deployment work on the emulator, if the user or the shell says so.

    Starts the emulator if the user says so, and creates what would exist in an account: the state bucket, and
    the resources that the app refers to.

    Args:
        steps: the steps of the deployment.
        project: the app and its settings.
        built: the deployment package.
        folder: the output folder.
        at_emulator: the value of ``--emulator``.

    Returns:
        The emulator; None for a deployment to AWS.

    Raises:
        EmulatorError: the emulator does not start.
    """
    from domovoi_tf.local import emulator, stage_environment
    from domovoi_tf.state.effective_backend import find_backend

    if not place.is_emulated(at_emulator):
        return None
    suggestions.remember(at_emulator=at_emulator)
    with steps.run("emulator") as step:
        running = emulator.start()
        step.result = running.endpoint
        if running.stale_shells:
            output.print_text(running.stale_shells)
        local_functions.prepare_functions(running, project.settings, built)
        stage_environment.save_variables(running, project.settings, _prepare_sources(running, *project))
        prepare_upload(running, project.settings)
        root = folder / "stages" / project.settings.stage
        place.enter_emulator(running, project.settings, root)
        backend = find_backend(project.settings.backend, root, os.environ)
        if backend.has_bucket:
            backend_bucket.create((backend.type, backend.arguments), project.settings.stage)
    return running


def initialise(steps: Steps, terraform: Terraform, emulator: Emulator, settings: Settings) -> None:
    """Runs ``terraform init``, and imports what a killed deployment created and did not record.

    Otherwise this deployment would create it again.

    Args:
        steps: the steps of the deployment.
        terraform: Terraform in the stage's folder.
        emulator: the running emulator.
        settings: the stage's settings.
    """
    from domovoi_tf.local import emulator_environment, stage_environment
    from domovoi_tf.state import recovery
    from domovoi_tf.system.text import format_count
    from domovoi_tf.terraform import killed_runs
    from domovoi_tf.terraform.providers import init_record

    with steps.run("init"):
        is_broken = recovery.discard_broken_state(stage_environment.locate_state(emulator, settings))
        # The configuration may name another backend than at the last deployment.
        init_record.initialise(terraform, ("-migrate-state", "-force-copy"))
    if not is_broken and not killed_runs.was_killed(terraform.run_mark):
        return
    with steps.run("recover") as step:
        region = emulator_environment.find_region(settings.provider)
        client = partial(emulator_environment.create_client, emulator, region=region)
        count = 0
        for resource in recovery.import_existing(terraform, client):
            step.update(resource.address)
            count += 1
        killed_runs.forget(terraform.run_mark)
        step.result = f"the last deployment was killed: {format_count(count, 'resource')} imported"


def _prepare_sources(emulator: Emulator, application: Application, settings: Settings) -> dict[str, str]:
    """Creates the resources that the app refers to but does not own, such as an existing queue.

    Returns the values of input variables that refer to them.
    """
    from domovoi_tf.local import emulator_environment
    from domovoi_tf.model.names import NAME_KEY, STAGE_KEY

    known = {NAME_KEY: settings.name, STAGE_KEY: settings.stage, **settings.referred}
    values: dict[str, str] = {}
    region = emulator_environment.find_region(settings.provider)
    client = partial(emulator_environment.create_client, emulator, region=region)
    for route in application.routes:
        values |= route.trigger.prepare(client, known) or {}
    return values


def prepare_upload(emulator: Emulator, settings: Settings) -> None:
    """Creates the bucket for uploading the package, which must already exist on AWS."""
    from domovoi_tf.local import emulator_environment

    if settings.package_s3 is None:
        return
    s3 = emulator_environment.create_client(emulator, "s3")
    buckets = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    if settings.package_s3["bucket"] not in buckets:
        s3.create_bucket(Bucket=settings.package_s3["bucket"])
