"""Values are formatted as exact Terraform literals; tests/terraform checks that Terraform reads them back."""

from __future__ import annotations

import datetime
import decimal
from collections import OrderedDict
from types import MappingProxyType

import pytest

from domovoi_tf.errors import RenderError
from domovoi_tf.hcl.alignment import align
from domovoi_tf.hcl.syntax import PrefixedName, Reference, escape_comment, hcl

PLAIN = "Use None, booleans, numbers, strings, lists and dicts with string keys."
COMPOSE = "Use composed characters: unicodedata.normalize('NFC', text)."


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
        ("bell\a", r'"bell\u0007"'),
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
def test_strings_are_quoted_and_escaped(text: str, literal: str) -> None:
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
def test_numbers_booleans_and_null_have_terraform_literals(number: object, literal: str) -> None:
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
def test_keys_are_quoted_only_if_necessary(key: str, literal: str) -> None:
    assert hcl({key: 1}) == f"{{\n  {literal} = 1\n}}"


def test_nested_containers_are_indented_and_empty_ones_take_one_line() -> None:
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


def test_long_list_has_one_item_per_line() -> None:
    fits, too_long = ["x" * 46] * 2, ["x" * 46, "x" * 47]
    assert hcl(fits) == f'["{"x" * 46}", "{"x" * 46}"]'
    assert hcl(too_long) == f'[\n  "{"x" * 46}",\n  "{"x" * 47}",\n]'


def test_any_mapping_or_sequence_is_accepted() -> None:
    assert hcl(MappingProxyType({"a": range(3)})) == hcl(OrderedDict(a=[0, 1, 2])) == "{\n  a = [0, 1, 2]\n}"


def test_reference_is_printed_without_quotes() -> None:
    assert hcl(Reference("aws_sns_topic.bartender.arn")) == "aws_sns_topic.bartender.arn"
    assert hcl([Reference("var.name")]) == "[var.name]"


def test_prefixed_name_begins_with_app_name_and_escapes_the_rest() -> None:
    assert hcl(PrefixedName("-bartender")) == '"${var.name}-bartender"'
    assert hcl(PrefixedName('-${x}"')) == r'"${var.name}-$${x}\""'


@pytest.mark.parametrize(
    "address",
    ["name", "", "var.", "var.a b", "var.a\n", 'var.a"', "var.a[x]", "var.a[-1]", "Var.a", "${a.b}"],
)
def test_reference_must_be_an_address(address: str) -> None:
    with pytest.raises(RenderError) as raised:
        Reference(address)
    assert str(raised.value) == (
        f"{address!r} is not the address of a Terraform value.\n"
        "Write an address such as var.name or aws_sns_topic.bartender.arn."
    )


@pytest.mark.parametrize(
    ("value", "message", "remedy"),
    [
        (float("nan"), "Terraform cannot represent the number nan.", "Leave it out, or pass it as a string."),
        (
            float("-inf"),
            "Terraform cannot represent the number -inf.",
            "Leave it out, or pass it as a string.",
        ),
        (2**512, "An integer of 513 bits is too large for Terraform.", "Pass it as a string."),
        ([-(10**5000)], "An integer of 16610 bits is too large for Terraform.", "Pass it as a string."),
        ({1, 2}, "Terraform cannot represent a value of type set.", PLAIN),
        (b"bytes", "Terraform cannot represent a value of type bytes.", PLAIN),
        (datetime.date(2026, 1, 1), "Terraform cannot represent a value of type date.", PLAIN),
        (decimal.Decimal(1), "Terraform cannot represent a value of type Decimal.", PLAIN),
        (object, "Terraform cannot represent a value of type type.", PLAIN),
        ((n for n in [1]), "Terraform cannot represent a value of type generator.", PLAIN),
        (
            {1: "a"},
            "The key 1 is not a string.",
            "Convert it to a string: keys of Terraform's maps are strings.",
        ),
        (
            {None: "a"},
            "The key None is not a string.",
            "Convert it to a string: keys of Terraform's maps are strings.",
        ),
        (
            "\ud800",
            "The string contains one half of a surrogate pair ('\\ud800'), which is not a character.",
            "Write the whole character.",
        ),
        (
            {"\udfff": 1},
            "The string contains one half of a surrogate pair ('\\udfff'), which is not a character.",
            "Write the whole character.",
        ),
        (
            "e\u0301",
            "The string has 'e\\u0301' at character 1, which is not in Unicode's NFC form: Terraform would "
            "change it.",
            COMPOSE,
        ),
        (
            {"\u212b": 1},
            "The string has '\\u212b' at character 1, which is not in Unicode's NFC form: Terraform would "
            "change it.",
            COMPOSE,
        ),
        (
            "bucket/\U00010041\u0301",
            "The string has '\\U00010041\\u0301' at character 8, which would become '\\xc1' in Terraform.",
            "Remove the combining character.",
        ),
        (
            "a" + "\u0316" * 31,
            "The string has 'a\\u0316\\u0316\\u0316\\u0316\\u0316\\u0316\\u0316' at character 1, which has "
            "more than 30 combining characters in a row: Terraform would insert another.",
            "Use fewer.",
        ),
        (
            "a\n\u0301b",
            "The string has '\\n\\u0301' at character 2: Terraform's jsonencode would corrupt the combining "
            "character.",
            "Put a letter before it.",
        ),
        ("a\0", "The string contains a NUL character, which AWS rejects.", "Remove it."),
    ],
)
def test_value_that_terraform_cannot_represent_is_rejected_at_any_depth(
    value: object, message: str, remedy: str
) -> None:
    for whole in (value, [value], {"a": {"b": value}}):
        with pytest.raises(RenderError) as raised:
            hcl(whole)
        assert str(raised.value) == f"{message}\n{remedy}"


def test_value_that_contains_itself_is_rejected() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(RenderError) as raised:
        hcl(endless)
    assert (
        str(raised.value)
        == "A value is nested more than 64 levels deep.\nFlatten it, and make sure that it does not "
        "contain itself."
    )


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
def test_comment_never_leaves_its_line(text: str, line: str) -> None:
    assert escape_comment(text) == line
    assert len(escape_comment(text).splitlines()) == 1


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
def test_consecutive_equals_signs_are_aligned(before: str, after: str) -> None:
    assert align(before) == after
    assert align(after) == after
