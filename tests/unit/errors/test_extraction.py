"""The texts of errors are found in code of many forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .extraction import Extractor
from .sources import Code
from .texts import drop_place, format_text

#: The classes of errors, as a package needs them.
ERRORS = """
class DomovoiError(Exception):
    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)


class StateError(DomovoiError):
    pass


class ValidationError(DomovoiError):
    def __init__(self, problems: tuple) -> None:
        super().__init__("")


class Problem:
    def __init__(self, location: str, message: str, remedy: str) -> None:
        self.message = message


def join_problems(kind, problems, remedy=""):
    return kind("; ".join(problems), remedy)
"""

IMPORTS = "from domovoi_tf.errors import DomovoiError, Problem, StateError, join_problems\n"

Extract = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def extract(tmp_path: Path) -> Extract:
    """Returns the messages and remedies in the code of a module."""

    def run(code: str, **modules: str) -> list[tuple[str, str]]:
        package = tmp_path / "domovoi_tf"
        files = {"__init__": "", "errors": ERRORS, "app": code, **modules}
        package.mkdir()
        for name, text in files.items():
            (package / f"{name}.py").write_text(f"{IMPORTS}{text}", encoding="utf-8")
        found = [each for each in Extractor(Code(tmp_path)).extract() if not each.path.endswith("errors.py")]
        return [(format_text(drop_place(each.message)), format_text(each.remedy)) for each in found]

    return run


def show(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Returns texts with the plain signs of this module: ``<name>``, and ``(one|other)``."""
    table = str.maketrans({"\u2039": "<", "\u203a": ">", "⟦": "(", "¦": "|", "⟧": ")"})
    return [(message.translate(table), remedy.translate(table)) for message, remedy in found]


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ('DomovoiError("It is gone.", "Look for it.")', [("It is gone.", "Look for it.")]),
        ('DomovoiError(f"{path} is gone.")', [("<path> is gone.", "")]),
        ('StateError(message=f"No {a.b!r}.", remedy="Add " "it.")', [("No <b>.", "Add it.")]),
        ('Problem("app.py", "no name" + f" for {x}", "Add one.")', [("no name for <x>", "Add one.")]),
        ('DomovoiError("{} of {name}".format(a, name=b))', [("<a> of <b>", "")]),
        ('DomovoiError(f"{x} is gone.".rstrip("."))', [("<x> is gone", "")]),
        ('DomovoiError("Add NAME.".replace("NAME", name))', [("Add <name>.", "")]),
        (
            "DomovoiError(f\"It has {len(names)} names: {', '.join(names)}\")",
            [("It has <number> names: <names>", "")],
        ),
        (
            """DomovoiError(f"The {'queue' if x else 'topic'} is gone.")""",
            [("The (queue|topic) is gone.", "")],
        ),
        ("""DomovoiError(f"It is gone{' again' if x else ''}.")""", [("It is gone( again|).", "")]),
        (
            'DomovoiError("One." if x else "Two.", "First." if x else "Second.")',
            [("One.", "First."), ("Two.", "Second.")],
        ),
        (
            'join_problems(StateError, [f"{a} is gone", f"{b} is lost"])',
            [("<a> is gone", ""), ("<b> is lost", "")],
        ),
        ('DomovoiError(f"app.py:{line}: it is not valid.")', [("it is not valid.", "")]),
        ('DomovoiError(f"{file}:{line}: it is not valid.")', [("it is not valid.", "")]),
        ('DomovoiError("It is gone.", None or "Look.")', [("It is gone.", "Look.")]),
    ],
)
def test_texts_in_a_call(extract: Extract, code: str, texts: list[tuple[str, str]]) -> None:
    assert show(extract(f"def check(a, b, names, x, path):\n    raise {code}")) == texts


def test_variables_and_constants(extract: Extract) -> None:
    code = """
LIMIT = 20480
SECONDS = 30.0
_REMEDY = f"Use at most {LIMIT:,} in {SECONDS:g} s."

def check(size):
    unit = "bytes"
    message = f"It has {size} {unit}."
    raise DomovoiError(message, _REMEDY)
"""
    assert show(extract(code)) == [("It has <size> bytes.", "Use at most 20,480 in 30 s.")]


