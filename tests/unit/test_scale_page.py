"""The page about scale has the quotas of the code, and says where its figures are from."""

from __future__ import annotations

import re

import pytest
from benchmarks.scale import fit_exponent

from domovoi_tf.model.quota import Quota
from domovoi_tf.triggers._quotas import service_quotas as quotas

from .test_layout import ROOT

PAGE = (ROOT / "docs/explanation/scale.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
SPLIT = "Where to split"


@pytest.mark.parametrize(
    "quota",
    [quotas.WILDCARD_RULES, quotas.TARGET_GROUPS, quotas.RECEIPT_RULES, quotas.RULES, quotas.ROLES],
    ids=lambda quota: quota.unit,
)
def test_table_names_the_first_number_that_render_reports(quota: Quota) -> None:
    (row,) = re.findall(rf"^\| {quota.most + 1:,} [^|]*\|[^|]*\| ([^|]*) \|", SECTIONS[SPLIT], re.MULTILINE)
    assert row == ("error" if quota.is_fixed else "warning")


def test_table_names_the_readers_of_a_stream() -> None:
    first = (
        f"| {quotas.DYNAMODB_READERS.most + 1} or {quotas.KINESIS_READERS.most + 1} functions on a stream |"
    )
    assert first in SECTIONS[SPLIT]


def test_sections_with_tables_say_where_their_figures_are_from() -> None:
    tables = {title: text for title, text in SECTIONS.items() if "\n|---" in text and title != SPLIT}
    sources = ("`make bench PART=scale`", "Measured once", "Estimated from")
    assert [title for title, text in tables.items() if not any(each in text for each in sources)] == []


def test_exponent_of_a_power_law_is_found() -> None:
    assert fit_exponent([(x, 3 * x**1.5) for x in (10.0, 100.0, 500.0)]) == pytest.approx(1.5)
