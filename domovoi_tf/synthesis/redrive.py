"""Lets only the queues of the app move messages to its dead-letter queues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from domovoi_tf.hcl.syntax import Reference
from domovoi_tf.synthesis.stack import Kind, Source

#: The number of queues that a policy can list.
_MOST = 10
_ALLOW, _REDRIVE = "redrive_allow_policy", "redrive_policy"


def allow_redrive(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """Adds a redrive allow policy to each dead-letter queue of the app that one of its queues refers to.

    A policy that the user gives to the queue stays.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
    """
    queues = [each for kind in kinds for each in kind.sources if each.type == "aws_sqs_queue" and each.owned]
    allowed: dict[str, set[str]] = defaultdict(set)
    for queue in queues:
        policy = queue.arguments.get(_REDRIVE)
        target = policy.get("deadLetterTargetArn") if isinstance(policy, Mapping) else None
        for letters in queues:
            if _is_target(target, letters):
                allowed[letters.value].add(queue.value)
    return tuple(
        replace(kind, sources=tuple(_allow(each, allowed.get(each.value, set())) for each in kind.sources))
        for kind in kinds
    )


def _is_target(target: object, letters: Source) -> bool:
    """Whether a target is a queue: a reference to it, or an ARN with its literal name."""
    if isinstance(target, Reference):
        return target == letters.value
    return type(letters.name) is str and str(target).rpartition(":")[2] == letters.name


def _allow(letters: Source, queues: set[str]) -> Source:
    if _ALLOW in letters.arguments or not 0 < len(queues) <= _MOST:
        return letters
    policy = {"redrivePermission": "byQueue", "sourceQueueArns": sorted(queues)}
    return replace(letters, arguments={**letters.arguments, _ALLOW: policy})
