"""The tree is written atomically, only stale files are written, and files of the user are left alone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from domovoi_tf.errors import WriteError
from domovoi_tf.rendering.manifest import MANIFEST
from domovoi_tf.rendering.output_tree import (
    Changes,
    compare_tree,
    lock_tree,
    recover_tree,
    require_complete_tree,
    write_changes,
)
from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.system import atomic_files

EDITED = "These files were edited, or domovoi-tf did not write them:"
OVERWRITE_REMEDY = (
    "Move your changes into a file of your own beside them (extra.tf, or main_override.tf), "
    "or overwrite them with --force."
)
UNWRITABLE_REMEDY = "Make the folder writable, or choose another one with --out."
APP = {"app/main.tf": "app\n", "app/modules/sns/main.tf": "module\n"}
DEV = {**APP, "stages/dev/main.tf": "dev\n"}
PROD = {**APP, "stages/prod/main.tf": "prod\n"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "terraform"


def compare(out: Path, files: dict[str, str], stage: str = "dev") -> Changes:
    rendered = [RenderedFile(path, text.encode()) for path, text in files.items()]
    return compare_tree(out, rendered, [stage])


def write(out: Path, files: dict[str, str], stage: str = "dev", force: bool = False) -> None:
    write_changes(out, compare(out, files, stage), force)


def read_tree(out: Path) -> dict[str, str]:
    """Returns the content of the tree's files, except for the manifest."""
    paths = [path for path in sorted(out.rglob("*")) if path.is_file() and path.name != MANIFEST]
    return {path.relative_to(out).as_posix(): path.read_text() for path in paths}


def read_times(out: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in out.rglob("*")}


def get_write_error(out: Path, files: dict[str, str], stage: str = "dev", force: bool = False) -> str:
    """Returns the error of a write, and checks that the write touched nothing."""
    before = read_times(out)
    with pytest.raises(WriteError) as raised:
        write(out, files, stage, force)
    assert read_times(out) == before
    return str(raised.value)


def test_new_folder_gets_every_file_and_a_manifest(out: Path) -> None:
    assert compare(out, DEV).stale == sorted(DEV)
    write(out, DEV)
    assert read_tree(out) == DEV


def test_comparing_writes_nothing(out: Path) -> None:
    compare(out, DEV)
    assert not out.exists()


def test_writing_the_same_files_again_touches_nothing(out: Path) -> None:
    write(out, DEV)
    before = read_times(out)
    assert compare(out, DEV).stale == []
    write(out, DEV)
    assert read_times(out) == before


def test_only_changed_files_are_written(out: Path) -> None:
    write(out, DEV)
    before = read_times(out)
    after = {**DEV, "app/main.tf": "changed\n"}
    assert compare(out, after).stale == ["app/main.tf"]
    write(out, after)
    assert read_tree(out) == after
    kept = [out / path for path in DEV if path != "app/main.tf"]
    assert {path: read_times(out)[path] for path in kept} == {path: before[path] for path in kept}


def test_files_get_the_permissions_of_the_umask(out: Path) -> None:
    before = os.umask(0o027)
    try:
        write(out, DEV)
    finally:
        os.umask(before)
    assert {(out / path).stat().st_mode & 0o777 for path in [*DEV, MANIFEST]} == {0o640}


def test_file_that_is_no_longer_rendered_is_removed_with_its_empty_folders(out: Path) -> None:
    write(out, DEV)
    write(out, {"app/main.tf": "app\n", "stages/dev/main.tf": "dev\n"})
    assert read_tree(out) == {"app/main.tf": "app\n", "stages/dev/main.tf": "dev\n"}
    assert not (out / "app" / "modules").exists()


def test_files_of_the_user_are_neither_touched_nor_removed(out: Path) -> None:
    write(out, DEV)
    own = [out / "app" / "extra.tf", out / "app" / "modules" / "sns" / "notes.md", out / "stages" / "x.tf"]
    for path in own:
        path.write_text("mine\n")
    before = {path: read_times(out)[path] for path in own}
    write(out, {"app/main.tf": "new\n"})
    assert {path: read_times(out)[path] for path in own} == before
    assert sorted(read_tree(out)) == [
        "app/extra.tf",
        "app/main.tf",
        "app/modules/sns/notes.md",
        "stages/x.tf",
    ]


