"""Queues, their dead letters, and redriving them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console_fixture import serve_fixture
from fake_aws import refusal

from ..conftest import Client

BASE = "/api/queues/every-source-dev-deliveries"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with serve_fixture(tmp_path) as console:
        yield Client(console)


def get_stage(client: Client) -> Any:
    return client.console.stage


def test_queue_has_its_depth_its_dead_letters_and_its_handlers(sample: Client) -> None:
    assert sample.get("/api/queues") == [
        {
            "name": "every-source-dev-deliveries",
            "url": "https://sqs.eu-west-1.amazonaws.com/123456789012/every-source-dev-deliveries",
            "depth": 2,
            "in_flight": 1,
            "dead_letters": {"name": "every-source-dev-deliveries-dead", "depth": 5},
            "handlers": ["deliver"],
        }
    ]


def test_depths_are_asked_for_each_time_but_not_what_reads_the_queues(client: Client) -> None:
    aws = get_stage(client).aws
    client.get("/api/queues")
    before = len(aws.made("ListEventSourceMappings"))
    depths = len(aws.made("GetQueueAttributes"))
    client.get("/api/queues")
    assert len(aws.made("ListEventSourceMappings")) == before
    assert len(aws.made("GetQueueAttributes")) == depths + 2


def test_messages_stay_in_the_queue(client: Client) -> None:
    for _ in range(2):
        messages = client.get(f"{BASE}/messages")
        assert len(messages) == 5
    assert json.loads(messages[3]["body"]["Records"][0]["body"])["order"] == 3
    assert messages[3]["attributes"]["handlers"] == ["deliver"]
    assert messages[3]["attributes"]["function"] == "every-source-dev"
    assert messages[3]["reason"] == "SQS moved it from every-source-dev-deliveries after too many attempts"


def test_chosen_messages_are_sent_back(client: Client) -> None:
    stage = get_stage(client)
    chosen = [each["id"] for each in client.get(f"{BASE}/messages")][1:3]
    response, body = client.send("POST", f"{BASE}/redrive", body=json.dumps({"ids": chosen}))
    assert (response.status, sorted(json.loads(body)["redriven"])) == (200, chosen)
    assert [json.loads(each["MessageBody"])["order"] for each in stage.sent] == [1, 2]
    assert [each["id"][:2] for each in client.get(f"{BASE}/messages")] == ["00", "03", "04"]


def test_all_messages_are_sent_back(client: Client) -> None:
    response, body = client.send("POST", f"{BASE}/redrive", body='{"ids": "all"}')
    assert (response.status, len(json.loads(body)["redriven"])) == (200, 5)
    assert client.get(f"{BASE}/messages") == []
    assert len(get_stage(client).sent) == 5


def test_messages_that_fail_stay_and_the_error_is_told(client: Client) -> None:
    stage = get_stage(client)
    stage.aws.on("sqs", "SendMessage", refusal("InvalidParameterValue", "The message is too large."))
    response, body = client.send("POST", f"{BASE}/redrive", body='{"ids": "all"}')
    assert (response.status, json.loads(body)) == (
        409,
        {
            "error": "5 messages of 5 failed and stayed in the queue: "
            "AWS refused SendMessage: The message is too large.",
            "remedy": "Correct the handler, deploy it, and redrive them again.",
        },
    )
    assert len(client.get(f"{BASE}/messages")) == 5


@pytest.mark.parametrize("ids", [None, [], "some", [1], {}])
def test_redrive_needs_a_choice(sample: Client, ids: Any) -> None:
    response, body = sample.send("POST", f"{BASE}/redrive", body=json.dumps({"ids": ids}))
    assert (response.status, json.loads(body)["error"]) == (400, "No messages are chosen.")
    assert get_stage(sample).sent == []


def test_unknown_queue_is_an_error(sample: Client) -> None:
    response, body = sample.send("GET", "/api/queues/none/messages")
    assert (response.status, json.loads(body)) == (
        404,
        {"error": "The queue none has no dead-letter queue.", "remedy": "Choose another queue."},
    )


def test_refusals_of_aws_have_a_remedy(client: Client) -> None:
    get_stage(client).aws.on("sqs", "GetQueueAttributes", refusal("AccessDenied", "not allowed", 403))
    response, body = client.send("GET", "/api/queues")
    assert (response.status, json.loads(body)) == (
        502,
        {
            "error": "AWS refused GetQueueAttributes: not allowed",
            "remedy": "Allow GetQueueAttributes for these credentials, or use other ones (AWS_PROFILE).",
        },
    )
