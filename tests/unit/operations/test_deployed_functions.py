"""Deployed functions, and the handlers that an event is for."""

from __future__ import annotations

from typing import Any

import pytest
from fake_aws import FakeAws, refusal

from domovoi_tf import Domovoi, DomovoiError, scoped, variable
from domovoi_tf.operations.account import Account, AwsError, NotDeployedError
from domovoi_tf.operations.deployed_functions import (
    DeployedFunction,
    find_handlers,
    find_route,
    make_unknown_name_error,
    read_function,
)
from domovoi_tf.settings import Settings

SETTINGS = Settings(app_name="bar", stage="dev")
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:bar-dev"
DEAD = "arn:aws:sqs:eu-west-1:123456789012:dead"


def bar() -> Any:
    app = Domovoi()
    app.function("reports")

    @app.sns_topic_subscriber(scoped("orders"))
    @app.sns_topic_subscriber(variable("topic_arn"))
    def tend(event: Any, context: Any) -> None: ...

    @app.sqs_queue_subscriber("cellar")
    def fetch(event: Any, context: Any) -> None: ...

    @app.s3_event_handler("photos", ["s3:ObjectCreated:*"])
    def develop(event: Any, context: Any) -> None: ...

    @app.scheduled_function("rate(1 day)", function="reports")
    def report(event: Any, context: Any) -> None: ...

    return app.freeze()


@pytest.mark.parametrize(("name", "on_aws"), [("", "bar-dev"), ("reports", "bar-dev-reports")])
def test_function_is_read_with_its_configuration(aws: FakeAws, name: str, on_aws: str) -> None:
    aws.on(
        "lambda",
        "GetFunctionConfiguration",
        {
            "FunctionArn": ARN,
            "Timeout": 60,
            "Environment": {"Variables": {"GLASS": "pint", "AWS_REGION": "theirs"}},
            "DeadLetterConfig": {"TargetArn": DEAD},
        },
    )
    environment = {"AWS_LAMBDA_FUNCTION_NAME": on_aws, "AWS_REGION": "theirs", "GLASS": "pint"}
    assert read_function(Account(), SETTINGS, name) == DeployedFunction(on_aws, ARN, environment, 60, DEAD)
    assert aws.made("GetFunctionConfiguration") == [{"FunctionName": on_aws}]
    aws.on("lambda", "GetFunctionConfiguration", {"FunctionArn": ARN})
    environment = {"AWS_LAMBDA_FUNCTION_NAME": on_aws, "AWS_REGION": "eu-west-1"}
    assert read_function(Account(), SETTINGS, name) == DeployedFunction(on_aws, ARN, environment, 900, "")


def test_function_that_does_not_exist_is_not_deployed(aws: FakeAws) -> None:
    aws.on("lambda", "GetFunctionConfiguration", refusal("ResourceNotFoundException"))
    with pytest.raises(NotDeployedError) as caught:
        read_function(Account(), SETTINGS, "")
    assert caught.value.message == "The function bar-dev is not deployed in eu-west-1."
    aws.on("lambda", "GetFunctionConfiguration", refusal("AccessDeniedException"))
    with pytest.raises(AwsError) as refused:
        read_function(Account(), SETTINGS, "")
    assert type(refused.value) is AwsError


def test_route_of_a_handler_is_the_nearest_or_the_one_with_the_source() -> None:
    app = bar()
    assert find_route(app, "tend").trigger.describe() == "SNS topic variable('topic_arn')"
    assert find_route(app, "tend", "orders").trigger.describe() == "SNS topic scoped('orders')"
    with pytest.raises(DomovoiError) as caught:
        find_route(app, "tend", "wine")
    assert str(caught.value) == (
        "tend has no source with 'wine' in its name.\n"
        "It has: SNS topic variable('topic_arn'); SNS topic scoped('orders')."
    )
    with pytest.raises(DomovoiError) as caught:
        find_route(app, "tent")
    assert str(caught.value) == (
        "There is no handler 'tent'.\nDid you mean 'tend'? The app has: develop, fetch, report, tend."
    )


def test_unknown_name_without_a_similar_one_lists_all() -> None:
    assert str(make_unknown_name_error("handler", "x", ["b", "a"])) == (
        "There is no handler 'x'.\nThe app has: a, b."
    )
    assert str(make_unknown_name_error("handler", "x", [])) == "There is no handler 'x'.\nThe app has: none."


def sns(arn: str, message: str = "hi") -> Any:
    return {"EventSource": "aws:sns", "Sns": {"TopicArn": arn, "Message": message}}


TOPIC, S3_TOPIC = "arn:aws:sns:r:1:bar-dev-orders", "arn:aws:sns:r:1:bar-dev-develop-s3"
QUEUE = {"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:r:1:cellar", "body": ""}
S3_EVENT = (
    '{"Records": [{"eventName": "ObjectCreated:Put", '
    '"s3": {"bucket": {"name": "photos"}, "object": {"key": "a"}}}]}'
)


@pytest.mark.parametrize(
    ("function", "event", "handlers"),
    [
        ("", {"Records": [sns(TOPIC)]}, ["tend"]),
        ("", {"Records": [sns("arn:given"), QUEUE, sns(TOPIC)]}, ["tend", "fetch"]),
        ("", {"Records": [sns(S3_TOPIC, S3_EVENT)]}, ["develop"]),
        ("reports", {"task_name": "report", "event": {}}, ["report"]),
        # Of another function, of nobody, or of no shape at all.
        ("", {"task_name": "report", "event": {}}, []),
        ("reports", {"Records": [sns(TOPIC)]}, []),
        ("", {"Records": [sns("arn:aws:sns:r:1:other")]}, []),
        ("", {"Records": "x"}, []),
        ("", {"Records": [None, 7]}, []),
        ("", "hello", []),
        ("", None, []),
        ("", [], []),
    ],
)
def test_handlers_of_an_event_are_found_by_its_records(
    function: str, event: Any, handlers: list[str]
) -> None:
    environ = {"DOMOVOI_TF_NAME": "bar-dev", "DOMOVOI_TF_VAR_topic_arn": "arn:given"}
    assert find_handlers(bar(), function, event, environ) == handlers
