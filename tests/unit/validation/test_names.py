"""Names that AWS refuses are refused at render, and the advice of the messages works."""

from __future__ import annotations

import re
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.hcl.input_variables import find_variables
from domovoi_tf.settings import Settings
from domovoi_tf.validation.application import validate

C = ["s3:ObjectCreated:*"]
BUCKET_REMEDY = "Use lower-case letters, digits, and . and - between letters or digits only."


def handle(event: Any, context: Any) -> None: ...


def declare(decorator: str, name: object, app_name: str = "shop", stage: str = "dev", **options: Any) -> Any:
    """Declares a source with a name, and returns the frozen app and its problems."""
    app = Domovoi()
    arguments: dict[str, list[Any]] = {
        "s3_event_handler": [name, C],
        "cloudwatch_logs_sub_filter_handler": [name, ""],
    }
    getattr(app, decorator)(*arguments.get(decorator, [name]), **options)(handle)
    application = app.freeze()
    problems = validate(application, Settings(app_name=app_name, stage=stage))
    return application, [(problem.message, problem.remedy) for problem in problems]


def find_problems(decorator: str, name: object, **options: Any) -> list[tuple[str, str]]:
    problems: list[tuple[str, str]] = declare(decorator, name, **options)[1]
    return problems


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
@pytest.mark.parametrize(
    "name", ["abc", "a" * 63, "a.b-c.9", "1.2.3.4.5", "xn-a", "a--b", "my-s3alias-1", "mrap", "192.168.5.a"]
)
def test_bucket_names_of_s3_are_accepted(name: str) -> None:
    assert find_problems("s3_event_handler", name, create=True) == []


@pytest.mark.parametrize(
    ("name", "message", "remedy"),
    [
        ("My_App", "'My_App' is not a valid S3 bucket name", f"Write 'my-app'. {BUCKET_REMEDY}"),
        ("Photos", "'Photos' is not a valid S3 bucket name", f"Write 'photos'. {BUCKET_REMEDY}"),
        ("a..b", "'a..b' is not a valid S3 bucket name", BUCKET_REMEDY),
        ("-photos", "'-photos' is not a valid S3 bucket name", BUCKET_REMEDY),
        ("photos.", "'photos.' is not a valid S3 bucket name", BUCKET_REMEDY),
        ("ab", "the S3 bucket name 'ab' has 2 characters", "AWS requires at least 3."),
        ("a" * 64, f"the S3 bucket name '{'a' * 64}' has 64 characters", "AWS allows at most 63."),
        (
            "192.168.5.4",
            "the bucket name '192.168.5.4' has the form of an IP address",
            "Choose another name.",
        ),
        *(
            (name, f"the S3 bucket name {name!r} {where}, which AWS reserves", "Choose another name.")
            for name, where in (
                ("xn--photos", "begins with 'xn--'"),
                ("sthree-photos", "begins with 'sthree-'"),
                ("amzn-s3-demo-photos", "begins with 'amzn-s3-demo-'"),
                ("photos-s3alias", "ends with '-s3alias'"),
                ("photos--ol-s3", "ends with '--ol-s3'"),
                ("photos.mrap", "ends with '.mrap'"),
                ("photos--x-s3", "ends with '--x-s3'"),
                ("photos--table-s3", "ends with '--table-s3'"),
            )
        ),
    ],
)
def test_bucket_that_the_app_creates_has_a_name_of_s3(name: str, message: str, remedy: str) -> None:
    assert find_problems("s3_event_handler", name, create=True) == [(message, remedy)]


@pytest.mark.parametrize("name", ["My_App", "a..b", "xn--photos", "a" * 64])
def test_existing_bucket_may_have_an_old_name(name: str) -> None:
    assert find_problems("s3_event_handler", name) == []


def test_scoped_bucket_is_checked_with_the_app_and_the_stage() -> None:
    assert find_problems("s3_event_handler", scoped("labels"), create=True, app_name="My_App") == [
        (
            "scoped('labels') is 'My_App-dev-labels', which is not a valid S3 bucket name",
            "Write scoped('labels', form='my-app-{stage}-{name}'). Use lower-case letters, digits, and . "
            "and - between letters or digits only, also in the names of the app and the stage, which it "
            "contains.",
        )
    ]
    suggested = scoped("labels", form="my-app-{stage}-{name}")
    assert find_problems("s3_event_handler", suggested, create=True, app_name="My_App") == []
    form = scoped("labels", form="{name}-{stage}")
    assert find_problems("s3_event_handler", form, create=True, app_name="My_App") == []
    assert find_problems("s3_event_handler", form, create=True, stage="Dev")[0][0] == (
        "scoped('labels', form='{name}-{stage}') is 'labels-Dev', which is not a valid S3 bucket name"
    )
    capital = scoped("Labels", form="{name}-{stage}")
    assert find_problems("s3_event_handler", capital, create=True) == [
        (
            "scoped('Labels', form='{name}-{stage}') is 'Labels-dev', which is not a valid S3 bucket name",
            "Write scoped('labels', form='{name}-{stage}'). Use lower-case letters, digits, and . and - "
            "between letters or digits only, also in the name of the stage, which it contains.",
        )
    ]
    capital = scoped("labels", form="My-{name}-{stage}")
    assert find_problems("s3_event_handler", capital, create=True)[0][1].startswith(
        "Write scoped('labels', form='my-{name}-{stage}'). "
    )
    assert find_problems("s3_event_handler", scoped("x"), create=True, app_name="sthree")[0][0] == (
        "the S3 bucket name 'sthree-dev-x' begins with 'sthree-', which AWS reserves"
    )
    assert find_problems("s3_event_handler", scoped("labels"), app_name="My_App") == []


