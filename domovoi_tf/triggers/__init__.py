"""Event source kinds, one module each: what a decorator declares, and how its events are recognised.

A kind's module has the name of its template (``templates/app/<kind>.tf.j2``) and of its tests. It has a class
derived from :class:`~domovoi_tf.model.trigger.Trigger` and these functions, of which only the first is
always needed:

- ``identify(item)`` returns the keys of an event or of one record; None among them is AWS's own check.
- ``unwrap(item)`` returns the handler's event, where events come alone and not as the records of a batch.
- ``records(item)`` returns the handler's records, where a record that arrives holds others.
- ``choose(routes, item)`` returns the handler, where handlers share a key: of those with the trigger's, or
  None where none is meant.
- ``addressed(item, context, keys)`` returns the event, where only the function's ARN says whose it is.
- ``conflicts(keyed, functions)`` yields the routes that cannot stand beside the others, and why. In it
  ``keyed`` are the kind's routes with their keys, ``functions`` the names of the app's functions on AWS.
- ``outputs(triggers)`` yields further outputs of the app's module: name, description and values by key.
"""

from __future__ import annotations

from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..model.trigger import ResourceType, Trigger


def kind_module(kind: str) -> Any:
    """Imports the module of an event source kind; only the kinds that an app uses are ever imported."""
    # Not importlib.import_module: this runs at a cold start, and needs no more than what is built in.
    return __import__(f"{__package__}.{kind}", fromlist=["declare"])


def list_kinds() -> tuple[str, ...]:
    """Returns the names of all kinds, sorted: a kind exists because its module does."""
    from pkgutil import iter_modules

    return tuple(sorted(each.name for each in iter_modules(__path__) if not each.name.startswith("_")))


def trigger_class(kind: str) -> type[Trigger]:
    """Returns the class of a kind's triggers."""
    from ..model.trigger import Trigger

    return next(
        value
        for value in vars(kind_module(kind)).values()
        if isinstance(value, type) and issubclass(value, Trigger) and value.kind == kind
    )


@cache
def resource_types() -> dict[str, ResourceType]:
    """Returns the types of Terraform resources that the tree of an app can have, by their Terraform names."""
    from ..model.trigger import Trigger
    from ._shared.resources import FUNCTION_RESOURCES

    members = [value for kind in list_kinds() for value in vars(kind_module(kind)).values()]
    classes = [value for value in members if isinstance(value, type) and issubclass(value, Trigger)]
    declared = [*FUNCTION_RESOURCES, *(each for cls in classes for each in cls.resource_types)]
    return {each.type: each for each in declared}
