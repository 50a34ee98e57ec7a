"""Checks event sources that several handlers or stages share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from domovoi_tf.errors import Problem
from domovoi_tf.hcl.input_variables import find_variables
from domovoi_tf.hcl.labels import get_label_name
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function, Notice
from domovoi_tf.model.names import NAME_KEY, STAGE_KEY, VARIABLE_KEY, Variable
from domovoi_tf.model.trigger import Limit, Route, Source, spell
from domovoi_tf.settings import Settings
from domovoi_tf.settings.effective import resolve_function_settings
from domovoi_tf.triggers import import_kind
from domovoi_tf.validation.expanded_names import expand_name
from domovoi_tf.validation.names import check_representable
from domovoi_tf.validation.stage_names import suggest_scoped

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name


def find_sources_of_all_stages(routes: Iterable[Route], settings: Settings) -> Iterator[Notice]:
    """Yields a notice for each resource that the app creates with the same name in every stage.

    Args:
        routes: the app's routes, as its source declares them in one stage.
        settings: the stage's settings.
    """
    first: dict[tuple[str, str, str], Route] = {}
    for route in routes:
        for what, name, place in _list_owned_names(route):
            if isinstance(name, str):
                first.setdefault((what, name, place), route)
    for (what, name, place), route in first.items():
        message = (
            f"each of the stages {', '.join(settings.stages)} would create the {what} {name!r}, which can "
            f"exist only once in {place}: use scoped({name!r}) to give each stage its own"
        )
        if own := suggest_scoped(name, settings.stage, settings.app_name):
            message = (
                f"the {what} {name!r} contains the name of the stage {settings.stage}, but all stages share "
                f"app/: use {own} to give each stage its own"
            )
        yield Notice(location=route.location, message=message)


def find_shared_settings(routes: Iterable[Route], settings: Settings) -> Iterator[Notice]:
    """Yields a notice for each setting of a source that several owners would write.

    Args:
        routes: the app's routes, as its source declares them in one stage.
        settings: the stage's settings.
    """
    kinds: dict[str, list[Route]] = defaultdict(list)
    for route in routes:
        kinds[route.trigger.kind].append(route)
    for kind, routes_of_kind in kinds.items():
        module = import_kind(kind)
        if hasattr(module, "find_shared_settings"):
            for route, message in module.find_shared_settings(routes_of_kind, settings.stages):
                yield Notice(location=route.location, message=message)


def _list_owned_names(route: Route) -> Iterator[tuple[str, Name, str]]:
    """Yields the names of resources that the app creates for a route, each with its noun and its scope."""
    trigger, region = route.trigger, "an account and Region"
    names = [(_get_noun(limit), name, region) for limit, name in trigger.names(route.handler)]
    if trigger.exclusive:
        yield from (each for each in names if spell(each[1]) == trigger.subject(route.handler))
    for _, source in list_sources([route]):
        if source.owned:
            yield from (each for each in names if each[1] == source.name)
    for limit, name, place in trigger.unique_names(route.handler):
        yield _get_noun(limit), name, place


def _get_noun(limit: Limit) -> str:
    return limit.noun.removesuffix(" name")


def check_shared_sources(routes: Iterable[Route]) -> Iterator[Problem]:
    """Yields a problem for each source with several handlers in one function."""
    first: dict[object, Route] = {}
    for route in routes:
        trigger = route.trigger
        function = None if trigger.exclusive else trigger.function
        key = (trigger.namespace or trigger.kind, function, trigger.subject(route.handler))
        earlier = first.setdefault(key, route)
        if earlier is not route and earlier.handler == route.handler:
            yield Problem(str(route.location), *_describe_repetition(earlier, route))
        elif earlier is not route:
            own = "Lambda function with function=" if trigger.per_function else "source"
            yield Problem(
                str(route.location),
                f"{route.handler} and {earlier.handler} ({earlier.location}) "
                f"both handle {_describe_kind(earlier, route)} {key[2]}",
                f"Keep one handler and call the other from it, or give each its own {own}.",
            )


def _describe_repetition(earlier: Route, route: Route) -> tuple[str, str]:
    """Returns the problem and the remedy for two decorators of one handler with the same source."""
    handler, places = route.handler, f"here and at {earlier.location}"
    subject = route.trigger.subject(handler)
    nouns = [*dict.fromkeys(filter(None, map(_find_noun_of_own_name, (route, earlier))))]
    if not nouns:
        kind = _describe_kind(earlier, route)
        own = "Lambda function with function=" if route.trigger.per_function else "source"
        return (
            f"{handler} handles {kind} {subject} twice, {places}",
            f"Remove one of the decorators, or give each its own {own}.",
        )
    resources = f"two {nouns[0]}s" if len(nouns) == 1 else f"{nouns[0]} and the {nouns[1]}"
    return (
        f"the {resources} of {handler}, {places}, would have the same name",
        "Give one of the decorators its own name=.",
    )


def _find_noun_of_own_name(route: Route) -> str:
    """Returns the noun of the resource that identifies a source by the handler's name, or an empty string."""
    trigger, handler = route.trigger, route.handler
    other = f"{handler}-"
    if trigger.subject(handler) == trigger.subject(other):
        return ""
    pairs = zip(trigger.names(handler), trigger.names(other), strict=True)
    nouns = (_get_noun(limit) for (limit, name), (_, changed) in pairs if name != changed)
    return next(nouns, "")


