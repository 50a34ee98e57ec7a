"""Converts an application and a stage's settings to the stack that the templates print."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from domovoi_tf.hcl.labels import Labels, assign_labels, get_function_key, get_label_name, make_unique_names
from domovoi_tf.hcl.syntax import PrefixedName, Reference, StagedName, interpolate
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.model.application import Application, group_by_function
from domovoi_tf.model.declarations import Function
from domovoi_tf.model.names import Scoped, Variable, make_key
from domovoi_tf.model.trigger import Route, Source, spell
from domovoi_tf.packaging.runtime_source import CALLS, HANDLER_NAMES, MIDDLEWARE, TYPES
from domovoi_tf.settings import Settings
from domovoi_tf.settings.effective import find_resource_settings, find_role_owners, get_declared_settings
from domovoi_tf.synthesis import stack, state_machines
from domovoi_tf.synthesis.call_identity import identify_call, list_derived_names
from domovoi_tf.synthesis.inputs import build_inputs
from domovoi_tf.synthesis.outputs import build_outputs
from domovoi_tf.synthesis.queues import allow_redrive, build_key_statements, find_policy_sources
from domovoi_tf.synthesis.stage_root import build_stage
from domovoi_tf.triggers import get_trigger_class, list_kinds
from domovoi_tf.triggers._queues.keys import CONCERN, find_key_uses
from domovoi_tf.triggers.state_machine import Task

if TYPE_CHECKING:
    from domovoi_tf.triggers._queues.keys import KeyUse


def synthesize(application: Application, settings: Settings) -> stack.Stack:
    """Returns the stack: the app's module and the stage's root. The application must be valid.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    unused = {get_function_key(function.name) for function in application.unused_functions}
    used_settings = {name: each for name, each in settings.functions.items() if name not in unused}
    settings = replace(settings, functions=used_settings)
    labels = assign_labels(application)
    only = _find_only_function(application)
    kinds = allow_redrive(tuple(_build_kinds(application, labels, only)))
    machines = state_machines.build_state_machines(application, labels)
    inputs = tuple(build_inputs(application))
    source_settings = find_resource_settings(application)
    role_owners = find_role_owners(application)
    return stack.Stack(
        app_name=settings.app_name,
        functions=tuple(_build_functions(application, labels, only)),
        kinds=kinds,
        state_machines=machines,
        base=_find_base(application, labels),
        inputs=inputs,
        outputs=tuple(build_outputs(application, labels, kinds, machines)),
        stage=build_stage(settings, inputs, only, source_settings, role_owners),
        layer=settings.package_layer,
        has_function_inputs=only is None,
        policy_sources=find_policy_sources(kinds),
        source_settings=source_settings,
        role_owners=role_owners,
        unused_labels=tuple(labels.get_function(each.name) for each in application.unused_functions),
    )


def _find_base(application: Application, labels: Labels) -> stack.Base:
    """Returns the functions whose log groups tell partition, Region and account: all, and that of the app."""
    functions = application.deployed_functions
    keys = {get_function_key(each.name): labels.get_function(each.name) for each in functions}
    main = next((each for each in functions if not each.name), next(iter(functions), None))
    return stack.Base(labels=keys, main=None if main is None else get_function_key(main.name))


def find_used_kinds(application: Application) -> set[str]:
    """Returns the kinds of event sources that an app uses."""
    machine_kinds = {Task.kind} if application.state_machines else set()
    return machine_kinds | {route.trigger.kind for route in application.routes}


def find_package_kinds(application: ReadApplication) -> set[str]:
    """Returns the kinds that an app's package needs: those that it uses and those that deliver events.

    The modules are among them that name and call handlers and middleware, and the types, if the app needs
    them.
    """
    delivery_kinds = {route.trigger.delivery_kind for route in application.routes}
    names = {HANDLER_NAMES} if application.shares_names else set()
    calls = {CALLS} if application.adapted else set()
    middleware = {MIDDLEWARE} if application.has_middleware else set()
    types = {TYPES} if any(module.name == "domovoi_tf.types" for module in application.modules) else set()
    return find_used_kinds(application) | (delivery_kinds - {""}) | names | calls | middleware | types


