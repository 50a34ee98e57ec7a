"""What the package ships of the runtime: all that Lambda calls, and nothing that only rendering does."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from domovoi_tf.loading import loader
from domovoi_tf.packaging.build import runtime_files
from domovoi_tf.packaging.runtime_source import RENDERING, strip
from domovoi_tf.synthesis.app_module import KINDS, package_kinds

TRIGGERS = Path(__file__).parents[2] / "triggers"
SOURCE = b'''"""A kind."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches

from ..names import resolve
from . import Limit, Trigger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = Limit(what="queue")
MOST, LEAST = 10, 1
PATTERN = re.compile("a")


class Queue(Trigger):
    """A queue."""

    kind = "queue"
    principal = "queue"
    name: str

    def key(self, handler: str) -> str:
        """Returns the key."""
        return resolve(self.name) + self._suffix()

    @property
    def limit(self) -> Any:
        return LIMIT

    def problems(self) -> Any:
        """Yields problems."""
        yield from _wrong(self.name)
        yield self._judged()

    def _suffix(self) -> str:
        return ""

    def _judged(self) -> str:
        return get_close_matches("a", ["b"])


def queue(name):
    return Queue(name=name)


declare = queue


def identify(item):
    return PATTERN.findall(item)


def _wrong(text):
    return _wrong(text[1:]) if len(text) > MOST else json.dumps(text)
'''
LEAN = b"""""

from __future__ import annotations


import re


from ..names import resolve
from . import Limit, Trigger







PATTERN = re.compile("a")


class Queue(Trigger):
    ""

    kind = "queue"

    name: str

    def key(self, handler):
        ""
        return resolve(self.name) + self._suffix()










    def _suffix(self):
        return ""





def queue(name):
    return Queue(name=name)


declare = queue


def identify(item):
    return PATTERN.findall(item)





"""


def test_what_rendering_alone_needs_goes_and_every_line_that_stays_keeps_its_number() -> None:
    assert strip(SOURCE, ()).decode().rstrip() == LEAN.decode().rstrip()
    assert strip(SOURCE, ()).count(b"\n") == SOURCE.count(b"\n")


def test_annotations_of_functions_go_whatever_else_is_in_the_line() -> None:
    source = b"""def f(\xc3\xa4: dict[str, int] | None = {"a: b": 1}, *b: "c", d: int = 2, **e: int) -> dict:
    return {"->": d}  # -> x
"""
    assert (
        strip(source).decode()
        == """def f(ä = {"a: b": 1}, *b, d = 2, **e):
    return {"->": d}  # -> x
"""
    )
    one = b"def f(a: int) -> int: return a\n"
    assert strip(one) == b"def f(a) -> int: return a\n"


def test_what_another_module_uses_stays() -> None:
    kept = strip(SOURCE, {"limit", "_wrong"})
    assert b"def limit" in kept
    assert b"@property" in kept
    assert b"LIMIT = " in kept
    assert b"import json" in kept
    assert b"MOST, LEAST = " in kept


def test_of_other_modules_only_docstrings_and_what_is_for_type_checkers_go() -> None:
    kept = strip(SOURCE)
    assert b"_judged" in kept
    assert b"from typing" not in kept
    assert b"Returns the key" not in kept


def shipped(kind: str) -> dict[str, bytes]:
    """The runtime in the package of the kind's own app."""
    return dict(runtime_files(package_kinds(loader.load(TRIGGERS / kind))))


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_ships_what_only_rendering_calls(kind: str) -> None:
    for name, source in shipped(kind).items():
        if name.startswith("domovoi_tf/triggers/"):
            functions = {n.name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)}
            assert functions & RENDERING == set(), name


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_ships_what_builds_events(kind: str) -> None:
    builders = {f"domovoi_tf/triggers/_{name}.py" for name in ("envelope", "matching", "s3_samples")}
    assert builders & shipped(kind).keys() == set()
    assert not any(b"def event(" in source or b"def sample(" in source for source in shipped(kind).values())


@pytest.mark.parametrize("kind", KINDS)
def test_the_lean_kind_handles_its_event(kind: str, tmp_path: Path) -> None:
    """The app of the kind's tests, in a process that has the shipped files alone."""
    for name, source in shipped(kind).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source)
    folder = TRIGGERS / kind
    script = (
        "import json, os, sys; sys.path.insert(0, sys.argv[1]); sys.path.insert(1, sys.argv[2]); import app\n"
        "os.environ.update(app.ENVIRONMENT); event = json.load(open(sys.argv[2] + '/event.json'))\n"
        "assert app.app(event, None) == app.expected(event); print(app.domovoi_tf.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", script, str(tmp_path), str(folder)],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == str(tmp_path / "domovoi_tf" / "__init__.py")
