"""The values that travel from the emulator through the pool to a child process, and back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domovoi_tf.loading.environment import build_app_environment
from domovoi_tf.recorder.records import LogLine

#: The child's end of the log, which decides whether several handlers of a function name their lines.
_STREAM = "dev/[$LATEST]"


@dataclass(frozen=True)
class FunctionContext:
    """Everything about a deployed function that decides how its child processes run.

    Args:
        name: its name on AWS.
        arn: its ARN.
        version: its version.
        timeout: its timeout in seconds.
        memory_size: its memory in MB.
        logging: its logging configuration, as GetFunctionConfiguration returns it.
        variables: its environment variables.
        aws: the variables that Lambda sets: the Region, the credentials of its role, the emulator's endpoint.
    """

    name: str
    arn: str
    version: str
    timeout: int
    memory_size: int
    logging: Mapping[str, str]
    variables: Mapping[str, str] = field(repr=False)  # they may be secret
    aws: Mapping[str, str] = field(repr=False)

    def build_environment(self, project: Path) -> dict[str, str]:
        """Returns all environment variables of a child process.

        Args:
            project: the project's folder.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        group = self.logging.get("LogGroup") or f"/aws/lambda/{self.name}"
        environment = {
            **build_app_environment(os.environ, {}),
            **self.variables,
            **self.aws,
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": self.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_size),
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_LAMBDA_LOG_STREAM_NAME": _STREAM,
            "AWS_LAMBDA_LOG_FORMAT": self.logging.get("LogFormat", "Text"),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "LAMBDA_TASK_ROOT": str(project.resolve()),
            "_HANDLER": "app.app",
            "PYTHONUNBUFFERED": "1",
        }
        if level := self.logging.get("ApplicationLogLevel"):
            environment["AWS_LAMBDA_LOG_LEVEL"] = level
        return environment

    def describe(self) -> dict[str, Any]:
        """Returns what the context object of a handler tells about the function."""
        return {
            "name": self.name,
            "arn": self.arn,
            "version": self.version,
            "timeout": self.timeout,
            "memory_size": self.memory_size,
        }


@dataclass(frozen=True)
class Request:
    """An invocation that the emulator forwards.

    Args:
        request_id: the ID of the invocation.
        event: the event.
        function: the function.
        trace_id: the tracing header; empty if the function is not traced.
    """

    request_id: str
    event: Any
    function: FunctionContext
    trace_id: str = ""


@dataclass(frozen=True)
class Problem:
    """The reason why the app could not be imported.

    Args:
        position: the file and line; may be empty.
        message: the reason.
        remedy: the advice.
        traceback: the traceback, which may be empty.
    """

    position: str
    message: str
    remedy: str = ""
    traceback: str = ""

    def format(self) -> str:
        """Returns the lines that tell a person about it."""
        place = f"{self.position}: " if self.position else ""
        return f"{place}{self.message}" + (f"\n{self.remedy}" if self.remedy else "")


@dataclass(frozen=True)
class Answer:
    """The outcome of a request in a child process.

    Args:
        status: the status, as `recorder.records.Outcome` has it.
        result: the value that the function returned.
        failure: the exception, as Lambda's response has it; None if there is none.
        log: the lines of the log.
        details: what the child told about the run: handlers, source, kind, calls, duration_ms, memory_mb.
        code: the version of the code.
        seconds: the time that the process had the request.
    """

    status: str
    result: Any = None
    failure: Mapping[str, Any] | None = None
    log: tuple[LogLine, ...] = ()
    details: Mapping[str, Any] | None = None
    code: str = ""
    seconds: float = 0.0


def parse_request(document: Mapping[str, Any]) -> Request:
    """Returns the request in a document of the emulator.

    Args:
        document: the document, as `local.forwarding.invocations` sends it.

    Raises:
        KeyError: a part is missing.
    """
    function = FunctionContext(**document["function"], variables=document["variables"], aws=document["aws"])
    return Request(document["request_id"], document["event"], function, document.get("trace_id") or "")
