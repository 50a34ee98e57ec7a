"""From what the app declares and the stage's settings to what the templates print."""

from __future__ import annotations

import pkgutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from domovoi_tf import triggers
from domovoi_tf.app import kind_module
from domovoi_tf.hcl.input_variables import variables
from domovoi_tf.hcl.labels import function_key, function_label, role_label, source_label, trigger_labels
from domovoi_tf.hcl.syntax import Prefixed, Reference
from domovoi_tf.model.declarations import Application, Function, Route
from domovoi_tf.model.names import Scoped, Variable
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis import stack, state_machines
from domovoi_tf.synthesis.function_arguments import arguments, declared, files
from domovoi_tf.triggers import Source, Trigger
from domovoi_tf.triggers.alb import LISTENER
from domovoi_tf.triggers.state_machine import Task

#: The modules of the kinds; those with a leading underscore are what kinds share.
KINDS = tuple(sorted(m.name for m in pkgutil.iter_modules(triggers.__path__) if not m.name.startswith("_")))
#: Arguments that are blocks, not attributes, in a backend's schema: those of s3 are attributes all.
_BACKEND_BLOCKS = frozenset(
    {
        ("cloud", "workspaces"),
        ("cos", "assume_role"),
        ("kubernetes", "exec"),
        ("oss", "assume_role"),
        ("remote", "workspaces"),
    }
)
_FUNCTION_OUTPUTS = {
    "function_name": ("module.lambda.function.name", "Name of the default function."),
    "function_arn": ("module.lambda.function.arn", "ARN of the default function."),
    "function_invoke_arn": (
        "module.lambda.function.invoke_arn",
        "ARN by which API Gateway invokes the default function.",
    ),
    "role_name": ("module.iam.role_name", "Name of the default function's execution role."),
    "role_arn": ("module.iam.role_arn", "ARN of the default function's execution role."),
    "log_group_name": ("module.lambda.log_group_name", "Log group of the default function."),
}


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
    )


def trigger_class(kind: str) -> type[Trigger]:
    """Returns the class of a kind's triggers."""
    return next(
        value
        for value in vars(kind_module(kind)).values()
        if isinstance(value, type) and issubclass(value, Trigger) and value.kind == kind
    )


def used_kinds(application: Application) -> set[str]:
    """Returns the event source kinds that an app uses."""
    own = {Task.kind} if application.state_machines else set()
    return own | {route.trigger.kind for route in application.routes}


def package_kinds(application: Application) -> set[str]:
    """Returns the kinds that an app's package needs: those that it uses, and those that events come by."""
    through = {route.trigger.through for route in application.routes}
    return used_kinds(application) | through - {""}


def _function(function: Function, application: Application) -> stack.Function:
    routes = [route for route in application.routes if route.trigger.function == function.name]
    return stack.Function(
        name=function.name,
        label=function_label(function.name),
        role_label=role_label(function.name),
        aws_name=Prefixed(f"-{function.name}") if function.name else Reference("var.name"),
        key=function_key(function.name),
        settings=_settings(function),
        declared=declared(function),
        statements=state_machines.granted(application),
        mapping_statements=_statements(routes),
    )


def _settings(function: Function) -> Reference:
    return Reference(f'local.functions["{function_key(function.name)}"]')


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
    labelled = sorted(zip(trigger_labels(routes), routes, strict=True), key=lambda pair: pair[0])
    timeouts = {f.name: Reference(f"{_settings(f)}.timeout") for f in application.functions}
    kinds = used_kinds(application)
    written: set[tuple[str, str]] = set()  # two kinds may use one source: the first one's file has it
    for kind in KINDS:
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
    label, name = source_label(source.name), expression(source.name)
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
        function_name=function_key(route.trigger.function),
        function=Reference(f"module.{function_label(route.trigger.function)}.function"),
        mapping_role=Reference(f"module.{role_label(route.trigger.function)}.mapping_role_arn"),
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
        return Prefixed(f"-{value.name}")
    return Reference(f"var.{value.name}") if isinstance(value, Variable) else value


def _inputs(application: Application) -> Iterator[stack.Input]:
    found: dict[str, tuple[str, str, list[str]]] = {}
    for route in application.routes:
        for variable, pattern, holds in variables(route):
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


