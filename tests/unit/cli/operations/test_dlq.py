"""`dlq list` and `dlq redrive`, in this process and against a queue in memory."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import click
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from click.testing import CliRunner, Result
from fake_aws import FakeAws, refusal

from domovoi_tf.cli import pipeline, prompts
from domovoi_tf.cli.operations.dlq import dlq
from domovoi_tf.errors import DomovoiError
from domovoi_tf.operations.dead_letters.queue import NotAQueueError

from ...operations.dead_letters.test_queue import ARN, FakeQueue

pytestmark = pytest.mark.usefixtures("project", "loaded")
LOADED: list[pipeline.Project] = []

APP = """from domovoi_tf import Domovoi

app = Domovoi()
reports = app.function("reports")


@app.sns_topic_subscriber("orders")
def tend(event, context): ...


@app.sqs_queue_subscriber("jobs", max_receive_count=3)
def work(event, context): ...


@app.scheduled_function("rate(1 day)", function=reports)
def report(event, context): ...
"""
ORDER = {
    "Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": "arn:aws:sns:r:1:orders", "Message": ""}}]
}
REMEDY = (
    "A message whose function is unknown stays in the queue. Give each function of each stage its own queue "
    "(dead_letter_queue_target_arn), or use on_failure, whose messages name the function."
)
TASK = {"task_name": "report", "event": {}}


@pytest.fixture
def loaded(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app, which is imported once for all tests of this module."""
    if not LOADED:
        LOADED.append(pipeline.load_deployed(project, "dev"))
    monkeypatch.setattr(pipeline, "load_deployed", lambda *_: LOADED[0])


class Functions:
    """The deployed functions: their dead-letter targets, and what their handlers return for an event."""

    def __init__(self, aws: FakeAws) -> None:
        self.targets = {"bar-dev": ARN, "bar-dev-reports": ARN}
        self.results: dict[str, Any] = {}
        self.invoked: list[tuple[str, Any]] = []
        #: The event source mappings of each function, and the on-failure destinations of invocations.
        self.mappings: dict[str, list[Any]] = {}
        self.destinations: dict[str, str] = {}
        #: The log of each invocation.
        self.log = ""
        #: Whether a function of another stage sends to the queue.
        self.is_shared = False
        aws.on("lambda", "GetFunctionConfiguration", self.configuration)
        aws.on("lambda", "Invoke", self.invoke)
        aws.on("lambda", "ListFunctions", self.list)
        aws.on("lambda", "ListEventSourceMappings", self.list_mappings)
        aws.on("lambda", "GetFunctionEventInvokeConfig", self.get_invoke_config)
        aws.on("logs", "FilterLogEvents", self.filter_log)

    def list(self) -> Any:
        others = {"bar-prod": self.targets["bar-dev"]} if self.is_shared else {}
        functions = [
            {"FunctionName": name, "DeadLetterConfig": {"TargetArn": target}}
            for name, target in {**self.targets, **others}.items()
        ]
        return {"Functions": functions}

    def list_mappings(self, FunctionName: str) -> Any:
        return {"EventSourceMappings": self.mappings.get(FunctionName, [])}

    def get_invoke_config(self, FunctionName: str) -> Any:
        if FunctionName not in self.destinations:
            raise refusal("ResourceNotFoundException", "no event invoke config", 404)
        return {"DestinationConfig": {"OnFailure": {"Destination": self.destinations[FunctionName]}}}

    def filter_log(self, logGroupName: str, filterPattern: str, **_: Any) -> Any:
        """The request IDs begin with the name of their function."""
        request = filterPattern.strip('"')
        is_own = logGroupName == f"/aws/lambda/{request.rpartition('-')[0]}"
        return {"events": [{"message": f"START RequestId: {request} Version: $LATEST"}] if is_own else []}

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
        log = base64.b64encode(self.log.encode()).decode()
        return {**answer, "LogResult": log, "Payload": StreamingBody(io.BytesIO(body), len(body))}


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
    queue.add(ORDER, 1_767_225_600_123, ErrorMessage="no beer\nTraceback", RequestID="bar-dev-1")
    queue.add("secret", 1_767_225_601_000)
    lines = [line.split() for line in run("list").output.splitlines()]
    assert lines[0] == ["TIME", "QUEUE", "FUNCTION", "HANDLER", "ERROR"]
    assert [line[2:] for line in lines[1:]] == [
        ["dead-orders", "bar-dev", "tend", "no", "beer"],
        ["dead-orders", "?", "?"],
    ]
    assert json.loads(run("list", "--json").output) == [
        {
            "id": "m0",
            "time": "2026-01-01T00:00:00.123+00:00",
            "queue": "dead-orders",
            "source": None,
            "function": "bar-dev",
            "origin": "bar-dev",
            "handlers": ["tend"],
            "error": "no beer\nTraceback",
        },
        {
            "id": "m1",
            "time": "2026-01-01T00:00:01.000+00:00",
            "queue": "dead-orders",
            "source": None,
            "function": None,
            "origin": None,
            "handlers": [],
            "error": None,
        },
    ]
    assert len(json.loads(run("list", "--json", "--max", "1").output)) == 1
    assert queue.visible == ["m0", "m1"]


