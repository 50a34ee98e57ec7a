"""Import blocks for what a killed Terraform created and did not write down."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fake_aws import refusal
from fake_terraform import FakeTerraform

from domovoi_tf.errors import BackendError
from domovoi_tf.model.resource_type import ResourceType
from domovoi_tf.plans import existing_resources
from domovoi_tf.plans.existing_resources import ExistingResource
from domovoi_tf.state import recovery
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

HEADER = (
    "# Written by `domovoi-tf backend recover`: resources that exist but are missing from the state.\n"
    "# Remove this file after `domovoi-tf apply --stage dev` has succeeded.\n"
)


@pytest.fixture
def runner(terraform: FakeTerraform, tmp_path: Path) -> Terraform:
    folder = tmp_path / "dev"
    folder.mkdir()
    return Terraform(folder, {}, Binary(terraform.path, "terraform"))


def planned(address: str, actions: tuple[str, ...] = ("create",), kind: str = "aws_x", **after: Any) -> Any:
    return {"address": address, "type": kind, "change": {"actions": list(actions), "after": after}}


def plan(terraform: FakeTerraform, *changes: Any) -> None:
    """Lets Terraform plan these changes."""
    terraform.on("plan", files={"-out": "plan"})
    terraform.on("show -json", json.dumps({"resource_changes": list(changes)} if changes else {}))


def find(client: Any, values: Any) -> str | None:
    """Finds the resources that the client has; one that names no ``name`` is not known yet."""
    found = client("x").get(values["name"], "")
    if isinstance(found, Exception):
        raise found
    return str(found) or None


@pytest.fixture(autouse=True)
def types(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "aws_x": ResourceType(type="aws_x", noun="x", identity=("name",), find=find),
        "aws_adopted": ResourceType(
            type="aws_adopted", noun="y", identity=("name",), adopted="it is replaced"
        ),
    }
    monkeypatch.setattr(existing_resources, "list_resource_types", lambda: found)


def recover(runner: Terraform, **existing: Any) -> tuple[ExistingResource, ...]:
    return recovery.recover(runner, lambda service: existing)


def test_blocks_are_written_for_what_exists(terraform: FakeTerraform, runner: Terraform) -> None:
    plan(
        terraform,
        planned('module.app.module.tend["a"].aws_x.this', name="a"),
        planned("module.app.aws_x.b", name="b"),
        planned("module.app.aws_x.gone", name="gone"),
        planned("module.app.aws_adopted.c", kind="aws_adopted", name="a"),
        planned("module.app.aws_unknown.d", kind="aws_unknown", name="a"),
        planned("module.app.aws_x.changed", ("update",), name="a"),
        planned("module.app.aws_x.replaced", ("delete", "create"), name="a"),
        planned("module.app.aws_x.unknown_yet", other="a"),
    )
    found = recover(runner, a="id of a", b='${"b"}')
    assert found == (
        ExistingResource('module.app.module.tend["a"].aws_x.this', "id of a"),
        ExistingResource("module.app.aws_x.b", '${"b"}'),
    )
    assert (runner.folder / "imports.tf").read_text() == (
        f'{HEADER}\nimport {{\n  to = module.app.module.tend["a"].aws_x.this\n  id = "id of a"\n}}\n'
        '\nimport {\n  to = module.app.aws_x.b\n  id = "$${\\"b\\"}"\n}\n'
    )


def test_plan_is_made_in_private_and_removed(terraform: FakeTerraform, runner: Terraform) -> None:
    plan(terraform)
    assert recover(runner) == ()
    assert not (runner.folder / "imports.tf").exists()
    first, second = (call["args"] for call in terraform.calls)
    assert first[:3] == ["plan", "-input=false", "-no-color"]
    path = first[3].removeprefix("-out=")
    assert second == ["show", "-json", path]
    assert not Path(path).parent.exists()


@pytest.mark.parametrize(
    "address",
    [
        "module.app",
        "x",
        'module.app["${x}"].aws_x.b',
        'module.app["%{x}"].aws_x.b',
        'module.app["a\\"b"].aws_x.b',
        "module.app.aws_x.b[0]",
        "module.app.aws_x.b\n",
        "1.aws_x.b",
    ],
)
def test_only_plain_addresses_are_written(terraform: FakeTerraform, runner: Terraform, address: str) -> None:
    plan(terraform, planned(address, name="a"))
    expected = (ExistingResource(address, "id"),) if address == "module.app" else ()
    assert recover(runner, a="id") == expected


@pytest.mark.parametrize(
    "code",
    [
        "ResourceNotFoundException",
        "NoSuchEntity",
        "AWS.SimpleQueueService.NonExistentQueue",
        "RuleDoesNotExist",
        "404",
    ],
)
def test_resource_unknown_to_aws_does_not_exist(
    terraform: FakeTerraform, runner: Terraform, code: str
) -> None:
    plan(terraform, planned("module.app.aws_x.a", name="a"), planned("module.app.aws_x.b", name="b"))
    assert recover(runner, a=refusal(code), b="id") == (ExistingResource("module.app.aws_x.b", "id"),)


@pytest.mark.parametrize("code", ["AccessDenied", "4040", "Throttling"])
def test_other_errors_of_aws_end_the_search(terraform: FakeTerraform, runner: Terraform, code: str) -> None:
    plan(terraform, planned("module.app.aws_x.a", name="a"))
    with pytest.raises(ClientError):
        recover(runner, a=refusal(code))


def test_each_round_may_find_what_depends_on_the_one_before(
    terraform: FakeTerraform, runner: Terraform
) -> None:
    """A listener is known only once its load balancer is imported."""
    imports = runner.folder / "imports.tf"

    def client(service: str) -> Any:
        imported = imports.read_text().count("import {") if imports.exists() else 0
        return {name: name for name in "abcdef"[: imported + 1]}

    plan(terraform, *(planned(f"module.app.aws_x.{name}", name=name) for name in "abcdef"))
    found = recovery.recover(runner, client)
    assert [each.id for each in found] == ["a", "b", "c", "d"]
    assert len([command for command in terraform.commands if command.startswith("plan")]) == 4
    assert imports.read_text().count("import {") == 4


def test_search_ends_once_a_round_finds_nothing_new(terraform: FakeTerraform, runner: Terraform) -> None:
    plan(terraform, planned("module.app.aws_x.a", name="a"))
    assert recover(runner, a="id") == (ExistingResource("module.app.aws_x.a", "id"),)
    assert len([command for command in terraform.commands if command.startswith("plan")]) == 2


def test_own_file_is_written_anew_and_a_file_of_the_user_kept(
    terraform: FakeTerraform, runner: Terraform
) -> None:
    imports = runner.folder / "imports.tf"
    plan(terraform)
    imports.write_text(f"{HEADER}\nimport {{\n  to = a.b\n  id = 1\n}}\n")
    assert recover(runner) == ()
    assert not imports.exists()
    imports.write_text(
        "# Written by `domovoi-tf backend recover`: resources that exist but are missing in the state.\n"
    )
    assert recover(runner) == ()
    assert not imports.exists()
    imports.write_text("import {\n  to = a.b\n  id = 1\n}\n")
    with pytest.raises(BackendError) as caught:
        recover(runner)
    assert str(caught.value) == (
        f"{imports} exists and was not written by domovoi-tf.\n"
        "Rename it: `domovoi-tf backend recover` writes a file with this name."
    )
    assert imports.exists()


def test_existing_resources_are_imported(terraform: FakeTerraform, runner: Terraform) -> None:
    plan(
        terraform,
        planned('module.app.module.tend["a"].aws_x.this', name="a"),
        planned("module.app.aws_x.b", name="b"),
        planned("module.app.aws_x.gone", name="gone"),
    )
    terraform.on("import")
    existing = {"a": "id of a", "b": "id of b"}
    resources = recovery.import_existing(runner, lambda service: existing)
    first = next(resources)
    assert first == ExistingResource('module.app.module.tend["a"].aws_x.this', "id of a")
    assert not any(command.startswith("import") for command in terraform.commands)
    assert next(resources) == ExistingResource("module.app.aws_x.b", "id of b")
    plan(terraform, planned("module.app.aws_x.gone", name="gone"))
    assert list(resources) == []
    assert [command for command in terraform.commands if command.startswith("import")] == [
        'import -input=false -no-color module.app.module.tend["a"].aws_x.this id of a',
        "import -input=false -no-color module.app.aws_x.b id of b",
    ]
    assert not (runner.folder / "imports.tf").exists()


def test_imports_end_even_if_terraform_still_plans_the_resources(
    terraform: FakeTerraform, runner: Terraform
) -> None:
    plan(terraform, planned("module.app.aws_x.a", name="a"))
    terraform.on("import")
    assert len(list(recovery.import_existing(runner, lambda service: {"a": "id"}))) == recovery._MAX_ROUNDS


# A state that a killed Terraform left

HOLD = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("content", "is_broken"),
    [(b'{"version": 4}', False), (b"", False), (b'{"version": 4, "resou', True), (b"\0" * 9, True)],
)
def test_state_that_is_not_json_is_removed(tmp_path: Path, content: bytes, is_broken: bool) -> None:
    state = tmp_path / "state"
    assert not recovery.discard_broken_state(state)
    state.write_bytes(content)
    assert recovery.discard_broken_state(state) is is_broken
    assert state.exists() is not is_broken


def test_state_that_terraform_is_writing_is_left_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text('{"version": 4, "resou')
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as terraform:
        assert terraform.stdout
        assert terraform.stdout.readline() == b"locked\n"
        assert not recovery.discard_broken_state(state)
        terraform.communicate()
    with state.open("rb") as file:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    assert recovery.discard_broken_state(state)
