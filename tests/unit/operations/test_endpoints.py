"""Endpoints of a deployed stage are listed from its outputs."""

from __future__ import annotations

from typing import Any

from domovoi_tf.operations.endpoints import Endpoint, list_endpoints


def test_endpoints_are_those_of_the_outputs_by_name() -> None:
    outputs: dict[str, Any] = {
        "functions": {"value": {"reports": {"name": "bar-dev-reports"}, "default": {"name": "bar-dev"}}},
        "url": {"value": "https://shop.example.com"},
        "function_urls": {"value": {"serve": "https://a.on.aws/"}},
        "queue_urls": {"value": {"b": "https://sqs/b", "a": "https://sqs/a"}},
        "state_machine_arns": {"value": {"brew": "arn:brew"}},
        "topic_arns": {"value": {"orders": "arn:orders"}},
    }
    expected = (
        Endpoint("log group", "default", "/aws/lambda/bar-dev"),
        Endpoint("log group", "reports", "/aws/lambda/bar-dev-reports"),
        Endpoint("load balancer", "", "https://shop.example.com"),
        Endpoint("function url", "serve", "https://a.on.aws/"),
        Endpoint("queue", "a", "https://sqs/a"),
        Endpoint("queue", "b", "https://sqs/b"),
        Endpoint("state machine", "brew", "arn:brew"),
    )
    assert list_endpoints(outputs) == expected
    secret = {**outputs, "queue_urls": {**outputs["queue_urls"], "sensitive": True}}
    assert list_endpoints(secret) == tuple(each for each in expected if each[0] != "queue")


def test_without_outputs_there_is_nothing_to_look_at() -> None:
    assert list_endpoints({}) == ()
    assert list_endpoints({"functions": {"value": None}, "url": {"value": None}}) == ()
