"""Chooses the object that `domovoi-tf local send` puts into a bucket."""

from __future__ import annotations

import json

from ...errors import DomovoiError
from .._shared.sample_envelope import format_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...model.event_request import SentPayload

#: The fields of a payload that an object can have; S3 chooses the others.
_FIELDS = ("key", "size")
_MAX_SIZE = 100 * 1024 * 1024


def read_object(payload: SentPayload, handler: str, prefix: str, suffix: str) -> tuple[str, bytes]:
    """Returns the key and the content of the object.

    Args:
        payload: the key, or a dict with ``key`` and ``size``, or a file, or both.
        handler: the handler's name.
        prefix: the prefix of the handler's keys, which precedes the name of a file.
        suffix: the suffix of the handler's keys.

    Raises:
        DomovoiError: the payload has other fields, or the bucket does not notify the handler of such a key.
    """
    sample = f"{prefix}sample{suffix}"
    fields = _read_fields(json.loads(payload.text_in_json)) if payload.text_in_json else {}
    key = str(fields.get("key") or (f"{prefix}{payload.file}" if payload.file else sample))
    if not (key.startswith(prefix) and key.endswith(suffix)):
        filters = [f"{name} {value!r}" for name, value in (("prefix", prefix), ("suffix", suffix)) if value]
        raise DomovoiError(
            f"An object {key!r} does not reach {handler}, whose bucket filters by {' and '.join(filters)}.",
            f"Give a key that matches, such as '\"{sample}\"'.",
        )
    if payload.content is not None:
        if "size" in fields:
            raise DomovoiError("The size is that of the file.", "Omit size, or --file.")
        return key, payload.content
    return key, bytes(_read_size(fields))


def _read_fields(value: Any) -> dict[str, Any]:
    fields = value if isinstance(value, dict) else {"key": format_message(value)}
    if others := sorted(fields.keys() - {*_FIELDS}):
        raise DomovoiError(
            f"An object is put with a key and a size, not with {', '.join(others)}, which S3 chooses.",
            "Omit that, or invoke the handler with a complete event: see `domovoi-tf invoke --help`.",
        )
    return fields


def _read_size(fields: dict[str, Any]) -> int:
    size = fields.get("size", 0)
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= _MAX_SIZE:
        raise DomovoiError(
            f"The size {size!r} is not a number of bytes from 0 to {_MAX_SIZE:,}.", "Correct the size."
        )
    return size
