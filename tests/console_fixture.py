"""Serves the console with sample data, for the tests and the pictures of its pages, and to work on them.

`python tests/console_fixture.py [--port PORT] [--aws]` prints the URL and serves until Ctrl-C; `--aws` shows
a deployed stage, without events. The project is examples/every_source. A fake replays runs without an
emulator, and AWS is in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import itertools
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from console_aws import DEFINITION, FIRST, SampleStage
from fake_aws import REGION, FakeAws, install

from domovoi_tf import settings
from domovoi_tf.console.application import create_console
from domovoi_tf.console.assets import STATIC
from domovoi_tf.console.ports import ConsoleProject, Controls
from domovoi_tf.console.server import build_url, open_listener, serve
from domovoi_tf.loading import loader
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import StateMachine
from domovoi_tf.model.event_request import EventRequest
from domovoi_tf.model.names import NAME_KEY
from domovoi_tf.operations.account import Account
from domovoi_tf.operations.deployed_functions import build_function_name
from domovoi_tf.recorder.query import Query
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import AwsCall, Failure, Invocation, LogLine, Outcome
from domovoi_tf.rendering.output_tree import compare_tree, write_changes
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets

EXAMPLE = Path(__file__).parent.parent / "examples" / "every_source"
TOKEN = "token-of-the-fixture"


class RunningConsole(NamedTuple):
    """A console that answers requests."""

    port: int
    token: str
    app: Any
    loop: asyncio.AbstractEventLoop
    stage: SampleStage | None = None

    @property
    def url(self) -> str:
        """Its first URL."""
        return build_url(self.port, self.token)


@contextlib.contextmanager
def run_console(
    recorder: Recorder | None,
    project: ConsoleProject,
    controls: Controls | None = None,
    port: int | None = None,
    static: Path = STATIC,
) -> Iterator[RunningConsole]:
    """Serves a console in a thread, as `dev` and `console` serve it."""
    listener = open_listener(port)
    number: int = listener.getsockname()[1]
    app = create_console(recorder, project, controls, TOKEN, number, static)
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve(app, listener, stop)))
    thread.start()
    try:
        yield RunningConsole(number, TOKEN, app, loop)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


class FakeControls:
    """Replays by recording a run like the first one, and has a change to apply."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.pending = {
            "pending": True,
            "lines": ["tend  + sns subscription", "pour  ~ filter policy"],
            "problem": "",
        }
        self._queues: list[asyncio.Queue[tuple[str, dict[str, Any]]]] = []

    async def replay(self, run: int, event: Any | None) -> int:
        """Records a run that ends a moment later."""
        former = self.recorder.get(run)
        invocation = replace(
            former.invocation,
            request_id=f"{former.invocation.request_id}-replay",
            time=time.time(),
            replay_of=run,
            event=former.invocation.event if event is None else event,
        )
        new = self.recorder.begin(invocation)
        outcome = replace(
            former.outcome or Outcome("ok"), status="ok", failure=None, result={"replayed": run}, wait_ms=2.0
        )
        asyncio.get_running_loop().call_later(0.5, self.recorder.finish, new, outcome)
        return new

    async def apply_changes(self) -> None:
        """Leaves nothing to apply."""
        await self.publish("change", {"pending": False, "lines": [], "problem": ""})

    async def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Sends an event to all subscribers."""
        for queue in self._queues:
            await queue.put((kind, data))

    async def subscribe(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yields the version of the code, the pending change, and what is published."""
        queue: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
        self._queues.append(queue)
        yield "code", {"version": "3f9a1c0b7e42", "time": FIRST, "problem": ""}
        yield "change", self.pending
        while True:
            yield await queue.get()


def render_tree(folder: Path) -> Path:
    """Writes the rendered tree of the example, and returns its folder."""
    application, found = load_example()
    tree = folder / "terraform"
    files = render(synthesize(application, found), assets.find_templates(), assets.find_modules())
    write_changes(tree, compare_tree(tree, files, [found.stage]))
    return tree


