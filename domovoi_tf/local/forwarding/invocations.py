"""Makes MiniStack forward invocations to `domovoi-tf dev`, and log and answer them as its own.

MiniStack can forward invocations itself, by a variable in its environment. But then it writes no log, ends an
invocation that is paused in a debugger, reports each failure as the same error, and forwards to an address
where nobody listens any more. So only the place where it does so is used.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.local.forwarding.addresses import INVOCATIONS, Forwarding, find_forwarding
from domovoi_tf.system.loopback import HOST

_CONNECT_SECONDS = 10.0


def install(folder: Path) -> None:
    """Installs this into MiniStack, unless a release of it has other names.

    Args:
        folder: the emulator's folder.
    """
    with contextlib.suppress(ImportError, AttributeError):
        from ministack.core import lambda_runtime
        from ministack.services import lambda_svc

        dispatch = lambda_svc._execute_function_dispatch
        emit_logs = lambda_svc._emit_lambda_logs

        def execute(
            function: Any, config: Mapping[str, Any], event: Any, request_id: str, started: float
        ) -> Any:
            name = str(config.get("FunctionName", ""))
            forwarding = find_forwarding(folder, name)
            answer = forwarding and _forward(
                forwarding, build_request((lambda_runtime, lambda_svc), config, event, request_id)
            )
            if not answer:
                return dispatch(function, config, event, request_id, started)
            result = build_result(answer, request_id)
            duration = round(answer.get("duration_ms", 0))
            emit_logs(function, request_id, result["log"], bool(result.get("error")), duration)
            return result

        lambda_svc._execute_function_dispatch = execute


def build_request(
    modules: tuple[Any, Any], config: Mapping[str, Any], event: Any, request_id: str
) -> dict[str, Any]:
    """Returns the request to `dev`: the event, with the function's configuration, variables and credentials.

    Args:
        modules: MiniStack's modules of workers, which knows the credentials of roles, and of functions.
        config: the function's configuration, as GetFunctionConfiguration returns it.
        event: the event.
        request_id: the ID of the invocation.
    """
    lambda_runtime, lambda_svc = modules
    _, region = lambda_runtime._account_region_from_function_config(config)
    credentials = lambda_runtime.execution_credentials(config)
    return {
        "event": event,
        "request_id": request_id,
        "trace_id": lambda_svc._xray_trace_id_for_invocation(config) or "",
        "function": {
            "name": config.get("FunctionName", ""),
            "arn": config.get("FunctionArn", ""),
            "version": config.get("Version", "$LATEST"),
            "timeout": int(config.get("Timeout") or 3),
            "memory_size": int(config.get("MemorySize") or 128),
            "logging": config.get("LoggingConfig") or {},
        },
        "variables": dict((config.get("Environment") or {}).get("Variables") or {}),
        "aws": {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": f"http://{HOST}:{os.environ.get('GATEWAY_PORT', '4566')}",
            **{name: value for name, value in credentials.items() if value},
        },
    }


def build_result(answer: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """Returns an answer of `dev` as MiniStack's functions return theirs.

    Args:
        answer: the answer.
        request_id: the ID of the invocation.
    """
    failure, log = answer.get("failure"), answer.get("log", "")
    if failure:
        return {"body": {**failure, "requestId": request_id}, "error": True, "log": log}
    return {"body": answer.get("result"), "log": log}


def _forward(forwarding: Forwarding, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Returns the answer of `dev`; None if it got no request, and the deployed code may handle the event."""
    connection = http.client.HTTPConnection(HOST, forwarding.port, timeout=_CONNECT_SECONDS)
    try:
        connection.connect()
    except OSError:
        return None
    # A handler may be paused in a debugger for any time. If `dev` ends, the system closes the connection.
    connection.sock.settimeout(None)
    try:
        return _exchange(connection, forwarding, request)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = f"RequestId: {request['request_id']} Error: `dev` ended during the invocation"
        return {
            "failure": {"errorType": "Runtime.ExitError", "errorMessage": reason},
            "log": f"{reason} ({type(error).__name__})",
        }
    finally:
        connection.close()


def _exchange(
    connection: http.client.HTTPConnection, forwarding: Forwarding, request: Mapping[str, Any]
) -> dict[str, Any] | None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {forwarding.token}"}
    connection.request("POST", INVOCATIONS, json.dumps(request), headers)
    response = connection.getresponse()
    body = response.read()
    if response.status in (401, 404, 503):  # another program has the port by now, or dev is about to end
        return None
    answer = json.loads(body)
    if not isinstance(answer, dict):
        raise ValueError(f"HTTP status {response.status}")
    if response.status != 200:
        reason = f"RequestId: {request['request_id']} Error: `dev` failed: {answer.get('error')}"
        return {"failure": {"errorType": "Runtime.ExitError", "errorMessage": reason}, "log": reason}
    return answer
