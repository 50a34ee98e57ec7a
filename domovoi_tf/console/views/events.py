"""The recorded events: lists, single runs, replays, and saving as a test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domovoi_tf.console.answers import ConsoleError, make_json_answer, read_body
from domovoi_tf.console.logged_events import LoggedEvents
from domovoi_tf.console.views.state import Console, get_console
from domovoi_tf.operations.account import AwsError
from domovoi_tf.operations.deployed_functions import build_function_name, read_function
from domovoi_tf.recorder.query import Query
from domovoi_tf.recorder.records import describe_run, describe_summary
from domovoi_tf.recorder.replays import require_faithful
from domovoi_tf.recorder.saved_tests import SavedTest, make_setup, save_test
from domovoi_tf.system.suggestions import spell

_MAX_EVENTS = 1000
_DEFAULT_EVENTS = 200


async def list_events(request: Request) -> Response:
    """Answers with summaries of runs, newest first, and whether there are older ones."""
    console = get_console(request)
    query = _parse_query(request.query_params, console.project.stage)
    logged = LoggedEvents(console.log_reader, console.project.stage)
    list_events = console.recorder.list if console.recorder else logged.list_events
    found = await run_in_threadpool(list_events, query)
    shown = [describe_summary(each) for each in found[: query.limit - 1]]
    return make_json_answer({"events": shown, "more": len(found) == query.limit})


async def read_event(request: Request) -> Response:
    """Answers with a run and its event."""
    console, run = get_console(request), _get_run(request)
    with _explain_missing(run):
        return make_json_answer(await run_in_threadpool(_describe_event, console, run))


async def replay_event(request: Request) -> Response:
    """Replays a run, with its own event or with another one, and answers with the new run's ID."""
    console, run = get_console(request), _get_run(request)
    body = await read_body(request)
    if "event" in body and body["event"] is None:
        raise ConsoleError(400, "The event is null, which no source sends.", "Write another event.")
    controls = console.require_controls()
    with _explain_missing(run):
        if "event" not in body:
            require_faithful(await run_in_threadpool(console.require_recorder().get, run))
        return make_json_answer({"id": await controls.replay(run, body.get("event"))})


async def save_event(request: Request) -> Response:
    """Saves an event as a file of the project, with a test."""
    console, run = get_console(request), _get_run(request)
    name = (await read_body(request)).get("name", "")
    if not isinstance(name, str):
        raise ConsoleError(400, "The name is not a string.", "Omit it, or write a string.")
    console.require_controls()
    with _explain_missing(run):
        saved = await run_in_threadpool(_save_event, console, run, name)
    return make_json_answer({"event_file": str(saved.event_file), "test_file": str(saved.test_file)})


def _save_event(console: Console, run: int, name: str) -> SavedTest:
    application, settings = console.project.read_app()
    recorded = console.require_recorder().get(run)
    deployed: Mapping[str, str] = {}
    for function in application.deployed_functions:
        if build_function_name(settings, function.name) == recorded.invocation.function:
            with contextlib.suppress(AwsError):  # without the environment, the test has no input variables
                deployed = read_function(console.project.open_account(), settings, function.name).environment
    return save_test(console.project.folder, recorded, make_setup(settings, recorded, deployed), name)


def _describe_event(console: Console, run: int) -> dict[str, Any]:
    recorder, stage = console.recorder, console.project.stage
    if recorder is None:
        logged = LoggedEvents(console.log_reader, stage).describe(run)
        return {**logged, "replays": [], "command": spell(" ".join(["logs", *logged["handlers"][:1]]), stage)}
    return {
        **describe_run(recorder.get(run), recorder.get_summary(run)),
        "replays": list(recorder.list_replays(run)),
        "command": spell(f"events replay {run}"),
    }


def _parse_query(values: Mapping[str, str], stage: str) -> Query:
    """Returns the selection, with one run more than the page shows: it tells whether there are older ones."""
    limit = min(_parse_number(values, "limit", _DEFAULT_EVENTS), _MAX_EVENTS)
    return Query(
        handler=values.get("handler", ""),
        source=values.get("source", ""),
        status=values.get("status", ""),
        text=values.get("text", ""),
        before=_parse_number(values, "before", 0),
        limit=limit + 1,
        stage=stage,
    )


def _parse_number(values: Mapping[str, str], name: str, default: int) -> int:
    value = values.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and len(value) <= 15):
        raise ConsoleError(400, f"{name} is not a number.", "Open the view again.")
    return int(value)


def _get_run(request: Request) -> int:
    return _parse_number(request.path_params, "run", 0)


@contextlib.contextmanager
def _explain_missing(run: int) -> Iterator[None]:
    try:
        yield
    except KeyError:
        raise ConsoleError(
            404, f"There is no event {run}.", "It may have been removed: only the newest events are kept."
        ) from None


ROUTES = [
    Route("/api/events", list_events),
    Route("/api/events/{run}", read_event),
    Route("/api/events/{run}/replay", replay_event, methods=["POST"]),
    Route("/api/events/{run}/save", save_event, methods=["POST"]),
]
