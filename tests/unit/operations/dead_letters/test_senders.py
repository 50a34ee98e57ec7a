"""The dead-letter queues of a stage: those of functions, of queues that they read, and of streams."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fake_aws import FakeAws, refusal

from domovoi_tf import Domovoi
from domovoi_tf.operations.account import Account, AwsError
from domovoi_tf.operations.dead_letters.senders import Senders, find_senders
from domovoi_tf.settings import Settings


def make_arn(name: str, service: str = "sqs") -> str:
    return f"arn:aws:{service}:eu-west-1:123456789012:{name}"


FUNCTIONS = {"bar-dev": "", "bar-dev-reports": make_arn("letters")}
MAPPINGS: dict[str, list[Any]] = {
    "bar-dev": [
        {"EventSourceArn": make_arn("orders")},
        {
            "EventSourceArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/tills",
            "DestinationConfig": {"OnFailure": {"Destination": make_arn("batches")}},
        },
        {
            "EventSourceArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/beers/stream/1",
            "DestinationConfig": {"OnFailure": {"Destination": make_arn("batches", "sns")}},
        },
    ],
    "bar-dev-reports": [{"EventSourceArn": make_arn("orders")}, {"EventSourceArn": make_arn("plain")}],
}
POLICIES = {"orders": {"deadLetterTargetArn": make_arn("dead"), "maxReceiveCount": 3}}
DESTINATIONS = {"bar-dev": make_arn("batches"), "bar-dev-reports": make_arn("later", "lambda")}


@pytest.fixture(autouse=True)
def deployed(aws: FakeAws) -> None:
    """Two functions that read a queue with a dead-letter queue, and more."""

    def describe(FunctionName: str) -> Any:
        target = FUNCTIONS[FunctionName]
        more = {"DeadLetterConfig": {"TargetArn": target}} if target else {}
        return {"FunctionArn": make_arn(f"function:{FunctionName}", "lambda"), "Timeout": 60, **more}

    def read_policy(QueueUrl: str, AttributeNames: list[str]) -> Any:
        assert AttributeNames == ["RedrivePolicy"]
        policy = POLICIES.get(QueueUrl.rpartition("/")[2])
        return {"Attributes": {"RedrivePolicy": json.dumps(policy)}} if policy else {}

    aws.on("lambda", "GetFunctionConfiguration", describe)
    aws.on(
        "lambda",
        "ListEventSourceMappings",
        lambda FunctionName: {"EventSourceMappings": MAPPINGS[FunctionName]},
    )
    aws.on(
        "lambda",
        "GetFunctionEventInvokeConfig",
        lambda FunctionName: {
            "DestinationConfig": {"OnFailure": {"Destination": DESTINATIONS[FunctionName]}}
        },
    )
    aws.on("sqs", "GetQueueUrl", lambda QueueName, **_: {"QueueUrl": f"https://sqs/{QueueName}"})
    aws.on("sqs", "GetQueueAttributes", read_policy)


def find() -> tuple[list[Senders], list[str]]:
    app = Domovoi()
    for name in ("", "reports"):
        if name:
            app.function(name)
        app.scheduled_function("rate(1 day)", function=name, name=f"tick{name}")(lambda event, context: None)
    warnings: list[str] = []
    settings = Settings(app_name="bar", stage="dev")
    return find_senders(Account("eu-west-1"), app.freeze(), settings, warnings.append), warnings


def describe_senders(senders: list[Senders]) -> dict[str, Any]:
    return {
        each.arn.rpartition(":")[2]: (
            [target.name for target in each.letters],
            [target.name for target in each.records],
            {arn.rpartition(":")[2]: [t.name for t in targets] for arn, targets in each.sources.items()},
        )
        for each in senders
    }


def test_queues_of_functions_sources_and_streams_are_found() -> None:
    senders, warnings = find()
    assert describe_senders(senders) == {
        "letters": (["reports"], [], {}),
        "batches": ([], [""], {}),
        "dead": ([], [], {"orders": ["", "reports"]}),
    }
    assert [target.name for target in senders[2].targets] == ["", "reports"]
    assert warnings == []


def test_function_without_destination_has_none(aws: FakeAws) -> None:
    aws.on("lambda", "GetFunctionEventInvokeConfig", refusal("ResourceNotFoundException", "none", 404))
    assert set(describe_senders(find()[0])) == {"letters", "batches", "dead"}
    assert find()[1] == []


@pytest.mark.parametrize(
    ("service", "operation", "left"),
    [
        ("lambda", "ListEventSourceMappings", {"letters", "batches"}),
        ("lambda", "GetFunctionEventInvokeConfig", {"letters", "batches", "dead"}),
        ("sqs", "GetQueueUrl", {"letters", "batches"}),
        ("sqs", "GetQueueAttributes", {"letters", "batches"}),
    ],
)
def test_refused_request_is_a_warning(aws: FakeAws, service: str, operation: str, left: set[str]) -> None:
    aws.on(service, operation, refusal("AccessDeniedException", "no"))
    senders, warnings = find()
    assert set(describe_senders(senders)) == left
    assert set(warnings) == {f"some dead-letter queues may be missing: AWS refused {operation}: no"}


def test_functions_must_be_deployed(aws: FakeAws) -> None:
    aws.on("lambda", "GetFunctionConfiguration", refusal("AccessDeniedException", "no"))
    with pytest.raises(AwsError):
        find()
