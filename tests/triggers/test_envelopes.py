"""The events that kinds make for trying handlers out: as AWS sends them, and for exactly their handlers."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from domovoi_tf import Domovoi, DomovoiError
from domovoi_tf.model.trigger import Route
from domovoi_tf.testing import Client

from .test_triggers import HERE, KINDS, load

ACCEPTED: dict[str, list[Any]] = {"batchItemFailures": []}


def client_of(kind: str) -> tuple[Client, Any]:
    module = load(HERE / kind / "app.py")
    environment = dict(module.ENVIRONMENT)
    name = environment.pop("DOMOVOI_TF_NAME", f"{kind}-dev")
    return Client(module.app, name=name, environment=environment), module


def routes() -> Iterator[Any]:
    for kind in KINDS:
        for route in load(HERE / kind / "app.py").app.freeze().routes:
            yield pytest.param(kind, route, id=f"{kind}-{route.handler}-{route.location.line}")


def shape(value: Any, free: set[str], path: str = "") -> set[str]:
    """The paths of all fields, those of lists' items together."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else [("", each) for each in value]
        if isinstance(value, list)
        else ()
    )
    found = set()
    for name, item in inner:
        below = f"{path}/{name}".strip("/") if name else path
        found |= {below} if name and below not in free else set()
        found |= shape(item, free, below) if below not in free else set()
    return found


def opened(event: Any) -> Any:
    """The event, with what a log group packs unpacked."""
    if "awslogs" in event:
        return json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    return event


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_has_the_fields_of_aws_s_example(kind: str) -> None:
    client, module = client_of(kind)
    example = json.loads((HERE / kind / "event.json").read_bytes())
    handler = module.expected(example)[0]
    gaps: list[set[str]] = [getattr(module, name, set()) for name in ("FREE", "MORE", "LESS")]
    free, more, less = gaps
    made, real = (shape(opened(event), free) for event in (client.event(handler), example))
    assert made - more == real - less - free, (
        f"event() and event.json differ. Mend event(), or list in tests/triggers/{kind}/app.py the gaps: "
        "FREE (paths of the sender's content), MORE (fields missing in the example), LESS (optional fields)"
    )


@pytest.mark.parametrize(("kind", "route"), list(routes()))
def test_a_sample_reaches_its_handler_and_no_other(kind: str, route: Route) -> None:
    client, _ = client_of(kind)
    result = client.send(route.handler, via=route.trigger.describe())
    assert result == ACCEPTED or result[0] == route.handler


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_sample_that_is_json(kind: str) -> None:
    client, _ = client_of(kind)
    for route in client.app.freeze().routes:
        event = client.event(route.handler, via=route.trigger.describe())
        assert json.loads(json.dumps(event)) == event


def message_of(record: Any) -> Any:
    return json.loads(record["Sns"]["Message"])


def through(client: Client, handler: str, **fields: Any) -> Any:
    event = client.event(handler, "a key/ü&.pdf", **fields)
    return event["Records"][0] if "Records" in event else event["event"]


