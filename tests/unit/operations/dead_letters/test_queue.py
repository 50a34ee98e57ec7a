"""Dead-letter queues: reading, attributing and redriving messages, against a queue in memory."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from domovoi_tf import Domovoi
from domovoi_tf.errors import DomovoiError
from domovoi_tf.operations.account import AwsError
from domovoi_tf.operations.dead_letters.messages import Batch, Message
from domovoi_tf.operations.dead_letters.queue import NotAQueueError, Queue
from domovoi_tf.operations.dead_letters.senders import Senders, Target
from domovoi_tf.operations.deployed_functions import DeployedFunction

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

    def get_queue_url(self, *, QueueName: str, QueueOwnerAWSAccountId: str) -> Any:
        self._fail("GetQueueUrl")
        assert (QueueName, QueueOwnerAWSAccountId) == ("dead-orders", "123456789012")
        return {"QueueUrl": URL}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> Any:
        self._fail("GetQueueAttributes")
        assert QueueUrl == URL
        counts = {"ApproximateNumberOfMessages": str(len(self.visible))}
        return {"Attributes": {name: counts[name] for name in AttributeNames}}

    def receive_message(
        self,
        *,
        QueueUrl: str,
        MaxNumberOfMessages: int,
        VisibilityTimeout: int,
        WaitTimeSeconds: int,
        AttributeNames: list[str],
        MessageAttributeNames: list[str],
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

    def _answer(self, name: str, attribute_names: list[str]) -> dict[str, Any]:
        message = self.messages[name]
        more = {each: {"StringValue": value} for each, value in message["Attributes"].items()}
        return {
            "MessageId": name,
            "ReceiptHandle": f"receipt of {name}",
            "Body": message["Body"],
            "Attributes": {each: message[each] for each in attribute_names if each in message},
            **({"MessageAttributes": more} if more else {}),
        }

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:
        self._fail("DeleteMessage")
        assert QueueUrl == URL
        del self.messages[ReceiptHandle.removeprefix("receipt of ")]

    def change_message_visibility(
        self,
        *,
        QueueUrl: str,
        ReceiptHandle: str,
        VisibilityTimeout: int,
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


def make_app() -> Domovoi:
    """Returns an app with one handler in the default function and two in ``reports``; both handle ``all``."""
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


def make_function(name: str, timeout: int, arn: str = ARN) -> DeployedFunction:
    return DeployedFunction(name, f"arn:aws:lambda:eu-west-1:123456789012:function:{name}", {}, timeout, arn)


BAR = Target("", make_function("bar-dev", BAR_TIMEOUT))
REPORTS = Target("reports", make_function("bar-dev-reports", REPORTS_TIMEOUT))


def open_queue(queue: FakeQueue, *targets: Target) -> Queue:
    targets = targets or (BAR,)
    functions = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=lambda: [{"Functions": []}]))
    account: Any = SimpleNamespace(create_client={"sqs": queue, "lambda": functions}.__getitem__)
    return Queue(account, make_app().freeze(), Senders(targets[0].function.dead_letter_target, targets))


def make_sns_event(topic: str) -> Any:
    record = {"EventSource": "aws:sns", "Sns": {"TopicArn": f"arn:aws:sns:r:1:{topic}", "Message": "1"}}
    return {"Records": [record]}


def make_destination_record(event: Any, **more: Any) -> Any:
    """Returns a record as Lambda sends it to an on-failure destination.

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


def make_message(event: Any, arn: str | None = None) -> Message:
    time = datetime(2026, 1, 1, tzinfo=timezone.utc)
    return Message(f"m {arn}", time, "", event, "receipt", json.dumps(event), function_arn=arn)


# The shapes of messages


def test_dead_letter_of_lambda_has_event_and_error_attribute() -> None:
    queue = FakeQueue()
    queue.add(
        make_sns_event("orders"), 1_767_225_600_123, ErrorMessage="no beer", ErrorCode="200", RequestID="id-1"
    )
    assert open_queue(queue).read_messages(1) == [
        Message(
            id="m0",
            time=datetime(2026, 1, 1, 0, 0, 0, 123000, timezone.utc),
            error="no beer",
            event=make_sns_event("orders"),
            receipt="receipt of m0",
            payload=json.dumps(make_sns_event("orders")),
            request_id="id-1",
        )
    ]


