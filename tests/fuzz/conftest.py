"""Reports how many inputs each fuzz test tried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .fuzzing import tried


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Iterator[None]:
    """Adds the number of tried inputs to the test's report."""
    before = tried[item.originalname]
    try:
        yield
    finally:
        item.user_properties.append(("tried", tried[item.originalname] - before))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Lists the fuzz tests with the number of inputs, if the user asked for them alone."""
    if terminalreporter.config.option.markexpr != "fuzz":
        return
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            if count := dict(report.user_properties).get("tried"):
                terminalreporter.write_line(f"{outcome:6} {count:8,} inputs  {report.nodeid}")
