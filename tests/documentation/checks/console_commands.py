"""Blocks of console: commands behind ``$``, which exist with their options, and no output without a test."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from documentation.checks.failure import WrongBlockError
from documentation.pages import ROOT, Block
from domovoi_tf.cli.exit import PROGRAM
from domovoi_tf.cli.root import cli

#: Other programs that pages use.
PROGRAMS = {
    *("awk", "aws", "cat", "cd", "curl", "eval", "export", "git", "jq", "make", "mypy", "pip", "pytest"),
    *("python", "rm", "sed", "source", "terraform", "tofu"),
}
_SUBSTITUTION = re.compile(r"\$\((.*?)\)")
_OPERATORS = {"|", "||", "&&", ";", "&"}
_REDIRECTIONS = {">", ">>", "<"}


def check_console(block: Block, _folder: Path) -> None:
    """Checks the commands of a block without output."""
    check_commands(block)
    if has_output(block):
        raise WrongBlockError(
            "Nothing checks the output below the commands: name its test with <!-- tested: PATH::TEST -->."
        )


def check_commands(block: Block) -> None:
    """Checks that the programs, commands and options in a block exist."""
    commands = list(list_commands(block.text))
    if not commands:
        raise WrongBlockError("The block has no command: begin its line with `$ `.")
    for command in commands:
        check_command_line(command)


def list_commands(text: str) -> Iterator[str]:
    """Yields the commands behind ``$``, with the lines on which they continue."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line.removeprefix("$ ")
            while command.endswith("\\"):
                command = command.removesuffix("\\") + next(lines, "").strip()
            yield command


def has_output(block: Block) -> bool:
    """Returns whether a block has lines that belong to no command."""
    text = re.sub(r"\\\n", "", block.text)
    return any(line.strip() and not line.startswith("$ ") for line in text.splitlines())


def check_command_line(line: str) -> None:
    """Checks each command of a line, also those in ``$(...)``."""
    for inner in _SUBSTITUTION.findall(line):
        check_command_line(inner)
    for words in split_commands(line):
        check_command(words)


def split_commands(line: str) -> Iterator[list[str]]:
    """Yields the words of each command of a line, without assignments and redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.commenters = ""
    words: list[str] = []
    for token in [*_read_tokens(lexer, line), ";"]:
        if token in _OPERATORS:
            if words:
                yield words
            words = []
        elif words or not re.match(r"[A-Za-z_]\w*=", token):
            words.append(token)


def _read_tokens(lexer: shlex.shlex, line: str) -> Iterator[str]:
    try:
        for token in lexer:
            if token.startswith("#"):
                return
            if token in _REDIRECTIONS:
                next(lexer)
            else:
                yield token
    except ValueError as error:
        raise WrongBlockError(f"{line!r} is not a command: {error}") from error


def check_command(words: Sequence[str]) -> None:
    """Checks a command, given by its words."""
    program, *arguments = words
    if program == PROGRAM:
        check_arguments(arguments)
    elif program == "make":
        _check_targets(arguments)
    elif program == "pytest":
        _check_paths(arguments)
    elif program not in PROGRAMS:
        raise WrongBlockError(f"{program} is not in the list of programs in {Path(__file__).name}")


def _check_targets(arguments: Sequence[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in (each for each in arguments if "=" not in each):
        if not re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE):
            raise WrongBlockError(f"Makefile has no target {target}")


def _check_paths(arguments: Sequence[str]) -> None:
    for path in (each for each in arguments if each.startswith("tests/")):
        if not (ROOT / path).exists():
            raise WrongBlockError(f"{path} does not exist")


def check_arguments(arguments: Sequence[str]) -> None:
    """Checks that a command of domovoi-tf accepts some arguments, whatever files they name.

    Args:
        arguments: the words behind the program's name.
    """
    command: click.Command = cli
    context, rest = parse_arguments(command, None, [*arguments])
    while isinstance(command, click.Group) and rest:
        _, command, rest = _resolve(command, context, rest)
        context, rest = parse_arguments(command, context, rest)


def _resolve(
    group: click.Group, context: click.Context, words: list[str]
) -> tuple[str | None, click.Command, list[str]]:
    try:
        name, command, rest = group.resolve_command(context, words)
    except click.UsageError as error:
        raise WrongBlockError(error.format_message()) from error
    assert command
    return name, command, rest


def parse_arguments(
    command: click.Command, parent: click.Context | None, words: list[str]
) -> tuple[click.Context, list[str]]:
    """Parses the options of a command and converts their values, except for the names of files.

    Returns:
        the context, and the remaining words, which name a subcommand if the command is a group.
    """
    context = command.context_class(
        command,
        parent=parent,
        info_name=command.name,
        **{**command.context_settings, "resilient_parsing": False},
    )
    try:
        own = words[: words.index("--")] if "--" in words else words  # the others are Terraform's
        values, rest, _ = command.make_parser(context).parse_args(args=list(own))
        for parameter in command.get_params(context):
            _check_value(parameter, values.get(parameter.name or ""), context)
        if rest and not isinstance(command, click.Group) and not context.allow_extra_args:
            raise click.UsageError(f"Got unexpected extra arguments ({' '.join(rest)})", context)
    except click.UsageError as error:
        call = " ".join(words)
        raise WrongBlockError(f"{PROGRAM} {command.name or ''} {call}: {error.format_message()}") from error
    return context, [*context._protected_args, *rest] if isinstance(command, click.Group) else rest


def _check_value(parameter: click.Parameter, value: object, context: click.Context) -> None:
    is_missing = value is None or value == () or not _is_set(value)
    if is_missing:
        if parameter.required and isinstance(parameter, click.Argument):
            raise click.MissingParameter(ctx=context, param=parameter)
        return
    if isinstance(parameter.type, (click.Choice, click.IntRange, click.FloatRange)) or parameter.type in (
        click.INT,
        click.FLOAT,
    ):
        parameter.type_cast_value(context, value)


def _is_set(value: object) -> bool:
    return type(value).__name__ != "Sentinel" and "UNSET" not in repr(value)
