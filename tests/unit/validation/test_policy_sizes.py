"""Policies that AWS would refuse for their size are a problem at the trigger that is one too many."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.settings import Settings
from domovoi_tf.validation.application import validate, warnings

SETTINGS = Settings(app_name="bar", stage="dev")
MOVE = 'Move handlers to a function of their own: app.function("other"), and function="other"'
PLACE = "us-gov-west-1:111111111111"


#: Characters of the statement for queues, without one.
SQS = len(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sqs:DeleteMessage",'
    '"sqs:GetQueueAttributes","sqs:ReceiveMessage"],"Resource":[]}]}'
)


def app_of(source: str) -> Domovoi:
    """Runs a source as app.py, whose first line is the source's."""
    names: dict[str, Any] = {"app": Domovoi(), "scoped": scoped, "variable": variable}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - our own text, with line numbers of its own
    found = names["app"]
    assert isinstance(found, Domovoi)
    return found


def said(source: str, settings: Settings = SETTINGS) -> str:
    return str(ValidationError(validate(app_of(source).freeze(), settings)))


def warned(source: str, settings: Settings = SETTINGS) -> list[str]:
    return [f"{notice.location}: {notice.message}" for notice in warnings(app_of(source).freeze(), settings)]


def topics(count: int, more: str = "") -> str:
    return "".join(
        f"@app.sns_topic_subscriber('{name}'{more})\ndef {name}(event, context): ...\n"
        for name in (f"topic_{number:03}" for number in range(count))
    )


def queues(count: int, more: str = "") -> str:
    return "".join(
        f"@app.sqs_queue_subscriber('{name}'{more})\ndef {name}(event, context): ...\n"
        for name in (f"queue_{number:03}" for number in range(count))
    )


def resource_policy(count: int) -> int:
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


def inline_policies(count: int) -> int:
    """Returns the characters of the documents of modules/iam, with names of these queues."""
    logs = {
        "Version": "2012-10-17",
        "Statement": [
            {
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
                "Effect": "Allow",
                "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                "Resource": [f"arn:aws-us-gov:sqs:{PLACE}:queue_{number:03}" for number in range(count)],
            }
        ],
    }
    return sum(len(json.dumps(document, separators=(",", ":"))) for document in (logs, sqs))


