"""Tests that Terraform reads every value that ``hcl`` accepts unchanged, and would change those it rejects.

The values are generated, always the same ones. ``DOMOVOI_TF_SAMPLE=all`` generates more.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hostile_texts import PIECES
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sampling import choose_size

from domovoi_tf.errors import RenderError
from domovoi_tf.hcl.alignment import align
from domovoi_tf.hcl.syntax import PrefixedName, check_text, escape_comment, hcl
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform
COUNT = choose_size(500, 2000)

texts = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=12).map("".join)
numbers = (
    st.integers()
    | st.integers(-(2**515), 2**515)
    | st.floats()
    | st.sampled_from(
        [0, -0.0, 1e16, 1e23, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 2**512 - 1]
    )
)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(texts, inner, max_size=4)
    ),
    max_leaves=8,
)


@cache
def generate(strategy: st.SearchStrategy[Any]) -> list[Any]:
    """Returns values of a strategy, the same ones each time, which Terraform reads in one run."""
    examples: list[Any] = []

    @settings(
        max_examples=COUNT,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        examples.append(value)

    collect()
    return examples


def list_strings(value: Any) -> Iterator[str]:
    """Yields the strings in a value, and the keys of its dictionaries."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from list_strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from list_strings(item)


def list_leaves(value: Any) -> Iterator[Any]:
    """Yields the values in lists and dictionaries, however deep."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from list_leaves(item)
    elif isinstance(value, dict):
        yield from list_leaves(list(value.values()))
    else:
        yield value


def is_refused(text: str) -> bool:
    """Returns whether ``hcl`` refuses a string; tests/fuzz/test_texts.py compares that with Terraform."""
    try:
        check_text(text)
    except RenderError:
        return True
    return False


def is_unsupported(value: Any) -> bool:
    """Returns whether Terraform cannot represent a value, or changes it in ``jsonencode``."""
    return any(is_refused(text) for text in list_strings(value)) or any(
        (isinstance(leaf, int) and abs(leaf) >= 2**512)
        or (isinstance(leaf, float) and not math.isfinite(leaf))
        for leaf in list_leaves(value)
    )


def select_accepted(candidates: list[Any]) -> list[Any]:
    """Returns the values that ``hcl`` accepts, after checking that it rejects only unsupported ones."""
    accepted = []
    for value in candidates:
        try:
            hcl(value)
        except RenderError:
            assert is_unsupported(value), ascii(value)
        else:
            assert not is_unsupported(value), ascii(value)
            accepted.append(value)
    return accepted


def normalise(value: Any) -> Any:
    """Returns a value with exact numbers, none of which is equal to a boolean."""
    if isinstance(value, (list, tuple)):
        return [normalise(item) for item in value]
    if isinstance(value, dict):
        return {key: normalise(item) for key, item in value.items()}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number", Fraction(repr(value))
    return value


def parse_exactly(text: str) -> Any:
    """Parses JSON with exact numbers."""

    def number(digits: str) -> tuple[str, Fraction]:
        return "number", Fraction(digits)

    return json.loads(text, parse_float=number, parse_int=number)


@pytest.fixture
def terraform(tmp_path: Path, terraform_binary: Binary, terraform_environment: dict[str, str]) -> Terraform:
    # Not tftest: it hangs if the errors of Terraform do not fit in a pipe.
    (tmp_path / "variables.tf").write_text('variable "name" {\n  default = "bar-dev"\n}\n')
    return Terraform(tmp_path, terraform_environment, terraform_binary)


def evaluate(terraform: Terraform, expressions: list[str]) -> list[Any]:
    """Returns the values of expressions in Terraform, after checking that they are formatted."""
    blocks = [f'output "o{number}" {{\n  value = {text}\n}}\n' for number, text in enumerate(expressions)]
    (terraform.folder / "outputs.tf").write_bytes(align("\n".join(blocks)).encode())
    assert terraform.capture("fmt", "-check", "-diff") == ""
    terraform.capture("apply", "-auto-approve")
    outputs = parse_exactly(terraform.capture("output", "-json"))
    return [outputs[f"o{number}"]["value"] for number in range(len(expressions))]


def split_into_chunks(items: list[Any]) -> list[list[Any]]:
    """Returns lists of a hundred values: Terraform takes longer for an output each."""
    return [items[start : start + 100] for start in range(0, len(items), 100)]


def find_differences(expected: list[Any], actual: list[Any]) -> list[tuple[Any, Any]]:
    """Returns the three simplest pairs of an expected value and another one."""
    pairs = [pair for pair in zip(expected, actual, strict=True) if pair[0] != pair[1]]
    return sorted(pairs, key=lambda pair: len(repr(pair)))[:3]


def test_pieces_are_read_unchanged(terraform: Terraform) -> None:
    """Tests what the following tests do with values whose errors are easier to read."""
    pieces = select_accepted(PIECES)
    keys = [{text: text} for text in pieces]
    assert evaluate(terraform, [hcl(pieces, 2), hcl(keys, 2)]) == [pieces, keys]


def test_values_are_read_unchanged(terraform: Terraform) -> None:
    accepted = select_accepted([*PIECES, *generate(values)])
    assert len(accepted) > 0.75 * COUNT
    lists = [hcl(chunk, 2) for chunk in split_into_chunks(accepted)]
    actual = evaluate(terraform, [*lists, *(f"jsonencode({text})" for text in lists)])
    expected = [normalise(value) for value in accepted]
    assert find_differences(expected, list(chain(*actual[: len(lists)]))) == []
    assert find_differences(expected, list(chain(*map(parse_exactly, actual[len(lists) :])))) == []


def test_strings_are_read_unchanged(terraform: Terraform) -> None:
    accepted = select_accepted([*PIECES, *generate(texts)])
    assert len(accepted) > 0.6 * COUNT
    completed = [
        hcl([PrefixedName(f"-{text}") for text in chunk], 2) for chunk in split_into_chunks(accepted)
    ]
    actual = evaluate(
        terraform,
        [*completed, *(hcl(dict.fromkeys(chunk, True), 2) for chunk in split_into_chunks(accepted))],
    )
    assert (
        find_differences([f"bar-dev-{text}" for text in accepted], list(chain(*actual[: len(completed)])))
        == []
    )
    assert {key for keys in actual[len(completed) :] for key in keys} == set(accepted)


def test_rejected_values_would_be_changed(terraform: Terraform) -> None:
    """Terraform composes characters, and breaks an escape sequence before a combining character."""
    assert evaluate(terraform, ['"e\u0301"', r'jsonencode("\n\u0301")', r'jsonencode("<\u0327")']) == [
        "é",
        '"\\ń"',
        '"\\u003ç"',
    ]


def test_comment_stays_on_its_line(terraform: Terraform) -> None:
    candidates = [*PIECES, *generate(texts)]
    lines = [f"# {escape_comment(text)}." for text in candidates]
    assert all(len(line.splitlines()) == 1 for line in lines)
    (terraform.folder / "comments.tf").write_bytes("".join(f"{line}\n" for line in lines).encode())
    assert evaluate(terraform, ['"only this"']) == ["only this"]
