"""Binds ports of the loopback interface."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Callable

from domovoi_tf.system.loopback import HOST

#: Connections that wait until they are accepted.
_BACKLOG = 128


def bind(
    port: int | None, error_type: Callable[[str, str], Exception], *, listens: bool = True
) -> socket.socket:
    """Returns a socket that is bound to a port.

    Args:
        port: the TCP port; None for a free one.
        error_type: the class of the error if the port is in use, or this user may not use it.
        listens: whether connections are queued from now on, until a server accepts them; otherwise they are
            refused until then.
    """
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port or 0))
            if listens:
                listener.listen(_BACKLOG)
        except OSError as error:
            is_used = error.errno == errno.EADDRINUSE
            reason = "is in use by another program" if is_used else f"cannot be used: {error.strerror}"
            raise error_type(
                f"Port {port} on {HOST} {reason}.",
                "Choose another port with --port, or omit --port to get a free one.",
            ) from error
        stack.pop_all()
    return listener
