"""Runs the events of an app's functions in the working tree, records them, and tells observers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from domovoi_tf.dev.debugging.hub import Debugger
from domovoi_tf.dev.runs import build_answer, make_outcome
from domovoi_tf.dev.workers.pool import FunctionPool
from domovoi_tf.dev.workers.requests import FunctionContext, Problem, Request, parse_request
from domovoi_tf.dev.workers.worker import ImportFailedError, Worker
from domovoi_tf.errors import EmulatorError
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.local.emulator_functions import START_EVENT
from domovoi_tf.local.forwarding import direct_calls
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import Invocation

#: The kinds of news that a session publishes: an invocation has begun, or ended; the code was replaced.
STARTED, FINISHED, CODE, CHANGE = "run_started", "run_finished", "code", "change"
#: News that an observer has not taken yet. One that does not take them must not use up the memory.
_MOST_NEWS = 10_000


class _Replay(NamedTuple):
    """An invocation that repeats a run: the run's ID, and the future ID of the new run."""

    run: int
    began: asyncio.Future[int]


class Session:
    """The functions of an app in one stage, run by child processes in the working tree.

    Args:
        project: the project's folder.
        stage: the stage.
        python: the path of the Python that imports the app.
        recorder: records each event with its run.
        emulator: the running emulator, which invokes functions again.
        debugger: lets an editor debug the child processes, of which each function has one then.
    """

    def __init__(
        self,
        project: Path,
        stage: str,
        python: str,
        recorder: Recorder,
        emulator: Emulator,
        debugger: Debugger | None = None,
    ) -> None:
        self.recorder = recorder
        self._emulator, self._debugger = emulator, debugger
        self._project, self._stage, self._python = project, stage, python
        self._pools: dict[str, FunctionPool] = {}
        self._observers: set[asyncio.Queue[tuple[str, Any]]] = set()
        self._replays: dict[tuple[str, str], list[_Replay]] = {}
        self._is_reloading = asyncio.Lock()
        self._invocations: set[asyncio.Future[Any]] = set()

    @contextmanager
    def observe(self) -> Iterator[asyncio.Queue[tuple[str, Any]]]:
        """Yields a queue that gets all news while the block runs, as pairs of a kind and its data."""
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue(_MOST_NEWS)
        self._observers.add(queue)
        try:
            yield queue
        finally:
            self._observers.discard(queue)

    def publish(self, kind: str, data: Any) -> None:
        """Tells all observers.

        Args:
            kind: the kind of news.
            data: a Run for runs, otherwise a mapping.
        """
        for queue in self._observers:
            if not queue.full():
                queue.put_nowait((kind, data))

    async def invoke(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Handles an invocation that the emulator forwards, and returns the answer to it.

        Args:
            document: the request, as `local.forwarding.invocations` sends it.

        Raises:
            KeyError: a part of the request is missing.
        """
        request = parse_request(document)
        pool = self._get_pool(request.function)
        if request.event == START_EVENT:
            return await self._prepare(pool, request.function)
        run = self._begin(request)
        answer, waited = await pool.handle(request)
        outcome = make_outcome(answer, waited)
        self.recorder.finish(run, outcome)
        with suppress(KeyError):  # it was removed to make room for others, or with the file
            self.publish(FINISHED, self.recorder.get(run))
        return build_answer(answer)

    async def reload(self) -> Problem | None:
        """Replaces the code of all functions by that of the working tree.

        If it cannot be imported, the old code stays.

        Returns:
            The reason why it cannot be imported; None if it can.
        """
        async with self._is_reloading:
            start = time.monotonic()
            results = await asyncio.gather(*(pool.reload() for pool in self._pools.values()))
            problem = next(filter(None, results), None)
            codes = [code for pool in self._pools.values() if (code := pool.code)]
            self.publish(
                CODE,
                {
                    "version": codes[0] if codes else "",
                    "time": time.time(),
                    "seconds": time.monotonic() - start,
                    "problem": problem.format() if problem else "",
                },
            )
            return problem

    async def replay(self, function: str, event: Any, run: int) -> int:
        """Invokes a function at the emulator again, and returns the ID of the new run once it has begun.

        Args:
            function: the function's name on AWS.
            event: the event, which may differ from the former one.
            run: the ID of the run that is repeated.

        Raises:
            EmulatorError: the emulator did not invoke the function.
        """
        began: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        replay = _Replay(run, began)
        waiting = self._replays.setdefault((function, _make_key(event)), [])
        waiting.append(replay)
        loop = asyncio.get_running_loop()
        invocation = loop.run_in_executor(None, direct_calls.invoke, self._emulator, function, event)
        self._invocations.add(invocation)
        invocation.add_done_callback(self._finish_invocation)
        both: set[asyncio.Future[Any]] = {began, invocation}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if began.done():
            return began.result()
        waiting.remove(replay)
        result, _ = invocation.result()
        raise EmulatorError(
            f"The emulator did not hand the event to this process: {json.dumps(result)[:500]}",
            "Wait until other events of the function have ended, and try again.",
        )

    def _finish_invocation(self, invocation: asyncio.Future[Any]) -> None:
        self._invocations.discard(invocation)
        if not invocation.cancelled():
            invocation.exception()  # marks it as seen: the run is recorded, or `replay` raises it

    async def close(self) -> None:
        """Ends all child processes."""
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    def _begin(self, request: Request) -> int:
        name = request.function.name
        waiting = self._replays.get((name, _make_key(request.event))) if self._replays else None
        replay = waiting.pop(0) if waiting else None
        invocation = Invocation(
            request_id=request.request_id,
            time=time.time(),
            stage=self._stage,
            function=name,
            event=request.event,
            replay_of=replay.run if replay else 0,
        )
        run = self.recorder.begin(invocation)
        self.publish(STARTED, self.recorder.get(run))
        if replay:
            replay.began.set_result(run)
        return run

    async def answer_replay(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Answers the request of another process to repeat a run.

        Args:
            document: the request, as `local.forwarding.replays` sends it.

        Raises:
            KeyError: a part of the request is missing.
            EmulatorError: the emulator did not invoke the function.
        """
        return {"run": await self.replay(document["function"], document["event"], int(document["run"]))}

    async def _prepare(self, pool: FunctionPool, function: FunctionContext) -> dict[str, Any]:
        try:
            await pool.prepare(function)
        except ImportFailedError as error:
            text = error.problem.format()
            return {"failure": {"errorType": "Runtime.ImportModuleError", "errorMessage": text}, "log": text}
        return {"result": None, "log": ""}

    def _get_pool(self, function: FunctionContext) -> FunctionPool:
        if function.name not in self._pools:
            limit = {"limit": 1} if self._debugger else {}
            self._pools[function.name] = FunctionPool(self._start, **limit)
        return self._pools[function.name]

    async def _start(self, function: FunctionContext) -> Worker:
        variables = self._debugger.variables if self._debugger else {}
        worker = Worker(self._project, function, self._python, variables)
        await worker.start()
        return worker


def _make_key(event: Any) -> str:
    return json.dumps(event, sort_keys=True)
