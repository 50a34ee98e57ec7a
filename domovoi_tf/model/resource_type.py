"""The types of Terraform resources that the modules and templates create."""

from __future__ import annotations

from .record import Frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Literal

    #: Whether another resource takes the place of one that is destroyed, and whether it is created first.
    Fate = Literal["destroyed", "replaced", "replaced first"]


class ResourceType(Frozen):
    """A type of Terraform resource that the modules and templates create.

    ``noun`` names a resource of the type in plans; ``noun_with`` has other nouns by the attribute that a
    resource must have. Plans show a change of ``main_attribute`` without its name. ``identity`` are the
    attributes that identify an object on AWS, so that two resources with the same ones are one object.

    ``outage`` says what happens while a resource that delivers no events itself is replaced, and
    ``protection`` is the attribute with which AWS rejects requests to delete it.

    ``kind`` returns the kind of event source whose events a resource with these attributes delivers, and
    ``source`` names the attributes by which another resource delivers the same events. ``lost`` is the data
    that a destroyed resource takes along.

    ``find`` returns the ID by which Terraform imports an existing resource, or None. Its arguments are a
    function that creates boto3 clients, and the planned attributes. A type without it has a sentence in
    ``adopted`` about how AWS treats a second request to create the same resource. If that request erases
    what others have added, ``list_others`` describes it, with the same arguments, and ``advice`` is what to
    do.

    ``reflects`` are the attributes that show what other resources set, each with the type of these and their
    attribute that has the ID of the resource.

    ``setting`` is the key of the configuration, and the input of the app's module, with the settings of the
    resources of the type that the app owns.
    """

    type: str
    noun: str
    identity: tuple[str, ...]
    noun_with: Mapping[str, str] = {}
    main_attribute: str = ""
    kind: Callable[[Mapping[str, Any]], str] | None = None
    source: tuple[str, ...] = ()
    lost: str = ""
    outage: str = ""
    protection: str = ""
    find: Callable[[Callable[[str], Any], Mapping[str, Any]], str | None] | None = None
    adopted: str = ""
    list_others: Callable[[Callable[[str], Any], Mapping[str, Any]], Sequence[str]] | None = None
    advice: str = ""
    setting: str = ""
    reflects: Mapping[str, tuple[str, str]] = {}
