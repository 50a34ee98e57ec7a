"""Builds the inputs of the app's module that the app declares, or that its kinds need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from domovoi_tf.hcl.input_variables import describe_variables, list_withheld, uses_stage
from domovoi_tf.hcl.labels import get_function_key
from domovoi_tf.model.application import Application, group_by_function
from domovoi_tf.model.names import STAGE_VARIABLE
from domovoi_tf.synthesis import stack
from domovoi_tf.triggers.alb import LISTENER


def build_inputs(application: Application) -> Iterator[stack.Input]:
    """Yields the inputs: the stage, the variables that handlers read, and those in names of sources.

    Args:
        application: the application that the decorators declare.
    """
    everybody = tuple(get_function_key(each.name) for each in application.deployed_functions)
    routes = group_by_function(application.routes)
    withheld = {
        get_function_key(each.name): list_withheld(application.variables, routes[each.name], each.name)
        for each in application.deployed_functions
    }
    if named := sorted({route.handler for route in application.routes if uses_stage(route)}):
        yield stack.Input(
            name=STAGE_VARIABLE,
            description=f"Name of the stage, in names for {', '.join(named)}.",
            pattern="",
            expectation="",
            functions=everybody,
            is_stage=True,
        )
    of_routes = _collect_route_variables(application)
    declared = {each.variable.name: each for each in application.variables}
    for name in sorted(declared.keys() - of_routes.keys()):
        yield stack.Input(
            name=name,
            description=f"Value that the handlers read as variable {name}.",
            pattern="",
            expectation="",
            sensitive=declared[name].variable.sensitive,
            functions=tuple(key for key in everybody if name not in withheld[key]),
            default=declared[name].default,
        )
    for name, (pattern, noun, expectation, users) in sorted(of_routes.items()):
        own = declared.get(name)
        read_by = everybody if name != LISTENER or own else ()
        yield stack.Input(
            name=name,
            description=f"{noun[0].upper()}{noun[1:]} for {', '.join(sorted(users))}.",
            pattern=pattern,
            expectation=expectation,
            functions=tuple(key for key in read_by if name not in withheld[key]),
            default=own.default if own else None,
            is_arn=pattern.startswith("^arn:"),
        )


def _collect_route_variables(application: Application) -> dict[str, tuple[str, str, str, set[str]]]:
    """Returns the format of each variable in a name of a source, with the handlers of the source."""
    users: dict[str, set[str]] = defaultdict(set)
    formats: dict[str, tuple[str, str, str]] = {}
    for route in application.routes:
        for variable, pattern, noun, expectation in describe_variables(route):
            formats.setdefault(variable.name, (pattern, noun, expectation))
            users[variable.name].add(route.handler)
    return {name: (*formats[name], users[name]) for name in formats}
