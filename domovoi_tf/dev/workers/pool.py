"""Keeps warm child processes of one function for the next events, and replaces them after a save."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable

from domovoi_tf.dev.workers.requests import Answer, FunctionContext, Problem, Request
from domovoi_tf.dev.workers.worker import ImportFailedError, Worker

#: Starts a child process for a function.
Start = Callable[[FunctionContext], Awaitable[Worker]]
#: Processes of a function that import the app at the same time. More would only delay one another.
_MOST_STARTING = max(2, os.cpu_count() or 1)
#: Seconds after which a further process that has nothing to do ends.
IDLE_SECONDS = 60.0


class PoolClosedError(Exception):
    """The pool is closed, and no process has got the event."""


class FunctionPool:
    """The child processes of one function.

    An event gets a process that waits, or the next one that is ready: one that has finished another event, or
    a new one. The emulator enforces the reserved concurrency. Below it, processes are only limited far above
    what a machine needs, so that a handler that invokes its own function does not wait for itself.

    Args:
        start: starts a child process.
        limit: the greatest number of processes.
    """

    def __init__(self, start: Start, limit: int = 64) -> None:
        self._start, self._limit = start, limit
        self._function: FunctionContext | None = None
        self._generation = 0
        self._idle: deque[Worker] = deque()
        self._generations: dict[Worker, int] = {}
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._starting: set[asyncio.Task[None]] = set()
        self._reloading: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_broken = self._is_closed = False
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def size(self) -> int:
        """The number of child processes that have imported the app."""
        return len(self._generations)

    @property
    def code(self) -> str:
        """The version of the code that handles the next event; empty if no process has imported it."""
        codes = [worker.code for worker, number in self._generations.items() if number == self._generation]
        return codes[-1] if codes else ""

    @property
    def is_busy(self) -> bool:
        """Whether a process handles an event, or an event waits for one."""
        return self.size > len(self._idle) or any(not future.done() for future in self._waiting)

    async def handle(self, request: Request) -> tuple[Answer, float]:
        """Has a child process handle a request.

        Args:
            request: the request.

        Returns:
            The answer, and the seconds that the request waited for a process.

        Raises:
            PoolClosedError: the pool was closed before a process got the request.
        """
        begun = time.monotonic()
        try:
            worker = await self._acquire(request.function)
        except ImportFailedError as error:
            return _make_import_answer(error), time.monotonic() - begun
        waited = time.monotonic() - begun
        try:
            return await worker.handle(request), waited
        finally:
            self._release(worker)

    async def prepare(self, function: FunctionContext) -> None:
        """Makes sure that a process waits for events.

        Args:
            function: the function.

        Raises:
            ImportFailedError: the app cannot be imported.
        """
        self._release(await self._acquire(function))

    async def reload(self) -> Problem | None:
        """Replaces the processes by ones with the code as it is now; keeps them if it cannot be imported.

        Events that arrive meanwhile wait for the new code.

        Returns:
            The reason why it cannot be imported; None if it can, or if the function had no events yet.
        """
        if self._function is None:
            return None
        reloading = self._reloading = asyncio.get_running_loop().create_future()
        try:
            worker = await self._start(self._function)
        except ImportFailedError as error:
            return error.problem
        else:
            self._generation += 1
            self._retire_outdated()
            self._generations[worker] = self._generation
            self._release(worker)
            return None
        finally:
            reloading.set_result(None)
            if self._reloading is reloading:
                self._reloading = None
            self._start_more()

    async def close(self) -> None:
        """Kills all processes, and refuses the events that wait for one."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        for task in [*self._starting]:
            task.cancel()
        self._fail_waiting(PoolClosedError())
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*self._ending, *(worker.kill() for worker in [*self._generations]))
        self._generations.clear()
        self._idle.clear()

    async def _acquire(self, function: FunctionContext) -> Worker:
        while self._reloading is not None:
            await asyncio.shield(self._reloading)
        if self._is_closed:
            raise PoolClosedError
        if function != self._function:  # it was deployed anew
            self._function = function
            self._generation += 1
            self._retire_outdated()
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive:
                return worker
            self._generations.pop(worker, None)
            self._end(worker)
        future: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._start_more()
        try:
            return await future
        except asyncio.CancelledError:
            with contextlib.suppress(ValueError):
                self._waiting.remove(future)
            raise

    def _start_more(self) -> None:
        """Starts processes for the events that wait, as far as the limits allow."""
        if self._function is None or self._is_closed:
            return
        waiting = sum(not future.done() for future in self._waiting)
        while (
            len(self._starting) < min(waiting, _MOST_STARTING)
            and self.size + len(self._starting) < self._limit
        ):
            task = asyncio.create_task(self._start_one(self._function, self._generation))
            self._starting.add(task)
            task.add_done_callback(self._finish_start)

    async def _start_one(self, function: FunctionContext, generation: int) -> None:
        try:
            worker = await self._start(function)
        except Exception as error:
            # An outdated process says nothing about the code as it is now.
            self._is_broken = generation == self._generation and self._reloading is None
            if self._is_broken:
                self._refuse(error)
            return
        self._is_broken = False
        if generation != self._generation:
            await worker.kill()
        else:
            self._generations[worker] = generation
            self._release(worker)

    def _finish_start(self, task: asyncio.Task[None]) -> None:
        self._starting.discard(task)
        if not task.cancelled() and not self._is_broken and self._reloading is None:
            self._start_more()

    def _refuse(self, error: Exception) -> None:
        """Fails the events that wait, unless another process will handle them."""
        if not self.size:
            self._fail_waiting(error)

    def _fail_waiting(self, error: Exception) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_exception(error)

    def _release(self, worker: Worker) -> None:
        """Gives a process to the next event, or lets it wait for one."""
        if not worker.is_alive or self._generations.get(worker) != self._generation:
            self._generations.pop(worker, None)
            if worker.is_alive:
                self._end(worker)
            if self._waiting:
                self._start_more()
            return
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(worker)
                return
        worker.idle_since = time.monotonic()
        self._idle.append(worker)
        self._await_idleness()

    def _await_idleness(self) -> None:
        if self._timer is None and len(self._idle) > 1:
            self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._retire_idle)

    def _retire_idle(self) -> None:
        """Ends the processes that have had nothing to do; the most recently used one stays."""
        self._timer = None
        while len(self._idle) > 1 and time.monotonic() - self._idle[0].idle_since >= IDLE_SECONDS:
            worker = self._idle.popleft()
            self._generations.pop(worker, None)
            self._end(worker)
        self._await_idleness()

    def _end(self, worker: Worker) -> None:
        """Kills a process, without waiting for its end."""
        task = asyncio.create_task(worker.kill())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _retire_outdated(self) -> None:
        """Ends the processes of earlier generations that wait. Those that handle an event end afterwards."""
        for worker in [*self._idle]:
            if self._generations.get(worker) != self._generation:
                self._idle.remove(worker)
                self._generations.pop(worker, None)
                self._end(worker)


def _make_import_answer(error: ImportFailedError) -> Answer:
    message = f"Unable to import module 'app': {error.problem.message}"
    failure = {"errorType": "Runtime.ImportModuleError", "errorMessage": message, "stackTrace": []}
    return Answer("failed", None, failure, error.log)
