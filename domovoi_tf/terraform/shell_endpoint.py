"""Finds out whether the emulator that a shell is set up for has ended.

``eval "$(domovoi-tf local env)"`` sets ``AWS_ENDPOINT_URL``, which outlives the emulator. Terraform would
repeat its requests for minutes, and then say that AWS refuses connections.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from domovoi_tf.errors import EmulatorError

_VARIABLE = "AWS_ENDPOINT_URL"
_CONNECT_SECONDS = 2.0


def require_running_endpoint(environ: Mapping[str, str]) -> None:
    """Checks that ``AWS_ENDPOINT_URL``, if it is a port of this machine, has a server.

    Args:
        environ: the environment of the shell.

    Raises:
        EmulatorError: nothing listens on that port.
    """
    if error := explain_unreachable(environ):
        raise error


def explain_unreachable(environ: Mapping[str, str]) -> EmulatorError | None:
    """Returns the error that the shell's emulator is gone; None if it is not, or if the shell has none.

    Args:
        environ: the environment of the shell.
    """
    endpoint = environ.get(_VARIABLE, "")
    if not _is_refused(endpoint):
        return None
    return EmulatorError(
        f"{_VARIABLE} names an emulator that is not running: {endpoint}.",
        'Start it with `domovoi-tf local up`, then run eval "$(domovoi-tf local env)" in this shell. '
        "To use AWS instead, open a new shell.",
    )


def _is_refused(endpoint: str) -> bool:
    """Returns whether an endpoint is a port of this machine that refuses connections."""
    try:
        url = urlsplit(endpoint)
        host, port = url.hostname or "", url.port
    except ValueError:
        return False
    if port is None or not (host in ("localhost", "::1") or host.startswith("127.")):
        return False
    try:
        socket.create_connection((host, port), _CONNECT_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
