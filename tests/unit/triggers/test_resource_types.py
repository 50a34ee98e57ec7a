"""The resource types that the kinds declare: each one that modules and templates create, and its look-up."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.model.trigger import Trigger
from domovoi_tf.system import assets
from domovoi_tf.triggers import import_kind, list_kinds, list_resource_types

RESOURCE = re.compile(r'^resource "(\w+)"', re.MULTILINE)


def created_types() -> dict[str, set[str]]:
    """The types of resources that the Terraform creates, each with the files that do so."""
    files: dict[str, set[str]] = defaultdict(set)
    for folder in (assets.find_modules(), assets.find_templates()):
        for path in sorted([*folder.rglob("*.tf"), *folder.rglob("*.j2")]):
            for name in RESOURCE.findall(path.read_text()):
                files[name].add(str(path.relative_to(folder.parent)))
    return files


def test_every_resource_type_is_declared() -> None:
    known = list_resource_types()
    missing = [
        f"{name} of {', '.join(sorted(files))}: add a ResourceType to "
        "domovoi_tf/triggers/_shared/resources.py, with a noun for plans and `find` or `adopted`, "
        "and return it from resource_types() of the kind's class"
        for name, files in created_types().items()
        if name not in known
    ]
    assert missing == [], "\n".join(missing)


def test_every_declared_resource_type_is_created() -> None:
    unused = sorted(list_resource_types().keys() - created_types().keys())
    assert unused == [], (
        "no module or template creates these: remove them from resource_types() of their kind"
    )


def test_every_resource_type_has_a_look_up_or_a_reason_for_having_none() -> None:
    missing = [
        f"{name}: give `find`, which looks it up on AWS, or say in `adopted` why a second create succeeds"
        for name, declared in list_resource_types().items()
        if (declared.find is None) == (declared.adopted == "")
    ]
    assert missing == [], "\n".join(missing)


def test_kinds_agree_on_the_types_that_they_share() -> None:
    for kind in list_kinds():
        for value in vars(import_kind(kind)).values():
            own = value.resource_types() if isinstance(value, type) and issubclass(value, Trigger) else ()
            for declared in own:
                assert list_resource_types()[declared.type] is declared


class Client:
    """A boto3 client that answers from a table: its calls by name, with what it answers."""

    def __init__(self, service: str, answers: Mapping[str, Any], calls: list[Any]) -> None:
        self._service, self._answers, self._calls = service, answers, calls

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self._calls.append((f"{self._service}.{name}", arguments))
            return self._answers[f"{self._service}.{name}"]

        return call

    def get_paginator(self, name: str) -> Any:
        """Returns what pages through the answers of a call."""
        client = self

        class Paginator:
            def paginate(self) -> Any:
                return client._answers[f"{client._service}.{name}"]

        return Paginator()


def find(resource_type: str, planned: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """Looks a resource up; returns its ID and the calls that were made."""
    calls: list[Any] = []
    look_up = list_resource_types()[resource_type].find
    assert look_up
    return look_up(lambda service: Client(service, answers, calls), planned), calls


ACCOUNT = "eu-west-1:123456789012"
POLICY = '{"Statement": [{"Sid": "sns-other-12345678"}, {"Sid": "sns-mine-12345678"}]}'
HTTPS = {"FromPort": 443, "CidrIpv4": "0.0.0.0/0"}
#: A type, the planned attributes, what AWS answers, the ID, and the call that found it.
FOUND: list[tuple[str, dict[str, Any], dict[str, Any], str, tuple[str, dict[str, Any]] | None]] = [
    (
        "aws_wafv2_web_acl_association",
        {"resource_arn": "arn:lb", "web_acl_arn": "arn:planned"},
        {"wafv2.get_web_acl_for_resource": {"WebACL": {"ARN": "arn:acl"}}},
        "arn:acl,arn:lb",
        ("wafv2.get_web_acl_for_resource", {"ResourceArn": "arn:lb"}),
    ),
    (
        "aws_cloudwatch_event_rule",
        {"name": "tick", "event_bus_name": None},
        {"events.describe_rule": {}},
        "default/tick",
        ("events.describe_rule", {"Name": "tick", "EventBusName": "default"}),
    ),
    (
        "aws_cloudwatch_event_rule",
        {"name": "tick", "event_bus_name": "pub"},
        {"events.describe_rule": {}},
        "pub/tick",
        ("events.describe_rule", {"Name": "tick", "EventBusName": "pub"}),
    ),
    (
        "aws_cloudwatch_log_group",
        {"name": "/bar"},
        {"logs.describe_log_groups": {"logGroups": [{"logGroupName": "/bar/b"}, {"logGroupName": "/bar"}]}},
        "/bar",
        ("logs.describe_log_groups", {"logGroupNamePrefix": "/bar"}),
    ),
    ("aws_iam_role", {"name": "r"}, {"iam.get_role": {}}, "r", ("iam.get_role", {"RoleName": "r"})),
    (
        "aws_kinesis_stream",
        {"name": "tills"},
        {"kinesis.describe_stream_summary": {}},
        "tills",
        ("kinesis.describe_stream_summary", {"StreamName": "tills"}),
    ),
    (
        "aws_lambda_alias",
        {"function_name": "bar", "name": "live"},
        {"lambda.get_alias": {}},
        "bar/live",
        ("lambda.get_alias", {"FunctionName": "bar", "Name": "live"}),
    ),
    (
        "aws_lambda_event_source_mapping",
        {"event_source_arn": "arn:q", "function_name": "bar"},
        {"lambda.list_event_source_mappings": {"EventSourceMappings": [{"UUID": "u1"}]}},
        "u1",
        ("lambda.list_event_source_mappings", {"EventSourceArn": "arn:q", "FunctionName": "bar"}),
    ),
    (
        "aws_lambda_function",
        {"function_name": "bar"},
        {"lambda.get_function_configuration": {}},
        "bar",
        ("lambda.get_function_configuration", {"FunctionName": "bar"}),
    ),
    (
        "aws_lambda_function_url",
        {"function_name": "bar"},
        {"lambda.get_function_url_config": {}},
        "bar",
        ("lambda.get_function_url_config", {"FunctionName": "bar"}),
    ),
    (
        "aws_lambda_permission",
        {"function_name": "bar", "statement_id": "sns-mine-12345678"},
        {"lambda.get_policy": {"Policy": POLICY}},
        "bar/sns-mine-12345678",
        ("lambda.get_policy", {"FunctionName": "bar"}),
    ),
    (
        "aws_lb",
        {"name": "bar"},
        {"elbv2.describe_load_balancers": {"LoadBalancers": [{"LoadBalancerArn": "arn:lb"}]}},
        "arn:lb",
        ("elbv2.describe_load_balancers", {"Names": ["bar"]}),
    ),
    (
        "aws_lb_listener",
        {"load_balancer_arn": "arn:lb", "port": 443},
        {
            "elbv2.describe_listeners": {
                "Listeners": [{"ListenerArn": "arn:80", "Port": 80}, {"ListenerArn": "arn:443", "Port": 443}]
            }
        },
        "arn:443",
        ("elbv2.describe_listeners", {"LoadBalancerArn": "arn:lb"}),
    ),
    (
        "aws_lb_listener_rule",
        {"listener_arn": "arn:443", "priority": 7},
        {
            "elbv2.describe_rules": {
                "Rules": [{"RuleArn": "arn:d", "Priority": "default"}, {"RuleArn": "arn:7", "Priority": "7"}]
            }
        },
        "arn:7",
        ("elbv2.describe_rules", {"ListenerArn": "arn:443"}),
    ),
    (
        "aws_lb_target_group",
        {"name": "bar-tend"},
        {"elbv2.describe_target_groups": {"TargetGroups": [{"TargetGroupArn": "arn:tg"}]}},
        "arn:tg",
        ("elbv2.describe_target_groups", {"Names": ["bar-tend"]}),
    ),
    (
        "aws_route53_record",
        {"zone_id": "Z1", "name": "bar.example.com", "type": "A"},
        {
            "route53.list_resource_record_sets": {
                "ResourceRecordSets": [{"Name": "bar.example.com.", "Type": "A"}]
            }
        },
        "Z1_bar.example.com_A",
        (
            "route53.list_resource_record_sets",
            {
                "HostedZoneId": "Z1",
                "StartRecordName": "bar.example.com",
                "StartRecordType": "A",
                "MaxItems": "1",
            },
        ),
    ),
    (
        "aws_s3_bucket",
        {"bucket": "labels"},
        {"s3.head_bucket": {}},
        "labels",
        ("s3.head_bucket", {"Bucket": "labels"}),
    ),
    (
        "aws_scheduler_schedule",
        {"name": "open", "group_name": "bar-dev"},
        {"scheduler.get_schedule": {}},
        "bar-dev/open",
        ("scheduler.get_schedule", {"Name": "open", "GroupName": "bar-dev"}),
    ),
    (
        "aws_scheduler_schedule_group",
        {"name": "bar-dev"},
        {"scheduler.get_schedule_group": {}},
        "bar-dev",
        ("scheduler.get_schedule_group", {"Name": "bar-dev"}),
    ),
    (
        "aws_security_group",
        {"name": "bar-load-balancer", "vpc_id": "vpc-1"},
        {"ec2.describe_security_groups": {"SecurityGroups": [{"GroupId": "sg-1"}]}},
        "sg-1",
        (
            "ec2.describe_security_groups",
            {
                "Filters": [
                    {"Name": "group-name", "Values": ["bar-load-balancer"]},
                    {"Name": "vpc-id", "Values": ["vpc-1"]},
                ]
            },
        ),
    ),
    (
        "aws_ses_receipt_rule",
        {"rule_set_name": "inbox", "name": "john"},
        {"ses.describe_receipt_rule": {}},
        "inbox:john",
        ("ses.describe_receipt_rule", {"RuleSetName": "inbox", "RuleName": "john"}),
    ),
    (
        "aws_sfn_state_machine",
        {"name": "bar"},
        {
            "stepfunctions.list_state_machines": [
                {"stateMachines": [{"name": "other", "stateMachineArn": "arn:o"}]},
                {"stateMachines": [{"name": "bar", "stateMachineArn": "arn:bar"}]},
            ]
        },
        "arn:bar",
        None,
    ),
    (
        "aws_sns_topic",
        {"name": "beer"},
        {
            "sns.list_topics": [
                {"Topics": [{"TopicArn": f"arn:aws:sns:{ACCOUNT}:root-beer"}]},
                {"Topics": [{"TopicArn": f"arn:aws:sns:{ACCOUNT}:beer"}]},
            ]
        },
        f"arn:aws:sns:{ACCOUNT}:beer",
        None,
    ),
    (
        "aws_sqs_queue",
        {"name": "orders"},
        {"sqs.get_queue_url": {"QueueUrl": "https://q"}},
        "https://q",
        ("sqs.get_queue_url", {"QueueName": "orders"}),
    ),
    (
        "aws_vpc_security_group_ingress_rule",
        {"security_group_id": "sg-1", "from_port": 443, "cidr_ipv4": "0.0.0.0/0"},
        {
            "ec2.describe_security_group_rules": {
                "SecurityGroupRules": [
                    {"SecurityGroupRuleId": "out", "IsEgress": True, **HTTPS},
                    {"SecurityGroupRuleId": "in80", "IsEgress": False, **HTTPS, "FromPort": 80},
                    {"SecurityGroupRuleId": "in443", "IsEgress": False, **HTTPS},
                ]
            }
        },
        "in443",
        ("ec2.describe_security_group_rules", {"Filters": [{"Name": "group-id", "Values": ["sg-1"]}]}),
    ),
]


@pytest.mark.parametrize(("name", "planned", "answers", "identifier", "call"), FOUND)
def test_an_existing_resource_is_found_by_its_planned_attributes(
    name: str,
    planned: dict[str, Any],
    answers: dict[str, Any],
    identifier: str,
    call: tuple[str, dict[str, Any]] | None,
) -> None:
    found, calls = find(name, planned, answers)
    assert found == identifier
    assert call is None or calls == [call]


def test_every_look_up_is_tested() -> None:
    look_ups = {name for name, each in list_resource_types().items() if each.find}
    missing = "\n".join(
        f"{name}: add a case to FOUND in tests/unit/triggers/test_resource_types.py, with the planned "
        "attributes, the answer of AWS, and the ID"
        for name in sorted(look_ups - {name for name, *_ in FOUND})
    )
    assert missing == "", missing
    assert {name for name, *_ in FOUND} <= look_ups


@pytest.mark.parametrize(
    ("name", "planned", "answers"),
    [
        ("aws_cloudwatch_log_group", {"name": "/bar"}, {"logs.describe_log_groups": {"logGroups": []}}),
        ("aws_wafv2_web_acl_association", {"resource_arn": "arn:lb"}, {"wafv2.get_web_acl_for_resource": {}}),
        (
            "aws_lambda_event_source_mapping",
            {"event_source_arn": "arn:q", "function_name": "bar"},
            {"lambda.list_event_source_mappings": {"EventSourceMappings": []}},
        ),
        (
            "aws_lambda_permission",
            {"function_name": "bar", "statement_id": "sns-12345678"},
            {"lambda.get_policy": {"Policy": POLICY}},
        ),
        (
            "aws_lb_listener",
            {"load_balancer_arn": "arn:lb", "port": 443},
            {"elbv2.describe_listeners": {"Listeners": []}},
        ),
        (
            "aws_lb_listener_rule",
            {"listener_arn": "arn:443", "priority": 7},
            {"elbv2.describe_rules": {"Rules": []}},
        ),
        (
            "aws_route53_record",
            {"zone_id": "Z1", "name": "bar.example.com", "type": "A"},
            {"route53.list_resource_record_sets": {"ResourceRecordSets": [{"Name": "c.", "Type": "A"}]}},
        ),
        (
            "aws_security_group",
            {"name": "bar", "vpc_id": "vpc-1"},
            {"ec2.describe_security_groups": {"SecurityGroups": []}},
        ),
        ("aws_sfn_state_machine", {"name": "bar"}, {"stepfunctions.list_state_machines": []}),
        ("aws_sns_topic", {"name": "beer"}, {"sns.list_topics": [{"Topics": []}]}),
        (
            "aws_vpc_security_group_ingress_rule",
            {"security_group_id": "sg-1", "from_port": 443, "cidr_ipv4": "0.0.0.0/0"},
            {"ec2.describe_security_group_rules": {"SecurityGroupRules": []}},
        ),
    ],
)
def test_a_resource_that_aws_does_not_list_is_not_found(
    name: str, planned: dict[str, Any], answers: dict[str, Any]
) -> None:
    assert find(name, planned, answers)[0] is None


def test_modules_and_templates_are_read() -> None:
    assert Path("modules/triggers/sns/main.tf").as_posix() in created_types()["aws_sns_topic_subscription"]
