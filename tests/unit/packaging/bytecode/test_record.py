"""The command `package` compiles, says so, and records the release for other machines."""

from __future__ import annotations

import json
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from command_server import run_command
from package_index import write_files

from domovoi_tf.packaging.bytecode.pythons import OWN_RELEASE, OWN_VERSION
from domovoi_tf.rendering.manifest import MANIFEST, read_manifest

APP = """import domovoi_tf
app = domovoi_tf.Domovoi()

@app.sns_topic_subscriber("bartender")
def tend(event, context): ...
"""
OTHER_VERSION = next(each for each in ("3.13", "3.12") if each != OWN_VERSION)
OWN_LINE = (
    rf"Bytecode for Python {OWN_VERSION}, compiled by {OWN_RELEASE}: \d+ files, [\d,]+ bytes unzipped\."
)


def write_config(project: Path, **keys: object) -> None:
    config = {"app_name": "bar", "python_version": OWN_VERSION, **keys}
    write_files(project, {".chalice/config.json": json.dumps(config)})


def hide_pythons(folder: Path) -> dict[str, str]:
    """Returns an environment in which uv finds no Python. uv writes its cache to the folder."""
    return dict.fromkeys(("PATH", "HOME", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"), str(folder / "nowhere"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = write_files(tmp_path / "bar", {"app.py": APP})
    write_config(project)
    assert run(project, "render").returncode == 0
    return project


def run(project: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess(arguments, *run_command(arguments, project, {**os.environ, **environ}))


def package(project: Path, *options: str, **environ: str) -> str:
    """Packages, and returns the line about bytecode."""
    done = run(project, "package", *options, **environ)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[1]


def record(project: Path, release: str, version: str = OWN_VERSION) -> None:
    """Records a release, as another machine has."""
    manifest = project / "terraform" / MANIFEST
    text = re.sub(r',\n "bytecode": \{[^}]*\}', "", manifest.read_text())
    section = f',\n "bytecode": {{\n  "{version}": "{release}"\n }}\n}}\n'
    manifest.write_text(text.removesuffix("\n}\n") + section)


def read_record(project: Path) -> dict[str, str]:
    return {**read_manifest(project / "terraform").bytecode}


def has_bytecode(project: Path) -> bool:
    with zipfile.ZipFile(project / "terraform/app/package.zip") as archive:
        return any(name.endswith(".pyc") for name in archive.namelist())


def test_first_package_is_compiled_and_the_tree_records_the_release(project: Path) -> None:
    assert re.fullmatch(OWN_LINE, package(project))
    assert has_bytecode(project)
    assert read_record(project) == {OWN_VERSION: OWN_RELEASE}
    before = (project / "terraform" / MANIFEST).read_bytes()
    # Rendering keeps the record, and finds nothing to change.
    assert run(project, "render", "--check").returncode == 0
    assert run(project, "render").stdout.startswith("terraform: 0 of")
    assert re.fullmatch(OWN_LINE, package(project))
    assert (project / "terraform" / MANIFEST).read_bytes() == before


def test_json_has_the_release_and_the_size(project: Path) -> None:
    summary = json.loads(run(project, "package", "--json").stdout)
    with zipfile.ZipFile(project / "terraform/app/package.zip") as archive:
        sizes = [info.file_size for info in archive.infolist() if info.filename.endswith(".pyc")]
    assert summary["bytecode"] == {"python": OWN_RELEASE, "files": len(sizes), "size": sum(sizes)}


def test_without_the_python_the_first_package_has_none_and_the_tree_records_that(
    project: Path, tmp_path: Path
) -> None:
    write_config(project, python_version=OTHER_VERSION)
    assert package(project, **hide_pythons(tmp_path)) == (
        f"No bytecode: Python {OTHER_VERSION} is not installed. After `uv python install {OTHER_VERSION}`, "
        "--bytecode adds it."
    )
    assert not has_bytecode(project)
    assert read_record(project) == {OTHER_VERSION: "none"}
    assert package(project) == (
        "No bytecode: the tree records that its packages have none; --bytecode adds it."
    )
    # The next version of Python has a record of its own.
    write_config(project)
    assert re.fullmatch(OWN_LINE, package(project))
    assert read_record(project) == {OWN_VERSION: OWN_RELEASE}


def test_machine_without_the_recorded_release_stops_or_takes_source_when_told(project: Path) -> None:
    other = f"{OWN_VERSION}.99"
    record(project, other)
    done = run(project, "package")
    assert (done.returncode, done.stderr.partition(",")[0]) == (
        1,
        f"Error: The packages of this tree have bytecode of Python {other}",
    )
    assert not (project / "terraform/app/package.zip").exists()
    assert package(project, "--no-bytecode") == "No bytecode: --no-bytecode was given."
    assert not has_bytecode(project)
    assert read_record(project) == {OWN_VERSION: other}
    assert re.fullmatch(OWN_LINE, package(project, "--bytecode"))
    assert read_record(project) == {OWN_VERSION: OWN_RELEASE}


def test_configuration_counts_more_than_a_record_of_none(project: Path) -> None:
    record(project, "none")
    write_config(project, package_bytecode=True)
    assert re.fullmatch(OWN_LINE, package(project))
    assert read_record(project) == {OWN_VERSION: OWN_RELEASE}
    write_config(project, package_bytecode=False)
    assert package(project) == "No bytecode: package_bytecode is false."
    assert read_record(project) == {OWN_VERSION: OWN_RELEASE}


def test_tree_without_a_manifest_records_nothing(project: Path) -> None:
    (project / "terraform" / MANIFEST).unlink()
    assert re.fullmatch(OWN_LINE, package(project))
    assert not (project / "terraform" / MANIFEST).exists()


def assert_current(project: Path) -> None:
    """Checks that `doctor` takes the package for current."""
    lines = run(project, "doctor").stdout.splitlines()
    assert any(re.search(r"\bpackage\b.*up to date", line) for line in lines), lines


def test_doctor_compares_the_package_with_the_bytecode(project: Path) -> None:
    package(project)
    assert_current(project)


def test_doctor_accepts_bytecode_that_an_option_added(project: Path) -> None:
    write_config(project, package_bytecode=False)
    package(project, "--bytecode")
    assert_current(project)


def test_doctor_does_not_take_files_of_the_project_for_bytecode_of_the_package(project: Path) -> None:
    write_files(project, {"data/old.pyc": ""})
    write_config(project, package_include=["data/old.pyc"])
    package(project, "--no-bytecode")
    assert_current(project)
