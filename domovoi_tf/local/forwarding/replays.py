"""Asks a running `dev` to repeat an event, from another process."""

from __future__ import annotations

import http.client
import json
from typing import Any

from domovoi_tf.errors import EmulatorError
from domovoi_tf.local.forwarding.addresses import REPLAYS, Forwarding
from domovoi_tf.system.loopback import HOST

_SECONDS = 60.0
_RESTART = "End `dev`, and start it again."


def request_replay(forwarding: Forwarding, function: str, event: Any, run: int) -> int:
    """Asks `dev` to have a function handle an event again, and returns the ID of the new run.

    The run has begun, and need not have ended.

    Args:
        forwarding: the address of `dev`, see `addresses.find_forwarding`.
        function: the function's name on AWS.
        event: the event.
        run: the ID of the run that is repeated.

    Raises:
        EmulatorError: `dev` does not answer, or could not have the event handled.
    """
    connection = http.client.HTTPConnection(HOST, forwarding.port, timeout=_SECONDS)
    body = json.dumps({"function": function, "event": event, "run": run})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {forwarding.token}"}
    try:
        connection.request("POST", REPLAYS, body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        message = f"The `dev` in process {forwarding.pid} does not answer: {error}"
        raise EmulatorError(message, _RESTART) from None
    finally:
        connection.close()
    if response.status != 200:
        raise EmulatorError(str(answer.get("error")), str(answer.get("remedy") or _RESTART))
    return int(answer["run"])
