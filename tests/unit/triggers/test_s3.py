"""Declarations of S3 handlers, their problems, and events that arrive on each of the routes."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.hcl.labels import assign_labels
from domovoi_tf.model.event_request import EventRequest
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.triggers.s3 import S3
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
SECRET = "4111-1111-1111-1111"
CREATED = ["s3:ObjectCreated:*"]
RECORD = json.loads((Path(__file__).parents[2] / "triggers" / "s3" / "event.json").read_bytes())["Records"][0]
MANAGED_KEY = "{'KmsMasterKeyId': 'alias/aws/sqs'}"
ARN = "arn:aws:{}:us-west-2:123456789012:{}"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOMOVOI_TF_FUNCTION", raising=False)
    monkeypatch.setenv("DOMOVOI_TF_NAME", "bar-dev")
    monkeypatch.setenv("DOMOVOI_TF_VAR_bucket", "given")
    monkeypatch.setenv("DOMOVOI_TF_VAR_topic_arn", ARN.format("sns", "given"))


def run_app(source: str) -> Domovoi:
    """Runs a source as app.py, whose first line is the source's."""
    names: dict[str, Any] = {"app": Domovoi(), "scoped": scoped, "variable": variable, "C": CREATED}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - compiled for its line numbers
    app: Domovoi = names["app"]
    return app


def find_problems(source: str) -> str:
    return str(ValidationError(validate(run_app(source).freeze(), SETTINGS)))


def s3(arguments: str, name: str = "develop") -> str:
    return f"@app.s3_event_handler({arguments})\ndef {name}(event, context): return '{name}', event\n"


@pytest.mark.parametrize(
    "source",
    [
        s3("'photos', C"),
        s3("'photos', ('s3:ObjectCreated:Put', 's3:ObjectAcl:Put', 's3:IntelligentTiering')"),
        s3("variable('bucket'), C, sns_topic=variable('topic_arn')"),
        s3("scoped('photos'), C, create=True"),
        s3("'photos', C, 'a/'") + s3("'photos', C, 'b/'", "other"),
        s3("'photos', C, 'a/', '.jpg'") + s3("'photos', C, 'a/', '.png'", "other"),
        s3("'photos', C") + s3("'photos', ['s3:ObjectRemoved:*']", "other"),
        s3("'photos', ['s3:ObjectCreated:Put']") + s3("'photos', ['s3:ObjectCreated:Copy']", "other"),
        s3("'photos', C") + s3("'scans', C", "other"),
        s3("'photos', C, 'a/'")
        + "@app.s3_event_handler('photos', C, 'b/')\n"
        + s3("'photos', C, 'c/'", "other"),
        s3("'photos', C") + s3("'photos', C, use_eventbridge=True", "other"),
        s3("'photos', C, sns_topic='t'") + s3("'scans', C, sns_topic='t'", "other"),
        "app.function('f')\n"
        + s3("'photos', C, sns_topic='t'")
        + s3("'photos', C, sns_topic='t', function='f'", "o"),
        s3(
            "'photos', C, use_sns=False, use_sqs=True, sqs_batch_size=10,"
            "sqs_queue_attributes={'DelaySeconds': 1}"
        ),
        s3("'photos', C, 'ü' * 512"),
    ],
)
def test_valid_declarations_have_no_problems(source: str) -> None:
    assert find_problems(source) == ""


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (
            s3("'ab', C"),
            "the S3 bucket name 'ab' has 2 characters\n    AWS requires at least 3.",
        ),
        (
            s3("'arn:aws:s3:::photos', C"),
            "'arn:aws:s3:::photos' is an ARN, but a name is expected\n    Write 'photos'.",
        ),
        (
            s3("'photos', 's3:ObjectCreated:*'"),
            "events is 's3:ObjectCreated:*'\n    Write events=[\"s3:ObjectCreated:*\"].",
        ),
        (s3("'photos', []"), 'events is []\n    Write events=["s3:ObjectCreated:*"].'),
        (
            s3("'photos', ['s3:ObjectCreated:put']"),
            "S3 has no event 's3:ObjectCreated:put'\n    Did you mean 's3:ObjectCreated:Put'?",
        ),
        (
            s3("'photos', ['s3:*']"),
            "S3 has no event 's3:*'\n    Did you mean 's3:Replication:*'?",
        ),
        (
            s3("'photos', ['s3:ObjectAcl:*']"),
            "S3 has no event 's3:ObjectAcl:*'\n    Did you mean 's3:ObjectAcl:Put'?",
        ),
        (
            s3("'photos', ['s3:Replication:*'], use_eventbridge=True"),
            "S3 does not send 's3:Replication:*' to EventBridge\n"
            "    Leave use_eventbridge out for this event: use SNS, SQS or neither.",
        ),
        (
            s3("'photos', C, 7"),
            'prefix is 7\n    Write prefix="..." as in the keys of the objects.',
        ),
        (
            s3("'photos', C, suffix='ü' * 513"),
            "the suffix has 513 characters\n    Keys of S3 objects have at most 1024 bytes. Shorten it.",
        ),
        (
            s3("'photos', C, 'a*'"),
            "the prefix 'a*' has a *, which S3 does not treat as a wildcard\n    Leave the * out.",
        ),
        (
            s3("'photos', C, use_sqs=True, use_eventbridge=True"),
            "use_eventbridge cannot be combined with use_sqs or sns_topic\n"
            "    Leave out use_sqs and sns_topic, or use_eventbridge.",
        ),
        (
            s3("'photos', C, sns_topic='t', use_eventbridge=True"),
            "use_eventbridge cannot be combined with use_sqs or sns_topic\n"
            "    Leave out use_sqs and sns_topic, or use_eventbridge.",
        ),
        (
            s3("'photos', C, create=True, manage_notification=False"),
            "manage_notification=False with create=True: nothing would set the new bucket's notification\n"
            "    Leave out manage_notification or create.",
        ),
        (
            s3("'photos', C, use_eventbridge=True, manage_notification=False"),
            "manage_notification=False has no effect: this route does not use the bucket's notification\n"
            "    Leave out manage_notification.",
        ),
        (
            s3("'photos', C, sqs_queue_attributes={'DelaySeconds': 1}"),
            "sqs_queue_attributes has no effect without use_sqs\n    Add use_sqs=True.",
        ),
        (
            s3("'photos', C, use_sqs=True, sqs_batch_size=11"),
            "sqs_batch_size is 11\n    Use a whole number from 1 to 10.",
        ),
        (
            s3("'photos', C, use_sqs=True, sqs_queue_attributes={'Delay': 1}"),
            "sqs_queue_attributes has the unknown attribute 'Delay'\n    Did you mean 'DelaySeconds'?",
        ),
        (
            s3("'photos', C, use_sqs=True, sqs_queue_attributes={'Policy': {}}"),
            "sqs_queue_attributes has a Policy, which the app sets itself\n    Leave it out.",
        ),
        (
            s3("'photos', C, use_sqs=True, sqs_queue_attributes={'VisibilityTimeout': 59}"),
            "VisibilityTimeout is 59, less than the function's timeout of 60 seconds\n"
            "    Use at least 60, or leave it out: the default is six times the function's timeout.",
        ),
        (
            s3(f"'photos', C, use_sns=False, use_sqs=True, sqs_queue_attributes={MANAGED_KEY}"),
            "KmsMasterKeyId is 'alias/aws/sqs', the AWS managed key, whose policy does not let S3 send to "
            "the queue\n"
            "    Leave KmsMasterKeyId out: SQS then encrypts the queue with a key of its own. Or use your "
            "own key, whose policy allows s3.amazonaws.com kms:GenerateDataKey and kms:Decrypt.",
        ),
        (
            s3(f"'photos', C, sns_topic='raw', use_sqs=True, sqs_queue_attributes={MANAGED_KEY}"),
            "KmsMasterKeyId is 'alias/aws/sqs', the AWS managed key, whose policy does not let SNS send to "
            "the queue\n"
            "    Leave KmsMasterKeyId out: SQS then encrypts the queue with a key of its own. Or use your "
            "own key, whose policy allows sns.amazonaws.com kms:GenerateDataKey and kms:Decrypt.",
        ),
        (
            s3("'photos', C, sns_topic='a b'"),
            "'a b' is not a valid SNS topic name\n    Use letters, digits, - and _ only.",
        ),
    ],
)
def test_report_names_each_problem_and_its_remedy(source: str, report: str) -> None:
    assert find_problems(source) == f"app.py:1: {report}"


