"""The drawings: pictures that are the same each time."""

from __future__ import annotations

from collections.abc import Callable

from pictures import errors, pipeline

#: The names of the files, without their ending, and what draws them.
DRAWINGS: dict[str, Callable[[], str]] = {"errors": errors.draw, "pipeline": pipeline.draw}
