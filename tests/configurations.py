"""Configurations that are valid, and those that are not with what is said of them."""

from __future__ import annotations

from typing import Any

ROLE = "arn:aws:iam::123456789012:role/prod-role"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:my-dlq"
TOPIC = "arn:aws:sns:us-east-1:123456789012:my-dlq"
BUS = "arn:aws:events:eu-west-1:123456789012:event-bus/orders"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:later:live"
BUCKET = "arn:aws:s3:::failures.example.com"
LAYER = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:layer:pandas:7"
KEY = "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/0f1e-aa"
SIGNING = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:code-signing-config:csc-0123456789abcdef0"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
WEB_IDENTITY = {"role_arn": ROLE, "web_identity_token_file": "/run/token"}
SUBNET, GROUP = "subnet-0a1b", "sg-0a1b"

#: As an author of a Domovoi app has it: from `domovoi new-project`, with what its README and code know.
DOMOVOI: dict[str, Any] = {
    "version": "2.0",
    "app_name": "my_app",
    "description": "Serves drinks",
    "stages": {"dev": {"api_gateway_stage": "api"}},
    "reserved_concurrent_executions": 10,
    "dead_letter_queue_target_arn": TOPIC,
    "alb_acm_cert_dns_name": "bar.example.com",
}
#: As Chalice documents it.
CHALICE: dict[str, Any] = {
    "version": "2.0",
    "app_name": "app",
    "api_gateway_stage": "api",
    "api_gateway_endpoint_type": "REGIONAL",
    "minimum_compression_size": 1024,
    "environment_variables": {"SHARED_CONFIG": "foo", "OTHER_CONFIG": "from-top"},
    "lambda_functions": {"report": {"lambda_memory_size": 512, "lambda_timeout": 300}},
    "stages": {
        "dev": {
            "autogen_policy": True,
            "api_gateway_stage": "dev",
            "automatic_layer": True,
            "environment_variables": {"TABLE_NAME": "dev-table", "OTHER_CONFIG": "dev-value"},
            "lambda_functions": {"report": {"lambda_timeout": 120, "layers": [LAYER]}},
        },
        "beta": {"autogen_policy": False, "iam_policy_file": "beta-app-policy.json"},
        "prod": {
            "manage_iam_role": False,
            "iam_role_arn": ROLE,
            "websocket_api_custom_domain": {"domain_name": "ws.example.com"},
            "subnet_ids": [SUBNET],
            "security_group_ids": [GROUP],
            "xray": True,
            "log_retention_in_days": 30,
            "reserved_concurrency": 5,
        },
    },
}
#: Every key of a function with a value that AWS takes.
EVERYWHERE: dict[str, Any] = {
    "description": "x" * 256,
    "environment_variables": {"BEER": "ale"},
    "tags": {"team": "bar"},
    "lambda_timeout": 900,
    "lambda_memory_size": 10240,
    "lambda_ephemeral_storage": 10240,
    "layers": [LAYER],
    "subnet_ids": [SUBNET],
    "security_group_ids": [GROUP],
    "reserved_concurrency": 0,
    "xray": True,
    "log_retention_in_days": 3653,
    "log_format": "JSON",
    "application_log_level": "FATAL",
    "system_log_level": "DEBUG",
    "log_group_kms_key_arn": KEY,
    "kms_key_arn": KEY,
    "source_kms_key_arns": [KEY],
    "destination_kms_key_arns": [KEY],
    "dead_letter_queue_target_arn": QUEUE,
    "maximum_retry_attempts": 0,
    "maximum_event_age": 21600,
    "on_failure": BUCKET,
    "on_success": BUS,
    "code_signing_config_arn": SIGNING,
    "publish": True,
    "manage_iam_role": True,
    "autogen_policy": False,
    "policy_names": {"user": "bar-dev", "dead_letter": "spilt"},
    "permissions_boundary": BOUNDARY,
    "role_path": "/apps/",
    "role_name_prefix": "eu-",
}
#: And those that are the stage's alone.
OF_STAGE: dict[str, Any] = {
    "lambda_architecture": "arm64",
    "python_version": "python3.12",
    "load_balancer": {
        "internal": True,
        "access_logs": {"bucket": "my-access-logs", "prefix": "bar/dev"},
        "deletion_protection": True,
        "drop_invalid_header_fields": False,
        "web_acl_arn": "arn:aws-us-gov:wafv2:us-gov-west-1:123456789012:regional/webacl/bar/0f-1e",
    },
    "package_s3": {"bucket": "my-packages", "prefix": "bar/"},
    "buckets": {
        "kms_key_arn": KEY,
        "versioning": True,
        "access_logs": {"bucket": "my-access-logs", "prefix": "bar/"},
        "block_public_access": False,
        "manage_lifecycle": False,
        "force_destroy": True,
    },
    "existing_roles": {"schedules": {"tick": ROLE}, "state_machines": {"default": ROLE, "orders": ROLE}},
    "quotas": {"L-244521F2": 1000, "L-FE177D64": 1},
    "schedules": {"kms_key_arn": KEY},
    "state_machines": {
        "kms_key_arn": "",
        "logging": {"level": "ERROR", "include_execution_data": True},
        "tracing": True,
    },
    "topics": {"kms_key_arn": KEY},
    "terraform": {
        "backend": {"gcs": {"bucket": "b"}},
        "required_version": ">= 1.11, < 2.0",
        "workspace": "blue",
        "skip_checks": [
            {"id": "CKV_AWS_158", "reason": "the logs contain no personal data"},
            {"id": "AWS-0017", "reason": "the logs contain no personal data"},
        ],
        "provider": {
            "region": "us-gov-west-1",
            "profile": "bar deployers",
            "allowed_account_ids": ["123456789012", "210987654321"],
            "assume_role": {"role_arn": ROLE, "session_name": "bar", "duration": "1h", "tags": {"a": "b"}},
            "assume_role_with_web_identity": WEB_IDENTITY,
            "default_tags": {"owner": "bar"},
            "ignore_tags": {"keys": ["cost"], "key_prefixes": ["kubernetes.io/", "org:"]},
        },
    },
}