BUCKET_TOO_LONG = f"the S3 bucket name '{'b' * 256}' has 256 characters\n    AWS allows at most 255."


def read_channel(arguments: str) -> tuple[str, str]:
    """Returns the last part of the name of a route's topic and queue, and the label of its module call."""
    application = run_app(s3(arguments)).freeze()
    trigger: Any = application.routes[0].trigger
    (label,) = assign_labels(application).calls
    return trigger.make_channel().name, label


@pytest.mark.parametrize(
    ("arguments", "name", "label"),
    [
        ("'photos', C", "s3-photos-sns", "s3_photos_sns"),
        ("'photos', C, use_sqs=True", "s3-photos-sns_sqs", "s3_photos_sns_sqs"),
        ("'photos', C, use_sns=False, use_sqs=True", "s3-photos-sqs", "s3_photos_sqs"),
        ("'photos', C, use_sns=False", "s3-photos-direct", "s3_photos_direct"),
        ("scoped('photos'), C", "s3-photos-sns", "s3_photos_sns"),
        ("variable('in_box'), C", "s3-in_box-sns", "s3_in_box_sns"),
        ("'photos', C, function='dark-room'", "dark-room-s3-photos-sns", "dark_room_s3_photos_sns"),
        ("'Photos', C, function='Room'", "Room-s3-Photos-sns", "room_s3_photos_sns"),
        ("'photos', C, sns_topic='t'", "s3-topic-t-sns", "s3_topic_t_sns"),
        ("'scans', C, sns_topic='t'", "s3-topic-t-sns", "s3_topic_t_sns"),
        ("'photos', C, sns_topic='t', use_sqs=True", "s3-photos-t-sns_sqs", "s3_photos_t_sns_sqs"),
        ("'a.b', C", "s3-a-b-fc7d33be-sns", "s3_a_b_fc7d33be_sns"),
        ("'a-b', C", "s3-a-b-sns", "s3_a_b_sns"),
        ("'a.b', C, use_sqs=True", "s3-a-b-fc7d33be-sns_sqs", "s3_a_b_fc7d33be_sns_sqs"),
    ],
)
def test_topic_and_queue_are_named_by_bucket_function_and_route(
    arguments: str, name: str, label: str
) -> None:
    assert read_channel(arguments) == (name, label)


@pytest.mark.parametrize(
    ("ways", "longest", "shortened"),
    [
        (", use_sns=False, use_sqs=True", 25, "s3-bbbbbbbbbbbbbbbb-1ea31023-sqs"),
        (", use_sqs=True", 21, "s3-bbbbbbbbbbbb-0cb3f9c1-sns_sqs"),
    ],
)
def test_name_of_a_queue_has_at_most_32_characters(ways: str, longest: int, shortened: str) -> None:
    assert read_channel(f"'{'b' * longest}', C{ways}")[0].startswith(f"s3-{'b' * longest}-s")
    assert len(read_channel(f"'{'b' * longest}', C{ways}")[0]) == 32
    assert read_channel(f"'{'b' * (longest + 1)}', C{ways}")[0] == shortened
    assert len(shortened) == 32
    assert read_channel(f"'{'b' * (longest + 2)}', C{ways}")[0] != shortened
    assert len(read_channel(f"'{'b' * 63}', C{ways}, function='{'f' * 50}'")[0]) == 32


