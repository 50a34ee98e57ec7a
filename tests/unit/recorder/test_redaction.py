"""Redaction happens before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.errors import DomovoiError
from domovoi_tf.recorder.recorder import Recorder
from domovoi_tf.recorder.records import AwsCall, Failure, LogLine, Outcome
from domovoi_tf.recorder.redaction import Redactor

from .sample_runs import make_invocation


@pytest.mark.parametrize(
    ("value", "redacted"),
    [
        ("call 555-1234 or 555-9999", "call [redacted] or [redacted]"),
        ({"a": ["555-1234", {"b": "x555-1234x"}]}, {"a": ["[redacted]", {"b": "x[redacted]x"}]}),
        ({"password": {"old": 1}, "passwords": 1}, {"password": "[redacted]", "passwords": 1}),
        ({"555-1234": 1}, {"555-1234": "[redacted]"}),
        (
            {"n": 41112222, "m": 1.5, "yes": True, "none": None},
            {"n": "[redacted]", "m": 1.5, "yes": True, "none": None},
        ),
        ('{"phone": "555-1234"}', '{"phone": "[redacted]"}'),
    ],
)
def test_values_are_redacted(value: object, redacted: object) -> None:
    assert Redactor([r"\d{3}-\d{4}", "password", "^4111", "True"]).redact(value) == redacted


def test_without_patterns_values_are_the_same() -> None:
    value = {"a": [1]}
    assert Redactor().redact(value) is value


def test_wrong_pattern_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DomovoiError) as caught:
        Recorder(tmp_path / "events.sqlite3", redact=["(a"])
    assert str(caught.value) == (
        "The pattern '(a' for redaction is not a regular expression: missing ), unterminated subpattern at "
        "position 0.\nCorrect the pattern. A backslash before a character makes it stand for itself."
    )
    assert not (tmp_path / "events.sqlite3").exists()


def test_secret_is_in_no_file(tmp_path: Path) -> None:
    with Recorder(tmp_path / "events.sqlite3", redact=["s3cr.t"]) as recorder:
        run = recorder.begin(make_invocation({"key": "my s3cret"}))
        plain = recorder.begin(make_invocation({"key": "ale"}, 2))
        failure = Failure("ValueError", "s3cret", ("  raise ValueError('s3cret')",))
        calls = (AwsCall("s3", "GetObject", "bucket/s3cret", 1, 2),)
        outcome = Outcome(
            "failed", result=["s3cret"], failure=failure, log=(LogLine(1, "s3cret"),), calls=calls
        )
        recorder.finish(run, outcome)
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert {path.name for path in files} >= {"events.sqlite3", "events.sqlite3-wal"}
        assert [path for path in files if b"s3cret" in path.read_bytes()] == []
        found = recorder.get(run)
        assert (found.invocation.event, found.redacted) == ({"key": "my [redacted]"}, True)
        assert not recorder.get(plain).redacted
        assert found.outcome == Outcome(
            "failed",
            result=["[redacted]"],
            failure=Failure("ValueError", "[redacted]", ("  raise ValueError('[redacted]')",)),
            log=(LogLine(1, "[redacted]"),),
            calls=(AwsCall("s3", "GetObject", "bucket/[redacted]", 1, 2),),
        )
        summary = recorder.get_summary(run)
        assert (summary.preview, summary.error) == ('{"key": "my [redacted]"}', "ValueError: [redacted]")
