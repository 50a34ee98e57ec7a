"""Finds the quotas of AWS that an app exceeds, before AWS does.

A quota that AWS does not raise is a problem. Others are warnings, because the account may have a higher one:
the configuration can state its number.
"""

from __future__ import annotations

from collections.abc import Iterator

from domovoi_tf.errors import Problem
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Location, Notice
from domovoi_tf.model.quota import Quota, QuotaUse
from domovoi_tf.settings import Settings
from domovoi_tf.validation.quotas.function_quotas import count_functions

#: The number of places that a warning names.
_NAMED = 3


class Excess:
    """The use of a quota by one place, with the location at which it exceeds the quota.

    Args:
        use: a use of the quota by the place; `add` counts it.
        most: the largest number in the account.
    """

    def __init__(self, use: QuotaUse, most: int) -> None:
        self.place, self.quota, self.most, self.total = use.place, use.quota, most, 0
        self.location: Location | None = None

    def add(self, location: Location, amount: int) -> None:
        """Adds to the use."""
        self.total += amount
        if self.location is None and self.total > self.most:
            self.location = location


def check_quotas(application: Application, settings: Settings) -> Iterator[Problem]:
    """Yields a problem for each quota that AWS does not raise, where the app exceeds it.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    for quota, excesses in _find_excesses(application, settings).items():
        advice = f"{quota.advice[:1].upper()}{quota.advice[1:]}."
        for excess in excesses if quota.is_fixed else ():
            yield Problem(
                str(excess.location),
                f"{excess.place} would have {excess.total:,} {quota.unit}",
                f"{quota.service} allows at most {quota.most:,}, and does not raise this quota. {advice}",
            )


def find_exceeded_quotas(application: Application, settings: Settings) -> Iterator[Notice]:
    """Yields a notice for each quota that the app exceeds and that the account may have raised.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    for quota, excesses in _find_excesses(application, settings).items():
        location = excesses[0].location
        if quota.is_fixed or location is None:
            continue
        first, *others = excesses
        totals = [f"{first.place} would have {first.total:,} {quota.unit}"]
        totals += [f"{each.place} {each.total:,}" for each in others[: _NAMED - 1]]
        rest = f" and {len(excesses) - _NAMED} more" if len(excesses) > _NAMED else ""
        message = f"{', '.join(totals)}{rest}; {_describe_way_out(quota, settings)}"
        yield Notice(location=location, message=message)


def _describe_way_out(quota: Quota, settings: Settings) -> str:
    if quota.is_shared:
        return f"{quota.service} throttles more than {quota.most:,}: {quota.advice}"
    if (number := settings.quotas.get(quota.code)) is not None:
        return (
            f"{quota.service} allows {_find_most(quota, settings):,}, because quotas.{quota.code} is "
            f"{number:,}: raise the quota further, or {quota.advice}"
        )
    return (
        f"{quota.service} allows {quota.most:,} by default: raise the quota {quota.code} and set "
        f"quotas.{quota.code} to its number, or {quota.advice}"
    )


def _find_most(quota: Quota, settings: Settings) -> int:
    """Returns the largest number in the account: the configured one, or the default."""
    number = settings.quotas.get(quota.code)
    return quota.most if number is None else max(number - quota.kept, 0)


def _find_excesses(application: Application, settings: Settings) -> dict[Quota, list[Excess]]:
    """Returns the places that exceed each quota, in the order of the declarations."""
    uses: dict[tuple[str, str, str], Excess] = {}
    for location, use in _list_uses(application, settings):
        key = (use.quota.service, use.quota.unit, use.place)
        if key not in uses:
            uses[key] = Excess(use, _find_most(use.quota, settings))
        uses[key].add(location, use.amount)
    found: dict[Quota, list[Excess]] = {}
    for excess in uses.values():
        if excess.location is not None:
            found.setdefault(excess.quota, []).append(excess)
    return found


def _list_uses(application: Application, settings: Settings) -> Iterator[tuple[Location, QuotaUse]]:
    yield from count_functions(application, settings)
    for route in application.routes:
        for use in route.trigger.list_quotas(route.handler):
            yield route.location, use
