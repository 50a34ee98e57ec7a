"""One way to say where: a stage at the emulator has the same state for every command that works there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from domovoi_tf.local.emulator_environment import Emulator, build_environment
from domovoi_tf.terraform.installation import Binary

from .conftest import PROGRAM, CommandLine, build_shell_environment, create_command_line, write_project

pytestmark = [pytest.mark.emulator, pytest.mark.terraform]

NAME = "placed"
APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 hour)")
def tick(event, context): ...


@app.alb_target("/beers")
def serve(event, context): ...
"""


@pytest.fixture(scope="module")
def environment(emulator: Emulator, attached_terraform: Binary) -> dict[str, str]:
    """The environment variables of a shell that knows nothing of the emulator."""
    shell = build_shell_environment(emulator, attached_terraform)
    return {name: value for name, value in shell.items() if name not in build_environment(emulator)}


@pytest.fixture(scope="module")
def run(environment: dict[str, str]) -> CommandLine:
    return create_command_line(environment)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, run: CommandLine) -> Iterator[Path]:
    """A project whose handlers are deployed to the emulator, one of them behind a listener made for it."""
    folder = write_project(tmp_path_factory.mktemp("placed") / NAME, {"app_name": NAME}, APP)
    done = run("local", "deploy", cwd=folder)
    assert done.code == 0, done
    steps = re.findall(r"^✓ (\w+) ", done.out, re.MULTILINE)
    assert steps == ["render", "package", "emulator", "init", "plan", "apply"]
    assert "\nNew: serve, tick\n" in done.out
    assert done.out.endswith("\nNext: domovoi-tf local send serve\n      domovoi-tf local logs -f\n")
    yield folder
    # Nothing that a command did wrote the state of the stage on AWS.
    assert not list((folder / "terraform" / "stages" / "dev").glob("*tfstate*"))
    assert not (folder / "terraform" / "stages" / "dev" / ".terraform").exists()


def list_resources(run: CommandLine, project: Path) -> int:
    status = json.loads(run("backend", "status", "--emulator", "--json", cwd=project).out)
    return int(status["state"]["resources"]) if status["state"] else 0


def test_plan_and_drift_find_what_is_deployed(run: CommandLine, project: Path) -> None:
    planned = run("plan", "--emulator", "--detailed-exitcode", cwd=project)
    assert planned.code == 0, planned
    assert "No changes. Your infrastructure matches the configuration." in planned.out
    drift = run("drift", "--emulator", cwd=project)
    assert drift == (0, "Nothing was changed outside of Terraform in dev.\n", "")


def test_output_and_status_read_the_state_at_the_emulator(
    run: CommandLine, project: Path, emulator: Emulator
) -> None:
    done = run("output", "--emulator", "--", "-raw", "function_name", cwd=project)
    assert done == (0, f"{NAME}-dev", "")
    status = run("backend", "status", "--emulator", cwd=project)
    assert status.out.startswith(f"state   {emulator.log.parent / NAME}-dev.tfstate\n")


def test_doctor_names_the_state_at_the_emulator(run: CommandLine, project: Path, emulator: Emulator) -> None:
    done = run("doctor", "--emulator", cwd=project)
    assert f"\n✓ backend      a local file: {emulator.log.parent / NAME}-dev.tfstate\n" in done.out


def test_shell_of_the_emulator_needs_no_option(
    run: CommandLine, project: Path, environment: dict[str, str]
) -> None:
    script = f'eval "$({PROGRAM} local env)" && {PROGRAM} plan --detailed-exitcode && {PROGRAM} output'
    done = subprocess.run(
        ["/bin/sh", "-c", script], cwd=project, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done
    assert "No changes. Your infrastructure matches the configuration." in done.stdout
    assert f'function_name = "{NAME}-dev"' in done.stdout


def test_plain_terraform_plans_the_tree_without_the_app_and_the_manifest(
    project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """As docs/explanation/ownership.md says to whoever leaves domovoi-tf."""
    tree = tmp_path / "terraform"
    shutil.copytree(project / "terraform", tree)
    for name in (".domovoi-tf.json", ".gitattributes"):
        (tree / name).unlink()
    script = (
        f'eval "$({PROGRAM} local env --stage dev)" && cd "{tree}/stages/dev" && '
        "terraform init -input=false && terraform plan -input=false -detailed-exitcode -no-color"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", script], cwd=project, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done
    assert "No changes. Your infrastructure matches the configuration." in done.stdout


@pytest.mark.parametrize("command", [("plan",), ("deploy", "--yes"), ("destroy", "--yes"), ("drift",)])
def test_state_of_the_emulator_is_refused_on_aws(
    command: tuple[str, ...], run: CommandLine, project: Path, emulator: Emulator
) -> None:
    """An apply of an earlier version may have written it."""
    path = project / "terraform" / "stages" / "dev" / "terraform.tfstate"
    path.write_bytes((emulator.log.parent / f"{NAME}-dev.tfstate").read_bytes())
    try:
        done = run(*command, cwd=project)
    finally:
        path.unlink()
    assert (done.code, done.err[done.err.index("Error: ") :]) == (
        1,
        "Error: The state of dev describes resources of the emulator (account 000000000000), not of AWS.\n"
        "Nothing was changed. To work on these resources, add --emulator to the command. To deploy to AWS, "
        f"move {path} away, and run `domovoi-tf deploy`.\n",
    )


def test_saved_plan_is_applied_and_destroy_destroys(run: CommandLine, project: Path) -> None:
    before = list_resources(run, project)
    text = (project / "app.py").read_text()
    (project / "app.py").write_text(text.replace("1 hour", "2 hours"))
    assert run("render", cwd=project).code == 0
    planned = run("plan", "--emulator", "--no-render-check", cwd=project)
    assert "0 to add, 1 to change, 0 to destroy." in planned.out, planned
    applied = run("apply", "--emulator", cwd=project)
    assert (applied.code, list_resources(run, project)) == (0, before), applied
    destroyed = run("local", "destroy", "--yes", cwd=project)
    assert f"0 to add, 0 to change, {before} to destroy." in destroyed.out, destroyed
    assert list_resources(run, project) == 0
