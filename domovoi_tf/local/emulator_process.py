"""Runs MiniStack so that it loses neither responses nor log lines: python emulator_process.py SOCKET.

`emulator.start` starts this program, with the file descriptor of the socket on which it serves.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import sys
import termios
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

#: The header of answers to the health check that has the ID of this process. Other MiniStacks do not send it.
PROCESS_HEADER = "x-domovoi-tf-process"
#: Seconds that an idle connection stays open. MiniStack sets 75, after which its server, Hypercorn, closes a
#: connection even if a request has just arrived: the request is carried out and gets no answer. The AWS
#: provider reuses connections for 90 seconds.
KEEP_ALIVE = 3600.0
#: Seconds before the answer to a request with a body. If an answer arrives while the AWS SDK for Go still
#: finishes the request, the SDK closes the connection and repeats the request. This happened to about one
#: request in 400, and AddPermission, for example, failed because the first request had succeeded. With the
#: delay, it happened to none of 2,400, on a loaded machine either. Answers of AWS take longer.
DELAY = 0.01
#: Seconds that the emulator waits for the log lines of an invocation: for the first, for the next, for all.
#: Lines that it reads later reach the log group with the next invocation, or never. MiniStack waits 0.05,
#: 0.005 and 0.25 seconds, which a loaded machine can exceed.
LOG_LINES = {"first_line_wait": 0.1, "idle_confirm": 0.02, "hard_cap": 2.0}
#: The names under which programs on this machine reach the emulator. Others are those of foreign web pages
#: that resolve to 127.0.0.1 (DNS rebinding).
_LOOPBACK = r"(?:.+\.)?localhost|127\.0\.0\.1|\[::1\]"
_HOST = re.compile(rf"(?:{_LOOPBACK}|.+\.(?:amazonaws\.com(?:\.cn)?|on\.aws))(?::\d+)?", re.IGNORECASE)
_ORIGIN = re.compile(rf"https?://(?:{_LOOPBACK})(?::\d+)?", re.IGNORECASE)
#: The URLs of functions, which web pages may use as on AWS. MiniStack serves nothing else at these paths, but
#: it has other paths at the host name of a function, such as that which resets the emulator.
_FUNCTION_PATH = re.compile(r"/_aws/lambda-url/[^/]+(?:/.*)?", re.DOTALL)
_BALANCER_PATH = re.compile(r"/_alb/([^/]+)(?:/.*)?", re.DOTALL)
REFUSAL = """\
The emulator refuses web pages of other machines, and all host names but localhost and 127.0.0.1.
In a program, use the endpoint that `domovoi-tf local status` prints.
In a web page, call the URL of a function or of a load balancer.
"""
#: The longest time in seconds that it waits for the thread that reads what a function has written.
READING = 2.0

Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Any, Send], Coroutine[Any, Any, None]]


def delay_answers(app: App) -> App:
    """Returns an ASGI app that answers requests with a body after `DELAY`."""
    import asyncio

    async def delayed(scope: Any, receive: Any, send: Send) -> None:
        async def send_later(message: Any) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(DELAY)
            await send(message)

        has_body = scope["type"] == "http" and scope["method"] in ("POST", "PUT", "PATCH")
        await app(scope, receive, send_later if has_body else send)

    return delayed


def name_process(app: App) -> App:
    """Returns an ASGI app whose answers to the health check have `PROCESS_HEADER`."""

    async def named(scope: Any, receive: Any, send: Send) -> None:
        async def send_named(message: Any) -> None:
            if message["type"] == "http.response.start":
                name = (PROCESS_HEADER.encode(), str(os.getpid()).encode())
                message = {**message, "headers": [*message.get("headers", ()), name]}
            await send(message)

        is_check = scope["type"] == "http" and scope["path"] == "/_ministack/health"
        await app(scope, receive, send_named if is_check else send)

    return named


def refuse_foreign_pages(app: App) -> App:
    """Returns an ASGI app that refuses requests of web pages, except those to functions and load balancers.

    MiniStack answers every origin, and asks for no secret: a page that is open in a browser could create a
    function, and so run its code on this machine. Pages that this machine serves may make requests.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
    """

    async def guarded(scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or _is_trusted(scope):
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"text/plain")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": REFUSAL.encode()})

    return guarded


def _is_trusted(scope: Any) -> bool:
    """Whether a request is from this machine, or to a function URL or a load balancer."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    path = scope["path"]
    if _FUNCTION_PATH.fullmatch(path) or _is_balancer(path):
        return True
    return bool(_HOST.fullmatch(headers.get("host", "localhost"))) and not _is_foreign(headers)


