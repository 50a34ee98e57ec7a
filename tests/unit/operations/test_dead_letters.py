"""Dead-letter queues: reading, attributing and redriving messages, against a queue in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from domovoi_tf import Domovoi
from domovoi_tf.errors import DomovoiError
from domovoi_tf.operations.account import AwsError
from domovoi_tf.operations.dead_letters import Letter, NotAQueueError, Queue, Target
from domovoi_tf.operations.deployed_functions import Deployed

ARN = "arn:aws:sqs:eu-west-1:123456789012:dead-orders"
URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead-orders"
BAR_TIMEOUT, REPORTS_TIMEOUT = 60, 300


class FakeQueue:
    """An SQS queue in memory with the limits that AWS documents, as a boto3 client.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """

    def __init__(self, *bodies: Any) -> None:
        self.messages: dict[str, dict[str, Any]] = {}
        #: For how many seconds each message is hidden from other consumers.
        self.hidden: dict[str, int] = {}
        self.failures: dict[str, str] = {}
        for body in bodies:
            self.add(body)

    def add(self, body: Any, sent: int | None = None, **attributes: str) -> None:
        number = len(self.messages)
        self.messages[f"m{number}"] = {
            "Body": body if isinstance(body, str) else json.dumps(body),
            "SentTimestamp": str(1_767_225_600_000 + number * 1000 if sent is None else sent),
            "Attributes": attributes,
        }

    @property
    def visible(self) -> list[str]:
        return [name for name in self.messages if not self.hidden.get(name)]

    def get_queue_url(self, *, QueueName: str, QueueOwnerAWSAccountId: str) -> Any:  # noqa: N803
        self._fail("GetQueueUrl")
        assert (QueueName, QueueOwnerAWSAccountId) == ("dead-orders", "123456789012")
        return {"QueueUrl": URL}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> Any:  # noqa: N803
        self._fail("GetQueueAttributes")
        assert QueueUrl == URL
        counts = {"ApproximateNumberOfMessages": str(len(self.visible))}
        return {"Attributes": {name: counts[name] for name in AttributeNames}}

    def receive_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        MaxNumberOfMessages: int,  # noqa: N803
        VisibilityTimeout: int,  # noqa: N803
        WaitTimeSeconds: int,  # noqa: N803
        AttributeNames: list[str],  # noqa: N803
        MessageAttributeNames: list[str],  # noqa: N803
    ) -> Any:
        self._fail("ReceiveMessage")
        assert QueueUrl == URL
        assert 1 <= MaxNumberOfMessages <= 10
        assert 0 < VisibilityTimeout <= 43200
        assert 1 <= WaitTimeSeconds <= 20  # a short poll does not ask all servers
        assert MessageAttributeNames == ["All"]
        received = self.visible[:MaxNumberOfMessages]
        self.hidden |= dict.fromkeys(received, VisibilityTimeout)
        answers = [self._answer(name, AttributeNames) for name in received]
        return {"Messages": answers} if answers else {}

    def _answer(self, name: str, asked: list[str]) -> dict[str, Any]:
        message = self.messages[name]
        more = {each: {"StringValue": value} for each, value in message["Attributes"].items()}
        return {
            "MessageId": name,
            "ReceiptHandle": f"receipt of {name}",
            "Body": message["Body"],
            "Attributes": {each: message[each] for each in asked},
            **({"MessageAttributes": more} if more else {}),
        }

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        self._fail("DeleteMessage")
        assert QueueUrl == URL
        del self.messages[ReceiptHandle.removeprefix("receipt of ")]

    def change_message_visibility(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        ReceiptHandle: str,  # noqa: N803
        VisibilityTimeout: int,  # noqa: N803
    ) -> None:
        self._fail("ChangeMessageVisibility")
        assert QueueUrl == URL
        name = ReceiptHandle.removeprefix("receipt of ")
        assert name in self.messages
        self.hidden[name] = VisibilityTimeout

    def _fail(self, operation: str) -> None:
        if operation in self.failures:
            error = {"Code": self.failures[operation], "Message": "it is gone"}
            raise ClientError({"Error": error}, operation)  # type: ignore[typeddict-item]


def bar() -> Domovoi:
    """An app with one handler in the default function and two in ``reports``; both get the topic ``all``."""
    app = Domovoi()
    reports = app.function("reports")

    @app.sns_topic_subscriber("orders")
    @app.sns_topic_subscriber("all")
    def serve(event: Any, context: Any) -> None: ...

    @app.sns_topic_subscriber("sales", function=reports)
    @app.sns_topic_subscriber("all", function=reports)
    def report(event: Any, context: Any) -> None: ...

    @app.sns_topic_subscriber("prices", function=reports)
    def price(event: Any, context: Any) -> None: ...

    return app


def deployed(name: str, timeout: int, arn: str = ARN) -> Deployed:
    return Deployed(name, f"arn:aws:lambda:eu-west-1:123456789012:function:{name}", {}, timeout, arn)


BAR = Target("", deployed("bar-dev", BAR_TIMEOUT))
REPORTS = Target("reports", deployed("bar-dev-reports", REPORTS_TIMEOUT))


def opened(queue: FakeQueue, *targets: Target) -> Queue:
    account: Any = SimpleNamespace(client={"sqs": queue}.__getitem__)
    return Queue(account, bar().freeze(), targets or (BAR,))


def published(topic: str) -> Any:
    record = {"EventSource": "aws:sns", "Sns": {"TopicArn": f"arn:aws:sns:r:1:{topic}", "Message": "1"}}
    return {"Records": [record]}


def destination_record(event: Any, **more: Any) -> Any:
    """A record as Lambda sends it to an on-failure destination.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:bar-dev-reports:$LATEST"
    return {
        "version": "1.0",
        "requestContext": {"functionArn": arn, "condition": "RetriesExhausted"},
        "requestPayload": event,
        "responsePayload": {"errorMessage": "no beer", "errorType": "ValueError", "stackTrace": []},
        **more,
    }


