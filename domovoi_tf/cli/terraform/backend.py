"""Commands about remote state."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, pipeline
from domovoi_tf.cli.deployment import package
from domovoi_tf.cli.terraform.backend_status import _described, _lines
from domovoi_tf.errors import BackendError, DomovoiError

if TYPE_CHECKING:
    from domovoi_tf.state.backend_root import Backend
    from domovoi_tf.state.bucket_creation import CreationResult
    from domovoi_tf.state.status import Status

#: The exit code of `backend status` where all is in order, and somebody holds the lock.
LOCKED = 3
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group()
def backend() -> None:
    """Remote state."""


@backend.command()
@options.project_argument
@options.stage_option
@click.option("--kms-key", metavar="KEY", help="Encrypt with this KMS key from now on: ARN, ID or alias.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would change.")
@_json_option
def create(project_dir: Path, stage: str, kms_key: str | None, dry_run: bool, as_json: bool) -> None:
    """Create the configured state bucket, or bring it in order; safe to repeat.

    Prints the backend.tf that belongs to it, and the IAM policy that somebody who deploys needs for it.

    \b
    Example: domovoi-tf backend create --stage prod
             domovoi-tf backend create --dry-run --kms-key alias/states
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from domovoi_tf import settings
    from domovoi_tf.state import bucket_creation as state

    kind, arguments = settings.load(project_dir, stage).backend or (None, {})
    created = state.create_bucket(kind, arguments, os.environ, kms_key, dry_run=dry_run)
    effective = {
        **arguments,
        "region": created.region,
        **({"kms_key_id": created.kms_key} if kms_key else {}),
    }
    backend_tf = state.render_backend_tf(effective)
    policy = state.build_deployer_policy(created, str(arguments["key"]))
    if as_json:
        click.echo(json.dumps(_created(created, backend_tf, policy, dry_run), indent=2))
        return
    _say_created(created, dry_run)
    _say_key(created, arguments)
    click.echo(f"\nbackend.tf, which `domovoi-tf render` writes:\n\n{backend_tf}")
    click.echo(f"What a deployer needs of IAM for it:\n\n{json.dumps(policy, indent=2)}")


def create_bucket(configured: tuple[str, Mapping[str, Any]] | None) -> None:
    """Creates a configured state bucket, and says what was done."""
    from domovoi_tf.state import bucket_creation as state

    kind, arguments = configured or (None, {})
    _say_created(state.create_bucket(kind, arguments, os.environ), dry_run=False)


def _say_created(created: CreationResult, dry_run: bool) -> None:
    for line in created.changes:
        click.echo(f"  {'would ' if dry_run else ''}{line}")
    done = "not changed, in a dry run" if dry_run else "ready"
    click.echo(f"{created.bucket}: {done if created.changes else 'nothing to change'}.")


def _say_key(created: CreationResult, arguments: Mapping[str, Any]) -> None:
    """Says what Terraform must be told: `encrypt` alone asks S3 for its own encryption, not the bucket's."""
    if created.kms_key and not arguments.get("kms_key_id"):
        line = json.dumps({"kms_key_id": created.kms_key})[1:-1]
        click.echo(f"Add {line} to terraform.backend.s3 of .chalice/config.json:")
        click.echo(
            "  without it Terraform has S3 encrypt the state with AES256, whatever the bucket's default."
        )


def _created(
    created: CreationResult, backend_tf: str, policy: dict[str, Any], dry_run: bool
) -> dict[str, Any]:
    return {
        "bucket": created.bucket,
        "region": created.region,
        "changes": list(created.changes),
        "dry_run": dry_run,
        "kms_key": created.kms_key,
        "backend_tf": backend_tf,
        "policy": policy,
    }


@backend.command()
@options.project_argument
@options.stage_option
@options.out_option
@_json_option
def status(project_dir: Path, stage: str, out: Path | None, as_json: bool) -> None:
    """Show where the state is, what protects it, its versions, and who holds its lock.

    Exit code 0: in order, and free; 1: the bucket is missing or lacks something; 3: somebody holds the lock.

    Example: domovoi-tf backend status --stage prod
    """
    from domovoi_tf.state import status as states

    found = states.read_status(_configured(project_dir, stage, out), stage, os.environ)
    click.echo(json.dumps(_described(found, stage), indent=2) if as_json else "\n".join(_lines(found)))
    if not found.is_in_order:
        sys.exit(1)
    if found.lock:
        sys.exit(LOCKED)


def _configured(project_dir: Path, stage: str, out: Path | None) -> Backend:
    from domovoi_tf import settings
    from domovoi_tf.state.backend_root import resolve_backend

    return resolve_backend(settings.load(project_dir, stage).backend, _root(project_dir, stage, out))


def _root(project_dir: Path, stage: str, out: Path | None) -> Path:
    return pipeline.output_folder(project_dir, out) / "stages" / stage


