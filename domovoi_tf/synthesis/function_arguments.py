"""Converts the settings of a stage and its functions to arguments of the app's module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domovoi_tf.hcl.syntax import format_file_call
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.settings.keys import FUNCTION, get_field, list_function_inputs

#: Inputs whose values are put together from several settings.
_COMBINED = frozenset({"environment_variables", "policies", "policy_names", "tags", "vpc"})
#: The default target.
_TARGET = ("3.13", "x86_64")


def list_shared_inputs() -> tuple[str, ...]:
    """Returns the inputs that hold for all functions: those of single functions, and the package's target."""
    inputs = list_function_inputs()
    after = inputs.index("description") + 1
    return (*inputs[:after], "runtime", "architecture", *inputs[after:])


def build_arguments(settings: Settings, given: Mapping[str, object]) -> dict[str, object]:
    """Returns the arguments that the settings of a stage give the app's module.

    Args:
        settings: the stage's settings.
        given: the arguments for the inputs that the app itself declares.
    """
    python, architecture = settings.python_version, settings.architecture
    target = {"runtime": f"python{python}", "architecture": architecture}
    changed = (python != _TARGET[0], architecture != _TARGET[1])
    return {
        **_make_plain(settings),
        **{name: value for (name, value), is_set in zip(target.items(), changed, strict=True) if is_set},
        **_build_objects(settings, settings),
        **({} if settings.package_s3 is None else {"package_s3": settings.package_s3}),
        **given,
        **_build_maps(settings, "policy.json"),
        **_build_functions(settings),
    }


def build_policy_files(settings: Settings) -> dict[str, str]:
    """Returns the texts of a stage's policy files, by file name."""
    own = {_name_policy_file(name): function.policy for name, function in sorted(settings.functions.items())}
    return {name: text for name, text in {"policy.json": settings.policy, **own}.items() if text is not None}


def _build_functions(settings: Settings) -> dict[str, object]:
    functions = {
        name: {
            **_make_plain(function),
            **_build_objects(function, settings),
            **_build_maps(function, _name_policy_file(name)),
        }
        for name, function in sorted(settings.functions.items())
    }
    not_empty = {name: arguments for name, arguments in functions.items() if arguments}
    return {"functions": not_empty} if not_empty else {}


def _select_values(settings: FunctionSettings) -> Iterator[tuple[str, str, Any]]:
    """Yields the input, its attribute if it is an object, and the value of each setting that is set."""
    for name, key in FUNCTION.items():
        argument, _, attribute = key.argument.partition(".")
        if argument and argument not in _COMBINED:
            value = getattr(settings, get_field(name))
            if value is not None:
                yield argument, attribute, value


def _make_plain(settings: FunctionSettings) -> dict[str, object]:
    return {argument: value for argument, attribute, value in _select_values(settings) if not attribute}


def _build_objects(settings: FunctionSettings, stage: Settings) -> dict[str, object]:
    # References are objects, so that Terraform knows before it knows an ARN whether there is one.
    objects: dict[str, object] = {}
    if settings.subnet_ids or settings.security_group_ids:
        objects["vpc"] = {
            "subnet_ids": settings.subnet_ids or stage.subnet_ids or (),
            "security_group_ids": settings.security_group_ids or stage.security_group_ids or (),
        }
    references = {
        argument: {attribute: value} for argument, attribute, value in _select_values(settings) if attribute
    }
    return {**objects, **references}


def _build_maps(settings: FunctionSettings, policy_file: str) -> dict[str, object]:
    policies = {} if settings.policy is None else {"user": format_file_call(policy_file)}
    maps = {
        "policies": policies,
        "policy_names": settings.policy_names or {},
        "environment_variables": settings.environment_variables,
        "tags": settings.tags,
    }
    return {name: value for name, value in maps.items() if value}


def _name_policy_file(name: str) -> str:
    return f"policy-{name}.json"