def test_name_of_the_longest_bucket_fits_the_name_of_a_topic() -> None:
    assert read_channel(f"'{'b' * 63}', C, function='{'f' * 50}'")[0] == f"{'f' * 50}-s3-{'b' * 63}-sns"
    assert len(read_channel(f"'{'b' * 255}', C, function='{'f' * 50}'")[0]) == 190


def test_name_of_a_queue_is_checked_with_app_and_stage() -> None:
    source = s3(f"'{'b' * 63}', C, use_sqs=True")
    for length, problem in ((43, ""), (44, "the SQS queue name")):
        settings = Settings(app_name="a" * length, stage="dev")
        report = str(ValidationError(validate(run_app(source).freeze(), settings)))
        assert bool(report) is bool(problem) and problem in report


@pytest.mark.parametrize(
    "ways",
    [
        "",
        ", use_sns=False",
        ", use_sns=False, use_sqs=True",
        ", use_sqs=True",
        ", sns_topic='t'",
        ", use_sqs=True, sns_topic='t'",
        ", use_eventbridge=True",
    ],
)
def test_bucket_name_is_checked_for_every_route(ways: str) -> None:
    assert find_problems(s3(f"'{'b' * 255}', C{ways}")) == ""
    assert find_problems(s3(f"'{'b' * 256}', C{ways}")) == f"app.py:1: {BUCKET_TOO_LONG}"


def test_name_of_an_existing_topic_is_checked() -> None:
    for ways in ("", ", use_sqs=True"):
        assert find_problems(s3(f"'photos', C, sns_topic='{'t' * 256}'{ways}")) == ""
        assert find_problems(s3(f"'photos', C, sns_topic='{'t' * 257}'{ways}")) == (
            f"app.py:1: the SNS topic name '{'t' * 257}' has 257 characters\n    AWS allows at most 256."
        )


#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
DOCUMENTED = re.findall(
    r"\S+",
    """
ObjectCreated:* ObjectCreated:Put ObjectCreated:Post ObjectCreated:Copy ObjectCreated:CompleteMultipartUpload
ObjectRemoved:* ObjectRemoved:Delete ObjectRemoved:DeleteMarkerCreated
ObjectRestore:* ObjectRestore:Post ObjectRestore:Completed ObjectRestore:Delete
ReducedRedundancyLostObject
Replication:* Replication:OperationFailedReplication Replication:OperationMissedThreshold
Replication:OperationReplicatedAfterThreshold Replication:OperationNotTracked
LifecycleExpiration:* LifecycleExpiration:Delete LifecycleExpiration:DeleteMarkerCreated
LifecycleTransition IntelligentTiering
ObjectTagging:* ObjectTagging:Put ObjectTagging:Delete
ObjectAcl:Put
ObjectAnnotation:* ObjectAnnotation:Put ObjectAnnotation:Delete
ObjectRetention:Put
""",
)
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
NOT_BRIDGED = ("ReducedRedundancyLostObject", "Replication", "ObjectAnnotation", "ObjectRetention")


@pytest.mark.parametrize("event", DOCUMENTED)
def test_documented_event_types_are_valid(event: str) -> None:
    assert find_problems(s3(f"'photos', ['s3:{event}']")) == ""
    bridged = find_problems(s3(f"'photos', ['s3:{event}'], use_eventbridge=True"))
    assert bool(bridged) is event.startswith(NOT_BRIDGED)


@pytest.mark.parametrize(
    "event",
    ["ObjectAcl", "ObjectAcl:*", "ObjectRetention:*", "IntelligentTiering:*", "ObjectRestore", "", "*"],
)
def test_other_event_types_are_rejected(event: str) -> None:
    assert find_problems(s3(f"'photos', ['s3:{event}']")).startswith(
        f"app.py:1: S3 has no event 's3:{event}'\n"
    )


OVERLAP = "S3 rejects overlapping filters: use prefixes, suffixes or events that exclude each other."


@pytest.mark.parametrize(
    ("one", "two", "report"),
    [
        (
            "'photos', C",
            "'photos', ['s3:ObjectCreated:Put'], 'a/', use_sns=False",
            "both handle s3:ObjectCreated:Put of the same objects in 'photos'\n    " + OVERLAP,
        ),
        (
            "'photos', C, 'a/', '.jpg'",
            "'photos', C, 'a/b/', 'small.jpg', use_sqs=True",
            "both handle s3:ObjectCreated:* of the same objects in 'photos'\n    " + OVERLAP,
        ),
        (
            "variable('bucket'), C",
            "variable('bucket'), ['s3:ObjectRemoved:*', 's3:ObjectCreated:Put']",
            "both handle s3:ObjectCreated:Put of the same objects in variable('bucket')\n    " + OVERLAP,
        ),
        (
            "'photos', C, 'a/'",
            "'photos', C, 'b/', manage_notification=False",
            "differ in manage_notification for the bucket 'photos'\n"
            "    Use the same value in both: a bucket has one notification, which one owner sets.",
        ),
        (
            "'photos', C, sns_topic='t'",
            "'photos', C, 'a/', sns_topic='t'",
            "both handle s3:ObjectCreated:* of the same objects on the topic t\n"
            "    Use prefixes, suffixes or events that exclude each other, or set function= for one.",
        ),
        (
            "'photos', C, 'a/', use_sqs=True",
            "'photos', C, 'b/', use_sqs=True, sqs_batch_size=7",
            "share the queue for S3 bucket photos through SNS and SQS, with sqs_batch_size=7 and "
            "sqs_batch_size=1\n    Use the same value in both, or set function= for one.",
        ),
        (
            "variable('photos'), C",
            "'photos', C",
            "have buckets, 'photos' and variable('photos'), that have the same key 'photos' in outputs\n"
            '    Use variable("...") for one of them, with a name of its own.',
        ),
        (
            "'photos-t', C, use_sqs=True",
            "'photos', C, sns_topic='t', use_sqs=True",
            "have sources, S3 bucket photos through SNS and SQS and S3 bucket photos-t through SNS and SQS, "
            "for which the app has one name s3-photos-t-sns_sqs\n"
            '    Use variable("...") for one of them, with a name of its own, or set function= for one.',
        ),
        (
            "'photos', C, 'a/', create=True",
            "'photos', C, 'b/'",
            None,
        ),
    ],
)
def test_report_names_conflicts_of_two_handlers(one: str, two: str, report: str | None) -> None:
    problem = find_problems(s3(one) + s3(two, "other"))
    if report is None:
        report = (
            "create is False here, but True at app.py:1 for photos\n"
            "    Use the same value in both places: either the app owns it, or it refers to it by name."
        )
        assert problem == f"app.py:3: {report}"
    else:
        assert problem.replace("'photos'", "photos") == (
            f"app.py:3: other and develop (app.py:1) {report}".replace("'photos'", "photos")
        )