def test_destination_record_has_event_error_and_function() -> None:
    (message,) = open_queue(FakeQueue(make_destination_record({"beer": 1}))).read_messages(1)
    assert (message.event, message.payload, message.error, message.function_arn) == (
        {"beer": 1},
        '{"beer": 1}',
        "ValueError: no beer",
        REPORTS.function.arn,
    )


def test_dead_letter_whose_event_is_a_destination_record_has_the_record_as_its_event() -> None:
    """The event of a function that is the destination of another one."""
    queue = FakeQueue()
    queue.add(make_destination_record({"beer": 1}), RequestID="id-1", ErrorCode="200", ErrorMessage="wet")
    (message,) = open_queue(queue).read_messages(1)
    assert (message.event, message.error) == (make_destination_record({"beer": 1}), "wet")
    assert (message.function_arn, message.request_id) == (None, "id-1")


def test_message_that_sqs_moved_has_its_queue() -> None:
    queue = FakeQueue({})
    queue.messages["m0"]["DeadLetterQueueSourceArn"] = "arn:aws:sqs:eu-west-1:1:orders"
    (message,) = open_queue(queue).read_messages(1)
    assert message.source_queue == "arn:aws:sqs:eu-west-1:1:orders"


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
def test_error_of_destination_record_may_be_incomplete(response: Any, error: str) -> None:
    (message,) = open_queue(FakeQueue(make_destination_record({}, responsePayload=response))).read_messages(1)
    assert message.error == error


@pytest.mark.parametrize("context", [{}, {"functionArn": None}, {"functionArn": ""}, None, "bar", []])
def test_destination_record_may_lack_the_function(context: Any) -> None:
    (message,) = open_queue(FakeQueue(make_destination_record({}, requestContext=context))).read_messages(1)
    assert (message.function_arn, message.error) == ("", "ValueError: no beer")


@pytest.mark.parametrize("missing", ["requestContext", "requestPayload", "responsePayload"])
def test_event_that_resembles_a_destination_record_is_an_event(missing: str) -> None:
    event = make_destination_record({"beer": 1})
    del event[missing]
    (message,) = open_queue(FakeQueue(event)).read_messages(1)
    assert (message.event, message.error, message.function_arn) == (event, "", None)


@pytest.mark.parametrize(
    ("body", "event", "is_json"),
    [
        ("what is this", "what is this", False),
        ("[" * 100_000, "[" * 100_000, False),
        ("[1]", [1], True),
        ('"beer"', "beer", True),
        ("null", None, True),
        ('{"price": 1.00, "price": 1e400}', {"price": float("inf")}, True),
    ],
)
def test_message_may_be_any_text(body: str, event: Any, is_json: bool) -> None:
    (message,) = open_queue(FakeQueue(body)).read_messages(1)
    assert (message.event, message.error, message.payload) == (event, "", body if is_json else None)


def test_binary_attribute_is_not_an_error_message() -> None:
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
    (message,) = open_queue(queue).read_messages(1)
    assert (message.error, message.time) == ("", datetime(1970, 1, 1, tzinfo=timezone.utc))


# Reading


def test_messages_are_listed_oldest_first_and_stay_in_the_queue() -> None:
    queue = FakeQueue()
    for sent in (3000, 1000, 2000):
        queue.add({"sent": sent}, sent)
    assert [message.event["sent"] for message in open_queue(queue).read_messages(100)] == [1000, 2000, 3000]
    assert queue.visible == ["m0", "m1", "m2"]


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (10, 10), (11, 11), (24, 24), (25, 25), (26, 25)])
def test_reading_stops_at_the_limit(limit: int, count: int) -> None:
    queue = FakeQueue(*range(25))
    assert [message.event for message in open_queue(queue).read_messages(limit)] == list(range(count))
    assert len(queue.visible) == 25


def test_messages_are_hidden_while_they_are_read() -> None:
    queue = FakeQueue(*range(11))
    snapshots: list[dict[str, int]] = []
    receive = queue.receive_message

    def watch(**arguments: Any) -> Any:
        snapshots.append(dict(queue.hidden))
        return receive(**arguments)

    queue.receive_message = watch  # type: ignore[method-assign]
    open_queue(queue).read_messages(100)
    assert [len(hidden) for hidden in snapshots] == [0, 10, 11]
    assert set(snapshots[-1].values()) == {60}


