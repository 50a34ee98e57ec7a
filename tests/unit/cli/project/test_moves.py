"""`domovoi-tf render` after a rename: what it moves, and what it asks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from domovoi_tf.cli.project.render import render
from domovoi_tf.rendering.manifest import MANIFEST, read_manifest

from ..conftest import APP, SCHEDULES, Fails, Run


def rename(project: Path, app: str = APP, **handlers: str) -> None:
    """Writes the app with other names of handlers."""
    for old, new in handlers.items():
        app = app.replace(f"def {old}(", f"def {new}(")
    (project / "app.py").write_text(app)


def read_moves(project: Path) -> list[str]:
    """Returns the moves in `moved.tf` as `old>new`, after comparing them with the manifest."""
    path = project / "terraform" / "app" / "moved.tf"
    text = path.read_text() if path.exists() else ""
    pairs = re.findall(r"^  from = module\.(\S+)\n  to   = module\.(\S+)$", text, re.MULTILINE)
    moves = [f"{old}>{new}" for old, new in pairs]
    kept = read_manifest(project / "terraform").moves
    assert moves == [f"{old}>{new}".replace("module.", "") for old, new in kept.items()]
    return moves


def test_rename_and_back(run: Run, project: Path) -> None:
    assert run("render").returncode == 0
    assert read_moves(project) == []
    rename(project, tend="serve")
    assert run("render", "--check").stdout == (
        "  stale  terraform/app/README.md\n  stale  terraform/app/moved.tf\n  stale  terraform/app/sns.tf\n"
    )
    assert run("render").returncode == 0
    assert read_moves(project) == ["tend>serve"]
    assert run("render", "--check").returncode == 0
    rename(project, tend="pour")
    assert run("render").returncode == 0
    assert read_moves(project) == ["serve>pour", "tend>serve"]
    rename(project, tend="tend")
    assert run("render").returncode == 0
    assert read_moves(project) == ["pour>tend", "serve>pour"]


OWN = {
    "app/extra.tf": "# mine\n",
    "app/lambda_override.tf": "# mine\n",
    "app/modules/lambda/main_override.tf": "# mine\n",
    "app/modules/triggers/sns/notes.md": "mine\n",
    "stages/dev/extra.tf": "# mine\n",
    "stages/dev/main_override.tf": "# mine\n",
    "stages/dev/terraform.tfvars": "# mine\n",
    ".checkov.yaml": "# mine\n",
}


def test_files_of_the_user_outlive_renames_removals_and_upgrades(run: Run, project: Path) -> None:
    assert run("render").returncode == 0
    tree, app = project / "terraform", project / "app.py"
    for path, text in OWN.items():
        (tree / path).write_text(text)
    before = {path: (tree / path).stat().st_mtime_ns for path in OWN}
    assert run("render", "--check").returncode == 0

    def upgrade() -> None:
        manifest = json.loads((tree / MANIFEST).read_text())
        (tree / MANIFEST).write_text(json.dumps({"files": manifest["rendered"], "source": "x"}))

    def remove() -> None:
        app.write_text(
            APP.replace('@app.sns_topic_subscriber("bartender")', '@app.sqs_queue_subscriber("b")')
        )

    changes: list[Callable[[], None]] = [lambda: rename(project, tend="serve"), remove, upgrade]
    for change in changes:
        change()
        assert run("render", "--check").returncode == 1
        assert run("render", "--force").returncode == 0
        assert run("render", "--check").returncode == 0
        assert {path: (tree / path).stat().st_mtime_ns for path in OWN} == before
    assert {path: (tree / path).read_text() for path in OWN} == OWN


def test_second_source_moves_the_first(run: Run, project: Path) -> None:
    assert run("render").returncode == 0
    queue = '@app.sqs_queue_subscriber("orders")\n@app.sns'
    (project / "app.py").write_text(APP.replace("@app.sns", queue))
    assert run("render").returncode == 0
    labels = [each.removeprefix("module.") for each in read_manifest(project / "terraform").addresses]
    topic = next(label for label in labels if label.startswith("tend") and "orders" not in label)
    assert read_moves(project) == ([] if topic == "tend" else [f"tend>{topic}"])


def test_answers(run: Run, fails: Fails, project: Path) -> None:
    app = SCHEDULES.replace("1 hour", "1 day")
    rename(project, app)
    assert run("render").returncode == 0
    before = (project / "terraform" / "app" / "schedule.tf").read_text()
    rename(project, app, tick="wake", tidy="ring")
    assert fails("render") == (
        "Error: app.py:10: tick and tidy no longer handle schedule rate(1 day), but ring (app.py:10) and "
        "wake (app.py:6) do: nothing tells which was renamed\n"
        "    Add --renamed OLD=NEW, such as --renamed tick=ring, for each that was renamed, and --replace "
        "OLD, such as --replace tick, for each whose resources can be destroyed.\n"
    )
    assert fails("render", "--renamed", "tick=wake", "--replace", "tody").startswith("Error: 3 problems\n")
    assert (project / "terraform" / "app" / "schedule.tf").read_text() == before
    assert fails("render", "--renamed", "tick=wake", "--replace", "tidy") == (
        "Error: app.py:6: wake was tick in the last rendering, and its names on AWS would change "
        "(<app>-<stage>-tick would become <app>-<stage>-wake), which replaces what has them: a run that is "
        "due in between is skipped\n"
        '    Keep the names with name="tick" in the decorator, or replace it with --replace tick.\n'
    )
    (project / "app.py").write_text(
        (project / "app.py").read_text().replace('day)"', 'day)", name="tick"', 1)
    )
    assert run("render", "--replace", "tidy").returncode == 0
    assert read_moves(project) == []


@pytest.mark.parametrize("text", ["tend", "tend=", "=serve"])
def test_answer_without_both_names_is_an_error(project: Path, text: str) -> None:
    message = f"'{text}' is not OLD=NEW, the names of a handler before and after."
    with pytest.raises(click.BadParameter, match=re.escape(message)):
        render.main(["--renamed", text], standalone_mode=False)


def test_state_of_a_tree_without_a_record_is_a_warning(run: Run, project: Path) -> None:
    def write_state(*resources: dict[str, str]) -> None:
        state = {"version": 4, "serial": 1, "lineage": "bar", "resources": resources}
        (project / "terraform" / "stages" / "dev" / "terraform.tfstate").write_text(json.dumps(state))

    manifest = project / "terraform" / MANIFEST
    assert run("render").stderr == ""
    write_state({"mode": "managed"})
    assert run("render").stderr == ""  # the manifest tells what there was
    manifest.unlink()
    assert run("render", "--force").stderr == (
        "Warning: terraform has no record of an earlier rendering, and dev may be deployed: renames since "
        "then cannot be seen. Look at what the plan destroys; name= keeps the old name of a handler.\n"
    )
    manifest.unlink()
    write_state()
    assert run("render", "--force").stderr == ""
    manifest.unlink()
    connected = project / "terraform" / "stages" / "dev" / ".terraform"
    connected.mkdir()
    (connected / "terraform.tfstate").write_text("{}")
    assert run("render", "--force").stderr.startswith("Warning: terraform has no record")
