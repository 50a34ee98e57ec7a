"""Freezes an app: the application model of what its decorators have declared.

The deployment package does not contain this module: functions do not need the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domovoi_tf.model.application import Application
from domovoi_tf.model.names import Variable
from domovoi_tf.model.trigger import spell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domovoi_tf.model.trigger import Route


def freeze(app: Any) -> Application:
    """Returns everything that an app has declared so far.

    Args:
        app: the `Domovoi` object. Its later declarations do not change the result.
    """
    declared, machines, notices, faults = app._resolve()
    if machines:
        from domovoi_tf.model.asl import drop_handlers

        machines = tuple(each.replace(definition=drop_handlers(each.definition)) for each in machines)
    routes, defaults = [each.route for each in declared], app.sqs_default_queue_attributes
    if defaults:
        routes = [_add_queue_attributes(each, defaults, routes) for each in routes]
    return Application(
        functions=tuple(app._functions),
        routes=tuple(routes),
        notices=tuple(notices),
        faults=tuple(faults),
        state_machines=machines,
        variables=tuple(app._variables),
        shares_names=app._shares_names(),
    )


def _add_queue_attributes(route: Route, defaults: Mapping[str, Any], routes: Sequence[Route]) -> Route:
    """Returns a route with attributes of the queue that the app creates for it, unless it has its own.

    Those that another decorator sets for the same queue are left out.
    """
    trigger, field = route.trigger, route.trigger.queue_attributes_field
    if not field or getattr(trigger, field) is not None:
        return route
    queues = _list_queues(route)
    if not queues:
        return route
    own: set[str] = set()
    for each in routes:
        attributes = getattr(each.trigger, each.trigger.queue_attributes_field, None)
        if isinstance(attributes, dict) and not queues.isdisjoint(_list_queues(each)):
            own |= attributes.keys()
    is_shared = isinstance(defaults, dict) and not own.isdisjoint(defaults)
    values = {name: value for name, value in defaults.items() if name not in own} if is_shared else defaults
    return route.replace(trigger=trigger.replace(**{field: values}))


def _list_queues(route: Route) -> set[str]:
    """Returns the names of the queues that the app creates for a route."""
    return {
        spell(source.name)
        for source in route.list_sources()
        if source.type == "aws_sqs_queue" and source.owned and not isinstance(source.name, Variable)
    }
