"""`domovoi-tf local` creates sources that the app does not own, and has a source emit an event."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import unquote_plus

import boto3
import pytest
from fake_aws import FakeAws, refusal

from domovoi_tf import Domovoi, DomovoiError, scoped, variable
from domovoi_tf.model.event_request import EventRequest, SentPayload
from domovoi_tf.triggers.alb import CERTIFICATE, LISTENER

AT = "eu-west-1:123456789012"
ENVIRON = {
    "DOMOVOI_TF_NAME": "bar-dev",
    "AWS_LAMBDA_FUNCTION_NAME": "bar-dev",
    "DOMOVOI_TF_VAR_arn": f"arn:aws:sns:{AT}:theirs",
    "DOMOVOI_TF_VAR_bucket": "theirs",
}
CREATED = ["s3:ObjectCreated:*"]


def client(service: str) -> Any:
    make: Any = boto3.client
    return make(service)


def declare(decorator: str, *arguments: Any, **options: Any) -> Any:
    """Returns the trigger of a handler ``tend`` with this decorator."""
    app = Domovoi()

    def tend(event: Any, context: Any) -> None: ...

    getattr(app, decorator)(*arguments, **options)(tend)
    return app.freeze().routes[0].trigger


def send(trigger: Any, data: str = '{"beer": 1}', **file: Any) -> str:
    done = trigger.send(client, ENVIRON, "tend", SentPayload(text_in_json=data, **file))
    assert isinstance(done, str)
    return done


def prepare(trigger: Any, **environ: str) -> Any:
    return trigger.prepare(client, {**ENVIRON, **environ})


# SNS


def test_message_is_published_to_the_topic_with_exactly_the_name(aws: FakeAws) -> None:
    topics = [f"arn:aws:sns:{AT}:{name}" for name in ("my-bar-dev-orders", "orders", "bar-dev-orders")]

    def list_topics(NextToken: str = "0") -> Any:
        number = int(NextToken)
        more = {"NextToken": str(number + 1)} if number + 1 < len(topics) else {}
        return {"Topics": [{"TopicArn": topics[number]}], **more}

    aws.on("sns", "ListTopics", list_topics)
    aws.on("sns", "Publish", {})
    assert send(declare("sns_topic_subscriber", scoped("orders"))) == f"published to {topics[2]}"
    assert send(declare("sns_topic_subscriber", "orders")) == f"published to {topics[1]}"
    theirs = ENVIRON["DOMOVOI_TF_VAR_arn"]
    assert send(declare("sns_topic_subscriber", variable("arn"))) == f"published to {theirs}"
    assert aws.made("Publish") == [
        {"TopicArn": topic, "Message": '{"beer": 1}'} for topic in (topics[2], topics[1], theirs)
    ]


def test_topic_of_others_is_created_if_its_name_is_known(aws: FakeAws) -> None:
    aws.on("sns", "CreateTopic", {})
    for arguments in (("orders",), (scoped("orders"),), (variable("arn"),)):
        prepare(declare("sns_topic_subscriber", *arguments))
    assert aws.calls == []
    prepare(declare("sns_topic_subscriber", scoped("orders"), create=False))
    prepare(declare("sns_topic_subscriber", variable("arn"), create=False))
    assert aws.made("CreateTopic") == [{"Name": "bar-dev-orders"}]


# S3


def test_put_that_is_no_event_of_the_handler_is_reported(aws: FakeAws) -> None:
    aws.on("s3", "PutObject", {})
    done = send(declare("s3_event_handler", scoped("photos"), ["s3:ObjectTagging:*"]), '"cat"')
    assert done == (
        "put the object cat into bar-dev-photos, which is none of the handler's events. "
        "Invoke the handler instead."
    )
    assert aws.made("PutObject") == [{"Bucket": "bar-dev-photos", "Key": "cat", "Body": b""}]


@pytest.mark.parametrize(
    ("events", "filters", "key", "removed"),
    [
        (CREATED, {}, "cat", False),
        (CREATED, {"prefix": "in/", "suffix": ".jpg"}, "in/cat.jpg", False),
        (["s3:ObjectTagging:Put", "s3:ObjectRemoved:Delete"], {"prefix": "in/"}, "in/cat", True),
    ],
)
def test_object_is_put_and_removed_if_the_handler_waits_for_that(
    aws: FakeAws, events: list[str], filters: Any, key: str, removed: bool
) -> None:
    for operation in ("PutObject", "DeleteObject"):
        aws.on("s3", operation, {})
    done = send(declare("s3_event_handler", scoped("photos"), events, **filters), f'"{key}"')
    assert done == f"put the object {key} into bar-dev-photos{' and removed it' if removed else ''}"
    place = {"Bucket": "bar-dev-photos", "Key": key}
    assert aws.made("PutObject") == [{**place, "Body": b""}]
    assert aws.made("DeleteObject") == ([place] if removed else [])
    assert "into theirs" in send(declare("s3_event_handler", variable("bucket"), CREATED), "{}")


@pytest.mark.parametrize(
    ("data", "file", "key", "body"),
    [
        ('"in/cat.jpg"', {}, "in/cat.jpg", b""),
        ('{"key": "in/cat.jpg", "size": 3}', {}, "in/cat.jpg", bytes(3)),
        ("{}", {}, "in/sample.jpg", b""),
        ("", {"file": "cat.jpg", "content": b"\xff\xd8"}, "in/cat.jpg", b"\xff\xd8"),
        ('"in/raw.jpg"', {"file": "cat.png", "content": b"\xff\xd8"}, "in/raw.jpg", b"\xff\xd8"),
        ('{"key": "in/raw.jpg"}', {"file": "cat.png", "content": b""}, "in/raw.jpg", b""),
    ],
)
def test_object_has_the_key_of_the_json_and_the_content_of_the_file(
    aws: FakeAws, data: str, file: Any, key: str, body: bytes
) -> None:
    """JSON is what it is for `invoke` and the test client, where it is the key, or the key and the size."""
    aws.on("s3", "PutObject", {})
    trigger = declare("s3_event_handler", "photos", CREATED, prefix="in/", suffix=".jpg", use_sns=False)
    assert send(trigger, data, **file) == f"put the object {key} into photos"
    assert aws.made("PutObject") == [{"Bucket": "photos", "Key": key, "Body": body}]
    if not file and data != "{}":
        event = trigger.event(EventRequest(handler="tend", payload=json.loads(data), environ=ENVIRON))
        assert unquote_plus(event["Records"][0]["s3"]["object"]["key"]) == key


@pytest.mark.parametrize(
    ("data", "file", "message", "remedy"),
    [
        (
            '"cat.png"',
            {},
            "An object 'cat.png' does not reach tend, whose bucket filters by prefix 'in/' and suffix "
            "'.jpg'.",
            "Give a key that matches, such as '\"in/sample.jpg\"'.",
        ),
        (
            "",
            {"file": "cat.png", "content": b""},
            "An object 'in/cat.png' does not reach tend, whose bucket filters by prefix 'in/' and suffix "
            "'.jpg'.",
            "Give a key that matches, such as '\"in/sample.jpg\"'.",
        ),
        (
            '{"key": "in/a.jpg", "eTag": "1", "sequencer": "2"}',
            {},
            "An object is put with a key and a size, not with eTag, sequencer, which S3 chooses.",
            "Omit that, or invoke the handler with a complete event: see `domovoi-tf invoke --help`.",
        ),
        (
            '{"size": 1}',
            {"file": "cat.jpg", "content": b""},
            "The size is that of the file.",
            "Omit size, or --file.",
        ),
        *(
            (
                f'{{"size": {size}}}',
                {},
                f"The size {shown} is not a number of bytes from 0 to 104,857,600.",
                "Correct the size.",
            )
            for size, shown in (("-1", "-1"), ("true", "True"), ('"1"', "'1'"), ("104857601", "104857601"))
        ),
    ],
)
def test_object_that_cannot_be_put_or_does_not_reach_the_handler_is_an_error(
    aws: FakeAws, data: str, file: Any, message: str, remedy: str
) -> None:
    with pytest.raises(DomovoiError) as caught:
        send(declare("s3_event_handler", "photos", CREATED, prefix="in/", suffix=".jpg"), data, **file)
    assert (caught.value.message, caught.value.remedy) == (message, remedy)
    assert aws.calls == []


@pytest.fixture
def buckets(aws: FakeAws) -> dict[str, Any]:
    """The notifications of the buckets that there are."""
    found: dict[str, Any] = {"other": {}}
    aws.on("s3", "ListBuckets", lambda: {"Buckets": [{"Name": name} for name in found]})
    aws.on("s3", "CreateBucket", lambda Bucket, **_: found.setdefault(Bucket, {}) and {})
    aws.on("s3", "GetBucketNotificationConfiguration", lambda Bucket: found[Bucket])

    def put(Bucket: str, NotificationConfiguration: Any) -> Any:
        found[Bucket] = NotificationConfiguration
        return {}

    aws.on("s3", "PutBucketNotificationConfiguration", put)
    aws.on("sns", "CreateTopic", lambda Name: {"TopicArn": f"arn:aws:sns:{AT}:{Name}"})
    return found


def test_bucket_of_others_is_created_once(aws: FakeAws, buckets: dict[str, Any]) -> None:
    for _ in range(2):
        prepare(declare("s3_event_handler", scoped("photos"), CREATED))
    assert buckets == {"other": {}, "bar-dev-photos": {}}
    assert len(aws.made("CreateBucket")) == 1


@pytest.mark.parametrize(
    ("arguments", "options"),
    [(("photos", CREATED), {"create": True}), ((variable("bucket"), CREATED), {"use_eventbridge": True})],
)
def test_bucket_of_the_app_or_without_a_known_name_is_left_alone(
    aws: FakeAws, buckets: dict[str, Any], arguments: Any, options: Any
) -> None:
    prepare(declare("s3_event_handler", *arguments, **options))
    assert aws.calls == []


@pytest.mark.parametrize(
    ("options", "notification"),
    [
        (
            {"sns_topic": scoped("t")},
            {
                "TopicConfigurations": [
                    {"TopicArn": f"arn:aws:sns:{AT}:bar-dev-t", "Events": CREATED},
                ]
            },
        ),
        ({"use_eventbridge": True}, {"EventBridgeConfiguration": {}}),
    ],
)
def test_bucket_of_others_notifies_as_its_owner_would_and_keeps_its_own(
    aws: FakeAws, buckets: dict[str, Any], options: Any, notification: Any
) -> None:
    queue = {"QueueConfigurations": [{"QueueArn": "q", "Events": CREATED}]}
    buckets["photos"] = queue
    for _ in range(2):
        prepare(declare("s3_event_handler", "photos", CREATED, **options))
    assert buckets["photos"] == {**queue, **notification}
    assert len(aws.made("PutBucketNotificationConfiguration")) == 1


def test_topic_that_is_passed_in_is_not_created(aws: FakeAws, buckets: dict[str, Any]) -> None:
    prepare(declare("s3_event_handler", "photos", CREATED, sns_topic=variable("arn")))
    assert buckets["photos"] == {}
    assert aws.made("CreateTopic") == []


# Logs


@pytest.mark.parametrize("exists", [True, False])
def test_line_is_logged_in_a_stream_of_its_own(aws: FakeAws, exists: bool) -> None:
    aws.on("logs", "CreateLogStream", refusal("ResourceAlreadyExistsException") if exists else {})
    aws.on("logs", "PutLogEvents", {})
    trigger = declare("cloudwatch_logs_sub_filter_handler", scoped("cellar"), "")
    assert send(trigger, '"ERROR"') == "logged to bar-dev-cellar"
    stream = {"logGroupName": "bar-dev-cellar", "logStreamName": "domovoi-tf"}
    (put,) = aws.made("PutLogEvents")
    (event,) = put.pop("logEvents")
    assert aws.made("CreateLogStream") == [stream] == [put]
    assert event["message"] == "ERROR"
    assert event["timestamp"] > 1_700_000_000_000  # milliseconds


@pytest.mark.parametrize("exists", [True, False])
def test_log_group_of_others_is_created(aws: FakeAws, exists: bool) -> None:
    aws.on("logs", "CreateLogGroup", refusal("ResourceAlreadyExistsException") if exists else {})
    decorator = "cloudwatch_logs_sub_filter_handler"
    prepare(declare(decorator, "/bar", "", create=True))
    prepare(declare(decorator, variable("arn"), ""))
    assert aws.calls == []
    prepare(declare(decorator, scoped("cellar"), ""))
    assert aws.made("CreateLogGroup") == [{"logGroupName": "bar-dev-cellar"}]


# State machines


@pytest.mark.parametrize(("name", "on_aws"), [(None, "bar-dev"), ("orders", "bar-dev-orders")])
def test_execution_of_the_app_s_machine_is_started(aws: FakeAws, name: str | None, on_aws: str) -> None:
    def machines(nextToken: str = "") -> Any:
        named = "bar-dev-orders" if nextToken else "bar-dev"
        machine = {"name": named, "stateMachineArn": f"arn:{named}", "type": "STANDARD"}
        page = {"stateMachines": [{**machine, "creationDate": "2026-01-01"}]}
        return page if nextToken else {**page, "nextToken": "more"}

    aws.on("stepfunctions", "ListStateMachines", machines)
    aws.on("stepfunctions", "StartExecution", {"executionArn": "arn:started", "startDate": "2026-01-01"})
    definition = {"StartAt": "Brew", "States": {"Brew": {"Type": "Task", "End": True}}}
    trigger = declare("step_function_task", "Brew", definition, state_machine_name=name)
    assert send(trigger) == "started arn:started"
    assert aws.made("StartExecution") == [{"stateMachineArn": f"arn:{on_aws}", "input": '{"beer": 1}'}]


# Load balancers


class Echo(BaseHTTPRequestHandler):
    """Remembers the requests, and answers with 418."""

    requests: list[tuple[str, str, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        assert self.headers["Content-Type"] == "application/json"
        self.requests.append((self.path, self.headers["Host"], body))
        self.send_response(418)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keeps the requests out of the output."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Echo.requests = []
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        yield url
        server.shutdown()
        thread.join()


@pytest.fixture
def balancers(aws: FakeAws) -> None:
    """Two load balancers; the second one's second listener forwards priority 7 to the function."""
    function = f"arn:aws:lambda:{AT}:function:bar-dev"
    groups = {"g-other": f"{function}-other", "g": function}
    listeners = {"a": ["a1"], "b": ["b1", "b2"]}
    rules: dict[str, list[tuple[str, list[str | None]]]] = {
        "a1": [("7", ["g-other"]), ("default", [None])],
        "b1": [("8", ["g"]), ("default", [None])],
        "b2": [("default", [None]), ("7", [None, "g"])],
    }
    found = [{"LoadBalancerArn": name, "LoadBalancerName": f"{name}-name"} for name in listeners]
    aws.on("elbv2", "DescribeLoadBalancers", {"LoadBalancers": found})
    aws.on(
        "elbv2",
        "DescribeListeners",
        lambda LoadBalancerArn: {"Listeners": [{"ListenerArn": each} for each in listeners[LoadBalancerArn]]},
    )

    def describe_rules(ListenerArn: str) -> Any:
        def action(group: str | None) -> Any:
            return {"Type": "forward", "TargetGroupArn": group} if group else {"Type": "fixed-response"}

        return {
            "Rules": [
                {"Priority": priority, "Actions": [action(group) for group in targets]}
                for priority, targets in rules[ListenerArn]
            ]
        }

    aws.on("elbv2", "DescribeRules", describe_rules)
    aws.on(
        "elbv2",
        "DescribeTargetHealth",
        lambda TargetGroupArn: {"TargetHealthDescriptions": [{"Target": {"Id": groups[TargetGroupArn]}}]},
    )


