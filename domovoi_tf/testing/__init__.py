"""A client for tests of an app: it calls handlers as AWS does, without AWS, a network or Terraform."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from difflib import get_close_matches
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from domovoi_tf.app import Domovoi
from domovoi_tf.errors import DomovoiError
from domovoi_tf.hcl.input_variables import list_withheld
from domovoi_tf.loading.frozen_application import list_defaults
from domovoi_tf.loading.handler_checks import find_faults, list_handlers
from domovoi_tf.model import names
from domovoi_tf.model.event_request import EventRequest
from domovoi_tf.model.trigger import Route
from domovoi_tf.testing.lambda_context import Context
from domovoi_tf.testing.recording_stream import RecordingStream
from domovoi_tf.triggers._shared.sample_envelope import REGION, make_function_arn

__all__ = ["Client", "Context", "Execution"]

#: The default payload: the sample of the event source.
SAMPLE: Any = object()
#: Makes calls to AWS fail, unless a test replaces them.
_FAKE_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_REAL_CREDENTIALS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN")


@dataclass(frozen=True)
class Execution:
    """An execution that a handler started."""

    #: The name of the state machine in the app; ``default`` is the one without a name.
    state_machine: str
    #: The input of the execution.
    input: Any
    #: The name of the execution, if the handler gave it one.
    name: str | None = None


class Client:
    """Sends events to an app's handlers.

    Args:
        app: the app.
        name: the prefix of names on AWS, which is ``<app_name>-<stage>`` in a deployed app.
        variables: the values of the app's ``variable()``, by name. Those with a default need none.
        environment: further environment variables of the functions.
        timeout: the timeout of the functions in seconds.
        memory_size: the memory of the functions in MB.
        remaining_time: the result of ``context.get_remaining_time_in_millis()``: milliseconds, or a function
            that returns them (default: the rest of the timeout).
    """

    def __init__(
        self,
        app: Domovoi,
        *,
        name: str = "app-test",
        variables: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: int = 60,
        memory_size: int = 128,
        remaining_time: int | Callable[[], int] | None = None,
    ) -> None:
        self.app, self.name = app, name
        self.variables, self.environment = dict(variables or {}), dict(environment or {})
        self.timeout = timeout
        self.memory_size = memory_size
        self.remaining_time = remaining_time
        #: The lines that handlers logged, with ``context.log``, ``app.log``, ``logging`` or ``print``.
        self.logs: list[str] = []
        #: The executions of state machines that handlers started. The client does not run them.
        self.executions: list[Execution] = []

    def event(
        self, handler: str, payload: Any = SAMPLE, /, *, via: str = "", **fields: Any
    ) -> dict[str, Any]:
        """Returns the event that AWS sends to a handler for a payload.

        Args:
            handler: the handler's name.
            payload: the content of the event: a message, an item, a body (default: a sample that passes the
                decorator's filters).
            via: part of the source's name, if the handler has several sources (default: that of the decorator
                next to the function).
            **fields: fields of the event by their names on AWS, such as ``Subject="beer"``, ``path="/menu"``
                or ``**{"detail-type": "Bottle emptied"}``.

        Raises:
            DomovoiError: there is no such handler, or its source cannot send the payload.
        """
        return self._build_event(self._find_route(handler, via), payload, fields, 1)

    def send(self, handler: str, payload: Any = SAMPLE, /, *, via: str = "", **fields: Any) -> Any:
        """Sends an event to a handler as AWS does, and returns the function's result.

        Args:
            handler: the handler's name.
            payload: the content of the event (default: a sample that passes the decorator's filters).
            via: part of the source's name, if the handler has several sources.
            **fields: fields of the event by their names on AWS.

        Raises:
            DomovoiError: as in :meth:`event` and :meth:`invoke`. Exceptions of the handler are raised too.
        """
        route = self._find_route(handler, via)
        event = self._build_event(route, payload, fields, 1)
        return self.invoke(event, function=route.trigger.function)

    def send_batch(self, handler: str, payloads: Sequence[Any], /, *, via: str = "", **fields: Any) -> Any:
        """Sends one event with a record for each payload to a handler, and returns the function's result.

        Args:
            handler: the handler's name.
            payloads: the contents of the records, one for each.
            via: part of the source's name, if the handler has several sources.
            **fields: fields of every record by their names on AWS.

        Raises:
            DomovoiError: the handler's source does not send batches; otherwise as in :meth:`send`.
        """
        route = self._find_route(handler, via)
        events = [self._build_event(route, each, fields, n) for n, each in enumerate(payloads, 1)]
        if not all(isinstance(event, dict) and "Records" in event for event in events):
            raise DomovoiError(
                f"{route.trigger.describe()}, the source of {handler}, does not send batches.",
                "Call send() for each payload.",
            )
        records = [record for event in events for record in event["Records"]]
        return self.invoke({**events[0], "Records": records}, function=route.trigger.function)

    def invoke(self, event: Any, *, function: str = "") -> Any:
        """Invokes a function of the app with an event, and returns the function's result.

        The event and the result are serialised as JSON, as on AWS.

        Args:
            event: the event in the form that AWS sends.
            function: the name of a function declared with ``app.function`` (default: the default function).

        Raises:
            DispatchError: no handler is declared for the event.
            DomovoiError: the result cannot be serialised as JSON, or a decorator has wrong arguments.
        """
        received = json.loads(json.dumps(event))
        with self._simulate_function(function) as environ, self._capture_log():
            result = self.app(received, self._make_context(environ))
        try:
            return json.loads(json.dumps(result, default=_convert_number))
        except (TypeError, ValueError) as error:
            raise DomovoiError(
                f"Lambda cannot serialise the function's result as JSON: {error}.",
                "Return None, booleans, numbers, strings, lists and dicts with string keys.",
            ) from None

    def _build_event(
        self, route: Route, payload: Any, fields: Mapping[str, Any], number: int
    ) -> dict[str, Any]:
        trigger = route.trigger
        content = trigger.sample() if payload is SAMPLE else payload
        return trigger.event(
            EventRequest(
                handler=route.handler,
                payload=content,
                environ=self._build_environ(trigger.function),
                fields=fields,
                number=number,
            )
        )

    def _find_route(self, handler: str, via: str) -> Route:
        application = self.app.freeze()
        for fault in (*application.faults, *find_faults(list_handlers(self.app._resolve()[0]))):
            raise DomovoiError(f"{fault.location}: {fault.message}", fault.remedy)
        routes = [route for route in application.routes if route.handler == handler]
        if not routes:
            raise _make_error(handler, sorted({route.handler for route in application.routes}))
        matches = [route for route in routes if via in route.trigger.describe()]
        if not matches:
            sources = "; ".join(route.trigger.describe() for route in routes)
            raise DomovoiError(f"{handler} has no source with {via!r} in its name.", f"It has: {sources}.")
        return matches[0]

    def _build_environ(self, function: str) -> dict[str, str]:
        """Returns the environment of a deployed function."""
        values = {**list_defaults(self.app), **self.variables}
        withheld = list_withheld(self.app._variables, (d.route for d in self.app._declared), function)
        return {
            **_FAKE_CREDENTIALS,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_NAME": f"{self.name}-{function}" if function else self.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_size),
            **self.environment,
            names.NAME_KEY: self.name,
            names.STAGE_KEY: self.name.rpartition("-")[2],
            names.FUNCTION_KEY: function or names.DEFAULT_FUNCTION,
            **{names.VARIABLE_KEY + name: values[name] for name in values if name not in withheld},
        }

    def _make_context(self, environ: Mapping[str, str]) -> Context:
        deadline = time.monotonic() + self.timeout
        setting = self.remaining_time

        def get_remaining() -> int:
            if setting is None:
                return max(0, int((deadline - time.monotonic()) * 1000))
            return setting() if callable(setting) else setting

        return Context(make_function_arn(environ), self.memory_size, get_remaining)

    @contextlib.contextmanager
    def _simulate_function(self, function: str) -> Iterator[dict[str, str]]:
        """Gives the app the environment of a function's new process, and yields that environment."""
        app, environ = self.app, self._build_environ(function)
        before = app.step_functions, app.lambda_context
        with patch.dict(os.environ, environ):
            for name in _REAL_CREDENTIALS:
                os.environ.pop(name, None)
            app.step_functions = _StepFunctions(self)
            app._table = None  # its names were resolved in the environment of the first event
            try:
                yield environ
            finally:
                app._table = None
                app.step_functions, app.lambda_context = before

    @contextlib.contextmanager
    def _capture_log(self) -> Iterator[None]:
        """Adds the lines that handlers log to :attr:`logs`, and copies them to standard output."""
        output: Any = RecordingStream(sys.stdout, __name__)
        handler = logging.StreamHandler(output)
        handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
        root = logging.getLogger()
        root.addHandler(handler)
        try:
            with contextlib.redirect_stdout(output):
                yield
        finally:
            root.removeHandler(handler)
            self.logs += output.get_lines()


class _StepFunctions:
    """Records executions in place of the boto3 client that starts them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def start_execution(self, *, stateMachineArn: str, input: str, name: str | None = None) -> dict[str, Any]:  # noqa: N803 - AWS's own names
        """Records an execution and returns a response in the form of Step Functions."""
        machine = stateMachineArn.rpartition(":")[2].removeprefix(self._client.name).removeprefix("-")
        self._client.executions.append(Execution(machine or names.DEFAULT_MACHINE, json.loads(input), name))
        arn = stateMachineArn.replace(":stateMachine:", ":execution:")
        return {"executionArn": f"{arn}:{name or uuid4()}", "startDate": datetime.now(timezone.utc)}


def _make_error(handler: str, handlers: Sequence[str]) -> DomovoiError:
    matches = get_close_matches(handler, handlers, 1)
    hint = f"Did you mean {matches[0]!r}? " if matches else ""
    known = ", ".join(handlers) or "none"
    return DomovoiError(f"There is no handler {handler!r}.", f"{hint}The app has: {known}.")


def _convert_number(value: object) -> float:
    """Returns a DynamoDB number as a float, which is how Lambda's runtime serialises it."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"it has a {type(value).__name__}")
