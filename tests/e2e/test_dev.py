"""Tests `dev` on an emulator that enforces IAM policies: real events run the handlers in the working tree."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import pytest
from polling import wait_until
from running_dev import Dev, run_dev

from domovoi_tf.local import emulator as local
from domovoi_tf.recorder.database import locate_events
from domovoi_tf.recorder.recorder import read_events
from domovoi_tf.recorder.records import Run

from .conftest import PATIENCE, Account, OpenAccount, read_messages, write_project

pytestmark = pytest.mark.emulator

NAME = "alehouse-dev"
CONFIGURATION = {
    "app_name": "alehouse",
    "lambda_timeout": 10,
    "lambda_functions": {"narrow": {"reserved_concurrency": 1}},
}
APP = """
import base64, json, os, time
import boto3
import domovoi_tf

app = domovoi_tf.Domovoi()
narrow = app.function("narrow")
VERSION = "deployed"


@app.sns_topic_subscriber(domovoi_tf.scoped("orders"))
def order(event, context):
    for record in event["Records"]:
        act(record["Sns"]["Message"], context)
    return VERSION


@app.sqs_queue_subscriber(
    domovoi_tf.scoped("letters"), batch_size=1, queue_attributes={"VisibilityTimeout": "12"})
def letter(event, context):
    act(event["Records"][0]["body"], context)


@app.kinesis_stream_handler(domovoi_tf.scoped("coins"), batch_size=1, create=True)
def coin(event, context):
    act(base64.b64decode(event["Records"][0]["kinesis"]["data"]).decode(), context)


@app.lambda_function(function=narrow)
def squeeze(event, context):
    act(event.get("message", ""), context)
    time.sleep(event["seconds"])
    return os.getpid()


def act(message, context):
    context.log(f"{VERSION} got {message}")
    if message.startswith("die "):
        mark = message[4:]
        if not os.path.exists(mark):
            open(mark, "w").write(str(os.getpid()))
            time.sleep(60)
    if message == "peek":
        boto3.client("dynamodb").list_tables()
