"""The sample events of the kinds have the form that AWS sends, and reach only their handlers."""

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

from .test_triggers import COMPLETE, HERE, load

ACCEPTED: dict[str, list[Any]] = {"batchItemFailures": []}


def make_client(kind: str) -> tuple[Client, Any]:
    module = load(HERE / kind / "app.py")
    environment = dict(module.ENVIRONMENT)
    name = environment.pop("DOMOVOI_TF_NAME", f"{kind}-dev")
    return Client(module.app, name=name, environment=environment), module


def list_routes() -> Iterator[Any]:
    for kind in COMPLETE:
        for route in load(HERE / kind / "app.py").app.freeze().routes:
            yield pytest.param(kind, route, id=f"{kind}-{route.handler}-{route.location.line}")


def list_fields(value: Any, free: set[str], path: str = "") -> set[str]:
    """Returns the paths of all fields, with those of all items of a list together."""
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
        found |= list_fields(item, free, below) if below not in free else set()
    return found


def decode_event(event: Any) -> Any:
    """Returns the event, decoded if it is from a log group."""
    if "awslogs" in event:
        return json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    return event


@pytest.mark.parametrize("kind", COMPLETE)
def test_event_has_the_fields_of_the_example_of_aws(kind: str) -> None:
    client, module = make_client(kind)
    example = json.loads((HERE / kind / "event.json").read_bytes())
    handler = module.expected(example)[0]
    gaps: list[set[str]] = [getattr(module, name, set()) for name in ("FREE", "MORE", "LESS")]
    free, more, less = gaps
    made, real = (list_fields(decode_event(event), free) for event in (client.event(handler), example))
    assert made - more == real - less - free, (
        f"event() and event.json differ. Mend event(), or list in tests/triggers/{kind}/app.py the gaps: "
        "FREE (paths of the sender's content), MORE (fields missing in the example), LESS (optional fields)"
    )


@pytest.mark.parametrize(("kind", "route"), list(list_routes()))
def test_sample_reaches_only_its_handler(kind: str, route: Route) -> None:
    client, _ = make_client(kind)
    result = client.send(route.handler, via=route.trigger.describe())
    assert result == ACCEPTED or result[0] == route.handler


@pytest.mark.parametrize("kind", COMPLETE)
def test_samples_are_json(kind: str) -> None:
    client, _ = make_client(kind)
    for route in client.app.freeze().routes:
        event = client.event(route.handler, via=route.trigger.describe())
        assert json.loads(json.dumps(event)) == event


def get_message(record: Any) -> Any:
    return json.loads(record["Sns"]["Message"])


def build_event(client: Client, handler: str, **fields: Any) -> Any:
    event = client.event(handler, "a key/ü&.pdf", **fields)
    return event["Records"][0] if "Records" in event else event["event"]


