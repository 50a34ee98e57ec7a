"""The context object that a handler gets from Lambda, and the format of its log, in the child process.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

#: The format of times, which are in UTC as in Lambda.
_TIME = "%Y-%m-%dT%H:%M:%S"
_TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)dZ\t%(aws_request_id)s\t%(message)s"


class Context:
    """Lambda's context object for one event.

    Args:
        request: the request of the parent process.
    """

    client_context = identity = tenant_id = None

    def __init__(self, request: Mapping[str, Any]) -> None:
        function = request["function"]
        self.function_name = function["name"]
        self.function_version = function["version"]
        self.invoked_function_arn = function["arn"]
        self.memory_limit_in_mb = str(function["memory_size"])
        self.aws_request_id = request["request_id"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self._deadline = time.monotonic() + function["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds that are left until the function's timeout."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    @staticmethod
    def log(message: object) -> None:
        """Writes a line to the function's log."""
        print(message, flush=True)  # noqa: T201 - standard output is the function's log


class LogHandler(logging.Handler):
    """Writes log records as Lambda's runtime does, in text or in JSON.

    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
    """

    def __init__(self) -> None:
        super().__init__()
        self.request_id = ""
        self._is_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
        self.setFormatter(logging.Formatter(_TEXT, _TIME))
        self.formatter.converter = time.gmtime  # type: ignore[union-attr]

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record to standard output, which is the function's log."""
        try:
            record.aws_request_id = self.request_id
            text = self._format_json(record) if self._is_json else self.format(record)
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()
        except Exception:
            self.handleError(record)

    def _format_json(self, record: logging.LogRecord) -> str:
        document = {
            "timestamp": time.strftime(f"{_TIME}Z", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": self.request_id,
        }
        if record.exc_info and record.exc_info[0]:
            document["errorType"] = record.exc_info[0].__name__
            document["stackTrace"] = logging.Formatter().formatException(record.exc_info)
        return json.dumps(document, ensure_ascii=False, default=str)


def configure_logging() -> LogHandler:
    """Configures the root logger as Lambda's runtime does, and returns its handler."""
    handler = LogHandler()
    root = logging.getLogger()
    root.addHandler(handler)
    if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
        root.setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(level, level))
    return handler
