"""The optional arguments of modules and sources: values that are removed, and what Terraform then plans."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

DESTROYED = "destroyed"
ACCOUNT = "us-east-1:123456789012"
FUNCTION = {"name": "bar", "arn": f"arn:aws:lambda:{ACCOUNT}:function:bar"}
ROLE = "arn:aws:iam::123456789012:role/bar"
QUEUE = {"arn": f"arn:aws:sqs:{ACCOUNT}:work", "url": "https://sqs/work"}
TOPIC = {"name": "bar", "arn": f"arn:aws:sns:{ACCOUNT}:bar"}
BUCKET = {"name": "cellar"}
GROUP = {"name": "bar", "arn": f"arn:aws:scheduler:{ACCOUNT}:schedule-group/bar"}
LISTENER = f"arn:aws:elasticloadbalancing:{ACCOUNT}:listener/app/bar/1/2"
STATEMENTS = {"sqs": [{"actions": ["sqs:SendMessage"], "resources": [QUEUE["arn"]]}]}
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": []})
PATTERNS = ['{"body":["a"]}']
TAGS = {"team": "bar"}
KEY = f"arn:aws:kms:{ACCOUNT}:key/1"
KEY_OF_LOGS = f"arn:aws:kms:{ACCOUNT}:key/2"
SIGNING = f"arn:aws:lambda:{ACCOUNT}:code-signing-config:csc-0123456789abcdef0"
BOUNDARY = "arn:aws:iam::aws:policy/Bounds"
STATE_MACHINE = f"arn:aws:states:{ACCOUNT}:stateMachine:bar"
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/bar/1"
#: Two of the three default subnets of the emulator's default VPC.
DEFAULT_SUBNETS = ["subnet-00000001", "subnet-00000002"]


class Removal(NamedTuple):
    """The removal of an optional attribute.

    Args:
        value: the value that is removed.
        resource: the address of the resource in the module that has the attribute on AWS.
        path: the path of the attribute there, with dots; empty if the resource itself is removed.
        after: the planned value.
    """

    value: Any
    resource: str
    path: str = ""
    after: Any = DESTROYED


class Call(NamedTuple):
    """The call of a module.

    Args:
        module: the path of the module.
        required: the arguments that stay, with dots for attributes of objects.
        removals: the arguments that are removed.
        instead: the arguments that take their place.
    """

    module: str
    required: Mapping[str, Any]
    removals: Mapping[str, Removal]
    instead: Mapping[str, Any] = {}


MAPPING = "aws_lambda_event_source_mapping.this"
LAMBDA = "aws_lambda_function.this"
INVOCATION = 'aws_lambda_function_event_invoke_config.this["this"]'
RULE = "aws_cloudwatch_event_rule.this"
TARGET = "aws_cloudwatch_event_target.this"
SCHEDULE = "aws_scheduler_schedule.this"
MACHINE = "aws_sfn_state_machine.this"
URL = "aws_lambda_function_url.this"
RECEIPT = "aws_ses_receipt_rule.this"
BALANCER = "aws_lb.this"
IAM_ROLE = 'aws_iam_role.this["this"]'
LOG_GROUP = 'aws_cloudwatch_log_group.this["bar"]'
CORS = {"max_age": 5, "allow_credentials": True, "allow_headers": ["a"]}

#: The arguments that only outputs of a module depend on: the module of the role has the resources.
OF_OUTPUTS = {"lambda": {"settings.source_kms_key_arns", "settings.destination_kms_key_arns"}}

CALLS = (
    Call(
        "triggers/sqs",
        {"function": FUNCTION, "mapping.queue_arn": QUEUE["arn"], "mapping.role_arn": ROLE},
        {
            "mapping.batch_size": Removal(5, MAPPING, "batch_size", 10),
            "mapping.maximum_batching_window_in_seconds": Removal(
                7, MAPPING, "maximum_batching_window_in_seconds", None
            ),
            "mapping.maximum_concurrency": Removal(3, MAPPING, "scaling_config", None),
            "mapping.filters": Removal(PATTERNS, MAPPING, "filter_criteria", None),
            "mapping.report_batch_item_failures": Removal(True, MAPPING, "function_response_types", None),
            "mapping.tags": Removal(TAGS, MAPPING, "tags", None),
        },
    ),
    Call(
        "triggers/stream",
        {
            "function": FUNCTION,
            "mapping.stream_arn": f"arn:aws:kinesis:{ACCOUNT}:stream/bar",
            "mapping.role_arn": ROLE,
            "mapping.starting_position": "LATEST",
        },
        {
            "mapping.batch_size": Removal(5, MAPPING, "batch_size", 100),
            "mapping.maximum_batching_window_in_seconds": Removal(
                7, MAPPING, "maximum_batching_window_in_seconds", None
            ),
            "mapping.parallelization_factor": Removal(4, MAPPING, "parallelization_factor", 1),
            "mapping.maximum_retry_attempts": Removal(3, MAPPING, "maximum_retry_attempts", -1),
            "mapping.maximum_record_age_in_seconds": Removal(
                3600, MAPPING, "maximum_record_age_in_seconds", -1
            ),
            "mapping.bisect_batch_on_function_error": Removal(
                True, MAPPING, "bisect_batch_on_function_error", False
            ),
            "mapping.on_failure_arn": Removal(
                QUEUE["arn"], MAPPING, "destination_config.0.on_failure.0.destination_arn", None
            ),
            "mapping.tumbling_window_in_seconds": Removal(30, MAPPING, "tumbling_window_in_seconds", None),
            "mapping.filters": Removal(PATTERNS, MAPPING, "filter_criteria", None),
            "mapping.report_batch_item_failures": Removal(True, MAPPING, "function_response_types", None),
            "mapping.tags": Removal(TAGS, MAPPING, "tags", None),
        },
    ),
    Call(
        "triggers/s3_sqs",
        {"function": FUNCTION, "queue": QUEUE, "bucket": BUCKET, "mapping.role_arn": ROLE},
        {
            "mapping.batch_size": Removal(5, MAPPING, "batch_size", 10),
            "mapping.report_batch_item_failures": Removal(True, MAPPING, "function_response_types", None),
            "mapping.tags": Removal(TAGS, MAPPING, "tags", None),
        },
    ),
    Call(
        "triggers/s3_sns_sqs",
        {"function": FUNCTION, "queue": QUEUE, "topic_arn": TOPIC["arn"], "mapping.role_arn": ROLE},
        {
            "bucket": Removal(BUCKET, "aws_sns_topic_policy.this[0]"),
            "mapping.batch_size": Removal(5, MAPPING, "batch_size", 10),
            "mapping.report_batch_item_failures": Removal(True, MAPPING, "function_response_types", None),
            "mapping.tags": Removal(TAGS, MAPPING, "tags", None),
        },
    ),
    Call("triggers/s3", {"function": FUNCTION, "bucket": BUCKET}, {}),
    Call("triggers/s3_sns", {"function": FUNCTION, "bucket": BUCKET, "topic": TOPIC}, {}),
    Call(
        "triggers/logs",
        {
            "function": FUNCTION,
            "filter": {
                "name": "a",
                "source_name": "bar",
                "log_group_arn": f"arn:aws:logs:{ACCOUNT}:log-group:bar",
                "pattern": "x",
            },
        },
        {},
    ),
    Call(
        "triggers/sns",
        {
            "function": FUNCTION,
            "subscription.source_name": "bar",
            "subscription.topic_arn": TOPIC["arn"],
            "subscription.filter_policy": '{"a":["b"]}',
        },
        {
            "subscription.filter_policy_scope": Removal(
                "MessageBody", "aws_sns_topic_subscription.this", "filter_policy_scope", "MessageAttributes"
            )
        },
    ),
    Call(
        "triggers/sns",
        {"function": FUNCTION, "subscription.source_name": "bar", "subscription.topic_arn": TOPIC["arn"]},
        {
            "subscription.filter_policy": Removal(
                '{"a":["b"]}', "aws_sns_topic_subscription.this", "filter_policy", None
            )
        },
    ),
    Call(
        "triggers/rule",
        {"function": FUNCTION, "rule.name": "a", "rule.task_name": "a"},
        {
            "rule.schedule_expression": Removal("rate(1 hour)", RULE, "schedule_expression", None),
            "rule.input": Removal("{}", TARGET, "input", None),
            "rule.enabled": Removal(False, RULE, "state", "ENABLED"),
            "rule.description": Removal("a", RULE, "description", None),
            "rule.target_id": Removal("a", TARGET, "target_id", "function"),
            "rule.tags": Removal(TAGS, RULE, "tags", None),
        },
        {"rule.event_pattern": '{"source":["a"]}'},
    ),
    Call(
        "triggers/rule",
        {"function": FUNCTION, "rule.name": "b", "rule.task_name": "b"},
        {
            "rule.event_pattern": Removal('{"source":["a"]}', RULE, "event_pattern", None),
            "rule.event_bus_name": Removal("bar", RULE, "event_bus_name", "default"),
        },
        {"rule.schedule_expression": "rate(1 hour)"},
    ),
    Call(
        "triggers/scheduler",
        {
            "function": FUNCTION,
            "schedule.group": GROUP,
            "schedule.name": "a",
            "schedule.role_name": "a",
            "schedule.task_name": "a",
            "schedule.schedule_expression": "rate(1 hour)",
        },
        {
            "schedule.schedule_expression_timezone": Removal(
                "Europe/Vienna", SCHEDULE, "schedule_expression_timezone", "UTC"
            ),
            "schedule.input": Removal('{"beer":1}', SCHEDULE, "target.0.input", ...),
            "schedule.enabled": Removal(False, SCHEDULE, "state", "ENABLED"),
            "schedule.description": Removal("a", SCHEDULE, "description", None),
            "schedule.kms_key": Removal({"arn": KEY}, SCHEDULE, "kms_key_arn", None),
            "schedule.tags": Removal(TAGS, IAM_ROLE, "tags", None),
            "schedule.permissions_boundary": Removal(BOUNDARY, IAM_ROLE, "permissions_boundary", None),
        },
    ),
    Call(
        "triggers/scheduler",
        {
            "function": FUNCTION,
            "schedule.group": GROUP,
            "schedule.name": "b",
            "schedule.role_name": "b",
            "schedule.task_name": "b",
            "schedule.schedule_expression": "rate(1 hour)",
        },
        {
            "schedule.role_path": Removal("/bar/", IAM_ROLE, "path", "/"),
            "schedule.role_name_prefix": Removal("bar-", IAM_ROLE, "name", "b"),
        },
    ),
    Call(
        "triggers/scheduler",
        {
            "function": FUNCTION,
            "schedule.group": GROUP,
            "schedule.name": "c",
            "schedule.role_name": "c",
            "schedule.task_name": "c",
            "schedule.schedule_expression": "rate(1 hour)",
        },
        {"schedule.role": Removal({"arn": ROLE}, IAM_ROLE, "name", "c")},
    ),
    Call(
        "triggers/ses",
        {"function": FUNCTION, "rule.name": "a", "rule.rule_set_name": "a"},
        {
            "rule.recipients": Removal(["a@example.com"], RECEIPT, "recipients", None),
            "rule.after": Removal("b", RECEIPT, "after", None),
            "rule.scan_enabled": Removal(False, RECEIPT, "scan_enabled", True),
            "rule.tls_policy": Removal("Require", RECEIPT, "tls_policy", "Optional"),
        },
    ),
    Call(
        "triggers/alb",
        {
            "function": FUNCTION,
            "target_group.name": "a",
            "listener_rule.listener_arn": LISTENER,
            "listener_rule.priority": 1,
        },
        {
            "target_group.tags": Removal(TAGS, "aws_lb_target_group.this", "tags", None),
            "target_group.multi_value_headers": Removal(
                True, "aws_lb_target_group.this", "lambda_multi_value_headers_enabled", False
            ),
            "listener_rule.prefix": Removal("/a", "aws_lb_listener_rule.this", "condition", ...),
            "listener_rule.host": Removal("a.example.com", "aws_lb_listener_rule.this", "condition", ...),
        },
    ),
    Call(
        "triggers/url",
        {"function": FUNCTION, "url.authorization_type": "NONE"},
        {
            "url.cors": Removal(CORS, URL, "cors", None),
            "url.invoke_mode": Removal("RESPONSE_STREAM", URL, "invoke_mode", "BUFFERED"),
        },
    ),
    Call(
        "triggers/url",
        {"function": FUNCTION, "url.authorization_type": "NONE", "url.cors.allow_origins": ["a"]},
        {
            "url.cors.allow_credentials": Removal(True, URL, "cors.0.allow_credentials", False),
            "url.cors.allow_headers": Removal(["a"], URL, "cors.0.allow_headers", None),
            "url.cors.allow_methods": Removal(["GET"], URL, "cors.0.allow_methods", None),
            "url.cors.expose_headers": Removal(["a"], URL, "cors.0.expose_headers", None),
            "url.cors.max_age": Removal(5, URL, "cors.0.max_age", 0),
        },
    ),
    Call(
        "triggers/url",
        {"function": FUNCTION, "url.authorization_type": "NONE", "url.cors.allow_methods": ["GET"]},
        {"url.cors.allow_origins": Removal(["a"], URL, "cors.0.allow_origins", None)},
    ),
    Call(
        "lambda",
        {"name": "bar", "role_arn": ROLE, "package.path": "package.zip"},
        {
            "package.object": Removal({"bucket": "bar", "key": "a"}, LAMBDA, "s3_bucket", None),
            "settings": Removal({"timeout": 5, "tags": TAGS}, LAMBDA, "tags", None),
        },
    ),
    Call(
        "lambda",
        {"name": "bar", "role_arn": ROLE},
        {"package.path": Removal("package.zip", LAMBDA, "filename", None)},
        instead={"package.object": {"bucket": "bar", "key": "a"}},
    ),
    Call(
        "lambda",
        {"name": "bar", "role_arn": ROLE, "package.path": "package.zip"},
        {"package.ignore_changes": Removal(True, LAMBDA, "source_code_hash", ...)},
    ),
    Call(
        "lambda",
        {"name": "bar2", "role_arn": ROLE, "package.path": "package.zip", "settings.log_format": "JSON"},
        {
            "settings.application_log_level": Removal(
                "ERROR", LAMBDA, "logging_config.0.application_log_level", "INFO"
            ),
            "settings.system_log_level": Removal("WARN", LAMBDA, "logging_config.0.system_log_level", "INFO"),
            "settings.maximum_retry_attempts": Removal(1, INVOCATION),
        },
    ),
    Call(
        "lambda",
        {
            "name": "bar3",
            "role_arn": ROLE,
            "package.path": "package.zip",
            "settings.maximum_retry_attempts": 0,
        },
        {
            "settings.description": Removal("a", LAMBDA, "description", None),
            "settings.environment_variables": Removal({"GLASS": "pint"}, LAMBDA, "environment", None),
            "settings.tags": Removal(TAGS, LAMBDA, "tags", None),
            "settings.runtime": Removal("python3.12", LAMBDA, "runtime", "python3.13"),
            "settings.architecture": Removal("arm64", LAMBDA, "architectures", ["x86_64"]),
            "settings.memory_size": Removal(256, LAMBDA, "memory_size", 128),
            "settings.timeout": Removal(5, LAMBDA, "timeout", 60),
            "settings.ephemeral_storage_size": Removal(1024, LAMBDA, "ephemeral_storage.0.size", 512),
            "settings.layers": Removal([f"arn:aws:lambda:{ACCOUNT}:layer:a:1"], LAMBDA, "layers", None),
            "settings.vpc": Removal(
                {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}, LAMBDA, "vpc_config", None
            ),
            "settings.reserved_concurrent_executions": Removal(
                5, LAMBDA, "reserved_concurrent_executions", -1
            ),
            "settings.xray": Removal(True, LAMBDA, "tracing_config.0.mode", "PassThrough"),
            "settings.log_retention_in_days": Removal(
                7, "aws_cloudwatch_log_group.this", "retention_in_days", 0
            ),
            "settings.log_group_kms_key": Removal(
                {"arn": KEY_OF_LOGS}, "aws_cloudwatch_log_group.this", "kms_key_id", None
            ),
            "settings.code_signing_config": Removal(
                {"arn": SIGNING}, LAMBDA, "code_signing_config_arn", None
            ),
            "settings.log_format": Removal("JSON", LAMBDA, "logging_config.0.log_format", "Text"),
            "settings.kms_key": Removal({"arn": f"arn:aws:kms:{ACCOUNT}:key/a"}, LAMBDA, "kms_key_arn", None),
            "settings.dead_letter_queue": Removal(
                {"target_arn": QUEUE["arn"]}, LAMBDA, "dead_letter_config", None
            ),
            "settings.maximum_event_age_in_seconds": Removal(
                60, INVOCATION, "maximum_event_age_in_seconds", None
            ),
            "settings.publish": Removal(True, 'aws_lambda_alias.live["live"]'),
        },
    ),
    Call(
        "lambda",
        {
            "name": "bar4",
            "role_arn": ROLE,
            "package.path": "package.zip",
            "settings.on_success.destination_arn": QUEUE["arn"],
        },
        {
            "settings.on_failure": Removal(
                {"destination_arn": QUEUE["arn"]}, INVOCATION, "destination_config.0.on_failure", None
            )
        },
    ),
    Call(
        "lambda",
        {
            "name": "bar5",
            "role_arn": ROLE,
            "package.path": "package.zip",
            "settings.on_failure.destination_arn": QUEUE["arn"],
        },
        {
            "settings.on_success": Removal(
                {"destination_arn": QUEUE["arn"]}, INVOCATION, "destination_config.0.on_success", None
            )
        },
    ),
    Call(
        "iam",
        {"name": "bar", "log_group_arn": f"arn:aws:logs:{ACCOUNT}:log-group:bar"},
        {
            "role.permissions_boundary": Removal(BOUNDARY, IAM_ROLE, "permissions_boundary", None),
            "statements": Removal(STATEMENTS, 'aws_iam_role_policy.needed["sqs"]'),
            "mapping_statements": Removal(
                {"kinesis": STATEMENTS["sqs"]}, 'aws_iam_role_policy.mappings["kinesis"]'
            ),
            "role.policies": Removal({"user": DOCUMENT}, 'aws_iam_role_policy.policies["user"]'),
            "tags": Removal(TAGS, IAM_ROLE, "tags", None),
        },
    ),
    Call(
        "iam",
        {"name": "bar", "log_group_arn": f"arn:aws:logs:{ACCOUNT}:log-group:bar"},
        {"role.autogen_policy": Removal(False, 'aws_iam_role_policy.needed["logs"]', "name", "logs")},
    ),
    Call(
        "iam",
        {"name": "bar", "log_group_arn": f"arn:aws:logs:{ACCOUNT}:log-group:bar"},
        {"role.policy_names": Removal({"logs": "a"}, 'aws_iam_role_policy.needed["logs"]', "name", "logs")},
    ),
    Call(
        "iam",
        {"name": "bar", "log_group_arn": f"arn:aws:logs:{ACCOUNT}:log-group:bar"},
        {"role.existing": Removal({"arn": ROLE}, IAM_ROLE, "name", "bar")},
    ),
    Call(
        "iam",
        {"name": "bar", "log_group_arn": f"arn:aws:logs:{ACCOUNT}:log-group:bar"},
        {
            "role.path": Removal("/apps/", IAM_ROLE, "path", "/"),
            "role.name_prefix": Removal("eu-", IAM_ROLE, "name", "bar"),
        },
    ),
    Call(
        "iam",
        {"name": "bar", "log_group_arn": f"arn:aws:logs:{ACCOUNT}:log-group:bar"},
        {"role": Removal({"path": "/apps/"}, IAM_ROLE, "path", "/")},
    ),
    Call(
        "state_machine",
        {"name": "bar", "arn": STATE_MACHINE, "definition": "machine.asl.json"},
        {
            "functions": Removal({"bar": FUNCTION}, 'aws_iam_role_policy.lambda["lambda"]'),
            "type": Removal("EXPRESS", MACHINE, "type", "STANDARD"),
            "statements": Removal(STATEMENTS, 'aws_iam_role_policy.statements["sqs"]'),
            "policies": Removal({"user": DOCUMENT}, 'aws_iam_role_policy.policies["user"]'),
            "log_level": Removal("ALL", MACHINE, "logging_configuration.0.level", "OFF"),
            "include_execution_data": Removal(
                True, MACHINE, "logging_configuration.0.include_execution_data", False
            ),
            "tracing": Removal(True, MACHINE, "tracing_configuration.0.enabled", False),
            "kms_key": Removal({"arn": KEY}, MACHINE, "encryption_configuration.0.type", "AWS_OWNED_KEY"),
            "permissions_boundary": Removal(BOUNDARY, IAM_ROLE, "permissions_boundary", None),
            "tags": Removal(TAGS, MACHINE, "tags", None),
        },
    ),
    Call(
        "state_machine",
        {"name": "bar2", "arn": f"{STATE_MACHINE}2", "definition": "machine.asl.json"},
        {
            "role_path": Removal("/bar/", IAM_ROLE, "path", "/"),
            "role_name_prefix": Removal("bar-", IAM_ROLE, "name", "bar2.states"),
        },
    ),
    Call(
        "state_machine",
        {"name": "bar3", "arn": f"{STATE_MACHINE}3", "definition": "machine.asl.json"},
        {"role": Removal({"arn": ROLE}, IAM_ROLE, "name", "bar3.states")},
    ),
    Call(
        "state_machine",
        {
            "name": "bar",
            "arn": STATE_MACHINE,
            "definition": "calling.asl.json",
            "log_level": "ALL",
            "functions.*": FUNCTION,
        },
        {
            "functions.*.alias_arn": Removal("x", MACHINE, "definition", ...),
            "log_retention_in_days": Removal(7, LOG_GROUP, "retention_in_days", 0),
            "log_group_kms_key": Removal({"arn": KEY_OF_LOGS}, LOG_GROUP, "kms_key_id", None),
        },
    ),
    Call(
        "load_balancer",
        {"name": "bar", "domain_name": "bar.taps.example.com"},
        {
            "zone_name": Removal("example.com", "aws_route53_record.this", "zone_id", ...),
            "subnet_ids": Removal(DEFAULT_SUBNETS, BALANCER, "subnets", ...),
            "internal": Removal(True, BALANCER, "internal", False),
            "access_logs": Removal({"bucket": "logs"}, BALANCER, "access_logs.0.enabled", False),
            "access_logs.prefix": Removal("bar", BALANCER, "access_logs.0.prefix", ...),
            "deletion_protection": Removal(True, BALANCER, "enable_deletion_protection", False),
            "drop_invalid_header_fields": Removal(False, BALANCER, "drop_invalid_header_fields", True),
            "web_acl": Removal({"arn": WEB_ACL}, 'aws_wafv2_web_acl_association.this["web_acl"]'),
            "tags": Removal(TAGS, BALANCER, "tags", None),
        },
    ),
)

SSE, FIFO, KMS = "aws_sqs_queue.sse", "aws_sqs_queue.fifo_fifo", "aws_sqs_queue.kms"
KEY = "alias/bar"
POLICY = {"Version": "2012-10-17", "Statement": []}
REDRIVE = {"deadLetterTargetArn": f"{QUEUE['arn']}-lost", "maxReceiveCount": 3}

#: The attributes of queues by the queue's name: those that stay, and those that are removed.
QUEUES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Removal]]] = {
    "sse": (
        {},
        {
            "VisibilityTimeout": Removal(700, SSE, "visibility_timeout_seconds", 360),
            "MessageRetentionPeriod": Removal(60, SSE, "message_retention_seconds", 345600),
            "DelaySeconds": Removal(5, SSE, "delay_seconds", 0),
            "MaximumMessageSize": Removal(1024, SSE, "max_message_size", 262144),
            "ReceiveMessageWaitTimeSeconds": Removal(7, SSE, "receive_wait_time_seconds", 0),
            "SqsManagedSseEnabled": Removal(False, SSE, "sqs_managed_sse_enabled", True),
            "Policy": Removal(POLICY, "aws_sqs_queue_policy.sse", "policy", ...),
            "RedrivePolicy": Removal(REDRIVE, "aws_sqs_queue_redrive_policy.sse"),
            "RedriveAllowPolicy": Removal(
                {"redrivePermission": "denyAll"}, "aws_sqs_queue_redrive_allow_policy.sse"
            ),
        },
    ),
    "key": ({}, {"KmsMasterKeyId": Removal(KEY, "aws_sqs_queue.key", "kms_master_key_id", None)}),
    "kms": (
        {"KmsMasterKeyId": KEY},
        {"KmsDataKeyReusePeriodSeconds": Removal(600, KMS, "kms_data_key_reuse_period_seconds", 300)},
    ),
    "fifo.fifo": (
        {},
        {
            "ContentBasedDeduplication": Removal(True, FIFO, "content_based_deduplication", False),
            "DeduplicationScope": Removal("messageGroup", FIFO, "deduplication_scope", "queue"),
            "FifoThroughputLimit": Removal("perMessageGroupId", FIFO, "fifo_throughput_limit", "perQueue"),
        },
    ),
}
#: Arguments of decorators that change their source, by name.
SOURCES: Mapping[str, Removal] = {
    "prefix": Removal("a", "aws_s3_bucket_notification.cellar", "lambda_function.0.filter_prefix", None),
    "suffix": Removal("b", "aws_s3_bucket_notification.cellar", "lambda_function.0.filter_suffix", None),
    "max_receive_count": Removal(3, "aws_sqs_queue_redrive_policy.lost"),
}
