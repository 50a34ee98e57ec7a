"""The base class of triggers, which is the interface of the event source kinds, and the records around it."""

from __future__ import annotations

from .record import Frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, ClassVar

    from .declarations import Location, StateMachine
    from .event_request import EventRequest, SentPayload
    from .names import Name
    from .quota import QuotaUse
    from .resource_type import Fate, ResourceType


class Limit(Frozen):
    """The constraints that AWS puts on a kind of name.

    ``noun`` is what the name is of, in words, and ``allowed`` names the characters that ``pattern`` accepts.
    If a name has a structure, ``form`` shows it instead. ``whole_pattern`` is for a name that contains those
    of the app and the stage. ``reserved`` are beginnings and ends that AWS reserves, such as ``aws/*``. If
    ``is_lower_case``, problems suggest a spelling without capitals and ``_``.
    """

    noun: str
    pattern: str
    max_length: int
    allowed: str
    min_length: int = 1
    form: str = ""
    whole_pattern: str = ""
    reserved: tuple[str, ...] = ()
    is_lower_case: bool = False


class Source(Frozen):
    """The resource that a trigger listens to. The app owns it (``resource``) or refers to it by its name.

    ``arguments`` are those of the resource, by their names in Terraform; a source as a value becomes its ARN.
    ``needs`` are sources that belong to it, such as a dead-letter queue. ``attribute`` is what triggers refer
    to. If the app does not own it, its ARN has its ``service``; without one, a data source (``lookup``) finds
    the attribute, or triggers refer to the name. ``arn_resource`` is the ARN's last part, with {} for the
    name. ``companions`` are the types of resources with its label, which follows ``label_name`` if given.
    """

    type: str
    name: Name
    owned: bool
    arguments: Mapping[str, Any] = {}
    needs: tuple[Source, ...] = ()
    attribute: str = "arn"
    service: str = ""
    lookup: bool = True
    arn_resource: str = "{}"
    companions: tuple[str, ...] = ()
    label_name: Name | None = None


class Grant(Frozen):
    """Actions that a function's execution role needs on a resource: a source, or an ARN.

    ``concern`` names the inline policy.
    """

    concern: str
    actions: tuple[str, ...]
    resource: Source | Name


