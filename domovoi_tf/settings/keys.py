"""What may stand in ``.chalice/config.json``, and where: checks, JSON Schema and documentation follow.

A ``description`` is what the documentation and editors say of a key, a ``title`` what its value is to be.

In one module, because it is one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from msgspec import Meta

from domovoi_tf.settings import formats


@dataclass(frozen=True)
class Key:
    """A key of the configuration.

    ``type`` is the type of its value, msgspec's or one of ours. ``default`` is the value used without it.
    ``field`` is its field of `FunctionSettings` or `Settings`, if that has another name. ``argument`` is the
    input of the app's module that passes the value of a function's key on; an input that is an object has the
    attribute after a dot.
    """

    type: Any
    description: str
    default: Any = None
    field: str = ""
    argument: str = ""


@dataclass(frozen=True)
class Object:
    """An object with these keys and no others; what is required with an example.

    ``unused`` are keys that may stand there and mean nothing, each with the reason; ``elsewhere`` those that
    may not stand there, each with where it may.
    """

    keys: Mapping[str, Key]
    required: Mapping[str, str] = field(default_factory=dict)
    unused: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Named:
    """An object of objects, each by a name of the user's."""

    of: Object


#: What Chalice reads and nothing here does, each with the reason.
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
    "lambda_arn": "Terraform's state knows the function",
    "profile": "set AWS_PROFILE",
}

#: Two names of one thing: the other name, then the one that later stages know.
SYNONYMS: Mapping[str, str] = {"reserved_concurrent_executions": "reserved_concurrency"}
#: Of these the entries of all levels count.
MERGED = ("environment_variables", "tags", "terraform")
#: Keys of which one makes the other mean nothing: the nearest level decides which.
LISTENERS = ("alb_acm_cert_dns_name", "alb_listener_arn")

#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MEMORY_MB, TIMEOUT_SECONDS, STORAGE_MB = range(128, 10241), range(1, 901), range(512, 10241)


def _between(numbers: range) -> Any:
    """Returns the type of the integers of a range."""
    return Annotated[int, Meta(ge=numbers[0], le=numbers[-1])]


