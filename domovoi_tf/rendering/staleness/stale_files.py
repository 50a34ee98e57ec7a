"""Lists the stale files of a tree, each with the reasons and a unified diff.

https://www.gnu.org/software/diffutils/manual/html_node/Unified-Format.html
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from domovoi_tf import __version__
from domovoi_tf.rendering.conflict_markers import drop_markers
from domovoi_tf.rendering.manifest import MANIFEST, serialize_manifest
from domovoi_tf.rendering.output_tree import Changes
from domovoi_tf.rendering.staleness.masking import mask_lines
from domovoi_tf.rendering.versions import FIRST
from domovoi_tf.system.reading.regular_files import read_regular_file
from domovoi_tf.system.text import escape_line

_CONTEXT = 3
_NO_LINE_FEED = "\\ No newline at end of file"
_MODULES = "app/modules/"


class StaleFile(NamedTuple):
    """A file that rendering would change.

    Args:
        path: the path in the output folder.
        change: "added", "changed" or "removed".
        reason: why it is stale, as the rest of a sentence.
        diff: the lines of the unified diff, from the file on the disk to its rendering, without secrets.
    """

    path: str
    change: str
    reason: str
    diff: tuple[str, ...]


def list_stale_files(folder: Path, changes: Changes) -> tuple[StaleFile, ...]:
    """Returns the files of a tree that are out of date, sorted by path.

    Args:
        folder: the output folder.
        changes: the changes that rendering would make there.
    """
    rendered = {file.path: file.content for file in changes.written}
    rendered[MANIFEST] = serialize_manifest(changes.manifest)
    return tuple(
        _describe_file(folder, path, None if path in changes.removed else rendered[path], changes)
        for path in changes.outdated
    )


def _describe_file(folder: Path, path: str, rendered: bytes | None, changes: Changes) -> StaleFile:
    content = _read_content(folder / path)
    change = "removed" if rendered is None else "added" if content is None else "changed"
    diff = tuple(diff_texts(f"{folder.name}/{path}", content, rendered))
    return StaleFile(path, change, _explain(path, content, change, changes), diff)


def _explain(path: str, content: bytes | None, change: str, changes: Changes) -> str:
    """Returns why a file is stale. The digests of the manifest tell an edit from a change of the app."""
    previous = changes.previous
    if path == MANIFEST:
        return "its entries are not those of the files"
    if not previous.files:
        return "nothing has been rendered here"
    before, after = previous.list_digests(path), changes.manifest.list_digests(path)
    if content is not None and _has_markers(content):
        return "it has conflict markers of a merge"
    if len(before) > 1:
        return "a merge has put its versions of several branches together"
    causes = []
    if path in changes.conflicts and content is None:
        causes.append("something that is not a readable file is in its place")
    elif path in changes.conflicts:
        causes.append("it was edited by hand" if before else "domovoi-tf did not write it")
    elif before and content is None:
        causes.append("it was removed by hand")
    if not causes or (before and before != after):
        causes.append(_explain_rendering(path, change, changes))
    return ", and ".join(causes)


def _explain_rendering(path: str, change: str, changes: Changes) -> str:
    version = changes.previous.version
    is_other = version != __version__
    writer = f"domovoi-tf {version or FIRST} rendered it, and this is {__version__}"
    if path.startswith(_MODULES) and change == "changed":
        return writer if is_other else f"the modules of domovoi-tf {__version__} have changed"
    app = "the app or its configuration has changed"
    return f"{app}, or only the version: {writer}" if is_other else app


def diff_texts(path: str, before: bytes | None, after: bytes | None) -> Iterator[str]:
    """Yields the lines of a unified diff between two contents of a file; None is a missing file.

    Strings that may be secret are masked, and control characters escaped.

    Args:
        path: the path for the header.
        before: the content on the disk.
        after: the rendered content.
    """
    old, new = _split_lines(before), _split_lines(after)
    masked_old, masked_new = _mask(old), _mask(new)
    # Lines that repeat often, such as closing braces, are not compared each with all others.
    groups = [*difflib.SequenceMatcher(None, old, new, autojunk=True).get_grouped_opcodes(_CONTEXT)]
    if groups or (before is None) != (after is None):
        yield "--- /dev/null" if before is None else f"--- a/{path}"
        yield "+++ /dev/null" if after is None else f"+++ b/{path}"
    for group in groups:
        (_, old_start, _, new_start, _), (_, _, old_end, _, new_end) = group[0], group[-1]
        yield f"@@ -{_format_range(old_start, old_end)} +{_format_range(new_start, new_end)} @@"
        for tag, i, j, k, m in group:
            for sign, lines in _select_lines(tag, masked_old[i:j], masked_new[k:m]):
                for line in lines:
                    yield f"{sign}{line}".removesuffix("\n")
                    if not line.endswith("\n"):
                        yield _NO_LINE_FEED


def _select_lines(tag: str, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    if tag == "equal":
        yield " ", old
    else:
        yield "-", old
        yield "+", new


def _format_range(start: int, end: int) -> str:
    length = end - start
    first = start + 1 if length else start
    return str(first) if length == 1 else f"{first},{length}"


def _split_lines(content: bytes | None) -> list[str]:
    """Returns the lines with their line feeds; other line breaks do not end a line."""
    lines = (content or b"").decode(errors="replace").split("\n")
    return [*(f"{line}\n" for line in lines[:-1]), *([lines[-1]] if lines[-1] else [])]


def _mask(lines: Sequence[str]) -> list[str]:
    texts = mask_lines(line.removesuffix("\n") for line in lines)
    return [
        _escape(text) + ("\n" if line.endswith("\n") else "") for text, line in zip(texts, lines, strict=True)
    ]


def _escape(line: str) -> str:
    return "\t".join(map(escape_line, line.split("\t")))


def _has_markers(content: bytes) -> bool:
    lines = content.decode(errors="replace").split("\n")
    return len([*drop_markers(lines)]) < len(lines)


def _read_content(path: Path) -> bytes | None:
    with contextlib.suppress(OSError):
        return read_regular_file(path)
    return None
