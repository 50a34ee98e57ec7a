"""Derives the permissions that a state machine's role needs for its tasks in other AWS services.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domovoi_tf.hcl.syntax import Reference, interpolate
from domovoi_tf.model.asl import walk_states

_INTEGRATION = re.compile(r"arn:[^:]+:states:::(\w[\w-]*:\w+)(\.sync(:2)?|\.waitForTaskToken)?")
_FUNCTION_ARN = re.compile(r"arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+(:[^:]+)?")
_ACTIVITY_ARN = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:activity:.+")
_MACHINE_ARN = re.compile(r"(arn:[^:]+:states:[^:]*:[^:]*):stateMachine:([^:]+)")
_QUEUE_URL = re.compile(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(\d+)/([\w.-]+)")
#: The EventBridge rule with which Step Functions waits for the end of a nested execution.
_EXECUTION_RULE = ":rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
#: Values of StateMachineArn with which a machine starts itself again.
_OWN_MACHINE = ("$$.StateMachine.Id", "{% $states.context.StateMachine.Id %}")
_PARTITION = Reference("local.partition")


@dataclass(frozen=True)
class Permissions:
    """Actions on resources, which are ARNs or strings that `interpolate` returns."""

    concern: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True)
class UnknownPermissions:
    """A state whose permissions cannot be derived from the definition, with the reason."""

    path: str
    reason: str


def derive_permissions(
    definition: Mapping[str, Any], own_name: tuple[str, ...]
) -> Iterator[Permissions | UnknownPermissions]:
    """Yields the permissions for each state of a machine, except for tasks with a handler.

    Args:
        definition: the definition as the user wrote it.
        own_name: the parts of the machine's name on AWS.
    """
    for path, _, state in walk_states(definition):
        if state.get("Type") == "Task":
            yield from _derive_for_task(path, state, own_name)
        elif state.get("Type") == "Map":
            yield from _derive_for_map(path, state, own_name)


def _derive_for_task(
    path: str, state: Mapping[str, Any], own_name: tuple[str, ...]
) -> Iterator[Permissions | UnknownPermissions]:
    resource = state.get("Resource")
    if not isinstance(resource, str) or not resource or _ACTIVITY_ARN.fullmatch(resource):
        return  # The task has a handler, or activity workers poll for it.
    if _FUNCTION_ARN.fullmatch(resource):
        yield _allow_invocation(resource)
        return
    match = _INTEGRATION.fullmatch(resource)
    derive = _DERIVATIONS.get(match[1]) if match else None
    if match is None or derive is None:
        yield UnknownPermissions(path, f"cannot derive the permissions that {resource} needs")
        return
    values = state.get("Arguments", state.get("Parameters"))
    arguments = _Arguments(values if isinstance(values, Mapping) else {}, own_name)
    try:
        yield from derive(arguments, match[1], match[2] or "")
    except _DynamicValueError as error:
        yield _report_dynamic_value(path, str(error), match[1])


def _report_dynamic_value(path: str, field: str, action: str) -> UnknownPermissions:
    return UnknownPermissions(
        path, f"cannot derive the permissions that {action} needs: its {field} is known only at run time"
    )


class _DynamicValueError(Exception):
    """A name or ARN that is not in the definition, for an execution computes it."""


class _Arguments:
    """The arguments of a task, and the parts of the machine's name on AWS."""

    def __init__(self, values: Mapping[str, Any], own_name: tuple[str, ...] = ()) -> None:
        self.values = values
        self.own_name = own_name

    def get(self, field: str) -> str:
        value = self.values.get(field)
        if not isinstance(value, str) or value.startswith("{%"):
            raise _DynamicValueError(field)
        return value

    def has(self, field: str) -> bool:
        return field in self.values


def _allow_invocation(function: str) -> Permissions:
    resources = (function,) if function.count(":") > 6 else (function, f"{function}:*")
    return Permissions("invoke", ("lambda:InvokeFunction",), resources)


def _derive_for_lambda(arguments: _Arguments, action: str, pattern: str) -> Iterator[Permissions]:
    if not (arguments.has("FunctionName") or arguments.has("FunctionName.$")):
        return  # The task has a handler.
    name = arguments.get("FunctionName")
    if _FUNCTION_ARN.fullmatch(name):
        yield _allow_invocation(name)
    else:
        arn = (Reference("local.arns.lambda"), f":function:{name}")
        resources = (interpolate(*arn),) if ":" in name else (interpolate(*arn), interpolate(*arn, ":*"))
        yield Permissions("invoke", ("lambda:InvokeFunction",), resources)


def _derive_for_sns(arguments: _Arguments, action: str, pattern: str) -> Iterator[Permissions]:
    field = "TargetArn" if arguments.has("TargetArn") else "TopicArn"
    yield Permissions("sns", ("sns:Publish",), (arguments.get(field),))


def _derive_for_sqs(arguments: _Arguments, action: str, pattern: str) -> Iterator[Permissions]:
    match = _QUEUE_URL.fullmatch(arguments.get("QueueUrl"))
    if match is None:
        raise _DynamicValueError("QueueUrl")
    region, account, name = match.groups()
    yield Permissions(
        "sqs", ("sqs:SendMessage",), (interpolate("arn:", _PARTITION, f":sqs:{region}:{account}:{name}"),)
    )


