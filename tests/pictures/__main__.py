"""Draws the pictures of the documentation: python -m pictures [drawings] [sessions] [console]

Without an argument, draws all of them. Drawings are the same each time; sessions need the emulator and
Terraform, and the console needs Chromium.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from pictures import console, drawings, sessions

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def draw_sessions() -> Iterator[tuple[str, bytes]]:
    """Yields the name and the content of the picture of each session."""
    for name, written in sessions.record().items():
        yield f"{name}.svg", sessions.draw(name, written).encode()


def draw_drawings() -> Iterator[tuple[str, bytes]]:
    """Yields the name and the content of each drawing."""
    for name, draw in drawings.DRAWINGS.items():
        yield f"{name}.svg", draw().encode()


KINDS = {"drawings": draw_drawings, "sessions": draw_sessions, "console": console.draw_views}


def main(kinds: list[str]) -> None:
    """Draws the pictures of these kinds anew, or all pictures."""
    PICTURES.mkdir(exist_ok=True)
    for kind in kinds or KINDS:
        for name, content in KINDS[kind]():
            path = PICTURES / name
            if path.suffix != ".png" or not path.exists() or not console.is_alike(path.read_bytes(), content):
                path.write_bytes(content)
                sys.stdout.write(f"docs/pictures/{name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
