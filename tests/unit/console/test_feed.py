"""The stream of what happens, over HTTP, as browsers read it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from console_fixture import FakeControls, run_console
from polling import wait_until

from domovoi_tf.console import feed
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import Failure, Invocation, Outcome

from .conftest import Client, make_project


class Stream:
    """Reads server-sent events from a connection."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.comments = 0
        self.last_id = ""

    def read_event(self) -> tuple[str, Any]:
        """Returns the next event: its kind and its data."""
        kind = data = ""
        while line := self.read_line():
            name, _, value = line.decode().strip().partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                data = value
            elif name == "id":
                self.last_id = value
            elif not name and kind:
                return kind, json.loads(data)
        raise EOFError

    def read_line(self) -> bytes:
        """Returns the next line, with its line feed."""
        line = self._file.readline()
        self.comments += line.startswith(b":")
        return line


@contextlib.contextmanager
def open_stream(client: Client, last_id: str = "") -> Iterator[Stream]:
    with client.open_stream(last_id) as connection, connection.makefile("rb") as file:
        yield Stream(file)


def begin(recorder: Recorder, number: int, text: str = "") -> int:
    return recorder.begin(
        Invocation(f"request-{number}", 1_000.0 + number, "dev", "beers-dev", {"text": text})
    )


def test_run_is_sent_when_it_begins_and_when_it_ends(client: Client, recorder: Recorder) -> None:
    with open_stream(client) as stream:
        assert stream.read_event()[0] == "hello"
        run = begin(recorder, 1)
        kind, data = stream.read_event()
        assert (kind, data["id"], data["status"], data["handlers"]) == ("run", run, "running", [])
        outcome = Outcome(
            "failed", ("tend",), "SNS topic bartender", "sns", failure=Failure("KeyError", "'beer'")
        )
        recorder.finish(run, outcome)
        kind, data = stream.read_event()
    assert (kind, data) == (
        "run",
        {
            "id": run,
            "time": 1001.0,
            "stage": "dev",
            "function": "beers-dev",
            "handlers": ["tend"],
            "source": "SNS topic bartender",
            "kind": "sns",
            "status": "failed",
            "duration_ms": 0.0,
            "error": "KeyError: 'beer'",
            "replay_of": 0,
            "preview": '{"text": ""}',
            "result_preview": "",
        },
    )


def test_runs_of_other_stages_are_not_sent(client: Client, recorder: Recorder) -> None:
    with open_stream(client, "0") as stream:
        stream.read_event()
        recorder.begin(Invocation("other", 1.0, "prod", "beers-prod", {}))
        run = begin(recorder, 1)
        assert stream.read_event()[1]["id"] == run
    with open_stream(client, "0") as stream:
        stream.read_event()
        assert stream.read_event()[1]["id"] == run


def test_runs_before_the_page_was_opened_are_not_sent(client: Client, recorder: Recorder) -> None:
    begin(recorder, 1)
    with open_stream(client) as stream:
        assert stream.read_event()[0] == "hello"
        second = begin(recorder, 2)
        assert stream.read_event()[1]["id"] == second


def test_page_that_connects_again_gets_what_it_missed(client: Client, recorder: Recorder) -> None:
    with open_stream(client) as stream:
        stream.read_event()
        first = begin(recorder, 1)
        assert stream.read_event()[1]["id"] == first
        last_id = stream.last_id
    second, third = begin(recorder, 2), begin(recorder, 3)
    with open_stream(client, last_id) as stream:
        assert stream.read_event()[0] == "hello"
        assert [stream.read_event()[1]["id"] for _ in range(2)] == [second, third]
        fourth = begin(recorder, 4)
        assert stream.read_event()[1]["id"] == fourth


@pytest.mark.parametrize("last_id", ["x", "-1", "1e3", "99999999999"])
def test_strange_last_event_id_is_no_hindrance(client: Client, recorder: Recorder, last_id: str) -> None:
    with open_stream(client, last_id) as stream:
        assert stream.read_event()[0] == "hello"
        run = begin(recorder, 1)
        assert stream.read_event()[1]["id"] == run


def test_line_feeds_and_html_in_an_event_stay_in_one_line(client: Client, recorder: Recorder) -> None:
    with open_stream(client) as stream:
        stream.read_event()
        begin(recorder, 1, "a\n\ndata: b\r\n\u2028<img onerror=x>\ud800")
        preview = stream.read_event()[1]["preview"]
    assert preview.startswith('{"text": "a\\n\\ndata: b\\r\\n\u2028<img onerror=x>')


def test_all_pages_get_an_event(client: Client, recorder: Recorder) -> None:
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(open_stream(client)) for _ in range(5)]
        for stream in streams:
            assert stream.read_event()[0] == "hello"
        run = begin(recorder, 1)
        assert [stream.read_event()[1]["id"] for stream in streams] == [run] * 5


def test_connection_is_kept_open_by_comments(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "HEARTBEAT_SECONDS", 0.05)
    with run_console(recorder, make_project(tmp_path)) as console, open_stream(Client(console)) as stream:
        stream.read_event()
        while stream.comments < 3:  # it would time out
            stream.read_line()


def test_new_page_gets_the_state_that_dev_published_last(tmp_path: Path, recorder: Recorder) -> None:
    controls = FakeControls(recorder)
    with run_console(recorder, make_project(tmp_path), controls) as console:
        client = Client(console)
        assert client.send("POST", "/api/terraform/apply")[0].status == 200
        with open_stream(client) as stream:
            events = dict(stream.read_event() for _ in range(3))
    assert events["code"] == {"version": "3f9a1c0b7e42", "time": 1_793_440_800.0, "problem": ""}
    assert events["change"] == {"pending": False, "lines": [], "problem": ""}


def test_page_that_does_not_read_is_disconnected_and_delays_nobody(
    tmp_path: Path, recorder: Recorder
) -> None:
    controls = FakeControls(recorder)
    with run_console(recorder, make_project(tmp_path), controls) as console:
        client = Client(console)
        pages = console.app.state.console.feed.pages
        with socket.socket() as slow, open_stream(client) as other:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            slow.connect(("127.0.0.1", client.port))
            slow.sendall(client.start_request("GET /api/stream") + b"\r\n")
            assert wait_until(lambda: len(pages) == 2, 20)
            number = 0
            while len(pages) == 2:  # until the buffers of both sockets and the queue are full
                number += 1
                assert number < 2000
                change = controls.publish("change", {"number": number, "lines": ["x" * 20_000]})
                asyncio.run_coroutine_threadsafe(change, console.loop).result(20)
                while other.read_event()[1].get("number") != number:
                    pass
            assert len(pages) == 1
            run = begin(recorder, 1)
            assert other.read_event()[1]["id"] == run


def test_closed_page_is_forgotten(client: Client) -> None:
    pages = client.console.app.state.console.feed.pages
    with open_stream(client) as stream:
        stream.read_event()
        assert len(pages) == 1
    assert wait_until(lambda: not pages, 20)


@pytest.mark.parametrize("turns", range(6))
def test_page_that_is_closed_while_an_event_comes_ends(turns: int) -> None:
    """At each moment of the event's way, in turns of the loop."""

    async def run() -> bool:
        page, sent = feed._Page(), list[Any]()

        async def send(message: Any) -> None:
            sent.append(message)

        sending = asyncio.create_task(feed.Feed(None, None, "dev")._send_events(page, send))
        while len(sent) < 2:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        page.put(b"event")
        for _ in range(turns):
            await asyncio.sleep(0)
        sending.cancel()
        done, _ = await asyncio.wait([sending], timeout=5)
        return bool(done)

    assert asyncio.run(run())