VALID: dict[str, dict[str, Any]] = {
    "least": {"app_name": "bar"},
    "domovoi": DOMOVOI,
    "chalice": CHALICE,
    "top": {"app_name": "bar", "$schema": "./config.schema.json", **EVERYWHERE, **OF_STAGE},
    "stage": {"app_name": "bar", "stages": {"dev": {**EVERYWHERE, **OF_STAGE}}},
    "functions": {
        "app_name": "bar",
        "lambda_functions": {"default": EVERYWHERE},
        "stages": {"dev": {"lambda_functions": {"reports": EVERYWHERE}}},
    },
    "empty": {
        "app_name": "bar",
        "dead_letter_queue_target_arn": QUEUE,
        "code_signing_config_arn": "",
        "kms_key_arn": "",
        "log_group_kms_key_arn": "",
        "on_failure": "",
        "on_success": "",
        "stages": {"dev": {"dead_letter_queue_target_arn": ""}},
        "lambda_functions": {"reports": {"dead_letter_queue_target_arn": ""}},
    },
    "levels": {
        "app_name": "bar",
        "log_format": "JSON",
        "application_log_level": "WARN",
        "lambda_functions": {"reports": {"log_format": "Text"}},
    },
    "levels of one function": {
        "app_name": "bar",
        "application_log_level": "WARN",
        "stages": {"dev": {"log_format": "JSON"}},
        "lambda_functions": {"reports": {"system_log_level": "WARN"}},
    },
    "listener": {"app_name": "bar", "alb_subnet_ids": ["subnet-1", "subnet-2"]},
    "roles": {
        "app_name": "bar",
        "terraform": {
            "provider": {
                "assume_role": [{"role_arn": ROLE}, {"role_arn": ROLE, "external_id": "bar"}],
                "forbidden_account_ids": ["123456789012"],
            }
        },
    },
}

