"""Sizes and seeds of the fuzz tests. The suite tries few inputs, the same ones each time; `make fuzz` more.

``FUZZ`` multiplies the number of inputs (default: 1), and ``FUZZ_SEED`` selects other ones (default: 0).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

LENGTH = int(os.environ.get("FUZZ", "1"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
#: The number of inputs that each test has tried, by the name of its function.
tried: Counter[str] = Counter()


def fuzz(examples: int, **strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Decorates a test that Hypothesis calls with generated arguments.

    Args:
        examples: how many inputs the suite tries.
        strategies: the strategy for each generated argument. pytest supplies the other arguments as fixtures.
    """

    def decorate(test: Callable[..., None]) -> Any:
        @wraps(test)
        def count(*args: Any, **kwargs: Any) -> None:
            tried[test.__name__] += 1
            test(*args, **kwargs)

        limits = settings(
            max_examples=examples * LENGTH,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        return pytest.mark.fuzz(seed(SEED)(limits(given(**strategies)(count))))

    return decorate
