"""Verifies an installed provider against the lock file, and remembers that it has.

Terraform hashes the files of a provider in each command, but not those of one that runs already. The hash of
700 MB takes most of a second, so it is kept until a file of the package changes: identity, size or times.

https://developer.hashicorp.com/terraform/language/files/dependency-lock#h1-
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

from domovoi_tf.system.user_folder import ensure_home, ensure_private_folder, write_private_file

#: A provider in the lock file, as Terraform writes it.
_PROVIDER = re.compile(r'^provider "(?P<address>[^"]+)" \{\n(?P<body>.*?)^\}', re.MULTILINE | re.DOTALL)
_VERSION = re.compile(r'^  version\s*= "([^"]+)"', re.MULTILINE)
_HASH = re.compile(r'^    "(h1:[^"]+)",?', re.MULTILINE)
_PART = 1 << 20


def read_lock(root: Path, address: str) -> tuple[str, frozenset[str]] | None:
    """Returns the version and the ``h1`` hashes of a provider that the lock file allows; None if it has none.

    Args:
        root: the folder of the root module.
        address: the address of the provider, such as ``registry.terraform.io/hashicorp/aws``.
    """
    try:
        text = (root / ".terraform.lock.hcl").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    bodies = [match["body"] for match in _PROVIDER.finditer(text) if match["address"] == address]
    versions = [version for body in bodies for version in _VERSION.findall(body)]
    if len(bodies) != 1 or len(versions) != 1:
        return None
    return versions[0], frozenset(_HASH.findall(bodies[0]))


def hash_package(package: Path) -> str:
    """Returns the ``h1`` hash of an installed provider, from the record if no file has changed since.

    Args:
        package: the folder of the provider.

    Raises:
        OSError: a file cannot be read.
    """
    package = package.resolve()
    files = sorted(path for path in package.rglob("*") if not path.is_dir())
    identity = [_describe(package, path) for path in files]
    record = _locate_record(package)
    if (known := _read_record(record)) and known[0] == identity:
        return str(known[1])
    value = _hash_files(package, files)
    if [_describe(package, path) for path in files] == identity:
        write_private_file(record, json.dumps([identity, value]) + "\n")
    return value


def _hash_files(package: Path, files: list[Path]) -> str:
    """Returns the hash as Go's ``dirhash.Hash1`` computes it.

    https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1
    """
    summary = hashlib.sha256()
    for name, path in sorted((path.relative_to(package).as_posix(), path) for path in files):
        summary.update(f"{_hash_file(path)}  {name}\n".encode())
    return f"h1:{base64.b64encode(summary.digest()).decode()}"


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while part := file.read(_PART):
            digest.update(part)
    return digest.hexdigest()


def _describe(package: Path, path: Path) -> list[str | int]:
    """Returns what differs if a file was changed or replaced. No program can set its last time (ctime)."""
    status = path.stat()
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return [path.relative_to(package).as_posix(), status.st_dev, status.st_ino, status.st_size, *times]


def _locate_record(package: Path) -> Path:
    folder = ensure_private_folder(ensure_home() / "providers")
    return folder / f"{hashlib.sha256(str(package).encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.json"


def _read_record(path: Path) -> list[object] | None:
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return record if isinstance(record, list) and len(record) == 2 else None
