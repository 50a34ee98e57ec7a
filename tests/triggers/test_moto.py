"""Events are compared with those that moto, another imitation of AWS, delivers for the same payloads.

It delivers no mail, and no requests of load balancers and function URLs.

https://docs.getmoto.org/
"""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from domovoi_tf import Domovoi
from domovoi_tf.testing import Client

from .test_envelopes import decode_event, list_fields

REGION = "us-east-1"
#: Fields with content of the sender, whose names differ.
CONTENT = {"detail", "MessageAttributes", "messageAttributes", "dynamodb/NewImage", "dynamodb/Keys"}


def echo(event: Any, context: Any) -> Any:
    return event


def make_client(declare: Callable[[Domovoi], Callable[[Any], Any]]) -> Client:
    app = Domovoi()
    declare(app)(echo)
    return Client(app)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Creates clients of moto's services."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


class Queue:
    """A queue of moto, whose messages Lambda would pass to a function.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """

    def __init__(self, sqs: Any, name: str) -> None:
        self.sqs = sqs
        attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        self.url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]

    def receive(self) -> dict[str, Any]:
        """Returns the event with all messages."""
        messages = self.sqs.receive_message(
            QueueUrl=self.url, AttributeNames=["All"], MessageAttributeNames=["All"], MaxNumberOfMessages=10
        )["Messages"]
        return {"Records": [self._make_record(message) for message in messages]}

    def receive_body(self) -> Any:
        """Returns the body of the last message."""
        return json.loads(self.receive()["Records"][-1]["body"])

    def _make_record(self, message: dict[str, Any]) -> dict[str, Any]:
        names = {"MessageId": "messageId", "ReceiptHandle": "receiptHandle", "Body": "body"}
        more = {"Attributes": "attributes", "MD5OfBody": "md5OfBody"}
        return {
            **{name: message[key] for key, name in {**names, **more}.items()},
            "messageAttributes": message.get("MessageAttributes", {}),
            "eventSource": "aws:sqs",
            "eventSourceARN": self.arn,
            "awsRegion": REGION,
        }


@pytest.mark.parametrize("name", ["orders", "orders.fifo"])
def test_message_of_a_queue(name: str, aws: Callable[[str], Any]) -> None:
    queue = Queue(aws("sqs"), name)
    group = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if name.endswith(".fifo") else {}
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="ale", **group)
    client = make_client(lambda app: app.sqs_queue_subscriber(name))
    delivered = queue.receive()
    assert client.invoke(delivered) == delivered
    assert list_fields(client.event("echo", "ale"), CONTENT) == list_fields(delivered, CONTENT)


def test_message_of_a_topic(aws: Callable[[str], Any]) -> None:
    sns, queue = aws("sns"), Queue(aws("sqs"), "orders")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    attributes = {"level": {"DataType": "String", "StringValue": "gold"}}
    sns.publish(TopicArn=topic, Message="ale", Subject="Order", MessageAttributes=attributes)
    # Lambda receives the same fields as a queue, but writes these two differently.
    names = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    message = {names.get(name, name): value for name, value in queue.receive_body().items()}
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": topic, "Sns": message}
    client = make_client(lambda app: app.sns_topic_subscriber("orders"))
    assert client.invoke({"Records": [record]}) == {"Records": [record]}
    made = client.event("echo", "ale", Subject="Order")
    assert list_fields(made["Records"][0]["Sns"], CONTENT) == list_fields(message, CONTENT)


def notify(aws: Callable[[str], Any], configuration: dict[str, Any]) -> None:
    """Creates a bucket that notifies, and puts an object."""
    s3 = aws("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration=configuration)
    s3.put_object(Bucket="photos", Key="a b ü.jpg", Body=b"x")


def get_key(received: Any) -> str:
    (record,) = received["Records"]
    return str(record["s3"]["object"]["key"])


def test_object_of_a_bucket_through_a_queue(aws: Callable[[str], Any]) -> None:
    client = make_client(
        lambda app: app.s3_event_handler("photos", ["s3:ObjectCreated:*"], use_sns=False, use_sqs=True)
    )
    sample = client.event("echo", "a b ü.jpg")
    name = sample["Records"][0]["eventSourceARN"].rpartition(":")[2]
    queue = Queue(aws("sqs"), name)
    notify(aws, {"QueueConfigurations": [{"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"]}]})
    delivered = queue.receive()  # with the test event, which S3 sends first
    assert get_key(client.invoke(delivered)) == get_key(client.invoke(sample)) == "a+b+%C3%BC.jpg"
    theirs = list_fields(json.loads(delivered["Records"][-1]["body"]), set())
    ours = list_fields(json.loads(sample["Records"][0]["body"]), set())
    assert theirs <= ours
    assert {each.split("/")[1] for each in ours - theirs} == {
        "requestParameters",
        "responseElements",
        "s3",  # moto has neither the owner of the bucket nor the sequencer
        "userIdentity",
    }


