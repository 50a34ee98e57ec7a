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


def test_function_url_at_the_emulator_is_one_that_programs_reach() -> None:
    outputs = {"function_urls": {"value": {"serve": "https://abc.lambda-url.us-east-1.on.aws/"}}}
    emulated = "http://127.0.0.1:4566/_aws/lambda-url/abc/"
    assert [each.where for each in list_endpoints(outputs, "http://127.0.0.1:4566")] == [emulated]
    for endpoint in ("", "https://lambda.us-east-1.amazonaws.com"):
        assert list_endpoints(outputs, endpoint) == list_endpoints(outputs)
        assert list_endpoints(outputs)[0].where == "https://abc.lambda-url.us-east-1.on.aws/"


def test_url_of_a_queue_of_others_at_the_emulator_is_one_that_programs_reach() -> None:
    on_aws = "https://sqs.us-east-1.amazonaws.com/000000000000/alarms"
    outputs = {"queue_urls": {"value": {"alarms": on_aws}}}
    emulated = "http://127.0.0.1:4566/000000000000/alarms"
    assert [each.where for each in list_endpoints(outputs, "http://127.0.0.1:4566")] == [emulated]
    for endpoint in ("", "https://lambda.us-east-1.amazonaws.com"):
        assert [each.where for each in list_endpoints(outputs, endpoint)] == [on_aws]


def test_without_outputs_there_is_nothing_to_look_at() -> None:
    assert list_endpoints({}) == ()
    assert list_endpoints({"functions": {"value": None}, "url": {"value": None}}) == ()
