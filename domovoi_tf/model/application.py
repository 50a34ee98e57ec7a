"""The application: its functions, state machines and variables, and the routes from triggers to handlers."""

from __future__ import annotations

from .declarations import Fault, Function, Input, Location, Notice, StateMachine
from .record import Frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .trigger import Trigger

    #: The routes of one kind, each with its key.
    KeyedRoutes = Iterable[tuple["Route", str]]
    #: Routes that are wrong, each with a message and a remedy.
    RouteProblems = Iterator[tuple["Route", str, str]]


class Route(Frozen):
    """A trigger and the handler that receives its events.

    ``module`` is the module that defines the handler, followed by a colon and the class if the handler is a
    method.
    """

    trigger: Trigger
    handler: str
    module: str
    location: Location


class Application(Frozen):
    """Everything that the decorators of an app declared, in the order of the declarations."""

    functions: tuple[Function, ...]
    routes: tuple[Route, ...]
    notices: tuple[Notice, ...] = ()
    faults: tuple[Fault, ...] = ()
    state_machines: tuple[StateMachine, ...] = ()
    variables: tuple[Input, ...] = ()
