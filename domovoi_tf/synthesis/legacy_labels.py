"""The labels that version 0.1.0 gave: they depended on the order of declarations. Nothing here may change."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domovoi_tf.model.trigger import Route

_RESERVED = re.compile(r"(lambda|iam|state_machine|s3_to_sns|s3_to_sqs|sns_to_sqs)(_.*)?")


def make_legacy_label(text: str) -> str:
    """Returns the label of a source or handler: ASCII letters, digits, ``_`` and ``-``."""
    clean = re.sub(r"[^A-Za-z0-9_-]", "_", text)
    return clean if re.match("[A-Za-z_]", clean) else f"_{clean}"


def assign_legacy_labels(routes: Sequence[Route]) -> list[str]:
    """Returns the label of each route: the handler's name, and the kind from its second route on.

    Args:
        routes: the app's routes, in the order of their declaration, without kinds that 0.1.0 did not have.
    """
    taken: set[str] = set()
    labels = []
    for route in routes:
        name = make_legacy_label(route.handler)
        name = f"handler_{name}" if _RESERVED.fullmatch(name) else name
        label = f"{name}_{route.trigger.kind}" if name in taken else name
        number = 2
        while label in taken:
            label, number = f"{name}_{route.trigger.kind}_{number}", number + 1
        taken.add(label)
        labels.append(label)
    return labels