def test_remedy_of_a_message_in_the_same_branch(extract: Extract) -> None:
    code = """
def check(x):
    if x:
        message, remedy = "It is gone.", "Look for it."
    else:
        message = "It is lost."
        remedy = "Forget it."
    raise DomovoiError(message, remedy)
"""
    assert extract(code) == [("It is gone.", "Look for it."), ("It is lost.", "Forget it.")]


def test_text_that_is_added(extract: Extract) -> None:
    code = """
def check(x):
    message = "It is gone."
    if x:
        message += " It was here."
    raise DomovoiError(message)
"""
    assert show(extract(code)) == [("It is gone.( It was here.|)", "")]


def test_results_of_functions(extract: Extract) -> None:
    code = """
from domovoi_tf.texts import describe

def _explain(name):
    if not name:
        return None
    if name == "x":
        return f"{describe(name)} is gone.", "Look."
    return "It is lost.", f"Ask {name}."

def check(error):
    if explained := _explain(error):
        raise DomovoiError(*explained)
"""
    texts = 'def describe(name):\n    return f"the queue {name}"'
    assert show(extract(code, texts=texts)) == [
        ("the queue <name> is gone.", "Look."),
        ("It is lost.", "Ask <name>."),
    ]


def test_pairs_of_generators(extract: Extract) -> None:
    code = """
class Trigger:
    def problems(self):
        yield from ()

class Queue(Trigger):
    def problems(self):
        yield from super().problems()
        yield "the queue is gone", "Create it."
        for name in self.names:
            yield from _check(name)

def _check(name):
    yield f"{name} is lost", "Find it."

def check(trigger: Trigger):
    for message, remedy in trigger.problems():
        yield Problem("app.py", message, remedy)
"""
    assert show(extract(code)) == [("the queue is gone", "Create it."), ("<name> is lost", "Find it.")]


def test_sentences_of_callers(extract: Extract) -> None:
    code = """
def _fail(path, message, remedy):
    raise DomovoiError(f"{path}: {message}", remedy)

def check(path):
    _fail(path, "it is gone", "Look for it.")

def check_other(path):
    _fail(path, "it is lost", remedy="Forget it.")
"""
    assert extract(code) == [("it is gone", "Look for it."), ("it is lost", "Forget it.")]


def test_tables(extract: Extract) -> None:
    code = """
REMEDIES = {"name": "Shorten it.", "size": "Reduce it."}
CHECKS = {"name": _check_name, "size": _check_size}

def _check_name(value):
    yield f"{value} is long"

def _check_size(value):
    yield f"{value} is large"

def check(key, value):
    for message in CHECKS.get(key, _check_name)(value):
        yield Problem("app.py", message, REMEDIES["size"])
"""
    assert show(extract(code)) == [("<value> is long", "Reduce it."), ("<value> is large", "Reduce it.")]


def test_fields_and_texts_of_objects(extract: Extract) -> None:
    code = """
from typing import NamedTuple

class Change(NamedTuple):
    at: int
    reason: str
    remedy: str

class Size:
    def __str__(self) -> str:
        return f"{self.number} bytes"

def _judge(x):
    return ("is too long", "Shorten it.") if x else ("is too short", "Lengthen it.")

def _find(x):
    return Change(0, *_judge(x))

def check(x, size: Size):
    if change := _find(x):
        raise DomovoiError(f"The name of {size} {change.reason}.", change.remedy)
"""
    assert show(extract(code)) == [
        ("The name of <number> bytes is too long.", "Shorten it."),
        ("The name of <number> bytes is too short.", "Lengthen it."),
    ]


def test_errors_that_make_their_texts(extract: Extract) -> None:
    code = """
class LockedError(DomovoiError):
    def __init__(self, stage: str) -> None:
        super().__init__(f"The state of {stage} is locked.", "Wait.")

def check(stage):
    raise LockedError(stage)
"""
    assert show(extract(code)) == [("The state of <stage> is locked.", "Wait.")]


def test_unknown_texts_are_placeholders(extract: Extract) -> None:
    code = """
def check(error):
    raise DomovoiError(error.message, error.remedy)
"""
    assert show(extract(code)) == [("<message>", "<remedy>")]
