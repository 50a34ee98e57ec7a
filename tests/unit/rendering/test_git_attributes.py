"""Git merges rendered files by their lines, and never files of the user."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.rendering.git_attributes import ATTRIBUTES, render_attributes
from domovoi_tf.rendering.manifest import MANIFEST
from domovoi_tf.system import assets

GOLDEN = Path(__file__).parents[2] / "golden"
#: Copies, of which no branch has a version of its own.
COPIES = ("app/modules/", "app/state_machines/", "stages/dev/policy", "stages/prod/policy")


def list_rendered_files() -> Iterator[str]:
    for name in ("every_source", "every_setting"):
        for path in (GOLDEN / name).rglob("*"):
            if path.is_file() and path.parent != GOLDEN / name:
                yield path.relative_to(GOLDEN / name).as_posix()


def read_attributes(folder: Path, paths: list[str]) -> dict[str, dict[str, str]]:
    """Returns the attributes that the real Git finds for some paths."""
    (folder / "terraform").mkdir()
    (folder / "terraform" / ATTRIBUTES).write_bytes(render_attributes(assets.find_templates()).content)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    command = ["git", "check-attr", "-z", "merge", "linguist-generated", "--"]
    done = subprocess.run(
        [*command, *(f"terraform/{path}" for path in paths)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    fields = done.stdout.split("\0")[:-1]
    found: dict[str, dict[str, str]] = {}
    for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        found.setdefault(path.removeprefix("terraform/"), {})[name] = value
    return found


def test_each_rendered_file_is_named_and_no_other(tmp_path: Path) -> None:
    rendered = [path for path in list_rendered_files() if not path.startswith(COPIES)]
    own = [
        "app/extra.tf",
        "app/main_override.tf",
        "stages/dev/terraform.tfvars",
        "stages/dev/extra.tf",
        "stages/README.md",
        "app/deeper/sns.tf",
        "app/policies/sns.tf",
    ]
    found = read_attributes(tmp_path, [MANIFEST, *rendered, *own, "app/modules/sns/main.tf", ATTRIBUTES])
    assert len(rendered) > 30
    for path in (MANIFEST, *rendered):
        assert found[path] == {"merge": "union", "linguist-generated": "set"}, path
    for path in own:
        assert found[path] == {"merge": "unspecified", "linguist-generated": "unspecified"}, path
    for path in ("app/modules/sns/main.tf", ATTRIBUTES):
        assert found[path] == {"merge": "unspecified", "linguist-generated": "set"}, path
