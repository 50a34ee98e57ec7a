"""Logs with hostile text of events: no line is hidden, obeyed by a terminal or taken for another's."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from unittest import mock

import click
import pyte
from hypothesis import strategies as st
from rich.console import Console

from domovoi_tf.cli.operations.invoke import describe_invocation, format_log, format_report
from domovoi_tf.cli.operations.logs import describe_line, format_line
from domovoi_tf.operations import invoke, log_format
from domovoi_tf.operations.dead_letters.messages import parse_message
from domovoi_tf.operations.deployed_functions import DeployedFunction
from domovoi_tf.operations.logs import Group, Reader
from domovoi_tf.system.text import format_json

from .fuzzing import fuzz

HANDLERS = ("pour", "tend", "Fill it")
GROUP = Group("bar-dev", HANDLERS, 60)
FUNCTION = DeployedFunction("bar-dev", "arn:aws:lambda:eu-west-1:1:function:bar-dev", {}, 60, "")
#: All that a terminal could obey, and that would reorder or break a line.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
NOW = datetime(2026, 1, 31, 12)
#: No text of an event has the ID of its own request, so the attacker knows only these.
KNOWN_IDS = ("x", "00000000-0000-0000-0000-000000000000", "", "request", "-", "[]")

Draw = Callable[[st.SearchStrategy[Any]], Any]
characters = st.sampled_from('ab \t\r\x00\x07\x08\x1b\x7f\x85\x9b\u200e\u202e\u2028\u2066[]{}":,\\é🍺m2J;')
texts = st.text(characters, max_size=12) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
identifiers = st.sampled_from(KNOWN_IDS) | texts
names = st.sampled_from([*HANDLERS, "nobody"]) | texts
figures = st.one_of(
    st.sampled_from(["1.2.3", "abc", ".", "9" * 400, "-1", "NaN", "1e999"]), st.integers().map(str), texts
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
metrics = values | st.dictionaries(
    st.sampled_from(["durationMs", "billedDurationMs", "initDurationMs", "memorySizeMB", "maxMemoryUsedMB"]),
    values,
)
platform_types = st.sampled_from(
    ["start", "report", "runtimeDone", "initStart", "fault", "extension", "x"]
).map("platform.{}".format)


levels = {"timestamp": st.just("1"), "level": values, "message": values, "requestId": identifiers}
#: Lines that a handler prints from the text of an event; most of them resemble somebody else's.
printed_lines = st.one_of(
    st.builds("START RequestId: {} Version: $LATEST".format, identifiers),
    st.builds("END RequestId: {}".format, identifiers),
    st.builds(
        "REPORT RequestId: {}\tDuration: {} ms\tMemory Size: {} MB\tStatus: x".format,
        identifiers,
        figures,
        figures,
    ),
    st.builds("{} {}".format, st.sampled_from(["INIT_START", "EXTENSION", "XRAY TraceId:"]), texts),
    st.builds("domovoi_tf handler: {} {}".format, names, identifiers),
    st.builds("domovoi_tf handler: {}".format, names),
    st.builds(
        lambda kind, *record: json.dumps(
            {"type": kind, "record": dict(zip(("requestId", "metrics", "status"), record, strict=True))}
        ),
        platform_types,
        identifiers,
        metrics,
        values,
    ),
    st.builds(lambda kind, record: json.dumps({"type": kind, "record": record}), platform_types, values),
    st.fixed_dictionaries(levels, optional={"errorType": values, "stackTrace": values}).map(json.dumps),
    st.builds(lambda name, request: make_mark(True, name, request), names, identifiers),
    st.builds("[ERROR] {}: {}".format, names, texts),
    st.builds("[INFO]\t2026-01-31T10:20:30.123Z\t{}\t{}".format, identifiers, texts),
    st.sampled_from(['{"type": "platform.', '{"timestamp":', "[" * 2000, '{"a":' * 2000]),
    texts,
).map(lambda line: line.replace("\n", " "))


class Stream(NamedTuple):
    """A log stream.

    Args:
        messages: the messages, each with its kind: ``lambda``, ``mark`` or ``line``, and with the handler
            and the request that an oracle, which made the stream, knows.
    """

    messages: list[tuple[str, str, str, str]]


def make_platform_line(is_json: bool, kind: str, request: str) -> str:
    if is_json:
        kind = {"START": "start", "END": "runtimeDone", "REPORT": "report"}[kind]
        record = {"requestId": request, "metrics": {"durationMs": 12.5}, "status": "success"}
        return json.dumps({"time": "1", "type": f"platform.{kind}", "record": record})
    rest = {
        "START": " Version: $LATEST",
        "END": "",
        "REPORT": "\tDuration: 12.5 ms\tBilled Duration: 13 ms\t",
    }
    return f"{kind} RequestId: {request}{rest[kind]}"


def make_mark(is_json: bool, name: str, request: str) -> str:
    mark = f"domovoi_tf handler: {name} {request}"
    line = {"timestamp": "1", "level": "INFO", "message": mark, "logger": "domovoi_tf", "requestId": request}
    return json.dumps(line) if is_json else mark


@st.composite
def streams(draw: Draw, longest: int = 3) -> Stream:
    """Draws a log stream of a few requests, in the text format or as JSON."""
    is_json = draw(st.booleans())
    messages = [("lambda", "INIT_START Runtime Version: python:3.13.v1", "", "")] * draw(st.integers(0, 1))
    for number in range(draw(st.integers(1, longest))):
        request = f"8fc6f963-411b-58b5-8483-a32130c0f45{number}"
        messages.append(("lambda", make_platform_line(is_json, "START", request), "", request))
        messages += [("line", line, "", request) for line in draw(st.lists(printed_lines, max_size=1))]
        for name in draw(st.lists(st.sampled_from(HANDLERS), max_size=2)):
            messages.append(("mark", make_mark(is_json, name, request), name, request))
            lines = draw(st.lists(printed_lines, max_size=3))
            messages += [("line", line, name, request) for line in lines]
        for kind in ("END", "REPORT"):
            messages.append(("lambda", make_platform_line(is_json, kind, request), messages[-1][2], request))
    return Stream(messages)


def show_on_terminal(text: str) -> list[str]:
    """Returns the rows of a terminal after it received the text of the tool."""
    columns = max((len(line) for line in text.split("\n")), default=1) * 2 + 9
    screen = pyte.Screen(columns, text.count("\n") + 2)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    return [row.rstrip() for row in screen.display]


@fuzz(80, a=streams(), b=streams(1))
def test_every_line_is_shown_with_its_own_handler(a: Stream, b: Stream) -> None:
    reader = Reader(GROUP)
    order = [("a", *each) for each in a.messages]
    for number, each in enumerate(b.messages):
        order.insert(number * 2 % (len(order) + 1) if number == 0 else len(order), ("b", *each))
    shown = []
    expected = []
    for stream, kind, message, handler, request in order:
        line = reader.read({"logStreamName": stream, "timestamp": 1, "message": message})
        assert (line is None) == (kind == "mark"), message
        if line is not None and kind == "line":
            shown.append((line.message, line.handler, line.request_id, line.is_platform, line.failed))
            expected.append((message, handler, request, False, False))
        elif line is not None:
            assert (line.is_platform, line.request_id, line.failed) == (True, request, False), message
    assert shown == expected


@fuzz(40, stream=streams(), as_terminal=st.booleans())
def test_output_has_no_controls_but_those_of_the_tool(stream: Stream, as_terminal: bool) -> None:
    reader, output = Reader(GROUP), io.StringIO()
    console = Console(
        file=output,
        force_terminal=as_terminal,
        color_system="standard" if as_terminal else None,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )
    plain = []
    for _, message, _, _ in stream.messages:
        line = reader.read({"logStreamName": "a", "timestamp": 1, "message": message})
        if line is None:
            continue
        text = format_line(line, 7, "cyan", NOW)
        console.print(text)
        plain += text.plain.split("\n")
        document = format_json(describe_line(line), None)
        assert not CONTROLS.search(document)
        assert "\n" not in document
        assert json.loads(document)["message"] == message.rstrip("\n")
    written = output.getvalue()
    assert not CONTROLS.search(re.sub(r"\x1b\[[0-9;]*m", "", written))
    # Columns replace tabs.
    expected = [line.split() for line in plain]
    rows = show_on_terminal(written) if as_terminal else written.split("\n")
    if not as_terminal or written.isascii():
        assert [row.split() for row in rows[: len(plain)]] == expected


@st.composite
def responses(draw: Draw) -> tuple[list[str], list[str], Any, bool]:
    """Draws the log of an invocation, the lines of its handler, its payload, and whether it failed."""
    is_json, request = draw(st.booleans()), "request-0"
    printed = draw(st.lists(printed_lines, max_size=5))
    before, after = (
        [make_platform_line(is_json, "START", request), make_mark(is_json, "tend", request)],
        [make_platform_line(is_json, kind, request) for kind in ("END", "REPORT")],
    )
    cut = draw(st.integers(0, len(before)))  # Lambda returns the last 4 KB
    trace = {"errorType": draw(values), "errorMessage": draw(values), "stackTrace": draw(values)}
    payload = draw(values | st.just(trace) | st.just({"batchItemFailures": draw(values)}))
    return [*before[cut:], *printed, *after], printed, payload, draw(st.booleans())


@fuzz(100, response=responses())
def test_invocation_shows_its_result_whatever_it_logged(
    response: tuple[list[str], list[str], Any, bool],
) -> None:
    lines, printed, payload, has_failed = response
    answer = {
        "ResponseMetadata": {"RequestId": "request-0"},
        "Payload": io.BytesIO(json.dumps(payload).encode()),
        "LogResult": base64.b64encode("\n".join(lines).encode("utf-8")).decode(),
        **({"FunctionError": "Unhandled"} if has_failed else {}),
    }
    account = mock.Mock(endpoint=None)
    account.create_client.return_value.invoke.return_value = answer
    invocation = invoke.invoke(account, FUNCTION, {})
    assert invocation.log == tuple(log_format.format_line(line.removesuffix("\r")) for line in printed)
    assert (invocation.report.duration_ms, invocation.request_id) == (12.5, "request-0")
    assert (invocation.failure is not None) == has_failed
    for text in (*map(click.unstyle, format_log(invocation)), format_report(invocation)):
        assert not CONTROLS.search(text)
    document = format_json(describe_invocation(invocation, "tend", "bar-dev"))
    assert json.loads(document)["log"] == list(invocation.log)
    assert not CONTROLS.search(document)


contexts = values | st.fixed_dictionaries({"functionArn": values, "requestId": values})
records = st.fixed_dictionaries(
    {"requestContext": contexts, "requestPayload": values, "responsePayload": values}
)
bodies = st.one_of(texts, values.map(json.dumps), records.map(json.dumps), st.just("[" * 2000))


@fuzz(150, body=bodies, names=st.lists(st.sampled_from(["RequestID", "ErrorCode", "ErrorMessage", "x"])))
def test_dead_letter_may_be_anything(body: str, names: list[str]) -> None:
    message = {
        "MessageId": "m",
        "ReceiptHandle": "r",
        "Body": body,
        "Attributes": {"SentTimestamp": "0"},
        "MessageAttributes": {name: {"StringValue": body[:9]} for name in names},
    }
    letter = parse_message(message)
    is_letter = bool({*names} - {"x"})
    assert letter.request_id == body[:9] * ("RequestID" in names) or not is_letter
    if is_letter:
        assert (letter.payload, letter.function_arn) in ((body, None), (None, None))
    elif letter.payload not in (None, body):
        assert json.loads(letter.payload) == json.loads(body)["requestPayload"] or "NaN" in body
    json.loads(format_json(letter._asdict()))