def letter(event: Any, function: str = "") -> Letter:
    return Letter("m", datetime(2026, 1, 1, tzinfo=timezone.utc), "", event, "receipt", function)


# The shapes of messages


def test_a_dead_letter_of_lambda_is_the_event_with_the_error_in_an_attribute() -> None:
    queue = FakeQueue()
    queue.add(published("orders"), 1_767_225_600_123, ErrorMessage="no beer", ErrorCode="200")
    assert opened(queue).letters(1) == [
        Letter(
            id="m0",
            time=datetime(2026, 1, 1, 0, 0, 0, 123000, timezone.utc),
            error="no beer",
            event=published("orders"),
            receipt="receipt of m0",
            function="",
        )
    ]


def test_a_destination_record_holds_the_event_the_error_and_the_function() -> None:
    (found,) = opened(FakeQueue(destination_record({"beer": 1}))).letters(1)
    assert (found.event, found.error, found.function) == (
        {"beer": 1},
        "ValueError: no beer",
        "bar-dev-reports",
    )


@pytest.mark.parametrize(
    ("response", "error"),
    [
        ({"errorMessage": "no beer"}, "no beer"),
        ({"errorType": "ValueError"}, "ValueError"),
        ({"errorType": "", "errorMessage": None}, ""),
        ("no beer", ""),
        (None, ""),
    ],
)
def test_the_error_of_a_destination_record_is_as_much_as_it_has(response: Any, error: str) -> None:
    (found,) = opened(FakeQueue(destination_record({}, responsePayload=response))).letters(1)
    assert found.error == error


@pytest.mark.parametrize("context", [{}, {"functionArn": None}, {"functionArn": "bar"}, None, "bar", []])
def test_a_destination_record_may_lack_the_function(context: Any) -> None:
    (found,) = opened(FakeQueue(destination_record({}, requestContext=context))).letters(1)
    assert (found.function, found.error) == ("", "ValueError: no beer")


@pytest.mark.parametrize("missing", ["requestContext", "requestPayload", "responsePayload"])
def test_an_event_that_resembles_a_destination_record_is_an_event(missing: str) -> None:
    event = destination_record({"beer": 1})
    del event[missing]
    (found,) = opened(FakeQueue(event)).letters(1)
    assert (found.event, found.error, found.function) == (event, "", "")


@pytest.mark.parametrize(
    ("body", "event"), [("what is this", "what is this"), ("[1]", [1]), ('"beer"', "beer"), ("null", None)]
)
def test_a_message_may_be_any_text(body: str, event: Any) -> None:
    (found,) = opened(FakeQueue(body)).letters(1)
    assert (found.event, found.error) == (event, "")


