"""Records the modules that an app imports, and the files that it opens, in the child process.

https://docs.python.org/3/library/sys.html#sys.meta_path
https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import domovoi_tf
from domovoi_tf.loading.recording.own_paths import INSTALLED, OwnPaths, locate_root
from domovoi_tf.loading.recording.records import ImportedModule, OpenedFile, ReadMetadata

if TYPE_CHECKING:
    from domovoi_tf.loading.recording.records import Frames

# pathlib is slower, and this is called for each module.
_TOOL = "domovoi_tf"
_TOOL_FOLDER = os.path.join(os.path.dirname(domovoi_tf.__file__), "")  # noqa: PTH118, PTH120
_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")  # noqa: PTH118, PTH120
_LOADING = os.path.join(_TOOL_FOLDER, "loading", "")  # noqa: PTH118
_CODE = (".pyc", ".pyi", ".so", ".pyd")
#: The file from which ``importlib.metadata.version`` reads the version of a distribution.
_METADATA = re.compile(r".*/([^/]+?)-[^/-]*\.dist-info/METADATA")
_MAX_FRAMES = 200
#: Events that show which files are used, with the position of the file in their arguments.
_EVENTS = {"open": 0, "sqlite3.connect": 0, "exec": 0, "os.rename": 1}
_WRITING = os.O_WRONLY | os.O_RDWR


class Recorder:
    """Observes imports as the first finder, which never finds a module, and opened files as an audit hook.

    Args:
        project: the absolute path of the project's folder.
    """

    def __init__(self, project: str) -> None:
        self._own = OwnPaths(project)
        self._earlier = frozenset(sys.modules)
        self._imports: dict[str, Frames] = {}
        self._probes: dict[str, Frames] = {}
        self._folders = set(sys.path)
        self._files: dict[str, Frames] = {}
        self._written: set[str] = set()
        self._metadata: dict[str, Frames] = {}
        self._is_active = False

    def start(self) -> None:
        """Starts recording."""
        self._is_active = True
        sys.meta_path.insert(0, self)
        sys.addaudithook(self._observe_event)

    def stop(self) -> None:
        """Stops recording. An audit hook cannot be removed, so it stays without effect."""
        self._is_active = False
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Records the import of a module that is not loaded yet, and leaves it to the other finders."""
        if path is None:
            self._folders.update(each for each in sys.path if isinstance(each, str))
        if name in self._imports or not self._has_interest(name):
            return
        caller = sys._getframe(1)
        traces = self._probes if _is_probe(caller) else self._imports
        traces.setdefault(name, self._trace_callers(caller))

    def list_modules(self) -> tuple[ImportedModule, ...]:
        """Returns the modules that were imported: see `ReadApplication`."""
        return tuple(self._select_modules())

    def list_files(self) -> tuple[OpenedFile, ...]:
        """Returns the files of the project that were opened, but not written by the app, and not imported."""
        others = {*map(self._get_file, list(sys.modules.values())), *self._written}
        return tuple(
            OpenedFile(file=file, frames=frames)
            for file, frames in sorted(self._files.items())
            if file not in others and os.path.isfile(file)  # noqa: PTH113
        )

    def list_metadata(self) -> tuple[ReadMetadata, ...]:
        """Returns the distributions whose metadata was read."""
        return tuple(ReadMetadata(name=name, frames=each) for name, each in sorted(self._metadata.items()))

    def _select_modules(self) -> Iterator[ImportedModule]:
        folders = {*map(os.path.realpath, self._folders)}
        for name, module in sorted(sys.modules.items()):
            file, frames = self._get_file(module), self._get_frames(name)
            if name in sys.stdlib_module_names and _is_in_library(file) and not name.startswith("_"):
                yield ImportedModule(name=name, file="", frames=frames)
            elif file is None or name in self._earlier or _is_in_library(file):
                continue
            elif self._own.contains(file):
                frames, by_path = frames or self._files.get(file, ()), self._is_by_path(name, file, folders)
                yield ImportedModule(name=name, file=file, frames=frames, by_path=by_path)
            elif self._is_outermost(name):
                yield ImportedModule(name=name, file=file, frames=frames)

    def _get_frames(self, name: str) -> Frames:
        """Returns the callers of an import, or of ``find_spec`` for a module that was loaded without one."""
        return self._imports.get(name) or self._probes.get(name, ())

    def _is_by_path(self, name: str, file: str, folders: Collection[str]) -> bool:
        """Returns whether neither a finder nor Python's path leads to a module."""
        root, outermost = locate_root(Path(file), name), name.partition(".")[0]
        if root is None:
            return True
        is_sought = outermost in self._imports or outermost in self._probes
        return not is_sought and os.path.realpath(root) not in folders

    def _has_interest(self, name: str) -> bool:
        outermost, dot, _ = name.partition(".")
        file = self._get_file(sys.modules.get(outermost)) if dot else None
        return file is None or self._own.contains(file) or outermost == _TOOL

    def _is_outermost(self, name: str) -> bool:
        """Returns whether only namespace packages contain a module, or the app imports it from this tool."""
        if name.startswith(f"{_TOOL}."):
            frames = self._get_frames(name)
            return len(frames) > 0 and not frames[0][0].startswith(_TOOL_FOLDER)
        parts = name.split(".")
        above = (".".join(parts[:count]) for count in range(1, len(parts)))
        return all(self._get_file(sys.modules.get(each)) is None for each in above)

    def _observe_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._is_active or event not in _EVENTS:
            return
        path = arguments[_EVENTS[event]]
        if event == "exec":  # of code from the bytecode cache, whose source is not opened
            path = getattr(path, "co_filename", None)
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        file = self._own.normalize(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100
        if _is_written(event, file, arguments):
            self._written.add(file)
            return
        if file.endswith("/METADATA") and (match := _METADATA.fullmatch(file)):
            name = re.sub(r"[-_.]+", "-", match[1]).lower()
            self._metadata.setdefault(name, self._trace_callers(sys._getframe(1)))
        if file.endswith(_CODE) or not self._own.contains(file) or file in self._files:
            return
        if not (file.endswith(".py") and _is_import(sys._getframe(1))):
            self._files[file] = self._trace_callers(sys._getframe(1))

    def _get_file(self, module: object) -> str | None:
        """Returns the file of a module without running code of a lazy module."""
        attributes = getattr(module, "__dict__", None) or {}
        spec = attributes.get("__spec__")
        file = getattr(spec, "origin", None) if getattr(spec, "has_location", False) else None
        file = file or attributes.get("__file__")
        return self._own.normalize(file) if isinstance(file, str) else None

    def _trace_callers(self, frame: FrameType | None) -> Frames:
        """Returns the files and lines of a frame and its callers, without the import system and this tool."""
        frames: list[tuple[str, int]] = []
        while frame is not None and len(frames) < _MAX_FRAMES:
            file = frame.f_code.co_filename
            file = file if file.startswith("<") else self._own.normalize(file)
            if not file.startswith(("<", _LOADING)) and not _is_in_library(file):
                frames.append((file, frame.f_lineno))
            frame = frame.f_back
        return tuple(frames)


def _is_probe(frame: FrameType) -> bool:
    """Returns whether ``importlib.util.find_spec`` looks for a module, which need not be imported."""
    return frame.f_back is not None and frame.f_back.f_code.co_name == "find_spec"


def _is_import(frame: FrameType | None) -> bool:
    """Returns whether an import by name reads a file. If it fails, the module is not in ``sys.modules``."""
    while frame is not None and frame.f_code.co_filename.startswith("<frozen "):
        if frame.f_code.co_name == "_find_and_load":
            return True
        frame = frame.f_back
    return False


def _is_in_library(file: str | None) -> bool:
    """Returns whether a module belongs to the standard library, which has modules without a file."""
    return file is None or (file.startswith(_LIBRARY) and not any(each in file for each in INSTALLED))


def _is_written(event: str, file: str, arguments: tuple[Any, ...]) -> bool:
    if event == "open":
        _, mode, flags = arguments
        return "r" not in mode or "+" in mode if isinstance(mode, str) else flags & _WRITING != 0
    return event == "os.rename" or (event == "sqlite3.connect" and not os.path.exists(file))  # noqa: PTH110
