"""The types of events have the keys of every event that handlers receive, and those that Powertools parses.

https://docs.aws.amazon.com/powertools/python/latest/utilities/parser/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from aws_lambda_powertools.utilities.parser.models import CloudWatchLogsDecode
from pydantic import BaseModel

from domovoi_tf import types
from domovoi_tf.model.trigger import Route

from .test_envelopes import list_routes, make_client
from .test_powertools import PARSERS, WITHOUT_PARSER
from .test_triggers import COMPLETE, HERE

#: The type of the event of each kind's handlers, and of those that receive one record at a time.
TYPES: dict[str, Any] = {
    "alb": types.ALBEvent,
    "dynamodb": types.DynamoDBStreamEvent,
    "event": types.EventBridgeEvent,
    "kinesis": types.KinesisStreamEvent,
    "logs": types.CloudWatchLogsData,
    "s3": types.S3Event,
    "schedule": types.ScheduledEvent,
    "ses": types.SESEvent,
    "sns": types.SNSEvent,
    "sqs": types.SQSEvent,
    "url": types.FunctionUrlEvent,
}
RECORDS: dict[str, Any] = {
    "dynamodb": types.DynamoDBRecord,
    "kinesis": types.KinesisRecord,
    "sqs": types.SQSRecord,
}
WINDOWS: dict[str, Any] = {"dynamodb": types.DynamoDBWindowEvent, "kinesis": types.KinesisWindowEvent}
#: What the samples of AWS lack, although its documentation and its events have it.
OMITTED = {"dynamodb": {"Records/dynamodb/StreamViewType"}}
#: Names that Powertools gives to keys, which AWS calls ``object`` and ``replyTo``.
OTHER_NAMES = {"s3": {"Records/s3/get_object"}, "ses": {"Records/ses/mail/commonHeaders/reply_to"}}
#: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
WINDOW = {
    "window": {"start": "2020-07-30T17:00:00Z", "end": "2020-07-30T17:05:00Z"},
    "state": {"1": 282, "2": 715},
    "shardId": "shardId-000000000006",
    "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream",
    "isFinalInvokeForWindow": False,
    "isWindowTerminatedEarly": False,
}


def find_differences(value: Any, kind: Any, path: str = "") -> Iterator[str]:
    """Yields the keys and values of an event that do not have its type."""
    arguments = get_args(kind)
    if is_typeddict(kind) and isinstance(value, dict):
        yield from find_different_keys(value, kind, path)
    elif get_origin(kind) in (list, dict) and type(value) is get_origin(kind):
        for item in value.values() if isinstance(value, dict) else value:
            yield from find_differences(item, arguments[-1], path)
    elif get_origin(kind) in (Union, UnionType):
        if all(any(find_differences(value, each)) for each in arguments):
            yield f"{path} is {value!r}"
    elif kind is not Any and not has_class(value, kind):
        yield f"{path} is {value!r}"


def find_different_keys(value: dict[str, Any], kind: Any, path: str) -> Iterator[str]:
    hints = get_type_hints(kind)
    yield from (f"{path}/{key} is missing".lstrip("/") for key in kind.__required_keys__ - value.keys())
    yield from (f"{path}/{key} is unknown".lstrip("/") for key in value.keys() - hints.keys())
    for key in value.keys() & hints.keys():
        yield from find_differences(value[key], hints[key], f"{path}/{key}".lstrip("/"))


def has_class(value: Any, kind: Any) -> bool:
    if kind is float:
        return type(value) in (int, float)
    return type(value) is (NoneType if kind is None else kind)


def get_type(kind: str, route: Route) -> Any:
    if getattr(route.trigger, "per_record", False):
        return RECORDS[kind]
    if getattr(route.trigger, "tumbling_window", None):
        return WINDOWS[kind]
    is_multi_value = getattr(route.trigger, "multi_value_headers", False)
    return types.ALBMultiValueEvent if is_multi_value else TYPES[kind]


def list_typed_routes() -> Iterator[Any]:
    """Yields the routes of handlers that do not receive a value of the app's own."""
    for parameters in list_routes():
        kind, route = parameters.values
        if kind not in WITHOUT_PARSER and getattr(route.trigger, "input", None) is None:
            yield parameters


def receive_event(kind: str, route: Route) -> Any:
    client, _ = make_client(kind)
    event = client.event(route.handler, via=route.trigger.describe())
    if getattr(route.trigger, "per_record", False):
        return event["Records"][0]
    received = client.invoke(event, function=route.trigger.function)
    assert received[0] == route.handler
    return received[1]


@pytest.mark.parametrize(("kind", "route"), list(list_typed_routes()))
def test_type_has_the_keys_of_the_event(kind: str, route: Route) -> None:
    assert list(find_differences(receive_event(kind, route), get_type(kind, route))) == []


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_type_has_the_keys_of_the_example_of_aws(kind: str) -> None:
    example = json.loads((HERE / kind / "event.json").read_bytes())
    _, module = make_client(kind)
    omitted = {f"{path} is missing" for path in OMITTED.get(kind, ())}
    assert set(find_differences(module.expected(example)[1], TYPES[kind])) <= omitted


@pytest.mark.parametrize("kind", WINDOWS.values())
def test_types_of_windows_have_the_keys_of_the_example_of_aws(kind: Any) -> None:
    assert list(find_differences({"Records": [], **WINDOW}, kind)) == []


def list_unknown(model: type[BaseModel], kind: Any, path: str = "") -> Iterator[str]:
    """Yields the keys that a model of Powertools parses and a type lacks."""
    hints = get_type_hints(kind)
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key not in hints:
            yield f"{path}/{key}".lstrip("/")
            continue
        inner = [
            each for each in walk(field.annotation) if isinstance(each, type) and issubclass(each, BaseModel)
        ]
        typed = [each for each in walk(hints[key]) if is_typeddict(each)]
        for each in inner if typed else ():
            yield from list_unknown(each, typed[0], f"{path}/{key}")


def walk(annotation: Any) -> Iterator[Any]:
    yield annotation
    for each in get_args(annotation):
        yield from walk(each)


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_type_has_the_keys_that_powertools_parses(kind: str) -> None:
    model = CloudWatchLogsDecode if kind == "logs" else PARSERS[kind][0]
    assert set(list_unknown(model, TYPES[kind])) == OTHER_NAMES.get(kind, set())


def test_every_kind_with_a_form_of_its_own_has_a_type() -> None:
    assert TYPES.keys() | WITHOUT_PARSER == set(COMPLETE), "add a type to domovoi_tf/types, and to TYPES here"
