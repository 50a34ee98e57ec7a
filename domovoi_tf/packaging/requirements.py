"""Which file says what an app needs, and all in the project that decides what its dependencies are."""

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

#: Where dependencies may stand; the first of them that a project has counts.
FILES = ("requirements.txt", "pylock.toml", "uv.lock", "pyproject.toml")
#: The files that have dependency groups. https://packaging.python.org/en/latest/specifications/dependency-groups/
_GROUPED = ("uv.lock", "pyproject.toml")
#: What Lambda's runtime has. https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
OF_THE_RUNTIME = ("boto3", "botocore")

_INCLUDE = re.compile(r"^\s*(?:-r|-c|--requirements?\b|--constraints?\b)[\s=]*(\S+)", re.MULTILINE)
_LOCAL = re.compile(
    r"(?:file://)?([^\s\"'=@]+\.(?:whl|tar\.gz|zip))"
    r"|^\s*(?:(?:-e|--editable)[\s=]*)?(?:file://)?(\.{0,2}/[^\s;#]*|\.{1,2})\s*(?:[;#].*)?$"
    r"|@\s*(?:file://)?(\.{0,2}/[^\s;#\"']*)"
    r"|\b(?:path|directory|editable)\s*=\s*[\"']([^\"']+)[\"']",
    re.MULTILINE,
)
_HASH = re.compile(r"^[^#]*--hash[=\s]", re.MULTILINE)
#: What building a folder's wheel leaves in it, and what never gets into one.
_BUILT = re.compile(r"build|dist|.*\.egg-info|\.venv|venv|node_modules")


