"""Checks that a function on the emulator starts, before an event is sent that it could not handle."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from domovoi_tf.errors import EmulatorError
from domovoi_tf.local.emulator_functions import START_EVENT
from domovoi_tf.system.suggestions import spell


def require_start(client: Callable[[str], Any], function: str, stage: str) -> None:
    """Starts a function unless it runs, without calling a handler.

    Args:
        client: returns the emulator's boto3 client of a service.
        function: the function's name on AWS.
        stage: the stage.

    Raises:
        EmulatorError: the function does not start; the error has what it logged.
    """
    payload = json.dumps(START_EVENT)
    response = client("lambda").invoke(FunctionName=function, LogType="Tail", Payload=payload)
    body = response["Payload"].read()
    if "FunctionError" not in response:
        return
    log = base64.b64decode(response.get("LogResult") or "").decode(errors="replace").strip()
    reason = log or str(json.loads(body).get("errorMessage", ""))
    raise EmulatorError(
        f"The function {function} does not start, so no event was sent:\n{reason}",
        f"Correct the cause, and run `{spell('local deploy', stage)}`.",
    )
