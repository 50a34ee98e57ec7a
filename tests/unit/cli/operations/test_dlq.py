"""`dlq list` and `dlq redrive`, in this process and against a queue in memory."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from botocore.response import StreamingBody
from click.testing import CliRunner, Result
from fake_aws import FakeAws

from domovoi_tf.cli import prompts
from domovoi_tf.cli.operations.dlq import dlq
from domovoi_tf.errors import DomovoiError
from domovoi_tf.operations.dead_letters import NotAQueueError

from ...operations.test_dead_letters import ARN, FakeQueue

pytestmark = pytest.mark.usefixtures("project")

APP = """from domovoi_tf import Domovoi

app = Domovoi()
reports = app.function("reports")


@app.sns_topic_subscriber("orders")
def tend(event, context): ...


@app.scheduled_function("rate(1 day)", function=reports)
def report(event, context): ...
"""
ORDER = {
    "Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": "arn:aws:sns:r:1:orders", "Message": ""}}]
}
TASK = {"task_name": "report", "event": {}}


class Functions:
    """The deployed functions: their dead-letter targets, and what their handlers return for an event."""

    def __init__(self, aws: FakeAws) -> None:
        self.targets = {"bar-dev": ARN, "bar-dev-reports": ARN}
        self.results: dict[str, Any] = {}
        self.invoked: list[tuple[str, Any]] = []
        aws.on("lambda", "GetFunctionConfiguration", self.configuration)
        aws.on("lambda", "Invoke", self.invoke)

    def configuration(self, FunctionName: str) -> Any:
        target = self.targets[FunctionName]
        arn = f"arn:aws:lambda:eu-west-1:123456789012:function:{FunctionName}"
        return {
            "FunctionArn": arn,
            "Timeout": 60,
            "DeadLetterConfig": {"TargetArn": target} if target else {},
        }

    def invoke(self, FunctionName: str, Payload: bytes, **_: Any) -> Any:
        self.invoked.append((FunctionName, json.loads(Payload)))
        result = self.results.get(FunctionName)
        body = json.dumps(result).encode()
        failed = isinstance(result, dict) and "errorType" in result
        answer = {"StatusCode": 200, **({"FunctionError": "Unhandled"} if failed else {})}
        return {**answer, "Payload": StreamingBody(io.BytesIO(body), len(body))}


@pytest.fixture
def functions(aws: FakeAws) -> Functions:
    return Functions(aws)


@pytest.fixture
def queue(aws: FakeAws, functions: Functions) -> FakeQueue:
    queue = FakeQueue()
    operations: dict[str, Any] = {
        "GetQueueUrl": queue.get_queue_url,
        "GetQueueAttributes": queue.get_queue_attributes,
        "ReceiveMessage": queue.receive_message,
        "DeleteMessage": queue.delete_message,
        "ChangeMessageVisibility": queue.change_message_visibility,
    }
    for operation, answer in operations.items():
        aws.on("sqs", operation, answer)
    return queue


def run(*arguments: str) -> Result:
    return CliRunner().invoke(dlq, arguments)


def test_messages_are_listed_without_their_events(queue: FakeQueue) -> None:
    assert run("list").output == "No messages in dead-orders.\n"
    queue.add(ORDER, 1_767_225_600_123, ErrorMessage="no beer\nTraceback")
    queue.add("secret", 1_767_225_601_000)
    lines = [line.split() for line in run("list").output.splitlines()]
    assert lines[0] == ["TIME", "FUNCTION", "HANDLER", "ERROR"]
    assert [line[2:] for line in lines[1:]] == [["bar-dev", "tend", "no", "beer"], ["?", "?"]]
    assert json.loads(run("list", "--json").output) == [
        {
            "id": "m0",
            "time": "2026-01-01T00:00:00.123+00:00",
            "queue": "dead-orders",
            "function": "bar-dev",
            "handlers": ["tend"],
            "error": "no beer\nTraceback",
        },
        {
            "id": "m1",
            "time": "2026-01-01T00:00:01.000+00:00",
            "queue": "dead-orders",
            "function": None,
            "handlers": [],
            "error": None,
        },
    ]
    assert len(json.loads(run("list", "--json", "--max", "1").output)) == 1
    assert queue.visible == ["m0", "m1"]


def test_functions_are_invoked_again_and_handled_messages_deleted(
    queue: FakeQueue, functions: Functions
) -> None:
    for event in (ORDER, TASK, "secret"):
        queue.add(event)
    functions.results["bar-dev-reports"] = {"errorType": "ValueError", "errorMessage": "no figures"}
    done = run("redrive", "--yes")
    assert functions.invoked == [("bar-dev", ORDER), ("bar-dev-reports", TASK)]
    assert (done.exit_code, list(queue.messages), queue.visible) == (1, ["m1", "m2"], ["m1", "m2"])
    assert [line.split(maxsplit=3) for line in done.output.splitlines()] == [
        ["handled", "tend", "m0"],
        ["failed", "report", "m1", "ValueError: no figures"],
        [
            "failed",
            "?",
            "m2",
            "cannot tell which of these functions it is for: bar-dev, bar-dev-reports",
        ],
        ["1", "handled", "and", "deleted, 2 failed again and kept."],
    ]


def test_records_that_fail_again_keep_their_message(queue: FakeQueue, functions: Functions) -> None:
    queue.add(ORDER)
    functions.results["bar-dev"] = {"batchItemFailures": [{"itemIdentifier": "1"}]}
    done = run("redrive", "--yes", "--json")
    (result,) = json.loads(done.output)
    assert (done.exit_code, result["succeeded"], result["error"]) == (1, False, "1 record failed")
    functions.results["bar-dev"] = {"batchItemFailures": []}
    done = run("redrive", "--yes", "--json")
    (result,) = json.loads(done.output)
    assert (done.exit_code, result["succeeded"], result["error"]) == (0, True, None)
    assert queue.messages == {}


def test_redrive_takes_no_more_messages_than_asked_for(queue: FakeQueue, functions: Functions) -> None:
    for _ in range(3):
        queue.add(ORDER)
    done = run("redrive", "--yes", "--max", "2")
    assert (done.exit_code, len(functions.invoked), list(queue.messages)) == (0, 2, ["m2"])
    assert done.output.splitlines()[-1] == "2 handled and deleted, 0 failed again and kept."
    assert run("redrive").exit_code == 1  # it would ask, and there is no terminal
    assert len(functions.invoked) == 2


def test_question_counts_the_messages(queue: FakeQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[str] = []
    monkeypatch.setattr(prompts, "confirm", lambda question, *_, **__: questions.append(question))
    for _ in range(3):
        queue.add(ORDER)
    assert run("redrive", "--max", "2").exit_code == run("redrive").exit_code == 0
    assert questions == [
        "Invoke bar-dev, bar-dev-reports again for 2 messages?",
        "Invoke bar-dev, bar-dev-reports again for 1 message?",
    ]


def test_empty_queue_needs_no_question(queue: FakeQueue) -> None:
    done = run("redrive")
    assert (done.exit_code, done.output) == (0, "0 handled and deleted, 0 failed again and kept.\n")


def test_functions_without_a_queue_are_left_out(queue: FakeQueue, functions: Functions) -> None:
    queue.add("anything")
    functions.targets["bar-dev"] = ""
    assert json.loads(run("list", "--json").output)[0]["function"] == "bar-dev-reports"
    functions.targets["bar-dev"] = ARN.replace(":sqs:", ":sns:")
    listed = run("list")
    assert "Warning: " in listed.output
    assert "bar-dev-reports" in listed.output
    functions.targets["bar-dev-reports"] = functions.targets["bar-dev"]
    assert isinstance(run("list").exception, NotAQueueError)
    functions.targets = dict.fromkeys(functions.targets, "")
    missing = run("list").exception
    assert isinstance(missing, DomovoiError)
    assert missing.message == "No function of bar-dev has a dead-letter queue."
