"""`events` with a recorder of its own, and functions in memory."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
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
from domovoi_tf.recorder.database import locate_events
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import AwsCall, Failure, Invocation, LogLine, Outcome

from ..conftest import Invoke

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 day)")
def tend(event): ...
"""
EMULATOR = Emulator("http://127.0.0.1:4566", 7, 4566, Path("emulator.log"))
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


@pytest.fixture
def function(aws: FakeAws, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The function on the emulator, whose runs `dev` records; a test may change what it answers."""
    state: dict[str, Any] = {"answer": {"beer": "ä"}, "is_recorded": True, "number": 100}

    def run(FunctionName: str, InvocationType: str, Payload: bytes, LogType: str) -> Any:
        assert InvocationType == "RequestResponse"
        answer = state["answer"]
        failed = {"FunctionError": "Unhandled"} if "errorType" in answer else {}
        if state["is_recorded"]:
            state["number"] += 1
            new = recorder.begin(make_invocation(json.loads(Payload), state["number"]))
            recorder.finish(new, FAILED if failed else OK)
        body = json.dumps(answer).encode()
        return {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body)), **failed}

    aws.on("lambda", "Invoke", run)
    monkeypatch.setattr(emulator, "find_running", lambda: EMULATOR)
    return state


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
        "1 2025-12-29 09:20:01 schedule tend tend ok 12 "
        '{"beer": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...',
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
    assert run("list").stdout == "There are no recorded events with these properties.\n"
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


def test_replay_sends_the_event_and_links_the_run(
    recorder: Recorder, function: dict[str, Any], aws: FakeAws
) -> None:
    event = {"text": "a\0\ud800 ä", "numbers": [1.5, 10**30]}
    record(recorder, event)
    done = run("replay", "1")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"beer": "ä"})
    assert done.stderr.splitlines()[-1] == "Recorded as event 2: domovoi-tf events show 2"
    assert json.loads(aws.made("Invoke")[0]["Payload"]) == event
    assert aws.made("Invoke")[0]["FunctionName"] == "bar-dev"
    assert {endpoint for service, _, endpoint, _ in aws.clients if service == "lambda"} == {EMULATOR.endpoint}
    assert recorder.get(2).invocation.replay_of == 1


def test_failed_replay_exits_with_1(recorder: Recorder, function: dict[str, Any]) -> None:
    record(recorder, 1)
    function["answer"] = {"errorType": "NoBeer", "errorMessage": "none\x1b[2J", "stackTrace": []}
    done = run("replay", "1")
    assert (done.exit_code, done.stdout, done.stderr.splitlines()[0]) == (1, "", "NoBeer: none\\x1b[2J")
    document = json.loads(run("replay", "1", "--json").stdout)
    assert [(each["replay_of"], each["id"], each["succeeded"]) for each in document] == [(1, 3, False)]


def test_several_replays_are_a_line_each(recorder: Recorder, function: dict[str, Any]) -> None:
    for number in (1, 2):
        record(recorder, number, number=number)
    done = run("replay", "2", "1", "2")
    assert done.stdout == "ok      2 as 3\nok      1 as 4\n2 replays, 0 failed.\n"


def test_all_failed_replays_each_event_once(
    recorder: Recorder, function: dict[str, Any], aws: FakeAws
) -> None:
    record(recorder, "ok", OK)
    record(recorder, "twice", FAILED, number=2)
    record(recorder, "twice", Outcome("timeout"), number=3)
    solved = record(recorder, "solved", FAILED, number=4)
    record(recorder, "solved", OK, number=5, replay_of=solved)
    tried = record(recorder, "tried", Outcome("crashed"), number=6)
    record(recorder, "tried", FAILED, number=7, replay_of=tried)
    record(recorder, "last", Outcome("memory"), number=8)
    assert run("replay", "--all-failed").stdout.splitlines()[-1] == "3 replays, 0 failed."
    assert [json.loads(call["Payload"]) for call in aws.made("Invoke")] == ["twice", "tried", "last"]
    assert run("replay", "--all-failed").stdout == "There is no failed event to replay.\n"
    assert run("replay", "--all-failed", "--json").stdout == "[]\n"


def test_all_failed_since(recorder: Recorder, function: dict[str, Any], aws: FakeAws) -> None:
    for number in (1, 2):
        record(recorder, number, FAILED, number=number)
    assert run("replay", "--all-failed", "--since", "2025-12-29T09:20:02+00:00").exit_code == 0
    assert [json.loads(call["Payload"]) for call in aws.made("Invoke")] == [2]


def test_all_failed_of_a_stage(recorder: Recorder, function: dict[str, Any], aws: FakeAws) -> None:
    record(recorder, 1, FAILED, number=1)
    record(recorder, 2, FAILED, number=2, stage="prod")
    assert run("replay", "--all-failed", "--stage", "dev").exit_code == 0
    assert [json.loads(call["Payload"]) for call in aws.made("Invoke")] == [1]


def test_replay_without_dev_is_not_recorded_and_says_so(recorder: Recorder, function: dict[str, Any]) -> None:
    record(recorder, 1)
    function["is_recorded"] = False
    done = run("replay", "1")
    assert done.exit_code == 0
    assert done.stderr.splitlines()[-1] == (
        "Warning: `domovoi-tf dev` does not run, so the deployed code handled what was sent, and its runs "
        "are not recorded."
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
    recorder: Recorder, function: dict[str, Any], aws: FakeAws, invoke: Invoke
) -> None:
    aws.on("lambda", "Invoke", refusal("ResourceNotFoundException", "Function not found", 404))
    record(recorder, 1)
    assert str(invoke(events, "replay", "1").error) == (
        "The function bar-dev is not deployed to the emulator.\nRun `domovoi-tf dev`, which deploys it."
    )


def test_redacted_event_is_replayed_only_on_request(
    project: Path, function: dict[str, Any], invoke: Invoke, aws: FakeAws
) -> None:
    with Recorder(locate_events(project), redact=["s3cret"]) as redacting:
        record(redacting, "a s3cret")
    for command in ("replay", "edit"):
        assert str(invoke(events, command, "1").error) == (
            "Event 1 was redacted before it was recorded, so its handler would get another event.\n"
            "To send it as it was recorded, run: domovoi-tf events replay 1 --redacted"
        )
    assert aws.made("Invoke") == []
    assert run("replay", "1", "--redacted").exit_code == 0
    assert json.loads(aws.made("Invoke")[0]["Payload"]) == "a [redacted]"


def test_event_that_was_not_kept_is_not_replayed(recorder: Recorder, function: Any, invoke: Invoke) -> None:
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
    function: dict[str, Any],
    aws: FakeAws,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record(recorder, {"beer": "Ü\ud800"})
    set_editor(monkeypatch, tmp_path, "path.write_text(path.read_text().replace('beer', 'ale'))")
    done = run("edit", "1")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"beer": "ä"})
    assert json.loads(aws.made("Invoke")[0]["Payload"]) == {"ale": "Ü\ud800"}
    assert recorder.get(2).invocation.replay_of == 1
    file, mode = (tmp_path / "editor.log").read_text().split()
    assert (mode, Path(file).exists(), Path(file).suffix) == ("600", False, ".json")


@pytest.mark.parametrize("program", ["pass", "path.write_text(path.read_text())"], ids=["closed", "saved"])
def test_event_that_was_not_changed_is_not_sent(
    recorder: Recorder,
    function: dict[str, Any],
    aws: FakeAws,
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
    assert aws.made("Invoke") == []


def test_edit_that_is_not_json_is_kept(
    recorder: Recorder,
    function: dict[str, Any],
    aws: FakeAws,
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
    assert aws.made("Invoke") == []


def test_edit_that_is_not_json_can_be_edited_again(
    recorder: Recorder,
    function: dict[str, Any],
    aws: FakeAws,
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
    assert json.loads(aws.made("Invoke")[0]["Payload"]) == {"beer": 2}


def test_editor_that_cannot_be_started(
    recorder: Recorder, function: Any, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
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
