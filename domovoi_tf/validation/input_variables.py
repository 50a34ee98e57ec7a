"""Checks the input variables that an app declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domovoi_tf.errors import Problem
from domovoi_tf.hcl.input_variables import _reserved, _secret_sources, _unlike, variables
from domovoi_tf.model.application import Route
from domovoi_tf.model.declarations import Input


def variable_problems(routes: Iterable[Route], declared: Iterable[Input]) -> Iterator[Problem]:
    """Yields the variables that no input of the app's module can be, and the sources that are to be secrets.

    Args:
        routes: the app's routes.
        declared: what the app declares for its handlers.
    """
    listened = [(route.location, variable) for route in routes for variable, _, _ in variables(route)]
    read = [(each.location, each.variable) for each in declared]
    yield from _reserved([*listened, *read])
    yield from _secret_sources(listened, {variable.name for _, variable in read if variable.sensitive})
    yield from _unlike(read)
