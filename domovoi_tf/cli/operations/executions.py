"""Commands about executions of state machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options as cli_options
from domovoi_tf.cli import output, pipeline
from domovoi_tf.cli.operations import options

if TYPE_CHECKING:
    from rich.tree import Tree

    from domovoi_tf.operations.execution_tree import Event, Node
    from domovoi_tf.operations.executions import Execution, Machines, Progress

_STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]
_STYLES = {"running": "yellow", "succeeded": "green", "caught": "yellow", "waiting": "dim"}
_SIGNS = {"running": "…", "succeeded": "✓", "caught": "✓", "waiting": "·"}


@click.group()
def executions() -> None:
    """Executions of the app's state machines."""


@executions.command("list")
@click.argument("machine", required=False)
@cli_options.project_option
@cli_options.stage_option
@cli_options.reading_options
@options.emulator_option
@click.option("--status", type=click.Choice(_STATUSES, case_sensitive=False), help="Only these.")
@click.option("--max", "most", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@output.json_option
def list_executions(
    machine: str | None,
    project_dir: Path,
    stage: str,
    at_emulator: bool,
    status: str | None,
    most: int,
    as_json: bool,
) -> None:
    """List executions, the newest first; of one machine, or of all.

    Example: domovoi-tf executions list --status FAILED --stage prod
    """
    found = _machines(project_dir, stage, at_emulator).list(machine, status, most)
    if as_json:
        output.print_json([_description(execution) for execution in found])
    elif not found:
        click.echo("There are no executions.")
    else:
        rows = [[e.machine, e.name, e.status, _when(e.started), _took(e.seconds), e.error] for e in found]
        click.echo(output.table([["MACHINE", "NAME", "STATUS", "STARTED", "TOOK", "ERROR"], *rows]))


@executions.command()
@click.argument("machine", required=False)
@click.option(
    "--input", "given", default="{}", metavar="FILE|JSON", help="The execution's input.  [default: {}]"
)
@click.option("--name", help="The execution's name; Step Functions' choice if missing.")
@click.option("--follow", is_flag=True, help="Show how it goes until it ends; exit 1 when it fails.")
@cli_options.project_option
@cli_options.stage_option
@cli_options.reading_options
@options.emulator_option
@output.json_option
def start(
    machine: str | None,
    given: str,
    name: str | None,
    follow: bool,
    project_dir: Path,
    stage: str,
    at_emulator: bool,
    as_json: bool,
) -> None:
    """Start an execution of a machine; its name may be left out where there is one.

    Example: domovoi-tf executions start --input '{"malt": 5}' --follow
    """
    data = options.document(given, "input")
    machines = _machines(project_dir, stage, at_emulator)
    arn = machines.start(machine, json.dumps(data), name)
    if follow:
        _follow(machines, arn, as_json)
    elif as_json:
        output.print_json({"arn": arn})
    else:
        click.echo(arn)
        click.echo(
            f"Follow it with: domovoi-tf executions follow {arn.rpartition(':')[2]} --stage {stage}", err=True
        )


@executions.command()
@click.argument("execution", metavar="ARN|NAME")
@cli_options.project_option
@cli_options.stage_option
@cli_options.reading_options
@options.emulator_option
@output.json_option
def follow(execution: str, project_dir: Path, stage: str, at_emulator: bool, as_json: bool) -> None:
    """Show how an execution goes, state by state, until it ends; exit 1 when it fails.

    Example: domovoi-tf executions follow brew-7 --stage prod
    """
    machines = _machines(project_dir, stage, at_emulator)
    _follow(machines, machines.find(execution), as_json)


@executions.command()
@click.argument("execution", metavar="ARN|NAME")
@click.option("--data", "with_data", is_flag=True, help="Its input and output too.")
@cli_options.project_option
@cli_options.stage_option
@cli_options.reading_options
@options.emulator_option
@output.json_option
def show(
    execution: str, with_data: bool, project_dir: Path, stage: str, at_emulator: bool, as_json: bool
) -> None:
    """Show an execution as it stands, with its states.

    Example: domovoi-tf executions show brew-7
    """
    machines = _machines(project_dir, stage, at_emulator)
    arn = machines.find(execution)
    progress = machines.progress(arn)
    data = machines.data(arn) if with_data else {}
    if as_json:
        output.print_json({**_of_progress(progress), **data})
        return
    output.console().print(_tree(progress))
    _say_end(progress.execution)
    for name, value in data.items():
        click.echo(f"{name}: {json.dumps(value, indent=2, ensure_ascii=False)}")


def _machines(project_dir: Path, stage: str, at_emulator: bool) -> Machines:
    from domovoi_tf.operations.executions import Machines

    application, settings = pipeline.load_deployed(project_dir, stage)
    return Machines(options.account(settings, at_emulator), application, settings)


def _follow(machines: Machines, arn: str, as_json: bool) -> None:
    """Shows an execution until it ends, and ends this process with 1 where it failed.

    Ctrl-C ends the watching alone.
    """
    try:
        last = _last(machines.follow(arn)) if as_json else _live(machines.follow(arn))
    except KeyboardInterrupt:
        click.echo(f"The execution goes on: {arn}", err=True)
        sys.exit(130)
    if as_json:
        output.print_json(_of_progress(last))
    else:
        _say_end(last.execution)
    if last.execution.status != "SUCCEEDED":
        sys.exit(1)


def _live(each: Iterator[Progress]) -> Progress:
    console = output.console()
    if not console.is_terminal:
        return _lines(each)
    from rich.live import Live

    with Live(console=console, auto_refresh=False) as live:
        for progress in each:
            live.update(_tree(progress), refresh=True)
    return progress


def _lines(each: Iterator[Progress]) -> Progress:
    """Prints a line for each thing that happens, where there is no terminal to draw on."""
    seen = 0
    for progress in each:
        for event in progress.events[seen:]:
            if said := _said(event):
                click.echo(f"{event.time.astimezone():%H:%M:%S}  {said}")
        seen = len(progress.events)
    return progress


def _said(event: Event) -> str:
    state = output.printable(event.state)
    if event.type.endswith("StateEntered"):
        return f"{state} began"
    if event.type.endswith("StateExited"):
        return f"{state} ended"
    if event.details.get("error") and not event.type.startswith("Execution"):
        return f"{state} failed: {output.printable(str(event.details['error']))}"
    return ""


def _last(each: Iterator[Progress]) -> Progress:
    for progress in each:
        last = progress
    return last


def _say_end(execution: Execution) -> None:
    colour = {"SUCCEEDED": "green", "RUNNING": "yellow"}.get(execution.status, "red")
    click.secho(execution.status, fg=colour, bold=True, nl=False)
    click.echo(f"  {execution.machine} {execution.name}, {_took(execution.seconds)}")
    if execution.error:
        cause = f": {execution.cause}" if execution.cause else ""
        click.echo(output.printable(f"{execution.error}{cause}"))


def _tree(progress: Progress) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    execution = progress.execution
    tree = Tree(Text(f"{execution.machine} {execution.name}", style="bold"), guide_style="dim")
    _grow(tree, progress.states)
    return tree


def _grow(tree: Tree, nodes: tuple[Node, ...]) -> None:
    from rich.text import Text

    for node in nodes:
        style = _STYLES.get(node.status, "red")
        label = Text.assemble(
            (f"{_SIGNS.get(node.status, '✗')} {output.printable(node.name)}", style),
            (f"  {_about(node)}".rstrip(), "dim"),
        )
        _grow(tree.add(label), node.inside)


def _about(node: Node) -> str:
    """Returns what is to be said of a state behind its name."""
    parts = [] if node.status in ("succeeded", "waiting") else [node.status]
    if node.error:
        parts.append(output.printable(node.error))
    if node.items:
        done, failed, total = node.items
        parts.append(f"{done} of {total}" + (f", {failed} failed" if failed else ""))
    if node.times > 1:
        parts.append(f"{node.times} times")
    if node.began and node.ended and node.times == 1:
        parts.append(_took((node.ended - node.began).total_seconds()))
    return ", ".join(parts)


def _of_progress(progress: Progress) -> dict[str, Any]:
    return {**_description(progress.execution), "states": [_of_node(node) for node in progress.states]}


def _of_node(node: Node) -> dict[str, Any]:
    items = dict(zip(("succeeded", "failed", "total"), node.items, strict=True)) if node.items else None
    return {
        **{name: value for name, value in node._asdict().items() if name != "inside"},
        "items": items,
        "began": _iso(node.began),
        "ended": _iso(node.ended),
        "states": [_of_node(inner) for inner in node.inside],
    }


def _description(execution: Execution) -> dict[str, Any]:
    return {
        **execution._asdict(),
        "started": _iso(execution.started),
        "stopped": _iso(execution.stopped),
        "seconds": round(execution.seconds, 3),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds") if at else None


def _when(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _took(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
