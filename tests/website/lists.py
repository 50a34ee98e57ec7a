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
    """Indents the lines of each list item, but the first, and ends blocks in items by an empty line."""
    lines = text.split("\n")
    shift, gaps = [0] * len(lines), set()
    for token in create_parser().parse(text):
        if token.type == "list_item_open" and token.map:
            start, end = token.map
            width = _measure_marker(lines[start], token.info + token.markup)
            for number in range(start + 1, end):
                shift[number] += max(0, _INDENT - width)
            if "" in lines[start:end] and all(lines[end - 1 : end + 1]):
                gaps.add(end)
    return "\n".join(
        "\n" * (number in gaps) + " " * count * bool(line.strip()) + line
        for number, (count, line) in enumerate(zip(shift, lines, strict=True))
    )


def _measure_marker(line: str, marker: str) -> int:
    """Returns the columns from the marker to the text of an item."""
    rest = line.partition(marker)[2]
    return len(marker) + len(rest) - len(rest.lstrip(" "))
