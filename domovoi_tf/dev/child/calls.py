"""Records the calls of AWS APIs that a handler makes, in the child process.

https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Mapping
from importlib.machinery import ModuleSpec
from typing import Any

_CLIENT_MODULE = "botocore.client"
#: The parameters that name a resource, the most specific ones first.
_RESOURCES = """
    Bucket TableName QueueUrl TopicArn TargetArn StreamName StreamARN FunctionName stateMachineArn
    executionArn SecretId KeyId logGroupName EventBusName Rule RoleArn QueueName Name name Id
""".split()  # noqa: SIM905 - a list of names reads better one after another
_MOST_CALLS = 500


class CallRecorder:
    """Collects the calls of the handler that runs.

    Attributes:
        calls: the calls of the current event, as dictionaries with the fields of `recorder.records.AwsCall`.
    """

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self._start = 0.0

    def begin(self) -> None:
        """Forgets the calls of the last event."""
        self.calls, self._start = [], time.monotonic()

    def install(self) -> None:
        """Wraps botocore's clients: now if it is imported, otherwise once it is."""
        if module := sys.modules.get(_CLIENT_MODULE):
            self._wrap(module.BaseClient)
        else:
            sys.meta_path.insert(0, _Finder(lambda module: self._wrap(module.BaseClient)))

    def _wrap(self, client_class: Any) -> None:
        call = client_class._make_api_call
        record = self._record

        def make_api_call(client: Any, operation: str, parameters: Any) -> Any:
            start, error = time.monotonic(), ""
            try:
                return call(client, operation, parameters)
            except BaseException as exception:
                error = get_error_code(exception)
                raise
            finally:
                record(client.meta.service_model.service_name, operation, parameters, start, error)

        client_class._make_api_call = make_api_call

    def _record(self, service: str, operation: str, parameters: Any, start: float, error: str) -> None:
        if len(self.calls) < _MOST_CALLS:
            now = time.monotonic()
            self.calls.append(
                {
                    "service": service,
                    "operation": operation,
                    "resource": find_resource(parameters),
                    "offset_ms": round((start - self._start) * 1000, 1),
                    "duration_ms": round((now - start) * 1000, 1),
                    "error": error,
                }
            )


def find_resource(parameters: object) -> str:
    """Returns the name, the ARN or the URL of the resource that a call is about; empty if it is unknown.

    Args:
        parameters: the parameters of the call.
    """
    if isinstance(parameters, Mapping):
        for name in _RESOURCES:
            if isinstance(value := parameters.get(name), str):
                return value
    return ""


def get_error_code(error: BaseException) -> str:
    """Returns the error code of AWS, or else the name of the exception's class.

    https://boto3.amazonaws.com/v1/documentation/api/latest/guide/error-handling.html
    """
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, Mapping) else None
    return str(code or type(error).__name__)


class _Finder:
    """A finder that leaves modules to the others, and wraps the clients when botocore has been imported."""

    def __init__(self, function: Callable[[Any], None]) -> None:
        self._function = function

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Finds the module of the clients by the other finders, and has it wrapped after its execution."""
        if name != _CLIENT_MODULE or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute, function = spec.loader.exec_module, self._function

            def execute_and_wrap(module: Any) -> None:
                execute(module)
                function(module)

            spec.loader.exec_module = execute_and_wrap  # type: ignore[method-assign]
        return spec
