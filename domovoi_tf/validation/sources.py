"""Checks event sources that several handlers or stages share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from domovoi_tf.errors import Problem
from domovoi_tf.hcl.input_variables import find_variables
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function, Notice
from domovoi_tf.model.names import NAME_KEY, VARIABLE_KEY
from domovoi_tf.model.trigger import Route, Source, spell
from domovoi_tf.settings import Settings
from domovoi_tf.settings.effective import effective
from domovoi_tf.triggers import kind_module
from domovoi_tf.validation.names import _unprintable

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name


def _shared_by_stages(routes: Iterable[Route], stages: Iterable[str]) -> Iterator[Notice]:
    """Finds what the app owns by the same name in every stage."""
    first: dict[tuple[str, str], Route] = {}
    for route in routes:
        for what, name in _owned(route):
            if isinstance(name, str):
                first.setdefault((what, name), route)
    for (what, name), route in first.items():
        yield Notice(
            location=route.location,
            message=f"each of the stages {', '.join(stages)} would own the {what} {name!r}: in one account "
            f"and region only one can. scoped({name!r}) gives each its own",
        )


def _owned(route: Route) -> Iterator[tuple[str, Name]]:
    """Yields what a trigger's app owns for it by a name of its own, with words for what it is."""
    trigger = route.trigger
    names = [(limit.noun.removesuffix(" name"), name) for limit, name in trigger.names(route.handler)]
    if trigger.exclusive:
        yield from ((what, name) for what, name in names if spell(name) == trigger.subject(route.handler))
    for _, source in _of_sources([route]):
        if source.owned:
            yield from ((what, name) for what, name in names if name == source.name)


def _shared_sources(routes: Iterable[Route]) -> Iterator[Problem]:
    first: dict[object, Route] = {}
    for route in routes:
        trigger = route.trigger
        function = None if trigger.exclusive else trigger.function
        key = (trigger.namespace or trigger.kind, function, trigger.subject(route.handler))
        earlier = first.setdefault(key, route)
        if earlier is not route:
            yield Problem(
                str(route.location),
                f"{route.handler} and {earlier.handler} ({earlier.location}) "
                f"both handle {_kind(earlier, route)} {key[2]}",
                "Keep one handler and call the other from it, or give them sources of their own.",
            )


def _shared_keys(routes: Iterable[Route], settings: Settings) -> Iterator[Problem]:
    """Finds sources that are not the same, yet whose events the dispatcher could not tell apart."""
    first: dict[object, Route] = {}
    for route in routes:
        trigger = route.trigger
        key = _key(route, settings)
        earlier = first.setdefault((trigger.namespace or trigger.kind, trigger.function, key), route)
        same_source = earlier.trigger.subject(earlier.handler) == trigger.subject(route.handler)
        if trigger.kind == earlier.trigger.kind and hasattr(kind_module(trigger.kind), "choose"):
            continue  # the kind tells them apart, and judges in `find_conflicts` whether it can
        if earlier.handler != route.handler and not same_source:
            yield Problem(
                str(route.location),
                f"{route.handler} and {earlier.handler} ({earlier.location}) "
                f"both get the events of {_kind(earlier, route)} {key}",
                "Rename one: their events carry the same name."
                if trigger.namespace == earlier.trigger.namespace
                else "Give one a function of its own: their events carry the same name.",
            )


def _kind(one: Route, other: Route) -> str:
    """Returns what two routes that collide have in common."""
    kinds = one.trigger.kind, other.trigger.kind
    return kinds[0] if kinds[0] == kinds[1] else one.trigger.namespace or kinds[0]


def _key(route: Route, settings: Settings) -> str:
    """Returns a route's key, where Terraform's names are known to be different but not what they are."""
    values = {f"{VARIABLE_KEY}{name.name}": spell(name) for name, _, _ in find_variables(route)}
    return route.trigger.key(route.handler, {NAME_KEY: settings.name, **values})


def _conflicts(
    routes: Iterable[Route], functions: Iterable[Function], settings: Settings
) -> Iterator[Problem]:
    """Finds what a kind knows to be wrong between its triggers, or in this app."""
    kinds: dict[str, list[tuple[Route, str]]] = defaultdict(list)
    for route in routes:
        kinds[route.trigger.kind].append((route, _key(route, settings)))
    names = [f"{settings.name}-{f.name}" if f.name else settings.name for f in functions]
    for kind, keyed in kinds.items():
        module = kind_module(kind)
        for route, message, remedy in (
            module.find_conflicts(keyed, names) if hasattr(module, "find_conflicts") else ()
        ):
            yield Problem(str(route.location), message, remedy)


def _ownership(routes: Iterable[Route]) -> Iterator[Problem]:
    first: dict[tuple[str, str], tuple[Source, Route]] = {}
    for route, source in _of_sources(routes):
        one, earlier = first.setdefault((source.type, spell(source.name)), (source, route))
        if one.owned != source.owned:
            yield Problem(
                str(route.location),
                f"create={source.owned} here and create={one.owned} at {earlier.location} "
                f"for {spell(source.name)}",
                "Say the same in both: the app owns it, or looks it up.",
            )


def _of_sources(routes: Iterable[Route]) -> Iterator[tuple[Route, Source]]:
    for route in routes:
        source = route.trigger.source(route.handler)
        if source is not None:
            yield from ((route, each) for each in (source, *source.needs))


def _arguments(routes: Iterable[Route], application: Application, settings: Settings) -> Iterator[Problem]:
    """Finds what triggers of one source say differently of it, and what does not suit their functions."""
    first: dict[tuple[str, str], dict[str, tuple[object, Route]]] = defaultdict(dict)
    for route, source in _of_sources(routes):
        for argument, value in source.arguments.items():
            known = first[source.type, spell(source.name)]
            other, earlier = known.setdefault(argument, (value, route))
            if other != value:
                yield Problem(
                    str(route.location),
                    f"{argument} of {spell(source.name)} is {value!r} here "
                    f"and {other!r} at {earlier.location}",
                    "Say the same in both, or only in one.",
                )
            if earlier is route:
                yield from _unprintable(str(route.location), argument, value)
    timeouts = {f.name: effective(f, settings).timeout for f in application.functions}
    for route in routes:
        timeout = timeouts.get(route.trigger.function)
        for grant in route.trigger.grants(route.handler):
            read = grant.resource
            if isinstance(read, Source) and isinstance(timeout, int):
                known = first[read.type, spell(read.name)]
                given = {argument: value for argument, (value, _) in known.items()}
                for message, remedy in route.trigger.source_problems(given, timeout):
                    yield Problem(str(route.location), message, remedy)