def test_object_of_a_bucket_through_a_queue_and_a_topic(aws: Callable[[str], Any]) -> None:
    client = make_client(lambda app: app.s3_event_handler("photos", ["s3:ObjectCreated:*"], use_sqs=True))
    sample = client.event("echo", "a b ü.jpg")["Records"][0]
    sns, queue = aws("sns"), Queue(aws("sqs"), sample["eventSourceARN"].rpartition(":")[2])
    topic = sns.create_topic(Name=json.loads(sample["body"])["TopicArn"].rpartition(":")[2])["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    notify(aws, {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]})
    delivered = queue.receive()
    assert get_key(client.invoke(delivered)) == "a+b+%C3%BC.jpg"
    theirs = list_fields(json.loads(delivered["Records"][-1]["body"]), set())
    assert theirs - list_fields(json.loads(sample["body"]), set()) <= {"Subject"}


def test_object_of_a_bucket_through_eventbridge(aws: Callable[[str], Any]) -> None:
    events, queue = aws("events"), Queue(aws("sqs"), "events")
    events.put_rule(Name="objects", EventPattern=json.dumps({"source": ["aws.s3"]}))
    events.put_targets(Rule="objects", Targets=[{"Id": "1", "Arn": queue.arn}])
    notify(aws, {"EventBridgeConfiguration": {}})
    delivered = next(
        event
        for event in (json.loads(record["body"]) for record in queue.receive()["Records"])
        if event["detail-type"] == "Object Created"
    )
    client = make_client(
        lambda app: app.s3_event_handler("photos", ["s3:ObjectCreated:*"], use_eventbridge=True)
    )
    sample = client.event("echo", "a b ü.jpg")
    assert get_key(client.invoke({**sample, "event": delivered})) == "a+b+%C3%BC.jpg"
    theirs, ours = list_fields(delivered, set()), list_fields(sample["event"], set())
    # moto writes eTag, where AWS writes etag; only objects of a versioned bucket have a version.
    assert theirs ^ ours == {"detail/object/eTag", "detail/object/etag", "detail/object/version-id"}


def test_event_of_a_bus(aws: Callable[[str], Any]) -> None:
    events, queue = aws("events"), Queue(aws("sqs"), "events")
    events.put_rule(Name="cellar", EventPattern=json.dumps({"source": ["cellar"]}))
    events.put_targets(Rule="cellar", Targets=[{"Id": "1", "Arn": queue.arn}])
    events.put_events(Entries=[{"Source": "cellar", "DetailType": "Emptied", "Detail": '{"left": 1}'}])
    delivered = queue.receive_body()
    client = make_client(lambda app: app.cloudwatch_event_handler(source=["cellar"]))
    sample = client.event("echo", {"left": 1})
    assert client.invoke({**sample, "event": delivered}) == delivered
    # moto leaves out the account, which every event has on AWS.
    assert list_fields(sample["event"], CONTENT) - {"account"} == list_fields(delivered, CONTENT)


def test_change_of_a_table(aws: Callable[[str], Any]) -> None:
    dynamodb, streams = aws("dynamodb"), aws("dynamodbstreams")
    stream = dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]["LatestStreamArn"]
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "1"}, "beer": {"N": "2"}})
    (shard,) = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    (record,) = streams.get_records(ShardIterator=iterator)["Records"]
    record["dynamodb"]["ApproximateCreationDateTime"] = 1769854830
    delivered = {"Records": [{**record, "eventSourceARN": stream}]}
    client = make_client(lambda app: app.dynamodb_stream_handler("orders"))
    assert client.invoke(delivered) == delivered
    sample = client.event("echo", {"id": "1", "beer": 2})
    assert list_fields(sample, set()) == list_fields(delivered, set())
    assert sample["Records"][0]["dynamodb"]["NewImage"] == record["dynamodb"]["NewImage"]


def create_stream(kinesis: Any) -> str:
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    return str(kinesis.describe_stream(StreamName="clicks")["StreamDescription"]["StreamARN"])


def read_record(kinesis: Any) -> dict[str, Any]:
    (shard,) = kinesis.list_shards(StreamName="clicks")["Shards"]
    iterator = kinesis.get_shard_iterator(
        StreamName="clicks", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    record: dict[str, Any] = kinesis.get_records(ShardIterator=iterator)["Records"][-1]
    return record


def test_record_of_a_stream(aws: Callable[[str], Any]) -> None:
    kinesis = aws("kinesis")
    create_stream(kinesis)
    kinesis.put_record(StreamName="clicks", Data=b"ale", PartitionKey="p")
    record = read_record(kinesis)
    client = make_client(lambda app: app.kinesis_stream_handler("clicks"))
    sample = client.event("echo", "ale", partitionKey="p")["Records"][0]["kinesis"]
    assert base64.b64decode(sample["data"]) == record["Data"]
    # Lambda adds the version of the schema, and begins the names of fields in lower case.
    names = {name[0].lower() + name[1:] for name in record} | {"kinesisSchemaVersion"}
    assert sample.keys() == names


def test_lines_of_a_log_group(aws: Callable[[str], Any]) -> None:
    logs, kinesis = aws("logs"), aws("kinesis")
    stream = create_stream(kinesis)
    logs.create_log_group(logGroupName="/bar")
    logs.create_log_stream(logGroupName="/bar", logStreamName="web")
    logs.put_subscription_filter(
        logGroupName="/bar",
        filterName="all",
        filterPattern="",
        destinationArn=stream,
        roleArn="arn:aws:iam::123456789012:role/logs",
    )
    # CloudWatch Logs refuses events that are older than two weeks.
    line = {"timestamp": int(time.time() * 1000), "message": "served"}
    logs.put_log_events(logGroupName="/bar", logStreamName="web", logEvents=[line])
    data = read_record(kinesis)["Data"]
    packed = data if data.startswith(b"\x1f\x8b") else base64.b64decode(data)
    delivered = {"awslogs": {"data": base64.b64encode(packed).decode()}}
    client = make_client(lambda app: app.cloudwatch_logs_sub_filter_handler("/bar", ""))
    assert client.invoke(delivered) == json.loads(gzip.decompress(packed))
    sample = client.event("echo", ["served"])
    assert list_fields(decode_event(sample), set()) == list_fields(decode_event(delivered), set())