#: What may stand anywhere: at the top level, in a stage, and in ``lambda_functions.<name>`` of both.
FUNCTION: Mapping[str, Key] = {
    "environment_variables": Key(
        formats.object_of(formats.VARIABLE_NAME, str),
        "Environment variables; a nearer level adds to them. 4 KB in all. No secrets: see below.",
        argument="environment_variables",
    ),
    "lambda_memory_size": Key(
        _between(MEMORY_MB), "Memory in MB.", 128, field="memory_size", argument="memory_size"
    ),
    "lambda_timeout": Key(
        _between(TIMEOUT_SECONDS), "Timeout in seconds.", 60, field="timeout", argument="timeout"
    ),
    "description": Key(
        Annotated[str, Meta(max_length=256)],
        "What AWS shows as the function's description.",
        argument="description",
    ),
    "lambda_ephemeral_storage": Key(
        _between(STORAGE_MB),
        "Size of `/tmp` in MB.",
        512,
        field="ephemeral_storage_size",
        argument="ephemeral_storage_size",
    ),
    "layers": Key(
        formats.array_of(formats.LAYER, 5), "ARNs of layer versions, 5 at most.", argument="layers"
    ),
    "subnet_ids": Key(
        formats.array_of(formats.SUBNET, 16),
        "Subnets of a VPC to run in, 16 at most; together with `security_group_ids`.",
        argument="vpc.subnet_ids",
    ),
    "security_group_ids": Key(
        formats.array_of(formats.SECURITY_GROUP, 5),
        "Security groups in the VPC, 5 at most; together with `subnet_ids`.",
        argument="vpc.security_group_ids",
    ),
    "reserved_concurrency": Key(
        Annotated[int, Meta(ge=0)],
        "How many instances of the function may run at once; 0 stops it.",
        argument="reserved_concurrent_executions",
    ),
    "reserved_concurrent_executions": Key(
        Annotated[int, Meta(ge=0)], "Domovoi's name of `reserved_concurrency`; not both."
    ),
    "xray": Key(bool, "Whether X-Ray traces invocations.", False, argument="xray"),
    "log_retention_in_days": Key(
        formats.RETENTION,
        "How long CloudWatch keeps the logs, in days, of those that it offers; for ever if missing.",
        argument="log_retention_in_days",
    ),
    "log_format": Key(
        Literal["Text", "JSON"], "How Lambda writes logs: `Text` or `JSON`.", "Text", argument="log_format"
    ),
    "kms_key_arn": Key(
        formats.KMS_KEY,
        "ARN of the KMS key that encrypts the environment variables; AWS's own if missing.",
        argument="kms_key.arn",
    ),
    "dead_letter_queue_target_arn": Key(
        formats.DEAD_LETTERS,
        "ARN of a standard SQS queue or SNS topic for events that failed after all retries. "
        "The role may send to it.",
        argument="dead_letter_queue.target_arn",
    ),
    "maximum_retry_attempts": Key(
        Annotated[int, Meta(ge=0, le=2)],
        "How often Lambda tries again, where it was invoked asynchronously.",
        2,
        argument="maximum_retry_attempts",
    ),
    "maximum_event_age": Key(
        Annotated[int, Meta(ge=60, le=21600)],
        "How old in seconds an event may get before Lambda gives up, where it was invoked asynchronously.",
        21600,
        argument="maximum_event_age_in_seconds",
    ),
    "on_failure": Key(
        formats.ON_FAILURE,
        "ARN of a standard SQS queue or SNS topic, a function, an event bus or an S3 bucket that is told of "
        "asynchronous invocations that failed.",
        argument="on_failure.destination_arn",
    ),
    "on_success": Key(
        formats.ON_SUCCESS,
        "ARN of a standard SQS queue or SNS topic, a function or an event bus that is told of asynchronous "
        "invocations that succeeded.",
        argument="on_success.destination_arn",
    ),
    "publish": Key(bool, "Whether each deployment publishes a version.", False, argument="publish"),
    "manage_iam_role": Key(bool, "Whether the app makes the role. With `false`, give `iam_role_arn`.", True),
    "iam_role_arn": Key(
        formats.ROLE, "ARN of an existing role, only with `manage_iam_role: false`.", argument="role.arn"
    ),
    "permissions_boundary": Key(
        formats.POLICY,
        "ARN of the policy that is the boundary of the roles that the app makes.",
        argument="permissions_boundary",
    ),
    "autogen_policy": Key(
        bool,
        "Whether the role gets what its triggers need. With `false` it has the policy file alone.",
        True,
        argument="autogen_policy",
    ),
    "iam_policy_file": Key(
        formats.FILE,
        "An IAM policy for the role, in `.chalice`; `policy-<stage>.json` where that exists.",
        field="policy_file",
        argument="policies",
    ),
    "tags": Key(
        formats.TAGS,
        "Tags of everything that takes tags; a nearer level adds to them. 50 at most.",
        argument="tags",
    ),
}

#: https://registry.terraform.io/providers/hashicorp/aws/latest/docs#assume_role-configuration-block
_ASSUME_ROLE = Object(
    {
        "role_arn": Key(formats.ROLE, "The role."),
        "duration": Key(str, "How long the session lasts, such as `1h`."),
        "external_id": Key(str, "What the role's trust policy may ask for."),
        "policy": Key(str, "A policy that narrows the session."),
        "policy_arns": Key(list[formats.POLICY], "Managed policies that narrow the session."),
        "session_name": Key(str, "Name of the session."),
        "source_identity": Key(str, "Who assumes the role."),
        "tags": Key(dict[str, str], "Tags of the session."),
        "transitive_tag_keys": Key(list[str], "Tags that further sessions keep."),
    },
    required={"role_arn": "arn:aws:iam::ACCOUNT:role/NAME"},
)
_PROVIDER = Object(
    {
        "region": Key(formats.REGION, "The region; from the environment if missing."),
        "assume_role": Key(_ASSUME_ROLE, "A role to assume: `role_arn`, `session_name`, `external_id`, ..."),
        "default_tags": Key(formats.TAGS, "Tags of everything in the stage."),
    }
)
_TERRAFORM = Object(
    {
        "backend": Key(formats.BACKEND, "Where the state is kept: one backend type and its arguments."),
        "required_version": Key(formats.VERSIONS, "Versions of Terraform that may be used."),
        "provider": Key(_PROVIDER, "Configuration of the AWS provider."),
    }
)
_PACKAGE_S3 = Object(
    {
        "bucket": Key(formats.BUCKET_NAME, "The bucket, which exists."),
        "prefix": Key(formats.PREFIX, "Begins the object's key."),
    },
    required={"bucket": "my-packages"},
)
#: What the package has, which all stages share: at the top level alone.
PACKAGE: Mapping[str, Key] = {
    "package_boto3": Key(
        bool, "Whether the [package](package.md) has boto3 and botocore, as Lambda's runtime has.", False
    ),
    "package_exclude": Key(
        list[str], "Shell patterns of files and folders that stay out of the package, such as `*/tests`."
    ),
    "package_groups": Key(list[str], "Dependency groups of `pyproject.toml` that the package has too."),
    "package_layer": Key(bool, "Whether dependencies are in a Lambda layer of their own.", False),
}

