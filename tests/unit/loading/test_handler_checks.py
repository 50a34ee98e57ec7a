"""Handlers that Lambda cannot call as they are declared are problems, with the decorator's file and line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from domovoi_tf.loading import loader
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.packaging.contents import list_runtime_files
from domovoi_tf.synthesis.app_module import find_package_kinds

CASES = """
import contextlib, functools
import domovoi_tf

app = domovoi_tf.Domovoi()


def pass_on(handler):
    @functools.wraps(handler)
    def wrapper(*args, **kwargs):
        return handler(*args, **kwargs)
    return wrapper


def pass_on_unnamed(handler):
    def wrapper(*args):
        return handler(*args)
    return wrapper


def hide(handler):
    def wrapper(event, context):
        return handler(event, context)
    return wrapper


def add_db(handler):
    @functools.wraps(handler)
    def wrapper(event, context):
        return handler(event, context, "db")
    return wrapper


class Shaker:
    def __init__(self, handler):
        functools.update_wrapper(self, handler)
        self.handler = handler

    def __call__(self, *args):
        return self.handler(*args)


def name(handler):
    handler.__name__ = "tend"
    return handler

"""
#: The line of the decorator in an app of `load`.
LINE = CASES.count("\n") + 1
NEITHER = "can be called neither with the event and the context nor with the event alone"
WRITE = "Write def tend(event, context), or def tend(event)."
LATER = "whose code runs only when its values are requested"
RETURN = "Return the result instead of yielding it."
DELETE = "If its decorator requests them, delete the wrapper's __wrapped__."
PUT = "app.sns_topic_subscriber(...)"


def load(folder: Path, code: str) -> ReadApplication:
    (folder / "app.py").write_text(
        CASES + code.replace("@app\n", '@app.sns_topic_subscriber("bartender")\n') + "\n"
    )
    return loader.load(folder)


@pytest.mark.parametrize(
    "code",
    [
        "@app\ndef tend(event, context): ...",
        "@app\ndef tend(event): ...",
        "@app\ndef tend(event=None): ...",
        "@app\ndef tend(event, context, more=1, *, other=2): ...",
        "@app\ndef tend(event, *, more=1): ...",
        "@app\ndef tend(event, more=None): ...",
        "@app\ndef tend(event, lambda_context={}): ...",
        "@app\n@add_db\ndef tend(event, context, more=1): ...",
        "X = app.sns_topic_subscriber('a')(name(functools.partial(lambda event, more: 0, more=1)))",
        "@app\ndef tend(*args): ...",
        "@app\ndef tend(event, *rest): ...",
        "@app\nasync def tend(event, context): ...",
        "@app\nasync def tend(event): ...",
        "@app\n@pass_on\ndef tend(event): ...",
        "@app\n@pass_on_unnamed\ndef tend(event): ...",
        "@app\n@Shaker\ndef tend(event): ...",
        # The wrapper takes both and adds what is missing.
        "@app\n@add_db\ndef tend(event, context, db): ...",
        # A wrapper may add arguments by keyword.
        "@app\n@pass_on\ndef tend(event, context, *, db): ...",
        "class Bar:\n @app\n @staticmethod\n def tend(event, context): ...",
        "class Bar:\n @staticmethod\n @app\n def tend(event): ...",
        # A class as a mere namespace.
        "class Bar:\n @app\n def tend(event, context): ...",
        "class Bar:\n def tend(self, event, context): ...\nX = app.sns_topic_subscriber('a')(Bar().tend)",
        "class Bar:\n def tend(self, event): ...\nX = app.sns_topic_subscriber('a')(Bar().tend)",
        "class Bar:\n @pass_on\n def tend(self, event): ...\nX = app.sns_topic_subscriber('a')(Bar().tend)",
        "class Bar:\n @classmethod\n def tend(cls, event): ...\nX = app.sns_topic_subscriber('a')(Bar.tend)",
        "X = app.sns_topic_subscriber('a')(name(functools.partial(lambda kind, event: 0, 'beer')))",
        # Written in C, without a signature.
        "X = app.sns_topic_subscriber('a')(max)",
    ],
)
def test_handler_that_lambda_can_call_has_no_problem(code: str, tmp_path: Path) -> None:
    application = load(tmp_path, code)
    assert (application.faults, application.notices, len(application.routes)) == ((), (), 1)


@pytest.mark.parametrize(
    ("code", "message", "remedy"),
    [
        ("@app\ndef tend(): ...", f"tend() {NEITHER}", WRITE),
        (
            "@app\ndef tend(event: dict, context: 'object', db) -> str: ...",
            f"tend(event, context, db) {NEITHER}",
            WRITE,
        ),
        (
            "@app\ndef tend(event, context, db, more='x'): ...",
            f"tend(event, context, db, more=...) {NEITHER}",
            WRITE,
        ),
        ("@app\ndef tend(event, *, context): ...", f"tend(event, *, context) {NEITHER}", WRITE),
        ("@app\ndef tend(**kwargs): ...", f"tend(**kwargs) {NEITHER}", WRITE),
        ("@app\n@pass_on\ndef tend(): ...", f"tend() {NEITHER}", WRITE),
        ("@app\n@pass_on_unnamed\ndef tend(): ...", f"tend() {NEITHER}", WRITE),
        (
            "X = app.sns_topic_subscriber('a')(name(functools.partial(lambda event, context: 0, 1, 2)))",
            f"tend() {NEITHER}",
            WRITE,
        ),
        (
            "class Bar:\n @app\n def tend(self, event): ...",
            "tend is a method of Bar, and needs an object, which does not exist yet",
            f"Create one after the class, bar = Bar(), and register its method: {PUT}(bar.tend). "
            "Or decorate a function.",
        ),
        (
            "class Bar:\n @app\n @pass_on\n def tend(self, event, context): ...",
            "tend is a method of Bar, and needs an object, which does not exist yet",
            f"Create one after the class, bar = Bar(), and register its method: {PUT}(bar.tend). "
            "Or decorate a function.",
        ),
        (
            "class Bar:\n @classmethod\n @app\n def tend(cls, event, context): ...",
            "tend is a class method of Bar, and needs the class, which does not exist yet",
            f"Register it after the class: {PUT}(Bar.tend). Or decorate a function.",
        ),
        (
            "class Bar:\n @app\n @classmethod\n def tend(cls, event, context): ...",
            "tend is a class method of Bar, and needs the class, which does not exist yet",
            f"Register it after the class: {PUT}(Bar.tend). Or decorate a function.",
        ),
        (
            "@app\nclass tend:\n def __init__(self, event, context): ...",
            "tend is a class, and calling it only creates an object",
            f"Decorate a function, or register a method of an object: {PUT}(tend().METHOD).",
        ),
        ("@app\ndef tend(event, context): yield", f"tend is a generator function, {LATER}", RETURN),
        ("@app\nasync def tend(event): yield", f"tend is an async generator function, {LATER}", RETURN),
        (
            "@app\n@pass_on\ndef tend(event): yield",
            f"tend is a generator function, {LATER}",
            f"{RETURN} {DELETE}",
        ),
        (
            "@app\n@contextlib.contextmanager\ndef tend(event, context): yield",
            f"tend is a generator function, {LATER}",
            f"{RETURN} {DELETE}",
        ),
        (
            "def pour(kind, event): yield\n"
            "X = app.sns_topic_subscriber('a')(name(functools.partial(pour, 1)))",
            f"tend is a generator function, {LATER}",
            RETURN,
        ),
        (
            "class Bar:\n __name__ = 'tend'\n def __call__(self, event, context): yield\n"
            "X = app.sns_topic_subscriber('a')(Bar())",
            f"tend is a generator function, {LATER}",
            RETURN,
        ),
    ],
)
def test_handler_that_lambda_cannot_call_is_a_problem(
    code: str, message: str, remedy: str, tmp_path: Path
) -> None:
    (fault,) = load(tmp_path, code).faults
    line = next(
        n for n, text in enumerate(f"{CASES}{code}".splitlines(), 1) if "@app" in text or "X = " in text
    )
    assert (str(fault.location), fault.message, fault.remedy) == (f"app.py:{line}", message, remedy)


def test_handler_of_several_sources_has_one_problem(tmp_path: Path) -> None:
    (fault,) = load(tmp_path, "@app.sns_topic_subscriber('cellar')\n@app\ndef tend(): ...").faults
    assert str(fault.location) == f"app.py:{LINE + 1}"


def test_decorator_that_must_add_arguments_is_a_warning(tmp_path: Path) -> None:
    application = load(tmp_path, "@app\n@pass_on\ndef tend(event, context, db): ...")
    (notice,) = application.notices
    assert application.faults == ()
    assert (str(notice.location), notice.message) == (
        f"app.py:{LINE}",
        "tend(event, context, db) takes more than the event and the context, so every event fails unless its "
        "decorator adds the other arguments",
    )


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("@app\ndef tend(event, size='secret'): ...", 0),
        ("@app\n@pass_on\ndef tend(event, size=0): ...", 0),
        ("@app\nasync def tend(event, size=(1, 2), /): ...", 0),
        (
            "for topic in 'ab':\n    @app.sns_topic_subscriber(topic)\n    def tend(event, size=topic): ...",
            1,
        ),
        (
            "class Bar:\n def tend(self, event, size=1): ...\n"
            "bar = Bar()\nX = app.sns_topic_subscriber('a')(bar.tend)",
            3,
        ),
    ],
)
def test_default_value_that_the_context_replaces_is_a_warning(code: str, line: int, tmp_path: Path) -> None:
    application = load(tmp_path, code)
    (notice,) = application.notices
    parameters = "(event, size=..., /)" if "/" in code else "(event, size=...)"
    assert application.faults == ()
    assert (str(notice.location), notice.message) == (
        f"app.py:{LINE + line}",
        f"size of tend{parameters} receives the context: write def tend(event, context, size=...), or make "
        "size keyword-only: def tend(event, *, size=...)",
    )


def test_render_lists_all_such_problems_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text('{"app_name": "bar"}')
    load(tmp_path, "@app\ndef tend(): ...\n\n@app.sns_topic_subscriber('a')\ndef pour(event): yield")
    command = [str(Path(sys.executable).parent / "domovoi-tf"), "render", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Error: 2 problems\napp.py:{LINE}: tend() {NEITHER}\n    {WRITE}\n"
        f"app.py:{LINE + 3}: pour is a generator function, {LATER}\n    {RETURN}\n"
    )
    assert not (tmp_path / "terraform").exists()


@pytest.mark.parametrize(
    ("code", "adapted"),
    [
        ("@app\ndef tend(event, context): ...", False),
        ("@app\ndef tend(event): ...", True),
        ("@app\nasync def tend(event, context): ...", True),
        ("@app\n@add_db\ndef tend(event, context, db): ...", True),
        ("@app\n@hide\ndef tend(event, context): ...", False),
        ("@app\n@hide\nasync def tend(event, context): ...", True),
    ],
)
def test_package_has_the_module_that_adapts_handlers_only_if_one_needs_it(
    code: str, adapted: bool, tmp_path: Path
) -> None:
    kinds = find_package_kinds(load(tmp_path, code))
    assert ("domovoi_tf/runtime/calls.py" in list_runtime_files(kinds)) is adapted
