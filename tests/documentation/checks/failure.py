"""The error of a wrong block."""

from __future__ import annotations


class WrongBlockError(AssertionError):
    """A code block is wrong, or nothing checks it."""
