"""The GitHub workflow of a new project: valid, with few permissions, and with commands that exist."""

from __future__ import annotations

import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from domovoi_tf.cli.project.new_project import new_project
from domovoi_tf.cli.root import cli
from domovoi_tf.rendering import scaffold
from domovoi_tf.system.distribution import install_command

PATH = ".github/workflows/deploy.yml"


@pytest.fixture
def workflow(tmp_path: Path) -> dict[str, Any]:
    assert PATH in scaffold.create_project(tmp_path / "beers", ci="github")
    # GitHub reads YAML 1.2, in which `on` is a string.
    text = (tmp_path / "beers" / PATH).read_text().replace("\non:", '\n"on":')
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def list_steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def parse(arguments: list[str]) -> str:
    """Parses the arguments of domovoi-tf as the command does, and returns the command's name."""
    command, context = cli, click.Context(cli, info_name="domovoi-tf")
    name, subcommand, rest = command.resolve_command(context, arguments)
    assert subcommand is not None
    subcommand.make_context(name, rest, parent=context)
    return str(name)


def test_each_command_exists(workflow: dict[str, Any]) -> None:
    lines = [line for step in list_steps(workflow) for line in step.get("run", "").splitlines()]
    commands = [shlex.split(line.partition(" >>")[0]) for line in lines if line.startswith("domovoi-tf")]
    assert [parse(arguments) for _, *arguments in commands] == [
        *("render", "package", "plan", "deploy"),
    ]
    others = {line.split()[0] for line in lines if not line.startswith(("domovoi-tf", " "))}
    assert others == {"pip", "pytest", "if", "fi"}


def test_each_job_has_the_permissions_that_it_needs(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {}
    of_aws = {"contents": "read", "id-token": "write"}
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == {
        "test": {"contents": "read"},
        "plan": of_aws,
        "deploy": of_aws,
    }
    for job in workflow["jobs"].values():
        uses = [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]
        assert ("id-token" in job["permissions"]) == ("aws-actions/configure-aws-credentials" in uses)


def test_pull_requests_are_planned_and_main_is_deployed(workflow: dict[str, Any]) -> None:
    assert workflow["on"] == {"pull_request": None, "push": {"branches": ["main"]}}
    jobs = workflow["jobs"]
    assert jobs["deploy"]["if"] == "github.event_name == 'push'"
    assert jobs["plan"]["if"].startswith("github.event_name == 'pull_request' && ")
    assert (jobs["plan"]["needs"], jobs["deploy"]["needs"]) == ("test", "test")


def test_actions_are_pinned_to_major_versions(workflow: dict[str, Any]) -> None:
    uses = [step["uses"] for step in list_steps(workflow) if "uses" in step]
    assert set(uses) == {
        "actions/checkout@v7",
        "actions/setup-python@v7",
        "aws-actions/configure-aws-credentials@v6",
        "hashicorp/setup-terraform@v4",
    }


@pytest.mark.parametrize(
    ("document", "requirement"),
    [
        ({}, f"domovoi-tf=={version('domovoi-tf')}"),
        ({"url": "file:///clone", "dir_info": {"editable": True}}, "domovoi-tf @ git+URL"),
        ({"url": "file:///clone", "vcs_info": {"vcs": "git", "commit_id": "a1"}}, "domovoi-tf @ git+URL"),
        (
            {"url": "https://git.example.com/it.git", "vcs_info": {"vcs": "git", "commit_id": "a1"}},
            "domovoi-tf @ git+https://git.example.com/it.git@a1",
        ),
        (
            {"url": "https://example.com/domovoi_tf-0.1.0-py3-none-any.whl", "archive_info": {}},
            "domovoi-tf @ https://example.com/domovoi_tf-0.1.0-py3-none-any.whl",
        ),
    ],
)
def test_workflow_installs_what_is_installed_here(
    document: dict[str, Any], requirement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install_command, "read_direct_url", lambda installed: document)
    scaffold.create_project(tmp_path / "beers", ci="github")
    text = (tmp_path / "beers" / PATH).read_text()
    assert yaml.safe_load(text)["env"]["DOMOVOI_TF"] == requirement
    assert "@REQUIREMENT@" not in text


def test_option_offers_each_service() -> None:
    (option,) = [each for each in new_project.params if each.name == "ci"]
    assert isinstance(option.type, click.Choice)
    assert list(option.type.choices) == scaffold.list_ci_services()
