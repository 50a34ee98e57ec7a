"""The command `local deploy`."""

from __future__ import annotations

import contextlib
import os
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.deployment import local_functions, package
from domovoi_tf.cli.terraform import backend_bucket, stage_folder
from domovoi_tf.errors import TerraformError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domovoi_tf.local.emulator_environment import Emulator
    from domovoi_tf.model.application import Application
    from domovoi_tf.packaging.build import Package
    from domovoi_tf.settings import Settings
    from domovoi_tf.terraform.runner import Terraform


@click.command()
@options.terraform_options
@options.force_option
@options.import_options
@options.package_options
def deploy(project_dir: Path, stage: str, out: Path | None, force: bool, **package_options: Any) -> None:
    """Deploy the app to the emulator, and start it if necessary.

    Example: domovoi-tf local deploy
    """
    from domovoi_tf.local import emulator, emulator_environment
    from domovoi_tf.state import recovery
    from domovoi_tf.terraform.killed_runs import was_killed

    folder = pipeline.get_output_folder(project_dir, out)
    project = pipeline.load(project_dir, stage).with_package_options(**package_options)
    built = _build(project_dir, folder, project, force)
    running = emulator.start()
    local_functions.prepare_functions(running, project.settings, built)
    overrides = emulator_environment.build_overrides(running, os.environ)
    _create_state_bucket(running, project.settings, overrides)
    variables = _prepare_sources(running, *project)
    prepare_upload(running, project.settings)
    data, backend = _separate_state(running, project.settings)
    terraform = stage_folder.open_terraform(folder, stage, {**overrides, **data, **variables})
    output.print_step("terraform init")
    with _name_local_remedy(stage):
        is_broken = recovery.discard_broken_state(_locate_state(running, project.settings))
        terraform.capture("init", "-input=false", *backend)
        if is_broken or was_killed(terraform.run_mark):
            _recover(terraform, running)
        _plan_and_apply(terraform, running)


def _build(project_dir: Path, folder: Path, project: pipeline.Project, force: bool) -> Package:
    """Renders the app and builds its package."""
    output.print_step("render")
    pipeline.write_tree(project_dir, folder, [project], force)
    output.print_step("package")
    built = package.build_package(project_dir, folder, project)
    click.echo("\n".join(package.format_package(built)))
    return built


def _recover(terraform: Terraform, emulator: Emulator) -> None:
    """Imports what a killed deployment created and did not record, so that this one does not create it."""
    from domovoi_tf.local import emulator_environment
    from domovoi_tf.state import recovery

    output.print_step(f"the last deployment did not finish: looking for its resources at {emulator.endpoint}")
    client = partial(emulator_environment.create_client, emulator)
    for resource in recovery.import_existing(terraform, client):
        click.echo(f"import  {resource.address}  {resource.id}")


@contextlib.contextmanager
def _name_local_remedy(stage: str) -> Iterator[None]:
    """Names the commands that release a lock at the emulator: this command's Terraform is not the shell's."""
    from domovoi_tf.terraform.locks import LockedError

    try:
        yield
    except LockedError as error:
        raise TerraformError(
            error.message,
            "Wait until that deployment has ended. If its process was killed, and the state is in the "
            "emulator's S3, remove the lock: "
            f'eval "$(domovoi-tf local env)"; domovoi-tf backend unlock --stage {stage}',
            error.exit_code,
        ) from None


def _plan_and_apply(terraform: Terraform, emulator: Emulator) -> None:
    """Plans, prints the totals, and applies the plan."""
    from domovoi_tf.system.user_folder import restrict_files

    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as private:
        plan = str(Path(private, "plan"))
        output.print_step(f"terraform plan at {emulator.endpoint}")
        text = terraform.capture("plan", "-input=false", "-no-color", f"-out={plan}")
        totals = (line for line in text.splitlines() if line.startswith(("Plan:", "No changes")))
        click.echo(next(totals, text))
        output.print_step(f"terraform apply at {emulator.endpoint}")
        try:
            stage_folder.run_or_exit(terraform, "apply", plan)
        finally:
            # Terraform writes them for everybody to read.
            restrict_files(emulator.log.parent.glob("*.tfstate*"))


def _create_state_bucket(emulator: Emulator, settings: Settings, overrides: dict[str, str | None]) -> None:
    """Creates the stage's state bucket at the emulator, if it has one."""
    from domovoi_tf.terraform import runner

    if not settings.has_state_bucket:
        return
    with runner.override_environment(overrides):
        output.print_step(f"state bucket at {emulator.endpoint}")
        creation = backend_bucket.create(settings.backend)
        click.echo("\n".join(backend_bucket.format_changes(creation)))


def _separate_state(emulator: Emulator, settings: Settings) -> tuple[dict[str, str], list[str]]:
    """Keeps a local state of the emulator apart from the stage's own state file.

    Returns environment variables for Terraform, and arguments for ``terraform init``.
    """
    if settings.backend and settings.backend[0] != "local":
        return {}, []
    data = emulator.log.parent / f"{settings.name}.terraform"
    return {"TF_DATA_DIR": str(data)}, [f"-backend-config=path={_locate_state(emulator, settings)}"]


def _locate_state(emulator: Emulator, settings: Settings) -> Path:
    return emulator.log.parent / f"{settings.name}.tfstate"


def _prepare_sources(emulator: Emulator, application: Application, settings: Settings) -> dict[str, str]:
    """Creates the resources that the app refers to but does not own, such as an existing queue.

    Returns Terraform variables that refer to them, except for those that the user sets.
    """
    from domovoi_tf.local import emulator_environment
    from domovoi_tf.model.names import NAME_KEY, STAGE_KEY

    known = {NAME_KEY: settings.name, STAGE_KEY: settings.stage, **settings.referred}
    values: dict[str, str] = {}
    for route in application.routes:
        values |= (
            route.trigger.prepare(
                lambda service: emulator_environment.create_client(emulator, service), known
            )
            or {}
        )
    variables = {f"TF_VAR_{name}": value for name, value in values.items()}
    return {name: value for name, value in variables.items() if name not in os.environ}


def prepare_upload(emulator: Emulator, settings: Settings) -> None:
    """Creates the bucket for uploading the package, which must already exist on AWS."""
    from domovoi_tf.local import emulator_environment

    if settings.package_s3 is None:
        return
    s3 = emulator_environment.create_client(emulator, "s3")
    buckets = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    if settings.package_s3["bucket"] not in buckets:
        s3.create_bucket(Bucket=settings.package_s3["bucket"])