def _derive_for_dynamodb(arguments: _Arguments, action: str, pattern: str) -> Iterator[Permissions]:
    name = arguments.get("TableName")
    arn = name if name.startswith("arn:") else interpolate(Reference("local.arns.dynamodb"), f":table/{name}")
    operation = action.partition(":")[2]
    yield Permissions("dynamodb", (f"dynamodb:{operation[0].upper()}{operation[1:]}",), (arn,))


def _derive_for_events(arguments: _Arguments, action: str, pattern: str) -> Iterator[Permissions]:
    entries = arguments.values.get("Entries")
    if not isinstance(entries, list):
        raise _DynamicValueError("EventBusName")
    for entry in entries:
        fields = _Arguments(entry if isinstance(entry, Mapping) else {})
        has_bus = fields.has("EventBusName") or fields.has("EventBusName.$")
        name = fields.get("EventBusName") if has_bus else "default"
        arn = (
            name
            if name.startswith("arn:")
            else interpolate(Reference("local.arns.events"), f":event-bus/{name}")
        )
        yield Permissions("events", ("events:PutEvents",), (arn,))


def _derive_for_step_functions(arguments: _Arguments, action: str, pattern: str) -> Iterator[Permissions]:
    if arguments.values.get("StateMachineArn.$", arguments.values.get("StateMachineArn")) in _OWN_MACHINE:
        machine, executions = (
            _build_own_arn(":stateMachine:", arguments.own_name),
            _build_own_arn(":execution:", arguments.own_name, ":*"),
        )
    elif match := _MACHINE_ARN.fullmatch(arguments.get("StateMachineArn")):
        machine, executions = match[0], f"{match[1]}:execution:{match[2]}:*"
    else:
        raise _DynamicValueError("StateMachineArn")
    yield Permissions("states", ("states:StartExecution",), (machine,))
    if pattern.startswith(".sync"):
        yield Permissions("states", ("states:DescribeExecution", "states:StopExecution"), (executions,))
        rule = interpolate(Reference("local.arns.events"), _EXECUTION_RULE)
        yield Permissions("events", ("events:DescribeRule", "events:PutRule", "events:PutTargets"), (rule,))


_DERIVATIONS: dict[str, Callable[[_Arguments, str, str], Iterator[Permissions]]] = {
    "lambda:invoke": _derive_for_lambda,
    "sns:publish": _derive_for_sns,
    "sqs:sendMessage": _derive_for_sqs,
    **{
        f"dynamodb:{operation}": _derive_for_dynamodb
        for operation in ("getItem", "putItem", "updateItem", "deleteItem")
    },
    "events:putEvents": _derive_for_events,
    "states:startExecution": _derive_for_step_functions,
}


def _build_own_arn(kind: str, own_name: tuple[str, ...], *suffix: str) -> str:
    return interpolate(Reference("local.arns.states"), kind, *own_name, *suffix)


def _derive_for_map(
    path: str, state: Mapping[str, Any], own_name: tuple[str, ...]
) -> Iterator[Permissions | UnknownPermissions]:
    """Yields the permissions of a distributed map, which starts executions of the machine itself.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    processor = state.get("ItemProcessor")
    configuration = processor.get("ProcessorConfig") if isinstance(processor, Mapping) else None
    if not (isinstance(configuration, Mapping) and configuration.get("Mode") == "DISTRIBUTED"):
        return
    executions = (_build_own_arn(":execution:", own_name, ":*"),)
    yield Permissions("states", ("states:StartExecution",), (_build_own_arn(":stateMachine:", own_name),))
    yield Permissions("states", ("states:DescribeExecution", "states:StopExecution"), executions)
    yield Permissions(
        "states", ("states:RedriveExecution",), (_build_own_arn(":execution:", own_name, "/*:*"),)
    )
    for field in ("ItemReader", "ResultWriter"):
        access = state.get(field)
        if isinstance(access, Mapping) and "Resource" in access:
            yield from _derive_for_bucket(f"{path}.{field}", access)


def _derive_for_bucket(path: str, access: Mapping[str, Any]) -> Iterator[Permissions | UnknownPermissions]:
    values = access.get("Arguments", access.get("Parameters"))
    arguments = _Arguments(values if isinstance(values, Mapping) else {})
    resource = str(access["Resource"]).partition(":::")[2]
    configuration = access.get("ReaderConfig")
    loads_objects = (
        isinstance(configuration, Mapping) and configuration.get("Transformation") == "LOAD_AND_FLATTEN"
    )
    try:
        bucket = ("arn:", _PARTITION, f":s3:::{arguments.get('Bucket')}")
        prefix = arguments.get("Prefix") if arguments.has("Prefix") or arguments.has("Prefix.$") else ""
        if resource == "s3:listObjectsV2":
            yield Permissions("s3", ("s3:ListBucket",), (interpolate(*bucket),))
            if loads_objects:
                yield Permissions("s3", ("s3:GetObject",), (interpolate(*bucket, f"/{prefix}*"),))
        elif resource == "s3:getObject":
            yield Permissions("s3", ("s3:GetObject",), (interpolate(*bucket, f"/{arguments.get('Key')}"),))
        elif resource == "s3:putObject":
            actions = (
                "s3:AbortMultipartUpload",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            )
            under = f"/{prefix.rstrip('/')}/*" if prefix else "/*"
            yield Permissions("s3", actions, (interpolate(*bucket, under),))
        else:
            yield UnknownPermissions(path, f"cannot derive the permissions that {access['Resource']} needs")
    except _DynamicValueError as error:
        yield _report_dynamic_value(path, str(error), resource)
