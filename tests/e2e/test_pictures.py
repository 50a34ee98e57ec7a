"""Plays the sessions of the pictures in docs/pictures again, and compares the text of each."""

from __future__ import annotations

from pathlib import Path

import pytest
import session
from pictures import sessions, terminal

pytestmark = [pytest.mark.terraform, pytest.mark.emulator]
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


@pytest.fixture(scope="module")
def played() -> dict[str, str]:
    """The output of each session to the terminal."""
    return sessions.record()


@pytest.mark.parametrize("name", sessions.SESSIONS)
def test_picture_shows_what_the_commands_print(played: dict[str, str], name: str) -> None:
    picture = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    assert read_words(picture) == read_words(sessions.draw(name, played[name])), (
        f'docs/pictures/{name}.svg is stale: run `make pictures ARGS="sessions"` and look at it'
    )


def read_words(picture: str) -> str:
    """Returns the text of a picture without what differs between runs, such as the length of a number."""
    words = session.normalize("\n".join(terminal.read_lines(picture)))
    return " ".join(words.split())
