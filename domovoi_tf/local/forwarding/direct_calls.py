"""Invokes functions at the emulator without boto3, whose clients would use half of the memory of `dev`.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import threading
from typing import Any

from domovoi_tf.errors import EmulatorError
from domovoi_tf.local.emulator_environment import KEY, REGION, Emulator
from domovoi_tf.system.loopback import HOST
from domovoi_tf.system.suggestions import spell

_CONNECT_SECONDS = 10.0


def invoke(emulator: Emulator, function: str, event: Any, region: str = REGION) -> tuple[Any, bool]:
    """Invokes a function, and waits for its result for any time.

    Args:
        emulator: the running emulator.
        function: the function's name on AWS.
        event: the event.
        region: the Region of the function.

    Returns:
        The result or the failure, and whether the function failed.

    Raises:
        EmulatorError: the function is not deployed, or the emulator does not answer.
    """
    path, body = f"/2015-03-31/functions/{function}/invocations", json.dumps(event).encode()
    connection = http.client.HTTPConnection(HOST, emulator.port, timeout=_CONNECT_SECONDS)
    try:
        connection.connect()
        connection.sock.settimeout(None)
        connection.request("POST", path, body, _sign(emulator.endpoint + path, body, region))
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise EmulatorError(
            f"The emulator does not answer: {error}", f"See whether it runs with `{spell('local status')}`."
        ) from None
    finally:
        connection.close()
    if response.status == 404:
        raise EmulatorError(
            f"The function {function} is not deployed to the emulator.",
            f"Run `{spell('local deploy')}` first.",
        )
    if response.status >= 300:
        raise EmulatorError(
            f"The emulator refused to invoke {function}: {content.decode(errors='replace')[:500]}",
            f"See its log, which `{spell('local status')}` names.",
        )
    return json.loads(content or b"null"), response.getheader("X-Amz-Function-Error") is not None


def start(
    emulator: Emulator, function: str, event: Any, region: str = REGION
) -> asyncio.Future[tuple[Any, bool]]:
    """Invokes a function in a thread of its own, for which the end of this process does not wait.

    Args:
        emulator: the running emulator.
        function: the function's name on AWS.
        event: the event.
        region: the Region of the function.

    Returns:
        The future result of `invoke`, or its error, which need not be awaited.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[tuple[Any, bool]] = loop.create_future()
    future.add_done_callback(lambda done: done.cancelled() or done.exception())  # marks it as seen

    def finish(result: tuple[Any, bool] | None, error: Exception | None) -> None:
        if future.cancelled():
            return
        if result is None:
            future.set_exception(error or EOFError())
        else:
            future.set_result(result)

    def run() -> None:
        result, error = None, None
        try:
            result = invoke(emulator, function, event, region)
        except Exception as exception:
            error = exception
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(finish, result, error)

    threading.Thread(target=run, daemon=True).start()
    return future


def _sign(url: str, body: bytes, region: str) -> dict[str, str]:
    """Returns the headers of a signed request."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("POST", url, data=body, headers={"X-Amz-Invocation-Type": "RequestResponse"})
    SigV4Auth(Credentials(KEY, KEY), "lambda", region).add_auth(request)
    return dict(request.headers.items())
