"""Writes the reference of the commands as Markdown, from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import click

from domovoi_tf.cli.exit import PROGRAM
from domovoi_tf.cli.root import SECTIONS, cli

from .markdown import make_anchor, wrap


class NamedCommand(NamedTuple):
    """A command with its name and the names of the groups that contain it."""

    path: tuple[str, ...]
    command: click.Command

    @property
    def name(self) -> str:
        """The name without that of the program, such as ``local up``."""
        return " ".join(self.path)

    @property
    def call(self) -> str:
        """The name with that of the program."""
        return f"{PROGRAM} {self.name}"

    @property
    def context(self) -> click.Context:
        return click.Context(self.command, info_name=self.call)

    @property
    def equivalent(self) -> str:
        """The command with options that it stands for; empty if it stands for itself."""
        match = re.search(r"^Works like `(.*)`\.$", self.command.help or "", re.MULTILINE)
        return match[1] if match else ""

    @property
    def examples(self) -> list[str]:
        """The lines of the example in the help, without its prefix."""
        paragraphs = (self.command.help or "").split("\n\n")
        lines = [line.strip() for each in paragraphs if "Example: " in each for line in each.splitlines()]
        return [line.removeprefix("Example: ") for line in lines if line.strip("\b ")]


def list_commands() -> list[NamedCommand]:
    """Returns all commands except for groups, in the order of the help."""
    return [each for each in walk_commands() if not isinstance(each.command, click.Group)]


def walk_commands() -> Iterator[NamedCommand]:
    """Yields all commands, each group before its subcommands."""
    for name in cli.entries:
        yield from walk_entry(name)


def walk_entry(name: str) -> Iterator[NamedCommand]:
    """Yields a command that root.py lists, and its subcommands."""
    command = cli.get_command(click.Context(cli, info_name=PROGRAM), name)
    assert command, name
    yield from walk_group(NamedCommand((name,), command))


def walk_group(named: NamedCommand) -> Iterator[NamedCommand]:
    """Yields a command and its subcommands, if it is a group."""
    yield named
    if isinstance(named.command, click.Group):
        for name in named.command.list_commands(named.context):
            command = named.command.get_command(named.context, name)
            assert command, name
            yield from walk_group(NamedCommand((*named.path, name), command))


def render_page() -> Iterator[str]:
    """Yields the lines of the reference."""
    by_name: dict[str, list[NamedCommand]] = {}
    for named in list_commands():
        by_name.setdefault(named.path[0], []).append(named)
    for heading, entries in SECTIONS.items():
        yield from ("", f"## {heading}", "")
        for entry in entries:
            anchor = make_anchor(by_name[entry.name][0].call)
            yield from wrap(f"[`{entry.name}`](#{anchor}): {entry.help}", "- ", "  ")
        for entry in entries:
            for named in by_name[entry.name]:
                if not named.equivalent:
                    yield from _render_command(named)
            yield from _render_equivalents([each for each in by_name[entry.name] if each.equivalent])


def _render_equivalents(commands: list[NamedCommand]) -> Iterator[str]:
    """Yields a table of the commands that stand for another command with options."""
    if commands:
        yield from ("", "### domovoi-tf local COMMAND", "")
        yield "These commands work like others with `--emulator`, and have the other options of these."
        yield from ("", "| command | works like |", "| --- | --- |")
        yield from (f"| `{each.call}` | `{each.equivalent}` |" for each in commands)


def _render_command(named: NamedCommand) -> Iterator[str]:
    yield from ("", f"### {named.call}", "")
    for paragraph in (named.command.help or "").split("\n\n"):
        if "Example: " not in paragraph:
            yield from (*_render_paragraph(paragraph), "")
    yield from ("```console", *(f"$ {example}" for example in named.examples), "```", "")
    usage = " ".join([named.call, *named.command.collect_usage_pieces(named.context)])
    yield f"Usage: `{usage}`"
    options = list(_render_options(named))
    if options:
        yield from ("", *options)


def _render_options(named: NamedCommand) -> Iterator[str]:
    for parameter in named.command.params:
        record = parameter.get_help_record(named.context)
        if record and record[1]:
            yield from wrap(f"`{record[0]}`: {_render_meaning(record[1])}", "- ", "  ")


def _render_meaning(text: str) -> str:
    """Returns the help of an option, with the default and the range that click adds in brackets."""
    match = re.fullmatch(r"(.*?)  \[([^]]*)\]", text, re.DOTALL)
    if not match:
        return _escape(text)
    facts = (re.sub(r"^(default: )?(.*)$", r"\1`\2`", fact) for fact in match[2].split("; "))
    return f"{_escape(match[1])} ({', '.join(facts)})"


def _escape(text: str) -> str:
    """Returns a text without characters that Markdown reads, except in code spans."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        part if n % 2 else part.replace("<", "&lt;").replace("*", r"\*") for n, part in enumerate(parts)
    )


def _render_paragraph(paragraph: str) -> Iterator[str]:
    """Yields the lines of a paragraph, of a code block if the help keeps its line breaks."""
    lines = paragraph.replace("\b\n", "").splitlines()
    if "\b" in paragraph:
        yield from ("```text", *lines, "```")
    else:
        yield from wrap(_escape(" ".join(lines)))
