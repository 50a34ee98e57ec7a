"""The command `logs`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.operations import arguments
from domovoi_tf.cli.terraform import place
from domovoi_tf.system.text import escape_controls

if TYPE_CHECKING:
    from rich.text import Text

    from domovoi_tf.operations.logs import Line, Tail

_POLL_SECONDS = 1.0
_RECENT = "10m"
_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "bright_magenta")


class LineFilter(NamedTuple):
    """Selects lines of a log.

    Args:
        handler: the handler whose lines to select, with those that concern all; None for all handlers.
        text: a text that the lines contain; None for all lines.
        include_lambda_messages: whether to select the lines that Lambda writes.
    """

    handler: str | None
    text: str | None
    include_lambda_messages: bool

    def accepts(self, line: Line) -> bool:
        """Returns whether to show a line."""
        return (
            (self.handler is None or line.handler == self.handler or line.concerns_all)
            and (self.include_lambda_messages or not line.is_platform or line.failed)
            and (self.text is None or self.text in line.message)
        )


@click.command()
@click.argument("handler", required=False)
@options.deployment_options
@click.option("-f", "--follow", is_flag=True, help="Show new lines until Ctrl-C.")
@click.option(
    "--since",
    metavar="TIME",
    help="Show lines from this time on: 10m, 2h, 1d, 17:30 or 2026-01-31T17:30 (default: 10m, or all lines "
    "at the emulator).",
)
@click.option("--filter", "text", metavar="TEXT", help="Show only lines that contain TEXT.")
@click.option(
    "--include-lambda-messages",
    is_flag=True,
    help="Show the lines that Lambda writes too: START, END and REPORT.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each line.")
def logs(
    handler: str | None,
    project_dir: Path,
    stage: str,
    at_emulator: bool,
    follow: bool,
    since: str | None,
    text: str | None,
    include_lambda_messages: bool,
    as_json: bool,
) -> None:
    """Show the logs of one or all handlers.

    \b
    Example: domovoi-tf logs tend -f --stage prod
             domovoi-tf logs --since 2h --filter ERROR
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from domovoi_tf.operations.account import NotDeployedError
    from domovoi_tf.operations.logs import Tail, find_groups

    if since is None and not place.find_emulator(at_emulator):
        since = _RECENT
    begin = None if since is None else parse_since(since, datetime.now().astimezone())
    project = pipeline.load_deployed(project_dir, stage)
    groups = find_groups(*project, handler)
    account = arguments.open_account(project.settings, at_emulator)
    client = account.create_client("logs", retries={"mode": "adaptive"})
    tails = [Tail(client, group, begin) for group in groups]
    line_filter = LineFilter(handler, text, include_lambda_messages)
    print_line = _print_json if as_json else _create_printer([group.handlers for group in groups])
    is_empty = True
    try:
        for lines in _poll(tails, follow):
            for line in filter(line_filter.accepts, lines):
                print_line(line)
                is_empty = False
            if not any(tail.exists for tail in tails):
                raise NotDeployedError(f"The log group {groups[0].name}", account, stage)
    except KeyboardInterrupt:
        return
    if is_empty and not as_json:
        output.print_text(format_absence(handler, since, text), err=True)


def format_absence(handler: str | None, since: str | None, text: str | None) -> str:
    """Returns the sentence that there are no lines to show, and how to see others.

    Args:
        handler: the handler whose lines were selected; None for all.
        since: the value of ``--since`` or its default; None for all lines.
        text: the value of ``--filter``.
    """
    owner = f" of {handler}" if handler else ""
    content = f" with {text!r}" if text else ""
    if since == _RECENT:
        return f"No lines{owner}{content} in the last 10 minutes. For older ones, add --since 1d."
    return f"No lines{owner}{content}{f' since {since}' if since else ''}."


def _poll(tails: Sequence[Tail], follow: bool) -> Iterator[list[Line]]:
    """Yields the new lines of several log groups, once or for ever."""
    from domovoi_tf.operations.logs import poll

    yield poll(tails)
    while follow:
        time.sleep(_POLL_SECONDS)
        yield poll(tails)


def parse_since(since: str, now: datetime) -> int:
    """Parses the value of ``--since`` and returns it in milliseconds since 1970.

    Args:
        since: an age or a point in time.
        now: the current time, with its time zone.

    Raises:
        click.BadParameter: the value has none of the supported forms.
    """
    from domovoi_tf.cli.time_option import parse_time

    try:
        return int(parse_time(since, now).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{since!r} is not a valid time. Write an age such as 10m, 2h or 1d, a time of day such as "
            "17:30, or a date such as 2026-01-31T17:30.",
            param_hint="'--since'",
        ) from None


def _print_json(line: Line) -> None:
    output.print_json(describe_line(line), indent=None)


def _create_printer(handlers: Iterable[Sequence[str]]) -> Callable[[Line], None]:
    """Returns a function that prints a line behind its handler's name, each handler in its own colour."""
    names = sorted({name for group in handlers for name in group})
    colours = {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(names)}
    width = max(map(len, names), default=0)
    console = output.open_console()

    def print_line(line: Line) -> None:
        console.print(format_line(line, width, colours.get(line.handler, "dim"), datetime.now()))

    return print_line


def format_line(line: Line, width: int, colour: str, now: datetime) -> Text:
    """Returns a line with its time and handler, with colours.

    Args:
        line: the line.
        width: the width of the column of handlers.
        colour: the colour of the handler.
        now: the current time, because lines of the same day show no date.
    """
    from rich.text import Text

    from domovoi_tf.operations import log_format

    name = line.handler or line.function
    text = escape_controls(log_format.format_line(line.message))
    if line.is_platform:  # Lambda separates its figures by tabs
        text = text.replace("\t", "  ").rstrip()
    style = "red" if line.failed or text.startswith("[ERROR]") else "dim" if line.is_platform else ""
    clock = _format_time(line.time, now)
    indent = " " * len(f"{clock}  {name:<{width}}  ")
    return Text.assemble(
        (f"{clock}  ", "dim"),
        (f"{name:<{width}}  ", colour),
        (text.replace("\n", f"\n{indent}"), style),
    )


def describe_line(line: Line) -> dict[str, Any]:
    """Returns a line for JSON."""
    return {
        "time": datetime.fromtimestamp(line.time / 1000).astimezone().isoformat(timespec="milliseconds"),
        "function": line.function,
        "handler": line.handler or None,
        "request_id": line.request_id or None,
        "message": line.message.rstrip("\n"),
    }


def _format_time(milliseconds: int, now: datetime) -> str:
    local = datetime.fromtimestamp(milliseconds / 1000)
    return local.strftime("%H:%M:%S" if local.date() == now.date() else "%Y-%m-%d %H:%M:%S")
