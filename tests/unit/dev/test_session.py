"""Tests sessions: what the emulator gets and what is recorded, also if records fail or `dev` ends."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from domovoi_tf.dev.session import FINISHED, NOTICE
from domovoi_tf.dev.workers.pool import FunctionPool
from domovoi_tf.errors import EmulatorError
from domovoi_tf.local.emulator_functions import START_EVENT
from domovoi_tf.recorder.database import locate_events
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import Run

from .conftest import Running, run_session
from .workers.conftest import APP, FUNCTION

T = TypeVar("T")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose handler evaluates the event's code."""
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


@pytest.fixture
def recorder(project: Path) -> Iterator[Recorder]:
    with Recorder(locate_events(project)) as recorder:
        yield recorder


def run(project: Path, recorder: Recorder, function: Callable[[Running], Awaitable[T]], **options: Any) -> T:
    """Runs a coroutine function with a running session."""

    async def call() -> T:
        async with run_session(project, recorder, **options) as running:
            return await function(running)

    return asyncio.run(call())


def get_runs(recorder: Recorder) -> list[Run]:
    return [recorder.get(summary.id) for summary in reversed(recorder.list())]


def test_event_is_answered_recorded_and_told(project: Path, recorder: Recorder) -> None:
    async def send(running: Running) -> tuple[Any, Any]:
        with running.session.observe() as news:
            answer = await running.send({"code": "print('hi') or [1, None]"})
            return answer, await news.get()

    answer, (kind, told) = run(project, recorder, send)
    (recorded,) = get_runs(recorder)
    assert answer["result"] == [1, None]
    assert answer["log"] == "hi"
    assert (kind, told) == (FINISHED, recorded)
    assert (recorded.invocation.request_id, recorded.invocation.event) == (
        "r-1",
        {"code": "print('hi') or [1, None]"},
    )
    assert recorded.outcome is not None
    assert (recorded.outcome.status, recorded.outcome.result) == ("ok", [1, None])


@pytest.mark.parametrize("when", ["before", "during"])
def test_event_is_answered_if_it_cannot_be_recorded(project: Path, recorder: Recorder, when: str) -> None:
    """The user is told once, and again only after records have worked."""
    path = locate_events(project)

    def break_recorder() -> None:
        recorder.close()

    async def send(running: Running) -> list[Any]:
        with running.session.observe() as news:
            if when == "before":
                break_recorder()
                answers = [await running.send({"code": "1"}) for _ in range(2)]
            else:
                answers = [await running.send({"code": "1"})]
                go = project / "go"
                code = f"[time.sleep(0.01) for _ in iter(lambda: os.path.exists({str(go)!r}), True)] and None"
                sending = asyncio.create_task(running.send({"code": code}))
                while recorder.list()[0].status != "running":
                    await asyncio.sleep(0.01)
                break_recorder()
                go.touch()
                answers.append(await sending)
            assert all(answer and answer["failure"] is None for answer in answers), answers
            return [news.get_nowait() for _ in range(news.qsize())]

    news = run(project, recorder, send)
    assert [kind for kind, _ in news] == (
        [NOTICE, FINISHED, FINISHED] if when == "before" else [FINISHED, NOTICE, FINISHED]
    )
    (text,) = [data["text"] for kind, data in news if kind == NOTICE]
    assert text == (
        f"Events are handled, but not recorded: The recorded events in {path} cannot be used: It is closed.\n"
        f"Check that the disk has room and that you may write to it, or remove {path.parent}."
    )
    _, last = news[-1]
    assert last.outcome.status == "ok"


