"""Events that AWS would not send: each kind hands them on or refuses them by DispatchError. None is lost."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi

from .test_triggers import HERE, KINDS, load

#: What stands in a value's place: nothing, and one of each type of JSON.
WRONG: list[Any] = [None, True, 7, "", "s3:TestEvent", [], {}, [{}], {"a": "b"}]
MISSING = object()


@pytest.fixture
def module(kind: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    found: ModuleType = load(HERE / kind / "app.py")
    for name, value in found.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return found


def sample(kind: str) -> Any:
    return json.loads((HERE / kind / "event.json").read_bytes())


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


def changed(event: Any, path: tuple[Any, ...], value: object) -> Any:
    """The event with another value at a path, or with none."""
    event = copy.deepcopy(event)
    inner = event
    for key in path[:-1]:
        inner = inner[key]
    if value is MISSING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return event


def outcome(app: Domovoi, event: Any) -> str:
    try:
        app(event, None)
    except DispatchError:
        return "refused"
    return "handled"


def samples() -> Iterator[tuple[str, Any]]:
    """Each kind's event, and what S3's events look like by the other ways."""
    yield from ((kind, sample(kind)) for kind in KINDS)
    name, arn = "s3-dev-{}-s3", "arn:aws:{}:us-west-2:123456789012:{}"
    created = sample("s3")["Records"][0]
    created["s3"]["object"]["key"] = "mine/HappyFace.jpg"
    text = json.dumps({"Records": [created]})
    for topic in (name.format("develop"), "shared-events"):
        yield "s3", {"Records": [{"Sns": {"TopicArn": arn.format("sns", topic), "Message": text}}]}
    for queue, body in (
        ("count", text),
        ("read", json.dumps({"TopicArn": arn.format("sns", "x"), "Message": text})),
    ):
        source = arn.format("sqs", name.format(queue))
        yield "s3", {"Records": [{"eventSource": "aws:sqs", "eventSourceARN": source, "body": body}]}
    detail = {"bucket": {"name": "watched"}, "object": {"key": "a.b"}, "reason": "PutObject"}
    yield "s3", {"task_name": "watch", "event": {"resources": ["x"], "detail": detail}}


@pytest.mark.parametrize(("kind", "event"), list(samples()))
def test_a_value_that_is_missing_or_of_another_type(kind: str, event: Any, module: ModuleType) -> None:
    assert outcome(module.app, event) == "handled"
    outcomes = {
        (path, str(value)): outcome(module.app, changed(event, path, value))
        for path in paths(event)
        for value in (MISSING, *WRONG)
    }
    assert set(outcomes.values()) <= {"handled", "refused"}
    assert "refused" in outcomes.values()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event", [*WRONG, 1.5, "text", [[]], {"Records": None}, {"Records": {}}], ids=repr)
def test_what_is_no_event_at_all_is_refused(kind: str, module: ModuleType, event: Any) -> None:
    if event == "s3:TestEvent":
        event = {"event": event}
    with pytest.raises(DispatchError) as raised:
        module.app(event, None)
    assert raised.value.message == "No handler for an event of an unknown kind."


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("record", [*WRONG, 1.5, [[]], {"eventSource": "aws:nobody"}], ids=repr)
def test_what_is_no_record_is_refused_and_no_handler_called(
    kind: str, module: ModuleType, record: Any
) -> None:
    event = sample(kind)
    records = event["Records"] if isinstance(event, dict) and "Records" in event else []
    with pytest.raises(DispatchError) as raised:
        module.app({"Records": [*records, record]}, None)
    assert raised.value.message == "No handler for an event of an unknown kind."


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_batch_calls_nobody(kind: str, module: ModuleType) -> None:
    assert module.app({"Records": []}, None) is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_without_a_handler_is_refused_by_name(kind: str, module: ModuleType) -> None:
    nobody = Domovoi()

    @nobody.scheduled_function("rate(1 day)")
    def other(event: Any, context: Any) -> None:
        raise AssertionError

    with pytest.raises(DispatchError) as raised:
        nobody(sample(kind), None)
    assert raised.value.message.startswith("No handler for ")
    assert raised.value.remedy == "Sources with a handler in this function: schedule other."
