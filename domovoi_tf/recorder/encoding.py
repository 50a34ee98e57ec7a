"""Encodes the parts of a run as JSON text that SQLite stores and finds, and decodes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from domovoi_tf.recorder.records import AwsCall, Failure, LogLine
from domovoi_tf.recorder.redaction import Redactor

#: The most bytes of a part. Lambda's limit of a payload is 6 MB; spaces after commas can double it.
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_PART = 2 * 6 * 1024 * 1024
#: The most characters of a preview and of an error in a list.
_PREVIEW, _ERROR = 120, 300
_SURROGATE = re.compile("[\ud800-\udfff]")


def escape_surrogates(text: str) -> str:
    r"""Returns a text with escapes, such as ``\ud83c``, in place of halves of surrogate pairs.

    UTF-8, and so SQLite, has none of them, but JSON does.

    Args:
        text: the text.
    """
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def encode_value(value: Any, redactor: Redactor) -> tuple[str | None, bool]:
    """Returns a JSON value as text, and whether it was redacted.

    The text is None if the value is too large, nested too deeply, or not JSON.

    Args:
        value: the value.
        redactor: what replaces secrets.
    """
    try:
        safe = redactor.redact(value)
        text = _dump(safe)
        is_redacted = safe is not value and text != _dump(value)
    except (TypeError, ValueError, RecursionError):
        return None, False
    return (text if len(text.encode()) <= LARGEST_PART else None), is_redacted


def encode_failure(failure: Failure | None) -> str | None:
    """Returns a failure as text; None if there is none."""
    return None if failure is None else _dump(asdict(failure))


def redact_failure(failure: Failure, redactor: Redactor) -> Failure:
    """Returns a failure without what a pattern matches in its message or frames."""
    frames = tuple(redactor.redact_text(frame) for frame in failure.frames)
    return Failure(failure.type, redactor.redact_text(failure.message), frames)


def encode_log(lines: Iterable[LogLine], redactor: Redactor) -> tuple[str, bool]:
    """Returns the lines of a log as text, and whether lines at its end were left out."""
    kept: list[tuple[float, str]] = []
    size = 0
    for line in lines:
        text = redactor.redact_text(line.text)
        size += len(escape_surrogates(text).encode())
        if size > LARGEST_PART:
            return _dump(kept), True
        kept.append((line.offset_ms, text))
    return _dump(kept), False


def encode_calls(calls: Iterable[AwsCall], redactor: Redactor) -> str:
    """Returns calls of AWS as text."""
    return _dump([{**asdict(each), "resource": redactor.redact_text(each.resource)} for each in calls])


def decode_value(text: str | None) -> Any:
    """Returns the value of a text, or None."""
    return None if text is None else json.loads(text)


def decode_failure(text: str | None) -> Failure | None:
    """Returns the failure of a text, or None."""
    parts = decode_value(text)
    return parts and Failure(parts["type"], parts["message"], tuple(parts["frames"]))


def decode_log(text: str | None) -> tuple[LogLine, ...]:
    """Returns the lines of a log."""
    return tuple(LogLine(offset, line) for offset, line in decode_value(text) or ())


def decode_calls(text: str | None) -> tuple[AwsCall, ...]:
    """Returns calls of AWS."""
    return tuple(AwsCall(**call) for call in decode_value(text) or ())


def make_preview(text: str | None) -> str:
    """Returns the beginning of an event as JSON text; empty if the event was not kept."""
    return (text or "")[:_PREVIEW]


def make_error(failure: Failure | None) -> str:
    """Returns the type and the message of a failure on one line; empty if there is none."""
    if failure is None:
        return ""
    message = " ".join(failure.message.split())
    return escape_surrogates(f"{failure.type}: {message}" if message else failure.type)[:_ERROR]


def _dump(value: Any) -> str:
    return escape_surrogates(json.dumps(value, ensure_ascii=False, default=str))
