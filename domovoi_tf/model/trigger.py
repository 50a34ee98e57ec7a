"""The base class of all triggers: what one decorator declares, and what the later stages ask of it."""

from __future__ import annotations

from .record import Frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from .declarations import StateMachine
    from .names import Name


class Limit(Frozen):
    """What AWS accepts as a name of some kind of thing."""

    what: str
    pattern: str
    longest: int
    allowed: str
    shortest: int = 1


class Source(Frozen):
    """The resource that a trigger listens to: the app's own (``resource``) or somebody else's (``data``).

    ``arguments`` are the resource's, in Terraform's names; a source among them stands for its ARN. ``needs``
    are further resources of the app's own. ``attribute`` is what triggers need of the resource: one that is
    not looked up (``lookup``) is known by its name alone. ``arn_resource`` is the resource part of its ARN,
    with {} for the name.
    """

    type: str
    name: Name
    owned: bool
    arguments: Mapping[str, Any] = {}
    needs: tuple[Source, ...] = ()
    attribute: str = "arn"
    lookup: bool = True
    arn_resource: str = "{}"


class Grant(Frozen):
    """Actions that a function's role must be allowed on a source, or on what an ARN or a variable names.

    ``concern`` names the inline policy.
    """

    concern: str
    actions: tuple[str, ...]
    resource: Source | Name


class ResourceType(Frozen):
    """A type of Terraform resource that the modules and templates create.

    ``noun`` names a resource of the type in plans; ``noun_with`` those that have an attribute, by its name.
    ``main_attribute`` is what a resource is about: plans show a change of it without its name.

    ``find`` returns the ID by which Terraform imports an existing resource, or None. It gets a function that
    makes boto3 clients, and the attributes that Terraform plans. A type without it says in ``adopted`` how
    AWS treats a second request to create the same resource.
    """

    type: str
    noun: str
    noun_with: Mapping[str, str] = {}
    main_attribute: str = ""
    find: Callable[[Callable[[str], Any], Mapping[str, Any]], str | None] | None = None
    adopted: str = ""


class EventRequest(Frozen):
    """A request for an event of a trigger, as its source would send it.

    ``handler`` is the handler's name; ``payload`` is the content that the source wraps in its envelope: a
    message, an item. ``environ`` is the environment of the function, with its ``AWS_LAMBDA_FUNCTION_NAME``.
    ``fields`` replace fields of the envelope, by their names in AWS. ``number``
    tells a record from the others of its batch.
    """

    handler: str
    payload: Any
    environ: Mapping[str, str]
    fields: Mapping[str, Any] = {}
    number: int = 1

    def about(self, payload: Any, fields: Mapping[str, Any] = {}) -> EventRequest:
        """Returns the same request with another payload and other fields."""
        return EventRequest(
            handler=self.handler, payload=payload, environ=self.environ, fields=fields, number=self.number
        )


class Trigger(Frozen):
    """What one decorator declares.

    ``function`` is the name of the Lambda function that gets the events, empty for the default one.
    """

    function: str = ""
    kind: ClassVar[str] = ""
    #: What kinds whose sources share their names have in common; empty for a kind with names of its own.
    namespace: ClassVar[str] = ""
    #: The kind by which the trigger's events arrive, and which identifies them; empty for its own.
    through: ClassVar[str] = ""
    #: The service that invokes the function, where the function's policy must allow that.
    principal: ClassVar[str] = ""
    #: Whether the permission of the principal names the account too: the invoker's ARN does not have it.
    names_account: ClassVar[bool] = False
    #: Outputs of the app's module, by name: the type and attribute of the sources that each collects, and
    #: what it is.
    source_outputs: ClassVar[Mapping[str, tuple[str, str, str]]] = {}
    #: The same for outputs of the trigger's module, collected by handler.
    trigger_outputs: ClassVar[Mapping[str, tuple[str, str]]] = {}
    #: What a `variable()` in the source's place holds: the pattern of it, and words for it.
    variable_holds: ClassVar[tuple[str, str]] = ("", "")
    #: The types of Terraform resources that the kind's template and modules create.
    resource_types: ClassVar[tuple[ResourceType, ...]] = ()
    #: Whether the source itself is the app's, so that two functions cannot share it either.
    exclusive: ClassVar[bool] = False

    def bind(self, machines: Sequence[StateMachine]) -> Trigger:
        """Returns the trigger with what is known once the whole app is: the state machines."""
        return self

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        """Returns what ``identify`` finds in this source's events.

        Args:
            handler: the handler's name.
            environ: the function's environment, for names that Terraform supplies.
        """
        raise NotImplementedError

    def subject(self, handler: str) -> object:
        """Returns the source as declared: two triggers of a function with the same subject collide."""
        raise NotImplementedError

    def describe(self) -> str:
        """Returns the source in a few words."""
        raise NotImplementedError

    def summary(self) -> str:
        """Returns the same, but of all that a handler gets from one and the same thing."""
        return self.describe()

    def source(self, handler: str) -> Source | None:
        """Returns the resource listened to, where it is one that other triggers may share."""
        return None

    def grants(self, handler: str) -> Iterator[Grant]:
        """Yields what the function's role must be allowed to do."""
        yield from ()

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        """Returns the resource part of the ARN of what invokes the function, for a trigger with a principal.

        Args:
            handler: the handler's name.
            name_on_aws: returns a name as AWS knows it.
        """
        source = self.source(handler)
        if source is None:
            raise NotImplementedError
        return source.arn_resource.format(name_on_aws(source.name))

    def arguments(self, handler: str) -> dict[str, Any]:
        """Returns the values that the kind's template prints."""
        return {}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        """Yields every name that AWS will see, with the limit it must keep."""
        return ()

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yields what is wrong with the declaration: message and remedy."""
        yield from ()

    def warnings(self) -> Iterator[str]:
        """Yields what is legal, but probably not meant."""
        yield from ()

    def source_problems(self, arguments: Mapping[str, Any], timeout: int) -> Iterator[tuple[str, str]]:
        """Yields what is wrong with the source for the trigger's function: message and remedy.

        Args:
            arguments: the source's, as all its triggers give them.
            timeout: for how many seconds the function may run.
        """
        yield from ()

    def wrap(self, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """Returns what is called with the events: the handler, or a function that calls it in its own way."""
        return handler

    def sample(self) -> Any:
        """Returns a payload for trying the handler out: one that the source would pass on."""
        return {"id": "1", "message": "hello"}

    def event(self, request: EventRequest) -> dict[str, Any]:
        """Returns the event as the function gets it from the source."""
        raise NotImplementedError

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        """Makes the real source emit an event, and returns what was done in a few words.

        Args:
            client: makes a boto3 client of a service.
            deployed: the environment of the deployed function, with its ``AWS_LAMBDA_FUNCTION_NAME``.
            handler: the handler's name.
            data: the payload, JSON.
        """
        raise NotImplementedError

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> Mapping[str, str] | None:
        """Creates the source in the local emulator where the app or its stage refers to one of another's.

        Returns what was created whose name the emulator chose, by the app's input that takes it.

        Args:
            client: makes a boto3 client of a service.
            deployed: the environment of the functions, as far as it is known, and by their keys in the
                configuration the things of others that the stage refers to.
        """
        return None


def spell(name: Name) -> str:
    """Returns a name as the user wrote it."""
    return name if isinstance(name, str) else f"{type(name).__name__.lower()}({name.name!r})"
