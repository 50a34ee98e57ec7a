"""Tests that the templates pass to each module the inputs that it declares, without Terraform.

Terraform rejects an argument that a module does not declare, but drops an attribute of an object.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from argument_shapes import Module, Passed
from configurations import OF_STAGE
from every_setting import EVERYTHING, build_application

from domovoi_tf import Domovoi
from domovoi_tf.model.application import Application
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets

TESTS = Path(__file__).parents[1]
APPS = (*(TESTS.parent / "examples").glob("*/app.py"), *(TESTS / "triggers").glob("*/app.py"))
PROJECTS = {path.parent.name: path.parent for path in sorted(APPS)}
LOAD_BALANCER = Settings(
    app_name="bar",
    stage="dev",
    alb_acm_cert_dns_name="bar.example.com",
    alb_subnet_ids=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
    load_balancer={**OF_STAGE["load_balancer"]},
    tags={"team": "bar"},
)
#: The values whose attributes are not compared, because they are no objects of the templates.
NOT_COMPARED = {
    ("./modules/lambda", "package.object"): "a condition",
    ("./modules/triggers/s3_sns", "topic"): "a resource",
    ("./modules/triggers/s3_sns_sqs", "queue"): "a resource",
    ("./modules/triggers/s3_sqs", "queue"): "a resource",
    ("./modules/triggers/scheduler", "schedule.group"): "a resource",
}


def handle(event: object, context: object) -> None: ...


def build_remaining() -> Application:
    """Returns an application with options that no other one here has."""
    app = Domovoi()
    app.alb_target()(handle)
    app.s3_event_handler("one", ["s3:ObjectCreated:*"], use_sqs=True, report_failures=True)(handle)
    return app.freeze()


APPLICATIONS = {
    "every_setting": (build_application(), EVERYTHING),
    "remaining": (build_remaining(), LOAD_BALANCER),
}
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


def test_calls_use_every_input_of_the_triggers_modules() -> None:
    passed: dict[str, set[str]] = {}
    for call in list_calls():
        passed.setdefault(call.source, set()).update(call.always | call.sometimes)
    modules = [source for source in passed if source.startswith("./modules/triggers/")]
    assert len(modules) > 10
    unused = {
        (source, name)
        for source in modules
        for name in read_inputs(source).keys() - passed[source]
        if any(each.startswith(f"{name.partition('.')[0]}.") for each in passed[source])
    }
    assert unused == set(), "remove these inputs, or pass them in a template"


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


@pytest.fixture(scope="module")
def passed(
    tmp_path_factory: pytest.TempPathFactory, rendered: Callable[[Path, Path, str], object]
) -> dict[str, set[Passed]]:
    """The arguments of the calls in the trees of examples, of all kinds, and of an app with every setting."""
    folder = tmp_path_factory.mktemp("trees")
    for name, project in PROJECTS.items():
        rendered(project, folder / name, "dev")
    for name, (application, settings) in APPLICATIONS.items():
        for file in render(synthesize(application, settings), assets.find_templates(), assets.find_modules()):
            path = folder / name / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
    return {
        tree.name: {each for stage in (tree / "stages").iterdir() for each in Module(stage).list_passed()}
        for tree in folder.iterdir()
    }


@pytest.mark.parametrize("name", [*PROJECTS, *APPLICATIONS])
def test_no_call_passes_an_attribute_that_terraform_drops(name: str, passed: dict[str, set[Passed]]) -> None:
    assert [each for each in sorted(passed[name]) if not each.is_declared] == []


def test_all_objects_are_compared(passed: dict[str, set[Passed]]) -> None:
    unknown = {each[:2] for values in passed.values() for each in values if not each.is_known}
    assert unknown == NOT_COMPARED.keys()


def test_trees_have_all_arguments_of_the_templates(passed: dict[str, set[Passed]]) -> None:
    found = {each[:2] for values in passed.values() for each in values}
    written = {(call.source, name) for call in list_calls() for name in (call.always | call.sometimes) - META}
    assert written - found == set()


CALLER = """
variable "settings" {
  description = <<-EOT
    settings: {
  EOT
  type = map(object({ size = optional(number, 1), old = string }))
}

locals {
  every = { for name, own in var.settings : name => merge(own, { tags = {} }) }
}

module "first" {
  source = "./inner"

  object = merge(local.every["a"], { nested = { arn = "x", name = "x" } })
  list   = concat([for id in ["x"] : { id = id, note = "x" }], [{ id = "x", text = "x" }])
  map    = { for name, own in var.settings : name => { for k, v in own : k => v != null ? v : local.x[k] } }
  sizes  = { any = { a = 1 } }
}

module "second" {
  source = "./inner"

  object = module.first.result
  list   = one([for one in [[{ id = "x", inner = {} }]] : one])
  map    = var.settings["a"] == "b" ? {} : {}
}
"""
INNER = """
variable "object" {
  type = object({
    size   = number # The size, in {.
    tags   = optional(map(string), {})
    nested = optional(object({ arn = string }))
  })
}

variable "list" {
  type = list(object({ id = string }))
}

variable "map" {
  type = map(object({ size = number }))
}

variable "sizes" {
  type = map(map(number))
}

output "result" {
  value = { size = 1, given = "x" }
}
"""


def test_dropped_attributes_are_found(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(CALLER)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "main.tf").write_text(INNER)
    passed = set(Module(tmp_path).list_passed())
    assert {each.path for each in passed if not each.is_declared} == {
        "object.old",
        "object.nested.name",
        "object.given",
        "list[].note",
        "list[].text",
        "list[].inner",
        "map[].old",
    }
    assert {each.path for each in passed if not each.is_known} == {"map"}
