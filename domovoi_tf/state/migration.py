"""Migrates a state from one backend to another with ``terraform init -migrate-state``, after a backup.

https://developer.hashicorp.com/terraform/language/backend#change-configuration
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.errors import BackendError
from domovoi_tf.state import status as states
from domovoi_tf.state.backend_root import Backend, initialize_backend
from domovoi_tf.state.status import State
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import format_count
from domovoi_tf.system.user_folder import ensure_private_folder, write_private_file
from domovoi_tf.terraform.locks import LockedError
from domovoi_tf.terraform.runner import Terraform

BACKUPS = "state-backups"


class Migration(NamedTuple):
    """A state to migrate, and its content, which may contain secrets."""

    source: Backend
    target: Backend
    stage: str
    state: State
    text: str


def prepare(
    source: Backend, target: Backend, stage: str, environ: Mapping[str, str], program: str | None
) -> Migration | None:
    """Reads the state to migrate, and checks that it can be migrated; returns None if there is no state yet.

    Args:
        source: the backend of the last `terraform init`.
        target: the backend of the configuration.
        stage: the stage.
        environ: the environment variables.
        program: the value of ``--terraform``; None if it was not given.

    Raises:
        BackendError: the target has the state already or contains another one, or a backend does not support
            the migration.
        LockedError: another process holds the lock of one of the states.
        TerraformError: a backend cannot be reached.
    """
    _reject_cloud(source, target, stage)
    if source.location == target.location:
        raise BackendError(
            f"The state of {stage} is already in {target.title}.",
            f"If only other arguments of the backend changed, run: {spell('init', stage)} -- -reconfigure",
        )
    for backend in (source, target):
        _reject_locked(backend, stage, environ, program)
    text = _pull_state(source, stage, environ, program)
    state = states.parse_state(text)
    if state is None:
        return None
    existing = _pull_state(target, stage, environ, program)
    _reject_existing_state(existing, text, target, stage)
    return Migration(source, target, stage, state, text)


def back_up(migration: Migration, root: Path) -> Path:
    """Writes the state to a file that only this user can read and that Git ignores; returns its path.

    Args:
        migration: the migration, as `prepare` returns it.
        root: the stage's folder.
    """
    folder = root / BACKUPS
    ensure_private_folder(folder)
    write_private_file(folder / ".gitignore", "*\n")
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    path = folder / f"{stamp}-serial-{migration.state.serial}.tfstate"
    write_private_file(path, migration.text)
    return path


def migrate(
    migration: Migration, terraform: Terraform, environ: Mapping[str, str], program: str | None
) -> State:
    """Migrates a state, and returns it as read from the target.

    Args:
        migration: the migration, as `prepare` returns it.
        terraform: Terraform in the stage's folder, whose ``backend.tf`` configures the target.
        environ: the environment variables.
        program: the value of ``--terraform``; None if it was not given.

    Raises:
        BackendError: the target's state differs from the source's.
        LockedError: another process holds the lock of one of the states.
        TerraformError: Terraform failed.
    """
    terraform.capture("init", "-migrate-state", "-force-copy", "-input=false", "-no-color")
    text = _pull_state(migration.target, migration.stage, environ, program)
    state = states.parse_state(text)
    if state is None or not _is_same_state(text, migration.text):
        raise BackendError(
            f"The state in {migration.target.title} differs from the one in {migration.source.title}.",
            "Another process changed it meanwhile, or the migration failed. "
            "Compare it with the backup before you continue.",
        )
    return state


def _pull_state(backend: Backend, stage: str, environ: Mapping[str, str], program: str | None) -> str:
    with initialize_backend(backend, stage, environ, program) as terraform:
        return terraform.capture("state pull")


def _reject_cloud(source: Backend, target: Backend, stage: str) -> None:
    if "cloud" in (source.type, target.type):
        raise BackendError(
            "A state in HCP Terraform can only be migrated in a dialog with Terraform.",
            f"Run `{spell('render', stage)}`, then `{spell('init', stage)}` in a terminal.",
        )


def _reject_locked(backend: Backend, stage: str, environ: Mapping[str, str], program: str | None) -> None:
    """Raises LockedError if the state is locked; for other backends only Terraform can check that."""
    if backend.type not in ("s3", "local"):
        return
    status = states.read_status(backend, stage, environ, program)
    if status.bucket and not status.bucket.exists:
        raise BackendError(
            f"The bucket {status.bucket.name} does not exist.",
            f"Run `{spell('backend create', stage)}` first.",
        )
    if status.held:
        raise LockedError(status.held, stage)


def _reject_existing_state(existing: str, source: str, target: Backend, stage: str) -> None:
    state = states.parse_state(existing)
    if state is None:
        return
    if _is_same_state(existing, source):
        raise BackendError(
            f"The state of {stage} has already been migrated to {target.title}.",
            f"To make Terraform use it, run: {spell('render', stage)}, "
            f"then {spell('init', stage)} -- -reconfigure",
        )
    raise BackendError(
        f"There is already another state in {target.title}: "
        f"serial {state.serial}, {format_count(state.resources, 'resource')}.",
        "Configure another key, or remove that state if nobody needs it. Nothing was overwritten.",
    )


def _is_same_state(one: str, other: str) -> bool:
    """Compares resources and outputs only, because Terraform gives a migrated state a new lineage."""
    first, second = json.loads(one), json.loads(other)
    return all(first.get(key) == second.get(key) for key in ("resources", "outputs"))