def test_functions_are_invoked_again_and_handled_messages_deleted(
    queue: FakeQueue, functions: Functions
) -> None:
    queue.add(ORDER, RequestID="bar-dev-1")
    queue.add(TASK, RequestID="bar-dev-reports-2")
    queue.add('"secret"')
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
            "cannot tell which function it came from: bar-dev, bar-dev-reports send to this queue, "
            "and it has no request ID",
        ],
        ["1", "handled", "and", "deleted, 2 failed and kept."],
        REMEDY.split(maxsplit=3),
    ]


@pytest.mark.parametrize("event", [ORDER, TASK])
def test_event_of_another_stage_is_not_redriven(event: Any, queue: FakeQueue, functions: Functions) -> None:
    functions.targets["bar-dev-reports"] = ""
    functions.is_shared = True
    queue.add(event, RequestID="bar-prod-1")
    listed = run("list").output.splitlines()[1].split()
    assert listed[2:] == ["dead-orders", "bar-prod", "?"]
    done = run("redrive", "--yes", "--json")
    (result,) = json.loads(done.stdout)
    assert (done.exit_code, result["function"], result["origin"], result["error"]) == (
        1,
        None,
        "bar-prod",
        "it came from bar-prod, which is not a function of this stage with this queue",
    )
    assert (functions.invoked, queue.visible) == ([], ["m0"])


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"platform.report","record":{"metrics":[]}}',
        '{"type":"platform.report","record":{"requestId":"request","metrics":{"durationMs":"abc"}}}',
        "REPORT RequestId: request\tDuration: 1.2.3 ms",
        "START RequestId: request Version: $LATEST\ndomovoi_tf handler: tend request",
        "[" * 100_000,
        '{"timestamp": 1, "level": 1, "message": ' + '{"a":' * 50_000,
        "\ud800\x1b[2J",
    ],
)
def test_handled_message_is_deleted_whatever_its_log_holds(
    line: str, queue: FakeQueue, functions: Functions
) -> None:
    functions.log = line.encode("utf-8", "replace").decode()
    for _ in range(2):
        queue.add(ORDER, RequestID="bar-dev-1")
    done = run("redrive", "--yes")
    assert (done.exit_code, len(functions.invoked), queue.messages) == (0, 2, {})


