"""Middleware that would never be called, or that cannot be called, is a problem with file and line."""

from __future__ import annotations

import pathlib
from typing import Any, get_args

import pytest

from domovoi_tf import ConvertToMiddleware, Domovoi
from domovoi_tf.loading.middleware_checks import list_event_types
from domovoi_tf.runtime.middleware import ALIASES
from domovoi_tf.settings import Settings
from domovoi_tf.triggers import list_kinds
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
TYPES = (
    "all, alb, direct, dynamodb, event, kinesis, logs, s3, schedule, ses, sns, sqs, state_machine, url, "
    "cloudwatch, http, pure_lambda, scheduled"
)
NEITHER = "can be called neither with (event, get_response) nor with (event, get_response, context)"


def report(source: str) -> tuple[str, str]:
    """Returns the problems and the warnings of an app with this source and a handler."""
    app = Domovoi()
    namespace = {"app": app, "ConvertToMiddleware": ConvertToMiddleware}
    handler = "@app.lambda_function()\ndef work(event, context): ...\n"
    exec(compile(f"{source}\n{handler}", "app.py", "exec"), namespace)  # noqa: S102
    application = app.freeze()
    problems = "\n".join(map(str, validate(application, SETTINGS)))
    warnings = (f"{each.location}: {each.message}" for each in find_warnings(application, SETTINGS))
    return problems, "\n".join(warnings)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "@app.middleware('sqss')\ndef add(event, get_response): ...",
            f"app.py:1: event_type is 'sqss', which is not a kind of handler\n"
            f"    Did you mean 'sqs'? Use one of: {TYPES}.",
        ),
        (
            "@app.middleware('websocket')\ndef add(event, get_response): ...",
            f"app.py:1: event_type is 'websocket', which is not a kind of handler\n    Use one of: {TYPES}.",
        ),
        (
            "@app.middleware()\ndef add(event, get_response): yield",
            "app.py:1: the middleware add is a generator function, whose code runs only when its values are "
            "requested\n    Write response = get_response(event) instead of yield, and return the response.",
        ),
        (
            "class Add:\n    def __call__(self, event, get_response): ...\napp.register_middleware(Add)",
            "app.py:3: the middleware Add is a class, and calling it only creates an object\n"
            "    Register an object of it: app.register_middleware(Add(...)).",
        ),
        (
            "@app.middleware()\ndef add(event): ...",
            f"app.py:1: the middleware add {NEITHER}\n    Write def add(event, get_response). "
            "If it is a decorator of handlers, write app.register_middleware(ConvertToMiddleware(...)).",
        ),
        (
            "@app.middleware()\ndef add(handler, event, context, more): ...",
            f"app.py:1: the middleware add {NEITHER}\n    Write def add(event, get_response).",
        ),
        (
            "import functools\ndef add(event): ...\napp.register_middleware(functools.partial(add, 1))",
            f"app.py:3: the middleware partial {NEITHER}\n    Write def middleware(event, get_response). "
            "If it is a decorator of handlers, write app.register_middleware(ConvertToMiddleware(...)).",
        ),
        ("@app.middleware('http')\ndef add(event, get_response, context): ...", ""),
        ("@app.middleware('sqs')\nasync def add(*args): ...", ""),
        ("app.register_middleware(ConvertToMiddleware(print))", ""),
    ],
)
def test_wrong_middleware_is_a_problem(source: str, problem: str) -> None:
    assert report(source) == (problem, "")


@pytest.mark.parametrize(
    ("parameter", "warning"),
    [
        (
            "retries=3",
            "app.py:1: retries of the middleware add receives the context: make it keyword-only: "
            "(event, get_response, *, retries=...)",
        ),
        ("context=None", ""),
        ("lambda_context=3", ""),
        ("*, retries=3", ""),
    ],
)
def test_third_parameter_with_a_value_is_a_warning(parameter: str, warning: str) -> None:
    source = f"@app.middleware()\ndef add(event, get_response, {parameter}): ..."
    assert report(source) == ("", warning)


def test_editors_know_every_kind() -> None:
    import domovoi_tf.app

    assert list_event_types() == ["all", *list_kinds(), *sorted(ALIASES)]
    source = pathlib.Path(domovoi_tf.app.__file__).read_text()
    block = source.partition("    Kind = ")[2].partition("if not TYPE_CHECKING")[0]
    namespace: dict[str, Any] = {}
    exec("from typing import Literal\nKind = " + block.replace("\n    ", "\n"), namespace)  # noqa: S102
    assert sorted(get_args(namespace["EventType"])) == sorted(list_event_types())


def test_help_names_every_kind() -> None:
    text = Domovoi.middleware.__doc__ or ""
    assert [each for each in list_event_types() if f"``{each}``" not in text] == []
