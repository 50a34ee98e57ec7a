"""Gives Lambda's context object the same methods on every runtime."""

from __future__ import annotations


def add_log(context: object) -> object:
    """Adds a ``log(message)`` method to the context, unless it has one as on Lambda, and returns the context.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """
    if context is not None and not hasattr(context, "log"):
        context.log = log  # type: ignore[attr-defined]
    return context


def log(message: object) -> None:
    """Writes a line to the function's log."""
    print(message, flush=True)  # noqa: T201 - standard output is the function's log
