"""Values as Terraform's syntax: the exact text. That Terraform reads them back is tested with Terraform."""

from __future__ import annotations

import datetime
import decimal
from collections import OrderedDict
from types import MappingProxyType

import pytest

from domovoi_tf.errors import RenderError
from domovoi_tf.hcl.syntax import Prefixed, Reference, align, comment, hcl

PLAIN = "Use None, booleans, numbers, strings, lists and dicts with string keys."
COMPOSE = "Write the composed characters: unicodedata.normalize('NFC', text)."


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", '""'),
        ("bartender", '"bartender"'),
        ('say "hi"', r'"say \"hi\""'),
        ("back\\slash", r'"back\\slash"'),
        ("line\nline\r\ttab", r'"line\nline\r\ttab"'),
        ("${var.name}", '"$${var.name}"'),
        ("%{ if true }", '"%%{ if true }"'),
        ("$${x}", '"$$${x}"'),
        ("%%{x}", '"%%%{x}"'),
        ("$$${x}", '"$$$${x}"'),
        ("$ % { } $x %x", '"$ % { } $x %x"'),
        ('"}${', r'"\"}$${"'),
        ("\\${x}", r'"\\$${x}"'),
        ("nul\0", r'"nul\u0000"'),
        ("bell\x07esc\x1bdel\x7f", r'"bell\u0007esc\u001bdel\u007f"'),
        ("next\x85line", r'"next\u0085line"'),
        ("line\u2028para\u2029", r'"line\u2028para\u2029"'),
        ("zero\u200bwidth bidi\u202e", r'"zero\u200bwidth bidi\u202e"'),
        ("no\xa0break", r'"no\u00a0break"'),
        ("private\ue000\U000f0000", r'"private\ue000\U000f0000"'),
        ("Kräuter 酒 🍺", '"Kräuter 酒 🍺"'),
        ("<<EOF", '"<<EOF"'),
    ],
)
def test_strings(text: str, literal: str) -> None:
    assert hcl(text) == literal


