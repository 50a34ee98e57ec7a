"""Any JSON value is recorded and found as it is; redaction leaves no match of its pattern."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import strategies as st

from domovoi_tf.recorder.query import Query
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import Failure, Invocation, LogLine, Outcome

from .fuzzing import fuzz

#: With halves of surrogate pairs, which JSON has and UTF-8 has not. Two that follow each other are a pair.
texts = st.text(st.characters(exclude_categories=()), max_size=20).filter(
    lambda text: not re.search("[\ud800-\udbff][\udc00-\udfff]", text)
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with Recorder(tmp_path_factory.mktemp("recorder") / "events.sqlite3") as opened:
        yield opened


@pytest.fixture(scope="module")
def redacting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with Recorder(tmp_path_factory.mktemp("recorder") / "events.sqlite3", redact=["[0-9a-fA-F]+"]) as opened:
        yield opened


def record(recorder: Recorder, event: Any, result: Any, text: str) -> int:
    run = recorder.begin(Invocation(text, 1.0, text, text, event))
    failure = Failure(text, text, (text,))
    recorder.finish(run, Outcome("failed", (), text, text, result, failure, (LogLine(1, text),)))
    return run


@fuzz(400, event=values, result=values, text=texts)
def test_runs_are_read_as_they_were_written(recorder: Recorder, event: Any, result: Any, text: str) -> None:
    run = recorder.get(record(recorder, event, result, text))
    assert run.outcome
    assert repr(run.invocation.event) == repr(event), "1 and 1.0 are equal"
    assert repr(run.outcome.result) == repr(result)
    assert run.outcome.log == (LogLine(1, text),)
    assert run.outcome.failure == Failure(text, text, (text,))


@fuzz(200, text=texts.filter(bool), before=texts, after=texts)
def test_texts_are_found(recorder: Recorder, text: str, before: str, after: str) -> None:
    run = record(recorder, {"key": [before + text + after]}, None, "")
    assert run in [each.id for each in recorder.list(Query(text=text, limit=100_000))]


@fuzz(200, event=values, text=texts)
def test_nothing_that_a_pattern_matches_is_kept(redacting: Recorder, event: Any, text: str) -> None:
    run = redacting.get(record(redacting, event, event, text))
    assert run.outcome
    for value in (run.invocation.event, run.outcome.result, run.outcome.log, run.outcome.failure):
        for leaf in list_leaves(value):
            left = str(leaf).replace("[redacted]", "")
            assert isinstance(leaf, (bool, type(None))) or not re.search("[0-9a-fA-F]", left), json.dumps(
                event
            )


def list_leaves(value: Any) -> list[Any]:
    """Returns the strings, numbers and constants of a value, without keys, kinds and times."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in list_leaves(inner)]
    if isinstance(value, Failure):
        return [value.message, *value.frames]
    if isinstance(value, LogLine):
        return [value.text]
    if isinstance(value, (list, tuple)):
        return [leaf for inner in value for leaf in list_leaves(inner)]
    return [value]
