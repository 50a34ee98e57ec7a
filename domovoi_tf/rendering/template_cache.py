"""Keeps compiled templates in the user's cache, since compiling them takes longer than rendering an app."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

from domovoi_tf.system import atomic_files, user_folder

_DIGEST_BYTES = hashlib.sha256().digest_size


def open_cache(options: Mapping[str, object]) -> TemplateCache | None:
    """Returns the user's cache of templates, or None if there can be none.

    Args:
        options: the options of Jinja that determine how a template is compiled.
    """
    compiler = hashlib.sha256(f"{jinja2.__version__} {options}".encode()).hexdigest()
    folder = user_folder.create_cache(f"templates/{compiler[:16]}")
    return TemplateCache(folder) if folder else None


class TemplateCache(jinja2.BytecodeCache):
    """Compiled templates in a folder, one file for each template.

    A file is used if it is whole and was compiled from the same text by the same Python. The name of the
    folder stands for all else that determines the result. A file that cannot be read or written is no error.

    https://jinja.palletsprojects.com/en/stable/api/#bytecode-cache

    Args:
        folder: the folder; it must exist, and nobody but the user may write to it, since its code is run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Returns a key without the path of the installation, so that old installations leave nothing."""
        return super().get_cache_key(name)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Reads the compiled template of a bucket, if there is one."""
        with contextlib.suppress(OSError):
            content = self._locate(bucket).read_bytes()
            digest, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
            if hashlib.sha256(code).digest() == digest:
                bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Writes the compiled template of a bucket."""
        code = bucket.bytecode_to_string()
        with contextlib.suppress(OSError):
            atomic_files.replace_file(self._locate(bucket), hashlib.sha256(code).digest() + code, 0o600)

    def _locate(self, bucket: Bucket) -> Path:
        return self._folder / bucket.key
