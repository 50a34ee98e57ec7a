"""Converts the settings of a stage and its functions to arguments of the app's module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domovoi_tf.hcl.syntax import format_file_call
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.settings.keys import FUNCTION, get_field

#: Paths whose values are put together from several settings.
_COMBINED = frozenset(
    {
        "settings.environment_variables",
        "settings.vpc.security_group_ids",
        "settings.vpc.subnet_ids",
        "role.policies",
        "role.policy_names",
    }
)
#: The default target of the package.
_TARGET = {"runtime": "python3.13", "architecture": "x86_64"}


def build_arguments(settings: Settings, only: str | None, given: Mapping[str, object]) -> dict[str, object]:
    """Returns the arguments that the settings of a stage give the app's module.

    Args:
        settings: the stage's settings.
        only: the key of the app's function if the module has no inputs for single functions.
        given: the arguments for the inputs that the app itself declares.
    """
    own = settings.functions.get(only or "", FunctionSettings())
    target = {"runtime": f"python{settings.python_version}", "architecture": settings.architecture}
    values = {
        **{f"settings.{name}": value for name, value in target.items() if value != _TARGET[name]},
        **_flatten(settings, settings, _name_policy_file()),
    }
    if only is not None:
        # Environment variables are merged, as Terraform merges those of several functions.
        variables = {**settings.environment_variables, **own.environment_variables}
        values |= _flatten(own, settings, _name_policy_file(only))
        values |= {"settings.environment_variables": variables} if variables else {}
    package = {} if settings.package_s3 is None else {"package": {"upload": settings.package_s3}}
    return {
        **_nest(values),
        **package,
        **({"tags": settings.tags} if settings.tags else {}),
        **given,
        **({} if only is not None else _build_functions(settings)),
    }


def build_policy_files(settings: Settings) -> dict[str, str]:
    """Returns the texts of a stage's policy files, by file name."""
    own = {_name_policy_file(name): function.policy for name, function in sorted(settings.functions.items())}
    texts = {_name_policy_file(): settings.policy, **own}
    return {name: text for name, text in texts.items() if text is not None}


def _build_functions(settings: Settings) -> dict[str, object]:
    """Returns the arguments for single functions and their roles."""
    nested = {
        name: _nest(_flatten(function, settings, _name_policy_file(name)))
        for name, function in sorted(settings.functions.items())
    }
    inputs = {"functions": "settings", "roles": "role"}
    arguments = {
        argument: {name: values[part] for name, values in nested.items() if part in values}
        for argument, part in inputs.items()
    }
    return {argument: values for argument, values in arguments.items() if values}


def _flatten(settings: FunctionSettings, stage: Settings, policy_file: str) -> dict[str, object]:
    """Returns the values of the settings that are set, by their paths in the inputs of the app's module."""
    policies = {} if settings.policy is None else {"user": format_file_call(policy_file)}
    combined = {
        "settings.environment_variables": settings.environment_variables,
        "settings.tags": {} if settings is stage else settings.tags,
        "role.policies": policies,
        "role.policy_names": settings.policy_names or {},
    }
    # A reference is an object, so that Terraform knows before it knows an ARN whether there is one.
    return {
        **dict(_select_values(settings)),
        **_build_vpc(settings, stage),
        **{path: value for path, value in combined.items() if value},
    }


def _select_values(settings: FunctionSettings) -> Iterator[tuple[str, Any]]:
    for name, key in FUNCTION.items():
        if "." in key.argument and key.argument not in _COMBINED:
            value = getattr(settings, get_field(name))
            if value is not None:
                yield key.argument, value


def _build_vpc(settings: FunctionSettings, stage: Settings) -> dict[str, object]:
    if not (settings.subnet_ids or settings.security_group_ids):
        return {}
    return {
        "settings.vpc.subnet_ids": settings.subnet_ids or stage.subnet_ids or (),
        "settings.vpc.security_group_ids": settings.security_group_ids or stage.security_group_ids or (),
    }


def _nest(values: Mapping[str, object]) -> dict[str, Any]:
    """Returns nested objects with the values at their paths."""
    nested: dict[str, Any] = {}
    for path, value in values.items():
        *parents, last = path.split(".")
        inner = nested
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value
    return nested


def _name_policy_file(function: str = "") -> str:
    return f"policy-{function}.json" if function else "policy.json"


def build_source_arguments(settings: Settings, names: Iterable[str]) -> dict[str, object]:
    """Returns the arguments that the settings of a stage give these inputs, without those that are not set.

    Args:
        settings: the stage's settings.
        names: the inputs that the app's module has.
    """
    values = {
        "buckets": settings.buckets,
        "schedules": settings.schedules,
        "state_machines": settings.state_machines,
        "topics": settings.topics,
    }
    arguments = {name: _convert_key(values[name]) for name in names}
    return {name: value for name, value in arguments.items() if value}


def build_role_arguments(settings: Settings, owners: Mapping[str, Iterable[str]]) -> dict[str, object]:
    """Returns the argument with the existing roles that the app uses, if there are some.

    Args:
        settings: the stage's settings.
        owners: the names of state machines and handlers of schedules that have a role, by key.
    """
    roles = {
        key: {name: arn for name, arn in settings.existing_roles.get(key, {}).items() if name in names}
        for key, names in owners.items()
    }
    used = {key: arns for key, arns in roles.items() if arns}
    return {"existing_roles": used} if used else {}


def _convert_key(values: Mapping[str, object]) -> dict[str, object]:
    # A key is an object, so that Terraform knows before it knows the ARN whether there is one.
    key = values.get("kms_key_arn")
    others = {name: value for name, value in values.items() if name != "kms_key_arn"}
    return {**({"kms_key": {"arn": key}} if key else {}), **others}
