"""Checks the recorded calls that declare an app, and withdraws declarations with values of wrong types.

What remains has the types that the signatures state, so that no later check meets other ones.
"""

from __future__ import annotations

from collections.abc import Collection
from inspect import Parameter
from typing import Any

from domovoi_tf.loading.arguments.calls import (
    Call,
    Wrong,
    find_wrong_arguments,
    list_parameters,
    name_arguments,
    select_arguments,
)
from domovoi_tf.model.declarations import Fault, Location
from domovoi_tf.runtime.executions import Executions

#: Arguments of the methods that return a value, for calls without them. They are part of no declaration.
_PLACEHOLDERS: dict[str, dict[str, Any]] = {
    "function": {"name": ""},
    "variable": {"name": "missing"},
    "register_state_machine": {"definition": {}},
    "middleware": {},
    "register_middleware": {"func": lambda event, get_response: get_response(event)},
}


def repeat_call(app: Any) -> Any:
    """Repeats the last call of an app's method without its wrong arguments, and returns the result.

    The import of the app goes on, so that its other problems are found too.

    Args:
        app: the `Domovoi` object.
    """
    call = Call(*app._calls[-1])
    return call.function(app, **{**_PLACEHOLDERS[call.function.__name__], **select_arguments(call)})


def check_calls(app: Any) -> None:
    """Adds a fault for each wrong argument of an app's calls so far, and withdraws what the calls declared.

    Args:
        app: the `Domovoi` object.
    """
    calls = [Call(*each) for each in app._calls]
    app._calls.clear()
    withdrawn: list[Location] = []
    wrong_names: list[Any] = []
    for call in calls:
        wrong = find_wrong_arguments(call)
        arguments = name_arguments(call)
        if call.function.__name__ == "function" and any(each.argument == "name" for each in wrong):
            wrong_names.append(arguments.get("name"))
        # A function's name that is wrong is no further problem of the handlers that use it.
        repeated = any(each is arguments.get("function", wrong_names) for each in wrong_names)
        if wrong:
            # Python's own message about the same arguments is replaced.
            app._faults[:] = [each for each in app._faults if each.location is not call.location]
            app._faults += [
                Fault(location=call.location, message=message, remedy=remedy, argument=argument)
                for argument, message, remedy in wrong
                if not ((repeated and argument == "function") or _is_misspelt(argument, message, wrong))
            ]
        names = {each.argument for each in wrong} - {""}
        if _refers_to(call, withdrawn) or (wrong and not _repair(app, call, names)):
            _remove(app, call.location)
            withdrawn.append(call.location)
    app._table = app._executions = None


def _is_misspelt(argument: str, message: str, wrong: Collection[Wrong]) -> bool:
    """Whether an argument is missing because another one of the call is meant, as its remedy says."""
    is_missing = message.endswith(f"needs the argument {argument}")
    return is_missing and any(each.remedy.startswith(f"Did you mean {argument}? ") for each in wrong)


def _refers_to(call: Call, withdrawn: Collection[Location]) -> bool:
    """Whether the task of a call belongs to a state machine that is withdrawn."""
    values = (*call.args, *call.kwargs.values())
    machines = [value.machine for value in values if type(value) is Executions]
    return any(machine.location is each for machine in machines for each in withdrawn)


def _repair(app: Any, call: Call, wrong: Collection[str]) -> bool:
    """Replaces wrong arguments by their defaults, so that other problems of the declaration are found.

    Returns False if an argument has no default, or if nothing remains to check.
    """
    location, name = call.location, call.function.__name__
    parameters = list_parameters(call.function)
    if any(each not in parameters or parameters[each].default is Parameter.empty for each in wrong):
        return False
    if (
        name in ("middleware", "register_middleware")
        or (name == "variable" and {*wrong} != {"default"})
        or (name == "register_state_machine" and {"name", "function"} & {*wrong})
    ):
        return False
    for declared in (app._functions, app._registered, app._variables):
        for number, each in enumerate(declared):
            if each.location is location:
                declared[number] = each.replace(**{name: parameters[name].default for name in wrong})
    for number, each in enumerate(app._declared):
        if each.route.location is location and name != "register_state_machine":
            app._declared[number] = _repeat_declaration(each, call)
    return True


def _repeat_declaration(declared: Any, call: Call) -> Any:
    """Returns what a decorator declares without its wrong arguments."""
    trigger = call.function(**select_arguments(call))
    definition = "" if trigger.handler_name is not None else getattr(declared.definition, "__name__", "")
    name = declared.route.handler or (definition if definition.isidentifier() else "")
    return declared.replace(route=declared.route.replace(trigger=trigger, handler=name))


def _remove(app: Any, location: Location) -> None:
    for declarations in (app._functions, app._variables, app._registered):
        declarations[:] = [each for each in declarations if each.location is not location]
    app._declared[:] = [each for each in app._declared if each.route.location is not location]
    if app._chain:
        app._chain.declared[:] = [each for each in app._chain.declared if each[-1] is not location]