_NO_STAGE = dict.fromkeys(("$schema", "app_name", "stages", "version", *PACKAGE), "at the top level")
_NO_FUNCTION = {
    **_NO_STAGE,
    **dict.fromkeys(
        ("alb_acm_cert_dns_name", "alb_listener_arn", "alb_subnet_ids", "lambda_functions", "terraform"),
        "at the top level and in a stage",
    ),
    **dict.fromkeys(
        ("lambda_architecture", "package_s3", "python_version"),
        "at the top level and in a stage: all functions share one package",
    ),
}
_FUNCTIONS = Key(
    Named(Object(FUNCTION, unused=UNUSED, elsewhere=_NO_FUNCTION)),
    "Values for single functions, by the name that `app.function` gives; `default` is the app's own.",
)

#: What may stand at the top level and in a stage.
STAGE: Mapping[str, Key] = {
    **FUNCTION,
    "alb_acm_cert_dns_name": Key(
        formats.DOMAIN,
        "Instead of `alb_listener_arn`, a certificate's domain: the stage gets a load balancer of its own.",
    ),
    "alb_listener_arn": Key(
        formats.LISTENER, "ARN of an existing listener for the handlers of `alb_target`."
    ),
    "alb_subnet_ids": Key(
        Annotated[list[formats.SUBNET], Meta(min_length=2)],
        "That load balancer's subnets, in two Availability Zones or more; the default VPC's if missing.",
    ),
    "lambda_architecture": Key(
        Literal["x86_64", "arm64"],
        "`x86_64` or `arm64`, the same in all stages, which share a package.",
        "x86_64",
        field="architecture",
    ),
    "lambda_functions": _FUNCTIONS,
    "package_s3": Key(
        _PACKAGE_S3,
        "`bucket` and perhaps `prefix` for the package, since Lambda takes only 50 MB directly.",
    ),
    "python_version": Key(
        formats.PYTHON,
        "Version of Python, such as `3.13` or `python3.13`, the same in all stages, which share a package.",
        "3.13",
    ),
    "terraform": Key(_TERRAFORM, "`backend`, `required_version` and `provider`: see below."),
}

#: What may stand at the top level alone.
TOP_LEVEL: Mapping[str, Key] = {
    **STAGE,
    **PACKAGE,
    "$schema": Key(str, "Where an editor finds the JSON Schema of this file: see below."),
    "app_name": Key(
        formats.string_of("a name of letters, digits, - and _", "[A-Za-z0-9_-]+"),
        "Required. Begins the name of everything that the app names itself: `<app_name>-<stage>`; "
        "64 characters at most.",
    ),
    "stages": Key(
        Named(
            Object(
                STAGE,
                unused=UNUSED,
                elsewhere=_NO_STAGE,
            )
        ),
        "The stages, each with values of its own; any stage if missing.",
    ),
    "version": Key(str, "Accepted for Chalice's sake."),
}

#: The whole file.
CONFIGURATION = Object(TOP_LEVEL, required={"app_name": "my-app"}, unused=UNUSED)


def get_field(name: str) -> str:
    """Returns the field of the settings that has the value of a key."""
    return STAGE[name].field or name


def list_function_inputs() -> tuple[str, ...]:
    """Returns the inputs of the app's module that hold for all functions, in the order of the keys."""
    names = (key.argument.partition(".")[0] for key in FUNCTION.values())
    return tuple(dict.fromkeys(name for name in names if name))
