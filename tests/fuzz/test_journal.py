"""Hostile journals and manifests: a tree is repaired or left alone, and nothing outside of it changes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from domovoi_tf.errors import WriteError
from domovoi_tf.hcl.syntax import Reference
from domovoi_tf.rendering.manifest import MANIFEST, read_manifest, serialize_manifest
from domovoi_tf.rendering.output_tree import compare_tree, lock_tree, recover_tree, write_changes
from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.system import folder_transaction
from domovoi_tf.system.folder_transaction import COMMITTED
from domovoi_tf.system.tree_paths import is_inside

from .fuzzing import fuzz

FILES = {"app/main.tf": b"app", "app/modules/m/main.tf": b"module", "stages/dev/main.tf": b"dev"}
OUTSIDE = {"victim.txt": b"victim", "outside/x.tf": b"x", "terraform/stages/dev/terraform.tfstate": b"state"}
DIGESTS = [hashlib.sha256(content).hexdigest() for content in (*FILES.values(), *OUTSIDE.values(), b"")]

names = st.sampled_from(
    ["..", ".", "", "app", "stages", "dev", "link", "out", "victim.txt", "x.tf", "main.tf", "\0"]
)
paths = (
    st.sampled_from([*FILES, "../victim.txt", "link/x.tf", "out/x.tf", MANIFEST, "/etc/hostname"])
    | st.lists(names, max_size=5).map("/".join)
    | st.text(max_size=12)
)
digests = st.sampled_from([None, *DIGESTS]) | st.text(max_size=3)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
changes = st.fixed_dictionaries({"path": paths, "old": digests, "new": digests})
journals = st.fixed_dictionaries({"version": st.just(2), "changes": st.lists(changes, max_size=4)})
addresses = st.sampled_from(
    ["module.tend", "module.a.module.b", 'aws_sns_topic.x["y"]', "module.x\n}", "x", "${x}", "\x1b[31m.x", ""]
) | st.text(max_size=8)
blocks = st.fixed_dictionaries(
    {
        "kind": st.just("sns") | junk,
        "source": st.text(max_size=3) | junk,
        "function": st.just("") | junk,
        "handlers": st.lists(st.text(max_size=3), max_size=2) | junk,
        "names": st.lists(st.text(max_size=3), max_size=2) | junk,
    }
)
files = st.dictionaries(paths, st.sampled_from(DIGESTS), max_size=4)
entries = (
    st.dictionaries(paths, digests, max_size=4)
    | st.dictionaries(addresses, blocks | junk, max_size=3)
    | st.dictionaries(addresses, addresses, max_size=3)
)
manifests = st.fixed_dictionaries(
    {"files": files | entries, "source": st.text(max_size=3)}
) | st.fixed_dictionaries(
    {
        "format": st.sampled_from([2, 2, 2, 3, "2", True, -1, 10**30]),
        "version": st.sampled_from(["0.2.0", "99.0", "", "\x1b[31m", 2]),
        "rendered": files | files | entries,
    },
    optional={"addresses": entries, "moves": entries, "files": entries},
)
damages = st.tuples(st.sampled_from(["none", "cut", "flip"]), st.integers(0, 400))


def serialize(document: Any, damage: tuple[str, int]) -> bytes:
    text = json.dumps(document).encode()
    kind, place = damage
    if kind == "cut":
        return text[:place]
    if kind == "flip" and text:
        place %= len(text)
        return text[:place] + bytes([text[place] ^ 0x81]) + text[place + 1 :]
    return text


def make_tree(root: Path) -> Path:
    out = root / "terraform"
    for path, content in OUTSIDE.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    write(out)
    (out / "link").symlink_to("..")
    (out / "out").symlink_to(root / "outside")
    return out


def write(out: Path, force: bool = False) -> None:
    rendered = [RenderedFile(path, content) for path, content in FILES.items()]
    with lock_tree(out):
        write_changes(out, compare_tree(out, rendered, ["dev"]), force)


def read(root: Path) -> dict[str, bytes]:
    return {path: (root / path).read_bytes() for path in OUTSIDE if (root / path).exists()}


def list_names(root: Path) -> set[str]:
    """Returns the names outside of the tree."""
    return {path.name for folder in (root, root / "outside") for path in folder.iterdir()}


def add_journal(out: Path, text: bytes, contents: list[bytes], link: str) -> None:
    committed = out / COMMITTED
    (committed / "files").mkdir(parents=True)
    (committed / "journal.json").write_bytes(text)
    for number, content in enumerate(contents):
        (committed / "files" / str(number)).write_bytes(content)
    if link == "content":
        (committed / "files" / "0").unlink(missing_ok=True)
        (committed / "files" / "0").symlink_to(out.parent / "victim.txt")
    elif link == "files":
        shutil.rmtree(committed / "files")
        (committed / "files").symlink_to(out.parent / "outside")


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(folder_transaction, "_commit_in_child", folder_transaction._commit_prepared)


@fuzz(
    120,
    document=journals | journals | junk,
    damage=st.just(("none", 0)) | damages,
    contents=st.lists(st.sampled_from([*FILES.values(), *OUTSIDE.values(), b""]), max_size=4),
    link=st.sampled_from(["", "", "", "content", "files"]),
)
def test_hostile_journal_changes_nothing_outside_of_the_tree(
    document: Any, damage: tuple[str, int], contents: list[bytes], link: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        out = make_tree(root)
        outside, names_outside = read(root), list_names(root)
        add_journal(out, serialize(document, damage), contents, link)
        try:
            recover_tree(out)
        except WriteError as error:
            assert COMMITTED in str(error)  # the remedy names the folder to remove
            shutil.rmtree(out / COMMITTED)
        state = outside.pop("terraform/stages/dev/terraform.tfstate")
        assert {path: (root / path).read_bytes() for path in outside} == outside
        assert list_names(root) == names_outside
        # A file inside the tree is changed only if the journal has its digest.
        path = out / "stages" / "dev" / "terraform.tfstate"
        assert hashlib.sha256(state).hexdigest() in str(document) or path.read_bytes() == state


@fuzz(80, document=manifests | junk, damage=st.just(("none", 0)) | damages, force=st.booleans())
def test_hostile_manifest_changes_nothing_outside_of_the_tree(
    document: Any, damage: tuple[str, int], force: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        out = make_tree(root)
        outside, names_outside = read(root), list_names(root)
        (out / MANIFEST).write_bytes(serialize(document, damage))
        try:
            write(out, force)
        except WriteError as error:
            assert error.remedy
            assert "\x1b" not in str(error)
        state = outside.pop("terraform/stages/dev/terraform.tfstate")
        assert {path: (root / path).read_bytes() for path in outside} == outside
        assert list_names(root) == names_outside
        path = out / "stages" / "dev" / "terraform.tfstate"
        assert "terraform.tfstate" in str(document) or path.read_bytes() == state


@fuzz(
    150,
    documents=st.lists(manifests, min_size=1, max_size=2),
    indent=st.sampled_from([None, 1]),
    marks=st.booleans(),
)
def test_hostile_merge_of_manifests_has_only_valid_paths_and_addresses(
    documents: list[Any], indent: int | None, marks: bool
) -> None:
    texts = [json.dumps(document, indent=indent) for document in documents]
    lines = [
        line for text in texts for line in (["<<<<<<< x", *text.split("\n")] if marks else text.split("\n"))
    ]
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / MANIFEST).write_text("\n".join(lines))
        try:
            manifest = read_manifest(Path(name))
        except WriteError as error:
            assert error.remedy
            assert "\x1b" not in str(error)
            return
        assert all(is_inside(path) for path in manifest.files)
        for address in (*manifest.addresses, *manifest.moves, *manifest.moves.values()):
            assert Reference(address) == address
        (Path(name) / MANIFEST).write_bytes(serialize_manifest(manifest))
        assert read_manifest(Path(name)) == replace(manifest, others={})
