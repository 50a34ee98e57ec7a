"""Converts the settings of a stage and its functions to arguments of the app's module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domovoi_tf.hcl.syntax import format_file_call
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.settings.keys import FUNCTION, get_field, list_function_inputs

#: Inputs whose values are put together from several settings.
_COMBINED = frozenset({"environment_variables", "policies", "tags", "vpc"})
#: The default target.
_TARGET = ("3.13", "x86_64")


def list_shared_inputs() -> tuple[str, ...]:
    """Returns the inputs that hold for all functions: those of single functions, and the package's target."""
    inputs = list_function_inputs()
    after = inputs.index("description") + 1
    return (*inputs[:after], "runtime", "architecture", *inputs[after:])


def arguments(settings: Settings, given: Mapping[str, object]) -> dict[str, object]:
    """Returns what a stage's root passes to the app of its settings: only what they say.

    Args:
        settings: the stage's settings.
        given: what the root passes of the app's own inputs.
    """
    python, architecture = settings.python_version, settings.architecture
    target = {"runtime": f"python{python}", "architecture": architecture}
    different = (python != _TARGET[0], architecture != _TARGET[1])
    return {
        **_make_plain(settings),
        **{name: value for (name, value), said in zip(target.items(), different, strict=True) if said},
        **_build_objects(settings, settings),
        **({} if settings.package_s3 is None else {"package_s3": settings.package_s3}),
        **given,
        **_build_maps(settings, "policy.json"),
        **_build_functions(settings),
    }


def files(settings: Settings) -> dict[str, str]:
    """Returns the texts of a stage's policy files, by the name that each has beside the root."""
    own = {_name_policy_file(name): function.policy for name, function in sorted(settings.functions.items())}
    return {name: text for name, text in {"policy.json": settings.policy, **own}.items() if text is not None}


def _build_functions(settings: Settings) -> dict[str, object]:
    found = {
        name: {
            **_make_plain(own),
            **_build_objects(own, settings),
            **_build_maps(own, _name_policy_file(name)),
        }
        for name, own in sorted(settings.functions.items())
    }
    said = {name: own for name, own in found.items() if own}
    return {"functions": said} if said else {}


def _select_values(said: FunctionSettings) -> Iterator[tuple[str, str, Any]]:
    """Yields the input, its attribute if it is an object, and the value of each setting that is set."""
    for name, key in FUNCTION.items():
        argument, _, attribute = key.argument.partition(".")
        if argument and argument not in _COMBINED:
            value = getattr(said, get_field(name))
            if value is not None:
                yield argument, attribute, value


def _make_plain(said: FunctionSettings) -> dict[str, object]:
    return {argument: value for argument, attribute, value in _select_values(said) if not attribute}


def _build_objects(said: FunctionSettings, settings: Settings) -> dict[str, object]:
    # References are objects, so that Terraform knows before it knows an ARN whether there is one.
    found: dict[str, object] = {}
    if said.subnet_ids or said.security_group_ids:
        found["vpc"] = {
            "subnet_ids": said.subnet_ids or settings.subnet_ids or (),
            "security_group_ids": said.security_group_ids or settings.security_group_ids or (),
        }
    references = {
        argument: {attribute: value} for argument, attribute, value in _select_values(said) if attribute
    }
    return {**found, **references}


def _build_maps(said: FunctionSettings, policy_file: str) -> dict[str, object]:
    policies = {} if said.policy is None else {"user": format_file_call(policy_file)}
    found = {"policies": policies, "environment_variables": said.environment_variables, "tags": said.tags}
    return {name: value for name, value in found.items() if value}


def _name_policy_file(name: str) -> str:
    return f"policy-{name}.json"
