"""Adds the bytecode of modules to the files of a package; that of dependencies is kept in the cache.

Each ``.pyc`` file contains a hash of its source, with which Python compares the source whenever it imports
the module: an edit in Lambda's console takes effect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from importlib.util import source_from_cache
from pathlib import Path

from domovoi_tf.packaging.archive import Member, pack_members
from domovoi_tf.packaging.archives.stored_members import compress_files, read_cache, write_if_changed
from domovoi_tf.packaging.bytecode.compiler import CHILD, Compilation, Module, compile_modules
from domovoi_tf.packaging.bytecode.pythons import FunctionPython
from domovoi_tf.packaging.contents import Entry, read_entry

#: The folders of packages and of layers on Lambda.
#: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
_TASK, _LAYER = "/var/task/", "/opt/python/"


@dataclass(frozen=True)
class Bytecode:
    """The bytecode of a package.

    Args:
        release: the release of Python that compiled it; empty if there is none.
        own: the files for the project and the runtime.
        dependencies: the files for dependencies.
        members: those of dependencies, compressed, by name.
    """

    release: str = ""
    own: Sequence[Entry] = ()
    dependencies: Sequence[Entry] = ()
    members: Mapping[str, Member] = field(default_factory=dict)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All files."""
        return (*self.own, *self.dependencies)

    @property
    def size(self) -> int:
        """The total size in bytes, unzipped."""
        return sum(entry.size or 0 for entry in self.entries)


def start_compilation(python: FunctionPython, own: Iterable[Entry]) -> Future[Compilation]:
    """Starts to compile the modules of the project and of the runtime, in a process beside this one.

    Args:
        python: the Python that compiles.
        own: the files of the project and of the runtime, at least those in the package.
    """
    threads = ThreadPoolExecutor(1)
    try:
        return threads.submit(lambda: compile_modules(python, [*_read_modules(_select_modules(own), _TASK)]))
    finally:
        threads.shutdown(wait=False)


def compile_package(
    python: FunctionPython,
    started: Future[Compilation],
    all_own: Iterable[Entry],
    own: Sequence[Entry],
    dependencies: Sequence[Entry],
    folder: Path | None,
    has_layer: bool,
) -> Bytecode:
    """Compiles the modules of a package.

    Args:
        python: the Python that compiles.
        started: what `start_compilation` returned.
        all_own: the files that it was given.
        own: those of them that are in the package.
        dependencies: all files of installed dependencies, also those that the package leaves out.
        folder: the folder in which they are installed; their bytecode is kept beside it.
        has_layer: whether dependencies are in a layer.

    Raises:
        PackageError: a file cannot be read, or the Python cannot compile.
    """
    release, bytecode = started.result()
    names = {entry.name for entry in own}
    compiled = [
        _make_entry(entry, release, len(content), content)
        for entry, content in zip(_select_modules(all_own), bytecode, strict=True)
        if content and entry.name in names
    ]
    compiled = [entry for entry in compiled if entry.name not in names]
    if folder is None:
        return Bytecode(release, compiled)
    members = _compile_dependencies(python, dependencies, folder, release, has_layer)
    found = [
        _make_entry(entry, release, members[entry.name].size)
        for entry in _select_modules(dependencies)
        if members[entry.name].size
    ]
    found = [entry for entry in found if entry.name not in names]
    renamed = (member._replace(name=_name_bytecode(name, release)) for name, member in members.items())
    return Bytecode(release, compiled, found, {member.name: member for member in renamed})


def select_bytecode(bytecode: Iterable[Entry], sources: Iterable[Entry]) -> list[Entry]:
    """Returns the bytecode of these modules.

    Args:
        bytecode: files of bytecode.
        sources: the files that the package contains.
    """
    names = {entry.name for entry in sources}
    return [entry for entry in bytecode if source_from_cache(entry.name) in names]


def _compile_dependencies(
    python: FunctionPython, entries: Iterable[Entry], folder: Path, release: str, has_layer: bool
) -> dict[str, Member]:
    """Returns the compressed bytecode of dependencies by the module's name, from the cache if it has it."""
    program = hashlib.sha256(CHILD.read_bytes()).hexdigest()[:16]
    place, prefix = ("layer", _LAYER) if has_layer else ("task", _TASK)
    cache = folder.with_name(f"{folder.name}.{release}.{place}.{program}.zip")
    modules = _select_modules(entries)
    # A module that cannot be compiled is an empty file there.
    members = read_cache(cache)
    if members.keys() != {entry.name for entry in modules}:
        compiled = compile_modules(python, [*_read_modules(modules, prefix)])
        names = (entry.name for entry in modules)
        members = compress_files(
            (name, data, False) for name, data in zip(names, compiled.bytecode, strict=True)
        )
        write_if_changed(cache, pack_members(members.values()))
    return members


def _select_modules(entries: Iterable[Entry]) -> list[Entry]:
    """Returns the files that Python can import as modules, by their names."""
    return [
        entry
        for entry in entries
        if entry.name.endswith(".py") and all(map(str.isidentifier, entry.name[:-3].split("/")))
    ]


def _read_modules(entries: Iterable[Entry], prefix: str) -> Iterator[Module]:
    for entry in entries:
        yield Module(prefix + entry.name, read_entry(entry))


def _name_bytecode(name: str, release: str) -> str:
    """Returns the path of a module's bytecode, as in ``__pycache__/app.cpython-313.pyc``.

    https://peps.python.org/pep-3147/
    """
    folder, slash, file = name.rpartition("/")
    tag = "".join(release.split(".")[:2])
    return f"{folder}{slash}__pycache__/{file.removesuffix('.py')}.cpython-{tag}.pyc"


def _make_entry(module: Entry, release: str, size: int, contents: bytes | None = None) -> Entry:
    name = _name_bytecode(module.name, release)
    return replace(module, name=name, contents=contents, size=size)
