"""Finds the file that lists an app's dependencies, and all files that determine what is installed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domovoi_tf.errors import PackageError
from domovoi_tf.loading.project_modules import NOT_SOURCE

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: The files that may list dependencies; a project's first one is used.
FILES = ("requirements.txt", "pylock.toml", "uv.lock", "pyproject.toml")
#: The files that may have dependency groups. https://packaging.python.org/en/latest/specifications/dependency-groups/
_GROUPED = ("uv.lock", "pyproject.toml")
#: The packages that Lambda's runtime provides. https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
RUNTIME_PACKAGES = ("boto3", "botocore")

_INCLUDE = re.compile(r"^\s*(?:-r|-c|--requirements?\b|--constraints?\b)[\s=]*(\S+)", re.MULTILINE)
_LOCAL = re.compile(
    r"(?:file://)?([^\s\"'=@]+\.(?:whl|tar\.gz|zip))"
    r"|^\s*(?:(?:-e|--editable)[\s=]*)?(?:file://)?(\.{0,2}/[^\s;#]*|\.{1,2})\s*(?:[;#].*)?$"
    r"|@\s*(?:file://)?(\.{0,2}/[^\s;#\"']*)"
    r"|\b(?:path|directory|editable)\s*=\s*[\"']([^\"']+)[\"']",
    re.MULTILINE,
)
_HASH = re.compile(r"^[^#]*--hash[=\s]", re.MULTILINE)
#: Folders that building a wheel creates, and folders that no wheel contains.
_BUILT = re.compile(r"build|dist|.*\.egg-info|\.venv|venv|node_modules")


@dataclass(frozen=True)
class Requirements:
    """The file that lists an app's dependencies.

    Args:
        file: one of `FILES`; paths in it are relative to its folder.
        groups: additional dependency groups.
        boto3: whether to package boto3 and botocore, which Lambda's runtime provides.
        unused: names of other files with dependencies, which are not used.
    """

    file: Path
    groups: tuple[str, ...] = ()
    boto3: bool = False
    unused: tuple[str, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """The packages that are never installed: the runtime of domovoi-tf is in the package anyway."""
        return ("domovoi-tf", *(() if self.boto3 else RUNTIME_PACKAGES))

    @property
    def has_hashes(self) -> bool:
        """Whether a requirements.txt has hashes, in which case all packages need one, as with pip."""
        return any(_HASH.search(_read_text(path)) for path in _walk_included(self.file, set()))

    def find_names(self, packages: tuple[str, ...]) -> set[str]:
        """Returns those of the given packages that the project's files list as requirements.

        Args:
            packages: names of packages.
        """
        pattern = re.compile(rf"(?:^\s*|[\"'])({'|'.join(packages)})\b", re.MULTILINE)
        texts = [_read_text(path) for path in _walk_included(self.file, set())]
        return {name for text in texts for name in pattern.findall(text)}


def find_requirements(
    project: Path, groups: tuple[str, ...] = (), boto3: bool = False
) -> Requirements | None:
    """Finds the file that lists an app's dependencies: the first of `FILES` in the project.

    Args:
        project: the project's folder.
        groups: additional dependency groups.
        boto3: whether to package boto3 and botocore.

    Returns:
        None if no file lists dependencies.

    Raises:
        PackageError: the file cannot be read, lacks its pyproject.toml, or cannot have groups.

    https://docs.astral.sh/uv/pip/dependencies/
    """
    names = [name for name in FILES[:-1] if (project / name).is_file()]
    has_dependencies = _may_have_dependencies if names else _has_dependencies
    if has_dependencies(project / FILES[-1], groups):
        names.append(FILES[-1])
    if not names:
        _reject_groups(groups, "The project")
        return None
    name, *unused = names
    if name not in _GROUPED:
        _reject_groups(groups, name)
    if name == "uv.lock" and not (project / FILES[-1]).is_file():
        raise PackageError(
            "uv.lock has no pyproject.toml beside it.", "Restore pyproject.toml, or remove uv.lock."
        )
    # uv.lock and pyproject.toml belong together.
    others = tuple(each for each in unused if not {name, each} <= {*_GROUPED})
    return Requirements(project / name, groups, boto3, others)


def list_inputs(requirements: Requirements) -> Iterator[Path]:
    """Yields the files of the project that determine what is installed, with all files of local packages.

    Args:
        requirements: the file that lists the dependencies.

    Raises:
        PackageError: a file cannot be read.
    """
    for path in _list_files(requirements):
        yield path
        yield from _list_local_files(path, requirements.file.parent)


def list_folder_packages(requirements: Requirements) -> Iterator[str | None]:
    """Yields the name of each requirement that is a folder; None if its pyproject.toml has no name.

    Args:
        requirements: the file that lists the dependencies.

    Raises:
        PackageError: a file cannot be read.
    """
    for path in _list_files(requirements):
        for local_path in _find_local_paths(path, requirements.file.parent):
            if local_path.is_dir():
                yield _read_package_name(local_path)


def read_file(path: Path) -> bytes:
    """Returns the content of a file.

    Raises:
        PackageError: the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackageError(f"{path} cannot be read: {error.strerror}.", "Correct its permissions.") from error


