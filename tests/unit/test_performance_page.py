"""Each figure on the page about performance names the command that measures it."""

from __future__ import annotations

import re

from benchmarks.parts import find_parts

from .test_layout import ROOT

PAGE = (ROOT / "docs/explanation/performance.md").read_text()
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
ONCE = "Measured once"


def test_sections_name_parts_of_the_benchmark() -> None:
    named = re.findall(r"make bench PART=(\w+)", "".join(SECTIONS.values()))
    assert set(named) <= find_parts().keys()
    assert len(set(named)) == len(named)
    assert {title for title, text in SECTIONS.items() if "make bench PART=" not in text} == {ONCE}


def test_figures_that_no_command_repeats_say_so() -> None:
    assert "No command repeats them" in SECTIONS[ONCE]
