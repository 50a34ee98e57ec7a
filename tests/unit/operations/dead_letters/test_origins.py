"""Messages are redriven to the function that they came from, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from fake_aws import FakeAws, refusal

from domovoi_tf.operations.account import Account
from domovoi_tf.operations.dead_letters.messages import Batch, Message
from domovoi_tf.operations.dead_letters.origins import Origin, OriginFinder
from domovoi_tf.operations.dead_letters.senders import Senders, Target
from domovoi_tf.operations.deployed_functions import DeployedFunction

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:dead-orders"
REQUEST = "8fc6f963-411b-58b5-8483-a32130c0f45d"
SENT = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
MESSAGE = Message("m", SENT, "", {}, "receipt", "{}", REQUEST)
START = f"START RequestId: {REQUEST} Version: $LATEST\n"
FOREIGN = "it came from {}, which is not a function of this stage with this queue"


def make_arn(name: str) -> str:
    return f"arn:aws:lambda:eu-west-1:123456789012:function:{name}"


def make_function(name: str) -> DeployedFunction:
    return DeployedFunction(name, make_arn(name), {}, 60, QUEUE)


DEV, REPORTS = make_function("bar-dev"), make_function("bar-dev-reports")


@pytest.fixture
def deploy(aws: FakeAws) -> Callable[..., None]:
    """Deploys functions that send to the queue, each with the messages of its log, or None without a log."""

    def deploy(**logs: list[str] | None) -> None:
        names = {name.replace("_", "-"): log for name, log in logs.items()}
        functions = [
            {"FunctionName": name, "DeadLetterConfig": {"TargetArn": QUEUE}} for name in [*names, "other"]
        ]
        functions[-1] = {"FunctionName": "other", "DeadLetterConfig": {"TargetArn": f"{QUEUE}-2"}}

        def list_functions(Marker: str = "0") -> Any:
            more = {"NextMarker": str(int(Marker) + 1)} if int(Marker) + 1 < len(functions) else {}
            return {"Functions": [functions[int(Marker)]], **more}

        def filter_log_events(logGroupName: str, filterPattern: str, startTime: int, endTime: int) -> Any:
            assert filterPattern == f'"{REQUEST}"'
            assert startTime + 6 * 3_600_000 < SENT.timestamp() * 1000 < endTime
            log = names[logGroupName.removeprefix("/aws/lambda/")]
            if log is None:
                raise refusal("ResourceNotFoundException")
            return {"events": [{"message": message} for message in log]}

        aws.on("lambda", "ListFunctions", list_functions)
        aws.on("logs", "FilterLogEvents", filter_log_events)

    return deploy


def find(message: Message, *functions: DeployedFunction) -> Origin:
    senders = Senders(QUEUE, tuple(Target("", function) for function in functions or (DEV,)))
    return OriginFinder(Account("eu-west-1"), senders).find(message)


def test_dead_letter_came_from_the_only_function_with_the_queue(
    deploy: Callable[..., None], aws: FakeAws
) -> None:
    deploy(bar_dev=None)
    assert find(MESSAGE) == Origin(DEV, "bar-dev")
    assert find(MESSAGE._replace(request_id="")) == Origin(DEV, "bar-dev")
    assert not aws.made("FilterLogEvents")


def test_dead_letter_of_a_shared_queue_came_from_the_function_whose_log_has_its_request(
    deploy: Callable[..., None],
) -> None:
    deploy(bar_dev=[START], bar_dev_reports=None, bar_prod=["something else"])
    assert find(MESSAGE, DEV, REPORTS) == Origin(DEV, "bar-dev")
    deploy(
        bar_dev=None, bar_dev_reports=[f'{{"type":"platform.start","record":{{"requestId":"{REQUEST}"}}}}']
    )
    assert find(MESSAGE, DEV, REPORTS) == Origin(REPORTS, "bar-dev-reports")


def test_dead_letter_of_another_stage_is_not_of_this_one(deploy: Callable[..., None]) -> None:
    deploy(bar_dev=[], bar_prod=[START])
    assert find(MESSAGE) == Origin(None, "bar-prod", FOREIGN.format("bar-prod"))


UNKNOWN = "cannot tell which function it came from: bar-dev, bar-prod send to this queue, and it "


@pytest.mark.parametrize(
    ("request_id", "logs", "reason"),
    [
        ("", {"bar_dev": [START], "bar_prod": []}, "has no request ID"),
        (
            REQUEST,
            {"bar_dev": [], "bar_prod": None},
            f"has the request {REQUEST}, which is not in their logs",
        ),
        # A handler printed the ID of a request of another function.
        (
            REQUEST,
            {"bar_dev": [f"retry of {REQUEST}"], "bar_prod": None},
            f"has the request {REQUEST}, which is not in their logs",
        ),
        (
            REQUEST,
            {"bar_dev": [START], "bar_prod": [START]},
            f"has the request {REQUEST}, which is not in one log alone",
        ),
        ('x" "y', {"bar_dev": [START], "bar_prod": []}, 'has the request x" "y, which is not in their logs'),
    ],
)
def test_dead_letter_that_no_log_tells_the_function_of_is_not_redriven(
    request_id: str, logs: dict[str, Any], reason: str, deploy: Callable[..., None]
) -> None:
    deploy(**logs)
    assert find(MESSAGE._replace(request_id=request_id)) == Origin(None, "", UNKNOWN + reason)


def test_denied_list_of_functions_needs_the_log(deploy: Callable[..., None], aws: FakeAws) -> None:
    deploy(bar_dev=[START])
    aws.on("lambda", "ListFunctions", refusal("AccessDeniedException", "no list"))
    assert find(MESSAGE) == Origin(DEV, "bar-dev")
    deploy(bar_dev=[])
    aws.on("lambda", "ListFunctions", refusal("AccessDeniedException", "no list"))
    assert find(MESSAGE) == Origin(
        None,
        "",
        "cannot tell which function it came from: bar-dev and perhaps others send to this queue, and it has "
        f"the request {REQUEST}, which is not in their logs; AWS refused ListFunctions: no list",
    )


def test_denied_log_is_named(deploy: Callable[..., None], aws: FakeAws) -> None:
    deploy(bar_dev=[], bar_prod=[])
    aws.on("logs", "FilterLogEvents", refusal("AccessDeniedException", "no logs"))
    assert find(MESSAGE).reason == (
        f"{UNKNOWN}has the request {REQUEST}, which is not in their logs; "
        "AWS refused FilterLogEvents: no logs"
    )


@pytest.mark.parametrize(
    ("arn", "origin"),
    [
        (make_arn("bar-dev"), Origin(DEV, "bar-dev")),
        (make_arn("bar-prod"), Origin(None, "bar-prod", FOREIGN.format("bar-prod"))),
        (
            make_arn("bar-dev").replace("eu-west-1", "us-east-1"),
            Origin(None, "bar-dev", FOREIGN.format("bar-dev in us-east-1, account 123456789012")),
        ),
        ("", Origin(None, "", "its record does not name its function")),
    ],
)
def test_record_came_from_the_function_that_it_names(arn: str, origin: Origin) -> None:
    assert find(MESSAGE._replace(function_arn=arn)) == origin


def test_messages_that_no_function_sent_are_not_redriven() -> None:
    moved = find(MESSAGE._replace(source_queue="arn:aws:sqs:eu-west-1:1:orders"))
    assert moved == Origin(
        None, "", "SQS moved it from arn:aws:sqs:eu-west-1:1:orders, which no function of this stage reads"
    )
    assert find(MESSAGE._replace(payload=None)) == Origin(
        None, "", "it is not JSON, or nested too deeply, so it is no event of a function"
    )


ORDERS = "arn:aws:sqs:eu-west-1:123456789012:orders"
BATCH = Batch("arn:aws:kinesis:eu-west-1:123456789012:stream/tills", "shardId-0; rm x", "49591", 3)


@pytest.mark.parametrize(
    ("readers", "function", "name"),
    [((DEV,), DEV, "bar-dev"), ((DEV, REPORTS), None, "bar-dev, bar-dev-reports")],
)
def test_message_of_a_queue_goes_back_to_it_whatever_its_body_says(
    readers: tuple[DeployedFunction, ...], function: DeployedFunction | None, name: str, aws: FakeAws
) -> None:
    targets = tuple(Target("", each) for each in readers)
    finder = OriginFinder(Account("eu-west-1"), Senders(QUEUE, targets, sources={ORDERS: targets}))
    moved = MESSAGE._replace(source_queue=ORDERS, function_arn=make_arn("bar-dev"))
    assert finder.find(moved) == Origin(function, name, queue=ORDERS)
    other = finder.find(moved._replace(id="n", source_queue=ORDERS.replace("orders", "others")))
    assert (other.function, other.queue) == (None, "")
    assert not aws.calls


def test_queue_of_records_has_no_events_without_one(aws: FakeAws) -> None:
    finder = OriginFinder(Account("eu-west-1"), Senders(QUEUE, records=(Target("", DEV),)))
    assert finder.find(MESSAGE._replace(function_arn=make_arn("bar-dev"))) == Origin(DEV, "bar-dev")
    reason = "it is no record of a failed invocation, so it is no event of a function"
    assert finder.find(MESSAGE._replace(id="n")) == Origin(None, "", reason)
    assert not aws.calls


def test_discarded_batch_is_not_redriven_and_its_records_can_be_read() -> None:
    finder = OriginFinder(Account("eu-west-1"), Senders(QUEUE, records=(Target("", DEV),)))
    message = MESSAGE._replace(function_arn=make_arn("bar-dev"), payload=None, batch=BATCH)
    prefix = (
        "it names 3 records of a stream and does not contain them; while the stream has them, "
        "read them with: aws "
    )
    assert finder.find(message) == Origin(
        DEV,
        "bar-dev",
        f"{prefix}kinesis get-shard-iterator --stream-arn {BATCH.stream_arn} --shard-id 'shardId-0; rm x' "
        "--shard-iterator-type AT_SEQUENCE_NUMBER --starting-sequence-number 49591",
    )
    table = BATCH._replace(stream_arn="arn:aws:dynamodb:eu-west-1:1:table/a/stream/2026", shard="s", size=1)
    foreign = message._replace(id="n", function_arn=make_arn("bar-prod"), batch=table)
    origin = finder.find(foreign)
    assert (origin.function, origin.name) == (None, "bar-prod")
    assert origin.reason == (
        f"{prefix.replace('3 records', '1 record')}dynamodbstreams get-shard-iterator "
        f"--stream-arn {table.stream_arn} --shard-id s --shard-iterator-type AT_SEQUENCE_NUMBER "
        "--sequence-number 49591"
    )
