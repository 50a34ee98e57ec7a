"""The app: its decorators, their declarations, and the entry point that Lambda calls.

In one module, because Lambda imports it at every cold start, and each further module is another file to open.
"""

from __future__ import annotations

import os
import sys
from functools import wraps

from .errors import DomovoiError
from .model.declarations import Fault, Function, Input, Location, Notice, StateMachine
from .model.names import DEFAULT_FUNCTION, DEFAULT_MACHINE, FUNCTION_KEY, LOG_KEY, variable
from .model.record import Frozen
from .runtime.dispatch import Table, add_log, dispatch
from .runtime.handlers import adapt, find_definition, find_module, is_same

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Literal, TypeVar

    from .model.application import Application
    from .model.asl import Definition
    from .model.names import Variable
    from .model.trigger import Route, Trigger
    from .runtime.executions import Executions, Machines
    from .runtime.middleware import Chain
    from .types.decorators import Decorators

    Handler = Callable[[Any, Any], Any]
    H = TypeVar("H", bound=Callable[..., Any])  # (event, context), or the event alone
    GetResponse = Callable[..., Any]
    Middleware = Callable[[Any, GetResponse], Any] | Callable[[Any, GetResponse, Any], Any]
    M = TypeVar("M", bound=Middleware)
    #: All handlers, those of a kind, or those of a kind by its name in Chalice.
    Kind = Literal["alb", "direct", "dynamodb", "event", "kinesis", "logs", "s3", "schedule", "ses", "sns"]
    OtherKind = Literal["sqs", "state_machine", "url"]
    EventType = Literal["all", Kind, OtherKind, "cloudwatch", "http", "pure_lambda", "scheduled"]
if not TYPE_CHECKING:
    Decorators = object


def _import_kind(kind: str) -> Any:
    # Not at the top: what an app does not use costs its cold start nothing.
    from .triggers import import_kind

    return import_kind(kind)


def _import_runtime(name: str) -> Any:
    # Not an import statement, which would put the module into the packages of all apps.
    return __import__(f"{__package__}.runtime.{name}", fromlist=[name])


def _record(method: H) -> H:
    """Makes a method record its calls, whose arguments rendering checks, and go on after wrong ones."""

    @wraps(method)
    def call(self: Domovoi, *args: Any, **kwargs: Any) -> Any:
        self._calls.append((_locate_caller(), method, args, kwargs))
        try:
            return method(self, *args, **kwargs)
        except (TypeError, RecursionError):
            # Lambda does not have this module: there, the error stands.
            name = f"{__package__}.loading.arguments.recorded_calls"
            return __import__(name, fromlist=["repeat_call"]).repeat_call(self)

    return call  # type: ignore[return-value]


class EventSource:
    """A decorator of :class:`Domovoi`, whose signature and help are those of its kind's ``declare``.

    Args:
        kind: the name of the kind's module in ``domovoi_tf.triggers``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __get__(self, app: Domovoi | None, _: type) -> Callable[..., Callable[[H], H]]:
        """Returns the decorator, or the kind's ``declare`` if accessed on the class."""
        declare = _import_kind(self.kind).declare
        if app is None:
            return declare  # type: ignore[no-any-return]

        def decorator(*args: Any, **kwargs: Any) -> Callable[[H], H]:
            location = _locate_caller()
            app._calls.append((location, declare, args, kwargs))
            if len(args) == 1 and callable(args[0]):
                name = declare.__name__
                app._record_fault(location, f"{name} needs parentheses: write @app.{name}(...)")
                return args[0]  # type: ignore[no-any-return]
            try:
                trigger = declare(*args, **kwargs)
            except Exception as error:
                app._record_fault(location, str(error))
                return lambda handler: handler
            return app._make_registrar(trigger, location)

        decorator.__wrapped__ = declare  # type: ignore[attr-defined]
        decorator.__name__, decorator.__doc__ = declare.__name__, declare.__doc__
        return decorator


class Declared(Frozen):
    """A route with its handler as a function object, and the function that gives the handler its name."""

    route: Route
    function: Handler
    definition: Any


