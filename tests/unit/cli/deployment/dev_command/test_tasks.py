"""Tests the tasks of `dev` with real files and processes, and an emulator that only forwards."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import click
import pytest

from domovoi_tf.cli.deployment.dev_command import run as run_module
from domovoi_tf.cli.deployment.dev_command import tasks as tasks_module
from domovoi_tf.cli.deployment.dev_command.context import Start
from domovoi_tf.cli.deployment.dev_command.tasks import Tasks
from domovoi_tf.dev.forwarder import Forwarder
from domovoi_tf.dev.session import CODE
from domovoi_tf.dev.terminal.view import View
from domovoi_tf.errors import EmulatorError
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.local.emulator_functions import START_EVENT
from domovoi_tf.local.forwarding import direct_calls
from domovoi_tf.recorder.database import locate_events
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.system import background_processes

from ....dev.conftest import Running, run_session
from ....dev.workers.conftest import APP, FUNCTION, PYTHON


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a function, whose name is given here: the settings of the project are not read."""
    monkeypatch.setattr(tasks_module, "list_functions", lambda _: (FUNCTION.name,))
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


@pytest.fixture(autouse=True)
def context() -> Iterator[None]:
    with click.Context(click.Command("dev")):
        yield


@asynccontextmanager
async def open_tasks(
    project: Path, pid: int = 1, with_forwarding: bool = True
) -> AsyncIterator[tuple[Tasks, Running]]:
    settings = SimpleNamespace(stage="dev", app_name="shop", provider={"region": "eu-west-1"})
    application = SimpleNamespace(routes=(), functions=())
    loaded: Any = SimpleNamespace(settings=settings, application=application)
    events = locate_events(project)
    with Recorder(events) as recorder:
        async with run_session(project, recorder, with_forwarding=with_forwarding) as running:
            emulator = running.emulator._replace(pid=pid)
            start = Start(project, loaded, emulator, events, PYTHON, None, False, False)
            view = View(StringIO(), 80, False, False, project)
            forwarder = Forwarder(project / "emulator", running.forwarding)
            tasks = Tasks(start, running.session, view, asyncio.Event(), forwarder)
            try:
                yield tasks, running
            finally:
                await tasks.close()


def test_warm_up_starts_the_functions(project: Path) -> None:
    async def try_it() -> bool:
        async with open_tasks(project) as (tasks, running):
            await tasks.warm_up()
            return running.session.has_prepared(FUNCTION.name)

    assert asyncio.run(try_it())


def test_warm_up_looks_for_the_functions_in_the_region_of_the_stage(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    regions, start = [], direct_calls.start

    def start_and_note(emulator: Emulator, function: str, event: Any, region: str) -> asyncio.Future[Any]:
        regions.append(region)
        return start(emulator, function, event, region)

    monkeypatch.setattr(direct_calls, "start", start_and_note)

    async def try_it() -> None:
        async with open_tasks(project) as (tasks, _):
            await tasks.warm_up()

    asyncio.run(try_it())
    assert regions == ["eu-west-1"]


def test_emulator_that_forwards_nothing_is_an_error(project: Path) -> None:
    """For example one that an older version of this package has started."""

    async def try_it() -> EmulatorError:
        async with open_tasks(project, with_forwarding=False) as (tasks, _):
            with pytest.raises(EmulatorError) as error:
                await tasks.warm_up()
            return error.value

    error = asyncio.run(try_it())
    assert f"{error.message}\n{error.remedy}" == (
        "The emulator runs the deployed code instead of the code in this folder: "
        "it was started by an older version of domovoi-tf.\n"
        "Stop it with `domovoi-tf local down`, which deletes its data, and run `domovoi-tf dev` again."
    )


def test_save_interrupts_an_import_that_does_not_end(project: Path) -> None:
    mark = project / "importing.log"

    async def try_it() -> list[Any]:
        async with open_tasks(project) as (tasks, running):
            await tasks.warm_up()
            # A stand-in: the tree of this project cannot be rendered, and is not the subject.
            cast("Any", tasks._tree).check = _find_no_change
            with running.session.observe() as news:
                watching = asyncio.create_task(tasks._watch_files())
                text = f"open({str(mark)!r}, 'w').close()\nwhile True:\n    pass\n"
                (project / "app.py").write_text(text)
                while not mark.exists():
                    await asyncio.sleep(0.01)
                (project / "app.py").write_text(APP.replace('"one"', '"two"'))
                kind, data = await asyncio.wait_for(news.get(), 60)
                answer = await running.send({"code": "VERSION"})
                watching.cancel()
                assert answer is not None
                return [kind, data["problem"], answer["result"]]

    assert asyncio.run(try_it()) == [CODE, "", "two"]


def test_save_while_functions_start_is_not_lost(project: Path) -> None:
    async def try_it() -> str:
        async with open_tasks(project) as (tasks, running):
            await running.send(START_EVENT)
            (project / "app.py").write_text(APP.replace('"one"', '"two"'))
            cast("Any", tasks._tree).check = _find_no_change
            with running.session.observe() as news:
                watching = asyncio.create_task(tasks._watch_files())
                await asyncio.wait_for(news.get(), 60)
                watching.cancel()
            answer = await running.send({"code": "VERSION"})
            assert answer is not None
            return str(answer["result"])

    assert asyncio.run(try_it()) == "two"


async def _find_no_change() -> None:
    return None


@pytest.mark.parametrize("has_proc", [True, False])
def test_end_of_the_emulator_ends_dev(project: Path, monkeypatch: pytest.MonkeyPatch, has_proc: bool) -> None:
    """Without ``/proc``, as on macOS, a running emulator has no start time, and is running nevertheless."""
    if not has_proc:
        monkeypatch.setattr(background_processes, "HAS_PROC", False)
        monkeypatch.setattr(background_processes, "_read_stat", lambda _: None)
    monkeypatch.setattr(tasks_module, "_EMULATOR_SECONDS", 0.01)
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    async def try_it() -> EmulatorError:
        async with open_tasks(project, process.pid) as (tasks, _):
            watching = asyncio.create_task(tasks._watch_emulator())
            done, _pending = await asyncio.wait({watching}, timeout=0.5)
            assert not done
            process.communicate(b"\n")
            with pytest.raises(EmulatorError) as error:
                await asyncio.wait_for(watching, 60)
            return error.value

    error = asyncio.run(try_it())
    assert f"{error.message}\n{error.remedy}" == "The emulator has ended.\nRun `domovoi-tf dev` again."


def test_end_interrupts_the_first_imports() -> None:
    async def try_it() -> list[str]:
        stop, told = asyncio.Event(), list[str]()

        async def hang() -> None:
            try:
                stop.set()
                await asyncio.Event().wait()
            finally:
                told.append("interrupted")

        async def end() -> None:
            told.append("ended")

        await run_module._run_all([hang()], stop)
        await run_module._run_all([end()], asyncio.Event())
        return told

    assert asyncio.run(asyncio.wait_for(try_it(), 60)) == ["interrupted", "ended"]