def test_an_attribute_without_text_is_not_an_error_message() -> None:
    queue = FakeQueue({})
    queue.receive_message = lambda **_: {  # type: ignore[method-assign]
        "Messages": [
            {
                "MessageId": "m0",
                "ReceiptHandle": "receipt of m0",
                "Body": "{}",
                "Attributes": {"SentTimestamp": "0"},
                "MessageAttributes": {"ErrorMessage": {"DataType": "Binary", "BinaryValue": b"\0"}},
            }
        ]
    }
    (found,) = opened(queue).letters(1)
    assert (found.error, found.time) == ("", datetime(1970, 1, 1, tzinfo=timezone.utc))


# Reading


def test_messages_are_listed_oldest_first_and_stay_in_the_queue() -> None:
    queue = FakeQueue()
    for sent in (3000, 1000, 2000):
        queue.add({"sent": sent}, sent)
    assert [found.event["sent"] for found in opened(queue).letters(100)] == [1000, 2000, 3000]
    assert queue.visible == ["m0", "m1", "m2"]


@pytest.mark.parametrize(("most", "count"), [(1, 1), (10, 10), (11, 11), (24, 24), (25, 25), (26, 25)])
def test_no_more_messages_are_read_than_asked_for(most: int, count: int) -> None:
    queue = FakeQueue(*range(25))
    assert [found.event for found in opened(queue).letters(most)] == list(range(count))
    assert len(queue.visible) == 25


def test_messages_are_hidden_from_other_consumers_while_they_are_read() -> None:
    queue = FakeQueue(*range(11))
    shown: list[dict[str, int]] = []
    receive = queue.receive_message

    def watch(**arguments: Any) -> Any:
        shown.append(dict(queue.hidden))
        return receive(**arguments)

    queue.receive_message = watch  # type: ignore[method-assign]
    opened(queue).letters(100)
    assert [len(hidden) for hidden in shown] == [0, 10, 11]
    assert set(shown[-1].values()) == {60}


def test_messages_read_before_an_error_are_visible_again() -> None:
    queue = FakeQueue(*range(11))
    receive = queue.receive_message

    def fail_second(**arguments: Any) -> Any:
        if queue.hidden:
            queue.failures["ReceiveMessage"] = "AccessDenied"
        return receive(**arguments)

    queue.receive_message = fail_second  # type: ignore[method-assign]
    with pytest.raises(AwsError, match="AWS refused ReceiveMessage: it is gone"):
        opened(queue).letters(100)
    assert len(queue.visible) == 11


def test_size_is_the_number_of_visible_messages() -> None:
    assert opened(FakeQueue(*range(12))).size() == 12
    assert opened(FakeQueue()).size() == 0


# Which function a message is for


def test_with_one_function_every_message_is_its_own() -> None:
    queue = opened(FakeQueue(), BAR)
    for event in (published("orders"), published("sales"), "what is this"):
        assert queue.addressee(letter(event)) == BAR.function
    assert queue.addressee(letter({}, "bar-dev-reports")) == BAR.function
    assert queue.handlers(letter(published("orders"))) == ["serve"]
    assert queue.handlers(letter(published("sales"))) == []


@pytest.mark.parametrize(
    ("event", "function", "addressee", "handlers"),
    [
        (published("orders"), "", BAR, ["serve"]),
        (published("sales"), "", REPORTS, ["report"]),
        # Both have a handler for it.
        (published("all"), "", None, ["serve", "report"]),
        (published("all"), "bar-dev", BAR, ["serve"]),
        (published("all"), "bar-dev-reports", REPORTS, ["report"]),
        # The function that the message names counts, not the handler.
        (published("orders"), "bar-dev-reports", REPORTS, []),
        # A function that does not have this queue.
        (published("sales"), "another-dev", REPORTS, ["report"]),
        # Nobody has a handler for it.
        ("what is this", "", None, []),
    ],
)
def test_with_several_functions_a_message_is_for_the_one_named_or_the_one_with_a_handler(
    event: Any, function: str, addressee: Target | None, handlers: list[str]
) -> None:
    queue = opened(FakeQueue(), BAR, REPORTS)
    assert queue.addressee(letter(event, function)) == (addressee.function if addressee else None)
    assert queue.handlers(letter(event, function)) == handlers


def test_a_message_with_records_for_several_handlers_names_each_once() -> None:
    records = [published(topic)["Records"][0] for topic in ("sales", "prices", "sales")]
    assert opened(FakeQueue(), REPORTS).handlers(letter({"Records": records})) == ["report", "price"]


# Redriving


def handling(*bad: Any) -> tuple[list[Any], Callable[[Letter], bool]]:
    """Returns the events that were handled, and what handles all but the bad ones."""
    events: list[Any] = []

    def handle(message: Letter) -> bool:
        events.append(message.event)
        return message.event not in bad

    return events, handle


