"""The form in which what an app declares passes from the process that imports it to the tool's.

It is a pickle of our own records and of plain values, and nothing else is written or read: reading it back
runs no code, and needs no module but ours, whatever Python wrote it.

https://docs.python.org/3/library/pickle.html#restricting-globals
"""

from __future__ import annotations

import io
import pickle
import re
import sys
from typing import Any, NoReturn

from domovoi_tf.model.record import Frozen

#: Python 3.8 and later; each of ours can write and read it.
_PROTOCOL = 5
_MODULE = re.compile(r"domovoi_tf\.(model\.[a-z]+|loading\.serialization|triggers(\.[a-z0-9_]+)*)")


class Failure(Frozen):
    """Why an app could not be read.

    ``where`` is a file and line in the project, where that is not said already. ``missing`` is the module
    that is not installed, if that is what is wrong.
    """

    where: str
    message: str
    remedy: str
    missing: str = ""
    traceback: str = ""


def dumps(value: object) -> bytes:
    """Returns the bytes of a value.

    Raises:
        Exception: something in it is neither plain nor a record of ours.
    """
    file = io.BytesIO()
    _Pickler(file, _PROTOCOL).dump(value)
    return file.getvalue()


def loads(data: bytes) -> Any:
    """Returns the value of some bytes.

    Raises:
        Exception: `dumps` did not write them.
    """
    return _Unpickler(io.BytesIO(data)).load()


class _Pickler(pickle.Pickler):
    """Refuses all but our own records: only the app's code could read back objects of its own classes."""

    def reducer_override(self, value: Any) -> Any:
        """Returns NotImplemented, which leaves the rest to pickle."""
        if not _is_record(value if isinstance(value, type) else type(value)):
            raise pickle.PicklingError
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    """Finds nothing but the classes of our own records."""

    def find_class(self, module: str, name: str) -> Any:
        """Returns a class of ours."""
        if not (_MODULE.fullmatch(module) and name.isidentifier()):
            _refuse(module, name)
        __import__(module)
        found = getattr(sys.modules[module], name, None)
        if not (isinstance(found, type) and _is_record(found)):
            _refuse(module, name)
        return found

    def persistent_load(self, pid: Any) -> Any:
        """Refuses what is not in the bytes themselves."""
        _refuse("persistent", str(pid))


def _is_record(found: type) -> bool:
    return issubclass(found, Frozen) and _MODULE.fullmatch(found.__module__) is not None


def _refuse(module: str, name: str) -> NoReturn:
    raise pickle.UnpicklingError(f"{module}.{name} is no record of an app")
