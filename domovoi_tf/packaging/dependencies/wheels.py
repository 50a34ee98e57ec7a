"""Installs an app's dependencies for Lambda's platform on any machine.

uv chooses the wheels and unpacks them into a folder of the cache, so that a change of code installs nothing.
A package without a wheel is built if it is pure Python. No other module of the package build starts
processes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.dependencies import uv_errors
from domovoi_tf.packaging.dependencies.cache import CacheEntry
from domovoi_tf.packaging.dependencies.distributions import list_distributions, normalize_name
from domovoi_tf.packaging.dependencies.installed_files import clean_files
from domovoi_tf.packaging.dependencies.lambda_sdk import judge_sdk
from domovoi_tf.packaging.dependencies.requirements import OWN, SDK, Requirements
from domovoi_tf.packaging.local_sources.named_requirements import name_requirements
from domovoi_tf.packaging.target import Target
from domovoi_tf.system import atomic_files, durable, trace_log
from domovoi_tf.system.guarded_processes import run_guarded
from domovoi_tf.system.user_folder import ensure_private_folder

#: How often to install again if a local package has changed meanwhile.
_ATTEMPTS = 4
#: Values of environment variables that uv takes for true.
_TRUE = ("1", "true", "yes", "on", "y", "t")
_QUIET = ("--quiet", "--color=never", "--no-progress")


def install(requirements: Requirements, target: Target, report: Callable[[str], None] | None = None) -> Path:
    """Installs the requirements, unless they are in the cache, and returns their folder.

    Args:
        requirements: the file that lists them.
        target: the Lambda runtime for which to choose wheels.
        report: called with a line of text before a long operation.

    Raises:
        PackageError: a package is unknown, or has no wheel and is not pure Python, or uv is missing or fails.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    entry = CacheEntry(requirements, target)
    atomic_files.remove_stale_folders(entry.root)
    if not entry.folder.is_dir():
        _fill_cache(entry, report or _ignore)
    return entry.folder


def find_uv() -> str:
    """Returns the path of uv: the one that pip installed with domovoi-tf, or the one on PATH.

    Raises:
        PackageError: uv is not installed.

    https://docs.astral.sh/uv/
    """
    try:
        import uv

        return uv.find_uv_bin()
    except (ImportError, FileNotFoundError):
        if path := shutil.which("uv"):
            return path
    raise PackageError("uv, which installs the wheels, was not found.", "Run `pip install uv`.")


def _ignore(_: str) -> None: ...


def _fill_cache(entry: CacheEntry, report: Callable[[str], None]) -> None:
    try:
        ensure_private_folder(entry.root)
        for _ in range(_ATTEMPTS):
            with atomic_files.create_work_folder(entry.root) as work:
                installed = _install_selection(work, entry, report)
                sources = {each.source: each.name for each in list_distributions(installed) if each.source}
                # Files that changed meanwhile, or were not known, may be installed in an old version.
                if entry.is_current(sources):
                    clean_files(installed)
                    _publish(installed, entry.folder)
                    return
    except OSError as error:
        message = f"The cache folder {entry.root} cannot be written: {error.strerror}."
        raise PackageError(message, "Set DOMOVOI_TF_HOME to a writable folder.") from error
    raise PackageError(
        f"{entry.requirements.name}: a local package changes whenever it is built.",
        "Let its build write no files into its folder that differ each time.",
    )


def _publish(installed: Path, folder: Path) -> None:
    durable.sync_tree(installed)  # an incomplete folder would be packaged from then on
    try:
        installed.rename(folder)
        durable.sync_folders([folder.parent])
    except OSError:
        # Another build has filled the cache meanwhile, with the same content.
        if not folder.is_dir():
            raise


def _install_selection(work: Path, entry: CacheEntry, report: Callable[[str], None]) -> Path:
    """Installs the requirements, without the packages of the AWS SDK that Lambda's runtime has."""
    requirements = entry.requirements
    left_out: tuple[str, ...] = (OWN,) if requirements.boto3 else (OWN, *SDK)
    installed = _install(_make_folder(work / "first"), entry, left_out, report)
    if not requirements.boto3:
        verdict = judge_sdk(list_distributions(installed), requirements, entry.target)
        if requirements.file.name != "pylock.toml" and (verdict.unmet or verdict.has_extras):
            # Only a resolution with the SDK has the packages that the extras add, and the right versions.
            installed = _install(_make_folder(work / "second"), entry, (OWN,), report)
            verdict = judge_sdk(list_distributions(installed), requirements, entry.target)
        left_out = (OWN, *verdict.removable)
    _uninstall(installed, left_out)
    return installed