def _build_functions(application: Application, labels: Labels, only: str | None) -> Iterator[stack.Function]:
    routes, uses = group_by_function(application.routes), find_key_uses(application.routes)
    for function in application.deployed_functions:
        yield stack.Function(
            name=function.name,
            label=labels.get_function(function.name),
            role_label=labels.get_role(function.name),
            aws_name=PrefixedName(f"-{function.name}") if function.name else Reference("var.name"),
            key=get_function_key(function.name),
            settings=_refer_to_settings(function, only),
            role=_refer_to_role(function, only),
            declared=get_declared_settings(function),
            statements=state_machines.grant_function(function, application),
            mapping_statements=_merge_statements(routes[function.name], labels)
            | _group_key_statements(uses.get(function.name, ()), labels),
        )


def _find_only_function(application: Application) -> str | None:
    """Returns the key of the app's function if the settings of all functions can be its own."""
    functions = application.deployed_functions
    if len(functions) == 1 and not get_declared_settings(functions[0]):
        return get_function_key(functions[0].name)
    return None


def _refer_to_settings(function: Function, only: str | None) -> Reference:
    return Reference("local.settings" if only else f'local.functions["{get_function_key(function.name)}"]')


def _refer_to_role(function: Function, only: str | None) -> Reference:
    return Reference("var.role" if only else f'local.roles["{get_function_key(function.name)}"]')


def _merge_statements(used: Iterable[Route], labels: Labels) -> dict[str, tuple[stack.Statement, ...]]:
    """Returns one statement for each set of actions, with all resources that need them, by concern."""
    resources: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for route in used:
        for grant in route.trigger.grants(route.handler):
            arn = _convert_argument(grant.resource, labels, route.trigger.function)
            resources.setdefault((grant.concern, grant.actions), set()).add(arn)
    return stack.group_statements(resources)


def _group_key_statements(uses: Iterable[KeyUse], labels: Labels) -> dict[str, tuple[stack.Statement, ...]]:
    statements = build_key_statements(uses, labels)
    return {CONCERN: statements} if statements else {}


def _build_kinds(application: Application, labels: Labels, only: str | None) -> Iterator[stack.Kind]:
    triggers = _build_triggers(application.routes, labels)
    timeouts = {f.name: Reference(f"{_refer_to_settings(f, only)}.timeout") for f in application.functions}
    kinds = find_used_kinds(application)
    written: set[tuple[str, str, bool]] = (
        set()
    )  # If two kinds use one source, the file of the first one has it.
    for kind in list_kinds():
        used = [(view, route) for view, route in triggers if route.trigger.kind == kind]
        if kind in kinds:
            sources = _merge_sources(used, timeouts, labels)
            views = tuple(view for view, _ in used)
            new = [source for source in sources if source.identity not in written]
            written.update(source.identity for source in new)
            ordered = tuple(sorted(new, key=lambda source: (source.label, source.type)))
            has_file = get_trigger_class(kind).has_module
            yield stack.Kind(name=kind, sources=ordered, triggers=views, has_file=has_file)


def _merge_sources(
    used: Iterable[tuple[stack.Trigger, Route]], timeouts: Mapping[str, Reference], labels: Labels
) -> Iterator[stack.Source]:
    """Yields each source that is not a variable once, with the arguments from all of its triggers."""
    sources: dict[tuple[str, str, bool], stack.Source] = {}
    arguments: dict[tuple[str, str, bool], dict[str, Any]] = defaultdict(dict)
    readers: dict[str, set[stack.Reader]] = defaultdict(set)
    for trigger, route in used:
        function = route.trigger.function
        for view, each in zip(trigger.sources, route.list_sources(), strict=True):
            if not isinstance(each.name, Variable):
                sources.setdefault(view.identity, view)
                arguments[view.identity].update(
                    (key, _convert_argument(value, labels, function)) for key, value in each.arguments.items()
                )
        for grant in route.trigger.grants(route.handler):
            window = route.trigger.arguments(route.handler).get("maximum_batching_window") or 0
            reader = stack.Reader(timeouts[function], window)
            readers[_convert_argument(grant.resource, labels, function)].add(reader)
    for key, view in sources.items():
        yield replace(
            view,
            arguments=dict(sorted(arguments[key].items())),
            readers=_drop_shorter_windows(readers[view.value]),
        )


