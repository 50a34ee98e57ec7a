"""Samples the cases of tests that take long; ``DOMOVOI_TF_SAMPLE=all`` runs them all."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

Case = TypeVar("Case")


def wants_all() -> bool:
    """Returns whether the user asks for all cases."""
    return os.environ.get("DOMOVOI_TF_SAMPLE") == "all"


def sample(cases: Sequence[Case], count: int) -> list[Case]:
    """Returns some of the cases, always the same ones and in their order, or all if the user asks for all.

    Args:
        cases: the cases.
        count: the size of the sample. It has one case of each of so many equal parts of the cases.
    """
    if wants_all() or count >= len(cases):
        return list(cases)
    pick = random.Random(10)  # noqa: S311 - a sample, not a secret
    edges = [len(cases) * part // count for part in range(count + 1)]
    return [cases[pick.randrange(*part)] for part in pairwise(edges)]


def choose_size(size: int, whole: int) -> int:
    """Returns how many cases to generate: the size, or the whole number if the user asks for all.

    Args:
        size: the usual number.
        whole: the number for ``DOMOVOI_TF_SAMPLE=all``.
    """
    return whole if wants_all() else size
