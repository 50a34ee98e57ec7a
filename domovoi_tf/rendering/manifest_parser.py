"""Parses manifests, also those that a merge of two branches left behind, and trusts nothing in them.

Git's union merge keeps the lines of both branches: keys occur twice, commas are missing or left over, and a
line can end up in the neighbouring section. So an entry is recognised by its own form, not by its place.

https://git-scm.com/docs/gitattributes#_built_in_merge_drivers
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from domovoi_tf.errors import RenderError
from domovoi_tf.hcl.syntax import Reference
from domovoi_tf.rendering.conflict_markers import drop_markers
from domovoi_tf.rendering.versions import sort_versions
from domovoi_tf.synthesis.addresses import Block

#: The sections of entries. ``files`` is the name that 0.1.0 gave to ``rendered``: it requires that name, and
#: so rejects trees of the current format.
_SECTIONS = frozenset(("rendered", "files", "addresses", "moves", "bytecode"))
_SECTION = re.compile(r'"(rendered|files|addresses|moves|bytecode)": *\{( *\},?)?')
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: A version of Python, and the number of the release that compiles for it.
_PYTHON, _NUMBER = re.compile(r"3\.[0-9]{1,3}"), re.compile(r"\.[0-9]{1,3}")
_VERSION = re.compile(r"(?:[0-9][0-9A-Za-z.+!-]{0,40})?")
_SETTINGS = frozenset(("format", "version", "source"))
_TEXTS, _LISTS = ("kind", "source", "function"), ("handlers", "names")


@dataclass
class Document:
    """The validated content of a manifest, with all digests that it has for each file."""

    format: int = 1
    version: str = ""
    files: dict[str, list[str]] = field(default_factory=dict)
    addresses: dict[str, Block] = field(default_factory=dict)
    moves: dict[str, str] = field(default_factory=dict)
    bytecode: dict[str, str] = field(default_factory=dict)


class _Object(list[tuple[str, Any]]):
    """The members of a JSON object, in which keys can occur twice."""


@dataclass
class _Members:
    """The members of a manifest before validation: settings, names of sections, and their entries."""

    settings: list[tuple[str, Any]] = field(default_factory=list)
    sections: set[str] = field(default_factory=set)
    entries: list[tuple[str, Any]] = field(default_factory=list)


def parse_manifest(content: bytes, known_format: int) -> Document:
    """Returns the content of a manifest; of a newer format only the number and the version.

    Args:
        content: the content of the file, in a known format or in that of 0.1.0.
        known_format: the newest format that this version knows.

    Raises:
        ValueError: it is not a manifest, nor the merge of two.
        RecursionError: it is nested too deeply.
    """
    text = content.decode()
    try:
        members = _split_document(json.loads(text, object_pairs_hook=_Object))
    except json.JSONDecodeError:
        members = _split_lines(text)
    document = Document(_get_format(members), _get_version(members))
    if document.format > known_format:
        return document
    _check_sections(members, document.format)
    targets: dict[str, list[str]] = {}
    for key, value in members.entries:
        if isinstance(value, _Object):
            _add_address(document.addresses, _check_address(key), _parse_block(dict(value)))
        elif not isinstance(value, str):
            raise ValueError(f"{key} has no digest")
        elif _DIGEST.fullmatch(value):
            digests = document.files.setdefault(key, [])
            digests += [] if value in digests else [value]
        elif _is_bytecode(key, value):
            document.bytecode[key] = _choose_release(value, document.bytecode.get(key, value))
        else:
            targets.setdefault(_check_address(key), []).append(_check_address(value))
    document.moves = {old: _choose_target(new, document.addresses) for old, new in targets.items()}
    # A branch that knows nothing of a move still has the old address.
    document.addresses = {
        address: block
        for address, block in document.addresses.items()
        if document.moves.get(address) not in document.addresses
    }
    return document


def _split_document(document: Any) -> _Members:
    if not isinstance(document, _Object):
        raise ValueError("not an object")
    members = _Members()
    for key, value in document:
        if key not in _SECTIONS:
            members.settings.append((key, value))
            continue
        members.sections.add(key)
        # The name of a section is not a valid entry.
        members.entries += value if isinstance(value, _Object) else [(key, None)]
    return members


def _split_lines(text: str) -> _Members:
    """Splits a merged manifest, which is not JSON, at the ends of its lines."""
    lines = [line.strip() for line in drop_markers(text.split("\n")) if line.strip()]
    if len(lines) < 2 or lines[0] != "{" or lines[-1] != "}":
        raise ValueError("not an object")
    members = _Members()
    depth = 0
    for line in lines:
        if match := _SECTION.fullmatch(line):
            members.sections.add(match[1])
            depth += 0 if match[2] else 1
        elif line in ("{", "}", "},"):
            depth += 1 if line == "{" else -1
        else:
            [(key, value)] = json.loads(f"{{{line.removesuffix(',')}}}", object_pairs_hook=_Object)
            is_setting = key in _SETTINGS and not isinstance(value, _Object)
            (members.settings if is_setting else members.entries).append((key, value))
    if depth:
        raise ValueError("a brace is missing")
    return members


def _get_format(members: _Members) -> int:
    numbers = [value for key, value in members.settings if key == "format"]
    if not all(type(number) is int and number > 1 for number in numbers):
        raise ValueError("not a format")
    return max(numbers, default=1)


def _get_version(members: _Members) -> str:
    """Returns the newest version that a merged manifest names."""
    versions = [value for key, value in members.settings if key == "version"]
    if not all(isinstance(version, str) and _VERSION.fullmatch(version) for version in versions):
        raise ValueError("not a version")
    return sort_versions(versions)[-1] if versions else ""


def _check_sections(members: _Members, number: int) -> None:
    if number == 1:
        sources = [value for key, value in members.settings if key == "source"]
        is_complete = bool(sources) and all(isinstance(source, str) for source in sources)
    else:
        is_complete = any(key == "version" for key, _ in members.settings)
    if not is_complete or ("files" if number == 1 else "rendered") not in members.sections:
        raise ValueError("incomplete")


def _check_address(text: str) -> str:
    try:
        return Reference(text)
    except RenderError as error:
        raise ValueError(error.message) from None


def _parse_block(members: dict[str, Any]) -> Block:
    kind, source, function = map(members.get, _TEXTS)
    if not (isinstance(kind, str) and isinstance(source, str) and isinstance(function, str)):
        raise ValueError("not a text")
    handlers, names = (_check_texts(members.get(name)) for name in _LISTS)
    return Block(kind, source, function, handlers, names)


def _check_texts(value: object) -> tuple[str, ...]:
    if type(value) is not list or not {*map(type, value)} <= {str}:
        raise ValueError("not a list of texts")
    return tuple(value)


def _add_address(addresses: dict[str, Block], address: str, block: Block) -> None:
    """Adds an address; if the other branch has added handlers to it too, it gets those of both."""
    other = addresses.get(address)
    if other and (other.kind, other.source, other.function) == (block.kind, block.source, block.function):
        handlers = tuple(sorted({*other.handlers, *block.handlers}))
        names = tuple(sorted({*other.names, *block.names}))
        block = Block(block.kind, block.source, block.function, handlers, names)
    addresses[address] = block


def _choose_target(targets: list[str], addresses: dict[str, Block]) -> str:
    """Returns where an address moved, if two branches moved it to different ones: to one that exists."""
    return next((target for target in targets if target in addresses), targets[-1])


def _is_bytecode(key: str, value: str) -> bool:
    return bool(
        _PYTHON.fullmatch(key)
        and (value == "none" or (value.startswith(key) and _NUMBER.fullmatch(value[len(key) :])))
    )


def _choose_release(*releases: str) -> str:
    """Returns the newest of the releases that two branches recorded; bytecode is preferred to none."""
    return max(releases, key=lambda each: [int(number) for number in each.split(".")[1:]])
