"""The graph of the app: sources, handlers, functions and state machines, from left to right."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Address

from domovoi_tf.console.answers import make_json_answer
from domovoi_tf.console.views.state import Console, get_console
from domovoi_tf.model.application import Application
from domovoi_tf.model.asl import walk_states
from domovoi_tf.model.declarations import StateMachine
from domovoi_tf.model.trigger import Route
from domovoi_tf.operations.deployed_functions import build_function_name
from domovoi_tf.settings import Settings
from domovoi_tf.settings.effective import resolve_function_settings
from domovoi_tf.triggers.state_machine import Task

_Graph = dict[str, dict[str, Any]]


async def read_app(request: Request) -> Response:
    """Answers with the graph, the functions and the handlers."""
    return make_json_answer(await run_in_threadpool(_describe_app, get_console(request)))


def _describe_app(console: Console) -> dict[str, Any]:
    application, settings = console.project.read_app()
    return {
        **build_graph(application, settings),
        "functions": list(_describe_functions(application, settings)),
        "handlers": list(_describe_handlers(application, settings, console.project.folder)),
    }


def build_graph(application: Application, settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Returns the nodes and the edges of the graph."""
    nodes: _Graph = {}
    edges: dict[tuple[str, str], dict[str, Any]] = {}
    for machine in application.state_machines:
        _add_machine(machine, nodes, edges)
    for route in application.routes:
        _add_route(route, settings, nodes, edges)
    return {"nodes": list(nodes.values()), "edges": list(edges.values())}


def _add_machine(machine: StateMachine, nodes: _Graph, edges: dict[tuple[str, str], Any]) -> None:
    detail = f"{machine.type.lower()} state machine"
    own = _add_node(nodes, "machine", machine.name, machine.name, detail)
    for path, name, state in walk_states(machine.definition):
        kind = str(state.get("Type", ""))
        _add_edge(
            edges, own, _add_node(nodes, "state", f"{machine.name}/{path}", name, f"{kind} state", kind)
        )


def _add_route(route: Route, settings: Settings, nodes: _Graph, edges: dict[tuple[str, str], Any]) -> None:
    trigger, source = route.trigger, route.trigger.describe()
    function = build_function_name(settings, trigger.function)
    handler = _add_node(nodes, "handler", route.handler, route.handler, str(route.location))
    states = [
        each
        for each in nodes.values()
        if isinstance(trigger, Task)
        and each["type"] == "state"
        and each["id"].startswith(f"state:{trigger.state_machine_name}/")
        and each["label"] == trigger.state_name
    ]
    for state in states:
        _add_edge(edges, state["id"], handler, source)
    if not states:
        _add_edge(edges, _add_node(nodes, "source", source, source, "", trigger.kind), handler, source)
    _add_edge(edges, handler, _add_node(nodes, "function", function, function, "Lambda function"))


def _add_node(nodes: _Graph, type_: str, name: str, label: str, detail: str, kind: str = "") -> str:
    """Adds a node if it is new, and returns its ID."""
    own = f"{type_}:{name}"
    nodes.setdefault(own, {"id": own, "type": type_, "label": label, "detail": detail, "kind": kind})
    return own


def _add_edge(edges: dict[tuple[str, str], Any], start: str, end: str, source: str = "") -> None:
    """Adds an edge; ``source`` is the source of the events that pass, as runs name it."""
    edges.setdefault((start, end), {"from": start, "to": end, "label": "", "source": source})


def _describe_functions(application: Application, settings: Settings) -> Iterator[dict[str, Any]]:
    for function in application.deployed_functions:
        resolved = resolve_function_settings(function, settings)
        yield {
            "name": build_function_name(settings, function.name),
            "memory_size": resolved.memory_size,
            "timeout": resolved.timeout,
            "handlers": _list_handlers(application, function.name),
        }


def _list_handlers(application: Application, function: str) -> list[str]:
    names = (route.handler for route in application.routes if route.trigger.function == function)
    return list(dict.fromkeys(names))


def _describe_handlers(
    application: Application, settings: Settings, folder: Path
) -> Iterator[dict[str, Any]]:
    routes: dict[str, list[Route]] = {}
    for route in application.routes:
        routes.setdefault(route.handler, []).append(route)
    docs: dict[str, dict[int, str]] = {}
    for name, own in routes.items():
        file, line = own[0].location.file, own[0].location.line
        if file not in docs:
            docs[file] = dict(_read_docs(folder / file))
        yield {
            "name": name,
            "function": build_function_name(settings, own[0].trigger.function),
            "sources": [route.trigger.describe() for route in own],
            "file": file,
            "line": line,
            "doc": docs[file].get(line, ""),
        }


def _read_docs(path: Path) -> Iterator[tuple[int, str]]:
    """Yields the docstring of each function of a file for the lines of its decorators and its name."""
    with contextlib.suppress(OSError, ValueError, SyntaxError, RecursionError):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                doc = ast.get_docstring(node) or ""
                yield from ((line, doc) for line in range(first, node.lineno + 1))


ROUTES = [Address("/api/app", read_app)]
