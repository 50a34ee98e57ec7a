"""What a state machine's role needs for the tasks that AWS's services do, as far as its definition says.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domovoi_tf.hcl.syntax import Reference, interpolate
from domovoi_tf.model.asl import walk_states
from domovoi_tf.model.declarations import StateMachine

_INTEGRATION = re.compile(r"arn:[^:]+:states:::(\w[\w-]*:\w+)(\.sync(:2)?|\.waitForTaskToken)?")
_FUNCTION = re.compile(r"arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+(:[^:]+)?")
_ACTIVITY = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:activity:.+")
_MACHINE = re.compile(r"(arn:[^:]+:states:[^:]*:[^:]*):stateMachine:([^:]+)")
_QUEUE = re.compile(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(\d+)/([\w.-]+)")
#: What Step Functions itself uses to learn that a nested execution is over.
_RULE = ":rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
#: How a machine starts itself, to go on with a new history.
_ITSELF = ("$$.StateMachine.Id", "{% $states.context.StateMachine.Id %}")
_PARTITION = Reference("data.aws_partition.current.partition")


@dataclass(frozen=True)
class Allowance:
    """Actions on resources: texts, or what `hcl.joined` returns."""

    concern: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True)
class Unknown:
    """A state that needs permissions which do not follow from the definition, and why."""

    path: str
    reason: str


def needs(definition: Mapping[str, Any], own_arn: tuple[str, ...]) -> Iterator[Allowance | Unknown]:
    """Yields what each state of a machine needs that no handler does.

    Args:
        definition: the definition as the user wrote it.
        own_arn: the parts of the machine's name in its ARN.
    """
    for path, _, state in walk_states(definition):
        if state.get("Type") == "Task":
            yield from _of_task(path, state, own_arn)
        elif state.get("Type") == "Map":
            yield from _of_map(path, state, own_arn)


def _of_task(path: str, state: Mapping[str, Any], own_arn: tuple[str, ...]) -> Iterator[Allowance | Unknown]:
    resource = state.get("Resource")
    if not isinstance(resource, str) or not resource or _ACTIVITY.fullmatch(resource):
        return  # a handler's task, or a worker's that comes for it
    if _FUNCTION.fullmatch(resource):
        yield _invoke(resource)
        return
    found = _INTEGRATION.fullmatch(resource)
    derive = _DERIVED.get(found[1]) if found else None
    if found is None or derive is None:
        yield Unknown(path, f"what {resource} needs does not follow from the definition")
        return
    arguments = state.get("Arguments", state.get("Parameters"))
    given = _Literal(arguments if isinstance(arguments, Mapping) else {}, own_arn)
    try:
        yield from derive(given, found[1], found[2] or "")
    except _NotLiteralError as error:
        yield Unknown(path, f"which {error} {found[1]} uses is known to an execution only")


class _NotLiteralError(Exception):
    """A name or ARN that the definition does not have."""


class _Literal:
    """Arguments, of which a value that an execution makes is none, and the machine's name in its ARN."""

    def __init__(self, arguments: Mapping[str, Any], own_arn: tuple[str, ...] = ()) -> None:
        self.arguments = arguments
        self.own_arn = own_arn

    def get(self, field: str) -> str:
        value = self.arguments.get(field)
        if not isinstance(value, str) or value.startswith("{%"):
            raise _NotLiteralError(field)
        return value

    def has(self, field: str) -> bool:
        return field in self.arguments


def _invoke(function: str) -> Allowance:
    resources = (function,) if function.count(":") > 6 else (function, f"{function}:*")
    return Allowance("invoke", ("lambda:InvokeFunction",), resources)


def _lambda(given: _Literal, action: str, pattern: str) -> Iterator[Allowance]:
    if not (given.has("FunctionName") or given.has("FunctionName.$")):
        return  # a handler's
    name = given.get("FunctionName")
    if _FUNCTION.fullmatch(name):
        yield _invoke(name)
    else:
        arn = (Reference("local.arns.lambda"), f":function:{name}")
        resources = (interpolate(*arn),) if ":" in name else (interpolate(*arn), interpolate(*arn, ":*"))
        yield Allowance("invoke", ("lambda:InvokeFunction",), resources)


def _sns(given: _Literal, action: str, pattern: str) -> Iterator[Allowance]:
    field = "TargetArn" if given.has("TargetArn") else "TopicArn"
    yield Allowance("sns", ("sns:Publish",), (given.get(field),))


def _sqs(given: _Literal, action: str, pattern: str) -> Iterator[Allowance]:
    found = _QUEUE.fullmatch(given.get("QueueUrl"))
    if found is None:
        raise _NotLiteralError("QueueUrl")
    region, account, name = found.groups()
    yield Allowance(
        "sqs", ("sqs:SendMessage",), (interpolate("arn:", _PARTITION, f":sqs:{region}:{account}:{name}"),)
    )


def _dynamodb(given: _Literal, action: str, pattern: str) -> Iterator[Allowance]:
    name = given.get("TableName")
    arn = name if name.startswith("arn:") else interpolate(Reference("local.arns.dynamodb"), f":table/{name}")
    operation = action.partition(":")[2]
    yield Allowance("dynamodb", (f"dynamodb:{operation[0].upper()}{operation[1:]}",), (arn,))


