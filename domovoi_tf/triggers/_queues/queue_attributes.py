"""Converts the attributes of SQS queues to Terraform arguments, and checks them."""

from __future__ import annotations

import re

from ...model.names import Scoped, Variable
from ...model.trigger import Limit, Source, spell
from .message_receives import RECEIVES, convert_count, convert_number, parse_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ...model.names import Name

QUEUE_NAME = Limit(
    noun="SQS queue name",
    pattern=r"[A-Za-z0-9_-]+(\.fifo)?",
    max_length=80,
    allowed="letters, digits, - and _",
)
KMS_KEY = Limit(
    noun="KMS key", pattern="[A-Za-z0-9:/_-]+", max_length=2048, allowed="letters, digits, :, /, _ and -"
)


#: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
KEY_ID = (
    r"arn:[^:]+:kms:[^:]+:[0-9]+:(key|alias)/.+|alias/.+|(mrk-)?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"
)


#: The type of the policy that each queue of the app has.
POLICY = "aws_sqs_queue_policy"
QUEUE_ARN = r"arn:[^:]+:sqs:[^:]+:[0-9]+:[A-Za-z0-9_-]+(\.fifo)?"


#: The Terraform argument of each queue attribute, and the values that it accepts.
ATTRIBUTES: Mapping[str, tuple[str, Any]] = {
    "VisibilityTimeout": ("visibility_timeout_seconds", range(43201)),
    "MessageRetentionPeriod": ("message_retention_seconds", range(60, 1209601)),
    "DelaySeconds": ("delay_seconds", range(901)),
    "MaximumMessageSize": ("max_message_size", range(1024, 1048577)),
    "ReceiveMessageWaitTimeSeconds": ("receive_wait_time_seconds", range(21)),
    "KmsMasterKeyId": ("kms_master_key_id", str),
    "KmsDataKeyReusePeriodSeconds": ("kms_data_key_reuse_period_seconds", range(60, 86401)),
    "SqsManagedSseEnabled": ("sqs_managed_sse_enabled", bool),
    "FifoQueue": ("fifo_queue", bool),
    "ContentBasedDeduplication": ("content_based_deduplication", bool),
    "DeduplicationScope": ("deduplication_scope", ("messageGroup", "queue")),
    "FifoThroughputLimit": ("fifo_throughput_limit", ("perQueue", "perMessageGroupId")),
    "Policy": ("policy", dict),
    "RedrivePolicy": ("redrive_policy", dict),
    "RedriveAllowPolicy": ("redrive_allow_policy", dict),
}


def convert_attribute(name: str, value: Any) -> Any:
    """Returns the Terraform value of a queue attribute, or None if SQS would reject it."""
    accepted = ATTRIBUTES[name][1]
    if accepted is bool:
        return {"true": True, "false": False}.get(str(value).lower())
    if isinstance(accepted, range):
        return convert_number(value, accepted)
    if accepted is dict:
        return parse_document(value)
    if accepted is str:
        is_name = isinstance(value, (Scoped, Variable))
        return value if is_name or (isinstance(value, str) and re.fullmatch(KEY_ID, value)) else None
    return value if value in accepted else None


def is_managed_key(key: str) -> bool:
    """Whether a key is the AWS managed key of a service, whose policy only AWS can change."""
    return re.fullmatch("(arn:.*:)?alias/aws/.+", key) is not None


def is_fifo(name: Name) -> bool:
    """Whether a queue with a name is a FIFO queue."""
    own: object = "" if isinstance(name, Variable) else name.name if isinstance(name, Scoped) else name
    if isinstance(name, Scoped) and name.form and isinstance(own, str):
        own = name.fill("")
    return isinstance(own, str) and own.endswith(".fifo")


def make_dead_letter_name(name: Name) -> str | Scoped | None:
    """Returns the name of the dead-letter queue of a queue; None for a variable."""
    own: object = "" if isinstance(name, Variable) else name.name if isinstance(name, Scoped) else name
    if not (own and isinstance(own, str)):
        return None
    stem = own.removesuffix(".fifo")
    other = f"{stem}-dead-letters{own.removeprefix(stem)}"
    return Scoped(name=other, form=name.form) if isinstance(name, Scoped) else other


