"""Finds the folders of the modules of a plan, and reads their blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from domovoi_tf.plans.callers.addresses import join_steps, split_address
from domovoi_tf.plans.callers.configuration import Configuration
from domovoi_tf.plans.sources.expressions import Block, Expression
from domovoi_tf.plans.sources.parser import parse_source
from domovoi_tf.plans.sources.scanner import SourceError

_LOCAL = ("./", "../")


class ModuleText:
    """The Terraform of a module.

    Args:
        folder: its folder. Files that cannot be read or parsed are left out.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def _blocks(self) -> tuple[Block, ...]:
        return tuple(_read_blocks(self.folder))

    @cached_property
    def _blocks_by_name(self) -> dict[tuple[str, ...], Block]:
        return {(each.type, *each.labels): each for each in reversed(self._blocks)}

    @cached_property
    def _locals(self) -> dict[str, Expression]:
        found: dict[str, Expression] = {}
        for each in reversed(self._blocks):
            found |= each.arguments if each.type == "locals" else {}
        return found

    def find_block(self, kind: str, *labels: str) -> Block | None:
        """Returns the first block of a type with some labels."""
        return self._blocks_by_name.get((kind, *labels))

    def find_local(self, name: str) -> Expression | None:
        """Returns the expression of a local value."""
        return self._locals.get(name)


class ModuleTexts:
    """The Terraform of the modules of a plan, as far as it is on this machine.

    Args:
        configuration: the configuration of the plan.
        folders: the folders of modules, by address; those of the local modules that they call follow.
    """

    def __init__(self, configuration: Configuration, folders: Mapping[str, Path]) -> None:
        self._configuration = configuration
        self._folders = folders
        self._texts: dict[Path, ModuleText] = {}

    def find(self, module: str) -> ModuleText | None:
        """Returns the text of a module; None if it is not here.

        Args:
            module: the address of the module.
        """
        steps = split_address(module)
        for count in range(len(steps), -1, -1):
            folder = self._folders.get(join_steps(steps[:count]))
            if folder is not None:
                return self._follow(folder, module, count)
        return None

    def _follow(self, folder: Path, module: str, count: int) -> ModuleText | None:
        steps = split_address(module)
        for index in range(count, len(steps)):
            call = self._configuration.get_calls(join_steps(steps[:index])).get(steps[index].label, {})
            source = str(call.get("source", ""))
            if not source.startswith(_LOCAL):
                return None
            folder = folder / source
        return self._texts.setdefault(folder, ModuleText(folder)) if folder.is_dir() else None


def _read_blocks(folder: Path) -> Iterator[Block]:
    for path in sorted(folder.glob("*.tf")):
        try:
            yield from parse_source(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, SourceError, RecursionError):
            continue
