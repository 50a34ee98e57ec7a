"""The options that every command has, before its name and after it."""

from __future__ import annotations

import os
from pathlib import Path

import click

_EPILOG = "Every command also has -C DIR, -v, --no-color and --debug: see domovoi-tf --help."


def add_to(command: click.Command) -> None:
    """Gives a command, and those inside it, the options of all commands; they show in the first help only."""
    if command.params and command.params[-1] in _HIDDEN:
        return
    command.params = [*command.params, *_HIDDEN]
    command.epilog = command.epilog or _EPILOG
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            add_to(inner)


def _change_folder(ctx: click.Context, _: click.Parameter, folders: tuple[Path, ...]) -> None:
    for folder in folders:
        try:
            os.chdir(folder)
        except OSError as error:
            if ctx.resilient_parsing:  # a shell that completes shows no error
                return
            raise click.BadParameter(f"{folder}: {error.strerror}.", param_hint="'-C'") from None


def _be_verbose(_: click.Context, __: click.Parameter, level: int) -> None:
    if level:
        from domovoi_tf.system import trace_log

        trace_log.enable_trace(level)


def _leave_out_colours(ctx: click.Context, _: click.Parameter, given: bool) -> None:
    if given:
        # For Rich, Terraform and whatever else is run: https://no-color.org
        os.environ["NO_COLOR"] = "1"
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def _debug(_: click.Context, __: click.Parameter, given: bool) -> None:
    if given:
        os.environ["DOMOVOI_TF_DEBUG"] = "1"


def options(hidden: bool = False) -> list[click.Parameter]:
    """Returns the options; each is done with when it is read, and no command is told."""
    said = {"expose_value": False, "is_eager": True, "hidden": hidden}
    return [
        click.Option(
            ["-C", "folders"],
            type=click.Path(path_type=Path),
            multiple=True,
            metavar="DIR",
            callback=_change_folder,
            help="Run in DIR.",
            **said,
        ),
        click.Option(["--no-color"], is_flag=True, callback=_leave_out_colours, help="No colours.", **said),
        click.Option(
            ["-v", "--verbose"],
            count=True,
            callback=_be_verbose,
            help="Say which programs are run, and how long they take; -vv: which files are written too.",
            **said,
        ),
        click.Option(["--debug"], is_flag=True, callback=_debug, help="Show an error's traceback.", **said),
    ]


_HIDDEN = options(hidden=True)
