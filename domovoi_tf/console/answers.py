"""Answers requests: JSON that any browser accepts, and errors with their remedies."""

from __future__ import annotations

import html
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domovoi_tf.errors import DomovoiError
from domovoi_tf.system import trace_log
from domovoi_tf.system.text import format_json, parse_json

#: The requests that programs make; all others are for pages and their files.
API = "/api/"
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Console of domovoi-tf</title>
{head}<h1>{title}</h1>
<p>{text}</p>
<p><a href="{target}">{link}</a></p>
</html>
"""


class ConsoleError(DomovoiError):
    """A request cannot be answered.

    Args:
        status: the status code of the answer.
        message: what is wrong.
        remedy: what to do about it.
    """

    def __init__(self, status: int, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.status = status


def make_json_answer(data: Any, status: int = 200) -> Response:
    """Returns an answer with data as JSON.

    Args:
        data: the data; NaN and infinities become strings, because JSON lacks them.
        status: the status code.
    """
    content = format_json(data, None, ascii_only=True)
    return Response(content, status, {"Cache-Control": "no-store"}, "application/json")


def make_refusal(path: str, status: int, message: str, remedy: str) -> Response:
    """Returns an error: as JSON for the API, otherwise as a page for people.

    Args:
        path: the path of the request.
        status: the status code.
        message: what is wrong, without characters that HTML interprets.
        remedy: what to do about it, without characters that HTML interprets.
    """
    if path.startswith(API):
        return make_json_answer({"error": message, "remedy": remedy}, status)
    content = _PAGE.format(head="", title=message, text=remedy, target="", link="Try again")
    return HTMLResponse(content, status, {"Cache-Control": "no-store"})


def make_redirection(target: str) -> Response:
    """Returns a page that leads to another one of the console.

    Browsers withhold a strict cookie in a redirection by status code if a link of another site led to it,
    such as one in a terminal in the browser, but not in one that a page of the console makes.

    Args:
        target: the path and the query, percent-encoded.
    """
    quoted = html.escape(target)
    head = f'<meta http-equiv="refresh" content="0; url={quoted}">\n'
    content = _PAGE.format(head=head, title="The console opens.", text="", target=quoted, link="Open it now")
    return HTMLResponse(content, 200, {"Cache-Control": "no-store"})


async def answer_domovoi_error(_: Request, error: Exception) -> Response:
    """Answers a request with the error that its view raised, and with the remedy."""
    from domovoi_tf.operations.account import AwsError

    message, remedy = str(getattr(error, "message", error)), str(getattr(error, "remedy", ""))
    status = 502 if isinstance(error, AwsError) else getattr(error, "status", 409)
    return make_json_answer({"error": message, "remedy": remedy}, status)


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Answers a request that no view accepts."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    messages = {
        404: ("There is no such page.", "Open the first page of the console."),
        405: ("This address does not accept the method.", "Use the console's own buttons and links."),
        413: ("The request is too large.", "Send at most 10 MB."),
    }
    message, remedy = messages.get(status, ("The request is not valid.", "Reload the page."))
    answer = make_refusal(request.url.path, status, message, remedy)
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer


async def answer_unexpected_error(request: Request, error: Exception) -> Response:
    """Answers a request whose view has a defect, without the message, which may contain payloads."""
    trace_log.log.info("the console failed: %s", type(error).__name__)
    message = f"The console failed with {type(error).__name__}."
    return make_refusal(request.url.path, 500, message, "Reload the page. If it happens again, report it.")


async def read_body(request: Request) -> dict[str, Any]:
    """Returns the JSON object in the body of a request; an empty one if there is no body.

    Args:
        request: the request.

    Raises:
        ConsoleError: the body is not a JSON object.
    """
    content = await request.body()
    try:
        body = parse_json(content, is_strict=True) if content else {}
    except ValueError as error:
        raise ConsoleError(400, f"The body is not valid JSON: {error}.", "Correct the JSON.") from None
    if not isinstance(body, dict):
        raise ConsoleError(400, "The body is not a JSON object.", 'Send an object, such as {"event": 1}.')
    return body
