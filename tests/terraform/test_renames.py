"""The real Terraform moves what render says, in every stage, and would fail where render refuses.

The tree's module calls are replaced by a module with one ``terraform_data``, which is replaced if it becomes
something else, and which needs no provider. The moved blocks are those of the tree.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from domovoi_tf.cli.project.render import render
from domovoi_tf.cli.terraform.prune_moves import prune_moves
from domovoi_tf.errors import DomovoiError, TerraformError
from domovoi_tf.rendering.manifest import read_manifest
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform
APP = "from domovoi_tf import Domovoi\n\napp = Domovoi()\n"
STUB = """variable "identity" { type = string }

resource "terraform_data" "this" {
  triggers_replace = var.identity
}
"""


class Plan(NamedTuple):
    """The moves of a plan as ``old>new``, and its other changes as ``label: action``."""

    moves: list[str]
    changes: list[str]


class Project:
    """An app with one SNS topic for each handler, and the stages that it is deployed to."""

    def __init__(self, folder: Path, binary: Binary, environment: dict[str, str]) -> None:
        self.folder, self.binary, self.environment = folder / "bar", binary, environment
        self.tree, self.stub = self.folder / "terraform", folder / "stub"
        (self.folder / ".chalice").mkdir(parents=True)
        (self.folder / ".chalice" / "config.json").write_text('{"app_name": "bar"}')

    def render(self, handlers: str, *options: str, stages: tuple[str, ...] = ("dev", "prod")) -> None:
        """Renders the app with handlers, each with its topic, such as ``tend=orders``.

        Raises:
            DomovoiError: the renames are refused.
        """
        pairs = [each.split("=") for each in handlers.split()]
        lines = [
            f'@app.sns_topic_subscriber("{topic}")\ndef {name}(event, context): ...\n'
            for name, topic in pairs
        ]
        (self.folder / "app.py").write_text("\n".join([APP, *lines]))
        names = [argument for stage in stages for argument in ("--stage", stage)]
        render.main([str(self.folder), *names, *options], standalone_mode=False)

    def prune(self) -> int:
        """Prunes the moves, and returns the exit code."""
        try:
            prune_moves.main([str(self.folder)], standalone_mode=False)
        except SystemExit as exited:
            return int(exited.code or 0)
        return 0

    @property
    def moves(self) -> list[str]:
        """The moves in the manifest as ``old>new``."""
        return [f"{old}>{new}".replace("module.", "") for old, new in read_manifest(self.tree).moves.items()]

    def plan(self, stage: str) -> Plan:
        """Plans a stage with the moved blocks of the tree."""
        terraform = self._open(stage)
        terraform.capture("plan", "-input=false", "-out=plan")
        changes = terraform.read_json("show", "plan").get("resource_changes", [])
        moved = [each for each in changes if "previous_address" in each]
        actions = [(each["address"], "+".join(each["change"]["actions"])) for each in changes]
        return Plan(
            [f"{get_label(each['previous_address'])}>{get_label(each['address'])}" for each in moved],
            [f"{get_label(address)}: {action}" for address, action in actions if action != "no-op"],
        )

    def deploy(self, stage: str) -> None:
        """Applies the tree to a stage."""
        terraform = self._open(stage)
        terraform.capture("apply", "-input=false", "-auto-approve")
        state = terraform.folder / "terraform.tfstate"
        shutil.copy(state, self.tree / "stages" / stage / "terraform.tfstate")

    def _open(self, stage: str) -> Terraform:
        folder = self.stub / stage
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "main.tf").write_text('module "app" {\n  source = "../app"\n}\n')
        write_app(self.stub / "app", self.tree)
        terraform = Terraform(folder, self.environment, self.binary)
        terraform.capture("init", "-input=false")
        return terraform


def write_app(folder: Path, tree: Path) -> None:
    """Writes a module with the module calls of a tree and its moved blocks."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "stub").mkdir(parents=True)
    (folder / "stub" / "main.tf").write_text(STUB)
    addresses = read_manifest(tree).addresses.items()
    blocks = {address.removeprefix("module."): block for address, block in addresses if block.handlers}
    calls = [
        f'module "{label}" {{\n  source   = "./stub"\n  identity = "{block.source}"\n}}\n'
        for label, block in blocks.items()
    ]
    (folder / "main.tf").write_text("\n".join(calls))
    if (tree / "app" / "moved.tf").exists():
        shutil.copy(tree / "app" / "moved.tf", folder)


