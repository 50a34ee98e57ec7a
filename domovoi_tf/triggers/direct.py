"""Direct invocations: by operators, other functions, and sources that belong to others.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-invocation.html
"""

from __future__ import annotations

from ..model.trigger import Trigger
from ..runtime.dispatch import make_window_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..model.event_request import EventRequest, SentPayload
    from ..runtime.dispatch import Table

#: The key of every event that no source claims: a function has one handler for them.
KEY = "invocation"


class Direct(Trigger):
    """Invocations of a function with events that no source claims."""

    kind = "direct"
    has_module = has_call = False
    per_function = True

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return KEY

    def subject(self, handler: str) -> object:
        return f"invocations of the {f'function {self.function!r}' if self.function else 'default function'}"

    def spell_source(self) -> str:
        return "" if self.function else "default"

    def describe(self) -> str:
        return "direct invocations"

    def event(self, request: EventRequest) -> Any:
        from ._shared.sample_envelope import merge_fields

        is_object = isinstance(request.payload, dict)
        return merge_fields(request.payload, request.fields) if is_object else request.payload

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        name = deployed["AWS_LAMBDA_FUNCTION_NAME"]
        client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=payload.json.encode())
        return f"invoked {name}"


def lambda_function(name: str | None = None, *, function: str = "") -> Direct:
    """Calls the handler with every event of the function that no other decorator's source sends.

    Operators, other functions and AWS services can invoke a function directly. The handler receives the event
    unchanged, and the caller gets its result. A function can have one such handler.

    Args:
        name: the handler's name in commands and on AWS (default: the name of the Python function).
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-invocation.html
    """
    return Direct(function=function, handler_name=name)


declare = lambda_function


def identify(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns no key: events of direct invocations have no form, and `find_handler` finds them."""
    return ()


def unwrap(item: Any) -> Any:
    """Returns the event unchanged."""
    return item


def find_handler(table: Table, event: Any) -> list[tuple[Callable[[Any, Any], Any], Any]]:
    """Returns the handler with the event, unless a source of the function sends it or one of its records."""
    records = event.get("Records") if isinstance(event, dict) else None
    is_batch = isinstance(records, list)
    for item in (records or [make_window_record(event)]) if is_batch else [event]:
        for _, identify, openers in table.records if is_batch else table.events:
            if isinstance(item, dict) and any(key is None or key in openers for key in identify(item)):
                return []
    return [(table.routes["direct", KEY][0][1], event)]
