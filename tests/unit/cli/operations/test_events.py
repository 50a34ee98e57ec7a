"""`events` with a recorder of its own, and functions in memory."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import pytest
from botocore.response import StreamingBody
from click.testing import CliRunner, Result
from fake_aws import FakeAws, refusal

from domovoi_tf.cli.operations.events import events
from domovoi_tf.errors import DomovoiError
from domovoi_tf.local import emulator
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.local.forwarding.addresses import REPLAYS, Forwarding, make_forwarding, register
from domovoi_tf.recorder.database import locate_events
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import AwsCall, Failure, Invocation, LogLine, Outcome

from ..conftest import Invoke

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 day)")
def tend(event): ...
"""
OK = Outcome(
    "ok",
    ("tend",),
    "schedule tend",
    "schedule",
    {"beer": "ä"},
    log=(LogLine(0.25, "pouring\x1b[2J"),),
    calls=(AwsCall("s3", "GetObject", "menu", 1, 2.5), AwsCall("sqs", "SendMessage", "", 4, 1, "Denied")),
    wait_ms=1.5,
    duration_ms=12.25,
    memory_mb=40,
    code="0123456789ab",
)
FAILED = Outcome(
    "failed",
    ("tend",),
    "schedule tend",
    "schedule",
    failure=Failure("NoBeer", "none\x1b[2J", ('  File "app.py", line 7, in tend\n    pour()\n',)),
    duration_ms=3,
)


def make_invocation(event: Any, number: int = 1, replay_of: int = 0, stage: str = "dev") -> Invocation:
    return Invocation(f"request-{number}", 1_767_000_000.5 + number, stage, "bar-dev", event, replay_of)


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def recorder(project: Path) -> Iterator[Recorder]:
    with Recorder(locate_events(project)) as opened:
        yield opened


class Dev:
    """Stands for a running `dev`: it records and answers the replays that other processes ask for.

    Attributes:
        sent: the function and the event of each request.
        outcome: how the runs end; None if they do not.
        error: the answer with which requests are refused.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.outcome: Outcome | None = OK
        self.error: dict[str, str] = {}
        self._recorder = recorder

    def answer(self, body: Any) -> tuple[int, Any]:
        if self.error:
            return 502, self.error
        self.sent.append((body["function"], body["event"]))
        number = 100 + len(self.sent)
        new = self._recorder.begin(make_invocation(body["event"], number, body["run"]))
        if self.outcome:
            # It ends while the command waits for it.
            threading.Timer(0.1, self._recorder.finish, (new, self.outcome)).start()
        return 200, {"run": new}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert (self.path, self.headers["Authorization"]) == (REPLAYS, "Bearer secret")
        status, answer = server.dev.answer(body)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """A running emulator."""
    found = Emulator("http://127.0.0.1:4566", 7, 4566, tmp_path / "home" / "emulator.log")
    monkeypatch.setattr(emulator, "find_running", lambda: found)
    return found


@pytest.fixture
def dev(recorder: Recorder, running: Emulator, project: Path) -> Iterator[Dev]:
    """A `dev` that handles the events of the function."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.dev = Dev(recorder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    forwarding = make_forwarding(server.server_port, "secret", project, "dev")
    running.folder.mkdir(parents=True)
    register(running.folder, "bar-dev", forwarding)
    yield server.dev
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def deployed(aws: FakeAws, running: Emulator) -> dict[str, Any]:
    """The answer of the deployed function, if `dev` does not run."""
    answer: dict[str, Any] = {"beer": "ä"}

    def run(FunctionName: str, InvocationType: str, Payload: bytes, LogType: str) -> Any:
        assert InvocationType == "RequestResponse"
        failed = {"FunctionError": "Unhandled"} if "errorType" in answer else {}
        body = json.dumps(answer).encode()
        return {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body)), **failed}

    aws.on("lambda", "Invoke", run)
    return answer


def record(recorder: Recorder, event: Any, outcome: Outcome = OK, **options: Any) -> int:
    run = recorder.begin(make_invocation(event, **options))
    recorder.finish(run, outcome)
    return run


def run(*arguments: str) -> Result:
    return CliRunner().invoke(events, arguments, catch_exceptions=False)


