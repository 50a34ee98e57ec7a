"""SQS queues: problems of declarations, permissions, outputs, and partial batch responses."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.hcl.syntax import Reference
from domovoi_tf.model.event_request import SentPayload
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.synthesis.stack import Reader
from domovoi_tf.triggers.sqs import Sqs
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
SECRET = "4111-1111-1111-1111"
ARN = "arn:aws:sqs:us-east-2:123456789012:"
KEY = "Use the ID or ARN of a KMS key, or its alias in the form alias/name."


def find_problems(source: str) -> str:
    """Runs source code as app.py and returns the report of its problems."""
    names = {"app": Domovoi(), "scoped": scoped, "variable": variable}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - compiled for its line numbers
    return str(ValidationError(validate(names["app"].freeze(), SETTINGS)))  # type: ignore[attr-defined]


def sqs(arguments: str, name: str = "tend") -> str:
    return f"@app.sqs_queue_subscriber({arguments})\ndef {name}(event, context): ...\n"


def attribute(name: str, value: object) -> str:
    return sqs(f"'q', queue_attributes={{{name!r}: {value!r}}}")


@pytest.mark.parametrize(
    "source",
    [
        sqs("'q' * 80"),
        sqs("'q' * 75 + '.fifo'"),
        sqs("scoped('q' * 67 + '.fifo')"),
        sqs("'q' * 67, max_receive_count=1000"),
        sqs("'q', 10000, maximum_batching_window=300, maximum_concurrency=1000"),
        sqs("'q.fifo', 10, maximum_batching_window=0, maximum_concurrency=2"),
        sqs("variable('queue_arn'), 10"),
        sqs("'q', filters=[{'body': {'a': ['x' * 4077]}}]"),
        sqs("'q', filters=[{'body': ['x']}] * 5"),
        sqs("'q', queue_attributes={'KmsMasterKeyId': variable('key_arn')}"),
        sqs("'q', queue_attributes={'KmsMasterKeyId': 'arn:aws:kms:us-east-1:1:key/1'}"),
        attribute("VisibilityTimeout", "60"),
        attribute("VisibilityTimeout", 43200),
        attribute("SqsManagedSseEnabled", "false"),
        attribute("RedrivePolicy", f'{{"deadLetterTargetArn": "{ARN}d", "maxReceiveCount": "3"}}'),
        attribute(
            "RedriveAllowPolicy", {"redrivePermission": "byQueue", "sourceQueueArns": [ARN + "q.fifo"]}
        ),
        attribute("RedriveAllowPolicy", {"redrivePermission": "denyAll"}),
        attribute("KmsMasterKeyId", "alias/aws/sqs"),
        attribute("KmsMasterKeyId", "1234abcd-12ab-34cd-56ef-1234567890ab"),
        attribute("KmsMasterKeyId", "mrk-1234abcd12ab34cd56ef1234567890ab"),
        attribute("KmsMasterKeyId", "arn:aws-us-gov:kms:us-gov-west-1:1:alias/mine"),
        attribute("Policy", {"Statement": []}),
        sqs("'q.fifo', queue_attributes={'FifoQueue': 'true', 'DeduplicationScope': 'queue'}"),
        sqs("'q', max_receive_count=3") + sqs("'q-dead-letters'", "bury"),
        "app.function('f')\n" + sqs("'q', max_receive_count=3") + sqs("'q', function='f'", "other"),
        "app.function('f', timeout=10)\n"
        + sqs("'q', queue_attributes={'VisibilityTimeout': 10}, function='f'"),
    ],
)
def test_valid_declarations_have_no_problems(source: str) -> None:
    assert find_problems(source) == ""


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (
            sqs("'q', 11"),
            "batch_size is 11 without maximum_batching_window\n"
            "    Add maximum_batching_window=1 or more, or use a batch_size of at most 10.",
        ),
        (
            sqs("'q', 11, maximum_batching_window=0"),
            "batch_size is 11 without maximum_batching_window\n"
            "    Add maximum_batching_window=1 or more, or use a batch_size of at most 10.",
        ),
        (sqs("'q.fifo', 11"), "batch_size is 11 for a FIFO queue\n    Use at most 10."),
        (
            sqs("scoped('q.fifo'), maximum_batching_window=1"),
            "maximum_batching_window is 1 for a FIFO queue\n"
            "    Leave it out: FIFO queues have no batching window.",
        ),
        (sqs("'q', 0"), "batch_size is 0\n    Use a whole number from 1 to 10000."),
        (sqs("'q', True"), "batch_size is True\n    Use a whole number from 1 to 10000."),
        (
            sqs("'q', 10001, maximum_batching_window=1"),
            "batch_size is 10001\n    Use a whole number from 1 to 10000.",
        ),
        (
            sqs("'q', maximum_batching_window=301"),
            "maximum_batching_window is 301\n    Use a whole number from 0 to 300.",
        ),
        (
            sqs("'q', maximum_concurrency=1"),
            "maximum_concurrency is 1\n    Use a whole number from 2 to 1000.",
        ),
        (
            sqs("'q', maximum_concurrency=1001"),
            "maximum_concurrency is 1001\n    Use a whole number from 2 to 1000.",
        ),
        (sqs("'q', max_receive_count=0"), "max_receive_count is 0\n    Use a whole number from 1 to 1000."),
        (
            sqs("'q', max_receive_count=1001"),
            "max_receive_count is 1001\n    Use a whole number from 1 to 1000.",
        ),
        (
            sqs("'q', queue_attributes={'Policy': '{\"a\": \"\\ud800\"}'}"),
            "queue_attributes['Policy']: The string contains one half of a surrogate pair ('\\ud800'), which "
            "is not a character\n"
            "    Write the whole character.",
        ),
        # filters
        (sqs("'q', filters=[{'body': ['x']}] * 6"), "there are 6 filters\n    AWS accepts at most 5."),
        (
            sqs("'q', filters=[{'body': ['x']}, {'body': {'a': ['x' * 4078]}}]"),
            "filter 2 has 4097 characters\n    AWS accepts at most 4096.",
        ),
        (
            sqs("'q', filters=[{'body': {'a': ['x' * 4072 + '>']}}]"),
            "filter 1 has 4097 characters\n    AWS accepts at most 4096.",
        ),
        (
            sqs("'q', filters={'body': ['x']}"),
            'filters is a dict\n    Write filters=[{"body": {"kind": ["beer"]}}].',
        ),
        # names
        (
            sqs("'q' * 76 + '.fifo'"),
            f"the SQS queue name '{'q' * 76}.fifo' has 81 characters\n    AWS allows at most 80.",
        ),
        (
            sqs("scoped('q' * 68 + '.fifo')"),
            f"the SQS queue name 'bar-dev-{'q' * 68}.fifo' has 81 characters\n    AWS allows at most 80.",
        ),
        (
            sqs("'q' * 68, max_receive_count=3"),
            f"the SQS queue name '{'q' * 68}-dead-letters' has 81 characters\n    AWS allows at most 80.",
        ),
        (
            sqs(f"{ARN + 'q'!r}"),
            f"'{ARN}q' is an ARN, but a name is expected\n"
            "    Write 'q', or pass the ARN from Terraform with variable(\"...\").",
        ),
        (sqs("'q.fif'"), "'q.fif' is not a valid SQS queue name\n    Use letters, digits, - and _ only."),
        (sqs("5"), "queue_name is 5\n    Use a string, scoped() or variable()."),
        # attributes
        (
            attribute("VisibiltyTimeout", 90),
            "queue_attributes has the unknown attribute 'VisibiltyTimeout'\n"
            "    Did you mean 'VisibilityTimeout'?",
        ),
        (
            attribute("VisibilityTimeout", 43201),
            "queue_attributes: VisibilityTimeout is 43201\n    Use a whole number from 0 to 43200.",
        ),
        (
            attribute("MessageRetentionPeriod", "59"),
            "queue_attributes: MessageRetentionPeriod is '59'\n    Use a whole number from 60 to 1209600.",
        ),
        (
            attribute("SqsManagedSseEnabled", "yes"),
            "queue_attributes: SqsManagedSseEnabled is 'yes'\n    Use true or false.",
        ),
        (
            attribute("DeduplicationScope", "message"),
            "queue_attributes: DeduplicationScope is 'message'\n    Use messageGroup or queue.",
        ),
        (attribute("Policy", "{"), "queue_attributes: Policy is '{'\n    Use a JSON object."),
        (
            attribute("KmsMasterKeyId", 7),
            f"queue_attributes: KmsMasterKeyId is 7\n    {KEY}",
        ),
        (
            attribute("KmsMasterKeyId", "my-key"),
            f"queue_attributes: KmsMasterKeyId is 'my-key'\n    {KEY}",
        ),
        (
            attribute("KmsMasterKeyId", f"{ARN}q"),
            f"queue_attributes: KmsMasterKeyId is '{ARN}q'\n    {KEY}",
        ),
        (
            attribute("RedrivePolicy", {"deadLetterTargetArn": "q-dead", "maxReceiveCount": 3}),
            "queue_attributes: RedrivePolicy has 'q-dead', which is not the ARN of an SQS queue\n"
            "    Write arn:aws:sqs:<region>:<account>:<name>.",
        ),
        (
            attribute("RedriveAllowPolicy", '{"sourceQueueArns": ["arn:aws:sns:us-east-2:1:t"]}'),
            "queue_attributes: RedriveAllowPolicy has 'arn:aws:sns:us-east-2:1:t', which is not the "
            "ARN of an SQS queue\n    Write arn:aws:sqs:<region>:<account>:<name>.",
        ),
        (
            attribute("RedrivePolicy", {"deadLetterTargetArn": None}),
            "queue_attributes: RedrivePolicy has None, which is not the ARN of an SQS queue\n"
            "    Write arn:aws:sqs:<region>:<account>:<name>.",
        ),
        *(
            (
                attribute("RedrivePolicy", policy),
                f"queue_attributes: maxReceiveCount of RedrivePolicy is {count}\n"
                "    Use a whole number from 1 to 1000.",
            )
            for policy, count in (
                ({"maxReceiveCount": 0}, "0"),
                ({"maxReceiveCount": 1001}, "1001"),
                ({"maxReceiveCount": None}, "None"),
                ({"maxReceiveCount": True}, "True"),
                ({"maxReceiveCount": 3.5}, "3.5"),
                ('{"maxReceiveCount": "-3"}', "'-3'"),
                ('{"maxReceiveCount": "beer"}', "'beer'"),
            )
        ),
        # patterns
        (
            sqs("'q', filters=[{'body': {'kind': 'beer'}}]"),
            "body.kind in filter 1 is 'beer', not a list\n"
            '    Write ["beer"]: one of the values must match.',
        ),
        (
            attribute("FifoQueue", "true"),
            "queue_attributes: FifoQueue is 'true' for q\n"
            "    Leave FifoQueue out: a queue is a FIFO queue if its name ends with .fifo.",
        ),
        (
            attribute("VisibilityTimeout", "59"),
            "VisibilityTimeout is 59, less than the function's timeout of 60 seconds\n"
            "    Use at least 60, or leave it out: the default is six times the function's timeout.",
        ),
        (
            sqs("'q', queue_attributes={'RedrivePolicy': {}}, max_receive_count=3"),
            "queue_attributes has a RedrivePolicy, and max_receive_count sets one too\n"
            "    Leave one of them out.",
        ),
        (
            sqs("'q', queue_attributes={'DelaySeconds': 1}, create=False"),
            "queue_attributes needs a queue that the app creates, and q exists already\n"
            "    Leave queue_attributes out, or let the app create the queue: create=True and a name.",
        ),
        (
            sqs("variable('a'), max_receive_count=3"),
            "max_receive_count needs a queue that the app creates, and variable('a') exists already\n"
            "    Leave max_receive_count out, or let the app create the queue: create=True and a name.",
        ),
        (
            sqs("'q', queue_attributes='DelaySeconds'"),
            "queue_attributes is 'DelaySeconds'\n    Write queue_attributes={\"VisibilityTimeout\": 320}.",
        ),
    ],
)
def test_report_names_each_problem_and_its_remedy(source: str, report: str) -> None:
    assert find_problems(source) == f"app.py:1: {report}"


def test_limits_of_receives_of_a_queue_must_agree() -> None:
    source = (
        "app.function('f')\n"
        + sqs("scoped('q'), max_receive_count=3")
        + sqs("scoped('q'), max_receive_count=5, function='f'", "other")
    )
    dead = "'deadLetterTargetArn': \"scoped('q-dead-letters')\", 'maxReceiveCount':"
    assert find_problems(source) == (
        f"app.py:4: redrive_policy of scoped('q') is {{{dead} 5}} here, but {{{dead} 3}} at app.py:2\n"
        "    Use the same value in both places, or set it in one of them only."
    )


def test_attributes_of_a_queue_must_agree_and_suit_all_its_functions() -> None:
    source = (
        "app.function('slow', timeout=900)\n"
        + sqs("'q', queue_attributes={'VisibilityTimeout': 100, 'DelaySeconds': 1}")
        + sqs("'q', queue_attributes={'DelaySeconds': 2}, function='slow'", "other")
    )
    assert find_problems(source) == (
        "app.py:4: delay_seconds of q is 2 here, but 1 at app.py:2\n"
        "    Use the same value in both places, or set it in one of them only.\n"
        "app.py:4: VisibilityTimeout is 100, less than the function's timeout of 900 seconds\n"
        "    Use at least 900, or leave it out: the default is six times the function's timeout."
    )


def test_dead_letter_queue_cannot_be_looked_up() -> None:
    source = sqs("'q', max_receive_count=3") + sqs("'q-dead-letters', create=False", "bury")
    assert find_problems(source) == (
        "app.py:3: create is False here, but True at app.py:1 for q-dead-letters\n"
        "    Use the same value in both places: either the app owns it, or it refers to it by name."
    )


def test_role_may_read_only_the_queues_of_its_function() -> None:
    app = Domovoi()
    app.function("f")
    app.sqs_queue_subscriber("q", max_receive_count=3)(one)
    app.sqs_queue_subscriber("p", create=False)(one)
    app.sqs_queue_subscriber(variable("r_arn"), function="f")(two)
    default, f = synthesize(app.freeze(), SETTINGS).functions
    actions = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
    assert [(s.actions, s.resources) for s in default.mapping_statements["sqs"]] == [
        (actions, ('"${local.function_arns["default"].sqs}:p"', "aws_sqs_queue.q.arn"))
    ]
    assert [(s.actions, s.resources) for s in f.mapping_statements["sqs"]] == [(actions, ("var.r_arn",))]


def test_outputs_have_arns_and_urls_of_all_queues_except_variables() -> None:
    app = Domovoi()
    app.sqs_queue_subscriber(scoped("q.fifo"), max_receive_count=3)(one)
    app.sqs_queue_subscriber("p", create=False)(two)
    app.sqs_queue_subscriber(variable("r_arn"))(both)
    outputs = {output.name: output.value for output in synthesize(app.freeze(), SETTINGS).outputs}
    arn, url = '"${local.function_arns["default"].sqs}:p"', '"${local.queue_urls["default"]}/p"'
    for output, attribute_, p in (("queue_arns", "arn", arn), ("queue_urls", "url", url)):
        assert outputs[output] == {
            "p": p,
            "q-dead-letters.fifo": f"aws_sqs_queue.q_dead_letters_fifo.{attribute_}",
            "q.fifo": f"aws_sqs_queue.q_fifo.{attribute_}",
        }


def one(event: Any, context: Any) -> None: ...


def two(event: Any, context: Any) -> None: ...


def both(event: Any, context: Any) -> None: ...


def batch(queue: str, *bodies: str) -> dict[str, Any]:
    arn = ARN + queue
    return {
        "Records": [
            {"messageId": f"id-{body}", "body": body, "eventSource": "aws:sqs", "eventSourceARN": arn}
            for body in bodies
        ]
    }


def failed(*bodies: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": f"id-{body}"} for body in bodies]}


class Mailroom:
    """An app whose handlers record what they receive, and fail if its body begins with "bad"."""

    def __init__(self) -> None:
        self.app = Domovoi()
        self.handled: list[str] = []
        for queue in ("letters", "parcels", "orders.fifo"):
            self.app.sqs_queue_subscriber(queue, per_record=True)(self.make_handler(queue))

    def make_handler(self, queue: str) -> Any:
        def handle(record: Any, context: Any) -> str:
            self.handled.append(record["body"])
            if record["body"].startswith("bad"):
                raise ValueError("refused")
            return "ignored"

        handle.__name__ = f"of_{queue.removesuffix('.fifo')}"
        return handle


def test_handler_receives_one_record_at_a_time_and_failed_ones_are_reported() -> None:
    room = Mailroom()
    assert room.app(batch("letters", "a", "bad-1", "b", "bad-2"), None) == failed("bad-1", "bad-2")
    assert room.handled == ["a", "bad-1", "b", "bad-2"]
    assert room.app(batch("letters", "c"), None) == failed()


def fifo_batch(*messages: tuple[str, str, int]) -> dict[str, Any]:
    """Returns a batch of messages, each with its body, its group and the number of its receives."""
    event = batch("orders.fifo", *(body for body, _, _ in messages))
    for record, (_, group, count) in zip(event["Records"], messages, strict=True):
        record["attributes"] = {"MessageGroupId": group, "ApproximateReceiveCount": str(count)}
    return event


def test_failed_message_of_a_fifo_queue_holds_up_its_group_only() -> None:
    room = Mailroom()
    event = fifo_batch(*(("a", "1", 9), ("bad", "1", 9), ("b", "2", 9), ("c", "1", 9), ("bad-2", "2", 9)))
    assert room.app(event, None) == failed("bad", "c", "bad-2")
    assert room.handled == ["a", "bad", "b", "bad-2"]


NESTED: list[Any] = []
for _ in range(10_000):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    "attributes",
    [None, "beer", [], {}, {"MessageGroupId": None}, {"MessageGroupId": NESTED}],
    ids=["none", "text", "list", "empty", "null", "nested"],
)
def test_messages_without_a_group_wait_for_each_other(attributes: object) -> None:
    room = Mailroom()
    event = batch("orders.fifo", "a", "bad", "b")
    for record in event["Records"]:
        record["attributes"] = attributes
    assert room.app(event, None) == failed("bad", "b")


QUEUE_POLICY = {"deadLetterTargetArn": f"{ARN}lost.fifo", "maxReceiveCount": 3}


@pytest.mark.parametrize(
    ("options", "count", "expected"),
    [
        ({"max_receive_count": 3}, 2, ["bad"]),
        ({"max_receive_count": 3}, 3, ["bad", "b"]),
        ({"max_receive_count": 3}, 4, ["bad", "b"]),
        ({"max_receive_count": 3}, "beer", ["bad"]),
        ({"max_receive_count": 3}, float("inf"), ["bad"]),
        ({"max_receive_count": 3}, None, ["bad"]),
        ({"queue_attributes": {"RedrivePolicy": QUEUE_POLICY}}, 2, ["bad"]),
        ({"queue_attributes": {"RedrivePolicy": QUEUE_POLICY}}, 3, ["bad", "b"]),
        ({"queue_attributes": {"RedrivePolicy": json.dumps(QUEUE_POLICY)}}, 3, ["bad", "b"]),
        ({"queue_attributes": {"RedrivePolicy": {**QUEUE_POLICY, "maxReceiveCount": "3"}}}, 3, ["bad", "b"]),
        ({"queue_attributes": {"RedrivePolicy": {"deadLetterTargetArn": "a"}}}, 9, ["bad"]),
        ({"queue_attributes": {"RedrivePolicy": {"deadLetterTargetArn": "a"}}}, 10, ["bad", "b"]),
        ({"queue_attributes": {"RedrivePolicy": "{"}}, 99, ["bad"]),
        ({"queue_attributes": {"RedrivePolicy": "[3]"}}, 99, ["bad"]),
        ({"queue_attributes": {"RedrivePolicy": {"maxReceiveCount": -1}}}, 99, ["bad"]),
        ({}, 99, ["bad"]),
        ({"create": False}, 99, ["bad"]),
    ],
)
def test_group_goes_on_when_its_failed_message_will_not_come_again(
    options: dict[str, Any], count: Any, expected: list[str]
) -> None:
    app, handled = Domovoi(), list[str]()

    @app.sqs_queue_subscriber("orders.fifo", per_record=True, **options)
    def order(record: Any, context: Any) -> None:
        handled.append(record["body"])
        if record["body"] == "bad":
            raise ValueError("refused")

    event = fifo_batch(("bad", "1", 1), ("b", "1", 1))
    for record in event["Records"]:
        record["attributes"]["ApproximateReceiveCount"] = count
    assert app(event, None) == failed(*(("bad",) if "b" in expected else ("bad", "b")))
    assert handled == expected


def test_later_failure_of_a_group_that_went_on_holds_it_up() -> None:
    app, handled = Domovoi(), list[str]()

    @app.sqs_queue_subscriber("orders.fifo", per_record=True, max_receive_count=3)
    def order(record: Any, context: Any) -> None:
        handled.append(record["body"])
        if record["body"].startswith("bad"):
            raise ValueError("refused")

    event = fifo_batch(("bad", "1", 3), ("a", "1", 2), ("bad-2", "1", 2), ("b", "1", 1))
    assert app(event, None) == failed("bad", "bad-2", "b")
    assert handled == ["bad", "a", "bad-2"]


UNKNOWN_LIMIT = (
    "the app does not own the FIFO queue {}, so the handler of per_record does not know its maxReceiveCount: "
    "SQS may move messages that wait for a failed one of their group to the dead-letter queue before they "
    "are handled. Let the app create the queue with max_receive_count, or give the queue a high "
    "maxReceiveCount"
)


@pytest.mark.parametrize(
    ("name", "options", "warnings"),
    [
        ("orders.fifo", {"create": False, "per_record": True}, [UNKNOWN_LIMIT.format("orders.fifo")]),
        (
            scoped("orders.fifo"),
            {"create": False, "per_record": True},
            [UNKNOWN_LIMIT.format("scoped('orders.fifo')")],
        ),
        ("orders.fifo", {"create": False, "per_record": True, "batch_size": 1}, []),  # nothing can wait
        ("orders.fifo", {"create": False}, []),
        ("orders.fifo", {"create": False, "report_failures": True}, []),
        ("orders.fifo", {"per_record": True}, []),
        ("orders.fifo", {"per_record": True, "max_receive_count": 3}, []),
        ("orders", {"create": False, "per_record": True}, []),
        (variable("orders_arn"), {"per_record": True}, []),
    ],
)
def test_unknown_limit_of_a_fifo_queue_is_a_warning(
    name: Any, options: dict[str, Any], warnings: list[str]
) -> None:
    app = Domovoi()
    app.sqs_queue_subscriber(name, **options)(one)
    found = find_warnings(app.freeze(), SETTINGS)
    assert [notice.message for notice in found] == warnings


def test_each_handler_of_single_messages_of_a_fifo_queue_must_know_its_limit() -> None:
    limited = "app.function('other')\n" + sqs("'orders.fifo', max_receive_count=3", "one")
    assert find_problems(limited + sqs("'orders.fifo', per_record=True, function='other'", "two")) == (
        "app.py:4: another decorator limits the receives of the FIFO queue orders.fifo, and per_record needs "
        "to know the limit\n"
        "    Set the same max_receive_count, or the same RedrivePolicy, in this decorator too."
    )
    both = "'orders.fifo', per_record=True, max_receive_count=3, function='other'"
    assert find_problems(limited + sqs(both, "two")) == ""
    assert find_problems(limited + sqs("'orders.fifo', function='other'", "two")) == ""
    assert find_problems(limited + sqs("'orders.fifo', 1, per_record=True, function='other'", "two")) == ""
    plain = limited.replace(".fifo", "")
    assert find_problems(plain + sqs("'orders', per_record=True, function='other'", "two")) == ""


def test_failure_is_logged_with_its_traceback_but_without_the_record(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    event = batch("letters", "bad")
    event["Records"][0]["messageAttributes"] = SECRET
    Mailroom().app(event, None)
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [("ERROR", "The record id-bad failed.")]
    assert "ValueError: refused" in caplog.text
    files = [line.split('"')[1] for line in caplog.text.splitlines() if line.startswith("  File ")]
    assert set(files) == {__file__}  # it begins in the app
    assert SECRET not in caplog.text


class StrictLog(logging.Handler):
    """Raises errors as Lambda's handler does, which encodes each record.

    https://github.com/aws/aws-lambda-python-runtime-interface-client/blob/main/awslambdaric/bootstrap.py
    """

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self.encoding = encoding
        self.lines: list[bytes] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record).encode(self.encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "there is no such encoding"])
def test_failure_that_cannot_be_logged_does_not_fail_the_others(encoding: str) -> None:
    app, log = Domovoi(), StrictLog(encoding)

    @app.sqs_queue_subscriber("letters", per_record=True)
    def tend(record: Any, context: Any) -> None:
        if record["body"] == "bad":
            raise ValueError(json.loads('"\\ud800 refused"'))

    logger = logging.getLogger("domovoi_tf.runtime.batch")
    logger.addHandler(log)
    try:
        assert app(batch("letters", "a", "bad", "b"), None) == failed("bad")
    finally:
        logger.removeHandler(log)
    lines = [line.decode().splitlines() for line in log.lines]
    expected = [("The record id-bad failed.", r"ValueError: \ud800 refused")] if encoding == "utf-8" else []
    assert [(each[0], each[-1]) for each in lines] == expected


def test_reports_of_several_handlers_are_merged() -> None:
    room = Mailroom()
    room.app.sqs_queue_subscriber("whole")(one)
    events = [batch(*each) for each in (("letters", "a", "bad-1"), ("parcels", "bad-2"), ("whole", "w"))]
    merged = {"Records": [record for event in events for record in event["Records"]]}
    assert room.app(merged, None) == failed("bad-1", "bad-2")


def test_record_without_an_id_is_rejected_before_any_is_handled() -> None:
    room = Mailroom()
    event = batch("letters", "a", SECRET)
    del event["Records"][1]["messageId"]
    with pytest.raises(DispatchError) as raised:
        room.app(event, None)
    assert str(raised.value) == "A record has no messageId.\nSend every record in the form that AWS uses."
    assert room.handled == []


def test_system_exit_ends_the_batch() -> None:
    app = Domovoi()

    @app.sqs_queue_subscriber("letters", per_record=True)
    def leave(record: Any, context: Any) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        app(batch("letters", "a"), None)


def test_without_per_record_an_exception_fails_the_whole_batch() -> None:
    app = Domovoi()

    @app.sqs_queue_subscriber("letters")
    def tend(event: Any, context: Any) -> None:
        raise ValueError(len(event["Records"]))

    with pytest.raises(ValueError, match="2"):
        app(batch("letters", "a", "b"), None)


def test_queue_of_a_variable_is_identified_by_its_arn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_VAR_q_arn", f"{ARN}orders.fifo")
    app = Domovoi()

    @app.sqs_queue_subscriber(variable("q_arn"), per_record=True)
    def tend(record: Any, context: Any) -> None:
        raise ValueError

    assert app(batch("orders.fifo", "a", "b"), None) == failed("a", "b")


class Client:
    """A boto3 client of SQS that records its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, service: str) -> Client:
        assert service == "sqs"
        return self

    def get_queue_url(self, **arguments: Any) -> dict[str, str]:
        return {"QueueUrl": f"http://{arguments['QueueName']}"}

    def send_message(self, **arguments: Any) -> None:
        self.calls.append(("send", arguments))

    def create_queue(self, **arguments: Any) -> None:
        self.calls.append(("create", arguments))


