"""Saves the last plan of a stage until it is applied, and detects when it has become stale.

The plan is in Terraform's data folder, ``.terraform/domovoi-tf/``, readable by this user only, because it
contains the stage's secrets. Each process writes its plan to its own file there and applies that file, so
that another process may plan at the same time. A record beside the saved plan lists its inputs. Terraform
itself refuses a plan whose state has changed, but it checks neither the package nor the account that the
environment selects.
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
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.user_folder import ensure_private_folder, write_private_file

if TYPE_CHECKING:
    from domovoi_tf.terraform.runner import Terraform

#: Environment variables that select the account, the region or the state.
_ENVIRONMENT = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "TF_WORKSPACE")
_OWN_PLAN_SUFFIX = ".plan"
#: Files and folders that Terraform writes itself.
_TERRAFORM_FILES = frozenset({".terraform", ".terraform.lock.hcl", ".terraform.tfstate.lock.info"})


@dataclass(frozen=True)
class PlanInputs:
    """The inputs of a plan.

    Args:
        tree: the SHA-256 digest of the Terraform files.
        package: the SHA-256 digest of the deployment package.
        lineage: the lineage of the state.
        serial: the serial of the state.
        environment: the environment variables that select the account and the region.
    """

    tree: str
    package: str
    lineage: str
    serial: int
    environment: Mapping[str, str]


@dataclass(frozen=True)
class SavedPlan:
    """A saved plan.

    Args:
        path: the plan file.
        created: the time at which it was saved, in UTC.
        inputs: its inputs.
        digest: the SHA-256 digest of the plan file.
    """

    path: Path
    created: datetime
    inputs: PlanInputs
    digest: str = ""


def prepare(terraform: Terraform) -> Path:
    """Removes the saved plan and creates the private folder of the next one.

    Args:
        terraform: Terraform in the stage's folder.

    Returns:
        The file to which this process writes its plan.
    """
    path = locate_own_plan(terraform)
    ensure_private_folder(path.parent)
    _remove(_locate_saved_plan(terraform))
    for plan in path.parent.glob(f"*{_OWN_PLAN_SUFFIX}"):
        if plan == path or not _is_process_alive(plan.stem):
            plan.unlink(missing_ok=True)
    return path


def locate_own_plan(terraform: Terraform) -> Path:
    """Returns the file to which this process writes its plan.

    Args:
        terraform: Terraform in the stage's folder.
    """
    return _locate_saved_plan(terraform).with_name(f"{os.getpid()}{_OWN_PLAN_SUFFIX}")


def read_inputs(terraform: Terraform, tree: Path) -> PlanInputs:
    """Reads the current inputs of a plan.

    Args:
        terraform: Terraform in the stage's folder.
        tree: the output folder.

    Raises:
        TerraformError: the state cannot be read.
    """
    state = _pull_state(terraform)
    environ: dict[str, str | None] = {**os.environ, **terraform.environment}
    files = (path for path in _list_files(tree, terraform.folder) if path.suffix != ".zip")
    return PlanInputs(
        tree=_hash_files(tree, files),
        package=_hash_files(tree, (tree / "app").glob("*.zip")),
        lineage=str(state.get("lineage", "")),
        serial=int(state.get("serial", 0)),
        environment={name: value for name in _ENVIRONMENT if (value := environ.get(name))},
    )


def save(terraform: Terraform, inputs: PlanInputs) -> None:
    """Saves the plan that this process has written to the file of `prepare`, for a later process.

    Args:
        terraform: Terraform in the stage's folder.
        inputs: the inputs of the plan.
    """
    plan = locate_own_plan(terraform)
    plan.chmod(0o600)
    created = datetime.now(timezone.utc).isoformat(timespec="seconds")
    record = {"created": created, "plan": _hash_file(plan), "inputs": asdict(inputs)}
    saved_plan = plan.replace(_locate_saved_plan(terraform))
    write_private_file(_locate_record(saved_plan), json.dumps(record, indent=1) + "\n")


def load(terraform: Terraform) -> SavedPlan | None:
    """Returns the saved plan; None if there is none, or if it is incomplete.

    Args:
        terraform: Terraform in the stage's folder.
    """
    import msgspec

    path = _locate_saved_plan(terraform)
    try:
        record: dict[str, Any] = json.loads(_locate_record(path).read_text())
        digest, created = str(record["plan"]), datetime.fromisoformat(record["created"])
        plan = SavedPlan(path, created, msgspec.convert(record["inputs"], PlanInputs), digest)
        is_complete = _hash_file(path) == digest
    except (OSError, ValueError, KeyError, TypeError, RecursionError, msgspec.ValidationError):
        return None
    return plan if is_complete else None


def claim(terraform: Terraform, plan: SavedPlan) -> None:
    """Moves the saved plan to this process's own file, so that no other process applies it.

    Args:
        terraform: Terraform in the stage's folder.
        plan: the saved plan, as it was shown.

    Raises:
        TerraformError: another process has replaced or claimed the saved plan.
    """
    own_plan = locate_own_plan(terraform)
    try:
        plan.path.replace(own_plan)
        if _hash_file(own_plan) == plan.digest:
            _remove(plan.path)
            return
        own_plan.unlink()
    except FileNotFoundError:
        pass
    raise TerraformError(
        "The plan that was shown is gone: another domovoi-tf is planning or applying in this folder.",
        "Nothing was applied. Run the command again when the other one is done.",
    )


def discard(terraform: Terraform) -> None:
    """Removes the plan of this process.

    Args:
        terraform: Terraform in the stage's folder.
    """
    locate_own_plan(terraform).unlink(missing_ok=True)


def require_fresh(plan: SavedPlan, current: PlanInputs, stage: str) -> None:
    """Checks that the inputs of a saved plan have not changed.

    Args:
        plan: the plan.
        current: the current inputs.
        stage: the stage.

    Raises:
        TerraformError: some inputs have changed; the error names all of them.
    """
    if changes := list(_describe_changes(plan.inputs, current)):
        raise TerraformError(
            f"The plan of {plan.created.astimezone():%Y-%m-%d %H:%M:%S} is stale: {'; '.join(changes)}.",
            f"Nothing was applied. Run `{spell('plan', stage)}` again, and apply the new plan.",
        )


def _describe_changes(before: PlanInputs, after: PlanInputs) -> Iterator[str]:
    if before.tree != after.tree:
        yield "the Terraform files have changed"
    if before.package != after.package:
        yield "the deployment package has changed"
    if (before.lineage, before.serial) != (after.lineage, after.serial):
        yield f"the state has changed (serial {before.serial}, now {after.serial})"
    if before.environment != after.environment:
        variables = before.environment.items() ^ after.environment.items()
        yield f"environment variables have changed ({', '.join(sorted({name for name, _ in variables}))})"


def _locate_saved_plan(terraform: Terraform) -> Path:
    return terraform.data_folder / "domovoi-tf" / "plan"


def _locate_record(plan: Path) -> Path:
    return plan.with_name("plan.json")


def _remove(plan: Path) -> None:
    _locate_record(plan).unlink(missing_ok=True)
    plan.unlink(missing_ok=True)


def _is_process_alive(process: str) -> bool:
    """Returns whether a process may still need its plan; a killed process leaves its plan behind."""
    try:
        os.kill(int(process), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True


def _pull_state(terraform: Terraform) -> dict[str, Any]:
    text = terraform.capture("state pull")
    return dict(json.loads(text)) if text.strip() else {}


def _list_files(tree: Path, stage: Path) -> Iterator[Path]:
    for root in (tree / "app", stage):
        for path in root.rglob("*"):
            relative = path.relative_to(root)
            is_terraforms = relative.parts[0] in _TERRAFORM_FILES or ".tfstate" in path.name
            if not is_terraforms and path.is_file():
                yield path


def _hash_files(tree: Path, paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(tree)}\0{_hash_file(path)}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _hash_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
