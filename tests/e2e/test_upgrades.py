"""Upgrades the deployed app of each earlier release: today's tree destroys and replaces nothing of it.

``tests/upgrades/README.md`` describes the trees of the releases. The emulator accepts all that their app
declares; there are no FIFO topics, since SNS delivers those to queues only and ``render`` rejects them.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import tftest

from .conftest import HERE, Account, apply

pytestmark = pytest.mark.emulator

RELEASES = sorted(path.parent for path in (HERE.parent / "upgrades").glob("*/account.json"))


def create_resources(account: Account, description: dict[str, Any]) -> dict[str, str]:
    """Creates the resources that the app refers to and does not own.

    Returns Terraform's environment variables with the values of the app's input variables.
    """
    variables = dict(description["variables"])
    for call in description["calls"]:
        answer = getattr(account.client(call["service"]), call["call"])(**call["arguments"])
        for name, path in call.get("variables", {}).items():
            variables[name] = reduce(lambda value, key: value[key], path, answer)
    return {f"TF_VAR_{name}": value for name, value in variables.items()}


def run(account: Account, command: str, project: Path) -> None:
    """Runs a command of domovoi-tf in the project, as a user does."""
    done = account.command_line(command, cwd=project)
    assert done.code == 0, done.err


def list_resources(runner: tftest.TerraformTest) -> list[str]:
    """Returns the addresses of the deployed resources, without data sources."""
    addresses = runner.execute_command("state", "list").out.splitlines()
    return [address for address in addresses if not re.search(r"(^|\.)data\.", address)]


def find_losses(deployed: Sequence[str], plan: Any) -> list[str]:
    """Returns the deployed resources that a plan does not keep, each with what happens to it and why."""
    changes = {
        change.get("previous_address", change["address"]): change for change in plan["resource_changes"]
    }
    losses = []
    for address in deployed:
        change = changes.get(address, {}).get("change", {"actions": ["unknown to the plan"]})
        if change["actions"] not in (["no-op"], ["update"]):
            arguments = [".".join(map(str, path)) for path in change.get("replace_paths", [])]
            reason = f" because of {', '.join(arguments)}" if arguments else ""
            losses.append(f"{address}: {' and '.join(change['actions'])}{reason}")
    return losses


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_upgrade_from_release_destroys_nothing(release: Path, tmp_path: Path, account: Account) -> None:
    project = tmp_path / "heirloom"
    shutil.copytree(release / "project", project)
    shutil.copytree(release / "terraform", project / "terraform")
    variables = create_resources(account, json.loads((release / "account.json").read_text()))
    root = str(project / "terraform" / "stages" / "dev")
    environment = {**account.environment, **variables}
    runner = tftest.TerraformTest(root, binary=str(account.terraform.path), env=environment)

    run(account, "package", project)
    runner.setup(cleanup_on_exit=False)
    apply(runner)
    deployed = list_resources(runner)

    run(account, "render", project)
    run(account, "package", project)
    runner.setup(cleanup_on_exit=False)
    losses = find_losses(deployed, runner.plan(output=True))
    assert deployed
    assert not losses, "the upgrade destroys or replaces:\n" + "\n".join(losses)
