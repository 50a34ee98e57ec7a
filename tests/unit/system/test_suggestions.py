"""Commands that messages suggest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import commands_page
import pytest

from domovoi_tf.cli import options
from domovoi_tf.system import suggestions
from domovoi_tf.system.suggestions import Invocation, spell


@pytest.fixture(autouse=True)
def current() -> Iterator[Invocation]:
    yield suggestions.current
    suggestions.reset()


def test_defaults_are_left_out(current: Invocation) -> None:
    assert spell("plan") == spell("plan", options.DEFAULT_STAGE) == "domovoi-tf plan"


def test_options_follow_the_arguments(current: Invocation) -> None:
    current.folder, current.project = Path("my apps"), Path("bar")
    current.out, current.at_emulator = Path("bar/my tree"), True
    assert spell("apply", "test") == ("domovoi-tf local apply -C 'my apps/bar' --stage test --out 'my tree'")
    assert spell("logs tend -f", "test") == "domovoi-tf local logs tend -f -C 'my apps/bar' --stage test"
    assert spell("render") == "domovoi-tf render -C 'my apps/bar' --out 'my tree'"


def test_output_folder_is_relative_to_the_project(current: Invocation) -> None:
    current.project, current.out = Path("../bar"), Path("tree")
    elsewhere = Path("..", Path.cwd().name, "tree")
    assert spell("plan") == f"domovoi-tf plan -C ../bar --out {elsewhere}"


def test_options_are_forgotten(current: Invocation) -> None:
    current.out = Path("tree")
    suggestions.reset()
    assert spell("plan") == "domovoi-tf plan"


def test_tables_name_the_commands_that_have_the_options() -> None:
    with_out, with_emulator = set(), set()
    for named in commands_page.list_commands():
        names = {parameter.name for parameter in named.command.params}
        if named.path[0] != "local":
            with_out |= {named.name} if "out" in names else set()
            with_emulator |= {named.path[0]} if "at_emulator" in names else set()
    assert set(suggestions.WITH_OUT) == with_out
    assert set(suggestions.WITH_EMULATOR) == with_emulator


def test_no_other_module_spells_the_stage_of_a_command() -> None:
    package = Path(suggestions.__file__).parents[2]
    spelled = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"domovoi-tf [a-z][^\n]* --stage \{", path.read_text())
    }
    # The header of a file in the stage's folder, which is the same on every machine.
    assert spelled == {"state/recovery.py"}
