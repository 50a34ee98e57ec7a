"""The resource types of event sources, with look-ups of existing resources on AWS.

A type has a look-up if AWS rejects a second request to create the resource, or would create a duplicate.
https://registry.terraform.io/providers/hashicorp/aws/latest/docs
"""

from __future__ import annotations

import json

from ...model.resource_type import ResourceType
from .._owners.resource_types import QUEUE_POLICY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Client = Callable[[str], Any]
    Values = Mapping[str, Any]


def _find_log_group(client: Client, planned: Values) -> str | None:
    name = planned["name"]
    groups = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return name if any(group["logGroupName"] == name for group in groups) else None


def _find_mapping(client: Client, planned: Values) -> str | None:
    mappings = client("lambda").list_event_source_mappings(
        EventSourceArn=planned["event_source_arn"], FunctionName=planned["function_name"]
    )["EventSourceMappings"]
    return mappings[0]["UUID"] if mappings else None


def _find_permission(client: Client, planned: Values) -> str | None:
    name, statement = planned["function_name"], planned["statement_id"]
    policy = json.loads(client("lambda").get_policy(FunctionName=name)["Policy"])
    exists = any(each["Sid"] == statement for each in policy["Statement"])
    return f"{name}/{statement}" if exists else None


def _find_queue(client: Client, planned: Values) -> str:
    return str(client("sqs").get_queue_url(QueueName=planned["name"])["QueueUrl"])


def _find_role(client: Client, planned: Values) -> str:
    client("iam").get_role(RoleName=planned["name"])
    return str(planned["name"])


def _find_rule(client: Client, planned: Values) -> str:
    bus, name = planned.get("event_bus_name") or "default", planned["name"]
    client("events").describe_rule(Name=name, EventBusName=bus)
    return f"{bus}/{name}"


def _find_schedule(client: Client, planned: Values) -> str:
    group, name = planned.get("group_name") or "default", planned["name"]
    client("scheduler").get_schedule(Name=name, GroupName=group)
    return f"{group}/{name}"


def _find_schedule_group(client: Client, planned: Values) -> str:
    client("scheduler").get_schedule_group(Name=planned["name"])
    return str(planned["name"])


def _find_receipt_rule(client: Client, planned: Values) -> str:
    rule_set, name = planned["rule_set_name"], planned["name"]
    client("ses").describe_receipt_rule(RuleSetName=rule_set, RuleName=name)
    return f"{rule_set}:{name}"


def _find_function_url(client: Client, planned: Values) -> str:
    client("lambda").get_function_url_config(FunctionName=planned["function_name"])
    return str(planned["function_name"])


def _find_state_machine(client: Client, planned: Values) -> str | None:
    pages = client("stepfunctions").get_paginator("list_state_machines").paginate()
    machines = [machine for page in pages for machine in page["stateMachines"]]
    return next((each["stateMachineArn"] for each in machines if each["name"] == planned["name"]), None)


def _find_data_stream(client: Client, planned: Values) -> str:
    client("kinesis").describe_stream_summary(StreamName=planned["name"])
    return str(planned["name"])


def _find_topic(client: Client, planned: Values) -> str | None:
    pages = client("sns").get_paginator("list_topics").paginate()
    arns = [topic["TopicArn"] for page in pages for topic in page["Topics"]]
    return next((arn for arn in arns if arn.rpartition(":")[2] == planned["name"]), None)


def _choose_kind_of_mapping(values: Values) -> str:
    return str(values["event_source_arn"]).split(":")[2]


def _choose_kind_of_rule(values: Values) -> str:
    return "schedule" if values.get("schedule_expression") else "event"


def _choose_kind_of_permission(values: Values) -> str:
    return _PRINCIPALS.get(values["principal"], "")


