"""Branches that each add a handler merge with Git, and `render` heals the tree."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Fails, Run, read_contents, write_project

HEAD = "from domovoi_tf import Domovoi\n\napp = Domovoi()\n"
Git = Callable[..., "subprocess.CompletedProcess[str]"]


def declare(name: str, decorator: str) -> str:
    return f"\n\n@app.{decorator}\ndef {name}(event, context): ...\n"


BASE = [
    declare("greet", 'dynamodb_stream_handler("guests")'),
    declare("tend", 'sns_topic_subscriber("tend")'),
]
#: Pairs of handlers that two branches add, in the same files and the same lists of a role, or apart.
PAIRS = {
    "same kind": (
        declare("serve", 'dynamodb_stream_handler("servings")'),
        declare("settle_all_bills", 'dynamodb_stream_handler("settlements")'),
    ),
    "different kinds": (
        declare("serve", 'sqs_queue_subscriber("servings")'),
        declare("settle", 'scheduled_function("rate(1 day)")'),
    ),
}


@pytest.fixture
def git(project: Path, tmp_path: Path) -> Git:
    names = {
        f"GIT_{who}_{what}": "x@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environment = {**os.environ, **names, "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *args], cwd=project, env=environment, capture_output=True, text=True, check=check
        )

    git("init", "--quiet", "--initial-branch=main")
    return git


@pytest.fixture
def commit(git: Git, run: Run, project: Path) -> Callable[..., None]:
    def commit(branch: str, handlers: list[str]) -> None:
        """Renders an app in a new branch of main, and commits the tree."""
        if branch != "main":
            git("checkout", "--quiet", "-b", branch, "main")
        (project / "app.py").write_text(HEAD + "".join(handlers))
        assert run("render").returncode == 0
        git("add", "--all")
        git("commit", "--quiet", "--message", branch)

    return commit


def check_tree(run: Run, project: Path, tmp_path: Path) -> None:
    """Asserts that `render` writes what a fresh rendering writes."""
    done = run("render")
    assert (done.returncode, done.stderr) == (0, "")
    fresh = write_project(tmp_path / "fresh" / "bar", (project / "app.py").read_text(), {"app_name": "bar"})
    assert run("render", str(fresh)).returncode == 0
    assert read_contents(project / "terraform") == read_contents(fresh / "terraform")


@pytest.mark.parametrize("pair", PAIRS)
def test_merge_has_no_conflict_in_rendered_files(
    git: Git, commit: Callable[..., None], run: Run, project: Path, tmp_path: Path, pair: str
) -> None:
    one, other = PAIRS[pair]
    commit("main", BASE)
    commit("one", [*BASE, one])
    commit("other", [*BASE, other])
    git("merge", "one", check=False)
    assert git("diff", "--name-only", "--diff-filter=U").stdout.splitlines() == ["app.py"]
    (project / "app.py").write_text(HEAD + "".join([*BASE, one, other]))
    assert run("render", "--check").returncode == 1
    check_tree(run, project, tmp_path)


@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_conflict_markers_are_healed_but_edits_are_kept(
    git: Git, commit: Callable[..., None], run: Run, fails: Fails, project: Path, tmp_path: Path, style: str
) -> None:
    one, other = PAIRS["same kind"]
    git("config", "merge.conflictStyle", style)
    # As on a server that does not know the union merge.
    (project / ".git" / "info" / "attributes").write_text("* !merge\n")
    commit("main", BASE)
    commit("one", [*BASE, one])
    commit("other", [*BASE, other])
    git("merge", "one", check=False)
    assert {"terraform/.domovoi-tf.json", "terraform/app/dynamodb.tf"} < {
        *git("diff", "--name-only", "--diff-filter=U").stdout.splitlines()
    }
    (project / "app.py").write_text(HEAD + "".join([*BASE, one, other]))
    edited = project / "terraform" / "app" / "dynamodb.tf"
    merged = edited.read_text()
    edited.write_text(merged + "# mine\n")
    assert fails("render") == (
        "Error: These files were edited, or domovoi-tf did not write them:\n"
        "  terraform/app/dynamodb.tf\n"
        "Move your changes into a file of your own beside them (extra.tf, or main_override.tf), "
        "or overwrite them with --force.\n"
    )
    edited.write_text(merged)
    check_tree(run, project, tmp_path)


def test_branches_that_rename_and_remove_handlers_are_healed_with_their_moves(
    git: Git, commit: Callable[..., None], run: Run, project: Path, tmp_path: Path
) -> None:
    one, other = PAIRS["same kind"]
    commit("main", [*BASE, one, other])
    one, renamed = one.replace("serve", "bring", 1), BASE[1].replace("tend(", "pour(")
    commit("one", [BASE[0], renamed, one, other])
    commit("other", [BASE[1], one.replace("bring", "carry")])
    git("merge", "one", check=False)
    assert git("diff", "--name-only", "--diff-filter=U").stdout.splitlines() == ["app.py"]
    (project / "app.py").write_text(HEAD + renamed + one)
    done = run("render")
    assert (done.returncode, done.stderr) == (0, "")
    moved = (project / "terraform" / "app" / "moved.tf").read_text()
    assert re.findall(r"(?:from|to) +=.*", moved) == [
        "from = module.serve",
        "to   = module.carry",
        "from = module.tend",
        "to   = module.pour",
    ]
    fresh = write_project(tmp_path / "fresh" / "bar", (project / "app.py").read_text(), {"app_name": "bar"})
    assert run("render", str(fresh)).returncode == 0
    expected, found = read_contents(fresh / "terraform"), read_contents(project / "terraform")
    del found["app/moved.tf"], found[".domovoi-tf.json"], expected[".domovoi-tf.json"]
    assert found == expected


def test_attributes_of_the_user_are_left_alone(run: Run, project: Path) -> None:
    own = project / "terraform" / ".gitattributes"
    own.parent.mkdir()
    own.write_text("*.tf text\n")
    assert run("render").returncode == 0
    assert own.read_text() == "*.tf text\n"
    own.unlink()
    assert run("render").returncode == 0
    own.write_text(own.read_text() + "*.tf text\n")
    changed = own.read_text()
    assert run("render").returncode == 0
    assert run("render", "--check").returncode == 0
    assert own.read_text() == changed
