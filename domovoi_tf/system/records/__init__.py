"""Frozen dataclasses that are created without compiling code.

The decorator of ``dataclasses`` compiles several methods for each class. With it, the classes of a stack took
longer to import than all of click.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_):
        """Does nothing: only type checkers use this decorator."""
        return lambda cls: cls


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record:
    """The base of frozen dataclasses, which behave as those of the decorator.

    The functions of ``dataclasses`` accept them. A class may be ``kw_only``.

    https://docs.python.org/3/library/dataclasses.html
    """

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    #: The fields, each with a function that returns its default.
    _makers: ClassVar[dict[str, Callable[[], Any]]] = {}
    #: The fields that can be positional arguments.
    _positional: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, kw_only: bool = False) -> None:
        dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
        cls._makers = {each.name: _get_maker(cls, each) for each in fields(cls)}
        cls._positional = tuple(each.name for each in fields(cls) if not each.kw_only)

    def __init__(self, *args: Any, **values: Any) -> None:
        makers = self._makers
        named = dict(zip(self._positional, args, strict=False))
        if len(args) > len(named) or not (named.keys().isdisjoint(values) and values.keys() <= makers.keys()):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(makers)}")
        values.update(named)
        self.__dict__.update(
            {name: values[name] if name in values else make() for name, make in makers.items()}
        )

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._makers)
        return f"{type(self).__qualname__}({values})"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self._list_values() == other._list_values()

    def __hash__(self) -> int:
        return hash(self._list_values())

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _list_values(self) -> tuple[Any, ...]:
        values = self.__dict__
        return tuple([values[name] for name in self._makers])


def _get_maker(cls: type, item: Field[Any]) -> Callable[[], Any]:
    if item.default is not MISSING:
        return partial(_return, item.default)
    return partial(_fail, cls, item.name) if item.default_factory is MISSING else item.default_factory


def _return(value: object) -> object:
    return value


def _fail(cls: type, name: str) -> NoReturn:
    raise TypeError(f"{cls.__name__} needs a value for the field {name}")
