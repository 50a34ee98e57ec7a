"""The KMS keys of queues: permissions of the functions that read them."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.synthesis.stack import Statement
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
ID = "11111111-1111-1111-1111-111111111111"
PLACE = "arn:aws:kms:us-east-1:123456789012"
OWN = 'replace(aws_sqs_queue.work.arn, "/:sqs:(.*):[^:]*$/", ":kms:$1:{}")'
DECRYPT = ("kms:Decrypt",)


def handle(event: object, context: object) -> None: ...


def build_app(key: Any, name: Any = "work") -> Domovoi:
    app = Domovoi()
    app.sqs_queue_subscriber(name, queue_attributes={"KmsMasterKeyId": key}, name="read")(handle)
    return app


def list_statements(app: Domovoi) -> dict[str, tuple[Statement, ...]]:
    """Returns the statements about keys by function."""
    application = app.freeze()
    assert validate(application, SETTINGS) == ()
    functions = synthesize(application, SETTINGS).functions
    return {each.key: each.mapping_statements.get("source_keys", ()) for each in functions}


def is_alias(name: str) -> dict[str, Any]:
    return {"ForAnyValue:StringEquals": {"kms:ResourceAliases": [name]}}


@pytest.mark.parametrize(
    ("key", "resource", "condition"),
    [
        (f"{PLACE}:key/{ID}", f"{PLACE}:key/{ID}", {}),
        (ID, OWN.format(f"key/{ID}"), {}),
        ("alias/mine", OWN.format("key/*"), is_alias("alias/mine")),
        (f"{PLACE}:alias/mine", f"{PLACE}:key/*", is_alias("alias/mine")),
    ],
)
def test_role_may_decrypt_with_a_key_that_is_known(key: str, resource: str, condition: Any) -> None:
    app = build_app(key)
    assert list_statements(app) == {"default": (Statement(DECRYPT, (resource,), condition),)}
    assert find_warnings(app.freeze(), SETTINGS) == ()


@pytest.mark.parametrize("key", ["alias/aws/sqs", f"{PLACE}:alias/aws/sqs"])
def test_managed_key_needs_no_permission(key: str) -> None:
    assert list_statements(build_app(key)) == {"default": ()}


def test_every_function_that_reads_the_queue_may_decrypt_and_no_other() -> None:
    app = build_app(f"{PLACE}:key/{ID}", scoped("work"))
    for name in ("other", "third"):
        app.function(name)
    app.sqs_queue_subscriber(scoped("work"), function="other", name="read_too")(handle)
    app.sqs_queue_subscriber("plain", function="third", name="third")(handle)
    found = {name: [each.actions for each in of] for name, of in list_statements(app).items()}
    assert found == {"default": [DECRYPT], "other": [DECRYPT], "third": []}


def test_role_may_encrypt_failed_records_for_a_queue_of_the_app() -> None:
    app = build_app(ID)
    app.function("stream")
    failures = "arn:aws:sqs:us-east-1:123456789012:work"
    app.kinesis_stream_handler("clicks", on_failure=failures, function="stream", name="click")(handle)
    actions = ("kms:Decrypt", "kms:GenerateDataKey")
    assert list_statements(app)["stream"] == (Statement(actions, (OWN.format(f"key/{ID}"),)),)