@pytest.mark.usefixtures("utc")
def test_list_is_a_table_with_the_newest_first(recorder: Recorder) -> None:
    record(recorder, {"beer": "x" * 100})
    record(recorder, {"beer": 2}, FAILED, number=2, replay_of=1)
    recorder.begin(make_invocation([3], 3))
    lines = run("list").stdout.splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "ID TIME SOURCE HANDLER STATUS MS DETAILS",
        "3 2025-12-29 09:20:03 ? bar-dev running [3]",
        "2 2025-12-29 09:20:02 schedule tend tend failed 3 NoBeer: none\\x1b[2J (replay of 1)",
        '1 2025-12-29 09:20:01 schedule tend tend ok 12 {"beer": "ä"}',
    ]


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ((), [4, 3, 2, 1]),
        (("-n", "2"), [4, 3]),
        (("--status", "failed"), [2]),
        (("--handler", "brew"), [3]),
        (("--source", "queue"), [3]),
        (("--grep", "pouring"), [4, 1]),
        (("--stage", "prod"), [4]),
        (("--since", "2025-12-29T09:20:03+00:00"), [4, 3]),
        (("--status", "failed", "--handler", "brew"), []),
    ],
)
def test_filters(recorder: Recorder, arguments: tuple[str, ...], ids: list[int]) -> None:
    record(recorder, 1)
    record(recorder, 2, FAILED, number=2)
    record(recorder, 3, Outcome("ok", ("brew",), "SQS queue orders", "sqs"), number=3)
    record(recorder, 4, number=4, stage="prod")
    assert [each["id"] for each in json.loads(run("list", "--json", *arguments).stdout)] == ids


@pytest.mark.usefixtures("recorder")
def test_empty_list() -> None:
    assert run("list").stdout == "No recorded event matches these options.\n"
    assert run("list", "--json").stdout == "[]\n"


@pytest.mark.parametrize(
    "arguments", [("list",), ("show", "1"), ("replay", "1"), ("edit", "1"), ("save", "1")]
)
def test_project_without_records(project: Path, invoke: Invoke, arguments: tuple[str, ...]) -> None:
    done = invoke(events, *arguments)
    assert str(done.error) == (
        "No events are recorded: .domovoi-tf/events.sqlite3 does not exist.\n"
        "Run `domovoi-tf dev`, which records each event that it handles."
    )
    assert not (project / ".domovoi-tf").exists()


@pytest.mark.usefixtures("recorder")
@pytest.mark.parametrize("command", ["show", "replay", "edit", "save"])
def test_unknown_event(invoke: Invoke, command: str) -> None:
    assert str(invoke(events, command, "7").error) == (
        "There is no event 7, or it has been removed to make room.\n"
        "List the recorded events with `domovoi-tf events list`."
    )


@pytest.mark.usefixtures("utc")
def test_show_has_payload_run_calls_and_log(recorder: Recorder) -> None:
    shown = record(recorder, {"beer": "\x1b[2J"})
    record(recorder, 1, number=2, replay_of=shown)
    assert run("show", "1").stdout == (
        "Event 1  ok  tend\n"
        "Time:      2025-12-29T09:20:01.500+00:00\n"
        "Source:    schedule tend\n"
        "Function:  bar-dev (stage dev)\n"
        "Request:   request-1\n"
        "Replays:   2\n"
        "Duration:  12.2 ms after 1.5 ms of waiting, 40 MB\n"
        "Code:      0123456789ab\n"
        "\n"
        "Event\n"
        '{\n  "beer": "\\u001b[2J"\n}\n'
        "\n"
        "AWS calls\n"
        "     1.0 ms  s3.GetObject menu  2.5 ms\n"
        "     4.0 ms  sqs.SendMessage  1.0 ms  Denied\n"
        "\n"
        "Log\n"
        "     0.2 ms  pouring\\x1b[2J\n"
        "\n"
        "Result\n"
        '{\n  "beer": "ä"\n}\n'
    )


def test_show_has_the_traceback(recorder: Recorder) -> None:
    record(recorder, None, FAILED)
    assert run("show", "1").stdout.partition("\n\n")[2] == (
        'Event\nnull\n\nError\n  File "app.py", line 7, in tend\n    pour()\nNoBeer: none\\x1b[2J\n'
    )