def test_handled_message_is_deleted_although_its_result_cannot_be_printed(
    queue: FakeQueue, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        queue.add(ORDER, RequestID="bar-dev-1")

    def break_pipe(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", break_pipe)
    assert isinstance(run("redrive", "--yes").exception, OSError)
    assert (len(functions.invoked), list(queue.messages), queue.visible) == (1, ["m1"], ["m1"])


def test_message_with_an_unknown_outcome_is_kept_and_the_next_one_redriven(
    queue: FakeQueue, functions: Functions, aws: FakeAws
) -> None:
    queue.add({"n": 0}, RequestID="bar-dev-1")
    queue.add({"n": 1}, RequestID="bar-dev-2")

    def invoke(Payload: bytes, **more: Any) -> Any:
        if json.loads(Payload)["n"] == 0:
            raise ReadTimeoutError(endpoint_url="https://lambda")
        return functions.invoke(Payload=Payload, **more)

    aws.on("lambda", "Invoke", invoke)
    done = run("redrive", "--yes")
    assert done.output.splitlines()[0].split("m0  ")[1] == (
        "unknown outcome: The result of bar-dev did not arrive: "
        'Read timeout on endpoint URL: "https://lambda" '
        "The function may have handled the event: look at its log before you invoke it again."
    )
    assert (done.exit_code, queue.visible, list(queue.messages)) == (1, ["m0"], ["m0"])


def test_refused_event_is_kept_and_the_next_one_redriven_unless_access_is_denied(
    queue: FakeQueue, functions: Functions, aws: FakeAws
) -> None:
    for _ in range(2):
        queue.add(ORDER, RequestID="bar-dev-1")
    aws.on("lambda", "Invoke", refusal("RequestTooLargeException", "too large"))
    done = run("redrive", "--yes")
    assert [line.split("  ")[-1] for line in done.output.splitlines()[:2]] == [
        "AWS refused Invoke: too large"
    ] * 2
    aws.on("lambda", "Invoke", refusal("AccessDeniedException", "denied"))
    done = run("redrive", "--yes", "--json")
    assert (str(done.exception).splitlines()[0], done.stdout) == ("AWS refused Invoke: denied", "[]\n")
    assert (len(aws.made("Invoke")), queue.visible) == (3, ["m0", "m1"])


def test_event_is_sent_unchanged(queue: FakeQueue, functions: Functions, aws: FakeAws) -> None:
    body = '{"price": 1.00, "id": 12345678901234567890.5, "task_name": "report", "a": "\\u00e4"}'
    queue.add(body, RequestID="bar-dev-1")
    assert run("redrive", "--yes").exit_code == 0
    assert [call["Payload"] for call in aws.made("Invoke")] == [body.encode()]


def test_controls_in_a_message_are_escaped(queue: FakeQueue, functions: Functions) -> None:
    queue.add(ORDER, RequestID="bar-dev-1", ErrorMessage="a\x1b[2J\u202eb\x9b")
    assert run("list").output.splitlines()[1].endswith("  a\\x1b[2J\\u202eb\\x9b")
    assert "\x9b" not in run("list", "--json").output
    functions.results["bar-dev"] = {"errorType": "E\x1b", "errorMessage": "one\ntwo\u2028\r"}
    assert run("redrive", "--yes").output.splitlines()[0].endswith("E\\x1b: one\\ntwo\\u2028\\r")


def test_records_that_fail_again_keep_their_message(queue: FakeQueue, functions: Functions) -> None:
    queue.add(ORDER, RequestID="bar-dev-1")
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
        queue.add(ORDER, RequestID="bar-dev-1")
    done = run("redrive", "--yes", "--max", "2")
    assert (done.exit_code, len(functions.invoked), list(queue.messages)) == (0, 2, ["m2"])
    assert done.output.splitlines()[-1] == "2 handled and deleted, 0 failed and kept."
    assert run("redrive").exit_code == 1  # it would ask, and there is no terminal
    assert len(functions.invoked) == 2


def test_question_counts_the_messages(queue: FakeQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[str] = []
    monkeypatch.setattr(prompts, "confirm", lambda question, *_, **__: questions.append(question))
    for _ in range(3):
        queue.add(ORDER, RequestID="bar-dev-1")
    assert run("redrive", "--max", "2").exit_code == run("redrive").exit_code == 0
    assert questions == [
        "Invoke bar-dev, bar-dev-reports again for 2 messages?",
        "Invoke bar-dev, bar-dev-reports again for 1 message?",
    ]


def test_empty_queue_needs_no_question(queue: FakeQueue) -> None:
    done = run("redrive")
    assert (done.exit_code, done.output) == (0, "No messages in dead-orders.\n")


def test_functions_without_a_queue_are_left_out(queue: FakeQueue, functions: Functions) -> None:
    queue.add('"anything"')
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
    assert (missing.message, missing.remedy) == (
        "bar-dev has no dead-letter queue.",
        "Set dead_letter_queue_target_arn in .chalice/config.json for asynchronous invocations, "
        "max_receive_count of sqs_queue_subscriber for a queue, or on_failure for a stream, and deploy.",
    )


SOURCE = "arn:aws:sqs:eu-west-1:123456789012:jobs"


@pytest.fixture
def jobs(queue: FakeQueue, functions: Functions, aws: FakeAws) -> list[dict[str, Any]]:
    """The messages sent to a queue that a function reads, and from which SQS moves messages to the queue."""
    sent: list[dict[str, Any]] = []
    functions.targets = dict.fromkeys(functions.targets, "")
    functions.mappings["bar-dev"] = [{"EventSourceArn": SOURCE}]
    policy = json.dumps({"deadLetterTargetArn": ARN, "maxReceiveCount": "3"})

    def read_attributes(QueueUrl: str, AttributeNames: list[str]) -> Any:
        if AttributeNames == ["RedrivePolicy"]:
            return {"Attributes": {"RedrivePolicy": policy} if QueueUrl.endswith("/jobs") else {}}
        return queue.get_queue_attributes(QueueUrl=QueueUrl, AttributeNames=AttributeNames)

    def find_url(QueueName: str, **more: Any) -> Any:
        own = queue.get_queue_url(QueueName="dead-orders", **more)
        return {"QueueUrl": f"https://sqs/{QueueName}"} if QueueName != "dead-orders" else own

    aws.on("sqs", "GetQueueAttributes", read_attributes)
    aws.on("sqs", "GetQueueUrl", find_url)

    def send(**message: Any) -> None:
        sent.append(message)

    aws.on("sqs", "SendMessage", send)
    return sent


def move(queue: FakeQueue, body: Any, source: str = SOURCE) -> None:
    queue.add(body)
    queue.messages[f"m{len(queue.messages) - 1}"]["DeadLetterQueueSourceArn"] = source


def test_messages_of_a_queue_are_listed_and_sent_back_to_it(
    queue: FakeQueue, jobs: list[dict[str, Any]]
) -> None:
    move(queue, {"beer": 1})
    move(queue, "x")
    listed = run("list").output.splitlines()[1].split(maxsplit=5)
    assert listed[2:] == ["dead-orders", "bar-dev", "work", "moved by SQS from jobs"]
    (first, _) = json.loads(run("list", "--json").stdout)
    assert (first["source"], first["function"], first["handlers"], first["error"]) == (
        SOURCE,
        "bar-dev",
        ["work"],
        None,
    )
    done = run("redrive", "--yes", "--max", "1")
    assert (done.exit_code, done.output) == (0, "sent back  work  m0\n1 sent back, 0 failed and kept.\n")
    assert [(each["QueueUrl"], each["MessageBody"]) for each in jobs] == [("https://sqs/jobs", '{"beer": 1}')]
    assert list(queue.messages) == ["m1"]
    (result,) = json.loads(run("redrive", "--yes", "--json").stdout)
    assert (result["succeeded"], result["sent_back"], result["error"]) == (True, True, None)
    assert (len(jobs), queue.messages) == (2, {})


def test_message_of_another_stages_queue_is_kept(queue: FakeQueue, jobs: list[dict[str, Any]]) -> None:
    other = SOURCE.replace("jobs", "jobs-prod")
    move(queue, "x", other)
    move(queue, "y", other)
    done = run("redrive", "--yes")
    assert (done.exit_code, jobs, list(queue.messages), queue.visible) == (1, [], ["m0", "m1"], ["m0", "m1"])
    assert done.output.splitlines()[1:] == [
        f"failed     ?  m1  SQS moved it from {other}, which no function of this stage reads",
        "0 handled and deleted, 2 failed and kept.",
        "To move all messages that SQS moved to dead-orders back to their queues, run: "
        f"aws sqs start-message-move-task --source-arn {ARN}",
    ]


def test_refused_message_is_kept_and_the_next_one_sent_back(
    queue: FakeQueue, jobs: list[dict[str, Any]], aws: FakeAws
) -> None:
    move(queue, "x")
    aws.on("sqs", "SendMessage", refusal("InvalidMessageContents", "a control character"))
    done = run("redrive", "--yes", "--json")
    (result,) = json.loads(done.stdout)
    assert (done.exit_code, result["error"], result["sent_back"]) == (
        1,
        "AWS refused SendMessage: a control character",
        False,
    )
    assert (queue.visible, done.stderr) == (["m0"], "")


def test_questions_name_functions_and_queues(
    queue: FakeQueue, jobs: list[dict[str, Any]], functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[str] = []

    def ask(question: str, *_: Any, **__: Any) -> None:
        questions.append(question)
        raise click.Abort

    monkeypatch.setattr(prompts, "confirm", ask)
    move(queue, "x")
    run("redrive")
    functions.destinations["bar-dev-reports"] = ARN
    move(queue, "y")
    run("redrive")
    assert questions == [
        "Send 1 message back to jobs?",
        "Redrive 2 messages: invoke bar-dev-reports again, or send them back to jobs?",
    ]


def test_destination_of_a_function_is_listed_by_its_records(queue: FakeQueue, functions: Functions) -> None:
    functions.targets = dict.fromkeys(functions.targets, "")
    functions.destinations["bar-dev-reports"] = ARN
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:bar-dev-reports:$LATEST"
    context = {"functionArn": arn, "condition": "RetriesExhausted"}
    queue.add({"requestContext": context, "requestPayload": TASK, "responsePayload": {"errorMessage": "no"}})
    queue.add(TASK)
    done = run("redrive", "--yes")
    assert (functions.invoked, list(queue.messages)) == ([("bar-dev-reports", TASK)], ["m1"])
    assert done.output.splitlines()[1] == (
        "failed     ?  m1  it is no record of a failed invocation, so it is no event of a function"
    )