@pytest.mark.usefixtures("balancers")
@pytest.mark.parametrize(
    ("arguments", "options", "path", "host"),
    [
        (("/ü",), {}, "/%C3%BC", None),
        ((), {"host": "shop.example.com"}, "/", "shop.example.com"),
        (("/a",), {"host": "*.example.com"}, "/a", "x.example.com"),
    ],
)
def test_request_is_posted_to_the_balancer_of_the_rule(
    aws: FakeAws, endpoint: str, arguments: Any, options: Any, path: str, host: str | None
) -> None:
    trigger = declare("alb_target", *arguments, priority=7, **options)
    shown = arguments[0] if arguments else "/"
    assert send(trigger) == f"posted to {host or 'b-name'}{shown}, which responded with status 418"
    assert Echo.requests == [(f"/_alb/b-name{path}", host or endpoint.removeprefix("http://"), '{"beer": 1}')]


@pytest.mark.usefixtures("balancers")
def test_rule_that_is_not_deployed_is_an_error(aws: FakeAws, endpoint: str) -> None:
    with pytest.raises(DomovoiError) as caught:
        send(declare("alb_target", "/a", priority=9))
    assert str(caught.value) == (
        "No load balancer in the emulator has a rule with priority 9.\n"
        "Deploy the stage to the emulator again."
    )


