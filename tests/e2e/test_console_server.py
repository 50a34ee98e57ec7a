"""`console` shows a stage that is deployed to the emulator: its queues, executions, logs and blocks."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from polling import wait_until

from domovoi_tf.local import emulator_environment
from domovoi_tf.local.emulator_environment import Emulator

from .conftest import PATIENCE, PROGRAM, CommandLine, write_project

pytestmark = pytest.mark.emulator
APP = """from domovoi_tf import Domovoi, scoped

app = Domovoi()


@app.sqs_queue_subscriber(
    scoped("orders"), max_receive_count=1, queue_attributes={"VisibilityTimeout": "2"}
)
def serve(event, context):
    body = event["Records"][0]["body"]
    context.log(f"serving {body}")
    if body == "bad":
        raise ValueError("it is spilt")


@app.step_function_task("Brew", {"StartAt": "Brew", "States": {"Brew": {"Type": "Task", "End": True}}})
def brew(event, context):
    return {"brewed": event["beer"]}
"""


class Page:
    """Requests as a page of the console makes them."""

    def __init__(self, url: str) -> None:
        self._base = url.partition("/?")[0]
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._opener.open(url).close()

    def get(self, path: str) -> Any:
        """Returns the JSON of the API at a path."""
        with self._opener.open(f"{self._base}/api/{path}") as answer:
            return json.load(answer)

    def post(self, path: str, body: Any) -> Any:
        """Sends JSON to the API, and returns its answer."""
        headers = {
            "Origin": self._base,
            "X-Domovoi-Console": "1",
            "Content-Type": "application/json",
        }
        url, content = f"{self._base}/api/{path}", json.dumps(body).encode()
        request = urllib.request.Request(url, content, headers)  # noqa: S310 - it is the console
        with self._opener.open(request) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def saloon(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    """An app with a queue and a state machine, deployed."""
    project = write_project(
        tmp_path_factory.mktemp("saloon") / "saloon", {"app_name": "saloon", "lambda_timeout": 2}, APP
    )
    done = command_line("local", "deploy", cwd=project)
    assert done.code == 0, done
    return project


@pytest.fixture(scope="module")
def page(saloon: Path, shell_environment: dict[str, str]) -> Iterator[Page]:
    """The console of the stage, with the place of `local env`."""
    process = subprocess.Popen(
        [PROGRAM, "console"], cwd=saloon, env=shell_environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    with contextlib.closing(process.stdout) as output:
        yield Page(output.readline().strip())
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


def test_session_and_blocks_are_those_of_the_stage(page: Page) -> None:
    session = page.get("session")
    assert (session["app"], session["stage"], session["place"]) == ("saloon", "dev", "emulator")
    assert (session["account"], session["mode"]) == ("000000000000", "read-only")
    owners = {each["address"]: each["handler"] for each in page.get("terraform")["resources"]}
    assert owners["module.app.module.serve"] == "serve"
    assert [each["name"] for each in page.get("app")["functions"]] == ["saloon-dev"]


def test_message_that_fails_is_seen_as_a_dead_letter_and_redriven(page: Page, emulator: Emulator) -> None:
    (queue,) = page.get("queues")
    assert (queue["name"], queue["handlers"]) == ("saloon-dev-orders", ["serve"])
    sqs = emulator_environment.create_client(emulator, "sqs")
    sqs.send_message(QueueUrl=queue["url"], MessageBody="bad")
    assert wait_until(lambda: page.get("queues")[0]["dead_letters"]["depth"] == 1, PATIENCE)
    (message,) = page.get("queues/saloon-dev-orders/messages")
    assert message["body"]["Records"][0]["body"] == "bad"
    answer = page.post("queues/saloon-dev-orders/redrive", {"ids": [message["id"]]})
    assert answer == {"redriven": [message["id"]]}
    # It fails again, so it comes back as another message.
    assert wait_until(lambda: page.get("queues")[0]["dead_letters"]["depth"] == 1, PATIENCE)


def test_logs_and_events_show_what_failed(page: Page, emulator: Emulator) -> None:
    (queue,) = page.get("queues")
    sqs = emulator_environment.create_client(emulator, "sqs")
    sqs.send_message(QueueUrl=queue["url"], MessageBody="bad")

    def find_lines() -> list[dict[str, Any]]:
        return [line for line in page.get("logs?handler=serve")["lines"] if line["failed"]]

    assert wait_until(lambda: bool(find_lines()), PATIENCE)
    line = find_lines()[0]
    assert line["message"].startswith("[ERROR] ValueError: it is spilt")
    event = page.get(f"events/{line['run']}")
    assert (event["status"], event["handlers"]) == ("failed", ["serve"])
    assert (event["failure"]["type"], event["failure"]["message"]) == ("ValueError", "it is spilt")
    assert event["log"][0]["text"] == "serving bad"
    assert line["run"] in [each["id"] for each in page.get("events?status=failed")["events"]]


def test_execution_is_started_and_followed(page: Page) -> None:
    (machine,) = page.get("machines")
    assert (machine["name"], machine["states"][0]["handler"]) == ("default", "brew")
    arn = page.post("machines/default/start", {"input": {"beer": "Märzen"}})["arn"]
    path = f"executions/{quote(arn, safe='')}"
    assert wait_until(lambda: page.get(path)["status"] != "RUNNING", PATIENCE)
    execution = page.get(path)
    assert (execution["status"], execution["output"]) == ("SUCCEEDED", {"brewed": "Märzen"})
    assert execution["states"]["Brew"]["status"] == "succeeded"
    assert execution["states"]["Brew"]["input"]["beer"] == "Märzen"
    assert arn in [each["arn"] for each in page.get("machines/default/executions")]
