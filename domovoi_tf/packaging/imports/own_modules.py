"""Checks that Lambda imports the same files of the project that were read, and finds missing data files."""

from __future__ import annotations

import glob
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.errors import Problem
from domovoi_tf.loading.project_modules import VENDOR
from domovoi_tf.loading.recording.own_paths import locate_root
from domovoi_tf.loading.recording.records import ImportedModule, ReadApplication
from domovoi_tf.model.declarations import Location, Notice
from domovoi_tf.packaging.contents import Entry, exclude, find_unmatched
from domovoi_tf.packaging.imports.guards import is_optional
from domovoi_tf.packaging.imports.lookup import list_compiled_suffixes
from domovoi_tf.packaging.imports.package import PackagedFiles

_CONFIG = ".chalice/config.json"
_DOTENV = re.compile(r"\.env(\..+)?")
_COMPILED = (".so", ".pyd")
_SECRET = re.compile(r".*\.(pem|key|p12|pfx|jks)|.*(secret|credential).*", re.IGNORECASE)
#: Folders whose files are no data of the app, also if it reads the commit there.
_REPOSITORIES = {".git", ".hg", ".svn"}
#: The packages and modules of domovoi_tf that are part of its runtime.
_RUNTIME = ("app", "errors", "model", "runtime", "triggers", "types")
#: More files of a folder than these are not listed one by one.
_MAX_LISTED = 3


def check_own_modules(read: ReadApplication, package: PackagedFiles) -> Iterator[Problem]:
    """Yields a problem for each module of the project that Lambda would not find, or would read elsewhere.

    Args:
        read: the application, with what importing it read.
        package: the files of the package.
    """
    shown: set[str] = set()
    imported = {module.file for module in read.modules if not module.by_path}
    for module in read.modules:
        if module.name.startswith("domovoi_tf."):
            yield from _check_tool_module(module, package)
        elif package.is_own_path(module.file) and not (module.by_path and module.file in imported):
            for problem in _check_module(module, package):
                shown.add(package.format_path(module.file))
                yield problem
    yield from _check_hidden_entries(package, shown)
    yield from _check_handler_files(read, package)


def find_unpackaged_files(read: ReadApplication, package: PackagedFiles) -> Iterator[Notice]:
    """Yields a notice for the data files, folder by folder, that the app reads and the package lacks.

    Args:
        read: the application, with what importing it read.
        package: the files of the package.
    """
    folders: dict[tuple[str, str], list[str]] = defaultdict(list)
    handlers = _list_handler_files(read)
    for opened in read.files:
        path = Path(package.format_path(opened.file))
        is_other = path.as_posix() not in handlers and _REPOSITORIES.isdisjoint(path.parts)
        if is_other and not package.contains(opened.file, opened.frames):
            folders[package.locate(opened.frames), path.parent.as_posix()].append(path.as_posix())
    for (place, folder), files in folders.items():
        yield from _describe_files(place, folder, files)


def _describe_files(place: str, folder: str, files: list[str]) -> Iterator[Notice]:
    file, _, line = place.partition(":")
    location = Location(file=file, line=int(line or 1))
    dotenv = [each for each in files if _DOTENV.fullmatch(Path(each).name)]
    for each in dotenv:
        yield Notice(
            location=location,
            message=f"{each} is read when the app is imported, but the package does not contain it: set its "
            f"values in environment_variables in {_CONFIG}",
        )
    secrets = [each for each in files if each not in dotenv and _is_secret(each)]
    for each in secrets:
        yield Notice(
            location=location,
            message=f"{each} is read when the app is imported, but the package does not contain it: if it is "
            "secret, read its content from Secrets Manager, or pass it to Terraform through "
            'app.variable("...", sensitive=True)',
        )
    if others := [each for each in files if each not in (*dotenv, *secrets)]:
        listed, patterns = _list_others(folder, others, not secrets)
        are, them = ("is", "it") if len(others) == 1 else ("are", "them")
        yield Notice(
            location=location,
            message=f"{listed} {are} read when the app is imported, but the package does not contain {them}: "
            f"add {_format_include(patterns)} to {_CONFIG}",
        )


def _is_secret(file: str) -> bool:
    return not file.endswith(".py") and _SECRET.fullmatch(Path(file).name) is not None


def _list_others(folder: str, files: list[str], is_uniform: bool) -> tuple[str, list[str]]:
    """Returns a short list of the files in a folder, and the entries of package_include that match them.

    Args:
        folder: the folder, relative to the project.
        files: the files, relative to the project.
        is_uniform: whether the package may contain all files of the folder.
    """
    if len(files) <= _MAX_LISTED:
        return ", ".join(files), files
    if folder != ".":
        return f"{len(files)} files in {folder}", [f"{glob.escape(folder)}/*"] if is_uniform else files
    first, count = files[:_MAX_LISTED], len(files) - _MAX_LISTED
    listed = f"{', '.join(first)} and {count} other file{'s' if count > 1 else ''}"
    suffixes = {each: glob.escape(Path(each).suffix) for each in files} if is_uniform else {}
    return listed, sorted({f"*{suffix}" if (suffix := suffixes.get(each)) else each for each in files})