"""


class Pub(NamedTuple):
    """The deployed project."""

    project: Path
    account: Account

    def run_dev(self, *options: str) -> AbstractContextManager[Dev]:
        return run_dev(self.project, self.account.environment, *options)

    def publish(self, message: str) -> None:
        topics = self.account.client("sns").list_topics()["Topics"]
        self.account.client("sns").publish(TopicArn=topics[0]["TopicArn"], Message=message)

    def mail(self, message: str) -> None:
        sqs = self.account.client("sqs")
        (url,) = sqs.list_queues()["QueueUrls"]
        sqs.send_message(QueueUrl=url, MessageBody=message)

    def toss(self, message: str) -> None:
        client = self.account.client("kinesis")
        client.put_record(StreamName=f"{NAME}-coins", Data=message.encode(), PartitionKey="1")

    def call(self, message: str) -> None:
        event = json.dumps({"message": message, "seconds": 0})
        self.account.client("lambda").invoke(
            FunctionName=f"{NAME}-narrow", InvocationType="Event", Payload=event
        )

    def list_runs(self, text: str = "") -> list[Run]:
        """Returns the recorded runs that have ended, the oldest first, with a text in their event or log."""
        with read_events(locate_events(self.project)) as recorder:
            runs = [recorder.get(summary.id) for summary in reversed(recorder.list())]
        return [run for run in runs if run.outcome and text in f"{run.invocation.event}{get_lines(run)}"]

    def await_runs(self, text: str, count: int = 1) -> list[Run]:
        assert wait_until(lambda: len(self.list_runs(text)) >= count, PATIENCE), self.list_runs()
        return self.list_runs(text)

    def change_version(self, version: str) -> None:
        app = self.project / "app.py"
        app.write_text(re.sub(r'VERSION = ".*"', f'VERSION = "{version}"', app.read_text()))

    def await_deployed(self, text: str) -> bool:
        """Waits until the deployed code has handled an event, and returns whether `dev` did not record it."""
        line = f"deployed got {text}"
        assert wait_until(lambda: line in self.read_log(), PATIENCE), self.read_log()[-20:]
        return not self.list_runs(text)

    def read_log(self) -> list[str]:
        return read_messages(self.account.emulator, f"/aws/lambda/{NAME}")


@pytest.fixture(scope="module")
def pub(open_account: OpenAccount, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pub]:
    with open_account(iam=True) as account:
        project = write_project(tmp_path_factory.mktemp("pub") / "pub", CONFIGURATION, APP)
        yield Pub(project, account)


def get_lines(run: Run) -> list[str]:
    assert run.outcome is not None
    return [line.text for line in run.outcome.log]


def test_saved_handler_handles_the_next_event(pub: Pub) -> None:
    """The deployed package is never changed; a syntax error leaves the last good code in service."""
    with pub.run_dev() as dev:
        pub.change_version("first")
        dev.await_text("in service after")
        pub.publish("one")
        (run,) = pub.await_runs("one")
        assert run.outcome is not None
        assert (run.outcome.status, run.outcome.handlers, run.outcome.result) == ("ok", ("order",), "first")
        assert get_lines(run) == ["first got one"]

        pub.change_version("second")
        assert wait_until(lambda: dev.read().count("in service after") == 2, PATIENCE), dev.read()
        pub.publish("two")
        assert get_lines(pub.await_runs("two")[0]) == ["second got two"]

        text = (pub.project / "app.py").read_text()
        (pub.project / "app.py").write_text(text.replace("def order(", "def order(:"))
        dev.await_text("SyntaxError")
        pub.publish("three")
        assert get_lines(pub.await_runs("three")[0]) == ["second got three"]
        (pub.project / "app.py").write_text(text)
        assert wait_until(lambda: dev.read().count("in service after") == 3, PATIENCE), dev.read()


def test_runs_are_in_the_log_group_of_the_function(pub: Pub) -> None:
    with pub.run_dev():
        pub.publish("for the log")
        (run,) = pub.await_runs("for the log")
        assert wait_until(lambda: any("got for the log" in line for line in pub.read_log()), PATIENCE)
        lines = pub.read_log()
        request = run.invocation.request_id
        assert f"START RequestId: {request} Version: $LATEST" in lines
        assert any(line.startswith(f"REPORT RequestId: {request}\tDuration: ") for line in lines)
        done = pub.account.command_line("local", "logs", "order", cwd=pub.project)
        assert "got for the log" in done.out


def test_event_is_replayed_on_changed_code_and_saved_as_a_test(pub: Pub) -> None:
    with pub.run_dev("--redact", "hush") as dev:
        pub.change_version("faulty")
        dev.await_text("in service after")
        pub.publish("again")
        (run,) = pub.await_runs("again")
        pub.change_version("mended")
        assert wait_until(lambda: dev.read().count("in service after") == 2, PATIENCE), dev.read()
        done = pub.account.command_line("events", "replay", str(run.id), cwd=pub.project)
        assert json.loads(done.out) == "mended"
        _, replay = pub.await_runs("again", 2)
        assert (replay.invocation.replay_of, replay.invocation.event) == (run.id, run.invocation.event)
        assert f"Recorded as event {replay.id}: domovoi-tf events show {replay.id}" in done.err
        pub.account.command_line("events", "save", str(replay.id), "mended", cwd=pub.project)

        pub.publish("hush")
        (redacted,) = pub.await_runs("[redacted]")
        assert get_lines(redacted) == ["mended got [redacted]"]
        done = pub.account.command_line("events", "replay", str(redacted.id), cwd=pub.project)
        assert (done.code, done.out) == (1, "")
        assert f"Event {redacted.id} was redacted before it was recorded" in done.err
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=pub.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in tests.stdout, tests.stdout
    done = pub.account.command_line("events", "replay", str(run.id), cwd=pub.project)
    assert json.loads(done.out) == "deployed"
    assert "`domovoi-tf dev` does not run, so the deployed code handles the events" in done.err
    assert len(pub.list_runs("again")) == 2


def test_fifty_events_at_once_are_handled_once_each(pub: Pub) -> None:
    with pub.run_dev():
        with ThreadPoolExecutor(10) as threads:
            list(threads.map(pub.publish, [f"crowd {number:02}." for number in range(50)]))
        runs = pub.await_runs("crowd", 50)
        messages = [run.invocation.event["Records"][0]["Sns"]["Message"] for run in runs]
        assert sorted(messages) == [f"crowd {number:02}." for number in range(50)]
        assert {run.outcome.status for run in runs if run.outcome} == {"ok"}


@pytest.mark.parametrize("source", ["mail", "toss", "call"])
def test_source_sends_an_event_again_whose_process_was_killed(source: str, pub: Pub, tmp_path: Path) -> None:
    """A queue, a stream, and an asynchronous invocation."""
    mark = tmp_path / "mark"
    with pub.run_dev():
        getattr(pub, source)(f"die {mark}")
        assert wait_until(lambda: mark.exists() and mark.read_text() != "", PATIENCE)
        os.kill(int(mark.read_text()), signal.SIGKILL)
        first, second = pub.await_runs(str(mark), 2)
        assert first.outcome is not None and second.outcome is not None
        assert first.outcome.status == "crashed"
        assert first.outcome.failure is not None
        assert first.outcome.failure.message.endswith("Runtime exited with error: signal: killed")
        assert second.outcome.status == "ok"


def test_topic_sends_a_message_once_on_the_emulator(pub: Pub, tmp_path: Path) -> None:
    """AWS invokes the function twice more, as an asynchronous invocation; the emulator's topics do not."""
    mark = tmp_path / "topic"
    with pub.run_dev():
        pub.publish(f"die {mark}")
        assert wait_until(lambda: mark.exists() and mark.read_text() != "", PATIENCE)
        os.kill(int(mark.read_text()), signal.SIGKILL)
        (run,) = pub.await_runs(str(mark))
        assert run.outcome is not None
        assert run.outcome.status == "crashed"
        pub.publish("afterwards")
        pub.await_runs("afterwards")
        assert len(pub.list_runs(str(mark))) == 1


