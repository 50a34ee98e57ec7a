"""Wheels and source distributions contain the tracked files only, whatever else is in the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
#: Files that using the checkout creates: by `make demo`, `terraform init` and `apply`, editors, and tests.
DIRTY = (
    "examples/bartender/terraform/app/main.tf",
    "examples/bartender/terraform/app/package.zip",
    "examples/bartender/terraform/app/modules/lambda/README.md",
    "examples/bartender/terraform/stages/dev/.terraform/providers/provider_v6.py",
    "examples/bartender/terraform/stages/dev/terraform.tfstate",
    "examples/bartender/terraform/stages/dev/terraform.tfstate.backup",
    "examples/bartender/.env",
    "examples/bartender/.venv/lib/app.py",
    "examples/bartender/__pycache__/app.cpython-313.pyc",
    "examples/bartender/.chalice/deployed/dev.json",
    "examples/existing_repository/infrastructure/.terraform/modules/modules.json",
    "examples/existing_repository/infrastructure/terraform.tfstate",
    "examples/existing_repository/orders/terraform/app/package.zip",
    "modules/iam/.terraform/modules/iam/main.tf",
    "modules/iam/.terraform.lock.hcl",
    "modules/iam/terraform.tfstate",
    "modules/iam/terraform.tfvars",
    "modules/iam/plan.tfplan",
    "templates/project/.pytest_cache/README.md",
    "templates/project/.env",
    "domovoi_tf/notes.txt",
    "domovoi_tf/app.py~",
    "tests/.pytest_cache/v/cache.json",
    "tests/unit/crash.log",
    "docs/draft.txt",
    ".env",
    "terraform.tfstate",
)


def list_tracked_files() -> set[str]:
    result = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.skip("this is not a checkout")
    return {name for name in result.stdout.split("\0") if name and (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """Builds a source distribution and a wheel from it in a dirty checkout, and returns their files."""
    checkout = tmp_path_factory.mktemp("checkout")
    for name in list_tracked_files():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, checkout / name)
    for name in DIRTY:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("{}")
    uv = str(Path(sys.executable).parent / "uv")
    build = [uv, "build", "--quiet", "--no-build-isolation", "--python", sys.executable]
    from_source, direct = checkout / "dist", checkout / "dist" / "direct"
    subprocess.run([*build, "--out-dir", str(from_source), str(checkout)], check=True)
    subprocess.run([*build, "--wheel", "--out-dir", str(direct), str(checkout)], check=True)
    (source,) = from_source.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        source_files = {member.name.partition("/")[2] for member in archive if member.isfile()}
    assert read_wheel(from_source) == read_wheel(direct)
    return source_files, read_wheel(direct)


def read_wheel(folder: Path) -> set[str]:
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_wheel_of_a_dirty_checkout_has_the_tracked_files_only(
    distributions: tuple[set[str], set[str]],
) -> None:
    tracked = {tuple(name.split("/")) for name in list_tracked_files()}
    assets = {
        f"domovoi_tf/_assets/{'/'.join(parts)}"
        for parts in tracked
        if parts[0] in ("examples", "modules", "templates")
        and parts[1] not in ("coming_from", "existing_repository")
    }
    assert distributions[1] == assets | {"/".join(parts) for parts in tracked if parts[0] == "domovoi_tf"}


def test_source_distribution_of_a_dirty_checkout_has_the_tracked_files_only(
    distributions: tuple[set[str], set[str]],
) -> None:
    assert distributions[0] - {"PKG-INFO"} == {n for n in list_tracked_files() if not n.startswith(".ci/")}
