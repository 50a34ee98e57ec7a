"""Powertools, which many handlers parse their events with, accepts every event that handlers receive.

https://docs.aws.amazon.com/powertools/python/latest/utilities/parser/
https://docs.aws.amazon.com/powertools/python/latest/utilities/data_classes/
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from aws_lambda_powertools.utilities import data_classes
from aws_lambda_powertools.utilities.data_classes.common import DictWrapper
from aws_lambda_powertools.utilities.parser import models

from domovoi_tf.model.trigger import Route

from .test_envelopes import list_routes, make_client

#: The model and the event class of each kind.
PARSERS: dict[str, tuple[Any, Any]] = {
    "alb": (models.AlbModel, data_classes.ALBEvent),
    "dynamodb": (models.DynamoDBStreamModel, data_classes.DynamoDBStreamEvent),
    "event": (models.EventBridgeModel, data_classes.EventBridgeEvent),
    "kinesis": (models.KinesisDataStreamModel, data_classes.KinesisStreamEvent),
    "logs": (models.CloudWatchLogsModel, data_classes.CloudWatchLogsEvent),
    "s3": (models.S3Model, data_classes.S3Event),
    "schedule": (models.EventBridgeModel, data_classes.EventBridgeEvent),
    "ses": (models.SesModel, data_classes.SESEvent),
    "sns": (models.SnsModel, data_classes.SNSEvent),
    "sqs": (models.SqsModel, data_classes.SQSEvent),
    "url": (models.LambdaFunctionUrlModel, data_classes.LambdaFunctionUrlEvent),
}
#: Direct invocations, and the inputs of states, have no form.
WITHOUT_PARSER = {"direct", "state_machine"}
#: Properties of records that are only for messages of SNS or S3.
NESTED = {"decoded_nested_s3_event", "decoded_nested_sns_event"}


def parse_whole(value: Any) -> Iterator[object]:
    """Yields the values of all properties of an event, its records and their parts."""
    if isinstance(value, data_classes.CloudWatchLogsEvent):
        value = value.parse_logs_data()
    for name in dir(type(value)):
        attribute = getattr(type(value), name)
        if name.startswith("_") or name in NESTED:
            continue
        if isinstance(attribute, property | functools.cached_property):
            inner = getattr(value, name)
            yield inner
            several = isinstance(inner, Iterable) and not isinstance(inner, str | bytes | dict | DictWrapper)
            for each in inner if several else [inner]:
                if isinstance(each, DictWrapper):
                    yield from parse_whole(each)


def list_kinds_with_events() -> Iterator[Any]:
    for parameters in list_routes():
        kind, route = parameters.values
        has_input = kind == "schedule" and route.trigger.input is not None
        if kind not in WITHOUT_PARSER and not has_input:
            yield parameters


def receive_event(kind: str, route: Route) -> Any:
    """Returns the event of the handler, or that of the function if the handler receives a part of it."""
    client, _ = make_client(kind)
    event = client.event(route.handler, via=route.trigger.describe())
    if "awslogs" in event or getattr(route.trigger, "per_record", False):
        return event
    received = client.invoke(event, function=route.trigger.function)
    assert received[0] == route.handler
    return received[1]


def test_every_kind_has_a_parser() -> None:
    assert {parameters.values[0] for parameters in list_routes()} == PARSERS.keys() | WITHOUT_PARSER


@pytest.mark.parametrize(("kind", "route"), list(list_kinds_with_events()))
def test_event_satisfies_the_model(kind: str, route: Route) -> None:
    event = receive_event(kind, route)
    if "multiValueHeaders" in event:  # the model knows single values only
        event = {**event, "headers": {}, "queryStringParameters": {}}
    PARSERS[kind][0].model_validate(event)


@pytest.mark.parametrize(("kind", "route"), list(list_kinds_with_events()))
def test_event_class_finds_every_field(kind: str, route: Route) -> None:
    assert len(list(parse_whole(PARSERS[kind][1](receive_event(kind, route))))) > 5


def test_lists_of_headers_and_parameters_are_found() -> None:
    client, _ = make_client("alb")
    parameters: Any = {"multiValueQueryStringParameters": {"tag": ["a", "b"]}}
    event = data_classes.ALBEvent(client.event("list_wines", {"beer": 1}, **parameters))
    assert event.resolved_query_string_parameters == {"tag": ["a", "b"]}
    assert event.resolved_headers_field["content-type"] == ["application/json"]
    assert event.json_body == {"beer": 1}


def test_messages_of_s3_and_sns_in_queues_are_found() -> None:
    client, _ = make_client("s3")
    for handler in ("count", "read"):
        event = client.event(handler, "a key/ü.pdf")
        (record,) = data_classes.SQSEvent(event).records
        if handler == "read":
            assert record.decoded_nested_sns_event.topic_arn.endswith("-s3-archive_bucket-sns_sqs")
        else:
            assert record.decoded_nested_s3_event.record.s3.get_object.key == "a+key/%C3%BC.pdf"
            models.S3SqsEventNotificationModel.model_validate(event)
    bridged = client.event("watch")["event"]
    models.S3EventNotificationEventBridgeModel.model_validate(bridged)
    detail = data_classes.S3EventBridgeNotificationEvent(bridged).detail
    assert (detail.bucket.name, detail.object.key, detail.object.etag) == (
        "watched",
        bridged["detail"]["object"]["key"],
        bridged["detail"]["object"]["etag"],
    )
