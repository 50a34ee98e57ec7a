"""The texts that `domovoi-tf dev` shows, whole, on a terminal of 80 columns and in a file."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from screen import render_screen

from domovoi_tf.dev.terminal import View
from domovoi_tf.recorder.records import AwsCall, Failure, Invocation, LogLine, Outcome, Run
from domovoi_tf.system.text import strip_colours
from domovoi_tf.system.wrapping import measure

NOON = 1_796_040_000.0
ROUTES = (("SNS topic bartender", "tend"), ("schedule rate(1 minute)", "bar"))
TEND = {"handlers": ("tend",), "source": "SNS topic bartender", "kind": "sns"}


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Screen:
    """A view, and what it has written."""

    def __init__(
        self, columns: int | None = 80, *, colour: bool = False, project: Path | None = None
    ) -> None:
        self._stream = io.StringIO()
        self.view = View(self._stream, columns, columns is not None, colour, project, lambda: NOON)

    @property
    def written(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[str]:
        return self.written.splitlines()


def make_run(number: int = 1, replay_of: int = 0, **outcome: Any) -> Run:
    invocation = Invocation("request", NOON, "dev", "bartender-dev", {"beer": 1}, replay_of)
    return Run(number, invocation, Outcome(**{"status": "ok", "duration_ms": 23.4, **TEND, **outcome}))


def test_start_on_a_terminal() -> None:
    screen = Screen()
    screen.view.show_start("bartender", "dev", "the emulator", ROUTES, "http://127.0.0.1:1/?token=t")
    assert screen.written == (
        "bartender, stage dev, at the emulator\n"
        "\n"
        "  SNS topic bartender      tend\n"
        "  schedule rate(1 minute)  bar\n"
        "\n"
        "Console: http://127.0.0.1:1/?token=t\n"
        "Events run the code in this folder. Saved files take effect at once.\n"
        "Keys: r replay the last event, c console, q quit, ? all keys\n"
        "\n"
    )


def test_start_in_a_file_has_no_keys() -> None:
    screen = Screen(None)
    screen.view.show_start("bartender", "dev", "the emulator", [])
    screen.view.show_keys()
    assert screen.written == (
        "bartender, stage dev, at the emulator\n"
        "\n"
        "  no handlers yet\n"
        "\n"
        "Events run the code in this folder. Saved files take effect at once.\n"
        "\n"
    )


def test_keys() -> None:
    screen = Screen()
    screen.view.show_keys()
    assert screen.lines == [
        "          r      replay the last event",
        "          c      open the console",
        "          Enter  apply pending changes",
        "          q      quit",
        "          ?      show the keys",
    ]


def test_events_are_aligned_after_the_start() -> None:
    screen = Screen()
    screen.view.show_start("bartender", "dev", "the emulator", ROUTES)
    before = len(screen.lines)
    screen.view.show_run(make_run(result={"served": True}))
    screen.view.show_run(
        make_run(12, source="schedule rate(1 minute)", handlers=("bar",), duration_ms=1234.0)
    )
    assert screen.lines[before:] == [
        '12:00:00  #1    SNS topic bartender      tend    23 ms  ok  {"served": true}',
        "12:00:01  #12   schedule rate(1 minute)  bar     1.2 s  ok",
    ]


def test_event_shows_when_it_ended_its_calls_and_its_origin() -> None:
    calls = (
        AwsCall("sns", "Publish", "bartender", 0, 5),
        AwsCall("s3", "GetObject", "cellar/key", 6, 3, "NoSuchKey"),
    )
    screen = Screen(None)
    screen.view.show_run(make_run(3, 2, calls=calls, wait_ms=59_000, duration_ms=2000, result=[1]))
    screen.view.show_run(make_run(4, calls=calls[:1]))
    assert screen.lines == [
        "12:01:01  #3    SNS topic bartender  tend    2.0 s  ok  replay of #2  2 AWS calls, 1 failed  [1]",
        "12:00:00  #4    SNS topic bartender  tend    23 ms  ok  1 AWS call",
    ]


def test_event_that_no_handler_got_shows_the_function() -> None:
    screen = Screen(None)
    screen.view.show_run(make_run(status="crashed", handlers=(), source="", kind=""))
    assert screen.lines == ["12:00:00  #1      bartender-dev    23 ms  crashed"]


@pytest.mark.parametrize(
    ("status", "word"), [("timeout", "timed out"), ("memory", "out of memory"), ("crashed", "crashed")]
)
def test_statuses_in_words(status: str, word: str) -> None:
    screen = Screen(None)
    screen.view.show_run(make_run(status=status, duration_ms=900_000))
    assert screen.lines == [f"12:15:00  #1    SNS topic bartender  tend    900 s  {word}"]


def test_running_event_is_not_shown() -> None:
    screen = Screen()
    screen.view.show_run(Run(1, Invocation("request", NOON, "dev", "bartender-dev", {}), None))
    assert screen.written == ""


def test_log_lines_are_below_the_event() -> None:
    log = (LogLine(1, "pouring\n"), LogLine(2, "[INFO]\t2026-11-30T12:00:00.000Z\trequest\tpoured\n"))
    screen = Screen()
    screen.view.show_run(make_run(log=log))
    assert screen.lines[1:] == ["          pouring", "          [INFO] poured"]


def test_long_log_shows_its_end() -> None:
    screen = Screen()
    screen.view.show_run(make_run(7, log=tuple(LogLine(0, f"line {number}") for number in range(50))))
    assert screen.lines[1:] == [
        "          30 lines before: domovoi-tf events show 7",
        *(f"          line {number}" for number in range(30, 50)),
    ]


def test_failure_shows_the_traceback_in_the_app(tmp_path: Path) -> None:
    frames = (
        f'  File "{tmp_path}/app.py", line 22, in tend',
        "    serve(message)",
        f'  File "{tmp_path}/domovoilib/bar.py", line 4, in serve',
        '    raise ValueError("no malt")',
    )
    screen = Screen(project=tmp_path)
    screen.view.show_run(make_run(status="failed", failure=Failure("ValueError", "no malt", frames)))
    assert screen.lines == [
        "12:00:00  #1    SNS topic bartender  tend    23 ms  failed  ValueError: no malt",
        '          File "app.py", line 22, in tend',
        "            serve(message)",
        '          File "domovoilib/bar.py", line 4, in serve',
        '            raise ValueError("no malt")',
        "          ValueError: no malt",
    ]


def test_long_traceback_shows_its_ends() -> None:
    frames = tuple(f'  File "app.py", line {number}, in again\n    again()\n' for number in range(1, 101))
    screen = Screen()
    screen.view.show_run(make_run(status="failed", failure=Failure("RecursionError", "", frames)))
    shown = [number for number in range(1, 101) if f"line {number}," in screen.written]
    assert (shown, screen.lines[13]) == ([*range(1, 7), *range(95, 101)], "          ...")


def test_failure_without_room_is_repeated_below() -> None:
    screen = Screen()
    screen.view.show_run(make_run(status="failed", failure=Failure("ValueError", "no malt " * 12)))
    assert screen.lines == [
        "12:00:00  #1    SNS topic bartender  tend    23 ms  failed  ValueError: no malt…",
        "          ValueError: no malt no malt no malt no malt no malt no malt no malt no",
        "            malt no malt no malt no malt no malt",
    ]


def test_event_line_fits_the_terminal_whatever_is_in_it() -> None:
    for columns in (40, 60, 80, 120):
        screen = Screen(columns, colour=True)
        screen.view.show_run(
            make_run(source="SNS topic " + "店" * 60, handlers=("a" * 90,), result={"key": "値" * 500})
        )
        (line,) = screen.lines
        assert measure(line) <= columns


def test_narrow_terminal_shows_no_sources() -> None:
    screen = Screen(50)
    screen.view.show_run(make_run(result={"served": True}))
    assert screen.lines == ['12:00:00  #1    tend    23 ms  ok  {"served": tru…']


def test_hostile_texts_are_escaped() -> None:
    evil = "\x1b[2J\r\nfake\x07\u202e"
    log = (LogLine(0, evil), LogLine(0, "\x9b31m"))
    failure = Failure("ValueError", evil, (f'File "{evil}"',))
    screen = Screen(200, colour=False)
    screen.view.show_start(evil, "dev", "the emulator", [(evil, evil)], "")
    screen.view.show_run(make_run(source=evil, handlers=(evil,), log=log, status="failed", failure=failure))
    screen.view.show_change([evil])
    screen.view.show_change([], evil)
    screen.view.show_code("", 0, evil)
    screen.view.show_notice(evil)
    assert {each for each in screen.written if not each.isprintable()} == {"\n"}
    assert "\u202e" not in screen.written


def test_new_code() -> None:
    screen = Screen()
    screen.view.show_code("3f2a9c1d0012", 0.414)
    assert screen.lines == ["12:00:00  code 3f2a9c1d in service after 0.4 s"]


def test_syntax_error_is_marked_in_its_line(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text('import os\n\nif os:\n\tprint("x"\n')
    screen = Screen(project=tmp_path)
    screen.view.show_code("", 0, "app.py:4: SyntaxError: '(' was never closed\nCorrect the line: print(\"x\"")
    assert screen.lines == [
        "12:00:00  the new code has a problem; the previous code stays in service",
        "          app.py:4: SyntaxError: '(' was never closed",
        '              print("x"',
        "                   ^",
    ]


def test_problem_in_a_file_that_is_gone_has_no_source(tmp_path: Path) -> None:
    screen = Screen(project=tmp_path)
    screen.view.show_code("", 0, "app.py:4: NameError: name 'x' is not defined\nCorrect the code there.")
    assert screen.lines[1:] == ["          app.py:4: NameError: name 'x' is not defined"]


def test_changes_on_a_terminal_name_the_key() -> None:
    screen = Screen()
    screen.view.show_change(["tend  + sns subscription", "bar   ~ schedule"])
    assert screen.lines == [
        "12:00:00  changes to apply:",
        "          tend  + sns subscription",
        "          bar   ~ schedule",
        "          Enter applies them.",
    ]


def test_changes_in_a_file_name_the_option() -> None:
    screen = Screen(None)
    screen.view.show_change(["tend  + sns subscription"])
    assert screen.lines[2:] == [
        "          Only a terminal has a key that applies them; `dev --auto` does so at once."
    ]


def test_changes_that_are_taken_back() -> None:
    screen = Screen(None)
    screen.view.show_change([])
    assert screen.lines == ["12:00:00  nothing is left to apply"]


def test_many_changes_are_bounded() -> None:
    screen = Screen(None)
    screen.view.show_change([f"handler{number}  + sns subscription" for number in range(100)])
    assert len(screen.lines) == 33
    assert screen.lines[-2] == "          70 more lines"


def test_problem_of_a_change_shows_each_place(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text('@app.scheduled_function("rate(0 minutes)")\ndef bar(event): ...\n')
    screen = Screen(project=tmp_path)
    screen.view.show_change([], "app.py:1: the rate is not valid\nWrite rate(1 minute).\napp.py:9: gone")
    assert screen.lines == [
        "12:00:00  the app cannot be deployed as it is",
        "          app.py:1: the rate is not valid",
        '              @app.scheduled_function("rate(0 minutes)")',
        "          Write rate(1 minute).",
        "          app.py:9: gone",
    ]


def test_notice_of_several_lines() -> None:
    screen = Screen()
    screen.view.show_notice("2 changes were applied.\nThe queue is empty.")
    assert screen.lines == ["12:00:00  2 changes were applied.", "          The queue is empty."]


def test_colours_change_no_character_and_reset() -> None:
    plain, coloured = Screen(), Screen(colour=True)
    for each in (plain, coloured):
        each.view.show_start("bartender", "dev", "the emulator", ROUTES)
        each.view.show_run(make_run(log=(LogLine(0, "pouring"),)))
        each.view.show_run(make_run(status="failed", failure=Failure("ValueError", "no malt")))
        each.view.show_code("3f2a9c1d0012", 0.4)
        each.view.show_change(["tend  + sns subscription"])
    assert strip_colours(coloured.written) == plain.written
    assert "\x1b[2m          pouring\x1b[0m" in coloured.written
    assert "\x1b[32mok\x1b[0m" in coloured.written
    assert "\x1b[31mfailed\x1b[0m" in coloured.written
    shown = render_screen(coloured.written.replace("\n", "\r\n"), 80)
    assert "\n".join(shown) == plain.written.rstrip("\n")


def test_file_gets_no_colours_and_no_cut() -> None:
    screen = Screen(None, colour=True)
    screen.view.show_run(make_run(result="x" * 300))
    assert screen.lines == [f'12:00:00  #1    SNS topic bartender  tend    23 ms  ok  "{"x" * 300}"']


def test_stream_without_the_ellipsis() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    View(stream, 80, True, False, None, lambda: NOON).show_run(make_run(result="x" * 300))
    stream.seek(0)
    assert stream.read().endswith("xxx...\n")


def test_reader_that_is_gone_is_no_error() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as stream:
        view = View(stream, None, False, False)
        view.show_notice("lost")
        view.show_notice("lost too")
