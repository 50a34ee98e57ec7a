"""Real messages in queues of the emulator; one applied stack for all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment
from domovoi_tf.system.background_processes import wait_until

from .conftest import PATIENCE, AwaitLine, CommandLine

pytestmark = pytest.mark.emulator

GROUP = "/aws/lambda/mailroom-dev"
CONFIGURATION = {"app_name": "mailroom", "lambda_timeout": 5}
APP = """
import json
import domovoi_tf
from domovoi_tf import scoped

app = domovoi_tf.Domovoi()

def say(context, handler, **what):
    context.log(json.dumps({"handler": handler, **what}))

@app.sqs_queue_subscriber("mailroom-letters", batch_size=1)
def letter(event, context):
    say(context, "letter", bodies=[record["body"] for record in event["Records"]])

@app.sqs_queue_subscriber("mailroom-elsewhere", create=False)
def elsewhere(event, context):
    say(context, "elsewhere", bodies=[record["body"] for record in event["Records"]])

@app.sqs_queue_subscriber(
    scoped("parcels"), queue_attributes={"VisibilityTimeout": "5"}, per_record=True, max_receive_count=2,
    filters=[{"body": {"kind": ["parcel"]}}],
)
def parcel(record, context):
    say(context, "parcel", body=record["body"])
    if "poison" in record["body"]:
        raise ValueError("poison")

@app.sqs_queue_subscriber("mailroom-orders.fifo", queue_attributes={"VisibilityTimeout": 5}, per_record=True)
def order(record, context):
    count = int(record["attributes"]["ApproximateReceiveCount"])
    say(context, "order", body=record["body"], count=count)
    if record["body"] == "1" and count == 1:
        raise ValueError("not yet")
"""


@pytest.fixture(scope="module")
def mailroom(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    project = tmp_path_factory.mktemp("mailroom")
    (project / ".chalice").mkdir()
    (project / ".chalice" / "config.json").write_text(json.dumps(CONFIGURATION))
    (project / "app.py").write_text(APP)
    done = command_line("local", "deploy", cwd=project)
    assert done.code == 0, done
    return project


@pytest.fixture
def sqs(emulator: emulator_environment.Emulator) -> Any:
    return emulator_environment.create_client(emulator, "sqs")


def attributes(sqs: Any, queue: str) -> dict[str, str]:
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return found


def waiting(sqs: Any, queue: str) -> tuple[int, int]:
    found = attributes(sqs, queue)
    visible, taken = (
        found["ApproximateNumberOfMessages"],
        found["ApproximateNumberOfMessagesNotVisible"],
    )
    return int(visible), int(taken)


def said(emulator: emulator_environment.Emulator, handler: str) -> list[dict[str, Any]]:
    pages = (
        emulator_environment.create_client(emulator, "logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=GROUP)
    )
    events = [event["message"] for page in pages for event in page["events"]]
    lines = [json.loads(message) for message in events if message.startswith('{"handler"')]
    return [line for line in lines if line["handler"] == handler]


def test_a_message_reaches_its_handler(
    mailroom: Path, command_line: CommandLine, await_line: AwaitLine, sqs: Any
) -> None:
    payload = json.dumps({"text": '${x} "q" \\ \n 🍺'})
    sent = command_line("local", "send", "letter", payload, cwd=mailroom)
    assert (sent.code, sent.out.startswith("sent to http"), sent.err) == (0, True, "")
    await_line(GROUP, "letter", lambda line: line["bodies"] == [payload])
    assert wait_until(lambda: waiting(sqs, "mailroom-letters") == (0, 0), PATIENCE)


def test_a_queue_that_is_looked_up_reaches_its_handler(
    mailroom: Path, command_line: CommandLine, await_line: AwaitLine
) -> None:
    assert command_line("local", "send", "elsewhere", '"hello"', cwd=mailroom).code == 0
    await_line(GROUP, "elsewhere", lambda line: line["bodies"] == ['"hello"'])


def test_only_the_record_that_fails_comes_again_and_ends_in_the_dead_letter_queue(
    mailroom: Path, sqs: Any, emulator: emulator_environment.Emulator
) -> None:
    queue, dead = "mailroom-dev-parcels", "mailroom-dev-parcels-dead-letters"
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    bodies = [json.dumps({"kind": "parcel", "is": each}) for each in ("good", "poison", "fine")]
    entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert wait_until(lambda: waiting(sqs, dead) == (1, 0), PATIENCE), waiting(sqs, queue)
    assert waiting(sqs, queue) == (0, 0)
    dead_url = sqs.get_queue_url(QueueName=dead)["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=dead_url)["Messages"]
    assert message["Body"] == bodies[1]
    handled = [line["body"] for line in said(emulator, "parcel")]
    assert {body: handled.count(body) for body in bodies} == {bodies[0]: 1, bodies[1]: 2, bodies[2]: 1}


def test_a_message_that_no_filter_matches_is_deleted_unseen(
    mailroom: Path, command_line: CommandLine, sqs: Any, emulator: emulator_environment.Emulator
) -> None:
    assert command_line("local", "send", "parcel", '{"kind": "flyer"}', cwd=mailroom).code == 0
    assert wait_until(lambda: waiting(sqs, "mailroom-dev-parcels") == (0, 0), PATIENCE)
    assert [line for line in said(emulator, "parcel") if "flyer" in line["body"]] == []


def test_a_fifo_queue_keeps_its_order_past_a_failure(
    mailroom: Path, sqs: Any, emulator: emulator_environment.Emulator, await_line: AwaitLine
) -> None:
    url = sqs.get_queue_url(QueueName="mailroom-orders.fifo")["QueueUrl"]
    more = {"MessageGroupId": "g"}
    entries = [
        {"Id": str(n), "MessageBody": str(n), "MessageDeduplicationId": str(n), **more} for n in range(4)
    ]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    await_line(GROUP, "order", lambda line: line["body"] == "3")
    lines = said(emulator, "order")
    succeeded = [each["body"] for each in lines if (each["body"], each["count"]) != ("1", 1)]
    assert succeeded == ["0", "1", "2", "3"]
    assert len(lines) == 5


def test_the_queues_are_encrypted_and_wait_six_times_as_long_as_the_function(
    mailroom: Path, sqs: Any
) -> None:
    letters, orders = attributes(sqs, "mailroom-letters"), attributes(sqs, "mailroom-orders.fifo")
    assert (letters["VisibilityTimeout"], letters["SqsManagedSseEnabled"]) == ("30", "true")
    assert (orders["VisibilityTimeout"], orders["FifoQueue"]) == ("5", "true")


def test_a_second_deployment_changes_nothing(mailroom: Path, command_line: CommandLine) -> None:
    done = command_line("local", "deploy", cwd=mailroom)
    assert done.code == 0, done
    assert "No changes." in done.out, done.out
