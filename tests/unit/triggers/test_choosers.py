"""Indexes of listener and receipt rules choose the handler that a search through all rules would choose."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from domovoi_tf.triggers import alb, ses
from domovoi_tf.triggers._shared.listener_rules import matches_host, normalise_path
from domovoi_tf.triggers._shared.mail_recipients import ALL, list_covering

SEGMENTS = ["", "/a", "/b", "/a.b", "/%41", "/.", "/..", "//"]
HOSTS = [None, "a.example.com", "A.Example.com", "*.example.com", "?.example.com", "b.example.com"]
ADDRESSES = ["a@b.c.d", "a+x@b.c.d", "e@b.c.d", "b.c.d", ".c.d", ".d", "c.d", "E@b.c.d", "", "@"]


def find_rule(routes: Sequence[tuple[Any, Any]], host: str, path: str) -> Any:
    """Searches all rules for the first one that matches a request."""
    matches = [
        (trigger, handler)
        for trigger, handler in routes
        if (not trigger.prefix or path == trigger.prefix or path.startswith(f"{trigger.prefix}/"))
        and (trigger.host is None or matches_host(trigger.host.lower(), host))
    ]
    return min(matches, key=lambda route: route[0].compute_priority())[1] if matches else None


def find_receipt_rule(routes: Sequence[tuple[Any, Any]], recipients: Sequence[str]) -> Any:
    """Searches all rules for the most specific condition on one of the recipients."""
    rules = [(trigger.list_conditions(), handler) for trigger, handler in routes]
    matches = [each for address in recipients for each in list_covering(address.lower())]
    order = [(condition, rule) for condition in (*matches, ALL) for rule in rules]
    return next((handler for condition, (conditions, handler) in order if condition in conditions), None)


@pytest.mark.parametrize("seed", range(60))
def test_listener_rules_are_found_as_by_a_search(seed: int) -> None:
    choice = random.Random(seed)  # noqa: S311 - for repeatable rules
    routes: list[tuple[Any, Any]] = []
    for number in range(choice.randrange(1, 12)):
        prefix = "".join(choice.choices(SEGMENTS[:4], k=choice.randrange(4)))
        priority = choice.choice([None, None, choice.randrange(1, 9)])
        routes.append((alb.declare(prefix, host=choice.choice(HOSTS), priority=priority), number))
    choose = alb.make_chooser(routes)
    for _ in range(40):
        path = "".join(choice.choices(SEGMENTS, k=choice.randrange(6)))
        host = choice.choice([*filter(None, HOSTS[:3]), "c.example.com", "other", ""])
        request = {"path": path, "headers": {"host": f"{host}:80"}}
        assert choose(request) == find_rule(routes, host.lower(), normalise_path(path)), (routes, request)


def test_first_of_two_rules_with_one_priority_is_found() -> None:
    rules = [("/a", "x.example.com", 7), ("/a", None, 5), ("/a/b", None, 5)]
    routes: list[tuple[Any, Any]] = [
        (alb.declare(prefix, host=host, priority=priority), object()) for prefix, host, priority in rules
    ]
    assert alb.make_chooser(routes)({"path": "/a/b"}) is routes[1][1]


@pytest.mark.parametrize("seed", range(60))
def test_receipt_rules_are_found_as_by_a_search(seed: int) -> None:
    choice = random.Random(seed)  # noqa: S311 - for repeatable rules
    routes: list[tuple[Any, Any]] = []
    for number in range(choice.randrange(1, 8)):
        recipients = choice.choice([None, *[choice.sample(ADDRESSES[:8], k=2)] * 5])
        routes.append((ses.declare(rule_set_name="r", recipients=recipients), number))
    choose = ses.make_chooser(routes)
    for _ in range(40):
        recipients = choice.sample(ADDRESSES, k=choice.randrange(4))
        record = {"ses": {"receipt": {"recipients": recipients}}}
        assert choose(record) == find_receipt_rule(routes, recipients), (routes, recipients)
