"""Explains input variables without a value, or with one that is not valid."""

from __future__ import annotations

import re

from domovoi_tf.failures.explanation import Explanation, Failure

_NAME = re.compile(r'variable "([^"]+)"')


def explain_missing_value(failure: Failure) -> Explanation:
    """Explains that an input variable has no value."""
    match = _NAME.search(failure.text)
    name = match[1] if match else "NAME"
    return Explanation(
        f"The variable {name} has no value{_format_place(failure)}.",
        f"Set TF_VAR_{name}, or write `{name} = ...` to terraform/stages/{failure.stage}/terraform.tfvars.",
    )


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
