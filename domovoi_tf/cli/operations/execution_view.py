"""Describes executions of state machines as text, as trees and for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import output
from domovoi_tf.system.text import escape_controls, escape_line

if TYPE_CHECKING:
    from rich.tree import Tree

    from domovoi_tf.operations.execution import Execution, Progress
    from domovoi_tf.operations.execution_tree import Event, Node

_STYLES = {"running": "yellow", "succeeded": "green", "caught": "yellow", "waiting": "dim"}
_SIGNS = {"running": "…", "succeeded": "✓", "caught": "✓", "waiting": "·"}
_HEADER = ["MACHINE", "NAME", "STATUS", "STARTED", "DURATION", "ERROR"]


def format_executions(executions: Sequence[Execution]) -> str:
    """Returns a table of executions."""
    rows = [
        [
            execution.machine,
            execution.name,
            execution.status,
            execution.started.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            format_duration(execution.seconds),
            execution.error,
        ]
        for execution in executions
    ]
    return output.format_table([_HEADER, *rows])


def format_event(event: Event) -> str:
    """Returns a line for an event that starts, ends or fails a state; empty for other events."""
    state = escape_line(event.state)
    error = event.details.get("error")
    if event.type.endswith("StateEntered"):
        text = f"{state} started"
    elif event.type.endswith("StateExited"):
        text = f"{state} ended"
    elif error and not event.type.startswith("Execution"):
        text = f"{state} failed: {escape_line(str(error))}"
    else:
        return ""
    return f"{event.time.astimezone():%H:%M:%S}  {text}"


def format_result(execution: Execution) -> str:
    """Returns the status of an execution with its duration and error, with colours."""
    colour = {"SUCCEEDED": "green", "RUNNING": "yellow"}.get(execution.status, "red")
    status = click.style(escape_line(execution.status), fg=colour, bold=True)
    name = escape_line(f"{execution.machine} {execution.name}")
    line = f"{status}  {name}, {format_duration(execution.seconds)}"
    if not execution.error:
        return line
    cause = f": {execution.cause}" if execution.cause else ""
    return f"{line}\n{escape_controls(f'{execution.error}{cause}')}"


def format_duration(seconds: float) -> str:
    """Returns a duration in seconds, minutes or hours."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def create_tree(progress: Progress) -> Tree:
    """Returns the states of an execution as a tree for a console."""
    from rich.text import Text
    from rich.tree import Tree

    execution = progress.execution
    name = escape_line(f"{execution.machine} {execution.name}")
    tree = Tree(Text(name, style="bold"), guide_style="dim")
    _add_nodes(tree, progress.states)
    return tree


def _add_nodes(tree: Tree, nodes: Sequence[Node]) -> None:
    from rich.text import Text

    reached, others = split_reached(nodes)
    for node in reached:
        name = f"{_SIGNS.get(node.status, '✗')} {escape_line(node.name)}"
        style = _STYLES.get(node.status, "red")
        label = Text.assemble((name, style), (f"  {_format_details(node)}".rstrip(), "dim"))
        _add_nodes(tree.add(label), node.children)
    if others:
        tree.add(Text(format_unreached(others), "dim"))


def split_reached(nodes: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """Splits states into those that an execution entered or may still enter, and the others."""
    from domovoi_tf.operations.execution_tree import NOT_REACHED

    others = [node for node in nodes if node.status == NOT_REACHED]
    return [node for node in nodes if node.status != NOT_REACHED], others


def format_unreached(nodes: Sequence[Node]) -> str:
    """Returns a line with the names of states that an execution did not enter."""
    return f"not reached: {', '.join(escape_line(node.name) for node in nodes)}"


def _format_details(node: Node) -> str:
    """Returns the text after the name of a state."""
    details = [] if node.status in ("succeeded", "waiting") else [node.status]
    if node.error:
        details.append(escape_line(node.error))
    if node.items:
        done, failed, total = node.items
        details.append(f"{done} of {total}" + (f", {failed} failed" if failed else ""))
    if node.times > 1:
        details.append(f"{node.times} times")
    if node.began and node.ended and node.times == 1:
        details.append(format_duration((node.ended - node.began).total_seconds()))
    return ", ".join(details)


def describe_execution(execution: Execution) -> dict[str, Any]:
    """Returns an execution for JSON."""
    return {
        **execution._asdict(),
        "started": _format_time(execution.started),
        "stopped": _format_time(execution.stopped),
        "seconds": round(execution.seconds, 3),
    }


def describe_progress(progress: Progress) -> dict[str, Any]:
    """Returns an execution with its states for JSON."""
    states = [_describe_node(node) for node in progress.states]
    return {**describe_execution(progress.execution), "states": states}


def _describe_node(node: Node) -> dict[str, Any]:
    items = dict(zip(("succeeded", "failed", "total"), node.items, strict=True)) if node.items else None
    return {
        **{name: value for name, value in node._asdict().items() if name != "children"},
        "items": items,
        "began": _format_time(node.began),
        "ended": _format_time(node.ended),
        "states": [_describe_node(inner) for inner in node.children],
    }


def _format_time(time: datetime | None) -> str | None:
    return time.isoformat(timespec="milliseconds") if time else None
