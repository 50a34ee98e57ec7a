"""Runs the command line, prints errors and returns the exit code."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
import traceback
from typing import TextIO

import click

from domovoi_tf.cli import output
from domovoi_tf.errors import INTERRUPTED, AppLoadError, DomovoiError
from domovoi_tf.system.text import escape_controls, format_count

PROGRAM = "domovoi-tf"
#: Objects, and then collections, after which Python looks for reference cycles. Its own numbers are small: an
#: app and its stack are many objects without cycles.
_COLLECTIONS = (20_000, 20, 20)
#: A shell splits JSON at its spaces, and removes its quotes.
_QUOTING = "Put JSON in single quotes for the shell, such as '{\"beer\": 1}'."


def run() -> int:
    """Runs the command line with the arguments of this process and returns its exit code.

    The code is 0 for success, 1 for an error, 2 for invalid usage, 130 after Ctrl-C, or Terraform's own.
    """
    from domovoi_tf.cli.root import cli

    gc.set_threshold(*_COLLECTIONS)
    _open_closed_streams()
    if os.environ.get("_DOMOVOI_TF_COMPLETE"):
        from domovoi_tf.cli.project import shells

        shells.register()
    for stream in (sys.stdout, sys.stderr):
        _escape_unencodable(stream)
    try:
        result = cli.main(prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as error:
        _show_usage_error(error)
        return error.exit_code
    except click.Abort as abort:
        return _report_abort(abort)
    except DomovoiError as error:
        _print_error(error, error.message, error.remedy)
        return error.exit_code
    except OSError as error:
        file = f"{os.fspath(error.filename)!s}: " if error.filename else ""
        message = f"{file}{error.strerror or error}."
        remedy = "" if _is_debug() else "Run the command again with --debug to see where it failed."
        _print_error(error, message, remedy)
        return 1
    except Exception as error:
        _print_error(error, *_describe_unexpected(error))
        return 1
    # Return values of commands are ignored; `ctx.exit` and --help return an exit code.
    return result if isinstance(result, int) else 0


def _open_closed_streams() -> None:
    """Opens ``/dev/null`` for standard streams that the shell has closed, as with ``>&-``.

    Otherwise the next file that is opened, such as a state, would become the standard output of Terraform.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
            os.set_inheritable(number, True)
    # Python has no stream for a descriptor that was closed when it started.
    sys.stdin = sys.stdin or os.fdopen(0)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")


def _escape_unencodable(stream: TextIO) -> None:
    """Makes a stream escape the characters that its encoding lacks, instead of failing on them."""
    with contextlib.suppress(AttributeError):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]


def _show_usage_error(error: click.ClickException) -> None:
    """Shows an error in the arguments, as click words it."""
    text = io.StringIO()
    error.show(text)
    output.print_text(text.getvalue().rstrip("\n"), err=True)
    if isinstance(error, click.UsageError) and any(each.startswith("{") for each in sys.argv):
        output.print_text(_QUOTING, err=True)


def _report_abort(abort: click.Abort) -> int:
    """Reports that the user interrupted the command or answered no, and returns the exit code."""
    cause = abort.__cause__ or abort.__context__
    if abort.__context__ and not abort.__cause__:  # raised by a prompt, whose line has no end yet
        click.echo(err=True)
    if not isinstance(cause, KeyboardInterrupt):
        output.print_text("Aborted: nothing was done.", err=True)
        return 1
    # Of an interrupted Terraform: what was done and what was not, and the signal.
    output.print_text(" ".join(["Interrupted.", *map(str, cause.args)]), err=True)
    return int(getattr(cause, "exit_code", INTERRUPTED))


def _describe_unexpected(error: Exception) -> tuple[str, str]:
    """Returns a message and a remedy for an error that no command expects."""
    description = f"{type(error).__name__}: {error}"
    if type(error).__module__.startswith("botocore."):
        return (
            f"A request to AWS failed: {description}",
            "Check the credentials, the Region and the permissions.",
        )
    report = "the traceback above" if _is_debug() else "what the command prints with --debug"
    return (
        f"Internal error of {PROGRAM}: {description}",
        f"Please report it, together with {report}.",
    )


def _is_debug() -> bool:
    return bool(os.environ.get("DOMOVOI_TF_DEBUG"))


def _print_error(error: Exception, message: str, remedy: str) -> None:
    if _is_debug() and not (isinstance(error, AppLoadError) and error.is_traced):
        click.echo(escape_controls("".join(traceback.format_exception(error))), err=True, nl=False)
    heading = "Error: " if output.is_colourless() else click.style("Error: ", fg="red", bold=True)
    if len(parts := getattr(error, "parts", ())) > 1:
        heading += f"{format_count(len(parts), 'problem')}\n"
    # A message may quote what AWS, Terraform, the app or a handler returned.
    output.print_text(f"{heading}{escape_controls(message)}", err=True)
    if remedy:
        output.print_text(escape_controls(remedy), err=True)
    for warning in getattr(error, "remarks", ()):
        output.print_warning(warning)
