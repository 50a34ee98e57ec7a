"""The tasks that run at the same time under `dev`: they watch files, keys and the emulator, and show news."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from domovoi_tf.cli import options
from domovoi_tf.cli.deployment.dev_command.context import list_functions
from domovoi_tf.cli.deployment.dev_command.controls import DevControls
from domovoi_tf.cli.deployment.dev_command.deployment import remember_deployment
from domovoi_tf.cli.deployment.dev_command.project_reader import ProjectReader
from domovoi_tf.dev import keys, session, source_watch
from domovoi_tf.dev.tree_changes import TreeWatch
from domovoi_tf.errors import DomovoiError, EmulatorError
from domovoi_tf.local.emulator_functions import START_EVENT
from domovoi_tf.local.forwarding import direct_calls
from domovoi_tf.recorder.replays import require_faithful
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from domovoi_tf.cli.deployment.dev_command.console import Console
    from domovoi_tf.cli.deployment.dev_command.context import Start
    from domovoi_tf.cli.pipeline import Project
    from domovoi_tf.dev.forwarder import Forwarder
    from domovoi_tf.dev.terminal.view import View
    from domovoi_tf.recorder.records import Run

#: What users of a debugger need to know.
_DEBUGGING = """An editor can attach its debugger to 127.0.0.1:{port} (docs/guides/editor.md).
A handler that is stopped has no timeout, but its source may have one: a queue sends a message again after its
visibility timeout."""
_EMULATOR_SECONDS = 2.0


class Tasks:
    """The tasks of one run of `dev`.

    Args:
        start: everything that was prepared.
        session: runs the events.
        view: the terminal.
        stop: is set at the end.
        forwarder: has the emulator forward invocations.
    """

    def __init__(
        self,
        start: Start,
        running: session.Session,
        view: View,
        stop: asyncio.Event,
        forwarder: Forwarder,
    ) -> None:
        self._forwarder = forwarder
        self._start, self._session, self._view, self._stop = start, running, view, stop
        # From here on, so that a save while functions start is not lost.
        self._changes = source_watch.watch(start.project_dir, stop)
        self._last: Run | None = None
        self.console: Console | None = None
        self.projects = ProjectReader(start.project_dir, start.stage, start.project)
        self._tree = TreeWatch(
            start.project_dir, start.stage, options.list_import_options(), view.show_notice
        )
        self.controls = DevControls(running, self._tree, self._take_over)
        self._running: set[asyncio.Task[None]] = set()
        self._taking_over: asyncio.Task[None] | None = None
        self._has_failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def list_all(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Yields all tasks, which run until they are cancelled."""
        yield self._show_news()
        yield self._watch_files()
        yield self._watch_emulator()
        yield self._read_keys()
        yield self._await_failure()

    async def warm_up(self) -> None:
        """Starts a process for each function, and shows what the user needs to know."""
        failures = await self._forward(self._start.project)
        self._require_forwarding(self._start.project, failures)
        self._show_start()
        for failure in failures:
            self._view.show_code("", 0.0, failure)

    def _require_forwarding(self, project: Project, failures: list[str]) -> None:
        """Checks that the emulator forwards invocations at all, unless functions do not start anyway.

        Raises:
            EmulatorError: it does not.
        """
        functions = list_functions(project)
        if functions and not failures and not any(map(self._session.has_prepared, functions)):
            raise EmulatorError(
                "The emulator runs the deployed code instead of the code in this folder: "
                "it was started by an older version of domovoi-tf.",
                f"Stop it with `{spell('local down')}`, which deletes its data, "
                f"and run `{spell('dev', self._start.stage)}` again.",
            )

    async def _forward(self, project: Project) -> list[str]:
        """Takes the functions of a project over, and returns the reasons why some do not start."""
        functions = list_functions(project)
        self._forwarder.set_functions(functions)
        emulator, region = self._start.emulator, self._start.region
        calls = (direct_calls.start(emulator, name, START_EVENT, region) for name in functions)
        results = await asyncio.gather(*calls, return_exceptions=True)
        return list(dict.fromkeys(filter(None, map(_read_failure, results))))

    def _show_start(self) -> None:
        start = self._start
        routes = [(route.trigger.describe(), route.handler) for route in start.project.application.routes]
        place = f"the emulator at {start.emulator.endpoint}"
        url = self.console.url if self.console else ""
        self._view.show_start(start.project.settings.app_name, start.stage, place, routes, url)
        if start.debug_port:
            self._view.show_notice(_DEBUGGING.format(port=start.debug_port))
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
                elif kind == session.CHANGE:
                    self._view.show_change(data["lines"], data["problem"])
                elif kind == session.NOTICE:
                    self._view.show_notice(data["text"])

    async def _watch_files(self) -> None:
        async for changes in self._changes:
            self.projects.expire()
            # A save during an import, which may take long or never end, begins another one.
            if self._taking_over is not None and not self._taking_over.done():
                self._taking_over.cancel()
                changes = changes._replace(code=True)
            self._taking_over = self._run(self._take_change(changes))

    async def _take_change(self, changes: source_watch.Changes) -> None:
        if not changes.code or await self._session.reload() is None:
            self._run(self._check_tree())

    async def _check_tree(self) -> None:
        """Shows what would change at the emulator, and applies it at once if the user said so."""
        change = await self._tree.check()
        if change is None:
            return
        self.controls.publish_change(change)
        if self._start.auto and change.lines:
            await self._apply()

    async def _apply(self) -> None:
        with contextlib.suppress(DomovoiError):  # which the controls publish
            await self.controls.apply_changes()

    async def _apply_if_pending(self) -> None:
        if self._tree.pending:
            self._view.show_notice("applying")
            await self._apply()
        else:
            still = "still planning: press Enter when the changes are shown"
            self._view.show_notice(still if self._tree.is_checking else "nothing to apply")

    async def _take_over(self) -> None:
        """Has the emulator forward the invocations of functions that are new."""
        self.projects.expire()
        project = await asyncio.to_thread(self.projects.read)
        await self._forward(project)
        remember_deployment(self._start.emulator, self._start.project_dir, project)

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs a coroutine beside the tasks."""
        task = asyncio.create_task(coroutine)
        self._running.add(task)
        task.add_done_callback(self._finish)
        return task

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) and not self._has_failed.done():
            self._has_failed.set_exception(error)

    async def _await_failure(self) -> None:
        """Raises what a coroutine beside the tasks has raised."""
        await self._has_failed

    async def close(self) -> None:
        """Ends what runs beside the tasks. Terraform finishes what it has begun."""
        for task in [*self._running]:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _watch_emulator(self) -> None:
        """Raises an error once the emulator has ended, because no events can come any more."""
        from domovoi_tf.system.background_processes import is_same_process, read_start_time

        pid = self._start.emulator.pid
        started = read_start_time(pid)
        while is_same_process(pid, started):
            await asyncio.sleep(_EMULATOR_SECONDS)
        raise EmulatorError("The emulator has ended.", f"Run `{spell('dev', self._start.stage)}` again.")

    async def _read_keys(self) -> None:
        async for key in keys.read_keys(asyncio.get_running_loop()):
            if key == keys.QUIT:
                self._stop.set()
            elif key == keys.REPLAY:
                self._run(self._replay_last())
            elif key == keys.APPLY:
                self._run(self._apply_if_pending())
            elif key == keys.CONSOLE:
                await self._open_console()
            elif key == keys.HELP:
                self._view.show_keys()

    async def _open_console(self) -> None:
        if self.console is None:
            self._view.show_notice("There is no console: `dev` was started with --no-console.")
        elif not await asyncio.to_thread(self.console.open):
            self._view.show_notice(f"No browser was found. Open {self.console.url}")

    async def _replay_last(self) -> None:
        if self._last is None:
            self._view.show_notice("There is no event to replay yet.")
            return
        invocation = self._last.invocation
        try:
            require_faithful(self._last)
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
    reason = body.get("errorMessage", body) if isinstance(body, dict) else body
    return str(reason) if has_failed else ""