class Trigger(Frozen):
    """The declaration of one decorator; each kind of event source derives its own class.

    ``function`` is the name of the Lambda function that receives the events, empty for the default function.
    ``handler_name`` is the handler's name if the decorator sets it.
    """

    function: str = ""
    handler_name: str | None = None
    kind: ClassVar[str] = ""
    #: Kinds with the same namespace share the names of their sources; by default each has its own names.
    namespace: ClassVar[str] = ""
    #: The kind whose envelope the events arrive in, and whose module identifies them; by default its own.
    delivery_kind: ClassVar[str] = ""
    #: The service principal that invokes the function, if a resource-based policy must allow it.
    principal: ClassVar[str] = ""
    #: Whether the permission for the principal has a condition on the account (``source_account``) too.
    names_account: ClassVar[bool] = False
    names_file: ClassVar[bool] = False  # whether a payload can name what a file contains, as for objects
    #: Outputs of the app's module that collect an attribute of sources: (resource type, attribute,
    #: description) by name.
    source_outputs: ClassVar[Mapping[str, tuple[str, str, str]]] = {}
    #: Outputs of the app's module that collect an output of the trigger's module by handler: (output,
    #: description) by name; `arguments.NAME` instead of the output collects an argument of the template.
    trigger_outputs: ClassVar[Mapping[str, tuple[str, str]]] = {}
    setting: ClassVar[str] = ""  # the key and the input with settings of the trigger's resources
    #: The format of a `variable()` in place of the source's name: a pattern, and words for it.
    variable_format: ClassVar[tuple[str, str]] = ("", "")
    queue_attributes_field: ClassVar[str] = ""  # the field with the attributes of a queue of the trigger
    exclusive: ClassVar[bool] = False  # whether two functions cannot share the source either
    per_function: ClassVar[bool] = False  # whether a function, as the source, can have only one trigger
    has_module: ClassVar[bool] = True  # whether the kind has Terraform resources
    cost: ClassVar[str] = ""  # what is lost, or read again, if the resources are replaced, in words
    #: The time without a trigger meanwhile, and what ends if the resources are not created again, in words.
    gap: ClassVar[str] = "nobody listens for a few seconds"
    ending: ClassVar[str] = ""
    emulator_gap: ClassVar[str] = ""  # what the local emulator does not deliver, in words
    has_call: ClassVar[bool] = True  # whether each trigger has a call of the module, or several together
    #: A word for a source without a name in labels, and the fields that name it; empty if `source` does.
    label_source: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        """Returns the types of Terraform resources that the kind's template and modules create."""
        return ()

    @classmethod
    def explain_loss(cls, values: Mapping[str, Any], fate: Fate) -> str:
        """Returns what is lost, or read again, if the resource that delivers the events is destroyed.

        Args:
            values: the attributes of the resource.
            fate: what becomes of it.
        """
        if fate == "replaced first":
            return "nothing is lost: the new one is created first"
        return f"{cls.cost} ({cls.gap})" if fate == "replaced" else cls.ending

    def bind(self, machines: Sequence[StateMachine]) -> Trigger:
        """Returns the trigger, completed with what is known only of the whole app: the state machines."""
        return self

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        """Returns the key that the kind's ``identify`` finds in the events of this source.

        Args:
            handler: the handler's name.
            environ: the function's environment, which has the names that Terraform supplies.
        """
        raise NotImplementedError

    def subject(self, handler: str) -> object:
        """Returns the source as declared; two triggers of a function with the same subject are a conflict."""
        raise NotImplementedError

    def spell_source(self) -> str:
        """Returns what the events come from, which tells functions with the same name apart."""
        return str(self.subject(""))

    def describe(self) -> str:
        """Returns a short description of the source."""
        raise NotImplementedError

    def summary(self) -> str:
        """Returns the description that stands for all triggers of a handler with the same summary."""
        return self.describe()

    def source(self, handler: str) -> Source | None:
        """Returns the resource that the trigger listens to, if other triggers may share it."""
        return None

    def call_name(self) -> str:
        """Returns the name of what triggers share a module call for; empty if each has its own call."""
        return ""

    def replacement_cost(self) -> str:
        """Returns what is lost, or read again, if the trigger's resources are destroyed and created again."""
        return self.cost

    def grants(self, handler: str) -> Iterator[Grant]:
        """Yields the permissions that the function's execution role needs."""
        yield from ()

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        """Returns the resource part of the ARN that the trigger's principal invokes the function for.

        Args:
            handler: the handler's name.
            name_on_aws: returns the name of a resource on AWS.
        """
        source = self.source(handler)
        if source is None:
            raise NotImplementedError
        return source.arn_resource.format(name_on_aws(source.name))

    def arguments(self, handler: str) -> dict[str, Any]:
        """Returns the values that the kind's template renders."""
        return {}

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        """Yields the names that the trigger has on AWS, each with its constraints."""
        return ()

    def unique_names(self, handler: str) -> Iterator[tuple[Limit, Name, str]]:
        """Yields names that can exist only once in something that stages share, which follows in words."""
        yield from ()

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yields the problems of the declaration: message and remedy."""
        yield from ()

    def warnings(self) -> Iterator[str]:
        """Yields a message for each part of the declaration that is valid, but probably a mistake."""
        yield from ()

    def list_quotas(self, handler: str) -> Iterator[QuotaUse]:
        """Yields what the trigger's resources use of the quotas of AWS that many handlers can reach."""
        yield from ()

    def source_problems(self, arguments: Mapping[str, Any], timeout: int) -> Iterator[tuple[str, str]]:
        """Yields the problems of the source with the trigger's function: message and remedy.

        Args:
            arguments: the arguments of the source, merged from all its triggers.
            timeout: the function's timeout in seconds.
        """
        yield from ()

    def wrap(self, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """Returns the function to call with the events: the handler, or a wrapper of it."""
        return handler

    def sample(self) -> Any:
        """Returns an example of a payload, which passes the filters of the source."""
        return {"id": "1", "message": "hello"}

    def event(self, request: EventRequest) -> dict[str, Any]:
        """Returns the event that the source sends to the function."""
        raise NotImplementedError

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        """Makes the deployed source emit an event, and returns a short description of what was done.

        Args:
            client: creates the boto3 client of a service.
            deployed: the environment of the deployed function, with its ``AWS_LAMBDA_FUNCTION_NAME``.
            handler: the handler's name.
            payload: the payload, or the file that contains it.

        Raises:
            LookupError: the source does not exist, unless the service itself says so.
            DomovoiError: the source cannot emit such an event.
        """
        raise NotImplementedError

    def find_page(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> tuple[str, str] | None:
        """Returns the URL at which the handler answers requests, and what a browser cannot do there.

        Returns None if the source sends no HTTP requests. The second part is empty if a browser can open it.

        Args:
            client: creates the boto3 client of a service.
            deployed: the environment of the deployed function, with its ``AWS_LAMBDA_FUNCTION_NAME``.

        Raises:
            DomovoiError: the source is not deployed.
        """
        return None

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> Mapping[str, str] | None:
        """Creates the source in the local emulator if the app or its stage expects an existing one.

        Returns the input variables of the app whose values the emulator chose, such as a listener's ARN.

        Args:
            client: creates the boto3 client of a service.
            deployed: the functions' environment, as far as it is known, and existing resources by their keys.
        """
        return None


def spell(name: Name) -> str:
    """Returns a name as it is written in the app: itself, ``scoped('...')`` or ``variable('...')``."""
    if isinstance(name, str):
        return name
    form = getattr(name, "form", "")
    return f"{type(name).__name__.lower()}({name.name!r}{f', form={form!r}' if form else ''})"


class Route(Frozen):
    """A trigger and the handler that receives its events.

    ``module`` is the module that defines the handler, followed by a colon and the class of a method.
    """

    trigger: Trigger
    handler: str
    module: str
    location: Location

    def list_sources(self) -> tuple[Source, ...]:
        """Returns the source of the trigger, if it has one, and the further resources that belong to it."""
        if "_sources" not in self.__dict__:
            source = self.trigger.source(self.handler)
            self.__dict__["_sources"] = () if source is None else (source, *source.needs)
        return self.__dict__["_sources"]  # type: ignore[no-any-return]
