"""The pages of docs/reference that are generated: up to date, and complete."""

from __future__ import annotations

import ast
import builtins
import inspect
import json
import re
import textwrap
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from documentation.pages import list_texts
from documentation_pages import configuration_page, decorators_page, events_page, modules_page
from documentation_pages.configuration_examples import EXAMPLES, GROUPS
from documentation_pages.docstrings import find_node, parse_docstring, render_arguments
from documentation_pages.markdown import convert_text, make_anchor, replace_part, wrap
from documentation_pages.terraform_blocks import MODULES, find_blocks, get_module_name

import domovoi_tf
from domovoi_tf import Domovoi, settings, testing, types
from domovoi_tf.cli.global_options import create_options
from domovoi_tf.model import names as names_of_functions
from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.runtime.executions import Executions
from domovoi_tf.settings.keys import MEMORY_MB, TIMEOUT_SECONDS, TOP_LEVEL
from domovoi_tf.triggers import alb, import_kind
from domovoi_tf.triggers._s3 import bucket_trigger
from domovoi_tf.triggers._shared import event_source_mapping, stream

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "docs" / "sources"
#: Public names that are not for users, each with the reason.
INTERNAL = {
    "Domovoi.freeze": "rendering and tests read the app with it",
    "Executions.machine": "the declaration, for the runtime",
    "Client.app": "the argument of the same name",
    "Client.name": "the argument of the same name",
    "Context": "the test client creates it; domovoi_tf.types.Context describes it",
}
#: Other keys that the example of a key needs.
NEEDED = {
    "subnet_ids": {"security_group_ids": EXAMPLES["security_group_ids"]},
    "security_group_ids": {"subnet_ids": EXAMPLES["subnet_ids"]},
    "iam_role_arn": {"manage_iam_role": False},
    "alb_subnet_ids": {"alb_acm_cert_dns_name": EXAMPLES["alb_acm_cert_dns_name"]},
}


def read_page(name: str) -> str:
    return (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")


def find_headings(page: str) -> set[str]:
    return set(re.findall(r"^#+ `?(.+?)`?$", page, re.MULTILINE))


def test_page_of_decorators_is_up_to_date(golden: Callable[[Path, str], None]) -> None:
    golden(decorators_page.PAGE, decorators_page.render_page())


def test_page_of_events_is_up_to_date(golden: Callable[[Path, str], None]) -> None:
    """handler-events.md contains the events and types as they are."""
    golden(events_page.PAGE, events_page.render_page())


def test_page_of_modules_is_up_to_date(
    tmp_path: Path, rendered: Callable[..., tuple[RenderedFile, ...]], golden: Callable[[Path, str], None]
) -> None:
    rendered(ROOT / "examples" / "every_source", tmp_path)
    golden(modules_page.PAGE, modules_page.render_page(tmp_path / "app"))


def test_page_of_the_configuration_is_up_to_date(golden: Callable[[Path, str], None]) -> None:
    golden(configuration_page.PAGE, configuration_page.render_page())


def test_every_key_of_the_configuration_is_on_its_page_once() -> None:
    names = [name for group in GROUPS.values() for name in group]
    assert sorted(names) == sorted(TOP_LEVEL), "list each key in GROUPS of configuration_examples.py"


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_example_of_a_key_is_accepted(name: str, tmp_path: Path) -> None:
    folder = tmp_path / ".chalice"
    folder.mkdir()
    (folder / "policy-shared.json").write_text('{"Version": "2012-10-17", "Statement": []}')
    document = {"app_name": "bar", **NEEDED.get(name, {}), name: EXAMPLES[name]}
    (folder / "config.json").write_text(json.dumps(document))
    settings.load(tmp_path, "dev")


def test_keys_with_values_of_many_forms_have_an_example() -> None:
    """Booleans and enumerations need none."""
    words = {
        name
        for name, key in TOP_LEVEL.items()
        if key.type is bool or typing.get_origin(key.type) is typing.Literal
    }
    assert TOP_LEVEL.keys() - words - EXAMPLES.keys() == set()


def test_every_global_option_is_on_the_page_of_commands() -> None:
    section = read_page("commands.md").partition("\n## Global options\n")[2].partition("\n## ")[0]
    names = {name for option in create_options() for name in option.opts}
    assert {name for name in names if f"`{name}" not in section} == set()


def test_every_environment_variable_is_on_the_page_of_commands() -> None:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "domovoi_tf").rglob("*.py"))
    names = {name for source in sources for name in re.findall(r"\b(?:DOMOVOI_TF|TF_PLUGIN)_[A-Z_]+", source)}
    section = read_page("commands.md").partition("\n## Environment variables\n")[2].partition("\n## ")[0]
    deployed = {names_of_functions.NAME_KEY, names_of_functions.FUNCTION_KEY, names_of_functions.VARIABLE_KEY}
    assert names - deployed == set(re.findall(r"^- `(DOMOVOI_TF_\w+|TF_PLUGIN_\w+)`", section, re.MULTILINE))