def test_log_group_that_the_app_creates_has_no_name_of_aws() -> None:
    reserved = (
        "the log group name 'aws/spans' begins with 'aws/', which AWS reserves",
        "Choose another name.",
    )
    assert find_problems("cloudwatch_logs_sub_filter_handler", "aws/spans", create=True) == [reserved]
    assert find_problems("cloudwatch_logs_sub_filter_handler", "aws/spans") == []
    assert find_problems("cloudwatch_logs_sub_filter_handler", "/aws/spans", create=True) == []


def test_names_of_rules_contain_the_app_and_the_stage() -> None:
    problems = find_problems("email_receipt_handler", None, rule_set_name="inbox", app_name="_shop")
    assert problems == [
        (
            "scoped('handle') is '_shop-dev-handle', which is not a valid receipt rule name",
            "Use letters, digits, ., - and _ between letters or digits only, also in the names of the app "
            "and the stage, which it contains.",
        )
    ]
    host = {"host": scoped("bar.example.com")}
    assert find_problems("alb_target", "", app_name="Shop", **host) == []
    assert find_problems("alb_target", "", app_name="my_shop", **host)[0][0] == (
        "scoped('bar.example.com') is 'my_shop-dev-bar.example.com', which is not a valid host name"
    )


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("orders.fifo", "'orders.fifo'"),
        (scoped("orders.fifo"), "scoped('orders.fifo')"),
        (
            scoped("orders", form="{name}-{stage}.fifo"),
            "scoped('orders', form='{name}-{stage}.fifo')",
        ),
    ],
)
def test_fifo_topic_cannot_invoke_a_function_whatever_its_spelling(name: Any, spelling: str) -> None:
    assert find_problems("sns_topic_subscriber", name) == [
        (
            f"the FIFO topic {spelling} cannot invoke a Lambda function",
            "Subscribe an SQS queue to it and handle the queue, or use a standard topic.",
        )
    ]


PLACE = "us-east-1:123456789012"


@pytest.mark.parametrize(
    ("decorator", "argument", "arn", "name", "takes_arn"),
    [
        ("sns_topic_subscriber", "topic_name", f"arn:aws:sns:{PLACE}:orders", "orders", True),
        ("sqs_queue_subscriber", "queue_name", f"arn:aws:sqs:{PLACE}:orders", "orders", True),
        ("s3_event_handler", "bucket", "arn:aws:s3:::photos", "photos", False),
        ("kinesis_stream_handler", "stream_name", f"arn:aws:kinesis:{PLACE}:stream/clicks", "clicks", True),
        ("dynamodb_stream_handler", "table_name", f"arn:aws:dynamodb:{PLACE}:table/orders", "orders", None),
        (
            "cloudwatch_logs_sub_filter_handler",
            "log_group_name",
            f"arn:aws:logs:{PLACE}:log-group:/bar/web:*",
            "/bar/web",
            None,
        ),
        (
            "cloudwatch_event_handler",
            "event_bus_name",
            f"arn:aws:events:{PLACE}:event-bus/central",
            "central",
            True,
        ),
        (
            "cloudwatch_event_handler",
            "event_bus_name",
            f"arn:aws:events:{PLACE}:event-bus/aws.partner/example.com/1",
            "aws.partner/example.com/1",
            True,
        ),
        (
            "email_receipt_handler",
            "rule_set_name",
            f"arn:aws:ses:{PLACE}:receipt-rule-set/inbox",
            "inbox",
            False,
        ),
    ],
)
def test_advice_for_an_arn_works(
    decorator: str, argument: str, arn: str, name: str, takes_arn: bool | None
) -> None:
    def apply(value: object) -> Any:
        app = Domovoi()
        options: dict[str, Any] = {argument: value}
        if decorator == "cloudwatch_event_handler":
            options["source"] = ["cellar"]
        if decorator == "s3_event_handler":
            options["events"] = C
        if decorator == "cloudwatch_logs_sub_filter_handler":
            options["filter_pattern"] = ""
        getattr(app, decorator)(**options)(handle)
        application = app.freeze()
        return application, validate(application, Settings(app_name="shop", stage="dev"))

    (problem,) = apply(arn)[1]
    assert problem.message == f"{arn!r} is an ARN, but a name is expected"
    advises_variable = problem.remedy.endswith(', or pass the ARN from Terraform with variable("...").')
    assert problem.remedy.startswith(f"Write {name!r}")
    assert apply(name)[1] == ()
    application, problems = apply(variable("given"))
    assert problems == ()
    used = [each for route in application.routes for each in find_variables(route)]
    patterns = [pattern for each, pattern, _ in used if each.name == "given"]
    accepted = any(re.search(pattern, arn) for pattern in patterns)
    assert advises_variable == accepted
    assert takes_arn in (None, accepted)


@pytest.mark.parametrize(
    ("decorator", "url", "name"),
    [
        ("sqs_queue_subscriber", "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs", "jobs"),
        ("sqs_queue_subscriber", "http://127.0.0.1:4566/000000000000/jobs.fifo", "jobs.fifo"),
        ("s3_event_handler", "s3://photos/raw/", "photos"),
    ],
)
def test_url_in_place_of_a_name_has_the_name(decorator: str, url: str, name: str) -> None:
    app = Domovoi()
    options = {"events": ["s3:ObjectCreated:*"]} if decorator == "s3_event_handler" else {}
    getattr(app, decorator)(url, **options)(handle)
    problems = validate(app.freeze(), Settings(app_name="shop", stage="dev"))
    expected = (f"{url!r} is a URL, but a name is expected", f"Write {name!r}.")
    assert expected in [(each.message, each.remedy) for each in problems]
