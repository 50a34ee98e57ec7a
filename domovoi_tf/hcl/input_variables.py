"""The input variables of the app's module: those of its own and those that routes refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from domovoi_tf.model.declarations import Input
from domovoi_tf.model.names import DEFAULT_FUNCTION, Scoped, Variable
from domovoi_tf.model.trigger import Route
from domovoi_tf.system.assets import find_templates

#: https://developer.hashicorp.com/terraform/language/block/variable
META_ARGUMENTS = frozenset(
    ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"]
)


def describe_format(pattern: str, noun: str, allowed: str = "", form: str = "") -> str:
    """Returns a sentence that tells which values a variable accepts.

    Args:
        pattern: the regular expression that the values must match. One for ARNs is shown as an example.
        noun: the description of the value, such as ``ARN of an SNS topic``.
        allowed: the characters that the value may consist of, in words.
        form: examples of the value, in words, if it is not an ARN.
    """
    expression = pattern.removeprefix("^").removesuffix("$")
    if expression.startswith("arn:"):
        form = _build_example(expression)
    if form:
        return f"Expected the {noun}, in the form {form}."
    return f"The {noun} must consist of {allowed}." if allowed else f"Expected the {noun}."


def _build_example(expression: str) -> str:
    """Replaces the variable parts of a regular expression for ARNs with placeholders."""
    names = iter(("PARTITION", "REGION", "ACCOUNT", "NAME"))
    without_options = re.sub(r"\([^()]*\)\?", "", expression)
    without_choices = re.sub(r"\((\w+)(\|\w+)*\)", r"\1", without_options)
    return re.sub(r"\[[^]]+\](\+|\{\d+\})|\.\+", lambda _: next(names, "ID"), without_choices)


def find_variables(route: Route) -> Iterator[tuple[Variable, str, str]]:
    """Yields the variables of a route, each with a regular expression for its value and a description."""
    trigger = route.trigger
    source = next(iter(route.list_sources()), None)
    if source is not None and isinstance(source.name, Variable):
        yield source.name, *trigger.variable_format
    for limit, name in trigger.names(route.handler):
        if isinstance(name, Variable) and (source is None or name != source.name):
            yield name, f"^{limit.pattern}$", limit.noun


def describe_variables(route: Route) -> Iterator[tuple[Variable, str, str, str]]:
    """Yields the variables of a route as `find_variables` does, with a sentence about the values of each."""
    names = route.trigger.names(route.handler)
    words = {name: (limit.allowed, limit.form) for limit, name in names if isinstance(name, Variable)}
    for variable, pattern, noun in find_variables(route):
        yield variable, pattern, noun, describe_format(pattern, noun, *words.get(variable, ()))


def list_withheld(inputs: Iterable[Input], routes: Iterable[Route], function: str) -> set[str]:
    """Returns the variables for other functions, which a function does not get.

    A function needs the variables in the names of its own sources, which tell it the handler of an event.

    Args:
        inputs: the variables that the app declares for its handlers.
        routes: the app's routes.
        function: the function's name in the app; empty for the default function.
    """
    key = function or DEFAULT_FUNCTION
    withheld = {
        each.variable.name for each in inputs if each.functions is not None and key not in each.functions
    }
    own = [route for route in routes if route.trigger.function == function] if withheld else ()
    return withheld - {variable.name for route in own for variable, _, _ in find_variables(route)}


def uses_stage(route: Route) -> bool:
    """Whether a name of a route has the stage in a form of its own, for which the app has an input."""
    return any(isinstance(name, Scoped) and name.form for _, name in route.trigger.names(route.handler))


@cache
def find_module_inputs() -> frozenset[str]:
    """Returns the names of the app module's own inputs, which its templates declare."""
    names = ("app/variables.tf.j2", "shared/source_settings.tf.j2")
    text = "".join((find_templates() / name).read_text(encoding="utf-8") for name in names)
    return frozenset(re.findall(r'^variable "(\w+)" \{', text, re.MULTILINE))
