"""Completes sources: dead-letter queues, the KMS keys of queues, and policies to which others can add."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from domovoi_tf.hcl import labels as hcl_labels
from domovoi_tf.hcl.syntax import Reference, TerraformText, hcl
from domovoi_tf.model import trigger
from domovoi_tf.synthesis.stack import Kind, Source, Statement
from domovoi_tf.triggers._queues.keys import is_known, split_key

if TYPE_CHECKING:
    from domovoi_tf.triggers._queues.keys import KeyUse

#: The types of sources' policies, with words for the sources.
_POLICIES = {
    "aws_s3_bucket_policy": "buckets",
    "aws_sns_topic_policy": "topics",
    "aws_sqs_queue_policy": "queues",
}
#: The number of queues that a policy can list.
_MOST = 10
_ALLOW, _REDRIVE = "redrive_allow_policy", "redrive_policy"


def find_policy_sources(kinds: Iterable[Kind]) -> dict[str, tuple[str, ...]]:
    """Returns the keys of the sources whose policies others can add to, by a word for their type."""
    sources = [source for kind in kinds for source in kind.sources]
    keys = {
        word: tuple(sorted({each.key for each in sources if policy in each.companions}))
        for policy, word in _POLICIES.items()
    }
    return {word: named for word, named in keys.items() if named}


def allow_redrive(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """Adds a redrive allow policy to each dead-letter queue of the app that one of its queues refers to.

    A policy that the user gives to the queue stays.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
    """
    queues = [each for kind in kinds for each in kind.sources if each.type == "aws_sqs_queue" and each.owned]
    allowed: dict[str, set[str]] = defaultdict(set)
    known = {each.value for each in queues}
    by_name: dict[str, list[str]] = defaultdict(list)
    for each in queues:
        by_name[each.name if type(each.name) is str else ""].append(each.value)
    for queue in queues:
        policy = queue.arguments.get(_REDRIVE)
        target = policy.get("deadLetterTargetArn") if isinstance(policy, Mapping) else None
        # It is a reference to a queue, or an ARN with its literal name.
        literal = "" if target is None else str(target).rpartition(":")[2]
        for value in [target] if isinstance(target, Reference) else by_name[literal] if literal else []:
            if value in known:
                allowed[value].add(queue.value)
    return tuple(
        replace(kind, sources=tuple(_allow(each, allowed.get(each.value, set())) for each in kind.sources))
        for kind in kinds
    )


def _allow(letters: Source, queues: set[str]) -> Source:
    if _ALLOW in letters.arguments or not 0 < len(queues) <= _MOST:
        return letters
    policy = {"redrivePermission": "byQueue", "sourceQueueArns": sorted(queues)}
    return replace(letters, arguments={**letters.arguments, _ALLOW: policy})


def build_key_statements(uses: Iterable[KeyUse], labels: hcl_labels.Labels) -> tuple[Statement, ...]:
    """Returns the statements about keys that a function needs, sorted.

    Args:
        uses: the function's uses of keys.
        labels: the app's labels.
    """
    found: dict[tuple[tuple[str, ...], str], set[str]] = {}
    for _, actions, queue, key in uses:
        if is_known(key):
            place, resource, alias = split_key(key)
            arn = f"{place}:{resource}" if place else _build_arn(queue, resource, labels)
            found.setdefault((actions, alias), set()).add(arn)
    return tuple(_build_statements(found))


def _build_statements(found: dict[tuple[tuple[str, ...], str], set[str]]) -> Iterator[Statement]:
    for (actions, alias), arns in sorted(found.items()):
        condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": [alias]}} if alias else {}
        yield Statement(actions, tuple(sorted(arns)), condition)


def _build_arn(queue: trigger.Source, resource: str, labels: hcl_labels.Labels) -> TerraformText:
    """Returns the expression for the ARN of a key in the Region and account of a queue."""
    address = f"{queue.type}.{labels.get_source(queue)}.arn"
    return TerraformText(f'replace({address}, "/:sqs:(.*):[^:]*$/", {hcl(f":kms:$1:{resource}")})')
