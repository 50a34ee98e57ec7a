"""Tests that messages in queues reach their handlers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from polling import wait_until

from domovoi_tf.local import emulator_environment

from .conftest import PATIENCE, AwaitLine, CommandLine, read_lines, write_project

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
    scoped("parcels"), queue_attributes={"VisibilityTimeout": "10"}, per_record=True, max_receive_count=2,
    filters=[{"body": {"kind": ["parcel"]}}],
)
def parcel(record, context):
    say(context, "parcel", body=record["body"])
    if "poison" in record["body"]:
        raise ValueError("poison")

def report(event, handler):
    bodies = [record["body"] for record in event["Records"]]
    app.lambda_context.log(json.dumps({"handler": handler, "bodies": sorted(bodies)}))
    failed = [record["messageId"] for record in event["Records"] if record["body"] == "poison"]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

@app.sqs_queue_subscriber(
    scoped("forms"), queue_attributes={"VisibilityTimeout": "10"}, report_failures=True, max_receive_count=2
)
async def form(event):
    return report(event, "form")

@app.sqs_queue_subscriber(scoped("bills"), queue_attributes={"VisibilityTimeout": "10"}, max_receive_count=2)
def bill(event):
    return report(event, "bill")

@app.sqs_queue_subscriber("mailroom-orders.fifo", queue_attributes={"VisibilityTimeout": 10}, per_record=True)
def order(record, context):
    count = int(record["attributes"]["ApproximateReceiveCount"])
    say(context, "order", body=record["body"], count=count)
    if record["body"] == "g1" and count == 1:
        raise ValueError("not yet")

@app.sqs_queue_subscriber(
    "mailroom-claims.fifo", queue_attributes={"VisibilityTimeout": 10}, per_record=True, max_receive_count=2
)
def claim(record, context):
    say(context, "claim", body=record["body"], count=int(record["attributes"]["ApproximateReceiveCount"]))
    if "poison" in record["body"]:
        raise ValueError("poison")
"""


#: The messages with which the tests begin, by queue. All wait for their visibility timeouts at the same time.
#: In less time, a busy machine may not have started the function, and a message is received once more.
BATCHES = {
    "mailroom-dev-parcels": [
        json.dumps({"kind": "parcel", "is": each}) for each in ("good", "poison", "fine")
    ],
    "mailroom-dev-forms": ["good", "poison", "fine"],
    "mailroom-dev-bills": ["good", "poison", "fine"],
    "mailroom-orders.fifo": ["g0", "g1", "g2", "g3"],
    "mailroom-claims.fifo": ["a1 poison", "a2", "b1", "a3", "b2 poison", "b3"],
}


@pytest.fixture(scope="module")
def mailroom(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine, sqs: Any) -> Path:
    """The project, deployed, whose queues have got their messages."""
    project = write_project(tmp_path_factory.mktemp("mailroom"), CONFIGURATION, APP)
    done = command_line("local", "deploy", cwd=project)
    assert done.code == 0, done
    for queue, bodies in BATCHES.items():
        send_batch(sqs, queue, bodies)
    return project


@pytest.fixture(scope="module")
def sqs(emulator: emulator_environment.Emulator) -> Any:
    return emulator_environment.create_client(emulator, "sqs")


def send_batch(sqs: Any, queue: str, bodies: Sequence[str]) -> None:
    """Sends a batch of messages; those of a FIFO queue belong to the group that their first letter names."""
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    entries = [
        {
            "Id": str(n),
            "MessageBody": body,
            **({"MessageDeduplicationId": str(n), "MessageGroupId": body[0]} if "fifo" in queue else {}),
        }
        for n, body in enumerate(bodies)
    ]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)


def read_attributes(sqs: Any, queue: str) -> dict[str, str]:
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return attributes


def count_messages(sqs: Any, queue: str) -> tuple[int, int]:
    """Returns the numbers of visible messages and of those in flight."""
    attributes = read_attributes(sqs, queue)
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    visible, in_flight = (int(attributes[name]) for name in names)
    return visible, in_flight


