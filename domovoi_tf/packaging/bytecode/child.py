"""Compiles modules in a process of its own, under the Python of the function.

Any Python that Lambda has can run it. It imports only what is built into the interpreter, so that it starts
quickly. Its job, on standard input, is a list in the format of `marshal`: pairs of the path that a module
has on Lambda, and its source. Its answer is the release of the Python, and then the bytecode of each module,
empty if it cannot be compiled; before each is its length.
"""

from __future__ import annotations

import _frozen_importlib_external as external
import _imp
import marshal
import sys

TYPE_CHECKING = False  # as in `typing`, which takes long to import
if TYPE_CHECKING:
    from types import CodeType

#: PEP 552: the source is identified by its hash, not by its time, and is compared at each import.
_CHECKED_HASH = 0b11
_LENGTH_BYTES = 8
#: Before Python 3.11, `marshal` writes a set in the order of its hashes. https://bugs.python.org/issue37596
_HAS_UNSORTED_SETS = sys.version_info[:2] < (3, 11)
_CODE = type(compile("", "", "exec"))
#: The exceptions of the compiler, of decoding the source, and of `dump_code`: for text that is no module, or
#: for a module that is nested too deeply or has no definite bytecode.
_ERRORS = (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError)


def main() -> None:
    """Answers the job on standard input."""
    # There is one object for each of these strings, and `marshal` writes whether something has interned it.
    for number in range(256):
        sys.intern(chr(number))
    jobs = marshal.load(sys.stdin.buffer)  # noqa: S302 - from the process that started this one
    # A build without the global interpreter lock compiles constants to other bytes.
    name = sys.implementation.name + sys.abiflags
    _write(repr((name, *sys.version_info[:4])).encode())
    for path, source in jobs:
        _write(compile_module(path, source))
        sys.stdout.buffer.flush()


def compile_module(path: str, source: bytes) -> bytes:
    """Returns the content of a module's ``.pyc`` file; empty if it cannot be compiled to definite bytes.

    Args:
        path: the path for tracebacks.
        source: the content of its ``.py`` file.

    https://peps.python.org/pep-0552/
    """
    try:
        code = compile(source, path, "exec", dont_inherit=True, optimize=0)
        data = dump_code(code)
    except _ERRORS:
        return b""
    magic = external.MAGIC_NUMBER
    digest = _imp.source_hash(int.from_bytes(magic, "little"), source)
    if marshal.loads(data).co_code != code.co_code:  # noqa: S302 - written above
        raise RuntimeError(f"{path}: marshal does not return the code that it was given")
    return magic + _CHECKED_HASH.to_bytes(4, "little") + digest + data


def dump_code(code: CodeType) -> bytes:
    """Returns a code object in the format of `marshal`, always with the same bytes.

    `marshal` marks an object that anything else refers to, also outside of the code: a name, for example,
    that another module in this process has. So this refers to all of them.

    Raises:
        ValueError: its bytes would depend on addresses in memory, or its constants are nested too deeply.
        RecursionError: it is nested too deeply.
    """
    held: list[object] = []
    _hold(code, held)
    return marshal.dumps(code)


def _hold(item: object, held: list[object]) -> None:
    """Adds an object, and all that `marshal` writes with it, to a list."""
    held.append(item)
    if _HAS_UNSORTED_SETS and isinstance(item, frozenset) and _depends_on_addresses(item):
        raise ValueError("a set whose order depends on addresses in memory")
    if isinstance(item, (tuple, frozenset)):
        for each in item:
            _hold(each, held)
    elif isinstance(item, _CODE):
        # Before Python 3.11, the first two have another name or do not exist.
        for name in ("co_linetable", "co_exceptiontable", "co_qualname", "co_name", "co_filename"):
            held.append(getattr(item, name, None))
        for names in (item.co_names, item.co_varnames, item.co_freevars, item.co_cellvars, item.co_consts):
            _hold(names, held)


def _depends_on_addresses(item: object) -> bool:
    """Returns whether a constant is or contains one whose hash can be its address in memory."""
    if isinstance(item, (tuple, frozenset)):
        return any(map(_depends_on_addresses, item))
    return item is None or item is ...


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(len(data).to_bytes(_LENGTH_BYTES, "little") + data)


if __name__ == "__main__":
    main()
