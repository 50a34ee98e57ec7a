"""Checks a configuration against the types of its keys. Each problem begins with a JSON path."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from domovoi_tf.settings.formats import Meta, convert_type
from domovoi_tf.settings.keys import Listed, Named, Object
from domovoi_tf.settings.type_messages import describe_mistake
from domovoi_tf.system.reading.json_nodes import join_path


def suggest_key(key: str, known: Iterable[str]) -> str:
    """Returns the end of a sentence about an unknown key: the most similar key, or all keys."""
    matches = difflib.get_close_matches(key, known, 1)
    return f"; did you mean {matches[0]}?" if matches else f". Known: {', '.join(sorted(known))}."


def _suggest_code(code: str, known: Iterable[str]) -> str:
    """Returns a question for the most similar code. Codes are a bit similar to each other by chance."""
    matches = difflib.get_close_matches(code, known, 1, cutoff=0.8)
    return f" Did you mean {matches[0]}?" if matches else ""


def check_types(path: str, value: object, of: Any) -> Iterator[str]:
    """Yields problems of a value's type.

    Args:
        path: the value's JSON path.
        value: the value in the JSON document.
        of: the expected type, of ``keys`` or of ``formats``.
    """
    if isinstance(of, Listed):
        yield from _check_listed(path, value, of)
    elif isinstance(of, (Object, Named)) and not isinstance(value, dict):
        yield from _check_plain(path, value, dict[str, Any])
    elif isinstance(of, Object):
        yield from _check_object(path, value, of)
    elif isinstance(of, Named):
        for name, item in _list_items(value):
            yield from check_types(join_path(path, name), item, of.of)
    else:
        yield from _check_plain(path, value, of)


def drop_invalid(value: object, of: Any) -> Any:
    """Returns a configuration without unknown keys and wrong types, so that the rest can be checked.

    Args:
        value: the value in the JSON document.
        of: the expected type.
    """
    if isinstance(of, Named):
        return {name: drop_invalid(item, of.of) for name, item in _list_items(value)}
    known = [(key, item, of.keys[key].type) for key, item in _list_items(value) if key in of.keys]
    return {
        key: drop_invalid(item, type_) if isinstance(type_, Named) else item
        for key, item, type_ in known
        if isinstance(type_, Named) or not any(check_types("", item, type_))
    }


def _check_object(path: str, value: object, of: Object) -> Iterator[str]:
    given = dict(_list_items(value))
    for key, item in given.items():
        if key in of.keys:
            yield from check_types(join_path(path, key), item, of.keys[key].type)
        elif key in of.elsewhere:
            yield f"{join_path(path, key)}: belongs {of.elsewhere[key]}; move it there."
        elif of.overview:
            yield f"{join_path(path, key)}: unknown code. Use {of.overview}.{_suggest_code(key, of.keys)}"
        elif key not in of.unused:
            yield f"{join_path(path, key)}: unknown key{suggest_key(key, of.keys)}"
    for key, example in of.required.items():
        if key not in given:
            yield f'{join_path(path, key)}: is missing. Add "{key}": "{example}".'


def _check_listed(path: str, value: object, of: Listed) -> Iterator[str]:
    if not isinstance(value, list):
        yield from check_types(path, value, of.of)
    elif not value:
        yield f"{path}: has no items. Remove it, or write an object in it."
    else:
        for number, item in enumerate(value):
            yield from check_types(f"{path}[{number}]", item, of.of)


def _check_plain(path: str, value: object, of: Any) -> Iterator[str]:
    item_problems = list(_check_items(path, value, of))
    yield from item_problems
    if item_problems:
        return
    if _is_plainly_valid(value, of):
        return
    import msgspec

    try:
        msgspec.convert(value, convert_type(of))
    except msgspec.ValidationError:
        yield f"{path}: {describe_mistake(path, value, of)}"


def _is_plainly_valid(value: object, of: Any) -> bool:
    """Whether a value certainly has a type, so that msgspec, which takes long to import, need not decide."""
    bare, meta = (get_args(of)[0], of.__metadata__[0]) if hasattr(of, "__metadata__") else (of, Meta())
    if bare is Any:
        return True
    origin, types = get_origin(bare), get_args(bare)
    if origin is Literal:
        return any(type(value) is type(each) and value == each for each in types)
    if type(value) is not (origin or bare):
        return False
    if isinstance(value, int):
        return (meta.ge is None or meta.ge <= value) and (meta.le is None or value <= meta.le)
    if not isinstance(value, (str, list, dict)):
        return False
    if (
        not (meta.min_length or 0)
        <= len(value)
        <= (len(value) if meta.max_length is None else meta.max_length)
    ):
        return False
    if isinstance(value, str):
        return meta.pattern is None or re.search(meta.pattern, value) is not None
    if isinstance(value, list):
        return all(_is_plainly_valid(each, types[0]) for each in value)
    return all(_is_plainly_valid(k, types[0]) and _is_plainly_valid(v, types[1]) for k, v in value.items())


def _check_items(path: str, value: object, of: Any) -> Iterator[str]:
    """Yields problems of the items of an array or the entries of an object."""
    bare = get_args(of)[0] if hasattr(of, "__metadata__") else of
    types = get_args(bare)
    if get_origin(bare) is list and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _check_plain(f"{path}[{number}]", item, types[0])
    elif get_origin(bare) is dict and isinstance(value, dict):
        for name, item in value.items():
            yield from _check_plain(join_path(path, name), name, types[0])
            yield from _check_plain(join_path(path, name), item, types[1])


def _list_items(value: object) -> Iterator[tuple[str, object]]:
    yield from value.items() if isinstance(value, Mapping) else ()
