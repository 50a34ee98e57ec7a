"""Reads the pages of the documentation: their code blocks, their headings and their text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATTERNS = ("*.md", "docs/**/*.md", "modules/**/README.md", "examples/**/README.md")
#: Folders of pages that `domovoi-tf render` writes; tests/golden compares them.
RENDERED = ("examples/existing_repository/orders/terraform/", "/.terraform/", "/.pytest_cache/")
#: Comments above a block that say how it is checked.
DIRECTIVES = ("include", "tested", "check", "with", "file")
_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,}) *(?P<info>.*?) *$")
_COMMENT = re.compile(r"^ *<!-- (?P<name>[a-z]+): (?P<value>.+?) -->$")


@dataclass(frozen=True)
class Block:
    """A fenced code block.

    Args:
        page: the path of its page in the repository.
        line: the number of the line that opens it.
        language: the first word behind the fence; empty if there is none.
        text: its lines without their common indentation.
        indent: the indentation of its fence.
        directives: the comments directly above it, as pairs of a name and a value.
    """

    page: str
    line: int
    language: str
    text: str
    indent: str = ""
    directives: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def notes(self) -> dict[str, str]:
        """The values of the comments by name."""
        return dict(self.directives)

    def list_values(self, directive: str) -> list[str]:
        """Returns the values of the comments with a name."""
        return [value for name, value in self.directives if name == directive]


@dataclass(frozen=True)
class Page:
    """A page with its path in the repository."""

    path: str
    text: str

    @property
    def blocks(self) -> list[Block]:
        return list(parse_blocks(self.path, self.text))

    @property
    def prose(self) -> list[str]:
        """The lines of the page; those of code blocks are empty."""
        lines = self.text.splitlines()
        for block in self.blocks:
            end = block.line + len(block.text.splitlines()) + 1
            lines[block.line - 1 : end] = [""] * (end - block.line + 1)
        return lines


def list_pages() -> list[str]:
    """Returns the paths of all pages in the repository that people write."""
    paths = {path.relative_to(ROOT).as_posix() for pattern in PATTERNS for path in ROOT.glob(pattern)}
    return sorted(path for path in paths if not any(each in f"/{path}" for each in RENDERED))


def read_page(path: str) -> Page:
    """Returns a page of the repository."""
    return Page(path, (ROOT / path).read_text(encoding="utf-8"))


def parse_blocks(path: str, text: str) -> Iterator[Block]:
    """Yields the code blocks of a page.

    Args:
        path: the path of the page in the repository.
        text: the page.
    """
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        number += 1
        if not opening:
            continue
        start = number
        while number < len(lines) and not is_closing(lines[number], opening["fence"]):
            number += 1
        if number == len(lines):
            raise ValueError(f"{path}:{start}: the code block has no end")
        language = opening["info"].split()[0] if opening["info"] else ""
        content = textwrap.dedent("\n".join(lines[start:number]))
        directives = tuple(reversed(list(_read_directives(lines[: start - 1]))))
        yield Block(path, start, language, content + "\n", opening["indent"], directives)
        number += 1


def is_closing(line: str, fence: str) -> bool:
    """Returns whether a line closes a block that a fence has opened."""
    return re.fullmatch(rf" *{re.escape(fence[0])}{{{len(fence)},}} *", line) is not None


def _read_directives(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yields the comments at the end of some lines, the last one first."""
    for line in reversed(lines):
        if match := _COMMENT.match(line):
            yield match["name"], match["value"]
        elif line.strip():
            return


def list_loose_directives(page: Page) -> list[int]:
    """Returns the numbers of the lines with a comment that says how to check a block, but has no block."""
    lines = page.text.splitlines()
    return [
        number
        for number, line in enumerate(page.prose, 1)
        if (match := _COMMENT.match(line))
        and match["name"] in DIRECTIVES
        and not _precedes_block(lines[number:])
    ]


def _precedes_block(lines: list[str]) -> bool:
    """Returns whether lines begin with a code block, but for comments."""
    following = (line for line in lines if line.strip() and not _COMMENT.match(line))
    return _FENCE.match(next(following, "")) is not None


def list_texts(path: str, language: str, below: str = "") -> list[str]:
    """Returns the texts of the code blocks of a page in a language.

    Args:
        path: the path of the page in the repository.
        language: the language.
        below: a text of the page, such as a heading, above these blocks (default: all blocks).
    """
    page = read_page(path)
    first = page.text.count("\n", 0, page.text.index(below))
    return [block.text for block in page.blocks if block.language == language and block.line > first]


def quote_block(path: str, beginning: str) -> str:
    """Returns the only code block of a page that starts with a text.

    Args:
        path: the path of the page in the repository.
        beginning: the beginning of the block.
    """
    found = [block.text for block in read_page(path).blocks if block.text.startswith(beginning)]
    if len(found) != 1:
        raise ValueError(f"{path} has {len(found)} code blocks that start with {beginning!r}")
    return found[0]
