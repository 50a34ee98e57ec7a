"""Recipients of receipt rules: which rule covers which address."""

from __future__ import annotations

import re

from ...model.names import Variable
from ...model.trigger import Limit, spell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any


_PART = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"


RECIPIENT = Limit(
    noun="email address or domain",
    pattern=rf"([^@\s]+@|[.])?{_PART}([.]{_PART})+",
    max_length=320,
    allowed="user@example.com, example.com or .example.com",
)


#: The condition of a rule that names no recipients.
ALL = ""


#: No event names its rule: what tells handlers apart are the recipients.
KEY = "email"


def _covering(condition: str) -> Iterator[str]:
    """Yields the conditions that hold wherever one does, the most specific first: itself, ..., but ALL.

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


def _address(condition: str) -> str:
    """Returns an address that a condition matches."""
    if "@" in condition:
        return condition
    return f"someone@{'mail' * condition.startswith('.')}{condition or 'example.com'}"


# https://docs.aws.amazon.com/ses/latest/dg/quotas.html
MOST_RECIPIENTS = 500


def _wrong(recipients: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(recipients, (list, tuple)):
        yield f"recipients is {recipients!r}, not a list", 'Write ["user@example.com"].'
    elif not recipients:
        yield "recipients is empty", "Name some, or leave it out to get all mail."
    else:
        yield from _wrong_each(recipients)
        if len(recipients) > MOST_RECIPIENTS:
            yield f"there are {len(recipients)} recipients", f"SES takes at most {MOST_RECIPIENTS} a rule."


def _wrong_each(recipients: Sequence[Any]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for each in recipients:
        if not isinstance(each, Variable) and not (
            isinstance(each, str) and re.fullmatch(RECIPIENT.pattern, each, re.ASCII)
        ):
            yield (
                f"the recipient {each!r} is neither an email address nor a domain",
                'Write "user@example.com", "example.com", ".example.com" for its subdomains, '
                "or variable() that holds one of these.",
            )
            continue
        spelled = _spell(each).lower()
        if spelled in seen:
            yield f"the recipient {_spell(each)} is there twice", "SES does not tell cases apart. Keep one."
        seen.add(spelled)


def _spell(recipient: str | Variable) -> str:
    return recipient if isinstance(recipient, str) else spell(recipient)
