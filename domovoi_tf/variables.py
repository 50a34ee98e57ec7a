"""The input variables that an app declares with ``variable()``."""

from __future__ import annotations

from collections.abc import Iterator

from domovoi_tf.model import Route
from domovoi_tf.names import Variable

#: The module's own inputs (templates/app/variables.tf.j2), and names that Terraform keeps for module calls.
RESERVED = frozenset(
    """
    name environment_variables memory_size timeout description runtime architecture ephemeral_storage_size
    layers vpc reserved_concurrent_executions xray log_retention_in_days log_format kms_key dead_letter_queue
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
