"""The registry of errors has what the code raises, and the page has what the registry has."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from documentation_pages import errors_page

from .extraction import Found
from .registry import (
    FILE,
    Entry,
    collect_entries,
    extract_texts,
    is_passed_on,
    is_vague,
    parse_entries,
    read_registry,
    render_entries,
)
from .reviewed import OPEN_REMEDIES, PASSED_ON, WITHOUT_REMEDY
from .sources import PACKAGE
from .texts import compile_text, format_text

#: Kinds of entries that need a remedy, in addition to the message or as its second sentence.
WITH_REMEDY = ("error", "problem", "explanation")
ARBITRARY = "Zorg zab glorb"


@pytest.fixture(scope="module")
def found() -> tuple[Found, ...]:
    return extract_texts()


@pytest.fixture(scope="module")
def entries(found: tuple[Found, ...]) -> tuple[Entry, ...]:
    return collect_entries(found)


def test_registry_has_what_the_code_raises(
    entries: tuple[Entry, ...], golden: Callable[[Path, str], None], request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--golden"):
        golden(FILE, render_entries(entries))
    known = {entry.identity for entry in read_registry().entries}
    missing = [
        f"{PACKAGE}/{entry.path}:{entry.line}: {entry.message}"
        for entry in entries
        if entry.identity not in known
    ]
    gone = [
        f"{entry.path}: {entry.message}"
        for entry in read_registry().entries
        if entry.identity not in {each.identity for each in entries}
    ]
    assert missing == [], "review these texts, and add them to the registry with `make golden`"
    assert gone == [], "the code has these texts no longer; `make golden` removes them"
    assert FILE.read_text(encoding="utf-8") == render_entries(entries), "run `make golden`"


def test_page_has_what_the_registry_has(golden: Callable[[Path, str], None]) -> None:
    golden(errors_page.PAGE, errors_page.render_page(read_registry().entries))


def test_sections_of_the_page_have_entries() -> None:
    used = {errors_page.find_section(entry).title for entry in read_registry().entries}
    assert [
        each.title for area in errors_page.AREAS.values() for each in area if each.title not in used
    ] == []


def test_stored_registry_is_read_as_it_was_written(entries: tuple[Entry, ...]) -> None:
    parsed = parse_entries(render_entries(entries))
    assert [entry.identity for entry in parsed] == [entry.identity for entry in entries]


def test_messages_differ_from_others_by_their_words(found: tuple[Found, ...]) -> None:
    vague = [
        f"{each.sink[0]}, {each.sink[1]}: {format_text(each.message)} => {format_text(each.remedy)}"
        for each in found
        if is_vague(each) and not is_passed_on(each)
    ]
    assert vague == [], (
        "the texts of these errors are not in the code where they are made: make them with f-strings and "
        "functions that return texts, or add the function to PASSED_ON of reviewed.py with the reason"
    )


def test_functions_that_pass_texts_on_are_needed(found: tuple[Found, ...]) -> None:
    used = {(each.sink[0].removeprefix(f"{PACKAGE}/"), each.sink[1]) for each in found if is_passed_on(each)}
    assert [each for each in PASSED_ON if each not in used] == [], (
        "remove these from PASSED_ON of reviewed.py"
    )


def test_no_entry_matches_an_arbitrary_text() -> None:
    for entry in read_registry().entries:
        assert not re.fullmatch(compile_text(entry.message), ARBITRARY), entry
        remedies = [each for each in entry.remedies if re.fullmatch(compile_text(each), ARBITRARY)]
        assert not remedies or entry.message in OPEN_REMEDIES, entry


def test_errors_have_remedies() -> None:
    without = [
        f"{entry.path}: {entry.message}"
        for entry in read_registry().entries
        if entry.kind in WITH_REMEDY
        and not entry.remedies
        and not _has_advice(entry.message)
        and entry.message not in WITHOUT_REMEDY
    ]
    assert without == [], "add a remedy to these errors, or the reason to WITHOUT_REMEDY of reviewed.py"


def test_reviewed_messages_exist() -> None:
    messages = {entry.message for entry in read_registry().entries}
    assert [each for each in (*OPEN_REMEDIES, *WITHOUT_REMEDY) if each not in messages] == []


def _has_advice(message: str) -> bool:
    """Whether a message has a second sentence, or states what is accepted."""
    accepted = r"\bmust |can contain only |is not one of |but at (?:least|most) |but \w+ allows at most "
    return re.search(rf"[.;:] [\w⟦]|{accepted}", message) is not None