def make_dead_letter_queue(name: str | Scoped) -> Source:
    """Returns a dead-letter queue that the app owns, which keeps messages as long as SQS can: 14 days."""
    longest = ATTRIBUTES["MessageRetentionPeriod"][1][-1]
    arguments = {"message_retention_seconds": longest, **({"fifo_queue": True} if is_fifo(name) else {})}
    return make_queue(name, True, arguments, companions=(POLICY, "aws_sqs_queue_redrive_allow_policy"))


def convert_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the Terraform arguments of queue attributes; unknown attributes are left out."""
    return {
        ATTRIBUTES[name][0]: convert_attribute(name, value)
        for name, value in attributes.items()
        if name in ATTRIBUTES
    }


def check_attribute(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yields the problems of a queue attribute and its value: message and remedy."""
    if name not in ATTRIBUTES:
        from difflib import get_close_matches

        nearest = get_close_matches(str(name), ATTRIBUTES, 1, 0)[0]
        yield f"queue_attributes has the unknown attribute {name!r}", f"Did you mean {nearest!r}?"
    elif convert_attribute(name, value) is None:
        yield f"queue_attributes: {name} is {value!r}", f"Use {_describe_values(ATTRIBUTES[name][1])}."
    for arn in _find_wrong_arns(name, value):
        yield (
            f"queue_attributes: {name} has {arn!r}, which is not the ARN of an SQS queue",
            "Write arn:aws:sqs:<region>:<account>:<name>.",
        )
    policy = convert_attribute(name, value) if name == "RedrivePolicy" else None
    if policy is not None and convert_count(policy) is None:
        yield (
            f"queue_attributes: maxReceiveCount of RedrivePolicy is {policy['maxReceiveCount']!r}",
            f"Use {_describe_values(RECEIVES)}.",
        )


def check_fifo(value: object, queue: Name) -> Iterator[tuple[str, str]]:
    """Yields a message and a remedy if the attribute FifoQueue contradicts the name of the queue."""
    if convert_attribute("FifoQueue", value) is (not is_fifo(queue)):
        yield (
            f"queue_attributes: FifoQueue is {value!r} for {spell(queue)}",
            "Leave FifoQueue out: a queue is a FIFO queue if its name ends with .fifo.",
        )


def _find_wrong_arns(name: str, value: object) -> Iterator[object]:
    """Yields the values of a redrive policy that should be ARNs of queues and are not."""
    document = convert_attribute(name, value) if name in ("RedrivePolicy", "RedriveAllowPolicy") else None
    if isinstance(document, dict):
        sources = document.get("sourceQueueArns", [])
        targets = [document["deadLetterTargetArn"]] if "deadLetterTargetArn" in document else []
        arns = [*targets, *(sources if isinstance(sources, list) else [sources])]
        yield from (arn for arn in arns if not (isinstance(arn, str) and re.fullmatch(QUEUE_ARN, arn)))


def _describe_values(accepted: Any) -> str:
    if isinstance(accepted, range):
        return f"a whole number from {accepted[0]} to {accepted[-1]}"
    words = {
        bool: "true or false",
        dict: "a JSON object",
        str: "the ID or ARN of a KMS key, or its alias in the form alias/name",
    }
    return " or ".join(accepted) if isinstance(accepted, tuple) else words[accepted]


def make_queue(
    name: Name,
    owned: bool,
    arguments: Mapping[str, Any],
    needs: tuple[Source, ...] = (),
    label_name: Name | None = None,
    companions: tuple[str, ...] = (),
) -> Source:
    """Returns a queue, whose policies are resources of their own.

    Args:
        name: the name of the queue.
        owned: whether the app owns it.
        arguments: the arguments of the resource.
        needs: further sources that it refers to, such as its dead-letter queue.
        label_name: the name from which its label follows, if that is another one.
        companions: the types of its policies that it has besides those in its arguments.
    """
    given = (
        f"aws_sqs_queue_{each}" for each in ("redrive_allow_policy", "redrive_policy") if each in arguments
    )
    return Source(
        type="aws_sqs_queue",
        name=name,
        owned=owned,
        service="sqs",
        arguments=arguments,
        needs=needs,
        label_name=label_name,
        companions=tuple(dict.fromkeys((*given, *companions))),
    )
