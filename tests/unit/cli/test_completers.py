"""Completion in shells."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from domovoi_tf.cli.completers import find_stages

from .conftest import Run
from .test_commands import HEAVY


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
        ("domovoi-tf plan --stage = pro", ["prod"]),
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


def test_completion_starts_no_program_and_loads_little(run: Run, project: Path, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("terraform", "tofu", "uv"):
        (programs / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
        (programs / name).chmod(0o700)
    (project / "app.py").write_text(
        f"open({str(tmp_path / 'started')!r}, 'w')\n\n@app.f()\ndef tick(): ...\n"
    )
    variables = {"COMP_WORDS": "domovoi-tf logs ti", "COMP_CWORD": "2", "PYTHONPROFILEIMPORTTIME": "1"}
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    done = run(_DOMOVOI_TF_COMPLETE="bash_complete", PATH=path, **variables)
    assert done.stdout == "plain,tick\n"
    assert not (tmp_path / "started").exists()
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "domovoi_tf.cli.completers" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("text", ["def tick(:", "raise SystemExit", "", "\0"])
def test_broken_app_completes_nothing_and_says_nothing(run: Run, project: Path, text: str) -> None:
    (project / "app.py").write_text(text)
    for command in ("logs", "invoke", "local send", "local logs"):
        assert complete(run, f"domovoi-tf {command} t") == []
    (project / ".chalice" / "config.json").write_text(text)
    for command in ("show", "render", "plan", "deploy", "local deploy", "local plan"):
        assert complete(run, f"domovoi-tf {command} --stage p") == []


def test_anything_unexpected_completes_nothing(run: Run) -> None:
    variables = {"COMP_WORDS": "domovoi-tf show --st", "COMP_CWORD": "no number"}
    done = run(_DOMOVOI_TF_COMPLETE="bash_complete", **variables)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")
