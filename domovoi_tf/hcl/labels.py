"""Terraform labels for handlers and sources."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from domovoi_tf.model.application import Route
from domovoi_tf.model.names import DEFAULT_FUNCTION

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name

_RESERVED = re.compile(r"(lambda|iam|state_machine|s3_to_sns|s3_to_sqs|sns_to_sqs)(_.*)?")


def label(text: str) -> str:
    """Returns the text as a label: ASCII letters, digits, ``_`` and ``-``, first a letter or ``_``.

    https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers
    """
    clean = re.sub(r"[^A-Za-z0-9_-]", "_", text)
    return clean if re.match("[A-Za-z_]", clean) else f"_{clean}"


def source_label(name: Name) -> str:
    """Returns the label of a source: of the name that is the same in every stage."""
    return label(name if isinstance(name, str) else name.name)


def function_label(name: str) -> str:
    """Returns the label of a function; the default one has no name."""
    return f"lambda_{name}" if name else "lambda"


def role_label(name: str) -> str:
    """Returns the label of a function's execution role."""
    return f"iam_{name}" if name else "iam"


def function_key(name: str) -> str:
    """Returns how a function is called beside others."""
    return name or DEFAULT_FUNCTION


def trigger_labels(routes: Iterable[Route]) -> list[str]:
    """Returns each route's label: the handler's name, and for its further sources the kind after it.

    A handler named as the app's other module calls are (``lambda``, ``iam``) has ``handler_`` before it.
    """
    taken: set[str] = set()
    labels = []
    for route in routes:
        name = label(route.handler)
        name = f"handler_{name}" if _RESERVED.fullmatch(name) else name
        chosen = f"{name}_{route.trigger.kind}" if name in taken else name
        number = 2
        while chosen in taken:
            chosen, number = f"{name}_{route.trigger.kind}_{number}", number + 1
        taken.add(chosen)
        labels.append(chosen)
    return labels
