"""Moves a state from one backend to another, through ``terraform init``, with a backup of it.

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
from domovoi_tf.state.backend_root import Place, state_root
from domovoi_tf.state.status import State
from domovoi_tf.system.user_folder import write_private_file
from domovoi_tf.terraform.locks import LockedError
from domovoi_tf.terraform.runner import Terraform

BACKUPS = "state-backups"


class Move(NamedTuple):
    """A state that is to be moved, and its text, which has secrets."""

    source: Place
    target: Place
    stage: str
    state: State
    text: str


def prepare(source: Place, target: Place, stage: str, environ: Mapping[str, str]) -> Move | None:
    """Reads the state that is to be moved, and makes sure that it may be; None where there is none yet.

    Args:
        source: where Terraform last kept the state.
        target: where the configuration has it.
        stage: the stage.
        environ: the environment variables.

    Raises:
        BackendError: the state is there already, or there is another one, or a backend cannot do it.
        LockedError: somebody holds the lock of either.
        TerraformError: a backend cannot be reached.
    """
    _refuse_cloud(source, target, stage)
    if source.location == target.location:
        raise BackendError(
            f"The state of {stage} is in {target.title} already.",
            "Where only other arguments of the backend changed: "
            f"domovoi-tf init --stage {stage} -- -reconfigure",
        )
    for place in (source, target):
        _refuse_locked(place, stage, environ)
    text = _pull(source, stage, environ)
    found = states.parse(text)
    if found is None:
        return None
    _refuse_other(_pull(target, stage, environ), text, target, stage)
    return Move(source, target, stage, found, text)


def back_up(move: Move, root: Path) -> Path:
    """Writes a state into a folder of the stage's that version control ignores, for this user only.

    Args:
        move: the move, as `prepare` returns it.
        root: the stage's folder.
    """
    folder = root / BACKUPS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private_file(folder / ".gitignore", "*\n")
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    path = folder / f"{stamp}-serial-{move.state.serial}.tfstate"
    write_private_file(path, move.text)
    return path


def move(planned: Move, terraform: Terraform, environ: Mapping[str, str]) -> State:
    """Moves a state, and returns it as it is in its new place.

    Args:
        planned: the move, as `prepare` returns it.
        terraform: Terraform in the stage's folder, whose ``backend.tf`` is the new one.
        environ: the environment variables.

    Raises:
        BackendError: what arrived is not what was there.
        LockedError: somebody holds the lock of either place by now.
        TerraformError: Terraform failed.
    """
    terraform.capture("init", "-migrate-state", "-force-copy", "-input=false", "-no-color")
    text = _pull(planned.target, planned.stage, environ)
    arrived = states.parse(text)
    if arrived is None or not _same(text, planned.text):
        raise BackendError(
            f"What arrived in {planned.target.title} is not the state that was in {planned.source.title}.",
            "Somebody changed it meanwhile, or the move failed: compare it with the backup before you go on.",
        )
    return arrived


def _pull(at: Place, stage: str, environ: Mapping[str, str]) -> str:
    with state_root(at, stage, environ) as terraform:
        return terraform.capture("state pull")


def _refuse_cloud(source: Place, target: Place, stage: str) -> None:
    if "cloud" in (source.type, target.type):
        raise BackendError(
            "HCP Terraform moves states by questions of its own.",
            f"Run `domovoi-tf render --stage {stage}`, then `domovoi-tf init --stage {stage}` in a terminal.",
        )


def _refuse_locked(at: Place, stage: str, environ: Mapping[str, str]) -> None:
    """Asks the backends that can be asked; of the others Terraform takes the lock when it moves the state."""
    if at.type not in ("s3", "local"):
        return
    found = states.status(at, stage, environ)
    if found.bucket and not found.bucket.exists:
        raise BackendError(
            f"The bucket {found.bucket.name} does not exist.",
            f"Run `domovoi-tf backend create --stage {stage}` first.",
        )
    if found.lock:
        raise LockedError(found.lock, stage)


def _refuse_other(there: str, mine: str, target: Place, stage: str) -> None:
    found = states.parse(there)
    if found is None:
        return
    if _same(there, mine):
        raise BackendError(
            f"The state of {stage} was moved to {target.title} before.",
            f"Let Terraform know: domovoi-tf render --stage {stage}, "
            f"then domovoi-tf init --stage {stage} -- -reconfigure",
        )
    raise BackendError(
        f"There is another state in {target.title}: serial {found.serial}, {found.resources} resources.",
        "Configure another key, or remove it where nobody needs it; nothing is overwritten.",
    )


def _same(one: str, other: str) -> bool:
    """Returns whether two states hold the same: Terraform gives a moved one a lineage of its own."""
    first, second = json.loads(one), json.loads(other)
    return all(first.get(key) == second.get(key) for key in ("resources", "outputs"))