@dataclass(frozen=True)
class Requirements:
    """The file that says what an app needs.

    Args:
        file: one of `FILES`; its folder is where relative paths begin.
        groups: dependency groups to take besides.
        boto3: whether boto3 and botocore are packaged too, which Lambda's runtime has.
        unused: names of other files with dependencies, which do not count.
    """

    file: Path
    groups: tuple[str, ...] = ()
    boto3: bool = False
    unused: tuple[str, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """What is not installed, whoever needs it: the package has the runtime of domovoi-tf already."""
        return ("domovoi-tf", *(() if self.boto3 else OF_THE_RUNTIME))

    @property
    def hashed(self) -> bool:
        """Whether a requirements.txt has hashes: then all that is installed must have one, as with pip."""
        return any(_HASH.search(_text(path)) for path in _included(self.file, set()))

    def names(self, packages: tuple[str, ...]) -> set[str]:
        """Returns which of these packages the project's files name as requirements."""
        pattern = re.compile(rf"(?:^\s*|[\"'])({'|'.join(packages)})\b", re.MULTILINE)
        texts = [_text(path) for path in _included(self.file, set())]
        return {name for text in texts for name in pattern.findall(text)}


def find(project: Path, groups: tuple[str, ...] = (), boto3: bool = False) -> Requirements | None:
    """Returns what says what an app needs: the first of `FILES`; None where nothing does.

    Args:
        project: the project's folder.
        groups: dependency groups to take besides.
        boto3: whether boto3 and botocore are packaged too.

    Raises:
        PackageError: the file cannot be read, lacks what belongs to it, or has no groups.

    https://docs.astral.sh/uv/pip/dependencies/
    """
    found = [name for name in FILES[:-1] if (project / name).is_file()]
    lists = _lists_dependencies if found else _counts
    if lists(project / FILES[-1], groups):
        found.append(FILES[-1])
    if not found:
        _refuse_groups(groups, "The project")
        return None
    name, *unused = found
    if name not in _GROUPED:
        _refuse_groups(groups, name)
    if name == "uv.lock" and not (project / FILES[-1]).is_file():
        raise PackageError(
            "uv.lock: there is no pyproject.toml beside it.", "Restore it, or remove the lock file."
        )
    # A lock file is one of its pyproject.toml.
    others = tuple(each for each in unused if not {name, each} <= {*_GROUPED})
    return Requirements(project / name, groups, boto3, others)


def inputs(requirements: Requirements) -> Iterator[Path]:
    """Yields the files of the project that decide what is installed, local packages with all that they have.

    Args:
        requirements: where to begin.

    Raises:
        PackageError: a file cannot be read.
    """
    for path in _listed(requirements):
        yield path
        yield from _local(path, requirements.file.parent)


def folders(requirements: Requirements) -> Iterator[str | None]:
    """Yields the name of each package that is a folder; None for one that does not tell it.

    Args:
        requirements: where to begin.

    Raises:
        PackageError: a file cannot be read.
    """
    for path in _listed(requirements):
        for found in _named(path, requirements.file.parent):
            if found.is_dir():
                yield _package_name(found)


def read(path: Path) -> bytes:
    """Returns a file's content.

    Raises:
        PackageError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackageError(f"{path} cannot be read: {error.strerror}.", "Correct its permissions.") from error


def _counts(path: Path, groups: tuple[str, ...]) -> bool:
    """Whether a pyproject.toml, the only file that may have dependencies, has any."""
    if not path.is_file():
        return False
    project = _toml(path).get("project", {})
    if "dependencies" in project.get("dynamic", ()):
        raise PackageError(
            f"{path.name}: the dependencies are dynamic: only a build of the project would tell them.",
            f"List them under [project], or write them to {FILES[0]}, for example with "
            f"`uv pip compile {path.name} -o {FILES[0]}`.",
        )
    return bool(project.get("dependencies") or groups)


def _lists_dependencies(path: Path, _: tuple[str, ...]) -> bool:
    """Whether a pyproject.toml that does not count has dependencies; nobody asks whether it is in order."""
    try:
        return path.is_file() and bool(_toml(path).get("project", {}).get("dependencies"))
    except PackageError:
        return False


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise PackageError(f"{path.name}: this is not TOML: {error}.", "Correct it there.") from None


def _refuse_groups(groups: tuple[str, ...], where: str) -> None:
    if groups:
        raise PackageError(
            f"{where} has no dependency group {groups[0]!r}.",
            f"Groups stand in pyproject.toml, which counts where there is no {FILES[0]} and no {FILES[1]}.",
        )


def _listed(requirements: Requirements) -> list[Path]:
    found = list(_included(requirements.file, set()))
    # uv reads its settings (indexes, overrides) and a lock file's project from these.
    found += [
        path for name in ("uv.toml", FILES[-1]) if (path := requirements.file.parent / name) not in found
    ]
    return [path for path in found if path.is_file()]


def _included(path: Path, seen: set[Path]) -> Iterator[Path]:
    if path.resolve() in seen:
        return
    seen.add(path.resolve())
    yield path
    for name in _INCLUDE.findall(_text(path)) if path.suffix != ".toml" else ():
        # Whatever is not a file here is a URL or a mistake, and both are uv's to tell.
        if (nested := path.parent / name).is_file():
            yield from _included(nested, seen)


def _local(path: Path, project: Path) -> Iterator[Path]:
    """Yields the files of the wheels, archives and folders that a file names."""
    for found in _named(path, project):
        yield from [found] if found.is_file() else _source(found)


def _named(path: Path, project: Path) -> list[Path]:
    """Returns the files and folders that a file names, without those that the project is in."""
    names = {name for groups in _LOCAL.findall(_text(path)) for name in groups if name}
    found = sorted({project / name for name in names})
    root = project.resolve()
    return [each for each in found if each.exists() and not root.is_relative_to(each.resolve())]


def _package_name(folder: Path) -> str | None:
    path = folder / "pyproject.toml"
    name = _toml(path).get("project", {}).get("name") if path.is_file() else None
    return name if isinstance(name, str) else None


def _source(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if NOT_SOURCE.fullmatch(path.name) or _BUILT.fullmatch(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _source(path)
        elif path.is_file():
            yield path


def _text(path: Path) -> str:
    return read(path).decode("utf-8", "replace")
