"""The app: its decorators, their declarations, and the entry point that Lambda calls.

In one module, because Lambda imports it at every cold start, and each module more costs a file to open.
"""

from __future__ import annotations

import os
import sys

from .errors import DomovoiError
from .model.application import Application, Route
from .model.declarations import Fault, Function, Input, Location, Notice, StateMachine
from .model.names import DEFAULT_FUNCTION, DEFAULT_MACHINE, FUNCTION_KEY, LOG_KEY, variable
from .model.record import Frozen
from .runtime.context import with_log
from .runtime.dispatch import Table, dispatch
from .runtime.handlers import decorated, place, same
from .triggers import kind_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    from .model.names import Variable
    from .model.trigger import Trigger
    from .runtime.executions import Executions, Machines

    Handler = Callable[[Any, Any], Any]
    H = TypeVar("H", bound=Handler)


class EventSource:
    """A decorator of :class:`Domovoi`, described by its kind's module.

    Args:
        kind: the module's name in ``domovoi_tf.triggers``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __get__(self, app: Domovoi | None, _: type) -> Callable[..., Callable[[H], H]]:
        """Returns the decorator; its help is that of the kind's declaration."""
        declare = kind_module(self.kind).declare
        if app is None:
            return declare  # type: ignore[no-any-return]

        def decorator(*args: Any, **kwargs: Any) -> Callable[[H], H]:
            location = _caller()
            try:
                trigger = declare(*args, **kwargs)
            except TypeError as error:
                return app._misunderstood(location, error, declare)
            return app._registrar(trigger, location)

        decorator.__wrapped__ = declare  # type: ignore[attr-defined]
        decorator.__name__, decorator.__doc__ = declare.__name__, declare.__doc__
        return decorator


class Declared(Frozen):
    """A route with the function object that handles it."""

    route: Route
    function: Handler


