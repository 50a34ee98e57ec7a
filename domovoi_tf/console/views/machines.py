"""The state machines: definitions, executions with the states that they entered, and their start."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domovoi_tf.console.answers import ConsoleError, make_json_answer, read_body
from domovoi_tf.console.views.state import Console, get_console
from domovoi_tf.model.application import Application
from domovoi_tf.model.asl import walk_states
from domovoi_tf.model.declarations import StateMachine
from domovoi_tf.operations.execution_tree import Event, Node
from domovoi_tf.operations.executions import Machines
from domovoi_tf.system.text import parse_json
from domovoi_tf.triggers.state_machine import Task

#: Step Functions limits a history to 25,000 events.
_MAX_EXECUTIONS, _MAX_HISTORY = 50, 5000
_DATA = ("input", "output")


async def list_machines(request: Request) -> Response:
    """Answers with the state machines of the app."""
    return make_json_answer(await run_in_threadpool(_describe_machines, get_console(request)))


async def list_executions(request: Request) -> Response:
    """Answers with the newest executions of a state machine; none of an express one, which keeps none."""
    console, name = get_console(request), request.path_params["name"]
    return make_json_answer(await run_in_threadpool(_describe_executions, console, name))


async def read_execution(request: Request) -> Response:
    """Answers with the status, the history and the states of an execution."""
    console, arn = get_console(request), request.path_params["arn"]
    if not arn.startswith("arn:"):
        raise ConsoleError(404, f"There is no execution {arn}.", "Choose one in the list.")
    return make_json_answer(await run_in_threadpool(_describe_execution, console, arn))


async def start_execution(request: Request) -> Response:
    """Starts an execution, and answers with its ARN."""
    console, body = get_console(request), await read_body(request)
    name = body.get("name")
    if name is not None and not isinstance(name, str):
        raise ConsoleError(400, "The name of the execution is not a string.", "Omit it, or write a string.")
    machine, data = request.path_params["name"], json.dumps(body.get("input", {}))
    return make_json_answer({"arn": await run_in_threadpool(_start, console, machine, data, name)})


def _start(console: Console, machine: str, data: str, name: str | None) -> str:
    return _open_machines(console).start(machine, data, name)


def _open_machines(console: Console) -> Machines:
    return Machines(console.project.open_account(), *console.project.read_app())


def _describe_machines(console: Console) -> list[dict[str, Any]]:
    application, _ = console.project.read_app()
    if not application.state_machines:
        return []
    machines = _open_machines(console)
    return [
        {
            "name": machine.name,
            "type": machine.type,
            "arn": machines.build_arn(machine.name),
            "definition": machine.definition,
            "states": list(_describe_states(application, machine)),
        }
        for machine in application.state_machines
    ]


def _describe_states(application: Application, machine: StateMachine) -> Iterator[dict[str, Any]]:
    """Yields each state with the states that may follow it, and the handler of its task."""
    handlers = {
        route.trigger.state_name: route.handler
        for route in application.routes
        if isinstance(route.trigger, Task) and route.trigger.state_machine_name == machine.name
    }
    for path, name, state in walk_states(machine.definition):
        others = [each for field in ("Choices", "Catch") for each in _list_rules(state.get(field))]
        targets = [state.get("Next"), state.get("Default"), *(each.get("Next") for each in others)]
        yield {
            "name": name,
            "path": path,
            "type": state.get("Type", ""),
            "next": [*dict.fromkeys(target for target in targets if isinstance(target, str))],
            "handler": handlers.get(name, ""),
        }


def _list_rules(field: Any) -> list[Mapping[str, Any]]:
    return [each for each in field if isinstance(each, dict)] if isinstance(field, list) else []


def _describe_executions(console: Console, name: str) -> list[dict[str, Any]]:
    machines = _open_machines(console)
    if machines.find_machine(name).type != "STANDARD":
        return []
    return [
        {
            "arn": execution.arn,
            "name": execution.name,
            "status": execution.status,
            "start": _get_seconds(execution.started),
            "stop": _get_seconds(execution.stopped),
            "error": execution.error,
        }
        for execution in machines.list_executions(name, None, _MAX_EXECUTIONS)
    ]


def _describe_execution(console: Console, arn: str) -> dict[str, Any]:
    machines = _open_machines(console)
    progress, data = machines.read_progress(arn), machines.read_data(arn)
    execution = progress.execution
    history = [_describe_event(event) for event in progress.events[:_MAX_HISTORY]]
    return {
        "arn": arn,
        "name": execution.name,
        "machine": execution.machine,
        "status": execution.status,
        "start": _get_seconds(execution.started),
        "stop": _get_seconds(execution.stopped),
        "error": execution.error,
        "cause": execution.cause,
        **{name: data.get(name) for name in _DATA},
        "history": history,
        "is_cut": len(progress.events) > _MAX_HISTORY,
        "states": {
            node.name: {**_describe_node(node), **_find_data(history, node.name)}
            for node in _walk_nodes(progress.states)
        },
    }


def _describe_event(event: Event) -> dict[str, Any]:
    details = event.details
    error = str(details.get("error") or "")
    cause = str(details.get("cause") or "")
    return {
        "time": _get_seconds(event.time),
        "type": event.type,
        "state": event.state,
        **{name: _parse_data(details.get(name)) for name in _DATA},
        "error": f"{error}: {cause}" if error and cause else error or cause,
    }


def _walk_nodes(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _walk_nodes(node.children)


def _describe_node(node: Node) -> dict[str, Any]:
    return {
        "status": node.status,
        "entered": _get_seconds(node.began),
        "left": _get_seconds(node.ended),
        "times": node.times,
        "error": node.error,
    }


def _find_data(history: list[dict[str, Any]], state: str) -> dict[str, Any]:
    """Returns the last input and output of a state."""
    own = [event for event in history if event["state"] == state]
    entered = [event["input"] for event in own if event["type"].endswith("StateEntered")]
    exited = [event["output"] for event in own if event["type"].endswith("StateExited")]
    return {"input": (entered or [None])[-1], "output": (exited or [None])[-1]}


def _get_seconds(time: datetime | None) -> float | None:
    return time.timestamp() if time else None


def _parse_data(text: Any) -> Any:
    """Returns an input or an output; as text if it is not JSON or is nested too deeply."""
    try:
        return parse_json(text) if isinstance(text, str) else text
    except ValueError:
        return text


ROUTES = [
    Route("/api/machines", list_machines),
    Route("/api/machines/{name}/executions", list_executions),
    Route("/api/machines/{name}/start", start_execution, methods=["POST"]),
    Route("/api/executions/{arn:path}", read_execution),
]
