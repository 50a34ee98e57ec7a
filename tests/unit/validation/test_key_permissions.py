"""Tests the warnings about KMS keys that a function needs and that its role may not use."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.validation.application import find_warnings, validate

ID = "11111111-1111-1111-1111-111111111111"
KEY = f"arn:aws:kms:us-east-1:123456789012:key/{ID}"
OTHER = f"{KEY[:-1]}2"
ROLE = "arn:aws:iam::123456789012:role/r"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:bar-dev-spilt"
TOPIC = "arn:aws:sns:us-east-1:123456789012:orders"
BUCKET = "arn:aws:s3:::pictures"
READ, SEND = ["kms:Decrypt"], ["kms:Decrypt", "kms:GenerateDataKey"]
EVERYTHING = json.dumps({"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]})


def handle(event: object, context: object) -> None: ...


def build_app(key: Any, name: Any = "work") -> Domovoi:
    """Returns an app with a queue that has a key."""
    app = Domovoi()
    app.sqs_queue_subscriber(name, queue_attributes={"KmsMasterKeyId": key}, name="read")(handle)
    return app


def list_warnings(app: Domovoi, **values: Any) -> list[tuple[str, str]]:
    """Returns the warnings about keys with their locations."""
    settings = Settings(app_name="bar", stage="dev", **values)
    application = app.freeze()
    assert validate(application, settings) == ()
    notices = find_warnings(application, settings)
    return [(each.location.file, each.message) for each in notices if " for the key " in each.message]


def spell_statement(actions: list[str], resource: str = "<ARN of the key>") -> str:
    return json.dumps({"Effect": "Allow", "Action": actions, "Resource": resource})


@pytest.mark.parametrize(
    ("key", "spelled"), [(variable("key"), "variable('key')"), (scoped("key"), "scoped('key')")]
)
def test_key_that_only_terraform_knows(key: Any, spelled: str) -> None:
    app = build_app(key)
    ((file, message),) = list_warnings(app)
    assert file.endswith("test_key_permissions.py")
    assert message == (
        f"read lacks permissions for the key {spelled} of work: add its ARN to source_kms_key_arns in "
        f".chalice/config.json, or {spell_statement(READ)} to .chalice/policy-dev.json"
    )
    assert list_warnings(app, policy=EVERYTHING) == []
    assert list_warnings(app, iam_role_arn=ROLE) == []
    assert list_warnings(app, source_kms_key_arns=(KEY,)) == []
    assert len(list_warnings(app, destination_kms_key_arns=(KEY,))) == 1
    assert len(list_warnings(app, source_kms_key_arns=())) == 1


def test_failed_records_need_the_key_of_destinations() -> None:
    app = build_app(variable("key"))
    app.function("stream")
    failures = "arn:aws:sqs:us-east-1:123456789012:work"
    app.kinesis_stream_handler("clicks", on_failure=failures, function="stream", name="click")(handle)
    reads = FunctionSettings(source_kms_key_arns=(KEY,))
    ((_, message),) = list_warnings(app, functions={"default": reads, "stream": reads})
    assert message == (
        "click lacks permissions for the key variable('key') of work: add its ARN to "
        f"destination_kms_key_arns in .chalice/config.json, or {spell_statement(SEND)} to "
        ".chalice/policy-dev.json"
    )
    sends = FunctionSettings(destination_kms_key_arns=(KEY,))
    assert list_warnings(app, functions={"default": reads, "stream": sends}) == []


@pytest.mark.parametrize(("key", "resource"), [(ID, "<ARN of the key>"), (KEY, KEY)])
def test_known_key_without_generated_permissions(key: str, resource: str) -> None:
    values: dict[str, Any] = {"autogen_policy": False, "source_kms_key_arns": (KEY,)}
    statement = spell_statement(READ, resource)
    for file in (".chalice/policy-dev.json", ".chalice/own.json"):
        named = {} if file.endswith("dev.json") else {"policy_file": file}
        ((_, message),) = list_warnings(build_app(key), **values, **named)
        assert message == f"read lacks permissions for the key {key} of work: add {statement} to {file}"


def build_app_with_destinations() -> Domovoi:
    """Returns an app that creates a queue, a topic and a bucket."""
    app = build_app(KEY, scoped("spilt"))
    app.sns_topic_subscriber("orders")(handle)
    app.s3_event_handler("pictures", ["s3:ObjectCreated:*"], create=True, use_sns=False, name="show")(handle)
    return app


@pytest.mark.parametrize(
    ("name", "arn", "encrypted"),
    [
        ("dead_letter_queue_target_arn", QUEUE, "bar-dev-spilt"),
        ("on_success", TOPIC, "orders"),
        ("on_failure", BUCKET, "pictures"),
    ],
)
def test_destination_that_the_app_creates(name: str, arn: str, encrypted: str) -> None:
    app = build_app_with_destinations()
    values: dict[str, Any] = {name: arn}
    if arn != QUEUE:
        assert list_warnings(app, **values) == []
        values |= {"topics": {"kms_key_arn": KEY}, "buckets": {"kms_key_arn": KEY}}
    assert list_warnings(app, **values) == [
        (
            ".chalice/config.json",
            f"the function 'default' lacks permissions for the key {KEY} of {encrypted} ({name}): add its "
            f"ARN to destination_kms_key_arns in .chalice/config.json, or {spell_statement(SEND, KEY)} to "
            ".chalice/policy-dev.json",
        )
    ]
    assert len(list_warnings(app, **values, destination_kms_key_arns=(OTHER,))) == 1
    assert list_warnings(app, **values, destination_kms_key_arns=(OTHER, KEY)) == []


def test_failed_records_in_a_topic_that_the_app_creates() -> None:
    app = build_app_with_destinations()
    app.kinesis_stream_handler("clicks", on_failure=TOPIC, name="click")(handle)
    assert list_warnings(app) == []
    ((_, message),) = list_warnings(app, topics={"kms_key_arn": KEY})
    assert message == (
        f"click lacks permissions for the key {KEY} of orders: add its ARN to destination_kms_key_arns in "
        f".chalice/config.json, or {spell_statement(SEND, KEY)} to .chalice/policy-dev.json"
    )
    assert list_warnings(app, topics={"kms_key_arn": KEY}, destination_kms_key_arns=(KEY,)) == []


@pytest.mark.parametrize("arn", ["", "arn:aws:sqs:us-east-1:123456789012:theirs", "arn:aws:s3:::theirs"])
def test_nothing_is_said_about_destinations_of_others(arn: str) -> None:
    app = build_app_with_destinations()
    assert list_warnings(app, on_failure=arn or None, buckets={"kms_key_arn": KEY}) == []


def test_managed_key_of_a_destination_needs_no_permission() -> None:
    app = build_app("alias/aws/sqs", scoped("spilt"))
    assert list_warnings(app, on_failure=QUEUE) == []
