"""Masks values in the lines of rendered files that may be secret, so that a log can show them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from domovoi_tf.settings.secrets.detection import mask_secret

_MASK = '"********"'
#: A string, with the name that it is assigned to, if any: in Terraform's syntax or in JSON. Names and strings
#: are matched only from their beginnings: otherwise, long lines would take quadratic time.
_STRING = re.compile(
    r'(?:"?(?<![\w.-])(?P<name>[\w.-]+)"?[ \t]*[=:][ \t]*)?'
    r'(?P<value>(?<!\\)"(?:[^"\\]|\\.)*")(?P<is_name>[ \t]*[=:])?'
)
_VARIABLES = re.compile(r"^(?P<indent>\s*)environment_variables\s*=.*[{(\[]\s*$")
#: The beginning of a text of several lines, which a file that was edited by hand can have.
_HEREDOC = re.compile(r'^\s*"?(?P<name>[\w.-]*)"?\s*=?\s*<<-?(?P<end>\w+)\s*$')
_ONE_LINE = re.compile(r"^\s*environment_variables\s*=")


def mask_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yields lines with a mask for each string that may be secret: values of environment variables are.

    Args:
        lines: the lines of a file, without line feeds.
    """
    end: int | None = None
    text_end = ""
    for line in lines:
        if text_end:
            text_end = "" if line.strip() == text_end else text_end
            yield _mask_text(line) if text_end else line
            continue
        indent = len(line) - len(line.lstrip())
        if end is not None and indent <= end and line.lstrip()[:1] in ("}", ")", "]"):
            end = None
        if end is not None or _ONE_LINE.match(line):
            yield _mask_strings(line, is_variable=True)
        else:
            yield _mask_strings(line, is_variable=False)
        if end is None and (start := _VARIABLES.match(line)):
            end = len(start["indent"])
        elif (text := _HEREDOC.match(line)) and (end is not None or mask_secret(text["name"], "x") != "x"):
            text_end = text["end"]


def _mask_text(line: str) -> str:
    return line[: len(line) - len(line.lstrip())] + _MASK.strip('"')


def _mask_strings(line: str, is_variable: bool) -> str:
    def mask(match: re.Match[str]) -> str:
        start = match[0][: match.start("value") - match.start()]
        name, value, end = match["name"] or "", match["value"][1:-1], match["is_name"] or ""
        is_hidden = (is_variable and not end) or (value and mask_secret(name, value) != value)
        return f"{start}{_MASK}{end}" if is_hidden else match[0]

    return _STRING.sub(mask, line)
