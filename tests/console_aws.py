"""The services of the stage that `console_fixture` shows: a queue with dead letters, executions, and logs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from fake_aws import ACCOUNT, REGION, FakeAws, refusal

from domovoi_tf.model.application import Application
from domovoi_tf.model.asl import walk_states
from domovoi_tf.operations.deployed_functions import build_function_name
from domovoi_tf.recorder.records import Failure, Run
from domovoi_tf.runtime.dispatch import MARK
from domovoi_tf.settings import Settings

#: The time of the first sample run: pictures are the same each time.
FIRST = 1_793_440_800.0
#: A state machine with a choice, a wait, a map and an error that is caught, in place of the example's.
DEFINITION: dict[str, Any] = {
    "StartAt": "Weigh",
    "States": {
        "Weigh": {
            "Type": "Task",
            "Next": "Strong?",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Pour away"}],
        },
        "Strong?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.malt", "NumericGreaterThan": 6, "Next": "Age"}],
            "Default": "Brew",
        },
        "Age": {"Type": "Wait", "Seconds": 3, "Next": "Brew"},
        "Brew": {"Type": "Task", "Next": "Fill each"},
        "Fill each": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "Fill", "States": {"Fill": {"Type": "Task", "End": True}}},
            "Next": "Done",
        },
        "Pour away": {"Type": "Fail", "Error": "Spoiled"},
        "Done": {"Type": "Succeed"},
    },
}
_START = datetime.fromtimestamp(FIRST, timezone.utc)


class SampleStage:
    """A deployed stage in memory.

    Args:
        aws: answers the requests.
        application: the app.
        settings: the stage's settings.
        runs: the runs that the logs are of.
    """

    def __init__(self, aws: FakeAws, application: Application, settings: Settings, runs: list[Run]) -> None:
        self.aws, self.name = aws, settings.name
        self.runs = runs
        self.dead = [_make_message(settings.name, number) for number in range(5)]
        self.sent: list[dict[str, Any]] = []
        self.executions = _make_executions(settings.name)
        self._received: set[str] = set()
        self._functions = {
            build_function_name(settings, function.name): {"DOMOVOI_TF_NAME": settings.name}
            for function in application.deployed_functions
        }
        self._definition = json.dumps(DEFINITION)
        for service, operation in (
            *(("lambda", name) for name in ("GetFunctionConfiguration", "ListEventSourceMappings")),
            ("lambda", "GetFunctionEventInvokeConfig"),
            *(("sqs", name) for name in ("GetQueueUrl", "GetQueueAttributes", "ReceiveMessage")),
            *(("sqs", name) for name in ("ChangeMessageVisibility", "DeleteMessage", "SendMessage")),
            *(("stepfunctions", name) for name in ("ListExecutions", "DescribeExecution", "StartExecution")),
            ("stepfunctions", "DescribeStateMachineForExecution"),
            ("stepfunctions", "GetExecutionHistory"),
            ("logs", "FilterLogEvents"),
        ):
            aws.on(service, operation, getattr(self, f"_{operation}"))

    def _GetFunctionConfiguration(self, FunctionName: str) -> Any:  # noqa: N802
        return {
            "FunctionName": FunctionName,
            "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FunctionName}",
            "Timeout": 60,
            "Environment": {"Variables": self._functions[FunctionName]},
        }

    def _ListEventSourceMappings(self, FunctionName: str) -> Any:  # noqa: N802
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}-deliveries"
        mappings = [{"EventSourceArn": arn}] if FunctionName == self.name else []
        return {"EventSourceMappings": mappings}

    def _GetFunctionEventInvokeConfig(self, FunctionName: str) -> Any:  # noqa: N802
        raise refusal("ResourceNotFoundException", f"{FunctionName} has none", 404)

    def _GetQueueUrl(self, QueueName: str, QueueOwnerAWSAccountId: str) -> Any:  # noqa: N802
        return {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{QueueOwnerAWSAccountId}/{QueueName}"}

    def _GetQueueAttributes(self, QueueUrl: str, AttributeNames: list[str]) -> Any:  # noqa: N802
        is_dead = QueueUrl.endswith("-dead")
        values = {
            "ApproximateNumberOfMessages": str(len(self.dead) if is_dead else 2 + len(self.sent)),
            "ApproximateNumberOfMessagesNotVisible": "0" if is_dead else "1",
            "QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QueueUrl.rpartition('/')[2]}",
        }
        if not is_dead:
            target = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}-deliveries-dead"
            values["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 3})
        return {"Attributes": {name: values[name] for name in AttributeNames if name in values}}

    def _ReceiveMessage(self, MaxNumberOfMessages: int, **_: Any) -> Any:  # noqa: N802
        visible = [each for each in self.dead if each["MessageId"] not in self._received]
        self._received |= {each["MessageId"] for each in visible[:MaxNumberOfMessages]}
        return {"Messages": visible[:MaxNumberOfMessages]}

    def _ChangeMessageVisibility(self, ReceiptHandle: str, **_: Any) -> None:  # noqa: N802
        self._received.discard(ReceiptHandle)

    def _DeleteMessage(self, ReceiptHandle: str, **_: Any) -> None:  # noqa: N802
        self.dead = [each for each in self.dead if each["MessageId"] != ReceiptHandle]

    def _SendMessage(self, **message: Any) -> Any:  # noqa: N802
        self.sent.append(message)
        return {"MessageId": "sent"}

    def _ListExecutions(self, **_: Any) -> Any:  # noqa: N802
        return {"executions": [each["execution"] for each in self.executions]}

    def _DescribeExecution(self, executionArn: str) -> Any:  # noqa: N802
        found = self._find_execution(executionArn)
        data = {"input": found["input"], **({"output": found["output"]} if found["output"] else {})}
        return {**found["execution"], **data, **found["failure"]}

    def _StartExecution(self, stateMachineArn: str, input: str, name: str = "") -> Any:  # noqa: N802
        new = name or f"order-{len(self.executions) + 1}"
        started = _make_execution(self.name, new, 600, json.loads(input), ["Weigh"], "RUNNING")
        self.executions.insert(0, started)
        return {
            "executionArn": self.executions[0]["execution"]["executionArn"],
            "startDate": _START + timedelta(seconds=600),
        }

    def _DescribeStateMachineForExecution(self, executionArn: str) -> Any:  # noqa: N802
        return {
            "stateMachineArn": self._find_execution(executionArn)["execution"]["stateMachineArn"],
            "definition": self._definition,
        }

    def _GetExecutionHistory(self, executionArn: str, **_: Any) -> Any:  # noqa: N802
        return {"events": self._find_execution(executionArn)["history"]}

    def _FilterLogEvents(self, logGroupName: str, startTime: int, **_: Any) -> Any:  # noqa: N802
        function = logGroupName.rpartition("/")[2]
        runs = [run for run in self.runs if run.invocation.function == function]
        events = itertools.chain.from_iterable(map(_list_log_events, runs))
        return {"events": [event for event in events if event["timestamp"] >= startTime]}

    def _find_execution(self, arn: str) -> dict[str, Any]:
        for each in self.executions:
            if each["execution"]["executionArn"] == arn:
                return each
        raise refusal("ExecutionDoesNotExist", f"{arn} does not exist")


def _make_message(name: str, number: int) -> dict[str, Any]:
    sent = int((FIRST + 120 * number) * 1000)
    return {
        "MessageId": f"0{number}c1b2a3-8d11-4e0f-9b7a-5f6e7d8c9b0a",
        "ReceiptHandle": f"0{number}c1b2a3-8d11-4e0f-9b7a-5f6e7d8c9b0a",
        "Body": json.dumps({"order": number, "to": f"Gumpendorfer Straße {number}", "bottles": [6, 12]}),
        "Attributes": {
            "SentTimestamp": str(sent),
            "DeadLetterQueueSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}-deliveries",
        },
    }


def _make_executions(name: str) -> list[dict[str, Any]]:
    order = {"order": {"beer": "Märzen", "litres": 500}}
    strong = ["Weigh", "Strong?", "Age", "Brew", "Fill each", "Fill", "Fill", "Done"]
    return [
        _make_execution(name, "order-3", 400, order, strong[:5], "RUNNING"),
        _make_execution(name, "order-2", 200, {}, ["Weigh", "Strong?", "Brew"], "FAILED"),
        _make_execution(name, "order-1", 0, order, strong, "SUCCEEDED"),
    ]


def _make_execution(
    name: str, own: str, offset: float, data: Any, states: list[str], status: str
) -> dict[str, Any]:
    """Returns an execution that entered these states, of which the last one has its status."""
    start = _START + timedelta(seconds=offset)
    base = f"arn:aws:states:{REGION}:{ACCOUNT}"
    steps = [*_list_steps(data, states, status)]
    times = [start + timedelta(seconds=0.35 * number) for number in range(len(steps))]
    failure = {"error": "KeyError", "cause": "'order'"} if status == "FAILED" else {}
    return {
        "execution": {
            "executionArn": f"{base}:execution:{name}:{own}",
            "stateMachineArn": f"{base}:stateMachine:{name}",
            "name": own,
            "status": status,
            "startDate": start,
            **({} if status == "RUNNING" else {"stopDate": times[-1]}),
        },
        "input": json.dumps(data),
        "output": json.dumps({**data, "after": "Done"}) if status == "SUCCEEDED" else "",
        "failure": failure,
        "history": [
            {"id": number, "previousEventId": number - 1, "timestamp": time, "type": kind, **details}
            for number, (time, (kind, details)) in enumerate(zip(times, steps, strict=True), 1)
        ],
    }


def _list_steps(data: Any, states: list[str], status: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the types and details of the events of a history."""
    yield "ExecutionStarted", {"executionStartedEventDetails": {"input": json.dumps(data)}}
    task = {"resourceType": "lambda", "resource": "invoke"}
    types = {name: state["Type"] for _, name, state in walk_states(DEFINITION)}
    for number, name in enumerate(states):
        is_last = number == len(states) - 1
        text = json.dumps({**data, "step": number})
        yield f"{types[name]}StateEntered", {"stateEnteredEventDetails": {"name": name, "input": text}}
        if is_last and status == "RUNNING":
            return
        if is_last and status == "FAILED":
            failure = {"error": "KeyError", "cause": "'order'"}
            yield "TaskFailed", {"taskFailedEventDetails": {**task, **failure}}
            yield "ExecutionFailed", {"executionFailedEventDetails": failure}
            return
        if types[name] == "Task":
            yield "TaskSucceeded", {"taskSucceededEventDetails": task}
        output = json.dumps({**data, "after": name})
        yield f"{types[name]}StateExited", {"stateExitedEventDetails": {"name": name, "output": output}}
    yield "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": output}}


def _format_failure(failure: Failure) -> str:
    return "\n".join([f"[ERROR] {failure.type}: {failure.message}", *failure.frames, ""])


def _list_log_events(run: Run) -> list[dict[str, Any]]:
    """Returns the log of a run, as Lambda and the dispatcher write it."""
    if run.outcome is None:
        return []
    request, begin = run.invocation.request_id, int(run.invocation.time * 1000)
    failure = run.outcome.failure
    lines = [
        f"START RequestId: {request} Version: $LATEST\n",
        f"{MARK}{run.outcome.handlers[0]} {request}\n",
        *(line.text + "\n" for line in run.outcome.log),
        *(
            ["\n".join([f"[ERROR] {failure.type}: {failure.message}", *failure.frames]) + "\n"]
            if failure
            else []
        ),
        f"END RequestId: {request}\n",
        f"REPORT RequestId: {request}\tDuration: {run.outcome.duration_ms:.2f} ms\tBilled Duration: 29 ms\t"
        "Memory Size: 128 MB\tMax Memory Used: 71 MB\n",
    ]
    return [
        {"logStreamName": "2026/11/30/[$LATEST]1", "timestamp": begin + 10 * number, "message": text}
        for number, text in enumerate(lines)
    ]