@backend.command()
@options.project_argument
@options.stage_option
@options.out_option
@options.terraform_option
@click.option("--id", "given", metavar="LOCK_ID", help="The lock's ID, as Terraform's error has it.")
@_yes_option
def unlock(project_dir: Path, stage: str, out: Path | None, given: str | None, yes: bool) -> None:
    """Release a lock that nobody works under any more, after asking.

    Who still works under it goes on, unaware of you: make sure that nobody does.

    Example: domovoi-tf backend unlock --stage prod
    """
    from domovoi_tf.state import status as states
    from domovoi_tf.state.backend_root import initialize_backend

    at = _configured(project_dir, stage, out)
    found = states.read_status(at, stage, os.environ)
    if found.lock_known and not found.lock:
        click.echo(f"The state of {stage} is not locked.")
        return
    lock_id = _to_release(found, stage, given)
    if found.lock:
        click.echo(f"The state of {stage} is locked by {found.lock.describe()}; lock {lock_id}.")
    _confirm("Release it?", yes, "release the lock")
    with initialize_backend(at, stage, os.environ) as terraform:
        terraform.capture("force-unlock", "-force", "-no-color", lock_id)
    click.echo(f"The state of {stage} is free.")
    click.echo("Where Terraform was killed under the lock, what it made last may be missing in the state:")
    click.echo(f"  domovoi-tf backend recover --stage {stage}")


def _to_release(found: Status, stage: str, given: str | None) -> str:
    if found.backend.type == "local":
        who = found.lock.describe() if found.lock else "somebody"
        raise BackendError(
            f"The state of {stage} is a local file, locked by {who}.",
            "Its lock ends with the process that holds it: end that, or wait for it.",
        )
    if found.lock is None and given is None:
        raise BackendError(
            f"Who holds the lock of {stage} cannot be read from {found.backend.title}.",
            "Run `domovoi-tf plan`, and give the ID that its error names: --id LOCK_ID",
        )
    if found.lock and given not in (None, found.lock.id):
        raise BackendError(
            f"The state of {stage} is not locked by {given}: it is locked by {found.lock.describe()}.",
            f"Leave out --id to release that lock, {found.lock.id}.",
        )
    return found.lock.id if found.lock else str(given)


@backend.command()
@options.project_argument
@options.stage_option
@options.out_option
@options.terraform_option
def recover(project_dir: Path, stage: str, out: Path | None) -> None:
    """Find what a killed Terraform made and could not write down, for the next apply to import.

    Terraform writes a remote state every 20 seconds. Ctrl-C loses nothing; a kill loses what came since.
    Writes import blocks into stages/STAGE/imports.tf, and changes nothing on AWS.

    Example: domovoi-tf backend recover --stage prod
    """
    from domovoi_tf import settings
    from domovoi_tf.cli.terraform.passthrough import terraform_in
    from domovoi_tf.state import bucket, recovery

    terraform = terraform_in(pipeline.output_folder(project_dir, out), stage)
    session, region = bucket.make_session(settings.load(project_dir, stage).provider, os.environ)
    found = recovery.recover(terraform, partial(session.client, region_name=region))
    if not found:
        click.echo("Nothing that the state does not know of.")
        return
    for each in found:
        click.echo(f"  {each.address}  {each.id}")
    click.echo(f"{terraform.folder / recovery.FILE}: {len(found)} resources to import.")
    click.echo(f"Next: domovoi-tf apply --stage {stage}; then remove that file.")


@backend.command()
@options.project_argument
@options.stage_option
@options.out_option
@options.terraform_option
@_yes_option
@options.force_option
@options.reading_options
@package.layer_option
def migrate(
    project_dir: Path, stage: str, out: Path | None, yes: bool, force: bool, layer: bool | None
) -> None:
    """Move the state to where the configuration has it, after asking; keeps a backup.

    Change terraform.backend in .chalice/config.json first. The state comes from where `init` last had it.
    The old state stays where it is.

    Example: domovoi-tf backend migrate --stage prod
    """
    from domovoi_tf.cli.terraform.passthrough import terraform_in
    from domovoi_tf.state import migration
    from domovoi_tf.state.backend_root import read_initialized_backend, resolve_backend

    loaded = package.with_options(pipeline.load(project_dir, stage), layer)
    folder, root = pipeline.output_folder(project_dir, out), _root(project_dir, stage, out)
    source, target = (
        read_initialized_backend(root, os.environ),
        resolve_backend(loaded.settings.backend, root),
    )
    planned = migration.prepare(source, target, stage, os.environ)
    if planned is None:
        click.echo(f"There is no state in {source.title} yet: nothing to move.")
        click.echo(f"Next: domovoi-tf deploy --stage {stage}")
        return
    state = planned.state
    click.echo(f"{state.resources} resources, serial {state.serial}:")
    click.echo(f"  from  {source.title}\n  to    {target.title}")
    _confirm("Move the state?", yes, "move it")
    click.echo(f"Backup, which has the stage's secrets: {migration.back_up(planned, root)}")
    pipeline.write_tree(project_dir, folder, loaded, force)
    pipeline.step("terraform init -migrate-state")
    arrived = migration.migrate(planned, terraform_in(folder, stage), os.environ)
    click.echo(f"The state of {stage} is in {target.title}: {arrived.resources} resources.")
    click.echo(f"The old one is still in {source.title}; remove it once a plan shows no changes.")


def _confirm(question: str, yes: bool, what: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise DomovoiError("Nobody is there to ask: standard input is no terminal.", f"Add --yes to {what}.")
    click.confirm(question, abort=True)
