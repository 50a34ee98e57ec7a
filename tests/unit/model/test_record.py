"""Records are built by keyword, compared by value, inherited and immutable."""

from __future__ import annotations

import pickle
from typing import ClassVar

import pytest

from domovoi_tf.model.record import Frozen


class Drink(Frozen):
    name: str
    strength: float = 5.0


class Bottled(Drink):
    size: int
    unit: ClassVar[str] = "ml"


class Glass(Frozen):
    name: str
    strength: float = 5.0


def test_fields_are_annotations_of_the_class_and_its_bases_except_class_variables() -> None:
    assert Bottled._fields == ("name", "strength", "size")


def test_missing_value_takes_the_default() -> None:
    assert Drink(name="ale") == Drink(name="ale", strength=5.0)


def test_values_compare_and_hash_by_class_and_content() -> None:
    assert Drink(name="ale") != Drink(name="stout")
    assert Bottled(name="ale", size=330) != Drink(name="ale")
    assert Glass(name="ale") != Drink(name="ale")
    assert len({Drink(name="ale"), Drink(name="ale"), Drink(name="stout")}) == 2


def test_repr_shows_every_field() -> None:
    assert repr(Bottled(name="ale", size=330)) == "Bottled(name='ale', strength=5.0, size=330)"


def test_record_can_be_pickled() -> None:
    bottled = Bottled(name="ale", size=330)
    assert pickle.loads(pickle.dumps(bottled)) == bottled  # noqa: S301 - our own bytes


def test_assigning_a_field_is_an_error() -> None:
    drink = Drink(name="ale")
    with pytest.raises(AttributeError) as raised:
        drink.name = "stout"  # type: ignore[misc]
    assert str(raised.value) == "Drink is immutable"
    assert drink.name == "ale"


def test_error_names_unknown_and_missing_fields() -> None:
    with pytest.raises(TypeError) as raised:
        Drink(nmae="ale")  # type: ignore[call-arg]
    assert str(raised.value) == "Drink: unknown fields ['nmae'], missing fields ['name']"
