"""Everything that is wrong with an app, found before anything is written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from domovoi_tf.app import kind_module
from domovoi_tf.errors import Problem, RenderError
from domovoi_tf.hcl.input_variables import variable_problems, variables
from domovoi_tf.hcl.labels import label, source_label
from domovoi_tf.hcl.syntax import hcl
from domovoi_tf.model.declarations import Application, Function, Notice, Route
from domovoi_tf.model.names import DEFAULT_FUNCTION, NAME_KEY, VARIABLE_KEY, Scoped, Variable
from domovoi_tf.settings import CONFIG, Settings
from domovoi_tf.state_machines import problems as asl_problems
from domovoi_tf.synthesis.function_arguments import effective
from domovoi_tf.triggers import Limit, Source, spell
from domovoi_tf.triggers._shared.json_text import DEEPEST, is_too_deep
from domovoi_tf.triggers.alb import CERTIFICATE, LISTENER
from domovoi_tf.validation import function_settings
from domovoi_tf.validation.policy_sizes import policy_problems, policy_warnings

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name

FUNCTION = Limit(
    what="Lambda function name", pattern="[A-Za-z0-9_-]+", longest=64, allowed="letters, digits, - and _"
)

MACHINE = Limit(
    what="state machine name", pattern="[A-Za-z0-9_-]+", longest=80, allowed="letters, digits, - and _"
)


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
        *variable_problems(named, application.variables),
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
    names = [(limit.what.removesuffix(" name"), name) for limit, name in trigger.names(route.handler)]
    if trigger.exclusive:
        yield from ((what, name) for what, name in names if spell(name) == trigger.subject(route.handler))
    for _, source in _of_sources([route]):
        if source.owned:
            yield from ((what, name) for what, name in names if name == source.name)


def _unknown_listener(routes: Iterable[Route], settings: Settings) -> Iterator[Notice]:
    if settings.alb_listener_arn or settings.alb_acm_cert_dns_name:
        return
    first = next((route for route in routes if LISTENER in [v.name for v, _, _ in variables(route)]), None)
    if first is not None:
        yield Notice(
            location=first.location,
            message=f"no listener is configured: Terraform will ask for {LISTENER}. Set that in {CONFIG}, "
            f"or {CERTIFICATE} to have a load balancer made.",
        )


def _position(location: str) -> tuple[str, int]:
    file, _, line = location.rpartition(":")
    return file, int(line) if line.isdecimal() else 0


def _is_named(route: Route) -> bool:
    """Whether all names are texts, so that routes can be compared; `_of_name` reports what is not."""
    names = [route.trigger.function, *(name for _, name in route.trigger.names(route.handler))]
    return all(isinstance(getattr(name, "name", name), str) for name in names)


def _of_functions(functions: Iterable[Function], settings: Settings) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for function in functions:
        where = str(function.location or "")
        if function.location is None:
            continue
        if function.name in seen:
            yield Problem(
                where, f"the function {function.name!r} is declared at {seen[function.name]} too", "Keep one."
            )
        seen.setdefault(function.name, where)
        if function.name == DEFAULT_FUNCTION:
            yield Problem(where, "'default' is the name of the app's own function", "Choose another name.")
        yield from _of_name(where, FUNCTION, Scoped(name=function.name), settings)
        yield from _out_of_range(where, "memory_size", function.memory_size, 128, 10240, "MB")
        yield from _out_of_range(where, "timeout", function.timeout, 1, 900, "seconds")


def _of_machines(application: Application, settings: Settings) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for machine in application.state_machines:
        where = str(machine.location)
        name: object = machine.name
        if not isinstance(name, str):
            yield Problem(where, f"the name of the state machine is {name!r}", "Give a string.")
            continue
        if machine.name in seen:
            unnamed = machine.name == DEFAULT_FUNCTION
            yield Problem(
                where,
                f"the state machine {'without a name' if unnamed else repr(machine.name)} "
                f"is declared at {seen[machine.name]} too, with another definition",
                "Give one of them a name, or another one.",
            )
            continue
        seen[machine.name] = where
        if machine.name != DEFAULT_FUNCTION:
            yield from _of_name(where, MACHINE, Scoped(name=machine.name), settings)
        yield from _unprintable(where, "policy", machine.policy)
        yield from asl_problems.problems(machine, application)


def _out_of_range(
    where: str, what: str, value: int | None, least: int, most: int, unit: str
) -> Iterator[Problem]:
    if value is not None and not (type(value) is int and least <= value <= most):
        yield Problem(where, f"{what} is {value!r}", f"Lambda takes {least} to {most} {unit}.")


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


def _unprintable(where: str, argument: str, value: object) -> Iterator[Problem]:
    if is_too_deep(value):
        yield Problem(where, f"{argument}: a value is nested more than {DEEPEST} levels deep", "Flatten it.")
        return
    try:
        hcl(_without_names(value))
    except RenderError as error:
        yield Problem(where, f"{argument}: {error.message.rstrip('.')}", error.remedy)


def _of_name(where: str, limit: Limit, name: Name, settings: Settings) -> Iterator[Problem]:
    if isinstance(name, Variable):
        return
    own: object = name.name if isinstance(name, Scoped) else name
    if not isinstance(own, str):
        yield Problem(where, f"the {limit.what} is {own!r}", "Give a string, scoped() or variable().")
        return
    whole = f"{settings.name}-{own}" if isinstance(name, Scoped) else own
    if own.startswith("arn:"):
        yield Problem(
            where,
            f"{own!r} is an ARN where a name is meant",
            'Give the name, or pass the ARN from Terraform with variable("...").',
        )
    elif not re.fullmatch(limit.pattern, own):
        yield Problem(where, f"{own!r} is not a valid {limit.what}", f"Use {limit.allowed} only.")
    elif len(whole) > limit.longest:
        yield Problem(
            where,
            f"the {limit.what} {whole!r} has {len(whole)} characters",
            f"AWS takes at most {limit.longest}.",
        )
    elif len(whole) < limit.shortest:
        yield Problem(
            where,
            f"the {limit.what} {whole!r} has {len(whole)} characters",
            f"AWS takes at least {limit.shortest}.",
        )


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
            continue  # the kind tells them apart, and judges in `conflicts` whether it can
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
    values = {f"{VARIABLE_KEY}{name.name}": spell(name) for name, _, _ in variables(route)}
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
        for route, message, remedy in module.conflicts(keyed, names) if hasattr(module, "conflicts") else ():
            yield Problem(str(route.location), message, remedy)


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
            names[source.type, source_label(source.name)].setdefault(spell(source.name), route)
    for route in routes:
        names["handler", label(route.handler)].setdefault(route.handler, route)
    for (_, clean), spellings in names.items():
        for name, route in list(spellings.items())[1:]:
            first, earlier = next(iter(spellings.items()))
            yield Problem(
                str(route.location),
                f"{name} and {first} ({earlier.location}) are both {clean!r} as a Terraform label",
                "Rename one.",
            )


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


def _without_names(value: object) -> object:
    """Returns a value with nothing in the place of what Terraform supplies."""
    if isinstance(value, (Scoped, Variable, Source)):
        return None
    if isinstance(value, Mapping):
        return {key: _without_names(item) for key, item in value.items()}
    return [_without_names(item) for item in value] if isinstance(value, (list, tuple)) else value
