"""The warning about a plan of files that are older than the app."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import click
import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.cli.terraform import plan as commands
from domovoi_tf.cli.terraform.stale_files import warn_if_stale

from ..conftest import APP

TREE = (
    "Warning: the plan lacks changes of the app: terraform/ is out of date (app/sns.tf). "
    "Run `domovoi-tf render` or `domovoi-tf deploy`.\n"
)
PACKAGE = (
    "Warning: the plan lacks changes of the code: package.zip is out of date (app.py). "
    "Run `domovoi-tf package` or `domovoi-tf deploy`.\n"
)
CHANGED = APP.replace('"bartender"', '"bartender", filter_policy={"kind": ["beer"]}')


@pytest.fixture
def folder(project: Path, rendered_tree: Path) -> Path:
    """The rendered files of `project`, with a package."""
    with zipfile.ZipFile(rendered_tree / "app" / "package.zip", "w") as archive:
        archive.writestr("app.py", APP)
    return rendered_tree


def read_warnings(capfd: pytest.CaptureFixture[str], project: Path, stage: str = "dev") -> str:
    capfd.readouterr()
    warn_if_stale(project, project / "terraform", stage)
    return click.unstyle(capfd.readouterr().err)


def test_current_files_are_no_warning(project: Path, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert read_warnings(capfd, project) == ""


def test_changed_decorator_makes_both_stale(
    project: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "app.py").write_text(CHANGED)
    assert read_warnings(capfd, project) == TREE + PACKAGE


def test_changed_code_makes_the_package_stale(
    project: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "app.py").write_text(f"{APP}    # new\n")
    assert read_warnings(capfd, project) == PACKAGE


def test_line_of_a_handler_is_not_a_change_of_the_app(
    project: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is in comments and in the README of the tree."""
    (project / "app.py").write_text(f"# new\n{APP}")
    assert read_warnings(capfd, project) == PACKAGE


def test_removed_and_new_files_are_stale(
    project: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    handler = '@app.scheduled_function("rate(1 day)")\ndef tick(event, context): ...\n'
    (project / "app.py").write_text(f"{APP[: APP.index('@app')]}{handler}")
    warning, _ = read_warnings(capfd, project).splitlines()
    assert "terraform/ is out of date (app/outputs.tf, app/schedule.tf, app/sns.tf). Run" in warning


def test_python_of_the_environment_imports_the_app(
    project: Path, folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`plan` has no option --python. Python that does not exist cannot import the app."""
    (project / "app.py").write_text(CHANGED)
    monkeypatch.setenv("DOMOVOI_TF_PYTHON", str(project / "nowhere"))
    assert read_warnings(capfd, project) == ""


def test_file_edited_by_hand_is_not_stale(
    project: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "app" / "sns.tf").write_text("# mine\n")
    assert read_warnings(capfd, project) == ""


@pytest.mark.parametrize("content", [None, b"no zip"])
def test_package_that_cannot_be_read_is_left_to_terraform(
    project: Path, folder: Path, content: bytes | None, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "app" / "package.zip").unlink()
    if content:
        (folder / "app" / "package.zip").write_bytes(content)
    (project / "app.py").write_text(CHANGED)
    assert read_warnings(capfd, project) == TREE


def test_app_that_cannot_be_imported_is_not_compared(
    project: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "app.py").write_text(f"import not_installed_here\n{CHANGED}")
    assert read_warnings(capfd, project) == ""


@pytest.mark.parametrize(
    ("command", "arguments", "expected"),
    [
        (commands.plan, (), TREE + PACKAGE),
        (commands.plan, ("--json",), TREE + PACKAGE),
        (commands.plan, ("--", "-destroy"), ""),
        (commands.apply, ("--yes",), TREE + PACKAGE),
    ],
)
def test_commands_that_plan_warn(
    command: click.Command,
    arguments: tuple[str, ...],
    expected: str,
    project: Path,
    folder: Path,
    terraform: FakeTerraform,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(project)
    modules = {"Modules": [{"Key": f"app.{name}"} for name in ("iam", "lambda", "tend")]}
    installed = project / "terraform" / "stages" / "dev" / ".terraform" / "modules"
    installed.mkdir(parents=True)
    (installed / "modules.json").write_text(json.dumps(modules))
    terraform.on("state pull", '{"lineage": "l", "serial": 1}')
    terraform.on("plan", "No changes.\n", files={"-out": "plan"})
    terraform.on("show -json", "{}")
    (project / "app.py").write_text(CHANGED)
    with pytest.raises(SystemExit) as exited:
        command.main(list(arguments))
    assert exited.value.code == 0
    assert click.unstyle(capfd.readouterr().err) == expected
