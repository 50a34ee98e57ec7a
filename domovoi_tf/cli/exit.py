"""How a run of the command line ends: what is said of an error, and the exit code."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from typing import TextIO

import click

from domovoi_tf.errors import INTERRUPTED, DomovoiError

PROGRAM = "domovoi-tf"


def run() -> int:
    """Runs the command line with the arguments of this process and returns its exit code.

    It is 0, 1 for an error, 2 for a wrong command line, Terraform's own, or 130 after Ctrl-C.
    """
    from domovoi_tf.cli.root import cli

    for stream in (sys.stdout, sys.stderr):
        _take_every_character(stream)
    try:
        result = cli.main(prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as abort:
        return _aborted(abort)
    except DomovoiError as error:
        _say(error, error.message, error.remedy)
        return error.exit_code
    except OSError as error:
        named = f"{os.fspath(error.filename)!s}: " if error.filename else ""
        _say(error, f"{named}{error.strerror or error}.", "--debug shows what was being done.")
        return 1
    except Exception as error:
        _say(error, *_unexpected(error))
        return 1
    # What a command returns is nobody's; `ctx.exit` and --help return a code.
    return result if isinstance(result, int) else 0


def _take_every_character(stream: TextIO) -> None:
    """Has a stream escape what its encoding lacks, rather than fail in the middle of an answer."""
    with contextlib.suppress(AttributeError):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]


def _aborted(abort: click.Abort) -> int:
    """Says that the user ended it: by Ctrl-C, also at a question, or by an answer."""
    interrupted = isinstance(abort.__cause__ or abort.__context__, KeyboardInterrupt)
    if abort.__context__ and not abort.__cause__:  # at a question: its line is not ended yet
        click.echo(err=True)
    click.echo("Interrupted." if interrupted else "Aborted: nothing was done.", err=True)
    return INTERRUPTED if interrupted else 1


def _unexpected(error: Exception) -> tuple[str, str]:
    said = f"{type(error).__name__}: {error}"
    if type(error).__module__.startswith("botocore."):
        return f"AWS was asked in vain: {said}", "Look at the credentials, the Region and the permissions."
    return f"A fault of {PROGRAM} itself: {said}", "Please report it, with what --debug shows."


def _say(error: Exception, message: str, remedy: str) -> None:
    if os.environ.get("DOMOVOI_TF_DEBUG"):
        traceback.print_exception(error)
    colour = False if os.environ.get("NO_COLOR") else None
    click.secho("Error: ", fg="red", bold=True, err=True, nl=False, color=colour)
    click.echo(message, err=True)
    if remedy:
        click.echo(remedy, err=True)
