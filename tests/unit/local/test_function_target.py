"""The Python under which the emulator runs functions, and the dependencies that they get there."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from package_index import add_wheel, use_index

from domovoi_tf.local.emulator_functions import locate_replacement
from domovoi_tf.local.function_pythons import locate_program
from domovoi_tf.local.function_target import FunctionTarget, MachineTarget, find_target, prepare
from domovoi_tf.packaging.bytecode.pythons import OWN_VERSION, FunctionPython
from domovoi_tf.packaging.dependencies.requirements import Requirements
from domovoi_tf.packaging.target import Target

SHA = "0" * 64
OWN = FunctionPython(OWN_VERSION, Path(sys.executable))
HERE = MachineTarget(OWN_VERSION, "x86_64")
#: Tags of compiled wheels: for the machine, and for Lambda on another one.
MACHINE, LAMBDA = "cp3{}-cp3{}-manylinux_2_17_x86_64", "cp3{}-cp3{}-manylinux_2_17_aarch64"
PURE = "py3-none-any"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    return use_index(tmp_path, monkeypatch)


def prepare_for(tmp_path: Path, configured: Target, text: str | None = "pillow\n") -> tuple[Any, Path]:
    """Prepares the emulator for a package; returns the warnings and the emulator's folder."""
    requirements = None
    if text is not None:
        (tmp_path / "requirements.txt").write_text(text)
        requirements = Requirements(tmp_path / "requirements.txt")
    built: Any = SimpleNamespace(zip=SimpleNamespace(sha256=SHA), requirements=requirements)
    folder = tmp_path / "emulator"
    return prepare(FunctionTarget(configured, OWN, "x86_64"), built, folder, lambda _: None), folder


def get_tag(text: str, version: str) -> str:
    minor = version.partition(".")[2]
    return text.format(minor, minor)


def read_replaced(folder: Path) -> str:
    """Returns the dependency that the emulator uses in place of the package's; empty if none."""
    file = locate_replacement(folder, SHA)
    return Path(file.read_text(), "pillow.py").read_text() if file.exists() else ""


def test_configured_python_on_the_same_machine_needs_no_other_dependencies(
    tmp_path: Path, index: Path
) -> None:
    add_wheel(index, "pillow", tag=get_tag(MACHINE, OWN_VERSION))
    warnings, folder = prepare_for(tmp_path, Target(OWN_VERSION, "x86_64"))
    assert (warnings, read_replaced(folder)) == ((), "")
    assert locate_program(folder / "pythons", OWN_VERSION).exists()


def test_other_python_gets_dependencies_for_it(tmp_path: Path, index: Path) -> None:
    add_wheel(index, "pillow", tag=get_tag(MACHINE, "3.99"), text="for 3.99")
    add_wheel(index, "pillow", tag=get_tag(MACHINE, OWN_VERSION), text="for the emulator")
    assert prepare_for(tmp_path, Target("3.99", "x86_64"))[0] == ()
    assert read_replaced(tmp_path / "emulator") == "for the emulator"


def test_compiled_modules_for_another_architecture_are_replaced(tmp_path: Path, index: Path) -> None:
    add_wheel(index, "pillow", tag=get_tag(LAMBDA, OWN_VERSION), text="for Lambda")
    add_wheel(index, "pillow", tag=get_tag(MACHINE, OWN_VERSION), text="for the machine")
    assert prepare_for(tmp_path, Target(OWN_VERSION, "arm64"))[0] == ()
    assert read_replaced(tmp_path / "emulator") == "for the machine"


def test_pure_dependencies_run_on_any_architecture(tmp_path: Path, index: Path) -> None:
    add_wheel(index, "pillow", tag=PURE)
    warnings, folder = prepare_for(tmp_path, Target(OWN_VERSION, "arm64"))
    assert (warnings, read_replaced(folder)) == ((), "")


def test_replacement_of_an_earlier_deployment_is_removed(tmp_path: Path, index: Path) -> None:
    add_wheel(index, "pillow", tag=PURE)
    _, folder = prepare_for(tmp_path, Target("3.99", "x86_64"))
    assert read_replaced(folder) != ""
    prepare_for(tmp_path, Target(OWN_VERSION, "x86_64"))
    assert read_replaced(folder) == ""
    assert prepare_for(tmp_path, Target("3.99", "x86_64"), None)[0] == ()
    assert read_replaced(folder) == ""


def test_dependency_without_a_wheel_for_the_machine_is_a_warning(tmp_path: Path, index: Path) -> None:
    add_wheel(index, "pillow", tag=get_tag(MACHINE, "3.99"))
    warnings, folder = prepare_for(tmp_path, Target("3.99", "x86_64"))
    assert read_replaced(folder) == ""
    assert warnings == (
        f"the dependencies cannot be installed for {HERE}, on which the emulator runs the functions, so they "
        f"may fail to start there: requirements.txt: pillow==1.0 has no wheel for {HERE}.",
    )


@pytest.mark.parametrize(
    ("system", "libc", "machine", "expected"),
    [
        ("linux", ("glibc", "2.36"), "x86_64", "x86_64-manylinux_2_28"),
        ("linux", ("glibc", "2.26"), "arm64", "aarch64-manylinux_2_17"),
        ("linux", ("", ""), "x86_64", "x86_64-unknown-linux-musl"),
        ("darwin", ("", ""), "arm64", "aarch64-apple-darwin"),
    ],
)
def test_platform_is_that_of_the_machine(
    system: str, libc: tuple[str, str], machine: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "libc_ver", lambda: libc)
    assert MachineTarget("3.13", machine).platform == expected


@pytest.mark.parametrize(
    ("machine", "expected"), [("x86_64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")]
)
def test_architecture_has_the_name_that_lambda_uses(
    machine: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    target = find_target(Target(OWN_VERSION, "arm64"), {})
    assert target.architecture == expected
    monkeypatch.setattr(sys, "platform", "linux")
    assert target.has_other_platform is (expected != "arm64")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert target.has_other_platform is True


def test_description_names_the_python_and_a_remedy_if_it_is_another_one() -> None:
    assert FunctionTarget(Target(OWN_VERSION), OWN, "x86_64").describe() == (
        f"functions run under Python {OWN_VERSION} ({sys.executable})",
        "",
    )
    assert FunctionTarget(Target("3.99"), OWN, "x86_64").describe() == (
        f"Python 3.99 is not installed: on the emulator, functions run under Python {OWN_VERSION}",
        "Install Python 3.99, for example with `uv python install 3.99`.",
    )