@pytest.mark.parametrize("other", ["'a-b', C", "'a.b', C", "variable('a_b_arn'), C"])
@pytest.mark.parametrize("ways", ["", ", use_sqs=True", ", use_sns=False"])
def test_buckets_that_differ_in_form_have_labels_of_their_own(other: str, ways: str) -> None:
    source = s3(f"'a_b', C{ways}") + s3(f"{other}{ways}", "other")
    assert find_problems(source) == ""
    labels = assign_labels(run_app(source).freeze())
    assert len({*labels.calls}) == 2
    assert len({(key[0], label) for key, label in labels.sources.items()}) == len(labels.sources)


def test_attributes_of_a_shared_queue_are_the_same() -> None:
    queue = "'photos', C, '{}/', use_sqs=True, sqs_queue_attributes={{'DelaySeconds': {}}}"
    assert find_problems(s3(queue.format("a", 1)) + s3(queue.format("b", 2), "other")) == (
        "app.py:3: delay_seconds of scoped('s3-photos-sns_sqs') is 2 here, but 1 at app.py:1\n"
        "    Use the same value in both places, or set it in one of them only."
    )


def test_handlers_of_different_routes_and_functions_share_nothing() -> None:
    source = "app.function('f')\n" + "".join(
        s3(f"'photos', C, '{number}/'{ways}", f"d{number}")
        for number, ways in enumerate(
            (
                "",
                ", function='f'",
                ", use_sqs=True, sqs_batch_size=2",
                ", use_sqs=True, sqs_batch_size=3, function='f'",
                ", use_sns=False, use_sqs=True, sqs_batch_size=4",
            )
        )
    )
    assert find_problems(source) == ""


def test_notification_has_at_most_100_parts() -> None:
    source = "".join(s3(f"'photos', C, '{number}/', use_sns=False", f"d{number}") for number in range(100))
    assert find_problems(source) == ""
    assert find_problems(source + s3("'photos', C, '100/', use_sns=False", "last")) == (
        "app.py:201: last would be configuration 101 in the notification of the bucket photos\n"
        "    S3 accepts at most 100 for a bucket. Combine prefixes, or use EventBridge."
    )


def test_topic_cannot_have_handlers_of_two_kinds_in_one_function() -> None:
    topic = "@app.sns_topic_subscriber('t', create=False)\ndef tend(event, context): ...\n"
    assert find_problems(topic + s3("'photos', C, sns_topic='t'")) == (
        "app.py:3: develop and tend (app.py:1) both receive the events of sns t\n"
        "    Move one handler to another function: their events carry the same name."
    )


@pytest.mark.parametrize(
    ("source", "warning"),
    [
        (
            s3("'myS3bucket', C"),
            "S3 accepts the bucket name 'myS3bucket' only for buckets created before March 2018",
        ),
        (
            s3("'photos', C, 'a%20b'"),
            "'a%20b' looks URL-encoded: write it as in the key, since it will be encoded again",
        ),
    ],
)
def test_probable_mistakes_are_warnings(source: str, warning: str) -> None:
    assert find_problems(source) == ""
    assert [
        f"{notice.location}: {notice.message}" for notice in find_warnings(run_app(source).freeze(), SETTINGS)
    ] == [f"app.py:1: {warning}"]


def record(
    key: str = "raw/HappyFace.jpg", name: str = "ObjectCreated:Put", bucket: str = "photos"
) -> dict[str, Any]:
    made: dict[str, Any] = copy.deepcopy(RECORD)
    made["eventName"] = name
    made["s3"]["bucket"]["name"] = bucket
    made["s3"]["object"]["key"] = key
    return made


def event(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records)}


def sns(topic: str, message: object) -> dict[str, Any]:
    text = message if isinstance(message, str) else json.dumps(message)
    return {"EventSource": "aws:sns", "Sns": {"TopicArn": ARN.format("sns", topic), "Message": text}}


def sqs(queue: str, body: object) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {
        "messageId": "1",
        "eventSource": "aws:sqs",
        "eventSourceARN": ARN.format("sqs", queue),
        "body": text,
    }