def get_label(address: str) -> str:
    return address.removeprefix("module.app.module.").partition(".")[0]


@pytest.fixture
def project(tmp_path: Path, terraform_binary: Binary, terraform_environment: dict[str, str]) -> Project:
    """A project with a handler that is deployed to two stages."""
    made = Project(tmp_path, terraform_binary, terraform_environment)
    made.render("tend=orders")
    for stage in ("dev", "prod"):
        made.deploy(stage)
    return made


def refuse(project: Project, handlers: str, *options: str) -> str:
    """Returns the message of a rendering that is refused, after checking that it wrote nothing."""
    before = read_manifest(project.tree)
    with pytest.raises(DomovoiError) as raised:
        project.render(handlers, *options)
    assert read_manifest(project.tree) == before
    return str(raised.value)


def test_renames_are_moved_in_every_stage_and_pruned_when_all_have_applied(project: Project) -> None:
    project.render("serve=orders")
    assert project.plan("dev") == Plan(["tend>serve"], [])
    project.deploy("dev")
    project.render("pour=orders")
    assert project.plan("dev") == Plan(["serve>pour"], [])
    assert project.plan("prod") == Plan(["tend>pour"], [])
    project.deploy("dev")
    assert project.prune() == 0
    assert project.moves == ["serve>pour", "tend>serve"]  # prod needs both
    project.deploy("prod")
    assert project.prune() == 0
    assert project.moves == []
    assert not (project.tree / "app" / "moved.tf").exists()
    assert project.plan("prod") == Plan([], [])


def test_renamed_back_leaves_only_the_way_back(project: Project) -> None:
    project.render("serve=orders")
    project.deploy("dev")
    project.render("tend=orders")
    assert project.moves == ["serve>tend"]
    assert project.plan("dev") == Plan(["serve>tend"], [])
    assert project.plan("prod") == Plan([], [])


def test_one_of_two_renames_back_is_found_from_each_name(project: Project) -> None:
    project.render("serve=orders")
    project.deploy("dev")
    project.render("pour=orders")
    project.render("serve=orders")
    assert project.moves == ["pour>tend", "tend>serve"]  # Terraform rejects two moves to one address
    assert project.plan("prod") == Plan(["tend>serve"], [])
    assert project.plan("dev") == Plan([], [])


def test_swap_is_refused_because_terraform_cannot_do_it(project: Project) -> None:
    project.render("tend=orders fetch=menu")
    project.deploy("dev")
    assert refuse(project, "tend=menu fetch=orders").startswith(
        "app.py:5: fetch and tend have changed places, which Terraform cannot do in one step\n"
    )
    (project.tree / "app" / "moved.tf").write_text(
        "moved {\n  from = module.tend\n  to = module.fetch\n}\n"
        "moved {\n  from = module.fetch\n  to = module.tend\n}\n"
    )
    with pytest.raises(TerraformError) as refused:
        project.plan("dev")
    assert str(refused.value).splitlines() == [
        "A moved block moves module.app.module.tend away, which is in use.",
        "A moved block moves module.app.module.fetch away, which is in use.",
        "If you restored terraform/ from version control, remove terraform/app/moved.tf, which it did not "
        "have. Then run `domovoi-tf render`. See docs/guides/renaming.md.",
    ]
    (project.tree / "app" / "moved.tf").unlink()
    project.render("tend=menu fetch=orders", "--replace", "tend", "--replace", "fetch")
    assert project.plan("dev") == Plan([], ["fetch: delete+create", "tend: delete+create"])


