"""Writes `llms.txt` (https://llmstxt.org), the index for language models, and all pages in one text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from .navigation import Entry, Section

Locate = Mapping[str, str]
#: Readers with little space leave out what is optional.
_ALL_PAGES = "## Optional\n\n- [All pages](llms-full.txt): the pages above in one text."


def write_index(title: str, summary: str, sections: tuple[Section, ...], locate: Locate) -> str:
    """Returns the title, the summary, and the links to the Markdown of all pages by section."""
    parts = [f"# {title}", f"> {summary}", *(_write_section(each, locate) for each in sections), _ALL_PAGES]
    return "\n\n".join(parts) + "\n"


def write_full_text(sections: tuple[Section, ...], locate: Locate, texts: Mapping[str, str]) -> str:
    """Returns the Markdown of all pages, each below a line with its path."""
    return "\n".join(
        f"<!-- {locate[entry.path]} -->\n\n{_drop_comments(texts[locate[entry.path]]).strip()}\n"
        for entry in _list_entries(sections)
    )


def _list_entries(sections: tuple[Section, ...]) -> Iterator[Entry]:
    for section in sections:
        yield section.index
        yield from section.pages


def _write_section(section: Section, locate: Locate) -> str:
    entries = (replace(section.index, title="Overview"), *section.pages)
    lines = [f"- [{each.title}]({locate[each.path]}): {each.description}" for each in entries]
    return "\n".join([f"## {section.index.title}", "", *lines])


def _drop_comments(text: str) -> str:
    return re.sub(r"^<!--.*?-->\n", "", text, flags=re.DOTALL | re.MULTILINE)
