"""What the templates pass to the modules is what the modules take; no Terraform needed to find out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from domovoi_tf.system import assets

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
        for path in sorted(assets.find_templates().rglob("*.tf.j2"))
        for body in CALL.findall(_text(path))
    ]


def _text(path: Path) -> str:
    """Returns a template with what it includes."""
    return re.sub(
        r'^\{% include "(.*)" %\}\n',
        lambda found: _text(assets.find_templates() / found[1]),
        path.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )


def _call(path: Path, body: str) -> Call:
    """Returns a call with its arguments; those in an object have the object's name before them."""
    depth, outer = 0, ""
    found: tuple[set[str], set[str]] = (set(), set())
    for line in body.splitlines():
        depth += line.startswith("{% if") - line.startswith("{% endif")
        if argument := re.match(r"  (\w+) +?= ", line):
            found[depth > 0].add(argument[1])
            outer = argument[1] if line.endswith("= {") else ""
        elif outer and (argument := re.match(r"    (\w+) +?= ", line)):
            found[depth > 0].add(f"{outer}.{argument[1]}")
    source = re.search(r'^  source = "(.*)"$', body, re.MULTILINE)
    assert source, f"{path}: a module call without a source"
    return Call(path.relative_to(assets.find_templates()).as_posix(), source[1], *map(frozenset, found))


def variables(source: str) -> dict[str, bool]:
    """Returns the inputs of a module, and whether a caller must give each."""
    file = assets.find_templates() / "app" / "variables.tf.j2"
    if source.startswith("./modules/"):
        file = assets.find_modules() / source.removeprefix("./modules/") / "variables.tf"
    text = file.read_text(encoding="utf-8")
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.DOTALL | re.MULTILINE)
    found = {}
    for name, body in blocks:
        found[name] = not re.search("^  default +?= ", body, re.MULTILINE)
        for attribute, kind in _attributes(body):
            found[f"{name}.{attribute}"] = found[name] and not kind.startswith("optional(")
    return found


def _attributes(body: str) -> list[tuple[str, str]]:
    """Returns the attributes of a variable that is an object, each with its type."""
    found = re.search(r"^  type += object\(\{\n(.*?)^  \}\)", body, re.DOTALL | re.MULTILINE)
    return re.findall(r"^    (\w+) += (.*)", found[1], re.MULTILINE) if found else []


def test_there_are_calls() -> None:
    sources = {call.source for call in calls()}
    assert sources >= {"./modules/lambda", "./modules/iam", "../../app"}
    called = {
        f"./modules/{path.parent.relative_to(assets.find_modules())}"
        for path in assets.find_modules().rglob("main.tf")
    }
    assert sources == called | {"../../app"}


@pytest.mark.parametrize("call", calls(), ids=lambda call: f"{call.template} {call.source}")
def test_a_call_fits_its_module(call: Call) -> None:
    taken = variables(call.source)
    passed = (call.always | call.sometimes) - META
    unknown = {name for name in passed - taken.keys() if name.partition(".")[0] not in _maps(taken)}
    assert unknown == set(), "the module does not take these"
    whole = {name for name in call.always if not any(each.startswith(f"{name}.") for each in passed)}
    required = {name for name, needed in taken.items() if needed and name.partition(".")[0] not in whole}
    assert required - call.always == set(), "these are required"


def _maps(taken: dict[str, bool]) -> set[str]:
    """Returns the inputs whose keys the caller chooses."""
    return {name for name in taken if not any(each.startswith(f"{name}.") for each in taken)}


def test_attributes_of_objects_are_compared() -> None:
    template = assets.find_templates() / "app" / "x.tf.j2"
    rule = "  rule = {\n    name = {{ a }}\n{% if b %}\n    tags = {{ b }}\n{% endif %}\n  }\n"
    call = _call(template, f'  source = "./modules/x"\n\n{rule}')
    assert call.always == frozenset({"source", "rule", "rule.name"})
    assert call.sometimes == frozenset({"rule.tags"})
    declared = (
        "  type = object({\n    name = string\n    tags = optional(map(string))\n  })\n  nullable = false\n"
    )
    assert _attributes(declared) == [("name", "string"), ("tags", "optional(map(string))")]