def _drop_shorter_windows(readers: Iterable[stack.Reader]) -> tuple[stack.Reader, ...]:
    """Returns the readers without those of the same function with a shorter batching window, sorted."""
    return tuple({reader.timeout: reader for reader in sorted(readers)}.values())


def _convert_argument(value: Any, labels: Labels, function: str) -> Any:
    if isinstance(value, Source):
        return _build_source(value, labels, function).value
    if isinstance(value, Mapping):
        return {key: _convert_argument(item, labels, function) for key, item in value.items()}
    return convert_names(value)


def _build_source(source: Source, labels: Labels, function: str) -> stack.Source:
    """Returns a source as a function refers to it."""
    label = labels.get_source(source)
    name = convert_names(source.name)
    return stack.Source(
        type=source.type,
        label=label,
        key=make_key(source.name),
        name=name,
        owned=source.owned and not isinstance(source.name, Variable),
        value=_refer_to_source(source, label, function),
        url=interpolate(Reference(f'local.queue_urls["{get_function_key(function)}"]'), "/", name),
        spelled=spell(get_label_name(source)),
        companions=source.companions,
        known_name=source.name.name if isinstance(source.name, Variable) else name,
    )


def _refer_to_source(source: Source, label: str, function: str) -> Any:
    """Returns the attribute of a source that triggers refer to, or the source's name."""
    name = convert_names(source.name)
    if isinstance(source.name, Variable):
        return name
    if source.owned:
        return Reference(f"{source.type}.{label}.{source.attribute}")
    if source.service:
        # CloudWatch Logs' permissions name the streams of a group (:*), its resources the group.
        before, _, after = source.arn_resource.removesuffix(":*").partition("{}")
        beginning = Reference(f'local.function_arns["{get_function_key(function)}"].{source.service}')
        return interpolate(beginning, f":{before}", name, after)
    return Reference(f"data.{source.type}.{label}.{source.attribute}") if source.lookup else name


def _build_triggers(routes: Sequence[Route], labels: Labels) -> list[tuple[stack.Trigger, Route]]:
    """Returns the triggers with their routes, in an order that does not depend on that of the routes."""
    built = [
        (_build_trigger(route, label, name, labels), route)
        for route, label, name in zip(routes, labels.calls, make_unique_names(routes), strict=True)
    ]
    return sorted(built, key=lambda pair: (pair[0].label, *pair[0].row, pair[1].trigger.spell_source()))


def _build_trigger(route: Route, label: str, unique_name: str, labels: Labels) -> stack.Trigger:
    function = route.trigger.function
    sources = tuple([_build_source(each, labels, function) for each in route.list_sources()])
    arguments = {key: convert_names(value) for key, value in route.trigger.arguments(route.handler).items()}
    return stack.Trigger(
        label=label,
        handler=route.handler,
        unique_name=unique_name,
        file=route.location.file,
        description=route.trigger.summary(),
        function_name=get_function_key(route.trigger.function),
        function=Reference(f"module.{labels.get_function(route.trigger.function)}.function"),
        mapping_role=Reference(f"module.{labels.get_role(route.trigger.function)}.mapping_role_arn"),
        source=sources[0] if sources else None,
        needs=sources[1:],
        arguments=arguments,
        outputs={
            output: arguments[attribute.removeprefix("arguments.")]
            if attribute.startswith("arguments.")
            else Reference(f"module.{label}.{attribute}")
            for output, (attribute, _) in route.trigger.trigger_outputs.items()
        },
        call=identify_call(route),
        names=list_derived_names(route),
    )


def convert_names(value: Any) -> Any:
    """Returns a value with variables and scoped names converted to Terraform expressions."""
    if isinstance(value, Mapping):
        return {key: convert_names(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [convert_names(item) for item in value]
    if isinstance(value, Scoped) and value.form:
        return StagedName(value.fill("{stage}"))
    if isinstance(value, Scoped):
        return PrefixedName(f"-{value.name}")
    return Reference(f"var.{value.name}") if isinstance(value, Variable) else value
