"""Tests the pool: warm processes, growth, replacement of the code, and what happens if it is broken."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.dev.workers import pool as pool_module
from domovoi_tf.dev.workers.pool import FunctionPool, PoolClosedError
from domovoi_tf.dev.workers.requests import FunctionContext
from domovoi_tf.dev.workers.worker import Worker

from .conftest import APP, FUNCTION, PYTHON, make_request, run


@asynccontextmanager
async def open_pool(project: Path, limit: int = 64) -> AsyncIterator[FunctionPool]:
    """Yields a pool of real processes."""

    async def start(function: FunctionContext) -> Worker:
        worker = Worker(project, function, PYTHON)
        await worker.start()
        return worker

    pool = FunctionPool(start, limit)
    try:
        yield pool
    finally:
        await pool.close()


async def ask(pool: FunctionPool, code: str, **changes: Any) -> Any:
    """Returns the result of an event."""
    answer, _ = await pool.handle(make_request(code, **changes))
    return answer.result if answer.status == "ok" else answer.failure


def test_events_one_after_another_share_a_process(project: Path) -> None:
    async def try_it() -> set[int]:
        async with open_pool(project) as pool:
            return {await ask(pool, "os.getpid()") for _ in range(5)}

    assert len(run(try_it)) == 1


def test_events_at_once_run_at_once_and_once_each(project: Path) -> None:
    """Three that wait for one another can only end together."""
    code = f"""[open(os.path.join({str(project)!r}, f"started-{{context.aws_request_id}}"), "x"),
        [time.sleep(0.01) for _ in iter(lambda: len([f for f in os.listdir({str(project)!r})
        if f.startswith("started")]) < 3, False)], context.aws_request_id][2]"""

    async def try_it() -> list[Any]:
        async with open_pool(project) as pool:
            requests = (make_request(code, f"r-{number}") for number in range(3))
            answers = await asyncio.gather(*(pool.handle(request) for request in requests))
            return [answer.result for answer, _ in answers]

    assert run(try_it) == ["r-0", "r-1", "r-2"]


def test_fifty_events_are_handled_once_each(project: Path) -> None:
    code = f"open(os.path.join({str(project)!r}, 'count'), 'a').write(context.aws_request_id + '\\n')"

    async def try_it() -> int:
        async with open_pool(project, limit=4) as pool:
            requests = [make_request(code, f"r-{number:02}") for number in range(50)]
            answers = await asyncio.gather(*(pool.handle(request) for request in requests))
            assert {answer.status for answer, _ in answers} == {"ok"}
            return pool.size

    assert run(try_it) <= 4
    assert sorted((project / "count").read_text().split()) == [f"r-{number:02}" for number in range(50)]


def test_saved_code_is_in_service_for_the_next_event(project: Path) -> None:
    async def try_it() -> list[Any]:
        async with open_pool(project) as pool:
            first = await ask(pool, "VERSION")
            (project / "app.py").write_text(APP.replace('"one"', '"two"'))
            assert await pool.reload() is None
            return [first, await ask(pool, "VERSION"), pool.size]

    assert run(try_it) == ["one", "two", 1]


def test_event_that_arrives_during_a_reload_waits_for_the_new_code(project: Path) -> None:
    async def try_it() -> Any:
        async with open_pool(project) as pool:
            await ask(pool, "VERSION")
            (project / "app.py").write_text(APP.replace('"one"', '"two"'))
            reload = asyncio.create_task(pool.reload())
            await asyncio.sleep(0)
            result = await ask(pool, "VERSION")
            await reload
            return result

    assert run(try_it) == "two"


def test_event_that_runs_ends_on_the_old_code(project: Path) -> None:
    async def try_it() -> list[Any]:
        async with open_pool(project) as pool:
            await ask(pool, "1")
            marker = str(project / "go")
            code = f"[[time.sleep(0.01) for _ in iter(lambda: os.path.exists({marker!r}), True)], VERSION][1]"
            running = asyncio.create_task(ask(pool, code))
            while not pool.is_busy:
                await asyncio.sleep(0.01)
            (project / "app.py").write_text(APP.replace('"one"', '"two"'))
            assert await pool.reload() is None
            Path(marker).touch()
            return [await running, await ask(pool, "VERSION"), pool.size]

    assert run(try_it) == ["one", "two", 1]


def test_broken_code_leaves_the_old_code_in_service(project: Path) -> None:
    async def try_it() -> list[Any]:
        async with open_pool(project) as pool:
            await ask(pool, "1")
            (project / "app.py").write_text("def broken(:\n")
            problem = await pool.reload()
            assert problem is not None
            assert problem.position == "app.py:1"
            both = await asyncio.gather(ask(pool, "VERSION"), ask(pool, "VERSION"))
            (project / "app.py").write_text(APP.replace('"one"', '"two"'))
            assert await pool.reload() is None
            return [*both, await ask(pool, "VERSION")]

    assert run(try_it) == ["one", "one", "two"]


def test_first_event_of_broken_code_fails_as_in_lambda(project: Path) -> None:
    (project / "app.py").write_text("def broken(:\n")

    async def try_it() -> Any:
        async with open_pool(project) as pool:
            return await ask(pool, "1")

    failure = run(try_it)
    assert failure["errorType"] == "Runtime.ImportModuleError"
    assert failure["errorMessage"].startswith("Unable to import module 'app': SyntaxError: invalid syntax")


def test_saves_in_a_row_leave_no_event_behind(project: Path) -> None:
    """An event that waits for one reload waits for the next one too, if that has begun by then."""

    async def try_it() -> Any:
        async with open_pool(project) as pool:
            await ask(pool, "VERSION")
            reloads = []
            for version in ("two", "three"):
                (project / "app.py").write_text(APP.replace('"one"', f'"{version}"'))
                reloads.append(asyncio.create_task(pool.reload()))
                await asyncio.sleep(0)
            results = await asyncio.gather(*(ask(pool, "VERSION") for _ in range(4)))
            await asyncio.gather(*reloads)
            return results

    assert run(try_it) == ["three"] * 4


def test_event_of_broken_code_gets_the_code_that_is_saved_meanwhile(project: Path) -> None:
    """The process with the broken code says nothing about the code that is being imported."""
    started = project / "started"
    broken = f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(1)\nraise ValueError\n"
    (project / "app.py").write_text(broken)

    async def try_it() -> Any:
        async with open_pool(project) as pool:
            event = asyncio.create_task(ask(pool, "VERSION"))
            while not started.exists():
                await asyncio.sleep(0.01)
            (project / "app.py").write_text(f"import time\ntime.sleep(3)\n{APP}")
            assert await pool.reload() is None
            return await event

    assert run(try_it) == "one"


def test_event_that_waits_gets_the_reason_if_the_reload_fails_too(project: Path) -> None:
    started = project / "started"
    broken = f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(1)\nraise ValueError\n"
    (project / "app.py").write_text(broken)

    async def try_it() -> Any:
        async with open_pool(project) as pool:
            event = asyncio.create_task(ask(pool, "VERSION"))
            while not started.exists():
                await asyncio.sleep(0.01)
            (project / "app.py").write_text("import time\ntime.sleep(3)\nraise KeyError\n")
            assert await pool.reload() is not None
            return await asyncio.wait_for(event, 20)

    assert run(try_it)["errorMessage"] == "Unable to import module 'app': KeyError"


def test_python_that_is_gone_fails_the_event_and_comes_back(project: Path) -> None:
    """For example because the virtual environment is made anew."""
    python = project / "python"

    async def try_it() -> list[Any]:
        async def start(function: FunctionContext) -> Worker:
            worker = Worker(project, function, str(python))
            await worker.start()
            return worker

        pool = FunctionPool(start)
        try:
            first = await asyncio.wait_for(ask(pool, "1"), 20)
            python.write_text(f'#!/bin/sh\nexec {PYTHON} "$@"\n')
            python.chmod(0o700)
            return [first["errorMessage"], await ask(pool, "1")]
        finally:
            await pool.close()

    reason = f"The Python of the app, {python}, cannot be started: [Errno 2] No such file or directory"
    assert run(try_it) == [f"Unable to import module 'app': {reason}: {str(python)!r}", 1]


def test_unexpected_error_of_a_start_reaches_the_event(project: Path) -> None:
    async def start(_: FunctionContext) -> Worker:
        raise RuntimeError("unexpected")

    async def try_it() -> None:
        with pytest.raises(RuntimeError, match="unexpected"):
            await asyncio.wait_for(FunctionPool(start).handle(make_request("1")), 20)

    run(try_it)


def test_event_that_waits_is_handed_back_if_the_pool_closes(project: Path) -> None:
    async def try_it() -> list[Any]:
        async with open_pool(project, limit=1) as pool:
            await ask(pool, "1")
            running = asyncio.create_task(ask(pool, "sleep(20)"))
            waiting = asyncio.create_task(ask(pool, "1"))
            while not pool.is_busy:
                await asyncio.sleep(0.01)
            await pool.close()
            return [(await running)["errorType"], *await asyncio.gather(waiting, return_exceptions=True)]

    crash, closed = run(try_it)
    assert crash == "Runtime.ExitError"
    assert isinstance(closed, PoolClosedError)


def test_closed_pool_starts_nothing(project: Path) -> None:
    async def try_it() -> None:
        async with open_pool(project) as pool:
            await pool.close()
            with pytest.raises(PoolClosedError):
                await ask(pool, "1")

    run(try_it)


def test_process_that_is_killed_while_it_waits_is_replaced(project: Path) -> None:
    async def try_it() -> bool:
        async with open_pool(project) as pool:
            first = await ask(pool, "os.getpid()")
            os.kill(first, signal.SIGKILL)
            return bool(await ask(pool, "os.getpid()") != first)

    assert run(try_it)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts file descriptors in /proc")
def test_process_that_is_killed_while_it_waits_leaves_nothing_open(project: Path) -> None:
    async def try_it() -> tuple[int, int]:
        async with open_pool(project) as pool:
            pid = await ask(pool, "os.getpid()")
            before = len([*Path("/proc/self/fd").iterdir()])
            gc.disable()  # it would close what is forgotten, some time
            for _ in range(3):
                os.kill(pid, signal.SIGKILL)
                while pool._idle[0].is_alive:
                    await asyncio.sleep(0.01)
                pid = await ask(pool, "os.getpid()")
            while pool._ending:
                await asyncio.sleep(0.01)
            return before, len([*Path("/proc/self/fd").iterdir()])

    try:
        before, after = run(try_it)
    finally:
        gc.enable()
    assert after == before


def test_crash_ends_one_event_alone(project: Path) -> None:
    async def try_it() -> list[Any]:
        async with open_pool(project) as pool:
            codes = ["sleep(0.5)", "os.kill(os.getpid(), 9)", "sleep(0.5)"]
            return await asyncio.gather(*(ask(pool, code) for code in codes))

    first, crash, last = run(try_it)
    assert (first, last) == ("slept", "slept")
    assert crash["errorType"] == "Runtime.ExitError"


def test_new_configuration_gets_new_processes(project: Path) -> None:
    async def try_it() -> list[Any]:
        async with open_pool(project) as pool:
            before = await ask(pool, 'os.environ["COLOUR"]')
            after = await ask(pool, 'os.environ["COLOUR"]', variables={**FUNCTION.variables, "COLOUR": "red"})
            return [before, after, pool.size]

    assert run(try_it) == ["green", "red", 1]


def test_new_configuration_is_kept_if_an_old_process_ends_late(project: Path) -> None:
    async def try_it() -> Any:
        async with open_pool(project, limit=1) as pool:
            await ask(pool, "1")
            running = asyncio.create_task(ask(pool, "sleep(1)"))
            while not pool.is_busy:
                await asyncio.sleep(0.01)
            result = await ask(
                pool, 'os.environ["COLOUR"]', variables={**FUNCTION.variables, "COLOUR": "red"}
            )
            assert await running == "slept"
            return result

    assert run(try_it) == "red"


def test_processes_without_events_end_but_for_one(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "IDLE_SECONDS", 0.2)

    async def try_it() -> int:
        async with open_pool(project) as pool:
            await asyncio.gather(*(ask(pool, "sleep(1)") for _ in range(3)))
            assert pool.size > 1
            await asyncio.wait_for(await_one(pool), 20)
            return pool.size

    async def await_one(pool: FunctionPool) -> None:
        while pool.size > 1:
            await asyncio.sleep(0.05)

    assert run(try_it) == 1