_FORM = {
    "dead letters": "is not the ARN of a standard SQS queue or SNS topic: arn:aws:sqs:REGION:ACCOUNT:NAME.",
    "failure": (
        "is not the ARN of a standard SQS queue or SNS topic, a Lambda function, an event bus "
        "or an S3 bucket."
    ),
    "success": "is not the ARN of a standard SQS queue or SNS topic, a Lambda function or an event bus.",
    "role": "is not the ARN of an IAM role: arn:aws:iam::ACCOUNT:role/NAME.",
    "policy": "is not the ARN of an IAM policy: arn:aws:iam::ACCOUNT:policy/NAME.",
    "layer": "is not the ARN of a layer's version: arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION.",
    "signing": (
        "is not the ARN of a code signing configuration: "
        "arn:aws:lambda:REGION:ACCOUNT:code-signing-config:ID."
    ),
    "key": "is not the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID.",
    "python": 'is not a version of Python that Lambda may run, 3.10 or newer, such as "3.13".',
    "versions": 'is not a version constraint, such as ">= 1.11, < 2.0".',
}
_DAYS = (
    "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653"
)

_QUOTAS = (
    "unknown code. Use L-244521F2 (rules of an event bus), L-664C5505 (characters of an event pattern), "
    "L-B99A9384 (concurrent executions) or L-FE177D64 (roles): AWS raises no other quota that render checks."
)
_STORAGE = "must be a whole number from 512 to 10240"

