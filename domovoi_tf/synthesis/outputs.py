"""Builds the outputs of the app's module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from domovoi_tf.hcl.labels import Labels, get_function_key
from domovoi_tf.hcl.syntax import Reference, TerraformText
from domovoi_tf.model.application import Application
from domovoi_tf.synthesis import stack
from domovoi_tf.triggers import get_trigger_class, import_kind, list_kinds, list_trigger_classes

_FUNCTION_OUTPUTS = {
    "function_name": ("module.lambda.function.name", "Name of the default function."),
    "function_arn": ("module.lambda.function.arn", "ARN of the default function."),
    "function_invoke_arn": (
        "module.lambda.attributes.invoke_arn",
        "ARN by which API Gateway invokes the default function.",
    ),
    "role_name": ("module.iam.role_name", "Name of the default function's execution role."),
    "role_arn": ("module.iam.role_arn", "ARN of the default function's execution role."),
    "log_group_name": ("module.lambda.attributes.log_group_name", "Log group of the default function."),
}


def build_outputs(
    application: Application,
    labels: Labels,
    kinds: Iterable[stack.Kind],
    machines: Iterable[stack.StateMachine],
) -> Iterator[stack.Output]:
    """Yields the outputs of the app's module, those of a kind only if the app has it.

    Args:
        application: the application.
        labels: its labels.
        kinds: its kinds of event sources.
        machines: its state machines.
    """
    if any(not function.name for function in application.deployed_functions):
        for name, (address, description) in _FUNCTION_OUTPUTS.items():
            yield stack.Output(name=name, description=description, value=Reference(address))
    functions = [function.name for function in application.deployed_functions]
    yield stack.Output(
        name="functions",
        description="The name, arn, invoke_arn, alias_arn, version, qualified_arn, log_group_name, "
        "log_group_arn, role_name and role_arn of each function, by its name in the app, or default. The "
        "alias_arn is null unless versions are published.",
        value={get_function_key(name): _describe_function(name, labels) for name in functions},
    )
    yield stack.Output(
        name="policy_documents",
        description="Permissions that each function's execution role needs in addition to role.policies, "
        "as an IAM policy document (JSON), by the function's name in the app, or default.",
        value={
            get_function_key(name): Reference(f"module.{labels.get_role(name)}.policy_document")
            for name in functions
        },
    )
    yield from _collect_outputs(kinds, machines)


def _describe_function(name: str, labels: Labels) -> TerraformText:
    function, role = f"module.{labels.get_function(name)}", f"module.{labels.get_role(name)}"
    return TerraformText(
        f"merge({function}.function, {function}.attributes, "
        f"{{ role_name = {role}.role_name, role_arn = {role}.role_arn }})"
    )


def _collect_outputs(
    kinds: Iterable[stack.Kind], machines: Iterable[stack.StateMachine]
) -> Iterator[stack.Output]:
    used = {kind.name: kind for kind in kinds}
    collected = {name: (text, dict(values)) for name, text, values in _build_machine_outputs(list(machines))}
    for kind in list_kinds():
        view = used.get(kind, stack.Kind(name=kind, sources=(), triggers=()))
        for name, description, values in _build_kind_outputs(view):
            collected.setdefault(name, (description, {}))[1].update(values)
    for name, (description, values) in sorted(collected.items()):
        if values:
            yield stack.Output(name=name, description=description, value=dict(sorted(values.items())))


def _build_machine_outputs(
    machines: Sequence[stack.StateMachine],
) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    for output, attribute, noun in (
        ("state_machine_arns", "arn", "ARN of each state machine"),
        ("state_machine_role_arns", "role_arn", "ARN of the role of each state machine"),
    ):
        values = {machine.name: Reference(f"module.{machine.label}.{attribute}") for machine in machines}
        yield output, f"{noun}, by name; the one without a name is default.", values
    documents = {machine.name: Reference(f"module.{machine.label}.policy_document") for machine in machines}
    yield (
        "state_machine_policy_documents",
        "Permissions that the role of each state machine needs beyond the policy that the app declares, as "
        "an IAM policy document (JSON), by name.",
        documents,
    )
    # Of all machines: the configuration can let those log whose app does not.
    groups = {machine.name: Reference(f"module.{machine.label}.log_group_name") for machine in machines}
    yield (
        "state_machine_log_group_names",
        "Log group of each state machine, by name; null if it does not log.",
        groups,
    )


def _build_kind_outputs(kind: stack.Kind) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    declared = get_trigger_class(kind.name)
    for output, (of_type, attribute, description) in declared.source_outputs.items():
        yield (
            output,
            description,
            {
                source.key: source.get_attribute(attribute)
                for source in kind.sources
                if source.type == of_type
            },
        )
    descriptions = {
        output: description
        for each in list_trigger_classes(kind.name)
        for output, (_, description) in each.trigger_outputs.items()
    }
    counts = Counter(trigger.handler for trigger in kind.triggers)
    for output, description in descriptions.items():
        yield (
            output,
            description,
            {  # If a handler has several triggers, they are listed by their labels.
                trigger.label if counts[trigger.handler] > 1 else trigger.handler: trigger.outputs[output]
                for trigger in kind.triggers
                if output in trigger.outputs
            },
        )
    if hasattr(import_kind(kind.name), "collect_outputs"):
        for output, description, values in import_kind(kind.name).collect_outputs(kind.triggers):
            yield output, description, {key: Reference(address) for key, address in values.items()}