class Domovoi(Decorators):
    """An app of event handlers that are deployed as AWS Lambda functions.

    Args:
        app_name: the name of the logger ``app.log``. Resources are named after ``app_name`` in
            ``.chalice/config.json``.
        configure_logs: whether ``app.log`` logs messages of level INFO, unless the function has a log level.
        starts: the state machines that the handlers of the default function start, as for :meth:`function`.
    """

    if not TYPE_CHECKING:  # type checkers and editors read types/decorators.pyi
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
        lambda_function = EventSource("direct")
        step_function_task = EventSource("state_machine")
    #: Attributes of queues that the app creates for decorators without attributes of their own.
    sqs_default_queue_attributes: Mapping[str, Any]

    def __init__(
        self,
        app_name: str = "Domovoi",
        configure_logs: bool = True,
        *,
        starts: Sequence[str] | None = None,
    ) -> None:
        self.app_name = app_name
        self.configure_logs = configure_logs
        if not hasattr(self, "sqs_default_queue_attributes"):  # a class of apps may have its own
            self.sqs_default_queue_attributes = {}
        #: Whether the app logs each event, at level DEBUG.
        self.debug = False
        #: The context of the current event.
        self.lambda_context: Any = None
        #: The boto3 client that starts executions, created when a handler first starts one.
        self.step_functions: Any = None
        # The calls that declare the app, until rendering has checked them: location, function, arguments.
        given = (app_name, configure_logs), {"starts": starts}
        self._calls: list[Any] = [(_locate_caller(), Domovoi.__init__, *given)]
        self._functions = [Function(name="")]
        self._declared: list[Declared] = []
        self._notices: list[Notice] = []
        self._faults: list[Fault] = []
        self._registered: list[StateMachine] = []
        self._variables: list[Input] = []
        self._chain: Chain | None = None
        self._executions: Machines | None = None
        self._table: Table | None = None

    @_record
    def function(
        self,
        name: str,
        *,
        memory_size: int | None = None,
        timeout: int | None = None,
        starts: Sequence[str | Executions] | None = None,
    ) -> str:
        """Declares a further Lambda function, and returns its name for the ``function=`` of decorators.

        Args:
            name: the last part of the function's name on AWS, ``<app>-<stage>-<name>``.
            memory_size: the memory in MB, 128 to 10,240 (default: the stage's ``lambda_memory_size``).
            timeout: the timeout in seconds, 1 to 900 (default: the stage's ``lambda_timeout``).
            starts: the state machines whose executions its handlers start, or whose tasks they complete:
                their names, or return values of :meth:`register_state_machine`; ``default`` is the one
                without a name (default: all). The execution role gets permission for these alone.

        https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
        """
        function = Function(name=name, memory_size=memory_size, timeout=timeout, location=self._calls[-1][0])
        self._functions.append(function)
        return name

    @_record
    def variable(
        self,
        name: str,
        *,
        sensitive: bool = False,
        default: str | None = None,
        functions: Sequence[str] | None = None,
    ) -> Variable:
        """Declares an input variable of the app's Terraform module.

        Inside a handler, ``str()`` of it returns the value that was passed to Terraform, or the default.

        Args:
            name: the variable's name: lower-case letters and digits, with single underscores between them,
                such as ``payment_key``.
            sensitive: whether Terraform hides the value in its output. The state and the function's
                environment contain it nevertheless.
            default: the value in stages that set none, which may be an empty string (default: each stage must
                set a value). A sensitive variable cannot have one.
            functions: the functions whose handlers read it, which alone get the value; ``default`` is the
                app's own function (default: all). It is required for a sensitive variable of an app with
                several functions.

        Raises:
            ValueError: the name has another form, or begins with a digit.

        https://developer.hashicorp.com/terraform/language/manage-sensitive-data
        """
        declared = variable(name, sensitive=sensitive)
        self._variables.append(Input(variable=declared, location=self._calls[-1][0], default=default))
        return declared

    @_record
    def register_state_machine(
        self,
        definition: Definition,
        name: str | None = None,
        *,
        type: str = "STANDARD",
        log_level: str = "OFF",
        include_execution_data: bool = False,
        tracing: bool | None = None,
        policy: Sequence[Mapping[str, Any]] | None = None,
        function: str = "",
    ) -> Executions:
        """Declares a state machine, and returns an object that starts its executions.

        The definition may have a Python function in place of a function's ARN, as the ``Resource`` of a task
        or the ``FunctionName`` of an invocation: the function then handles the task.

        Args:
            definition: the definition in Amazon States Language, as a dict or as the path of a JSON or YAML
                file in the project.
            name: the last part of the state machine's name on AWS, ``<app>-<stage>-<name>``. An app may have
                one state machine without a name, which is called ``<app>-<stage>``.
            type: ``STANDARD`` or ``EXPRESS``.
            log_level: ``ALL``, ``ERROR``, ``FATAL`` or ``OFF``.
            include_execution_data: whether the logs include inputs and outputs.
            tracing: whether AWS X-Ray traces executions (default: no).
            policy: IAM policy statements for permissions that do not follow from the definition.
            function: the Lambda function of the handlers in the definition, declared with ``app.function``
                (default: the app's default function).

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
        """
        kind, location = _import_kind("state_machine"), self._calls[-1][0]
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
        for state, handler in kind.find_handlers(definition):
            task = kind.declare(state, definition, state_machine_name=machine.name, function=function)
            self._make_registrar(task, location)(handler)
        return self._make_executions(machine)

    @_record
    def middleware(self, event_type: EventType = "all") -> Callable[[M], M]:
        """Calls a function around every handler, or around those of one kind.

        The function takes the event and ``get_response``, and the context too if it has a third parameter. It
        returns the handler's result, ``get_response(event)``, or another one. The first middleware of an app
        is the outermost. It may be ``async def``, and then awaits ``get_response(event)``.

        Args:
            event_type: ``all``, or the kind of the handlers: ``alb``, ``direct``, ``dynamodb``, ``event``,
                ``kinesis``, ``logs``, ``s3``, ``schedule``, ``ses``, ``sns``, ``sqs``, ``state_machine`` or
                ``url``; or a name of Chalice: ``cloudwatch``, ``http``, ``pure_lambda`` or ``scheduled``.
        """
        return _import_runtime("middleware").declare(self, event_type)  # type: ignore[no-any-return]

    @_record
    def register_middleware(self, func: Middleware, event_type: EventType = "all") -> None:
        """Calls a function around handlers, as the decorator :meth:`middleware` does.

        Args:
            func: the function; ``ConvertToMiddleware(decorator)`` makes one of a decorator of handlers.
            event_type: as in :meth:`middleware`.
        """
        _import_runtime("middleware").declare(self, event_type)(func)

    @property
    def state_machine(self) -> Executions:
        """The app's only state machine, or the one without a name.

        Raises:
            DomovoiError: the app has no state machine, or several that all have names.
        """
        machines = self.state_machines
        name = next(iter(machines)) if len(machines) == 1 else DEFAULT_MACHINE
        return machines[name]

    @property
    def state_machines(self) -> Machines:
        """The app's state machines by name. The one without a name is called ``default``."""
        if self._executions is None:
            machines = ((each.name, self._make_executions(each)) for each in self._resolve()[1])
            self._executions = _import_kind("state_machine").Machines(machines)
        return self._executions

    @property
    def log(self) -> logging.Logger:
        """The app's logger, which has the name ``app_name``.

        It logs messages from level INFO on, or from the function's ``application_log_level`` on.
        """
        import logging

        logger = logging.getLogger(self.app_name)
        is_set = "AWS_LAMBDA_LOG_LEVEL" in os.environ  # then Lambda sets the level of all loggers
        if self.configure_logs and logger.level == logging.NOTSET and not is_set:
            logger.setLevel(logging.DEBUG if self.debug else logging.INFO)
        return logger

    def freeze(self) -> Application:
        """Returns everything that is declared so far, as a value that later declarations do not change."""
        # Not an import statement: only rendering and tests need it, so the package does not contain it.
        module = __import__(f"{__package__}.loading.frozen_application", fromlist=["freeze"])
        return module.freeze(self, _import_kind)  # type: ignore[no-any-return]

    def __call__(self, event: Any, context: Any) -> Any:
        """Handles an event. Lambda calls this, as the handler ``app.app`` of every function of the app.

        Raises:
            DispatchError: no handler is declared for the event.

        https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
        """
        self.lambda_context = context if hasattr(context, "log") else add_log(context)
        if self.debug:
            self.log.debug("event: %s", event)
        if self._table is None:
            self._table = self._build_table()
        return dispatch(self._table, event, context)

    def _record_fault(self, location: Location, message: str) -> None:
        """Records wrong arguments, which rendering describes in its own words with all other problems."""
        self._faults.append(Fault(location=location, message=message, remedy=""))

    def _make_registrar(self, trigger: Trigger, location: Location) -> Callable[[H], H]:
        def register(handler: H) -> H:
            from .model.trigger import Route

            definition = find_definition(handler, location)
            name = getattr(definition, "__name__", "")
            if trigger.handler_name is not None:
                name = trigger.handler_name
                name = name if isinstance(name, str) else ""
            elif not name.isidentifier():
                name = ""
            module = find_module(definition)
            route = Route(trigger=trigger, handler=name, module=module, location=location)
            self._declared.append(Declared(route=route, function=handler, definition=definition))
            self._table = self._executions = None
            return handler

        return register

    def _shares_names(self) -> bool:
        """Whether several functions share a name, or one has none: their sources tell them apart."""
        first: dict[str, Handler] = {}
        return not all(
            d.route.handler and is_same(first.setdefault(d.route.handler, d.function), d.function)
            for d in self._declared
        )

    def _resolve(self) -> tuple[list[Declared], tuple[StateMachine, ...], list[Notice], list[Fault]]:
        """Returns the bound routes with the final names of their handlers, state machines and problems."""
        declared, notices, faults = self._declared, [*self._notices], [*self._faults]
        names = _import_runtime("handler_names") if self._shares_names() else None
        if names:
            declared = names.drop_replaced(declared, notices)
        machines = _collect_machines(self._registered, declared)
        declared = [_bind(each, machines) for each in declared]
        if names:
            declared = names.name_handlers(declared, notices, faults)
        return declared, machines, notices, faults

    def _build_table(self) -> Table:
        declarations, _, _, faults = self._resolve()
        if faults:
            raise DomovoiError(f"{faults[0].location}: {faults[0].message}", faults[0].remedy)
        kinds: dict[str, Any] = {}
        routes: dict[tuple[str, str], list[tuple[Trigger, Handler]]] = {}
        names: dict[Handler, str] = {}
        calls: dict[Handler, Handler] = {}
        for declared in _list_served(declarations):
            trigger = declared.route.trigger
            delivery_kind = trigger.delivery_kind or trigger.kind
            kinds |= {kind: _import_kind(kind) for kind in (delivery_kind, trigger.kind) if kind not in kinds}
            key = trigger.key(declared.route.handler)
            function = declared.function
            if function not in calls:  # the handler of two sources receives a mixed batch at once
                calls[function] = adapt(function, declared.definition)
            handler = trigger.wrap(self._chain.wrap(declared) if self._chain else calls[function])
            if names.setdefault(handler, declared.route.handler) != declared.route.handler:
                handler = _copy(handler)  # one function with two names: its log lines have that of the event
                names[handler] = declared.route.handler
            routes.setdefault((delivery_kind, key), []).append((trigger, handler))
        # With one handler its lines need no name. Outside Lambda there is no log; its emulator has this name.
        shared = os.environ.get(LOG_KEY, "$LATEST") != "$LATEST" and len(set(names.values())) > 1
        return Table(kinds, routes, names if shared else {})

    def _make_executions(self, machine: StateMachine) -> Executions:
        kind = _import_kind("state_machine")

        def get_client() -> Any:
            if self.step_functions is None:
                self.step_functions = kind.create_client()
            return self.step_functions

        return kind.Executions(machine, lambda: self.lambda_context, get_client)  # type: ignore[no-any-return]


