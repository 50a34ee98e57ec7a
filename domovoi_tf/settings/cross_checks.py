"""Checks values of several keys, levels or stages against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domovoi_tf.failures import regions
from domovoi_tf.settings import precedence
from domovoi_tf.settings.constraints import check_environment_size
from domovoi_tf.settings.keys import ACCOUNTS, EMPTY_IS_NONE, LISTENERS, SYNONYMS
from domovoi_tf.settings.precedence import Effective, Level
from domovoi_tf.system.reading.json_nodes import join_path

#: The keys that the package depends on. All stages and functions share it.
_PACKAGE_KEYS = ("python_version", "lambda_architecture")
_LEVEL_KEYS = ("application_log_level", "system_log_level")
#: Keys with ARNs that Lambda or a load balancer accepts from the Region of the functions only.
_REGIONAL_KEYS = (
    "alb_listener_arn",
    "code_signing_config_arn",
    "kms_key_arn",
    "layers",
    "log_group_kms_key_arn",
    "source_kms_key_arns",
)
_LOAD_BALANCER = "load_balancer"
DEAD_LETTERS = "dead_letter_queue_target_arn"
_VPC_KEYS = ("subnet_ids", "security_group_ids")


def check_level(level: Level) -> Iterator[str]:
    """Yields a problem for each pair of keys that cannot be used together at one level."""
    if level.values.keys() >= set(LISTENERS):
        yield (
            f"{level.path}: has both {' and '.join(LISTENERS)}: "
            "remove the first to use an existing listener, or the second to create a load balancer."
        )
    for other, name in SYNONYMS.items():
        if other in level.values and name in level.values:
            yield f"{level.path}: has both {other} and {name}, which have the same meaning. Remove the first."


def check_stage(config: Mapping[str, Any], stage: str) -> Iterator[str]:
    """Yields problems between the effective values of a stage, or of one of its functions."""
    shared = precedence.resolve_stage(config, stage)
    yield from _check_effective(join_path("$.stages", stage) if config.get("stages") else "$", shared)
    yield from _check_log_levels(shared, [key for key in _LEVEL_KEYS if (key,) in shared])
    for name, path in precedence.list_functions(config, stage).items():
        own = precedence.resolve_function(config, stage, name)
        yield from _check_effective(path, own)
        yield from _check_function_role(own, shared)
        yield from _check_removals(own, shared)
        # A function with text logs may inherit the levels of functions with JSON logs.
        yield from _check_log_levels(own, [key for key in _LEVEL_KEYS if (key,) in own and own[key,].own])


def check_package(config: Mapping[str, Any]) -> Iterator[str]:
    """Yields a problem for each stage that needs another package than the first: all stages share one."""
    for key in _PACKAGE_KEYS:
        values = [
            (stage, precedence.resolve_stage(config, stage).get((key,))) for stage in config.get("stages", {})
        ]
        for stage, value in values[1:]:
            first = values[0][1]
            if _normalize_version(value) != _normalize_version(first):
                where = (value or first or precedence.Sourced(None, "$")).path
                yield (
                    f"{where}: the stages {values[0][0]} and {stage} share app/package.zip, "
                    f"so {key} must be the same for both. Set it at the top level only."
                )


def _normalize_version(sourced: precedence.Sourced | None) -> str | None:
    return None if sourced is None else str(sourced.value).removeprefix("python")


def _check_effective(path: str, effective: Effective) -> Iterator[str]:
    yield from check_environment_size(
        f"{path}.environment_variables", precedence.merge_entries(effective, "environment_variables")
    )
    yield from _check_role(effective)
    yield from _check_vpc(effective)
    yield from _check_regions(effective)
    yield from _check_accounts(effective)


def _check_role(effective: Effective) -> Iterator[str]:
    managed, arn = effective.get(("manage_iam_role",)), effective.get(("iam_role_arn",))
    if arn and (managed is None or managed.value):
        yield f"{arn.path}: an existing role needs manage_iam_role: false. Add it, or remove this key."
    if managed and not managed.value and not arn:
        yield f"{managed.path}: false needs the iam_role_arn of an existing role. Add it, or remove this key."


def _check_function_role(own: Effective, shared: Effective) -> Iterator[str]:
    managed = own.get(("manage_iam_role",))
    if managed and managed.own and managed.value and ("iam_role_arn",) in shared:
        yield (
            f"{managed.path}: the other functions use the existing role {shared['iam_role_arn',].value!r}. "
            "Set it for each of them, and remove it from the stage and the top level."
        )


def _check_log_levels(effective: Effective, keys: Iterable[str]) -> Iterator[str]:
    log_format = effective.get(("log_format",))
    if log_format is None or log_format.value != "JSON":
        for key in keys:
            yield (
                f"{effective[key,].path}: log levels apply to JSON logs only. "
                'Set log_format to "JSON", or move this key to the stage or function that has JSON logs.'
            )


def _check_accounts(effective: Effective) -> Iterator[str]:
    provider = effective.get(("terraform", "provider"))
    if provider and provider.value.keys() >= set(ACCOUNTS):
        yield (
            f"{provider.path}: has both {' and '.join(ACCOUNTS)}, of which the AWS provider takes one. "
            "Remove the second: all accounts but the allowed ones are forbidden."
        )


def _check_regions(effective: Effective) -> Iterator[str]:
    provider = effective.get(("terraform", "provider"))
    region = provider.value.get("region") if provider else None
    for key in _REGIONAL_KEYS if region else ():
        value = effective.get((key,))
        arns = [] if value is None else value.value if isinstance(value.value, list) else [value.value]
        for arn in arns:
            if value and arn and arn.split(":")[3] != region:
                yield (
                    f"{value.path}: {arn!r} is not in the Region {region!r} of terraform.provider, in "
                    "which the functions are. Use one of that Region."
                )
    balancer = effective.get((_LOAD_BALANCER,))
    web_acl = balancer.value.get("web_acl_arn") if balancer else None
    if balancer and region and web_acl and web_acl.split(":")[3] != region:
        yield (
            f"{balancer.path}.web_acl_arn: {web_acl!r} is not in the Region {region!r} of "
            "terraform.provider, in which the load balancer is. Use one of that Region."
        )


def _check_removals(own: Effective, shared: Effective) -> Iterator[str]:
    """Yields the empty values of a function for which the app's module has no input."""
    for key in EMPTY_IS_NONE:
        value, stage_value = own.get((key,)), shared.get((key,))
        if value and value.own and value.value == "" and stage_value and stage_value.value:
            yield (
                f"{value.path}: a function cannot opt out of the stage's {stage_value.value!r}. "
                "Set it for each of the other functions, and remove it from the stage and the top level."
            )


