"""Writes the generated parts of docs/reference/handler-events.md: events, and the keys of their types."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

from domovoi_tf import types
from domovoi_tf.triggers import import_kind

from .docstrings import find_node, list_attributes
from .markdown import REFERENCE, ROOT, convert_text, replace_part

PAGE = REFERENCE / "handler-events.md"
#: Kinds whose handlers do not receive what the function receives.
UNWRAPPED = ("event", "logs", "schedule", "state_machine")
#: Types with the keys in addition to those of another type.
ADDITIONS = {
    "ALBMultiValueEvent": types.ALBEvent,
    "DynamoDBWindowEvent": types.DynamoDBStreamEvent,
    "KinesisWindowEvent": types.KinesisStreamEvent,
}
#: The decorator and the condition for each type of an event.
EVENTS = {
    "ScheduledEvent": ("scheduled_function", "without `input`"),
    "EventBridgeEvent": ("cloudwatch_event_handler", ""),
    "SNSEvent": ("sns_topic_subscriber", ""),
    "SQSEvent": ("sqs_queue_subscriber", ""),
    "SQSRecord": ("sqs_queue_subscriber", "with `per_record=True`"),
    "S3Event": ("s3_event_handler", ""),
    "DynamoDBStreamEvent": ("dynamodb_stream_handler", ""),
    "DynamoDBRecord": ("dynamodb_stream_handler", "with `per_record=True`"),
    "DynamoDBWindowEvent": ("dynamodb_stream_handler", "with `tumbling_window`"),
    "KinesisStreamEvent": ("kinesis_stream_handler", ""),
    "KinesisRecord": ("kinesis_stream_handler", "with `per_record=True`"),
    "KinesisWindowEvent": ("kinesis_stream_handler", "with `tumbling_window`"),
    "CloudWatchLogsData": ("cloudwatch_logs_sub_filter_handler", ""),
    "SESEvent": ("email_receipt_handler", ""),
    "FunctionUrlEvent": ("function_url", ""),
    "ALBEvent": ("alb_target", ""),
    "ALBMultiValueEvent": ("alb_target", "with `multi_value_headers=True`"),
}
#: Types with a table of their own, which that of S3 events refers to.
NAMED = (types.EventBridgeEvent, types.SQSRecord)


def render_page() -> str:
    """Returns the text of the page, with new parts between its markers."""
    page = replace_part(PAGE.read_text(encoding="utf-8"), "summary", _render_summary())
    for kind in UNWRAPPED:
        page = replace_part(page, f"received_{kind}", _render_received(kind))
    for name in (*EVENTS, "BatchResponse", "HTTPResponse"):
        if f"<!-- {name} -->" in page:
            page = replace_part(page, name, _render_keys(name))
    return page


def _render_summary() -> Iterator[str]:
    yield from ("| type | event of |", "| --- | --- |")
    for name, (decorator, condition) in EVENTS.items():
        link = f"[`{decorator}`](#{decorator})"
        yield f"| `{name}` | {link}{f' {condition}' if condition else ''} |"
    yield "| your own | [`lambda_function`](#lambda_function), [`step_function_task`](#step_function_task) |"


def _render_received(kind: str) -> Iterator[str]:
    event = json.loads((ROOT / "tests" / "triggers" / kind / "event.json").read_bytes())
    received = import_kind(kind).unwrap(event)
    yield "<!-- tested: tests/unit/test_reference.py::test_page_of_events_is_up_to_date -->"
    yield from ("```json", json.dumps(received, indent=2), "```")


def _render_keys(name: str) -> Iterator[str]:
    yield from ("| key | type | notes |", "| --- | --- | --- |")
    base = ADDITIONS.get(name)
    known = set(get_type_hints(base)) if base else set()
    for key, kind, notes in _list_keys(getattr(types, name), ""):
        if re.split(r"[.\[]", key)[0] not in known:
            yield f"| `{key}` | `{kind}` | {notes} |".replace("|  |", "| |")


def _list_keys(kind: Any, prefix: str) -> Iterator[tuple[str, str, str]]:
    """Yields the keys of a TypedDict and those of the dicts in it: path, type and notes."""
    comments = dict(_list_comments(kind))
    keys = sorted(get_type_hints(kind).items(), key=lambda item: item[0] in kind.__optional_keys__)
    for key, hint in keys:
        path, inner = _resolve(f"{prefix}{key}", hint)
        is_named = kind is types.S3Record and inner in NAMED
        meaning = comments.get(key) or (_summarize(inner) if inner and not is_named else "")
        notes = ["Optional."] if key in kind.__optional_keys__ else []
        notes += [convert_text(meaning)] if meaning else []
        yield f"{prefix}{key}", _spell(hint), " ".join(notes)
        if inner and not is_named:
            yield from _list_keys(inner, f"{path}.")


def _resolve(path: str, hint: Any) -> tuple[str, Any]:
    """Returns the path of the items of a list or dict, and the TypedDict that they are, if they are one."""
    if is_typeddict(hint):
        return path, hint
    item = get_args(hint)[-1:]
    if get_origin(hint) in (list, dict) and is_typeddict(item[0]):
        return f"{path}{'[]' if get_origin(hint) is list else '.<name>'}", item[0]
    return path, None


def _spell(hint: Any) -> str:
    if is_typeddict(hint):
        return hint.__name__ if hint.__name__ in types.__all__ else "dict"
    if get_origin(hint) in (list, dict):
        inner = ", ".join(_spell(each) for each in get_args(hint))
        return f"{get_origin(hint).__name__}[{inner}]"
    if get_args(hint):
        return " or ".join(each.__name__ if is_typeddict(each) else _spell(each) for each in get_args(hint))
    return "None" if hint is type(None) else str(getattr(hint, "__name__", hint))


def _summarize(kind: Any) -> str:
    """Returns the first sentence of a type's docstring."""
    text = " ".join((kind.__doc__ or "").split())
    return re.split(r"(?<=\.) ", text)[0]


def _list_comments(kind: Any) -> Iterator[tuple[str, str]]:
    """Yields the keys of a TypedDict that a comment in its class, or in one of its bases, describes."""
    source = sys.modules[kind.__module__].__spec__.loader.get_source(kind.__module__)  # type: ignore[union-attr]
    tree = ast.parse(source)
    names = [kind.__name__]
    while names:
        try:
            node = find_node(tree, names.pop())
        except LookupError:  # of the form TypedDict(name, {...}), or of another module
            continue
        assert isinstance(node, ast.ClassDef)
        names += [base.id for base in node.bases if isinstance(base, ast.Name)]
        yield from ((name, meaning) for name, _, meaning in list_attributes(source, node))
