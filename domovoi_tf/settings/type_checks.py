"""What is wrong with a configuration by the types of its keys, each with its JSON path."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

import msgspec

from domovoi_tf.settings.keys import Named, Object


def child(path: str, name: str) -> str:
    """Returns the JSON path of what an object has by a name."""
    return f"{path}.{name}" if re.fullmatch(r"[\w$-]+", name, re.ASCII) else f"{path}[{name!a}]"


def nearest(key: str, known: Iterable[str]) -> str:
    """Returns the end of a sentence about an unknown key: the one that was meant, or all."""
    near = difflib.get_close_matches(key, known, 1)
    return f"; did you mean {near[0]}?" if near else f". Known: {', '.join(sorted(known))}."


def problems(path: str, value: object, of: Any) -> Iterator[str]:
    """Yields what is wrong with a value.

    Args:
        path: the value's JSON path.
        value: what the JSON document has there.
        of: the type that it is to have, of ``keys`` or of msgspec.
    """
    if isinstance(of, (Object, Named)) and not isinstance(value, dict):
        yield from _of_plain(path, value, dict[str, Any])
    elif isinstance(of, Object):
        yield from _of_object(path, value, of)
    elif isinstance(of, Named):
        for name, item in _items(value):
            yield from problems(child(path, name), item, of.of)
    else:
        yield from _of_plain(path, value, of)


def sound(value: object, of: Any) -> Any:
    """Returns a configuration without what is unknown or of a wrong type, so that the rest can be judged.

    Args:
        value: what the JSON document has.
        of: the type that it is to have.
    """
    if isinstance(of, Named):
        return {name: sound(item, of.of) for name, item in _items(value)}
    known = [(key, item, of.keys[key].type) for key, item in _items(value) if key in of.keys]
    return {
        key: sound(item, type_) if isinstance(type_, Named) else item
        for key, item, type_ in known
        if isinstance(type_, Named) or not any(problems("", item, type_))
    }


def _of_object(path: str, value: object, of: Object) -> Iterator[str]:
    given = dict(_items(value))
    for key, item in given.items():
        if key in of.keys:
            yield from problems(child(path, key), item, of.keys[key].type)
        elif key in of.elsewhere:
            yield f"{child(path, key)}: stands {of.elsewhere[key]}; move it there."
        elif key not in of.unused:
            yield f"{child(path, key)}: unknown key{nearest(key, of.keys)}"
    for key, example in of.required.items():
        if key not in given:
            yield f'{child(path, key)}: is missing. Add "{key}": "{example}".'


def _of_plain(path: str, value: object, of: Any) -> Iterator[str]:
    inner = list(_of_items(path, value, of))
    yield from inner
    if inner:
        return
    try:
        msgspec.convert(value, of)
    except msgspec.ValidationError as error:
        yield f"{path}: {_words(str(error), value, of)}"


def _of_items(path: str, value: object, of: Any) -> Iterator[str]:
    """Yields what is wrong with the items of an array or the entries of an object, each by its own path."""
    bare = get_args(of)[0] if hasattr(of, "__metadata__") else of
    types = get_args(bare)
    if get_origin(bare) is list and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _of_plain(f"{path}[{number}]", item, types[0])
    elif get_origin(bare) is dict and isinstance(value, dict):
        for name, item in value.items():
            yield from _of_plain(child(path, name), name, types[0])
            yield from _of_plain(child(path, name), item, types[1])


def _words(error: str, value: object, of: Any) -> str:
    """Returns msgspec's message, or a better one for a text that has not the form of its type."""
    title = next((meta.title for meta in getattr(of, "__metadata__", ()) if meta.title), None)
    if title and isinstance(value, str):
        return f"{value!r} is not {title}."
    if title and isinstance(value, dict):
        return f"expected {title}."
    if error.startswith("Invalid enum value"):
        return f"{value!r} is none of {', '.join(map(str, get_args(of)))}."
    return f"{error.partition(' - at ')[0]}."


def _items(value: object) -> Iterator[tuple[str, object]]:
    yield from value.items() if isinstance(value, Mapping) else ()
