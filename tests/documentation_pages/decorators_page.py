"""Writes docs/reference/decorators.md from signatures, annotations and docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import decorators_stub

import domovoi_tf
from domovoi_tf import Domovoi
from domovoi_tf.app import EventSource

from .docstrings import (
    Docstring,
    Documented,
    find_node,
    list_parameters,
    parse_docstring,
    render_arguments,
    render_attributes,
    render_rest,
    render_signature,
)
from .markdown import REFERENCE, convert_text, make_anchor, replace_part, wrap

PAGE = REFERENCE / "decorators.md"
PACKAGE = Path(domovoi_tf.__file__).parent
#: Pages of kinds whose names differ from the kind's.
PAGES = {"state_machine": "state_machines"}
#: The other parts of the API by the markers of the page: the objects, each with its module.
SECTIONS: dict[str, dict[str, str]] = {
    "app": dict.fromkeys(("Domovoi", "app.function", "app.variable", "app.log"), "app"),
    "names": dict.fromkeys(("scoped", "variable"), "model/names"),
    "machines": {
        "app.register_state_machine": "app",
        "app.state_machine": "app",
        "app.state_machines": "app",
        "Executions.start_execution": "runtime/executions",
        "Executions.start_named_execution": "runtime/executions",
        "Executions.arn": "runtime/executions",
    },
    "middleware": {
        "app.middleware": "app",
        "app.register_middleware": "app",
        "ConvertToMiddleware": "runtime/middleware",
    },
    "context": {"Context": "types/context"},
    "client": dict.fromkeys(
        ("Client", "Client.event", "Client.send", "Client.send_batch", "Client.invoke", "Execution"),
        "testing/__init__",
    ),
    "exceptions": {"DomovoiError": "errors", "DispatchError": "errors"},
}


def list_decorators() -> dict[str, str]:
    """Returns the kind of each decorator by its name, in the order of the app's."""
    found = {name: value for name, value in vars(Domovoi).items() if isinstance(value, EventSource)}
    return {name: source.kind for name, source in found.items()}


def render_page() -> str:
    """Returns the text of the page, with new parts between its markers."""
    page = PAGE.read_text(encoding="utf-8")
    stub = ast.parse(decorators_stub.STUB.read_text(encoding="utf-8"))
    nodes = {name: find_node(stub, name) for name in list_decorators()}
    page = replace_part(page, "summary", _render_summary(nodes))
    page = replace_part(page, "decorators", _render_decorators(nodes))
    for marker, objects in SECTIONS.items():
        page = replace_part(page, marker, _render_section(objects))
    return page


def _render_summary(nodes: Mapping[str, Documented]) -> Iterator[str]:
    yield from ("| decorator | calls the handler |", "| --- | --- |")
    for name, node in nodes.items():
        summary = parse_docstring(node).paragraphs[0].removeprefix("Calls the handler ").rstrip(".")
        yield f"| [`{name}`](#{name}) | {convert_text(summary)} |"
    yield ""
    links = (f"[`{each}`](#{make_anchor(each)})" for objects in SECTIONS.values() for each in objects)
    yield from wrap(f"The rest of the API: {', '.join(links)}.")


def _render_decorators(nodes: Mapping[str, ast.ClassDef | ast.FunctionDef]) -> Iterator[str]:
    for name, kind in list_decorators().items():
        yield from (f"### `{name}`", "")
        yield from _render_function(nodes[name])
        yield ""
        page = f"sources/{PAGES.get(kind, kind)}.md"
        title = (REFERENCE.parent / page).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        yield from wrap(
            f"See also: [{title}](../{page}), [the event and the result](handler-events.md#{name})."
        )
        yield ""


def _render_section(objects: Mapping[str, str]) -> Iterator[str]:
    for name, module in objects.items():
        yield from (f"### `{name}`", "")
        yield from _render_object(name, PACKAGE / f"{module}.py")
        yield ""


def _render_object(name: str, file: Path) -> Iterator[str]:
    source = file.read_text(encoding="utf-8")
    node = find_node(ast.parse(source), name.replace("app.", "Domovoi."))
    if isinstance(node, ast.ClassDef):
        yield from _render_class(node, source)
    elif any(isinstance(each, ast.Name) and each.id == "property" for each in node.decorator_list):
        assert node.returns
        yield from ("```python", f"{name}: {ast.unparse(node.returns)}", "```", "")
        parsed = parse_docstring(node)
        yield from _render_paragraphs(parsed)
        yield from render_rest(parsed)
    else:
        yield from _render_function(node)


def _render_class(node: ast.ClassDef, source: str) -> Iterator[str]:
    methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
    parsed = parse_docstring(node)
    constructor = methods.get("__init__")
    if constructor:
        constructor.returns = ast.Name(node.name)
        yield from (*render_signature(constructor, node.name), "")
    yield from _render_paragraphs(parsed)
    if constructor and parsed.arguments:
        yield from ("", *render_arguments(constructor, parsed.arguments))
    fields = list(render_attributes(source, node))
    if fields:
        yield from ("", "Attributes:", "", *fields)
    if not constructor and methods:
        yield from ("", "Methods:", "")
        for name, method in methods.items():
            (meaning,) = parse_docstring(method).paragraphs
            arguments = ", ".join(each for each, kind, _ in list_parameters(method) if kind)
            yield from wrap(f"`{name}({arguments})`: {convert_text(meaning)}", "- ", "  ")
    yield from render_rest(parsed)


def _render_function(node: ast.ClassDef | ast.FunctionDef) -> Iterator[str]:
    assert isinstance(node, ast.FunctionDef)
    parsed = parse_docstring(node)
    yield from (*render_signature(node), "")
    yield from _render_paragraphs(parsed)
    if list_parameters(node):
        yield from ("", *render_arguments(node, parsed.arguments))
    yield from render_rest(parsed)


def _render_paragraphs(parsed: Docstring) -> Iterator[str]:
    for number, paragraph in enumerate(parsed.paragraphs):
        if number:
            yield ""
        yield from wrap(convert_text(paragraph))
