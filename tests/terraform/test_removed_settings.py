"""Tests that Terraform plans a change for each setting that is removed.

The provider keeps what it finds of many settings that the configuration does not mention, and AWS would then
have what nobody declares any more. Each optional argument of each module has an entry in
``optional_settings``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import tftest
from optional_settings import CALLS, DESTROYED, OF_OUTPUTS, QUEUES, SOURCES, Removal
from paper_states import plan_changes, pretend_apply, write_files

from domovoi_tf import Domovoi
from domovoi_tf.hcl.syntax import hcl
from domovoi_tf.local.emulator_environment import Emulator, create_client
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.triggers._queues.queue_attributes import ATTRIBUTES

pytestmark = pytest.mark.terraform
MODULES = sorted(path.parent for path in assets.find_modules().rglob("main.tf"))
DOMAIN = "bar.taps.example.com"


def list_optional_arguments(text: str) -> Iterator[str]:
    """Yields the arguments that a caller may leave out, with dots for attributes of objects outside of lists.

    Args:
        text: the content of a module's ``variables.tf``.
    """
    for name, body in re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.DOTALL | re.MULTILINE):
        if re.search("^  default +?= ", body, re.MULTILINE):
            yield name
        if re.search(r"^  type += map\(list\(object", body, re.MULTILINE):
            continue
        outer = [f"{name}.*" if re.search(r"^  type += map\(object", body, re.MULTILINE) else name]
        for indent, attribute, kind in re.findall(r"^((?:  ){2,})(\w+) += (.*)", body, re.MULTILINE):
            del outer[len(indent) // 2 - 1 :]
            outer.append(attribute)
            if kind.startswith("optional("):
                yield ".".join(outer)


def nest(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns arguments with dots as objects; an asterisk stands for the key ``bar`` of a map."""
    nested: dict[str, Any] = {}
    for path, value in deepcopy(dict(arguments)).items():
        *outer, name = path.replace("*", "bar").split(".")
        place = nested
        for each in outer:
            place = place.setdefault(each, {})
        place[name] = value
    return nested


def spell_calls(with_settings: bool) -> str:
    """Returns a root module that calls the app and each module, with or without its optional arguments."""
    calls = ['provider "aws" {}\n\nmodule "app" {\n  source = "./app"\n}\n']
    for number, call in enumerate(CALLS):
        settings = {name: removal.value for name, removal in call.removals.items()}
        given = settings if with_settings else call.instead
        arguments = {"source": f"./modules/{call.module}", **nest({**call.required, **given})}
        lines = [f"  {name} = {hcl(value, 2)}\n" for name, value in arguments.items()]
        calls.append("".join([f'module "call_{number}" {{\n', *lines, "}\n"]))
    return "\n".join(calls)


def handle(event: object, context: object) -> None: ...


def render_app(with_settings: bool) -> dict[str, str]:
    """Returns the files of an app whose sources have their optional attributes, or do not."""
    app = Domovoi()

    def select(removals: Mapping[str, Removal], *names: str) -> dict[str, Any]:
        used = names or tuple(removals)
        return {name: removals[name].value for name in used} if with_settings else {}

    for number, (name, (kept, removals)) in enumerate(QUEUES.items()):
        attributes = {**kept, **select(removals)}
        app.sqs_queue_subscriber(name, queue_attributes=attributes, name=f"read_{number}")(handle)
    app.sqs_queue_subscriber("lost", name="find", **select(SOURCES, "max_receive_count"))(handle)
    filters = select(SOURCES, "prefix", "suffix")
    app.s3_event_handler("cellar", ["s3:ObjectCreated:*"], use_sns=False, name="store", **filters)(handle)
    stack = synthesize(app.freeze(), Settings(app_name="bar", stage="dev"))
    files = render(stack, assets.find_templates(), assets.find_modules())
    return {file.path: file.content.decode() for file in files if file.path.startswith("app/")}


def find_value(values: Any, path: str) -> Any:
    """Returns the value at a path with dots; None for an empty one, as the provider mixes them."""
    for part in path.split(".") if path else ():
        values = values[int(part)] if isinstance(values, list) else values[part]
    return None if values in ([], {}) else values


@pytest.fixture(scope="module")
def changes(
    tmp_path_factory: pytest.TempPathFactory,
    emulator: Emulator,
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> dict[str, Any]:
    """The planned changes by address, once all optional arguments of all modules are removed."""
    folder = tmp_path_factory.mktemp("removals")
    (folder / "modules").symlink_to(assets.find_modules())
    (folder / "app").mkdir()
    for package in ("package.zip", "app/package.zip"):
        (folder / package).touch()
    (folder / "machine.asl.json").write_text("{}")
    (folder / "calling.asl.json").write_text('{"Resource": "${bar}"}')
    create_client(emulator, "acm").request_certificate(DomainName=DOMAIN)
    for zone in ("taps.example.com", "example.com"):
        create_client(emulator, "route53").create_hosted_zone(Name=zone, CallerReference=zone)
    runner = tftest.TerraformTest(str(folder), binary=str(attached_terraform.path), env=aws_environment)
    before, after = ({"main.tf": spell_calls(each), **render_app(each)} for each in (True, False))
    pretend_apply(runner, folder, before)
    write_files(folder, after)
    return {address: each["change"] for address, each in plan_changes(runner).items()}


ARGUMENTS = [
    pytest.param(f"call_{number}", removal, id=f"{call.module} {name}")
    for number, call in enumerate(CALLS)
    for name, removal in call.removals.items()
]
ATTRIBUTES_OF_SOURCES = [
    pytest.param("app", removal, id=name)
    for removals in (*(removals for _, removals in QUEUES.values()), SOURCES)
    for name, removal in removals.items()
]


@pytest.mark.parametrize(("module", "removal"), [*ARGUMENTS, *ATTRIBUTES_OF_SOURCES])
def test_removed_setting_is_planned(module: str, removal: Removal, changes: dict[str, Any]) -> None:
    change = changes[f"module.{module}.{removal.resource}"]
    if removal.after == DESTROYED:
        assert change["actions"] == ["delete"]
        return
    before, after = (
        find_value(change[side], removal.path) if change[side] else None for side in ("before", "after")
    )
    assert before != after, "the provider keeps the setting"
    if removal.after is not ...:
        assert after == removal.after


@pytest.mark.parametrize(
    "module", MODULES, ids=lambda path: path.relative_to(assets.find_modules()).as_posix()
)
def test_each_optional_argument_is_removed(module: Path) -> None:
    name = module.relative_to(assets.find_modules()).as_posix()
    declared = set(list_optional_arguments((module / "variables.tf").read_text(encoding="utf-8")))
    removed = {argument for call in CALLS if call.module == name for argument in call.removals}
    assert removed == declared - OF_OUTPUTS.get(name, set()), (
        f"add a removal for each optional argument of {name} to optional_settings.py"
    )


def test_each_attribute_of_queues_is_removed() -> None:
    removed = {name for _, removals in QUEUES.values() for name in removals}
    assert removed == ATTRIBUTES.keys() - {"FifoQueue"}, "add a removal to QUEUES in optional_settings.py"
