"""The settings of functions are checked against the app, and missing permissions are reported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domovoi_tf import Domovoi
from domovoi_tf.errors import ValidationError
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.settings.effective import find_resource_settings, resolve_function_settings
from domovoi_tf.synthesis.function_arguments import (
    build_arguments,
    build_policy_files,
    build_source_arguments,
)
from domovoi_tf.validation.application import find_warnings, validate
from domovoi_tf.validation.execution_role import Need, find_needs

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
OFF = "autogen_policy is false, and the policy file does not allow"


def declare_app(source: str) -> Domovoi:
    names: dict[str, Any] = {"app": Domovoi()}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - our own text, with line numbers of its own
    found: Domovoi = names["app"]
    return found


def build_settings(**more: Any) -> Settings:
    return Settings(app_name="bar", stage="dev", **more)


def get_problems(**more: Any) -> str:
    return str(ValidationError(validate(declare_app(APP).freeze(), build_settings(**more))))


def get_warnings(**more: Any) -> list[str]:
    return [
        f"{notice.location}: {notice.message}"
        for notice in find_warnings(declare_app(APP).freeze(), build_settings(**more))
    ]


def build_policy(*actions: str, **more: Any) -> str:
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
            "'arn:aws:sqs:eu-west-1:123456789012:spilt.fifo' is FIFO, but Lambda can send to standard queues "
            "and topics only\n"
            "    Use the ARN of a standard queue or topic.\n"
            ".chalice/config.json: lambda_functions.reports.on_failure: "
            "'arn:aws:sns:eu-west-1:123456789012:spilt.fifo' is FIFO, but Lambda can send to standard queues "
            "and topics only\n"
            "    Use the ARN of a standard queue or topic.",
        ),
        (
            {"functions": {"reports": FunctionSettings(subnet_ids=("subnet-1",))}},
            ".chalice/config.json: the function 'reports' has subnet_ids but no security_group_ids\n"
            "    Set both to connect it to a VPC, or neither.",
        ),
        (
            {
                "subnet_ids": ("subnet-1",),
                "security_group_ids": ("sg-1",),
                "functions": {"reports": FunctionSettings(subnet_ids=(), security_group_ids=())},
            },
            ".chalice/config.json: the function 'reports' cannot opt out of the stage's VPC\n"
            "    Set subnet_ids and security_group_ids for each function in the VPC instead of for the "
            "stage.",
        ),
        (
            {"policy_names": {"sqs": "logs"}},
            ".chalice/config.json: policy_names: the policies logs and sqs of the function 'default' would "
            "both have the name 'logs'\n    Give one of them another name.",
        ),
        (
            {
                "policy": "{}",
                "policy_names": {"user": "bar-dev", "states": "s"},
                "functions": {"reports": FunctionSettings(policy_names={"sqs": "q"})},
            },
            ".chalice/config.json: policy_names.states: no role has a policy with this name\n"
            "    The policies are: kinesis, logs, sqs, user.\n"
            ".chalice/config.json: lambda_functions.reports.policy_names.sqs: no role has a policy with this "
            "name\n    The policies are: kinesis, logs, user.",
        ),
    ],
)
def test_problem_names_location_and_remedy(more: dict[str, Any], report: str) -> None:
    assert get_problems(**more) == report


def test_policies_may_exchange_their_names_and_functions_have_their_own() -> None:
    own = {"reports": FunctionSettings(policy_names={"kinesis": "streams"})}
    assert get_problems(policy_names={"sqs": "logs", "logs": "sqs", "kinesis": "k"}, functions=own) == ""


def test_subnets_of_a_function_use_the_stage_s_security_groups() -> None:
    more: dict[str, Any] = {
        "subnet_ids": ("subnet-1",),
        "security_group_ids": ("sg-1",),
        "functions": {"reports": FunctionSettings(subnet_ids=("subnet-2",))},
    }
    assert get_problems(**more) == ""
    assert build_arguments(build_settings(**more), None, {})["functions"] == {
        "reports": {"vpc": {"subnet_ids": ("subnet-2",), "security_group_ids": ("sg-1",)}}
    }


def test_stage_without_subnets_is_in_no_vpc() -> None:
    arguments = build_arguments(build_settings(subnet_ids=(), security_group_ids=()), None, {})
    assert arguments["settings"] == {"memory_size": 128, "timeout": 60}


@pytest.mark.parametrize(("timeout", "wrong"), [(30, False), (31, True)])
def test_visibility_timeout_is_compared_with_the_function_s_timeout(timeout: int, wrong: bool) -> None:
    source = APP.replace('"orders"', '"orders", queue_attributes={"VisibilityTimeout": 30}')
    own = build_settings(timeout=900, functions={"default": FunctionSettings(timeout=timeout)})
    assert bool(validate(declare_app(source).freeze(), own)) == wrong


def test_nearest_setting_wins_and_maps_are_merged() -> None:
    functions = {function.name: function for function in declare_app(APP).freeze().functions}
    own = FunctionSettings(memory_size=512, tags={"b": "2"}, environment_variables={"AA": "2"}, xray=False)
    stage = build_settings(
        tags={"a": "1", "b": "1"}, environment_variables={"AA": "1"}, xray=True, functions={"reports": own}
    )
    found = resolve_function_settings(functions["reports"], stage)
    assert (found.memory_size, found.timeout, found.xray) == (512, 900, False)
    assert (found.tags, found.environment_variables) == ({"a": "1", "b": "2"}, {"AA": "2"})
    assert resolve_function_settings(functions[""], stage).memory_size == 128


def test_root_leaves_out_functions_without_settings() -> None:
    arguments = build_arguments(build_settings(functions={"reports": FunctionSettings()}), None, {})
    assert list(arguments) == ["settings"]


def test_only_function_takes_its_settings_from_those_of_all_functions() -> None:
    own = FunctionSettings(
        memory_size=512,
        tags={"b": "2"},
        environment_variables={"AA": "2"},
        policy="{}",
        iam_role_arn="arn:aws:iam::123456789012:role/own",
    )
    stage = build_settings(
        tags={"a": "1", "b": "1"},
        environment_variables={"AA": "1", "BB": "1"},
        policy="{}",
        policy_names={"user": "mine"},
        functions={"reports": own},
    )
    assert build_arguments(stage, "reports", {"orders": "x"}) == {
        "settings": {
            "memory_size": 512,
            "timeout": 60,
            "environment_variables": {"AA": "2", "BB": "1"},
            "tags": {"b": "2"},
        },
        "role": {
            "policy_names": {"user": "mine"},
            "policies": {"user": 'file("${path.module}/policy-reports.json")'},
            "existing": {"arn": "arn:aws:iam::123456789012:role/own"},
        },
        "tags": {"a": "1", "b": "1"},
        "orders": "x",
    }


def test_every_setting_reaches_the_root() -> None:
    """A setting that is not rendered would have no effect."""
    values: dict[str, Any] = {name: object() for name in vars(FunctionSettings())}
    values |= {"environment_variables": {"A": object()}, "tags": {"B": object()}, "policy": "{}"}
    printed: list[object] = []

    def collect(value: object) -> None:
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        for each in items:
            printed.append(each) if each is value else collect(each)

    settings = build_settings(functions={"reports": FunctionSettings(**values)})
    arguments = build_arguments(settings, None, {})
    collect([arguments["functions"], arguments["roles"]])
    expected = [v for k, v in values.items() if k not in NOT_PASSED_AS_THEY_ARE]
    expected += [values["environment_variables"]["A"], values["tags"]["B"]]
    assert [each for each in expected if each not in printed] == []
    assert 'file("${path.module}/policy-reports.json")' in printed


def test_stage_lists_the_existing_policy_files() -> None:
    own = {"reports": FunctionSettings(policy="{2}"), "default": FunctionSettings(timeout=2)}
    assert build_policy_files(build_settings(policy="{1}", functions=own)) == {
        "policy.json": "{1}",
        "policy-reports.json": "{2}",
    }
    assert build_policy_files(build_settings()) == {}


KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
RESOURCES: dict[str, Any] = {
    "buckets": {"kms_key_arn": KEY, "versioning": True},
    "schedules": {"kms_key_arn": KEY},
    "state_machines": {"kms_key_arn": "", "tracing": True},
    "topics": {"kms_key_arn": KEY},
}
OWNERS = """
from domovoi_tf import Domovoi
app = Domovoi()
@app.s3_event_handler("photos", ["s3:ObjectCreated:*"], create=True)
def develop(event, context): pass
@app.scheduled_function("at(2030-01-01T00:00:00)")
def celebrate(event, context): pass
@app.step_function_task("A", {"StartAt": "A", "States": {"A": {"Type": "Task", "End": True}}})
def work(event, context): pass
"""
SUBSCRIBER = """
from domovoi_tf import variable
@app.sns_topic_subscriber(variable("orders_topic_arn"))
def order(event, context): pass
"""


def test_settings_of_resources_that_the_app_does_not_create_are_reported() -> None:
    assert get_warnings(**RESOURCES) == [
        ".chalice/config.json:1: $.buckets has no effect: the app creates no buckets",
        ".chalice/config.json:1: $.schedules has no effect: the app creates no schedules",
        ".chalice/config.json:1: $.state_machines has no effect: the app creates no state machines",
    ]
    own = find_warnings(declare_app(OWNERS).freeze(), build_settings(**RESOURCES))
    assert [notice.message for notice in own] == []


def test_topic_of_the_caller_is_not_created_by_the_app() -> None:
    application = declare_app(SUBSCRIBER).freeze()
    assert find_resource_settings(application) == ()
    notices = find_warnings(application, build_settings(topics=RESOURCES["topics"]))
    assert [notice.message for notice in notices] == ["$.topics has no effect: the app creates no topics"]


def test_settings_of_resources_become_arguments_of_their_inputs() -> None:
    used = find_resource_settings(declare_app(OWNERS).freeze())
    assert used == ("buckets", "schedules", "state_machines", "topics")
    assert build_source_arguments(build_settings(**RESOURCES), used) == {
        "buckets": {"kms_key": {"arn": KEY}, "versioning": True},
        "schedules": {"kms_key": {"arn": KEY}},
        "state_machines": {"tracing": True},
        "topics": {"kms_key": {"arn": KEY}},
    }
    assert build_source_arguments(build_settings(**RESOURCES), ()) == {}
    assert build_source_arguments(build_settings(), used) == {}


def test_missing_permissions_are_reported_without_generated_policies() -> None:
    assert get_warnings(autogen_policy=False, xray=True) == [
        f"app.py:2: order lacks permissions for SQS queue orders: {OFF} {SQS}",
        f".chalice/config.json:1: the function 'default' lacks permissions for logs: {OFF} "
        "logs:CreateLogStream, logs:PutLogEvents",
        f".chalice/config.json:1: the function 'default' lacks permissions for xray: {OFF} "
        "xray:PutTelemetryRecords, xray:PutTraceSegments",
        f"app.py:6: report lacks permissions for Kinesis stream tills: {OFF} {KINESIS}",
        f".chalice/config.json:1: the function 'reports' lacks permissions for logs: {OFF} "
        "logs:CreateLogStream, logs:PutLogEvents",
        f".chalice/config.json:1: the function 'reports' lacks permissions for xray: {OFF} "
        "xray:PutTelemetryRecords, xray:PutTraceSegments",
    ]


@pytest.mark.parametrize(
    "document",
    [
        build_policy("*"),
        build_policy("SQS:*", "logs:Put*", "logs:CreateLogStrea?"),
        json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),
        json.dumps({"Statement": [{"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}]}),
    ],
)
def test_permissions_in_the_policy_file_are_not_reported(document: str) -> None:
    own = {"default": FunctionSettings(autogen_policy=False, policy=document)}
    assert get_warnings(functions=own) == []


@pytest.mark.parametrize(
    ("document", "missing"),
    [
        (
            build_policy("sqs:Receive*", "sqs:GetQueue[A]ttributes", "sqs:Delete*"),
            "sqs:GetQueueAttributes",
        ),
        (build_policy("*", Effect="Deny"), SQS),
        (json.dumps({"Statement": {"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"}}), SQS),
    ],
)
def test_permissions_that_the_policy_file_lacks_are_reported(document: str, missing: str) -> None:
    own = {"default": FunctionSettings(autogen_policy=False, policy=document)}
    assert f"app.py:2: order lacks permissions for SQS queue orders: {OFF} {missing}" in get_warnings(
        functions=own
    )


def test_existing_role_gets_no_policies() -> None:
    own = {"reports": FunctionSettings(policy="{}", permissions_boundary=f"{ROLE}2", autogen_policy=False)}
    start = f".chalice/config.json:1: the role {ROLE} of the function 'reports' is used as it is: the"
    assert get_warnings(
        functions={"reports": FunctionSettings(iam_role_arn=ROLE, **resolve_settings(own["reports"]))}
    ) == [
        f"{start} policy file is not attached to it",
        f"{start} permissions_boundary is not attached to it",
    ]


def resolve_settings(own: FunctionSettings) -> dict[str, Any]:
    return {name: value for name, value in vars(own).items() if value is not None and name != "iam_role_arn"}


def test_needs_equal_the_statements_of_the_module() -> None:
    found = find_needs(
        FunctionSettings(
            dead_letter_queue_target_arn=f"arn:aws:sns:{ACCOUNT}:spilt",
            on_failure="arn:aws:s3:::spilt",
            on_success=f"arn:aws:lambda:{ACCOUNT}:function:wipe",
            kms_key_arn=f"arn:aws:kms:{ACCOUNT}:key/1",
            source_kms_key_arns=(f"arn:aws:kms:{ACCOUNT}:key/2",),
            destination_kms_key_arns=(f"arn:aws:kms:{ACCOUNT}:key/3",),
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
        Need("kms", ("kms:Decrypt",), (f"arn:aws:kms:{ACCOUNT}:key/2",), "source_kms_key_arns"),
        Need(
            "kms",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            (f"arn:aws:kms:{ACCOUNT}:key/3",),
            "destination_kms_key_arns",
        ),
    ]


LONG = build_policy("sns:Publish", Sid="x" * 10_300)


def test_policy_of_a_function_counts_only_for_its_own_role() -> None:
    report = get_problems(functions={"reports": FunctionSettings(policy=LONG)})
    assert "the inline policies of the role of the function 'bar-dev-reports' would have" in report
    assert "'bar-dev' would" not in report


def test_existing_role_has_no_size() -> None:
    assert get_problems(functions={"reports": FunctionSettings(policy=LONG, iam_role_arn=ROLE)}) == ""


def test_generated_policies_count_only_if_they_are_generated() -> None:
    most = build_policy(
        "sns:Publish", Sid="x" * (10_240 - len(build_policy("sns:Publish", Sid="").replace(" ", "")))
    )
    assert len(most.replace(" ", "")) == 10_240
    assert get_problems(functions={"reports": FunctionSettings(policy=most, autogen_policy=False)}) == ""
    assert "the inline policies" in get_problems(functions={"reports": FunctionSettings(policy=most)})


def test_permissions_for_settings_count() -> None:
    room = build_policy("sns:Publish", Sid="x" * 9_300)
    arns = {f"on_{what}": f"arn:aws:sns:{ACCOUNT}:{'t' * 200}" for what in ("failure", "success")}
    assert get_problems(policy=room) == ""
    assert "the inline policies" in get_problems(
        policy=room, subnet_ids=("s",), security_group_ids=("g",), **arns
    )
