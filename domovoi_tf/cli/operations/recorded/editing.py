"""Lets the user change an event in an editor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from domovoi_tf.cli import output
from domovoi_tf.errors import DomovoiError
from domovoi_tf.recorder.database import locate_events
from domovoi_tf.recorder.records import Run
from domovoi_tf.system import text
from domovoi_tf.system.reading.json_mistakes import TextMistakeError, decode_text, find_json_mistake
from domovoi_tf.system.user_folder import write_private_file

#: Stands for an event that the user did not change.
UNCHANGED: Any = object()


def edit_event(run: Run, project_dir: Path) -> Any:
    """Opens an editor with an event, again until it is JSON, and returns the event, or `UNCHANGED`.

    The editor's file is private, and removed afterwards. An edit that is not JSON is kept if the user gives
    up.

    Args:
        run: the run with the event.
        project_dir: the project's folder.

    Raises:
        DomovoiError: the edit is not JSON, and the user gave up.
        click.ClickException: the editor cannot be started, or failed.
    """
    original = run.invocation.event
    content = first = text.format_json(original).encode()
    while True:
        edited = click.edit(content, extension=".json", require_save=content is first)
        if edited is None:
            return UNCHANGED
        content = bytes(edited)
        try:
            event = _parse(content)
        except TextMistakeError as mistake:
            place = f"line {mistake.line}, column {mistake.column}"
            message = f"The event is not valid JSON: {place}: {mistake.message}."
            output.print_text(f"{click.style('Error: ', fg='red')}{message}\n{mistake.remedy}", err=True)
            if not _is_edited_again():
                raise DomovoiError(message, keep_edit(content, run, project_dir)) from None
            continue
        return UNCHANGED if event == original else event


def _parse(content: bytes) -> Any:
    """Returns the value of an edit.

    Raises:
        TextMistakeError: it is not JSON.
    """
    decoded = decode_text(content)
    try:
        return text.parse_json(decoded, is_strict=True)
    except ValueError as error:
        mistake = find_json_mistake(decoded, error)
        raise mistake or TextMistakeError(decoded, 0, str(error), "Shorten it.") from None


def _is_edited_again() -> bool:
    return _is_terminal() and click.confirm("Edit it again?", default=True, err=True)


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def keep_edit(content: bytes, run: Run, project_dir: Path) -> str:
    """Saves an edit that was not sent, and returns the sentence that says where it is.

    Args:
        content: the edit.
        run: the run whose event was changed.
        project_dir: the project's folder.
    """
    path = locate_events(project_dir).with_name(f"edit-{run.id}.json")
    write_private_file(path, content.decode(errors="replace"))
    return f"The edit is in {path}."
