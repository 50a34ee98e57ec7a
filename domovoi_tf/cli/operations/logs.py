"""The command that shows the handlers' logs, each handler in a colour of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options as cli_options
from domovoi_tf.cli import output, pipeline
from domovoi_tf.cli.operations import options as deployment

if TYPE_CHECKING:
    from rich.console import Console

    from domovoi_tf.model.application import Application
    from domovoi_tf.operations.logs import Group, Line
    from domovoi_tf.settings import Settings

_POLL_SECONDS = 1.0
_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "bright_magenta")


@click.command()
@click.argument("handler", required=False)
@cli_options.project_option
@cli_options.stage_option
@cli_options.reading_options
@deployment.emulator_option
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C.")
@click.option(
    "--since",
    default="10m",
    show_default=True,
    metavar="TIME",
    help="10m, 2h, 1d; or 17:30, 2026-01-31T17:30.",
)
@click.option("--filter", "wanted", metavar="TEXT", help="Only lines with this text.")
@click.option("--include-lambda-messages", is_flag=True, help="Lambda's own lines too: START, END, REPORT.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each line.")
def logs(at_emulator: bool, **options: Any) -> None:
    """Show the logs of all handlers, or of one.

    \b
    Example: domovoi-tf logs tend -f --stage prod
             domovoi-tf logs --since 2h --filter ERROR
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    show(at_emulator=at_emulator, **options)


def show(
    *,
    handler: str | None,
    project_dir: Path,
    stage: str,
    at_emulator: bool,
    follow: bool,
    since: str | None,
    wanted: str | None,
    include_lambda_messages: bool,
    as_json: bool,
) -> None:
    """Shows logs, as the command's options say."""
    from domovoi_tf.operations import deployed_functions
    from domovoi_tf.operations.account import NotDeployedError
    from domovoi_tf.operations.logs import Tail, poll

    begin = None if since is None else _moment(since)
    application, settings = pipeline.load_deployed(project_dir, stage)
    groups = _groups(application, settings)
    if handler:
        function = deployed_functions.route(application, handler).trigger.function
        groups = [
            group
            for group in groups
            if group.function == deployed_functions.function_name(settings, function)
        ]
    account = deployment.account(settings, at_emulator)
    client = account.client("logs", retries={"mode": "adaptive"})
    tails = [Tail(client, group, begin) for group in groups]
    printer = _Printer([group.handlers for group in groups], as_json)

    def wants(line: Line) -> bool:
        return (
            (handler is None or line.handler == handler)
            and (include_lambda_messages or not line.lambdas or line.failed)
            and (wanted is None or wanted in line.message)
        )

    try:
        while True:
            printer.print([line for line in poll(tails) if wants(line)])
            if not any(tail.exists for tail in tails):
                raise NotDeployedError(f"The log group {groups[0].name}", account, stage)
            if not follow:
                return
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        return


def _moment(since: str) -> int:
    from domovoi_tf.cli.time_option import moment

    try:
        return int(moment(since, datetime.now().astimezone()).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{since!r} is no time: write 10m, 2h, 1d, 17:30 or 2026-01-31T17:30.", param_hint="'--since'"
        ) from None


def _groups(application: Application, settings: Settings) -> list[Group]:
    from domovoi_tf.operations import deployed_functions
    from domovoi_tf.operations.logs import Group
    from domovoi_tf.settings.effective import effective

    return [
        Group(
            function=deployed_functions.function_name(settings, function.name),
            handlers=tuple(
                dict.fromkeys(
                    route.handler for route in application.routes if route.trigger.function == function.name
                )
            ),
            timeout=effective(function, settings).timeout or settings.timeout,
        )
        for function in application.functions
    ]


class _Printer:
    """Prints lines, with the handlers' names in a column."""

    def __init__(self, handlers: Sequence[Sequence[str]], as_json: bool) -> None:
        names = sorted({name for each in handlers for name in each})
        self._as_json = as_json
        self._colours = {name: _COLOURS[number % len(_COLOURS)] for number, name in enumerate(names)}
        self._width = max(map(len, names), default=0)
        self._console: Console = output.console()

    def print(self, lines: Sequence[Line]) -> None:
        for line in lines:
            if self._as_json:
                output.print_json(_description(line), None)
            else:
                self._console.print(self._text(line))

    def _text(self, line: Line) -> Any:
        from rich.text import Text

        from domovoi_tf.operations import log_format

        name = line.handler or line.function
        said = output.printable(log_format.text(line.message))
        style = "red" if line.failed or said.startswith("[ERROR]") else "dim" if line.lambdas else ""
        before = f"{_clock(line.time)}  {name:<{self._width}}  "
        return Text.assemble(
            (f"{_clock(line.time)}  ", "dim"),
            (f"{name:<{self._width}}  ", self._colours.get(line.handler, "dim")),
            (said.replace("\n", "\n" + " " * len(before)), style),
        )


def _description(line: Line) -> dict[str, Any]:
    return {
        "time": datetime.fromtimestamp(line.time / 1000).astimezone().isoformat(timespec="milliseconds"),
        "function": line.function,
        "handler": line.handler or None,
        "request_id": line.request_id or None,
        "message": line.message.rstrip("\n"),
    }


def _clock(milliseconds: int) -> str:
    at = datetime.fromtimestamp(milliseconds / 1000)
    return at.strftime("%H:%M:%S" if at.date() == datetime.now().date() else "%Y-%m-%d %H:%M:%S")
