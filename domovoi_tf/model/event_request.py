"""Requests for events of a trigger, to try its handler out, and payloads for its deployed source."""

from __future__ import annotations

from ..errors import DomovoiError
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


class SentPayload(Frozen):
    """The payload of an event that a deployed source is to emit.

    ``text_in_json`` is the payload as JSON; empty if there is only a file. ``file`` is the name of a file,
    and ``content`` its content, which is sent as it is; None if there is no file.
    """

    text_in_json: str = ""
    file: str = ""
    content: bytes | None = None

    @property
    def json(self) -> str:
        """The payload as JSON.

        Raises:
            DomovoiError: the file does not contain JSON.
        """
        if self.content is None:
            return self.text_in_json
        self._parse(self.text)
        return self.text

    @property
    def value(self) -> Any:
        """The payload that the JSON describes.

        Raises:
            DomovoiError: the file does not contain JSON.
        """
        return self._parse(self.text_in_json if self.content is None else self.text)

    @property
    def text(self) -> str:
        """The payload as text: the content of the file, a string, or any other payload as JSON.

        Raises:
            DomovoiError: the file is not text.
        """
        if self.content is None:
            return self.value if isinstance(self.value, str) else self.text_in_json
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            raise DomovoiError(
                f"{self.file} is not a text in UTF-8, but the source of the handler sends text.",
                "Choose another file.",
            ) from None

    @property
    def data(self) -> bytes:
        """The payload as bytes: the content of the file, or the text."""
        return self.text.encode() if self.content is None else self.content

    @property
    def content_type(self) -> str:
        """The media type of the payload in a request."""
        if self.content is None:
            return "application/json"
        import mimetypes

        return mimetypes.guess_type(self.file)[0] or "application/octet-stream"

    def is_list(self) -> bool:
        """Returns whether the payload is a list in JSON."""
        return self.content is None and isinstance(self.value, list)

    def _parse(self, text: str) -> Any:
        import json

        try:
            return json.loads(text)
        except ValueError as error:
            raise DomovoiError(
                f"{self.file or 'The payload'} is not JSON, which the source of the handler sends: {error}.",
                "Correct it.",
            ) from None
