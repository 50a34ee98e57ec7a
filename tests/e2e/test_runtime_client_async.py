"""Runs `async def` handlers of every source, and middleware, in the package, under AWS's runtime client."""

from __future__ import annotations

import json
import runpy
import zipfile
from pathlib import Path

import pytest

from domovoi_tf import Domovoi
from domovoi_tf.testing import Client
from domovoi_tf.triggers import list_kinds

from .conftest import CommandLine
from .test_runtime_client import Answer, invoke

APP = """
import asyncio, signal
import domovoi_tf

app = domovoi_tf.Domovoi()
machine = {"StartAt": "Tap", "States": {"Tap": {"Type": "Task", "End": True}}}
queue = []


@app.middleware()
def add_name(event, get_response, context):
    return f"{context.function_name} {get_response(event)}"


@app.middleware()
async def add_loop(event, get_response):
    return f"{id(asyncio.get_running_loop())} {await get_response(event)}"


@app.scheduled_function("rate(1 minute)")
@app.cloudwatch_event_handler(source=["bar"], rule_name="restocked")
@app.sns_topic_subscriber("bartender")
@app.sqs_queue_subscriber("orders")
@app.s3_event_handler("menus", ["s3:ObjectCreated:*"])
@app.dynamodb_stream_handler("customers")
@app.kinesis_stream_handler("clicks")
@app.cloudwatch_logs_sub_filter_handler("/bar", "")
@app.email_receipt_handler(["bar@example.com"], rule_set_name="mail")
@app.function_url()
@app.alb_target("/menu")
@app.step_function_task("Tap", machine)
@app.lambda_function()
async def handle(event, context):
    if not queue:
        queue.append(asyncio.Queue())
    await queue[0].put(context.function_name)
    await asyncio.sleep(0)
    return f"{await queue[0].get()} {id(asyncio.get_running_loop())}"


def interrupt(number, frame):
    raise TimeoutError("almost out of time")


@app.sns_topic_subscriber("slow")
async def wait(event):
    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    await asyncio.Event().wait()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / ".chalice").mkdir()
    (folder / ".chalice" / "config.json").write_text(json.dumps({"app_name": "bartender"}))
    (folder / "app.py").write_text(APP)
    return folder


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory, project: Path, command_line: CommandLine) -> Path:
    """The package as Lambda unpacks it."""
    for command in ("render", "package"):
        assert command_line(command, cwd=project).code == 0
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(project / "terraform" / "app" / "package.zip") as package:
        package.extractall(folder)
    return folder


def test_async_handler_of_every_source_runs_on_one_event_loop(task: Path, project: Path) -> None:
    app: Domovoi = runpy.run_path(str(project / "app.py"))["app"]
    client = Client(app, name="bartender-dev")
    routes = [route for route in app.freeze().routes if route.handler == "handle"]
    assert {route.trigger.kind for route in routes} == set(list_kinds())
    events = [client.event("handle", via=route.trigger.describe()) for route in routes]
    slow = client.event("wait")
    answers, _ = invoke(task, *events, slow, *events)
    interrupted = answers.pop(len(events))
    assert (interrupted.kind, interrupted.document["errorType"]) == ("error", "TimeoutError")
    assert interrupted.document["errorMessage"] == "almost out of time"
    (answer,) = {Answer(each.kind, json.dumps(each.document)) for each in answers}
    assert answer.kind == "response"
    name, outer_loop, inner_name, inner_loop = json.loads(answer.document).split()
    assert name == inner_name == "bartender-dev"
    assert outer_loop == inner_loop