def _is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether a page of another machine makes a request. Some GET requests of browsers have no origin."""
    if "origin" in headers:
        return not _ORIGIN.fullmatch(headers["origin"])
    return headers.get("sec-fetch-site") == "cross-site"


def _is_balancer(path: str) -> bool:
    """Whether a path begins with a load balancer that exists. For others, MiniStack serves the AWS API."""
    if not (found := _BALANCER_PATH.fullmatch(path)):
        return False
    with contextlib.suppress(ImportError, AttributeError):
        from ministack.services import alb

        return alb._find_lb_by_name(found[1]) is not None
    return False


def serve_on(descriptor: int) -> None:
    """Makes the server use a socket that is bound already, whatever address MiniStack sets.

    Args:
        descriptor: the file descriptor of the socket.
    """
    from hypercorn.config import Config

    # A property, since MiniStack assigns its own address to each configuration.
    Config.bind = property(lambda _: [f"fd://{descriptor}"], lambda _, addresses: None)  # type: ignore


def keep_connections() -> None:
    """Keeps idle connections open for `KEEP_ALIVE`, whatever MiniStack sets."""
    with contextlib.suppress(ImportError):
        from hypercorn.config import Config

        # A property, since MiniStack assigns its own value to each configuration.
        Config.keep_alive_timeout = property(lambda _: KEEP_ALIVE, lambda _, seconds: None)  # type: ignore


def wait_for_log_lines() -> None:
    """Makes the emulator read all log lines of an invocation, and wait for them as `LOG_LINES` says."""
    with contextlib.suppress(ImportError, AttributeError):
        from ministack.core.lambda_runtime import Worker

        drain = Worker._drain_stderr_bounded

        def drain_all(worker: Any, **waits: float) -> str:
            until = time.monotonic() + READING
            while _has_unread_output(worker._proc) and time.monotonic() < until:
                time.sleep(0.001)
            return str(drain(worker, **{**LOG_LINES, **waits}))

        Worker._drain_stderr_bounded = drain_all


def _has_unread_output(process: Any) -> bool:
    """Whether a function has written to standard error what the emulator has not read."""
    try:
        waiting = fcntl.ioctl(process.stderr, termios.FIONREAD, bytes(4))
    except (AttributeError, OSError, TypeError, ValueError):  # no process, or a closed stream
        return False
    return any(waiting)


def stand_for_https() -> None:
    """Makes policies take plain HTTP to the emulator for HTTPS to the endpoint of AWS that it stands for."""
    with contextlib.suppress(ImportError, AttributeError):
        from ministack.core import iam_evaluator

        resolve = iam_evaluator._resolve_condition_key

        def resolve_condition_key(key: str, context: Any) -> Any:
            return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

        iam_evaluator._resolve_condition_key = resolve_condition_key


def main() -> None:
    """Serves until the process is ended."""
    import ministack.app

    # The folder of the package, if this interpreter does not find it.
    sys.path.append(str(Path(__file__).parents[2]))
    from domovoi_tf.local import emulator_functions, emulator_machines
    from domovoi_tf.local.forwarding import invocations

    serve_on(int(sys.argv.pop()))
    keep_connections()
    wait_for_log_lines()
    stand_for_https()
    emulator_functions.install(Path.cwd())
    invocations.install(Path.cwd())
    emulator_machines.install()
    ministack.app.app = refuse_foreign_pages(name_process(delay_answers(ministack.app.app)))
    # Functions inherit the environment, but this log level is not meant for them.
    del os.environ["LOG_LEVEL"]
    ministack.app.main()


if __name__ == "__main__":
    main()