def test_listener_is_created_unless_it_exists(aws: FakeAws) -> None:
    balancers: list[dict[str, str]] = []
    listeners: list[dict[str, str]] = []

    def describe(Names: list[str]) -> Any:
        if not balancers:
            raise refusal("LoadBalancerNotFound")
        return {"LoadBalancers": balancers}

    def create(Name: str) -> Any:
        balancers.append({"LoadBalancerArn": f"arn:{Name}"})
        return {"LoadBalancers": balancers}

    def create_listener(**parameters: Any) -> Any:
        listeners.append({"ListenerArn": "arn:listener"})
        return {"Listeners": listeners}

    aws.on("elbv2", "DescribeLoadBalancers", describe)
    aws.on("elbv2", "CreateLoadBalancer", create)
    aws.on("elbv2", "DescribeListeners", lambda LoadBalancerArn: {"Listeners": listeners})
    aws.on("elbv2", "CreateListener", create_listener)
    long = "bar" * 20
    for _ in range(2):
        found = prepare(declare("alb_target", "/a"), DOMOVOI_TF_NAME=long)
        assert found == {LISTENER: "arn:listener"}
    name = f"local-{long}"[:32]
    assert aws.made("DescribeLoadBalancers") == [{"Names": [name]}] * 2
    assert aws.made("CreateLoadBalancer") == [{"Name": name}]
    assert aws.made("CreateListener") == [
        {
            "LoadBalancerArn": f"arn:{name}",
            "Protocol": "HTTP",
            "Port": 80,
            "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        }
    ]


@pytest.mark.parametrize(
    ("domain", "zone"),
    [
        ("shop.example.com", "example.com"),
        ("*.example.com", "example.com"),
        ("a.shop.example.com", "shop.example.com"),
        ("example.com", "example.com"),
    ],
)
def test_certificate_and_zone_are_created_unless_they_exist(aws: FakeAws, domain: str, zone: str) -> None:
    issued, zones = ["other.example.org"], ["example.org."]
    aws.on(
        "acm",
        "ListCertificates",
        lambda **_: {"CertificateSummaryList": [{"DomainName": name} for name in issued]},
    )

    def request_certificate(DomainName: str, **_: str) -> Any:
        issued.append(DomainName)
        return {}

    def create_zone(Name: str, **_: str) -> Any:
        zones.append(f"{Name}.")
        return {}

    aws.on("acm", "RequestCertificate", request_certificate)
    aws.on(
        "route53",
        "ListHostedZones",
        lambda: {"HostedZones": [{"Name": name} for name in zones]},
    )
    aws.on("route53", "CreateHostedZone", create_zone)
    for _ in range(2):
        assert prepare(declare("alb_target", "/a"), **{CERTIFICATE: domain}) == {}
    assert aws.made("ListCertificates")[0] == {"CertificateStatuses": ["ISSUED"]}
    assert aws.made("RequestCertificate") == [{"DomainName": domain, "ValidationMethod": "DNS"}]
    assert aws.made("CreateHostedZone") == [{"Name": zone, "CallerReference": zone}]


# Files, and payloads that are strings

FILE: dict[str, Any] = {"data": "", "file": "order.json", "content": b'{"beer": "\xc3\xbc"}'}
BINARY: dict[str, Any] = {"data": "", "file": "cat.png", "content": b"\xff\xd8"}


def test_file_is_the_message_the_record_or_the_body_as_it_is(aws: FakeAws, endpoint: str) -> None:
    aws.on("sns", "ListTopics", {"Topics": [{"TopicArn": f"arn:aws:sns:{AT}:orders"}]})
    aws.on("sns", "Publish", {})
    aws.on("kinesis", "PutRecord", {"ShardId": "1", "SequenceNumber": "1"})
    send(declare("sns_topic_subscriber", "orders"), **FILE)
    assert aws.made("Publish")[0]["Message"] == '{"beer": "ü"}'
    send(declare("kinesis_stream_handler", "clicks"), **BINARY)
    assert aws.made("PutRecord")[0]["Data"] == b"\xff\xd8"


def test_file_for_a_source_that_sends_json_is_json(aws: FakeAws) -> None:
    aws.on("lambda", "Invoke", {})
    send(declare("lambda_function"), **FILE)
    assert aws.made("Invoke")[0]["Payload"] == '{"beer": "ü"}'.encode()
    for trigger in (declare("lambda_function"), declare("scheduled_function", "rate(1 day)")):
        with pytest.raises(DomovoiError) as caught:
            send(trigger, "", file="order.txt", content=b"two beers")
        assert str(caught.value) == (
            "order.txt is not JSON, which the source of the handler sends: "
            "Expecting value: line 1 column 1 (char 0).\nCorrect it."
        )
    assert len(aws.made("Invoke")) == 1


def test_file_that_is_no_text_is_an_error_for_a_source_of_texts(aws: FakeAws) -> None:
    aws.on("sns", "ListTopics", {"Topics": [{"TopicArn": f"arn:aws:sns:{AT}:orders"}]})
    with pytest.raises(DomovoiError) as caught:
        send(declare("sns_topic_subscriber", "orders"), **BINARY)
    assert str(caught.value) == (
        "cat.png is not a text in UTF-8, but the source of the handler sends text.\nChoose another file."
    )


def test_string_is_the_message_itself_as_for_the_test_client(aws: FakeAws) -> None:
    aws.on("sns", "ListTopics", {"Topics": [{"TopicArn": f"arn:aws:sns:{AT}:orders"}]})
    aws.on("sns", "Publish", {})
    send(declare("sns_topic_subscriber", "orders"), '"two beers"')
    assert aws.made("Publish")[0]["Message"] == "two beers"
    aws.on("logs", "CreateLogStream", {})
    aws.on("logs", "PutLogEvents", {})
    send(declare("cloudwatch_logs_sub_filter_handler", "/till", ""), '["one", "two"]')
    (put,) = aws.made("PutLogEvents")
    assert [event["message"] for event in put["logEvents"]] == ["one", "two"]


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("", None, "application/json"),
        ("cat.png", b"", "image/png"),
        ("order.json", b"", "application/json"),
        ("order", b"", "application/octet-stream"),
    ],
)
def test_request_has_the_media_type_of_its_body(file: str, content: bytes | None, expected: str) -> None:
    assert SentPayload(text_in_json="1", file=file, content=content).content_type == expected


