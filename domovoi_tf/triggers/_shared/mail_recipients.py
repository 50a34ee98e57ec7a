"""Checks the recipients of receipt rules, and finds the rules that cover an address."""

from __future__ import annotations

import re

from ...model.names import Variable
from ...model.trigger import Limit, spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any


_PART = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"


RECIPIENT = Limit(
    noun="email address or domain",
    pattern=rf"([^@\s]+@|[.])?{_PART}([.]{_PART})+",
    max_length=320,
    allowed="",
    form="user@example.com, example.com or .example.com",
)


#: The condition of a rule without recipients, which matches every address.
ALL = ""


#: The key of every email: events do not name their rule, so that recipients must tell handlers apart.
KEY = "email"


def list_covering(condition: str) -> Iterator[str]:
    """Yields the conditions that match every address which a condition matches, except ALL.

    The condition itself comes first, and less specific ones last.

    https://docs.aws.amazon.com/ses/latest/dg/receiving-email-receipt-rules-console-walkthrough.html
    """
    user, at, domain = condition.rpartition("@")
    if at:
        yield condition
        if "+" in user:
            yield f"{user.partition('+')[0]}@{domain}"
    if domain:
        yield domain
    parent = domain.removeprefix(".").partition(".")[2]
    while parent:
        yield f".{parent}"
        parent = parent.partition(".")[2]


def list_matched(record: Mapping[str, Any]) -> list[str]:
    """Returns the recipients of an event's record that match the receipt rule; none if it has no receipt."""
    mail = record.get("ses")
    receipt = mail.get("receipt") if isinstance(mail, dict) else None
    recipients = receipt.get("recipients") if isinstance(receipt, dict) else None
    return [each for each in recipients if isinstance(each, str)] if isinstance(recipients, list) else []


def find_by_recipients(routes: Sequence[tuple[Any, Any]]) -> Callable[[Mapping[str, Any]], Any]:
    """Returns a function that takes a record and returns the handler of the rule that it matched, or None.

    Args:
        routes: the triggers with their handlers, in the order of the rules.
    """
    handlers: dict[str, Any] = {}

    def choose(record: Mapping[str, Any]) -> Any:
        if not handlers:  # the first rule with a condition wins
            rules = [(trigger.list_conditions(), handler) for trigger, handler in routes[::-1]]
            handlers.update((condition, handler) for conditions, handler in rules for condition in conditions)
        for address in map(str.lower, list_matched(record)):
            if "@" in address and address in handlers:
                return handlers[address]
            for condition in list_covering(address):
                if condition in handlers:
                    return handlers[condition]
        return handlers.get(ALL)

    return choose


def make_address(condition: str) -> str:
    """Returns an address that a condition matches."""
    if "@" in condition:
        return condition
    return f"someone@{'mail' * condition.startswith('.')}{condition or 'example.com'}"


# https://docs.aws.amazon.com/ses/latest/dg/quotas.html
MAX_RECIPIENTS = 500


def check_recipients(recipients: Any) -> Iterator[tuple[str, str]]:
    """Yields the problems of a rule's recipients: message and remedy."""
    if not recipients:
        yield "recipients is empty", "Name at least one, or leave recipients out to receive all email."
    else:
        yield from _check_each(recipients)
        if len(recipients) > MAX_RECIPIENTS:
            yield (
                f"there are {len(recipients)} recipients",
                f"SES accepts at most {MAX_RECIPIENTS} in a rule. Split them into several rules.",
            )


def _check_each(recipients: Sequence[Any]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for each in recipients:
        if not isinstance(each, Variable) and not (re.fullmatch(RECIPIENT.pattern, each, re.ASCII)):
            yield (
                f"the recipient {each!r} is neither an email address nor a domain",
                'Write "user@example.com", "example.com", ".example.com" for all subdomains, '
                "or variable() for one of these.",
            )
            continue
        recipient = spell_recipient(each).lower()
        if recipient in seen:
            yield (
                f"the recipient {spell_recipient(each)} is listed twice",
                "Keep one: SES ignores upper and lower case.",
            )
        seen.add(recipient)


def spell_recipient(recipient: str | Variable) -> str:
    """Returns a recipient as it is written in the app."""
    return recipient if isinstance(recipient, str) else spell(recipient)