def test_a_resource_based_policy_is_as_large_as_lambda_takes() -> None:
    most = next(count for count in range(100) if resource_policy(count + 1) > 20480)
    assert said(topics(most)) == ""
    assert said(topics(most + 3)) == (
        f"app.py:{2 * most + 1}: the resource-based policy of the function 'bar-dev' would have {most + 3} "
        f"statements with about {resource_policy(most + 3):,} bytes\n"
        f"    Lambda takes at most 20,480. {MOVE} from here on."
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
    report = said(f"{source}def serve_the_guests_of_the_bar(event, context): ...\n")
    assert f"would have {count} statements with about {size:,} bytes\n" in report


def test_inline_policies_are_as_large_as_iam_takes() -> None:
    most = next(count for count in range(200) if inline_policies(count + 1) > 10240)
    assert said(queues(most)) == ""
    assert said(queues(most + 1)) == (
        f"app.py:{2 * most + 1}: the inline policies of the role of the function 'bar-dev' would have 2 "
        f"statements with about {inline_policies(most + 1):,} characters\n"
        f"    IAM takes at most 10,240. {MOVE}, or shorten .chalice/policy-dev.json."
    )


def measured(source: str, policy: str = "resource-based policy") -> int:
    """Returns the size of a policy of the default function, which is near to its limit or beyond it."""
    lines = [*warned(source), *said(source).splitlines()]
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
        (f"s3_event_handler({BUCKET})", "sns", f"arn:aws-us-gov:sns:{PLACE}:bar-dev-tend-s3"),
        (f"s3_event_handler({BUCKET}, sns_topic='t')", "sns", f"arn:aws-us-gov:sns:{PLACE}:t"),
        (
            f"s3_event_handler({BUCKET}, use_eventbridge=True)",
            "events",
            f"arn:aws-us-gov:events:{PLACE}:rule/bar-dev-tend",
        ),
    ],
)
def test_a_statement_of_the_resource_based_policy_names_what_invokes_the_function(
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
    assert measured(topics(60) + handler) - measured(topics(60)) == size


def test_a_receipt_rule_s_statement_names_its_rule_set_and_the_account() -> None:
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
    assert measured(topics(60) + handler) - measured(topics(60)) == size


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
def test_what_does_not_invoke_the_function_by_itself_has_no_statement(decorator: str) -> None:
    handler = f"@app.{decorator}\ndef tend(event, context): ...\n"
    assert measured(topics(60) + handler) == measured(topics(60))


@pytest.mark.parametrize(
    ("decorator", "resource"),
    [
        ("sqs_queue_subscriber(scoped('q'))", f"arn:aws-us-gov:sqs:{PLACE}:bar-dev-q"),
        ("sqs_queue_subscriber(variable('q_arn'))", f"arn:aws-us-gov:sqs:{PLACE}:{'x' * 80}"),
        (f"s3_event_handler({BUCKET}, use_sqs=True)", f"arn:aws-us-gov:sqs:{PLACE}:bar-dev-tend-s3"),
    ],
)
def test_a_queue_s_arn_is_one_more_resource_of_the_statement_for_queues(
    decorator: str, resource: str
) -> None:
    handler = f"@app.{decorator}\ndef tend(event, context): ...\n"
    before, after = queues(150), queues(150) + handler
    size = len(json.dumps(resource) + ",")
    assert measured(after, "inline policies") - measured(before, "inline policies") == size


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
def test_a_stream_s_arn_and_that_of_its_dead_letter_queue_are_resources(
    decorator: str, resource: str
) -> None:
    arn = "arn:aws:sqs:eu-west-1:123456789012:dead"
    names = [f"stream_{number:03}" for number in range(120)]
    handlers = [
        f"@app.{decorator.format(repr(name), arn)}\ndef {name}(event, context): ...\n" for name in names
    ]
    longer = handlers[-1].replace("'stream", f"'{'t' * 20}stream")
    sizes = [
        measured("".join(each), "inline policies")
        for each in (handlers, handlers[:-1], [*handlers[:-1], longer])
    ]
    assert sizes[0] - sizes[1] == len(json.dumps(resource.format(names[-1])) + ",")
    assert sizes[2] - sizes[0] == 20
    further = "".join(handlers).replace(":dead'", ":dead-letters'", 1)
    assert measured(further, "inline policies") - sizes[0] == len(json.dumps(f"{arn}-letters") + ",")


def test_a_policy_file_may_be_exactly_as_large_as_iam_takes() -> None:
    def settings(characters: int) -> Settings:
        own = characters - inline_policies(0) + SQS
        return Settings(app_name="bar", stage="dev", policy="x" * own, policy_file="x.json")

    queue = queues(1)
    assert said("", settings(10240)) == ""
    assert said("", settings(10241)).startswith("x.json:1: the inline policies of the role of the function")
    # The file alone fits: the first trigger that does not is named.
    assert said(queue, settings(10240)).startswith(
        "app.py:1: the inline policies of the role of the function"
    )
    assert said(queue, settings(10241)).startswith("x.json:1: ")
    assert warned("", settings(8192)) == []
    assert [line.partition(":")[0] for line in warned("", settings(8193))] == ["x.json"]
    assert warned("", settings(10240)) != []


def test_what_is_near_is_a_warning() -> None:
    near = next(count for count in range(100) if resource_policy(count + 1) > 20480 * 0.8)
    assert warned(topics(near)) == []
    assert warned(topics(near + 2)) == [
        f"app.py:{2 * near + 1}: the resource-based policy of the function 'bar-dev' would have {near + 2} "
        f"statements with about {resource_policy(near + 2):,} bytes, of the 20,480 that Lambda takes"
    ]
    near = next(count for count in range(200) if inline_policies(count + 1) > 10240 * 0.8)
    assert warned(queues(near)) == []
    assert warned(queues(near + 1)) == [
        f"app.py:{2 * near + 1}: the inline policies of the role of the function 'bar-dev' would have 2 "
        f"statements with about {inline_policies(near + 1):,} characters, of the 10,240 that IAM takes"
    ]


def test_what_is_a_problem_is_no_warning_too() -> None:
    assert warned(topics(100) + queues(200)) == []


def test_several_functions_share_the_triggers_and_each_has_limits_of_its_own() -> None:
    source = (
        "app.function('more')\n" + topics(50) + topics(50, ", function='more'").replace("topic_0", "other_0")
    )
    assert said(source) == ""
    over = "app.function('more')\n" + topics(90, ", function='more'")
    assert "of the function 'bar-dev-more' would have 90 statements" in said(over)


def test_longer_names_take_more_room() -> None:
    assert said(topics(60).replace("'topic", f"'{'t' * 60}")) != ""
    assert said(topics(60)) == ""


def test_a_rule_s_bus_and_a_group_s_streams_are_in_their_arns() -> None:
    rule = "@app.cloudwatch_event_handler(source=['a'], event_bus_name={!r})\ndef {}(event, context): ...\n"
    names = [f"rule_{number:02}" for number in range(55)]
    assert said("".join(rule.format("b", name) for name in names)) == ""
    assert "would have 55 statements" in said("".join(rule.format("b" * 50, name) for name in names))


def test_handlers_of_one_bucket_share_a_statement_and_those_behind_topics_do_not() -> None:
    direct = "@app.s3_event_handler('abc', ['s3:ObjectCreated:*'], prefix='{0}/', use_sns=False)\n"
    by_topic = "@app.s3_event_handler('abc', ['s3:ObjectCreated:*'], prefix='{0}/')\n"
    both = [
        "".join(f"{each.format(n)}def tend_{n:02}(event, context): ...\n" for n in range(70))
        for each in (direct, by_topic)
    ]
    assert said(both[0]) == ""
    assert "would have 70 statements" in said(both[1])


def test_two_variables_are_two_sources() -> None:
    source = "".join(
        f"@app.sns_topic_subscriber(variable('topic_{n}'))\ndef tend_{n}(event, context): ...\n"
        for n in range(60)
    )
    assert "would have 60 statements" in said(source)


def test_the_stage_s_policy_counts_without_white_space() -> None:
    text = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": ["a" * 30] * 300}]})
    settings = Settings(app_name="bar", stage="prod", policy=text)
    size = (
        len("".join(text.split()))
        + inline_policies(0)
        - len(
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sqs:DeleteMessage",'
            '"sqs:GetQueueAttributes","sqs:ReceiveMessage"],"Resource":[]}]}'
        )
    )
    assert size < 10240
    assert len(text) > 10240
    assert said(topics(1), settings) == ""
    over = Settings(
        app_name="bar", stage="dev", policy=text.replace("a" * 30, "a" * 40), policy_file="x.json"
    )
    assert said("", over) == (
        "x.json:1: the inline policies of the role of the function 'bar-dev' would have 1 "
        f"statements with about {size + 3000:,} characters\n"
        f"    IAM takes at most 10,240. {MOVE}, or shorten x.json."
    )


def test_a_role_may_start_every_state_machine() -> None:
    machine = (
        "app.register_state_machine({{'StartAt': 'a', 'States': {{'a': {{'Type': 'Pass', 'End': True}}}}}}"
    )
    source = "".join(f"{machine.format()}, 'm_{number:03}')\n" for number in range(120))
    (line,) = warned(source)
    assert "would have 2 statements" in line
    arn = f"arn:aws-us-gov:states:{PLACE}:stateMachine:bar-dev-m_000"
    own = (
        '{"Version":"2012-10-17","Statement":[{"Action":["states:StartExecution"],"Effect":"Allow",'
        '"Resource":[]}]}'
    )
    assert f"about {inline_policies(0) - SQS + len(own) + 120 * len(arn) + 359:,} characters" in line


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
def test_what_every_stage_would_own_by_one_name_is_a_warning(decorator: str, what: str, name: str) -> None:
    source = f"@app.{decorator}\ndef tend(event, context): ...\n"
    assert warned(source, STAGES) == [
        f"app.py:1: each of the stages dev, prod would own the {what} {name!r}: in one account and region "
        f"only one can. scoped({name!r}) gives each its own"
    ]
    assert warned(source) == []


@pytest.mark.parametrize("stages", [(), ("dev",)])
def test_a_name_that_only_one_stage_owns_is_no_warning(stages: tuple[str, ...]) -> None:
    source = "@app.sns_topic_subscriber('beers')\ndef tend(event, context): ...\n"
    assert warned(source, Settings(app_name="bar", stage="dev", stages=stages)) == []


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
def test_what_the_stages_do_not_share_is_none(decorator: str) -> None:
    assert warned(f"@app.{decorator}\ndef tend(event, context): ...\n", STAGES) == []


def test_a_dead_letter_queue_and_a_name_used_twice_are_warned_of_once() -> None:
    source = (
        "app.function('f')\n"
        "@app.sqs_queue_subscriber('q', max_receive_count=3)\ndef one(event, context): ...\n"
        "@app.sqs_queue_subscriber('q', function='f')\ndef two(event, context): ...\n"
    )
    assert [line.partition(" would")[2].partition(":")[0] for line in warned(source, STAGES)] == [
        " own the SQS queue 'q'",
        " own the SQS queue 'q-dead-letters'",
    ]
