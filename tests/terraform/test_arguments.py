"""What the templates pass to the modules is what the modules take; no Terraform needed to find out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from domovoi_tf import assets

META = {"source", "for_each", "providers", "depends_on"}
CALL = re.compile(r"^module [^\n]* \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)


class Call(NamedTuple):
    template: str
    source: str
    always: frozenset[str]
    sometimes: frozenset[str]


def calls() -> list[Call]:
    return [
        _call(path, body)
        for path in sorted(assets.templates().rglob("*.tf.j2"))
        for body in CALL.findall(_text(path))
    ]


def _text(path: Path) -> str:
    """Returns a template with what it includes."""
    return re.sub(
        r'^\{% include "(.*)" %\}\n',
        lambda found: _text(assets.templates() / found[1]),
        path.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )


def _call(path: Path, body: str) -> Call:
    depth = 0
    found: tuple[set[str], set[str]] = (set(), set())
    for line in body.splitlines():
        depth += line.startswith("{% if") - line.startswith("{% endif")
        if argument := re.match(r"  (\w+) +?= ", line):
            found[depth > 0].add(argument[1])
    source = re.search(r'^  source = "(.*)"$', body, re.MULTILINE)
    assert source, f"{path}: a module call without a source"
    return Call(path.relative_to(assets.templates()).as_posix(), source[1], *map(frozenset, found))


def variables(source: str) -> dict[str, bool]:
    """Returns the inputs of a module, and whether a caller must give each."""
    file = assets.templates() / "app" / "variables.tf.j2"
    if source.startswith("./modules/"):
        file = assets.modules() / source.removeprefix("./modules/") / "variables.tf"
    blocks = re.findall(
        r'^variable "(\w+)" \{\n(.*?)^\}', file.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return {name: not re.search("^  default +?= ", body, re.MULTILINE) for name, body in blocks}


def test_there_are_calls() -> None:
    sources = {call.source for call in calls()}
    assert sources >= {"./modules/lambda", "./modules/iam", "../../app"}
    called = {
        f"./modules/{path.parent.relative_to(assets.modules())}" for path in assets.modules().rglob("main.tf")
    }
    assert sources == called | {"../../app"}


@pytest.mark.parametrize("call", calls(), ids=lambda call: f"{call.template} {call.source}")
def test_a_call_fits_its_module(call: Call) -> None:
    taken = variables(call.source)
    passed = (call.always | call.sometimes) - META
    assert passed - taken.keys() == set(), "the module does not take these"
    assert {name for name, required in taken.items() if required} - call.always == set(), "these are required"
