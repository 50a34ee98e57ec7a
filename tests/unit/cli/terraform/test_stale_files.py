"""The error about a plan of files that are older than the app."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import click
import pytest
from fake_terraform import FakeTerraform

from domovoi_tf import __version__
from domovoi_tf.cli.terraform import plan as commands
from domovoi_tf.cli.terraform.stale_files import require_current
from domovoi_tf.errors import DomovoiError

from ..conftest import APP, Invoke, Run, configure

TREE = "terraform/ is out of date (app/sns.tf)"
PACKAGE = "package.zip is out of date (app.py)"
AS_THEY_ARE = "To plan the files as they are, add --no-render-check."
BOTH = (
    f"{TREE}.\n{PACKAGE}.",
    "Nothing was planned. Run `domovoi-tf render` and `domovoi-tf package`, or `domovoi-tf deploy`. "
    f"{AS_THEY_ARE}",
)
ONLY_TREE = (
    f"{TREE}.",
    f"Nothing was planned. Run `domovoi-tf render`, or `domovoi-tf deploy`. {AS_THEY_ARE}",
)
ONLY_PACKAGE = (
    f"{PACKAGE}.",
    f"Nothing was planned. Run `domovoi-tf package`, or `domovoi-tf deploy`. {AS_THEY_ARE}",
)
CURRENT = ("", "")
CHANGED = APP.replace('"bartender"', '"bartender", filter_policy={"kind": ["beer"]}')


@pytest.fixture
def folder(project: Path, rendered_tree: Path) -> Path:
    """The rendered files of `project`, with a package."""
    with zipfile.ZipFile(rendered_tree / "app" / "package.zip", "w") as archive:
        archive.writestr("app.py", APP)
    return rendered_tree


def find_error(project: Path, *arguments: str) -> tuple[str, str]:
    """Returns the message and the remedy of the error; empty if the files are current."""
    try:
        require_current(project, project / "terraform", "dev", arguments=arguments)
    except DomovoiError as error:
        return error.message, error.remedy
    return CURRENT


def test_current_files_are_planned(project: Path, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert find_error(project) == CURRENT
    assert capfd.readouterr().err == ""


def test_changed_decorator_makes_both_stale(project: Path, folder: Path) -> None:
    (project / "app.py").write_text(CHANGED)
    assert find_error(project) == BOTH


def test_changed_configuration_makes_the_tree_stale(project: Path, folder: Path) -> None:
    configure(project, {"app_name": "bar", "lambda_memory_size": 512})
    message, remedy = find_error(project)
    assert message == "terraform/ is out of date (stages/dev/main.tf)."
    assert remedy == ONLY_TREE[1]


def test_changed_code_makes_the_package_stale(project: Path, folder: Path) -> None:
    (project / "app.py").write_text(f"{APP}    # new\n")
    assert find_error(project) == ONLY_PACKAGE


def test_line_of_a_handler_is_not_a_change_of_the_app(project: Path, folder: Path) -> None:
    (project / "app.py").write_text(f"# new\n{APP}")
    assert find_error(project) == ONLY_PACKAGE


def test_removed_and_new_files_are_stale(project: Path, folder: Path) -> None:
    handler = '@app.scheduled_function("rate(1 day)")\ndef tick(event, context): ...\n'
    (project / "app.py").write_text(f"{APP[: APP.index('@app')]}{handler}")
    tree, _ = find_error(project)[0].splitlines()
    assert tree == "terraform/ is out of date (app/outputs.tf, app/schedule.tf, app/sns.tf and 2 more)."


def test_tree_with_the_layer_of_an_option_is_current(run: Run, project: Path) -> None:
    """`plan` has no option --layer."""
    assert run("render", "--layer").returncode == 0
    assert find_error(project) == CURRENT
    (project / "app.py").write_text(CHANGED)
    assert find_error(project) == ("terraform/ is out of date (app/sns.tf).", ONLY_TREE[1])


@pytest.mark.parametrize(
    ("version", "writer", "remedy"),
    [
        ("0.0.1", "and this is", "Run `domovoi-tf render`, or `domovoi-tf deploy`."),
        (
            "99.0",
            "which is newer than this,",
            "Run `pip install 'domovoi-tf>=99.0'`; `domovoi-tf render` would write the files of "
            f"{__version__}.",
        ),
    ],
)
def test_version_that_rendered_the_tree_is_named(
    project: Path, folder: Path, version: str, writer: str, remedy: str
) -> None:
    manifest = folder / ".domovoi-tf.json"
    manifest.write_text(manifest.read_text().replace(f'"{__version__}"', f'"{version}"', 1))
    assert find_error(project) == CURRENT
    configure(project, {"app_name": "bar", "lambda_memory_size": 512})
    assert find_error(project) == (
        "terraform/ is out of date (stages/dev/main.tf): rendered by domovoi-tf "
        f"{version}, {writer} {__version__}.",
        f"Nothing was planned. {remedy} {AS_THEY_ARE}",
    )


@pytest.mark.parametrize("argument", ["-destroy", "-refresh-only"])
def test_plan_of_the_state_alone_compares_nothing(project: Path, folder: Path, argument: str) -> None:
    (project / "app.py").write_text(CHANGED)
    assert find_error(project, "-lock=false", argument) == CURRENT
    assert find_error(project, "-lock=false") == BOTH


def test_file_edited_by_hand_is_not_stale(project: Path, folder: Path) -> None:
    (folder / "app" / "sns.tf").write_text("# mine\n")
    assert find_error(project) == CURRENT


@pytest.mark.parametrize("content", [None, b"no zip"])
def test_package_that_cannot_be_read_is_left_to_terraform(
    project: Path, folder: Path, content: bytes | None
) -> None:
    (folder / "app" / "package.zip").unlink()
    if content:
        (folder / "app" / "package.zip").write_bytes(content)
    (project / "app.py").write_text(CHANGED)
    assert find_error(project) == ONLY_TREE


def test_tree_without_an_app_is_not_compared(
    project: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As on a machine that only has the Terraform files."""
    (project / "app.py").unlink()
    assert find_error(project) == CURRENT
    assert capfd.readouterr().err == ""


