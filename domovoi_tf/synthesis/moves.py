"""Finds what version 0.1.0 rendered at other addresses, so that Terraform moves it.

Without that, Terraform would first remove the old way of the events and then build the new one. What gets
another name on AWS is replaced, and the old one goes once the new one works.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Any

from domovoi_tf.hcl.labels import assign_handler_labels, assign_trigger_labels, make_label
from domovoi_tf.hcl.syntax import Reference
from domovoi_tf.model.trigger import Route, spell
from domovoi_tf.synthesis.stack import Move

#: The resources in the module of each route, with the label of the module that had them. Routes that are not
#: here had one module with the same resources.
_RESOURCES = {
    "sns": (
        ("aws_lambda_permission.this", "{label}"),
        ("aws_sns_topic_subscription.this", "{label}"),
        ("aws_sns_topic_policy.this", "s3_to_sns_{handler}"),
    ),
    "sqs": (
        ("aws_lambda_event_source_mapping.this", "{label}"),
        ("aws_sqs_queue_policy.this", "s3_to_sqs_{handler}"),
    ),
    "sns_sqs": (
        ("aws_lambda_event_source_mapping.this", "{label}"),
        ("aws_sqs_queue_policy.this", "sns_to_sqs_{handler}"),
        ("aws_sns_topic_subscription.this", "sns_to_sqs_{handler}"),
        ("aws_sns_topic_policy.this", "s3_to_sns_{handler}"),
    ),
}


def find_moves(routes: Sequence[Route], addresses: Collection[str]) -> Iterator[Move]:
    """Yields the moves, each old and each new address once.

    Args:
        routes: the app's routes.
        addresses: the addresses in the tree, which nothing can be moved away from.
    """
    used = set(addresses)
    for old, new in _list_moves(routes):
        call = ".".join(old.split(".")[:2])
        if used.isdisjoint((old, call, f"to {new}")):
            used |= {old, f"to {new}"}
            yield Move(Reference(old), Reference(new))


def _list_moves(routes: Sequence[Route]) -> Iterator[tuple[str, str]]:
    labels = zip(assign_handler_labels(routes), assign_trigger_labels(routes), routes, strict=True)
    shared = [
        (_get_old_call(route), old, new, route) for old, new, route in labels if route.trigger.call_label()
    ]
    for _, group in groupby(sorted(shared, key=lambda each: each[:2]), key=lambda each: each[0]):
        _, old, new, route = next(group)
        trigger: Any = route.trigger
        names = {"label": old, "handler": route.handler}
        if trigger.transport not in _RESOURCES or (
            trigger.transport == "sns" and trigger.sns_topic is not None
        ):
            yield f"module.{old}", f"module.{new}"
            continue
        for source in route.list_sources():
            if source.label:
                old_label, label = make_label(f"{route.handler}-s3"), make_label(source.label)
                yield f"{source.type}.{old_label}", f"{source.type}.{label}"
        for resource, module in _RESOURCES[trigger.transport]:
            if trigger.sns_topic is None or "topic_policy" not in resource:
                index = "[0]" if trigger.transport == "sns_sqs" and "topic_policy" in resource else ""
                yield f"module.{module.format(**names)}.{resource}", f"module.{new}.{resource}{index}"


def _get_old_call(route: Route) -> tuple[str, ...]:
    """Returns what routes had in common that shared a module call in 0.1.0."""
    trigger: Any = route.trigger
    shared = {"s3": trigger.bucket, "sns": trigger.sns_topic}.get(trigger.transport)
    return (
        trigger.transport,
        trigger.function,
        f"handler {route.handler}" if shared is None else spell(shared),
    )