def _outputs(
    application: Application, kinds: Iterable[stack.Kind], machines: Iterable[stack.StateMachine]
) -> Iterator[stack.Output]:
    for name, (address, description) in _FUNCTION_OUTPUTS.items():
        yield stack.Output(name=name, description=description, value=Reference(address))
    labels = {function_key(f.name): function_label(f.name) for f in application.functions}
    yield stack.Output(
        name="functions",
        description="Each function's name, arn, invoke_arn and, where versions are published, alias_arn, "
        "by the name the app gives it, or default.",
        value={name: Reference(f"module.{label}.function") for name, label in labels.items()},
    )
    roles = {function_key(f.name): role_label(f.name) for f in application.functions}
    yield stack.Output(
        name="policy_documents",
        description="What each function needs of its execution role beyond var.policies, as an IAM policy "
        "document (JSON), by the name the app gives it, or default.",
        value={name: Reference(f"module.{label}.policy_document") for name, label in roles.items()},
    )
    yield from _collected(kinds, machines)


def _collected(kinds: Iterable[stack.Kind], machines: Iterable[stack.StateMachine]) -> Iterator[stack.Output]:
    used = {kind.name: kind for kind in kinds}
    arns = {machine.name: Reference(f"module.{machine.label}.arn") for machine in machines}
    collected: dict[str, tuple[str, dict[str, Reference]]] = {
        "state_machine_arns": ("ARN of each state machine, by name; the one without a name is default.", arns)
    }
    for kind in KINDS:
        view = used.get(kind, stack.Kind(name=kind, sources=(), triggers=()))
        for name, description, values in _of_kind(view):
            collected.setdefault(name, (description, {}))[1].update(values)
    for name, (description, values) in sorted(collected.items()):
        yield stack.Output(name=name, description=description, value=dict(sorted(values.items())))


def _of_kind(kind: stack.Kind) -> Iterator[tuple[str, str, Mapping[str, Reference]]]:
    declared = trigger_class(kind.name)
    for output, (of_type, attribute, description) in declared.source_outputs.items():
        yield (
            output,
            description,
            {
                source.key: Reference(f"{source.value.rpartition('.')[0]}.{attribute}")
                for source in kind.sources
                if isinstance(source.value, Reference) and source.type == of_type
            },
        )
    for output, (_, description) in declared.trigger_outputs.items():
        addresses: dict[str, Reference] = {}
        for trigger in kind.triggers:  # by label where a handler has more than one
            key = trigger.label if trigger.handler in addresses else trigger.handler
            addresses[key] = Reference(f"module.{trigger.label}.{trigger.outputs[output]}")
        yield output, description, addresses
    if hasattr(kind_module(kind.name), "outputs"):
        for output, description, values in kind_module(kind.name).outputs(kind.triggers):
            yield output, description, {key: Reference(address) for key, address in values.items()}


def _stage(settings: Settings, inputs: tuple[stack.Input, ...]) -> stack.Stage:
    own = settings.alb_acm_cert_dns_name if LISTENER in [each.name for each in inputs] else None
    passed = {LISTENER: Reference("module.load_balancer.listener_arn")} if own else {}
    defaults = {LISTENER: settings.alb_listener_arn}
    given = {each.name: passed.get(each.name, Reference(f"var.{each.name}")) for each in inputs}
    return stack.Stage(
        name=settings.stage,
        app=settings.name,
        arguments=arguments(settings, given),
        tags=settings.tags,
        policies=files(settings),
        backend=backend(settings.backend),
        required_version=settings.required_version or stack.Stage.required_version,
        provider=_provider(settings.provider),
        inputs=tuple(
            replace(each, default=defaults.get(each.name)) for each in inputs if each.name not in passed
        ),
        load_balancer=stack.LoadBalancer(own, settings.alb_subnet_ids) if own else None,
    )


def _provider(said: Mapping[str, Any]) -> stack.Provider:
    """Returns the provider's block; what is an object in the configuration is a block in it."""
    blocks = {key: value for key, value in said.items() if isinstance(value, Mapping)}
    tags = blocks.get("default_tags", {})
    if tags and not isinstance(tags.get("tags"), Mapping):
        blocks["default_tags"] = {"tags": tags}
    return stack.Provider({key: value for key, value in said.items() if key not in blocks}, blocks)


def backend(configured: tuple[str, Mapping[str, Any]] | None) -> stack.Backend | None:
    """Returns a backend's block.

    Args:
        configured: its type and arguments; None for a state in a local file.
    """
    if configured is None:
        return None
    kind, arguments = configured
    blocks = {
        key: value
        for key, value in arguments.items()
        if (kind, key) in _BACKEND_BLOCKS and isinstance(value, Mapping)
    }
    rest = {key: value for key, value in arguments.items() if key not in blocks}
    return stack.Backend(type=kind, arguments=rest, blocks=blocks)