def test_handled_messages_are_deleted_and_failed_ones_stay() -> None:
    queue = FakeQueue(*range(4))
    events, handle = handling(0, 2)
    results = [(message.event, done) for message, done in opened(queue).redrive(handle, 100)]
    assert results == [(0, False), (1, True), (2, False), (3, True)]
    assert events == [0, 1, 2, 3]  # what fails is not handled again
    assert queue.visible == ["m0", "m2"]


@pytest.mark.parametrize(("most", "count"), [(0, 0), (1, 1), (2, 2), (3, 2)])
def test_no_more_messages_are_redriven_than_asked_for(most: int, count: int) -> None:
    queue = FakeQueue(*range(2))
    events, handle = handling()
    assert len(list(opened(queue).redrive(handle, most))) == count
    assert (events, len(queue.visible)) == (list(range(count)), 2 - count)


@pytest.mark.parametrize(
    ("targets", "timeout"),
    [((BAR,), BAR_TIMEOUT), ((BAR, REPORTS), REPORTS_TIMEOUT), ((REPORTS, BAR), REPORTS_TIMEOUT)],
)
def test_messages_are_received_one_at_a_time_and_hidden_until_the_slowest_function_is_done(
    targets: tuple[Target, ...], timeout: int
) -> None:
    queue = FakeQueue("first", "second")
    hidden: list[dict[str, int]] = []

    def handle(message: Letter) -> bool:
        hidden.append(dict(queue.hidden))
        return False

    list(opened(queue, *targets).redrive(handle, 2))
    assert hidden == [{"m0": 60 + timeout}, {"m0": 60 + timeout, "m1": 60 + timeout}]


def test_a_message_is_deleted_before_the_next_one_is_handled() -> None:
    queue = FakeQueue("first", "second")
    _, handle = handling()
    redrive = opened(queue).redrive(handle, 2)
    next(redrive)
    assert list(queue.messages) == ["m1"]


def test_a_message_whose_handling_is_interrupted_is_visible_again() -> None:
    queue = FakeQueue("first", "second")

    def handle(message: Letter) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(opened(queue).redrive(handle, 2))
    assert queue.visible == ["m0", "m1"]


def test_a_message_that_cannot_be_deleted_is_visible_again() -> None:
    queue = FakeQueue("first")
    queue.failures["DeleteMessage"] = "AccessDenied"
    _, handle = handling()
    with pytest.raises(AwsError, match="AWS refused DeleteMessage: it is gone"):
        list(opened(queue).redrive(handle, 1))
    assert queue.visible == ["m0"]


# Errors


def test_a_topic_is_not_a_queue() -> None:
    arn = "arn:aws:sns:eu-west-1:123456789012:dead-orders"
    targets = [Target(name, deployed(f"bar-dev{name}", 60, arn)) for name in ("", "-reports")]
    with pytest.raises(NotAQueueError) as caught:
        opened(FakeQueue(), *targets)
    assert str(caught.value) == (
        f"What bar-dev, bar-dev-reports cannot handle goes to the topic {arn}: "
        "a topic keeps no messages that could be listed.\n"
        "Subscribe a queue to it, or make dead_letter_queue_target_arn a queue."
    )


@pytest.mark.parametrize(
    ("operation", "use"),
    [
        ("GetQueueUrl", lambda queue: opened(queue)),
        ("GetQueueAttributes", lambda queue: opened(queue).size()),
        ("ReceiveMessage", lambda queue: opened(queue).letters(1)),
        ("ReceiveMessage", lambda queue: list(opened(queue).redrive(bool, 1))),
        ("ChangeMessageVisibility", lambda queue: opened(queue).letters(1)),
    ],
)
def test_what_aws_refuses_is_an_error_with_a_remedy(operation: str, use: Callable[[FakeQueue], Any]) -> None:
    queue = FakeQueue("first")
    queue.failures[operation] = "AccessDenied"
    with pytest.raises(DomovoiError) as caught:
        use(queue)
    assert str(caught.value) == (
        f"AWS refused {operation}: it is gone\n"
        f"Allow {operation} to these credentials, or use others (AWS_PROFILE)."
    )


def test_a_queue_has_its_name_and_its_functions() -> None:
    queue = opened(FakeQueue(), BAR, REPORTS)
    assert (queue.name, queue.targets) == ("dead-orders", (BAR, REPORTS))
