"""Runs the events of an app's functions in the working tree, records them, and tells observers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domovoi_tf.dev.debugging.hub import Debugger
from domovoi_tf.dev.expected_replays import ExpectedReplays, Replay
from domovoi_tf.dev.recording import RunRecords
from domovoi_tf.dev.runs import build_answer, make_outcome
from domovoi_tf.dev.workers.pool import FunctionPool, PoolClosedError
from domovoi_tf.dev.workers.requests import Answer, FunctionContext, Problem, Request, parse_request
from domovoi_tf.dev.workers.worker import ImportFailedError, Worker
from domovoi_tf.errors import EmulatorError
from domovoi_tf.local.emulator_environment import REGION, Emulator
from domovoi_tf.local.emulator_functions import START_EVENT
from domovoi_tf.local.forwarding import direct_calls
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import Invocation

#: The kinds of news: an invocation has ended, the code was replaced, the tree would change, a notice.
FINISHED, CODE, CHANGE, NOTICE = "run_finished", "code", "change", "notice"
#: News that an observer has not taken yet. One that does not take them must not use up the memory.
_MOST_NEWS = 10_000
#: The version of a function that is not published, and that each deployment replaces.
_UNPUBLISHED = "$LATEST"
#: Seconds in which the invocations that run get their answers at the end.
_ANSWER_SECONDS = 2.0


class Session:
    """The functions of an app in one stage, run by child processes in the working tree.

    Args:
        project: the project's folder.
        stage: the stage.
        python: the path of the Python that imports the app.
        recorder: records each event with its run.
        emulator: the running emulator, which invokes functions again.
        debugger: lets an editor debug the child processes, of which each function has one then.
        region: the Region of the functions at the emulator.
    """

    def __init__(
        self,
        project: Path,
        stage: str,
        python: str,
        recorder: Recorder,
        emulator: Emulator,
        debugger: Debugger | None = None,
        region: str = REGION,
    ) -> None:
        self.recorder = recorder
        self._emulator, self._region, self._debugger = emulator, region, debugger
        self._project, self._stage, self._python = project, stage, python
        self._records = RunRecords(recorder, lambda text: self.publish(NOTICE, {"text": text}))
        self._pools: dict[tuple[str, str, str], FunctionPool] = {}
        self._observers: set[asyncio.Queue[tuple[str, Any]]] = set()
        self._replays = ExpectedReplays()
        self._is_reloading = asyncio.Lock()
        self._is_closed = False
        self._prepared: set[str] = set()
        self._active: set[asyncio.Task[Any] | None] = set()
        self._retiring: set[asyncio.Task[None]] = set()

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
            data: a Run for FINISHED, otherwise a mapping.
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
            PoolClosedError: this process is about to end, and has not begun to handle the event.
        """
        request = parse_request(document)
        pool = self._get_pool(request.function)
        if request.event == START_EVENT:
            return await self._prepare(pool, request.function)
        task = asyncio.current_task()
        self._active.add(task)
        try:
            return await self._run(pool, request)
        finally:
            self._active.discard(task)

    async def _run(self, pool: FunctionPool, request: Request) -> dict[str, Any]:
        replay = self._replays.take(request.function.name, request.event)
        invocation = self._make_invocation(request, replay)
        run = await self._records.begin(invocation)
        if replay:
            replay.began.set_result(run or None)
        answer, waited = await _handle(pool, request)
        finished = await self._records.finish(run, invocation, make_outcome(answer, waited))
        self.publish(FINISHED, finished)
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
        replay = self._replays.add(function, event, run)
        invocation = direct_calls.start(self._emulator, function, event, self._region)
        both: set[asyncio.Future[Any]] = {replay.began, invocation}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._replays.discard(replay)
        if replay.began.done():
            return _get_new_run(replay)
        result, _ = invocation.result()
        raise EmulatorError(
            f"The emulator did not hand the event to this process: {json.dumps(result)[:500]}",
            "Wait until other events of the function have ended, and try again.",
        )

    async def close(self) -> None:
        """Ends all child processes. Events that run fail; further ones are refused."""
        self._is_closed = True
        await asyncio.gather(*(pool.close() for pool in self._pools.values()), *self._retiring)
        if active := {task for task in self._active if task is not None}:
            await asyncio.wait(active, timeout=_ANSWER_SECONDS)

    def has_prepared(self, function: str) -> bool:
        """Returns whether the emulator has had this process start a function.

        Args:
            function: the function's name on AWS.
        """
        return function in self._prepared

    def _make_invocation(self, request: Request, replay: Replay | None) -> Invocation:
        return Invocation(
            request_id=request.request_id,
            time=time.time(),
            stage=self._stage,
            function=request.function.name,
            event=request.event,
            replay_of=replay.run if replay else 0,
        )

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
        self._prepared.add(function.name)
        try:
            await pool.prepare(function)
        except ImportFailedError as error:
            text = error.problem.format()
            return {"failure": {"errorType": "Runtime.ImportModuleError", "errorMessage": text}, "log": text}
        return {"result": None, "log": ""}

    def _get_pool(self, function: FunctionContext) -> FunctionPool:
        """Returns the pool of a function, or of a version of it, which an alias may point to."""
        if self._is_closed:
            raise PoolClosedError
        key = (function.name, function.version, function.arn)
        if key not in self._pools:
            self._retire_versions(function.name)
            limit = {"limit": 1} if self._debugger else {}
            self._pools[key] = FunctionPool(self._start, **limit)
        return self._pools[key]

    def _retire_versions(self, function: str) -> None:
        """Ends the processes of published versions, of which each deployment makes another one."""
        for key, pool in [*self._pools.items()]:
            if key[0] == function and key[1] != _UNPUBLISHED and not pool.is_busy:
                task = asyncio.create_task(self._pools.pop(key).close())
                self._retiring.add(task)
                task.add_done_callback(self._retiring.discard)

    async def _start(self, function: FunctionContext) -> Worker:
        variables = self._debugger.variables if self._debugger else {}
        worker = Worker(self._project, function, self._python, variables)
        await worker.start()
        return worker


async def _handle(pool: FunctionPool, request: Request) -> tuple[Answer, float]:
    """Returns the answer to a request, whatever happens, and the seconds that it waited."""
    try:
        return await pool.handle(request)
    except PoolClosedError:
        raise
    except Exception as error:
        text = f"`dev` could not have the event handled: {type(error).__name__}: {error}"
        message = f"RequestId: {request.request_id} Error: {text}"
        return Answer("crashed", None, {"errorType": "Runtime.ExitError", "errorMessage": message}), 0.0


def _get_new_run(replay: Replay) -> int:
    if run := replay.began.result():
        return run
    raise EmulatorError(
        "The event was replayed, but it could not be recorded.", "See the reason on the terminal of `dev`."
    )