def test_name_is_used_again_once_the_moves_are_pruned(project: Project) -> None:
    project.render("serve=orders")
    project.deploy("dev")
    message = refuse(project, "serve=orders tend=menu")
    assert "tend gets the address module.tend, at which a stage that has not been deployed since" in message
    project.prune()
    assert refuse(project, "serve=orders tend=menu") == message  # prod has not been deployed
    project.deploy("prod")
    project.prune()
    project.render("serve=orders tend=menu")
    for stage in ("dev", "prod"):
        assert project.plan(stage) == Plan([], ["tend: create"])


def test_name_is_used_again_at_the_price_of_what_a_stage_still_has(project: Project) -> None:
    project.render("serve=orders")
    project.render("serve=orders tend=menu", "--replace", "module.tend")
    assert project.plan("prod") == Plan([], ["serve: create", "tend: delete+create"])


def test_rename_into_another_function_is_moved_if_the_user_says_so(project: Project) -> None:
    reports = 'app.function("reports")\n@app.sns_topic_subscriber("orders", function="reports")\n'
    (project.folder / "app.py").write_text(f"{APP}\n{reports}def serve(event, context): ...\n")
    render.main([str(project.folder), "--renamed", "tend=serve"], standalone_mode=False)
    assert project.plan("dev") == Plan(["tend>serve"], [])


def test_replaced_handler_is_destroyed_and_created_where_it_cannot_move(project: Project) -> None:
    project.render("serve=orders tend=menu", "--replace", "tend")
    assert project.moves == []
    assert project.plan("dev") == Plan([], ["serve: create", "tend: delete+create"])


def test_second_source_of_a_handler_moves_the_first(project: Project) -> None:
    source = (project.folder / "app.py").read_text()
    decorator = "@app.sns_topic_subscriber"
    (project.folder / "app.py").write_text(source.replace(decorator, f'{decorator}("menu")\n{decorator}'))
    render.main([str(project.folder)], standalone_mode=False)
    assert project.plan("dev") == Plan(["tend>tend_orders"], ["tend_menu: create"])
    project.deploy("dev")
    project.render("tend=orders")
    assert project.plan("dev") == Plan(["tend_orders>tend"], ["tend_menu: delete"])
    assert project.plan("prod") == Plan([], [])


def test_markers_of_a_merge_are_healed(project: Project) -> None:
    project.render("serve=orders")
    moved = project.tree / "app" / "moved.tf"
    text = moved.read_text()
    block = "moved {\n  from = module.tend\n  to   = module.pour\n}\n"
    moved.write_text(f"<<<<<<< HEAD\n{text}=======\n{text}\n{block}>>>>>>> other\n")
    project.render("serve=orders", "--force")
    assert moved.read_text() == text
    assert project.plan("prod") == Plan(["tend>serve"], [])


def test_state_that_cannot_be_read_keeps_all_moves(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.render("serve=orders")
    for stage in ("dev", "prod"):
        project.deploy(stage)
    state: dict[str, Any] = json.loads((project.tree / "stages" / "prod" / "terraform.tfstate").read_text())
    (project.tree / "stages" / "prod" / "terraform.tfstate").write_text("{")
    capsys.readouterr()
    assert project.prune() == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["  kept     module.tend -> module.serve", "0 of 1 moved blocks removed."]
    assert lines[2].startswith("The state of prod cannot be read: ")
    assert project.moves == ["tend>serve"]
    (project.tree / "stages" / "prod" / "terraform.tfstate").write_text(json.dumps(state))
    assert project.prune() == 0
    assert project.moves == []


def test_state_elsewhere_is_read_after_the_folder_is_initialised(project: Project) -> None:
    project.render("serve=orders", stages=("dev", "prod"))
    elsewhere = project.folder / "state.json"
    config = {"app_name": "bar", "terraform": {"backend": {"local": {"path": str(elsewhere)}}}}
    (project.folder / ".chalice" / "config.json").write_text(json.dumps(config))
    project.render("serve=orders", stages=("dev", "prod"))
    (project.tree / "stages" / "dev" / "terraform.tfstate").rename(elsewhere)
    (project.tree / "stages" / "prod" / "terraform.tfstate").unlink()  # or Terraform asks to copy it there
    assert project.prune() == 0
    assert project.moves == ["tend>serve"]  # the state, which both stages have here, is at the old address