def check_shared_keys(routes: Iterable[Route], settings: Settings) -> Iterator[Problem]:
    """Yields problems for different sources whose events the dispatcher cannot distinguish."""
    first: dict[object, Route] = {}
    for route in routes:
        trigger = route.trigger
        key = _compute_key(route, settings)
        earlier = first.setdefault((trigger.namespace or trigger.kind, trigger.function, key), route)
        same_source = earlier.trigger.subject(earlier.handler) == trigger.subject(route.handler)
        if _are_chosen(earlier, route):
            continue
        if earlier.handler != route.handler and not same_source:
            yield Problem(
                str(route.location),
                f"{route.handler} and {earlier.handler} ({earlier.location}) "
                f"both receive the events of {_describe_kind(earlier, route)} {key}",
                "Rename one of the sources: their events carry the same name."
                if trigger.namespace == earlier.trigger.namespace
                else "Move one handler to another function: their events carry the same name.",
            )


def _are_chosen(one: Route, other: Route) -> bool:
    """Whether `make_chooser` of their kind distinguishes two routes; `find_conflicts` checks that it can."""
    kind = one.trigger.kind
    return kind == other.trigger.kind and hasattr(import_kind(kind), "make_chooser")


def _describe_kind(one: Route, other: Route) -> str:
    """Returns the kind of two routes that collide, or the namespace that their kinds share."""
    kinds = one.trigger.kind, other.trigger.kind
    return kinds[0] if kinds[0] == kinds[1] else one.trigger.namespace or kinds[0]


def _compute_key(route: Route, settings: Settings) -> str:
    """Returns a route's key. Variables, whose values are unknown, are represented by their declarations."""
    values = {f"{VARIABLE_KEY}{name.name}": spell(name) for name, _, _ in find_variables(route)}
    environ = {NAME_KEY: settings.name, STAGE_KEY: settings.stage, **values}
    return route.trigger.key(route.handler, environ)


def check_conflicts(
    routes: Iterable[Route], functions: Iterable[Function], settings: Settings
) -> Iterator[Problem]:
    """Yields the conflicts between triggers that their kind finds."""
    kinds: dict[str, list[tuple[Route, str]]] = defaultdict(list)
    for route in routes:
        kinds[route.trigger.kind].append((route, _compute_key(route, settings)))
    names = [f"{settings.name}-{f.name}" if f.name else settings.name for f in functions]
    for kind, keyed in kinds.items():
        module = import_kind(kind)
        for route, message, remedy in (
            module.find_conflicts(keyed, names) if hasattr(module, "find_conflicts") else ()
        ):
            yield Problem(str(route.location), message, remedy)


def check_ownership(routes: Iterable[Route]) -> Iterator[Problem]:
    """Yields a problem for each source that the app creates in one place only."""
    first: dict[tuple[str, str], tuple[Source, Route]] = {}
    for route, source in list_sources(routes):
        one, earlier = first.setdefault((source.type, spell(source.name)), (source, route))
        if one.owned != source.owned:
            yield Problem(
                str(route.location),
                f"create is {source.owned} here, but {one.owned} at {earlier.location} "
                f"for {spell(source.name)}",
                "Use the same value in both places: either the app owns it, or it refers to it by name.",
            )


def check_created_names(routes: Iterable[Route], settings: Settings) -> Iterator[Problem]:
    """Yields a problem for each resource that has the name of another one of the app.

    `check_shared_keys` reports those whose events reach one function, if it cannot distinguish them.
    """
    first: dict[tuple[str, str], tuple[str, Route]] = {}
    for route, source in list_sources(routes):
        if isinstance(source.name, Variable) or not source.owned:
            continue
        name = expand_name(source.name, settings)
        own = spell(get_label_name(source))
        label, earlier = first.setdefault((source.type, name), (own, route))
        if label != own and (
            route.trigger.function != earlier.trigger.function or _are_chosen(earlier, route)
        ):
            nouns = {each.type: each.noun for each in type(route.trigger).resource_types()}
            yield Problem(
                str(route.location),
                f"the app would create two {nouns[source.type]}s {name!r}: for {route.handler}, and for "
                f"{earlier.handler} ({earlier.location})",
                "Give one of them another name.",
            )


def list_sources(routes: Iterable[Route]) -> Iterator[tuple[Route, Source]]:
    """Yields the sources of routes and the further sources that these need."""
    for route in routes:
        yield from ((route, each) for each in route.list_sources())


def check_arguments(
    routes: Iterable[Route], application: Application, settings: Settings
) -> Iterator[Problem]:
    """Yields contradictory arguments for one source, and arguments that do not suit a function's timeout."""
    first: dict[tuple[str, str], dict[str, tuple[object, Route]]] = defaultdict(dict)
    for route, source in list_sources(routes):
        for argument, value in source.arguments.items():
            known = first[source.type, spell(source.name)]
            other, earlier = known.setdefault(argument, (value, route))
            if other != value:
                yield Problem(
                    str(route.location),
                    f"{argument} of {spell(source.name)} is {_spell_value(value)} here, "
                    f"but {_spell_value(other)} at {earlier.location}",
                    "Use the same value in both places, or set it in one of them only.",
                )
            if earlier is route:
                yield from check_representable(str(route.location), argument, value)
    timeouts = {f.name: resolve_function_settings(f, settings).timeout for f in application.functions}
    for route in routes:
        timeout = timeouts.get(route.trigger.function)
        for grant in route.trigger.grants(route.handler):
            read = grant.resource
            if isinstance(read, Source) and isinstance(timeout, int):
                known = first[read.type, spell(read.name)]
                arguments = {argument: value for argument, (value, _) in known.items()}
                for message, remedy in route.trigger.source_problems(arguments, timeout):
                    yield Problem(str(route.location), message, remedy)


def _spell_value(value: object) -> str:
    """Returns the value of an argument as text, with the names of the sources in it."""
    if isinstance(value, dict):
        value = {key: spell(each.name) if isinstance(each, Source) else each for key, each in value.items()}
    return repr(value)
