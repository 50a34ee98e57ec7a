"""Immutable records without ``dataclasses``, whose import alone takes longer than that of this runtime."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Self, dataclass_transform
else:

    def dataclass_transform(**_):
        """Does nothing: only type checkers use this decorator."""
        return lambda cls: cls


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Frozen:
    """A record with a field per class annotation: built by keyword, compared by value, immutable."""

    _fields: ClassVar[tuple[str, ...]] = ()
    _known: ClassVar[frozenset[str]] = frozenset()
    _required: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        own = vars(cls).get("__annotations__") or cls.__annotations__
        cls._fields += tuple(
            name for name, kind in own.items() if name not in cls._fields and not kind.startswith("ClassVar")
        )
        cls._known = frozenset(cls._fields)
        cls._required = frozenset(name for name in cls._fields if not hasattr(cls, name))

    def __init__(self, **values: object) -> None:
        if not self._required <= values.keys() <= self._known:
            unknown = values.keys() - self._known
            missing = [name for name in self._fields if name in self._required and name not in values]
            raise TypeError(
                f"{type(self).__name__}: unknown fields {sorted(unknown)}, missing fields {missing}"
            )
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((type(self), *self._fields))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.to_dict().items())})"

    def replace(self, **values: object) -> Self:
        """Returns the record with other values of some fields."""
        return type(self)(**{**self.to_dict(), **values})

    def to_dict(self) -> dict[str, object]:
        """Returns the values of the fields, by name."""
        return {name: getattr(self, name) for name in self._fields}
