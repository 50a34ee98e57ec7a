"""A policy that exceeds a limit of AWS is a problem at the trigger that exceeds it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.settings import Settings
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
MOVE = 'Move handlers to a function of their own: app.function("other"), and function="other"'
PLACE = "us-gov-west-1:111111111111"


#: Characters of the statement for queues, without one.
SQS = len(
    '{"Version":"2012-10-17","Statement":[{"Sid":"Sqs","Effect":"Allow","Action":["sqs:DeleteMessage",'
    '"sqs:GetQueueAttributes","sqs:ReceiveMessage"],"Resource":[]}]}'
)


def declare_app(source: str) -> Domovoi:
    """Runs a source as app.py."""
    names: dict[str, Any] = {"app": Domovoi(), "scoped": scoped, "variable": variable}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - our own text, with line numbers of its own
    found = names["app"]
    assert isinstance(found, Domovoi)
    return found


#: A handler that needs no permissions.
RUN = "app.lambda_function('run')(lambda event, context: None)\n"


def get_problems(source: str, settings: Settings = SETTINGS) -> str:
    return str(ValidationError(validate(declare_app(source).freeze(), settings)))


def get_warnings(source: str, settings: Settings = SETTINGS) -> list[str]:
    return [
        f"{notice.location}: {notice.message}"
        for notice in find_warnings(declare_app(source).freeze(), settings)
    ]


def declare_topics(count: int, more: str = "") -> str:
    return "".join(
        f"@app.sns_topic_subscriber('{name}'{more})\ndef {name}(event, context): ...\n"
        for name in (f"topic_{number:03}" for number in range(count))
    )


def declare_queues(count: int, more: str = "") -> str:
    return "".join(
        f"@app.sqs_queue_subscriber('{name}'{more})\ndef {name}(event, context): ...\n"
        for name in (f"queue_{number:03}" for number in range(count))
    )


def measure_resource_policy(count: int) -> int:
    """Returns the bytes of the document that `aws lambda get-policy` shows, with names of these topics."""
    statements = [
        {
            "Sid": "sns-20260101000000000000000001",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": f"arn:aws-us-gov:lambda:{PLACE}:function:bar-dev",
            "Condition": {"ArnLike": {"AWS:SourceArn": f"arn:aws-us-gov:sns:{PLACE}:topic_{number:03}"}},
        }
        for number in range(count)
    ]
    document = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    return len(json.dumps(document, separators=(",", ":")))


def measure_inline_policies(count: int) -> int:
    """Returns the characters of the documents of modules/iam, with names of these queues."""
    logs = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Logs",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": [f"arn:aws-us-gov:logs:{PLACE}:log-group:/aws/lambda/bar-dev:*"],
            }
        ],
    }
    sqs = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Sqs",
                "Effect": "Allow",
                "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                "Resource": [f"arn:aws-us-gov:sqs:{PLACE}:queue_{number:03}" for number in range(count)],
            }
        ],
    }
    return sum(len(json.dumps(document, separators=(",", ":"))) for document in (logs, sqs))


def test_resource_based_policy_may_have_exactly_lambdas_limit() -> None:
    most = next(count for count in range(100) if measure_resource_policy(count + 1) > 20480)
    assert get_problems(declare_topics(most)) == ""
    assert get_problems(declare_topics(most + 3)) == (
        f"app.py:{2 * most + 1}: the resource-based policy of the function 'bar-dev' would have {most + 3} "
        f"statements with about {measure_resource_policy(most + 3):,} bytes\n"
        f"    Lambda allows at most 20,480. {MOVE} from here on."
    )


def test_each_target_group_of_a_load_balancer_has_a_statement() -> None:
    count = 60
    source = "".join(
        f"@app.alb_target('/{number}', host='bar.example.com', priority={number + 1})\n"
        for number in range(count)
    )
    statement = {
        "Sid": "elasticloadbalancing-20260101000000000000000001",
        "Effect": "Allow",
        "Principal": {"Service": "elasticloadbalancing.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"arn:aws-us-gov:lambda:{PLACE}:function:bar-dev",
        "Condition": {
            "ArnLike": {
                "AWS:SourceArn": f"arn:aws-us-gov:elasticloadbalancing:{PLACE}:"
                "targetgroup/bar-dev-serve_the_guests_of_the_/73e2d6bc24d8a067"
            }
        },
    }
    document = {"Version": "2012-10-17", "Id": "default", "Statement": [statement] * count}
    size = len(json.dumps(document, separators=(",", ":")))
    report = get_problems(f"{source}def serve_the_guests_of_the_bar(event, context): ...\n")
    assert f"would have {count} statements with about {size:,} bytes\n" in report


def test_inline_policies_may_have_exactly_iams_limit() -> None:
    most = next(count for count in range(200) if measure_inline_policies(count + 1) > 10240)
    assert get_problems(declare_queues(most)) == ""
    assert get_problems(declare_queues(most + 1)) == (
        f"app.py:{2 * most + 1}: the inline policies of the role of the function 'bar-dev' would have 2 "
        f"statements with about {measure_inline_policies(most + 1):,} characters\n"
        f"    IAM allows at most 10,240. {MOVE}, or shorten .chalice/policy-dev.json."
    )


def read_measured_size(source: str, policy: str = "resource-based policy") -> int:
    """Returns the size of a policy of the default function, which is near to its limit or beyond it."""
    lines = [*get_warnings(source), *get_problems(source).splitlines()]
    (line,) = [each for each in lines if policy in each and "'bar-dev'" in each]
    found = re.search(r"with about ([\d,]+) ", line)
    assert found
    return int(found[1].replace(",", ""))


BUCKET = "'photos', ['s3:ObjectCreated:*']"


@pytest.mark.parametrize(
    ("decorator", "service", "resource"),
    [
        ("sns_topic_subscriber('orders')", "sns", f"arn:aws-us-gov:sns:{PLACE}:orders"),
        ("sns_topic_subscriber(scoped('orders'))", "sns", f"arn:aws-us-gov:sns:{PLACE}:bar-dev-orders"),
        ("sns_topic_subscriber(variable('orders_arn'))", "sns", f"arn:aws-us-gov:sns:{PLACE}:{'x' * 80}"),
        ("scheduled_function('rate(1 day)')", "events", f"arn:aws-us-gov:events:{PLACE}:rule/bar-dev-tend"),
        ("scheduled_function('rate(1 day)', 'night')", "events", f"arn:aws-us-gov:events:{PLACE}:rule/night"),
        (
            "cloudwatch_event_handler(source=['a'], event_bus_name='cellar')",
            "events",
            f"arn:aws-us-gov:events:{PLACE}:rule/cellar/bar-dev-tend",
        ),
        (
            "cloudwatch_logs_sub_filter_handler('/bar', '')",
            "logs",
            f"arn:aws-us-gov:logs:{PLACE}:log-group:/bar:*",
        ),
        (f"s3_event_handler({BUCKET}, use_sns=False)", "s3", "arn:aws-us-gov:s3:::photos"),
        (f"s3_event_handler({BUCKET})", "sns", f"arn:aws-us-gov:sns:{PLACE}:bar-dev-s3-photos-sns"),
        (f"s3_event_handler({BUCKET}, sns_topic='t')", "sns", f"arn:aws-us-gov:sns:{PLACE}:t"),
        (
            f"s3_event_handler({BUCKET}, use_eventbridge=True)",
            "events",
            f"arn:aws-us-gov:events:{PLACE}:rule/bar-dev-tend",
        ),
    ],
)
def test_statement_of_the_resource_based_policy_names_the_invoker(
    decorator: str, service: str, resource: str
) -> None:
    account = {"StringEquals": {"AWS:SourceAccount": "1" * 12}} if service == "s3" else {}
    statement = {
        "Sid": f"{service}-20260101000000000000000001",
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"arn:aws-us-gov:lambda:{PLACE}:function:bar-dev",
        "Condition": {**account, "ArnLike": {"AWS:SourceArn": resource}},
    }
    handler = f"@app.{decorator}\ndef tend(event, context): ...\n"
    size = len(json.dumps(statement, separators=(",", ":")) + ",")
    assert read_measured_size(declare_topics(60) + handler) - read_measured_size(declare_topics(60)) == size


def test_statement_of_a_receipt_rule_names_its_rule_set_and_the_account() -> None:
    handler = "@app.email_receipt_handler(rule_set_name='mail')\ndef tend(event, context): ...\n"
    statement = {
        "Sid": "ses-20260101000000000000000001",
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"arn:aws-us-gov:lambda:{PLACE}:function:bar-dev",
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": "1" * 12},
            "ArnLike": {
                "AWS:SourceArn": f"arn:aws-us-gov:ses:{PLACE}:receipt-rule-set/mail:receipt-rule/bar-dev-tend"
            },
        },
    }
    size = len(json.dumps(statement, separators=(",", ":")) + ",")
    assert read_measured_size(declare_topics(60) + handler) - read_measured_size(declare_topics(60)) == size


@pytest.mark.parametrize(
    "decorator",
    [
        "sqs_queue_subscriber('q')",
        "kinesis_stream_handler('s')",
        "dynamodb_stream_handler('t')",
        "scheduled_function('at(2030-01-01T00:00:00)')",
        f"s3_event_handler({BUCKET}, use_sns=False, use_sqs=True)",
    ],
)
def test_sources_that_lambda_polls_have_no_statement(decorator: str) -> None:
    handler = f"@app.{decorator}\ndef tend(event, context): ...\n"
    assert read_measured_size(declare_topics(60) + handler) == read_measured_size(declare_topics(60))


@pytest.mark.parametrize(
    ("decorator", "resource"),
    [
        ("sqs_queue_subscriber(scoped('q'))", f"arn:aws-us-gov:sqs:{PLACE}:bar-dev-q"),
        ("sqs_queue_subscriber(variable('q_arn'))", f"arn:aws-us-gov:sqs:{PLACE}:{'x' * 80}"),
        (
            f"s3_event_handler({BUCKET}, use_sqs=True)",
            f"arn:aws-us-gov:sqs:{PLACE}:bar-dev-s3-photos-sns_sqs",
        ),
    ],
)
def test_queue_adds_its_arn_to_the_statement_for_queues(decorator: str, resource: str) -> None:
    handler = f"@app.{decorator}\ndef tend(event, context): ...\n"
    before, after = declare_queues(150), declare_queues(150) + handler
    size = len(json.dumps(resource) + ",")
    assert (
        read_measured_size(after, "inline policies") - read_measured_size(before, "inline policies") == size
    )


@pytest.mark.parametrize(
    ("decorator", "resource"),
    [
        ("kinesis_stream_handler({}, on_failure={!r})", f"arn:aws-us-gov:kinesis:{PLACE}:stream/{{}}"),
        (
            "dynamodb_stream_handler({}, on_failure={!r})",
            f"arn:aws-us-gov:dynamodb:{PLACE}:table/{{}}/stream/2026-01-01T00:00:00.000",
        ),
    ],
)
def test_stream_and_its_dead_letter_queue_are_resources(decorator: str, resource: str) -> None:
    arn = "arn:aws:sqs:eu-west-1:123456789012:dead"
    names = [f"stream_{number:03}" for number in range(120)]
    handlers = [
        f"@app.{decorator.format(repr(name), arn)}\ndef {name}(event, context): ...\n" for name in names
    ]
    longer = handlers[-1].replace("'stream", f"'{'t' * 20}stream")
    sizes = [
        read_measured_size("".join(each), "inline policies")
        for each in (handlers, handlers[:-1], [*handlers[:-1], longer])
    ]
    assert sizes[0] - sizes[1] == len(json.dumps(resource.format(names[-1])) + ",")
    assert sizes[2] - sizes[0] == 20
    further = "".join(handlers).replace(":dead'", ":dead-letters'", 1)
    assert read_measured_size(further, "inline policies") - sizes[0] == len(
        json.dumps(f"{arn}-letters") + ","
    )


def test_policy_file_may_have_exactly_iams_limit() -> None:
    def build_settings(characters: int) -> Settings:
        own = characters - measure_inline_policies(0) + SQS
        return Settings(app_name="bar", stage="dev", policy="x" * own, policy_file="x.json")

    queue = declare_queues(1)
    assert get_problems(RUN, build_settings(10240)) == ""
    assert get_problems(RUN, build_settings(10241)).startswith(
        "x.json:1: the inline policies of the role of the function"
    )
    # The file alone fits: the first trigger that does not is named.
    assert get_problems(queue, build_settings(10240)).startswith(
        "app.py:1: the inline policies of the role of the function"
    )
    assert get_problems(queue, build_settings(10241)).startswith("x.json:1: ")
    assert get_warnings(RUN, build_settings(8192)) == []
    assert [line.partition(":")[0] for line in get_warnings(RUN, build_settings(8193))] == ["x.json"]
    assert get_warnings(RUN, build_settings(10240)) != []


def test_size_near_the_limit_is_a_warning() -> None:
    near = next(count for count in range(100) if measure_resource_policy(count + 1) > 20480 * 0.8)
    assert get_warnings(declare_topics(near)) == []
    assert get_warnings(declare_topics(near + 2)) == [
        f"app.py:{2 * near + 1}: the resource-based policy of the function 'bar-dev' would have {near + 2} "
        f"statements with about {measure_resource_policy(near + 2):,} bytes; Lambda allows at most 20,480"
    ]
    near = next(count for count in range(200) if measure_inline_policies(count + 1) > 10240 * 0.8)
    assert get_warnings(declare_queues(near)) == []
    assert get_warnings(declare_queues(near + 1)) == [
        f"app.py:{2 * near + 1}: the inline policies of the role of the function 'bar-dev' would have 2 "
        f"statements with about {measure_inline_policies(near + 1):,} characters; IAM allows at most 10,240"
    ]


def test_problem_is_not_a_warning_too() -> None:
    assert get_warnings(declare_topics(100) + declare_queues(200)) == []


def test_each_function_has_its_own_limits() -> None:
    source = (
        "app.function('more')\n"
        + declare_topics(50)
        + declare_topics(50, ", function='more'").replace("topic_0", "other_0")
    )
    assert get_problems(source) == ""
    over = "app.function('more')\n" + declare_topics(90, ", function='more'")
    assert "of the function 'bar-dev-more' would have 90 statements" in get_problems(over)


def test_longer_names_make_larger_policies() -> None:
    assert get_problems(declare_topics(60).replace("'topic", f"'{'t' * 60}")) != ""
    assert get_problems(declare_topics(60)) == ""


def test_arns_contain_the_bus_of_a_rule_and_the_streams_of_a_log_group() -> None:
    rule = "@app.cloudwatch_event_handler(source=['a'], event_bus_name={!r})\ndef {}(event, context): ...\n"
    names = [f"rule_{number:02}" for number in range(55)]
    assert get_problems("".join(rule.format("b", name) for name in names)) == ""
    assert "would have 55 statements" in get_problems("".join(rule.format("b" * 50, name) for name in names))


def test_handlers_of_one_bucket_share_a_statement() -> None:
    direct = "@app.s3_event_handler('abc', ['s3:ObjectCreated:*'], prefix='{0}/', use_sns=False)\n"
    by_topic = "@app.s3_event_handler('abc', ['s3:ObjectCreated:*'], prefix='{0}/')\n"
    both = [
        "".join(f"{each.format(n)}def tend_{n:02}(event, context): ...\n" for n in range(70))
        for each in (direct, by_topic)
    ]
    assert [get_problems(each) for each in both] == ["", ""]
    buckets = [f"@app.s3_event_handler('abc-{n}', ['s3:ObjectCreated:*'])\n" for n in range(70)]
    handlers = [f"{each}def tend_{n:02}(event, context): ...\n" for n, each in enumerate(buckets)]
    assert "would have 70 statements" in get_problems("".join(handlers))


def test_two_variables_are_two_sources() -> None:
    source = "".join(
        f"@app.sns_topic_subscriber(variable('topic_{n}'))\ndef tend_{n}(event, context): ...\n"
        for n in range(60)
    )
    assert "would have 60 statements" in get_problems(source)


def test_policy_file_counts_without_white_space() -> None:
    text = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": ["a" * 30] * 300}]})
    settings = Settings(app_name="bar", stage="prod", policy=text)
    size = len("".join(text.split())) + measure_inline_policies(0) - SQS
    assert size < 10240
    assert len(text) > 10240
    assert get_problems(declare_topics(1), settings) == ""
    over = Settings(
        app_name="bar", stage="dev", policy=text.replace("a" * 30, "a" * 40), policy_file="x.json"
    )
    assert get_problems(RUN, over) == (
        "x.json:1: the inline policies of the role of the function 'bar-dev' would have 1 "
        f"statements with about {size + 3000:,} characters\n"
        f"    IAM allows at most 10,240. {MOVE}, or shorten x.json."
    )


def test_role_may_start_every_state_machine() -> None:
    machine = (
        "app.register_state_machine({{'StartAt': 'a', 'States': {{'a': {{'Type': 'Pass', 'End': True}}}}}}"
    )
    source = "".join(f"{machine.format()}, 'm_{number:03}')\n" for number in range(120))
    (line,) = get_warnings(source + RUN)
    assert "would have 2 statements" in line
    arn = f"arn:aws-us-gov:states:{PLACE}:stateMachine:bar-dev-m_000"
    own = (
        '{"Version":"2012-10-17","Statement":[{"Sid":"States","Action":["states:StartExecution"],'
        '"Effect":"Allow","Resource":[]}]}'
    )
    assert f"about {measure_inline_policies(0) - SQS + len(own) + 120 * len(arn) + 359:,} characters" in line


STAGES = Settings(app_name="bar", stage="dev", stages=("dev", "prod"))


@pytest.mark.parametrize(
    ("decorator", "what", "name"),
    [
        ("sns_topic_subscriber('beers')", "SNS topic", "beers"),
        ("sqs_queue_subscriber('beers.fifo')", "SQS queue", "beers.fifo"),
        ("scheduled_function('rate(1 day)', rule_name='beers')", "EventBridge rule", "beers"),
        (
            "cloudwatch_event_handler(source=['a'], rule_name='beers', event_bus_name='cellar')",
            "EventBridge rule",
            "beers",
        ),
        ("cloudwatch_logs_sub_filter_handler('/beers', '', create=True)", "log group", "/beers"),
        ("s3_event_handler('beers', ['s3:ObjectCreated:*'], create=True)", "S3 bucket", "beers"),
        ("kinesis_stream_handler('beers', create=True)", "Kinesis stream", "beers"),
    ],
)
def test_resource_that_every_stage_would_create_is_a_warning(decorator: str, what: str, name: str) -> None:
    source = f"@app.{decorator}\ndef tend(event, context): ...\n"
    assert get_warnings(source, STAGES) == [
        f"app.py:1: each of the stages dev, prod would create the {what} {name!r}, which can exist only "
        f"once in an account and Region: use scoped({name!r}) to give each stage its own"
    ]
    assert get_warnings(source) == []


@pytest.mark.parametrize("stages", [(), ("dev",)])
def test_name_that_only_one_stage_owns_is_no_warning(stages: tuple[str, ...]) -> None:
    source = "@app.sns_topic_subscriber('beers')\ndef tend(event, context): ...\n"
    assert get_warnings(source, Settings(app_name="bar", stage="dev", stages=stages)) == []


@pytest.mark.parametrize(
    "decorator",
    [
        "sns_topic_subscriber(scoped('beers'))",
        "sns_topic_subscriber('beers', create=False)",
        "sns_topic_subscriber(variable('beers_arn'))",
        "scheduled_function('rate(1 day)')",
        "scheduled_function('rate(1 day)', rule_name=variable('rule'))",
        "cloudwatch_event_handler(source=['a'], event_bus_name='cellar')",
        "cloudwatch_logs_sub_filter_handler('/beers', '')",
        "s3_event_handler('beers', ['s3:ObjectCreated:*'], use_sns=False, use_eventbridge=True)",
        "dynamodb_stream_handler('beers')",
        "sns_topic_subscriber(5)",
    ],
)
def test_resources_that_stages_do_not_share_are_no_warning(decorator: str) -> None:
    assert get_warnings(f"@app.{decorator}\ndef tend(event, context): ...\n", STAGES) == []


def test_dead_letter_queue_and_repeated_name_are_reported_once() -> None:
    source = (
        "app.function('f')\n"
        "@app.sqs_queue_subscriber('q', max_receive_count=3)\ndef one(event, context): ...\n"
        "@app.sqs_queue_subscriber('q', function='f')\ndef two(event, context): ...\n"
    )
    assert [line.partition(" would")[2].partition(",")[0] for line in get_warnings(source, STAGES)] == [
        " create the SQS queue 'q'",
        " create the SQS queue 'q-dead-letters'",
    ]
