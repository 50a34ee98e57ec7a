"""The recipes for CI are valid, and ask for no more permissions than they need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .test_layout import ROOT

RECIPES = ROOT / "examples" / "ci"
CHECKER = Path(sys.executable).with_name("check-jsonschema")


def read(name: str) -> dict[str, Any]:
    # GitHub reads YAML 1.2, in which `on` is a string.
    text = (RECIPES / name).read_text().replace("\non:", '\n"on":')
    document: dict[str, Any] = yaml.safe_load(text)
    return document


@pytest.mark.parametrize(
    ("name", "schema"), [("github.yml", "vendor.github-workflows"), ("gitlab.yml", "vendor.gitlab-ci")]
)
def test_recipe_matches_the_schema_of_its_service(name: str, schema: str, tmp_path: Path) -> None:
    def check(path: Path) -> int:
        return subprocess.run([CHECKER, "--builtin-schema", schema, path], capture_output=True).returncode

    assert check(RECIPES / name) == 0
    broken = tmp_path / name
    broken.write_text((RECIPES / name).read_text().replace("plan:\n", "plan: 1\nunused:\n"))
    assert check(broken) == 1


def test_recipe_of_atlantis_names_its_workflow_and_the_root_module() -> None:
    """Its service has no schema."""
    recipe = read("atlantis.yaml")
    assert recipe.keys() == {"version", "automerge", "projects", "workflows"}
    (project,) = recipe["projects"]
    assert project.keys() == {"name", "dir", "workflow", "autoplan", "apply_requirements"}
    assert (recipe["version"], project["dir"]) == (3, f"terraform/stages/{project['name']}")
    assert recipe["workflows"].keys() == {project["workflow"]}
    steps = [step for part in recipe["workflows"]["domovoi-tf"].values() for step in part["steps"]]
    assert {tuple(step) for step in steps} == {("run",)}


def test_jobs_have_the_permissions_that_they_need() -> None:
    github = read("github.yml")
    assert github["permissions"] == {}
    of_aws = {"contents": "read", "id-token": "write"}
    assert {name: job["permissions"] for name, job in github["jobs"].items()} == {
        "plan": {**of_aws, "pull-requests": "write"},
        "apply": of_aws,
    }


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml", "atlantis.yaml"])
def test_page_about_ci_names_each_recipe(name: str) -> None:
    assert f"(../../examples/ci/{name})" in (ROOT / "docs" / "guides" / "ci.md").read_text()
