"""Finds what version 0.1.0 rendered at other addresses, so that Terraform moves it.

Without that, Terraform would first remove the old way of the events and then build the new one. What gets
another name on AWS is replaced, and the old one goes once the new one works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from domovoi_tf.hcl.labels import Labels, assign_labels
from domovoi_tf.model.application import Application
from domovoi_tf.model.names import DEFAULT_MACHINE, Variable, make_key
from domovoi_tf.model.trigger import Route, Source, spell

#: Labels that 0.1.0 reserved.
_RESERVED = re.compile(r"(lambda|iam|state_machine|s3_to_sns|s3_to_sqs|sns_to_sqs)(_.*)?")
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


def find_legacy_moves(application: Application) -> dict[str, str]:
    """Returns the addresses in ``app/`` that differ from those of 0.1.0: the new one by the old one.

    Each old and each new address is there once.

    Args:
        application: the application, which must be valid.
    """
    labels = assign_labels(application)
    used = _list_addresses(application, labels)
    moves: dict[str, str] = {}
    for old, new in _list_moves(application, labels):
        call = ".".join(old.split(".")[:2])
        if old != new and used.isdisjoint((old, call)) and old not in moves and new not in moves.values():
            moves[old] = new
    return moves


def _list_addresses(application: Application, labels: Labels) -> set[str]:
    """Returns the addresses in the tree, which nothing can be moved away from."""
    functions = [function.name for function in application.functions]
    calls = [*labels.calls, *labels.machines.values()]
    calls += [label for name in functions for label in (labels.get_function(name), labels.get_role(name))]
    sources = {f"{type_}.{label}" for (type_, _), label in labels.sources.items()}
    return sources | {f"module.{label}" for label in calls if label}


def _list_moves(application: Application, labels: Labels) -> Iterator[tuple[str, str]]:
    for function in application.functions:
        if function.name:
            yield f"module.lambda_{function.name}", f"module.{labels.get_function(function.name)}"
            yield f"module.iam_{function.name}", f"module.{labels.get_role(function.name)}"
    for machine in application.state_machines:
        if machine.name != DEFAULT_MACHINE:
            yield f"module.state_machine_{machine.name}", f"module.{labels.machines[machine.name]}"
    routes = [
        (route, label)
        for route, label in zip(application.routes, labels.calls, strict=True)
        if route.trigger.has_module  # 0.1.0 had no handlers of direct invocations
    ]
    legacy = _assign_legacy_labels([route for route, _ in routes])
    labelled = [(route, old, new) for (route, new), old in zip(routes, legacy, strict=True)]
    yield from _list_source_moves([route for route, _, new in labelled if new], labels)
    for route, old, new in labelled:
        if new and not route.trigger.call_name():
            yield f"module.{old}", f"module.{new}"
    yield from _list_shared_moves([each for each in labelled if each[0].trigger.call_name()], labels)


def _list_source_moves(routes: Sequence[Route], labels: Labels) -> Iterator[tuple[str, str]]:
    """Yields the moves of the resources that the app owns, and of the notifications of buckets."""
    for route in routes:
        channel = route.trigger.call_name()
        for number, each in enumerate(route.list_sources()):
            old, new = _make_legacy_label(make_key(each.name)), labels.get_source(each)
            if each.owned and not isinstance(each.name, Variable) and make_key(each.name) != channel:
                yield f"{each.type}.{old}", f"{each.type}.{new}"
            if number == 0 and not each.lookup and _is_notification_managed(route.trigger, each):
                yield f"aws_s3_bucket_notification.{old}", f"aws_s3_bucket_notification.{new}"


def _is_notification_managed(trigger: Any, bucket: Source) -> bool:
    return (trigger.notified and trigger.manage_notification) or (trigger.use_eventbridge and bucket.owned)


def _list_shared_moves(
    labelled: Sequence[tuple[Route, str, str]], labels: Labels
) -> Iterator[tuple[str, str]]:
    """Yields the moves of what is in a call that several triggers share."""
    shared = [(_get_old_call(route), old, new, route) for route, old, new in labelled]
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
            if source.owned and make_key(source.name) == trigger.call_name():
                old_label = _make_legacy_label(f"{route.handler}-s3")
                yield f"{source.type}.{old_label}", f"{source.type}.{labels.get_source(source)}"
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


def _make_legacy_label(text: str) -> str:
    """Returns the label in 0.1.0 of a source or handler: ASCII letters, digits, ``_`` and ``-``."""
    clean = re.sub(r"[^A-Za-z0-9_-]", "_", text)
    return clean if re.match("[A-Za-z_]", clean) else f"_{clean}"


def _assign_legacy_labels(routes: Sequence[Route]) -> list[str]:
    """Returns the label of each route in 0.1.0: the handler's name, and the kind from its second route on.

    Args:
        routes: the app's routes, in the order of their declaration, without kinds that 0.1.0 did not have.
    """
    taken: set[str] = set()
    labels = []
    for route in routes:
        name = _make_legacy_label(route.handler)
        name = f"handler_{name}" if _RESERVED.fullmatch(name) else name
        label = f"{name}_{route.trigger.kind}" if name in taken else name
        number = 2
        while label in taken:
            label, number = f"{name}_{route.trigger.kind}_{number}", number + 1
        taken.add(label)
        labels.append(label)
    return labels
