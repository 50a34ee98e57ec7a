"""Formats Python values as Terraform literals. Nothing else writes a value into a ``.tf`` file.

https://developer.hashicorp.com/terraform/language/expressions
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from domovoi_tf.errors import RenderError
from domovoi_tf.hcl.normalization import MAX_COMBINING, find_change

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_REFERENCE = re.compile(r'[a-z][a-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_-]*|\[("[A-Za-z0-9_-]+"|[0-9]+)\])+')
_ESCAPE_SEQUENCES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
#: Characters that jsonencode escapes, in front of a character that may combine with the escape's last letter:
#: a newline before a combining acute accent comes out as \ń.
_JSON_ESCAPED = re.compile(r"[\x00-\x1f<>&](?=[^\x00-\x7f])")
#: The last letters of escapes. Those of the others are digits of their code; versions differ in two of them.
_JSON_LETTERS = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "fc"}
_MAX_LINE_LENGTH = 100
#: Terraform's numbers have a mantissa of 512 bits.
_NUMBER_LIMIT = 2**512
_MAX_DEPTH = 64


class TerraformText(str):
    """Text that is safe to print into a Terraform file unchanged."""

    __slots__ = ()


class Reference(str):
    """The address of a Terraform value, printed without quotes: ``aws_sns_topic.bartender.arn``.

    Raises:
        RenderError: the string is not such an address.
    """

    __slots__ = ()

    def __new__(cls, address: str) -> Reference:
        """Checks the address."""
        if not _REFERENCE.fullmatch(address):
            raise RenderError(
                f"{address!r} is not the address of a Terraform value.",
                "Write an address such as var.name or aws_sns_topic.bartender.arn.",
            )
        return super().__new__(cls, address)


class PrefixedName(str):
    """A string that Terraform prefixes with the app's name: ``-bartender`` in ``"${var.name}-bartender"``."""

    __slots__ = ()
    prefix = Reference("var.name")


class StagedName(str):
    """A string that has the name of the stage in place of ``{stage}``: ``orders-{stage}``."""

    __slots__ = ()
    stage = Reference("var.stage")


def hcl(value: object, indent: int = 0) -> TerraformText:
    """Returns a value as a literal that Terraform reads back unchanged.

    Args:
        value: None, a bool, number, string, sequence or mapping of strings to these, or a :class:`Reference`.
        indent: the number of spaces before each line but the first.

    Raises:
        RenderError: the value has another type, or Terraform would read back another value, as it does for
            strings that are not in Unicode's NFC form and for numbers that are too large, or AWS would reject
            it, as it does for NUL characters.
    """
    return TerraformText(_format_literal(value, indent, 0))


