"""Finds the file that an import statement loads in Lambda.

https://docs.python.org/3/reference/import.html#searching
https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domovoi_tf.packaging.contents import Entry
from domovoi_tf.packaging.target import Target

_SOURCE_SUFFIXES = (".py", ".pyc")
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}


class ModuleLookup:
    """Searches folders for modules as Python does in Lambda, where they come before the standard library.

    Args:
        folders: the files of each folder, in the order of Python's path: the package, then a layer.
        target: the Lambda runtime, which loads only compiled modules for its own Python and machine.
    """

    def __init__(self, folders: Iterable[Iterable[Entry]], target: Target) -> None:
        self._folders = [_Folder(entries) for entries in folders]
        self._suffixes = (*list_compiled_suffixes(target), *_SOURCE_SUFFIXES)

    def find(self, name: str) -> Entry | None:
        """Returns the file of a module; None if there is none, or if it is a namespace package.

        Args:
            name: its dotted name.
        """
        return self._search(name)[1]

    def contains(self, name: str) -> bool:
        """Returns whether a module or a namespace package can be imported.

        Args:
            name: its dotted name.
        """
        return self._search(name)[0]

    def list_outermost(self) -> dict[str, Entry]:
        """Returns the modules that are in no package, by their names."""
        names = {
            name.partition("/")[0].partition(".")[0] for folder in self._folders for name in folder.files
        }
        return {name: entry for name in sorted(names) if (entry := self.find(name)) is not None}

    def _search(self, name: str) -> tuple[bool, Entry | None]:
        places = [(folder, "") for folder in self._folders]
        entry: Entry | None = None
        for part in name.split("."):
            portions: list[tuple[_Folder, str]] = []
            for folder, prefix in places:
                base = f"{prefix}{part}"
                if (entry := folder.find(f"{base}/__init__", self._suffixes)) is not None:
                    places = [(folder, f"{base}/")]
                    break
                if (entry := folder.find(base, self._suffixes)) is not None:
                    places = []
                    break
                if base in folder.folders:
                    portions.append((folder, f"{base}/"))
            else:
                places = portions
                if not places:
                    return False, None
        return True, entry


class _Folder:
    def __init__(self, entries: Iterable[Entry]) -> None:
        self.files = {entry.name: entry for entry in entries}
        self.folders = _list_folders(self.files)

    def find(self, base: str, suffixes: Sequence[str]) -> Entry | None:
        return next((self.files[base + each] for each in suffixes if base + each in self.files), None)


def _list_folders(names: Iterable[str]) -> set[str]:
    """Returns all folders above files."""
    folders: set[str] = set()
    for name in names:
        above = name.rpartition("/")[0]
        # With a folder that was found before, those above it were too.
        while above and above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]
    return folders


def list_compiled_suffixes(target: Target) -> tuple[str, ...]:
    """Returns the suffixes of the compiled modules that a Lambda runtime loads.

    https://docs.python.org/3/library/importlib.html#importlib.machinery.EXTENSION_SUFFIXES

    Args:
        target: the Lambda runtime.
    """
    version, machine = target.python.replace(".", ""), _MACHINES.get(target.architecture, "")
    return (f".cpython-{version}-{machine}-linux-gnu.so", ".abi3.so", ".so")