def test_show_as_json(recorder: Recorder) -> None:
    record(recorder, {"beer": 1})
    document = json.loads(run("show", "1", "--json").stdout)
    assert (document["event"], document["replays"], document["log"]) == (
        {"beer": 1},
        [],
        [{"offset_ms": 0.25, "text": "pouring\x1b[2J"}],
    )


def test_show_of_a_run_that_has_not_ended(recorder: Recorder) -> None:
    recorder.begin(make_invocation({}))
    assert run("show", "1").stdout.startswith("Event 1  running\nTime:")


def test_replay_has_dev_handle_the_event(recorder: Recorder, dev: Dev) -> None:
    event = {"text": "a\0\ud800 ä", "numbers": [1.5, 10**30]}
    record(recorder, event)
    done = run("replay", "1")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"beer": "ä"})
    assert done.stderr == (
        "pouring\\x1b[2J\n"
        "bar-dev: 12.25 ms, 40 MB, request request-101\n"
        "Recorded as event 2: domovoi-tf events show 2\n"
    )
    assert dev.sent == [("bar-dev", event)]
    assert recorder.list_replays(1) == (2,)


def test_failed_replay_exits_with_1(recorder: Recorder, dev: Dev) -> None:
    record(recorder, 1)
    dev.outcome = FAILED
    done = run("replay", "1")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[:4] == [
        "Traceback (most recent call last):",
        '  File "app.py", line 7, in tend',
        "    pour()",
        "NoBeer: none\\x1b[2J",
    ]
    dev.outcome = Outcome("timeout")
    [document] = json.loads(run("replay", "1", "--json").stdout)
    assert (document["replay_of"], document["id"], document["succeeded"]) == (1, 3, False)
    assert document["error"]["type"] == "timeout"


def test_several_replays_are_a_line_each(recorder: Recorder, dev: Dev) -> None:
    for number in (1, 2):
        record(recorder, number, number=number)
    done = run("replay", "2", "1", "2")
    assert done.stdout == "ok      2 as 3\nok      1 as 4\n2 replays, 0 failed.\n"
    dev.outcome = FAILED
    done = run("replay", "1", "2")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (1, "failed  1 as 5  NoBeer: none\\x1b[2J")


def test_all_failed_replays_each_event_once(recorder: Recorder, dev: Dev) -> None:
    record(recorder, "ok", OK)
    record(recorder, "twice", FAILED, number=2)
    record(recorder, "twice", Outcome("timeout"), number=3)
    solved = record(recorder, "solved", FAILED, number=4)
    record(recorder, "solved", OK, number=5, replay_of=solved)
    tried = record(recorder, "tried", Outcome("crashed"), number=6)
    record(recorder, "tried", FAILED, number=7, replay_of=tried)
    record(recorder, "last", Outcome("memory"), number=8)
    assert run("replay", "--all-failed").stdout.splitlines()[-1] == "3 replays, 0 failed."
    assert [event for _, event in dev.sent] == ["twice", "tried", "last"]
    assert run("replay", "--all-failed").stdout == "There is no failed event to replay.\n"
    assert run("replay", "--all-failed", "--json").stdout == "[]\n"


def test_all_failed_of_a_time_and_a_stage(recorder: Recorder, dev: Dev) -> None:
    record(recorder, 1, FAILED, number=1)
    record(recorder, 2, FAILED, number=2)
    record(recorder, 3, FAILED, number=3, stage="prod")
    since = ("--since", "2025-12-29T09:20:02+00:00")
    assert run("replay", "--all-failed", *since, "--stage", "dev").exit_code == 0
    assert [event for _, event in dev.sent] == [2]


