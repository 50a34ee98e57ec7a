"""The reasons why files of a tree are stale, and their unified diffs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from domovoi_tf import __version__
from domovoi_tf.rendering.manifest import MANIFEST
from domovoi_tf.rendering.output_tree import Changes, compare_tree, write_changes
from domovoi_tf.rendering.staleness.stale_files import StaleFile, diff_texts, list_stale_files
from domovoi_tf.rendering.templates import RenderedFile

APP, MODULE = "app/main.tf", "app/modules/sns/main.tf"
FILES = {APP: "one\ntwo\n", MODULE: "module\n"}
CHANGED = "the app or its configuration has changed"
OTHER = f"domovoi-tf 0.1.5 rendered it, and this is {__version__}"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a rendered tree."""
    folder = tmp_path / "terraform"
    write_changes(folder, compare(folder, FILES))
    return folder


def compare(out: Path, files: dict[str, str]) -> Changes:
    rendered = [RenderedFile(path, text.encode()) for path, text in files.items()]
    return compare_tree(out, rendered, ["dev"])


def explain(out: Path, files: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Returns the change and the reason of each stale file."""
    return {each.path: (each.change, each.reason) for each in list_stale_files(out, compare(out, files))}


def edit_manifest(out: Path, **more: object) -> None:
    path = out / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))


def test_reason_is_the_app_or_an_edit_as_the_digests_tell(out: Path) -> None:
    assert explain(out, FILES) == {}
    new = {**FILES, APP: "one\nthree\n", "app/sqs.tf": "queue\n"}
    assert explain(out, new) == {APP: ("changed", CHANGED), "app/sqs.tf": ("added", CHANGED)}
    (out / APP).write_text("mine\n")
    (out / "app/sqs.tf").write_text("mine\n")
    (out / MODULE).unlink()
    assert explain(out, new) == {
        APP: ("changed", f"it was edited by hand, and {CHANGED}"),
        MODULE: ("added", "it was removed by hand"),
        "app/sqs.tf": ("changed", "domovoi-tf did not write it"),
    }
    assert explain(out, FILES)[APP] == ("changed", "it was edited by hand")
    assert explain(out, {MODULE: "module\n"})[APP] == ("removed", f"it was edited by hand, and {CHANGED}")


def test_folder_in_the_place_of_a_file_was_not_removed_by_hand(out: Path) -> None:
    (out / APP).unlink()
    (out / APP).mkdir()
    assert explain(out, FILES) == {APP: ("added", "something that is not a readable file is in its place")}


def test_module_changes_with_the_version_alone(out: Path) -> None:
    new = {**FILES, APP: "new\n", MODULE: "new\n"}
    assert explain(out, new)[MODULE] == (
        "changed",
        f"the modules of domovoi-tf {__version__} have changed",
    )
    edit_manifest(out, version="0.1.5")
    assert explain(out, new) == {
        APP: ("changed", f"{CHANGED}, or only the version: {OTHER}"),
        MODULE: ("changed", OTHER),
    }


def test_merged_trees_and_missing_ones(out: Path, tmp_path: Path) -> None:
    assert explain(tmp_path / "none", FILES) == dict.fromkeys(
        FILES, ("added", "nothing has been rendered here")
    )
    (out / APP).write_text("<<<<<<< ours\none\n=======\ntwo\n>>>>>>> theirs\n")
    assert explain(out, FILES) == {APP: ("changed", "it has conflict markers of a merge")}
    (out / APP).write_text("one\none\n")
    text = (out / MANIFEST).read_text()
    (line,) = (each for each in text.splitlines() if APP in each)
    (out / MANIFEST).write_text(text.replace(line, f'  "{APP}": "{"0" * 64}",\n{line}'))
    assert explain(out, FILES) == {
        APP: ("changed", "a merge has put its versions of several branches together")
    }
    (out / APP).write_text(FILES[APP])
    assert explain(out, FILES) == {MANIFEST: ("changed", "its entries are not those of the files")}


def test_diff_of_stale_manifest(out: Path) -> None:
    edit_manifest(out, moves={"module.a": "module.b"})
    (file,) = list_stale_files(out, compare(out, FILES))
    assert isinstance(file, StaleFile)
    assert file.diff[:2] == (f"--- a/terraform/{MANIFEST}", f"+++ b/terraform/{MANIFEST}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"".join(b"%d\n" % n for n in range(30)), b"".join(b"%d\n" % n for n in range(30) if n % 11)),
        (b"a\nb", b"a\nb\n"),
        (b"a\n", b"a"),
        (b"a", b"b"),
        (None, b"a\nb\n"),
        (b"a\nb\n", None),
        (b"one\n", b"one\ntwo\n"),
        (b"", b"a\n"),
        (b"a\n", b""),
        (b"a\x0cb\nc\n", b"a\x0cb\nd\n"),
    ],
)
def test_git_applies_the_diff(tmp_path: Path, before: bytes | None, after: bytes | None) -> None:
    """If nothing is masked or escaped: the third case of the format is a file without a line feed."""
    lines = [line.replace("\\x0c", "\x0c") for line in diff_texts("x", before, after)]
    if before is not None:
        (tmp_path / "x").write_bytes(before)
    patch = "".join(f"{line}\n" for line in lines)
    subprocess.run(["git", "apply", "--unsafe-paths", "-"], input=patch.encode(), cwd=tmp_path, check=True)
    result = tmp_path / "x"
    assert (result.read_bytes() if result.exists() else None) == after


def test_diff_masks_secrets_and_escapes_control_characters() -> None:
    before = b'environment_variables = {\n  A = "old"\n}\n\ttab\n'
    after = b'environment_variables = {\n  A = "new"\n}\n\x1b[2J\xff\r\n'
    assert [*diff_texts("x", before, after)] == [
        "--- a/x",
        "+++ b/x",
        "@@ -1,4 +1,4 @@",
        " environment_variables = {",
        '-  A = "********"',
        '+  A = "********"',
        " }",
        "-\ttab",
        "+\\x1b[2J�\\r",
    ]
    assert [*diff_texts("x", before, before)] == []


def test_ranges_of_missing_files_begin_before_their_first_line() -> None:
    assert [*diff_texts("x", None, b"a\nb\n")][:3] == ["--- /dev/null", "+++ b/x", "@@ -0,0 +1,2 @@"]
    assert [*diff_texts("x", b"a\n", None)][:3] == ["--- a/x", "+++ /dev/null", "@@ -1 +0,0 @@"]


def test_only_changed_lines_of_many_similar_blocks_are_shown() -> None:
    """The braces of the blocks repeat so often that difflib does not compare them with each other."""

    def spell(value: int) -> bytes:
        blocks = (f'module "m{n}" {{\n  x = {{\n    y = {value}\n  }}\n}}\n' for n in range(300))
        return "".join([*blocks, "# Unchanged.\n"]).encode()

    _, _, *lines = diff_texts("x", spell(1), spell(2))
    changed = [line for line in lines if line[0] in "+-"]
    assert changed == ["-    y = 1", "+    y = 2"] * 300
