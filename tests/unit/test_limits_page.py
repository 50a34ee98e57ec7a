"""The page about limits has the numbers of the code."""

from __future__ import annotations

import re

import pytest

from domovoi_tf.loading import loader
from domovoi_tf.loading.definitions.limits import MAX_BYTES
from domovoi_tf.model.quota import Quota
from domovoi_tf.packaging.size_limits import MEGABYTE, UNZIPPED_LIMIT, ZIPPED_LIMIT
from domovoi_tf.recorder.retention import Limits
from domovoi_tf.settings import keys
from domovoi_tf.settings.constraints import ENVIRONMENT_BYTES
from domovoi_tf.settings.policy import json_documents
from domovoi_tf.state_machines.problems import MAX_DEFINITION_BYTES
from domovoi_tf.triggers import event, logs, schedule, sns
from domovoi_tf.triggers._queues.queue_attributes import QUEUE_NAME
from domovoi_tf.triggers._quotas import service_quotas
from domovoi_tf.triggers._s3.bucket_trigger import NEW_BUCKET
from domovoi_tf.triggers._s3.filters import MAX_PARTS
from domovoi_tf.validation import names, policy_sizes

from .test_layout import ROOT

PAGE = (ROOT / "docs/explanation/limits.md").read_text()
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
RESOURCE_POLICY, INLINE_POLICIES = policy_sizes._LIMITS


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("memory of a function", [keys.MEMORY_MB[0], keys.MEMORY_MB[-1]]),
        ("timeout of a function", [keys.TIMEOUT_SECONDS[-1]]),
        ("temporary storage", [keys.STORAGE_MB[0], keys.STORAGE_MB[-1]]),
        ("environment variables of a function", [ENVIRONMENT_BYTES]),
        ("package, if it is uploaded to Lambda", [ZIPPED_LIMIT // MEGABYTE]),
        ("package and layers", [UNZIPPED_LIMIT // MEGABYTE]),
        ("resource-based policy of a function", [RESOURCE_POLICY.most, policy_sizes._NEAR]),
        ("inline policies of a role", [INLINE_POLICIES.most, policy_sizes._NEAR]),
        ("name of a function", [names.FUNCTION.max_length]),
        ("name of a state machine", [names.MACHINE.max_length]),
        ("name of a queue", [QUEUE_NAME.max_length]),
        ("name of a topic", [sns.TOPIC.max_length]),
        ("name of a bucket", [NEW_BUCKET.max_length]),
        ("name of a rule", [schedule.RULE.max_length]),
        ("event pattern", [event.MAX_PATTERN_LENGTH]),
        ("filter pattern of logs", [logs.MAX_PATTERN_LENGTH]),
        ("definition of a state machine", [MAX_DEFINITION_BYTES]),
        ("notifications of a bucket", [MAX_PARTS]),
        ("rules with a wildcard", [service_quotas.WILDCARD_RULES.most]),
        ("target groups", [service_quotas.TARGET_GROUPS.most]),
        ("receipt rules", [service_quotas.RECEIPT_RULES.most]),
        ("rules of an event bus", [service_quotas.RULES.most]),
        ("characters of an event pattern", [service_quotas.PATTERN_SIZE.most]),
        ("roles of an account", [service_quotas.ROLES.most]),
        ("reserved concurrency", [service_quotas.RESERVED_CONCURRENCY.most]),
        ("import of the app", [int(loader.DEFAULT_TIMEOUT)]),
        ("policy file, definition file", [MAX_BYTES // MEGABYTE]),
        ("policy file, definition file", [json_documents._MAX_BYTES // MEGABYTE]),
        ("values nested in JSON", [json_documents.MAX_DEPTH]),
        ("events that `dev` keeps", [Limits().events, int(Limits().megabytes)]),
    ],
)
def test_numbers_are_those_of_the_code(name: str, numbers: list[int]) -> None:
    (row,) = (row for row in ROWS if row[0].strip("[").startswith(name))
    assert [
        int(each.replace(",", "")) for each in re.findall(r"\*\*([\d,]+)\*\*", " ".join(row[1:]))
    ] == numbers


def test_quotas_that_aws_raises_have_their_codes() -> None:
    quotas = [each for each in vars(service_quotas).values() if isinstance(each, Quota) and each.code]
    codes = {each.most: each.code for each in quotas}
    rows = [(row[1], row[2]) for row in ROWS if row[2].startswith("`L-")]
    assert sorted(rows) == sorted((f"**{most:,}**", f"`{code}`") for most, code in codes.items())


def test_page_has_the_readers_of_a_stream() -> None:
    table, stream = service_quotas.DYNAMODB_READERS.most, service_quotas.KINESIS_READERS.most
    words = " ".join(PAGE.split())
    assert f"stream][readers] than **{table}**, or one [Kinesis stream][shards] than **{stream}**" in words
