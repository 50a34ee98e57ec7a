"""Each kind says in words what a replacement of its resources costs."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf.triggers import get_trigger_class, import_kind, list_kinds

#: Kinds without a module call of their own.
WITHOUT_CALL = {"direct", "state_machine"}
EVENTS = ["s3:ObjectCreated:*"]
STREAM_ARGUMENTS = {"kinesis": "stream_name", "dynamodb": "table_name"}


@pytest.mark.parametrize(
    ("kind", "arguments", "cost"),
    [
        ("schedule", {"schedule": "rate(1 day)"}, "a run that is due in between is skipped"),
        (
            "schedule",
            {"schedule": "at(2030-12-31T18:00:00)"},
            "a run that is due in between is skipped",
        ),
        ("event", {"source": ["bar"]}, "events in between are lost"),
        ("sns", {"topic_name": "orders"}, "messages that are published in between are lost"),
        ("sqs", {"queue_name": "orders"}, "nothing is lost: messages wait in the queue"),
        (
            "logs",
            {"log_group_name": "/bar", "filter_pattern": ""},
            "log lines in between do not reach the handler",
        ),
        ("url", {}, "the function gets another URL, and callers of the old one fail"),
        ("ses", {"rule_set_name": "bar"}, "mail in between does not reach the handler"),
        ("alb", {}, "requests in between fail or reach another rule"),
        (
            "s3",
            {"bucket": "bar", "events": EVENTS, "use_sns": False},
            "events of the bucket in between are lost",
        ),
        ("s3", {"bucket": "bar", "events": EVENTS}, "events of the bucket in between are lost"),
        (
            "s3",
            {"bucket": "bar", "events": EVENTS, "use_eventbridge": True},
            "events of the bucket in between are lost",
        ),
        *(
            (
                "s3",
                {"bucket": "bar", "events": EVENTS, "use_sns": use_sns, "use_sqs": True},
                "events of the bucket in between are lost, and messages that wait in the queue",
            )
            for use_sns in (False, True)
        ),
        *(
            (
                kind,
                {name: "tills", "starting_position": position},
                f"the new mapping starts at {position}: {end}",
            )
            for kind, name in STREAM_ARGUMENTS.items()
            for position, end in (
                ("TRIM_HORIZON", "the records that the stream keeps (24 hours by default) are read again"),
                ("LATEST", "records that arrive before it works are not read"),
            )
        ),
    ],
)
def test_cost_is_said_in_words(kind: str, arguments: dict[str, Any], cost: str) -> None:
    assert import_kind(kind).declare(**arguments).replacement_cost() == cost


def test_no_kind_is_forgotten() -> None:
    classes = {kind: get_trigger_class(kind) for kind in list_kinds()}
    silent = {kind for kind, each in classes.items() if not each.cost and kind not in STREAM_ARGUMENTS}
    assert silent == WITHOUT_CALL, "set `cost` in these classes, or override replacement_cost()"