def test_messages_read_before_an_error_are_visible_again() -> None:
    queue = FakeQueue(*range(11))
    receive = queue.receive_message

    def fail_second(**arguments: Any) -> Any:
        if queue.hidden:
            queue.failures["ReceiveMessage"] = "AccessDenied"
        return receive(**arguments)

    queue.receive_message = fail_second  # type: ignore[method-assign]
    with pytest.raises(AwsError, match="AWS refused ReceiveMessage: it is gone"):
        open_queue(queue).read_messages(100)
    assert len(queue.visible) == 11


def test_size_is_the_number_of_visible_messages() -> None:
    assert open_queue(FakeQueue(*range(12))).count_messages() == 12
    assert open_queue(FakeQueue()).count_messages() == 0


# Which function a message is for


def test_handlers_are_those_of_the_function_that_the_message_came_from() -> None:
    queue = open_queue(FakeQueue(), BAR)
    assert queue.find_origin(make_message({})).function == BAR.function
    assert queue.find_handlers(make_message(make_sns_event("orders"))) == ["serve"]
    assert queue.find_handlers(make_message(make_sns_event("sales"))) == []
    shared = open_queue(FakeQueue(), BAR, REPORTS)
    event = make_sns_event("all")
    for arn, handlers in ((BAR.function.arn, ["serve"]), (REPORTS.function.arn, ["report"]), ("", [])):
        assert shared.find_handlers(make_message(event, arn)) == handlers


def test_handlers_of_several_records_are_listed_once() -> None:
    records = [make_sns_event(topic)["Records"][0] for topic in ("sales", "prices", "sales")]
    message = make_message({"Records": records})
    assert open_queue(FakeQueue(), REPORTS).find_handlers(message) == ["report", "price"]


# Redriving


def ignore() -> None: ...


def make_handler(*bad: Any) -> tuple[list[Any], Callable[[Message], bool]]:
    """Returns a handler that fails for the bad events, and the list of events that it was called with."""
    events: list[Any] = []

    def handle(message: Message) -> bool:
        events.append(message.event)
        return message.event not in bad

    return events, handle


def test_handled_messages_are_deleted_and_failed_ones_kept() -> None:
    queue = FakeQueue(*range(4))
    events, handle = make_handler(0, 2)
    results = [
        (message.event, is_handled) for message, is_handled in open_queue(queue).redrive(handle, 100, ignore)
    ]
    assert results == [(0, False), (1, True), (2, False), (3, True)]
    assert events == [0, 1, 2, 3]  # what fails is not handled again
    assert queue.visible == ["m0", "m2"]


@pytest.mark.parametrize(("limit", "count"), [(0, 0), (1, 1), (2, 2), (3, 2)])
def test_redriving_stops_at_the_limit(limit: int, count: int) -> None:
    queue = FakeQueue(*range(2))
    events, handle = make_handler()
    assert len(list(open_queue(queue).redrive(handle, limit, ignore))) == count
    assert (events, len(queue.visible)) == (list(range(count)), 2 - count)


@pytest.mark.parametrize(
    ("targets", "timeout"),
    [((BAR,), BAR_TIMEOUT), ((BAR, REPORTS), REPORTS_TIMEOUT), ((REPORTS, BAR), REPORTS_TIMEOUT)],
)
def test_redriven_messages_are_hidden_for_the_longest_timeout(
    targets: tuple[Target, ...], timeout: int
) -> None:
    queue = FakeQueue("first", "second")
    hidden: list[dict[str, int]] = []

    def handle(message: Message) -> bool:
        hidden.append(dict(queue.hidden))
        return False

    list(open_queue(queue, *targets).redrive(handle, 2, ignore))
    assert hidden == [{"m0": 60 + timeout}, {"m0": 60 + timeout, "m1": 60 + timeout}]


def test_message_is_deleted_before_the_next_one_is_handled() -> None:
    queue = FakeQueue("first", "second")
    _, handle = make_handler()
    redrive = open_queue(queue).redrive(handle, 2, ignore)
    next(redrive)
    assert list(queue.messages) == ["m1"]


def test_message_is_visible_again_after_an_interruption() -> None:
    queue = FakeQueue("first", "second")

    def handle(message: Message) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(open_queue(queue).redrive(handle, 2, ignore))
    assert queue.visible == ["m0", "m1"]


