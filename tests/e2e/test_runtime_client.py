"""Tests the package under awslambdaric, the client in AWS's Python runtime, with a runtime API of the tests.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from domovoi_tf.operations import log_format

from .conftest import EXAMPLES, CommandLine

SNS = json.loads((Path(__file__).parent.parent / "triggers" / "sns" / "event.json").read_text())["Records"][0]
SCHEDULED = json.loads((Path(__file__).parent.parent / "triggers" / "schedule" / "event.json").read_text())[
    "event"
]
APP = """
import json, os, domovoi_tf
app = domovoi_tf.Domovoi()

@app.scheduled_function("rate(1 minute)")
def bar(event, context):
    context.log({"kind": event["detail-type"]})
    return {"id": context.aws_request_id, "names": sorted(event)}

@app.sns_topic_subscriber("bartender")
def tend(event, context):
    app.log.info("served")
    app.log.error("spilt")
    return event["Records"][0]["Sns"]["Message"]

@app.sqs_queue_subscriber("orders", per_record=True)
async def order(record):
    import asyncio
    await asyncio.sleep(0)
    if record["body"] == "cancelled":
        raise asyncio.CancelledError
    if record["body"] != "beer":
        raise ValueError
    print("poured", id(asyncio.get_running_loop()), flush=True)
"""
SQS = json.loads((Path(__file__).parent.parent / "triggers" / "sqs" / "event.json").read_text())["Records"][0]


ARN = "arn:aws:lambda:eu-west-1:123456789012:function:bartender-dev"


class Answer(NamedTuple):
    """The client's report on an invocation: ``response`` or ``error``, and the document."""

    kind: str
    document: Any


class RuntimeApi(ThreadingHTTPServer):
    """Serves events one after another, and stores the answers."""

    def __init__(self, events: list[object], arn: str = ARN) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.waiting = list(enumerate(events))
        self.answers: list[Answer] = []
        self.done = threading.Event()
        self.ended = threading.Event()
        self.expected = len(events)
        self.arn = arn


