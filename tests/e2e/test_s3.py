"""Tests that the events of objects reach their handlers directly, and through SNS, SQS and EventBridge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from polling import wait_until

from domovoi_tf.local import emulator_environment

from .conftest import PATIENCE, AwaitLine, CommandLine, read_lines, read_messages, repeat, write_project

pytestmark = pytest.mark.emulator

GROUP, OTHER = "/aws/lambda/gallery-dev", "/aws/lambda/gallery-dev-other"
CONFIGURATION = {"app_name": "gallery", "lambda_timeout": 5}
APP = """
import json
from urllib.parse import unquote_plus
import domovoi_tf
from domovoi_tf import scoped

app = domovoi_tf.Domovoi()
other = app.function("other")
CREATED = ["s3:ObjectCreated:*"]

def say(context, handler, event):
    for record in event["Records"]:
        context.log(json.dumps({
            "handler": handler,
            "name": record["eventName"],
            "bucket": record["s3"]["bucket"]["name"],
            "key": unquote_plus(record["s3"]["object"]["key"]),
            "count": len(event["Records"]),
            "envelopes": sorted({"Sns", "Sqs", "EventBridge"} & set(record)),
        }))

@app.s3_event_handler("gallery-inbox", CREATED, "direct/", use_sns=False)
def direct(event, context):
    say(context, "direct", event)

@app.s3_event_handler("gallery-inbox", CREATED, "second/", use_sns=False)
def second(event, context):
    say(context, "second", event)

@app.s3_event_handler("gallery-inbox", CREATED, "other/", use_sns=False, function=other)
def elsewhere(event, context):
    say(context, "elsewhere", event)

@app.s3_event_handler("gallery-inbox", CREATED, "topic/", ".jpg")
def topic(event, context):
    say(context, "topic", event)

@app.s3_event_handler("gallery-inbox", ["s3:ObjectRemoved:*"], use_sns=False, use_sqs=True)
def removed(event, context):
    say(context, "removed", event)

@app.s3_event_handler(
    "gallery-inbox", CREATED, "both/", use_sqs=True, sqs_batch_size=10,
    topic_name="domovoi-s3-events-gallery-inbox", queue_name=scoped("domovoi-s3-events-gallery-inbox"),
)
def both(event, context):
    say(context, "both", event)

@app.s3_event_handler(scoped("own"), CREATED, "a", ".txt", create=True, use_eventbridge=True)
@app.s3_event_handler(scoped("own"), ["s3:ObjectRemoved:*"], create=True)
def bridged(event, context):
    say(context, "bridged", event)

@app.sns_topic_subscriber(scoped("notes"))
def note(event, context):
    for record in event["Records"]:
        context.log(json.dumps({"handler": "note", "key": record["Sns"]["Message"]}))

@app.s3_event_handler("gallery-shared", CREATED, "mine/", sns_topic="gallery-events")
def mine(event, context):
    say(context, "mine", event)

@app.s3_event_handler("gallery-shared", CREATED, "ours/", sns_topic="gallery-events")
def ours(event, context):
    say(context, "ours", event)

@app.s3_event_handler(
    "gallery-shared", CREATED, "theirs/", sns_topic="gallery-events", use_sqs=True, function=other
)
def theirs(event, context):
    say(context, "theirs", event)