# Pages


@pytest.mark.usefixtures("balancers")
@pytest.mark.parametrize(
    ("arguments", "options", "path", "note"),
    [
        (("/a",), {}, "/a", ""),
        ((), {}, "/", ""),
        (
            ("/a",),
            {"host": "*.example.com"},
            "/a",
            "The rule is for the host x.example.com: curl -H 'Host: x.example.com' {url}",
        ),
    ],
)
def test_page_of_a_rule_is_a_path_of_the_emulator(
    aws: FakeAws, endpoint: str, arguments: Any, options: Any, path: str, note: str
) -> None:
    trigger = declare("alb_target", *arguments, priority=7, **options)
    url = f"{endpoint}/_alb/b-name{path}"
    assert trigger.find_page(client, ENVIRON) == (url, note.format(url=url))


def test_page_of_a_rule_on_aws_is_at_its_host(aws: FakeAws) -> None:
    trigger = declare("alb_target", "/a", host="shop.example.com")
    assert trigger.find_page(client, ENVIRON) == ("https://shop.example.com/a", "")
    assert declare("alb_target", "/a").find_page(client, ENVIRON) is None


def test_source_without_requests_has_no_page(aws: FakeAws) -> None:
    assert declare("sns_topic_subscriber", "orders").find_page(client, ENVIRON) is None