def test_direct_records_reach_the_handlers_whose_filters_match() -> None:
    app = run_app(
        s3("'photos', C, 'raw/', '.jpg', use_sns=False")
        + s3("'photos', C, 'a b/ü', use_sns=False", "spaced")
        + s3("'photos', ['s3:ObjectRemoved:Delete'], use_sns=False", "forget")
        + s3("'scans', C, use_sns=False", "scan")
    )
    raw, spaced = record(), record("a+b/%C3%BC+.jpg")
    gone, scan = record("x", "ObjectRemoved:Delete"), record("y", bucket="scans")
    assert app(event(raw, spaced, gone, scan, raw), None) == [
        ("develop", event(raw, raw)),
        ("spaced", event(spaced)),
        ("forget", event(gone)),
        ("scan", event(scan)),
    ]


def test_direct_record_without_a_handler_is_an_error_before_any_handler_is_called() -> None:
    app = run_app(s3("'photos', C, 'a/', use_sns=False") + s3("'photos', C, 'b/', use_sns=False", "other"))
    with pytest.raises(DispatchError) as raised:
        app(event(record("a/1"), record(f"c/{SECRET}")), None)
    assert str(raised.value) == (
        "No handler for the s3 source 'photos'.\nSources with a handler in this function: s3 photos."
    )


def test_records_through_sns_have_their_envelope() -> None:
    app = run_app(s3("'photos', C"))
    one, two = (
        sns("bar-dev-s3-photos-sns", event(record("1"), record("2"))),
        sns("bar-dev-s3-photos-sns", event(record("3"))),
    )
    assert app(event(one, two), None) == (
        "develop",
        event(
            {**record("1"), "Sns": one["Sns"]},
            {**record("2"), "Sns": one["Sns"]},
            {**record("3"), "Sns": two["Sns"]},
        ),
    )


def test_handlers_share_a_topic_and_get_the_records_that_match_their_filters() -> None:
    app = run_app(s3("'photos', C, 'a/'") + s3("'photos', C, 'b/'", "other"))
    message = sns("bar-dev-s3-photos-sns", event(record("b/1"), record("a/1")))
    envelope = {"Sns": message["Sns"]}
    assert app(event(message), None) == [
        ("other", event({**record("b/1"), **envelope})),
        ("develop", event({**record("a/1"), **envelope})),
    ]
    with pytest.raises(DispatchError) as raised:
        app(event(sns("bar-dev-s3-photos-sns", event(record("c/1")))), None)
    assert str(raised.value) == (
        "No handler for the sns source 'arn:aws:sns:us-west-2:123456789012:bar-dev-s3-photos-sns'.\n"
        "Sources with a handler in this function: sns bar-dev-s3-photos-sns."
    )


@pytest.mark.parametrize(
    ("ways", "wrap"),
    [
        ("", lambda message: sns("bar-dev-develop-s3", message)),
        (", use_sns=False, use_sqs=True", lambda message: sqs("bar-dev-develop-s3", message)),
        (
            ", use_sqs=True",
            lambda message: sqs("bar-dev-develop-s3", {"TopicArn": "t", "Message": json.dumps(message)}),
        ),
        (", use_sns=False", lambda message: sns("theirs", message)),
    ],
)
def test_topic_or_queue_of_another_name_is_known_by_its_bucket(
    ways: str, wrap: Callable[[Any], dict[str, Any]]
) -> None:
    app = run_app(s3(f"'photos', C, 'a/'{ways}") + s3(f"'photos', C, 'b/'{ways}", "other"))
    name, handled = app(event(wrap(event(record("b/1")))), None)
    assert (name, handled["Records"][0]["s3"]) == ("other", record("b/1")["s3"])
    assert app(event(wrap(TEST_EVENT | {"Bucket": "photos"})), None) is None
    unknown: Any
    for unknown in (event(record("b/1", bucket="scans")), event(record("c/1")), TEST_EVENT, {"Records": []}):
        with pytest.raises(DispatchError) as raised:
            app(event(wrap(unknown)), None)
        assert raised.value.message.startswith("No handler for ")


def test_topic_and_queue_with_handlers_of_their_own_keep_them() -> None:
    """A bucket is looked at only if nobody handles the topic or queue by its name."""
    own = "@app.{}('{}')\ndef {}(event, context): return '{}', event\n"
    app = run_app(
        s3("'photos', C, use_sqs=True")
        + own.format("sns_topic_subscriber", "theirs", "read", "read")
        + own.format("sqs_queue_subscriber", "letters", "post", "post")
    )
    assert validate(app.freeze(), SETTINGS) == ()
    message = sns("theirs", event(record()))
    assert app(event(message), None) == ("read", event(message))
    message = sqs("letters", event(record()))
    assert app(event(message), None) == ("post", event(message))
    assert app(event(sns("old", event(record()))), None)[0] == "develop"
    with pytest.raises(DispatchError):
        app(event(sqs("old", {"to": "nobody"})), None)


def test_batch_of_messages_from_several_sources_is_split_by_handler() -> None:
    """An old queue with messages about several buckets, and its successor."""
    app = run_app(
        s3("'photos', C, 'a/', use_sqs=True")
        + s3("'photos', C, 'b/', use_sqs=True", "other")
        + s3("'scans', C, use_sns=False, use_sqs=True", "scan")
    )
    forwarded = {"Type": "Notification", "TopicArn": "t", "Message": json.dumps(event(record("a/2")))}
    batch = [
        sqs("old", event(record("b/1"))),
        sqs("bar-dev-s3-photos-sns_sqs", event(record("a/1"))),
        sqs("old", TEST_EVENT | {"Bucket": "photos"}),
        sqs("old", event(record("1", bucket="scans"), record("2", bucket="scans"))),
        sqs("older", forwarded),
    ]
    handled = [
        (name, [each["s3"]["object"]["key"] for each in found["Records"]])
        for name, found in app(event(*batch), None)
    ]
    assert handled == [("other", ["b/1"]), ("develop", ["a/1", "a/2"]), ("scan", ["1", "2"])]
    unknown = sqs("old", event(record("1", bucket="nobodys")))
    with pytest.raises(DispatchError):
        app(event(*batch, unknown), None)


