"""The command `invoke`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.operations import arguments
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import escape_controls, escape_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domovoi_tf.model.trigger import Route
    from domovoi_tf.operations.invoke import Invocation

_SAMPLE = "sample"


@click.command()
@click.argument("handler")
@click.option(
    "--event",
    "data",
    default=_SAMPLE,
    show_default=True,
    metavar="FILE|JSON|sample",
    help="Payload of the event, which is built in the format of the event source.",
)
@click.option("--raw", is_flag=True, help="Send --event unchanged as the whole event.")
@click.option(
    "--via",
    default="",
    metavar="SOURCE",
    help="Part of the source's name, if the handler has several sources.",
)
@options.app_options
@click.option("--local", "locally", is_flag=True, help="Run the handler on this machine, without AWS.")
@options.emulator_option
@click.option(
    "--async", "asynchronous", is_flag=True, help="Do not wait for the result; Lambda retries failures."
)
@options.json_option
def invoke(
    handler: str,
    data: str,
    raw: bool,
    via: str,
    project_dir: Path,
    stage: str,
    locally: bool,
    at_emulator: bool,
    asynchronous: bool,
    as_json: bool,
) -> None:
    """Invoke a handler with an event in the format of its source.

    Prints the result to standard output and everything else to standard error. Exits with 1 if the handler
    fails.

    \b
    Example: domovoi-tf invoke tend --event '{"beer": 1}' --stage prod
             domovoi-tf invoke tend --event order.json --local
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from domovoi_tf.operations import deployed_functions
    from domovoi_tf.operations import invoke as invocations

    if locally and (at_emulator or asynchronous):
        raise click.UsageError("--local cannot be used together with --emulator or --async.")
    if raw and data == _SAMPLE:
        raise click.UsageError("--raw needs an event. Add --event.")
    project = pipeline.load_deployed(project_dir, stage)
    route = deployed_functions.find_route(project.application, handler, via)
    payload = route.trigger.sample() if data == _SAMPLE else arguments.read_json(data, "payload")
    if locally:
        invocation = _invoke_locally(project_dir, project, route, payload, raw)
        _finish(invocation, handler, "this machine", as_json)
        return
    account = arguments.open_account(project.settings, at_emulator)
    function = deployed_functions.read_function(account, project.settings, route.trigger.function)
    event = payload if raw else _build_event(route, payload, function.environment)
    if asynchronous:
        request = invocations.send(account, function, event)
        suggestion = spell(f"logs {handler} -f", stage)
        _print_request(request, handler, function.name, suggestion, as_json)
    else:
        _finish(invocations.invoke(account, function, event), handler, function.name, as_json)


def _invoke_locally(
    project_dir: Path, project: pipeline.Project, route: Route, payload: Any, raw: bool
) -> Invocation:
    """Runs a handler in a process of this machine."""
    import os

    from domovoi_tf.local import handler_run
    from domovoi_tf.model.names import NAME_KEY, STAGE_KEY, VARIABLE_KEY
    from domovoi_tf.operations import deployed_functions

    application, settings = project
    name = route.trigger.function
    root = pipeline.get_stage_folder(project_dir, settings.stage, None)
    variables = handler_run.read_variables(application, name, os.environ, root)
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": deployed_functions.build_function_name(settings, name),
        NAME_KEY: settings.name,
        STAGE_KEY: settings.stage,
        **{f"{VARIABLE_KEY}{key}": value for key, value in variables.items()},
    }
    event = payload if raw else _build_event(route, payload, environment)
    function = next(function for function in application.functions if function.name == name)
    return handler_run.run_handler(
        project_dir, settings, function, variables, event, options.has_credentials()
    )


def _build_event(route: Route, payload: Any, environment: Mapping[str, str]) -> dict[str, Any]:
    """Returns the event that the handler's source would send with a payload."""
    from domovoi_tf.model.event_request import EventRequest

    return route.trigger.event(EventRequest(handler=route.handler, payload=payload, environ=environment))


def _print_request(request: str, handler: str, function: str, suggestion: str, as_json: bool) -> None:
    if as_json:
        output.print_json({"handler": handler, "function": function, "request_id": request})
    else:
        output.print_text(f"Lambda accepted the event for {handler} (request {request}).")
        output.print_text(f"Show its log with: {suggestion}")


def _finish(invocation: Invocation, handler: str, target: str, as_json: bool) -> None:
    """Prints an invocation, and exits with 1 if the handler failed.

    Args:
        invocation: the invocation.
        handler: the name of the handler.
        target: the name of the function, or "this machine".
        as_json: whether to print JSON.
    """
    if as_json:
        output.print_json(describe_invocation(invocation, handler, target))
    else:
        for line in format_log(invocation):
            click.echo(line, err=True)
        if not invocation.failure:
            output.print_json(invocation.result)
        if invocation.failed_records:
            records = ", ".join(map(escape_line, invocation.failed_records))
            output.print_text(click.style(f"Records that failed: {records}", fg="red"), err=True)
        output.print_text(f"{handler} on {target}: {format_report(invocation)}", err=True)
    if not invocation.succeeded:
        sys.exit(1)


def describe_invocation(invocation: Invocation, handler: str, target: str) -> dict[str, Any]:
    """Returns an invocation for JSON."""
    return {
        "handler": handler,
        "function": target,
        "request_id": invocation.request_id,
        "succeeded": invocation.succeeded,
        "result": invocation.result,
        "error": invocation.failure._asdict() if invocation.failure else None,
        "log": list(invocation.log),
        **invocation.report._asdict(),
    }


def format_log(invocation: Invocation) -> list[str]:
    """Returns the lines that a handler logged, and its exception, with colours."""
    lines = [*invocation.log]
    if failure := invocation.failure:
        lines += ["Traceback (most recent call last):", *failure.traceback] if failure.traceback else []
    lines = [escape_controls(line) for line in lines]
    if failure:
        name = click.style(f"{escape_line(failure.type)}: ", fg="red", bold=True)
        lines.append(f"{name}{escape_controls(failure.message)}")
    return lines


def format_report(invocation: Invocation) -> str:
    """Returns the duration, memory and request ID of an invocation."""
    report = invocation.report
    parts = []
    if report.duration_ms is not None:
        billed = "" if report.billed_duration_ms is None else f" (billed {report.billed_duration_ms:g} ms)"
        parts.append(f"{report.duration_ms:g} ms{billed}")
    if report.init_duration_ms is not None:
        parts.append(f"{report.init_duration_ms:g} ms to start")
    if report.max_memory_used_mb is not None:
        size = "" if report.memory_size_mb is None else f" of {report.memory_size_mb:g}"
        parts.append(f"{report.max_memory_used_mb:g}{size} MB")
    if invocation.request_id:
        parts.append(f"request {escape_line(invocation.request_id)}")
    return ", ".join(parts) or "the log contains no report"