"""


#: The keys of the objects that are put during a deployment, by the handler that gets their events.
KEYS = {"direct": "direct/{}", "topic": "topic/{}.jpg", "both": "both/{}"}


class Gallery(NamedTuple):
    """The project, deployed, and the objects that were put during its deployment."""

    project: Path
    keys: set[str]


@contextmanager
def put_objects(s3: Any, label: str) -> Iterator[set[str]]:
    """Puts an object for each of three handlers every half second, and collects the keys.

    Objects that are put before the bucket notifies anybody do not count.
    """
    keys: set[str] = set()

    def put(number: int) -> None:
        notification = s3.get_bucket_notification_configuration(Bucket="gallery-inbox")
        new = {key.format(f"{label}-{number}") for key in KEYS.values()}
        for key in new:
            s3.put_object(Bucket="gallery-inbox", Key=key, Body=b"x")
        if "TopicConfigurations" in notification:
            keys.update(new)

    with repeat(put):
        yield keys


@pytest.fixture(scope="module")
def deployment(
    tmp_path_factory: pytest.TempPathFactory,
    command_line: CommandLine,
    emulator: emulator_environment.Emulator,
) -> Gallery:
    project = write_project(tmp_path_factory.mktemp("gallery"), CONFIGURATION, APP)
    s3 = emulator_environment.create_client(emulator, "s3")
    s3.create_bucket(Bucket="gallery-inbox")
    with put_objects(s3, "first") as keys:
        done = command_line("local", "deploy", cwd=project)
        assert done.code == 0, done
        assert wait_until(lambda: len(keys) >= len(KEYS), PATIENCE)
    return Gallery(project, keys)


@pytest.fixture(scope="module")
def gallery(deployment: Gallery) -> Path:
    """The project, deployed."""
    return deployment.project


@pytest.fixture
def s3(emulator: emulator_environment.Emulator) -> Any:
    return emulator_environment.create_client(emulator, "s3")


def read_lines_about(emulator: emulator_environment.Emulator, key: str) -> list[dict[str, Any]]:
    """Returns what the handlers have logged about an object."""
    lines = [line for group in (GROUP, OTHER) for line in read_lines(emulator, group)]
    return [line for line in lines if line["key"] == key]


def find_unhandled(emulator: emulator_environment.Emulator, keys: set[str]) -> set[str]:
    """Returns the keys of the objects whose events no handler has logged, after waiting for them."""

    def list_unhandled() -> set[str]:
        return keys - {line["key"] for line in read_lines(emulator, GROUP)}

    wait_until(lambda: not list_unhandled(), PATIENCE)
    return list_unhandled()


def test_objects_of_the_first_deployment_are_handled(
    deployment: Gallery, emulator: emulator_environment.Emulator
) -> None:
    assert find_unhandled(emulator, deployment.keys) == set()


@pytest.mark.parametrize(
    ("bucket", "key", "handler", "envelopes", "group"),
    [
        ("gallery-inbox", "direct/a b+ü.txt", "direct", [], GROUP),
        ("gallery-inbox", "second/1", "second", [], GROUP),
        ("gallery-inbox", "other/1", "elsewhere", [], OTHER),
        ("gallery-inbox", "topic/1.jpg", "topic", ["Sns"], GROUP),
        ("gallery-inbox", "both/1", "both", ["Sns", "Sqs"], GROUP),
        ("gallery-dev-own", "a b+ü.txt", "bridged", ["EventBridge"], GROUP),
        ("gallery-shared", "mine/1", "mine", ["Sns"], GROUP),
        ("gallery-shared", "ours/1", "ours", ["Sns"], GROUP),
        ("gallery-shared", "theirs/1", "theirs", ["Sns", "Sqs"], OTHER),
    ],
)
def test_object_reaches_only_its_handler(
    bucket: str,
    key: str,
    handler: str,
    envelopes: list[str],
    group: str,
    gallery: Path,
    s3: Any,
    await_line: AwaitLine,
    emulator: emulator_environment.Emulator,
) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    await_line(group, handler, lambda line: line["key"] == key)
    assert read_lines_about(emulator, key) == [
        {
            "handler": handler,
            "name": "ObjectCreated:Put",
            "bucket": bucket,
            "key": key,
            "count": 1,
            "envelopes": envelopes,
        }
    ]


def test_object_of_a_shared_topic_without_a_handler_is_ignored(
    gallery: Path, s3: Any, await_line: AwaitLine, emulator: emulator_environment.Emulator
) -> None:
    s3.put_object(Bucket="gallery-shared", Key="nobodys/1", Body=b"x")
    s3.put_object(Bucket="gallery-shared", Key="mine/after", Body=b"x")
    await_line(GROUP, "mine", lambda line: line["key"] == "mine/after")
    assert read_lines_about(emulator, "nobodys/1") == []
    messages = read_messages(emulator, GROUP)
    assert [message for message in messages if "DispatchError" in message] == []


@pytest.mark.parametrize(
    ("handler", "bucket", "key", "envelopes"),
    [
        ("removed", "gallery-inbox", "sample", ["Sqs"]),
        ("bridged", "gallery-dev-own", "sample", ["Sns"]),
    ],
)
def test_send_removes_the_object_again_for_a_handler_of_removals(
    handler: str,
    bucket: str,
    key: str,
    envelopes: list[str],
    gallery: Path,
    command_line: CommandLine,
    await_line: AwaitLine,
) -> None:
    sent = command_line("local", "send", handler, cwd=gallery)
    assert (sent.code, sent.out) == (0, f"put the object {key} into {bucket} and removed it\n")
    line = await_line(GROUP, handler, lambda line: line["name"] == "ObjectRemoved:Delete")
    assert (line["bucket"], line["key"], line["envelopes"]) == (bucket, key, envelopes)


def test_second_deployment_changes_nothing(gallery: Path, command_line: CommandLine) -> None:
    done = command_line("local", "deploy", cwd=gallery)
    assert done.code == 0, done
    assert "nothing to change" in done.out, done.out


def test_renamed_functions_handle_every_object_and_message(
    gallery: Path, command_line: CommandLine, s3: Any, emulator: emulator_environment.Emulator
) -> None:
    """Names on AWS derive from buckets and topics; only the label of the topic's handler is another one."""
    names = "|".join(("direct", "second", "elsewhere", "topic", "removed", "both", "mine", "ours", "theirs"))
    renamed = re.sub(rf"^def ({names}|note)\(", r"def new_\1(", APP, flags=re.MULTILINE)
    (gallery / "app.py").write_text(renamed)
    sns, messages = emulator_environment.create_client(emulator, "sns"), set[str]()

    def publish(number: int) -> None:
        sns.publish(TopicArn="arn:aws:sns:us-east-1:000000000000:gallery-dev-notes", Message=f"note {number}")
        messages.add(f"note {number}")

    with put_objects(s3, "second") as keys, repeat(publish):
        done = command_line("local", "deploy", cwd=gallery)
        assert done.code == 0, done
    assert "0 to add, 2 to change, 0 to destroy, 2 to move." in done.out, done.out
    assert keys
    assert messages
    assert find_unhandled(emulator, keys | messages) == set()
