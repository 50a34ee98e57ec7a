"""Checks the input variables that an app declares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from domovoi_tf.errors import Problem
from domovoi_tf.hcl.input_variables import (
    META_ARGUMENTS,
    describe_variables,
    find_module_inputs,
    find_variables,
    uses_stage,
)
from domovoi_tf.loading.arguments.spelling import spell_value
from domovoi_tf.model.declarations import Input, Location
from domovoi_tf.model.names import STAGE_VARIABLE, VARIABLE_KEY, Variable
from domovoi_tf.model.trigger import Route
from domovoi_tf.settings.constraints import ENVIRONMENT_BYTES, READABLE_REASON, count_environment_bytes
from domovoi_tf.settings.secrets.detection import identify_secret, mask_secret
from domovoi_tf.validation.names import check_representable


def check_input_variables(
    routes: Sequence[Route], inputs: Sequence[Input], functions: Sequence[str]
) -> Iterator[Problem]:
    """Yields problems for reserved names, sensitive event sources, defaults and contradictory declarations.

    Args:
        routes: the app's routes, whose sources and names may be variables.
        inputs: the variables that the app declares for its handlers.
        functions: the keys of the functions that are deployed.
    """
    route_variables = [
        (route.location, variable) for route in routes for variable, _, _ in find_variables(route)
    ]
    app_variables = [(item.location, item.variable) for item in inputs]
    sensitive_names = {variable.name for _, variable in app_variables if variable.sensitive}
    yield from _check_reserved_names([*route_variables, *app_variables])
    yield from _check_stage(routes, [*route_variables, *app_variables])
    yield from _check_sensitive_sources(route_variables, sensitive_names)
    yield from _check_contradictions(inputs)
    yield from _check_functions(inputs, functions)
    for each in inputs:
        yield from _check_default(each, routes)


def _check_reserved_names(variables: Iterable[tuple[Location, Variable]]) -> Iterator[Problem]:
    for location, variable in variables:
        if variable.name in META_ARGUMENTS:
            reason = "a name that Terraform reserves in module blocks"
        elif variable.name in find_module_inputs():
            reason = "the name of an input that the app's module already has"
        else:
            continue
        yield Problem(str(location), f"variable({variable.name!r}) has {reason}", "Choose another name.")


def _check_stage(
    routes: Iterable[Route], variables: Iterable[tuple[Location, Variable]]
) -> Iterator[Problem]:
    user = next((route for route in routes if uses_stage(route)), None)
    for location, variable in variables:
        if user is not None and variable.name == STAGE_VARIABLE:
            yield Problem(
                str(location),
                f"variable({variable.name!r}) has the name of the input for the stage, which a name at "
                f"{user.location} needs",
                "Choose another name.",
            )


def _check_sensitive_sources(
    variables: Iterable[tuple[Location, Variable]], sensitive_names: set[str]
) -> Iterator[Problem]:
    for location, variable in variables:
        if variable.sensitive or variable.name in sensitive_names:
            yield Problem(
                str(location),
                f"variable({variable.name!r}) is sensitive, but an event source or a name uses it: in plans, "
                "Terraform would hide every resource and policy that contains it",
                "Leave sensitive=True out. Names and ARNs are not secrets.",
            )


def _check_contradictions(inputs: Iterable[Input]) -> Iterator[Problem]:
    first: dict[str, Input] = {}
    for each in inputs:
        name, where = each.variable.name, str(each.location)
        other = first.setdefault(name, each)
        if other.variable.sensitive != each.variable.sensitive:
            yield Problem(
                where,
                f"variable({name!r}) is declared twice, with and without sensitive=True: here and "
                f"at {other.location}",
                "Pass the same value of sensitive in both places.",
            )
        elif other.default != each.default:
            yield Problem(
                where,
                f"variable({name!r}) is declared twice, with {spell_default(each)} here and with "
                f"{spell_default(other)} at {other.location}",
                "Pass the same default in both places, or declare the variable once.",
            )
        elif other.functions != each.functions:
            yield Problem(
                where,
                f"variable({name!r}) is declared twice, with {_spell_functions(each)} here and with "
                f"{_spell_functions(other)} at {other.location}",
                "Pass the same functions in both places, or declare the variable once.",
            )


def _spell_functions(declared: Input) -> str:
    return "no functions=" if declared.functions is None else f"functions={[*declared.functions]!r}"


def _check_functions(inputs: Iterable[Input], functions: Sequence[str]) -> Iterator[Problem]:
    """Yields problems of the functions that get a variable, and of secrets that every function would get."""
    deployed = f"The app deploys {', '.join(functions) or 'none'}."
    for each in inputs:
        name, where = each.variable.name, str(each.location)
        if each.functions is None:
            if each.variable.sensitive and len(functions) > 1:
                yield Problem(
                    where,
                    f"variable({name!r}) is sensitive, and would be in the environment of all functions: "
                    f"{', '.join(functions)}",
                    f"Name those whose handlers read it, such as functions=[{functions[0]!r}].",
                )
            continue
        if not each.functions:
            yield Problem(
                where,
                f"functions of variable({name!r}) is empty, so no handler can read it",
                "Name the functions whose handlers read it, or leave functions= out.",
            )
        for function in each.functions:
            if function not in functions:
                yield Problem(
                    where,
                    f"functions of variable({name!r}) has {function!r}, not a function with handlers",
                    f"{deployed} The app's own function is 'default'.",
                )


def _check_default(declared: Input, routes: Iterable[Route]) -> Iterator[Problem]:
    """Yields problems of a default that would be public, or that Terraform, Lambda or a source rejects."""
    name, default, where = declared.variable.name, declared.default, str(declared.location)
    if default is None:
        return
    if declared.variable.sensitive:
        yield Problem(
            where,
            f"variable({name!r}) is sensitive, but has a default, which would be readable in the repository "
            "and in the Terraform",
            f"Leave default= out, and set TF_VAR_{name}, or the variable in the stage's terraform.tfvars. If "
            "the value is not a secret, leave sensitive=True out.",
        )
    elif what := identify_secret(name, default):
        yield Problem(
            where,
            f"the default of variable({name!r}) looks like {what}, {READABLE_REASON.rstrip('.')}",
            "Keep it in SSM Parameter Store or Secrets Manager and pass its name, or write sensitive=True "
            "instead of default= and pass it to Terraform.",
        )
    if wrong := [*check_representable(where, "default", default)]:
        yield from wrong
        return
    size = count_environment_bytes({VARIABLE_KEY + name: default})
    if size > ENVIRONMENT_BYTES:
        yield Problem(
            where,
            f"the default of variable({name!r}) takes {size} bytes of the function's environment, but Lambda "
            f"allows at most {ENVIRONMENT_BYTES}",
            "Read it from a file in the package, or from S3.",
        )
    yield from _check_uses(declared, default, routes)


def _check_uses(declared: Input, default: str, routes: Iterable[Route]) -> Iterator[Problem]:
    """Yields a problem for each source or name of a resource that cannot have the default as its value."""
    for route in routes:
        for variable, pattern, _, expectation in describe_variables(route):
            # Unlike Terraform's, Python's $ also matches before a newline at the end.
            expression = re.sub(r"\$$", r"\\Z", pattern)
            if variable.name == declared.variable.name and not re.search(expression, default, re.ASCII):
                yield Problem(
                    str(declared.location),
                    f"variable({variable.name!r}) has {spell_default(declared)}, which {route.handler} "
                    f"({route.location}) cannot use",
                    expectation,
                )


def spell_default(declared: Input) -> str:
    """Returns the default of a variable for messages, without its value if that may be secret."""
    if declared.default is None:
        return "no default"
    if mask_secret(declared.variable.name, declared.default) != declared.default:
        return "a default that may be secret"
    return f"the default {spell_value(declared.default)}"
