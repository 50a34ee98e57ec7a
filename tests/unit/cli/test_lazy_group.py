"""Suggestions for unknown commands and options, and the lines of helps."""

from __future__ import annotations

import re

import pytest
from documentation_pages import commands_page

from domovoi_tf.cli.lazy_group import HelpContext

from .conftest import Run

USAGE = "Usage: domovoi-tf [OPTIONS] COMMAND [ARGS]...\nTry 'domovoi-tf --help' for help.\n\nError: "


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["depoly"], f"{USAGE}No such command 'depoly'. Did you mean 'deploy'?\n"),
        (["delete"], f"{USAGE}No such command 'delete'. Did you mean 'destroy'?\n"),
        (["help"], f"{USAGE}No such command 'help'. Did you mean '--help'?\n"),
        (["xyzzy"], f"{USAGE}No such command 'xyzzy'.\n"),
        (["--debgu"], f"{USAGE}No such option '--debgu'. Did you mean '--debug'?\n"),
        (["--", "--x"], f"{USAGE}No such option '--x'.\n"),
        (
            ["local", "stauts"],
            "Usage: domovoi-tf local [OPTIONS] COMMAND [ARGS]...\nTry 'domovoi-tf local --help' for help.\n\n"
            "Error: No such command 'stauts'. Did you mean 'status'?\n",
        ),
        (
            ["show", "--jsno"],
            "Usage: domovoi-tf show [OPTIONS]\nTry 'domovoi-tf show --help' for help.\n\n"
            "Error: No such option '--jsno'. Did you mean '--json'?\n",
        ),
    ],
)
def test_unknown_name_suggests_a_similar_one(run: Run, args: list[str], message: str) -> None:
    done = run(*args)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


@pytest.mark.parametrize("width", range(60, 104, 4))
def test_help_breaks_lines_neither_in_options_nor_in_quoted_commands(width: int) -> None:
    for named in commands_page.walk_commands():
        text = named.command.get_help(HelpContext(named.command, info_name=named.call, terminal_width=width))
        assert not re.findall(r"^.*\w-$", text, re.MULTILINE), named.call
        assert not [quoted for quoted in text.split("`")[1::2] if "\n" in quoted], named.call
        assert not {"\u2011", "\u00a0"} & set(text), named.call


@pytest.mark.parametrize("arguments", [["deploy"], ["local", "deploy"]])
def test_all_commands_have_that_help(run: Run, arguments: list[str]) -> None:
    text = run(*arguments, "--help", COLUMNS="80").stdout
    assert re.search(r"Stop after the plan and save it for\n +`domovoi-tf apply`\.\n", text)
