"""The global options: -C, -v, --no-color and --debug."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from domovoi_tf.cli import global_options
from domovoi_tf.system import trace_log

from .conftest import APP, PROGRAM, Run, Terminal, await_end

SHOWN = """bar-dev  (128 MB, 60 s)
  tick  schedule  rate(1 hour)  app.py:6
  tidy  schedule  rate(1 day)   app.py:10
"""


@pytest.fixture
def project(staged_project: Path) -> Path:
    return staged_project


@pytest.mark.parametrize("at", [0, 1, 2])
def test_folder_option_is_accepted_anywhere(run: Run, project: Path, at: int) -> None:
    args = ["show", "--stage", "dev"]
    args[at if at < 2 else 3 : at if at < 2 else 3] = ["-C", "bar"]
    done = subprocess.run([PROGRAM, *args], cwd=project.parent, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, SHOWN, "")


def test_folder_options_are_relative_to_the_previous_one(run: Run, project: Path) -> None:
    assert run("-C", "..", "-C", "bar", "show", "-C", ".").stdout == SHOWN
    done = run("show", "-C", "nowhere")
    assert (done.returncode, done.stderr) == (
        2,
        "Usage: domovoi-tf show [OPTIONS]\nTry 'domovoi-tf show --help' for help.\n\n"
        "Error: Invalid value for '-C': nowhere: No such file or directory.\n",
    )


@pytest.mark.parametrize("args", [["-v", "show"], ["show", "-v"]])
def test_verbose_logs_programs_on_standard_error(run: Run, project: Path, args: list[str]) -> None:
    done = run(*args)
    assert done.stdout == SHOWN
    first, last = done.stderr.splitlines()
    assert f" s  {sys.executable} -c ... " in first
    assert first.endswith(f"  (in {project})")
    assert f" s  {sys.executable} -c: " in last
    assert last.endswith(" s")


def test_very_verbose_logs_written_files(run: Run) -> None:
    done = run("render", "-vv")
    assert done.returncode == 0
    written = [line for line in done.stderr.splitlines() if " s  writes terraform/" in line]
    assert any(line.endswith("terraform/stages/dev/main.tf") for line in written)
    assert "writes" not in run("render", "--force", "-v", "-v").stderr, "nothing to write any more"
    quiet = run("render", "--check")
    assert quiet.stderr == ""


def test_log_hides_values_of_terraform_variables() -> None:
    given = ["terraform", "plan", "-var=a=hunter2", "-var", "b=hunter2", "-backend-config=token=hunter2"]
    more = ["--var", "c=hunter2=x", "-backend-config", "secret_key=hunter2\nhunter2", "-var-file=x.tfvars"]
    assert trace_log.format_command([*given, *more, "-out=a plan"]) == (
        "terraform plan -var=a=HIDDEN -var b=HIDDEN -backend-config=token=HIDDEN "
        "--var c=HIDDEN -backend-config ... -var-file=x.tfvars '-out=a plan'"
    )


@pytest.mark.terraform
def test_verbose_logs_terraform_without_secrets(run: Run) -> None:
    run("render")
    done = run("validate", "-v", "--", "-var", "password=hunter2")
    assert "terraform validate -no-color -var password=HIDDEN  (in " in done.stderr
    assert "hunter2" not in done.stderr + done.stdout


def test_debug_shows_traceback_of_an_error(run: Run, project: Path) -> None:
    (project / "app.py").unlink()
    plain = run("show")
    assert plain.stderr == (
        f"Error: {project} contains no app.py.\n"
        "Create it with the line app = Domovoi(), or name the project's folder with -C.\n"
    )
    for args in (["--debug", "show"], ["show", "--debug"]):
        done = run(*args)
        assert done.returncode == 1
        assert "Traceback (most recent call last):" in done.stderr
        assert done.stderr.endswith(plain.stderr)


def test_debug_shows_only_the_traceback_of_the_app(run: Run, project: Path) -> None:
    (project / "app.py").write_text(f"{APP}\n1 / 0\n")
    done = run("--debug", "render")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[:3] == [
        "Traceback (most recent call last):",
        f'  File "{project / "app.py"}", line 9, in <module>',
        "    1 / 0",
    ]
    assert lines[-3:] == [
        "ZeroDivisionError: division by zero",
        "Error: app.py:9: ZeroDivisionError: division by zero",
        "Correct the code there.",
    ]
    assert len(lines) <= 7  # the line with marks below the expression is Python's choice


def test_colours_are_shown_on_terminals_unless_disabled(terminal: Terminal) -> None:
    red = "\x1b[31m\x1b[1mError: \x1b[0m"
    assert red in await_end(terminal(PROGRAM, "show", "nowhere"))[1]
    for args in (["--no-color", "show", "nowhere"], ["show", "nowhere", "--no-color"]):
        code, output = await_end(terminal(PROGRAM, *args))
        assert (code, "\x1b" in output) == (1, False)
    assert "\x1b" not in await_end(terminal(PROGRAM, "show", "nowhere", NO_COLOR="1"))[1]


@pytest.mark.parametrize(
    ("arguments", "variable", "is_coloured"),
    [([], None, True), ([], "", True), ([], "1", False), (["--no-color"], None, False)],
)
def test_output_of_commands_has_colours_unless_disabled(
    arguments: list[str], variable: str | None, is_coloured: bool
) -> None:
    @click.command()
    def pour() -> None:
        click.secho("beer", fg="yellow")

    global_options.add_options(pour)
    done = CliRunner().invoke(pour, arguments, color=True, env={"NO_COLOR": variable})
    assert done.output == ("\x1b[33mbeer\x1b[0m\n" if is_coloured else "beer\n")


@pytest.mark.terraform
def test_no_color_applies_to_terraform(terminal: Terminal, run: Run) -> None:
    run("render")
    colourful = await_end(terminal(PROGRAM, "validate", "--", "-bad"))[1]
    assert "\x1b" in colourful
    for more in ({}, {"NO_COLOR": "1"}):
        args = ["validate", *([] if more else ["--no-color"]), "--", "-bad"]
        code, output = await_end(terminal(PROGRAM, *args, **more))
        assert (code, "\x1b" in output) == (1, False)
