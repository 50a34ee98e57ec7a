"""Sample documents match the patterns that they are built from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domovoi_tf.triggers._patterns.samples import make_match, match_filters


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (["a", "b"], "a"),
        ([None], None),
        ([7], 7),
        ([{"exists": False}, "a"], "a"),
        ([{"exists": True}], "sample"),
        ([{"prefix": "ab"}], "ab"),
        ([{"prefix": {"equals-ignore-case": "Ab"}}], "Ab"),
        ([{"suffix": ".png"}], ".png"),
        ([{"equals-ignore-case": "Ab"}], "Ab"),
        ([{"wildcard": "a*/\\*b\\\\"}], "a/*b\\"),
        ([{"cidr": "10.0.0.0/24"}], "10.0.0.0"),
        ([{"numeric": ["=", 3]}], 3),
        ([{"numeric": [">", 0, "<=", 2.5]}], 2.5),
        ([{"numeric": [">=", 0, "<", 12.5]}], 0),
        ([{"numeric": [">", 0, "<", 1]}], 0.5),
        ([{"numeric": [">", 0, "<", 5]}], 1),
        ([{"numeric": [">", 5]}], 6),
        ([{"numeric": ["<", 5]}], 4),
        ([{"anything-but": "sample"}], "example"),
        ([{"anything-but": ["sample", "example"]}], "another"),
        ([{"anything-but": [1, 2]}], 3),
        ([{"anything-but": ["1"]}], "2"),
        ([{"anything-but": ["1", "2"]}], "3"),
        ([{"anything-but": {"prefix": "sa"}}], "example"),
        ([{"anything-but": {"suffix": ["le"]}}], "another"),
        ([{"anything-but": {"wildcard": "*mpl*"}}], "another"),
        ([{"anything-but": {"equals-ignore-case": ["sample"]}}], "example"),
    ],
)
def test_field_has_a_value_that_matches(wanted: Any, value: Any) -> None:
    assert make_match({"field": wanted}) == {"field": value}


def test_fields_that_must_not_exist_are_missing_and_objects_are_nested() -> None:
    pattern = {
        "$or": [{"year": [1988]}, {"year": [1990]}],
        "address": {"ip": [{"cidr": "10.0.0.0/24"}], "name": [{"exists": False}]},
    }
    assert make_match(pattern) == {"year": 1988, "address": {"ip": "10.0.0.0"}}


def test_document_matches_the_first_filter() -> None:
    filters = [{"body": {"kind": ["beer"]}, "for": ["x"]}, {"body": {"kind": ["wine"]}}]
    assert match_filters(filters) == {"body": {"kind": "beer"}, "for": "x"}
    assert match_filters(filters, "body") == {"kind": "beer"}
    assert (match_filters(filters, "for"), match_filters(None), match_filters([], "body")) == ({}, {}, {})
    assert json.dumps(match_filters(({"data": ["plain"]},), "data")) == "{}"
