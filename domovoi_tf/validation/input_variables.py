"""Checks the input variables that an app declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domovoi_tf.errors import Problem
from domovoi_tf.hcl.input_variables import META_ARGUMENTS, find_module_inputs, find_variables, uses_stage
from domovoi_tf.model.declarations import Input, Location
from domovoi_tf.model.names import STAGE_VARIABLE, Variable
from domovoi_tf.model.trigger import Route


def check_input_variables(routes: Sequence[Route], inputs: Iterable[Input]) -> Iterator[Problem]:
    """Yields problems for reserved names, sensitive event sources and contradictory declarations.

    Args:
        routes: the app's routes, whose sources and names may be variables.
        inputs: the variables that the app declares for its handlers.
    """
    route_variables = [
        (route.location, variable) for route in routes for variable, _, _ in find_variables(route)
    ]
    app_variables = [(item.location, item.variable) for item in inputs]
    sensitive_names = {variable.name for _, variable in app_variables if variable.sensitive}
    yield from _check_reserved_names([*route_variables, *app_variables])
    yield from _check_stage(routes, [*route_variables, *app_variables])
    yield from _check_sensitive_sources(route_variables, sensitive_names)
    yield from _check_contradictions(app_variables)


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


def _check_contradictions(variables: Iterable[tuple[Location, Variable]]) -> Iterator[Problem]:
    first: dict[str, tuple[Location, bool]] = {}
    for location, variable in variables:
        first_location, sensitive = first.setdefault(variable.name, (location, variable.sensitive))
        if sensitive != variable.sensitive:
            yield Problem(
                str(location),
                f"variable({variable.name!r}) is declared twice, with and without sensitive=True: here and "
                f"at {first_location}",
                "Pass the same value of sensitive in both places.",
            )
