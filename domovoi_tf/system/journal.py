"""The journal of a committed change: which files it replaces or removes, with digests of old and new content.

It is in the folder that it describes, so it may come from a damaged disk or from a stranger's repository.
`read_journal` checks everything that `folder_transaction` relies on, before the first file is moved.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from domovoi_tf.system.reading.regular_files import read_regular_file
from domovoi_tf.system.tree_paths import find_link, is_inside

VERSION = 2
_NAME = "journal.json"
_FILES = "files"


class JournalError(Exception):
    """A journal that cannot be used. No file was changed.

    Args:
        problems: what is wrong, as parts of a sentence.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))


@dataclass(frozen=True)
class FileChange:
    """The change of one file.

    Args:
        path: the path of the file, relative to the folder.
        old: the SHA-256 of the previous content; None if there was no regular file.
        new: the SHA-256 of the new content; None to remove the file.
    """

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Journal:
    """A list of changes, which are made in this order."""

    version: int
    changes: list[FileChange]


def locate_journal(folder: Path) -> Path:
    """Returns the file of the journal in the folder of a prepared or committed change."""
    return folder / _NAME


def locate_content(folder: Path, number: int) -> Path:
    """Returns the file with the new content for a change.

    Args:
        folder: the folder of the prepared or committed change.
        number: the index of the change. The name depends on nothing that the journal contains.
    """
    return folder / _FILES / str(number)


def serialize_journal(changes: list[FileChange]) -> bytes:
    """Returns the journal of some changes."""
    return json.dumps(asdict(Journal(VERSION, changes)), indent=1).encode()


def read_journal(committed: Path) -> Journal:
    """Reads the journal of a committed change, and checks it and the new files.

    Args:
        committed: the folder of the committed change, in the folder that it changes.

    Raises:
        JournalError: the journal is damaged, has another version, names files outside of the folder or behind
            links, or does not describe the new files.
    """
    for folder in (committed, committed / _FILES):
        if folder.is_symlink() or not folder.is_dir():
            raise JournalError((f"{folder.relative_to(committed.parent)} is not a folder",))
    journal = _parse(committed)
    if problems := tuple(_find_problems(committed, journal)):
        raise JournalError(problems)
    return journal


def hash_file(path: Path) -> str | None:
    """Returns the SHA-256 of a file as hexadecimal digits; None if it is missing, a link or unreadable."""
    with contextlib.suppress(OSError):
        return hashlib.sha256(read_regular_file(path, follow_links=False)).hexdigest()
    return None


def _parse(committed: Path) -> Journal:
    import msgspec

    @dataclass
    class Header:
        version: Any = None

    try:
        text = read_regular_file(locate_journal(committed), follow_links=False)
    except FileNotFoundError:
        raise JournalError((f"{_NAME} is missing",)) from None
    except OSError as error:
        raise JournalError((f"{_NAME} cannot be read ({error.strerror})",)) from None
    try:
        if msgspec.json.decode(text, type=Header).version != VERSION:
            raise JournalError((f"{_NAME} is damaged, or of another version of domovoi-tf",))
        return msgspec.json.decode(text, type=Journal)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise JournalError((f"{_NAME} is damaged",)) from None


def _find_problems(committed: Path, journal: Journal) -> Iterator[str]:
    paths = [change.path for change in journal.changes]
    if len({*paths}) < len(paths):
        yield f"{_NAME} names a file twice"
    for number, change in enumerate(journal.changes):
        name = ascii(change.path)
        if not is_inside(change.path) or change.path.split("/")[0] == committed.name:
            yield f"{_NAME} names {name}, which is not a path of this folder"
        elif link := find_link(committed.parent, change.path):
            yield f"{link} is a link, behind which {name} would be changed"
        elif change.new is not None and not _is_complete(committed, number, change):
            yield f"the new content of {name} is damaged"


def _is_complete(committed: Path, number: int, change: FileChange) -> bool:
    """Whether the new content is still there, or was moved into place."""
    new = locate_content(committed, number)
    return not (new.exists() or new.is_symlink()) or hash_file(new) == change.new
