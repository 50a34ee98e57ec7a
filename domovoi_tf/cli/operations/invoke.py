"""The command that tries one handler out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options as cli_options
from domovoi_tf.cli import output, pipeline
from domovoi_tf.cli.operations import options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domovoi_tf.model.application import Route
    from domovoi_tf.model.declarations import Function
    from domovoi_tf.operations.invoke import Failure, Invocation

_SAMPLE = "sample"


@click.command()
@click.argument("handler")
@click.option(
    "--event",
    "given",
    default=_SAMPLE,
    show_default=True,
    metavar="FILE|JSON|sample",
    help="The payload: the source's envelope is put around it.",
)
@click.option("--raw", is_flag=True, help="The event is whole: send it as it is.")
@click.option(
    "--via", default="", metavar="SOURCE", help="A part of the source's name, where there are several."
)
@cli_options.project_option
@cli_options.stage_option
@cli_options.reading_options
@click.option(
    "--local", "here", is_flag=True, help="Run the handler on this machine: no AWS, nothing deployed."
)
@options.emulator_option
@click.option("--async", "later", is_flag=True, help="Do not wait: Lambda retries, as for its own events.")
@output.json_option
def invoke(
    handler: str,
    given: str,
    raw: bool,
    via: str,
    project_dir: Path,
    stage: str,
    here: bool,
    at_emulator: bool,
    later: bool,
    as_json: bool,
) -> None:
    """Call a handler with an event as its source sends it; exit 1 when it fails.

    The result goes to standard output, all else to standard error.

    \b
    Example: domovoi-tf invoke tend --event '{"beer": 1}' --stage prod
             domovoi-tf invoke tend --event order.json --local
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from domovoi_tf.operations import deployed_functions

    if here and (at_emulator or later):
        raise click.UsageError("--local runs the handler here: leave out --emulator and --async.")
    if raw and given == _SAMPLE:
        raise click.UsageError("--raw sends an event of yours: give it with --event.")
    loaded = pipeline.load_deployed(project_dir, stage)
    route = deployed_functions.route(loaded.application, handler, via)
    payload = route.trigger.sample() if given == _SAMPLE else options.document(given, "payload")
    if here:
        _finish(_run_here(project_dir, loaded, route, payload, raw), handler, "this machine", as_json)
        return
    account = options.account(loaded.settings, at_emulator)
    function = deployed_functions.function(account, loaded.settings, route.trigger.function)
    event = payload if raw else _event(route, payload, function.environment)
    from domovoi_tf.operations import invoke as invoking

    if later:
        _sent(invoking.send(account, function, event), handler, stage, function.name, as_json)
    else:
        _finish(invoking.invoke(account, function, event), handler, function.name, as_json)


def _run_here(
    project_dir: Path, loaded: pipeline.Loaded, route: Route, payload: Any, raw: bool
) -> Invocation:
    import os

    from domovoi_tf.local import handler_run
    from domovoi_tf.model.names import NAME_KEY, VARIABLE_KEY
    from domovoi_tf.operations import deployed_functions

    application, settings = loaded
    name = route.trigger.function
    variables = handler_run.values(application, name, os.environ)
    environ = {
        "AWS_LAMBDA_FUNCTION_NAME": deployed_functions.function_name(settings, name),
        NAME_KEY: settings.name,
        **{f"{VARIABLE_KEY}{key}": value for key, value in variables.items()},
    }
    event = payload if raw else _event(route, payload, environ)
    function: Function = next(each for each in application.functions if each.name == name)
    return handler_run.run(project_dir, settings, function, variables, event)


def _event(route: Route, payload: Any, environ: Mapping[str, str]) -> dict[str, Any]:
    """Returns the event with which the handler's source would send the payload."""
    from domovoi_tf.model.trigger import EventRequest

    return route.trigger.event(EventRequest(handler=route.handler, payload=payload, environ=environ))


def _sent(request: str, handler: str, stage: str, function: str, as_json: bool) -> None:
    if as_json:
        output.print_json({"handler": handler, "function": function, "request_id": request})
    else:
        click.echo(f"Lambda took the event for {handler} (request {request}).")
        click.echo(f"See what becomes of it with: domovoi-tf logs {handler} -f --stage {stage}")


def _finish(done: Invocation, handler: str, where: str, as_json: bool) -> None:
    """Shows an invocation, and ends this process with 1 where the handler failed."""
    if as_json:
        output.print_json(_description(done, handler, where))
    else:
        _show(done, handler, where)
    if not done.succeeded:
        sys.exit(1)


def _description(done: Invocation, handler: str, where: str) -> dict[str, Any]:
    return {
        "handler": handler,
        "function": where,
        "request_id": done.request_id,
        "succeeded": done.succeeded,
        "result": done.result,
        "error": done.failure._asdict() if done.failure else None,
        "log": list(done.log),
        **done.report._asdict(),
    }


def _show(done: Invocation, handler: str, where: str) -> None:
    for line in done.log:
        click.echo(output.printable(line), err=True)
    if done.failure:
        for line in _traceback(done.failure):
            click.echo(output.printable(line), err=True)
        click.secho(f"{done.failure.type}: ", fg="red", bold=True, err=True, nl=False)
        click.echo(output.printable(done.failure.message), err=True)
    else:
        click.echo(json.dumps(done.result, indent=2, ensure_ascii=False))
    if done.failed_records:
        click.secho(f"Records that failed: {', '.join(done.failed_records)}", fg="red", err=True)
    click.echo(f"{handler} on {where}: {_figures(done)}", err=True)


def _traceback(failure: Failure) -> list[str]:
    return ["Traceback (most recent call last):", *failure.traceback] if failure.traceback else []


def _figures(done: Invocation) -> str:
    report = done.report
    parts = []
    if report.duration_ms is not None:
        billed = "" if report.billed_duration_ms is None else f" (billed {report.billed_duration_ms:g} ms)"
        parts.append(f"{report.duration_ms:g} ms{billed}")
    if report.init_duration_ms is not None:
        parts.append(f"{report.init_duration_ms:g} ms to start")
    if report.max_memory_used_mb is not None:
        parts.append(f"{report.max_memory_used_mb:g} of {report.memory_size_mb:g} MB")
    if done.request_id:
        parts.append(f"request {done.request_id}")
    return ", ".join(parts) or "the log has no report"
