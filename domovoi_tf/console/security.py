"""Decides which requests the console answers, and sets the headers that protect its pages.

The console reads events and starts functions, so neither other users of the machine nor pages of other
origins may reach it. It listens on 127.0.0.1. Its first URL has a token, which becomes a cookie; other
requests need the cookie. The name of the host is checked because of DNS rebinding, by which a foreign page
reaches a local port under a name of its own. Requests that change something need a header and an origin that
foreign pages cannot send.

https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
"""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domovoi_tf.console.answers import API, make_redirection, make_refusal

#: The header of actions. Foreign pages may set it only if a server allows it, as this one never does.
ACTION_HEADER = "X-Domovoi-Console"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: The largest body of a request, in bytes: an event of Lambda has at most 6 MB.
MAX_BODY = 10_000_000
_READING, _ACTING = ("GET", "HEAD"), ("POST",)
_LOCKED = "This console needs its token."
_OPEN = "Open the URL that the terminal shows: it contains the token."


class Tokens:
    """The tokens that open the console, and the value of the cookie that they become.

    Args:
        token: the token of the URL that the terminal shows, which can be opened any number of times.
    """

    def __init__(self, token: str) -> None:
        # A server that resumes with the same token accepts the cookies of before.
        digest = hmac.digest(token.encode(), b"cookie", "sha256")
        self.cookie = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        self._token = token
        self._single: set[str] = set()

    def create_single_use(self) -> str:
        """Returns a token that opens the console once.

        It is for a URL that a browser gets as an argument, which other users of the machine can see.
        """
        token = secrets.token_urlsafe(32)
        self._single.add(token)
        return token

    def accepts(self, token: str) -> bool:
        """Returns whether a token opens the console."""
        results = [_is_equal(token, each) for each in (self._token, *self._single)]
        return any(results)

    def spend(self, token: str) -> None:
        """Ends the validity of a token that opens the console once."""
        self._single.discard(token)


def _is_equal(value: str, secret: str) -> bool:
    """Returns whether a value is a secret, in a time that does not depend on the value."""
    return hmac.compare_digest(value.encode("utf-8", "surrogatepass"), secret.encode())


class Guard:
    """Refuses requests that do not come from the console's own pages.

    Args:
        app: the application that gets the other requests.
        tokens: the tokens in first URLs.
        port: the port that the console listens on.
    """

    def __init__(self, app: ASGIApp, tokens: Tokens, port: int) -> None:
        self._app = app
        self._tokens = tokens
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        # Cookies do not distinguish ports: two consoles would overwrite each other's.
        self._cookie = f"domovoi_console_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers or refuses a request, as ASGI servers call it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._find_answer(scope)
        await (answer or self._app)(scope, receive, _add_headers(send))

    def _find_answer(self, scope: Scope) -> Response | None:
        """Returns the answer to a request that the application does not get; None if it does."""
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        if refusal := self._check_origin(headers, path):
            return refusal
        if method not in (*_READING, *_ACTING):
            answer = make_refusal(path, 405, "The console does not accept this method.", "Use its pages.")
            answer.headers["Allow"] = ", ".join((*_READING, *_ACTING))
            return answer
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if method in _READING and not path.startswith(API) and "token" in dict(query):
            return self._exchange_token(path, query)
        if not self._is_known(headers.get("cookie", "")):
            return make_refusal(path, 403, _LOCKED, _OPEN)
        return self._check_action(headers, path) if method in _ACTING else None

    def _check_origin(self, headers: Headers, path: str) -> Response | None:
        """Refuses requests to another name, and requests to the API that pages of other origins make."""
        if len(headers.getlist("host")) != 1 or headers["host"].lower() not in self._hosts:
            message, remedy = (
                "The console does not have this name.",
                f"Open http://{self._hosts[0]}/ instead.",
            )
            return make_refusal(path, 421, message, remedy)
        is_navigation = headers.get("sec-fetch-mode") == "navigate" and not path.startswith(API)
        is_foreign = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        if is_foreign and not is_navigation:
            return make_refusal(path, 403, "Another page made this request.", "Use the console's own pages.")
        return None

    def _exchange_token(self, path: str, query: list[tuple[str, str]]) -> Response:
        """Sets the cookie, and redirects to the same address without the token."""
        tokens = [value for name, value in query if name == "token"]
        if len(tokens) != 1 or not self._tokens.accepts(tokens[0]):
            return make_refusal(path, 403, "The token is not valid.", _OPEN)
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        self._tokens.spend(tokens[0])
        # Two slashes at the beginning would be the name of another host.
        target = f"/{quote(path.lstrip('/'))}" + (f"?{rest}" if rest else "")
        answer = make_redirection(target)
        answer.set_cookie(self._cookie, self._tokens.cookie, path="/", httponly=True, samesite="strict")
        return answer

    def _is_known(self, cookies: str) -> bool:
        return _is_equal(cookie_parser(cookies).get(self._cookie, ""), self._tokens.cookie)

    def _check_action(self, headers: Headers, path: str) -> Response | None:
        """Refuses requests that change something and do not come from the console's own pages."""
        is_own = headers.get("origin") == f"http://{headers['host']}" and headers.get(ACTION_HEADER) == "1"
        if not is_own:
            return make_refusal(path, 403, "Another page made this request.", "Use the console's own pages.")
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return make_refusal(path, 415, "The body is not JSON.", "Send JSON.")
        if int(headers.get("content-length", "0")) > MAX_BODY:
            return make_refusal(path, 413, "The request is too large.", "Send at most 10 MB.")
        return None


def _add_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_HEADERS)
        await send(message)

    return send_with_headers