def _collect_machines(registered: list[StateMachine], declared: list[Declared]) -> tuple[StateMachine, ...]:
    """Returns the registered state machines, and those that only decorators of tasks declare."""
    tasks = [(d.route.trigger, d.route.location) for d in declared if d.route.trigger.kind == "state_machine"]
    if not (tasks or registered):
        return ()
    return _import_kind("state_machine").collect_machines(registered, tasks)  # type: ignore[no-any-return]


def _bind(declared: Declared, machines: tuple[StateMachine, ...]) -> Declared:
    route = declared.route
    trigger = route.trigger.bind(machines)
    return declared if trigger is route.trigger else declared.replace(route=route.replace(trigger=trigger))


def _list_served(declared: list[Declared]) -> Iterator[Declared]:
    """Yields the deployed function's handlers; outside Lambda all, the default function's first."""
    name = os.environ.get(FUNCTION_KEY)
    own = "" if name in (None, DEFAULT_FUNCTION) else name
    yield from (d for d in declared if d.route.trigger.function == own)
    if name is None:
        yield from (d for d in declared if d.route.trigger.function)


def _copy(handler: Handler) -> Handler:
    return lambda event, context: handler(event, context)


def _locate_caller() -> Location:
    frame = sys._getframe(2)
    return Location(file=frame.f_code.co_filename, line=frame.f_lineno)
