"""Explains breakpoints that an app meets while it is imported."""

from __future__ import annotations


def explain_debugger(error: BaseException) -> tuple[str, str] | None:
    """Explains a debugger that was left, as it is at once without input."""
    if type(error).__name__ != "BdbQuit":
        return None
    return (
        "a breakpoint needs a terminal, and the app is imported without one",
        "Move the breakpoint into a handler, and call that with `invoke HANDLER --local`. With "
        "PYTHONBREAKPOINT=0 the app is imported as if it had none.",
    )