@pytest.mark.parametrize("form", ["'domovoi-s3-events-photos'", "scoped('adopted')"])
def test_given_names_are_those_of_the_topic_and_the_queue(form: str) -> None:
    arguments = f"'photos', C, use_sqs=True, topic_name={form}, queue_name={form}"
    app = run_app(s3(arguments))
    assert validate(app.freeze(), SETTINGS) == ()
    (kind,) = synthesize(app.freeze(), SETTINGS).kinds
    name = "bar-dev-adopted" if "scoped" in form else form.strip("'")
    found = {(each.type, each.label): str(each.name) for each in kind.sources if each.type != "aws_s3_bucket"}
    rendered = "-adopted" if "scoped" in form else name
    assert found == {
        ("aws_sns_topic", "s3_photos_sns_sqs"): rendered,
        ("aws_sqs_queue", "s3_photos_sns_sqs"): rendered,
    }
    (trigger,) = kind.triggers
    assert trigger.label == read_channel("'photos', C, use_sqs=True")[1]
    notification = {"Type": "Notification", "TopicArn": "t", "Message": json.dumps(event(record()))}
    assert app(event(sqs(name, notification)), None)[0] == "develop"
    assert app(event(sqs(name, TEST_EVENT)), None) is None
    (route,) = app.freeze().routes
    request = EventRequest(handler="develop", payload="a.jpg", environ={"DOMOVOI_TF_NAME": "bar-dev"})
    (sent,) = route.trigger.event(request)["Records"]
    assert sent["eventSourceARN"].rpartition(":")[2] == name
    assert json.loads(sent["body"])["TopicArn"].rpartition(":")[2] == name


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (
            s3("'photos', C, topic_name='events.fifo'"),
            "app.py:1: 'events.fifo' is not a valid SNS topic name\n    Use letters, digits, - and _ only.",
        ),
        (
            s3("'photos', C, topic_name=''"),
            "app.py:1: '' is not a valid SNS topic name\n    Use letters, digits, - and _ only.",
        ),
        (
            s3("'photos', C, use_sqs=True, queue_name=scoped('q' * 80)"),
            f"app.py:1: the SQS queue name 'bar-dev-{'q' * 80}' has 88 characters\n"
            "    AWS allows at most 80.",
        ),
        (
            s3("'photos', C, use_sqs=True, queue_name='events.fifo'"),
            "app.py:1: 'events.fifo' is not a valid SQS queue name\n    Use letters, digits, - and _ only.",
        ),
        (
            s3("'photos', C, queue_name='events'"),
            "app.py:1: queue_name has no effect without use_sqs\n    Add use_sqs=True, or leave it out.",
        ),
        *(
            (
                s3(f"'photos', C, topic_name='events', {ways}"),
                "app.py:1: topic_name has no effect: the events come through no topic that the app creates\n"
                "    Leave it out.",
            )
            for ways in ("use_sns=False", "sns_topic='t'", "use_eventbridge=True")
        ),
        (
            s3("'photos', C, 'a/', topic_name='events'") + s3("'photos', C, 'b/'", "other"),
            "app.py:3: other and develop (app.py:1) share the topic for S3 bucket photos through SNS, with "
            "topic_name=None and topic_name='events'\n"
            "    Use the same value in both, or set function= for one.",
        ),
        (
            s3("'photos', C, 'a/', use_sqs=True, queue_name='events'")
            + s3("'photos', C, 'b/', use_sqs=True, queue_name='others'", "other"),
            "app.py:3: other and develop (app.py:1) share the queue for S3 bucket photos through SNS and "
            "SQS, with queue_name='others' and queue_name='events'\n"
            "    Use the same value in both, or set function= for one.",
        ),
        (
            s3("'photos', C, topic_name='events'") + s3("'scans', C, topic_name='events'", "other"),
            "app.py:3: the app would create two SNS topics 'events': for other, and for develop (app.py:1)\n"
            "    Give one of them another name.",
        ),
        (
            s3("'photos', C, topic_name=scoped('orders')")
            + "@app.sns_topic_subscriber('bar-dev-orders', function='f')\ndef other(event, context): ...\n"
            "app.function('f')\n",
            "app.py:3: the app would create two SNS topics 'bar-dev-orders': for other, and for develop "
            "(app.py:1)\n    Give one of them another name.",
        ),
        (
            s3("'photos', C, topic_name='orders'")
            + "@app.sns_topic_subscriber('orders')\ndef other(event, context): ...\n",
            "app.py:3: other and develop (app.py:1) both receive the events of sns orders\n"
            "    Move one handler to another function: their events carry the same name.",
        ),
    ],
)
def test_report_names_problems_of_given_names(source: str, report: str) -> None:
    assert find_problems(source) == report


def test_rule_does_not_make_a_bucket_known() -> None:
    app = run_app(s3("'photos', C, use_eventbridge=True") + s3("'scans', C", "other"))
    with pytest.raises(DispatchError):
        app(event(sns("theirs", event(record()))), None)


def test_records_through_sqs_have_their_envelope() -> None:
    app = run_app(s3("'photos', C, use_sns=False, use_sqs=True, sqs_batch_size=10"))
    message = sqs("bar-dev-s3-photos-sqs", event(record("1"), record("2")))
    assert app(event(message), None) == (
        "develop",
        event({**record("1"), "Sqs": message}, {**record("2"), "Sqs": message}),
    )


def test_records_through_sns_and_sqs_have_both_envelopes() -> None:
    app = run_app(s3("'photos', C, use_sqs=True"))
    notification = {"Type": "Notification", "TopicArn": "t", "Message": json.dumps(event(record()))}
    message = sqs("bar-dev-s3-photos-sns_sqs", notification)
    assert app(event(message), None) == (
        "develop",
        event({**record(), "Sqs": message, "Sns": notification}),
    )


