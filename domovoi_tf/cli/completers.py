"""What a shell completes beside commands and options: names that the project has. The app is not imported."""

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

Known = Callable[[Path], Iterable[str]]
#: What stands above each call in a rendered tree: the handler's place and its name.
_HANDLER = re.compile(r"^# \S+\.py:\d+ (\S+)$", re.MULTILINE)


class Name(click.ParamType[str]):
    """A text of which the project knows some values.

    Args:
        known: gives them.
    """

    name = "text"

    def __init__(self, known: Known) -> None:
        self.known = known

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Returns the names that begin so; none where they cannot be had, for a shell can show no error."""
        from click.shell_completion import CompletionItem

        found: set[str] = set()
        with contextlib.suppress(Exception):
            found.update(self.known(Path(ctx.params.get("project_dir") or ".")))
        return [CompletionItem(name) for name in sorted(found) if name.startswith(incomplete)]


def stages(project: Path) -> Iterator[str]:
    """Yields the stages that are configured or rendered."""
    yield from (path.name for path in project.glob("terraform/stages/*/"))
    config = json.loads((project / ".chalice" / "config.json").read_text(encoding="utf-8"))
    yield from config.get("stages", {}) or ["dev"]


def handlers(project: Path) -> Iterator[str]:
    """Yields the handlers of the rendered tree, and those that the app's own file decorates."""
    for path in project.glob("terraform/app/*.tf"):
        yield from _HANDLER.findall(path.read_text(encoding="utf-8"))
    for path in (project / "app.py", project / "app" / "__init__.py"):
        if path.is_file():
            yield from _decorated(path)


def templates(_: Path) -> Iterator[str]:
    """Yields the examples that a project can begin with."""
    from domovoi_tf.system import assets

    yield "list"
    yield from (path.parent.name for path in assets.find_examples().glob("*/app.py"))


def machines(project: Path) -> Iterator[str]:
    """Yields the state machines of the rendered tree."""
    for path in project.glob("terraform/app/state_machines/*.asl.json"):
        yield path.name.removesuffix(".asl.json")


#: By the names that commands' parameters have.
_KNOWN: dict[str, Known] = {
    "stage": stages,
    "stages": stages,
    "handler": handlers,
    "machine": machines,
    "template": templates,
}


def add_to(command: click.Command) -> None:
    """Has the parameters of a command, and of those inside it, complete what they name."""
    for parameter in command.params:
        if parameter.name in _KNOWN and parameter.type is click.STRING:
            parameter.type = Name(_KNOWN[parameter.name])
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            add_to(inner)


def _decorated(path: Path) -> Iterator[str]:
    import ast

    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
            map(_is_source, node.decorator_list)
        ):
            yield node.name


def _is_source(decorator: Any) -> bool:
    import ast

    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)
