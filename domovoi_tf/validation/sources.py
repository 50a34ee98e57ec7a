"""Checks event sources that several handlers or stages share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from domovoi_tf.errors import Problem
from domovoi_tf.hcl.input_variables import find_variables
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function, Notice
from domovoi_tf.model.names import NAME_KEY, STAGE_KEY, VARIABLE_KEY
from domovoi_tf.model.trigger import Route, Source, spell
from domovoi_tf.settings import Settings
from domovoi_tf.settings.effective import resolve_function_settings
from domovoi_tf.triggers import import_kind
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
    first: dict[tuple[str, str], Route] = {}
    for route in routes:
        for what, name in _list_owned_names(route):
            if isinstance(name, str):
                first.setdefault((what, name), route)
    for (what, name), route in first.items():
        message = (
            f"each of the stages {', '.join(settings.stages)} would create the {what} {name!r}, which can "
            f"exist only once in an account and Region: use scoped({name!r}) to give each stage its own"
        )
        if own := suggest_scoped(name, settings.stage, settings.app_name):
            message = (
                f"the {what} {name!r} contains the name of the stage {settings.stage}, but all stages share "
                f"app/: use {own} to give each stage its own"
            )
        yield Notice(location=route.location, message=message)


def _list_owned_names(route: Route) -> Iterator[tuple[str, Name]]:
    """Yields the names of the resources that the app creates for a route, each with its noun."""
    trigger = route.trigger
    names = [(limit.noun.removesuffix(" name"), name) for limit, name in trigger.names(route.handler)]
    if trigger.exclusive:
        yield from ((what, name) for what, name in names if spell(name) == trigger.subject(route.handler))
    for _, source in list_sources([route]):
        if source.owned:
            yield from ((what, name) for what, name in names if name == source.name)


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
    nouns = (limit.noun.removesuffix(" name") for (limit, name), (_, changed) in pairs if name != changed)
    return next(nouns, "")


def check_shared_keys(routes: Iterable[Route], settings: Settings) -> Iterator[Problem]:
    """Yields problems for different sources whose events the dispatcher cannot distinguish."""
    first: dict[object, Route] = {}
    for route in routes:
        trigger = route.trigger
        key = _compute_key(route, settings)
        earlier = first.setdefault((trigger.namespace or trigger.kind, trigger.function, key), route)
        same_source = earlier.trigger.subject(earlier.handler) == trigger.subject(route.handler)
        if trigger.kind == earlier.trigger.kind and hasattr(import_kind(trigger.kind), "choose"):
            continue  # The kind distinguishes them by `choose`, and checks in `find_conflicts` that it can.
        if earlier.handler != route.handler and not same_source:
            yield Problem(
                str(route.location),
                f"{route.handler} and {earlier.handler} ({earlier.location}) "
                f"both receive the events of {_describe_kind(earlier, route)} {key}",
                "Rename one of the sources: their events carry the same name."
                if trigger.namespace == earlier.trigger.namespace
                else "Move one handler to another function: their events carry the same name.",
            )


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
    """Yields a problem for each source that is both created and looked up."""
    first: dict[tuple[str, str], tuple[Source, Route]] = {}
    for route, source in list_sources(routes):
        one, earlier = first.setdefault((source.type, spell(source.name)), (source, route))
        if one.owned != source.owned:
            yield Problem(
                str(route.location),
                f"create is {source.owned} here, but {one.owned} at {earlier.location} "
                f"for {spell(source.name)}",
                "Use the same value in both places: either the app owns it, or it looks it up.",
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
