"""Checks the programs, the rendered tree and the deployment package."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.errors import DomovoiError
from domovoi_tf.model.application import Application
from domovoi_tf.model.names import DEFAULT_FUNCTION
from domovoi_tf.system.suggestions import spell
from domovoi_tf.terraform.runner import Terraform

_PROVIDER = "registry.terraform.io/hashicorp/aws"
_OPENTOFU_PROVIDER = "registry.opentofu.org/hashicorp/aws"
#: The first version of the AWS provider that the modules support, and the first one that they do not.
_MINIMUM, _LIMIT = (5, 80), (7, 0)
_MAX_LISTED = 3


class Finding(NamedTuple):
    """The result of a check.

    Args:
        name: the name of the check.
        state: ``ok``, ``wrong``, or ``unknown`` if it could not be checked.
        says: the result in words.
        remedy: what to do; empty if nothing is wrong.
    """

    name: str
    state: str
    says: str
    remedy: str = ""


def run_check(name: str, check: Callable[[], Finding]) -> Finding:
    """Runs a check, and turns a DomovoiError into a finding.

    Args:
        name: the name of the check.
        check: the check.
    """
    try:
        return check()
    except DomovoiError as error:
        return Finding(name, "wrong", error.message, error.remedy)


def check_terraform(runner: Terraform) -> Finding:
    """Checks the version of Terraform.

    Args:
        runner: Terraform in any folder.

    Raises:
        TerraformError: Terraform cannot be run or is too old.
    """
    runner.require_supported_version()
    version = ".".join(map(str, runner.read_version()))
    return Finding("terraform", "ok", f"{runner.name} {version} ({runner.binary.path})")


def check_provider(runner: Terraform, stage: str) -> Finding:
    """Checks the version of the AWS provider that `terraform init` installed for a stage.

    Args:
        runner: Terraform in the stage's folder.
        stage: the stage.

    Raises:
        TerraformError: Terraform failed.
    """
    versions = runner.read_json("version").get("provider_selections", {})
    version = versions.get(_PROVIDER) or versions.get(_OPENTOFU_PROVIDER)
    if not version:
        return Finding(
            "provider",
            "wrong",
            f"the stage {stage} is not initialised",
            f"Run `{spell('init', stage)}`.",
        )
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if not _MINIMUM <= numbers < _LIMIT:
        return Finding(
            "provider",
            "wrong",
            f"the AWS provider has version {version}, but the modules need 5.80 to 6.x",
            f"Run `{spell('init', stage)} -- -upgrade`.",
        )
    return Finding("provider", "ok", f"hashicorp/aws {version}")


def check_tree(stale: Sequence[str], edited: Sequence[str], writer: str, remedy: str, stage: str) -> Finding:
    """Checks that the rendered tree is up to date.

    Args:
        stale: the paths of the files that rendering would change.
        edited: the paths of the files that were edited by hand.
        writer: the version that rendered the tree, as part of a sentence; empty if there is none.
        remedy: the sentence that says what to do about stale files.
        stage: the stage.
    """
    if edited:
        return Finding(
            "tree",
            "wrong",
            f"edited by hand: {join_paths(edited)}",
            "Move the edits into a file of your own, or overwrite them with "
            f"`{spell('render --force', stage)}`.",
        )
    if stale:
        says = f"stale: {join_paths(stale)}{f' ({writer})' if writer else ''}"
        return Finding("tree", "wrong", says, remedy)
    return Finding("tree", "ok", f"up to date, {writer}")


def check_package(package: Path, build: Callable[[Path], object], stage: str) -> Finding:
    """Checks that the deployment package is up to date.

    Args:
        package: the package in the rendered tree.
        build: builds the package as a given file, for comparison.
        stage: the stage.
    """
    remedy = f"Run `{spell('package', stage)}`."
    if not package.is_file():
        return Finding("package", "wrong", f"{package} does not exist", remedy)
    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as folder:
        build(Path(folder, package.name))
        zips = Path(folder).glob("*.zip")
        if not all(_has_same_content(path, package.with_name(path.name)) for path in zips):
            return Finding("package", "wrong", "stale: the app or its dependencies have changed", remedy)
    return Finding("package", "ok", "up to date")


def _has_same_content(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def list_permissions(application: Application) -> Iterator[Finding]:
    """Yields the permissions of functions that the app can restrict: to start any of its state machines.

    Args:
        application: the app.
    """
    free = [each.name or DEFAULT_FUNCTION for each in application.deployed_functions if each.starts is None]
    if application.state_machines and free:
        says = f"may start all state machines: {', '.join(free)}; `starts=` of app.function restricts them"
        yield Finding("starts", "ok", says)


def join_paths(paths: Sequence[str]) -> str:
    """Returns the first of several paths as part of a sentence, and how many more there are."""
    others = f" and {len(paths) - _MAX_LISTED} more" if len(paths) > _MAX_LISTED else ""
    return f"{', '.join(paths[:_MAX_LISTED])}{others}"
