"""The type of Lambda's context object."""

from __future__ import annotations

from typing import Any, Protocol


class Context(Protocol):
    """Lambda's context object, the second argument of a handler.

    It is also ``app.lambda_context`` while an event is handled. The test client and ``invoke --local`` pass
    an object with the same attributes.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    #: The function's name on AWS, ``<app>-<stage>`` or ``<app>-<stage>-<function>``.
    function_name: str
    #: The published version, or ``$LATEST``.
    function_version: str
    #: The ARN that the caller used, with an alias or a version if it had one.
    invoked_function_arn: str
    #: The function's memory in MB, as a string.
    memory_limit_in_mb: str
    #: The ID of this invocation, which the log shows. A repeated asynchronous invocation has the same ID.
    aws_request_id: str
    #: The function's log group.
    log_group_name: str
    #: The log stream of the process that runs the handler.
    log_stream_name: str
    #: The Cognito identity of a caller that uses the AWS Mobile SDK, with ``cognito_identity_id``.
    identity: Any
    #: The data that a caller with the AWS Mobile SDK sent about itself, or None.
    client_context: Any
    #: The ID of the tenant, if the function isolates tenants.
    tenant_id: str | None
    #: The name of the state whose task is handled. Only handlers of ``step_function_task`` have it.
    stepfunctions_task_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Returns the time in milliseconds after which Lambda stops the function."""

    def log(self, msg: object, /) -> None:
        """Writes a message to the function's log."""