@pytest.mark.parametrize(
    ("filters", "sample"),
    [
        (None, {"id": "1", "message": "hello"}),
        ([{"body": {"kind": ["beer"]}}, {"body": {"kind": ["wine"]}}], {"kind": "beer"}),
        ([{"messageAttributes": {"kind": {"stringValue": ["beer"]}}}], {"id": "1", "message": "hello"}),
        ([{"body": ["plain text"]}], {"id": "1", "message": "hello"}),
    ],
)
def test_sample_passes_the_filters(filters: Any, sample: Any) -> None:
    assert Sqs(queue_name="q", filters=filters).sample() == sample


def test_send_and_prepare_call_sqs() -> None:
    app, client = Domovoi(), Client()
    app.sqs_queue_subscriber(variable("arn"))(one)
    app.sqs_queue_subscriber(scoped("q.fifo"), create=False)(two)
    deployed = {"DOMOVOI_TF_NAME": "bar-dev", "DOMOVOI_TF_VAR_arn": f"{ARN}q"}
    triggers = [route.trigger for route in app.freeze().routes]
    for trigger in triggers:
        trigger.prepare(client, deployed)
    assert client.calls == [("create", {"QueueName": "bar-dev-q.fifo", "Attributes": {"FifoQueue": "true"}})]
    assert triggers[0].send(client, deployed, "one", SentPayload(text_in_json="{}")) == "sent to http://q"
    assert client.calls[1] == ("send", {"QueueUrl": "http://q", "MessageBody": "{}"})
    triggers[1].send(client, deployed, "two", SentPayload(text_in_json="{}"))
    assert client.calls[2][1].keys() == {
        "QueueUrl",
        "MessageBody",
        "MessageGroupId",
        "MessageDeduplicationId",
    }


def test_default_visibility_timeout_depends_on_all_functions_of_the_queue() -> None:
    app = Domovoi()
    app.function("slow", timeout=900)
    app.function("fast", timeout=3)
    app.sqs_queue_subscriber("q")(one)
    app.sqs_queue_subscriber("q", function="fast", maximum_batching_window=7)(two)
    app.sqs_queue_subscriber("q", function="slow")(both)
    (kind,) = synthesize(app.freeze(), SETTINGS).kinds
    assert [source.readers for source in kind.sources] == [
        tuple(
            Reader(Reference(f'local.functions["{name}"].timeout'), window)
            for name, window in (("default", 0), ("fast", 7), ("slow", 0))
        )
    ]
