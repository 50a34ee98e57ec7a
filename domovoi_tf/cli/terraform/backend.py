"""The commands of `backend`, which manage a stage's remote state."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options, output, pipeline, prompts
from domovoi_tf.cli.project import tree
from domovoi_tf.cli.terraform import backend_bucket, backend_status, place, planning, stage_folder
from domovoi_tf.errors import BackendError, DomovoiError, TerraformError
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import format_count

if TYPE_CHECKING:
    from domovoi_tf.state.backend_root import Backend
    from domovoi_tf.state.status import Status

#: The exit code of `backend status` if the bucket is configured correctly and the state is locked.
LOCKED = 3


@click.group()
def backend() -> None:
    """Manage a stage's remote state."""


@backend.command()
@options.stage_options
@options.emulator_option
@click.option("--kms-key", metavar="KEY", help="ARN, ID or alias of the KMS key to encrypt with from now on.")
@click.option("--dry-run", is_flag=True, help="Change nothing; print the changes instead.")
@options.json_option
def create(
    project_dir: Path, stage: str, at_emulator: bool, kms_key: str | None, dry_run: bool, as_json: bool
) -> None:
    """Create the configured state bucket, or correct its settings.

    Can be repeated at any time. Prints the matching backend.tf, and the IAM policies that a deployer needs
    for the bucket and for the app. --json also has the policy for planning only.

    \b
    Example: domovoi-tf backend create --stage prod
             domovoi-tf backend create --dry-run --kms-key alias/states
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from domovoi_tf import settings
    from domovoi_tf.loading.loader import has_app
    from domovoi_tf.state.effective_backend import is_partial

    configured = settings.load(project_dir, stage).backend
    location = _find_backend(project_dir, stage, None, at_emulator)
    backend = None if location.type == "local" and not configured else (location.type, location.arguments)
    creation = backend_bucket.create(backend, stage, kms_key, dry_run)
    creation = creation._replace(is_partial=not configured or is_partial(configured))
    try:
        if has_app(project_dir):
            project = pipeline.load_deployed(project_dir, stage)
            is_emulated = place.get_emulator() is not None
            app_policy = backend_bucket.build_app_policy(project, creation.bucket, is_emulated)
            creation = creation._replace(app_policy=app_policy)
    except DomovoiError as error:
        reason = error.message.partition("\n")[0]
        output.print_warning(f"there is no policy for deploying the app, which is not valid: {reason}")
    if as_json:
        output.print_json(backend_bucket.describe_creation(creation))
    else:
        output.echo("\n".join(backend_bucket.format_creation(creation)))


@backend.command()
@options.deployed_terraform_options
@options.json_option
def status(project_dir: Path, stage: str, out: Path | None, at_emulator: bool, as_json: bool) -> None:
    """Show the state's location, protection, versions and lock.

    Exits with 0 if all is well, 1 if the bucket is missing or lacks a setting, and 3 if the state is locked.

    Example: domovoi-tf backend status --stage prod
    """
    location = _find_backend(project_dir, stage, out, at_emulator)
    current = _read_status(location, stage)
    if as_json:
        output.print_json(backend_status.describe_status(current, stage))
    else:
        output.print_text("\n".join(backend_status.format_status(current, stage)), column=8)
    if not current.is_in_order:
        sys.exit(1)
    if current.held:
        sys.exit(LOCKED)


@backend.command()
@options.deployed_terraform_options
@click.option("--id", "lock_id", metavar="LOCK_ID", help="ID of the lock, from Terraform's error message.")
@options.yes_option
def unlock(
    project_dir: Path, stage: str, out: Path | None, at_emulator: bool, lock_id: str | None, yes: bool
) -> None:
    """Release a stale state lock after asking.

    Make sure that no process still holds the lock: a process that does will not notice.

    Example: domovoi-tf backend unlock --stage prod
    """
    from domovoi_tf.state.backend_root import initialize_backend

    location = _find_backend(project_dir, stage, out, at_emulator)
    current = _read_status(location, stage)
    if current.lock_known and not current.held:
        output.print_text(f"The state of {stage} is not locked.")
        return
    lock_id = select_lock(current, stage, lock_id)
    if current.held:
        output.print_text(f"The state of {stage} is locked by {current.held.describe()}; lock {lock_id}.")
    prompts.confirm("Release it?", yes, "release the lock")
    with initialize_backend(location, stage, os.environ, options.get_terraform()) as terraform:
        try:
            terraform.capture("force-unlock", "-force", "-no-color", lock_id)
        except TerraformError:
            # With two locks, of which one is not held, Terraform releases the other one and fails.
            if not current.table or _read_status(location, stage).held:
                raise
    output.print_text(f"The state of {stage} is unlocked.")
    output.print_text(
        "If Terraform was killed while it held the lock, the state may lack the last resources it created."
    )
    output.print_text(f"To import them, run `{spell('backend recover', stage)}`.")


def select_lock(current: Status, stage: str, lock_id: str | None) -> str:
    """Returns the ID of the lock to release.

    Args:
        current: the status of the state.
        stage: the name of the stage.
        lock_id: the value of ``--id``.

    Raises:
        BackendError: the lock cannot be released, has another ID, or its ID is not known.
    """
    from domovoi_tf.terraform.locks import S3_SUFFIX

    held = current.held
    if current.backend.type == "local":
        holder = held.describe() if held else "another process"
        raise BackendError(
            f"The state of {stage} is a local file, locked by {holder}.",
            "The lock is released when the process that holds it ends. Wait for it, or end it.",
        )
    if current.lock and not current.lock.id:
        raise BackendError(
            f"The state of {stage} is locked by {current.backend.title}{S3_SUFFIX}, which cannot be read.",
            "If nobody works on it any more, delete that object. "
            "Terraform cannot release the lock without its ID.",
        )
    if held and not held.id:
        raise BackendError(
            f"The state of {stage} is locked by an item of the DynamoDB table {current.table}, which cannot "
            "be read.",
            f"If nobody works on it any more, delete the item with the LockID {held.path}. "
            "Terraform cannot release the lock without its ID.",
        )
    if held is None and lock_id is None:
        raise BackendError(
            f"Cannot read the lock of {stage} from {current.backend.title}.",
            f"Run `{spell('plan', stage)}`, and pass the lock ID from its error message with --id LOCK_ID.",
        )
    ids = [each.id for each in (current.lock, current.table_lock) if each]
    if held and lock_id is not None and lock_id not in ids:
        raise BackendError(
            f"The state of {stage} is not locked by {lock_id}: it is locked by {held.describe()}.",
            f"Omit --id to release that lock, {held.id}.",
        )
    return lock_id or ids[0]


def _read_status(location: Backend, stage: str) -> Status:
    from domovoi_tf.state import status as states

    return states.read_status(location, stage, os.environ, options.get_terraform())


@backend.command()
@options.deployed_terraform_options
def recover(project_dir: Path, stage: str, out: Path | None, at_emulator: bool) -> None:
    """Find resources that exist but are missing from the state.

    Terraform writes a remote state every 20 seconds. Ctrl-C loses nothing, but a kill loses the changes since
    the last write. Another tool, or a state that is lost, may have left resources of these names too. Writes
    import blocks to stages/STAGE/imports.tf for the next apply, and changes nothing on AWS.

    Example: domovoi-tf backend recover --stage prod
    """
    from domovoi_tf.state import recovery
    from domovoi_tf.terraform import killed_runs

    place.enter(project_dir, stage, out, at_emulator)
    folder = pipeline.get_output_folder(project_dir, out)
    terraform = stage_folder.open_terraform(project_dir, folder, stage)
    resources = recovery.recover(terraform, planning.make_client_factory(project_dir, stage))
    killed_runs.forget(terraform.run_mark)
    if not resources:
        output.print_text("Found no resources that are missing from the state.")
        return
    for resource in resources:
        output.print_text(f"  {resource.address}  {resource.id}")
    count = format_count(len(resources), "resource")
    output.print_text(f"{terraform.folder / recovery.IMPORTS_FILE}: {count} to import.")
    output.print_text(f"Run `{spell('apply', stage)}` next, and then remove that file.")


@backend.command()
@options.deployed_terraform_options
@options.yes_option
@options.force_option
@options.import_options
@options.layer_option
def migrate(
    project_dir: Path,
    stage: str,
    out: Path | None,
    at_emulator: bool,
    yes: bool,
    force: bool,
    layer: bool | None,
) -> None:
    """Move the state to the configured backend after asking.

    Change terraform.backend in .chalice/config.json first. The state is copied from the backend of the last
    `init`, where it remains. A backup is kept in the stage's folder.

    Example: domovoi-tf backend migrate --stage prod
    """
    from domovoi_tf.state import migration
    from domovoi_tf.state.backend_root import read_initialized_backend
    from domovoi_tf.state.effective_backend import find_backend

    project = pipeline.load(project_dir, stage).with_package_options(layer=layer)
    folder = pipeline.get_output_folder(project_dir, out)
    root = place.enter(project_dir, stage, out, at_emulator)
    source = read_initialized_backend(root, os.environ, place.locate_local_state())
    target = find_backend(project.settings.backend, root, os.environ, initialized=False)
    move = migration.prepare(source, target, stage, os.environ, options.get_terraform())
    if move is None:
        output.print_text(f"There is no state in {source.title} yet: nothing to move.")
        output.print_text(f"Run `{spell('deploy', stage)}` next.")
        return
    output.print_text(f"{format_count(move.state.resources, 'resource')}, serial {move.state.serial}:")
    output.print_text(f"  from  {source.title}\n  to    {target.title}")
    prompts.confirm("Move the state?", yes, "move the state")
    output.print_text(f"Backup, which contains the stage's secrets: {migration.back_up(move, root)}")
    tree.write_tree(project_dir, folder, [project], force)
    output.print_step("terraform init -migrate-state")
    terraform = stage_folder.open_terraform(project_dir, folder, stage)
    state = migration.migrate(move, terraform, os.environ, options.get_terraform())
    output.print_text(
        f"The state of {stage} is in {target.title}: {format_count(state.resources, 'resource')}."
    )
    output.print_text(f"The old state is still in {source.title}. Remove it once a plan shows no changes.")


def _find_backend(project_dir: Path, stage: str, out: Path | None, at_emulator: bool) -> Backend:
    """Returns the location of a stage's state, at the emulator if the command works there."""
    from domovoi_tf import settings
    from domovoi_tf.state.effective_backend import find_backend

    root = place.enter(project_dir, stage, out, at_emulator)
    return find_backend(settings.load(project_dir, stage).backend, root, os.environ)
