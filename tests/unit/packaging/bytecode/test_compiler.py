"""Each process of a release of Python compiles modules to the same bytes, and to the right ones."""

from __future__ import annotations

import importlib.util
import marshal
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.bytecode import compiler
from domovoi_tf.packaging.bytecode.compiler import CHILD, Module, compile_modules
from domovoi_tf.packaging.bytecode.pythons import (
    OWN_RELEASE,
    OWN_VERSION,
    FunctionPython,
    find_python,
    get_own_python,
)

OWN = get_own_python()
STDLIB = Path(sysconfig.get_path("stdlib"))
#: Modules with constants of all types. Names and constants occur in several of them.
MODULES = [
    *(
        Module(f"/var/task/{name}.py", (STDLIB / f"{name}.py").read_bytes())
        for name in ("ast", "enum", "uuid")
    ),
    Module(
        "/var/task/a.py", b"x in {'b', 'a', 'c'}, 'a sentence', '-', '\xc3\xa4', 1.5, b'y', 10**30, ...\n"
    ),
    Module(
        "/var/task/b.py", b"self, z = '\xc3\xa4', 'a sentence'\nclass \xc3\xa4: z = lambda self: ('-', 2.5)\n"
    ),
]


def make_python(folder: Path, text: str) -> FunctionPython:
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o700)
    return FunctionPython(OWN_VERSION, program)


def fail(python: FunctionPython, modules: list[Module] = MODULES) -> str:
    with pytest.raises(PackageError) as caught:
        compile_modules(python, modules)
    return str(caught.value)


def test_bytecode_is_what_python_itself_writes_but_for_marks_of_references() -> None:
    release, bytecode = compile_modules(OWN, MODULES)
    assert release == OWN_RELEASE
    for module, content in zip(MODULES, bytecode, strict=True):
        checked_hash = (0b11).to_bytes(4, "little")
        expected = importlib.util.MAGIC_NUMBER + checked_hash + importlib.util.source_hash(module.source)
        assert content[:16] == expected
        code = marshal.loads(content[16:])  # noqa: S302 - written above
        assert code == compile(module.source, module.path, "exec", dont_inherit=True)
        assert code.co_filename == module.path


def test_bytes_depend_neither_on_other_modules_nor_on_their_order() -> None:
    together = compile_modules(OWN, MODULES).bytecode
    assert compile_modules(OWN, MODULES[::-1]).bytecode == together[::-1]
    assert [compile_modules(OWN, [module]).bytecode[0] for module in MODULES] == [*together]


def test_bytes_do_not_depend_on_what_the_process_has_imported() -> None:
    code = (
        "import asyncio, enum, email.message, logging, runpy, sys, unittest, xml.dom.minidom\n"
        "sys.intern('a sentence'), sys.intern('-')\n"
        f"runpy.run_path({str(CHILD)!r}, run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=marshal.dumps([*map(tuple, MODULES)], 2),
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        check=True,
    )
    _, *bytecode = compiler._split_answer(done.stdout)
    assert tuple(bytecode) == compile_modules(OWN, MODULES).bytecode


def test_bytes_do_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = compile_modules(OWN, MODULES)
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    assert compile_modules(OWN, MODULES) == expected


def test_many_modules_are_compiled_by_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    modules = [Module(f"/var/task/m{number}.py", f"x = {number}\n".encode()) for number in range(70)]
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    bytecode = compile_modules(OWN, modules).bytecode
    codes = [marshal.loads(each[16:]) for each in bytecode]  # noqa: S302 - written above
    assert [code.co_filename for code in codes] == [each.path for each in modules]


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_each_version_of_python_compiles_for_itself(version: str) -> None:
    python = find_python(version, os.environ)
    if python is None:
        pytest.skip(f"Python {version} is not installed")
    release, bytecode = compile_modules(python, MODULES)
    assert release.rpartition(".")[0] == version
    assert compile_modules(python, MODULES[::-1]).bytecode == bytecode[::-1]
    code = "import importlib.util as u, sys; sys.stdout.buffer.write(u.MAGIC_NUMBER)"
    magic = subprocess.run([python.program, "-c", code], capture_output=True, check=True).stdout
    assert {each[:4] for each in bytecode} == {magic}
    assert compile_modules(find_python(release, os.environ) or OWN, MODULES) == (release, bytecode)


