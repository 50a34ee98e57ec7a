"""Records behave as the frozen dataclasses that the decorator creates, but nothing is compiled for them."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace

import pytest

from domovoi_tf.system.records import Record


class Point(Record):
    """A point."""

    x: int
    y: int = 0
    names: Mapping[str, str] = field(default_factory=dict)


class Named(Point, kw_only=True):
    """A point with further fields, and another default."""

    y: int = 5
    label: str
    note: str = ""


@dataclass(frozen=True)
class Twin:
    """A point as the decorator creates it."""

    x: int
    y: int = 0
    names: Mapping[str, str] = field(default_factory=dict)


def test_fields_are_as_with_the_decorator() -> None:
    for point in (Point, Twin):
        one, other = point(1, y=2), point(x=1, y=2, names={})
        assert [each.name for each in fields(one)] == ["x", "y", "names"]
        assert one == other
        assert replace(one, y=3) == point(1, 3)
        assert one != replace(one, y=3)
        assert list(vars(point(y=2, x=1))) == ["x", "y", "names"]
        assert asdict(one) == vars(one) == {"x": 1, "y": 2, "names": {}}
        assert repr(one) == f"{point.__name__}(x=1, y=2, names={{}})"
    assert hash(Point(1, 2, ())) == hash(Point(1, 2, ())) == hash(Twin(1, 2, ()))  # type: ignore[arg-type]


def test_default_of_a_factory_is_not_shared() -> None:
    assert Point(1).names is not Point(1).names


def test_records_of_other_classes_are_not_equal() -> None:
    assert Point(1) != Named(x=1, label="", y=0)
    assert Point(1) != Twin(1)


def test_fields_of_a_derived_class_are_keywords() -> None:
    named = Named(1, label="a")
    assert (named.x, named.y, named.label, named.note) == (1, 5, "a", "")
    assert [each.name for each in fields(named)] == ["x", "y", "names", "label", "note"]
    with pytest.raises(TypeError, match=r"^Named has the fields x, y, names, label, note$"):
        Named(1, 2, {}, "a")  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize(
    ("args", "values", "message"),
    [
        ((), {}, "Point needs a value for the field x"),
        ((1, 2, {}, 4), {}, "Point has the fields x, y, names"),
        ((1,), {"x": 1}, "Point has the fields x, y, names"),
        ((1,), {"z": 1}, "Point has the fields x, y, names"),
    ],
)
def test_wrong_arguments_are_errors(args: tuple[int, ...], values: dict[str, int], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        Point(*args, **values)  # type: ignore[arg-type]


def test_records_cannot_be_changed() -> None:
    point = Point(1)
    with pytest.raises(FrozenInstanceError, match=r"^cannot assign to field 'x'$"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match=r"^cannot delete field 'x'$"):
        del point.x
    with pytest.raises(TypeError, match="unhashable"):
        hash(point)


def test_copies_are_equal() -> None:
    point = Point(1, 2, {"a": "b"})
    assert copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point  # noqa: S301 - from here
