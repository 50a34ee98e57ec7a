"""Checks whether a recorded event can be sent again."""

from __future__ import annotations

from domovoi_tf.errors import DomovoiError
from domovoi_tf.recorder.records import Run
from domovoi_tf.system.suggestions import spell


def require_faithful(run: Run, allow_redacted: bool = False) -> None:
    """Checks that the event that was recorded is the one that the handler got.

    Args:
        run: the run.
        allow_redacted: whether redacted values are no problem.

    Raises:
        DomovoiError: it is not.
    """
    if not run.has_event:
        raise DomovoiError(
            f"Event {run.id} cannot be sent again: it was too large to be kept.", "Send it from its source."
        )
    if run.redacted and not allow_redacted:
        raise DomovoiError(
            f"Event {run.id} was redacted before it was recorded, so its handler would get another event.",
            f"To send it as it was recorded, run: {spell(f'events replay {run.id} --redacted')}",
        )
