"""Finds the characters of a string that Terraform would change.

Terraform normalises every string to Unicode's NFC form, with a Go library that differs from the standard: it
looks up pairs of characters to compose by the low 16 bits of each, misses some starters between them, and
inserts a U+034F into more than 30 combining characters.

https://pkg.go.dev/golang.org/x/text/unicode/norm
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

#: All characters before this one are starters, and compose with no character before them.
_FIRST_COMBINING = "\u0300"
#: The Stream-Safe Text Format, https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format.
MAX_COMBINING = 30
#: Characters above, which are unified ideographs and private, have no canonical composition.
_COMPOSITES = range(0xC0, 0x20000)
_JAMO = range(0x1100, 0x1200)
_JAMO_L, _JAMO_V, _JAMO_T = range(0x1100, 0x1113), range(0x1161, 0x1176), range(0x11A8, 0x11C3)
_HANGUL = range(0xAC00, 0xD7A4)


class Change(NamedTuple):
    """Characters that Terraform would change, and their offset in the string.

    ``reason`` ends a sentence about them, and ``remedy`` tells what to do.
    """

    at: int
    text: str
    reason: str
    remedy: str


def find_change(text: str) -> Change | None:
    """Returns the first characters of a string that Terraform would change, or None if it changes none.

    Characters that this Python's version of Unicode does not know count as changed beside combining ones,
    with which they might combine.
    """
    if text.isascii() or max(text) < _FIRST_COMBINING:
        return None
    before = ""
    for at, segment in _split_segments(text):
        reason = _judge_segment(before, segment)
        if reason:
            return Change(at, segment, *reason)
        before = segment
    return None


def _judge_segment(before: str, segment: str) -> tuple[str, str] | None:
    if not unicodedata.is_normalized("NFC", segment):
        return (
            "is not in Unicode's NFC form: Terraform would change it",
            "Use composed characters: unicodedata.normalize('NFC', text).",
        )
    if _count_trailing(segment[0]) + sum(map(_count_leading, segment[1:])) > MAX_COMBINING:
        return (
            f"has more than {MAX_COMBINING} combining characters in a row: Terraform would insert another",
            "Use fewer.",
        )
    if _may_combine(before, segment):
        return (
            f"has a character that Unicode {unicodedata.unidata_version} lacks beside a combining one: "
            "Terraform might change it",
            "Remove one of them, or use a newer Python.",
        )
    if len(segment) > 1 or _count_leading(segment[0]):
        composed = _compose(unicodedata.normalize("NFD", segment))
        if composed != segment:
            return f"would become {composed!a} in Terraform", "Remove the combining character."
    return None


def _split_segments(text: str) -> Iterator[tuple[int, str]]:
    """Yields groups of characters that can only combine with each other, with their offsets."""
    start = 0
    for at, character in enumerate(text):
        if at > start and (character < _FIRST_COMBINING or not _count_leading(character)):
            yield start, text[start:at]
            start = at
    yield start, text[start:]


@cache
def _count_leading(character: str) -> int:
    """Returns how many of a decomposed character's first characters can combine with one before them."""
    decomposed = unicodedata.normalize("NFKD", character)
    return next((at for at, each in enumerate(decomposed) if not _is_combining(each)), len(decomposed))


@cache
def _count_trailing(character: str) -> int:
    """Returns how many of a decomposed character's last characters can combine with one before them."""
    decomposed = unicodedata.normalize("NFKD", character)[::-1]
    return next((at for at, each in enumerate(decomposed) if not _is_combining(each)), len(decomposed))


def _is_combining(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.combining(character) != 0
        or code in _JAMO_V
        or code in _JAMO_T
        or character in _read_compositions().seconds
    )


def _may_combine(before: str, segment: str) -> bool:
    """Whether a character that this Python does not know stands beside a combining one or another such."""
    is_unknown = _is_unknown(segment[0])
    if is_unknown and len(segment) > 1:
        return True
    if not before:
        return False
    last = before[-1]
    return (is_unknown and (_is_combining(last) or _is_unknown(last))) or (
        _is_unknown(last) and _is_combining(segment[0])
    )


def _is_unknown(character: str) -> bool:
    """Whether a character is not assigned yet. Noncharacters never will be."""
    code = ord(character)
    is_never = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return unicodedata.category(character) == "Cn" and not is_never


class _Compositions(NamedTuple):
    """The canonical compositions by the low 16 bits of both characters, and the second characters of all."""

    by_bits: dict[tuple[int, int], str]
    seconds: frozenset[str]


@cache
def _read_compositions() -> _Compositions:
    by_bits, seconds = {}, set()
    for code in _COMPOSITES:
        composite = chr(code)
        parts = unicodedata.decomposition(composite).split()
        # Some characters are excluded from composition; their normal form is another one.
        if len(parts) == 2 and parts[0][0] != "<" and unicodedata.is_normalized("NFC", composite):
            first, second = (int(part, 16) for part in parts)
            by_bits[first & 0xFFFF, second & 0xFFFF] = composite
            seconds.add(chr(second))
    return _Compositions(by_bits, frozenset(seconds))


def _compose(text: str) -> str:
    """Returns a decomposed segment, composed as Go's library does it."""
    compositions = _read_compositions()
    result = [text[0]]
    starter = 0
    is_hangul = False
    for character in text[1:]:
        # From the first Jamo on, Go composes nothing but Hangul.
        is_hangul = is_hangul or ord(character) in _JAMO
        if not (is_hangul or character in compositions.seconds):
            result.append(character)  # without a look at the starter before it, which Go misses
            continue
        before = unicodedata.combining(result[-1])
        if before == 0:
            starter = len(result) - 1
        composite = None
        if starter == len(result) - 1 or before < unicodedata.combining(character):
            first, second = ord(result[starter]), ord(character)
            bits = first & 0xFFFF, second & 0xFFFF
            composite = _compose_hangul(first, second) if is_hangul else compositions.by_bits.get(bits)
        if composite:
            result[starter] = composite
        else:
            result.append(character)
    return "".join(result)


def _compose_hangul(first: int, second: int) -> str | None:
    """Returns the syllable of two Jamo, or of a syllable without a final consonant and one.

    https://www.unicode.org/versions/latest/core-spec/chapter-3/#G24646
    """
    if first in _JAMO_L and second in _JAMO_V:
        return chr(_HANGUL[0] + ((first - _JAMO_L[0]) * 21 + second - _JAMO_V[0]) * 28)
    if first in _HANGUL and (first - _HANGUL[0]) % 28 == 0 and second in _JAMO_T:
        return chr(first + second - _JAMO_T[0] + 1)
    return None


def escape_changed(text: str) -> str:
    r"""Returns a JSON text that Terraform reads unchanged, if needed with ``\uXXXX`` instead of characters.

    Args:
        text: a valid JSON text, in which only strings have characters outside of ASCII.
    """
    return text if find_change(text) is None else re.sub(r"[^\x00-\x7f]", _escape_for_json, text)


def _escape_for_json(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