@pytest.mark.parametrize(
    "source",
    [b"print 'x'\n", b"x = {{ name }}-\n", b"x\0", b"\xff", b"# coding: nothing\n", b"(" * 5000, b"return\n"],
)
def test_source_that_is_no_module_has_no_bytecode(source: bytes) -> None:
    bytecode = compile_modules(OWN, [Module("/var/task/x.py", source), *MODULES]).bytecode
    assert bytecode[0] == b""
    assert all(bytecode[1:])


def test_functions_that_are_nested_too_deeply_for_marshal_have_no_bytecode() -> None:
    source = b"lambda: " * 700 + b"0\n"
    bytecode = compile_modules(OWN, [Module("/var/task/x.py", source), *MODULES]).bytecode
    assert bytecode[0] == b""
    assert all(bytecode[1:])


@pytest.mark.parametrize("constants", ["None, 'a', 'b'", "..., 1, 2", "(1, (None, 2)), 'a', 'b'"])
def test_modules_with_sets_whose_order_depends_on_the_machine_have_no_bytecode(constants: str) -> None:
    python = find_python("3.10", os.environ)
    if python is None:
        pytest.skip("Python 3.10 is not installed")
    source = f"def f(x): return x in {{{constants}}}\n".encode()
    assert compile_modules(python, [Module("/var/task/x.py", source)]).bytecode == (b"",)
    assert all(compile_modules(OWN, [Module("/var/task/x.py", source)]).bytecode)


def test_nothing_to_compile_is_no_error() -> None:
    assert compile_modules(OWN, []) == (OWN_RELEASE, ())


REMEDY = (
    f"Install Python {OWN_VERSION} again, for example with `uv python install {OWN_VERSION}`, or package "
    "only the source with --no-bytecode."
)


def test_python_that_cannot_be_run_is_an_error() -> None:
    assert fail(FunctionPython(OWN_VERSION, Path("/nowhere/python"))) == (
        "/nowhere/python, which compiles the modules of the package, cannot be run: No such file or "
        f"directory.\n{REMEDY}"
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("exit 3", "ended with status 3"),
        ("true", "ended with status 0"),
        (
            f'{OWN.program} "$@" | head -c 5000; exit 1',
            "ended with status 1 while it compiled /var/task/ast.py",
        ),
        (f'{OWN.program} "$@" | head -c 100', "gave an incomplete answer"),
    ],
)
def test_answer_that_is_cut_short_is_an_error(tmp_path: Path, text: str, what: str) -> None:
    python = make_python(tmp_path, text)
    assert fail(python) == (f"{python.program}, which compiles the modules of the package, {what}.\n{REMEDY}")


@pytest.mark.parametrize(
    ("answer", "is_what"),
    [
        (("cpython", 3, 9, 1, "final"), "cpython 3.9.1 final"),
        (("cpythont", 3, sys.version_info[1], 1, "final"), f"cpythont {OWN_VERSION}.1 final"),
        (("cpython", 3, sys.version_info[1], 0, "candidate"), f"cpython {OWN_VERSION}.0 candidate"),
    ],
)
def test_other_python_than_expected_is_an_error(tmp_path: Path, answer: object, is_what: str) -> None:
    data = repr(answer).encode()
    (tmp_path / "answer").write_bytes(len(data).to_bytes(8, "little") + data)
    python = make_python(tmp_path, f"cat {tmp_path / 'answer'}")
    assert fail(python, []) == (
        f"{python.program}, which compiles the modules of the package, is {is_what}, "
        f"not Python {OWN_VERSION}.\n{REMEDY}"
    )
