"""Finds strings with characters that no text has, in everything that the decorators of an app declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domovoi_tf.errors import Problem, RenderError
from domovoi_tf.hcl.syntax import check_characters
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function
from domovoi_tf.model.names import Scoped
from domovoi_tf.model.record import Frozen
from domovoi_tf.model.trigger import Route

#: More levels than `validation.names` accepts, which reports deeper values.
_MAX_DEPTH = 70
_PLAIN = frozenset((bool, int, float, type(None)))


def check_texts(declared: Route | Function) -> Iterator[Problem]:
    """Yields a problem for each argument of a declaration that has a NUL character or half a surrogate pair.

    Other checks and the labels of Terraform encode strings, which would fail.
    """
    record = declared.trigger if isinstance(declared, Route) else declared
    if not _may_have_invalid(record):
        return
    for argument, value in record.to_dict().items():
        argument = {"handler_name": "name"}.get(argument, argument)
        for path, text in _list_strings(argument, value, 0):
            try:
                check_characters(text)
            except RenderError as error:
                yield Problem(str(declared.location), f"{path}: {error.message.rstrip('.')}", error.remedy)
                break


def select_valid(application: Application) -> Application:
    """Returns an application without the declarations that `check_texts` rejects."""
    functions = tuple(each for each in application.functions if not any(check_texts(each)))
    routes = tuple(each for each in application.routes if not any(check_texts(each)))
    return application.replace(functions=functions, routes=routes)


def _may_have_invalid(record: Frozen) -> bool:
    """Whether a record may have a string that is no text. Python's representation escapes such characters.

    Strings with these escapes of their own are rare, and a search in one string is fast.
    """
    if _has_plain_values(record):
        return False
    try:
        spelled = repr(record)
    except RecursionError:
        return True
    return "\\x00" in spelled or "\\ud" in spelled


def _has_plain_values(record: Frozen) -> bool:
    """Whether the fields of a record are strings in ASCII, numbers and names: most are, and it takes less."""
    for value in vars(record).values():
        kind = type(value)
        if kind is str:
            if not value.isascii() or "\0" in value:
                return False
        elif kind is Scoped:
            if not _has_plain_values(value):
                return False
        elif kind not in _PLAIN:
            return False
    return True


def _list_strings(path: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    """Yields the strings in a value, also the keys of its dicts, each with its path."""
    if isinstance(value, str):
        yield path, value
    elif depth > _MAX_DEPTH:
        return
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str):
                yield path, key
                yield from _list_strings(f"{path}[{key!a}]", item, depth + 1)
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _list_strings(f"{path}[{number}]", item, depth + 1)
    elif isinstance(value, Frozen):
        for field in value.to_dict().values():
            yield from _list_strings(path, field, depth + 1)
