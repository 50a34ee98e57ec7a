"""The page about performance has the committed figures, and names the command that measures each."""

from __future__ import annotations

import re

from benchmarks.page import PATH, render_page
from benchmarks.parts import find_parts, is_on_demand
from benchmarks.record import read_figures, read_record

PAGE = PATH.read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
ONCE = "Measured once"
RECORD = read_record()


def test_page_has_the_committed_figures() -> None:
    assert render_page(PAGE, RECORD) == PAGE, (
        "run `make bench PART=size WRITE=1`, which writes the page from tests/benchmarks/committed.json"
    )


def test_sections_name_parts_of_the_benchmark() -> None:
    named = re.findall(r"make bench PART=(\w+)", "".join(SECTIONS.values()))
    assert set(named) <= find_parts().keys()
    assert len(set(named)) == len(named)
    assert {title for title, text in SECTIONS.items() if "make bench PART=" not in text} == {ONCE}


def test_each_table_is_of_a_part_that_its_section_names() -> None:
    tables = {
        name: text
        for text in SECTIONS.values()
        for name in re.findall(r"^<!-- (\w+) -->$", text, re.MULTILINE)
    }
    assert tables.keys() == RECORD["parts"].keys()
    assert [name for name, text in tables.items() if f"make bench PART={name}" not in text] == []


def test_record_names_current_parts_and_unique_figures() -> None:
    figures = read_figures(RECORD)
    assert figures.keys() == {name for name, part in find_parts().items() if not is_on_demand(part)}
    keys = [figure.key for each in figures.values() for figure in each]
    assert len(set(keys)) == len(keys)
    assert [each.key for name in figures for each in figures[name] if each.key.split(".")[0] != name] == []


def test_figures_that_no_command_repeats_say_so() -> None:
    assert "No command repeats them" in SECTIONS[ONCE]
