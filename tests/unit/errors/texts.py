"""Texts with placeholders: how the registry shows them, and the regular expressions for what they become."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias


class Hole(NamedTuple):
    """A value that only a run knows.

    Args:
        name: its name in the registry.
    """

    name: str


class Choice(NamedTuple):
    """A part of a text that has one of several forms; if one is empty, the part can be missing."""

    options: tuple[Text, ...]


class Command(NamedTuple):
    """A command, to which options are added for the project and the stage, or for the emulator.

    Args:
        words: the command with its arguments.
        program: the program.
    """

    words: Text
    program: str = "domovoi-tf"


#: The signs around the name of a placeholder.
LEFT, RIGHT = "\u2039", "\u203a"
#: A placeholder for the options of a command.
OPTIONS = f"{LEFT}options{RIGHT}"
_VALUE = r"(?: (?:'[^']*'|[^\s'-][^\s']*))?"
#: Each part can match in one way only; otherwise long texts would take minutes.
_OPTIONS = rf"(?: -C{_VALUE})?(?: --[\w-]+{_VALUE})*"
_NUMBER = re.compile(r"\d+(?:[,.]\d+)*")
#: The least number of letters that tell a message from others.
MIN_LETTERS = 5
#: The least number of letters of a message without its place.
MIN_REST = 4
Node: TypeAlias = "str | Hole | Choice | Command"
Text: TypeAlias = tuple[Node, ...]


def join_nodes(nodes: Iterable[Node]) -> Text:
    """Returns a text whose neighbouring literals are one, without empty ones."""
    joined: list[Node] = []
    for node in nodes:
        if isinstance(node, str) and joined and isinstance(joined[-1], str):
            joined[-1] += node
        elif node != "":
            joined.append(node)
    return tuple(joined)


def make_choice(options: Iterable[Text]) -> Text:
    """Returns a text with one of several forms."""
    unique = tuple(dict.fromkeys(options))
    return unique[0] if len(unique) == 1 else (Choice(unique),)


def format_text(text: Text) -> str:
    """Returns a text as the registry writes it: with names of values, and ``⟦one¦other⟧`` for a choice."""
    return "".join(map(_format_node, text))


def _format_node(node: Node) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, Hole):
        return f"{LEFT}{node.name}{RIGHT}"
    if isinstance(node, Command):
        return f"{node.program} {format_text(node.words)}{OPTIONS}"
    return f"⟦{'¦'.join(map(format_text, node.options))}⟧"


def compile_text(text: str) -> str:
    """Returns the regular expression of a text in the registry."""
    parts = []
    for part in re.split(f"({LEFT}[^{RIGHT}]*{RIGHT}|[⟦¦⟧])", text):
        if part == OPTIONS:
            parts.append(_OPTIONS)
        elif part.startswith(LEFT):
            parts.append(".*?")
        else:
            known = {"⟦": "(?:", "¦": "|", "⟧": ")"}
            literal = re.escape(part).replace(r"domovoi\-tf\ ", "domovoi-tf (?:local )?")
            # Tests change limits, so that a message has another number.
            parts.append(known.get(part) or _NUMBER.sub(lambda _: _NUMBER.pattern, literal))
    return "".join(parts)


def list_literals(text: str) -> tuple[str, ...]:
    """Returns what each form of a text in the registry contains literally.

    Args:
        text: a text as the registry has it.
    """
    outside = re.sub(r"⟦[^⟦⟧]*⟧", LEFT + RIGHT, text)
    while outside != text:
        text, outside = outside, re.sub(r"⟦[^⟦⟧]*⟧", LEFT + RIGHT, outside)
    parts = re.split(rf"{LEFT}[^{RIGHT}]*{RIGHT}|domovoi-tf |{_NUMBER.pattern}", outside)
    return tuple(part for part in parts if part)


def drop_place(text: Text) -> Text:
    """Returns a message without the file, the line or the path that it begins with."""
    for number, node in enumerate(text):
        if isinstance(node, str):
            place = re.match(r"[\w.$\[\],:]*: ", node) if number or node.startswith("$") else None
            rest = join_nodes((node[place.end() :] if place else "", *text[number + 1 :]))
            if place and count_letters(rest) > MIN_REST:
                return drop_place(rest)
            if not re.fullmatch(r"[\w.$\[\],:]*", node):
                break
        elif isinstance(node, Choice):
            if not all(option and _is_path(option[0]) for option in node.options):
                break
        elif isinstance(node, Hole) and node.name == "prefix":
            return drop_place(text[number + 1 :])
        elif not isinstance(node, Hole):
            break
    return text


def _is_path(node: Node) -> bool:
    """Whether a text begins with a JSON path."""
    inner = node.options[0][0] if isinstance(node, Choice) and node.options[0] else node
    return isinstance(inner, Hole) and inner.name == "path"


def count_letters(text: Text, shortest: bool = False) -> int:
    """Returns the number of letters that a text has, apart from the values of its placeholders.

    Args:
        text: the text.
        shortest: whether to count those of its shortest form instead of its longest.
    """
    count = 0
    for node in text:
        if isinstance(node, str):
            count += sum(character.isalpha() for character in node)
        elif isinstance(node, Choice):
            numbers = [count_letters(option, shortest) for option in node.options]
            count += min(numbers) if shortest else max(numbers)
        elif isinstance(node, Command):
            count += len("domovoi-tf")
    return count
