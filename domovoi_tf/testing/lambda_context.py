"""The context object that the test client passes to handlers.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from domovoi_tf.runtime.dispatch import log


class Context:
    """Lambda's context object: a :class:`domovoi_tf.types.Context`.

    Args:
        function_arn: the function's ARN.
        memory_size: the function's memory in MB.
        remaining_time: returns the remaining time in milliseconds.
    """

    function_version = "$LATEST"
    client_context = identity = None
    tenant_id: str | None = None
    stepfunctions_task_name: str
    log = staticmethod(log)

    def __init__(self, function_arn: str, memory_size: int, remaining_time: Callable[[], int]) -> None:
        self.function_name = function_arn.rpartition(":")[2]
        self.invoked_function_arn = function_arn
        self.memory_limit_in_mb = str(memory_size)
        self.aws_request_id = str(uuid4())
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = "test"
        self.get_remaining_time_in_millis = remaining_time
