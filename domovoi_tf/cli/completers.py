"""Completes names of stages, handlers, state machines and templates in shells without importing the app."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Finder = Callable[[Path], Iterable[str]]
#: The comment above each module call in a rendered tree: the file and the name of the handler.
_HANDLER = re.compile(r"^# \S+\.py (\S+)$", re.MULTILINE)


class CompletedName(click.ParamType[str]):
    """A string that shells can complete with names from the project.

    Args:
        find_names: returns the names, given the project's folder.
    """

    name = "text"

    def __init__(self, find_names: Finder) -> None:
        self.find_names = find_names

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Returns the names that start with a prefix."""
        from click.shell_completion import CompletionItem

        names: set[str] = set()
        with contextlib.suppress(Exception):  # a shell that completes cannot show errors
            names.update(self.find_names(Path(ctx.params.get("project_dir") or ".")))
        return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]


class CompletedFile(click.ParamType[str]):
    """A string that shells can complete with the paths of files, because it can name one."""

    name = "text"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Returns the instruction to complete files."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


def find_stages(project: Path) -> Iterator[str]:
    """Yields the configured and the rendered stages."""
    from domovoi_tf.cli.options import DEFAULT_STAGE

    yield from (path.name for path in project.glob("terraform/stages/*/"))
    config = json.loads((project / ".chalice" / "config.json").read_text(encoding="utf-8-sig"))
    yield from config.get("stages", {}) or [DEFAULT_STAGE]


def find_handlers(project: Path) -> Iterator[str]:
    """Yields the handlers in the rendered tree and the decorated functions in the app's main file."""
    for path in project.glob("terraform/app/*.tf"):
        yield from _HANDLER.findall(path.read_text(encoding="utf-8"))
    for path in (project / "app.py", project / "app" / "__init__.py"):
        if path.is_file():
            yield from _find_decorated_functions(path)


def find_templates(_: Path) -> Iterator[str]:
    """Yields the examples that ``new-project --template`` accepts."""
    from domovoi_tf.system import assets

    yield "list"
    yield from (path.parent.name for path in assets.find_examples().glob("*/app.py"))


def find_machines(project: Path) -> Iterator[str]:
    """Yields the state machines in the rendered tree."""
    for path in project.glob("terraform/app/state_machines/*.asl.json"):
        yield path.name.removesuffix(".asl.json")


#: By the name of the command's parameter.
_FINDERS: dict[str, Finder] = {
    "stage": find_stages,
    "stages": find_stages,
    "handler": find_handlers,
    "machine": find_machines,
    "template": find_templates,
}


#: The beginnings of the metavar of parameters that can name a file.
_FILES = ("FILE", "PATH")


def add_completion(command: click.Command) -> None:
    """Adds completion of names and files to the parameters of a command and of its subcommands."""
    for parameter in command.params:
        if parameter.type is not click.STRING:
            continue
        if parameter.name in _FINDERS:
            parameter.type = CompletedName(_FINDERS[parameter.name])
        elif str(parameter.metavar).startswith(_FILES):
            parameter.type = CompletedFile()
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            add_completion(subcommand)


def _find_decorated_functions(path: Path) -> Iterator[str]:
    import ast

    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
            map(_is_event_source, node.decorator_list)
        ):
            yield node.name


def _is_event_source(decorator: Any) -> bool:
    """Returns whether a decorator is a call of a method, such as ``@app.sqs_subscriber("beers")``."""
    import ast

    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)
