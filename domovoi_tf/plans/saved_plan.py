"""The plan that was shown last in a stage, kept until it is applied, and whether it still holds.

It is in Terraform's own data folder, ``.terraform/domovoi-tf/``, for this user only: a plan has the stage's
secrets. Each process plans into a file of its own there, and applies that one: another may plan meanwhile.
Beside the kept plan stands what it was made from. Terraform refuses a plan whose state has changed; it looks
neither at the package nor at the account that the environment leads to.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domovoi_tf.errors import TerraformError
from domovoi_tf.system.user_folder import write_private_file

if TYPE_CHECKING:
    from domovoi_tf.terraform.runner import Terraform

_PLACE = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "TF_WORKSPACE")
_OWN_PLAN = ".plan"
_OWN = frozenset({".terraform", ".terraform.lock.hcl", ".terraform.tfstate.lock.info"})


@dataclass(frozen=True)
class Basis:
    """What a plan was made from.

    ``tree`` and ``package`` are SHA-256, ``lineage`` and ``serial`` the state's, ``place`` what leads to the
    account and region.
    """

    tree: str
    package: str
    lineage: str
    serial: int
    place: Mapping[str, str]


@dataclass(frozen=True)
class KeptPlan:
    """A plan file, when it was made (UTC), what from, and its SHA-256."""

    path: Path
    made: datetime
    basis: Basis
    digest: str = ""


def prepare(terraform: Terraform) -> Path:
    """Forgets the kept plan, and returns where this process is to write the next one, for this user only."""
    path = written(terraform)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _forget(_kept(terraform))
    for left in path.parent.glob(f"*{_OWN_PLAN}"):
        if left == path or not _lives(left.stem):
            left.unlink(missing_ok=True)
    return path


def written(terraform: Terraform) -> Path:
    """Returns where this process writes its plan."""
    return _kept(terraform).with_name(f"{os.getpid()}{_OWN_PLAN}")


def basis(terraform: Terraform, tree: Path) -> Basis:
    """Returns what a plan made now is made from.

    Args:
        terraform: Terraform in the stage's folder.
        tree: the output folder.

    Raises:
        TerraformError: the state cannot be read.
    """
    state = _state(terraform)
    environ: dict[str, str | None] = {**os.environ, **terraform.environment}
    return Basis(
        tree=_digest(tree, (path for path in _files(tree, terraform.folder) if path.suffix != ".zip")),
        package=_digest(tree, (tree / "app").glob("*.zip")),
        lineage=str(state.get("lineage", "")),
        serial=int(state.get("serial", 0)),
        place={name: value for name in _PLACE if (value := environ.get(name))},
    )


def keep(terraform: Terraform, made_from: Basis) -> None:
    """Keeps the plan that was written where `prepare` said, for a later process.

    Args:
        terraform: Terraform in the stage's folder.
        made_from: what it was made from.
    """
    plan = written(terraform)
    plan.chmod(0o600)
    made = datetime.now(timezone.utc).isoformat(timespec="seconds")
    record = {"made": made, "plan": _sha256(plan), "basis": asdict(made_from)}
    kept = plan.replace(_kept(terraform))
    write_private_file(_record(kept), json.dumps(record, indent=1) + "\n")


def find(terraform: Terraform) -> KeptPlan | None:
    """Returns the kept plan; None where there is none, or one that was not kept whole."""
    plan = _kept(terraform)
    try:
        record: dict[str, Any] = json.loads(_record(plan).read_text())
        digest = str(record["plan"])
        whole = _sha256(plan) == digest
        found = KeptPlan(plan, datetime.fromisoformat(record["made"]), Basis(**record["basis"]), digest)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if whole else None


def take(terraform: Terraform, plan: KeptPlan) -> None:
    """Makes the kept plan this process's own: no other applies it, and it is applied once.

    Args:
        terraform: Terraform in the stage's folder.
        plan: the kept plan, as it was shown.

    Raises:
        TerraformError: another process has made or taken one since.
    """
    own = written(terraform)
    try:
        plan.path.replace(own)
        if _sha256(own) == plan.digest:
            _forget(plan.path)
            return
        own.unlink()
    except FileNotFoundError:
        pass
    raise TerraformError(
        "The plan that was shown is gone: another domovoi-tf plans or applies in this folder.",
        "Nothing was applied. Run the command again when the other is done.",
    )


def drop(terraform: Terraform) -> None:
    """Forgets the plan of this process."""
    written(terraform).unlink(missing_ok=True)


def require_fresh(plan: KeptPlan, now: Basis, stage: str) -> None:
    """Makes sure that a kept plan still does what was shown.

    Args:
        plan: the plan.
        now: what a plan would be made from now.
        stage: the stage.

    Raises:
        TerraformError: something has changed since; the error names all that has.
    """
    if changed := list(_changed(plan.basis, now)):
        raise TerraformError(
            f"The plan of {plan.made.astimezone():%Y-%m-%d %H:%M:%S} is stale: {'; '.join(changed)}.",
            f"Nothing was applied. Run `domovoi-tf plan --stage {stage}` again, and apply what it shows.",
        )


def _changed(then: Basis, now: Basis) -> Iterator[str]:
    if then.tree != now.tree:
        yield "the Terraform files have changed since"
    if then.package != now.package:
        yield "the deployment package has changed since"
    if (then.lineage, then.serial) != (now.lineage, now.serial):
        yield f"the state has changed since (serial {then.serial}, now {now.serial})"
    if then.place != now.place:
        names = sorted(name for name in _PLACE if then.place.get(name) != now.place.get(name))
        yield f"the environment leads elsewhere ({', '.join(names)})"


def _kept(terraform: Terraform) -> Path:
    return terraform.data_folder / "domovoi-tf" / "plan"


def _record(kept: Path) -> Path:
    return kept.with_name("plan.json")


def _forget(kept: Path) -> None:
    _record(kept).unlink(missing_ok=True)
    kept.unlink(missing_ok=True)


def _lives(process: str) -> bool:
    """Says whether a process, by its id, may still want its plan; one that was killed leaves it behind."""
    try:
        os.kill(int(process), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True


def _state(terraform: Terraform) -> dict[str, Any]:
    """Returns the state, of which only the lineage and the serial are ever kept."""
    text = terraform.capture("state pull")
    return dict(json.loads(text)) if text.strip() else {}


def _files(tree: Path, stage: Path) -> Iterator[Path]:
    for root in (tree / "app", stage):
        for path in root.rglob("*"):
            relative = path.relative_to(root)
            ours = relative.parts[0] not in _OWN and ".tfstate" not in path.name
            if ours and path.is_file():
                yield path


def _digest(tree: Path, paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(f"{path.relative_to(tree)}\0{_sha256(path)}".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
