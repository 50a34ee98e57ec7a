"""Frozen dataclasses that are created without compiling code.

The decorator of ``dataclasses`` compiles several methods for each class. With it, the classes of a stack took
longer to import than all of click.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
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
    #: The fields, each with its default, if it has one.
    _defaults: ClassVar[dict[str, Any]] = {}
    _factories: ClassVar[dict[str, Callable[[], Any]]] = {}
    _required: ClassVar[frozenset[str]] = frozenset()
    #: The fields that can be positional arguments.
    _positional: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, kw_only: bool = False) -> None:
        dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
        own = fields(cls)
        cls._defaults = {each.name: each.default for each in own}
        cls._factories = {
            each.name: each.default_factory for each in own if each.default_factory is not MISSING
        }
        without = {each.name for each in own if each.default is MISSING}
        cls._required = frozenset(without - cls._factories.keys())
        cls._positional = tuple(each.name for each in fields(cls) if not each.kw_only)

    def __init__(self, *args: Any, **values: Any) -> None:
        count = len(args) + len(values)
        if args:
            values.update(zip(self._positional, args, strict=False))
        own = self.__dict__
        own.update(self._defaults)  # in the order of the fields
        own.update(values)
        if len(values) != count or len(own) != len(self._defaults):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(self._defaults)}")
        if not self._required <= values.keys():
            missing = next(name for name in self._defaults if name in self._required - values.keys())
            raise TypeError(f"{type(self).__name__} needs a value for the field {missing}")
        for name, make in self._factories.items():
            if name not in values:
                own[name] = make()

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._defaults)
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
        return tuple([values[name] for name in self._defaults])
