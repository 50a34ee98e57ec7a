"""The manifest is written a line an entry, read in both formats, and never trusted."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import __version__
from domovoi_tf.errors import WriteError
from domovoi_tf.rendering.manifest import MANIFEST, Manifest, read_manifest, serialize_manifest
from domovoi_tf.synthesis.addresses import Block

DIGESTS = {name: hashlib.sha256(name.encode()).hexdigest() for name in "abcd"}
TEND = Block("sns", "bartender", "", ("tend",), ())
PHOTOS = Block("s3", "photos", "images", ("crop", "scale"), ("a", "b"))
PHOTOS_OF_ONE = replace(PHOTOS, handlers=("crop", "frame", "scale"))
PHOTOS_OF_OTHER = replace(PHOTOS, handlers=("crop", "scale", "sort"), names=("a", "b", "c"))
PHOTOS_OF_BOTH = replace(PHOTOS, handlers=("crop", "frame", "scale", "sort"), names=("a", "b", "c"))
MANIFEST_OF_A_TREE = Manifest(
    files={"stages/dev/main.tf": DIGESTS["b"], "app/main.tf": DIGESTS["a"]},
    version="0.2.0",
    addresses={"module.tend": TEND, "module.photos": PHOTOS},
    moves={"module.z": "module.tend", "module.a": "module.photos"},
)
TEXT = f"""{{
 "format": 2,
 "version": "0.2.0",
 "rendered": {{
  "app/main.tf": "{DIGESTS["a"]}",
  "stages/dev/main.tf": "{DIGESTS["b"]}"
 }},
 "addresses": {{
  "module.photos": {{"kind": "s3", "source": "photos", "function": "images", "handlers": ["crop", "scale"], \
"names": ["a", "b"]}},
  "module.tend": {{"kind": "sns", "source": "bartender", "function": "", "handlers": ["tend"], "names": []}}
 }},
 "moves": {{
  "module.a": "module.photos",
  "module.z": "module.tend"
 }}
}}
"""
OLD_FILES = {"app/main.tf": DIGESTS["a"], "stages/dev/main.tf": DIGESTS["b"]}
OLD = {"files": OLD_FILES, "source": "x"}


def read(folder: Path, text: str) -> Manifest:
    (folder / "stages" / "dev").mkdir(parents=True, exist_ok=True)
    (folder / "stages" / "dev" / "main.tf").touch()
    (folder / MANIFEST).write_text(text)
    return read_manifest(folder)


def get_error(folder: Path, text: str) -> str:
    with pytest.raises(WriteError) as raised:
        read(folder, text)
    return str(raised.value)


def write_document(**changes: object) -> str:
    return json.dumps({"format": 2, "version": "0.2.0", "rendered": {}} | changes)


def test_each_entry_has_a_line_in_a_fixed_order(tmp_path: Path) -> None:
    assert serialize_manifest(MANIFEST_OF_A_TREE).decode() == TEXT
    assert read(tmp_path, TEXT) == MANIFEST_OF_A_TREE
    assert json.loads(TEXT)["rendered"] == MANIFEST_OF_A_TREE.files


def test_empty_manifest_is_read_again(tmp_path: Path) -> None:
    assert read(tmp_path, serialize_manifest(Manifest({}, "1.0")).decode()) == Manifest({}, "1.0")


def test_missing_manifest_is_empty(tmp_path: Path) -> None:
    assert read_manifest(tmp_path / "terraform") == Manifest({})


def test_manifest_of_the_first_release_has_neither_version_nor_addresses(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps(OLD)) == Manifest(OLD_FILES)


def test_manifest_may_be_formatted_otherwise(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps(json.loads(TEXT), indent=4)) == MANIFEST_OF_A_TREE
    assert read(tmp_path, json.dumps(json.loads(TEXT))) == MANIFEST_OF_A_TREE


def test_the_first_release_does_not_take_the_current_format_for_its_own() -> None:
    # It requires both members, and ignores all others.
    assert not OLD.keys() <= json.loads(TEXT).keys()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "<<<<<<< HEAD",
        "[" * 100_000,
        '{"files": 1, "source": ""}',
        '{"files": {}}',
        '{"files": {}, "source": 1}',
        '{"files": ["x"], "source": ""}',
        '{"files": {"app/x": ""}, "source": ""}',
        '{"files": {"app/x": 1}, "source": ""}',
        *(
            json.dumps({"files": {path: DIGESTS["a"]}, "source": ""})
            for path in ("app/../../x", "/x", "app//x", "", "app/\0")
        ),
        '{"format": 2, "rendered": {}}',
        '{"format": 2, "version": "0.2.0"}',
        '{"format": 2, "version": "0.2.0", "files": {}}',
        write_document(format="2"),
        write_document(format=True),
        write_document(format=1),
        write_document(version=2),
        write_document(version=["0.2.0"]),
        write_document(version="0.2.0\x1b[31m"),
        write_document(rendered=[]),
        write_document(rendered={"app/../../x": DIGESTS["a"]}),
        write_document(rendered={"app/x": {"kind": "sns"}}),
        write_document(rendered={"app/x": None}),
        write_document(addresses={"module.x": "sns"}),
        write_document(addresses={"module.x": {"kind": "sns"}}),
        write_document(addresses={"module.x": vars(TEND) | {"source": 1}}),
        write_document(addresses={"module.x": vars(TEND) | {"handlers": "tend"}}),
        write_document(addresses={"module.x": vars(TEND) | {"handlers": {}}}),
        write_document(addresses={"module.x": vars(TEND) | {"names": [1]}}),
        write_document(addresses={"module.x": vars(TEND) | {"names": [["a"]]}}),
        write_document(addresses={'module.x"]\n}': vars(TEND)}),
        write_document(moves={"module.x": "module.y\n"}),
        write_document(moves={"module.x": 'module.y"'}),
        write_document(moves={"x y": "module.y"}),
        write_document(moves={"module.x": ["module.y"]}),
        write_document(moves={"module.x": None}),
        TEXT.replace(' "rendered": {\n', ""),
        TEXT.rstrip().removesuffix("}"),
        TEXT[: TEXT.index(' "moves"')],
        TEXT.replace(DIGESTS["a"], DIGESTS["a"][:-1]),
    ],
)
def test_damaged_manifest_is_rejected(tmp_path: Path, text: str) -> None:
    assert get_error(tmp_path, text) == (
        f"{tmp_path / MANIFEST} is not a manifest of domovoi-tf.\n"
        "Restore it from version control, or remove it and render with --force."
    )


@pytest.mark.parametrize("rest", [{}, {"rendered": [], "addresses": 7}, {"files": {"/etc/x": 1}}])
def test_newer_format_is_refused(tmp_path: Path, rest: dict[str, object]) -> None:
    assert get_error(tmp_path, json.dumps({"format": 3, "version": "0.9.0", **rest})) == (
        f"{tmp_path} was rendered by domovoi-tf 0.9.0, in the format 3. This is domovoi-tf {__version__}, "
        "which knows the formats up to 2.\n"
        "Install the newer version: pip install 'domovoi-tf>=0.9.0'."
    )
    assert get_error(tmp_path, json.dumps({"format": 3, **rest})) == (
        f"{tmp_path} was rendered by a newer version of domovoi-tf, in the format 3. This is domovoi-tf "
        f"{__version__}, which knows the formats up to 2.\n"
        "Install the newer version: pip install --upgrade domovoi-tf."
    )


def test_stage_with_a_removed_folder_is_forgotten(tmp_path: Path) -> None:
    files = {**MANIFEST_OF_A_TREE.files, "stages/gone/main.tf": DIGESTS["c"]}
    text = serialize_manifest(Manifest(files, "0.2.0")).decode()
    assert read(tmp_path, text).stages == {"dev"}


# Merges


def run_git_merge(one: str, other: str, base: str, *options: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("one", one), ("base", base), ("other", other)):
            (Path(folder) / name).write_text(text)
        command = ["git", "merge-file", "-p", *options, "one", "base", "other"]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def write_manifest(**changes: Any) -> str:
    return serialize_manifest(replace(MANIFEST_OF_A_TREE, **changes)).decode()


FILES = dict(MANIFEST_OF_A_TREE.files)
ADDRESSES = dict(MANIFEST_OF_A_TREE.addresses)
SERVE = Block("sns", "waiter", "", ("serve",), ())
SETTLE = Block("sqs", "bills", "", ("settle",), ())
#: Both branches change a file and the last entry of each section, and add a file and an address each.
ONE = write_manifest(
    files={
        **FILES,
        "app/main.tf": DIGESTS["c"],
        "app/sns.tf": DIGESTS["c"],
        "stages/dev/main.tf": DIGESTS["c"],
    },
    addresses={"module.photos": PHOTOS_OF_ONE, "module.serve": SERVE, "module.tend_it": TEND},
    moves={**MANIFEST_OF_A_TREE.moves, "module.tend": "module.tend_it"},
)
OTHER = write_manifest(
    files={
        **FILES,
        "app/main.tf": DIGESTS["d"],
        "app/sqs.tf": DIGESTS["d"],
        "stages/dev/main.tf": DIGESTS["d"],
    },
    addresses={**ADDRESSES, "module.settle": SETTLE, "module.photos": PHOTOS_OF_OTHER},
)
MERGED = Manifest(
    files={
        "app/main.tf": DIGESTS["d"],
        "app/sns.tf": DIGESTS["c"],
        "app/sqs.tf": DIGESTS["d"],
        "stages/dev/main.tf": DIGESTS["d"],
    },
    version="0.2.0",
    addresses={
        "module.photos": PHOTOS_OF_BOTH,
        "module.serve": SERVE,
        "module.settle": SETTLE,
        "module.tend_it": TEND,
    },
    moves={**MANIFEST_OF_A_TREE.moves, "module.tend": "module.tend_it"},
    others={
        "app/main.tf": frozenset((DIGESTS["c"], DIGESTS["d"])),
        "stages/dev/main.tf": frozenset((DIGESTS["c"], DIGESTS["d"])),
    },
)


@pytest.mark.parametrize("options", [["--union"], [], ["--diff3"], ["--zdiff3"]], ids=str)
def test_merge_has_the_entries_of_both_branches(tmp_path: Path, options: list[str]) -> None:
    text = run_git_merge(ONE, OTHER, TEXT, *options)
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert read(tmp_path, text) == MERGED


BYTECODE = (
    ("3.13.5", "3.13.10", "3.13.10"),
    ("none", "3.13.5", "3.13.5"),
    ("none", "none", "none"),
)


@pytest.mark.parametrize(("one", "other", "expected"), BYTECODE)
def test_merge_has_the_newer_release_that_compiles(
    tmp_path: Path, one: str, other: str, expected: str
) -> None:
    for texts in ((one, other), (other, one)):
        ours, theirs = (write_manifest(bytecode={"3.13": release}) for release in texts)
        merged = read(tmp_path, run_git_merge(ours, theirs, TEXT, "--union"))
        assert merged == replace(MANIFEST_OF_A_TREE, bytecode={"3.13": expected})


def test_release_that_compiles_is_a_section_of_its_own(tmp_path: Path) -> None:
    text = write_manifest(bytecode={"3.13": "3.13.5"})
    assert text == TEXT.removesuffix("\n}\n") + ',\n "bytecode": {\n  "3.13": "3.13.5"\n }\n}\n'
    assert read(tmp_path, text).bytecode == {"3.13": "3.13.5"}


@pytest.mark.parametrize(
    ("version", "release"), [("3.13", "3.12.5"), ("3.13", "3.13"), ("3.13", "3.13.5rc1"), ("3.13.5", "none")]
)
def test_release_of_another_version_is_damage(tmp_path: Path, version: str, release: str) -> None:
    with pytest.raises(WriteError, match="is not a manifest"):
        read(tmp_path, write_manifest(bytecode={version: release}))


@pytest.mark.parametrize("comma", ["", ","])
def test_commas_may_be_missing_or_left_over(tmp_path: Path, comma: str) -> None:
    lines = [f"{line.rstrip(',')}{'' if line.endswith('{') else comma}" for line in TEXT.splitlines()]
    assert read(tmp_path, "\n".join(lines).rstrip(",") + "\n") == MANIFEST_OF_A_TREE


def test_merge_has_the_newer_version(tmp_path: Path) -> None:
    texts = [write_manifest(version=version) for version in ("0.2.0", "0.10.0", "0.9.1")]
    assert read(tmp_path, run_git_merge(texts[1], texts[2], texts[0], "--union")).version == "0.10.0"


def test_merge_with_a_newer_format_is_refused(tmp_path: Path) -> None:
    newer = TEXT.replace('"format": 2,\n "version": "0.2.0"', '"format": 3,\n "version": "0.9.0"')
    other = write_manifest(version="0.2.1")
    for text in (newer, run_git_merge(newer, other, TEXT), run_git_merge(other, newer, TEXT, "--union")):
        assert "was rendered by domovoi-tf 0.9.0, in the format 3." in get_error(tmp_path, text)


def test_merge_with_the_first_release_keeps_the_new_format(tmp_path: Path) -> None:
    old = json.dumps({"files": {**OLD_FILES, "app/old.tf": DIGESTS["c"]}, "source": "y"}, indent=1) + "\n"
    base = json.dumps(OLD, indent=1) + "\n"
    for text in (run_git_merge(TEXT, old, base), run_git_merge(old, TEXT, base, "--union")):
        merged = read(tmp_path, text)
        assert merged.files == {**FILES, "app/old.tf": DIGESTS["c"]}
        assert (merged.version, merged.addresses) == ("0.2.0", MANIFEST_OF_A_TREE.addresses)


def test_address_that_both_branches_moved_is_at_the_one_that_exists(tmp_path: Path) -> None:
    moves = {"module.tend": "module.serve"}
    one = write_manifest(addresses={"module.serve": SERVE}, moves=moves)
    other = write_manifest(addresses={"module.pour": TEND}, moves={"module.tend": "module.pour"})
    merged = one.replace(
        ' "module.tend": "module.serve"', ' "module.tend": "module.serve",\n  "module.tend": "module.q"'
    )
    assert merged != one
    assert read(tmp_path, merged).moves == moves
    assert "module.tend" not in read(tmp_path, run_git_merge(one, other, TEXT, "--union")).addresses


@pytest.mark.parametrize(
    "line",
    [
        "mine",
        '  "app/x.tf": "mine"',
        '  "app/x.tf": ',
        '  "app/../../x.tf": "' + DIGESTS["a"] + '"',
        '  "module.x": {"kind": "sns"}',
        '  "module.x": "module.y", "module.z": "module.y"',
        "  [1, 2]",
        "<<<<<<< HEAD\n{",
    ],
)
def test_merge_that_is_damaged_otherwise_is_rejected(tmp_path: Path, line: str) -> None:
    head, entries = run_git_merge(ONE, OTHER, TEXT).split(' "rendered": {\n')
    text = f'{head} "rendered": {{\n{line}\n{entries}'
    assert get_error(tmp_path, text).startswith(f"{tmp_path / MANIFEST} is not a manifest of domovoi-tf.\n")