def test_full_disk_is_told_and_events_are_handled(project: Path, recorder: Recorder) -> None:
    """SQLite reports the same error for its own limit of pages."""
    writer = recorder._store._writer
    assert isinstance(writer, sqlite3.Connection)

    async def send(running: Running) -> list[Any]:
        with running.session.observe() as news:
            await running.send({"code": "1"})
            writer.execute(f"PRAGMA max_page_count = {writer.execute('PRAGMA page_count').fetchone()[0]}")
            answers = [await running.send({"code": "2", "text": "x" * 2**20}) for _ in range(2)]
            assert [answer and answer["result"] for answer in answers] == [2, 2]
            writer.execute("PRAGMA max_page_count = 1000000")
            await running.send({"code": "1"})
            return [news.get_nowait() for _ in range(news.qsize())]

    kinds = [kind for kind, _ in run(project, recorder, send)]
    assert kinds == [FINISHED, NOTICE, FINISHED, FINISHED, FINISHED]
    assert [each.outcome and each.outcome.status for each in get_runs(recorder)] == ["ok", "ok"]


def test_event_that_cannot_reach_a_process_is_answered(
    project: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for a process whose answer cannot be read, which no handler makes on purpose."""

    async def handle(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(FunctionPool, "handle", handle)
    answer = run(project, recorder, lambda running: running.send({"code": "1"}))
    assert answer is not None
    text = "`dev` could not have the event handled: RecursionError: too deep"
    assert answer["failure"] == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: r-1 Error: {text}",
    }
    (recorded,) = get_runs(recorder)
    assert recorded.outcome is not None
    assert recorded.outcome.status == "crashed"


@pytest.mark.parametrize(
    "event", [None, 7, "text", [1], {"code": "1", "text": "\0\x1b[31m\ud83c"}, {"code": "float('nan')"}]
)
def test_odd_events_are_answered_and_recorded(project: Path, recorder: Recorder, event: Any) -> None:
    answer = run(project, recorder, lambda running: running.send(event))
    assert answer is not None
    (recorded,) = get_runs(recorder)
    assert recorded.outcome is not None
    is_handled = isinstance(event, dict)
    assert (recorded.outcome.status, answer["failure"] is None) == (
        ("ok", True) if is_handled else ("failed", False)
    )


def test_result_that_is_nested_deeply_is_answered(project: Path, recorder: Recorder) -> None:
    """The process may be able to write a nesting that its parent cannot read."""
    code = "__import__('functools').reduce(lambda inner, _: [inner], range({}), 1)"

    async def send(running: Running) -> list[Any]:
        answers = [
            await running.send({"code": code.format(depth)}) for depth in (900, 940, 960, 980, 2000, 10**5)
        ]
        return [bool(answer and (answer["failure"] or answer["result"])) for answer in answers]

    assert run(project, recorder, send) == [True] * 6
    assert len([each for each in get_runs(recorder) if each.outcome]) == 6


def test_start_event_reaches_no_handler(project: Path, recorder: Recorder) -> None:
    async def send(running: Running) -> tuple[Any, bool, bool]:
        before = running.session.has_prepared(FUNCTION.name)
        return await running.send(START_EVENT), before, running.session.has_prepared(FUNCTION.name)

    assert run(project, recorder, send) == ({"result": None, "log": ""}, False, True)
    assert get_runs(recorder) == []


def test_start_event_tells_why_the_app_cannot_be_imported(project: Path, recorder: Recorder) -> None:
    (project / "app.py").write_text("1 / 0\n")
    answer = run(project, recorder, lambda running: running.send(START_EVENT))
    assert answer is not None
    assert answer["failure"]["errorMessage"].startswith("app.py:1: ZeroDivisionError: division by zero\n")


def test_event_that_waits_is_handed_back_at_the_end(project: Path, recorder: Recorder) -> None:
    """The deployed code handles it then. The one that runs fails, and is answered and recorded."""
    (project / "app.py").write_text(f"import time\ntime.sleep(0.5)\n{APP}")

    async def send(running: Running) -> tuple[Any, Any, Any]:
        await running.send(START_EVENT)
        first = asyncio.create_task(running.send({"code": "sleep(20)"}, "first"))
        while not recorder.list():
            await asyncio.sleep(0.01)
        second = asyncio.create_task(running.send({"code": "1"}, "second"))
        while len(recorder.list()) < 2:
            await asyncio.sleep(0.01)
        await running.session.close()
        return await first, await second, await running.send({"code": "1"}, "third")

    first, second, third = run(project, recorder, send)
    assert first["failure"]["errorType"] == "Runtime.ExitError"
    assert (second, third) == (None, None)
    assert [each.outcome and each.outcome.status for each in get_runs(recorder)] == ["crashed", None]


def test_replay_is_linked_to_its_run(project: Path, recorder: Recorder) -> None:
    async def replay(running: Running) -> int:
        await running.send({"code": "1"})
        return await running.session.replay(FUNCTION.name, {"code": "2"}, 1)

    assert run(project, recorder, replay) == 2
    _, second = get_runs(recorder)
    assert (second.invocation.replay_of, second.invocation.event) == (1, {"code": "2"})


def test_replays_at_once_get_runs_of_their_own(project: Path, recorder: Recorder) -> None:
    async def replay(running: Running) -> list[int]:
        await running.send({"code": "1"})
        replays = [running.session.replay(FUNCTION.name, {"code": "1"}, 1) for _ in range(12)]
        found = await asyncio.gather(*replays)
        assert running.session._replays._replays == {}
        return sorted(found)

    assert run(project, recorder, replay) == [*range(2, 14)]


def test_replays_that_last_do_not_hold_up_others(project: Path, recorder: Recorder) -> None:
    """More than the event loop has threads."""

    async def replay(running: Running) -> list[int]:
        await running.send({"code": "1"})
        replays = [running.session.replay(FUNCTION.name, {"code": "sleep(30)"}, 1) for _ in range(40)]
        return sorted(await asyncio.wait_for(asyncio.gather(*replays), 25))

    assert run(project, recorder, replay) == [*range(2, 42)]


def test_replay_that_cannot_be_recorded_says_so(project: Path, recorder: Recorder) -> None:
    async def replay(running: Running) -> EmulatorError:
        await running.send({"code": "1"})
        recorder.close()
        with pytest.raises(EmulatorError) as error:
            await running.session.replay(FUNCTION.name, {"code": "1"}, 1)
        assert running.session._replays._replays == {}
        return error.value

    error = run(project, recorder, replay)
    assert error.message == "The event was replayed, but it could not be recorded."
    assert error.remedy == "See the reason on the terminal of `dev`."


def test_replay_without_an_emulator_is_an_error(project: Path, recorder: Recorder) -> None:
    async def replay(running: Running) -> str:
        with pytest.raises(EmulatorError) as error:
            await running.session.replay(FUNCTION.name, {"code": "1"}, 1)
        assert running.session._replays._replays == {}
        return error.value.message

    message = run(project, recorder, replay, with_emulator=False)
    assert message == "The emulator does not answer: [Errno 111] Connection refused"


def test_versions_of_a_function_have_processes_of_their_own(project: Path, recorder: Recorder) -> None:
    """So that events of both, one after another, do not replace them. Former versions leave none."""
    arn = f"{FUNCTION.arn}:"

    async def send(running: Running) -> tuple[list[int], int]:
        found = []
        for version in ("$LATEST", "1", "$LATEST", "1", "2"):
            changes = {} if version == "$LATEST" else {"version": version, "arn": arn + version}
            answer = await running.send({"code": "os.getpid()"}, **changes)
            assert answer is not None
            found.append(answer["result"])
        return found, len(running.session._pools)

    pids, pools = run(project, recorder, send)
    assert pids[:2] == pids[2:4]
    assert (len({*pids}), pools) == (3, 2)


def test_python_that_is_gone_fails_events_and_the_reload(project: Path, recorder: Recorder) -> None:
    async def send(running: Running) -> tuple[Any, Any]:
        answer = await running.send({"code": "1"})
        return answer, await running.session.reload()

    answer, problem = run(project, recorder, send, python=str(project / "gone"))
    reason = (
        f"The Python of the app, {project / 'gone'}, cannot be started: [Errno 2] No such file or directory"
    )
    assert answer["failure"]["errorMessage"].startswith(f"Unable to import module 'app': {reason}")
    assert problem.message.startswith(reason)
