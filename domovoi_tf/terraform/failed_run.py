"""Raises the error of a Terraform that failed, in our words if the cause is known."""

from __future__ import annotations

from pathlib import Path

from domovoi_tf.errors import TerraformError
from domovoi_tf.failures import kinds
from domovoi_tf.system import trace_log
from domovoi_tf.system.text import strip_colours


def raise_if_explained(text: str, stage: str, exit_code: int, root: Path | None = None) -> None:
    """Raises TerraformError if the cause of a failure is known.

    The remedy is followed by the errors whose cause is not known, as Terraform printed them, and with
    ``--verbose`` by all of them.

    Args:
        text: Terraform's standard error.
        stage: the stage.
        exit_code: Terraform's exit code.
        root: the folder in which Terraform ran, if it is known.

    Raises:
        TerraformError: the cause is known.
    """
    explained = kinds.explain(text, stage, root)
    if not explained.explanations:
        return
    message, remedy = kinds.format_explanations(explained.explanations)
    own = strip_colours(text).strip() if trace_log.is_enabled() else "\n\n".join(explained.others)
    details = [f"Terraform's own text:\n{own}"] if own else []
    raise TerraformError(message, "\n".join(filter(None, [remedy, *details])), exit_code)