def _format_literal(value: object, indent: int, depth: int) -> str:
    if depth > _MAX_DEPTH:
        raise RenderError(
            f"A value is nested more than {_MAX_DEPTH} levels deep.",
            "Flatten it, and make sure that it does not contain itself.",
        )
    if isinstance(value, str):
        return _format_string(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return _format_number(value)
    if isinstance(value, Mapping):
        return _format_object(value, indent, depth)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return _format_tuple(value, indent, depth)
    raise RenderError(
        f"Terraform cannot represent a value of type {type(value).__name__}.",
        "Use None, booleans, numbers, strings, lists and dicts with string keys.",
    )


def _format_string(value: str) -> str:
    if isinstance(value, (Reference, TerraformText)):
        return str(value)
    if isinstance(value, StagedName):
        parts = (escape_string(part) for part in value.split("{stage}"))
        return f'"{f"${{{value.stage}}}".join(parts)}"'
    return (
        f'"${{{value.prefix}}}{escape_string(value)}"'
        if isinstance(value, PrefixedName)
        else f'"{escape_string(value)}"'
    )


def escape_string(text: str, ascii_only: bool = False) -> str:
    r"""Escapes a string for use between the quotes of a Terraform string.

    Args:
        text: a string that Terraform does not change, as `find_change` tells.
        ascii_only: whether to write characters outside of ASCII as ``\uXXXX``.

    Raises:
        RenderError: Terraform would change the string, or it is not a text. The message has the characters
            that are the reason, and no others.

    https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    check_text(text)
    literal = text.replace("${", "$${").replace("%{", "%%{")
    if literal.isascii() and literal.isprintable() and '"' not in literal and "\\" not in literal:
        return literal
    return "".join(_escape_character(character, ascii_only) for character in literal)


def check_text(text: str) -> None:
    """Checks a string that AWS will get through Terraform, alone or encoded as JSON.

    Args:
        text: the string.

    Raises:
        RenderError: it has a character that AWS cannot receive, or that Terraform would change. The message
            has these characters, and no others.
    """
    if text.isascii() and "\0" not in text:  # most are
        return
    check_characters(text)
    if change := find_change(text):
        raise RenderError(
            f"The string has {change.text[:8]!a} at character {change.at + 1}, which {change.reason}.",
            change.remedy,
        )
    for match in _JSON_ESCAPED.finditer(text):
        rest = text[match.end() : match.end() + MAX_COMBINING + 1]
        letters = _JSON_LETTERS.get(match[0], f"{ord(match[0]):x}"[-1])
        if any((found := find_change(letter + rest)) and found.at == 0 for letter in letters):
            raise RenderError(
                f"The string has {text[match.start() : match.end() + 1]!a} at character {match.start() + 1}: "
                "Terraform's jsonencode would corrupt the combining character.",
                "Put a letter before it.",
            )


def check_characters(text: str) -> None:
    """Checks that a string has no NUL character and no half of a surrogate pair.

    Raises:
        RenderError: it has one.
    """
    if wrong := re.search("[\0\ud800-\udfff]", text):
        if wrong[0] == "\0":
            raise RenderError("The string contains a NUL character, which AWS rejects.", "Remove it.")
        raise RenderError(
            f"The string contains one half of a surrogate pair ({wrong[0]!a}), which is not a character.",
            "Write the whole character.",
        )


def _escape_character(character: str, ascii_only: bool) -> str:
    if character in _ESCAPE_SEQUENCES:
        return _ESCAPE_SEQUENCES[character]
    if character.isprintable() and (character.isascii() or not ascii_only):
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _format_number(value: float) -> str:
    if isinstance(value, int):
        if abs(value) >= _NUMBER_LIMIT:
            raise RenderError(
                f"An integer of {value.bit_length()} bits is too large for Terraform.", "Pass it as a string."
            )
        return str(value)
    if not math.isfinite(value):
        raise RenderError(
            f"Terraform cannot represent the number {value}.", "Leave it out, or pass it as a string."
        )
    return repr(value)


def _format_object(value: Mapping[object, object], indent: int, depth: int) -> str:
    if not value:
        return "{}"
    pad = " " * (indent + 2)
    lines = [
        f"{pad}{_format_key(key)} = {_format_literal(item, indent + 2, depth + 1)}"
        for key, item in value.items()
    ]
    return "\n".join(["{", *lines, " " * indent + "}"])


def _format_key(key: object) -> str:
    if not isinstance(key, str):
        raise RenderError(
            f"The key {key!r} is not a string.",
            "Convert it to a string: keys of Terraform's maps are strings.",
        )
    if _IDENTIFIER.fullmatch(key) and key != "for":
        return key
    return f'"{escape_string(key, ascii_only=True)}"'


def _format_tuple(value: Sequence[object], indent: int, depth: int) -> str:
    items = [_format_literal(item, indent + 2, depth + 1) for item in value]
    line = f"[{', '.join(items)}]"
    if len(line) <= _MAX_LINE_LENGTH and "\n" not in line:
        return line
    pad = " " * (indent + 2)
    return "\n".join(["[", *(f"{pad}{item}," for item in items), " " * indent + "]"])


def interpolate(*parts: str) -> TerraformText:
    """Returns a string literal that joins strings, names and the values that references refer to."""
    content = (
        f"${{{part}}}" if isinstance(part, Reference) else _format_string(part)[1:-1] for part in parts
    )
    return TerraformText(f'"{"".join(content)}"')


def format_file_call(name: str) -> TerraformText:
    """Returns a call of Terraform's ``file()`` that reads a file in the folder of the module.

    https://developer.hashicorp.com/terraform/language/functions/file
    """
    return TerraformText(f'file("${{path.module}}/{escape_string(name, ascii_only=True)}")')


def escape_comment(text: str) -> TerraformText:
    """Escapes unprintable characters, so that the text cannot leave the line of its comment."""
    if text.isprintable():  # most are
        return TerraformText(text)
    return TerraformText("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text))
