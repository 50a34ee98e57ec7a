"""What handlers find on Lambda's context object, on every runtime."""

from __future__ import annotations


def with_log(context: object) -> object:
    """Returns the context with a ``log(message)`` method, which Lambda's own runtime has and others lack.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """
    if context is not None and not hasattr(context, "log"):
        context.log = log  # type: ignore[attr-defined]
    return context


def log(message: object) -> None:
    """Writes a line to the function's log."""
    print(message, flush=True)  # noqa: T201 - standard output is the function's log
