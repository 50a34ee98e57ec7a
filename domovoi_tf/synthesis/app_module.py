"""From what the app declares and the stage's settings to what the templates print."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from domovoi_tf.hcl.input_variables import find_variables
from domovoi_tf.hcl.labels import (
    assign_trigger_labels,
    get_function_key,
    make_function_label,
    make_role_label,
    make_source_label,
)
from domovoi_tf.hcl.syntax import PrefixedName, Reference
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function
from domovoi_tf.model.names import Scoped, Variable
from domovoi_tf.model.trigger import Route, Source
from domovoi_tf.settings import Settings
from domovoi_tf.settings.effective import declared
from domovoi_tf.synthesis import stack, state_machines
from domovoi_tf.synthesis.function_arguments import list_shared_inputs
from domovoi_tf.synthesis.outputs import _outputs
from domovoi_tf.synthesis.stage_root import _stage
from domovoi_tf.triggers import list_kinds
from domovoi_tf.triggers.alb import LISTENER
from domovoi_tf.triggers.state_machine import Task


def synthesize(application: Application, settings: Settings) -> stack.Stack:
    """Returns the app's module and the stage's root. The application must be valid.

    Args:
        application: what the decorators declared.
        settings: the stage's settings.
    """
    kinds, machines = tuple(_kinds(application)), state_machines.synthesize(application)
    inputs = tuple(_inputs(application))
    return stack.Stack(
        app_name=settings.app_name,
        functions=tuple(_function(function, application) for function in application.functions),
        kinds=kinds,
        state_machines=machines,
        services=state_machines.services(machines),
        inputs=inputs,
        outputs=tuple(_outputs(application, kinds, machines)),
        stage=_stage(settings, inputs),
        layer=settings.package_layer,
        function_inputs=list_shared_inputs(),
    )


def used_kinds(application: Application) -> set[str]:
    """Returns the event source kinds that an app uses."""
    own = {Task.kind} if application.state_machines else set()
    return own | {route.trigger.kind for route in application.routes}


def package_kinds(application: Application) -> set[str]:
    """Returns the kinds that an app's package needs: those that it uses, and those that events come by."""
    delivery_kinds = {route.trigger.delivery_kind for route in application.routes}
    return used_kinds(application) | delivery_kinds - {""}


def _function(function: Function, application: Application) -> stack.Function:
    routes = [route for route in application.routes if route.trigger.function == function.name]
    return stack.Function(
        name=function.name,
        label=make_function_label(function.name),
        role_label=make_role_label(function.name),
        aws_name=PrefixedName(f"-{function.name}") if function.name else Reference("var.name"),
        key=get_function_key(function.name),
        settings=_settings(function),
        declared=declared(function),
        statements=state_machines.granted(application),
        mapping_statements=_statements(routes),
    )


def _settings(function: Function) -> Reference:
    return Reference(f'local.functions["{get_function_key(function.name)}"]')


def _statements(used: Iterable[Route]) -> dict[str, tuple[stack.Statement, ...]]:
    """Returns one statement for each set of actions, with every source that needs it."""
    resources: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for route in used:
        for grant in route.trigger.grants(route.handler):
            resources.setdefault((grant.concern, grant.actions), set()).add(_argument(grant.resource))
    found: dict[str, tuple[stack.Statement, ...]] = {}
    for (concern, actions), arns in sorted(resources.items()):
        found[concern] = (*found.get(concern, ()), stack.Statement(actions, tuple(sorted(arns))))
    return found


def _kinds(application: Application) -> Iterator[stack.Kind]:
    routes = application.routes
    labelled = sorted(zip(assign_trigger_labels(routes), routes, strict=True), key=lambda pair: pair[0])
    timeouts = {f.name: Reference(f"{_settings(f)}.timeout") for f in application.functions}
    kinds = used_kinds(application)
    written: set[tuple[str, str]] = set()  # two kinds may use one source: the first one's file has it
    for kind in list_kinds():
        used = [(name, route) for name, route in labelled if route.trigger.kind == kind]
        if kind in kinds:
            sources = _sources((route for _, route in used), timeouts)
            views = tuple(_trigger(name, route) for name, route in used)
            new = [source for source in sources if (source.type, source.value) not in written]
            written.update((source.type, source.value) for source in new)
            ordered = tuple(sorted(new, key=lambda source: (source.label, source.type)))
            yield stack.Kind(name=kind, sources=ordered, triggers=views)


