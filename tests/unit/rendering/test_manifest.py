"""The manifest is written a line an entry, read in both formats, and never trusted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from domovoi_tf import __version__
from domovoi_tf.errors import WriteError
from domovoi_tf.rendering.manifest import MANIFEST, Manifest, read_manifest, serialize_manifest
from domovoi_tf.synthesis.addresses import Block

DIGESTS = {name: hashlib.sha256(name.encode()).hexdigest() for name in "abcd"}
TEND = Block("sns", "bartender", "", ("tend",), ())
PHOTOS = Block("s3", "photos", "images", ("crop", "scale"), ("a", "b"))
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