def test_every_public_name_is_on_the_page_of_the_api() -> None:
    headings = find_headings(read_page("decorators.md"))
    names = {*domovoi_tf.__all__, *testing.__all__, *list_members(testing.Client), *list_members(Executions)}
    missing = {name for name in names if name not in headings and name not in INTERNAL}
    assert missing == set(), "add these to SECTIONS in tests/documentation_pages/decorators_page.py"


def list_members(cls: type) -> Iterator[str]:
    """Yields the public methods and properties of a class, with its name."""
    yield from (f"{cls.__name__}.{name}" for name in vars(cls) if not name.startswith("_"))


def test_every_attribute_of_an_app_is_on_the_page_of_the_api() -> None:
    page = read_page("decorators.md")
    names = {name for name in (*vars(Domovoi), *vars(Domovoi("unit-reference"))) if not name.startswith("_")}
    missing = {
        name
        for name in names
        if name not in find_headings(page)
        and f"app.{name}" not in find_headings(page)
        and not re.search(rf"^- `{name}`[ :]", page, re.MULTILINE)
        and f"Domovoi.{name}" not in INTERNAL
    }
    assert missing == set(), "describe these with a docstring or a comment #:"


def test_every_type_of_events_is_on_a_page() -> None:
    pages = read_page("handler-events.md") + read_page("decorators.md")
    assert {name for name in types.__all__ if not re.search(rf"\b{name}\b", pages)} == set()


def test_every_key_of_events_is_on_the_page() -> None:
    page = read_page("handler-events.md")
    keys = {key for name in events_page.EVENTS for key in typing.get_type_hints(getattr(types, name))}
    assert {key for key in keys if not re.search(rf"^\| `(?:.*\.)?{key}` \|", page, re.MULTILINE)} == set()


def test_every_kind_has_its_sections_and_its_page() -> None:
    for name, kind in decorators_page.list_decorators().items():
        assert name in find_headings(read_page("decorators.md")), name
        assert name in find_headings(read_page("handler-events.md")), name
        assert (SOURCES / f"{decorators_page.PAGES.get(kind, kind)}.md").is_file(), kind
        assert f"tests/triggers/{kind}/event.json" in read_page("handler-events.md"), kind


def test_every_type_in_a_signature_is_explained() -> None:
    page = read_page("decorators.md")
    blocks = list_texts("docs/reference/decorators.md", "python")
    words = {
        name.id
        for block in blocks
        for node in list_annotations(ast.parse(block))
        for name in ast.walk(node)
        if isinstance(name, ast.Name)
    }
    known = {*vars(builtins), *typing.__all__, "Callable", "Mapping", "Sequence", "logging"}
    rows = set(re.findall(r"`(\w+)`(?=[^|]*\|)", page.partition("## Types in signatures")[2]))
    assert words - known - rows - find_headings(page) == set()


