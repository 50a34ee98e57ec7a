"""A journal that is damaged or hostile changes nothing, inside or outside of its folder."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.system import folder_transaction
from domovoi_tf.system.folder_transaction import COMMITTED, PREPARED
from domovoi_tf.system.journal import JournalError, locate_content, locate_journal

DIGEST = hashlib.sha256(b"new").hexdigest()
VICTIM = hashlib.sha256(b"victim").hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tree with the committed change of one file, beside a file that does not belong to it."""
    (tmp_path / "victim.txt").write_bytes(b"victim")
    folder = tmp_path / "terraform"
    (folder / COMMITTED / "files").mkdir(parents=True)
    (folder / "app").mkdir()
    (folder / "app" / "a.tf").write_bytes(b"old")
    locate_content(folder / COMMITTED, 0).write_bytes(b"new")
    write_journal(folder, [change("app/a.tf", old=hashlib.sha256(b"old").hexdigest())])
    return folder


def change(path: str, old: str | None = None, new: str | None = DIGEST) -> dict[str, Any]:
    return {"path": path, "old": old, "new": new}


def write_journal(folder: Path, changes: Any, version: Any = 2) -> None:
    text = json.dumps({"version": version, "changes": changes})
    locate_journal(folder / COMMITTED).write_text(text)


def read_all(folder: Path) -> dict[str, str]:
    """Returns everything in a folder: links with their targets, files with their content."""
    return {str(path.relative_to(folder)): read(path) for path in folder.rglob("*")}


def read(path: Path) -> str:
    if path.is_symlink():
        return str(path.readlink())
    return path.read_bytes().hex() if path.is_file() else str(stat.S_IFMT(path.stat().st_mode))


def get_error(folder: Path) -> str:
    """Returns the error of the recovery, and checks that it changed nothing."""
    before = read_all(folder.parent)
    with pytest.raises(JournalError) as raised:
        folder_transaction.recover(folder)
    assert read_all(folder.parent) == before
    return str(raised.value)


def test_recovery_finishes_the_change_of_a_valid_journal(folder: Path) -> None:
    folder_transaction.recover(folder)
    assert read_all(folder) == {"app": str(stat.S_IFDIR), "app/a.tf": b"new".hex()}


@pytest.mark.parametrize(
    "path", ["../victim.txt", "/etc/passwd", "app/../../victim.txt", "", ".", "app//a", "app/", "./a", "a\0b"]
)
@pytest.mark.parametrize(("old", "new"), [(None, DIGEST), (VICTIM, None)])
def test_path_outside_of_the_tree_is_rejected(
    folder: Path, path: str, old: str | None, new: str | None
) -> None:
    write_journal(folder, [change(path, old, new)])
    assert get_error(folder) == f"journal.json names {path!a}, which is not a path of this folder"


def test_path_in_the_journals_own_folder_is_rejected(folder: Path) -> None:
    write_journal(folder, [change(f"{COMMITTED}/journal.json")])
    assert get_error(folder) == (
        f"journal.json names '{COMMITTED}/journal.json', which is not a path of this folder"
    )


def test_folder_that_is_a_link_is_rejected(folder: Path) -> None:
    (folder / "stages").symlink_to("..")
    write_journal(folder, [change("stages/victim.txt", VICTIM, None), change("stages/deep/x.tf")])
    link = folder / "stages"
    assert get_error(folder) == (
        f"{link} is a link, behind which 'stages/victim.txt' would be changed; "
        f"{link} is a link, behind which 'stages/deep/x.tf' would be changed"
    )


def test_file_that_is_a_link_is_replaced_itself(folder: Path) -> None:
    (folder / "app" / "a.tf").unlink()
    (folder / "app" / "a.tf").symlink_to("../../victim.txt")
    write_journal(folder, [change("app/a.tf")])
    folder_transaction.recover(folder)
    assert read_all(folder.parent)["terraform/app/a.tf"] == b"new".hex()
    assert (folder.parent / "victim.txt").read_bytes() == b"victim"


