"""Rejects packages with files that look like secrets: everyone who may read a function's code can read them.

Files of the project are judged by their names, and all files, except for the tests of dependencies, by their
content.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.contents import RUNTIME_PART, Entry, read_entry
from domovoi_tf.system import atomic_files

_NAMES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\.env(rc|\.(?!(example|sample|template|dist)$).*)?"), "environment variables"),
    (
        re.compile(r"\.git-credentials|[._]netrc|\.npmrc|\.pypirc|\.pgpass|\.my\.cnf|\.dockercfg|\.htpasswd"),
        "credentials",
    ),
    (re.compile(r"id_(rsa|dsa|ecdsa|ed25519)(_sk)?|.*\.ppk"), "a private key"),
    (re.compile(r".*\.(p12|pfx|jks|keystore|kdbx)"), "a store of keys"),
    (re.compile(r"kubeconfig|.*\.kubeconfig"), "credentials"),
    (re.compile(r".*\.tfstate(\..*)?"), "a Terraform state"),
    (re.compile(r".*\.tfvars(\.json)?"), "Terraform variables"),
)
_FOLDERS: dict[str, str] = {
    ".aws": "credentials",
    ".azure": "credentials",
    ".docker": "credentials",
    ".gnupg": "private keys",
    ".kube": "credentials",
    ".ssh": "private keys",
}
_BEGIN = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
#: The Base64 of a key, which a text that only mentions its first line lacks.
_BODY = re.compile(rb"[A-Za-z0-9+/]{40}")
_LONGEST_HEADER = 600
#: Tests of published packages, such as tornado, twisted and ecdsa, have keys that everybody knows.
_TESTS = re.compile(r"(^|/)(tests?/|test_[^/]*\.py$)")
#: https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html, https://age-encryption.org/v1
_OTHER_KEYS = re.compile(rb"PuTTY-User-Key-File-[0-9]: |AGE-SECRET-KEY-1[0-9A-Z]{58}")
_MENTIONS = (b"PRIVATE KEY", b"PuTTY-User-Key-File-", b"AGE-SECRET-KEY-1")


def check_secret_files(
    own: Iterable[Entry],
    dependencies: Collection[Entry],
    installed: Path | None,
    allowed: Collection[str],
) -> None:
    """Checks that no file of a package looks like a secret.

    Args:
        own: the files of the project and of the runtime.
        dependencies: the files of installed dependencies.
        installed: the folder in which they are installed; what was found there is kept beside it.
        allowed: shell patterns of paths in the package, and paths in the project, that the user allows.

    Raises:
        PackageError: some files look like secrets. The message names all of them.
    """
    found = [*_find_own(own), *(_find_keys(dependencies, installed) if installed else ())]
    refused = [(entry, what) for entry, what in found if not _is_allowed(entry, allowed)]
    if refused:
        lines = "\n".join(f"  {_describe_place(entry)}: {what}" for entry, what in refused)
        names = ", ".join(json.dumps(entry.name, ensure_ascii=False) for entry, _ in refused)
        raise PackageError(
            "These files look like secrets, and everyone who may read the function's code could read them:\n"
            f"{lines}",
            "Keep secrets in Secrets Manager or SSM Parameter Store. Move the files away, or leave them out "
            f'with "package_exclude": [{names}] in .chalice/config.json. If they are not secrets, add '
            f'"package_allow": [{names}].',
        )


def identify_name(path: str) -> str:
    """Returns the kind of secret that a file has by its name; empty if it has none.

    Args:
        path: the path of a file of the project.
    """
    *folders, name = PurePosixPath(path).parts
    by_folder = next((_FOLDERS[folder] for folder in folders if folder in _FOLDERS), "")
    return by_folder or next((what for pattern, what in _NAMES if pattern.fullmatch(name)), "")


def has_private_key(content: bytes) -> bool:
    """Whether a file contains a private key, not only a mention of one.

    Args:
        content: the content of the file.

    https://datatracker.ietf.org/doc/html/rfc7468
    """
    if not any(mention in content for mention in _MENTIONS):
        return False
    if _OTHER_KEYS.search(content):
        return True
    ends = (match.end() for match in _BEGIN.finditer(content))
    return any(_BODY.search(content[end : end + _LONGEST_HEADER].partition(b"-----END")[0]) for end in ends)


def _find_own(own: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
    for entry in own:
        if entry.part == RUNTIME_PART:
            continue
        if what := identify_name(entry.origin):
            yield entry, f"{what}, by its name"
        elif has_private_key(read_entry(entry)):
            yield entry, "contains a private key"


def _find_keys(dependencies: Collection[Entry], installed: Path) -> Iterator[tuple[Entry, str]]:
    """Yields the files of dependencies with private keys, from the cache if an earlier build wrote them."""
    cache = installed.with_suffix(".keys.json")
    names = _read_cache(cache)
    if names is None:
        paths = sorted(path for path in installed.rglob("*") if path.is_file())
        names = {
            path.relative_to(installed).as_posix() for path in paths if has_private_key(path.read_bytes())
        }
        atomic_files.replace_file(cache, json.dumps(sorted(names)).encode(), 0o600)
    for entry in dependencies:
        if entry.name in names and not _TESTS.search(entry.name):
            yield entry, "contains a private key"


def _read_cache(cache: Path) -> set[str] | None:
    try:
        names = json.loads(cache.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    is_valid = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return {*names} if is_valid else None


def _is_allowed(entry: Entry, allowed: Iterable[str]) -> bool:
    return any(fnmatchcase(entry.name, pattern) or entry.origin == pattern for pattern in allowed)


def _describe_place(entry: Entry) -> str:
    return entry.origin if entry.origin.endswith(entry.name) else f"{entry.name} of {entry.origin}"
