"""Values of explanations: a failure as it was found, and what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Explanation(NamedTuple):
    """A message, and the remedy; each one or more sentences."""

    message: str
    remedy: str


class Failure(NamedTuple):
    """An error of Terraform.

    Args:
        text: the error as Terraform printed it, without colours and borders.
        sentence: the error on one line, however Terraform wrapped it.
        address: the address of its resource; empty if it has none.
        place: its file and line; empty if it has none.
        stage: the stage in whose folder Terraform ran.
        root: that folder, if it is known.
    """

    text: str
    sentence: str
    address: str = ""
    place: str = ""
    stage: str = "dev"
    root: Path | None = None

    @property
    def subject(self) -> str:
        """The resource's address as the end of a sentence, with a space before it."""
        return f" ({self.address})" if self.address else ""
