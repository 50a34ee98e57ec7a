"""What is wrong, or withheld, between an app's functions and their settings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domovoi_tf import Domovoi
from domovoi_tf.errors import ValidationError
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.settings.effective import effective
from domovoi_tf.synthesis.function_arguments import arguments, files
from domovoi_tf.validation.application import validate, warnings
from domovoi_tf.validation.execution_role import Need, needs

NOT_PASSED_AS_THEY_ARE = ("environment_variables", "tags", "policy", "policy_file")
APP = """\
app.function("reports", memory_size=1024, timeout=900)
@app.sqs_queue_subscriber("orders")
def order(event, context): ...
@app.sns_topic_subscriber("news")
def read(event, context): ...
@app.kinesis_stream_handler("tills", function="reports")
def report(event, context): ...
"""
ACCOUNT = "eu-west-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/shared"
KINESIS = (
    "kinesis:DescribeStream, kinesis:DescribeStreamSummary, kinesis:GetRecords, kinesis:GetShardIterator, "
    "kinesis:ListShards"
)
SQS = "sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage"
OFF = "autogen_policy is off, and the policy file does not allow"


def app_of(source: str) -> Domovoi:
    names: dict[str, Any] = {"app": Domovoi()}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - our own text, with line numbers of its own
    found: Domovoi = names["app"]
    return found


def settings(**more: Any) -> Settings:
    return Settings(app_name="bar", stage="dev", **more)


def said(**more: Any) -> str:
    return str(ValidationError(validate(app_of(APP).freeze(), settings(**more))))


def warned(**more: Any) -> list[str]:
    return [
        f"{notice.location}: {notice.message}" for notice in warnings(app_of(APP).freeze(), settings(**more))
    ]


def policy(*actions: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("more", "report"),
    [
        (
            {"functions": {"reprots": FunctionSettings(timeout=1)}},
            ".chalice/config.json: lambda_functions.reprots: the app has no such function\n"
            "    Did you mean reports?",
        ),
        (
            {"functions": {"x": FunctionSettings()}},
            ".chalice/config.json: lambda_functions.x: the app has no such function\n"
            "    It has: default, reports. Declare it, or leave this out.",
        ),
        (
            {
                "dead_letter_queue_target_arn": f"arn:aws:sqs:{ACCOUNT}:spilt.fifo",
                "functions": {"reports": FunctionSettings(on_failure=f"arn:aws:sns:{ACCOUNT}:spilt.fifo")},
            },
            ".chalice/config.json: dead_letter_queue_target_arn: "
            "'arn:aws:sqs:eu-west-1:123456789012:spilt.fifo' is FIFO, and Lambda sends to standard queues "
            "and topics only\n"
            "    Give the ARN of a standard queue or topic.\n"
            ".chalice/config.json: lambda_functions.reports.on_failure: "
            "'arn:aws:sns:eu-west-1:123456789012:spilt.fifo' is FIFO, and Lambda sends to standard queues "
            "and topics only\n"
            "    Give the ARN of a standard queue or topic.",
        ),
        (
            {"functions": {"reports": FunctionSettings(subnet_ids=("subnet-1",))}},
            ".chalice/config.json: the function 'reports' has subnet_ids and no security_group_ids\n"
            "    Give both to connect it to a VPC, or neither.",
        ),
        (
            {
                "subnet_ids": ("subnet-1",),
                "security_group_ids": ("sg-1",),
                "functions": {"reports": FunctionSettings(subnet_ids=(), security_group_ids=())},
            },
            ".chalice/config.json: the function 'reports' cannot be taken out of the stage's VPC\n"
            "    Give subnet_ids and security_group_ids to the functions that are to be in it, not to the "
            "stage.",
        ),
    ],
)
def test_what_is_wrong(more: dict[str, Any], report: str) -> None:
    assert said(**more) == report


def test_a_function_s_own_subnets_have_the_stage_s_security_groups() -> None:
    more: dict[str, Any] = {
        "subnet_ids": ("subnet-1",),
        "security_group_ids": ("sg-1",),
        "functions": {"reports": FunctionSettings(subnet_ids=("subnet-2",))},
    }
    assert said(**more) == ""
    assert arguments(settings(**more), {})["functions"] == {
        "reports": {"vpc": {"subnet_ids": ("subnet-2",), "security_group_ids": ("sg-1",)}}
    }


def test_a_stage_with_no_subnets_is_in_no_vpc() -> None:
    assert "vpc" not in arguments(settings(subnet_ids=(), security_group_ids=()), {})


@pytest.mark.parametrize(("timeout", "wrong"), [(30, False), (31, True)])
def test_the_visibility_timeout_is_judged_by_the_function_s_own_timeout(timeout: int, wrong: bool) -> None:
    source = APP.replace('"orders"', '"orders", queue_attributes={"VisibilityTimeout": 30}')
    own = settings(timeout=900, functions={"default": FunctionSettings(timeout=timeout)})
    assert bool(validate(app_of(source).freeze(), own)) == wrong


def test_the_nearest_wins_and_maps_are_merged() -> None:
    functions = {function.name: function for function in app_of(APP).freeze().functions}
    own = FunctionSettings(memory_size=512, tags={"b": "2"}, environment_variables={"AA": "2"}, xray=False)
    stage = settings(
        tags={"a": "1", "b": "1"}, environment_variables={"AA": "1"}, xray=True, functions={"reports": own}
    )
    found = effective(functions["reports"], stage)
    assert (found.memory_size, found.timeout, found.xray) == (512, 900, False)
    assert (found.tags, found.environment_variables) == ({"a": "1", "b": "2"}, {"AA": "2"})
    assert effective(functions[""], stage).memory_size == 128


def test_a_root_says_nothing_of_a_function_of_which_nothing_is_said() -> None:
    assert "functions" not in arguments(settings(functions={"reports": FunctionSettings()}), {})


def test_every_setting_reaches_the_root() -> None:
    """A field that nobody passes on would be a setting that does nothing."""
    values: dict[str, Any] = {name: object() for name in vars(FunctionSettings())}
    values |= {"environment_variables": {"A": object()}, "tags": {"B": object()}, "policy": "{}"}
    printed: list[object] = []

    def collect(value: object) -> None:
        for each in value.values() if isinstance(value, dict) else [value]:
            printed.append(each) if each is value else collect(each)

    collect(arguments(settings(functions={"reports": FunctionSettings(**values)}), {})["functions"])
    expected = [v for k, v in values.items() if k not in NOT_PASSED_AS_THEY_ARE]
    expected += [values["environment_variables"]["A"], values["tags"]["B"]]
    assert [each for each in expected if each not in printed] == []
    assert 'file("${path.module}/policy-reports.json")' in printed


def test_policy_files_are_those_that_are_there() -> None:
    own = {"reports": FunctionSettings(policy="{2}"), "default": FunctionSettings(timeout=2)}
    assert files(settings(policy="{1}", functions=own)) == {
        "policy.json": "{1}",
        "policy-reports.json": "{2}",
    }
    assert files(settings()) == {}


def test_what_is_starved_without_generated_policies() -> None:
    assert warned(autogen_policy=False, xray=True) == [
        f"app.py:2: order is starved of SQS queue orders: {OFF} {SQS}",
        f".chalice/config.json:1: the function 'default' is starved of logs: {OFF} "
        "logs:CreateLogStream, logs:PutLogEvents",
        f".chalice/config.json:1: the function 'default' is starved of xray: {OFF} "
        "xray:PutTelemetryRecords, xray:PutTraceSegments",
        f"app.py:6: report is starved of Kinesis stream tills: {OFF} {KINESIS}",
        f".chalice/config.json:1: the function 'reports' is starved of logs: {OFF} "
        "logs:CreateLogStream, logs:PutLogEvents",
        f".chalice/config.json:1: the function 'reports' is starved of xray: {OFF} "
        "xray:PutTelemetryRecords, xray:PutTraceSegments",
    ]


@pytest.mark.parametrize(
    "document",
    [
        policy("*"),
        policy("SQS:*", "logs:Put*", "logs:CreateLogStrea?"),
        json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),
        json.dumps({"Statement": [{"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}]}),
    ],
)
def test_what_the_policy_file_allows_is_not_starved(document: str) -> None:
    own = {"default": FunctionSettings(autogen_policy=False, policy=document)}
    assert warned(functions=own) == []


@pytest.mark.parametrize(
    ("document", "missing"),
    [
        (
            policy("sqs:Receive*", "sqs:GetQueue[A]ttributes", "sqs:Delete*"),
            "sqs:GetQueueAttributes",
        ),
        (policy("*", Effect="Deny"), SQS),
        (json.dumps({"Statement": {"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"}}), SQS),
    ],
)
def test_what_the_policy_file_does_not_allow_is_starved(document: str, missing: str) -> None:
    own = {"default": FunctionSettings(autogen_policy=False, policy=document)}
    assert f"app.py:2: order is starved of SQS queue orders: {OFF} {missing}" in warned(functions=own)


def test_a_role_that_exists_gets_nothing() -> None:
    own = {"reports": FunctionSettings(policy="{}", permissions_boundary=f"{ROLE}2", autogen_policy=False)}
    start = f".chalice/config.json:1: the role {ROLE} of the function 'reports' is used as it is: the"
    assert warned(functions={"reports": FunctionSettings(iam_role_arn=ROLE, **vars_of(own["reports"]))}) == [
        f"{start} policy file is not attached to it",
        f"{start} permissions_boundary is not attached to it",
    ]


def vars_of(own: FunctionSettings) -> dict[str, Any]:
    return {name: value for name, value in vars(own).items() if value is not None and name != "iam_role_arn"}


def test_needs_are_those_of_the_module() -> None:
    found = needs(
        FunctionSettings(
            dead_letter_queue_target_arn=f"arn:aws:sns:{ACCOUNT}:spilt",
            on_failure="arn:aws:s3:::spilt",
            on_success=f"arn:aws:lambda:{ACCOUNT}:function:wipe",
            kms_key_arn=f"arn:aws:kms:{ACCOUNT}:key/1",
        )
    )
    assert list(found) == [
        Need(
            "dead_letter", ("sns:Publish",), (f"arn:aws:sns:{ACCOUNT}:spilt",), "dead_letter_queue_target_arn"
        ),
        Need(
            "destinations",
            ("s3:ListBucket", "s3:PutObject"),
            ("arn:aws:s3:::spilt", "arn:aws:s3:::spilt/*"),
            "on_failure",
        ),
        Need(
            "destinations",
            ("lambda:InvokeFunction",),
            (f"arn:aws:lambda:{ACCOUNT}:function:wipe",),
            "on_success",
        ),
        Need("kms", ("kms:Decrypt",), (f"arn:aws:kms:{ACCOUNT}:key/1",), "kms_key_arn"),
    ]


LONG = policy("sns:Publish", Sid="x" * 10_300)


def test_a_function_s_own_policy_counts_towards_its_role_s_size_alone() -> None:
    report = said(functions={"reports": FunctionSettings(policy=LONG)})
    assert "the inline policies of the role of the function 'bar-dev-reports' would have" in report
    assert "'bar-dev' would" not in report


def test_a_role_that_exists_has_no_size() -> None:
    assert said(functions={"reports": FunctionSettings(policy=LONG, iam_role_arn=ROLE)}) == ""


def test_the_generated_policies_count_only_where_they_are_generated() -> None:
    most = policy("sns:Publish", Sid="x" * (10_240 - len(policy("sns:Publish", Sid="").replace(" ", ""))))
    assert len(most.replace(" ", "")) == 10_240
    assert said(functions={"reports": FunctionSettings(policy=most, autogen_policy=False)}) == ""
    assert "the inline policies" in said(functions={"reports": FunctionSettings(policy=most)})


def test_what_settings_need_counts_too() -> None:
    room = policy("sns:Publish", Sid="x" * 9_300)
    arns = {f"on_{what}": f"arn:aws:sns:{ACCOUNT}:{'t' * 200}" for what in ("failure", "success")}
    assert said(policy=room) == ""
    assert "the inline policies" in said(policy=room, subnet_ids=("s",), security_group_ids=("g",), **arns)
