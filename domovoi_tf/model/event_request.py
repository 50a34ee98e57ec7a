"""Requests for events of a trigger, to try its handler out."""

from __future__ import annotations

from .record import Frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class EventRequest(Frozen):
    """The parameters of an event that a trigger's source would send.

    ``handler`` is the handler's name. ``payload`` is the content of the source's envelope: a message, an item
    or a body. ``environ`` is the environment of the function, with its ``AWS_LAMBDA_FUNCTION_NAME``.
    ``fields`` replace fields of the envelope, by their names on AWS. ``number`` is the position of the record
    in its batch, starting at 1; identifiers derive from it.
    """

    handler: str
    payload: Any
    environ: Mapping[str, str]
    fields: Mapping[str, Any] = {}
    number: int = 1

    def replace_payload(self, payload: Any, fields: Mapping[str, Any] = {}) -> EventRequest:
        """Returns the same request with another payload and other fields."""
        return EventRequest(
            handler=self.handler, payload=payload, environ=self.environ, fields=fields, number=self.number
        )