def _sources(used: Iterable[Route], timeouts: Mapping[str, Reference]) -> Iterator[stack.Source]:
    """Yields each source once that is not passed in, with what all its triggers say of it."""
    found: dict[tuple[str, str], stack.Source] = {}
    arguments: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    read_by: dict[str, set[Reference]] = defaultdict(set)
    for route in used:
        for each in _all_sources(route):
            if not isinstance(each.name, Variable):
                view = _source(each)
                found[view.type, view.value] = view
                arguments[view.type, view.value].update(
                    (key, _argument(value)) for key, value in each.arguments.items()
                )
        for grant in route.trigger.grants(route.handler):
            read_by[_argument(grant.resource)].add(timeouts[route.trigger.function])
    for key, view in found.items():
        yield replace(
            view,
            arguments=dict(sorted(arguments[key].items())),
            timeouts=tuple(sorted(read_by[view.value])),
        )


def _all_sources(route: Route) -> Iterator[Source]:
    source = route.trigger.source(route.handler)
    if source is not None:
        yield from (source, *source.needs)


def _argument(value: Any) -> Any:
    if isinstance(value, Source):
        return _source(value).value
    if isinstance(value, Mapping):
        return {key: _argument(item) for key, item in value.items()}
    return expression(value)


def _source(source: Source) -> stack.Source:
    label, name = make_source_label(source.name), expression(source.name)
    known = isinstance(source.name, Variable) or not (source.owned or source.lookup)
    address = f"{'' if source.owned else 'data.'}{source.type}.{label}.{source.attribute}"
    return stack.Source(
        type=source.type,
        label=label,
        key=source.name if isinstance(source.name, str) else source.name.name,
        name=name,
        owned=source.owned and not isinstance(source.name, Variable),
        value=name if known else Reference(address),
    )


def _trigger(name: str, route: Route) -> stack.Trigger:
    source = route.trigger.source(route.handler)
    return stack.Trigger(
        label=name,
        handler=route.handler,
        location=str(route.location),
        description=route.trigger.summary(),
        function_name=get_function_key(route.trigger.function),
        function=Reference(f"module.{make_function_label(route.trigger.function)}.function"),
        mapping_role=Reference(f"module.{make_role_label(route.trigger.function)}.mapping_role_arn"),
        source=None if source is None else _source(source),
        needs=() if source is None else tuple(_source(each) for each in source.needs),
        arguments={key: expression(value) for key, value in route.trigger.arguments(route.handler).items()},
        outputs={output: attribute for output, (attribute, _) in route.trigger.trigger_outputs.items()},
    )


def expression(value: Any) -> Any:
    """Returns a value with the names that Terraform supplies as Terraform's expressions of them."""
    if isinstance(value, Mapping):
        return {key: expression(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [expression(item) for item in value]
    if isinstance(value, Scoped):
        return PrefixedName(f"-{value.name}")
    return Reference(f"var.{value.name}") if isinstance(value, Variable) else value


def _inputs(application: Application) -> Iterator[stack.Input]:
    found: dict[str, tuple[str, str, list[str]]] = {}
    for route in application.routes:
        for variable, pattern, holds in find_variables(route):
            found.setdefault(variable.name, (pattern, holds, []))[2].append(route.handler)
    declared = {each.variable.name: each.variable for each in application.variables}
    for name in sorted(declared.keys() - found.keys()):
        yield stack.Input(
            name=name,
            description=f"What the handlers read as variable {name}.",
            pattern="",
            expectation="",
            sensitive=declared[name].sensitive,
        )
    for name, (pattern, holds, handlers) in sorted(found.items()):
        users = ", ".join(sorted(set(handlers)))
        yield stack.Input(
            name=name,
            description=f"{holds} for {users}.",
            pattern=pattern,
            expectation=f"Expected the {holds}, in the form {pattern}.",
            runtime=name != LISTENER,
        )