def test_ctrl_c_takes_effect_once_the_message_is_deleted() -> None:
    queue = FakeQueue("first", "second")
    notices: list[str] = []

    def handle(message: Message) -> bool:
        signal.raise_signal(signal.SIGINT)
        return True

    redrive = open_queue(queue).redrive(handle, 2, lambda: notices.append("wait"))
    assert next(redrive)[1]
    assert (notices, list(queue.messages)) == (["wait"], ["m1"])
    with pytest.raises(KeyboardInterrupt):
        next(redrive)
    assert queue.visible == ["m1"]


def test_second_ctrl_c_takes_effect_at_once_and_keeps_the_message() -> None:
    queue = FakeQueue("first")

    def handle(message: Message) -> bool:
        for _ in range(2):
            signal.raise_signal(signal.SIGINT)
        return True

    with pytest.raises(KeyboardInterrupt):
        list(open_queue(queue).redrive(handle, 1, ignore))
    assert queue.visible == ["m0"]


def test_message_that_was_handled_but_cannot_be_deleted_is_an_error() -> None:
    queue = FakeQueue("first")
    queue.failures["DeleteMessage"] = "AccessDenied"
    _, handle = make_handler()
    with pytest.raises(AwsError) as caught:
        list(open_queue(queue).redrive(handle, 1, ignore))
    assert str(caught.value) == (
        "The event of the message m0 was handled, but the message was not deleted from dead-orders: "
        "AWS refused DeleteMessage: it is gone\n"
        "Delete it, or the next redrive handles the event again. "
        "Allow DeleteMessage for these credentials, or use other ones (AWS_PROFILE)."
    )


def test_messages_are_deleted_although_the_others_cannot_be_made_visible() -> None:
    queue = FakeQueue("first", "second")
    queue.failures["ChangeMessageVisibility"] = "AccessDenied"
    _, handle = make_handler("first")
    assert [done for _, done in open_queue(queue).redrive(handle, 2, ignore)] == [False, True]
    assert list(queue.messages) == ["m0"]


# Errors


def test_topic_as_target_is_an_error() -> None:
    arn = "arn:aws:sns:eu-west-1:123456789012:dead-orders"
    targets = [Target(name, make_function(f"bar-dev{name}", 60, arn)) for name in ("", "-reports")]
    with pytest.raises(NotAQueueError) as caught:
        open_queue(FakeQueue(), *targets)
    assert str(caught.value) == (
        f"The dead-letter target of bar-dev, bar-dev-reports is the topic {arn}, which stores no messages.\n"
        "Subscribe a queue to it, or set dead_letter_queue_target_arn to the ARN of a queue."
    )


@pytest.mark.parametrize(
    ("operation", "use"),
    [
        ("GetQueueUrl", lambda queue: open_queue(queue)),
        ("GetQueueAttributes", lambda queue: open_queue(queue).count_messages()),
        ("ReceiveMessage", lambda queue: open_queue(queue).read_messages(1)),
        ("ReceiveMessage", lambda queue: list(open_queue(queue).redrive(bool, 1, ignore))),
        ("ChangeMessageVisibility", lambda queue: open_queue(queue).read_messages(1)),
    ],
)
def test_refused_request_is_an_error_with_a_remedy(operation: str, use: Callable[[FakeQueue], Any]) -> None:
    queue = FakeQueue("first")
    queue.failures[operation] = "AccessDenied"
    with pytest.raises(DomovoiError) as caught:
        use(queue)
    assert str(caught.value) == (
        f"AWS refused {operation}: it is gone\n"
        f"Allow {operation} for these credentials, or use other ones (AWS_PROFILE)."
    )


def test_queue_has_name_and_targets() -> None:
    queue = open_queue(FakeQueue(), BAR, REPORTS)
    assert (queue.name, queue.senders.targets) == ("dead-orders", (BAR, REPORTS))


# Messages that SQS moved, and discarded batches


