"""Installs what an app needs for Lambda's platform, whatever the machine that builds.

uv chooses the wheels and unpacks them into a cache folder named by a digest of the requirements and the
target, so that a change of code installs nothing. What has no wheel is built, where it is pure Python. This
is the only module of the package build that starts a process.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Collection
from pathlib import Path

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging import uv_errors
from domovoi_tf.packaging.distributions import installed, normalised
from domovoi_tf.packaging.requirements import Requirements, folders, inputs, read
from domovoi_tf.packaging.target import Target
from domovoi_tf.system import atomic_files, trace_log

CACHE_FORMAT = "2"

_QUIET = ("--quiet", "--color=never", "--no-progress")


def install(requirements: Requirements, target: Target, tell: Callable[[str], None] | None = None) -> Path:
    """Returns a folder that holds the installed requirements; installs them unless it is in the cache.

    Args:
        requirements: the file that lists them.
        target: the Lambda runtime to choose wheels for.
        tell: gets a line about what takes long.

    Raises:
        PackageError: a package is unknown, or has no wheel and is not pure Python, or uv is missing or fails.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    folder = cache_folder() / "wheels" / digest(requirements, target)
    atomic_files.remove_stale_folders(folder.parent)
    if not folder.is_dir():
        _fill(folder, requirements, target, tell or _nothing)
    return folder


def cache_folder() -> Path:
    """Returns the folder for what can be made again: $DOMOVOI_TF_HOME, else the user's cache folder.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    if home := os.environ.get("DOMOVOI_TF_HOME"):
        return Path(home).absolute()
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches).absolute() if caches else Path.home() / ".cache") / "domovoi-tf"


def digest(requirements: Requirements, target: Target) -> str:
    """Returns a hex digest of everything in the project that decides what uv installs.

    Args:
        requirements: the file; files that it includes and local packages count too.
        target: the Lambda runtime.

    Raises:
        PackageError: a file cannot be read.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    # Compressed wheels are cached beside the installed ones, and releases of zlib differ in their bytes.
    kind = (
        *(CACHE_FORMAT, target.python, target.platform, zlib.ZLIB_RUNTIME_VERSION),
        *(requirements.file.name, requirements.left_out, requirements.groups),
    )
    state = hashlib.sha256(repr(kind).encode())
    for path in inputs(requirements):
        state.update(hashlib.sha256(read(path)).digest())
    return state.hexdigest()


def find_uv() -> str:
    """Returns the path of uv: the one that pip installed with domovoi-tf, else the one on PATH.

    Raises:
        PackageError: there is none.

    https://docs.astral.sh/uv/
    """
    try:
        import uv

        return uv.find_uv_bin()
    except (ImportError, FileNotFoundError):
        if found := shutil.which("uv"):
            return found
    raise PackageError("uv, which installs the wheels, is not found.", "Run `pip install uv`.")


def _nothing(_: str) -> None: ...


def _fill(folder: Path, requirements: Requirements, target: Target, tell: Callable[[str], None]) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with atomic_files.create_work_folder(folder.parent) as work:
            _publish(_install(work, requirements, target, tell), folder)
    except OSError as error:
        message = f"The cache folder {folder.parent} cannot be written: {error.strerror}."
        raise PackageError(message, "Set DOMOVOI_TF_HOME to a folder that can be.") from error


def _publish(filled: Path, folder: Path) -> None:
    try:
        filled.rename(folder)
    except OSError:
        # Another build was first, with the same contents.
        if not folder.is_dir():
            raise


def _install(work: Path, requirements: Requirements, target: Target, tell: Callable[[str], None]) -> Path:
    filled, built = work / "filled", frozenset[str]()
    source, refreshed = _source(work, requirements, target), _refreshed(requirements)
    while True:
        filled.mkdir()
        build = [f"--no-binary={name}" for name in sorted(built)]
        result = _run(
            [*_command(filled, target), *refreshed, *build, *source],
            requirements.file.parent,
            bool(refreshed),
        )
        if not result.returncode:
            break
        # A package that has wheels is never built, though its newest release may have none for the target.
        more = uv_errors.to_build(result.stderr) - built
        if not more:
            raise uv_errors.failure(requirements.file.name, target, result.stderr.strip())
        built |= more
        shutil.rmtree(filled)
        tell(f"Building {', '.join(sorted(more))} from source: there is no wheel for {target}.")
    _check(filled, requirements.file.name, target, built)
    _remove_left_out(filled, requirements)
    return filled


