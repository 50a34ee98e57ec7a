"""The tasks that run at the same time under `dev`: they watch files, keys and the emulator, and show news."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from domovoi_tf.dev import keys, session, source_watch
from domovoi_tf.errors import DomovoiError, EmulatorError
from domovoi_tf.local.emulator_functions import START_EVENT
from domovoi_tf.local.forwarding import direct_calls
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from domovoi_tf.cli.deployment.dev_command.context import Start
    from domovoi_tf.dev.terminal.view import View
    from domovoi_tf.recorder.records import Run

_EMULATOR_SECONDS = 2.0


class Tasks:
    """The tasks of one run of `dev`.

    Args:
        start: everything that was prepared.
        session: runs the events.
        view: the terminal.
        stop: is set at the end.
    """

    def __init__(self, start: Start, running: session.Session, view: View, stop: asyncio.Event) -> None:
        self._start, self._session, self._view, self._stop = start, running, view, stop
        self._last: Run | None = None

    def list_all(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Yields all tasks, which run until they are cancelled."""
        yield self._show_news()
        yield self._watch_files()
        yield self._watch_emulator()
        yield self._read_keys()

    async def warm_up(self) -> None:
        """Starts a process for each function, and shows what the user needs to know."""
        calls = (
            asyncio.to_thread(direct_calls.invoke, self._start.emulator, name, START_EVENT)
            for name in self._start.functions
        )
        results = await asyncio.gather(*calls, return_exceptions=True)
        self._show_start()
        failures = {str(_read_failure(result)): None for result in results if _read_failure(result)}
        for failure in failures:
            self._view.show_code("", 0.0, failure)

    def _show_start(self) -> None:
        start = self._start
        routes = [(route.trigger.describe(), route.handler) for route in start.project.application.routes]
        place = f"the emulator at {start.emulator.endpoint}"
        self._view.show_start(start.project.settings.app_name, start.stage, place, routes)
        handlers: dict[str, str] = {}  # one for each gap
        for route in start.project.application.routes:
            if gap := route.trigger.emulator_gap:
                handlers.setdefault(gap, route.handler)
        for gap, handler in handlers.items():
            command = spell(f"local send {handler}", start.stage)
            self._view.show_notice(f"{gap} Use `{command}`, which invokes the function directly.")

    async def _show_news(self) -> None:
        with self._session.observe() as news:
            while True:
                kind, data = await news.get()
                if kind == session.FINISHED:
                    self._last = data
                    self._view.show_run(data)
                elif kind == session.CODE:
                    self._view.show_code(data["version"], data["seconds"], data["problem"])

    async def _watch_files(self) -> None:
        async for changes in source_watch.watch(self._start.project_dir, self._stop):
            if changes.code:
                await self._session.reload()

    async def _watch_emulator(self) -> None:
        """Raises an error once the emulator has ended, because no events can come any more."""
        from domovoi_tf.system.background_processes import read_start_time

        pid = self._start.emulator.pid
        started = read_start_time(pid)
        while read_start_time(pid) == started:
            await asyncio.sleep(_EMULATOR_SECONDS)
        raise EmulatorError("The emulator has ended.", f"Run `{spell('dev', self._start.stage)}` again.")

    async def _read_keys(self) -> None:
        async for key in keys.read_keys(asyncio.get_running_loop()):
            if key == keys.QUIT:
                self._stop.set()
            elif key == keys.REPLAY:
                await self._replay_last()
            elif key == keys.HELP:
                self._view.show_keys()

    async def _replay_last(self) -> None:
        if self._last is None:
            self._view.show_notice("There is no event to replay yet.")
            return
        invocation = self._last.invocation
        try:
            await self._session.replay(invocation.function, invocation.event, self._last.id)
        except DomovoiError as error:
            self._view.show_notice(f"{error.message}\n{error.remedy}")


def _read_failure(result: Any) -> str:
    """Returns the reason why a function does not start; empty if it does."""
    if isinstance(result, DomovoiError):
        return f"{result.message}\n{result.remedy}"
    if isinstance(result, BaseException):
        raise result
    body, has_failed = result
    return str(body.get("errorMessage", body)) if has_failed else ""
