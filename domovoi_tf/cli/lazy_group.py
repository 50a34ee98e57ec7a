"""Groups of commands whose modules are imported when one of their commands is used."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import click

from domovoi_tf.cli import completers, global_options


class Entry(NamedTuple):
    """A command that is not imported yet.

    Args:
        name: what calls it.
        place: its module here and its name there, as in ``project:render``; or that of a tuple that has it.
        help: the first line of its help.
    """

    name: str
    place: str
    help: str


class LazyGroup(click.Group):
    """A group that lists its commands by section, and imports one when it is used.

    Args:
        sections: the commands, by the heading that they stand under.
        equivalents: what other tools call a command: what it is called here.
        options: as `click.Group` has them.
    """

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
        self.entries = {entry.name: entry for each in sections.values() for entry in each}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names, in the order of the help."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports a command."""
        if cmd_name not in self.entries:
            return None
        module, _, name = self.entries[cmd_name].place.partition(":")
        found = getattr(import_module(f"domovoi_tf.cli.{module}"), name)
        command: click.Command = (
            next(each for each in found if each.name == cmd_name) if isinstance(found, tuple) else found
        )
        global_options.add_to(command)
        completers.add_to(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands' lines, for which nothing is imported."""
        width = max(map(len, self.entries))
        for heading, entries in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{entry.name:<{width}}", entry.help) for entry in entries])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds a command; of one that there is not, says which is meant."""
        name = args[0]
        if name in self.entries or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        near = self.equivalents.get(name) or next(iter(difflib.get_close_matches(name, self.entries, 1)), "")
        hint = f" Did you mean '{near}'?" if near else ""
        raise click.UsageError(f"No such command {name!r}.{hint}", ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Completes commands, with their lines, and options; for which nothing is imported."""
        from click.shell_completion import CompletionItem

        named = [e for e in self.entries.values() if e.name.startswith(incomplete)]
        return [
            *(CompletionItem(entry.name, help=entry.help) for entry in named),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]