@pytest.mark.parametrize(
    ("number", "literal"),
    [
        (0, "0"),
        (-7, "-7"),
        (10**30, "1" + "0" * 30),
        (2**512 - 1, str(2**512 - 1)),
        (0.5, "0.5"),
        (1e300, "1e+300"),
        (-0.0, "-0.0"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
    ],
)
def test_numbers_booleans_and_null(number: object, literal: str) -> None:
    assert hcl(number) == literal


@pytest.mark.parametrize(
    ("key", "literal"),
    [
        ("name", "name"),
        ("_a-b9", "_a-b9"),
        ("for", '"for"'),
        ("null", "null"),
        ("", '""'),
        ("9lives", '"9lives"'),
        ("a.b", '"a.b"'),
        ("a b", '"a b"'),
        ("${x}", '"$${x}"'),
        ('"', r'"\""'),
        ("a\n", r'"a\n"'),
        ("ä", r'"\u00e4"'),
        ("🍺", r'"\U0001f37a"'),
        ("\uffff", r'"\uffff"'),
        ("\U00010000", r'"\U00010000"'),
    ],
)
def test_keys(key: str, literal: str) -> None:
    assert hcl({key: 1}) == f"{{\n  {literal} = 1\n}}"


def test_containers_are_indented_and_empty_ones_short() -> None:
    value = {"a": {"b": [1, {"c": "d"}], "e": {}}, "f": [], "g": ("x", None)}
    assert hcl(value, 2) == (
        "{\n"
        "    a = {\n"
        "      b = [\n"
        "        1,\n"
        "        {\n"
        '          c = "d"\n'
        "        },\n"
        "      ]\n"
        "      e = {}\n"
        "    }\n"
        "    f = []\n"
        '    g = ["x", null]\n'
        "  }"
    )


def test_a_long_list_stands_one_item_a_line() -> None:
    fits, too_long = ["x" * 46] * 2, ["x" * 46, "x" * 47]
    assert hcl(fits) == f'["{"x" * 46}", "{"x" * 46}"]'
    assert hcl(too_long) == f'[\n  "{"x" * 46}",\n  "{"x" * 47}",\n]'


def test_any_mapping_or_sequence_will_do() -> None:
    assert hcl(MappingProxyType({"a": range(3)})) == hcl(OrderedDict(a=[0, 1, 2])) == "{\n  a = [0, 1, 2]\n}"


def test_a_reference_stands_without_quotes() -> None:
    assert hcl(Reference("aws_sns_topic.bartender.arn")) == "aws_sns_topic.bartender.arn"
    assert hcl([Reference("var.name")]) == "[var.name]"


def test_a_prefixed_name_begins_with_the_app_s_and_escapes_the_rest() -> None:
    assert hcl(Prefixed("-bartender")) == '"${var.name}-bartender"'
    assert hcl(Prefixed('-${x}"')) == r'"${var.name}-$${x}\""'


@pytest.mark.parametrize(
    "address", ["name", "", "var.", "var.a b", "var.a\n", 'var.a"', "var.a[0]", "Var.a", "${a.b}"]
)
def test_a_reference_is_an_address(address: str) -> None:
    with pytest.raises(RenderError) as raised:
        Reference(address)
    assert str(raised.value) == f"{address!r} is not the address of a Terraform value."


@pytest.mark.parametrize(
    ("value", "message", "remedy"),
    [
        (float("nan"), "The number nan has no form in Terraform.", "Leave it out, or pass a string."),
        (float("-inf"), "The number -inf has no form in Terraform.", "Leave it out, or pass a string."),
        (2**512, "The number 1.341e+154 is beyond Terraform's range.", "Pass it as a string."),
        ({1, 2}, "A set has no form in Terraform.", PLAIN),
        (b"bytes", "A bytes has no form in Terraform.", PLAIN),
        (datetime.date(2026, 1, 1), "A date has no form in Terraform.", PLAIN),
        (decimal.Decimal(1), "A Decimal has no form in Terraform.", PLAIN),
        (object, "A type has no form in Terraform.", PLAIN),
        ((n for n in [1]), "A generator has no form in Terraform.", PLAIN),
        ({1: "a"}, "The key 1 is not a string.", "Terraform's map keys are strings."),
        ({None: "a"}, "The key None is not a string.", "Terraform's map keys are strings."),
        ("\ud800", "The text has half a surrogate pair ('\\ud800').", "Write the whole character."),
        ({"\udfff": 1}, "The text has half a surrogate pair ('\\udfff').", "Write the whole character."),
        (
            "e\u0301",
            "The text 'e\\u0301' is not in Unicode's NFC form, which is all that Terraform keeps.",
            COMPOSE,
        ),
        (
            {"\u212b": 1},
            "The text '\\u212b' is not in Unicode's NFC form, which is all that Terraform keeps.",
            COMPOSE,
        ),
    ],
)
def test_what_terraform_cannot_hold_is_refused_at_any_depth(value: object, message: str, remedy: str) -> None:
    for whole in (value, [value], {"a": {"b": value}}):
        with pytest.raises(RenderError) as raised:
            hcl(whole)
        assert str(raised.value) == f"{message}\n{remedy}"


def test_a_value_that_holds_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(RenderError) as raised:
        hcl(endless)
    assert str(raised.value) == "A value is nested more than 64 levels deep.\nFlatten it."


def nested(depth: int, as_list: bool) -> object:
    value: object = "innermost"
    for _ in range(depth):
        value = [value] if as_list else {"a": value}
    return value


@pytest.mark.parametrize("as_list", [True, False])
def test_a_value_may_be_nested_64_levels_deep(as_list: bool) -> None:
    assert '"innermost"' in hcl(nested(64, as_list))
    with pytest.raises(RenderError, match="more than 64 levels"):
        hcl(nested(65, as_list))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("app.py:24", "app.py:24"),
        ("a\nb\r\nc", r"a\nb\r\nc"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", r"a\u2028b\u2029c\x85d\x0be\x0cf"),
        ("*/ #} ${x}", "*/ #} ${x}"),
        ("Kräuter 🍺", "Kräuter 🍺"),
        ("\ud800", r"\ud800"),
    ],
)
def test_a_comment_never_leaves_its_line(text: str, line: str) -> None:
    assert comment(text) == line
    assert len(comment(text).splitlines()) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  a = 1\n  long = 2\n", "  a    = 1\n  long = 2\n"),
        ("  a = 1\n\n  long = 2\n", "  a = 1\n\n  long = 2\n"),
        ("  a = 1\n    long = 2\n", "  a = 1\n    long = 2\n"),
        (
            "  a = 1\n  long = {\n    b = 2\n  }\n  cc = 3\n",
            "  a = 1\n  long = {\n    b = 2\n  }\n  cc = 3\n",
        ),
        ("  a = 1\n  # long = 2\n  ccc = 3\n", "  a = 1\n  # long = 2\n  ccc = 3\n"),
        ('  a = 1\n  "b c\\" = " = 2\n', '  a          = 1\n  "b c\\" = " = 2\n'),
        ('  a = "x = y"\n  bb = 2\n', '  a  = "x = y"\n  bb = 2\n'),
        ("", ""),
    ],
)
def test_neighbouring_equals_signs_are_aligned(before: str, after: str) -> None:
    assert align(before) == after
    assert align(after) == after