def _source(work: Path, requirements: Requirements, target: Target) -> list[str]:
    """Returns the options that name what to install, and writes the files that they name."""
    name = requirements.file.name
    if name == "pylock.toml":
        return [f"--requirement={name}"]
    if name == "uv.lock":
        exported = work / "exported.txt"
        _export(exported, requirements, target)
        return ["--no-deps", f"--requirement={exported}"]
    # An override whose marker never holds removes a requirement from the whole resolution, with all that
    # only it requires, however it is spelt.
    override = work / "override.txt"
    override.write_text("".join(f"{each} ; python_version < '0'\n" for each in requirements.left_out))
    hashes = ["--require-hashes"] if requirements.hashed else []
    groups = [f"--group={group}" for group in requirements.groups]
    return [f"--override={override}", *hashes, *groups, f"--requirement={name}"]


def _export(exported: Path, requirements: Requirements, target: Target) -> None:
    """Writes what a lock file locks, with its hashes."""
    options = [*_QUIET, "--locked", "--no-default-groups", "--no-emit-project", "--no-editable"]
    options += ["--format=requirements.txt", f"--output-file={exported}", f"--python={sys.executable}"]
    options += [f"--prune={name}" for name in requirements.left_out]
    options += [f"--group={group}" for group in requirements.groups]
    result = _run([find_uv(), "export", *options], requirements.file.parent)
    if result.returncode:
        raise uv_errors.failure(requirements.file.name, target, result.stderr.strip())


def _command(filled: Path, target: Target) -> list[str]:
    # Links would tie this cache to uv's own.
    options = [*_QUIET, "--link-mode=copy", "--no-compile-bytecode", "--only-binary=:all:"]
    options += [f"--python={sys.executable}", f"--python-version={target.python}"]
    options += [f"--python-platform={target.platform}", f"--target={filled}"]
    return [find_uv(), "pip", "install", *options]


def _refreshed(requirements: Requirements) -> list[str]:
    """Returns the options that keep uv from taking what it built of a folder when it was another."""
    names = set(folders(requirements))
    return (
        ["--refresh"] if None in names else [f"--refresh-package={name}" for name in sorted(map(str, names))]
    )


def _run(command: list[str], folder: Path, fresh: bool = False) -> subprocess.CompletedProcess[str]:
    try:
        with trace_log.trace_command(command, folder):
            return _completed(command, folder, fresh)
    except OSError as error:
        message = f"{command[0]} cannot be run: {error.strerror}."
        raise PackageError(message, "Run `pip install --force-reinstall uv`.") from error


def _completed(command: list[str], folder: Path, fresh: bool) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        # uv refuses to be offline and to refresh what it built of a folder, which needs no network.
        env={name: value for name, value in os.environ.items() if name != "UV_OFFLINE" or not fresh},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _check(filled: Path, name: str, target: Target, built: Collection[str]) -> None:
    """Refuses what this machine made for itself."""
    made = {normalised(each) for each in built}
    for each in installed(filled):
        if each.editable:
            message = f"{name}: {each.name} is editable, a link to this machine's folder."
            raise PackageError(message, "Build a wheel and name its file, or copy the package into vendor/.")
        if each.name in made and not each.pure:
            raise uv_errors.native(name, each.pinned, target)


def _remove_left_out(filled: Path, requirements: Requirements) -> None:
    """Removes what no option keeps away: uv takes no overrides for a pylock.toml."""
    names = {each.name for each in installed(filled)} & {*requirements.left_out}
    if names:
        options = ["--quiet", f"--python={sys.executable}", f"--target={filled}"]
        _run([find_uv(), "pip", "uninstall", *options, *sorted(names)], filled)
