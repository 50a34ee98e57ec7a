"""The plan that was shown last in a stage, kept until it is applied, and whether it still holds.

It is in Terraform's own data folder, ``.terraform/domovoi-tf/``, for this user only: a plan has the stage's
secrets. Beside it stands what it was made from. Terraform refuses a plan whose state has changed; it looks
neither at the package nor at the account that the environment leads to.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domovoi_tf.errors import TerraformError
from domovoi_tf.home import write_private

if TYPE_CHECKING:
    from domovoi_tf.terraform import Terraform

_PLACE = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "TF_WORKSPACE")
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
    """A plan file, when it was made (UTC), and what from."""

    path: Path
    made: datetime
    basis: Basis


def prepare(terraform: Terraform) -> Path:
    """Forgets the kept plan, and returns where the next one is to be written, for this user only."""
    drop(terraform)
    path = written(terraform)
    path.parent.mkdir(mode=0o700, parents=True)
    return path


def written(terraform: Terraform) -> Path:
    """Returns where the plan is written."""
    return terraform.data_folder / "domovoi-tf" / "plan"


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
    """Keeps the plan that was written where `prepare` said.

    Args:
        terraform: Terraform in the stage's folder.
        made_from: what it was made from.
    """
    plan = written(terraform)
    plan.chmod(0o600)
    made = datetime.now(timezone.utc).isoformat(timespec="seconds")
    record = {"made": made, "plan": _sha256(plan), "basis": asdict(made_from)}
    write_private(plan.with_name("plan.json"), json.dumps(record, indent=1) + "\n")


def find(terraform: Terraform) -> KeptPlan | None:
    """Returns the kept plan; None where there is none, or one that was not kept whole."""
    plan = written(terraform)
    try:
        record: dict[str, Any] = json.loads(plan.with_name("plan.json").read_text())
        whole = _sha256(plan) == record["plan"]
        found = KeptPlan(plan, datetime.fromisoformat(record["made"]), Basis(**record["basis"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if whole else None


def drop(terraform: Terraform) -> None:
    """Forgets the kept plan."""
    shutil.rmtree(written(terraform).parent, ignore_errors=True)


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