def test_lost_file_of_the_app_is_written_again(out: Path) -> None:
    write(out, DEV)
    write(out, PROD, "prod")
    (out / "app" / "main.tf").unlink()
    write(out, DEV)
    assert read_tree(out) == {**DEV, **PROD}


def test_files_about_the_tree_are_outdated_only_if_no_others_are(out: Path) -> None:
    files = {**DEV, ".gitattributes": "x\n"}
    assert compare(out, files).outdated == sorted(DEV)
    write(out, files)
    assert compare(out, files).outdated == []
    (out / ".gitattributes").unlink()
    (out / MANIFEST).write_bytes((out / MANIFEST).read_bytes() + b"\n")
    changes = compare(out, files)
    assert (changes.stale, changes.outdated) == ([], [".gitattributes", MANIFEST])


# Files of the user


def test_edited_files_are_not_overwritten_without_force(out: Path) -> None:
    write(out, DEV)
    (out / "app" / "main.tf").write_text("edited\n")
    (out / "stages" / "dev" / "main.tf").write_text("edited\n")
    assert get_write_error(out, DEV) == (
        f"{EDITED}\n  terraform/app/main.tf\n  terraform/stages/dev/main.tf\n{OVERWRITE_REMEDY}"
    )
    write(out, DEV, force=True)
    assert read_tree(out) == DEV


def test_edited_file_of_the_app_is_reported_as_edited_with_two_stages(out: Path) -> None:
    write(out, DEV)
    write(out, PROD, "prod")
    (out / "app" / "main.tf").write_text("edited\n")
    assert get_write_error(out, DEV) == f"{EDITED}\n  terraform/app/main.tf\n{OVERWRITE_REMEDY}"
    write(out, DEV, force=True)
    assert read_tree(out) == {**DEV, **PROD}


def test_file_that_domovoi_tf_did_not_write_is_not_overwritten(out: Path) -> None:
    (out / "app").mkdir(parents=True)
    (out / "app" / "main.tf").write_text("mine\n")
    assert get_write_error(out, DEV) == f"{EDITED}\n  terraform/app/main.tf\n{OVERWRITE_REMEDY}"
    write(out, DEV, force=True)
    assert read_tree(out) == DEV


def test_existing_file_with_the_rendered_content_is_adopted(out: Path) -> None:
    (out / "app").mkdir(parents=True)
    (out / "app" / "main.tf").write_text("app\n")
    write(out, DEV)
    write(out, {"stages/dev/main.tf": "dev\n"})
    assert read_tree(out) == {"stages/dev/main.tf": "dev\n"}


def test_edited_file_is_not_removed_without_force(out: Path) -> None:
    write(out, DEV)
    (out / "app" / "main.tf").write_text("edited\n")
    less = {"stages/dev/main.tf": "dev\n"}
    assert get_write_error(out, less) == f"{EDITED}\n  terraform/app/main.tf\n{OVERWRITE_REMEDY}"
    write(out, less, force=True)
    assert read_tree(out) == less


# Stages


def test_files_of_another_stage_are_left_alone(out: Path) -> None:
    write(out, DEV)
    before = read_times(out)
    write(out, PROD, "prod")
    assert read_tree(out) == {**DEV, **PROD}
    assert {path: read_times(out)[path] for path in before if path.is_file() and path.name != MANIFEST} == {
        path: time for path, time in before.items() if path.is_file() and path.name != MANIFEST
    }
    write(out, {"app/main.tf": "new\n"}, "prod")
    assert read_tree(out) == {"app/main.tf": "new\n", "stages/dev/main.tf": "dev\n"}


def test_files_that_would_change_for_another_stage_are_listed(out: Path) -> None:
    write(out, {**DEV, "app/sns.tf": "dev\n", "app/old.tf": "old\n"})
    assert compare(out, {**DEV, "app/sns.tf": "new\n"}).shared == ()
    assert compare(out, {**PROD, "app/sns.tf": "prod\n", "app/url.tf": "new\n"}, "prod").shared == (
        "app/old.tf",
        "app/sns.tf",
        "app/url.tf",
    )


def test_edited_and_lost_files_do_not_change_the_app_of_another_stage(out: Path) -> None:
    write(out, {**DEV, "app/sns.tf": "dev\n"})
    (out / "app" / "main.tf").write_text("edited\n")
    (out / "app" / "sns.tf").unlink()
    assert compare(out, {**PROD, "app/sns.tf": "dev\n"}, "prod").shared == ()


