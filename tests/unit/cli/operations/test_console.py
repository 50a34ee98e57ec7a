"""`console` serves pages until Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fake_aws import FakeAws
from polling import wait_until

from domovoi_tf.cli.operations.console import console
from domovoi_tf.console import server
from domovoi_tf.recorder.database import locate_events
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import Invocation

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.sns_topic_subscriber("orders")
def tend(event, context): ...
"""
Visit = Callable[[str], Any]


@pytest.fixture
def run(project: Path, aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command, calls a function while it serves, and ends it as Ctrl-C does."""

    def run_command(visit: Callable[[Visit], None], *arguments: str) -> Result:
        real = server.serve
        errors: list[BaseException] = []

        async def serve(app: Any, listener: socket.socket, stop: asyncio.Event) -> None:
            url = server.build_url(listener.getsockname()[1], app.state.tokens.create_single_use())

            def work() -> None:
                try:
                    visit(make_visit(url))
                except BaseException as error:
                    errors.append(error)
                finally:
                    os.kill(os.getpid(), signal.SIGINT)

            thread = threading.Thread(target=work)
            thread.start()
            await real(app, listener, stop)
            thread.join()

        monkeypatch.setattr(server, "serve", serve)
        done = CliRunner().invoke(console, arguments, catch_exceptions=False)
        if errors:
            raise errors[0]
        return done

    return run_command


def make_visit(url: str) -> Visit:
    """Returns a function that reads the API, with the cookie of the first URL."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    opener.open(url).close()

    def visit(path: str) -> Any:
        with opener.open(url.partition("/?")[0] + path) as answer:
            return json.load(answer)

    return visit


def test_url_opens_the_console_of_the_stage(run: Callable[..., Result]) -> None:
    seen: dict[str, Any] = {}
    done = run(lambda visit: seen.update(visit("/api/session"), app_view=visit("/api/app")))
    assert (seen["app"], seen["stage"], seen["place"], seen["mode"]) == ("bar", "dev", "aws", "read-only")
    assert [each["name"] for each in seen["app_view"]["handlers"]] == ["tend"]
    assert done.exit_code == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}\n", done.stdout)
    assert done.stderr == "This URL opens the console of bar-dev in eu-west-1. Ctrl-C ends it.\n"


def test_port_is_chosen(run: Callable[..., Result]) -> None:
    with server.open_listener(None) as listener:
        port = listener.getsockname()[1]
    done = run(lambda visit: visit("/api/session"), "--port", str(port))
    assert done.stdout.startswith(f"http://127.0.0.1:{port}/?token=")


def test_events_of_dev_are_not_those_of_aws(run: Callable[..., Result], project: Path, aws: FakeAws) -> None:
    aws.on("logs", "FilterLogEvents", {"events": []})
    with Recorder(locate_events(project)) as recorder:
        recorder.begin(Invocation("r", 1.0, "dev", "bar-dev", {}))
    seen: list[Any] = []
    assert run(lambda visit: seen.append(visit("/api/events"))).exit_code == 0
    assert seen == [{"events": [], "more": False}]


def test_events_that_dev_records_are_shown_at_the_emulator(
    run: Callable[..., Result], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The emulator is another program; which place was chosen is what counts here.
    monkeypatch.setattr("domovoi_tf.cli.terraform.place.find_emulator", lambda _: object())
    with Recorder(locate_events(project)) as recorder:
        recorder.begin(Invocation("r", 1.0, "dev", "bar-dev", {"beer": 1}))
        ids: list[int] = []

        def visit_events(visit: Visit) -> None:
            assert visit("/api/session")["can_replay"] is False
            recorder.begin(Invocation("s", 2.0, "dev", "bar-dev", {"beer": 2}))
            ids.extend(each["id"] for each in visit("/api/events")["events"])

        run(visit_events)
    assert ids == [2, 1]


def test_no_browser_is_opened_without_a_terminal(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    run(lambda visit: visit("/api/session"))
    assert opened == []


@pytest.mark.parametrize("arguments", [(), ("--no-browser",)])
def test_terminal_opens_a_browser_with_a_token_for_one_use(
    project: Path, aws: FakeAws, arguments: tuple[str, ...]
) -> None:
    (project / "browser").write_text('#!/bin/sh\necho "$1" > opened.tmp\nmv opened.tmp opened\n')
    (project / "browser").chmod(0o700)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "domovoi_tf", "console", *arguments],
        stdout=slave,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "BROWSER": f"{project / 'browser'} %s"},
    )
    os.close(slave)
    with os.fdopen(master, "rb", buffering=0) as terminal:
        printed = terminal.readline().decode().strip()
        make_visit(printed)("/api/session")
        if not arguments:
            assert wait_until((project / "opened").is_file, 60)
            url = (project / "opened").read_text().strip()
            assert url.partition("?")[0] == printed.partition("?")[0]
            assert url != printed
            make_visit(url)("/api/session")
            with pytest.raises(urllib.error.HTTPError, match="403"):
                make_visit(url)
        make_visit(printed)("/api/session")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    assert (project / "opened").exists() is not bool(arguments)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_program_ends_cleanly(project: Path, aws: FakeAws, number: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "domovoi_tf", "console"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    url = process.stdout.readline().strip()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    opener.open(url).close()
    with opener.open(url.partition("/?")[0] + "/api/stream") as stream:
        assert stream.readline() == b": domovoi-tf\n"
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, "")
    assert errors == "This URL opens the console of bar-dev in eu-west-1. Ctrl-C ends it.\n"
