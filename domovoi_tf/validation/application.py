"""Checks an application in a stage, and collects all problems before anything is written."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from domovoi_tf.errors import Problem, sort_problems
from domovoi_tf.hcl.input_variables import find_variables
from domovoi_tf.hcl.labels import get_function_key
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function, Input, Notice
from domovoi_tf.model.names import Scoped, Variable, make_key
from domovoi_tf.model.trigger import Route, spell
from domovoi_tf.settings import CONFIG, Settings
from domovoi_tf.triggers.alb import CERTIFICATE, LISTENER
from domovoi_tf.validation import function_settings
from domovoi_tf.validation.existing_roles import find_role_warnings
from domovoi_tf.validation.input_variables import check_input_variables
from domovoi_tf.validation.names import (
    check_functions,
    check_handler_name,
    check_name,
    check_representable,
    check_state_machines,
    has_valid_names,
    takes_arn,
)
from domovoi_tf.validation.policy_sizes import check_policy_sizes, find_large_policies
from domovoi_tf.validation.quotas.checks import check_quotas, find_exceeded_quotas
from domovoi_tf.validation.sources import (
    check_arguments,
    check_conflicts,
    check_created_names,
    check_ownership,
    check_shared_keys,
    check_shared_sources,
    find_shared_settings,
    find_sources_of_all_stages,
    list_sources,
)
from domovoi_tf.validation.texts import check_texts, select_valid


def validate(application: Application, settings: Settings) -> tuple[Problem, ...]:
    """Returns all problems of an application in a stage, in the order of the source.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings. The stage's name is part of names whose length AWS limits.
    """
    declared: list[Function | Route] = [*application.functions, *application.routes]
    texts = [problem for each in declared for problem in check_texts(each)]
    application = select_valid(application)
    named = [route for route in application.routes if has_valid_names(route)]
    problems = [
        *(Problem(str(fault.location), fault.message, fault.remedy) for fault in application.faults),
        *texts,
        *_check_undeclared_functions(application),
        *check_functions(application.functions, settings),
        *(problem for route in application.routes for problem in _check_route(route, application, settings)),
        *check_shared_sources(named),
        *check_shared_keys(named, settings),
        *check_conflicts(named, application.functions, settings),
        *_check_keys(named),
        *check_ownership(named),
        *check_created_names(named, settings),
        *check_arguments(named, application, settings),
        *check_input_variables(
            named,
            application.variables,
            [get_function_key(each.name) for each in application.deployed_functions],
        ),
        *check_state_machines(application, settings),
        *function_settings.check_function_settings(application, settings),
        *check_policy_sizes(_select_routes(application, named), settings),
        *check_quotas(_select_routes(application, named), settings),
    ]
    return sort_problems(_drop_consequences(problems, application))


def _drop_consequences(problems: Iterable[Problem], application: Application) -> Iterator[Problem]:
    """Yields problems without those that follow from others.

    These are problems about a wrong argument, whose default stands in place of its value, and further
    problems of a value that is out of its range.
    """
    problems = list(problems)
    messages = {(each.location, each.message) for each in problems}
    wrong = [(str(each.location), each.argument) for each in application.faults if each.argument]
    faults = {(str(each.location), each.message) for each in application.faults}
    for each in problems:
        words = f"{each.message} {each.remedy}"
        is_consequence = any(
            re.search(rf"\b{argument}\b", words) and (where == each.location or where in each.message)
            for where, argument in wrong
        )
        beginnings = (each.message[: match.start()] for match in re.finditer(" ", each.message))
        is_consequence |= any((each.location, beginning) in messages for beginning in beginnings)
        if (each.location, each.message) in faults or not is_consequence:
            yield each


def find_warnings(application: Application, settings: Settings, quotas: bool = True) -> tuple[Notice, ...]:
    """Returns notices about declarations that are valid, but probably not intended.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
        quotas: whether to compare the app with quotas of the account.
    """
    has_faults = bool(application.faults)
    application = select_valid(application)
    named = [route for route in application.routes if has_valid_names(route)]
    valid = _select_routes(application, named)
    # The handlers of a function may be those whose decorators are wrong.
    unused = () if has_faults else function_settings.find_unused_functions(valid.unused_functions, settings)
    trigger_notices = [
        Notice(location=route.location, message=message)
        for route in application.routes
        for message in route.trigger.warnings()
    ]
    shared = find_sources_of_all_stages(named, settings) if len(settings.stages) > 1 else ()
    return (
        *application.notices,
        *trigger_notices,
        *shared,
        *find_shared_settings(named, settings),
        *find_large_policies(valid, settings),
        *(find_exceeded_quotas(valid, settings) if quotas else ()),
        *function_settings.find_setting_warnings(valid, settings),
        *find_role_warnings(valid, settings),
        *unused,
        *_find_missing_listener(application.routes, application.variables, settings),
    )


def _select_routes(application: Application, routes: Iterable[Route]) -> Application:
    return Application(
        functions=application.functions,
        routes=tuple(routes),
        state_machines=application.state_machines,
        variables=application.variables,
    )


def _find_missing_listener(
    routes: Iterable[Route], variables: Iterable[Input], settings: Settings
) -> Iterator[Notice]:
    defaults = [each.variable.name for each in variables if each.default is not None]
    if settings.alb_listener_arn or settings.alb_acm_cert_dns_name or LISTENER in defaults:
        return
    first = next(
        (route for route in routes if LISTENER in [v.name for v, _, _ in find_variables(route)]), None
    )
    if first is not None:
        yield Notice(
            location=first.location,
            message=f"no listener is configured, so Terraform needs a value for {LISTENER}: set it in "
            f"{CONFIG}, or set {CERTIFICATE} to create a load balancer",
        )


def _check_undeclared_functions(application: Application) -> Iterator[Problem]:
    """Yields one problem for each function that is not declared, whatever the number of its handlers."""
    known = [function.name for function in application.functions]
    places: dict[str, list[str]] = {}
    for route in application.routes:
        if route.trigger.function not in known:
            places.setdefault(route.trigger.function, []).append(str(route.location))
    for name, (first, *others) in places.items():
        also = f" (also at {', '.join(dict.fromkeys(others))})" if others else ""
        near = difflib.get_close_matches(name, [each for each in known if each], 1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        remedy = f"{hint}Declare it with app.function({name!r})."
        yield Problem(first, f"the function {name!r} is not declared{also}", remedy)


def _check_route(route: Route, application: Application, settings: Settings) -> Iterator[Problem]:
    where = str(route.location)
    invalid = list(check_handler_name(route))
    yield from invalid
    for limit, name in route.trigger.names(route.handler):
        is_own = name == Scoped(name=route.handler)
        if not (is_own and invalid):
            advice = " Shorten the name of the handler, or set name=." if is_own else ""
            yield from check_name(where, limit, name, settings, advice, takes_arn(route, name))
    for message, remedy in route.trigger.problems():
        yield Problem(where, message, remedy)
    for argument, value in route.trigger.arguments(route.handler).items():
        yield from check_representable(where, argument, value)


def _check_keys(routes: Iterable[Route]) -> Iterator[Problem]:
    """Yields problems of sources of one type that the app's outputs cannot tell apart."""
    names: dict[tuple[str, str], dict[str, Route]] = defaultdict(dict)
    for route, source in list_sources(routes):
        if not isinstance(source.name, Variable):
            names[source.type, make_key(source.name)].setdefault(spell(source.name), route)
    for (_, key), spellings in names.items():
        for name, route in list(spellings.items())[1:]:
            first, earlier = next(iter(spellings.items()))
            yield Problem(
                str(route.location),
                f"{name} and {first} ({earlier.location}) both have the key {key!r} in outputs",
                "Rename one of them.",
            )
