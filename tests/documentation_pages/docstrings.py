"""Docstrings in the form of Google, as the parts of a reference."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .markdown import convert_text, wrap

Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


@dataclass
class Docstring:
    """A docstring: its paragraphs, the arguments and exceptions with their meaning, and the links."""

    paragraphs: list[str] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)
    raises: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)


def parse_docstring(node: Documented) -> Docstring:
    """Returns the parts of the docstring of a module, class or function."""
    parsed = Docstring()
    for block in (ast.get_docstring(node) or "").split("\n\n"):
        title, _, body = block.partition("\n")
        if title == "Args:":
            parsed.arguments = dict(_split_entries(body))
        elif title == "Raises:":
            parsed.raises = dict(_split_entries(body))
        elif title.startswith("https://"):
            parsed.links += block.split()
        else:
            parsed.paragraphs.append(" ".join(block.split()))
    return parsed


def _split_entries(body: str) -> Iterator[tuple[str, str]]:
    for entry in re.split(r"\n(?=    \S)", body):
        name, _, meaning = entry.strip().partition(": ")
        yield name, " ".join(meaning.split())


def find_node(tree: ast.AST, name: str) -> ast.ClassDef | ast.FunctionDef:
    """Returns the class or function with a name such as ``Client.send``."""
    own, _, inner = name.partition(".")
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == own:
            return find_node(node, inner) if inner else node
    raise LookupError(f"there is no {name}")


def list_parameters(node: ast.FunctionDef) -> list[tuple[str, str, str]]:
    """Returns the parameters of a function except for ``self``: name, annotation and default, as written.

    A ``/`` or ``*`` is a parameter with an empty annotation.
    """
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = len(positional) - len(arguments.defaults)
    defaults = [None] * missing + list(arguments.defaults)
    found = [_unparse(each, default) for each, default in zip(positional, defaults, strict=True)]
    if arguments.posonlyargs:
        found.insert(len(arguments.posonlyargs), ("/", "", ""))
    if arguments.kwonlyargs:
        found.append(("*", "", ""))
    found += [
        _unparse(each, default)
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        name, annotation, _ = _unparse(arguments.kwarg, None)
        found.append((f"**{name}", annotation, ""))
    return [each for each in found if each[0] != "self"]


def _unparse(argument: ast.arg, default: ast.expr | None) -> tuple[str, str, str]:
    annotation = ast.unparse(argument.annotation) if argument.annotation else ""
    value = ast.unparse(default).replace("'", '"') if default else ""
    return argument.arg, annotation.replace("'", '"'), value


def render_signature(node: ast.FunctionDef, name: str = "") -> Iterator[str]:
    """Yields the lines of a function's signature, in a block of Python."""
    parts = [spell_parameter(*each) for each in list_parameters(node)]
    result = ast.unparse(node.returns) if node.returns else "None"
    start, end = f"def {name or node.name}(", f") -> {result}: ..."
    line = f"{start}{', '.join(parts)}{end}"
    lines = [line] if len(line) <= 88 else [start, *(f"    {each}," for each in parts), end]
    yield from ("```python", *lines, "```")


def spell_parameter(name: str, annotation: str, default: str) -> str:
    """Returns a parameter as it is written in a signature."""
    if not annotation:
        return name
    return f"{name}: {annotation}{f' = {default}' if default else ''}"


def render_arguments(node: ast.FunctionDef, meanings: Mapping[str, str]) -> Iterator[str]:
    """Yields a list of a function's arguments: name, type, default and meaning."""
    parameters = {name: (kind, default) for name, kind, default in list_parameters(node) if kind}
    remaining = [name for name in parameters if name not in meanings]
    for name, meaning in meanings.items():
        if name in parameters:
            label = f"`{name}` ({_describe_value(*parameters[name])})"
        else:  # the fields that a ** stands for, one by one in the signature
            label = f"{', '.join(f'`{each}`' for each in remaining)}"
            remaining = []
        yield from wrap(f"{label}: {convert_text(meaning)}", "- ", "  ")
    assert not remaining, f"{node.name}: describe {remaining} in the docstring"


def _describe_value(annotation: str, default: str) -> str:
    if default in ("None", '""', "..."):
        return f"`{annotation.removesuffix(' | None')}`, optional"
    return f"`{annotation}`, default `{default}`" if default else f"`{annotation}`"


def render_rest(parsed: Docstring) -> Iterator[str]:
    """Yields the exceptions and links of a docstring, each part after an empty line."""
    if parsed.raises:
        yield from ("", "Raises:", "")
        for name, meaning in parsed.raises.items():
            yield from wrap(f"`{name}`: {convert_text(meaning)}", "- ", "  ")
    if parsed.links:
        yield ""
        yield from wrap(render_links(parsed.links))


def render_links(urls: Iterable[str]) -> str:
    """Returns links to pages of documentation, named after the pages, on one line."""
    urls = list(urls)
    owner = "AWS" if all("//docs.aws.amazon.com/" in url for url in urls) else "Terraform"
    names = (re.sub(r"\.html(#.*)?$", "", url.rstrip("/").rpartition("/")[2]) for url in urls)
    links = (f"[{name}]({url})" for name, url in zip(names, urls, strict=True))
    return f"{owner}'s documentation: {', '.join(links)}."


def list_attributes(source: str, node: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    """Yields the attributes of a class that a ``#:`` comment describes: name, annotation and meaning."""
    comment: list[str] = []
    for line in source.splitlines()[node.lineno - 1 : node.end_lineno]:
        if line.strip().startswith("#:"):
            comment.append(line.strip().removeprefix("#:").strip())
            continue
        match = re.match(r" +(?:self\.)?(\w+)(?:: ([^=]+?))?(?: = .*)?$", line)
        if comment and match:
            yield match[1], match[2] or "", " ".join(comment)
        comment = []


def render_attributes(source: str, node: ast.ClassDef) -> Iterator[str]:
    """Yields a list of the attributes of a class that a ``#:`` comment describes."""
    for name, annotation, meaning in list_attributes(source, node):
        kind = f" (`{annotation}`)" if annotation else ""
        yield from wrap(f"`{name}`{kind}: {convert_text(meaning)}", "- ", "  ")
