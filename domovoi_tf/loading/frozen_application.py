"""Freezes an app: the application model of what its decorators have declared.

The deployment package does not contain this module: functions do not need the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domovoi_tf.loading.arguments.calls import Call, list_parameters, select_arguments, spell_finding
from domovoi_tf.loading.arguments.recorded_calls import check_calls
from domovoi_tf.loading.arguments.types import find_wrong_value
from domovoi_tf.loading.middleware_checks import find_middleware_faults, find_middleware_notices
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Fault, Notice
from domovoi_tf.model.names import Variable
from domovoi_tf.model.trigger import spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from domovoi_tf.model.trigger import Route

_DICT = 'Write app.sqs_default_queue_attributes = {"VisibilityTimeout": 320}.'


def freeze(app: Any, import_kind: Callable[[str], Any]) -> Application:
    """Returns everything that an app has declared so far.

    Args:
        app: the `Domovoi` object. Its later declarations do not change the result.
        import_kind: imports the module of a kind of event source.
    """
    calls = [Call(*each) for each in app._calls]
    check_calls(app)
    _add_permissions(app, calls)
    declared, machines, notices, faults = app._resolve()
    if machines:
        from domovoi_tf.model.asl import drop_handlers

        machines = tuple(each.replace(definition=drop_handlers(each.definition)) for each in machines)
    faults += find_middleware_faults(app)
    notices += find_middleware_notices(app)
    routes = [each.route for each in declared]
    defaults = app.sqs_default_queue_attributes
    if not (defaults is None or (type(defaults) is dict and not defaults)):
        sqs = import_kind("sqs")
        completed, problems = _add_default_attributes(routes, defaults, sqs.check_attribute)
        faults += problems
        notices += _find_unknown_limits(routes, completed)
        routes = completed
    return Application(
        functions=tuple(app._functions),
        routes=tuple(routes),
        notices=tuple(notices),
        faults=tuple(faults),
        state_machines=machines,
        variables=tuple(app._variables),
        shares_names=app._shares_names(),
        has_middleware=bool(app._chain),
    )


def _add_permissions(app: Any, calls: Iterable[Call]) -> None:
    """Adds what functions may start and which of them get a variable, which they need not know in Lambda."""
    for call in calls:
        if list_parameters(call.function).keys().isdisjoint(("starts", "functions")):
            continue
        arguments = select_arguments(call)
        starts, functions = arguments.get("starts"), arguments.get("functions")
        if call.function.__name__ == "__init__" and starts is not None:
            app._functions[0] = app._functions[0].replace(location=call.location)
        for number, each in enumerate(app._functions):
            if each.location is call.location and starts is not None:
                app._functions[number] = each.replace(starts=_name_machines(starts))
        for number, each in enumerate(app._variables):
            if each.location is call.location and functions is not None:
                app._variables[number] = each.replace(functions=tuple(functions))


def _name_machines(starts: Iterable[Any]) -> tuple[str, ...]:
    """Returns the names of state machines, of which some are what registering them returned."""
    return tuple(each if isinstance(each, str) else each.machine.name for each in starts)


def list_defaults(app: Any) -> dict[str, str]:
    """Returns the defaults of the variables that an app has declared so far, by name.

    Args:
        app: the `Domovoi` object. Its declarations need not be correct.
    """
    defaults = {each.variable.name: each.default for each in app._variables}
    return {name: default for name, default in defaults.items() if type(default) is str}


def _add_default_attributes(
    routes: list[Route], defaults: Any, check: Callable[[str, Any], Iterable[tuple[str, str]]]
) -> tuple[list[Route], list[Fault]]:
    """Returns the routes with the app's default attributes, and the problems of these.

    Attributes with problems are left out. The problems are located at the first decorator that has the
    defaults: the line that sets them is not known.
    """
    valid: dict[str, Any] = {}
    if wrong := find_wrong_value(defaults, "Mapping[str, Name | Any]"):
        problems = [spell_finding("queue_attributes", wrong, "" if wrong.path else _DICT)]
    else:
        found = {name: list(check(name, value)) for name, value in defaults.items()}
        valid = {name: value for name, value in defaults.items() if not found[name]}
        problems = [problem for each in found.values() for problem in each]
    completed = [_add_queue_attributes(route, valid, routes) for route in routes]
    users = [new.location for old, new in zip(routes, completed, strict=True) if new is not old]
    faults = [
        Fault(
            location=users[0],
            message=message.replace("queue_attributes", "app.sqs_default_queue_attributes", 1),
            remedy=remedy,
        )
        for message, remedy in problems
        if users
    ]
    return completed, faults


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
        other: Any = each.trigger
        attributes = getattr(other, other.queue_attributes_field, None)
        if isinstance(attributes, dict) and not queues.isdisjoint(_list_queues(each)):
            own |= attributes.keys()
        if getattr(other, "max_receive_count", None) and spell(other.queue_name) in queues:
            own.add("RedrivePolicy")
    values = {name: value for name, value in defaults.items() if name not in own}
    return route.replace(trigger=trigger.replace(**{field: values}))


def _find_unknown_limits(routes: Iterable[Route], completed: Iterable[Route]) -> Iterator[Notice]:
    """Yields a notice for each handler that needs the limit of receives, which only the defaults define.

    The defaults exist only when the app is rendered; a handler in Lambda knows its own decorator.
    """
    for old, new in zip(routes, completed, strict=True):
        trigger: Any = new.trigger
        added = new is not old and "RedrivePolicy" in getattr(trigger, trigger.queue_attributes_field)
        if added and trigger.kind == "sqs" and trigger.makes_wait():
            yield Notice(
                location=new.location,
                message="per_record on a FIFO queue needs to know the limit of receives, and the handler "
                "cannot read app.sqs_default_queue_attributes: SQS may move messages that wait for a "
                "failed one of their group to the dead-letter queue before they are handled. Set "
                "max_receive_count or RedrivePolicy in the decorator",
            )


def _list_queues(route: Route) -> set[str]:
    """Returns the names of the queues that the app creates for a route."""
    return {
        spell(source.name)
        for source in route.list_sources()
        if source.type == "aws_sqs_queue" and source.owned and not isinstance(source.name, Variable)
    }
