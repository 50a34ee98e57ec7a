"""Decorators without parentheses, above the app's own, or of Chalice are named with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf import Domovoi, DomovoiError
from domovoi_tf.loading import loader
from domovoi_tf.model.application import Application
from domovoi_tf.testing import Client

HEAD = """import functools
from domovoi_tf import Domovoi
app = Domovoi()

def members_only(handler):
    @functools.wraps(handler)
    def check(event, context):
        raise PermissionError
    return check

def hide(*options):
    def wrap(handler):
        def check(event, context):
            raise PermissionError
        return check if options else lambda event, context: handler(event, context)
    return wrap

def mark(handler):
    handler.marked = True
    return handler

class Check:
    def __init__(self, handler):
        self.handler = handler

    def __call__(self, event, context):
        raise PermissionError

class Proxy:
    "Forwards attributes to the function that it wraps, as the decorators of wrapt do."
    def __init__(self, wrapped):
        self.__wrapped__ = wrapped

    def __getattr__(self, name):
        return getattr(self.__wrapped__, name)

    @property
    def __class__(self):
        return type(self.__wrapped__)

    def __get__(self, owner, cls):
        return Proxy(self.__wrapped__.__get__(owner, cls))

    def __call__(self, *args):
        return self.__wrapped__(*args)

"""
FIRST = HEAD.count("\n") + 1


def load(folder: Path, code: str) -> Application:
    (folder / "app.py").write_text(HEAD + code)
    return loader.load(folder)


def list_notices(folder: Path, code: str) -> list[tuple[str, str]]:
    application = load(folder, code)
    assert application.faults == ()
    return [(str(notice.location), notice.message) for notice in application.notices]


def describe(name: str, decorator: str, line: int) -> str:
    return (
        f"events of {name} do not pass through @{decorator} (app.py:{line}), because it is above this "
        "decorator, so its checks are skipped: move it below"
    )


@pytest.mark.parametrize(
    ("code", "line", "decorator", "above"),
    [
        (
            "@members_only\n@app.function_url(auth='NONE')\ndef door(event, context): ...",
            1,
            "members_only",
            0,
        ),
        ("@hide()\n@app.function_url()\ndef door(event, context): ...", 1, "hide", 0),
        ("@mark\n@members_only\n@app.alb_target()\ndef door(event, context): ...", 2, "members_only", 1),
        (
            "@members_only\n@app.sns_topic_subscriber('b')\n@app.sns_topic_subscriber(\n    'a'\n)\n"
            "def door(event, context): ...",
            1,
            "members_only",
            0,
        ),
        (
            "class Bar:\n @staticmethod\n @members_only\n @app.function_url()\n def door(event): ...",
            3,
            "members_only",
            2,
        ),
        ("@members_only\n@app.function_url()\nasync def door(event): ...", 1, "members_only", 0),
        ("@Check\n@app.function_url()\ndef door(event, context): ...", 1, "Check", 0),
        ("@Proxy\n@app.function_url()\ndef door(event, context): ...", 1, "Proxy", 0),
        # The wrapper is a handler, too.
        (
            "@app.sns_topic_subscriber('a')\n@members_only\n@app.function_url()\ndef door(event): ...",
            2,
            "members_only",
            1,
        ),
        (
            "@app.sns_topic_subscriber('a')\n@mark\n@hide()\n@app.function_url()\ndef door(event): ...",
            3,
            "hide",
            2,
        ),
        (
            "@app.sns_topic_subscriber('a')\n@Check\n@app.function_url()\ndef door(event, context): ...",
            2,
            "Check",
            1,
        ),
    ],
)
def test_decorator_above_is_a_warning_with_both_lines(
    code: str, line: int, decorator: str, above: int, tmp_path: Path
) -> None:
    (notice,) = list_notices(tmp_path, code)
    name = notice[1].split()[2]
    assert name.startswith("door")
    assert notice == (f"app.py:{FIRST + line}", describe(name, decorator, FIRST + above))


def test_wrapper_that_replaces_a_handler_later_is_a_warning(tmp_path: Path) -> None:
    code = "@app.function_url()\ndef door(event, context): ...\n\ndoor = members_only(door)"
    assert list_notices(tmp_path, code) == [
        (
            f"app.py:{FIRST}",
            "events of door do not pass through the wrapper (app.py:6) that has its name in the module, "
            "so its checks are skipped: register the wrapper instead",
        )
    ]


@pytest.mark.parametrize(
    "code",
    [
        "@app.function_url()\n@members_only\ndef door(event, context): ...",
        "@mark\n@app.function_url()\ndef door(event, context): ...",
        "@app.sns_topic_subscriber('a')\n@app.function_url()\ndef door(event, context): ...",
        "class Bar:\n @staticmethod\n @app.function_url()\n def door(event, context): ...",
        "def register(handler):\n    app.function_url()(handler)\nregister(lambda event: 0)".replace(
            "url()", "url(name='door')"
        ),
        "def door(event, context): ...\ndoor = app.function_url()(members_only(door))",
        # Both are handlers, and the function keeps its name.
        "def door(event, context): ...\napp.function_url()(door)\n"
        "app.sns_topic_subscriber('a')(members_only(door))",
        "class Bar:\n @Proxy\n def door(self, event, context): ...\napp.function_url()(Bar().door)",
        "class Bar:\n @members_only\n def door(self, event): ...\napp.function_url()(Bar().door)",
    ],
)
def test_other_decorators_are_no_warning(code: str, tmp_path: Path) -> None:
    assert [message for _, message in list_notices(tmp_path, code) if "pass through" in message] == []


@pytest.mark.parametrize(
    "name", [name for name, value in vars(Domovoi).items() if type(value).__name__ == "EventSource"]
)
def test_decorator_without_parentheses_is_a_problem(name: str, tmp_path: Path) -> None:
    (fault,) = load(
        tmp_path, f"@app.{name}\ndef tend(event, context): ...\nassert tend.__name__ == 'tend'"
    ).faults
    assert (str(fault.location), fault.message) == (
        f"app.py:{FIRST}",
        f"{name} needs parentheses: write @app.{name}(...)",
    )
    assert fault.remedy.startswith("Its arguments are ")


def test_client_names_the_decorator_without_parentheses() -> None:
    app = Domovoi()

    @app.sns_topic_subscriber  # type: ignore[arg-type]
    def tend(event: object, context: object) -> None: ...

    with pytest.raises(DomovoiError, match="sns_topic_subscriber needs parentheses"):
        Client(app).send("tend")


def test_chalice_names_lead_to_decorators_that_exist() -> None:
    import re

    from domovoi_tf.loading.explanations.attributes import CHALICE, list_decorators, suggest_attribute

    names = {name for text in CHALICE.values() for name in re.findall(r"@app\.(\w+)", text)}
    words = [
        "authorizer",
        "cron",
        "eventbridge",
        "http",
        "handler",
        "sqs_handler",
        "bucket",
        "log_handler",
        "on_sns",
    ]
    for word in words:
        names |= {*re.findall(r"app\.(\w+)", suggest_attribute(word))}
    assert names <= {*list_decorators()}
