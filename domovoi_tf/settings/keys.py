"""The keys of ``.chalice/config.json``, from which checks, JSON Schema and documentation are derived.

A ``description`` documents a key for editors and in the documentation; a ``title`` describes its value.

In one module, because it is one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

from domovoi_tf.settings import formats
from domovoi_tf.settings.formats import Meta
from domovoi_tf.system.records import Record


class Key(Record):
    """A key of the configuration.

    ``type`` is the type of its value, of `formats` or of the classes below. ``default`` is used without it.
    ``field`` is its field of `FunctionSettings` or `Settings`, if that has another name. ``argument`` is the
    path of a function's key in the inputs of the app's module, such as ``settings.vpc.subnet_ids``.
    """

    type: Any
    description: str
    default: Any = None
    field: str = ""
    argument: str = ""


class Object(Record):
    """An object with these keys and no others; required keys have an example.

    ``unused`` are keys that are accepted and ignored, each with the reason; ``elsewhere`` are keys that
    belong at another level, each with that level. ``overview`` lists the keys in words
    if they are codes.
    """

    keys: Mapping[str, Key]
    required: Mapping[str, str] = field(default_factory=dict)
    unused: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    overview: str = ""


class Listed(Record):
    """An object, or a non-empty array of such objects, in which the order counts."""

    of: Object


class Named(Record):
    """An object whose keys are names that the user chooses, and whose values are objects."""

    of: Object


#: Keys of Chalice that are ignored, each with the reason.
UNUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "api_gateway_custom_domain",
            "api_gateway_endpoint_type",
            "api_gateway_endpoint_vpce",
            "api_gateway_policy_file",
            "api_gateway_stage",
            "minimum_compression_size",
            "websocket_api_custom_domain",
        ),
        "there is no API Gateway here",
    ),
    "automatic_layer": "the package holds the dependencies",
    "lambda_arn": "Terraform's state records the function",
    "profile": "set AWS_PROFILE",
}

#: Alternative names of keys, each with the name that replaces it when the configuration is read.
SYNONYMS: Mapping[str, str] = {"reserved_concurrent_executions": "reserved_concurrency"}
#: Keys with the settings of resources that the app creates, by their type.
OF_RESOURCES = ("buckets", "schedules", "state_machines", "topics")
#: Keys whose entries are combined across all levels.
MERGED = ("environment_variables", "existing_roles", "quotas", "tags", "terraform", *OF_RESOURCES)
#: Keys whose empty value means none, as without the key; it replaces the values of further levels.
EMPTY_IS_NONE = (
    "code_signing_config_arn",
    "dead_letter_queue_target_arn",
    "kms_key_arn",
    "log_group_kms_key_arn",
    "on_failure",
    "on_success",
)
#: Keys that exclude each other: the nearest level that has one of them decides.
LISTENERS = ("alb_acm_cert_dns_name", "alb_listener_arn")

#: Keys of the provider that exclude each other.
ACCOUNTS = ("allowed_account_ids", "forbidden_account_ids")

#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MEMORY_MB, TIMEOUT_SECONDS, STORAGE_MB = range(128, 10241), range(1, 901), range(512, 10241)


def _between(numbers: range) -> Any:
    """Returns the type of the integers of a range."""
    return Annotated[int, Meta(ge=numbers[0], le=numbers[-1])]


#: Keys that are allowed at every level: the top level, a stage, and ``lambda_functions.<name>`` of both.
FUNCTION: Mapping[str, Key] = {
    "environment_variables": Key(
        formats.object_of(formats.VARIABLE_NAME, str),
        "Environment variables, merged across the levels. At most 4 KB in total, and no [secrets](#secrets).",
        argument="settings.environment_variables",
    ),
    "lambda_memory_size": Key(
        _between(MEMORY_MB), "Memory in MB.", 128, field="memory_size", argument="settings.memory_size"
    ),
    "lambda_timeout": Key(
        _between(TIMEOUT_SECONDS), "Timeout in seconds.", 60, field="timeout", argument="settings.timeout"
    ),
    "description": Key(
        Annotated[str, Meta(max_length=256)],
        "Description of the function in AWS.",
        argument="settings.description",
    ),
    "lambda_ephemeral_storage": Key(
        _between(STORAGE_MB),
        "Size of `/tmp` in MB.",
        512,
        field="ephemeral_storage_size",
        argument="settings.ephemeral_storage_size",
    ),
    "layers": Key(
        formats.array_of(formats.LAYER, 5), "ARNs of layer versions, at most 5.", argument="settings.layers"
    ),
    "subnet_ids": Key(
        formats.array_of(formats.SUBNET, 16),
        "Subnets that connect the function to a VPC, at most 16; requires `security_group_ids`.",
        argument="settings.vpc.subnet_ids",
    ),
    "security_group_ids": Key(
        formats.array_of(formats.SECURITY_GROUP, 5),
        "Security groups in the VPC, at most 5; requires `subnet_ids`.",
        argument="settings.vpc.security_group_ids",
    ),
    "reserved_concurrency": Key(
        Annotated[int, Meta(ge=0)],
        "Concurrency that is reserved for the function and limits it; 0 stops the function.",
        argument="settings.reserved_concurrent_executions",
    ),
    "reserved_concurrent_executions": Key(
        Annotated[int, Meta(ge=0)], "Domovoi's name for `reserved_concurrency`; set only one of them."
    ),
    "xray": Key(bool, "Whether AWS X-Ray traces invocations.", False, argument="settings.xray"),
    "log_retention_in_days": Key(
        formats.RETENTION,
        "Number of days for which CloudWatch keeps the logs, one of the values that it allows; forever by "
        "default.",
        argument="settings.log_retention_in_days",
    ),
    "log_format": Key(
        Literal["Text", "JSON"],
        "Format of the logs: `Text` or `JSON`.",
        "Text",
        argument="settings.log_format",
    ),
    "application_log_level": Key(
        Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"],
        "Lowest level of the app's log lines that are kept; only with `log_format: JSON`, `INFO` by default.",
        argument="settings.application_log_level",
    ),
    "system_log_level": Key(
        Literal["DEBUG", "INFO", "WARN"],
        "Lowest level of Lambda's log lines that are kept; only with `log_format: JSON`, `INFO` by default.",
        argument="settings.system_log_level",
    ),
    "log_group_kms_key_arn": Key(
        formats.KMS_KEY,
        "ARN of the KMS key that encrypts the [logs](../guides/functions.md#a-key-for-the-logs); "
        "CloudWatch's own key by default, or if empty.",
        argument="settings.log_group_kms_key.arn",
    ),
    "kms_key_arn": Key(
        formats.KMS_KEY,
        "ARN of the KMS key that encrypts the environment variables; AWS's own key by default, or if empty.",
        argument="settings.kms_key.arn",
    ),
    "source_kms_key_arns": Key(
        list[formats.ONE_KMS_KEY],
        "ARNs of the KMS keys of queues, streams and tables that belong to others and [that the function "
        "reads](../guides/policies.md#keys-of-others). The execution role gets permission to "
        "decrypt with them.",
        argument="settings.source_kms_key_arns",
    ),
    "destination_kms_key_arns": Key(
        list[formats.ONE_KMS_KEY],
        "ARNs of the KMS keys of dead-letter queues and destinations [to which Lambda sends for the "
        "function](../guides/policies.md#keys-of-others). The execution role gets permission to "
        "encrypt with them.",
        argument="settings.destination_kms_key_arns",
    ),
    "dead_letter_queue_target_arn": Key(
        formats.DEAD_LETTERS,
        "ARN of a standard SQS queue or SNS topic for events that failed all retries. "
        "The execution role gets permission to send to it. Empty for none.",
        argument="settings.dead_letter_queue.target_arn",
    ),
    "maximum_retry_attempts": Key(
        Annotated[int, Meta(ge=0, le=2)],
        "Number of retries of an asynchronous invocation.",
        2,
        argument="settings.maximum_retry_attempts",
    ),
    "maximum_event_age": Key(
        Annotated[int, Meta(ge=60, le=21600)],
        "Maximum age in seconds of the event of an asynchronous invocation.",
        21600,
        argument="settings.maximum_event_age_in_seconds",
    ),
    "on_failure": Key(
        formats.ON_FAILURE,
        "ARN of a standard SQS queue or SNS topic, a function, an event bus or an S3 bucket for records of "
        "failed asynchronous invocations; empty for none.",
        argument="settings.on_failure.destination_arn",
    ),
    "on_success": Key(
        formats.ON_SUCCESS,
        "ARN of a standard SQS queue or SNS topic, a function or an event bus for records of successful "
        "asynchronous invocations; empty for none.",
        argument="settings.on_success.destination_arn",
    ),
    "code_signing_config_arn": Key(
        formats.CODE_SIGNING,
        "ARN of the code signing configuration that checks the signature of each [new "
        "package](../guides/functions.md#signed-packages); none by default, or if empty.",
        argument="settings.code_signing_config.arn",
    ),
    "publish": Key(bool, "Whether each deployment publishes a version.", False, argument="settings.publish"),
    "manage_iam_role": Key(
        bool, "Whether the app creates the execution role. `false` requires `iam_role_arn`.", True
    ),
    "iam_role_arn": Key(
        formats.ROLE,
        "ARN of an existing execution role; only with `manage_iam_role: false`.",
        argument="role.existing.arn",
    ),
    "permissions_boundary": Key(
        formats.POLICY,
        "ARN of the permissions boundary of the roles that the app creates.",
        argument="role.permissions_boundary",
    ),
    "role_path": Key(
        formats.ROLE_PATH,
        "Path of the roles that the app creates, `/` by default. Another path replaces them.",
        argument="role.path",
    ),
    "role_name_prefix": Key(
        formats.ROLE_PREFIX,
        "Prefix of the names of the roles that the app creates. Another prefix replaces them.",
        argument="role.name_prefix",
    ),
    "autogen_policy": Key(
        bool,
        "Whether the role gets the permissions for its triggers. With `false`, it has only the policy file.",
        True,
        argument="role.autogen_policy",
    ),
    "iam_policy_file": Key(
        formats.FILE,
        "File in `.chalice` with an IAM policy for the role; `policy-<stage>.json` by default, if it exists.",
        field="policy_file",
        argument="role.policies",
    ),
    "policy_names": Key(
        formats.POLICY_NAMES,
        "Names of the role's inline policies, by the names that they have otherwise: `logs`, `sqs`, ..., and "
        "`user` for the policy file.",
        argument="role.policy_names",
    ),
    "tags": Key(
        formats.TAGS,
        "Tags of all resources that support tags, merged across the levels. At most 50.",
        argument="tags",
    ),
}

#: https://registry.terraform.io/providers/hashicorp/aws/latest/docs#assume_role-configuration-block
_ASSUME_ROLE = Object(
    {
        "role_arn": Key(formats.ROLE, "The role."),
        "duration": Key(formats.DURATION, "How long the session lasts, such as `1h`."),
        "external_id": Key(formats.EXTERNAL_ID, "External ID that the trust policy of the role requires."),
        "policy": Key(str, "Policy that restricts the session."),
        "policy_arns": Key(list[formats.POLICY], "Managed policies that restrict the session."),
        "session_name": Key(formats.SESSION_NAME, "Name of the session."),
        "source_identity": Key(formats.SESSION_NAME, "Source identity of the session."),
        "tags": Key(dict[str, str], "Tags of the session."),
        "transitive_tag_keys": Key(list[str], "Tags that are passed on to further sessions."),
    },
    required={"role_arn": "arn:aws:iam::ACCOUNT:role/NAME"},
)
#: https://registry.terraform.io/providers/hashicorp/aws/latest/docs#assume_role_with_web_identity-configuration-block
_WEB_IDENTITY = Object(
    {
        "role_arn": Key(formats.ROLE, "The role."),
        "web_identity_token_file": Key(formats.TOKEN_FILE, "Path of the file with the token."),
        **{name: _ASSUME_ROLE.keys[name] for name in ("duration", "policy", "policy_arns", "session_name")},
    },
    required={"role_arn": "arn:aws:iam::ACCOUNT:role/NAME", "web_identity_token_file": "/run/token"},
    elsewhere={"web_identity_token": "in the file that web_identity_token_file names"},
)
#: https://registry.terraform.io/providers/hashicorp/aws/latest/docs#ignore_tags-configuration-block
_IGNORE_TAGS = Object(
    {
        "keys": Key(formats.TAG_KEYS, "Keys of the tags."),
        "key_prefixes": Key(formats.TAG_KEYS, "Prefixes of the keys of the tags."),
    }
)
_PROVIDER = Object(
    {
        "region": Key(formats.REGION, "Region; from the environment by default."),
        "profile": Key(formats.PROFILE, "Profile with the credentials; from the environment by default."),
        "allowed_account_ids": Key(formats.ACCOUNTS, "The only accounts to which the stage may be deployed."),
        "forbidden_account_ids": Key(
            formats.ACCOUNTS, "Accounts to which the stage must not be deployed, instead of the allowed ones."
        ),
        "assume_role": Key(
            Listed(_ASSUME_ROLE),
            "A [role to assume](https://registry.terraform.io/providers/hashicorp/aws/latest/docs"
            "#assume_role-configuration-block), or an array of roles, each of which is assumed with the "
            "credentials of the one before.",
        ),
        "assume_role_with_web_identity": Key(
            _WEB_IDENTITY,
            "A [role to assume with a token](https://registry.terraform.io/providers/hashicorp/aws/latest/docs"
            "#assume_role_with_web_identity-configuration-block), as in CI.",
        ),
        "default_tags": Key(formats.TAGS, "Tags of all resources in the stage."),
        "ignore_tags": Key(
            _IGNORE_TAGS,
            "[Tags that others manage](https://registry.terraform.io/providers/hashicorp/aws/latest/docs"
            "#ignore_tags-configuration-block), which Terraform neither shows nor removes.",
        ),
    }
)
_SKIPPED_CHECK = Object(
    {
        "id": Key(formats.CHECK, "ID of the check: `CKV_AWS_158` of checkov, `AWS-0017` of trivy."),
        "reason": Key(formats.REASON, "Why the check does not apply, for those who read the Terraform."),
    },
    required={"id": "CKV_AWS_158", "reason": "the logs contain no personal data"},
)
_TERRAFORM = Object(
    {
        "backend": Key(
            formats.BACKEND,
            "The [backend](../guides/remote-state.md#backends) of the state: one backend type and its "
            "arguments.",
        ),
        "required_version": Key(
            formats.VERSIONS,
            "[Versions of Terraform](https://developer.hashicorp.com/terraform/language/expressions/"
            "version-constraints) that are allowed.",
        ),
        "provider": Key(_PROVIDER, "Configuration of the AWS provider: see [Identity](#identity)."),
        "skip_checks": Key(
            Listed(_SKIPPED_CHECK),
            "[Checks of scanners to skip](../guides/scanners.md#skip-a-check) in the stage.",
        ),
        "workspace": Key(
            formats.WORKSPACE,
            "[Terraform workspace](../guides/stages.md#workspaces) that has the stage's state, if it is not "
            "`default`.",
        ),
    }
)
_PACKAGE_S3 = Object(
    {
        "bucket": Key(formats.BUCKET_NAME, "Name of an existing bucket."),
        "prefix": Key(formats.PREFIX, "Prefix of the object's key."),
    },
    required={"bucket": "my-packages"},
)
_ACCESS_LOGS = Object(
    {
        "bucket": Key(
            formats.BUCKET_NAME, "Name of an existing bucket that allows the service to write there."
        ),
        "prefix": Key(formats.LOG_PREFIX, "Prefix of the objects' keys."),
    },
    required={"bucket": "my-access-logs"},
)
_LOAD_BALANCER = Object(
    {
        "internal": Key(bool, "Whether it has private addresses only. A change replaces it.", False),
        "access_logs": Key(_ACCESS_LOGS, "`bucket`, and optionally `prefix`, for access logs."),
        "deletion_protection": Key(bool, "Whether AWS rejects requests to delete it.", False),
        "drop_invalid_header_fields": Key(
            bool, "Whether headers with invalid names are removed from requests.", True
        ),
        "web_acl_arn": Key(formats.WEB_ACL, "ARN of a regional web ACL of AWS WAF, which filters requests."),
    }
)
_REQUEST_LOGS = Object(
    {
        "bucket": Key(formats.BUCKET_NAME, "Name of an existing bucket that allows S3 to write there."),
        "prefix": Key(formats.PREFIX, "Prefix of the keys of the logs."),
    },
    required={"bucket": "my-access-logs"},
)
_BUCKETS = Object(
    {
        "kms_key_arn": Key(formats.KMS_KEY, "ARN of the KMS key that encrypts objects; S3's own by default."),
        "versioning": Key(bool, "Whether S3 keeps previous versions of objects.", False),
        "access_logs": Key(_REQUEST_LOGS, "Where S3 logs requests: `bucket`, and optionally `prefix`."),
        "block_public_access": Key(
            bool, "Whether S3 rejects policies and ACLs that make objects public.", True
        ),
        "manage_lifecycle": Key(
            bool,
            "Whether the app owns the lifecycle, which aborts incomplete uploads after seven days.",
            True,
        ),
        "force_destroy": Key(bool, "Whether a bucket that has objects can be destroyed, with them.", False),
    }
)
_TOPICS = Object(
    {"kms_key_arn": Key(formats.KMS_KEY, "ARN of the KMS key that encrypts messages; none by default.")}
)
_MACHINE_LOGGING = Object(
    {
        "level": Key(
            Literal["ALL", "ERROR", "FATAL", "OFF"], "Which events of executions are logged.", "OFF"
        ),
        "include_execution_data": Key(bool, "Whether the logs have inputs and outputs of states.", False),
    }
)
_STATE_MACHINES = Object(
    {
        "kms_key_arn": Key(
            formats.KMS_KEY,
            "ARN of the KMS key that encrypts definitions and executions; Step Functions' own by default.",
        ),
        "logging": Key(_MACHINE_LOGGING, "`level` and `include_execution_data`."),
        "tracing": Key(bool, "Whether AWS X-Ray traces executions.", False),
    }
)
_SCHEDULES = Object(
    {
        "kms_key_arn": Key(
            formats.KMS_KEY, "ARN of the KMS key that encrypts the input; Scheduler's own by default."
        )
    }
)
_ROLES_BY_NAME = formats.object_of(str, formats.ROLE)
_EXISTING_ROLES = Object(
    {
        "schedules": Key(_ROLES_BY_NAME, "ARNs of roles by handler, for schedules of EventBridge Scheduler."),
        "state_machines": Key(_ROLES_BY_NAME, "ARNs of roles by state machine; `default` has no name."),
    }
)
_QUOTA = Annotated[int, Meta(ge=1)]
#: The quotas of `domovoi_tf/triggers/_quotas` that AWS raises, by their codes.
_QUOTAS = Object(
    {
        "L-244521F2": Key(_QUOTA, "Rules of an event bus.", 300),
        "L-664C5505": Key(_QUOTA, "Characters of an event pattern.", 2048),
        "L-B99A9384": Key(
            _QUOTA,
            "Concurrent executions, of which Lambda keeps 100 for functions without `reserved_concurrency`.",
            1000,
        ),
        "L-FE177D64": Key(_QUOTA, "Roles of the account.", 1000),
    },
    overview="L-244521F2 (rules of an event bus), L-664C5505 (characters of an event pattern), L-B99A9384 "
    "(concurrent executions) or L-FE177D64 (roles): AWS raises no other quota that render checks",
)
#: Keys of the package, which all stages share: allowed only at the top level.
PACKAGE: Mapping[str, Key] = {
    "package_allow": Key(
        list[str],
        "Shell patterns of files in the package that look like secrets and are none, such as `tests/*.key`.",
    ),
    "package_boto3": Key(
        bool,
        "Whether the [package](../guides/package.md) includes boto3 and botocore, which Lambda's runtime has "
        "too. By default it does if the runtime's release may not suit.",
    ),
    "package_bytecode": Key(
        bool,
        "Whether the package includes [bytecode](../guides/package.md#bytecode) of its modules. By default, "
        "it does if the function's version of Python was installed when the tree got its first package.",
    ),
    "package_exclude": Key(
        list[str], "Shell patterns of files and folders to leave out of the package, such as `*/tests`."
    ),
    "package_groups": Key(list[str], "Dependency groups of `pyproject.toml` to include in the package."),
    "package_include": Key(
        list[formats.FILES],
        "Shell patterns of further files and folders of the project for the package, such as `data/*.json`.",
    ),
    "package_layer": Key(bool, "Whether dependencies go into a separate Lambda layer.", False),
}

_NO_STAGE = dict.fromkeys(("$schema", "app_name", "stages", "version", *PACKAGE), "at the top level")
_NO_FUNCTION = {
    **_NO_STAGE,
    **dict.fromkeys(
        (
            *("alb_acm_cert_dns_name", "alb_listener_arn", "alb_subnet_ids"),
            *("existing_roles", "lambda_functions", "load_balancer", "quotas", "terraform"),
            *OF_RESOURCES,
        ),
        "at the top level or in a stage",
    ),
    **dict.fromkeys(
        ("lambda_architecture", "package_s3", "python_version"),
        "at the top level or in a stage, because all functions share one package",
    ),
}
_FUNCTIONS = Key(
    Named(Object(FUNCTION, unused=UNUSED, elsewhere=_NO_FUNCTION)),
    "Values for single functions, by their names in `app.function`; `default` is the app's own function.",
)

#: Keys that are allowed at the top level and in a stage.
STAGE: Mapping[str, Key] = {
    **FUNCTION,
    "alb_acm_cert_dns_name": Key(
        formats.DOMAIN,
        "Domain of a certificate, instead of `alb_listener_arn`: the stage gets its own load balancer.",
    ),
    "alb_listener_arn": Key(
        formats.LISTENER, "ARN of an existing listener for the handlers of `alb_target`."
    ),
    "alb_subnet_ids": Key(
        Annotated[list[formats.SUBNET], Meta(min_length=2)],
        "Subnets of the stage's own load balancer, in two or more Availability Zones; by default, "
        "those of the default VPC.",
    ),
    "buckets": Key(
        _BUCKETS,
        "Settings of the [buckets](../sources/s3.md#buckets-that-the-app-creates) that the app creates.",
    ),
    "existing_roles": Key(
        _EXISTING_ROLES,
        "ARNs of [existing roles](../guides/functions.md#an-existing-role) of `state_machines` and "
        "`schedules`, by machine and by handler.",
    ),
    "lambda_architecture": Key(
        Literal["x86_64", "arm64"],
        "`x86_64` or `arm64`, the same in all stages, which share a package.",
        "x86_64",
        field="architecture",
    ),
    "lambda_functions": _FUNCTIONS,
    "load_balancer": Key(
        _LOAD_BALANCER,
        "Settings of the stage's own [load balancer](../sources/alb.md#the-stages-own-load-balancer).",
    ),
    "package_s3": Key(
        _PACKAGE_S3,
        "`bucket`, and optionally `prefix`, for the package: Lambda accepts direct uploads of at most 50 MB.",
    ),
    "python_version": Key(
        formats.PYTHON,
        "Version of Python, such as `3.13` or `python3.13`, the same in all stages, which share a package. "
        "Python 3.14 and newer need an AWS provider that supports them: 5.x supports Python up to 3.13.",
        "3.13",
    ),
    "quotas": Key(
        _QUOTAS,
        "[Quotas of the account](../explanation/limits.md#quotas-that-aws-raises) that differ from AWS's "
        "defaults, by their codes in Service Quotas; `render` and `deploy` warn above them.",
    ),
    "schedules": Key(_SCHEDULES, "Settings of the schedules of EventBridge Scheduler."),
    "state_machines": Key(
        _STATE_MACHINES,
        "Settings of the [state machines](../sources/state_machines.md), unless they declare them.",
    ),
    "topics": Key(_TOPICS, "Settings of the SNS topics that the app creates."),
    "terraform": Key(_TERRAFORM, "Settings of Terraform and of the AWS provider, merged across the levels."),
}

#: Keys that are allowed at the top level.
TOP_LEVEL: Mapping[str, Key] = {
    **STAGE,
    **PACKAGE,
    "$schema": Key(str, "Location of the [JSON Schema](#what-is-checked) of this file, for editors."),
    "app_name": Key(
        formats.string_of("a name of letters, digits, - and _", "[A-Za-z0-9_-]+"),
        "Required. Prefix of the names that the app gives to its resources: `<app_name>-<stage>`; "
        "at most 64 characters.",
    ),
    "stages": Key(
        Named(
            Object(
                STAGE,
                unused=UNUSED,
                elsewhere=_NO_STAGE,
            )
        ),
        "The stages, each with its own values. Without this key, any stage name is accepted.",
    ),
    "version": Key(str, "Accepted for compatibility with Chalice."),
}

#: The whole file.
CONFIGURATION = Object(TOP_LEVEL, required={"app_name": "my-app"}, unused=UNUSED)


def get_field(name: str) -> str:
    """Returns the field of the settings that has the value of a key."""
    return STAGE[name].field or name