def test_changed_modules_may_change_for_all_stages(out: Path) -> None:
    write(out, DEV)
    write(out, PROD, "prod")
    assert compare(out, {**DEV, "app/modules/sns/main.tf": "better\n"}).shared == ()
    write(out, {**DEV, "app/modules/sns/main.tf": "better\n"})
    assert read_tree(out)["app/modules/sns/main.tf"] == "better\n"


# Errors


def test_output_folder_that_is_a_file_is_rejected(out: Path) -> None:
    out.write_text("mine")
    with pytest.raises(WriteError) as raised:
        write(out, DEV)
    assert str(raised.value) == (
        f"{out / MANIFEST} cannot be read: Not a directory.\nChoose another folder with --out."
    )
    assert out.read_text() == "mine"


def test_file_in_place_of_a_folder_is_rejected(out: Path) -> None:
    out.mkdir()
    (out / "stages").write_text("mine")
    assert (
        get_write_error(out, DEV)
        == f"{out / 'stages'} cannot be written: it is not a folder.\n{UNWRITABLE_REMEDY}"
    )


def test_folder_in_place_of_a_file_is_rejected(out: Path) -> None:
    (out / "stages" / "dev" / "main.tf").mkdir(parents=True)
    path = out / "stages" / "dev" / "main.tf"
    assert (
        get_write_error(out, DEV, force=True)
        == f"{path} cannot be written: it is a folder.\n{UNWRITABLE_REMEDY}"
    )


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Drops root's permission to write anywhere, if the tests run as root."""
    root = os.getuid() == 0
    if root:
        os.setreuid(65534, 0)
    yield
    if root:
        os.setreuid(0, 0)


@pytest.mark.usefixtures("unprivileged")
def test_folder_without_write_permission_is_rejected(out: Path) -> None:
    out.mkdir(mode=0o500)
    assert get_write_error(out, DEV) == f"{out} cannot be written: permission denied.\n{UNWRITABLE_REMEDY}"


# Atomicity


