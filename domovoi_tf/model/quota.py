"""Quotas of AWS that an app can reach by the number of its handlers and functions.

https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html
"""

from __future__ import annotations

from typing import NamedTuple

from .record import Frozen


class Quota(Frozen):
    """A number that AWS limits, such as the rules of an event bus.

    ``unit`` is what is counted, in the plural, and ``most`` is the largest number by default. ``code`` is the
    quota's code in Service Quotas if AWS raises it on request; ``kept`` is the part of its number that AWS
    keeps, so that an app can use ``most``. Without a code, AWS rejects more, or, if ``is_shared``, the users
    of a source slow each other down. ``advice`` is the other way out: an imperative sentence without its
    capital letter and its full stop.
    """

    service: str
    unit: str
    most: int
    advice: str
    code: str = ""
    kept: int = 0
    is_shared: bool = False

    @property
    def is_fixed(self) -> bool:
        """Whether AWS rejects more, whatever the account."""
        return not (self.code or self.is_shared)

    def count_for(self, place: str, amount: int = 1) -> QuotaUse:
        """Returns a use of the quota.

        Args:
            place: what has the quota, in words, such as ``the default event bus``.
            amount: how much of the quota is used.
        """
        return QuotaUse(self, place, amount)


class QuotaUse(NamedTuple):
    """The part of a quota that a trigger or a function uses."""

    quota: Quota
    place: str
    amount: int
