"""The input variables of the app's module: those of its own and those that routes refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from domovoi_tf.model.names import Variable
from domovoi_tf.model.trigger import Route
from domovoi_tf.system.assets import find_templates

#: https://developer.hashicorp.com/terraform/language/block/variable
META_ARGUMENTS = frozenset(
    ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"]
)


def find_variables(route: Route) -> Iterator[tuple[Variable, str, str]]:
    """Yields the variables of a route, each with a regular expression for its value and a description."""
    trigger = route.trigger
    source = trigger.source(route.handler)
    if source is not None and isinstance(source.name, Variable):
        yield source.name, *trigger.variable_format
    for limit, name in trigger.names(route.handler):
        if isinstance(name, Variable) and (source is None or name != source.name):
            yield name, f"^{limit.pattern}$", limit.noun


@cache
def find_module_inputs() -> frozenset[str]:
    """Returns the names of the app module's own inputs, which its template declares."""
    text = (find_templates() / "app" / "variables.tf.j2").read_text(encoding="utf-8")
    return frozenset(re.findall(r'^variable "(\w+)" \{', text, re.MULTILINE))