def test_new_content_with_another_digest_is_rejected(folder: Path) -> None:
    locate_content(folder / COMMITTED, 0).write_bytes(b"ne")
    assert get_error(folder) == "the new content of 'app/a.tf' is damaged"


def test_new_content_that_is_a_link_is_rejected(folder: Path) -> None:
    content = locate_content(folder / COMMITTED, 0)
    content.unlink()
    content.symlink_to("../../../victim.txt")
    write_journal(folder, [change("app/b.tf", None, VICTIM)])
    assert get_error(folder) == "the new content of 'app/b.tf' is damaged"


def test_all_problems_are_reported_at_once(folder: Path) -> None:
    changes = [change("app/a.tf", None, VICTIM), change("../x"), change("../x")]
    write_journal(folder, changes)
    outside = "journal.json names '../x', which is not a path of this folder"
    assert get_error(folder) == (
        f"journal.json names a file twice; the new content of 'app/a.tf' is damaged; {outside}; {outside}"
    )


@pytest.mark.parametrize("version", [1, 3, None, "2", {}])
def test_journal_of_another_version_is_rejected(folder: Path, version: object) -> None:
    write_journal(folder, [], version)
    assert get_error(folder) == "journal.json is damaged, or of another version of domovoi-tf"


def test_journal_of_release_0_1_is_rejected(folder: Path) -> None:
    document = {"written": ["app/a.tf"], "removed": [], "replaced": {"app/a.tf": None}}
    locate_journal(folder / COMMITTED).write_text(json.dumps(document))
    assert get_error(folder) == "journal.json is damaged, or of another version of domovoi-tf"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"version": 2, "changes": [{"path": "\\ud800", "old": null, "new": null}]}',
        b'{"version": 2, "changes": [{"path": "\xff", "old": null, "new": null}]}',
        b'{"version": 2',
        b'{"version": 2}',
        b'{"version": 2, "changes": {}}',
        b'{"version": 2, "changes": [1]}',
        b'{"version": 2, "changes": [{"path": 1, "old": null, "new": null}]}',
        b'{"version": 2, "changes": [{"path": "a", "old": 1, "new": null}]}',
        b'{"version": 2, "changes": [{"path": "a"}]}',
        b'{"version": 2, "changes": ' + b"[" * 100_000,
        b'{"a": ' * 100_000,
    ],
)
def test_journal_with_another_form_is_rejected(folder: Path, text: bytes) -> None:
    locate_journal(folder / COMMITTED).write_bytes(text)
    assert get_error(folder) == "journal.json is damaged"


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_link(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to("other")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (Path.unlink, "is missing"),
        (make_pipe, "cannot be read (it is not a regular file)"),
        (make_folder, "cannot be read (Is a directory)"),
        (make_link, "cannot be read (it is not a regular file)"),
    ],
)
def test_journal_that_is_not_a_file_is_rejected(
    folder: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(locate_journal(folder / COMMITTED))
    assert get_error(folder) == f"journal.json {reason}"


@pytest.mark.parametrize("target", ["other", "missing"])
def test_committed_folder_that_is_a_link_is_rejected(folder: Path, target: str) -> None:
    (folder / COMMITTED).rename(folder / "other")
    (folder / COMMITTED).symlink_to(target)
    assert get_error(folder) == f"{COMMITTED} is not a folder"


def test_new_files_behind_a_link_are_rejected(folder: Path) -> None:
    (folder / COMMITTED / "files").rename(folder / "other")
    (folder / COMMITTED / "files").symlink_to("../other")
    assert get_error(folder) == f"{COMMITTED}/files is not a folder"


def test_prepared_folder_that_is_a_link_is_removed_alone(folder: Path) -> None:
    (folder / PREPARED).symlink_to("..")
    folder_transaction.recover(folder)
    assert sorted(read_all(folder.parent)) == [
        "terraform",
        "terraform/app",
        "terraform/app/a.tf",
        "victim.txt",
    ]