def _check_module(module: ImportedModule, package: PackagedFiles) -> Iterator[Problem]:
    if module.by_path and package.contains(module.file, module.frames):
        return
    entry = None if module.by_path else package.lookup.find(module.name)
    if entry is not None and package.is_same(entry, module.file):
        return
    place, chain = package.locate(module.frames), package.format_chain(module.frames)
    path, root = package.format_path(module.file), _locate_root(module)
    # A local package that is installed editable is built again for the package, and may then differ.
    if entry is not None and entry in package.dependencies and root not in (package.base, None):
        return
    if entry is not None:
        yield _make_other_file_problem(place, module.name, path, entry, chain)
        return
    excluded = _find_pattern(module, package)
    if excluded and any(is_optional(file, line) for file, line in module.frames):
        return
    yield Problem(
        place,
        f"the package does not contain the module {module.name} ({path}), which is imported here{chain}",
        _suggest_remedy(module, package, excluded),
    )


def _make_other_file_problem(place: str, name: str, path: str, entry: Entry, chain: str = "") -> Problem:
    is_vendored = entry.origin.startswith(f"{VENDOR}/")
    source = entry.origin if is_vendored else f"{entry.name} in {entry.origin}"
    return Problem(
        place,
        f"Lambda would import {name} from {source}, and not from {path}{chain}",
        f"Rename {path}, or leave the other file out with package_exclude in {_CONFIG}.",
    )


def _find_pattern(module: ImportedModule, package: PackagedFiles) -> str:
    """Returns the pattern that excludes a module, or an empty string."""
    entries = (
        [entry for entry in package.own if package.is_same(entry, module.file)] if package.excluded else []
    )
    patterns = (each for each in package.excluded if entries and not find_unmatched(entries, [each]))
    return next(patterns, "")


def _locate_root(module: ImportedModule) -> Path | None:
    return None if module.by_path else locate_root(Path(module.file), module.name)


def _list_handler_files(read: ReadApplication) -> frozenset[str]:
    return frozenset(route.location.file for route in read.routes)


def _check_handler_files(read: ReadApplication, package: PackagedFiles) -> Iterator[Problem]:
    """Yields a problem for each file that defines handlers, and is run without being imported."""
    handlers = _list_handler_files(read)
    for opened in read.files:
        path = package.format_path(opened.file)
        if path in handlers and not package.contains(opened.file, opened.frames):
            yield Problem(
                package.locate(opened.frames),
                f"the package does not contain {path}, which is run here and defines handlers",
                f"Write an import statement for it, or add {_format_include([path])} to {_CONFIG}.",
            )


def _suggest_remedy(module: ImportedModule, package: PackagedFiles, excluded: str) -> str:
    path = Path(module.file)
    if excluded:
        return f"Remove the pattern {excluded!r} from package_exclude in {_CONFIG}, or from --exclude."
    if path.suffix == ".pyc":
        return "It has no source, and bytecode is not packaged. Add its source, or list a wheel that has it."
    if path.suffix in _COMPILED and not path.name.endswith(list_compiled_suffixes(package.target)[:2]):
        return (
            f"It is compiled for this machine. Build a wheel of it for {package.target}, and list the wheel "
            "in requirements.txt."
        )
    root = _locate_root(module)
    inside = path if root is None else root / path.relative_to(root).parts[0]
    pattern = package.format_path(str(inside))
    return f"Write an import statement for it, or add {_format_include([pattern])} to {_CONFIG}."


def _format_include(patterns: list[str]) -> str:
    items = ", ".join(json.dumps(pattern, ensure_ascii=False) for pattern in patterns)
    return f'"package_include": [{items}]'


def _check_tool_module(module: ImportedModule, package: PackagedFiles) -> Iterator[Problem]:
    if module.name.split(".")[1] in _RUNTIME or any(is_optional(*frame) for frame in module.frames):
        return
    yield Problem(
        package.locate(module.frames),
        f"the package does not contain the module {module.name}, which is imported here"
        f"{package.format_chain(module.frames)}",
        "Import it in tests only: the package contains the runtime of domovoi-tf, and neither its command "
        "line nor its test client.",
    )


def _check_hidden_entries(package: PackagedFiles, shown: set[str]) -> Iterator[Problem]:
    """Yields a problem for each module that a file from elsewhere hides, also if it is imported later."""
    foreign = {_get_outermost(entry.name) for entry in package.list_foreign()}
    for entry in exclude(package.own, package.excluded) if foreign else ():
        if not entry.name.endswith(".py") or package.is_foreign(entry) or entry.origin in shown:
            continue
        name = entry.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        other = package.lookup.find(name) if _get_outermost(entry.name) in foreign else None
        if other is not None and package.is_foreign(other) and not package.is_same(other, str(entry.source)):
            yield _make_other_file_problem(f"{entry.origin}:1", name, entry.origin, other)


def _get_outermost(path: str) -> str:
    return path.partition("/")[0].partition(".")[0]
