"""Look-ups of resources that exist on AWS already, by what a plan says of them."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from fake_aws import FakeAws

from domovoi_tf.triggers import list_resource_types

AT = "eu-west-1:123456789012"
ELB = f"arn:aws:elasticloadbalancing:{AT}"
QUEUE = f"arn:aws:sqs:{AT}:q"
DATE = "2026-01-01"
UUID = "14e0db71-5d35-4eb5-b481-8945cf9d10c2"


def find(kind: str, **planned: Any) -> str | None:
    look_up = list_resource_types()[kind].find
    assert look_up
    make_client: Any = boto3.client
    found = look_up(make_client, planned)
    assert found is None or isinstance(found, str)
    return found


#: Type, planned values, the call, its parameters, the answer if it exists, and the ID for Terraform.
@pytest.mark.parametrize(
    ("kind", "planned", "call", "parameters", "answer", "found"),
    [
        (
            "aws_lambda_alias",
            {"function_name": "bar-dev", "name": "live"},
            ("lambda", "GetAlias"),
            {"FunctionName": "bar-dev", "Name": "live"},
            {},
            "bar-dev/live",
        ),
        (
            "aws_lambda_function",
            {"function_name": "bar-dev"},
            ("lambda", "GetFunctionConfiguration"),
            {"FunctionName": "bar-dev"},
            {},
            "bar-dev",
        ),
        (
            "aws_lambda_function_url",
            {"function_name": "bar-dev"},
            ("lambda", "GetFunctionUrlConfig"),
            {"FunctionName": "bar-dev"},
            {},
            "bar-dev",
        ),
        (
            "aws_cloudwatch_log_group",
            {"name": "/aws/lambda/bar"},
            ("logs", "DescribeLogGroups"),
            {"logGroupNamePrefix": "/aws/lambda/bar"},
            {"logGroups": [{"logGroupName": "/aws/lambda/bar-dev"}, {"logGroupName": "/aws/lambda/bar"}]},
            "/aws/lambda/bar",
        ),
        (
            "aws_cloudwatch_log_group",
            {"name": "/aws/lambda/bar"},
            ("logs", "DescribeLogGroups"),
            {"logGroupNamePrefix": "/aws/lambda/bar"},
            {"logGroups": [{"logGroupName": "/aws/lambda/bar-dev"}]},
            None,
        ),
        (
            "aws_lambda_event_source_mapping",
            {"event_source_arn": QUEUE, "function_name": "bar-dev"},
            ("lambda", "ListEventSourceMappings"),
            {"EventSourceArn": QUEUE, "FunctionName": "bar-dev"},
            {"EventSourceMappings": [{"UUID": UUID}]},
            UUID,
        ),
        (
            "aws_lambda_event_source_mapping",
            {"event_source_arn": QUEUE, "function_name": "bar-dev"},
            ("lambda", "ListEventSourceMappings"),
            {"EventSourceArn": QUEUE, "FunctionName": "bar-dev"},
            {"EventSourceMappings": []},
            None,
        ),
        (
            "aws_sqs_queue",
            {"name": "q"},
            ("sqs", "GetQueueUrl"),
            {"QueueName": "q"},
            {"QueueUrl": "https://q"},
            "https://q",
        ),
        ("aws_iam_role", {"name": "r"}, ("iam", "GetRole"), {"RoleName": "r"}, {}, "r"),
        (
            "aws_cloudwatch_event_rule",
            {"name": "r", "event_bus_name": None},
            ("events", "DescribeRule"),
            {"Name": "r", "EventBusName": "default"},
            {},
            "default/r",
        ),
        (
            "aws_cloudwatch_event_rule",
            {"name": "r", "event_bus_name": "cellar"},
            ("events", "DescribeRule"),
            {"Name": "r", "EventBusName": "cellar"},
            {},
            "cellar/r",
        ),
        (
            "aws_scheduler_schedule",
            {"name": "s"},
            ("scheduler", "GetSchedule"),
            {"Name": "s", "GroupName": "default"},
            {},
            "default/s",
        ),
        (
            "aws_scheduler_schedule",
            {"name": "s", "group_name": "g"},
            ("scheduler", "GetSchedule"),
            {"Name": "s", "GroupName": "g"},
            {},
            "g/s",
        ),
        (
            "aws_scheduler_schedule_group",
            {"name": "g"},
            ("scheduler", "GetScheduleGroup"),
            {"Name": "g"},
            {},
            "g",
        ),
        (
            "aws_ses_receipt_rule",
            {"rule_set_name": "mail", "name": "bar-dev-tend"},
            ("ses", "DescribeReceiptRule"),
            {"RuleSetName": "mail", "RuleName": "bar-dev-tend"},
            {},
            "mail:bar-dev-tend",
        ),
        (
            "aws_kinesis_stream",
            {"name": "s"},
            ("kinesis", "DescribeStreamSummary"),
            {"StreamName": "s"},
            {},
            "s",
        ),
        ("aws_s3_bucket", {"bucket": "photos"}, ("s3", "HeadBucket"), {"Bucket": "photos"}, {}, "photos"),
        (
            "aws_lb",
            {"name": "b"},
            ("elbv2", "DescribeLoadBalancers"),
            {"Names": ["b"]},
            {"LoadBalancers": [{"LoadBalancerArn": f"{ELB}:loadbalancer/app/b/1"}]},
            f"{ELB}:loadbalancer/app/b/1",
        ),
        (
            "aws_lb_listener",
            {"load_balancer_arn": "b", "port": 443},
            ("elbv2", "DescribeListeners"),
            {"LoadBalancerArn": "b"},
            {"Listeners": [{"ListenerArn": "http", "Port": 80}, {"ListenerArn": "https", "Port": 443}]},
            "https",
        ),
        (
            "aws_lb_listener",
            {"load_balancer_arn": "b", "port": 443},
            ("elbv2", "DescribeListeners"),
            {"LoadBalancerArn": "b"},
            {"Listeners": [{"ListenerArn": "http", "Port": 80}]},
            None,
        ),
        (
            "aws_lb_listener_rule",
            {"listener_arn": "l", "priority": 7},
            ("elbv2", "DescribeRules"),
            {"ListenerArn": "l"},
            {"Rules": [{"RuleArn": "r", "Priority": "default"}, {"RuleArn": "s", "Priority": "7"}]},
            "s",
        ),
        (
            "aws_lb_listener_rule",
            {"listener_arn": "l", "priority": 7},
            ("elbv2", "DescribeRules"),
            {"ListenerArn": "l"},
            {"Rules": [{"RuleArn": "r", "Priority": "default"}]},
            None,
        ),
        (
            "aws_lb_target_group",
            {"name": "g"},
            ("elbv2", "DescribeTargetGroups"),
            {"Names": ["g"]},
            {"TargetGroups": [{"TargetGroupArn": "arn"}]},
            "arn",
        ),
        (
            "aws_route53_record",
            {"zone_id": "Z1", "name": "shop.example.com", "type": "A"},
            ("route53", "ListResourceRecordSets"),
            {
                "HostedZoneId": "Z1",
                "StartRecordName": "shop.example.com",
                "StartRecordType": "A",
                "MaxItems": "1",
            },
            {
                "ResourceRecordSets": [{"Name": "shop.example.com.", "Type": "A"}],
                "IsTruncated": False,
                "MaxItems": "1",
            },
            "Z1_shop.example.com_A",
        ),
        *(
            (
                "aws_route53_record",
                {"zone_id": "Z1", "name": "shop.example.com", "type": "A"},
                ("route53", "ListResourceRecordSets"),
                None,
                # What comes next in the zone.
                {
                    "ResourceRecordSets": [{"Name": name, "Type": kind}],
                    "IsTruncated": True,
                    "MaxItems": "1",
                },
                None,
            )
            for name, kind in (("shop.example.com.", "AAAA"), ("www.example.com.", "A"))
        ),
        (
            "aws_security_group",
            {"name": "g", "vpc_id": "vpc-1"},
            ("ec2", "DescribeSecurityGroups"),
            {
                "Filters": [
                    {"Name": "group-name", "Values": ["g"]},
                    {"Name": "vpc-id", "Values": ["vpc-1"]},
                ]
            },
            {"SecurityGroups": [{"GroupId": "sg-1"}]},
            "sg-1",
        ),
        (
            "aws_security_group",
            {"name": "g", "vpc_id": "vpc-1"},
            ("ec2", "DescribeSecurityGroups"),
            None,
            {"SecurityGroups": []},
            None,
        ),
    ],
)
def test_existing_resource_is_found_by_its_planned_values(
    aws: FakeAws, kind: str, planned: Any, call: Any, parameters: Any, answer: Any, found: str | None
) -> None:
    aws.on(call[0], call[1], answer)
    assert find(kind, **planned) == found
    if parameters is not None:
        assert aws.calls == [(*call, parameters)]


def test_rule_of_a_security_group_is_found_by_direction_port_and_addresses(aws: FakeAws) -> None:
    wanted: dict[str, Any] = {"IsEgress": False, "FromPort": 443, "CidrIpv4": "0.0.0.0/0"}
    others: list[dict[str, Any]] = [{"IsEgress": True}, {"FromPort": 80}, {"CidrIpv4": "10.0.0.0/8"}]
    rules = [{**wanted, **other, "SecurityGroupRuleId": f"sgr-{n}"} for n, other in enumerate(others)]
    rules.append({"IsEgress": False, "SecurityGroupRuleId": "sgr-without"})
    planned = {"security_group_id": "sg-1", "from_port": 443, "cidr_ipv4": "0.0.0.0/0"}
    aws.on("ec2", "DescribeSecurityGroupRules", {"SecurityGroupRules": rules})
    assert find("aws_vpc_security_group_ingress_rule", **planned) is None
    rules.append({**wanted, "SecurityGroupRuleId": "sgr-wanted"})
    assert find("aws_vpc_security_group_ingress_rule", **planned) == "sgr-wanted"
    assert aws.calls[0][2] == {"Filters": [{"Name": "group-id", "Values": ["sg-1"]}]}


def test_permission_is_found_by_the_id_of_its_statement(aws: FakeAws) -> None:
    planned = {"function_name": "bar-dev", "statement_id": "sns-orders-1f2e3d4c"}
    for ids, found in ((["other", "sns-orders-1f2e3d4c"], True), (["other"], False), ([], False)):
        policy = {"Statement": [{"Sid": each} for each in ids]}
        aws.on("lambda", "GetPolicy", {"Policy": json.dumps(policy)})
        assert find("aws_lambda_permission", **planned) == ("bar-dev/sns-orders-1f2e3d4c" if found else None)


@pytest.mark.parametrize(
    ("kind", "service", "operation", "key", "items", "found"),
    [
        (
            "aws_sns_topic",
            "sns",
            "ListTopics",
            "Topics",
            [{"TopicArn": f"arn:aws:sns:{AT}:my-orders"}, {"TopicArn": f"arn:aws:sns:{AT}:orders"}],
            f"arn:aws:sns:{AT}:orders",
        ),
        (
            "aws_sfn_state_machine",
            "stepfunctions",
            "ListStateMachines",
            "stateMachines",
            [
                {
                    "name": name,
                    "stateMachineArn": f"arn:{name}",
                    "type": "STANDARD",
                    "creationDate": DATE,
                }
                for name in ("my-orders", "orders")
            ],
            "arn:orders",
        ),
    ],
)
def test_topics_and_machines_are_found_on_any_page(
    aws: FakeAws, kind: str, service: str, operation: str, key: str, items: list[Any], found: str
) -> None:
    token = "NextToken" if service == "sns" else "nextToken"

    def page(**parameters: Any) -> Any:
        return {key: items[1:]} if token in parameters else {key: items[:1], token: "more"}

    aws.on(service, operation, page)
    assert find(kind, name="orders") == found
    assert find(kind, name="gone") is None
