"""Tests that the templates pass to each module the inputs that it declares, without Terraform."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from domovoi_tf.system import assets

META = {"source", "for_each", "providers", "depends_on"}
CALL = re.compile(r"^module [^\n]* \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)


class Call(NamedTuple):
    """A module call in a template, with the arguments that it always has, and those that it has sometimes."""

    template: str
    source: str
    always: frozenset[str]
    sometimes: frozenset[str]


def list_calls() -> list[Call]:
    """Returns the module calls of all templates."""
    return [
        _parse_call(path, body)
        for path in sorted(assets.find_templates().rglob("*.tf.j2"))
        for body in CALL.findall(_read_text(path))
    ]


def _read_text(path: Path) -> str:
    """Returns the text of a template with the templates that it includes."""
    return re.sub(
        r'^\{% include "(.*)" %\}\n',
        lambda match: _read_text(assets.find_templates() / match[1]),
        path.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )


def _parse_call(path: Path, body: str) -> Call:
    """Returns a call with its arguments. Attributes of an object begin with the object's name."""
    depth, outer = 0, ""
    arguments: tuple[set[str], set[str]] = (set(), set())
    for line in body.splitlines():
        depth += line.startswith("{% if") - line.startswith("{% endif")
        if argument := re.match(r"  (\w+) +?= ", line):
            arguments[depth > 0].add(argument[1])
            outer = argument[1] if line.endswith("= {") else ""
        elif outer and (argument := re.match(r"    (\w+) +?= ", line)):
            arguments[depth > 0].add(f"{outer}.{argument[1]}")
    source = re.search(r'^  source = "(.*)"$', body, re.MULTILINE)
    assert source, f"{path}: a module call without a source"
    return Call(path.relative_to(assets.find_templates()).as_posix(), source[1], *map(frozenset, arguments))


def read_inputs(source: str) -> dict[str, bool]:
    """Returns the inputs of a module, each with whether a caller must set it."""
    file = assets.find_templates() / "app" / "variables.tf.j2"
    if source.startswith("./modules/"):
        file = assets.find_modules() / source.removeprefix("./modules/") / "variables.tf"
    text = file.read_text(encoding="utf-8")
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.DOTALL | re.MULTILINE)
    inputs = {}
    for name, body in blocks:
        inputs[name] = not re.search("^  default +?= ", body, re.MULTILINE)
        for attribute, kind in _parse_attributes(body):
            inputs[f"{name}.{attribute}"] = inputs[name] and not kind.startswith("optional(")
    return inputs


def _parse_attributes(body: str) -> list[tuple[str, str]]:
    """Returns the attributes of a variable that is an object, each with its type."""
    block = re.search(r"^  type += object\(\{\n(.*?)^  \}\)", body, re.DOTALL | re.MULTILINE)
    return re.findall(r"^    (\w+) += (.*)", block[1], re.MULTILINE) if block else []


def test_templates_call_every_module() -> None:
    sources = {call.source for call in list_calls()}
    assert sources >= {"./modules/lambda", "./modules/iam", "../../app"}
    called = {
        f"./modules/{path.parent.relative_to(assets.find_modules())}"
        for path in assets.find_modules().rglob("main.tf")
    }
    assert sources == called | {"../../app"}


@pytest.mark.parametrize("call", list_calls(), ids=lambda call: f"{call.template} {call.source}")
def test_call_sets_the_inputs_of_its_module(call: Call) -> None:
    inputs = read_inputs(call.source)
    passed = (call.always | call.sometimes) - META
    unknown = {name for name in passed - inputs.keys() if name.partition(".")[0] not in _list_maps(inputs)}
    assert unknown == set(), "the module does not declare these inputs"
    whole = {name for name in call.always if not any(each.startswith(f"{name}.") for each in passed)}
    required = {name for name, needed in inputs.items() if needed and name.partition(".")[0] not in whole}
    assert required - call.always == set(), "the module requires these inputs"


def _list_maps(inputs: dict[str, bool]) -> set[str]:
    """Returns the inputs without declared attributes, which may be maps with any keys."""
    return {name for name in inputs if not any(each.startswith(f"{name}.") for each in inputs)}


def test_attributes_of_objects_are_compared() -> None:
    template = assets.find_templates() / "app" / "x.tf.j2"
    rule = "  rule = {\n    name = {{ a }}\n{% if b %}\n    tags = {{ b }}\n{% endif %}\n  }\n"
    call = _parse_call(template, f'  source = "./modules/x"\n\n{rule}')
    assert call.always == frozenset({"source", "rule", "rule.name"})
    assert call.sometimes == frozenset({"rule.tags"})
    declared = (
        "  type = object({\n    name = string\n    tags = optional(map(string))\n  })\n  nullable = false\n"
    )
    assert _parse_attributes(declared) == [("name", "string"), ("tags", "optional(map(string))")]
