"""The reference of the commands, as Markdown, from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import click

from domovoi_tf.cli.exit import PROGRAM
from domovoi_tf.cli.root import SECTIONS, cli


class Found(NamedTuple):
    """A command with the words that call it."""

    path: tuple[str, ...]
    command: click.Command

    @property
    def name(self) -> str:
        return " ".join((PROGRAM, *self.path))

    @property
    def context(self) -> click.Context:
        return click.Context(self.command, info_name=self.name)

    @property
    def examples(self) -> list[str]:
        """The lines of the help's example, with no prefix."""
        paragraphs = (self.command.help or "").split("\n\n")
        lines = [line.strip() for each in paragraphs if "Example: " in each for line in each.splitlines()]
        return [line.removeprefix("Example: ") for line in lines if line.strip("\b ")]


def commands() -> list[Found]:
    """Returns all commands that do something, in the order of the help."""
    return [found for found in everything() if not isinstance(found.command, click.Group)]


def everything() -> Iterator[Found]:
    """Yields all commands, each group before what is in it."""
    root = click.Context(cli, info_name=PROGRAM)
    for name in cli.list_commands(root):
        command = cli.get_command(root, name)
        assert command, name
        yield from _inside(Found((name,), command))


def _inside(found: Found) -> Iterator[Found]:
    yield found
    if isinstance(found.command, click.Group):
        for name in found.command.list_commands(found.context):
            yield from _inside(Found((*found.path, name), found.command.commands[name]))


def page() -> Iterator[str]:
    """Yields the lines of the reference."""
    by_name: dict[str, list[Found]] = {}
    for found in commands():
        by_name.setdefault(found.path[0], []).append(found)
    for heading, entries in SECTIONS.items():
        yield from ("", f"## {heading}")
        for entry in entries:
            for found in by_name[entry.name]:
                yield from _reference(found)


def _reference(found: Found) -> Iterator[str]:
    yield from ("", f"### {found.name}", "")
    for paragraph in (found.command.help or "").split("\n\n"):
        if "Example: " not in paragraph:
            yield from (_sentences(paragraph), "")
    yield from ("```console", *(f"$ {example}" for example in found.examples), "```", "")
    usage = " ".join([found.name, *found.command.collect_usage_pieces(found.context)])
    yield from ("Usage:", "", f"    {usage}", "")
    rows = list(_options(found))
    if rows:
        yield from ("| option | meaning |", "| --- | --- |", *rows)


def _options(found: Found) -> Iterator[str]:
    for parameter in found.command.params:
        record = parameter.get_help_record(found.context)
        if record and record[1]:
            yield f"| `{record[0]}` | {_cell(record[1])} |"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def _sentences(paragraph: str) -> str:
    kept = "\b" in paragraph
    lines = paragraph.replace("\b\n", "").splitlines()
    if kept:
        return "\n".join(["```text", *lines, "```"])
    return re.sub(r"([<>*_])", r"\\\1", " ".join(line.strip() for line in lines))