def test_dev_that_ends_before_the_run_is_an_error(
    recorder: Recorder, dev: Dev, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(recorder, 1)
    dev.outcome = None
    answers = iter([True, True, False])
    monkeypatch.setattr(Forwarding, "is_alive", lambda _: next(answers))
    assert str(invoke(events, "replay", "1").error) == (
        f"`dev` (process {os.getpid()}) ended before event 2 was handled.\n"
        "Start `domovoi-tf dev` again, and replay the event."
    )


def test_dev_that_refuses_a_replay_says_why(recorder: Recorder, dev: Dev, invoke: Invoke) -> None:
    record(recorder, 1)
    dev.error = {"error": "The emulator did not answer.", "remedy": "Try again."}
    assert str(invoke(events, "replay", "1").error) == "The emulator did not answer.\nTry again."


def test_deployed_code_handles_the_event_without_dev(
    recorder: Recorder, deployed: dict[str, Any], aws: FakeAws
) -> None:
    event = {"text": "a\0\ud800 ä", "numbers": [1.5, 10**30]}
    for number in (1, 2):
        record(recorder, event, number=number)
    done = run("replay", "1")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"beer": "ä"})
    warning = (
        "Warning: `domovoi-tf dev` does not run, so the deployed code handles the events, and they are not "
        "recorded."
    )
    assert done.stderr.splitlines()[0] == warning
    assert json.loads(aws.made("Invoke")[0]["Payload"]) == event
    assert {endpoint for service, _, endpoint, _ in aws.clients if service == "lambda"} == {
        "http://127.0.0.1:4566"
    }
    assert len(recorder.list()) == 2
    deployed.update(errorType="NoBeer", errorMessage="none", stackTrace=[])
    done = run("replay", "1", "2")
    assert (done.exit_code, done.stderr.splitlines()) == (1, [warning])
    assert done.stdout.splitlines()[0] == "failed  1  NoBeer: none"


def test_dev_of_another_project_is_named(
    recorder: Recorder, dev: Dev, deployed: Any, running: Emulator, tmp_path: Path
) -> None:
    record(recorder, 1)
    other = tmp_path / "other"
    register(running.folder, "bar-dev", make_forwarding(9, "secret", other, "dev"))
    done = run("replay", "1")
    assert done.exit_code == 0
    assert done.stderr.splitlines()[0] == (
        f"Warning: `dev` in {other} handles the events, and records them there."
    )


