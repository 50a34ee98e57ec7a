"""The application as a whole: everything that its decorators declared."""

from __future__ import annotations

from .declarations import Fault, Function, Input, Notice, StateMachine
from .record import Frozen
from .trigger import Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    #: The routes of one kind, each with its key.
    KeyedRoutes = Iterable[tuple["Route", str]]
    #: Routes that are wrong, each with a message and a remedy.
    RouteProblems = Iterator[tuple["Route", str, str]]


class Application(Frozen):
    """Everything that the decorators of an app declared, in the order of the declarations.

    ``shares_names`` tells whether several functions have one name, so that the runtime must tell them apart.
    ``adapted`` tells whether a handler is not a plain function of the event and the context.
    ``has_middleware`` tells whether handlers are called through middleware.
    """

    functions: tuple[Function, ...]
    routes: tuple[Route, ...]
    notices: tuple[Notice, ...] = ()
    faults: tuple[Fault, ...] = ()
    state_machines: tuple[StateMachine, ...] = ()
    variables: tuple[Input, ...] = ()
    shares_names: bool = False
    adapted: bool = False
    has_middleware: bool = False

    @property
    def deployed_functions(self) -> tuple[Function, ...]:
        """The functions with handlers. A function without any could only fail."""
        used = {route.trigger.function for route in self.routes}
        return tuple(function for function in self.functions if function.name in used)

    @property
    def unused_functions(self) -> tuple[Function, ...]:
        """The functions without handlers, which are not deployed."""
        used = {route.trigger.function for route in self.routes}
        return tuple(function for function in self.functions if function.name not in used)


def group_by_function(routes: Iterable[Route]) -> dict[str, list[Route]]:
    """Returns the routes of each function that has some, by the function's name, in their order."""
    groups: dict[str, list[Route]] = {}
    for route in routes:
        groups.setdefault(route.trigger.function, []).append(route)
    return groups
