"""Python values as Terraform's native syntax. Nothing else writes a value into a ``.tf`` file.

https://developer.hashicorp.com/terraform/language/expressions
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from domovoi_tf.errors import RenderError

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_REFERENCE = re.compile(r'[a-z][a-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_-]*|\["[A-Za-z0-9_-]+"\])+')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
#: What jsonencode escapes, by an escape that ends in a letter: a combining acute
#: after a newline makes \ń of \n.
_JSON_ESCAPED = re.compile(r"[\x00-\x1f<>&](?=[^\x00-\x7f])")
_LINE = 100
#: Terraform keeps numbers with a mantissa of 512 bits.
_LARGEST = 2**512
_DEEPEST = 64


class Rendered(str):
    """Text that may be printed into a Terraform file as it is."""

    __slots__ = ()


class Reference(str):
    """The address of a Terraform value, such as ``aws_sns_topic.bartender.arn``: printed without quotes.

    Raises:
        RenderError: the text is not such an address.
    """

    __slots__ = ()

    def __new__(cls, address: str) -> Reference:
        """Checks the address."""
        if not _REFERENCE.fullmatch(address):
            raise RenderError(f"{address!r} is not the address of a Terraform value.")
        return super().__new__(cls, address)


class Prefixed(str):
    """A string that Terraform completes: ``"${var.name}-bartender"``, of which this is ``-bartender``."""

    __slots__ = ()
    prefix = Reference("var.name")


def hcl(value: object, indent: int = 0) -> Rendered:
    """Returns a value as a literal that Terraform reads back unchanged.

    Args:
        value: None, a bool, number, string, sequence or mapping of strings to these, or a :class:`Reference`.
        indent: by how many spaces the lines after the first are indented.

    Raises:
        RenderError: Terraform would read something else (a string not in Unicode's NFC form, a number that
            is too large), or the value is not of these types.
    """
    return Rendered(_literal(value, indent, 0))


def _literal(value: object, indent: int, depth: int) -> str:
    if depth > _DEEPEST:
        raise RenderError(f"A value is nested more than {_DEEPEST} levels deep.", "Flatten it.")
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, Mapping):
        return _object(value, indent, depth)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return _tuple(value, indent, depth)
    raise RenderError(
        f"A {type(value).__name__} has no form in Terraform.",
        "Use None, booleans, numbers, strings, lists and dicts with string keys.",
    )


def _text(value: str) -> str:
    if isinstance(value, (Reference, Rendered)):
        return str(value)
    return f'"${{{value.prefix}}}{escape(value)}"' if isinstance(value, Prefixed) else f'"{escape(value)}"'


def escape(text: str, ascii_only: bool = False) -> str:
    r"""Returns the text between the quotes of a template string.

    Args:
        text: any text in Unicode's NFC form, which is the only one that Terraform keeps.
        ascii_only: whether all else is written as ``\uXXXX``.

    Raises:
        RenderError: Terraform would change the text.

    https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    if not unicodedata.is_normalized("NFC", text):
        raise RenderError(
            f"The text {text!a} is not in Unicode's NFC form, which is all that Terraform keeps.",
            "Write the composed characters: unicodedata.normalize('NFC', text).",
        )
    if any(unicodedata.combining(text[found.end()]) for found in _JSON_ESCAPED.finditer(text)):
        raise RenderError(
            f"The text {text!a} has a combining character after a control character or one of <>&, "
            "which Terraform's jsonencode merges into its escape.",
            "Put the character that it combines with before it.",
        )
    doubled = text.replace("${", "$${").replace("%{", "%%{")
    if doubled.isascii() and doubled.isprintable() and '"' not in doubled and "\\" not in doubled:
        return doubled
    return "".join(_character(character, ascii_only) for character in doubled)


def _character(character: str, ascii_only: bool) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable() and (character.isascii() or not ascii_only):
        return character
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        raise RenderError(
            f"The text has half a surrogate pair ({character!a}).", "Write the whole character."
        )
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _number(value: float) -> str:
    if isinstance(value, int):
        if abs(value) >= _LARGEST:
            raise RenderError(f"The number {value:.3e} is beyond Terraform's range.", "Pass it as a string.")
        return str(value)
    if not math.isfinite(value):
        raise RenderError(f"The number {value} has no form in Terraform.", "Leave it out, or pass a string.")
    return repr(value)


def _object(value: Mapping[object, object], indent: int, depth: int) -> str:
    if not value:
        return "{}"
    pad = " " * (indent + 2)
    lines = [f"{pad}{_key(key)} = {_literal(item, indent + 2, depth + 1)}" for key, item in value.items()]
    return "\n".join(["{", *lines, " " * indent + "}"])


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise RenderError(f"The key {key!r} is not a string.", "Terraform's map keys are strings.")
    if _IDENTIFIER.fullmatch(key) and key != "for":
        return key
    return f'"{escape(key, ascii_only=True)}"'


def _tuple(value: Sequence[object], indent: int, depth: int) -> str:
    items = [_literal(item, indent + 2, depth + 1) for item in value]
    line = f"[{', '.join(items)}]"
    if len(line) <= _LINE and "\n" not in line:
        return line
    pad = " " * (indent + 2)
    return "\n".join(["[", *(f"{pad}{item}," for item in items), " " * indent + "]"])


def joined(*parts: str) -> Rendered:
    """Returns a string of texts and of what references stand for, as a literal."""
    inside = (f"${{{part}}}" if isinstance(part, Reference) else escape(part) for part in parts)
    return Rendered(f'"{"".join(inside)}"')


def file(name: str) -> Rendered:
    """Returns the content of a file beside the one that this is written to."""
    return Rendered(f'file("${{path.module}}/{escape(name, ascii_only=True)}")')


def comment(text: str) -> Rendered:
    """Returns text that stays on the line of its comment, whatever characters it has."""
    return Rendered("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text))


_ATTRIBUTE = re.compile(r'( *)([A-Za-z_][\w-]*|"(?:[^"\\]|\\.)*") = ')


def align(text: str) -> str:
    """Returns Terraform source with neighbouring equals signs aligned, as ``terraform fmt`` has them.

    https://developer.hashicorp.com/terraform/language/style
    """
    return "\n".join(_aligned(text.split("\n")))


def _aligned(lines: list[str]) -> Iterator[str]:
    group: list[tuple[str, re.Match[str]]] = []
    for line in lines:
        found = None if line[-1:] in ("{", "[", "(") else _ATTRIBUTE.match(line)
        if group and (found is None or found[1] != group[0][1][1]):
            yield from _padded(group)
            group = []
        if found is None:
            yield line
        else:
            group.append((line, found))
    yield from _padded(group)


def _padded(group: list[tuple[str, re.Match[str]]]) -> Iterator[str]:
    width = max((len(found[2]) for _, found in group), default=0)
    for line, found in group:
        yield f"{found[1]}{found[2]:<{width}} = {line[found.end() :]}"
