"""Describes what an interrupted Terraform has done and what it has not."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from domovoi_tf.system.suggestions import spell

#: Added to the number of a signal for the exit code, as shells do.
_SIGNALLED = 128
_REPEAT = "Run the command again"
#: Commands that may have done something by then. All others only read.
_RESULTS = {
    "apply": f"What Terraform had finished is in the state. {_REPEAT} to make the other changes.",
    "destroy": f"What Terraform had destroyed is no longer in the state. {_REPEAT} to destroy the rest.",
    "import": f"The resources that were imported are in the state. {_REPEAT} to import the others.",
    "init": f"Nothing was changed on AWS. {_REPEAT}: it continues where it stopped.",
    "force-unlock": "The lock may or may not be released: `{status}` shows it.",
}
_CHANGING = ("apply", "destroy")


class InterruptedRunError(KeyboardInterrupt):
    """A signal interrupted Terraform. As Ctrl-C elsewhere does, it ends the whole command.

    Args:
        result: what was done and what was not.
        number: the signal.
    """

    def __init__(self, result: str, number: int = signal.SIGINT) -> None:
        super().__init__(result)
        self.exit_code = _SIGNALLED + number


def was_killed(code: int, signals: Sequence[int]) -> bool:
    """Returns whether a signal ended Terraform, or a second one made it abort.

    Args:
        code: the exit code of its process.
        signals: the signals that were received while it ran.
    """
    return len(signals) > 1 or (code < 0 and -code not in signals)


def describe_interruption(command: str, code: int, was_killed: bool, stage: str) -> str:
    """Describes what Terraform had done when it was interrupted, as sentences.

    Args:
        command: Terraform's command.
        code: its exit code.
        was_killed: whether it ended without finishing what it had started.
        stage: the stage.
    """
    is_changing = command in _CHANGING
    if is_changing and code == 0:
        return "Terraform had already made all changes."
    if not was_killed:
        result = _RESULTS.get(command.split()[0], "Nothing was changed.")
        return result.replace("{status}", spell("backend status", stage))
    unlock = spell("backend unlock", stage)
    if not is_changing:
        return f"Terraform was stopped at once. If it has left the state locked, run `{unlock}`."
    return (
        "Terraform was stopped at once, so the state may lack what it did last, and may still be locked. "
        f"Run `{unlock}`, then `{spell('backend recover', stage)}`."
    )
