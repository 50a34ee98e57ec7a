"""Decodes text files, and names the mistakes that people make in JSON, with their place and a remedy.

The messages of Python's parser name what it expected, which is seldom what somebody did.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator

from domovoi_tf.system.text import locate_offset

BYTE_ORDER_MARK = "\ufeff"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CLOSING = {"{": "}", "[": "]"}
#: A string, the unfinished string at the end of a text that is not valid, a bracket, or a constant.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]|NaN|-?Infinity', re.DOTALL)
#: Constants of other languages, and those of JSON.
_CONSTANTS = {"True": "true", "False": "false", "None": "null", "undefined": "null", "nil": "null"}
_WORD = re.compile(r"[^\W\d][\w$.-]{0,60}")
#: A key without quotes or in single ones. Values are not quoted in messages: they might be secret.
_KEY = re.compile(r"""'([^'"\n]{0,60})'\s*:|([^\W\d][\w$.-]{0,60})\s*:|(-?\d[\d.]{0,60})\s*:""")
_TYPOGRAPHIC = "\u201c\u201d\u201e\u201f\u2018\u2019\xab\xbb"


class TextMistakeError(ValueError):
    """A mistake in a text. Its line and column are counted from 1.

    Args:
        text: the text.
        offset: the offset of the mistake.
        message: the mistake, as a clause without a full stop.
        remedy: what to do about it, as a sentence.
    """

    def __init__(self, text: str, offset: int, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy
        self.line, self.column = locate_offset(text, offset)


def decode_text(content: bytes) -> str:
    """Returns the text of a UTF-8 file. The byte order mark that some editors write is left out.

    Args:
        content: the content of the file.

    Raises:
        TextMistakeError: it is not UTF-8.
    """
    if content.startswith(_UTF16):
        raise TextMistakeError("", 0, "this is UTF-16 text", "Save the file as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        byte = error.object[error.start]
        message = f"this is not UTF-8 text: it has the byte 0x{byte:02x}"
        raise TextMistakeError(before, len(before), message, "Save the file as UTF-8.") from None


def find_json_mistake(text: str, error: ValueError) -> TextMistakeError | None:
    """Returns the mistake for which a text is not JSON, or None if the error is not about a place.

    Args:
        text: the text.
        error: the error that the parser raised.
    """
    if isinstance(error, json.JSONDecodeError):
        return TextMistakeError(text, *_describe(text, error))
    for token in _TOKEN.finditer(text):
        if token[0] in str(error) and token[0].endswith(("NaN", "Infinity")):
            message = f"{token[0]} is not a value of JSON"
            return TextMistakeError(text, token.start(), message, "Write a number, or null.")
    return None


def _describe(text: str, error: json.JSONDecodeError) -> tuple[int, str, str]:
    """Returns the offset of a mistake, what it is, and the remedy."""
    # Python 3.13 reports a trailing comma where it is, earlier versions what follows it.
    at = error.pos + (text[error.pos : error.pos + 1] == "," and "trailing" in error.msg)
    at = len(text) - len(text[at:].lstrip(" \t\r\n"))
    end = len(text[:at].rstrip(" \t\r\n"))
    following, preceding = text[at : at + 1], text[max(end - 1, 0) : end]
    if not text.strip():
        return 0, "it is empty", "Write at least {}."
    if preceding == "," and following in _CLOSING.values():
        return end - 1, "there is a comma after the last item", "Remove the comma."
    if error.msg.startswith(("Unterminated", "Invalid")):
        return _describe_string(text, error)
    if not following:
        return _describe_end(text, end)
    if text.startswith(("//", "/*", "#"), at):
        return at, "it contains a comment", "Remove the comment: JSON has none."
    if following in _TYPOGRAPHIC:
        return at, f"{following} is a typographic quotation mark", 'Write the straight one: "'
    if error.msg.startswith("Expecting value") or error.msg.startswith("Expecting property name"):
        return _describe_missing(text, at, preceding, error.msg)
    return _describe_delimiter(text, at, end, error.msg)


def _describe_string(text: str, error: json.JSONDecodeError) -> tuple[int, str, str]:
    if error.msg.startswith("Unterminated"):
        return error.pos, "the string that begins here has no end", 'Write " at its end.'
    if "escape" in error.msg:
        at = text.rfind("\\", 0, error.pos + 1)
        return at, f"{text[at : at + 2]} is not an escape of JSON", r"Write \\ for a backslash."
    if text[error.pos] in "\r\n":
        return error.pos, "a string contains a line break", r'Write " at its end, or \n for a line break.'
    name = "a tab" if text[error.pos] == "\t" else "a control character"
    escape = json.dumps(text[error.pos])[1:-1]
    return error.pos, f"a string contains {name}", f"Write {escape} in its place."


def _describe_end(text: str, end: int) -> tuple[int, str, str]:
    unclosed = list(_list_unclosed(text))
    if not unclosed:
        return end, "the end is missing", "Write what is missing."
    opening = text[unclosed[-1]]
    line, column = locate_offset(text, unclosed[-1])
    missing = "".join(_CLOSING[text[each]] for each in reversed(unclosed))
    message = f"the {opening} in line {line}, column {column} is not closed"
    return end, message, f"Write {missing} at the end, or close it earlier."


def _list_unclosed(text: str) -> Iterator[int]:
    """Yields the offsets of the brackets that are not closed."""
    opened: list[int] = []
    for token in _TOKEN.finditer(text):
        if token[0] in _CLOSING:
            opened.append(token.start())
        elif token[0] in _CLOSING.values() and opened:
            opened.pop()
    yield from opened


def _describe_missing(text: str, at: int, preceding: str, reason: str) -> tuple[int, str, str]:
    """Describes a text in place of a value or a key."""
    is_key = reason.startswith("Expecting property name")
    key, word = _KEY.match(text, at), _WORD.match(text, at)
    if is_key and key:
        name = next(each for each in key.groups() if each is not None)
        quotes = "is in single quotes" if key[1] is not None else "has no quotes"
        return at, f"the key {name} {quotes}", f'Write "{name}".'
    if text[at] == "'":
        return at, "a string is in single quotes", 'Write it in double quotes: "..."'
    if word and word[0] in _CONSTANTS:
        return at, f"{word[0]} is not a value of JSON", f"Write {_CONSTANTS[word[0]]}."
    if word:
        return at, "a string has no quotes", 'Write it in double quotes: "..."'
    opening = "".join(text[each] for each in _list_unclosed(text[:at]))[-1:]
    if text[at] in "}]" and opening and text[at] != _CLOSING[opening]:
        return _describe_closing(at, opening, text[at])
    if is_key:
        return at, "a key is missing", 'Write "key": value.'
    if text[at] in ",}]":
        place = "after the colon" if preceding == ":" else f"before the {text[at]}"
        return at, f"a value is missing {place}", "Write the value."
    return (
        at,
        "this is not a value of JSON",
        "Write a number, a string in double quotes, true, false or null.",
    )


def _describe_delimiter(text: str, at: int, end: int, reason: str) -> tuple[int, str, str]:
    """Describes a text in place of a comma, a colon, or the end of the document."""
    following, is_adjacent = text[at], at == end and text[end - 1 : at + 1].isalnum()
    if is_adjacent:
        return at, "this is not a number of JSON", "Write it in double quotes if it is a string."
    if reason.startswith("Extra data"):
        if following in _CLOSING.values():
            return at, f"there is a {following} too many", f"Remove the {following}."
        return at, "there is more text after the end of the value", "Remove it, or write one object or list."
    if reason.startswith("Expecting ':'"):
        remedy = f"Write : in place of {following}." if following in "=," else 'Write "key": value.'
        return end, "a colon is missing after the key", remedy
    if following in _CLOSING.values():
        opening = next(each for each, closing in _CLOSING.items() if closing != following)
        return _describe_closing(at, opening, following)
    if following == ":":
        return at, "there is a colon in a list", "Write keys and values in { and }."
    return end, "a comma is missing", "Write a comma after the value that ends here."


def _describe_closing(at: int, opening: str, closing: str) -> tuple[int, str, str]:
    return at, f"a {opening} is closed with {closing}", f"Write {_CLOSING[opening]} in its place."
