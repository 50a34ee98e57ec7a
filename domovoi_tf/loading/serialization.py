"""Serialises the application model to pass it from the child process to this one.

The format is a pickle that contains only records of domovoi-tf and plain values. Anything else is rejected on
both sides, so that reading it runs no code of the app and imports none of its modules.

https://docs.python.org/3/library/pickle.html#restricting-globals
"""

from __future__ import annotations

import io
import pickle
import re
import sys
from typing import Any, NoReturn

from domovoi_tf.model.record import Frozen

#: The size of the big-endian number before the answer of a child, which is the length of the answer in bytes.
LENGTH_BYTES = 8
#: All Pythons from 3.8 on can read and write it.
_PROTOCOL = 5
_MODULE = re.compile(
    r"domovoi_tf\.(model\.[a-z]+|loading\.(recording\.records|serialization)|triggers(\.[a-z0-9_]+)*)"
)


class Failure(Frozen):
    """The reason why an app could not be imported.

    ``position`` is a file and line of the project, or empty if the message contains it. ``missing_module`` is
    the name of a module that is not installed, or empty if the error is another one.
    """

    position: str
    message: str
    remedy: str
    missing_module: str = ""
    traceback: str = ""


def dumps(value: object) -> bytes:
    """Serialises a value.

    Raises:
        Exception: it contains something that is neither a plain value nor a record of domovoi-tf.
    """
    file = io.BytesIO()
    _Pickler(file, _PROTOCOL).dump(value)
    return file.getvalue()


def loads(data: bytes) -> Any:
    """Deserialises a value.

    Raises:
        Exception: the data does not come from `dumps`.
    """
    return _Unpickler(io.BytesIO(data)).load()


class _Pickler(pickle.Pickler):
    """Rejects objects that are not records of domovoi-tf: reading them would need the app's code."""

    def reducer_override(self, value: Any) -> Any:
        """Returns NotImplemented, so that pickle serialises the value as usual."""
        if not _is_record(value if isinstance(value, type) else type(value)):
            raise pickle.PicklingError
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    """Loads classes of domovoi-tf's records and no others."""

    def find_class(self, module: str, name: str) -> Any:
        """Returns a record class."""
        if not (_MODULE.fullmatch(module) and name.isidentifier()):
            _reject(module, name)
        __import__(module)
        record_class = getattr(sys.modules[module], name, None)
        if not (isinstance(record_class, type) and _is_record(record_class)):
            _reject(module, name)
        return record_class

    def persistent_load(self, pid: Any) -> Any:
        """Rejects references to objects outside of the data."""
        _reject("persistent", str(pid))


def _is_record(candidate: type) -> bool:
    return issubclass(candidate, Frozen) and _MODULE.fullmatch(candidate.__module__) is not None


def _reject(module: str, name: str) -> NoReturn:
    raise pickle.UnpicklingError(f"{module}.{name} is not a record of the application model")