def _check_vpc(effective: Effective) -> Iterator[str]:
    given = [effective.get((key,)) for key in _VPC_KEYS]
    for key, this, other in zip(_VPC_KEYS[::-1], given, given[::-1], strict=True):
        if this and this.value and not (other and other.value):
            yield f"{this.path}: Lambda needs both subnets and security groups. Add {key}."


def find_shared_queues(config: Mapping[str, Any]) -> Iterator[str]:
    """Yields a notice for each dead-letter queue that several stages share.

    Args:
        config: a configuration without problems.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    users: dict[str, dict[str, str]] = {}
    for stage in config.get("stages", {}):
        names = precedence.list_functions(config, stage)
        levels = [precedence.resolve_stage(config, stage)]
        levels += [precedence.resolve_function(config, stage, name) for name in names]
        for level in levels:
            source = level.get((DEAD_LETTERS,))
            if source and ":sqs:" in source.value:
                users.setdefault(source.value, {}).setdefault(stage, source.path)
    for arn, paths in users.items():
        if len(paths) > 1:
            yield (
                f"{', '.join(dict.fromkeys(paths.values()))}: the stages {', '.join(paths)} share the queue "
                f"{arn}. Lambda's messages do not name their function, so `domovoi-tf dlq redrive` leaves "
                "those whose request is in no log. Give each stage its own queue "
                f"($.stages.<stage>.{DEAD_LETTERS}), or use on_failure, whose messages name the function"
            )


def find_unused_load_balancer(config: Mapping[str, Any], stage: str) -> Iterator[str]:
    """Yields a notice if a stage has settings of a load balancer, but no load balancer of its own.

    Args:
        config: a configuration without problems.
        stage: the name of the stage.
    """
    effective = precedence.resolve_stage(config, stage)
    balancer = effective.get((_LOAD_BALANCER,))
    if balancer and (LISTENERS[0],) not in effective:
        yield (
            f"{balancer.path}: is not used: the stage {stage} has no load balancer of its own, which "
            f"{LISTENERS[0]} would create"
        )


def find_unknown_regions(terraform: Mapping[str, Any]) -> Iterator[str]:
    """Yields a notice for each Region that AWS does not have, as far as botocore knows.

    Args:
        terraform: the settings of Terraform in the stage.
    """
    blocks = {"provider": terraform.get("provider"), "backend.s3": (terraform.get("backend") or {}).get("s3")}
    for name, block in blocks.items():
        region = block.get("region") if isinstance(block, Mapping) else None
        if isinstance(region, str) and not regions.is_known(region):
            yield (
                f"terraform.{name}.region is {region}, which botocore does not know."
                f"{regions.suggest(region) or ' If it is a new Region, ignore this.'}"
            )


def find_deprecated_locks(terraform: Mapping[str, Any]) -> Iterator[str]:
    """Yields a notice if the backend locks the state in a DynamoDB table, which Terraform has deprecated.

    Args:
        terraform: the settings of Terraform in the stage.

    https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
    """
    backend = terraform.get("backend") or {}
    if (backend.get("s3") or {}).get("dynamodb_table"):
        yield (
            "terraform.backend.s3.dynamodb_table is deprecated by Terraform, which locks the state with a "
            "file beside it (use_lockfile). Remove it once nobody uses a Terraform before 1.10 for this state"
        )
