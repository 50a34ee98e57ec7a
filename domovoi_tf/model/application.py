"""The application: its functions, and the routes from triggers to handlers."""

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
    """An event source and the handler that gets its events.

    ``module`` is where the handler's name stands: its module, and after a colon the class in that.
    """

    trigger: Trigger
    handler: str
    module: str
    location: Location


class Application(Frozen):
    """All that the decorators said, in the order in which they said it."""

    functions: tuple[Function, ...]
    routes: tuple[Route, ...]
    notices: tuple[Notice, ...] = ()
    faults: tuple[Fault, ...] = ()
    state_machines: tuple[StateMachine, ...] = ()
    variables: tuple[Input, ...] = ()
