"""Indents the content of list items as Python-Markdown, which Zensical uses, requires: by four spaces.

CommonMark, and so GitHub, takes what begins below the first letter of the item as its content.
"""

from __future__ import annotations

from markdown_it import MarkdownIt

_INDENT = 4


def create_parser() -> MarkdownIt:
    """Returns a parser of GitHub's Markdown, as far as pages use it."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def indent_items(text: str) -> str:
    """Indents items and their content by multiples of four, and ends blocks in items by an empty line."""
    lines = text.split("\n")
    #: For each line in an item: the columns of its indentation now, and on the site.
    indents, gaps, depth = dict[int, tuple[int, int]](), set[int](), 0
    for token in create_parser().parse(text):
        depth += token.nesting * token.type.startswith("list_item_")
        if token.type == "list_item_open" and token.map:
            start, end = token.map
            marker = _measure_indent(lines[start])
            content = marker + _measure_marker(lines[start], token.info + token.markup)
            indents |= dict.fromkeys(range(start + 1, end), (content, depth * _INDENT))
            indents[start] = (marker, (depth - 1) * _INDENT)
            if "" in lines[start:end] and all(lines[end - 1 : end + 1]):
                gaps.add(end)
    return "\n".join(
        "\n" * (number in gaps) + _indent_line(line, *indents.get(number, (0, 0)))
        for number, line in enumerate(lines)
    )


def _indent_line(line: str, now: int, then: int) -> str:
    """Replaces the indentation, of which a lazy line has less."""
    return " " * then + line[min(now, _measure_indent(line)) :] if line.strip() else line


def _measure_indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _measure_marker(line: str, marker: str) -> int:
    """Returns the columns from the marker to the text of an item."""
    return len(marker) + _measure_indent(line.partition(marker)[2])