class SourceQueues(FakeQueue):
    """A dead-letter queue, and the queues to which its messages are sent back."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def get_queue_url(self, *, QueueName: str, QueueOwnerAWSAccountId: str) -> Any:
        return {"QueueUrl": URL if QueueName == "dead-orders" else f"https://sqs/{QueueName}"}

    def send_message(self, **message: Any) -> None:
        self._fail("SendMessage")
        self.sent.append(message)


def move(queue: FakeQueue, body: Any, source: str, **attributes: str) -> None:
    """Adds a message that SQS moved from a queue."""
    queue.add(body, None, **attributes)
    queue.messages[f"m{len(queue.messages) - 1}"]["DeadLetterQueueSourceArn"] = source


def open_moved(queue: SourceQueues, source: str, *readers: Target) -> Queue:
    account: Any = SimpleNamespace(create_client={"sqs": queue}.__getitem__)
    return Queue(account, make_app().freeze(), Senders(ARN, sources={source: readers or (BAR,)}))


def test_message_is_sent_back_with_its_attributes() -> None:
    source, queue = "arn:aws:sqs:eu-west-1:1:orders", SourceQueues()
    move(queue, "{not JSON", source, colour="red")
    attributes = queue._answer
    queue._answer = lambda *arguments: _with_binary(attributes(*arguments))  # type: ignore[method-assign]
    opened = open_moved(queue, source)
    (message,) = opened.read_messages(1)
    opened.send_back(message)
    assert queue.sent == [
        {
            "QueueUrl": "https://sqs/orders",
            "MessageBody": "{not JSON",
            "MessageAttributes": {
                "colour": {"StringValue": "red"},
                "photo": {"DataType": "Binary", "BinaryValue": b"\0"},
            },
        }
    ]


def _with_binary(answer: dict[str, Any]) -> dict[str, Any]:
    photo = {"DataType": "Binary", "BinaryValue": b"\0", "BinaryListValues": []}
    return {**answer, "MessageAttributes": {**answer["MessageAttributes"], "photo": photo}}


def test_fifo_message_keeps_its_group_and_gets_another_deduplication_id() -> None:
    source, queue = "arn:aws:sqs:eu-west-1:1:orders.fifo", SourceQueues()
    move(queue, "x", source)
    queue.messages["m0"] |= {"MessageGroupId": "table 7", "MessageDeduplicationId": "old"}
    opened = open_moved(queue, source)
    (message,) = opened.read_messages(1)
    for _ in range(2):
        opened.send_back(message)
    assert [sent["MessageGroupId"] for sent in queue.sent] == ["table 7"] * 2
    assert len({"old", *(sent["MessageDeduplicationId"] for sent in queue.sent)}) == 3


def test_moved_message_is_an_event_of_its_queue_even_if_it_looks_like_another() -> None:
    source, queue = "arn:aws:sqs:eu-west-1:1:orders", SourceQueues()
    move(queue, make_destination_record({"beer": 1}), source, ErrorMessage="no", RequestID="id")
    (message,) = open_moved(queue, source).read_messages(1)
    assert (message.error, message.request_id, message.function_arn) == ("", "", None)
    body = queue.messages["m0"]["Body"]
    record = {"messageId": "m0", "body": body, "eventSource": "aws:sqs", "eventSourceARN": source}
    assert message.event == {"Records": [record]}


@pytest.mark.parametrize(
    ("field", "source"), [("KinesisBatchInfo", "aws:kinesis"), ("DDBStreamBatchInfo", "aws:dynamodb")]
)
def test_record_of_a_discarded_batch_has_its_position(field: str, source: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html."""
    context = {
        "requestId": "id",
        "functionArn": f"{BAR.function.arn}:$LATEST",
        "condition": "RetryAttemptsExhausted",
    }
    info = {"streamArn": "arn:stream", "shardId": "s", "startSequenceNumber": "1", "batchSize": 500}
    queue = FakeQueue({"requestContext": context, "responseContext": {}, field: info}, {field: info})
    message, other = open_queue(queue).read_messages(2)
    assert message.batch == Batch("arn:stream", "s", "1", 500)
    assert (message.error, message.function_arn) == ("RetryAttemptsExhausted", BAR.function.arn)
    assert (message.payload, message.request_id) == (None, "id")
    assert message.event == {"Records": [{"eventSource": source, "eventSourceARN": "arn:stream"}]}
    assert (other.batch, other.payload is None) == (None, False)


def test_sent_back_message_that_cannot_be_deleted_is_an_error() -> None:
    source, queue = "arn:aws:sqs:eu-west-1:1:orders", SourceQueues()
    move(queue, "x", source)
    queue.failures["DeleteMessage"] = "InternalError"
    opened = open_moved(queue, source)

    def send_back(message: Message) -> bool:
        opened.send_back(message)
        return True

    with pytest.raises(AwsError) as caught:
        list(opened.redrive(send_back, 1, ignore))
    assert str(caught.value) == (
        "The message m0 was sent back, but the message was not deleted from dead-orders: "
        "AWS refused DeleteMessage: it is gone\n"
        "Delete it, or the next redrive sends it back again. Resolve the cause, and try again."
    )
