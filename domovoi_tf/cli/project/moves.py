"""Decides what the tree moves, from its manifest and from the answers in the options of the command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from domovoi_tf.cli import options

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.renames.problems import Details
    from domovoi_tf.rendering.manifest import Manifest
    from domovoi_tf.synthesis.addresses import Block


def decide_moves(
    application: Application, addresses: Mapping[str, Block], previous: Manifest
) -> Mapping[str, str]:
    """Returns the addresses that have changed since some stage may have been deployed, with their successors.

    Args:
        application: the app.
        addresses: the addresses in the app's module.
        previous: the manifest of the tree.

    Raises:
        ValidationError: a rename needs an answer, or is one that Terraform or AWS cannot perform.
    """
    from domovoi_tf.errors import ValidationError, sort_problems
    from domovoi_tf.renames.decision import Answers
    from domovoi_tf.renames.decision import decide_moves as decide
    from domovoi_tf.synthesis.moves import find_legacy_moves

    # 0.1.0 did not record addresses; what it had at others is known.
    legacy = find_legacy_moves(application) if _is_of_first_version(previous) else {}
    answers = Answers(options.get_renamed(), options.get_replaced())
    kept = {**previous.moves, **legacy}
    decision = decide(previous.addresses, addresses, kept, _list_details(application), answers)
    if decision.problems:
        raise ValidationError(sort_problems(decision.problems))
    return decision.moves


def _is_of_first_version(manifest: Manifest) -> bool:
    return bool(manifest.files) and not (manifest.version or manifest.addresses)


def _list_details(application: Application) -> Details:
    from domovoi_tf.renames.problems import Details

    routes = {(route.handler, route.trigger.kind): route for route in reversed(application.routes)}
    return Details(
        {key: str(route.location) for key, route in routes.items()},
        {key: route.trigger.replacement_cost() for key, route in routes.items()},
    )
