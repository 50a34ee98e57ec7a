"""Freezes an app: the application model of what its decorators have declared.

The deployment package does not contain this module: functions do not need the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domovoi_tf.model.application import Application
from domovoi_tf.model.names import Variable

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    defaults = app.sqs_default_queue_attributes
    routes = [_add_queue_attributes(each.route, defaults) if defaults else each.route for each in declared]
    return Application(
        functions=tuple(app._functions),
        routes=tuple(routes),
        notices=tuple(notices),
        faults=tuple(faults),
        state_machines=machines,
        variables=tuple(app._variables),
        shares_names=app._shares_names(),
    )


def _add_queue_attributes(route: Route, attributes: Mapping[str, Any]) -> Route:
    """Returns a route with attributes of the queue that the app creates for it, unless it has its own."""
    trigger, field = route.trigger, route.trigger.queue_attributes_field
    if not field or getattr(trigger, field) is not None:
        return route
    owned = [
        source for source in route.list_sources() if source.owned and not isinstance(source.name, Variable)
    ]
    if not any(source.type == "aws_sqs_queue" for source in owned):
        return route
    return route.replace(trigger=trigger.replace(**{field: attributes}))
