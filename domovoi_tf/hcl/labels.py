"""Derives Terraform labels from the names of handlers, sources and functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from domovoi_tf.model.names import DEFAULT_FUNCTION, make_key
from domovoi_tf.model.trigger import Route

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name

#: Labels of other module calls; those that begin with s3_to_ and sns_to_ are of earlier versions.
_RESERVED = re.compile(r"(lambda|iam|state_machine|s3_to_sns|s3_to_sqs|sns_to_sqs)(_.*)?")


def make_label(text: str) -> str:
    """Returns a label for a string: ASCII letters, digits, ``_`` and ``-``, beginning with a letter or ``_``.

    https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers
    """
    clean = re.sub(r"[^A-Za-z0-9_-]", "_", text)
    return clean if re.match("[A-Za-z_]", clean) else f"_{clean}"


def make_source_label(name: Name) -> str:
    """Returns the label of a source, which is the same in every stage."""
    return make_label(make_key(name))


def make_function_label(name: str) -> str:
    """Returns the label of a function's module call. The default function has an empty name."""
    return f"lambda_{name}" if name else "lambda"


def make_role_label(name: str) -> str:
    """Returns the label of the module call for a function's execution role."""
    return f"iam_{name}" if name else "iam"


def get_function_key(name: str) -> str:
    """Returns the key of a function in maps of functions: its name, or ``default``."""
    return name or DEFAULT_FUNCTION


def assign_trigger_labels(routes: Sequence[Route]) -> list[str]:
    """Returns a label for each route. Routes that share a module call have the same label, that of the call.

    The others have a unique one: the handler's name, with the kind from its second route on. A handler whose
    name the app's other module calls use (``lambda``, ``iam``) gets the prefix ``handler_``.
    """
    shared = [label and make_label(label) for label in (route.trigger.call_label() for route in routes)]
    own = assign_handler_labels(routes, filter(None, shared))
    return [label or other for label, other in zip(shared, own, strict=True)]


def assign_handler_labels(routes: Sequence[Route], taken: Iterable[str] = ()) -> list[str]:
    """Returns a unique label for each route, made from its handler's name.

    Args:
        routes: the routes.
        taken: labels that are not available.
    """
    used = set(taken)
    labels: dict[int, str] = {}
    # A trigger without resources must not take the label of another one, which would replace its resources.
    for number in sorted(range(len(routes)), key=lambda each: not routes[each].trigger.has_module):
        route = routes[number]
        name = make_label(route.handler)
        name = f"handler_{name}" if _RESERVED.fullmatch(name) else name
        label = f"{name}_{route.trigger.kind}" if name in used else name
        count = 2
        while label in used:
            label, count = f"{name}_{route.trigger.kind}_{count}", count + 1
        used.add(label)
        labels[number] = label
    return [label for _, label in sorted(labels.items())]
