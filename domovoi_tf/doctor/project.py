"""What may be wrong before a deployment, each with its remedy: the programs, the tree, and the package."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.errors import DomovoiError
from domovoi_tf.terraform.runner import Terraform

_PROVIDER = "registry.terraform.io/hashicorp/aws"
_OPENTOFU_PROVIDER = "registry.opentofu.org/hashicorp/aws"
_OLDEST, _NEWEST = (5, 80), (7, 0)
_SHOWN = 3


class Finding(NamedTuple):
    """What was found of one thing: ``state`` is ok, wrong, or unknown where it could not be looked at."""

    name: str
    state: str
    says: str
    remedy: str = ""


def checked(name: str, look: Callable[[], Finding]) -> Finding:
    """Returns what a check finds; an error of ours is a finding."""
    try:
        return look()
    except DomovoiError as error:
        return Finding(name, "wrong", error.message, error.remedy)


def terraform(runner: Terraform) -> Finding:
    """Looks at the Terraform that commands run; raises TerraformError where it is missing or too old."""
    runner.require_supported_version()
    version = ".".join(map(str, runner.read_version()))
    return Finding("terraform", "ok", f"{runner.name} {version} ({runner.binary.path})")


def provider(runner: Terraform, stage: str) -> Finding:
    """Looks at the version of the AWS provider that a stage's folder was initialised with."""
    chosen = runner.read_json("version").get("provider_selections", {})
    version = chosen.get(_PROVIDER) or chosen.get(_OPENTOFU_PROVIDER)
    if not version:
        return Finding(
            "provider",
            "wrong",
            f"the stage {stage} is not initialised",
            f"Run `domovoi-tf init --stage {stage}`.",
        )
    known = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if not _OLDEST <= known < _NEWEST:
        return Finding(
            "provider",
            "wrong",
            f"the AWS provider is {version}; the modules are for 5.80 to 6",
            f"Run `domovoi-tf init --stage {stage} -- -upgrade`.",
        )
    return Finding("provider", "ok", f"hashicorp/aws {version}")


def tree(stale: Sequence[str], edited: Sequence[str], stage: str) -> Finding:
    """Tells whether a rendered tree is what rendering would write.

    Args:
        stale: the paths that are not as rendered.
        edited: those that somebody else wrote.
        stage: the stage.
    """
    if edited:
        return Finding(
            "tree",
            "wrong",
            f"edited by hand: {_listed(edited)}",
            "Move the edit into a file of your own, or overwrite it with `domovoi-tf render --force`.",
        )
    if stale:
        return Finding(
            "tree", "wrong", f"stale: {_listed(stale)}", f"Run `domovoi-tf render --stage {stage}`."
        )
    return Finding("tree", "ok", "as rendered")


def package(built: Path, build: Callable[[Path], object]) -> Finding:
    """Tells whether the deployment package is what packaging would build.

    Args:
        built: the package's place in the tree.
        build: builds the package into a file, for comparison.
    """
    if not built.is_file():
        return Finding("package", "wrong", f"{built} does not exist", "Run `domovoi-tf package`.")
    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as folder:
        build(Path(folder, built.name))
        stale = [
            path.name for path in Path(folder).glob("*.zip") if not _same(path, built.with_name(path.name))
        ]
        if stale:
            return Finding(
                "package", "wrong", "stale: the app or what it needs has changed", "Run `domovoi-tf package`."
            )
    return Finding("package", "ok", "as built")


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{', '.join(paths[:_SHOWN])}{more}"
