"""The options, the configuration, the record of the tree, and the Pythons of the machine, in this order."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.bytecode import choice
from domovoi_tf.packaging.bytecode.choice import NONE, Choice, choose
from domovoi_tf.packaging.bytecode.pythons import FunctionPython

PYTHONS = {name: FunctionPython(name, Path(f"/python{name}")) for name in ("3.98", "3.98.1", "3.98.2")}
VERSION, FIRST = PYTHONS["3.98"], PYTHONS["3.98.1"]
SOURCE = (
    "Or package only the source: this time with --no-bytecode, or always with "
    '"package_bytecode": false in .chalice/config.json.'
)


@pytest.fixture(autouse=True)
def pythons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "find_python", lambda version, _: PYTHONS.get(version))


@pytest.mark.parametrize(
    ("option", "setting", "recorded", "expected"),
    [
        (None, None, "", Choice(VERSION, is_new=True)),
        (None, None, "3.98.1", Choice(FIRST)),
        (None, None, NONE, Choice(reason="the tree records that its packages have none; --bytecode adds it")),
        (None, True, "", Choice(VERSION, is_new=True)),
        (None, True, "3.98.1", Choice(FIRST)),
        (None, True, NONE, Choice(VERSION, is_new=True)),
        (None, False, "3.98.1", Choice(reason="package_bytecode is false")),
        (True, False, "3.98.1", Choice(VERSION, is_new=True)),
        (True, None, "3.98.9", Choice(VERSION, is_new=True)),
        (False, True, "3.98.9", Choice(reason="--no-bytecode was given")),
    ],
)
def test_option_counts_more_than_the_configuration_and_that_more_than_the_record(
    option: bool | None, setting: bool | None, recorded: str, expected: Choice
) -> None:
    assert choose("3.98", option, setting, recorded, {}) == expected


def test_without_a_python_the_first_package_has_no_bytecode() -> None:
    reason = "Python 3.99 is not installed. After `uv python install 3.99`, --bytecode adds it"
    assert choose("3.99", None, None, "", {}) == Choice(reason=reason, is_new=True)


@pytest.mark.parametrize("setting", [None, True])
def test_without_the_recorded_release_it_is_an_error(setting: bool | None) -> None:
    with pytest.raises(PackageError) as caught:
        choose("3.98", None, setting, "3.98.9", {})
    assert str(caught.value) == (
        "The packages of this tree have bytecode of Python 3.98.9, which is not installed, and another "
        "release may compile to other bytes.\n"
        "Install it with `uv python install 3.98.9`. Or compile with an installed Python 3.98, and record "
        f"its release, with --bytecode. {SOURCE}"
    )


@pytest.mark.parametrize(("option", "setting"), [(True, None), (None, True), (True, False)])
def test_bytecode_that_is_wanted_needs_a_python(option: bool | None, setting: bool | None) -> None:
    with pytest.raises(PackageError) as caught:
        choose("3.99", option, setting, NONE, {})
    assert str(caught.value) == (
        "Python 3.99, which has to compile the modules of the package, is not installed.\n"
        f"Install it with `uv python install 3.99`. {SOURCE}"
    )
