"""Serves ASGI apps with Hypercorn.

https://hypercorn.readthedocs.io/en/latest/how_to_guides/api_usage.html
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Any

#: Seconds that requests may take after the server was told to stop.
_GRACEFUL_SECONDS = 1.0


async def serve(app: Any, listener: socket.socket, wait_for_stop: Callable[[], Awaitable[object]]) -> None:
    """Serves an app until a function returns, and ends its connections.

    Args:
        app: the ASGI app.
        listener: the socket, which is bound. It is closed at the end.
        wait_for_stop: returns when the server is to stop.
    """
    from hypercorn.asyncio import serve as serve_asgi
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]  # which it closes
    config.accesslog = config.errorlog = None
    config.include_server_header = False
    config.graceful_timeout = _GRACEFUL_SECONDS
    await serve_asgi(app, config, shutdown_trigger=wait_for_stop, mode="asgi")