def test_app_that_cannot_be_imported_is_not_compared(
    project: Path, folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine without its dependencies. `plan` has no option --python, but its variable counts."""
    (project / "app.py").write_text(CHANGED)
    monkeypatch.setenv("DOMOVOI_TF_PYTHON", "nowhere")
    assert find_error(project) == CURRENT
    assert click.unstyle(capfd.readouterr().err) == (
        "Warning: terraform/ was not compared with the app: The Python 'nowhere', "
        "which should import the app, does not exist or cannot be executed.\n"
    )


def test_app_that_cannot_be_rendered_is_an_error(
    project: Path, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "app.py").write_text(APP.replace('"bartender"', '"no topic!"'))
    message, _ = find_error(project)
    assert message.startswith("app.py:6: ")
    require_current(project, folder, "dev", unchecked=True)
    warning = click.unstyle(capfd.readouterr().err)
    assert warning == (f"Warning: terraform/ was not compared with the app: {message.splitlines()[0]}\n")


@pytest.fixture
def initialised(project: Path, folder: Path, terraform: FakeTerraform) -> FakeTerraform:
    """Terraform in the folder of the stage, which is initialised."""
    sources = {"app": "../../app", "app.iam": "./modules/iam", "app.lambda": "./modules/lambda"}
    sources["app.tend"] = "./modules/triggers/sns"
    modules = {"Modules": [{"Key": key, "Source": source} for key, source in sources.items()]}
    installed = project / "terraform" / "stages" / "dev" / ".terraform" / "modules"
    installed.mkdir(parents=True)
    (installed / "modules.json").write_text(json.dumps(modules))
    terraform.on("state pull", '{"lineage": "l", "serial": 1}')
    terraform.on("plan", "No changes.\n", files={"-out": "plan"})
    terraform.on("show -json", "{}")
    return terraform


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (commands.plan, ()),
        (commands.plan, ("--json",)),
        (commands.plan, ("--markdown",)),
        (commands.apply, ()),
    ],
)
def test_commands_that_plan_stop_before_terraform_runs(
    command: click.Command,
    arguments: tuple[str, ...],
    project: Path,
    initialised: FakeTerraform,
    invoke: Invoke,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(project)
    (project / "app.py").write_text(CHANGED)
    done = invoke(command, *arguments)
    assert done.error
    assert (done.code, done.out, done.error.message, done.error.remedy) == (1, "", *BOTH)
    assert initialised.commands == ["version -json"]


@pytest.mark.parametrize(
    ("command", "arguments", "expected"),
    [
        (
            commands.plan,
            ("--no-render-check",),
            f"Warning: the plan lacks changes of the app: {TREE}, and {PACKAGE}.\n",
        ),
        (commands.plan, ("--", "-destroy"), ""),
        (
            commands.apply,
            ("--yes", "--no-render-check"),
            f"Warning: the plan lacks changes of the app: {TREE}, and {PACKAGE}.\n",
        ),
    ],
)
def test_stale_files_are_planned_on_request(
    command: click.Command,
    arguments: tuple[str, ...],
    expected: str,
    project: Path,
    initialised: FakeTerraform,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(project)
    (project / "app.py").write_text(CHANGED)
    with pytest.raises(SystemExit) as exited:
        command.main(list(arguments))
    assert exited.value.code == 0
    assert click.unstyle(capfd.readouterr().err) == expected
