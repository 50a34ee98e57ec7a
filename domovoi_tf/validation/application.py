"""Everything that is wrong with an app, found before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from domovoi_tf.errors import Problem
from domovoi_tf.hcl.input_variables import find_variables
from domovoi_tf.hcl.labels import make_label, make_source_label
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Notice
from domovoi_tf.model.names import Variable
from domovoi_tf.model.trigger import Route, spell
from domovoi_tf.settings import CONFIG, Settings
from domovoi_tf.triggers.alb import CERTIFICATE, LISTENER
from domovoi_tf.validation import function_settings
from domovoi_tf.validation.input_variables import check_input_variables
from domovoi_tf.validation.names import _is_named, _of_functions, _of_machines, _of_name, _unprintable
from domovoi_tf.validation.policy_sizes import policy_problems, policy_warnings
from domovoi_tf.validation.sources import (
    _arguments,
    _conflicts,
    _of_sources,
    _ownership,
    _shared_by_stages,
    _shared_keys,
    _shared_sources,
)

if TYPE_CHECKING:
    pass


def validate(application: Application, settings: Settings) -> tuple[Problem, ...]:
    """Returns every problem of an app in a stage, in the order of the source.

    Args:
        application: what the decorators declared.
        settings: the stage's settings, whose names count towards AWS's limits.
    """
    named = [route for route in application.routes if _is_named(route)]
    problems = [
        *(Problem(str(fault.location), fault.message, fault.remedy) for fault in application.faults),
        *_of_functions(application.functions, settings),
        *(problem for route in application.routes for problem in _of_route(route, application, settings)),
        *_shared_sources(named),
        *_shared_keys(named, settings),
        *_conflicts(named, application.functions, settings),
        *_same_names(named),
        *_same_labels(named),
        *_ownership(named),
        *_arguments(named, application, settings),
        *check_input_variables(named, application.variables),
        *_of_machines(application, settings),
        *function_settings.problems(application, settings),
        *policy_problems(_only(application, named), settings),
    ]
    return tuple(sorted(problems, key=lambda problem: _position(problem.location)))


def warnings(application: Application, settings: Settings) -> tuple[Notice, ...]:
    """Returns what is legal, but probably not meant.

    Args:
        application: what the decorators declared.
        settings: the stage's settings.
    """
    named = [route for route in application.routes if _is_named(route)]
    found = [
        Notice(location=route.location, message=message)
        for route in application.routes
        for message in route.trigger.warnings()
    ]
    shared = _shared_by_stages(named, settings.stages) if len(settings.stages) > 1 else ()
    return (
        *application.notices,
        *found,
        *shared,
        *policy_warnings(_only(application, named), settings),
        *function_settings.warnings(_only(application, named), settings),
        *_unknown_listener(application.routes, settings),
    )


def _only(application: Application, routes: Iterable[Route]) -> Application:
    return Application(
        functions=application.functions,
        routes=tuple(routes),
        state_machines=application.state_machines,
        variables=application.variables,
    )


def _unknown_listener(routes: Iterable[Route], settings: Settings) -> Iterator[Notice]:
    if settings.alb_listener_arn or settings.alb_acm_cert_dns_name:
        return
    first = next(
        (route for route in routes if LISTENER in [v.name for v, _, _ in find_variables(route)]), None
    )
    if first is not None:
        yield Notice(
            location=first.location,
            message=f"no listener is configured: Terraform will ask for {LISTENER}. Set that in {CONFIG}, "
            f"or {CERTIFICATE} to have a load balancer made.",
        )


def _position(location: str) -> tuple[str, int]:
    file, _, line = location.rpartition(":")
    return file, int(line) if line.isdecimal() else 0


def _of_route(route: Route, application: Application, settings: Settings) -> Iterator[Problem]:
    where = str(route.location)
    known = [function.name for function in application.functions]
    if route.trigger.function not in known:
        yield Problem(
            where,
            f"the function {route.trigger.function!r} is not declared",
            f"Declare it with app.function({route.trigger.function!r}).",
        )
    for limit, name in route.trigger.names(route.handler):
        yield from _of_name(where, limit, name, settings)
    for message, remedy in route.trigger.problems():
        yield Problem(where, message, remedy)
    for argument, value in route.trigger.arguments(route.handler).items():
        yield from _unprintable(where, argument, value)


def _same_names(routes: Iterable[Route]) -> Iterator[Problem]:
    first: dict[str, Route] = {}
    for route in routes:
        earlier = first.setdefault(route.handler, route)
        if earlier.module != route.module:
            yield Problem(
                str(route.location),
                f"{route.handler} is the name of the handler at {earlier.location} too",
                "Rename one: names on AWS derive from it.",
            )


def _same_labels(routes: Iterable[Route]) -> Iterator[Problem]:
    names: dict[tuple[str, str], dict[str, Route]] = defaultdict(dict)
    for route, source in _of_sources(routes):
        if not isinstance(source.name, Variable):
            names[source.type, make_source_label(source.name)].setdefault(spell(source.name), route)
    for route in routes:
        names["handler", make_label(route.handler)].setdefault(route.handler, route)
    for (_, clean), spellings in names.items():
        for name, route in list(spellings.items())[1:]:
            first, earlier = next(iter(spellings.items()))
            yield Problem(
                str(route.location),
                f"{name} and {first} ({earlier.location}) are both {clean!r} as a Terraform label",
                "Rename one.",
            )