@functools.cache
def load_example(stage: str = "dev") -> tuple[Application, Settings]:
    """Returns the application of the example, with a larger state machine, and its settings."""
    found = settings.load(EXAMPLE, stage)
    application = loader.load(EXAMPLE, found.environment_variables)
    machine = StateMachine(
        name="default", definition=DEFINITION, location=application.state_machines[0].location
    )
    return application.replace(state_machines=(machine,)), found


def fill_recorder(
    recorder: Recorder, application: Application, found: Settings, count: int = 60, first: float = FIRST
) -> None:
    """Records sample runs: all sources, and each status."""
    routes = itertools.cycle(application.routes)
    for number in range(count):
        route = next(routes)
        function = build_function_name(found, route.trigger.function)
        environ = {"AWS_LAMBDA_FUNCTION_NAME": function, "AWS_REGION": REGION, NAME_KEY: found.name}
        payload = (
            {**sample, "number": number} if isinstance(sample := route.trigger.sample(), dict) else sample
        )
        event = route.trigger.event(EventRequest(handler=route.handler, payload=payload, environ=environ))
        invocation = Invocation(
            f"{number:08x}-7a1e-4a57-9c4d-0a1b2c3d4e5f", first + 37.0 * number, found.stage, function, event
        )
        run = recorder.begin(invocation)
        if number == count - 1:
            return  # it still runs
        recorder.finish(
            run, _make_outcome(number, route.handler, route.trigger.describe(), route.trigger.kind)
        )


def _make_frames(handler: str) -> tuple[str, ...]:
    return (
        f'  File "app.py", line 53, in {handler}',
        "    item = json.loads(text)",
        "           ~~~~~~~~~~^^^^^^",
    )


def _make_outcome(number: int, handler: str, source: str, kind: str) -> Outcome:
    calls = (
        AwsCall("dynamodb", "PutItem", "every-source-customers", 3.1, 11.4),
        AwsCall("sns", "Publish", "arn:aws:sns:eu-west-1:123456789012:orders", 17.0, 8.2),
    )
    outcome = Outcome(
        "ok",
        (handler,),
        source,
        kind,
        {"served": number},
        None,
        (LogLine(1.2, f"order {number}"), LogLine(24.9, "poured")),
        calls[: number % 3],
        4.0 + number % 5,
        28.0 + number % 17,
        71,
        "3f9a1c0b7e42",
    )
    if number % 9 == 4:
        failure = Failure(
            "JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", _make_frames(handler)
        )
        return replace(outcome, status="failed", result=None, failure=failure)
    if number % 23 == 7:
        failure = Failure("Timeout", "The handler took longer than 60 s.")
        return replace(outcome, status="timeout", result=None, failure=failure, duration_ms=60_000.0)
    return outcome


@contextlib.contextmanager
def serve_fixture(
    folder: Path, port: int | None = None, place: str = "emulator", count: int = 60
) -> Iterator[RunningConsole]:
    """Serves the console with sample data.

    Args:
        folder: an empty folder for the recorded events.
        port: the port; None for a free one.
        place: ``emulator``, with a running `dev`, or ``aws``, without events.
        count: the number of recorded runs.
    """
    application, found = load_example()
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        aws = FakeAws()
        install(aws, patch)
        account = Account()
        copy = shutil.copytree(EXAMPLE, folder / "every_source")  # saved tests are written there
        project = ConsoleProject(
            copy, render_tree(folder), "dev", place, lambda: (application, found), lambda: account
        )
        recorder = stack.enter_context(Recorder(folder / "events.sqlite3"))
        is_dev = place == "emulator"
        # The logs of a deployed stage begin some minutes ago.
        fill_recorder(recorder, application, found, count, FIRST if is_dev else time.time() - 37.0 * count)
        runs = [recorder.get(each.id) for each in reversed(recorder.list(Query(limit=count)))]
        sample = SampleStage(aws, application, found, runs)
        controls = FakeControls(recorder) if is_dev else None
        console = stack.enter_context(run_console(recorder if is_dev else None, project, controls, port))
        yield console._replace(stage=sample)


def main() -> None:
    """Serves sample data until Ctrl-C."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--aws", action="store_true")
    given = parser.parse_args()
    place = "aws" if given.aws else "emulator"
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_fixture(Path(folder), given.port, place, given.count) as console,
        contextlib.suppress(KeyboardInterrupt),
    ):
        print(console.url, flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