INVALID_BY_TYPE: list[tuple[dict[str, Any], str]] = [
    ({"description": "x" * 257}, "$.description: has 257 characters, but at most 256 are allowed."),
    ({"lambda_ephemeral_storage": 511}, f"$.lambda_ephemeral_storage: {_STORAGE}, not 511."),
    ({"lambda_ephemeral_storage": 10241}, f"$.lambda_ephemeral_storage: {_STORAGE}, not 10241."),
    ({"layers": [LAYER, "x"]}, f"$.layers[1]: 'x' {_FORM['layer']}"),
    ({"layers": [LAYER[:-2]]}, f"$.layers[0]: {LAYER[:-2]!r} {_FORM['layer']}"),
    ({"layers": [f"{LAYER}{n}" for n in range(6)]}, "$.layers: has 6 items, but at most 5 are allowed."),
    (
        {"subnet_ids": ["vpc-1"]},
        "$.subnet_ids[0]: 'vpc-1' is not the id of a subnet, such as subnet-0123456789abcdef0.",
    ),
    (
        {"security_group_ids": [f"sg-{n}" for n in range(6)], "subnet_ids": [SUBNET]},
        "$.security_group_ids: has 6 items, but at most 5 are allowed.",
    ),
    (
        {"security_group_ids": ["group"], "subnet_ids": [SUBNET]},
        "$.security_group_ids[0]: 'group' is not the id of a security group, such as sg-0123456789abcdef0.",
    ),
    ({"reserved_concurrency": -1}, "$.reserved_concurrency: must be a whole number of at least 0, not -1."),
    (
        {"reserved_concurrency": 1, "reserved_concurrent_executions": 1},
        "$: has both reserved_concurrent_executions and reserved_concurrency, which have the same meaning. "
        "Remove the first.",
    ),
    ({"xray": "yes"}, '$.xray: must be true or false, not the string "yes". Write true, without quotes.'),
    ({"log_retention_in_days": 2}, f"$.log_retention_in_days: 2 is not one of {_DAYS}."),
    ({"log_format": "json"}, "$.log_format: 'json' is not one of Text, JSON. Write \"JSON\"."),
    (
        {"log_format": "JSON", "application_log_level": "WARNING"},
        "$.application_log_level: 'WARNING' is not one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL.",
    ),
    (
        {"log_format": "JSON", "system_log_level": "ERROR"},
        "$.system_log_level: 'ERROR' is not one of DEBUG, INFO, WARN.",
    ),
    ({"kms_key_arn": "alias/mine"}, f"$.kms_key_arn: 'alias/mine' {_FORM['key']}"),
    ({"log_group_kms_key_arn": "alias/logs"}, f"$.log_group_kms_key_arn: 'alias/logs' {_FORM['key']}"),
    ({"source_kms_key_arns": ["mine"]}, f"$.source_kms_key_arns[0]: 'mine' {_FORM['key']}"),
    ({"destination_kms_key_arns": [""]}, f"$.destination_kms_key_arns[0]: '' {_FORM['key']}"),
    ({"code_signing_config_arn": LAYER}, f"$.code_signing_config_arn: {LAYER!r} {_FORM['signing']}"),
    (
        {"dead_letter_queue_target_arn": BUS},
        f"$.dead_letter_queue_target_arn: {BUS!r} {_FORM['dead letters']}",
    ),
    (
        {"dead_letter_queue_target_arn": f"{QUEUE}.fifo"},
        f"$.dead_letter_queue_target_arn: '{QUEUE}.fifo' {_FORM['dead letters']}",
    ),
    (
        {"dead_letter_queue_target_arn": f"{QUEUE}\n"},
        f"$.dead_letter_queue_target_arn: '{QUEUE}\\n' {_FORM['dead letters']}",
    ),
    ({"maximum_retry_attempts": 3}, "$.maximum_retry_attempts: must be a whole number from 0 to 2, not 3."),
    ({"maximum_event_age": 59}, "$.maximum_event_age: must be a whole number from 60 to 21600, not 59."),
    (
        {"maximum_event_age": 21601},
        "$.maximum_event_age: must be a whole number from 60 to 21600, not 21601.",
    ),
    ({"on_failure": ROLE}, f"$.on_failure: {ROLE!r} {_FORM['failure']}"),
    ({"on_success": BUCKET}, f"$.on_success: {BUCKET!r} {_FORM['success']}"),
    ({"publish": 1}, "$.publish: must be true or false, not the number 1. Write true, without quotes."),
    ({"manage_iam_role": False, "iam_role_arn": "me"}, f"$.iam_role_arn: 'me' {_FORM['role']}"),
    (
        {"role_path": "apps"},
        "$.role_path: 'apps' is not the path of an IAM role, which begins and ends with a slash, such as "
        "/apps/.",
    ),
    (
        {"role_name_prefix": "a b"},
        "$.role_name_prefix: 'a b' is not the prefix of an IAM role's name, which has at most 48 letters, "
        "digits and _ + = , . @ -.",
    ),
    ({"permissions_boundary": ROLE}, f"$.permissions_boundary: {ROLE!r} {_FORM['policy']}"),
    (
        {"iam_policy_file": "/etc/passwd"},
        "$.iam_policy_file: '/etc/passwd' is not the name of a file in .chalice.",
    ),
    ({"lambda_architecture": "x86"}, "$.lambda_architecture: 'x86' is not one of x86_64, arm64."),
    (
        {"python_version": 3.13},
        '$.python_version: must be a string, not the number 3.13. Write it in double quotes: "..."',
    ),
    ({"python_version": "3.9"}, f"$.python_version: '3.9' {_FORM['python']}"),
    (
        {"load_balancer": {"access_logs": {}}},
        '$.load_balancer.access_logs.bucket: is missing. Add "bucket": "my-access-logs".',
    ),
    (
        {"load_balancer": {"access_logs": {"bucket": "logs", "prefix": "/AWSLogs"}}},
        "$.load_balancer.access_logs.prefix: '/AWSLogs' is not a prefix of keys without AWSLogs and without "
        "a slash at its begin or end, such as logs/bar.",
    ),
    (
        {"load_balancer": {"web_acl_arn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/bar/1"}},
        "$.load_balancer.web_acl_arn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/bar/1' is not the "
        "ARN of a regional web ACL: arn:aws:wafv2:REGION:ACCOUNT:regional/webacl/NAME/ID.",
    ),
    (
        {"quotas": 1000},
        '$.quotas: must be an object, not the number 1000. Write keys and values in { and }: {"KEY": ...}',
    ),
    ({"quotas": {"L-244521F2": 0}}, "$.quotas.L-244521F2: must be a whole number of at least 1, not 0."),
    (
        {"quotas": {"L-244521F2": "1000"}},
        '$.quotas.L-244521F2: must be a whole number of at least 1, not the string "1000". '
        "Write 1000, without quotes.",
    ),
    (
        {"quotas": {"L-244521F2": True}},
        "$.quotas.L-244521F2: must be a whole number of at least 1, not true. "
        "Write a whole number without quotes, such as 1.",
    ),
    ({"quotas": {"L-244521F3": 1}}, f"$.quotas.L-244521F3: {_QUOTAS} Did you mean L-244521F2?"),
    ({"quotas": {"L-7EED9B64": 1000}}, f"$.quotas.L-7EED9B64: {_QUOTAS}"),
    ({"package_s3": {}}, '$.package_s3.bucket: is missing. Add "bucket": "my-packages".'),
    ({"package_s3": {"bucket": "B"}}, "$.package_s3.bucket: 'B' is not the name of an S3 bucket."),
    (
        {"package_s3": {"bucket": "my-packages", "prefixes": ""}},
        "$.package_s3.prefixes: unknown key; did you mean prefix?",
    ),
    (
        {"terraform": {"workspace": "a/b"}},
        "$.terraform.workspace: 'a/b' is not the name of a workspace, such as blue.",
    ),
    ({"terraform": {"required_version": "new"}}, f"$.terraform.required_version: 'new' {_FORM['versions']}"),
    (
        {"terraform": {"provider": {"region": "Ireland"}}},
        "$.terraform.provider.region: 'Ireland' is not a region, such as eu-west-1.",
    ),
    (
        {"terraform": {"provider": {"assume_role": {}}}},
        "$.terraform.provider.assume_role.role_arn: is missing. "
        'Add "role_arn": "arn:aws:iam::ACCOUNT:role/NAME".',
    ),
    (
        {"terraform": {"skip_checks": [{"id": "CKV_AWS_158"}]}},
        '$.terraform.skip_checks[0].reason: is missing. Add "reason": "the logs contain no personal data".',
    ),
    (
        {"terraform": {"skip_checks": [{"id": "logs", "reason": "x"}]}},
        "$.terraform.skip_checks[0].id: 'logs' is not the ID of a check of checkov or trivy, such as "
        "CKV_AWS_158 or AWS-0017.",
    ),
    (
        {"terraform": {"skip_checks": [{"id": "AWS-0017", "reason": "a\nb"}]}},
        "$.terraform.skip_checks[0].reason: 'a\\nb' is not a reason in one line.",
    ),
    (
        {"terraform": {"provider": {"account": "x"}}},
        "$.terraform.provider.account: unknown key. Known: allowed_account_ids, assume_role, "
        "assume_role_with_web_identity, default_tags, forbidden_account_ids, ignore_tags, profile, region.",
    ),
    (
        {"terraform": {"provider": {"assume_role": []}}},
        "$.terraform.provider.assume_role: has no items. Remove it, or write an object in it.",
    ),
    (
        {
            "terraform": {
                "provider": {"assume_role": [{"role_arn": ROLE}, {"role_arn": ROLE, "session": "x"}]}
            }
        },
        "$.terraform.provider.assume_role[1].session: unknown key; did you mean session_name?",
    ),
    (
        {"terraform": {"provider": {"assume_role": [ROLE]}}},
        "$.terraform.provider.assume_role[0]: must be an object, not the string "
        f'"{ROLE}". Write keys and values in {{ and }}: {{"KEY": ...}}',
    ),
    (
        {"terraform": {"provider": {"assume_role": {"role_arn": ROLE, "duration": "1 h"}}}},
        "$.terraform.provider.assume_role.duration: '1 h' is not a duration, such as 1h or 30m.",
    ),
    (
        {
            "terraform": {
                "provider": {"assume_role_with_web_identity": {**WEB_IDENTITY, "web_identity_token": "eyJ"}}
            }
        },
        "$.terraform.provider.assume_role_with_web_identity.web_identity_token: belongs in the file that "
        "web_identity_token_file names; move it there.",
    ),
    (
        {"terraform": {"provider": {"assume_role_with_web_identity": {"role_arn": ROLE}}}},
        "$.terraform.provider.assume_role_with_web_identity.web_identity_token_file: is missing. Add "
        '"web_identity_token_file": "/run/token".',
    ),
    (
        {"terraform": {"provider": {"assume_role": {"role_arn": ROLE, "external_id": "x"}}}},
        "$.terraform.provider.assume_role.external_id: 'x' is not an external ID of 2 to 1,224 letters, "
        "digits and _ + = , . @ : / -.",
    ),
    (
        {"terraform": {"provider": {"allowed_account_ids": ["1234"]}}},
        "$.terraform.provider.allowed_account_ids[0]: '1234' is not the ID of an AWS account, which has 12 "
        "digits.",
    ),
    (
        {"terraform": {"provider": {"forbidden_account_ids": []}}},
        "$.terraform.provider.forbidden_account_ids: has 0 items, but at least 1 are needed.",
    ),
    (
        {"terraform": {"provider": {"profile": "[bar]"}}},
        "$.terraform.provider.profile: '[bar]' is not the name of an AWS profile.",
    ),
    (
        {"terraform": {"provider": {"default_tags": {"a": 1}}}},
        "$.terraform.provider.default_tags.a: must be a string, not the number 1. "
        'Write "1", in double quotes.',
    ),
    (
        {"lambda_functions": []},
        '$.lambda_functions: must be an object, not a list. Write keys and values in { and }: {"KEY": ...}',
    ),
    (
        {"lambda_functions": {"a b": {"lambda_timeout": 0}}},
        "$.lambda_functions['a b'].lambda_timeout: must be a whole number from 1 to 900, not 0.",
    ),
    (
        {"lambda_functions": {"reports": {"lambda_memory": 256}}},
        "$.lambda_functions.reports.lambda_memory: unknown key; did you mean lambda_memory_size?",
    ),
    (
        {"lambda_functions": {"reports": {"python_version": "3.12"}}},
        "$.lambda_functions.reports.python_version: belongs at the top level or in a stage, "
        "because all functions share one package; move it there.",
    ),
    (
        {"stages": {"dev": {"lambda_functions": {"reports": {"layers": ["x"]}}}}},
        f"$.stages.dev.lambda_functions.reports.layers[0]: 'x' {_FORM['layer']}",
    ),
]
#: What no JSON Schema says, because it adds up, or compares levels and stages.
INVALID_OTHERWISE: list[tuple[dict[str, Any], str]] = [
    ({"layers": [LAYER, LAYER]}, f"$.layers: {LAYER!r} is listed twice. Remove one."),
    (
        {"terraform": {"provider": {"default_tags": {"aws:owner": "bar"}}}},
        "$.terraform.provider.default_tags['aws:owner']: 'aws:owner' is not a tag's key, which has 1 to 128 "
        "letters, digits, spaces and . : / = + - @ _, and does not begin with aws:.",
    ),
    (
        {
            "terraform": {
                "provider": {
                    "allowed_account_ids": ["123456789012"],
                    "forbidden_account_ids": ["210987654321"],
                }
            }
        },
        "$.terraform.provider: has both allowed_account_ids and forbidden_account_ids, of which the AWS "
        "provider takes one. Remove the second: all accounts but the allowed ones are forbidden.",
    ),
    (
        {"terraform": {"provider": {"default_tags": {"owner": "\u2122"}}}},
        "$.terraform.provider.default_tags.owner: '\u2122' is not a tag's value, which has at most 256 "
        "letters, digits, spaces and . : / = + - @ _.",
    ),
    (
        {"subnet_ids": [SUBNET]},
        "$.subnet_ids: Lambda needs both subnets and security groups. Add security_group_ids.",
    ),
    (
        {"subnet_ids": [SUBNET], "security_group_ids": [GROUP], "stages": {"dev": {"subnet_ids": []}}},
        "$.security_group_ids: Lambda needs both subnets and security groups. Add subnet_ids.",
    ),
    (
        {"on_failure": QUEUE, "lambda_functions": {"reports": {"on_failure": ""}}},
        f"$.lambda_functions.reports.on_failure: a function cannot opt out of the stage's {QUEUE!r}. "
        "Set it for each of the other functions, and remove it from the stage and the top level.",
    ),
    *(
        (
            {"terraform": {"provider": {"region": "us-east-1"}}, key: [arn] if key.endswith("s") else arn},
            f"$.{key}: {arn!r} is not in the Region 'us-east-1' of terraform.provider, in which the "
            "functions are. Use one of that Region.",
        )
        for key, arn in (
            ("layers", LAYER),
            ("code_signing_config_arn", SIGNING),
            ("kms_key_arn", "arn:aws:kms:eu-west-1:123456789012:key/1"),
            ("log_group_kms_key_arn", "arn:aws:kms:eu-west-1:123456789012:key/1"),
            ("source_kms_key_arns", "arn:aws:kms:eu-west-1:123456789012:key/1"),
            (
                "alb_listener_arn",
                "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/1/2",
            ),
        )
    ),
    (
        {
            "terraform": {"provider": {"region": "us-east-1"}},
            "load_balancer": {"web_acl_arn": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/bar/1"},
        },
        "$.load_balancer.web_acl_arn: 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/bar/1' is not in "
        "the Region 'us-east-1' of terraform.provider, in which the load balancer is. Use one of that "
        "Region.",
    ),
    (
        {"application_log_level": "WARN"},
        '$.application_log_level: log levels apply to JSON logs only. Set log_format to "JSON", or move '
        "this key to the stage or function that has JSON logs.",
    ),
    (
        {"log_format": "JSON", "stages": {"dev": {"log_format": "Text", "system_log_level": "WARN"}}},
        '$.stages.dev.system_log_level: log levels apply to JSON logs only. Set log_format to "JSON", or '
        "move this key to the stage or function that has JSON logs.",
    ),
    (
        {
            "log_format": "JSON",
            "lambda_functions": {"reports": {"log_format": "Text", "application_log_level": "WARN"}},
        },
        "$.lambda_functions.reports.application_log_level: log levels apply to JSON logs only. Set "
        'log_format to "JSON", or move this key to the stage or function that has JSON logs.',
    ),
    (
        {"iam_role_arn": ROLE},
        "$.iam_role_arn: an existing role needs manage_iam_role: false. Add it, or remove this key.",
    ),
    (
        {"manage_iam_role": False},
        "$.manage_iam_role: false needs the iam_role_arn of an existing role. Add it, or remove this key.",
    ),
    (
        {
            "manage_iam_role": False,
            "iam_role_arn": ROLE,
            "lambda_functions": {"reports": {"manage_iam_role": True}},
        },
        "$.lambda_functions.reports.manage_iam_role: the other functions use the existing role "
        f"{ROLE!r}. Set it for each of them, and remove it from the stage and the top level.",
    ),
    (
        {"stages": {"dev": {}, "prod": {"python_version": "3.12"}}},
        "$.stages.prod.python_version: the stages dev and prod share app/package.zip, "
        "so python_version must be the same for both. Set it at the top level only.",
    ),
    (
        {
            "lambda_architecture": "x86_64",
            "stages": {"dev": {"lambda_architecture": "arm64"}, "prod": {}},
        },
        "$.lambda_architecture: the stages dev and prod share app/package.zip, "
        "so lambda_architecture must be the same for both. Set it at the top level only.",
    ),
    (
        {
            "environment_variables": {"AA": "x" * 3000},
            "lambda_functions": {"reports": {"environment_variables": {"BB": "x" * 2000}}},
        },
        "$.lambda_functions.reports.environment_variables: the variables take 5017 bytes, "
        "but Lambda allows at most 4096.",
    ),
]