def test_replay_needs_the_emulator(
    recorder: Recorder, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(recorder, 1)
    monkeypatch.setattr(emulator, "find_running", lambda: None)
    for command in ("replay", "edit"):
        assert str(invoke(events, command, "1").error) == (
            "The emulator is not running.\nStart it with `domovoi-tf local up`."
        )


def test_replay_of_a_function_that_is_not_deployed(
    recorder: Recorder, deployed: Any, aws: FakeAws, invoke: Invoke
) -> None:
    aws.on("lambda", "Invoke", refusal("ResourceNotFoundException", "Function not found", 404))
    record(recorder, 1)
    assert str(invoke(events, "replay", "1").error) == (
        "The function bar-dev is not deployed to the emulator.\nRun `domovoi-tf dev`, which deploys it."
    )


def test_redacted_event_is_replayed_only_on_request(
    recorder: Recorder, project: Path, dev: Dev, invoke: Invoke
) -> None:
    with Recorder(locate_events(project), redact=["s3cret"]) as redacting:
        record(redacting, "a s3cret")
    for command in ("replay", "edit"):
        assert str(invoke(events, command, "1").error) == (
            "Event 1 was redacted before it was recorded, so its handler would get another event.\n"
            "To send it as it was recorded, run: domovoi-tf events replay 1 --redacted"
        )
    assert dev.sent == []
    assert run("replay", "1", "--redacted").exit_code == 0
    assert dev.sent == [("bar-dev", "a [redacted]")]


def test_event_that_was_not_kept_is_not_replayed(recorder: Recorder, invoke: Invoke) -> None:
    record(recorder, "x" * 20_000_000)
    assert str(invoke(events, "replay", "1").error) == (
        "Event 1 cannot be sent again: it was too large to be kept.\nSend it from its source."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Give the IDs of events, or --all-failed."),
        (("1", "--all-failed"), "Give the IDs of events, or --all-failed."),
        (("1", "--since", "1h"), "--since needs --all-failed."),
        (("1", "--stage", "prod"), "--stage needs --all-failed."),
    ],
)
def test_options_that_do_not_go_together(invoke: Invoke, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        invoke(events, "replay", *arguments)
    assert caught.value.message == message


def set_editor(monkeypatch: pytest.MonkeyPatch, folder: Path, program: str) -> None:
    """Sets an editor that runs Python with the file's path as `path`, and its number of uses as `use`."""
    script = folder / "editor.py"
    script.write_text(
        "import os, pathlib, sys\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "log = pathlib.Path(__file__).with_suffix('.log')\n"
        "log.open('a').write(f'{path} {path.stat().st_mode & 0o777:o}\\n')\n"
        "use = len(log.read_text().splitlines())\n"
        f"{program}\n"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")


def test_edited_event_is_sent_and_linked(
    recorder: Recorder,
    dev: Dev,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record(recorder, {"beer": "Ü\ud800"})
    set_editor(monkeypatch, tmp_path, "path.write_text(path.read_text().replace('beer', 'ale'))")
    done = run("edit", "1")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"beer": "ä"})
    assert dev.sent == [("bar-dev", {"ale": "Ü\ud800"})]
    assert recorder.list_replays(1) == (2,)
    file, mode = (tmp_path / "editor.log").read_text().split()
    assert (mode, Path(file).exists(), Path(file).suffix) == ("600", False, ".json")


@pytest.mark.parametrize("program", ["pass", "path.write_text(path.read_text())"], ids=["closed", "saved"])
def test_event_that_was_not_changed_is_not_sent(
    recorder: Recorder,
    dev: Dev,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
) -> None:
    record(recorder, {"beer": 1})
    set_editor(monkeypatch, tmp_path, program)
    done = run("edit", "1")
    assert (done.exit_code, done.stdout, done.stderr) == (
        0,
        "",
        "The event was not changed, so nothing was sent.\n"
        "Send it as it is with: domovoi-tf events replay 1\n",
    )
    assert dev.sent == []


def test_edit_that_is_not_json_is_kept(
    recorder: Recorder,
    dev: Dev,
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    invoke: Invoke,
) -> None:
    record(recorder, {"beer": 1})
    set_editor(monkeypatch, tmp_path, "path.write_text('{\\n  \"beer\": 2,\\n}')")
    kept = Path(".domovoi-tf", "edit-1.json")
    assert str(invoke(events, "edit", "1").error) == (
        "The event is not valid JSON: line 2, column 12: there is a comma after the last item.\n"
        f"The edit is in {kept}."
    )
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == ('{\n  "beer": 2,\n}', 0o600)
    assert dev.sent == []


def test_edit_that_is_not_json_can_be_edited_again(
    recorder: Recorder,
    dev: Dev,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record(recorder, {"beer": 1})
    # The second time, the editor finds the edit that was not JSON.
    set_editor(
        monkeypatch, tmp_path, "path.write_text('{' if use == 1 else path.read_text() + '\"beer\": 2}')"
    )
    monkeypatch.setattr("domovoi_tf.cli.operations.recorded.editing._is_terminal", lambda: True)
    done = CliRunner().invoke(events, ["edit", "1"], input="y\n", catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    assert "Error: The event is not valid JSON: line 1, column 2: " in done.stderr
    assert dev.sent == [("bar-dev", {"beer": 2})]


def test_edit_that_cannot_be_sent_is_kept(
    recorder: Recorder, dev: Dev, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, invoke: Invoke
) -> None:
    record(recorder, {"beer": 1})
    dev.error = {"error": "The emulator did not answer.", "remedy": "Try again."}
    set_editor(monkeypatch, tmp_path, "path.write_text('{\"beer\": 2}')")
    assert str(invoke(events, "edit", "1").error) == (
        "The emulator did not answer.\nTry again.\nThe edit is in .domovoi-tf/edit-1.json."
    )
    assert json.loads(Path(".domovoi-tf", "edit-1.json").read_text()) == {"beer": 2}


def test_editor_that_cannot_be_started(
    recorder: Recorder, running: Emulator, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(recorder, 1)
    monkeypatch.setenv("VISUAL", "no-such-editor")
    with pytest.raises(click.ClickException, match="no-such-editor: Editing failed"):
        invoke(events, "edit", "1")


def test_save_writes_an_event_and_its_test(recorder: Recorder, project: Path, invoke: Invoke) -> None:
    record(recorder, {"beer": 1})
    assert invoke(events, "save", "1", "empty-order").out == (
        "Saved the event in tests/events/tend-empty-order.json.\n"
        "Run its test with: pytest tests/test_events_tend.py -k test_tend_empty_order\n"
    )
    assert json.loads(invoke(events, "save", "1", "--json").out) == {
        "event_file": "tests/events/tend-1.json",
        "test_file": "tests/test_events_tend.py",
    }
    text = (project / "tests" / "test_events_tend.py").read_text()
    assert text.count('Client(app, name="bar-dev")') == 2
    assert isinstance(invoke(events, "save", "1").error, DomovoiError)