#: The kinds that a permission tells apart, by the service that it permits to invoke the function.
_PRINCIPALS = {
    "elasticloadbalancing.amazonaws.com": "alb",
    "events.amazonaws.com": "event",
    "logs.amazonaws.com": "logs",
    "s3.amazonaws.com": "s3",
    "ses.amazonaws.com": "ses",
    "sns.amazonaws.com": "sns",
}
LOG_GROUP = ResourceType(
    type="aws_cloudwatch_log_group",
    noun="log group",
    identity=("name",),
    lost="the logs in a destroyed log group",
    find=_find_log_group,
)
MAPPING = ResourceType(
    type="aws_lambda_event_source_mapping",
    noun="event source mapping",
    identity=("function_name", "event_source_arn"),
    main_attribute="event_source_arn",
    kind=_choose_kind_of_mapping,
    source=("event_source_arn",),
    find=_find_mapping,
)
PERMISSION = ResourceType(
    type="aws_lambda_permission",
    noun="permission",
    identity=("function_name", "statement_id"),
    noun_with={"function_url_auth_type": "permission for anyone to call the URL"},
    kind=_choose_kind_of_permission,
    source=("principal", "source_arn"),
    find=_find_permission,
)
RULE = ResourceType(
    type="aws_cloudwatch_event_rule",
    noun="rule",
    identity=("event_bus_name", "name"),
    noun_with={"schedule_expression": "schedule"},
    main_attribute="schedule_expression",
    kind=_choose_kind_of_rule,
    source=("schedule_expression", "event_pattern"),
    find=_find_rule,
)
TARGET = ResourceType(
    type="aws_cloudwatch_event_target",
    noun="target",
    identity=("event_bus_name", "rule", "target_id"),
    adopted="PutTargets replaces a target of the same ID",
)
TOPIC = ResourceType(
    type="aws_sns_topic",
    noun="SNS topic",
    identity=("name",),
    lost="other subscriptions to a destroyed topic",
    setting="topics",
    reflects={"policy": ("aws_sns_topic_policy", "arn")},
    find=_find_topic,
)
SUBSCRIPTION = ResourceType(
    type="aws_sns_topic_subscription",
    noun="SNS subscription",
    identity=("topic_arn", "protocol", "endpoint"),
    kind=lambda _: "sns",
    source=("topic_arn",),
    adopted="Subscribe returns the existing subscription of the same endpoint",
)
QUEUE = ResourceType(
    type="aws_sqs_queue",
    noun="SQS queue",
    identity=("name",),
    lost="messages that wait in a destroyed queue",
    reflects={
        name: (f"aws_sqs_queue_{name}", "queue_url")
        for name in ("policy", "redrive_policy", "redrive_allow_policy")
    },
    find=_find_queue,
)
REDRIVE_POLICY = ResourceType(
    type="aws_sqs_queue_redrive_policy",
    noun="redrive policy",
    identity=("queue_url",),
    main_attribute="redrive_policy",
    adopted="SetQueueAttributes replaces the redrive policy",
)
REDRIVE_ALLOW_POLICY = ResourceType(
    type="aws_sqs_queue_redrive_allow_policy",
    noun="redrive allow policy",
    identity=("queue_url",),
    main_attribute="redrive_allow_policy",
    adopted="SetQueueAttributes replaces the redrive allow policy",
)
ROLE = ResourceType(type="aws_iam_role", noun="role", identity=("name",), find=_find_role)
ROLE_POLICY = ResourceType(
    type="aws_iam_role_policy",
    noun="policy",
    identity=("role", "name"),
    main_attribute="policy",
    adopted="PutRolePolicy replaces a policy of the same name",
)
OBJECT = ResourceType(
    type="aws_s3_object",
    noun="S3 object",
    identity=("bucket", "key"),
    adopted="PutObject replaces an object of the same key",
)
SCHEDULE = ResourceType(
    type="aws_scheduler_schedule",
    noun="schedule",
    identity=("group_name", "name"),
    main_attribute="schedule_expression",
    kind=lambda _: "schedule",
    source=("schedule_expression", "schedule_expression_timezone"),
    find=_find_schedule,
)
SCHEDULE_GROUP = ResourceType(
    type="aws_scheduler_schedule_group", noun="schedule group", identity=("name",), find=_find_schedule_group
)
RECEIPT_RULE = ResourceType(
    type="aws_ses_receipt_rule",
    noun="receipt rule",
    identity=("rule_set_name", "name"),
    kind=lambda _: "ses",
    source=("rule_set_name", "recipients"),
    find=_find_receipt_rule,
)
FUNCTION_URL = ResourceType(
    type="aws_lambda_function_url",
    noun="function URL",
    identity=("function_name",),
    kind=lambda _: "url",
    source=("function_name",),
    find=_find_function_url,
)
STATE_MACHINE = ResourceType(
    type="aws_sfn_state_machine",
    noun="state machine",
    identity=("name",),
    main_attribute="definition",
    lost="executions that run in a destroyed state machine",
    find=_find_state_machine,
)
DATA_STREAM = ResourceType(
    type="aws_kinesis_stream",
    noun="Kinesis stream",
    identity=("name",),
    lost="the records in a destroyed stream",
    find=_find_data_stream,
)
SUBSCRIPTION_FILTER = ResourceType(
    type="aws_cloudwatch_log_subscription_filter",
    noun="subscription filter",
    identity=("log_group_name", "name"),
    kind=lambda _: "logs",
    source=("log_group_name",),
    adopted="PutSubscriptionFilter replaces a filter of the same name",
)
QUEUE_RESOURCES: tuple[ResourceType, ...] = (QUEUE, QUEUE_POLICY, REDRIVE_ALLOW_POLICY, REDRIVE_POLICY)
RULE_RESOURCES: tuple[ResourceType, ...] = (RULE, TARGET, PERMISSION)
SCHEDULER_RESOURCES: tuple[ResourceType, ...] = (SCHEDULE, SCHEDULE_GROUP, ROLE, ROLE_POLICY)