class _Handler(BaseHTTPRequestHandler):
    server: RuntimeApi

    def do_GET(self) -> None:
        if not self.server.waiting:
            # An answer before the client has ended would add an error to its log.
            self.server.ended.wait(30)
            return self.send_error(410)
        number, event = self.server.waiting.pop(0)
        body = json.dumps(event).encode()
        self.send_response(200)
        for name, value in {
            "Lambda-Runtime-Aws-Request-Id": f"request-{number}",
            "Lambda-Runtime-Deadline-Ms": "4102444800000",
            "Lambda-Runtime-Invoked-Function-Arn": self.server.arn,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        return None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.append(Answer(self.path.rpartition("/")[2], json.loads(body)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if len(self.server.answers) == self.server.expected:
            self.server.done.set()

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    """The package as Lambda unpacks it."""
    project = tmp_path_factory.mktemp("project")
    (project / ".chalice").mkdir()
    (project / ".chalice" / "config.json").write_text(
        (EXAMPLES / "bartender/.chalice/config.json").read_text()
    )
    (project / "app.py").write_text(APP)
    for command in ("render", "package"):
        assert command_line(command, cwd=project).code == 0
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(project / "terraform" / "app" / "package.zip") as package:
        package.extractall(folder)
    return folder


def invoke(
    task: Path, *events: object, arn: str = ARN, prefix: Sequence[str] = (), **environ: str
) -> tuple[list[Answer], str]:
    """Runs the client, under a command if there is one, and returns its answers and the function's log."""
    api = RuntimeApi(list(events), arn)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    client = subprocess.Popen(
        [*prefix, sys.executable, "-m", "awslambdaric", "app.app"],
        cwd=task,
        env={
            "PATH": os.environ["PATH"],
            "LAMBDA_TASK_ROOT": str(task),
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "bartender-dev",
            "DOMOVOI_TF_NAME": "bartender-dev",
            **environ,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert api.done.wait(30), client.communicate()[0]
    finally:
        api.done.set()
        client.terminate()
        log = client.communicate()[0]
        api.ended.set()
        api.shutdown()
        api.server_close()
    return api.answers, log


@pytest.fixture(scope="module")
def invoked(task: Path) -> Iterator[tuple[list[Answer], str]]:
    tend = {**SNS, "Sns": {**SNS["Sns"], "TopicArn": "arn:aws:sns:eu-west-1:123456789012:bartender"}}
    other = {**SNS, "Sns": {**SNS["Sns"], "TopicArn": "arn:aws:sns:eu-west-1:123456789012:other"}}
    yield invoke(
        task,
        {"task_name": "bar", "event": SCHEDULED},
        {"Records": [tend]},
        {"Records": []},
        {"Records": [other]},
        {"secret": "payload"},
    )


def test_handlers_get_events_and_return_results(
    invoked: tuple[list[Answer], str],
) -> None:
    answers, _ = invoked
    assert answers[:3] == [
        Answer("response", {"id": "request-0", "names": sorted(SCHEDULED)}),
        Answer("response", SNS["Sns"]["Message"]),
        Answer("response", None),
    ]


def test_handlers_log_through_the_context_of_the_runtime(invoked: tuple[list[Answer], str]) -> None:
    assert "{'kind': 'Scheduled Event'}" in invoked[1]


def test_events_without_a_handler_are_reported_as_errors(invoked: tuple[list[Answer], str]) -> None:
    answers, log = invoked
    errors = [(a.kind, a.document["errorType"], a.document["errorMessage"]) for a in answers[3:]]
    known = "Sources with a handler in this function: schedule bar, sns bartender, sqs orders."
    topic = "'arn:aws:sns:eu-west-1:123456789012:other'"
    assert errors == [
        ("error", "DispatchError", f"No handler for the sns source {topic}.\n{known}"),
        ("error", "DispatchError", f"No handler for an event of an unknown kind.\n{known}"),
    ]
    assert "payload" not in log


TEND = {**SNS, "Sns": {**SNS["Sns"], "TopicArn": "arn:aws:sns:eu-west-1:123456789012:bartender"}}
MARK = "domovoi_tf handler: tend request-0"
STREAM = "2026/01/31/[$LATEST]0123456789abcdef"


@pytest.mark.parametrize(
    ("level", "messages"), [("DEBUG", [MARK, "served", "spilt"]), ("ERROR", ["spilt"]), ("FATAL", [])]
)
def test_json_log_has_the_lines_of_the_log_level(task: Path, level: str, messages: list[str]) -> None:
    _, log = invoke(
        task,
        {"Records": [TEND]},
        AWS_LAMBDA_LOG_STREAM_NAME=STREAM,
        AWS_LAMBDA_LOG_FORMAT="JSON",
        AWS_LAMBDA_LOG_LEVEL=level,
    )
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["message"] for line in lines] == messages
    assert {line["requestId"] for line in lines} <= {"request-0"}
    entries = map(log_format.parse_entry, log.splitlines())
    marks = [(entry.handler, entry.request_id) for entry in entries if entry.kind == "mark"]
    assert marks == [("tend", "request-0")] * (MARK in messages)


@pytest.mark.parametrize(
    ("stream", "texts"),
    [(STREAM, [MARK, "[INFO] served", "[ERROR] spilt"]), ("$LATEST", ["[INFO] served", "[ERROR] spilt"])],
)
def test_text_log_names_the_handler_on_lambda_but_not_on_its_emulator(
    task: Path, stream: str, texts: list[str]
) -> None:
    _, log = invoke(task, {"Records": [TEND]}, AWS_LAMBDA_LOG_STREAM_NAME=stream)
    assert [log_format.format_line(line) for line in log.splitlines()] == texts


def test_client_imports_the_runtime_of_the_package(task: Path) -> None:
    """The Python of the tests has domovoi_tf too, but the package's comes first."""
    script = "import app, domovoi_tf; print(domovoi_tf.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=task, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(task / "domovoi_tf" / "__init__.py")


def test_async_handlers_run_on_one_event_loop_and_their_failures_are_reported(task: Path) -> None:
    arn = "arn:aws:sqs:eu-west-1:123456789012:orders"
    bodies = ["beer", "water", "cancelled", "beer"]
    records = [{**SQS, "eventSourceARN": arn, "messageId": str(n), "body": b} for n, b in enumerate(bodies)]
    answers, log = invoke(task, {"Records": records}, {"Records": records[:1]})
    assert answers == [
        Answer("response", {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]}),
        Answer("response", {"batchItemFailures": []}),
    ]
    lines = re.findall(r"poured \d+", log)
    assert (len(lines), len(set(lines))) == (3, 1)


def test_asyncio_is_imported_only_for_an_async_handler(task: Path) -> None:
    script = """
import app, sys
app.app({"task_name": "bar", "event": {"detail-type": ""}}, type("Context", (), {"aws_request_id": "1"}))
assert "asyncio" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], cwd=task, check=True)