def test_s3_s_events_come_by_the_way_that_is_declared() -> None:
    client, _ = client_of("s3")
    direct = through(client, "catalogue", eventName="ObjectCreated:Copy")
    assert direct["s3"]["object"]["key"] == "a+key/%C3%BC%26.pdf"
    assert (direct["eventName"], direct["s3"]["bucket"]["name"]) == ("ObjectCreated:Copy", "sourcebucket")
    by_topic = through(client, "develop")
    assert by_topic["Sns"]["TopicArn"] == "arn:aws:sns:us-east-1:123456789012:s3-dev-develop-s3"
    assert message_of(by_topic)["Records"][0]["s3"]["object"]["key"] == "a+key/%C3%BC%26.pdf"
    by_queue = through(client, "count")
    assert by_queue["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:s3-dev-count-s3"
    assert json.loads(by_queue["body"])["Records"][0]["eventName"] == "ObjectRemoved:Delete"
    by_both = json.loads(through(client, "read")["body"])
    assert by_both["TopicArn"] == "arn:aws:sns:us-east-1:123456789012:s3-dev-read-s3"
    assert {"SigningCertURL", "UnsubscribeURL", "Type", "Message"} <= by_both.keys()
    assert json.loads(by_both["Message"])["Records"][0]["s3"]["bucket"]["name"] == "the-archive"
    by_rule = through(client, "watch")
    assert (by_rule["source"], by_rule["detail-type"]) == ("aws.s3", "Object Created")
    assert (by_rule["detail"]["object"]["key"], by_rule["detail"]["reason"]) == ("a key/ü&.pdf", "PutObject")


def test_what_a_filter_asks_for_is_in_the_sample_and_the_payload_overrides_it() -> None:
    sns, _ = client_of("sns")
    assert json.loads(sns.event("take_order")["Records"][0]["Sns"]["Message"]) == {
        "drink": "negroni",
        "price": 0,
        "for": {"guest name": "sample"},
    }
    given = sns.event("take_order", "water", Subject="Order")["Records"][0]["Sns"]
    assert (given["Message"], given["Subject"]) == ("water", "Order")
    rewarded = sns.event("reward", MessageAttributes={"n": {"Type": "Number", "Value": "1"}})
    assert rewarded["Records"][0]["Sns"]["MessageAttributes"] == {
        "level": {"Type": "String", "Value": "gold"},
        "n": {"Type": "Number", "Value": "1"},
    }
    sqs, _ = client_of("sqs")
    order = sqs.event("take_order")["Records"][0]
    assert (order["body"], order["attributes"]["MessageGroupId"]) == ('{"for": "${no} \\"\\\\"}', "sample")
    kinesis, _ = client_of("kinesis")
    click = kinesis.event("click", "beer", partitionKey="x")["Records"][0]["kinesis"]
    assert (base64.b64decode(click["data"]), click["partitionKey"]) == (b"beer", "x")
    event, _ = client_of("event")
    emptied = event.event("vidée", {"left": 1}, time="2030-01-01T00:00:00Z")["event"]
    assert (emptied["source"], emptied["detail-type"], emptied["detail"], emptied["time"]) == (
        "cellar",
        "Bottle emptied",
        {"left": 1},
        "2030-01-01T00:00:00Z",
    )


def test_an_item_is_in_dynamodb_s_types_where_the_change_has_it() -> None:
    client, _ = client_of("dynamodb")
    item = {"id": "1", "tags": ["a", None], "n": {"x": 1.5}, "on": True}
    typed = {
        "id": {"S": "1"},
        "tags": {"L": [{"S": "a"}, {"NULL": True}]},
        "n": {"M": {"x": {"N": "1.5"}}},
        "on": {"BOOL": True},
    }
    images = {}
    for name in ("INSERT", "MODIFY", "REMOVE"):
        changed = client.event("follow", item, eventName=name)["Records"][0]["dynamodb"]
        assert changed["Keys"] == {"id": {"S": "1"}}
        images[name] = [each for each in ("NewImage", "OldImage") if changed.get(each) == typed]
    assert images == {"INSERT": ["NewImage"], "MODIFY": ["NewImage", "OldImage"], "REMOVE": ["OldImage"]}
    wanted = client.event("take_order")["Records"][0]
    assert wanted["dynamodb"]["NewImage"] == {"id": {"S": "1"}, "for": {"S": '${no} "\\'}}
    assert client.event("follow", {"Id": 7})["Records"][0]["dynamodb"]["Keys"] == {"Id": {"N": "7"}}
    with pytest.raises(DomovoiError) as raised:
        client.event("follow", [1])
    assert str(raised.value) == (
        "The payload is [1], which is not an item of a table.\n"
        'Write the item as a dict of attributes, such as {"id": "1", "beer": 2}.'
    )


def test_requests_have_path_host_and_signature_as_declared() -> None:
    client, _ = client_of("alb")
    request = client.event("run_elsewhere", {"beer": 1}, httpMethod="PUT", headers={"x-a": "b"})
    assert (request["path"], request["headers"]["host"]) == ("/lambda", "x.example.com")
    assert (request["body"], request["httpMethod"], request["headers"]["x-a"]) == ('{"beer": 1}', "PUT", "b")
    client, _ = client_of("url")
    signed, anybody = client.event("answer", "hi", rawPath="/a"), client.event("serve")
    assert (signed["rawPath"], signed["requestContext"]["http"]["path"], signed["body"]) == ("/a", "/a", "hi")
    assert "iam" in signed["requestContext"]["authorizer"]
    assert "authorizer" not in anybody["requestContext"]


def test_log_lines_and_mail_are_what_the_payload_says() -> None:
    client, _ = client_of("logs")
    lines = opened(client.event("descend", ["one", {"two": 2}], logStream="web"))
    assert [each["message"] for each in lines["logEvents"]] == ["one", '{"two": 2}']
    assert (lines["logGroup"], lines["logStream"]) == ("/bar/cellar", "web")
    assert opened(client.event("descend"))["logEvents"][0]["message"] == "ERROR"
    client, _ = client_of("ses")
    spam: Any = {"receipt": {"spamVerdict": {"status": "FAIL"}}}
    mail = client.event("john", {"subject": "Beer?", "from": ["ann@example.org"]}, **spam)["Records"][0][
        "ses"
    ]
    assert (mail["mail"]["commonHeaders"]["subject"], mail["receipt"]["recipients"]) == (
        "Beer?",
        ["johndoe@example.com"],
    )
    assert (mail["receipt"]["spamVerdict"], mail["receipt"]["virusVerdict"]) == (
        {"status": "FAIL"},
        {"status": "PASS"},
    )


def test_a_schedule_s_input_is_its_sample_and_a_payload_replaces_it() -> None:
    client, _ = client_of("schedule")
    assert client.send("lambda_cleaning", via="rate(2 hours)") == ["lambda_cleaning", False]
    assert client.send("heartbeat", {"by": "hand"}) == ["heartbeat", {"by": "hand"}]
    assert client.send("breakfast")[1]["source"] == "aws.scheduler"


@pytest.mark.parametrize(
    ("pattern", "sample"), [("", "hello"), ('"a b" ?c', "a b"), ("{ $.x = 8 }", "hello")]
)
def test_a_log_line_has_the_words_of_its_pattern(pattern: str, sample: str) -> None:
    app = Domovoi()
    app.cloudwatch_logs_sub_filter_handler("/a", pattern)(lambda_handler)
    (route,) = app.freeze().routes
    assert route.trigger.sample() == sample


def lambda_handler(event: Any, context: Any) -> None: ...
