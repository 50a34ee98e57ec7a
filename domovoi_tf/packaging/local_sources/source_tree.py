"""Lists the files of a local package that a build of its wheel may read."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import Path
from typing import Any

from domovoi_tf.errors import PackageError
from domovoi_tf.loading.project_modules import NOT_SOURCE
from domovoi_tf.packaging.dependencies.requirement_lines import read_text
from domovoi_tf.system.reading.folder_walk import LinkError, walk_files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: The files of which a folder has at least one if a wheel can be built from it.
PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
#: The rendered Terraform has this file, and changes with every build.
_RENDERED = ".domovoi-tf.json"
#: What setuptools leaves in its folder `build`.
_BUILT = re.compile(r"lib(?:\..*)?|temp\..*|bdist\..*")
#: Tools that derive the version of a package from Git.
_READS_GIT = re.compile(r"scm|vcs|versioningit|dunamai|versioneer|\bpbr\b|\bgit\b", re.IGNORECASE)


def is_project(folder: Path) -> bool:
    """Returns whether a wheel can be built from a folder.

    Args:
        folder: an existing folder.

    https://packaging.python.org/en/latest/specifications/pyproject-toml/
    """
    return any((folder / name).is_file() for name in PROJECT_FILES)


def list_source_files(folder: Path) -> Iterator[Path]:
    """Yields the files of a folder and its subfolders, through links, without those that tools leave there.

    Args:
        folder: the folder of a local package, or of wheels.

    Raises:
        PackageError: a folder cannot be read, or links add too many files.
    """
    if is_repository(folder):
        yield from _list_references(folder)
        return
    yield from _walk(folder)
    if any(_READS_GIT.search(read_text(path)) for path in list_project_files(folder)):
        yield from _list_git_files(folder)


def is_repository(folder: Path) -> bool:
    """Returns whether a folder is a Git repository itself, without a working tree.

    Args:
        folder: an existing folder.

    https://git-scm.com/docs/gitrepository-layout
    """
    return (folder / "HEAD").is_file() and all((folder / name).is_dir() for name in ("refs", "objects"))


def list_project_files(folder: Path) -> list[Path]:
    """Returns the files of a folder that configure the build of its wheel.

    Args:
        folder: the folder of a local package.
    """
    names = (*PROJECT_FILES, "MANIFEST.in", "hatch.toml")
    return [path for path in (folder / name for name in names) if path.is_file()]


def read_package_name(folder: Path) -> str | None:
    """Returns the name of the package in a folder; None if only a build of the package reveals it.

    Args:
        folder: the folder of a local package.

    Raises:
        PackageError: a file cannot be read, or is not TOML.
    """
    path = folder / "pyproject.toml"
    document = read_toml(path) if path.is_file() else {}
    poetry = document.get("tool", {}).get("poetry", {})
    names = (document.get("project", {}).get("name"), poetry.get("name"), _read_setup_name(folder))
    return next((name for name in names if isinstance(name, str)), None)


def read_toml(path: Path) -> Mapping[str, Any]:
    """Returns the content of a TOML file.

    Raises:
        PackageError: the file cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise PackageError(f"{path.name}: this is not TOML: {error}.", "Correct the file.") from None


def _read_setup_name(folder: Path) -> str | None:
    parser = ConfigParser(interpolation=None)
    try:
        parser.read(folder / "setup.cfg", encoding="utf-8")
    except (ConfigError, UnicodeDecodeError):
        return None
    return parser.get("metadata", "name", fallback=None)


def _walk(folder: Path) -> Iterator[Path]:
    def is_skipped(path: Path) -> bool:
        if NOT_SOURCE.fullmatch(path.name):
            return True
        return path.is_dir() and _is_leftover(path, is_root=path.parent == folder)

    try:
        yield from (path for path in walk_files(folder, is_skipped) if path.is_file())
    except LinkError as error:
        raise PackageError(str(error), error.remedy) from None
    except OSError as error:
        message = f"{error.filename or folder} cannot be read: {error.strerror}."
        raise PackageError(message, "Correct its permissions.") from error


def _is_leftover(folder: Path, is_root: bool) -> bool:
    """Returns whether a tool wrote a folder: an environment, rendered Terraform, or results of a build."""
    if folder.name.endswith(".egg-info"):
        return (folder / "PKG-INFO").is_file()
    if (folder / "pyvenv.cfg").is_file() or (folder / _RENDERED).is_file():
        return True
    if (folder / "__init__.py").is_file():
        return False
    is_build = folder.name == "build" and all(_BUILT.fullmatch(path.name) for path in folder.iterdir())
    return is_root and (is_build or folder.name == "node_modules")


def _list_git_files(folder: Path) -> Iterator[Path]:
    """Yields the files with the commit and the tags of a folder's Git repository."""
    git = next(
        (each / ".git" for each in (folder.resolve(), *folder.resolve().parents) if (each / ".git").exists()),
        None,
    )
    if git is None:
        return
    if git.is_file():  # of a worktree or a submodule
        git = git.parent / read_text(git).partition("gitdir:")[2].strip()
    yield from _list_references(git)


def _list_references(git: Path) -> Iterator[Path]:
    common = git / "commondir"
    shared = git / read_text(common).strip() if common.is_file() else git
    for path in (git / "HEAD", shared / "packed-refs", *sorted((shared / "refs").rglob("*"))):
        if path.is_file():
            yield path
