"""The interface between the console and the command that serves it: the project, and a running `dev`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.operations.account import Account
    from domovoi_tf.settings import Settings


class Controls(Protocol):
    """The controls of a running `dev`."""

    async def replay(self, run: int, event: Any | None) -> int:
        """Invokes the function of a recorded run again, and returns the new run's ID once it is recorded.

        Args:
            run: the ID of the recorded run.
            event: the event to send; None for the recorded one.

        Raises:
            KeyError: there is no such run.
            DomovoiError: the run cannot be replayed.
        """

    async def apply_changes(self) -> None:
        """Applies the pending change of the tree, and returns when it is applied.

        Raises:
            DomovoiError: no change is pending, or Terraform failed.
        """

    def subscribe(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yields events from now on: the kind, ``code`` or ``change``, and the data of each."""


@dataclass(frozen=True)
class ConsoleProject:
    """The project and the stage that the console shows.

    Args:
        folder: the project's folder.
        tree: the folder of the rendered files.
        stage: the name of the stage.
        place: ``emulator`` or ``aws``.
        read_app: returns the application and its settings, as they are now; called in any thread.
        open_account: returns the account and Region of the stage, the same each time; called in any thread.
    """

    folder: Path
    tree: Path
    stage: str
    place: str
    read_app: Callable[[], tuple[Application, Settings]]
    open_account: Callable[[], Account]