class Domovoi:
    """An app of event handlers, deployed as AWS Lambda functions.

    Args:
        app_name: kept for apps written for Domovoi; the deployed name is ``app_name`` in the configuration.
        configure_logs: whether ``app.log`` passes messages of level INFO.
    """

    scheduled_function = EventSource("schedule")
    cloudwatch_event_handler = EventSource("event")
    sns_topic_subscriber = EventSource("sns")
    sqs_queue_subscriber = EventSource("sqs")
    s3_event_handler = EventSource("s3")
    dynamodb_stream_handler = EventSource("dynamodb")
    kinesis_stream_handler = EventSource("kinesis")
    cloudwatch_logs_sub_filter_handler = EventSource("logs")
    email_receipt_handler = EventSource("ses")
    function_url = EventSource("url")
    alb_target = EventSource("alb")
    step_function_task = EventSource("state_machine")

    def __init__(self, app_name: str = "Domovoi", configure_logs: bool = True) -> None:
        self.app_name = app_name
        self.configure_logs = configure_logs
        self.debug = False
        self.lambda_context: Any = None
        #: The client that starts executions; boto3's, made when a handler first starts one.
        self.step_functions: Any = None
        self._functions = [Function(name="")]
        self._declared: list[Declared] = []
        self._notices: list[Notice] = []
        self._faults: list[Fault] = []
        self._registered: list[StateMachine] = []
        self._variables: list[Input] = []
        self._executions: Machines | None = None
        self._table: Table | None = None

    def function(self, name: str, *, memory_size: int | None = None, timeout: int | None = None) -> str:
        """Declares a Lambda function beside the default one; handlers choose it with ``function=name``.

        Args:
            name: the function is called ``<app>-<stage>-<name>``.
            memory_size: in MB; the stage's ``lambda_memory_size`` if missing.
            timeout: in seconds; the stage's ``lambda_timeout`` if missing.

        https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
        """
        declared = Function(name=name, memory_size=memory_size, timeout=timeout, location=_caller())
        self._functions.append(declared)
        return name

    def variable(self, name: str, *, sensitive: bool = False) -> Variable:
        """Declares an input variable of the app's module; inside a handler ``str()`` of it is the value.

        Args:
            name: a Terraform identifier in lower case, such as ``payment_key``.
            sensitive: whether Terraform hides the value in what it shows. It is in the state all the same,
                and in the function's environment.

        Raises:
            ValueError: the name is not such an identifier.

        https://developer.hashicorp.com/terraform/language/manage-sensitive-data
        """
        declared = variable(name, sensitive=sensitive)
        self._variables.append(Input(variable=declared, location=_caller()))
        return declared

    def register_state_machine(
        self,
        definition: Any,
        name: str | None = None,
        *,
        type: str = "STANDARD",
        log_level: str = "OFF",
        include_execution_data: bool = False,
        tracing: bool | None = None,
        policy: Any = None,
        function: str = "",
    ) -> Executions:
        """Declares a state machine, and returns what starts its executions.

        A function may stand in the definition where the ARN of one would, as a task's ``Resource`` or the
        ``FunctionName`` of an invocation: it then handles the task.

        Args:
            definition: the machine in Amazon States Language, as a dict or as the path of a JSON or YAML file
                in the project.
            name: the machine is called ``<app>-<stage>-<name>``; one without a name, of which an app may have
                one, ``<app>-<stage>``.
            type: ``STANDARD`` or ``EXPRESS``.
            log_level: ``ALL``, ``ERROR``, ``FATAL`` or ``OFF``.
            include_execution_data: whether inputs and outputs are logged too.
            tracing: whether executions are traced with AWS X-Ray; None leaves AWS's setting alone.
            policy: statements of an IAM policy, for what the machine may do that does not follow from its
                definition.
            function: the Lambda function of the handlers in the definition, declared with ``app.function``;
                the default one if empty.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
        """
        kind, location = kind_module("state_machine"), _caller()
        machine = StateMachine(
            name=DEFAULT_MACHINE if name is None else name,
            definition=definition,
            location=location,
            type=type,
            log_level=log_level,
            include_execution_data=include_execution_data,
            tracing=tracing,
            policy=policy,
        )
        self._registered.append(machine)
        self._executions = None
        for state, handler in kind.handlers(definition):
            task = kind.declare(state, definition, state_machine_name=machine.name, function=function)
            self._registrar(task, location)(handler)
        return self._starter(machine)

    @property
    def state_machine(self) -> Executions:
        """Starts executions of the app's state machine: its only one, or the one without a name.

        Raises:
            DomovoiError: there is none, or several and all with names.
        """
        machines = self.state_machines
        only = machines if len(machines) == 1 else (DEFAULT_MACHINE,)
        return machines[next(iter(only))]  # type: ignore[no-any-return]

    @property
    def state_machines(self) -> Machines:
        """The app's state machines by name; the one without a name is ``default``."""
        if self._executions is None:
            machines = ((machine.name, self._starter(machine)) for machine in self._machines())
            self._executions = kind_module("state_machine").Machines(machines)
        return self._executions

    @property
    def log(self) -> logging.Logger:
        """The app's logger."""
        import logging

        logger = logging.getLogger(self.app_name)
        if self.configure_logs and logger.level == logging.NOTSET:
            logger.setLevel(logging.DEBUG if self.debug else logging.INFO)
        return logger

    def freeze(self) -> Application:
        """Returns what was declared so far, as a value of its own."""
        machines = self._machines()
        routes = tuple(_bound(declared.route, machines) for declared in self._declared)
        return Application(
            functions=tuple(self._functions),
            routes=routes,
            notices=tuple(self._notices),
            faults=tuple(self._faults),
            state_machines=tuple(_plain(machine) for machine in machines),
            variables=tuple(self._variables),
        )

    def __call__(self, event: Any, context: Any) -> Any:
        """Handles an event: the handler string of every function of the app is ``app.app``.

        Raises:
            DispatchError: no handler was declared for the event.

        https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
        """
        self.lambda_context = with_log(context)
        if self.debug:
            self.log.debug("event: %s", event)
        if self._table is None:
            self._table = self._handlers()
        return dispatch(self._table, event, self.lambda_context)

    def _misunderstood(
        self, location: Location, error: TypeError, declare: Callable[..., Trigger]
    ) -> Callable[[H], H]:
        """Keeps what is wrong with a decorator's arguments for the report: nothing is deployed with it."""
        code = declare.__code__
        accepted = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        remedy = f"It takes {', '.join(accepted)}."
        self._faults.append(Fault(location=location, message=str(error), remedy=remedy))
        return lambda handler: handler

    def _registrar(self, trigger: Trigger, location: Location) -> Callable[[H], H]:
        def register(handler: H) -> H:
            named = decorated(handler, location)
            name = getattr(named, "__name__", "")
            if not name.isidentifier():
                raise DomovoiError(
                    f"{location}: the handler {handler!r} has no name of its own.",
                    "Decorate a function defined with def.",
                )
            module = place(named)
            self._replace((module, name), handler, location)
            route = Route(trigger=trigger, handler=name, module=module, location=location)
            self._declared.append(Declared(route=route, function=handler))
            self._table = self._executions = None
            return handler

        return register

    def _replace(self, name: tuple[str, str], handler: Handler, location: Location) -> None:
        """Drops what an earlier function of the same name declared, as Python drops the function."""
        earlier = [
            declared
            for declared in self._declared
            if (declared.route.module, declared.route.handler) == name
            and not same(declared.function, handler)
        ]
        for declared in earlier:
            self._declared.remove(declared)
            message = f"{name[1]} replaces the handler of the same name at {declared.route.location}"
            self._notices.append(Notice(location=location, message=message))

    def _handlers(self) -> Table:
        if self._faults:
            fault = self._faults[0]
            raise DomovoiError(f"{fault.location}: {fault.message}", fault.remedy)
        kinds: dict[str, Any] = {}
        routes: dict[tuple[str, str], list[tuple[Trigger, Handler]]] = {}
        names: dict[Handler, str] = {}
        machines = self._machines()
        for declared in self._of_this_function():
            trigger = declared.route.trigger.bind(machines)
            through = trigger.through or trigger.kind
            kinds |= {kind: kind_module(kind) for kind in (through, trigger.kind) if kind not in kinds}
            of_key = routes.setdefault((through, trigger.key(declared.route.handler)), [])
            handler = trigger.wrap(declared.function)
            of_key.append((trigger, handler))
            names[handler] = declared.route.handler
        # A log of its own needs no line that says whose it is; outside Lambda there is none.
        shared = LOG_KEY in os.environ and len(set(names.values())) > 1
        return Table(kinds, routes, names if shared else {})

    def _starter(self, machine: StateMachine) -> Executions:
        kind = kind_module("state_machine")

        def client() -> Any:
            if self.step_functions is None:
                self.step_functions = kind.new_client()
            return self.step_functions

        return kind.Executions(machine, lambda: self.lambda_context, client)  # type: ignore[no-any-return]

    def _machines(self) -> tuple[StateMachine, ...]:
        """Returns the state machines, of which those that have tasks alone are known by these."""
        tasks = [
            (d.route.trigger, d.route.location)
            for d in self._declared
            if d.route.trigger.kind == "state_machine"
        ]
        if not (tasks or self._registered):
            return ()
        return kind_module("state_machine").collected(self._registered, tasks)  # type: ignore[no-any-return]

    def _of_this_function(self) -> Iterator[Declared]:
        """Yields the deployed function's handlers; all of them, its own first, where none is deployed."""
        name = os.environ.get(FUNCTION_KEY)
        own = "" if name in (None, DEFAULT_FUNCTION) else name
        yield from (d for d in self._declared if d.route.trigger.function == own)
        if name is None:
            yield from (d for d in self._declared if d.route.trigger.function)


def _bound(route: Route, machines: tuple[StateMachine, ...]) -> Route:
    trigger = route.trigger.bind(machines)
    return Route(trigger=trigger, handler=route.handler, module=route.module, location=route.location)


def _plain(machine: StateMachine) -> StateMachine:
    plain = kind_module("state_machine").plain
    return StateMachine(**{**machine._values(), "definition": plain(machine.definition)})


def _caller() -> Location:
    frame = sys._getframe(2)
    return Location(file=frame.f_code.co_filename, line=frame.f_lineno)