def test_message_reaches_its_handler(
    mailroom: Path, command_line: CommandLine, await_line: AwaitLine, sqs: Any
) -> None:
    payload = json.dumps({"text": '${x} "q" \\ \n 🍺'})
    sent = command_line("local", "send", "letter", payload, cwd=mailroom)
    assert (sent.code, sent.out.startswith("sent to http"), sent.err) == (0, True, "")
    await_line(GROUP, "letter", lambda line: line["bodies"] == [payload])
    assert wait_until(lambda: count_messages(sqs, "mailroom-letters") == (0, 0), PATIENCE)


def test_queue_that_is_looked_up_reaches_its_handler(
    mailroom: Path, command_line: CommandLine, await_line: AwaitLine
) -> None:
    assert command_line("local", "send", "elsewhere", '"hello"', cwd=mailroom).code == 0
    await_line(GROUP, "elsewhere", lambda line: line["bodies"] == ["hello"])


def test_only_the_failed_record_is_retried_and_becomes_a_dead_letter(
    mailroom: Path, sqs: Any, emulator: emulator_environment.Emulator
) -> None:
    queue, dead = "mailroom-dev-parcels", "mailroom-dev-parcels-dead-letters"
    bodies = BATCHES[queue]
    assert wait_until(lambda: count_messages(sqs, dead) == (1, 0), PATIENCE), count_messages(sqs, queue)
    assert count_messages(sqs, queue) == (0, 0)
    dead_url = sqs.get_queue_url(QueueName=dead)["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=dead_url)["Messages"]
    assert message["Body"] == bodies[1]
    handled = [line["body"] for line in read_lines(emulator, GROUP, "parcel")]
    assert {body: handled.count(body) for body in bodies} == {bodies[0]: 1, bodies[1]: 2, bodies[2]: 1}


def read_bodies(sqs: Any, queue: str) -> list[str]:
    """Returns the bodies of a queue's messages, which stay visible."""
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return sorted(message["Body"] for message in answer["Messages"])


def test_report_that_the_mapping_ignores_retries_the_whole_batch(
    mailroom: Path, sqs: Any, emulator: emulator_environment.Emulator
) -> None:
    """Messages that arrive in one batch with a failed one are not deleted."""
    queue, dead = "mailroom-dev-bills", "mailroom-dev-bills-dead-letters"
    assert wait_until(lambda: count_messages(sqs, queue) == (0, 0), PATIENCE), count_messages(sqs, queue)
    batches = [line["bodies"] for line in read_lines(emulator, GROUP, "bill")]
    received = [body for batch in batches for body in batch]
    lost = [body for batch in batches if "poison" in batch for body in batch if received.count(body) == 1]
    assert lost == []
    assert "poison" in read_bodies(sqs, dead)


def test_message_that_matches_no_filter_is_deleted(
    mailroom: Path, command_line: CommandLine, sqs: Any, emulator: emulator_environment.Emulator
) -> None:
    assert command_line("local", "send", "parcel", '{"kind": "flyer"}', cwd=mailroom).code == 0
    assert wait_until(lambda: count_messages(sqs, "mailroom-dev-parcels") == (0, 0), PATIENCE)
    assert [line for line in read_lines(emulator, GROUP, "parcel") if "flyer" in line["body"]] == []


def test_fifo_queue_keeps_its_order_after_a_failure(
    mailroom: Path, sqs: Any, emulator: emulator_environment.Emulator, await_line: AwaitLine
) -> None:
    await_line(GROUP, "order", lambda line: line["body"] == "g3")
    lines = read_lines(emulator, GROUP, "order")
    succeeded = [each["body"] for each in lines if (each["body"], each["count"]) != ("g1", 1)]
    assert succeeded == BATCHES["mailroom-orders.fifo"]
    assert len(lines) == 5


def test_failed_message_of_a_group_is_the_only_dead_letter(
    mailroom: Path, sqs: Any, emulator: emulator_environment.Emulator
) -> None:
    bodies = BATCHES["mailroom-claims.fifo"]
    dead = "mailroom-claims-dead-letters.fifo"
    assert wait_until(lambda: count_messages(sqs, dead) == (2, 0), PATIENCE), count_messages(sqs, dead)
    assert wait_until(lambda: count_messages(sqs, "mailroom-claims.fifo") == (0, 0), PATIENCE)
    assert read_bodies(sqs, dead) == ["a1 poison", "b2 poison"]
    handled = [line["body"] for line in read_lines(emulator, GROUP, "claim")]
    assert {body: handled.count(body) for body in bodies} == {
        body: 2 if "poison" in body else 1 for body in bodies
    }
    for group in "ab":
        succeeded = [body for body in handled if body[0] == group and "poison" not in body]
        assert succeeded == sorted(succeeded)


def test_only_reported_messages_are_retried_and_become_dead_letters(mailroom: Path, sqs: Any) -> None:
    queue, dead = "mailroom-dev-forms", "mailroom-dev-forms-dead-letters"
    assert wait_until(lambda: count_messages(sqs, dead) == (1, 0), PATIENCE), count_messages(sqs, queue)
    assert count_messages(sqs, queue) == (0, 0)
    assert read_bodies(sqs, dead) == ["poison"]


def test_dead_letter_is_listed_and_sent_back_to_its_queue(
    mailroom: Path, command_line: CommandLine, sqs: Any, emulator: emulator_environment.Emulator
) -> None:
    queue, dead = "mailroom-dev-forms", "mailroom-dev-forms-dead-letters"
    assert wait_until(lambda: count_messages(sqs, dead) == (1, 0), PATIENCE), count_messages(sqs, queue)
    listed = json.loads(command_line("dlq", "list", "--emulator", "--json", cwd=mailroom).out)
    (letter,) = [each for each in listed if each["queue"] == dead]
    assert (letter["function"], letter["handlers"], letter["source"].rpartition(":")[2]) == (
        "mailroom-dev",
        ["form"],
        queue,
    )
    before = len(list(read_lines(emulator, GROUP, "form")))
    done = command_line("dlq", "redrive", "--yes", "--emulator", cwd=mailroom)
    assert f"sent back  form  {letter['id']}" in done.out
    assert wait_until(lambda: len(list(read_lines(emulator, GROUP, "form"))) > before, PATIENCE)
    assert wait_until(lambda: count_messages(sqs, dead) == (1, 0), PATIENCE), count_messages(sqs, queue)
    assert read_bodies(sqs, dead) == ["poison"]


def test_queues_have_encryption_and_six_times_the_timeout_of_the_function(mailroom: Path, sqs: Any) -> None:
    letters, orders = (read_attributes(sqs, f"mailroom-{name}") for name in ("letters", "orders.fifo"))
    assert (letters["VisibilityTimeout"], letters["SqsManagedSseEnabled"]) == ("30", "true")
    assert (orders["VisibilityTimeout"], orders["FifoQueue"]) == ("10", "true")


def test_queues_deny_plain_http_and_dead_letters_of_others(mailroom: Path, sqs: Any) -> None:
    letters, dead = (
        read_attributes(sqs, f"mailroom-{name}") for name in ("letters", "dev-forms-dead-letters")
    )
    for attributes in (letters, dead):
        (statement,) = json.loads(attributes["Policy"])["Statement"]
        assert (statement["Effect"], statement["Condition"]) == (
            "Deny",
            {"Bool": {"aws:SecureTransport": "false"}},
        )
    queue = read_attributes(sqs, "mailroom-dev-forms")["QueueArn"]
    assert json.loads(dead["RedriveAllowPolicy"])["sourceQueueArns"] == [queue]


def test_second_deployment_changes_nothing(mailroom: Path, command_line: CommandLine) -> None:
    done = command_line("local", "deploy", cwd=mailroom)
    assert done.code == 0, done
    assert "nothing to change" in done.out, done.out
