"""Texts that Terraform, JSON or Unicode's normalisation treat specially, for generated tests."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator

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
# fmt: on
#: The number of planes of Unicode.
PLANES = 17
#: Characters that a test writes as they are: neither control characters nor halves of surrogate pairs.
_CODES = [code for code in range(0x20, 0x32000) if not 0xD800 <= code < 0xE000]
_HANGUL = ["\u1100", "\u1160", "\u1161", "\u11a7", "\u11a8", "\u11c2", "가", "각"]


def read_compositions() -> list[tuple[int, int]]:
    """Returns the pairs of characters that Unicode composes to another one."""
    pairs = []
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and "<" not in parts[0] and unicodedata.is_normalized("NFC", chr(code)):
            pairs.append((int(parts[0], 16), int(parts[1], 16)))
    return pairs


def list_pairs() -> Iterator[str]:
    """Yields the compositions, with the first character in every plane, and the second one in two."""
    for first, second in read_compositions():
        for plane in range(PLANES):
            for low in {second, second & 0xFFFF, second & 0xFFFF | 0x10000}:
                yield chr(first & 0xFFFF | plane << 16) + chr(low)


def generate_texts(count: int, seed: int) -> list[str]:
    """Returns texts with characters that compose, combine or are reordered, most of them in the NFC form."""
    pick = random.Random(seed)  # noqa: S311 - texts of a test
    compositions = read_compositions()
    marks = [chr(code) for code in _CODES if unicodedata.combining(chr(code))]

    def draw_part() -> str:
        first, second = pick.choice(compositions)
        return pick.choice(
            (
                chr(first & 0xFFFF | pick.randrange(4) << 16),
                chr(second),
                chr(second),
                pick.choice(marks),
                pick.choice(marks),
                pick.choice(marks) * pick.choice((1, 1, 1, 27, 31, 33)),
                pick.choice(_HANGUL),
                chr(pick.choice(_CODES)),
                pick.choice(_WRITABLE),
            )
        )

    texts = []
    for _ in range(count):
        text = "".join(draw_part() for _ in range(pick.randint(1, 6)))
        texts.append(text if pick.random() < 0.15 else unicodedata.normalize("NFC", text))
    return texts


def is_writable(text: str) -> bool:
    """Returns whether a text has no half of a surrogate pair, so that a file can hold it, and no NUL."""
    return not any("\ud800" <= character <= "\udfff" or character == "\0" for character in text)


_WRITABLE = [text for text in PIECES if is_writable(text)]
