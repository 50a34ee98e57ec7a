"""Compiles modules with a Python of this machine, always to the same bytes for the same release of Python.

The processes that compile run no code of the modules, and import nothing but what the interpreter contains.
"""

from __future__ import annotations

import ast
import marshal
import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.bytecode.pythons import FunctionPython

#: The program of the processes.
CHILD = Path(__file__).with_name("child.py")
#: The options of Python: without the packages of this machine, and without writing bytecode of the program.
_OPTIONS = ("-S", "-s", "-B", "-Wignore")
_LENGTH_BYTES = 8
#: The bytes of a ``.pyc`` file before the code: magic number, flags and hash.
_HEADER_BYTES = 16
#: The number of modules from which a second process is worth its start.
_MANY = 64
#: A format of `marshal` that all versions of Python read.
_FORMAT = 2


class Module(NamedTuple):
    """A module to compile: the path that it has on Lambda, for tracebacks, and the content of its file."""

    path: str
    source: bytes


class Compilation(NamedTuple):
    """The release of Python that compiled, and the content of a ``.pyc`` file for each module.

    The content is empty for a module that this Python cannot compile, such as one of Python 2.
    """

    release: str
    bytecode: tuple[bytes, ...]


def compile_modules(python: FunctionPython, modules: Sequence[Module]) -> Compilation:
    """Compiles modules.

    Args:
        python: the Python, with the version or the release that it must have.
        modules: the modules.

    Raises:
        PackageError: the Python cannot be run, is another one than expected, or fails.

    https://peps.python.org/pep-0552/
    """
    count = (os.cpu_count() or 1) if len(modules) >= _MANY else 1
    parts = [modules[start::count] for start in range(count)]
    with ThreadPoolExecutor(count) as threads:
        done = [*threads.map(lambda part: _compile_part(python, part), parts)]
    # The modules of all parts in turn, as they were dealt.
    bytecode = (done[index % count].bytecode[index // count] for index in range(len(modules)))
    return Compilation(done[0].release, tuple(bytecode))


def _compile_part(python: FunctionPython, modules: Sequence[Module]) -> Compilation:
    job = marshal.dumps([tuple(module) for module in modules], _FORMAT)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(
            [python.program, *_OPTIONS, CHILD],
            cwd="/",
            # The order of sets in constants depends on the seed, until Python 3.11.
            env={**environment, "PYTHONHASHSEED": "0"},
            input=job,
            capture_output=True,
        )
    except OSError as error:
        raise _make_error(python, f"cannot be run: {error.strerror}") from error
    answers = _split_answer(done.stdout)
    if done.returncode or not answers:
        ended = f"ended with status {done.returncode}"
        # The first answer is the release, so this is the module after the last one that has an answer.
        at = (
            f" while it compiled {modules[len(answers) - 1].path}" if 0 < len(answers) <= len(modules) else ""
        )
        raise _make_error(python, ended + at)
    release, *bytecode = answers
    if len(bytecode) != len(modules) or any(0 < len(each) <= _HEADER_BYTES for each in bytecode):
        raise _make_error(python, "gave an incomplete answer")
    return Compilation(_check_release(python, release.decode()), tuple(bytecode))


def _split_answer(answer: bytes) -> list[bytes]:
    """Returns the parts of an answer, without one that was cut short."""
    parts, position = [], 0
    while position + _LENGTH_BYTES <= len(answer):
        start = position + _LENGTH_BYTES
        position = start + int.from_bytes(answer[position:start], "little")
        if position > len(answer):
            break
        parts.append(answer[start:position])
    return parts


def _check_release(python: FunctionPython, answer: str) -> str:
    """Returns the release that a Python states."""
    implementation, *numbers, level = ast.literal_eval(answer)
    release = ".".join(map(str, numbers))
    is_expected = python.version in (release, release.rpartition(".")[0])
    if implementation != "cpython" or level != "final" or not is_expected:
        raise _make_error(python, f"is {implementation} {release} {level}, not Python {python.version}")
    return release


def _make_error(python: FunctionPython, what: str) -> PackageError:
    version = python.version
    return PackageError(
        f"{python.program}, which compiles the modules of the package, {what}.",
        f"Install Python {version} again, for example with `uv python install {version}`, or package only "
        "the source with --no-bytecode.",
    )
