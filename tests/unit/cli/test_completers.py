"""Completion in shells."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.cli.completers import find_stages

from .conftest import Run, Terminal


@pytest.fixture
def project(staged_project: Path) -> Path:
    return staged_project


def complete(run: Run, line: str, shell: str = "bash") -> list[str]:
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
        ("domovoi-tf local do", ["down", "doctor"]),
        ("domovoi-tf show --js", ["--json"]),
        ("domovoi-tf deploy --stage ", ["dev", "preview", "prod"]),
        ("domovoi-tf deploy --stage pr", ["preview", "prod"]),
        ("domovoi-tf -v render . --stage dev --stage pro", ["prod"]),
        ("domovoi-tf -C .. -C bar plan --stage pro", ["prod"]),
        ("domovoi-tf -C nowhere plan --stage x", []),
        ("domovoi-tf local send t", ["tick", "tidy"]),
        ("domovoi-tf unknown --no", ["--no-color"]),
        ("domovoi-tf new-project beers --template bar", ["bartender"]),
        ("domovoi-tf completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_commands_options_and_names_are_completed(run: Run, line: str, words: list[str]) -> None:
    assert complete(run, line) == [f"plain,{word}" for word in words]


def test_handlers_are_completed_without_importing_the_app(run: Run, project: Path) -> None:
    run("render")
    (project / "app.py").write_text("raise SystemExit('imported')\n\ndef tick(): ...\n")
    assert complete(run, "domovoi-tf local send t") == ["plain,tick", "plain,tidy"]
    (project / "app.py").write_text("this is no Python")
    assert complete(run, "domovoi-tf local send tid") == ["plain,tidy"]


def test_rendered_stages_are_completed_too(project: Path) -> None:
    (project / "terraform" / "stages" / "retired").mkdir(parents=True)
    assert {*find_stages(project)} == {"retired", "dev", "preview", "prod"}


def test_each_shell_gets_its_own_format(run: Run) -> None:
    assert complete(run, "domovoi-tf deploy --stage pro", "zsh") == ["plain", "prod", "_"]
    assert complete(run, "domovoi-tf deploy --stage pro", "fish")[0].startswith("plain,prod")
    for shell in ("bash", "zsh", "fish"):
        script = run("completion", shell).stdout
        assert "_DOMOVOI_TF_COMPLETE" in script
        assert f"={shell}_complete" in script


def test_completion_works_in_bash(terminal: Terminal) -> None:
    child = terminal("bash", "--norc", "--noprofile", "-i", PS1="$ ", INPUTRC="/dev/null", HISTFILE="")
    child.expect_exact("$ ")
    child.sendline('eval "$(domovoi-tf completion bash)" && echo rea""dy')
    child.expect_exact("ready")
    child.send("domovoi-tf depl\t")
    child.expect_exact("domovoi-tf deploy ")
    child.send("--stage pro\t")
    child.expect_exact("--stage prod ")
