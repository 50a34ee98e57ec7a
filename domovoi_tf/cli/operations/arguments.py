"""Converts the arguments of the commands for deployed resources."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.errors import DomovoiError, EmulatorError
from domovoi_tf.system import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from domovoi_tf.local.emulator_environment import Emulator
    from domovoi_tf.operations.account import Account
    from domovoi_tf.settings import Settings

_QUOTING = "Quote it for the shell: '{\"beer\": 1}'"


def open_account(settings: Settings, at_emulator: bool) -> Account:
    """Returns the AWS account that a stage is deployed to, in the Region of the stage's provider.

    Args:
        settings: the stage's settings.
        at_emulator: whether to use the local emulator, until the command ends.

    Raises:
        EmulatorError: the emulator is not running.
        AwsError: there is no Region, or the profile does not exist.
    """
    from domovoi_tf.local import emulator_environment
    from domovoi_tf.operations.account import Account
    from domovoi_tf.terraform import runner

    if at_emulator:
        overrides = emulator_environment.build_overrides(require_emulator(), os.environ)
        click.get_current_context().with_resource(runner.override_environment(overrides))
    region = settings.provider.get("region")
    return Account(region if isinstance(region, str) else None, at_emulator=at_emulator)


def require_emulator() -> Emulator:
    """Returns the running emulator.

    Raises:
        EmulatorError: the emulator is not running.
    """
    from domovoi_tf.local import emulator

    running = emulator.find_running()
    if running is None:
        raise EmulatorError("The emulator is not running.", "Start it with `domovoi-tf local up`.")
    return running


def parse_json(argument: str, description: str) -> Any:
    """Parses an argument that is JSON.

    Args:
        argument: the argument.
        description: what the argument is, for the error message.

    Raises:
        DomovoiError: the argument is not JSON.
    """
    try:
        return text.parse_json(argument, is_strict=True)
    except ValueError as error:
        raise DomovoiError(f"The {description} is not JSON: {error}.", _QUOTING) from None


def read_json(argument: str, description: str) -> Any:
    """Parses an argument that is JSON, the path of a JSON file, or ``-`` for standard input.

    Args:
        argument: the argument.
        description: what the argument is, for the error message.

    Raises:
        DomovoiError: the argument is none of these, or the file is not JSON.
    """
    if argument == "-":
        return _parse_file(sys.stdin.read, "standard input")
    try:
        return text.parse_json(argument, is_strict=True)
    except ValueError as error:
        reason = error
    # Path.is_file() fails if the argument is longer than a path can be.
    if argument.lstrip()[:1] not in ("{", "[", '"') and os.path.isfile(argument):  # noqa: PTH113
        return _parse_file(lambda: Path(argument).read_bytes().decode(), argument)
    raise DomovoiError(f"The {description} is neither JSON nor a file: {reason}.", _QUOTING) from None


def _parse_file(read: Callable[[], str], name: str) -> Any:
    try:
        return text.parse_json(read(), is_strict=True)
    except json.JSONDecodeError as error:
        where, reason = f"{name}:{error.lineno}:{error.colno}", error.msg
    except UnicodeDecodeError as error:
        where, reason = name, f"it is not UTF-8 at byte {error.start}"
    except ValueError as error:
        where, reason = name, str(error)
    raise DomovoiError(f"{where}: this is not valid JSON: {reason}.", "Correct the file.")