def test_records_of_a_shared_topic_that_match_no_handler_are_ignored() -> None:
    app = run_app(s3("'photos', C, 'a/', sns_topic='t'") + s3("'photos', C, 'b/', sns_topic='t'", "other"))
    message = sns("t", event(record("a/1"), record("b/1"), record("c/1"), record("a/2", "ObjectAcl:Put")))
    envelope = {"Sns": message["Sns"]}
    assert app(event(message), None) == [
        ("develop", event({**record("a/1"), **envelope})),
        ("other", event({**record("b/1"), **envelope})),
    ]
    assert app(event(sns("t", event(record("c/1")))), None) is None


@pytest.mark.parametrize("ways", ["", ", use_sqs=True"])
def test_event_name_of_a_shared_topic_may_begin_with_s3(ways: str) -> None:
    app = run_app(s3(f"'photos', C, 'a/', sns_topic='t'{ways}"))
    named = record("a/1", "s3:ObjectCreated:Put")
    message = sqs("bar-dev-s3-photos-t-sns_sqs", {"TopicArn": "t", "Message": json.dumps(event(named))})
    name, handled = app(event(message if ways else sns("t", event(named))), None)
    assert (name, handled["Records"][0]["eventName"]) == ("develop", "s3:ObjectCreated:Put")


@pytest.mark.parametrize(
    "name",
    ["", "s3:", "ObjectCreated", "ObjectMoved:Put", "s3:ObjectCreated:Teleport"],
)
def test_unknown_event_type_of_a_shared_topic_is_an_error(name: str) -> None:
    app = run_app(s3("'photos', ['s3:ObjectRemoved:*'], sns_topic='t'"))
    with pytest.raises(DispatchError) as raised:
        app(event(sns("t", event(record("a/1", name)))), None)
    assert str(raised.value) == (
        "No handler for the sns source 'arn:aws:sns:us-west-2:123456789012:t'.\n"
        "Sources with a handler in this function: sns t."
    )


@pytest.mark.parametrize("name", [each for each in DOCUMENTED if not each.endswith("*")])
def test_every_documented_event_type_of_a_shared_topic_is_known(name: str) -> None:
    app = run_app(s3("'photos', C, 'a/', sns_topic='t'"))
    for form in (name, f"s3:{name}"):
        assert app(event(sns("t", event(record("b/1", form)))), None) is None


@pytest.mark.parametrize(
    "names",
    [
        "variable('bucket'), C, sns_topic=variable('topic_arn')",
        "'photos', C, sns_topic='given'",
    ],
)
def test_topic_of_a_variable_is_identified_by_its_arn(names: str) -> None:
    given = record(bucket="given" if "bucket" in names else "photos")
    message = sns("given", event(given))
    assert run_app(s3(names))(event(message), None) == ("develop", event({**given, "Sns": message["Sns"]}))


@pytest.mark.parametrize("ways", ["", ", use_sqs=True"])
def test_records_of_a_shared_topic_reach_the_handler_of_their_bucket(ways: str) -> None:
    app = run_app(s3(f"'photos', C, sns_topic='t'{ways}") + s3(f"'scans', C, sns_topic='t'{ways}", "other"))
    for bucket, handlers in (("scans", ["other"]), ("photos", ["develop"]), ("films", [])):
        given = event(record(bucket=bucket))
        queues = [f"bar-dev-s3-{each}-t-sns_sqs" for each in ("photos", "scans")] if ways else [""]
        body = {"TopicArn": "t", "Message": json.dumps(given)}
        items = [sqs(queue, body) if ways else sns("t", given) for queue in queues]
        results = [app(event(item), None) for item in items]
        assert [result[0] for result in results if result] == handlers


BRIDGED = {
    "version": "0",
    "id": "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    "source": "aws.s3",
    "account": "111122223333",
    "time": "2021-11-12T00:00:00Z",
    "region": "ca-central-1",
    "resources": ["arn:aws:s3:::photos"],
    "detail": {
        "version": "0",
        "bucket": {"name": "photos"},
        "object": {
            "key": "a b/ü+.jpg",
            "size": 5,
            "etag": "b1946ac92492d2347c6235b4d2611184",
            "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
            "sequencer": "617f08299329d189",
        },
        "request-id": "N4N7GDK58NMKJ12R",
        "requester": "123456789012",
        "source-ip-address": "1.2.3.4",
        "reason": "PutObject",
    },
}


def test_event_through_eventbridge_has_the_form_of_s3_records() -> None:
    app = run_app(s3("'photos', C, use_eventbridge=True"))
    handler, got = app({"task_name": "develop", "event": BRIDGED}, None)
    assert handler == "develop"
    assert got == event(
        {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": "ca-central-1",
            "eventTime": "2021-11-12T00:00:00Z",
            "eventName": "ObjectCreated:Put",
            "userIdentity": {"principalId": "123456789012"},
            "requestParameters": {"sourceIPAddress": "1.2.3.4"},
            "responseElements": {"x-amz-request-id": "N4N7GDK58NMKJ12R", "x-amz-id-2": ""},
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "",
                "bucket": {
                    "name": "photos",
                    "ownerIdentity": {"principalId": ""},
                    "arn": "arn:aws:s3:::photos",
                },
                "object": {
                    "key": "a+b/%C3%BC%2B.jpg",
                    "size": 5,
                    "eTag": "b1946ac92492d2347c6235b4d2611184",
                    "versionId": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
                    "sequencer": "617f08299329d189",
                },
            },
            "EventBridge": BRIDGED,
        }
    )


