"""Writes docs/reference/modules.md from the files of the Terraform modules and of a rendered app."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .markdown import REFERENCE, make_anchor, replace_part, wrap
from .terraform_blocks import MODULES, find_blocks, find_value, format_description, get_module_name

PAGE = REFERENCE / "modules.md"
#: An attribute of an object: its indentation, name, type and comment.
_ATTRIBUTE = re.compile(r"^( +)(\w+) += (.*?)(?: +# (.*))?$")


class Attribute(NamedTuple):
    """An attribute of an object: ``attributes`` are those of an object that is its value."""

    name: str
    type: str
    meaning: str
    attributes: tuple[Attribute, ...]


def render_page(app: Path) -> str:
    """Returns the text of the page, with new parts between its markers.

    Args:
        app: the folder of a rendered app with all kinds of sources.
    """
    page = PAGE.read_text(encoding="utf-8")
    names = [get_module_name(module) for module in MODULES]
    links = (f"[`{name}`](#{make_anchor(name)})" for name in names)
    page = replace_part(page, "summary", wrap(f"{', '.join(links)}."))
    page = replace_part(page, "app", [*_render_inputs(app, "Inputs"), "", *_render_outputs(app, "Outputs")])
    return replace_part(page, "modules", _render_modules())


def _render_modules() -> Iterator[str]:
    for module in MODULES:
        name = get_module_name(module)
        yield from (f"### {name}", "")
        yield from _render_introduction(module)
        yield from ("", *wrap(f"Resources: {', '.join(f'`{each}`' for each in list_resources(module))}."), "")
        yield from _render_inputs(module, "Inputs")
        if (module / "outputs.tf").is_file():
            yield from ("", *_render_outputs(module, "Outputs"))
        yield from ("", f"Example: [modules/{name}](../../modules/{name}/README.md).", "")


def list_resources(module: Path) -> list[str]:
    """Returns the types of the resources that a module creates, sorted."""
    texts = (path.read_text(encoding="utf-8") for path in module.glob("*.tf"))
    return sorted({found for text in texts for found in re.findall(r'^resource "(\w+)"', text, re.MULTILINE)})


def _render_introduction(module: Path) -> Iterator[str]:
    """Yields the paragraphs of a README between its title and its example."""
    readme = (module / "README.md").read_text(encoding="utf-8")
    body = readme.partition("\n")[2]
    introduction = re.split(r"^(?:```|<!-- |## )", body, maxsplit=1, flags=re.MULTILINE)[0]
    # The example may be in the middle of a sentence.
    sentences = introduction[: introduction.rindex(".") + 1].strip()
    for number, paragraph in enumerate(sentences.split("\n\n")):
        if number:
            yield ""
        yield from paragraph.splitlines() if paragraph.startswith("-") else wrap(paragraph)


def _render_inputs(module: Path, title: str) -> Iterator[str]:
    yield from (f"{title}:", "")
    for name, body in find_blocks(module / "variables.tf", "variable"):
        description, *lines = format_description(body).split("<br>")
        meanings = dict(line.replace("`", "").split(": ", 1) for line in lines)
        kind, attributes = parse_type(body)
        default = find_value(body, "default")
        status = f"default `{default}`" if default else "required"
        yield from wrap(f"`{name}` (`{kind}`, {status}): {description}", "- ", "  ")
        yield from _render_attributes(attributes, meanings, "    ")


def _render_attributes(
    attributes: tuple[Attribute, ...], meanings: dict[str, str], indentation: str
) -> Iterator[str]:
    """Yields a list in an item of another one, which the site needs four spaces for."""
    if not any(each.meaning or each.attributes or each.name in meanings for each in attributes):
        labels = (_render_label(each) for each in attributes)
        if attributes:
            yield from wrap(f"Attributes: {', '.join(labels)}.", indentation, indentation)
        return
    for each in attributes:
        meaning = meanings.get(each.name, each.meaning)
        text = f"{_render_label(each)}: {meaning}" if meaning else _render_label(each)
        yield from wrap(text, f"{indentation}- ", f"{indentation}  ")
        yield from _render_attributes(each.attributes, {}, f"{indentation}    ")


def _render_label(attribute: Attribute) -> str:
    optional = re.fullmatch(r"optional\((.*)\)", attribute.type)
    if not optional:
        return f"`{attribute.name}` (`{attribute.type}`)"
    kind, _, default = _split_last(optional[1])
    return f"`{attribute.name}` (`{kind}`, {f'default `{default}`' if default else 'optional'})"


def _split_last(arguments: str) -> tuple[str, str, str]:
    """Splits the arguments of optional() into the type and the default, if there is one."""
    depth = 0
    for position, character in enumerate(arguments):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            return arguments[:position], ",", arguments[position + 1 :].strip()
    return arguments, "", ""


def parse_type(body: str) -> tuple[str, tuple[Attribute, ...]]:
    """Returns the type of a variable, without the attributes if it is an object, and these attributes."""
    match = re.search(r"^  type += ([^\n]*object\(\{)\n(.*?)^  (\}\)[^\n]*)$", body, re.DOTALL | re.MULTILINE)
    if not match:
        return find_value(body, "type"), ()
    return _shorten(match[1], match[3]), tuple(_parse_attributes(match[2].splitlines()))


def _shorten(start: str, end: str) -> str:
    return start.replace("object({", "object") + end.removeprefix("})")


def _parse_attributes(lines: list[str]) -> Iterator[Attribute]:
    lines = list(lines)
    while lines:
        match = _ATTRIBUTE.match(lines.pop(0))
        assert match, "an attribute has a line of its own"
        indentation, name, kind, meaning = match.groups()
        attributes: list[Attribute] = []
        if kind.endswith("object({"):
            inner = []
            while not lines[0].startswith(f"{indentation}}})"):
                inner.append(lines.pop(0))
            kind = _shorten(kind, lines.pop(0).strip())
            attributes = list(_parse_attributes(inner))
        yield Attribute(name, kind, meaning or "", tuple(attributes))


def _render_outputs(module: Path, title: str) -> Iterator[str]:
    yield from (f"{title}:", "")
    for name, body in find_blocks(module / "outputs.tf", "output"):
        description, *lines = format_description(body).split("<br>")
        yield from wrap(f"`{name}`: {description}", "- ", "  ")
        for line in lines:
            yield from wrap(line, "    - ", "      ")
