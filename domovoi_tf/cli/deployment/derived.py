"""Derives the commands of the group `local` from the commands that have the option --emulator."""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Mapping
from typing import Any

import click

#: The values of options that a command of `local` does not have, by the name of the parameter.
_FIXED: Mapping[str, Any] = {"at_emulator": True, "locally": False}
#: More of these, by the name of the command.
_OWN: Mapping[str, Mapping[str, Any]] = {"deploy": {"yes": True}}
#: Summaries of commands that do more than the one of the same name, by name.
SUMMARIES = {"deploy": "Deploy the app to the emulator, and start it if necessary."}
_EXAMPLE = "Example: "


def derive(command: click.Command, name: str) -> click.Command:
    """Returns a command that works like another one with --emulator.

    Args:
        command: the other command; of a group, the subcommands that have that option remain.
        name: its name, with those of the groups that contain it.
    """
    derived = copy.copy(command)
    if isinstance(command, click.Group):
        subcommands = {key: each for key, each in command.commands.items() if _has_option(each)}
        derived.commands = {key: derive(each, f"{name} {key}") for key, each in subcommands.items()}  # type: ignore[attr-defined]
        return derived
    fixed = {**_FIXED, **_OWN.get(name, {})}
    present = {parameter.name for parameter in command.params} & fixed.keys()
    derived.params = [parameter for parameter in command.params if parameter.name not in present]
    derived.params += [_accept(parameter) for parameter in command.params if fixed.get(parameter.name or "")]
    derived.callback = _fix_arguments(command.callback, {key: fixed[key] for key in present})
    derived.help = _derive_help(command.help or "", name, fixed)
    return derived


def _has_option(command: click.Command) -> bool:
    return any(parameter.name == "at_emulator" for parameter in command.params)


def _accept(parameter: click.Parameter) -> click.Option:
    """Returns a hidden option without effect in place of one that the command implies."""
    return click.Option(
        [*parameter.opts, f"implied_{parameter.name}"], is_flag=True, hidden=True, expose_value=False
    )


def _fix_arguments(callback: Any, fixed: Mapping[str, Any]) -> Any:
    @functools.wraps(callback)
    def call(*args: Any, **arguments: Any) -> Any:
        return callback(*args, **arguments, **fixed)

    return call


def _derive_help(text: str, name: str, fixed: Mapping[str, Any]) -> str:
    """Returns the summary of a help, the option that it stands for, and an example."""
    summary = SUMMARIES.get(name) or text.partition("\n\n")[0]
    options = "--emulator --yes" if fixed.get("yes") else "--emulator"
    example = re.sub(r" --stage \w+", "", text.partition(_EXAMPLE)[2].splitlines()[0])
    example = example.replace(f"domovoi-tf {name}", f"domovoi-tf local {name}")
    return f"{summary}\n\nWorks like `domovoi-tf {name} {options}`.\n\n{_EXAMPLE}{example}"
