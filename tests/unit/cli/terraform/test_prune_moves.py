"""`domovoi-tf prune-moves` says what it removed, and why something remains."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.cli.terraform import place, prune_moves
from domovoi_tf.cli.terraform.prune_moves import Pruning, describe_pruning, format_pruning
from domovoi_tf.errors import EmulatorError

from ..conftest import Fails, Run

SOME = Pruning(
    {"module.tend": "module.serve"},
    {"module.fetch": "module.get", "module.a": "module.b"},
    {"module.fetch": ("prod", "test"), "module.a": ("test",)},
    {},
)
UNREADABLE = Pruning(
    {},
    {"module.tend": "module.serve", "module.fetch": "module.get"},
    {"module.tend": ("dev",), "module.fetch": ()},
    {"prod": "AWS refused the credentials.\nLog in."},
)


def test_result_as_text() -> None:
    assert format_pruning(SOME) == [
        "  removed  module.tend -> module.serve",
        "  kept     module.fetch -> module.get  (prod, test)",
        "  kept     module.a -> module.b  (test)",
        "1 of 3 moved blocks removed.",
        "Deploy prod, test to remove the others.",
    ]
    assert format_pruning(UNREADABLE) == [
        "  kept     module.tend -> module.serve  (dev)",
        "  kept     module.fetch -> module.get",
        "0 of 2 moved blocks removed.",
        "Deploy dev to remove the others.",
        "The state of prod cannot be read: AWS refused the credentials.\nLog in.",
    ]
    assert format_pruning(Pruning({}, {}, {}, {})) == ["There are no moved blocks."]


def test_result_as_json() -> None:
    assert describe_pruning(SOME) == {
        "removed": [{"from": "module.tend", "to": "module.serve"}],
        "kept": [
            {"from": "module.fetch", "to": "module.get", "stages": ["prod", "test"]},
            {"from": "module.a", "to": "module.b", "stages": ["test"]},
        ],
        "unreadable": {},
    }
    assert describe_pruning(UNREADABLE)["unreadable"] == {"prod": "AWS refused the credentials.\nLog in."}


def test_tree_without_moves_needs_no_terraform(run: Run, rendered_tree: Path) -> None:
    done = run("prune-moves", "--terraform", "missing")
    assert (done.returncode, done.stdout) == (0, "There are no moved blocks.\n")


def test_missing_tree_is_an_error(fails: Fails, project: Path) -> None:
    assert fails("prune-moves") == (
        "Error: terraform is not rendered.\n"
        "Run `domovoi-tf render` first, or name the project's folder with -C.\n"
    )


def test_shell_of_the_emulator_is_an_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "find_emulator", lambda _: object())
    with pytest.raises(EmulatorError) as raised:
        prune_moves.prune_moves.main([str(project)], standalone_mode=False)
    assert str(raised.value) == (
        "This shell works on the emulator, whose states say nothing about those of the stages.\n"
        "Run the command in another shell."
    )
