"""Keeps the stripped runtime in the user's cache: stripping takes longer than all else of a package."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from domovoi_tf.system import atomic_files, user_folder

#: The modules beside this one that strip the runtime. They import no others of domovoi_tf, as a test checks.
_CODE = "runtime_*.py"
_DIGEST_BYTES = hashlib.sha256().digest_size


def load_or_strip(
    strip: Callable[[], dict[str, bytes]], files: Mapping[str, bytes], kinds: Iterable[str] | None
) -> dict[str, bytes]:
    """Returns the stripped runtime from the cache, or strips it and writes it there.

    There is one file for each set of kinds. It is used if it is whole and was stripped from the same source
    by the same code. A file that cannot be read or written is no error.

    Args:
        strip: strips the runtime.
        files: the source of each module of the runtime, by its path in the package.
        kinds: the event source kinds and optional modules that the package needs; None for all.
    """
    folder = user_folder.create_cache("runtime")
    if folder is None:
        return strip()
    wanted = repr(None if kinds is None else sorted(kinds))
    path = folder / f"{hashlib.sha256(wanted.encode()).hexdigest()[:32]}.json"
    inputs = _hash_inputs(wanted, files)
    stripped = _read(path, inputs)
    if stripped is None:
        stripped = strip()
        content = json.dumps({name: text.decode() for name, text in stripped.items()}).encode()
        with contextlib.suppress(OSError):
            atomic_files.replace_file(path, _sign(inputs, content) + content, 0o600)
    return stripped


def _hash_inputs(wanted: str, files: Mapping[str, bytes]) -> bytes:
    """Returns a digest of everything that determines the stripped runtime, with the code that strips it."""
    code = {path.name: path.read_bytes() for path in Path(__file__).parent.glob(_CODE)}
    state = hashlib.sha256(repr((sys.version, wanted)).encode())
    for name, source in (*sorted(code.items()), *sorted(files.items())):
        state.update(repr((name, hashlib.sha256(source).digest())).encode())
    return state.digest()


def _sign(inputs: bytes, content: bytes) -> bytes:
    return hashlib.sha256(inputs + content).digest()


def _read(path: Path, inputs: bytes) -> dict[str, bytes] | None:
    with contextlib.suppress(OSError):
        entry = path.read_bytes()
        content = entry[_DIGEST_BYTES:]
        if entry[:_DIGEST_BYTES] == _sign(inputs, content):
            return {name: text.encode() for name, text in json.loads(content).items()}
    return None
