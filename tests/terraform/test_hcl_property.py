"""Whatever Python value goes in comes out of Terraform, or is refused for what Terraform would do to it."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domovoi_tf.errors import RenderError
from domovoi_tf.hcl.syntax import PrefixedName, align, escape_comment, hcl
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform

# fmt: off
PIECES = [
    "$", "${", "$${", "$$${", "%", "%{", "%%{", "{", "}", "~}", "${var.name}", "%{ if true }", "${~",
    "[", "]", '"', "'", "\\", "\\n", "\\u0041", "`", "<", ">", "&", "#", "//", "/*", "*/", "<<EOT\n",
    "EOT\n", "=", "=>", "\n", "\r", "\r\n", "\t", "\0", "\x01", "\x1b", "\x1e", "\x7f", "\x85", " ",
    "\xa0", "\xad", "é", "e\u0301", "\u0301", "\u0327", "\u0338", "a\u0316\u0301", "\u1100\u1161", "가",
    "\u017f", "Å", "\u2329", "🍺", "👨\u200d👩\u200d👧", "\U0001f1e6", "\u2028", "\u2029", "\ufeff",
    "\u202e", "\u200f", "א", "م", "\u0600", "\ue000", "\ufffd", "\ufffe", "\uffff", "\U0001ffff",
    "\U0010ffff", "\u0378", "\ud800", "\udfff", "\ud83c\udf7a", "for", "null", "true", "a", "Z", "0",
    "-", "_", ".", ",",
]
# fmt: on
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
def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Returns values of a strategy, the same each time: Terraform gets them all in one run."""
    found: list[Any] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strings(item)


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, dict):
        yield from leaves(list(value.values()))
    else:
        yield value


def has_no_form(value: Any) -> bool:
    """Says whether Terraform cannot hold a value, or spoils it in jsonencode."""
    return any(
        not unicodedata.is_normalized("NFC", text)
        or any("\ud800" <= character <= "\udfff" for character in text)
        or any(
            unicodedata.combining(after) and (before < " " or before in "<>&")
            for before, after in pairwise(text)
        )
        for text in strings(value)
    ) or any(
        (isinstance(leaf, int) and abs(leaf) >= 2**512)
        or (isinstance(leaf, float) and not math.isfinite(leaf))
        for leaf in leaves(value)
    )


def accepted(found: list[Any]) -> list[Any]:
    """Returns the values that ``hcl`` accepts, having made sure that it refuses no other than it must."""
    kept = []
    for value in found:
        try:
            hcl(value)
        except RenderError:
            assert has_no_form(value), ascii(value)
        else:
            assert not has_no_form(value), ascii(value)
            kept.append(value)
    return kept


def plain(value: Any) -> Any:
    """Returns a value with its numbers exact, and no number equal to a boolean."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number", Fraction(repr(value))
    return value


def exact(text: str) -> Any:
    """Parses JSON with its numbers exact."""

    def number(digits: str) -> tuple[str, Fraction]:
        return "number", Fraction(digits)

    return json.loads(text, parse_float=number, parse_int=number)


@pytest.fixture
def terraform(tmp_path: Path, terraform_binary: Binary, terraform_environment: dict[str, str]) -> Terraform:
    # Not tftest, which waits for ever where Terraform has more to complain about than fits in a pipe.
    (tmp_path / "variables.tf").write_text('variable "name" {\n  default = "bar-dev"\n}\n')
    return Terraform(tmp_path, terraform_environment, terraform_binary)


def returned(terraform: Terraform, expressions: list[str]) -> list[Any]:
    """Returns what Terraform makes of expressions, written and formatted as the templates are."""
    blocks = [f'output "o{number}" {{\n  value = {text}\n}}\n' for number, text in enumerate(expressions)]
    (terraform.folder / "outputs.tf").write_bytes(align("\n".join(blocks)).encode())
    assert terraform.capture("fmt", "-check", "-diff") == ""
    terraform.capture("apply", "-auto-approve")
    outputs = exact(terraform.capture("output", "-json"))
    return [outputs[f"o{number}"]["value"] for number in range(len(expressions))]


def chunks(found: list[Any]) -> list[list[Any]]:
    """Returns the values in lists of a hundred: an output each would take Terraform longer."""
    return [found[start : start + 100] for start in range(0, len(found), 100)]


def differences(expected: list[Any], got: list[Any]) -> list[tuple[Any, Any]]:
    """Returns what differs, the simplest first."""
    wrong = [pair for pair in zip(expected, got, strict=True) if pair[0] != pair[1]]
    return sorted(wrong, key=lambda pair: len(repr(pair)))[:3]


def test_pieces_come_out_as_they_went_in(terraform: Terraform) -> None:
    """The same as the tests below, with errors that a person can read."""
    kept = accepted(PIECES)
    keys = [{text: text} for text in kept]
    assert returned(terraform, [hcl(kept, 2), hcl(keys, 2)]) == [kept, keys]


def test_values_come_out_as_they_went_in(terraform: Terraform) -> None:
    kept = accepted([*PIECES, *drawn(values, 1200)])
    assert len(kept) > 900
    lists = [hcl(chunk, 2) for chunk in chunks(kept)]
    got = returned(terraform, [*lists, *(f"jsonencode({text})" for text in lists)])
    expected = [plain(value) for value in kept]
    assert differences(expected, list(chain(*got[: len(lists)]))) == []
    assert differences(expected, list(chain(*map(exact, got[len(lists) :])))) == []


def test_texts_come_out_as_they_went_in(terraform: Terraform) -> None:
    kept = accepted([*PIECES, *drawn(texts, 1500)])
    assert len(kept) > 1000
    completed = [hcl([PrefixedName(f"-{text}") for text in chunk], 2) for chunk in chunks(kept)]
    got = returned(terraform, [*completed, *(hcl(dict.fromkeys(chunk, True), 2) for chunk in chunks(kept))])
    assert differences([f"bar-dev-{text}" for text in kept], list(chain(*got[: len(completed)]))) == []
    assert {key for keys in got[len(completed) :] for key in keys} == set(kept)


def test_what_is_refused_would_not_come_out(terraform: Terraform) -> None:
    """The reasons are Terraform's: it composes characters, and spoils an escape before a combining one."""
    assert returned(terraform, ['"e\u0301"', r'jsonencode("\n\u0301")', r'jsonencode("<\u0327")']) == [
        "é",
        '"\\ń"',
        '"\\u003ç"',
    ]


def test_a_comment_never_leaves_its_line(terraform: Terraform) -> None:
    found = [*PIECES, *drawn(texts, 1500)]
    lines = [f"# {escape_comment(text)}." for text in found]
    assert all(len(line.splitlines()) == 1 for line in lines)
    (terraform.folder / "comments.tf").write_bytes("".join(f"{line}\n" for line in lines).encode())
    assert returned(terraform, ['"only this"']) == ["only this"]
