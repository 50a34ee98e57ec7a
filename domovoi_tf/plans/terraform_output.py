"""Terraform's own text of a plan, told apart from what it says while it plans."""

from __future__ import annotations

import re
from collections.abc import Callable

#: How the text begins, whatever there is to say; what comes before is progress, and questions.
_BEGINNINGS = (
    "Terraform used the selected providers",
    "OpenTofu used the selected providers",
    "Terraform will perform",
    "OpenTofu will perform",
    "Terraform planned the following",
    "OpenTofu planned the following",
    "Note: Objects have changed outside",
    "Changes to Outputs:",
    "No changes.",
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;]*)?$")
_SAVED = re.compile(r"\n*(?:\x1b\[[0-9;]*m)*\n─+\s*\n\s*Saved the plan to: .*", re.DOTALL)


class PlanText:
    """Shows at once what Terraform says while it plans, and holds back the text of the plan.

    Where a text begins in no way that is known, all of it is shown.

    Args:
        show: is called with what is shown.
    """

    def __init__(self, show: Callable[[str], object]) -> None:
        self._show = show
        self._line = ""
        self._held = ""

    def hear(self, text: str) -> None:
        """Takes what Terraform wrote next."""
        if self._held:
            self._held += text
            return
        lines = (self._line + text).splitlines(keepends=True)
        for at, line in enumerate(lines):
            bare = _COLOUR.sub("", line)
            if bare.startswith(_BEGINNINGS):
                self._held, self._line = "".join(lines[at:]), ""
                return
            self._line = line if _may_begin(bare) else ""
            if not self._line:
                self._show(line)

    @property
    def held(self) -> str:
        """The text of the plan, without the advice on how to apply it."""
        return _SAVED.sub("\n", self._held or self._line)


def _may_begin(bare: str) -> bool:
    """Whether a line that has not ended yet may be the text's first one."""
    begun = _UNFINISHED.sub("", bare)
    return not bare.endswith("\n") and any(each.startswith(begun) for each in _BEGINNINGS)