def _events(given: _Literal, action: str, pattern: str) -> Iterator[Allowance]:
    entries = given.arguments.get("Entries")
    if not isinstance(entries, list):
        raise _NotLiteralError("EventBusName")
    for entry in entries:
        bus = _Literal(entry if isinstance(entry, Mapping) else {})
        named = bus.has("EventBusName") or bus.has("EventBusName.$")
        name = bus.get("EventBusName") if named else "default"
        arn = (
            name
            if name.startswith("arn:")
            else interpolate(Reference("local.arns.events"), f":event-bus/{name}")
        )
        yield Allowance("events", ("events:PutEvents",), (arn,))


def _states(given: _Literal, action: str, pattern: str) -> Iterator[Allowance]:
    if given.arguments.get("StateMachineArn.$", given.arguments.get("StateMachineArn")) in _ITSELF:
        machine, executions = _own(":stateMachine:", given.own_arn), _own(":execution:", given.own_arn, ":*")
    elif found := _MACHINE.fullmatch(given.get("StateMachineArn")):
        machine, executions = found[0], f"{found[1]}:execution:{found[2]}:*"
    else:
        raise _NotLiteralError("StateMachineArn")
    yield Allowance("states", ("states:StartExecution",), (machine,))
    if pattern.startswith(".sync"):
        yield Allowance("states", ("states:DescribeExecution", "states:StopExecution"), (executions,))
        rule = interpolate(Reference("local.arns.events"), _RULE)
        yield Allowance("events", ("events:DescribeRule", "events:PutRule", "events:PutTargets"), (rule,))


_DERIVED: dict[str, Callable[[_Literal, str, str], Iterator[Allowance]]] = {
    "lambda:invoke": _lambda,
    "sns:publish": _sns,
    "sqs:sendMessage": _sqs,
    **{
        f"dynamodb:{operation}": _dynamodb for operation in ("getItem", "putItem", "updateItem", "deleteItem")
    },
    "events:putEvents": _events,
    "states:startExecution": _states,
}


def _own(kind: str, own_arn: tuple[str, ...], *suffix: str) -> str:
    return interpolate(Reference("local.arns.states"), kind, *own_arn, *suffix)


def _of_map(path: str, state: Mapping[str, Any], own_arn: tuple[str, ...]) -> Iterator[Allowance | Unknown]:
    """Yields what a distributed map needs: it is many executions of the machine itself.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    processor = state.get("ItemProcessor")
    configuration = processor.get("ProcessorConfig") if isinstance(processor, Mapping) else None
    if not (isinstance(configuration, Mapping) and configuration.get("Mode") == "DISTRIBUTED"):
        return
    executions = (_own(":execution:", own_arn, ":*"),)
    yield Allowance("states", ("states:StartExecution",), (_own(":stateMachine:", own_arn),))
    yield Allowance("states", ("states:DescribeExecution", "states:StopExecution"), executions)
    yield Allowance("states", ("states:RedriveExecution",), (_own(":execution:", own_arn, "/*:*"),))
    for field in ("ItemReader", "ResultWriter"):
        inner = state.get(field)
        if isinstance(inner, Mapping) and "Resource" in inner:
            yield from _of_bucket(f"{path}.{field}", inner)


def _of_bucket(path: str, inner: Mapping[str, Any]) -> Iterator[Allowance | Unknown]:
    arguments = inner.get("Arguments", inner.get("Parameters"))
    given = _Literal(arguments if isinstance(arguments, Mapping) else {})
    resource = str(inner["Resource"]).partition(":::")[2]
    configuration = inner.get("ReaderConfig")
    loads = isinstance(configuration, Mapping) and configuration.get("Transformation") == "LOAD_AND_FLATTEN"
    try:
        bucket = ("arn:", _PARTITION, f":s3:::{given.get('Bucket')}")
        prefix = given.get("Prefix") if given.has("Prefix") or given.has("Prefix.$") else ""
        if resource == "s3:listObjectsV2":
            yield Allowance("s3", ("s3:ListBucket",), (interpolate(*bucket),))
            if loads:
                yield Allowance("s3", ("s3:GetObject",), (interpolate(*bucket, f"/{prefix}*"),))
        elif resource == "s3:getObject":
            yield Allowance("s3", ("s3:GetObject",), (interpolate(*bucket, f"/{given.get('Key')}"),))
        elif resource == "s3:putObject":
            actions = (
                "s3:AbortMultipartUpload",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            )
            under = f"/{prefix.rstrip('/')}/*" if prefix else "/*"
            yield Allowance("s3", actions, (interpolate(*bucket, under),))
        else:
            yield Unknown(path, f"what {inner['Resource']} needs does not follow from the definition")
    except _NotLiteralError as error:
        yield Unknown(path, f"which {error} {resource} uses is known to an execution only")


_CALLBACK = ".waitForTaskToken"


#: What a handler does that answers a task which waits for that.
ANSWERS = ("states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess")


def waits(machine: StateMachine) -> bool:
    """Whether a task of a machine waits for an answer."""
    return any(
        str(state.get("Resource")).endswith(_CALLBACK) for _, _, state in walk_states(machine.definition)
    )