def _has_dependencies(path: Path, groups: tuple[str, ...]) -> bool:
    """Returns whether a pyproject.toml has dependencies, if no other file lists any."""
    if not path.is_file():
        return False
    project = _read_toml(path).get("project", {})
    if "dependencies" in project.get("dynamic", ()):
        raise PackageError(
            f"{path.name}: the dependencies are dynamic, and only known after a build of the project.",
            f"List them under [project], or write them to {FILES[0]}, for example with "
            f"`uv pip compile {path.name} -o {FILES[0]}`.",
        )
    return bool(project.get("dependencies") or groups)


def _may_have_dependencies(path: Path, _: tuple[str, ...]) -> bool:
    """Returns whether an unused pyproject.toml has dependencies; errors in it do not matter."""
    try:
        return path.is_file() and bool(_read_toml(path).get("project", {}).get("dependencies"))
    except PackageError:
        return False


def _read_toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(_read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise PackageError(f"{path.name}: this is not TOML: {error}.", "Correct the file.") from None


def _reject_groups(groups: tuple[str, ...], where: str) -> None:
    if groups:
        raise PackageError(
            f"{where} has no dependency group {groups[0]!r}.",
            f"Groups are read from pyproject.toml, if there is neither {FILES[0]} nor {FILES[1]}.",
        )


def _list_files(requirements: Requirements) -> list[Path]:
    paths = list(_walk_included(requirements.file, set()))
    # uv reads its settings (indexes, overrides) and the project of a lock file from these files.
    settings = [requirements.file.parent / name for name in ("uv.toml", FILES[-1])]
    paths += [path for path in settings if path not in paths]
    return [path for path in paths if path.is_file()]


def _walk_included(path: Path, seen: set[Path]) -> Iterator[Path]:
    if path.resolve() in seen:
        return
    seen.add(path.resolve())
    yield path
    for name in _INCLUDE.findall(_read_text(path)) if path.suffix != ".toml" else ():
        # Other names are URLs or mistakes, which uv reports.
        if (nested := path.parent / name).is_file():
            yield from _walk_included(nested, seen)


def _list_local_files(path: Path, project: Path) -> Iterator[Path]:
    """Yields the files of the wheels, archives and folders that a file refers to."""
    for local_path in _find_local_paths(path, project):
        yield from [local_path] if local_path.is_file() else _walk_source(local_path)


def _find_local_paths(path: Path, project: Path) -> list[Path]:
    """Returns the files and folders that a file refers to, except folders that contain the project."""
    names = {name for groups in _LOCAL.findall(_read_text(path)) for name in groups if name}
    paths = sorted({project / name for name in names})
    root = project.resolve()
    return [each for each in paths if each.exists() and not root.is_relative_to(each.resolve())]


def _read_package_name(folder: Path) -> str | None:
    path = folder / "pyproject.toml"
    name = _read_toml(path).get("project", {}).get("name") if path.is_file() else None
    return name if isinstance(name, str) else None


def _walk_source(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if NOT_SOURCE.fullmatch(path.name) or _BUILT.fullmatch(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk_source(path)
        elif path.is_file():
            yield path


def _read_text(path: Path) -> str:
    return read_file(path).decode("utf-8", "replace")
