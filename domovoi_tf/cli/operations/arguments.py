"""Converts the arguments of the commands for deployed resources."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli.terraform import place
from domovoi_tf.errors import DomovoiError
from domovoi_tf.system import suggestions, text
from domovoi_tf.system.reading.json_mistakes import (
    BYTE_ORDER_MARK,
    TextMistakeError,
    decode_text,
    find_json_mistake,
)
from domovoi_tf.system.text import escape_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from domovoi_tf.operations.account import Account
    from domovoi_tf.settings import Settings

_QUOTING = "Put the whole in single quotes for the shell: '{\"beer\": 1}'"
_EXAMPLES = "JSON in single quotes, such as '{\"beer\": 1}' or '\"hello\"'."
_FORMS = f"Pass the path of a JSON file, or {_EXAMPLES}"
#: The longest argument that a message quotes.
_MAX_SHOWN = 60


def open_account(settings: Settings, at_emulator: bool) -> Account:
    """Returns the AWS account that a stage is deployed to, with the Region and identity of its provider.

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

    suggestions.remember(at_emulator=at_emulator)
    if at_emulator:
        overrides = emulator_environment.build_overrides(place.require_emulator(), os.environ)
        click.get_current_context().with_resource(runner.override_environment(overrides))
    region = settings.provider.get("region")
    identity = {} if place.find_emulator(at_emulator) else settings.provider
    return Account(region if isinstance(region, str) else None, identity)


def parse_json(argument: str, description: str) -> Any:
    """Parses an argument that is JSON.

    Args:
        argument: the argument.
        description: what the argument is, for the error message.

    Raises:
        DomovoiError: the argument is not JSON.
    """
    # Path.is_file() fails if the argument is longer than a path can be.
    if os.path.isfile(argument):  # noqa: PTH113
        raise DomovoiError(
            f"{argument} is a file, but the {description} must be JSON.",
            f"Send its content with --file {shlex.quote(argument)}",
        )
    return _parse_argument(argument, description, "JSON", f"Pass {_give_examples(argument)}")


def _give_examples(argument: str) -> str:
    """Returns examples of JSON, one of which is the argument itself if it is a word or a path."""
    return _EXAMPLES.replace("hello", argument) if re.fullmatch(r"[\w./-]{1,60}", argument) else _EXAMPLES


def read_json(argument: str, description: str) -> Any:
    """Parses an argument that is JSON, the path of a JSON file, or ``-`` for standard input.

    Args:
        argument: the argument.
        description: what the argument is, for the error message.

    Raises:
        DomovoiError: the argument is none of these, or the file is not JSON.
    """
    if argument == "-":
        return _parse_file(sys.stdin.buffer.read, "standard input")
    is_json = argument.lstrip()[:1] in ("{", "[", '"')
    if not is_json and os.path.isfile(argument):  # noqa: PTH113
        return _parse_file(Path(argument).read_bytes, argument)
    if not is_json and (missing := _describe_path(argument)):
        raise DomovoiError(*missing)
    return _parse_argument(argument, description, "JSON or the name of a file", _FORMS)


def _describe_path(argument: str) -> tuple[str, str] | None:
    """Returns a message and a remedy for an argument that looks like the path of a file, or None."""
    path = re.sub("^(@|file://)", "", argument)
    if path != argument:
        return f"There is no file {argument}.", f"Write the path alone: {path}"
    if os.path.isdir(argument):  # noqa: PTH112 - as above
        return f"{argument} is a folder.", "Pass the path of a JSON file in it."
    if not re.search(r"[^\d\s]\.[A-Za-z]\w{0,9}$|[/\\]", argument):
        return None
    folder, name = os.path.split(argument)
    try:
        names = os.listdir(folder or ".")  # noqa: PTH208 - as above
    except OSError:
        return f"There is no file {argument}: there is no folder {folder}.", _FORMS
    near = difflib.get_close_matches(name, names, 1, 0.75)
    hint = f"Did you mean {os.path.join(folder, near[0])}? " if near else ""  # noqa: PTH118 - as it was typed
    return f"There is no file {argument} in {os.getcwd()}.", f"{hint}{_FORMS}"  # noqa: PTH109


def _parse_argument(argument: str, description: str, expected: str, remedy: str) -> Any:
    if not argument.strip():
        raise DomovoiError(f"The {description} is empty.", remedy)
    content = argument.removeprefix(BYTE_ORDER_MARK)
    try:
        return text.parse_json(content, is_strict=True)
    except ValueError as error:
        mistake, reason = find_json_mistake(content, error), str(error)
    if mistake is None:
        raise DomovoiError(f"The {description} is not valid JSON: {reason}.", "Shorten it.")
    if mistake.column == 1 and argument.lstrip()[:1] not in ("{", "[", '"', "'"):
        shown = escape_line(argument if len(argument) <= _MAX_SHOWN else f"{argument[:_MAX_SHOWN]}...")
        raise DomovoiError(f"The {description} is {shown}, which is not {expected}.", remedy)
    line = f"line {mistake.line}, " if "\n" in content else ""
    raise DomovoiError(
        f"The {description} is not valid JSON: {line}column {mistake.column}: {mistake.message}.",
        f"{mistake.remedy} {_QUOTING}",
    )


def _parse_file(read: Callable[[], bytes], name: str) -> Any:
    content = ""
    try:
        content = decode_text(read())
        return text.parse_json(content, is_strict=True)
    except TextMistakeError as mistake:
        where = f"{name}:{mistake.line}:{mistake.column}"
        message, remedy = f"{where}: {mistake.message}.", mistake.remedy
    except ValueError as error:
        found = find_json_mistake(content, error)
        where = f"{name}:{found.line}:{found.column}" if found else name
        message = f"{where}: this is not valid JSON: {found.message if found else error}."
        remedy = found.remedy if found else "Correct the file."
    raise DomovoiError(message, remedy)
