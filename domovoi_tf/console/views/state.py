"""Holds the state that the views share, and finds it for a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

from domovoi_tf.console.answers import ConsoleError
from domovoi_tf.console.feed import Feed
from domovoi_tf.console.log_reader import LogReader
from domovoi_tf.console.ports import ConsoleProject, Controls
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from domovoi_tf.recorder.recorder import Recorder


@dataclass(frozen=True)
class Console:
    """The state that the views share.

    Args:
        project: the project and its stage.
        recorder: the recorded events; None if there are none.
        controls: the controls of a running `dev`; None if it runs elsewhere or not at all.
        feed: the events for open pages.
        log_reader: the logs of the stage.
    """

    project: ConsoleProject
    recorder: Recorder | None
    controls: Controls | None
    feed: Feed
    log_reader: LogReader

    def require_recorder(self) -> Recorder:
        """Returns the recorder.

        Raises:
            ConsoleError: nothing is recorded.
        """
        if self.recorder is None:
            raise ConsoleError(404, "No events are recorded for this stage.", f"Run `{self._spell_dev()}`.")
        return self.recorder

    def require_controls(self) -> Controls:
        """Returns the controls of `dev`.

        Raises:
            ConsoleError: this console belongs to no `dev`.
        """
        if self.controls is None:
            raise ConsoleError(
                409, "This console is read-only.", f"Use the console of `{self._spell_dev()}` instead."
            )
        return self.controls

    def _spell_dev(self) -> str:
        return spell("dev", self.project.stage)


def get_console(request: Request) -> Console:
    """Returns what the views share."""
    console: Console = request.app.state.console
    return console