def test_full_disk_leaves_the_old_file_and_no_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    # A limit on the size of files simulates a full disk: the write fails halfway.
    code = (
        "import resource, sys; from pathlib import Path; from domovoi_tf.system import atomic_files\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "atomic_files.replace_file(Path(sys.argv[1]), b'x' * 5000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert "OSError: [Errno 27] File too large" in done.stderr
    assert read_tree(tmp_path) == {"main.tf": "old\n"}


def test_failed_replacement_leaves_the_target_and_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "main.tf").mkdir()
    (tmp_path / "main.tf" / "mine").write_text("mine")
    with pytest.raises(IsADirectoryError):
        atomic_files.replace_file(tmp_path / "main.tf", b"new")
    assert read_tree(tmp_path) == {"main.tf/mine": "mine"}


def test_reader_of_the_old_file_still_reads_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    with path.open() as reader:
        atomic_files.replace_file(path, b"new\n")
        assert reader.read() == "old\n"
    assert path.read_text() == "new\n"


def test_interrupted_write_is_completed_by_the_next_one(out: Path) -> None:
    write(out, DEV)
    changes = compare(out, {**DEV, "app/main.tf": "new\n"})
    atomic_files.replace_file(out / "app" / "main.tf", b"new\n")  # The manifest is still the old one.
    assert [file.path for file in changes.written] == ["app/main.tf"]
    write(out, {**DEV, "app/main.tf": "new\n"})
    write(out, {**DEV, "app/main.tf": "newer\n"})
    assert read_tree(out)["app/main.tf"] == "newer\n"


# The rest of an interrupted change


def interrupt(out: Path, journal: str | None) -> Path:
    """Adds the folder of a committed change with a journal, and returns it."""
    committed = out / ".domovoi-tf.committed"
    (committed / "files").mkdir(parents=True)
    if journal is not None:
        (committed / "journal.json").write_text(journal)
    return committed


def enter_lock(out: Path) -> None:
    with lock_tree(out):
        pass


@pytest.mark.parametrize(
    ("journal", "reason"),
    [
        (None, "journal.json is missing"),
        ("", "journal.json is damaged"),
        (
            '{"version": 2, "changes": [{"path": "../x", "old": null, "new": null}]}',
            "journal.json names '../x', which is not a path of this folder",
        ),
    ],
)
def test_unusable_rest_of_a_change_is_an_error_with_a_remedy_that_works(
    out: Path, journal: str | None, reason: str
) -> None:
    write(out, DEV)
    committed = interrupt(out, journal)
    for use in (recover_tree, enter_lock):
        with pytest.raises(WriteError) as raised:
            use(out)
        assert str(raised.value) == (
            f"A command was interrupted while it wrote {out}, and the rest of its change, {committed}, "
            f"is not usable: {reason}.\n"
            f"Nothing was changed. Remove {committed}: it contains only copies of rendered files. Then run "
            "`domovoi-tf render --force`, which writes the files again; it also overwrites those that "
            "you edited."
        )
    shutil.rmtree(committed)
    write(out, {**DEV, "app/main.tf": "new\n"}, force=True)
    assert read_tree(out) == {**DEV, "app/main.tf": "new\n"}


def test_change_that_cannot_be_finished_yet_names_its_folder(out: Path) -> None:
    digest = hashlib.sha256(b"new").hexdigest()
    change = {"path": "app/main.tf", "old": None, "new": digest}
    committed = interrupt(out, json.dumps({"version": 2, "changes": [change]}))
    (committed / "files" / "0").write_bytes(b"new")
    (out / "app").write_text("mine")
    with pytest.raises(WriteError) as raised:
        recover_tree(out)
    assert str(raised.value) == (
        f"{committed / 'files' / '0'} cannot be written: Not a directory.\n"
        f"{UNWRITABLE_REMEDY} Then repeat the command: it finishes the change in {committed}."
    )
    (out / "app").unlink()
    recover_tree(out)
    assert read_tree(out) == {"app/main.tf": "new"}


def test_incomplete_tree_is_reported_and_left_alone(out: Path) -> None:
    require_complete_tree(out, "dev")
    committed = interrupt(out, "")
    before = read_times(out)
    with pytest.raises(WriteError) as raised:
        require_complete_tree(out, "prod")
    assert str(raised.value) == (
        f"A command was interrupted while it wrote {out}: some of the files may be old.\n"
        "Run `domovoi-tf render --stage prod`, which finishes this."
    )
    assert read_times(out) == before
    assert committed.exists()


# Links and special files


def test_folder_that_is_a_link_is_rejected(out: Path, tmp_path: Path) -> None:
    write(out, DEV)
    (tmp_path / "other").mkdir()
    (out / "stages" / "prod").symlink_to(tmp_path / "other")
    assert get_write_error(out, PROD, "prod", force=True) == (
        f"{out / 'stages' / 'prod'} is a link: domovoi-tf would write out of {out}.\n"
        "Replace it by a folder, or choose another place for the whole tree with --out."
    )
    assert list((tmp_path / "other").iterdir()) == []


def test_manifest_removes_nothing_behind_a_link(out: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "x.tf").write_text("victim")
    write(out, DEV)
    (out / "app" / "link").symlink_to(tmp_path / "victim")
    manifest = json.loads((out / MANIFEST).read_text())
    manifest["rendered"]["app/link/x.tf"] = hashlib.sha256(b"victim").hexdigest()
    (out / MANIFEST).write_text(json.dumps(manifest))
    assert get_write_error(out, DEV, force=True).startswith(f"{out / 'app' / 'link'} is a link")
    assert (tmp_path / "victim" / "x.tf").exists()


def test_output_folder_can_be_a_link(out: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    out.symlink_to("other")
    write(out, DEV)
    assert read_tree(tmp_path / "other") == DEV


def test_link_to_a_file_is_not_overwritten_without_force(out: Path, tmp_path: Path) -> None:
    write(out, DEV)
    (tmp_path / "mine").write_text("mine")
    (out / "app" / "main.tf").unlink()
    (out / "app" / "main.tf").symlink_to(tmp_path / "mine")
    assert get_write_error(out, DEV).startswith(EDITED)
    write(out, DEV, force=True)
    assert read_tree(out) == DEV
    assert (tmp_path / "mine").read_text() == "mine"


def test_pipe_is_not_waited_for(out: Path) -> None:
    write(out, DEV)
    for path in (out / "app" / "main.tf", out / MANIFEST):
        path.unlink()
        os.mkfifo(path)
    assert get_write_error(out, DEV) == (
        f"{out / MANIFEST} cannot be read: it is not a regular file.\nChoose another folder with --out."
    )
    (out / MANIFEST).unlink()
    assert get_write_error(out, DEV).startswith(EDITED)
    write(out, DEV, force=True)
    assert read_tree(out) == DEV