def test_handler_has_the_permissions_of_its_role(pub: Pub) -> None:
    with pub.run_dev():
        pub.publish("peek")
        (run,) = pub.await_runs("peek")
    assert run.outcome is not None
    assert run.outcome.failure is not None
    assert "AccessDeniedException" in run.outcome.failure.message
    (call,) = run.outcome.calls
    assert (call.service, call.operation, call.error) == ("dynamodb", "ListTables", "AccessDeniedException")


def test_reserved_concurrency_is_kept(pub: Pub) -> None:
    client = pub.account.client("lambda")

    def squeeze(seconds: float) -> str:
        try:
            client.invoke(FunctionName=f"{NAME}-narrow", Payload=json.dumps({"seconds": seconds}))
        except client.exceptions.TooManyRequestsException as error:
            return str(error.response["Reason"])
        return "done"

    with pub.run_dev(), ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(squeeze, [3, 3, 3])) == [
            "ReservedFunctionConcurrentInvocationLimitExceeded",
            "ReservedFunctionConcurrentInvocationLimitExceeded",
            "done",
        ]


def test_deployed_code_handles_events_after_dev_was_killed(pub: Pub) -> None:
    with pub.run_dev() as dev:
        pub.publish("before")
        pub.await_runs("before")
        children = list_children(dev.process.pid)
        dev.process.kill()
        dev.process.wait()
        pub.publish("after the end")
        assert pub.await_deployed("after the end")
        assert wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), PATIENCE)


def test_second_dev_in_the_project_says_so(pub: Pub) -> None:
    with pub.run_dev() as dev:
        done = pub.account.command_line("dev", cwd=pub.project)
        assert done.code == 1
        assert done.err.endswith(
            "Error: `dev` is already running in this project, for the stage dev "
            f"(process {dev.process.pid}).\nUse that one, or end it with q or Ctrl-C first.\n"
        )


def test_end_leaves_the_emulator_as_it_was(pub: Pub) -> None:
    with pub.run_dev() as dev:
        pub.publish("last")
        pub.await_runs("last")
        children = list_children(dev.process.pid)
        assert children
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
    assert not list((pub.account.emulator.folder / "forwarding").iterdir())
    assert local.find_running() is not None
    pub.publish("goodbye")
    assert pub.await_deployed("goodbye")
    pub.change_version("deployed")
    done = pub.account.command_line("local", "plan", cwd=pub.project)
    assert done.code == 0, done
    assert "No changes" in done.out, done.out


def test_new_handler_is_planned_and_applied(pub: Pub) -> None:
    """With --auto. The function that is new gets its events too."""
    before = (pub.project / "app.py").read_text()
    more = """

@app.sns_topic_subscriber(domovoi_tf.scoped("more"), function="extra")
def more(event, context):
    return "more"
"""
    with pub.run_dev("--auto") as dev:
        (pub.project / "app.py").write_text(before + "\napp.function('extra')\n" + more)
        dev.await_text("nothing is left to apply")
        assert re.search(r"more +\+ permission, \+ SNS subscription", dev.read()), dev.read()
        done = pub.account.command_line("local", "send", "more", '"a glass"', cwd=pub.project)
        assert done.code == 0, done
        (run,) = pub.await_runs("a glass")
        assert run.outcome is not None
        assert (run.invocation.function, run.outcome.result) == (f"{NAME}-extra", "more")


def list_children(pid: int) -> list[int]:
    """Returns the IDs of the child processes of a process."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]
