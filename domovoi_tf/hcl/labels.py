"""Derives Terraform labels from the names of handlers, sources and functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from domovoi_tf.model.names import DEFAULT_FUNCTION
from domovoi_tf.model.trigger import Route

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name

_RESERVED = re.compile(r"(lambda|iam|state_machine|s3_to_sns|s3_to_sqs|sns_to_sqs)(_.*)?")


def make_label(text: str) -> str:
    """Returns a label for a string: ASCII letters, digits, ``_`` and ``-``, beginning with a letter or ``_``.

    https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers
    """
    clean = re.sub(r"[^A-Za-z0-9_-]", "_", text)
    return clean if re.match("[A-Za-z_]", clean) else f"_{clean}"


def make_source_label(name: Name) -> str:
    """Returns the label of a source, which is the same in every stage."""
    return make_label(name if isinstance(name, str) else name.name)


def make_function_label(name: str) -> str:
    """Returns the label of a function's module call. The default function has an empty name."""
    return f"lambda_{name}" if name else "lambda"


def make_role_label(name: str) -> str:
    """Returns the label of the module call for a function's execution role."""
    return f"iam_{name}" if name else "iam"


def get_function_key(name: str) -> str:
    """Returns the key of a function in maps of functions: its name, or ``default``."""
    return name or DEFAULT_FUNCTION


def assign_trigger_labels(routes: Iterable[Route]) -> list[str]:
    """Returns a unique label for each route: the handler's name, with the kind from its second route on.

    A handler whose name the app's other module calls use (``lambda``, ``iam``) gets the prefix ``handler_``.
    """
    taken: set[str] = set()
    labels: dict[int, str] = {}
    ordered = list(routes)
    # A trigger without resources must not take the label of another one, which would replace its resources.
    for number in sorted(range(len(ordered)), key=lambda each: not ordered[each].trigger.has_module):
        route = ordered[number]
        name = make_label(route.handler)
        name = f"handler_{name}" if _RESERVED.fullmatch(name) else name
        label = f"{name}_{route.trigger.kind}" if name in taken else name
        count = 2
        while label in taken:
            label, count = f"{name}_{route.trigger.kind}_{count}", count + 1
        taken.add(label)
        labels[number] = label
    return [label for _, label in sorted(labels.items())]
