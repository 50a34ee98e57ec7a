"""Commands in inline code, such as `domovoi-tf plan` or `render --check`: they exist, with their options."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from documentation.pages import Page
from domovoi_tf.cli.exit import PROGRAM
from domovoi_tf.cli.root import cli

_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
#: A long option, or the letter of a short one, which can be repeated.
_OPTION = re.compile(r"--[a-z][\w-]*|-[a-z]")


def list_wrong_mentions(page: Page) -> list[str]:
    """Returns a message for each command in the text of a page that does not exist, or lacks an option."""
    text = "\n".join(page.prose)
    return [
        f"{page.path}:{text.count(chr(10), 0, match.start()) + 1}: {message}"
        for match in _CODE.finditer(text)
        for message in check_mention(" ".join(match[2].split()))
    ]


def check_mention(code: str) -> Iterator[str]:
    """Yields what is wrong with inline code if it is a command.

    Without the program's name, it is one if it begins with the name of a command and has a long option.
    Placeholders and missing arguments are allowed.

    Args:
        code: the inline code.
    """
    program, *words = code.split(" -- ")[0].split(" | ")[0].split()
    if program != PROGRAM:
        if program not in cli.entries or not any(word.startswith("--") for word in words):
            return
        words = [program, *words]
    yield from _check_words(words)


def _check_words(words: list[str]) -> Iterator[str]:
    command: click.Command = cli
    while words and isinstance(command, click.Group) and re.fullmatch("[a-z][a-z-]*", words[0]):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            yield f"there is no command {words[0]!r}"
            return
        command, words = found, words[1:]
    context = click.Context(command)
    known = {"--help", "-h", *(name for each in (command, cli) for name in _list_options(each, context))}
    for option in (match[0] for word in words if (match := _OPTION.match(word))):
        if option not in known:
            yield f"{command.name} has no option {option}"


def _list_options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        yield from (*parameter.opts, *parameter.secondary_opts)
