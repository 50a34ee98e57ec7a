"""Builds the inputs of the app's module that the app declares, or that its kinds need."""

from __future__ import annotations

from collections.abc import Iterator

from domovoi_tf.hcl.input_variables import describe_variables, uses_stage
from domovoi_tf.model.application import Application
from domovoi_tf.model.names import STAGE_VARIABLE
from domovoi_tf.synthesis import stack
from domovoi_tf.triggers.alb import LISTENER


def build_inputs(application: Application) -> Iterator[stack.Input]:
    """Yields the inputs: the stage, the variables that handlers read, and those in names of sources.

    Args:
        application: the application that the decorators declare.
    """
    route_variables: dict[str, tuple[str, str, str, list[str]]] = {}
    for route in application.routes:
        for variable, pattern, noun, expectation in describe_variables(route):
            entry = route_variables.setdefault(variable.name, (pattern, noun, expectation, []))
            entry[-1].append(route.handler)
    if named := sorted({route.handler for route in application.routes if uses_stage(route)}):
        yield stack.Input(
            name=STAGE_VARIABLE,
            description=f"Name of the stage, in names for {', '.join(named)}.",
            pattern="",
            expectation="",
            is_stage=True,
        )
    app_variables = {item.variable.name: item.variable for item in application.variables}
    defaults = {item.variable.name: item.default for item in application.variables}
    for name in sorted(app_variables.keys() - route_variables.keys()):
        yield stack.Input(
            name=name,
            description=f"Value that the handlers read as variable {name}.",
            pattern="",
            expectation="",
            sensitive=app_variables[name].sensitive,
            default=defaults[name],
        )
    for name, (pattern, noun, expectation, handlers) in sorted(route_variables.items()):
        users = ", ".join(sorted(set(handlers)))
        yield stack.Input(
            name=name,
            description=f"{noun[0].upper()}{noun[1:]} for {users}.",
            pattern=pattern,
            expectation=expectation,
            runtime=name != LISTENER or name in app_variables,
            default=defaults.get(name),
        )
