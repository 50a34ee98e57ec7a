"""Malformed events: each kind passes them to a handler, or rejects them with DispatchError."""

from __future__ import annotations

import base64
import copy
import gzip
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi

from .test_triggers import COMPLETE, HERE, load

#: Values of every type of JSON, which replace those of an event.
WRONG: list[Any] = [None, True, 7, "", "s3:TestEvent", [], {}, [{}], {"a": "b"}]
MISSING = object()
UNREADABLE = ["[" * 100_000, "[" * 100_000 + "]" * 100_000, "9" * 5000, "\ud800", "NaN"]
#: Kinds whose events have a form. A handler of direct invocations gets every other event.
STRICT = [kind for kind in COMPLETE if kind != "direct"]


@pytest.fixture
def module(kind: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    app: ModuleType = load(HERE / kind / "app.py")
    for name, value in app.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return app


def load_sample(kind: str) -> Any:
    return json.loads((HERE / kind / "event.json").read_bytes())


def list_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yields the path of every value in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from list_paths(item, (*path, key))


def replace_value(event: Any, path: tuple[Any, ...], value: object) -> Any:
    """Returns the event with another value at a path, or without the value."""
    event = copy.deepcopy(event)
    inner = event
    for key in path[:-1]:
        inner = inner[key]
    if value is MISSING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return event


def dispatch(app: Domovoi, event: Any) -> str:
    try:
        app(event, None)
    except DispatchError:
        return "rejected"
    return "handled"


def list_samples() -> Iterator[tuple[str, Any]]:
    """Yields the example event of each kind, and events of S3 by its other routes."""
    yield from ((kind, load_sample(kind)) for kind in STRICT)
    arn = "arn:aws:{}:us-west-2:123456789012:{}"
    created = load_sample("s3")["Records"][0]
    created["s3"]["object"]["key"] = "mine/HappyFace.jpg"
    text = json.dumps({"Records": [created]})
    for topic in ("s3-dev-s3-photos-sns", "shared-events"):
        yield "s3", {"Records": [{"Sns": {"TopicArn": arn.format("sns", topic), "Message": text}}]}
    for queue, body in (
        ("s3-dev-reports-s3-photos-sqs", text),
        (
            "s3-dev-s3-archive_bucket-sns_sqs",
            json.dumps({"TopicArn": arn.format("sns", "x"), "Message": text}),
        ),
    ):
        source = arn.format("sqs", queue)
        yield "s3", {"Records": [{"eventSource": "aws:sqs", "eventSourceARN": source, "body": body}]}
    detail = {"bucket": {"name": "watched"}, "object": {"key": "a.b"}, "reason": "PutObject"}
    yield "s3", {"task_name": "watch", "event": {"resources": ["x"], "detail": detail}}


@pytest.mark.parametrize(("kind", "event"), list(list_samples()))
def test_missing_or_mistyped_values_are_handled_or_rejected(
    kind: str, event: Any, module: ModuleType
) -> None:
    assert dispatch(module.app, event) == "handled"
    outcomes = {
        (path, str(value)): dispatch(module.app, replace_value(event, path, value))
        for path in list_paths(event)
        for value in (MISSING, *WRONG)
    }
    assert set(outcomes.values()) <= {"handled", "rejected"}
    assert "rejected" in outcomes.values()


@pytest.mark.parametrize("kind", STRICT)
@pytest.mark.parametrize("event", [*WRONG, 1.5, "text", [[]], {"Records": None}, {"Records": {}}], ids=repr)
def test_values_that_are_no_events_are_rejected(kind: str, module: ModuleType, event: Any) -> None:
    if event == "s3:TestEvent":
        event = {"event": event}
    with pytest.raises(DispatchError) as raised:
        module.app(event, None)
    assert raised.value.message == "No handler for an event of an unknown kind."


@pytest.mark.parametrize("kind", STRICT)
@pytest.mark.parametrize("record", [*WRONG, 1.5, [[]], {"eventSource": "aws:nobody"}], ids=repr)
def test_values_that_are_no_records_are_rejected_before_any_handler_is_called(
    kind: str, module: ModuleType, record: Any
) -> None:
    event = load_sample(kind)
    records = event["Records"] if isinstance(event, dict) and "Records" in event else []
    with pytest.raises(DispatchError) as raised:
        module.app({"Records": [*records, record]}, None)
    assert raised.value.message == "No handler for an event of an unknown kind."


@pytest.mark.parametrize("text", UNREADABLE, ids=["deep", "deep JSON", "digits", "half", "NaN"])
@pytest.mark.parametrize(("kind", "event"), list(list_samples()))
def test_texts_that_cannot_be_read_are_handled_or_rejected(
    kind: str, event: Any, text: str, module: ModuleType
) -> None:
    """Python cannot parse JSON that is nested too deeply or has too many digits."""
    packed = base64.b64encode(gzip.compress(text.encode(errors="surrogatepass"))).decode()
    outcomes = {
        dispatch(module.app, replace_value(event, path, value))
        for path in list_paths(event)
        for value in (text, packed, f'{{"Records": {text}}}', f'{{"detail": {{"object": {text}}}}}')
    }
    assert outcomes <= {"handled", "rejected"}
    assert "rejected" in outcomes


@pytest.mark.parametrize("kind", STRICT)
def test_empty_batch_calls_no_handler(kind: str, module: ModuleType) -> None:
    assert module.app({"Records": []}, None) is None


@pytest.mark.parametrize("kind", STRICT)
def test_error_names_the_source_without_a_handler(kind: str, module: ModuleType) -> None:
    app = Domovoi()

    @app.scheduled_function("rate(1 day)")
    def other(event: Any, context: Any) -> None:
        raise AssertionError

    with pytest.raises(DispatchError) as raised:
        app(load_sample(kind), None)
    assert raised.value.message.startswith("No handler for ")
    assert raised.value.remedy == "Sources with a handler in this function: schedule other."
