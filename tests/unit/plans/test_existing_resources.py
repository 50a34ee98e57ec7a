"""Finding what exists on AWS before a first deployment."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from botocore.parsers import ResponseParserError
from fake_aws import refusal

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.plans.existing_resources import (
    build_creations,
    describe_creation,
    describe_foreign,
    find_overwritten,
    predict_overwriting,
)

MISSING = {
    "get_function_configuration": refusal("ResourceNotFoundException"),
    "get_role": refusal("NoSuchEntity"),
    "describe_log_groups": {"logGroups": []},
    "describe_rule": refusal("ResourceNotFoundException"),
    "get_queue_url": refusal("AWS.SimpleQueueService.NonExistentQueue"),
}
RULE = {"name": "pub-rule", "schedule_expression": "rate(1 hour)"}


class Account:
    """A boto3 client of any service, which answers with what exists and remembers the operations."""

    def __init__(self, **answers: Any) -> None:
        self._answers = {**MISSING, **answers}
        self.operations: list[str] = []

    def __call__(self, service: str) -> Account:
        return self

    def __getattr__(self, operation: str) -> Any:
        def answer(**_: Any) -> Any:
            self.operations.append(operation)
            if isinstance(self._answers[operation], Exception):
                raise self._answers[operation]
            return self._answers[operation]

        return answer


def make_plan(**more: Any) -> dict[str, Any]:
    """Returns the plan of a first deployment: a function, a schedule and a queue."""
    creations = [
        *build_creations(["pub-dev"], with_roles=True),
        make_creation("module.app.module.tick.aws_cloudwatch_event_rule.this", **RULE),
        make_creation("module.app.aws_sqs_queue.jobs", name="jobs"),
    ]
    return {"resource_changes": creations, **more}


def make_creation(address: str, *actions: str, **values: Any) -> dict[str, Any]:
    resource_type, name = address.split(".")[-2:]
    change = {"actions": [*(actions or ("create",))], "after": values}
    return {"address": address, "type": resource_type, "name": name, "change": change}


def test_everything_that_exists_is_named_once_something_of_the_app_does() -> None:
    account = Account(get_role={}, describe_rule={}, get_queue_url={"QueueUrl": "https://jobs"})
    assert describe_foreign(make_plan(), account) == ["role pub-dev", "schedule pub-rule", "SQS queue jobs"]


@pytest.mark.parametrize(
    ("existing", "description"),
    [
        ({"get_function_configuration": {}}, "function pub-dev"),
        ({"get_role": {}}, "role pub-dev"),
        (
            {"describe_log_groups": {"logGroups": [{"logGroupName": "/aws/lambda/pub-dev"}]}},
            "log group /aws/lambda/pub-dev",
        ),
    ],
)
def test_function_role_or_log_group_is_enough(existing: dict[str, Any], description: str) -> None:
    assert describe_foreign(make_plan(), Account(**existing)) == [description]


def test_resources_that_others_may_share_are_not_looked_up_without_them() -> None:
    account = Account(describe_rule={}, get_queue_url={"QueueUrl": "https://jobs"})
    assert describe_foreign(make_plan(), account) == []
    assert account.operations == ["get_function_configuration", "get_role", "describe_log_groups"]


def test_nothing_is_looked_up_if_the_state_has_resources() -> None:
    account = Account(get_role={})
    resources = [{"mode": "managed", "type": "aws_iam_role", "values": {}}]
    state = {"values": {"root_module": {"child_modules": [{"resources": resources}]}}}
    assert describe_foreign(make_plan(prior_state=state), account) == []
    assert account.operations == []


def test_data_sources_are_no_state() -> None:
    state = {"values": {"root_module": {"resources": [{"mode": "data", "type": "aws_region", "values": {}}]}}}
    assert describe_foreign(make_plan(prior_state=state), Account(get_role={})) == ["role pub-dev"]


@pytest.mark.parametrize(
    "error", [refusal("AccessDenied"), NoCredentialsError(), ResponseParserError("a page of a proxy")]
)
def test_what_cannot_be_looked_up_is_left_out(error: Exception) -> None:
    """Terraform reports it, if it may not look either."""
    account = Account(get_function_configuration=error, get_role={}, describe_rule=error)
    assert describe_foreign(make_plan(), account) == ["role pub-dev"]
    assert describe_foreign(make_plan(), Account(get_function_configuration=error)) == []


def test_imported_resources_are_not_named() -> None:
    """After `backend recover`, the plan imports them instead."""
    role = make_creation("module.app.module.iam.aws_iam_role.this", "update", name="pub-dev")
    assert describe_foreign({"resource_changes": [role]}, Account(get_role={})) == []


def test_role_of_the_user_is_not_looked_up() -> None:
    types = [each["type"] for each in build_creations(["pub-dev"], with_roles=False)]
    assert types == ["aws_lambda_function", "aws_cloudwatch_log_group"]


def test_names_are_printable() -> None:
    resource = make_creation("aws_sqs_queue.jobs", name="a\x1b[31m")
    assert describe_creation(resource) == "SQS queue a\ufffd[31m"


NOTIFICATION = "module.app.aws_s3_bucket_notification.photos"
ENTRIES = {
    "LambdaFunctionConfigurations": [
        {"LambdaFunctionArn": "arn:own", "Id": "other", "Events": ["s3:ObjectRemoved:*"]},
        {"LambdaFunctionArn": "arn:other", "Id": "own", "Events": ["s3:ObjectRemoved:*"]},
        {"LambdaFunctionArn": "arn:\x1b", "Id": "new", "Events": ["s3:ObjectRemoved:*", "s3:TestEvent"]},
    ],
    "TopicConfigurations": [
        {
            "TopicArn": "arn:topic",
            "Id": "topic",
            "Events": ["s3:ObjectRemoved:*"],
            "Filter": {
                "Key": {"FilterRules": [{"Name": "Prefix", "Value": "a"}, {"Name": "Suffix", "Value": ""}]}
            },
        }
    ],
    "EventBridgeConfiguration": {},
}


def find_entries(answer: Any, **values: Any) -> tuple[str, ...]:
    plan = {"resource_changes": [make_creation(NOTIFICATION, **values)]}
    return find_overwritten(plan, Account(get_bucket_notification_configuration=answer)).lines


def test_entries_of_others_in_a_notification_are_found_and_those_of_the_app_are_not() -> None:
    own = [{"id": "own"}, {"id": "x", "lambda_function_arn": "arn:own"}]
    other = "S3 bucket notification photos: arn:\ufffd for s3:ObjectRemoved:*, s3:TestEvent"
    topic = "S3 bucket notification photos: arn:topic for s3:ObjectRemoved:*, prefix 'a'"
    bridge = "S3 bucket notification photos: EventBridge"
    assert find_entries(ENTRIES, bucket="photos", lambda_function=own) == (other, topic, bridge)
    more = {"topic": [{"id": "topic"}], "eventbridge": True}
    assert find_entries(ENTRIES, bucket="photos", lambda_function=own, **more) == (other,)


@pytest.mark.parametrize(
    "error",
    [
        refusal("AccessDenied"),
        refusal("NoSuchBucket"),
        NoCredentialsError(),
        ResponseParserError("a page of a proxy"),
    ],
)
def test_notification_that_cannot_be_looked_up_is_left_out(error: Exception) -> None:
    assert find_entries(error, bucket="photos") == ()


def test_entries_that_lack_a_field_are_found() -> None:
    rules = {"Filter": {"Key": {"FilterRules": [{"Name": "Prefix"}]}}}
    answer = {"QueueConfigurations": [{"QueueArn": "arn:queue", **rules}]}
    expected = ("S3 bucket notification photos: arn:queue for ",)
    assert find_entries(answer, bucket="photos") == expected
    # The ARN of a new function is not known yet.
    assert find_entries(answer, bucket="photos", lambda_function=[{"id": "own"}]) == expected


def test_key_of_an_instance_is_quoted_for_the_shell() -> None:
    address = 'module.app["it\'s \x1b"].aws_s3_bucket_notification.photos'
    plan = {"resource_changes": [make_creation(address, bucket="photos")]}
    (command,) = find_overwritten(plan, Account(get_bucket_notification_configuration=ENTRIES)).imports
    assert shlex.split(command) == [
        "terraform",
        "import",
        'module.app["it\'s \ufffd"].aws_s3_bucket_notification.photos',
        "photos",
    ]


def test_new_bucket_has_no_entries_of_others() -> None:
    assert find_entries(ENTRIES, eventbridge=True) == ()


def test_notifications_of_a_first_plan_are_predicted() -> None:
    def handle(event: object, context: object) -> None: ...

    app, created = Domovoi(), ["s3:ObjectCreated:*"]
    for number, (bucket, options) in enumerate(
        [
            ("photos", {"use_sns": False}),
            (scoped("scans"), {}),
            (variable("bucket"), {}),
            ("new-bucket", {"create": True}),
            ("events", {"sns_topic": "t"}),
            ("others", {"manage_notification": False}),
            ("bridged", {"use_eventbridge": True}),
        ]
    ):
        app.s3_event_handler(bucket, created, name=f"handler{number}", **options)(handle)  # type: ignore[arg-type]
    app.sqs_queue_subscriber("q")(handle)
    plan = predict_overwriting(app.freeze().routes, {"DOMOVOI_TF_NAME": "bar-dev"})
    assert {each["change"]["after"]["bucket"] for each in plan["resource_changes"]} == {
        "photos",
        "bar-dev-scans",
    }
    entry = {"LambdaFunctionArn": "arn", "Events": created, "Id": "bar-dev-s3_photos_direct"}
    account = Account(get_bucket_notification_configuration={"LambdaFunctionConfigurations": [entry]})
    assert find_overwritten(plan, account).lines == (
        "S3 bucket notification bar-dev-scans: arn for s3:ObjectCreated:*",
    )


SNS_DEFAULT = {"Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"}}
OTHER = {"Effect": "Allow", "Principal": {"Service": ["a.b", "c.d"]}, "Action": ["x:Y", "x:Z"]}
OWN = {"Sid": "DenyPlainHttp", "Effect": "Deny", "Principal": "*", "Action": "x:*"}


@pytest.mark.parametrize(
    ("resource_type", "values", "answer"),
    [
        ("aws_s3_bucket_policy", {"bucket": "n"}, lambda text: {"get_bucket_policy": {"Policy": text}}),
        (
            "aws_sqs_queue_policy",
            {"queue_url": "n"},
            lambda text: {"get_queue_attributes": {"Attributes": {"Policy": text}}},
        ),
        (
            "aws_sns_topic_policy",
            {"arn": "n"},
            lambda text: {"get_topic_attributes": {"Attributes": {"Policy": text}}},
        ),
    ],
)
def test_statements_of_others_in_a_policy_are_found(resource_type: str, values: Any, answer: Any) -> None:
    planned = {**values, "policy": json.dumps({"Statement": [OWN]})}
    plan = {"resource_changes": [make_creation(f"module.app.{resource_type}.x", **planned)]}

    def find(*statements: Any) -> tuple[str, ...]:
        return find_overwritten(plan, Account(**answer(json.dumps({"Statement": [*statements]})))).lines

    default = [SNS_DEFAULT] if resource_type == "aws_sns_topic_policy" else []
    assert find(OWN, *default) == ()
    (line,) = find(OWN, OTHER, *default)
    assert line.endswith(" n: Allow x:Y, x:Z for a.b, c.d")
    assert find({**OTHER, "Sid": "theirs"}) == (line,)
    assert find_overwritten(plan, Account(**answer(json.dumps({"Statement": OTHER})))).lines == (line,)


def test_queue_without_a_policy_has_no_statements_of_others() -> None:
    plan = {"resource_changes": [make_creation("module.app.aws_sqs_queue_policy.x", queue_url="u")]}
    assert find_overwritten(plan, Account(get_queue_attributes={})).lines == ()
    assert (
        find_overwritten({"resource_changes": [make_creation("a.aws_sqs_queue_policy.x")]}, Account()).lines
        == ()
    )
