"""Serves the console on a loopback port until it is told to stop."""

from __future__ import annotations

import asyncio
import importlib.util
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from domovoi_tf.errors import DomovoiError
from domovoi_tf.system import user_folder
from domovoi_tf.system.distribution.install_command import build_install_command
from domovoi_tf.system.loopback import HOST, servers, sockets

if TYPE_CHECKING:
    import socket

    from starlette.applications import Starlette

_PACKAGES = ("starlette", "hypercorn")


class ConsoleStartError(DomovoiError):
    """The console cannot be started."""


def require_packages() -> None:
    """Checks that the packages that the console needs are installed.

    Raises:
        ConsoleStartError: one of them is missing.
    """
    missing = [name for name in _PACKAGES if not importlib.util.find_spec(name)]
    if missing:
        raise ConsoleStartError(
            f"The console needs {' and '.join(missing)}.",
            f"Install it with `{build_install_command('local')}`.",
        )


def open_listener(port: int | None) -> socket.socket:
    """Returns a socket that listens on the loopback interface only.

    Args:
        port: the TCP port; None for a free one.

    Raises:
        ConsoleStartError: the port is in use, or this user may not use it.
    """
    return sockets.bind(port, ConsoleStartError)


def resume_listener(path: Path) -> tuple[socket.socket, str]:
    """Returns a socket as `open_listener` does, and a token: those of the last time if that port is free.

    Pages that are still open connect again then, and bookmarks stay valid.

    Args:
        path: the private file that remembers both; its folder exists.

    Raises:
        ConsoleStartError: no port can be used.
        OSError: the file cannot be written.
    """
    try:
        port, token = path.read_text(encoding="utf-8").split()
        if len(token) == len(create_token()):
            return open_listener(int(port)), token
    except (OSError, ValueError, OverflowError, ConsoleStartError):
        pass
    listener, token = open_listener(None), create_token()
    user_folder.write_private_file(path, f"{listener.getsockname()[1]} {token}\n")
    return listener, token


def create_token() -> str:
    """Returns a new token for the first URL of a console."""
    return secrets.token_urlsafe(32)


def build_url(port: int, token: str) -> str:
    """Returns the first URL of a console.

    Args:
        port: the port that it listens on.
        token: its token.
    """
    return f"http://{HOST}:{port}/?token={token}"


def open_in_browser(app: Starlette, port: int) -> bool:
    """Opens a console in the user's browser, and returns whether there is one.

    Args:
        app: the application of `create_console`.
        port: the port that it listens on.
    """
    import webbrowser

    return webbrowser.open(build_url(port, app.state.tokens.create_single_use()))


async def serve(app: Starlette, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serves the console until an event is set, and ends its connections.

    Args:
        app: the application of `create_console`.
        listener: the socket of `open_listener`, which is closed.
        stop: ends the server.
    """

    async def wait_for_stop() -> None:
        await stop.wait()
        app.state.console.feed.close()  # the server waits for connections, and these do not end by themselves

    await servers.serve(app, listener, wait_for_stop)
