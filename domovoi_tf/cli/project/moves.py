"""Decides what the tree moves, from its manifest and from the answers in the options of the command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
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


def find_blind_spots(folder: Path, stages: Iterable[str], previous: Manifest) -> Iterator[str]:
    """Yields a warning for each stage that may be deployed, if the tree does not tell what it had.

    Args:
        folder: the output folder.
        stages: the names of the stages that are rendered.
        previous: the manifest of the tree before.
    """
    if previous.addresses:
        return
    for stage in stages:
        if _may_be_deployed(folder / "stages" / stage):
            yield (
                f"{folder} has no record of an earlier rendering, and {stage} may be deployed: renames since "
                "then cannot be seen. Look at what the plan destroys; name= keeps the old name of a handler."
            )


def _may_be_deployed(root: Path) -> bool:
    """Returns whether a stage's folder has a local state with resources, or is connected to a remote one."""
    from domovoi_tf.errors import BackendError
    from domovoi_tf.state.backend_root import LOCAL_STATE
    from domovoi_tf.state.status import parse_state

    if (root / ".terraform" / LOCAL_STATE).is_file():
        return True
    try:
        state = parse_state((root / LOCAL_STATE).read_bytes())
    except (OSError, BackendError):
        return False
    return state is not None and state.resources > 0
