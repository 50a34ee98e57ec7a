"""Writing loses nobody's work: atomic, only what is stale, and never what the tool did not write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from domovoi_tf.errors import WriteError
from domovoi_tf.rendering.output_tree import MANIFEST, Changes, compare, fingerprint, write
from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.system import atomic_files

EDITED = "These files were edited, or were not written by domovoi-tf:"
WAYS_OUT = (
    "Move the edit into a file of your own beside it (extra.tf, or main_override.tf), "
    "or overwrite it with --force."
)
ANOTHER = "Make the folder writable, or choose another with --out."
APP = {"app/main.tf": "app\n", "app/modules/sns/main.tf": "module\n"}
DEV = {**APP, "stages/dev/main.tf": "dev\n"}
PROD = {**APP, "stages/prod/main.tf": "prod\n"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "terraform"


def changes(out: Path, files: dict[str, str], stage: str = "dev", source: str = "1") -> Changes:
    rendered = [RenderedFile(path, text.encode()) for path, text in files.items()]
    return compare(out, rendered, [stage], source)


def put(out: Path, files: dict[str, str], stage: str = "dev", source: str = "1", force: bool = False) -> None:
    write(out, changes(out, files, stage, source), force)


def tree(out: Path) -> dict[str, str]:
    """The files of the tree but the manifest."""
    paths = [path for path in sorted(out.rglob("*")) if path.is_file() and path.name != MANIFEST]
    return {path.relative_to(out).as_posix(): path.read_text() for path in paths}


def times(out: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in out.rglob("*")}


def said(out: Path, files: dict[str, str], stage: str = "dev", source: str = "1", force: bool = False) -> str:
    """Writes, expects an error and that nothing at all was touched."""
    before = times(out)
    with pytest.raises(WriteError) as raised:
        put(out, files, stage, source, force)
    assert times(out) == before
    return str(raised.value)


def test_a_new_folder_gets_every_file_and_a_manifest(out: Path) -> None:
    assert changes(out, DEV).stale == sorted(DEV)
    put(out, DEV)
    assert tree(out) == DEV
    manifest = json.loads((out / MANIFEST).read_text())
    assert sorted(manifest) == ["files", "source"]
    assert list(manifest["files"]) == sorted(DEV)
    assert manifest["source"] == "1"


def test_comparing_writes_nothing(out: Path) -> None:
    changes(out, DEV)
    assert not out.exists()


def test_writing_the_same_again_touches_nothing(out: Path) -> None:
    put(out, DEV)
    before = times(out)
    assert changes(out, DEV).stale == []
    put(out, DEV)
    assert times(out) == before


def test_only_what_differs_is_written(out: Path) -> None:
    put(out, DEV)
    before = times(out)
    after = {**DEV, "app/main.tf": "changed\n"}
    assert changes(out, after, source="2").stale == ["app/main.tf"]
    put(out, after, source="2")
    assert tree(out) == after
    kept = [out / path for path in DEV if path != "app/main.tf"]
    assert {path: times(out)[path] for path in kept} == {path: before[path] for path in kept}


def test_files_have_the_permissions_that_the_umask_leaves(out: Path) -> None:
    before = os.umask(0o027)
    try:
        put(out, DEV)
    finally:
        os.umask(before)
    assert {(out / path).stat().st_mode & 0o777 for path in [*DEV, MANIFEST]} == {0o640}


def test_a_file_that_is_no_longer_rendered_goes_with_its_empty_folders(out: Path) -> None:
    put(out, DEV)
    put(out, {"app/main.tf": "app\n", "stages/dev/main.tf": "dev\n"}, source="2")
    assert tree(out) == {"app/main.tf": "app\n", "stages/dev/main.tf": "dev\n"}
    assert not (out / "app" / "modules").exists()


def test_a_file_of_the_user_s_is_neither_touched_nor_removed(out: Path) -> None:
    put(out, DEV)
    own = [out / "app" / "extra.tf", out / "app" / "modules" / "sns" / "notes.md", out / "stages" / "x.tf"]
    for path in own:
        path.write_text("mine\n")
    before = {path: times(out)[path] for path in own}
    put(out, {"app/main.tf": "new\n"}, source="2")
    assert {path: times(out)[path] for path in own} == before
    assert sorted(tree(out)) == [
        "app/extra.tf",
        "app/main.tf",
        "app/modules/sns/notes.md",
        "stages/x.tf",
    ]


def test_a_lost_file_is_written_again_in_every_stage(out: Path) -> None:
    put(out, DEV)
    put(out, PROD, "prod")
    (out / "app" / "main.tf").unlink()
    put(out, DEV)
    assert tree(out) == {**DEV, **PROD}


# Somebody's work


def test_an_edited_file_is_not_overwritten_without_force(out: Path) -> None:
    put(out, DEV)
    (out / "app" / "main.tf").write_text("edited\n")
    (out / "stages" / "dev" / "main.tf").write_text("edited\n")
    assert said(out, DEV) == (
        f"{EDITED}\n  terraform/app/main.tf\n  terraform/stages/dev/main.tf\n{WAYS_OUT}"
    )
    put(out, DEV, force=True)
    assert tree(out) == DEV


def test_an_edited_file_of_the_app_is_an_edited_file_where_there_are_two_stages(out: Path) -> None:
    put(out, DEV)
    put(out, PROD, "prod")
    (out / "app" / "main.tf").write_text("edited\n")
    assert said(out, DEV) == f"{EDITED}\n  terraform/app/main.tf\n{WAYS_OUT}"
    put(out, DEV, force=True)
    assert tree(out) == {**DEV, **PROD}


def test_a_file_that_was_not_written_by_the_tool_is_not_overwritten(out: Path) -> None:
    (out / "app").mkdir(parents=True)
    (out / "app" / "main.tf").write_text("mine\n")
    assert said(out, DEV) == f"{EDITED}\n  terraform/app/main.tf\n{WAYS_OUT}"
    put(out, DEV, force=True)
    assert tree(out) == DEV


def test_a_file_that_happens_to_be_as_rendered_is_adopted(out: Path) -> None:
    (out / "app").mkdir(parents=True)
    (out / "app" / "main.tf").write_text("app\n")
    put(out, DEV)
    put(out, {"stages/dev/main.tf": "dev\n"}, source="2")
    assert tree(out) == {"stages/dev/main.tf": "dev\n"}


def test_an_edited_file_is_not_removed_without_force(out: Path) -> None:
    put(out, DEV)
    (out / "app" / "main.tf").write_text("edited\n")
    less = {"stages/dev/main.tf": "dev\n"}
    assert said(out, less, source="2") == f"{EDITED}\n  terraform/app/main.tf\n{WAYS_OUT}"
    put(out, less, source="2", force=True)
    assert tree(out) == less


# Stages


def test_another_stage_is_left_alone(out: Path) -> None:
    put(out, DEV)
    before = times(out)
    put(out, PROD, "prod")
    assert tree(out) == {**DEV, **PROD}
    assert {path: times(out)[path] for path in before if path.is_file() and path.name != MANIFEST} == {
        path: time for path, time in before.items() if path.is_file() and path.name != MANIFEST
    }
    put(out, {"app/main.tf": "new\n"}, "prod", source="2")
    assert tree(out) == {"app/main.tf": "new\n", "stages/dev/main.tf": "dev\n"}


def test_a_stage_that_would_change_the_app_of_another_is_an_error(out: Path) -> None:
    put(out, {**DEV, "app/sns.tf": "dev\n", "app/old.tf": "old\n"})
    assert said(out, {**PROD, "app/sns.tf": "prod\n"}, "prod", force=True) == (
        "Rendering stage 'prod' would change app/, which stage 'dev' uses too, "
        "although the source is the same: app/old.tf, app/sns.tf.\n"
        "A decorator's argument depends on the stage's environment variables: use variable() there. "
        "`domovoi-tf render --stage dev --stage prod` says which."
    )


def test_a_change_of_the_source_may_change_the_app_of_all_stages(out: Path) -> None:
    put(out, DEV)
    put(out, PROD, "prod")
    put(out, {**DEV, "app/main.tf": "new\n"}, "dev", source="2")
    assert tree(out)["app/main.tf"] == "new\n"


def test_another_version_of_the_modules_may_change_the_app_of_all_stages(out: Path) -> None:
    put(out, DEV)
    put(out, PROD, "prod")
    put(out, {**DEV, "app/modules/sns/main.tf": "better\n"})
    assert tree(out)["app/modules/sns/main.tf"] == "better\n"


def test_the_fingerprint_is_of_the_python_files_and_the_app_s_name(tmp_path: Path) -> None:
    (tmp_path / "domovoilib").mkdir()
    (tmp_path / "app.py").write_text("1")
    seen = {fingerprint(tmp_path, "bar")}
    assert fingerprint(tmp_path, "bar") in seen

    def differs() -> bool:
        before = len(seen)
        seen.add(fingerprint(tmp_path, "bar"))
        return len(seen) > before

    (tmp_path / "app.py").write_text("2")
    assert differs()
    (tmp_path / "domovoilib" / "bar.py").write_text("1")
    assert differs()
    (tmp_path / "domovoilib" / "bar.py").rename(tmp_path / "domovoilib" / "baz.py")
    assert differs()
    (tmp_path / "handlers.py").write_text("1")
    assert not differs()
    (tmp_path / "app.py").write_text("import handlers")
    assert differs()
    (tmp_path / "handlers.py").write_text("2")
    assert differs()
    (tmp_path / "README.md").write_text("1")
    (tmp_path / "test_app.py").write_text("1")
    assert not differs()
    assert fingerprint(tmp_path, "baz") not in seen
    (tmp_path / "machine.yaml").write_text("1")
    seen.add(fingerprint(tmp_path, "bar", ["machine.yaml"]))
    (tmp_path / "machine.yaml").write_text("2")
    assert fingerprint(tmp_path, "bar", ["machine.yaml"]) not in seen


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("chalicelib/label.txt", True),
        ("chalicelib/deep/label.txt", True),
        ("domovoilib/deep/er/bar.py", True),
        ("vendor/bar/bar.py", True),
        # The package has them, and Terraform has nothing of them.
        ("vendor/bar/label.txt", False),
        ("label.txt", False),
        ("deep/domovoilib/bar.py", False),
        # What Python or rendering leaves there.
        ("domovoilib/__pycache__/bar.cpython-313.pyc", False),
        ("domovoilib/deep/bar.pyc", False),
    ],
)
def test_the_fingerprint_is_of_all_files_of_the_library_folders_but_compiled_ones(
    tmp_path: Path, path: str, counts: bool
) -> None:
    (tmp_path / "app.py").write_text("1")
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    before = fingerprint(tmp_path, "bar")
    (tmp_path / path).write_bytes(b"1")
    added = fingerprint(tmp_path, "bar")
    (tmp_path / path).write_bytes(b"2")
    changed = fingerprint(tmp_path, "bar")
    assert (added != before, changed != added) == (counts, counts)


# What cannot be written


def test_a_file_where_the_folder_should_be(out: Path) -> None:
    out.write_text("mine")
    with pytest.raises(WriteError) as raised:
        put(out, DEV)
    assert str(raised.value) == (
        f"{out / MANIFEST} cannot be read: Not a directory.\nChoose another folder with --out."
    )
    assert out.read_text() == "mine"


def test_a_file_where_a_folder_of_the_tree_should_be(out: Path) -> None:
    out.mkdir()
    (out / "stages").write_text("mine")
    assert said(out, DEV) == f"{out / 'stages'} cannot be written: it is not a folder.\n{ANOTHER}"


def test_a_folder_where_a_file_should_be(out: Path) -> None:
    (out / "stages" / "dev" / "main.tf").mkdir(parents=True)
    path = out / "stages" / "dev" / "main.tf"
    assert said(out, DEV, force=True) == f"{path} cannot be written: it is a folder.\n{ANOTHER}"


@pytest.fixture
def nobody() -> Iterator[None]:
    """Asks for permission as nobody where the tests run as root, who may write anywhere."""
    root = os.getuid() == 0
    if root:
        os.setreuid(65534, 0)
    yield
    if root:
        os.setreuid(0, 0)


@pytest.mark.usefixtures("nobody")
def test_a_folder_without_permission(out: Path) -> None:
    out.mkdir(mode=0o500)
    assert said(out, DEV) == f"{out} cannot be written: permission denied.\n{ANOTHER}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"files": 1, "source": ""}',
        '{"files": {}}',
        "null",
        "<<<<<<< HEAD",
        '{"files": ["x"], "source": ""}',
        '{"files": {"app/../../x": ""}, "source": ""}',
        '{"files": {"/x": ""}, "source": ""}',
    ],
)
def test_a_corrupt_manifest(out: Path, text: str) -> None:
    out.mkdir()
    (out / MANIFEST).write_text(text)
    assert said(out, DEV) == (
        f"{out / MANIFEST} is not a manifest of domovoi-tf.\n"
        "Restore it from version control, or remove it and render with --force."
    )


# Atomicity


def test_a_full_disk_leaves_the_old_file_and_no_temporary_one(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    # A limit on the size of files stands for the full disk: the write really fails, half done.
    code = (
        "import resource, sys; from pathlib import Path; from domovoi_tf.system import atomic_files\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "atomic_files.replace_file(Path(sys.argv[1]), b'x' * 5000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert "OSError: [Errno 27] File too large" in done.stderr
    assert tree(tmp_path) == {"main.tf": "old\n"}


def test_a_failing_replacement_leaves_the_target_and_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "main.tf").mkdir()
    (tmp_path / "main.tf" / "mine").write_text("mine")
    with pytest.raises(IsADirectoryError):
        atomic_files.replace_file(tmp_path / "main.tf", b"new")
    assert tree(tmp_path) == {"main.tf/mine": "mine"}


def test_a_reader_of_the_old_file_keeps_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text("old\n")
    with path.open() as reader:
        atomic_files.replace_file(path, b"new\n")
        assert reader.read() == "old\n"
    assert path.read_text() == "new\n"


def test_an_interrupted_write_is_finished_by_the_next(out: Path) -> None:
    put(out, DEV)
    found = changes(out, {**DEV, "app/main.tf": "new\n"}, source="2")
    atomic_files.replace_file(out / "app" / "main.tf", b"new\n")  # and no more: the manifest is the old one
    assert [file.path for file in found.written] == ["app/main.tf"]
    put(out, {**DEV, "app/main.tf": "new\n"}, source="2")
    put(out, {**DEV, "app/main.tf": "newer\n"}, source="3")
    assert tree(out)["app/main.tf"] == "newer\n"
