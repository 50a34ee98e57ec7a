"""Mistakes in JSON are named in words, at the place where somebody corrects them."""

from __future__ import annotations

import json

import pytest

from domovoi_tf.system.reading.json_mistakes import TextMistakeError, decode_text, find_json_mistake
from domovoi_tf.system.text import parse_json

UNCLOSED = "Write {} at the end, or close it earlier."
MISTAKES = [
    ('{\n  "a": 1,\n}', 2, 9, "there is a comma after the last item", "Remove the comma."),
    ('{"a": [1, 2 ,\n]}', 1, 13, "there is a comma after the last item", "Remove the comma."),
    ("", 1, 1, "it is empty", "Write at least {}."),
    (" \n", 1, 1, "it is empty", "Write at least {}."),
    ('{"a": "x}', 1, 7, "the string that begins here has no end", 'Write " at its end.'),
    (
        '{"a": "x\n"}',
        1,
        9,
        "a string contains a line break",
        r'Write " at its end, or \n for a line break.',
    ),
    ('{"a": "\tx"}', 1, 8, "a string contains a tab", r"Write \t in its place."),
    (
        '{"a": "\x01x"}',
        1,
        8,
        "a string contains a control character",
        r"Write \u0001 in its place.",
    ),
    (r'{"a": "C:\Users"}', 1, 10, r"\U is not an escape of JSON", r"Write \\ for a backslash."),
    (r'{"a": "\u12"}', 1, 8, r"\u is not an escape of JSON", r"Write \\ for a backslash."),
    ('{"a": {"b": 1}', 1, 15, "the { in line 1, column 1 is not closed", UNCLOSED.format("}")),
    ('{\n "a": ["]",', 2, 12, "the [ in line 2, column 7 is not closed", UNCLOSED.format("]}")),
    ('{"a":', 1, 6, "the { in line 1, column 1 is not closed", UNCLOSED.format("}")),
    ('{\n  // note\n  "a": 1}', 2, 3, "it contains a comment", "Remove the comment: JSON has none."),
    ('{"a": 1 # note\n}', 1, 9, "it contains a comment", "Remove the comment: JSON has none."),
    ('{"a": /* note */ 1}', 1, 7, "it contains a comment", "Remove the comment: JSON has none."),
    ("{\u201ca\u201d: 1}", 1, 2, "\u201c is a typographic quotation mark", 'Write the straight one: "'),
    ("{'a b': 1}", 1, 2, "the key a b is in single quotes", 'Write "a b".'),
    ("{a: 1}", 1, 2, "the key a has no quotes", 'Write "a".'),
    ("{8: 1}", 1, 2, "the key 8 has no quotes", 'Write "8".'),
    ("{[1]: 1}", 1, 2, "a key is missing", 'Write "key": value.'),
    ("{\"a\": 'hunter2'}", 1, 7, "a string is in single quotes", 'Write it in double quotes: "..."'),
    ('{"a": hunter2}', 1, 7, "a string has no quotes", 'Write it in double quotes: "..."'),
    ('{"a": True}', 1, 7, "True is not a value of JSON", "Write true."),
    ('[None]', 1, 2, "None is not a value of JSON", "Write null."),
    ('{"a": NaN}', 1, 7, "NaN is not a value of JSON", "Write a number, or null."),
    ('["NaN",\n -Infinity]', 2, 2, "-Infinity is not a value of JSON", "Write a number, or null."),
    ('{"a": }', 1, 7, "a value is missing after the colon", "Write the value."),
    ("[1,, 2]", 1, 4, "a value is missing before the ,", "Write the value."),
    (
        "[.5]",
        1,
        2,
        "this is not a value of JSON",
        "Write a number, a string in double quotes, true, false or null.",
    ),
    ('{"a" "b"}', 1, 5, "a colon is missing after the key", 'Write "key": value.'),
    ('{"a" = "b"}', 1, 5, "a colon is missing after the key", "Write : in place of =."),
    ('{"a": 1\n "b": 2}', 1, 8, "a comma is missing", "Write a comma after the value that ends here."),
    ('[1\n 2]', 1, 3, "a comma is missing", "Write a comma after the value that ends here."),
    ('{"a": [1}', 1, 9, "a [ is closed with }", "Write ] in its place."),
    ('{"a": [}', 1, 8, "a [ is closed with }", "Write ] in its place."),
    ('["a": 1]', 1, 5, "there is a colon in a list", "Write keys and values in { and }."),
    ("[10MB]", 1, 4, "this is not a number of JSON", "Write it in double quotes if it is a string."),
    ("[007]", 1, 3, "this is not a number of JSON", "Write it in double quotes if it is a string."),
    ('{"a": 1}}', 1, 9, "there is a } too many", "Remove the }."),
    (
        '{"a": 1}\n{"b": 2}',
        2,
        1,
        "there is more text after the end of the value",
        "Remove it, or write one object or list.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "message", "remedy"), MISTAKES)
def test_mistake_is_named_with_its_place(
    text: str, line: int, column: int, message: str, remedy: str
) -> None:
    with pytest.raises(ValueError) as raised:
        parse_json(text, is_strict=True)
    found = find_json_mistake(text, raised.value)
    assert found is not None
    assert (found.line, found.column, str(found), found.remedy) == (line, column, message, remedy)


def test_error_without_a_place_is_no_mistake_of_the_text() -> None:
    assert find_json_mistake("[1]", ValueError("it is nested too deeply")) is None


def test_each_cut_of_a_document_has_a_mistake_in_it() -> None:
    text = json.dumps({"a": [1, {"b": "c\\\n"}, None, -1.5e3], "d": True}, indent=1)
    for end in range(len(text)):
        for more in ("", "'", ",", "}", "]", ":", "x", "\\", "“"):
            try:
                parse_json(text[:end] + more)
            except ValueError as error:
                mistake = find_json_mistake(text[:end] + more, error)
                assert mistake
                assert mistake.line <= text.count("\n") + 2
            else:
                assert more in ("}", "]")


@pytest.mark.parametrize("content", [b"{}", b"\xef\xbb\xbf{}"])
def test_byte_order_mark_is_left_out(content: bytes) -> None:
    assert decode_text(content) == "{}"


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        ("{}".encode("utf-16"), (1, 1), "this is UTF-16 text"),
        (b"\xfe\xff\0{\0}", (1, 1), "this is UTF-16 text"),
        ('{\n"a": "ä"}'.encode("latin-1"), (2, 7), "this is not UTF-8 text: it has the byte 0xe4"),
        ("\ufeff\u00e4\n".encode() + b"\xff", (2, 1), "this is not UTF-8 text: it has the byte 0xff"),
    ],
)
def test_text_in_another_encoding_is_a_mistake(content: bytes, place: tuple[int, int], message: str) -> None:
    with pytest.raises(TextMistakeError) as raised:
        decode_text(content)
    mistake = raised.value
    assert ((mistake.line, mistake.column), str(mistake)) == (place, message)
    assert mistake.remedy == "Save the file as UTF-8."
