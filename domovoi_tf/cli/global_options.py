"""The options that every command accepts, before or after the command's name."""

from __future__ import annotations

import os
from pathlib import Path

import click

from domovoi_tf.system import suggestions

_EPILOG = "All commands also accept -C DIR, -v, --no-color and --debug; see domovoi-tf --help."


def add_options(command: click.Command) -> None:
    """Adds the global options to a command and its subcommands, hidden from their help."""
    if command.params and command.params[-1] in _HIDDEN:
        return
    own = {name for parameter in command.params for name in parameter.opts}
    command.params = [*command.params, *(each for each in _HIDDEN if not own & {*each.opts})]
    command.epilog = command.epilog or _EPILOG
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            add_options(subcommand)


def _change_folder(ctx: click.Context, _: click.Parameter, folders: tuple[Path, ...]) -> None:
    ctx.call_on_close(suggestions.reset)
    for folder in folders:
        try:
            os.chdir(folder)
            suggestions.remember(folder=suggestions.get_invocation().folder / folder)
        except OSError as error:
            if ctx.resilient_parsing:  # a shell that completes cannot show errors
                return
            raise click.BadParameter(f"{folder}: {error.strerror}.", param_hint="'-C'") from None


def _start_trace(_: click.Context, __: click.Parameter, level: int) -> None:
    if level:
        from domovoi_tf.system import trace_log

        trace_log.enable_trace(level)


def _disable_colours(ctx: click.Context, _: click.Parameter, enabled: bool) -> None:
    if enabled:
        # Rich, Terraform and other programs respect this variable: https://no-color.org
        os.environ["NO_COLOR"] = "1"
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def _enable_debug(_: click.Context, __: click.Parameter, enabled: bool) -> None:
    if enabled:
        os.environ["DOMOVOI_TF_DEBUG"] = "1"


def create_options(hidden: bool = False) -> list[click.Parameter]:
    """Returns the global options. Their callbacks apply them, so commands do not receive their values."""
    shared = {"expose_value": False, "is_eager": True, "hidden": hidden}
    return [
        click.Option(
            ["-C", "folders"],
            type=click.Path(path_type=Path),
            multiple=True,
            metavar="DIR",
            callback=_change_folder,
            help="Change to DIR before running the command.",
            **shared,
        ),
        click.Option(
            ["--no-color"], is_flag=True, callback=_disable_colours, help="Disable colours.", **shared
        ),
        click.Option(
            ["-v", "--verbose"],
            count=True,
            callback=_start_trace,
            help="Log the programs that are run and how long they take, and show Terraform's own errors; "
            "-vv also logs the written files.",
            **shared,
        ),
        click.Option(
            ["--debug"],
            is_flag=True,
            callback=_enable_debug,
            help="Show the traceback of an error.",
            **shared,
        ),
    ]


_HIDDEN = create_options(hidden=True)
