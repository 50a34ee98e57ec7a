"""What the commands for a deployed stage share: where it is, and the JSON that they are given."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.errors import DomovoiError, EmulatorError

if TYPE_CHECKING:
    from domovoi_tf.operations.account import Account
    from domovoi_tf.settings import Settings

emulator_option = click.option(
    "--emulator", "at_emulator", is_flag=True, help="Of the local emulator, instead of AWS."
)


def account(settings: Settings, at_emulator: bool) -> Account:
    """Returns where a stage is deployed: boto3's account, in the Region that the stage's provider has.

    Args:
        settings: the stage's.
        at_emulator: whether it is the local emulator, until the command ends.

    Raises:
        EmulatorError: the emulator does not run.
        AwsError: there is no Region, or no such profile.
    """
    from domovoi_tf.local import emulator, emulator_environment
    from domovoi_tf.operations.account import Account
    from domovoi_tf.terraform import runner

    if at_emulator:
        found = emulator.running()
        if found is None:
            raise EmulatorError("The emulator is not running.", "Start it with `domovoi-tf local up`.")
        overrides = emulator_environment.overrides(found, os.environ)
        click.get_current_context().with_resource(runner.override_environment(overrides))
    region = settings.provider.get("region")
    return Account(region if isinstance(region, str) else None)


def document(given: str, what: str) -> Any:
    """Returns what an argument holds: JSON, the path of a file of JSON, or - for standard input.

    Args:
        given: the argument.
        what: what it is, for the error.

    Raises:
        DomovoiError: it is none of these.
    """
    if given == "-":
        return _parsed(sys.stdin.read(), "standard input")
    try:
        return json.loads(given)
    except ValueError as error:
        wrong = error
    if given.lstrip()[:1] not in ("{", "[", '"') and Path(given).is_file():
        return _parsed(Path(given).read_text(encoding="utf-8", errors="replace"), given)
    raise DomovoiError(
        f"The {what} is neither JSON nor a file: {wrong}.", "Quote it for the shell: '{\"beer\": 1}'"
    ) from None


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DomovoiError(
            f"{where}:{error.lineno}:{error.colno}: this is not JSON: {error.msg}.", "Correct it there."
        ) from None
