"""Counts what functions and state machines use of the quotas of an account."""

from __future__ import annotations

from collections.abc import Iterator

from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Location
from domovoi_tf.model.quota import QuotaUse
from domovoi_tf.settings import CONFIG, Settings
from domovoi_tf.settings.effective import resolve_function_settings
from domovoi_tf.triggers._quotas.service_quotas import RESERVED_CONCURRENCY, ROLES


def count_functions(application: Application, settings: Settings) -> Iterator[tuple[Location, QuotaUse]]:
    """Yields what the functions and state machines of an app use, each with the location that declares it.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    configuration = Location(file=CONFIG, line=1)
    for function in application.deployed_functions:
        effective = resolve_function_settings(function, settings)
        if effective.iam_role_arn is None:
            yield function.location or configuration, ROLES.count_for("the app")
        if effective.reserved_concurrency:
            yield configuration, RESERVED_CONCURRENCY.count_for("the app", effective.reserved_concurrency)
    for machine in application.state_machines:
        yield machine.location, ROLES.count_for("the app")
