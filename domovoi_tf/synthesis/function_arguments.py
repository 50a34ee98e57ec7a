"""What the configuration and the app say of functions: what counts, and as what Terraform gets it."""

from __future__ import annotations

from collections.abc import Mapping

from domovoi_tf.hcl.syntax import format_file_call
from domovoi_tf.settings import FunctionSettings, Settings

#: The app's inputs that are called otherwise than the settings.
_INPUTS = {
    "reserved_concurrency": "reserved_concurrent_executions",
    "maximum_event_age": "maximum_event_age_in_seconds",
}
#: References are objects, so that Terraform knows before it knows an ARN whether there is one.
_REFERENCES = {
    "kms_key_arn": ("kms_key", "arn"),
    "dead_letter_queue_target_arn": ("dead_letter_queue", "target_arn"),
    "on_failure": ("on_failure", "destination_arn"),
    "on_success": ("on_success", "destination_arn"),
    "iam_role_arn": ("role", "arn"),
}
#: What is passed on as it is, in the order of the app's inputs.
_PLAIN = (
    "memory_size",
    "timeout",
    "description",
    "ephemeral_storage_size",
    "layers",
    "reserved_concurrency",
    "xray",
    "log_retention_in_days",
    "log_format",
    "maximum_retry_attempts",
    "maximum_event_age",
    "publish",
    "permissions_boundary",
    "autogen_policy",
)
#: What the package is built for, and what holds where nothing is said.
_TARGET = ("3.13", "x86_64")


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
        **_plain(settings),
        **{name: value for (name, value), said in zip(target.items(), different, strict=True) if said},
        **_objects(settings, settings),
        **({} if settings.package_s3 is None else {"package_s3": settings.package_s3}),
        **given,
        **_maps(settings, "policy.json"),
        **_functions(settings),
    }


def files(settings: Settings) -> dict[str, str]:
    """Returns the texts of a stage's policy files, by the name that each has beside the root."""
    own = {_policy_file(name): function.policy for name, function in sorted(settings.functions.items())}
    return {name: text for name, text in {"policy.json": settings.policy, **own}.items() if text is not None}


def _functions(settings: Settings) -> dict[str, object]:
    found = {
        name: {**_plain(own), **_objects(own, settings), **_maps(own, _policy_file(name))}
        for name, own in sorted(settings.functions.items())
    }
    said = {name: own for name, own in found.items() if own}
    return {"functions": said} if said else {}


def _plain(said: FunctionSettings) -> dict[str, object]:
    values = ((name, getattr(said, name)) for name in _PLAIN)
    return {_INPUTS.get(name, name): value for name, value in values if value is not None}


def _objects(said: FunctionSettings, settings: Settings) -> dict[str, object]:
    found: dict[str, object] = {}
    if said.subnet_ids or said.security_group_ids:
        found["vpc"] = {
            "subnet_ids": said.subnet_ids or settings.subnet_ids or (),
            "security_group_ids": said.security_group_ids or settings.security_group_ids or (),
        }
    for name, (argument, attribute) in _REFERENCES.items():
        if getattr(said, name) is not None:
            found[argument] = {attribute: getattr(said, name)}
    return found


def _maps(said: FunctionSettings, policy_file: str) -> dict[str, object]:
    policies = {} if said.policy is None else {"user": format_file_call(policy_file)}
    found = {"policies": policies, "environment_variables": said.environment_variables, "tags": said.tags}
    return {name: value for name, value in found.items() if value}


def _policy_file(name: str) -> str:
    return f"policy-{name}.json"
