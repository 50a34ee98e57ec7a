"""The event source kinds, one module each: the decorator, its Terraform and its events.

The module of a kind has the same name as its template (``templates/app/<kind>.tf.j2``) and the folder of its
tests. It defines a class derived from :class:`~domovoi_tf.model.trigger.Trigger` and these functions, of
which only ``declare`` and ``identify`` are required:

- ``declare(...)`` returns a trigger; its signature and docstring are those of the decorator. Rendering
  accepts only values of the types that its annotations state. ``REMEDIES`` has remedies by argument.
- ``identify(item)`` returns the keys of an event or of one record. A key of None is a connection test of AWS.
- ``unwrap(item)`` returns the event for the handler. Kinds have it whose events are not batches of records.
- ``split_record(item)`` returns the records for the handler, if a record contains others.
- ``make_chooser(routes)`` returns a function that takes an item and returns the handler, or None, if several
  triggers have the same key. The function resolves names at its first item, not before.
- ``make_addresser(keys)`` returns a function that takes an event and the context and returns the event with
  its key, if only the ARN of the invoked function identifies the handler.
- ``find_conflicts(keyed, functions)`` yields the problems between several routes. ``keyed`` are the routes of
  the kind with their keys, ``functions`` the names of the app's functions on AWS.
- ``find_shared_settings(routes, stages)`` yields messages about settings of sources that several owners
  would write, each with its route: several stages, or the app and somebody else.
- ``predict_creations(routes, deployed)`` yields the types and attributes of resources that a first plan would
  create, and that AWS replaces as a whole if they exist; for ``doctor``, which has no plan.
- ``collect_outputs(triggers)`` yields further outputs of the app's module: name, description, values by key.
"""

from __future__ import annotations

from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..model.resource_type import ResourceType
    from ..model.trigger import Trigger


def import_kind(kind: str) -> Any:
    """Imports the module of an event source kind. An app imports only the kinds that it uses."""
    # Not importlib.import_module: this runs at a cold start, and must not import more.
    return __import__(f"{__package__}.{kind}", fromlist=["declare"])


def list_kinds() -> tuple[str, ...]:
    """Returns the names of all kinds, which are those of the modules here, sorted."""
    from pkgutil import iter_modules

    return tuple(sorted(each.name for each in iter_modules(__path__) if not each.name.startswith("_")))


def list_trigger_classes(kind: str) -> list[type[Trigger]]:
    """Returns the classes of a kind's triggers, of which the first is the main one."""
    from ..model.trigger import Trigger

    types = [each for each in vars(import_kind(kind)).values() if isinstance(each, type)]
    return [each for each in types if issubclass(each, Trigger) and each.kind == kind]


def get_trigger_class(kind: str) -> type[Trigger]:
    """Returns the main class of a kind's triggers."""
    for each in list_trigger_classes(kind):
        return each
    raise LookupError(f"domovoi_tf/triggers/{kind}.py has no class derived from Trigger with kind = {kind!r}")


@cache
def list_resource_types() -> dict[str, ResourceType]:
    """Returns the types of Terraform resources that the tree of an app can have, by their Terraform names."""
    from ..model.trigger import Trigger
    from ._shared.function_resources import FUNCTION_RESOURCES

    members = [value for kind in list_kinds() for value in vars(import_kind(kind)).values()]
    classes = [value for value in members if isinstance(value, type) and issubclass(value, Trigger)]
    declared = [*FUNCTION_RESOURCES, *(each for cls in classes for each in cls.resource_types())]
    return {each.type: each for each in declared}
