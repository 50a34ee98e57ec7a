"""Finds runs: the filters of lists, as SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domovoi_tf.recorder.encoding import escape_surrogates
from domovoi_tf.recorder.records import FAILURES, Summary

#: The columns of a summary, in the order of its fields.
_COLUMNS = (
    "id, time, stage, function, handlers, source, kind, status, duration_ms, error, replay_of, preview, "
    "result_preview"
)
#: What a search for text reads.
_TEXTS = ("event", "result", "failure", "log")


@dataclass(frozen=True)
class Query:
    """A selection of runs. Empty arguments select all.

    Args:
        handler: the name of a handler that was called.
        source: a part of the source, such as ``bartender``, in any case, or its kind, such as ``sns``.
        status: a status of `Summary`.
        text: a part of the event, the result, the exception or the log; A to Z match a to z.
        before: only runs with lower IDs; 0 for all.
        limit: the maximum number of runs.
        since: only events that arrived then or later, in seconds since 1970.
        is_failed: whether to select only runs with one of the statuses of failures.
        stage: the name of a stage.
    """

    handler: str = ""
    source: str = ""
    status: str = ""
    text: str = ""
    before: int = 0
    limit: int = 200
    since: float = 0.0
    is_failed: bool = False
    stage: str = ""


def build_select(query: Query) -> tuple[str, list[Any]]:
    """Returns the statement that selects summaries, newest first, and its values.

    Args:
        query: the selection.
    """
    conditions = list(_list_conditions(query))
    where = " AND ".join(condition for condition, _ in conditions) or "1"
    values = [value for _, each in conditions for value in each]
    statement = f"SELECT {_COLUMNS} FROM runs WHERE {where} ORDER BY id DESC LIMIT ?"  # noqa: S608 - constants
    return statement, [*values, query.limit]


def build_changes(limit: int) -> str:
    """Returns the statement that selects revisions and summaries after a revision, oldest first."""
    return f"SELECT revision, {_COLUMNS} FROM runs WHERE revision > ? ORDER BY revision LIMIT {limit:d}"  # noqa: S608


def build_summary(row: tuple[Any, ...]) -> Summary:
    """Returns the summary of a row with the columns above."""
    id_, time, stage, function, handlers, source, kind, status, duration, *texts = row
    names = split_names(handlers)
    return Summary(id_, time, stage, function, names, source, kind, status, duration or 0.0, *texts)


def join_names(names: tuple[str, ...]) -> str:
    """Returns names as one text, in which each has a line feed before and after it."""
    return "".join(f"\n{name}\n" for name in names)


def split_names(text: str) -> tuple[str, ...]:
    """Returns the names of `join_names`."""
    return tuple(filter(None, text.split("\n")))


def _list_conditions(query: Query) -> Iterator[tuple[str, list[Any]]]:
    """Yields a condition and its values for each filter."""
    if query.before:
        yield "id < ?", [query.before]
    if query.since:
        yield "time >= ?", [query.since]
    if query.status:
        yield "status = ?", [escape_surrogates(query.status)]
    if query.stage:
        yield "stage = ?", [escape_surrogates(query.stage)]
    if query.is_failed:
        yield f"status IN ({', '.join('?' * len(FAILURES))})", [*FAILURES]
    if query.handler:
        yield "instr(handlers, ?)", [escape_surrogates(join_names((query.handler,)))]
    if query.source:
        source = escape_surrogates(query.source)
        yield "(kind = ? OR instr(lower(source), lower(?)))", [source, source]
    if query.text:
        yield _build_text_condition(query.text)


def _build_text_condition(text: str) -> tuple[str, list[Any]]:
    """Returns the condition for a text, as it is and as a part of a JSON string."""
    escaped = escape_surrogates(json.dumps(text, ensure_ascii=False)[1:-1])
    spellings = list(dict.fromkeys([escape_surrogates(text), escaped]))
    found = [f"instr(lower({name}), lower(?))" for name in _TEXTS]
    parts = found * len(spellings)
    values = [spelling for spelling in spellings for _ in found]
    return f"id IN (SELECT run FROM payloads WHERE {' OR '.join(parts)})", values  # noqa: S608 - constants