@pytest.mark.parametrize(
    ("kind", "detail", "name"),
    [
        ("Object Created", {"reason": "CopyObject"}, "ObjectCreated:Copy"),
        ("Object Created", {"reason": "something new"}, "ObjectCreated:*"),
        (
            "Object Deleted",
            {"reason": "DeleteObject", "deletion-type": "Delete Marker Created"},
            "ObjectRemoved:DeleteMarkerCreated",
        ),
        (
            "Object Deleted",
            {"reason": "Lifecycle Expiration", "deletion-type": "Permanently Deleted"},
            "LifecycleExpiration:Delete",
        ),
        ("Object Tags Added", {}, "ObjectTagging:Put"),
        ("Something New", {}, "Something New"),
    ],
)
def test_event_type_of_an_event_from_eventbridge(kind: str, detail: dict[str, str], name: str) -> None:
    app = run_app(s3("'photos', C, use_eventbridge=True"))
    given = {"bucket": {"name": "photos"}, "object": {"key": "k"}, **detail}
    _, got = app({"task_name": "develop", "event": {"detail-type": kind, "detail": given}}, None)
    assert got["Records"][0]["eventName"] == name


@pytest.mark.parametrize(
    ("events", "more", "pattern"),
    [
        (
            CREATED,
            "",
            {
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": ["photos"]}},
            },
        ),
        (
            ["s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectTagging:*"],
            ", 'a'",
            {
                "source": ["aws.s3"],
                "detail-type": ["Object Created", "Object Tags Added", "Object Tags Deleted"],
                "detail": {"bucket": {"name": ["photos"]}, "object": {"key": [{"prefix": "a"}]}},
            },
        ),
        (
            ["s3:ObjectRemoved:*"],
            ", suffix='z'",
            {
                "source": ["aws.s3"],
                "detail-type": ["Object Deleted"],
                "detail": {
                    "bucket": {"name": ["photos"]},
                    "object": {"key": [{"suffix": "z"}]},
                    "reason": ["DeleteObject"],
                },
            },
        ),
        (
            ["s3:ObjectCreated:Put", "s3:LifecycleTransition"],
            ", 'a\\\\', 'z'",
            {
                "source": ["aws.s3"],
                "detail": {
                    "bucket": {"name": ["photos"]},
                    "object": {"key": [{"wildcard": "a\\\\*z"}]},
                },
                "$or": [
                    {"detail-type": ["Object Storage Class Changed"]},
                    {"detail-type": ["Object Created"], "detail": {"reason": ["PutObject"]}},
                ],
            },
        ),
    ],
)
def test_event_pattern_of_a_rule(events: list[str], more: str, pattern: dict[str, Any]) -> None:
    source = s3(f"'photos', {events!r}{more}, use_eventbridge=True")
    assert find_problems(source) == ""
    (kind,) = synthesize(run_app(source).freeze(), SETTINGS).kinds
    assert kind.triggers[0].arguments["event_pattern"] == pattern


TEST_EVENT = {
    "Service": "Amazon S3",
    "Event": "s3:TestEvent",
    "Time": "2014-10-13T15:57:02.089Z",
    "Bucket": "bucketname",
    "RequestId": "5582815E1AEA5ADF",
    "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE",
}


@pytest.mark.parametrize(
    ("ways", "given"),
    [
        ("", event(sns("bar-dev-s3-photos-sns", TEST_EVENT))),
        (", sns_topic='t'", event(sns("t", TEST_EVENT))),
        (", use_sns=False, use_sqs=True", event(sqs("bar-dev-s3-photos-sqs", TEST_EVENT))),
        (
            ", use_sqs=True",
            event(sqs("bar-dev-s3-photos-sns_sqs", {"TopicArn": "t", "Message": json.dumps(TEST_EVENT)})),
        ),
        (", use_sns=False", TEST_EVENT),
    ],
)
def test_test_event_of_s3_calls_no_handler(ways: str, given: dict[str, Any]) -> None:
    source = s3(f"'photos', C{ways}").replace("return", "raise AssertionError; return")
    assert run_app(source)(given, None) is None


@pytest.mark.parametrize(
    ("ways", "given"),
    [
        ("", event(sns("bar-dev-s3-photos-sns", SECRET))),
        ("", event(sns("bar-dev-s3-photos-sns", {"Records": []}))),
        ("", event(sns("bar-dev-s3-photos-sns", {"Records": [{"s3": {"bucket": {"name": SECRET}}}]}))),
        (", sns_topic='t'", event(sns("t", {"Records": [{"eventName": "x", "s3": {"object": {"key": 7}}}]}))),
        (", use_sns=False, use_sqs=True", event(sqs("bar-dev-s3-photos-sqs", f'"{SECRET}"'))),
        (", use_sqs=True", event(sqs("bar-dev-s3-photos-sns_sqs", {"TopicArn": "t", "Message": SECRET}))),
        (", use_sns=False", event({"s3": {"bucket": {"name": "photos"}, "object": {"key": SECRET}}})),
    ],
)
def test_error_about_another_message_does_not_show_it(ways: str, given: dict[str, Any]) -> None:
    source = s3(f"'photos', C{ways}").replace("return", "raise AssertionError; return")
    with pytest.raises(DispatchError) as raised:
        run_app(source)(given, None)
    assert str(raised.value) == (
        "The event arrived on the route for S3 events, but it is not an S3 event.\n"
        "Only S3 may send to this function, topic or queue; send other events to another handler."
    )


@pytest.mark.parametrize(
    ("name", "is_valid"), [("photos", True), ("My_Bucket.1", True), ("a b", False), ("ab", False)]
)
def test_variable_accepts_only_names_of_buckets(name: str, is_valid: bool) -> None:
    pattern, _ = S3.variable_format
    assert bool(re.search(pattern, name)) is is_valid
