"""The next steps after `new-project`."""

from __future__ import annotations

import sys

import pytest

from domovoi_tf.cli.project.new_project import format_next_steps, format_workflow_steps
from domovoi_tf.system.distribution import install_command
from domovoi_tf.system.distribution.install_command import build_install_command

STEPS = """Created beers:
  beers/app.py

Next:
  cd beers
{}  pytest                   # test the handlers
  domovoi-tf render        # write terraform/
  domovoi-tf local deploy  # deploy to an AWS emulator
  domovoi-tf dev           # run this code for its events
  domovoi-tf deploy        # deploy to AWS, after asking"""


def test_next_steps_work_in_an_environment_that_has_everything() -> None:
    assert format_next_steps("beers", ["app.py"]) == STEPS.format("")


def test_next_steps_install_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    for name in ("ministack", "pytest"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    command = build_install_command("local")
    assert format_next_steps("beers", ["app.py"]) == STEPS.format(
        f"  {command}  # the emulator, and a Terraform\n  pip install pytest\n"
    )


WORKFLOW = "Before you push, set up what the comments in .github/workflows/deploy.yml list."


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, WORKFLOW),
        (
            {"url": "file:///clone", "dir_info": {"editable": True}},
            f"{WORKFLOW}\n"
            "This domovoi-tf is a local copy: replace URL there by the address of its repository.",
        ),
    ],
)
def test_workflow_of_a_local_copy_needs_the_repository(
    document: object, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install_command, "read_direct_url", lambda installed: document)
    assert format_workflow_steps() == text