def list_annotations(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation:
            yield node.annotation
        if isinstance(node, ast.FunctionDef) and node.returns:
            yield node.returns


@pytest.mark.parametrize("module", MODULES, ids=get_module_name)
def test_module_has_its_section_with_all_inputs_and_outputs(module: Path) -> None:
    page = read_page("modules.md")
    section = re.split(r"^### ", page.partition(f"\n### {get_module_name(module)}\n")[2], flags=re.MULTILINE)[
        0
    ]
    names = [
        name
        for file, kind in (("variables.tf", "variable"), ("outputs.tf", "output"))
        for name, _ in find_blocks(module / file, kind)
    ]
    assert re.findall(r"^- `(\w+)`", section, re.MULTILINE) == names


def test_attributes_of_objects_have_their_types_and_meanings() -> None:
    kind, attributes = modules_page.parse_type(
        "  type = map(object({\n"
        "    a = string # The first.\n"
        "    b = optional(object({\n"
        "      c = optional(bool, false)\n"
        "    }), {})\n"
        "  }))\n"
        "  nullable = false\n"
    )
    assert kind == "map(object)"
    assert attributes == (
        ("a", "string", "The first.", ()),
        ("b", "optional(object, {})", "", (("c", "optional(bool, false)", "", ()),)),
    )


def test_arguments_without_a_description_are_named() -> None:
    node = ast.parse(
        'def pour(beer: str, glass: int = 1) -> None:\n    """Pours.\n\n    Args:\n        beer: it.\n    """'
    )
    function = find_node(node, "pour")
    assert isinstance(function, ast.FunctionDef)
    with pytest.raises(AssertionError, match=r"pour: describe \['glass'\]"):
        list(render_arguments(function, parse_docstring(function).arguments))


@pytest.mark.parametrize(
    ("kind", "ranges"),
    [
        ("sqs", event_source_mapping.QUEUE_RANGES),
        ("dynamodb", stream.RANGES | {"maximum_record_age": stream.AGES}),
        ("kinesis", stream.RANGES | {"maximum_record_age": stream.AGES}),
        ("s3", {"sqs_batch_size": bucket_trigger.BATCH_SIZES}),
        ("alb", {"priority": alb.PRIORITIES}),
    ],
)
def test_help_of_arguments_has_their_ranges(kind: str, ranges: dict[str, range]) -> None:
    declare = import_kind(kind).declare
    node = ast.parse(textwrap.dedent(inspect.getsource(declare))).body[0]
    assert isinstance(node, ast.FunctionDef)
    arguments = parse_docstring(node).arguments
    for name, numbers in ranges.items():
        # -1 stands for no limit.
        assert f" {max(numbers[0], 0):,} to {numbers[-1]:,}" in arguments[name], name


def test_help_of_functions_has_the_ranges_of_the_settings() -> None:
    help_text = inspect.getdoc(Domovoi.function) or ""
    for name, numbers in (("memory_size", MEMORY_MB), ("timeout", TIMEOUT_SECONDS)):
        assert re.search(rf"{name}: .*, {numbers[0]:,} to {numbers[-1]:,} \(", help_text), name


def test_docstrings_become_markdown() -> None:
    assert convert_text("``a_b`` of :meth:`Client.send`, <x> and *y*") == r"`a_b` of `send`, &lt;x> and \*y\*"


def test_lines_are_wrapped_outside_of_code_and_links() -> None:
    link = "[the reference of the decorators](../reference/decorators.md#sqs_queue_subscriber)"
    lines = list(wrap(f"{'word ' * 20}{link} and `{'code ' * 10}`", "- ", "  "))
    assert lines[1] == f"  {link} and"
    assert len(lines) == 3


def test_anchors_are_those_of_github() -> None:
    assert make_anchor("app.register_state_machine") == "appregister_state_machine"
    assert make_anchor("The app's module") == "the-apps-module"


def test_a_page_without_its_markers_is_an_error() -> None:
    assert replace_part("a\n<!-- x -->\nold\n<!-- /x -->\nb", "x", ["new"]) == (
        "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb"
    )
    with pytest.raises(AssertionError, match="write <!-- x -->"):
        replace_part("a", "x", ["new"])


def test_decorators_have_the_help_that_the_page_shows() -> None:
    """The stub, from which the page is made, could be stale."""
    for name in decorators_page.list_decorators():
        help_text = inspect.getdoc(getattr(Domovoi, name)) or ""
        sentence = " ".join(help_text.split("\n\n")[0].split())
        assert convert_text(sentence) in " ".join(read_page("decorators.md").split()), name
