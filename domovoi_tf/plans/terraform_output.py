"""Separates the text of a plan from the progress messages in the output of ``terraform plan``."""

from __future__ import annotations

import re
from collections.abc import Callable

from domovoi_tf.system.text import strip_colours

#: The possible beginnings of the plan's text. The output before it is progress messages and questions.
_FIRST_LINES = (
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
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;]*)?$")
#: Terraform prints this after a plan that has failed, too.
_APPLICABLE = re.compile(r"\n*You can apply this plan to save these new output values.*", re.DOTALL)
_SAVED = re.compile(r"\n*(?:\x1b\[[0-9;]*m)*\n─+\s*\n\s*Saved the plan to: .*", re.DOTALL)


class PlanOutput:
    """Shows progress messages at once, and withholds the text of the plan.

    If Terraform begins the text of the plan in an unknown way, all output is shown.

    Args:
        show: called with each part of the output to show.
    """

    def __init__(self, show: Callable[[str], object]) -> None:
        self._show = show
        self._line = ""
        self._plan_text = ""

    def feed(self, text: str) -> None:
        """Processes the next part of the output.

        Args:
            text: the next part; may end within a line.
        """
        if self._plan_text:
            self._plan_text += text
            return
        lines = (self._line + text).splitlines(keepends=True)
        for index, line in enumerate(lines):
            plain = strip_colours(line)
            if plain.startswith(_FIRST_LINES):
                self._plan_text, self._line = "".join(lines[index:]), ""
                return
            self._line = line if _may_start_plan(plain) else ""
            if not self._line:
                self._show(line)

    @property
    def plan_text(self) -> str:
        """The text of the plan, without the advice on how to apply it."""
        return _SAVED.sub("\n", self._plan_text or self._line)

    @property
    def failed_text(self) -> str:
        """The text of a plan that has failed, which cannot be applied."""
        return _APPLICABLE.sub("\n", self.plan_text)


def _may_start_plan(line: str) -> bool:
    """Returns whether an incomplete line may become the first line of the plan."""
    start = _UNFINISHED.sub("", line)
    return not line.endswith("\n") and any(first.startswith(start) for first in _FIRST_LINES)