def _make_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _install(work: Path, entry: CacheEntry, left_out: Collection[str], report: Callable[[str], None]) -> Path:
    requirements, target = entry.requirements, entry.target
    installed, built = work / "installed", frozenset[str]()
    source, refresh = _select_source(work, entry, left_out), _refresh(entry)
    while True:
        installed.mkdir()
        build = [f"--no-binary={name}" for name in sorted(built)]
        command = [*_build_command(installed, target), *refresh, *build, *source]
        result = _run(command, requirements.file.parent)
        if not result.returncode:
            break
        # uv prefers older releases with a wheel: a package is built only if no release has a suitable one.
        more = uv_errors.find_packages_to_build(result.stderr) - built
        if not more:
            raise uv_errors.translate_failure(requirements.name, target, result.stderr.strip())
        built |= more
        shutil.rmtree(installed)
        report(f"Building {', '.join(sorted(more))} from source: there is no wheel for {target}.")
    _reject_unusable(installed, requirements.file, target, built)
    return installed


def _select_source(work: Path, entry: CacheEntry, left_out: Collection[str]) -> list[str]:
    """Returns uv's options about what to install, and writes the files that they refer to."""
    requirements, target = entry.requirements, entry.target
    name = requirements.file.name
    if name == "pylock.toml":
        return [f"--requirement={name}"]
    if name == "uv.lock":
        exported = work / "exported.txt"
        _export_lock(exported, requirements, target, left_out)
        return ["--no-deps", f"--requirement={exported}"]
    # An override with a marker that is never true removes a requirement, and all packages that only it
    # requires, from the whole resolution.
    override = work / "override.txt"
    override.write_text("".join(f"{each} ; python_version < '0'\n" for each in left_out))
    hashes = ["--require-hashes"] if requirements.has_hashes else []
    groups = [f"--group={group}" for group in requirements.groups]
    if requirements.file.suffix == ".txt":
        find_name = partial(_build_name, work / "named", entry)
        name = str(name_requirements(requirements.file, work, find_name))
    return [f"--override={override}", *hashes, *groups, f"--requirement={name}"]


def _build_name(out: Path, entry: CacheEntry, folder: Path) -> str:
    """Returns the name of a local package that only its wheel states."""
    if folder in entry.revealed:
        return entry.revealed[folder]
    shutil.rmtree(out, ignore_errors=True)
    options = [*_QUIET, "--wheel", f"--out-dir={out}", f"--python={sys.executable}"]
    result = _run([find_uv(), "build", *options, str(folder)], folder)
    if result.returncode:
        raise uv_errors.translate_failure(entry.requirements.name, entry.target, result.stderr.strip())
    (wheel,) = out.glob("*.whl")
    entry.revealed[folder] = normalize_name(wheel.name.partition("-")[0])
    return entry.revealed[folder]


def _export_lock(
    exported: Path, requirements: Requirements, target: Target, left_out: Collection[str]
) -> None:
    """Writes the locked packages with their hashes to a requirements file."""
    options = [*_QUIET, "--locked", "--no-default-groups", "--no-emit-project", "--no-editable"]
    options += ["--format=requirements.txt", f"--output-file={exported}", f"--python={sys.executable}"]
    options += [f"--prune={name}" for name in left_out]
    options += [f"--group={group}" for group in requirements.groups]
    result = _run([find_uv(), "export", *options], requirements.folder)
    if result.returncode:
        raise uv_errors.translate_failure(requirements.name, target, result.stderr.strip())


def _build_command(installed: Path, target: Target) -> list[str]:
    # Copies, because links would depend on uv's own cache.
    options = [*_QUIET, "--link-mode=copy", "--no-compile-bytecode", "--only-binary=:all:"]
    options += [f"--python={sys.executable}", f"--python-version={target.python}"]
    options += [f"--python-platform={target.platform}", f"--target={installed}"]
    return [find_uv(), "pip", "install", *options]


def _refresh(entry: CacheEntry) -> list[str]:
    """Returns the options that make uv read local packages and archives again, which may have changed.

    uv refuses to refresh while offline; then its cache is cleared of these packages.
    """
    names = entry.list_names()
    known = sorted(name for name in names if name)
    if os.environ.get("UV_OFFLINE", "").lower() in _TRUE:
        if known:
            _run([find_uv(), "cache", "clean", "--quiet", *known], entry.requirements.folder)
        return []
    return ["--refresh"] if None in names else [f"--refresh-package={name}" for name in known]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        with trace_log.trace_command(command, folder):
            return run_guarded(command, folder)
    except OSError as error:
        message = f"{command[0]} cannot be run: {error.strerror}."
        raise PackageError(message, "Run `pip install --force-reinstall uv`.") from error


def _reject_unusable(installed: Path, file: Path, target: Target, built: Collection[str]) -> None:
    """Raises PackageError for packages that work on this machine only."""
    names = {normalize_name(each) for each in built}
    for each in list_distributions(installed):
        if each.is_editable:
            raise uv_errors.make_editable_error(file, each.name, each.source)
        if each.name in names and not each.is_pure:
            raise uv_errors.make_native_error(file.name, each.pinned, target)


def _uninstall(installed: Path, left_out: Collection[str]) -> None:
    """Uninstalls the packages to leave out, because uv accepts no overrides for a pylock.toml."""
    names = {each.name for each in list_distributions(installed)} & {*left_out}
    if names:
        options = ["--quiet", f"--python={sys.executable}", f"--target={installed}"]
        _run([find_uv(), "pip", "uninstall", *options, *sorted(names)], installed)
