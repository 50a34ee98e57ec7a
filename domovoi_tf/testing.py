"""A client for tests of an app: it calls handlers as AWS would, with no AWS, no network and no Terraform.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from __future__ import annotations

import contextlib
import io
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
from domovoi_tf.model.application import Route
from domovoi_tf.model.names import DEFAULT_FUNCTION, FUNCTION_KEY, NAME_KEY, VARIABLE_KEY
from domovoi_tf.model.trigger import EventRequest
from domovoi_tf.triggers._shared.sample_envelope import REGION, function_arn

__all__ = ["Client", "Context", "Execution"]

#: Stands for the payload that the event source has for trying a handler out.
SAMPLE: Any = object()
#: What a call of AWS that a test did not think of is made with: nobody's credentials.
_NOBODY = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_SOMEBODY = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN")


@dataclass(frozen=True)
class Execution:
    """An execution that a handler started: of which state machine, with what input, and its name if any."""

    state_machine: str
    input: Any
    name: str | None = None


class Context:
    """Lambda's context object, as far as Python's runtime documents it.

    Args:
        function_arn: the function's ARN.
        memory_size: in MB.
        remaining_time: returns how many milliseconds are left.
    """

    function_version = "$LATEST"
    client_context = identity = None

    def __init__(self, function_arn: str, memory_size: int, remaining_time: Callable[[], int]) -> None:
        self.function_name = function_arn.rpartition(":")[2]
        self.invoked_function_arn = function_arn
        self.memory_limit_in_mb = str(memory_size)
        self.aws_request_id = str(uuid4())
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = "test"
        self.get_remaining_time_in_millis = remaining_time


class Client:
    """Sends events to an app's handlers.

    Args:
        app: the app.
        name: what names on AWS begin with, where the configuration says ``<app_name>-<stage>``.
        variables: values of the app's ``variable()``, by name.
        environment: further environment variables of the functions.
        timeout: of the functions, in seconds.
        memory_size: of the functions, in MB.
        remaining_time: what ``context.get_remaining_time_in_millis()`` returns: milliseconds, or a function
            that returns them; what is left of the timeout if missing.
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
        self.app = app
        self.name = name
        self.variables = dict(variables or {})
        self.environment = dict(environment or {})
        self.timeout = timeout
        self.memory_size = memory_size
        self.remaining_time = remaining_time
        #: The lines that handlers wrote to their log: by ``context.log``, ``app.log``, logging and print.
        self.logs: list[str] = []
        #: The executions of state machines that handlers started; none of them runs.
        self.executions: list[Execution] = []

    def event(
        self, handler: str, payload: Any = SAMPLE, /, *, via: str = "", **fields: Any
    ) -> dict[str, Any]:
        """Returns the event that AWS would send for a payload to a handler.

        Args:
            handler: the handler's name.
            payload: what the event is about: a message, an item, a body. A sample if missing, which passes
                the filters that the decorator has.
            via: a part of the source's name, where a handler has several; the decorator next to it counts if
                missing.
            fields: fields of the event in AWS's own names, such as ``Subject="beer"``, ``path="/menu"``;
                ``**{"detail-type": "Bottle emptied"}`` where Python cannot spell them.

        Raises:
            DomovoiError: there is no such handler, or the payload is none for its source.
        """
        return self._event(self._route(handler, via), payload, fields, 1)

    def send(self, handler: str, payload: Any = SAMPLE, /, *, via: str = "", **fields: Any) -> Any:
        """Sends a handler an event, as :meth:`event` makes it, and returns what the function returns.

        Raises:
            DomovoiError: as of :meth:`event` and :meth:`invoke`; what the handler raises, it raises here too.
        """
        route = self._route(handler, via)
        return self.invoke(self._event(route, payload, fields, 1), function=route.trigger.function)

    def send_batch(self, handler: str, payloads: Sequence[Any], /, *, via: str = "", **fields: Any) -> Any:
        """Sends a handler one event with a record for each payload, and returns what the function returns.

        Raises:
            DomovoiError: the handler's source sends no records; otherwise as of :meth:`send`.
        """
        route = self._route(handler, via)
        events = [self._event(route, payload, fields, n) for n, payload in enumerate(payloads, 1)]
        if not all("Records" in event for event in events):
            raise DomovoiError(
                f"The events of {handler} ({route.trigger.describe()}) come one by one.",
                "Call send() for each.",
            )
        records = [record for event in events for record in event["Records"]]
        return self.invoke({"Records": records}, function=route.trigger.function)

    def invoke(self, event: Any, *, function: str = "") -> Any:
        """Invokes a function of the app with an event, and returns what the function returns.

        Both pass through JSON, as they do on AWS.

        Args:
            event: the event as AWS sends it.
            function: a name declared with ``app.function``; the default function if empty.

        Raises:
            DispatchError: no handler was declared for the event.
            DomovoiError: the result has no form in JSON, or the app's declarations are not in order.
        """
        given = json.loads(json.dumps(event))
        with self._deployed(function) as environ, self._log():
            result = self.app(given, self._context(environ))
        try:
            return json.loads(json.dumps(result, default=_number))
        except (TypeError, ValueError) as error:
            raise DomovoiError(
                f"The function returned what Lambda cannot write as JSON: {error}.",
                "Return None, booleans, numbers, strings, lists and dicts with string keys.",
            ) from None

    def _event(self, route: Route, payload: Any, fields: Mapping[str, Any], number: int) -> dict[str, Any]:
        trigger = route.trigger
        given = trigger.sample() if payload is SAMPLE else payload
        return trigger.event(
            EventRequest(
                handler=route.handler,
                payload=given,
                environ=self._environ(trigger.function),
                fields=fields,
                number=number,
            )
        )

    def _route(self, handler: str, via: str) -> Route:
        application = self.app.freeze()
        for fault in application.faults:
            raise DomovoiError(f"{fault.location}: {fault.message}", fault.remedy)
        routes = [route for route in application.routes if route.handler == handler]
        if not routes:
            raise _unknown(handler, sorted({route.handler for route in application.routes}))
        found = [route for route in routes if via in route.trigger.describe()]
        if not found:
            sources = "; ".join(route.trigger.describe() for route in routes)
            raise DomovoiError(f"{handler} has no source with {via!r} in its name.", f"It has: {sources}.")
        return found[0]

    def _environ(self, function: str) -> dict[str, str]:
        """Returns the environment of a deployed function."""
        return {
            **_NOBODY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_NAME": f"{self.name}-{function}" if function else self.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_size),
            **self.environment,
            NAME_KEY: self.name,
            FUNCTION_KEY: function or DEFAULT_FUNCTION,
            **{f"{VARIABLE_KEY}{name}": value for name, value in self.variables.items()},
        }

    def _context(self, environ: Mapping[str, str]) -> Context:
        ends = time.monotonic() + self.timeout
        given = self.remaining_time

        def remaining() -> int:
            if given is None:
                return max(0, int((ends - time.monotonic()) * 1000))
            return given() if callable(given) else given

        return Context(function_arn(environ), self.memory_size, remaining)

    @contextlib.contextmanager
    def _deployed(self, function: str) -> Iterator[dict[str, str]]:
        """Lets the app find what it finds in a function's process, which starts anew."""
        app, environ = self.app, self._environ(function)
        before = app.step_functions, app.lambda_context
        with patch.dict(os.environ, environ):
            for name in _SOMEBODY:
                os.environ.pop(name, None)
            app.step_functions = _StepFunctions(self)
            app._table = None  # it knows names as they were when the first event came
            try:
                yield environ
            finally:
                app._table = None
                app.step_functions, app.lambda_context = before

    @contextlib.contextmanager
    def _log(self) -> Iterator[None]:
        """Keeps what the handlers log, and passes it on to standard output."""
        written = io.StringIO()
        handler = logging.StreamHandler(written)
        handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
        root = logging.getLogger()
        root.addHandler(handler)
        try:
            with contextlib.redirect_stdout(written):
                yield
        finally:
            root.removeHandler(handler)
            self.logs += written.getvalue().splitlines()
            sys.stdout.write(written.getvalue())


class _StepFunctions:
    """What starts executions, in place of boto3's client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def start_execution(self, *, stateMachineArn: str, input: str, name: str | None = None) -> dict[str, Any]:  # noqa: N803 - AWS's own names
        """Notes an execution, and answers as Step Functions does."""
        machine = stateMachineArn.rpartition(":")[2].removeprefix(self._client.name).removeprefix("-")
        self._client.executions.append(Execution(machine or DEFAULT_FUNCTION, json.loads(input), name))
        arn = stateMachineArn.replace(":stateMachine:", ":execution:")
        return {"executionArn": f"{arn}:{name or uuid4()}", "startDate": datetime.now(timezone.utc)}


def _unknown(handler: str, known: Sequence[str]) -> DomovoiError:
    near = get_close_matches(handler, known, 1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return DomovoiError(
        f"There is no handler {handler!r}.", f"{hint}The app has: {', '.join(known) or 'none'}."
    )


def _number(value: object) -> float:
    """Returns a number of DynamoDB's as Lambda's runtime writes it."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"it has a {type(value).__name__}")