def test_s3_events_come_by_the_declared_route() -> None:
    client, _ = make_client("s3")
    direct = build_event(client, "catalogue", eventName="ObjectCreated:Copy")
    assert direct["s3"]["object"]["key"] == "a+key/%C3%BC%26.pdf"
    assert (direct["eventName"], direct["s3"]["bucket"]["name"]) == ("ObjectCreated:Copy", "sourcebucket")
    by_topic = build_event(client, "develop")
    assert by_topic["Sns"]["TopicArn"] == "arn:aws:sns:us-east-1:123456789012:s3-dev-s3-photos-sns"
    assert get_message(by_topic)["Records"][0]["s3"]["object"]["key"] == "a+key/%C3%BC%26.pdf"
    by_queue = build_event(client, "count")
    assert by_queue["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:s3-dev-reports-s3-photos-sqs"
    assert json.loads(by_queue["body"])["Records"][0]["eventName"] == "ObjectRemoved:Delete"
    by_both = json.loads(build_event(client, "read")["body"])
    assert by_both["TopicArn"] == "arn:aws:sns:us-east-1:123456789012:s3-dev-s3-archive_bucket-sns_sqs"
    assert {"SigningCertURL", "UnsubscribeURL", "Type", "Message"} <= by_both.keys()
    assert json.loads(by_both["Message"])["Records"][0]["s3"]["bucket"]["name"] == "the-archive"
    by_rule = build_event(client, "watch")
    assert (by_rule["source"], by_rule["detail-type"]) == ("aws.s3", "Object Created")
    assert (by_rule["detail"]["object"]["key"], by_rule["detail"]["reason"]) == ("a key/ü&.pdf", "PutObject")


def test_sample_matches_the_filter_and_the_payload_overrides_it() -> None:
    sns, _ = make_client("sns")
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
    sqs, _ = make_client("sqs")
    order = sqs.event("take_order")["Records"][0]
    assert (order["body"], order["attributes"]["MessageGroupId"]) == ('{"for": "${no} \\"\\\\"}', "sample")
    kinesis, _ = make_client("kinesis")
    click = kinesis.event("click", "beer", partitionKey="x")["Records"][0]["kinesis"]
    assert (base64.b64decode(click["data"]), click["partitionKey"]) == (b"beer", "x")
    event, _ = make_client("event")
    emptied = event.event("vidée", {"left": 1}, time="2030-01-01T00:00:00Z")["event"]
    assert (emptied["source"], emptied["detail-type"], emptied["detail"], emptied["time"]) == (
        "cellar",
        "Bottle emptied",
        {"left": 1},
        "2030-01-01T00:00:00Z",
    )


def test_item_is_encoded_as_dynamodb_attribute_values() -> None:
    client, _ = make_client("dynamodb")
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


def test_requests_have_the_declared_path_host_and_signature() -> None:
    client, _ = make_client("alb")
    request = client.event("run_elsewhere", {"beer": 1}, httpMethod="PUT", headers={"x-a": "b"})
    assert (request["path"], request["headers"]["host"]) == ("/lambda", "x.example.com")
    assert (request["body"], request["httpMethod"], request["headers"]["x-a"]) == ('{"beer": 1}', "PUT", "b")
    client, _ = make_client("url")
    signed, anybody = client.event("answer", "hi", rawPath="/a"), client.event("serve")
    assert (signed["rawPath"], signed["requestContext"]["http"]["path"], signed["body"]) == ("/a", "/a", "hi")
    assert "iam" in signed["requestContext"]["authorizer"]
    assert "authorizer" not in anybody["requestContext"]


def test_payload_becomes_log_lines_or_email() -> None:
    client, _ = make_client("logs")
    lines = decode_event(client.event("descend", ["one", {"two": 2}], logStream="web"))
    assert [each["message"] for each in lines["logEvents"]] == ["one", '{"two": 2}']
    assert (lines["logGroup"], lines["logStream"]) == ("/bar/cellar", "web")
    assert decode_event(client.event("descend"))["logEvents"][0]["message"] == "ERROR"
    client, _ = make_client("ses")
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


def test_sample_of_a_schedule_is_its_input_and_the_payload_replaces_it() -> None:
    client, _ = make_client("schedule")
    assert client.send("lambda_cleaning", via="rate(2 hours)") == ["lambda_cleaning", False]
    assert client.send("heartbeat", {"by": "hand"}) == ["heartbeat", {"by": "hand"}]
    assert client.send("breakfast")[1]["source"] == "aws.scheduler"


@pytest.mark.parametrize(
    ("pattern", "sample"),
    [
        ("", "hello"),
        ('"a b" ?c', "a b c"),
        ("?WARN ?ERROR", "WARN ERROR"),
        ("ERROR -DEBUG", "ERROR"),
        ("{ $.x = 8 }", "hello"),
    ],
)
def test_sample_of_a_log_line_has_the_words_of_its_pattern(pattern: str, sample: str) -> None:
    app = Domovoi()
    app.cloudwatch_logs_sub_filter_handler("/a", pattern)(lambda_handler)
    (route,) = app.freeze().routes
    assert route.trigger.sample() == sample


def lambda_handler(event: Any, context: Any) -> None: ...
