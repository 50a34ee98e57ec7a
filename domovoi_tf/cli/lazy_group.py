"""A group of commands that imports the module of a command when the command is used."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import click

from domovoi_tf.cli import completers, global_options

#: The characters for those at which lines are not broken.
_HYPHEN, _SPACE = "\u2011", "\u00a0"


class Entry(NamedTuple):
    """A command that is not imported yet.

    Args:
        name: the command's name.
        target: the module below `domovoi_tf.cli` and the name of the command in it, such as
            ``project.render:render``, or the name of a tuple of commands that contains it.
        help: the first sentence of the command's help.
    """

    name: str
    target: str
    help: str


class _HelpFormatter(click.HelpFormatter):
    """Breaks no line of a help at hyphens, as in ``domovoi-tf``, in quoted commands or in defaults."""

    def write(self, string: str) -> None:
        """Writes a part of the help, with the characters for which others stood in."""
        self.buffer.append(string.replace(_HYPHEN, "-").replace(_SPACE, " "))

    def write_text(self, text: str) -> None:
        """Writes a paragraph."""
        super().write_text(_join_words(text))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Writes a list of terms with their descriptions, which have most of a narrow terminal."""
        col_max = min(col_max, max(18, self.width // 3))
        super().write_dl([(term, _join_words(text)) for term, text in rows], col_max, col_spacing)


def _join_words(text: str) -> str:
    wholes = re.sub(r"`[^`\n]+`|\[default: [^]\n]+\]", lambda match: match[0].replace(" ", _SPACE), text)
    return wholes.replace("-", _HYPHEN)


class HelpContext(click.Context):
    """The context of all commands."""

    formatter_class = _HelpFormatter


class LazyGroup(click.Group):
    """A group that lists its commands by section and imports a command when it is used.

    Args:
        args: positional arguments of `click.Group`.
        sections: the commands by section heading.
        equivalents: the names that other tools use, with the name of the command here.
        options: keyword arguments of `click.Group`.
    """

    context_class = HelpContext

    def __init__(
        self,
        *args: Any,
        sections: Mapping[str, Sequence[Entry]],
        equivalents: Mapping[str, str],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.sections = sections
        self.equivalents = equivalents
        self.entries = {entry.name: entry for entries in sections.values() for entry in entries}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names of the commands in the order of the help."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports a command and adds the global options and completion."""
        if cmd_name not in self.entries:
            return None
        module, _, name = self.entries[cmd_name].target.partition(":")
        value = getattr(import_module(f"domovoi_tf.cli.{module}"), name)
        command: click.Command = (
            next(each for each in value if each.name == cmd_name) if isinstance(value, tuple) else value
        )
        _set_context(command)
        global_options.add_options(command)
        completers.add_completion(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the sections of the help without importing the commands."""
        width = max(map(len, self.entries))
        for heading, entries in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{entry.name:<{width}}", entry.help) for entry in entries])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds a command, and suggests a similar one if there is none with that name."""
        name = args[0]
        if name in self.entries or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        suggestion = self.equivalents.get(name) or next(
            iter(difflib.get_close_matches(name, self.entries, 1)), ""
        )
        hint = f" Did you mean '{suggestion}'?" if suggestion else ""
        raise click.UsageError(f"No such command {name!r}.{hint}", ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Returns the commands and options that start with a prefix, without importing the commands."""
        from click.shell_completion import CompletionItem

        entries = [entry for entry in self.entries.values() if entry.name.startswith(incomplete)]
        return [
            *(CompletionItem(entry.name, help=entry.help) for entry in entries),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]


def _set_context(command: click.Command) -> None:
    command.context_class = HelpContext
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            _set_context(subcommand)
