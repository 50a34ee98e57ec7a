"""The input variables that an app declares with ``variable()``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domovoi_tf.errors import Problem
from domovoi_tf.model.application import Route
from domovoi_tf.model.declarations import Location
from domovoi_tf.model.names import Variable

#: The module's own inputs (templates/app/variables.tf.j2), and names that Terraform keeps for module calls.
RESERVED = frozenset(
    """
    name environment_variables memory_size timeout description package_s3 runtime architecture
    ephemeral_storage_size layers vpc
    reserved_concurrent_executions xray log_retention_in_days log_format kms_key dead_letter_queue
    maximum_retry_attempts maximum_event_age_in_seconds on_failure on_success publish role
    permissions_boundary autogen_policy policies tags functions
    source version providers count for_each lifecycle depends_on locals
    """.split()  # noqa: SIM905 - a list of names reads better one after another
)


def variables(route: Route) -> Iterator[tuple[Variable, str, str]]:
    """Yields the variables of a route, each with the pattern of what it holds, and words for it."""
    trigger = route.trigger
    source = trigger.source(route.handler)
    if source is not None and isinstance(source.name, Variable):
        yield source.name, *trigger.variable_holds
    for limit, name in trigger.names(route.handler):
        if isinstance(name, Variable) and (source is None or name != source.name):
            yield name, f"^{limit.pattern}$", limit.what


def _reserved(found: Iterable[tuple[Location, Variable]]) -> Iterator[Problem]:
    for location, variable in found:
        if variable.name in RESERVED:
            yield Problem(
                str(location),
                f"variable({variable.name!r}) has the name of an input that the app's module has itself",
                "Choose another name.",
            )


def _secret_sources(listened: Iterable[tuple[Location, Variable]], secret: set[str]) -> Iterator[Problem]:
    for location, variable in listened:
        if variable.sensitive or variable.name in secret:
            yield Problem(
                str(location),
                f"variable({variable.name!r}) is sensitive: Terraform would hide the policies and the event "
                "source that it is part of",
                "Leave sensitive=True out: names and ARNs are no secrets.",
            )


def _unlike(read: Iterable[tuple[Location, Variable]]) -> Iterator[Problem]:
    first: dict[str, tuple[Location, bool]] = {}
    for location, variable in read:
        earlier, sensitive = first.setdefault(variable.name, (location, variable.sensitive))
        if sensitive != variable.sensitive:
            yield Problem(
                str(location),
                f"variable({variable.name!r}) is sensitive here or at {earlier}, and not in both",
                "Say the same in both.",
            )
