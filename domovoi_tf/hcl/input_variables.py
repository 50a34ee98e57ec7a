"""The input variables of the app's module: those of its own and those that routes refer to."""

from __future__ import annotations

from collections.abc import Iterator

from domovoi_tf.model.application import Route
from domovoi_tf.model.names import Variable

#: The module's own inputs (templates/app/variables.tf.j2).
MODULE_INPUTS = frozenset(
    """
    name environment_variables memory_size timeout description package_s3 runtime architecture
    ephemeral_storage_size layers vpc
    reserved_concurrent_executions xray log_retention_in_days log_format kms_key dead_letter_queue
    maximum_retry_attempts maximum_event_age_in_seconds on_failure on_success publish role
    permissions_boundary autogen_policy policies tags functions
    """.split()  # noqa: SIM905 - a list of names is easier to read one after another
)
#: https://developer.hashicorp.com/terraform/language/block/variable
META_ARGUMENTS = frozenset(
    ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"]
)


def find_variables(route: Route) -> Iterator[tuple[Variable, str, str]]:
    """Yields the variables of a route, each with a regular expression for its value and a description."""
    trigger = route.trigger
    source = trigger.source(route.handler)
    if source is not None and isinstance(source.name, Variable):
        yield source.name, *trigger.variable_format
    for limit, name in trigger.names(route.handler):
        if isinstance(name, Variable) and (source is None or name != source.name):
            yield name, f"^{limit.pattern}$", limit.noun
