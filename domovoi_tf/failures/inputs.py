"""Explains input variables without a value, or with one that is not valid."""

from __future__ import annotations

import re

from domovoi_tf.failures.explanation import Explanation, Failure

#: The file of a stage's root that has the variables of the app.
_RENDERED = "variables.tf"
_LISTENER = "alb_listener_arn"
_NAME = re.compile(r'variable "([^"]+)"')


def explain_missing_value(failure: Failure) -> Explanation:
    """Explains that an input variable has no value."""
    match = _NAME.search(failure.text)
    name = match[1] if match else "NAME"
    file = f"terraform/stages/{failure.stage}/terraform.tfvars"
    if _may_have_default(name, failure):
        remedy = (
            f"Set TF_VAR_{name}, write `{name} = ...` to {file}, or declare "
            f'app.variable("{name}", default="...") in the app.'
        )
    else:
        remedy = f"Set TF_VAR_{name}, or write `{name} = ...` to {file}."
    return Explanation(f"The variable {name} has no value{_format_place(failure)}.", remedy)


def _may_have_default(name: str, failure: Failure) -> bool:
    """Returns whether the app can declare a default: the variable is its own, and not sensitive.

    Variables of the app are in the file that is rendered for them. The listener's ARN is a setting.
    """
    if not failure.place.startswith(f"{_RENDERED}:") or failure.root is None or name == _LISTENER:
        return False
    try:
        text = (failure.root / _RENDERED).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    block = re.search(rf'^variable "{re.escape(name)}" {{$.*?^}}$', text, re.MULTILINE | re.DOTALL)
    return block is not None and not re.search(r"^  sensitive += true$", block[0], re.MULTILINE)


def explain_invalid_value(failure: Failure) -> Explanation | None:
    """Explains that an input variable of the stage does not accept its value; None for one of a module."""
    match = _NAME.search(failure.text)
    if not match or failure.place.startswith(".."):
        return None
    name = match[1]
    reason = re.sub(r"^Invalid value for (?:input )?variable ", "", failure.sentence)
    reason = re.sub(r" ?This was checked by the validation rule at .*", "", reason)
    return Explanation(
        f"The variable {name} does not accept its value{_format_place(failure)}: {reason.rstrip('.')}.",
        f"Change TF_VAR_{name}, or the file in terraform/stages/{failure.stage} that sets it, such as "
        "terraform.tfvars.",
    )


def _format_place(failure: Failure) -> str:
    return f" ({failure.place})" if failure.place else ""
