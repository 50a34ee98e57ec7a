"""Installs the wheels of requirements.txt for Lambda's platform, whatever the machine that builds.

uv chooses the wheels and unpacks them into a cache folder named by a digest of the requirements and the
target, so that a change of code installs nothing. This is the only module of the package build that
starts a process.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domovoi_tf import atomic
from domovoi_tf.errors import PackageError

CACHE_FORMAT = "1"

# An override whose marker never holds removes a requirement from the whole resolution, however it is
# spelt. The runtime is in the package already, and its command line's dependencies have no use in Lambda.
OVERRIDE = "domovoi-tf ; python_version < '0'\n"

_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
_INCLUDE = re.compile(r"^\s*(?:-r|-c|--requirements?\b|--constraints?\b)[\s=]*(\S+)", re.MULTILINE)
_LOCAL_WHEEL = re.compile(r"(?:file://)?(\S+\.whl)")
_URL = re.compile(r"(\w[\w+.-]*)://(\S+?)(?=[`'\"),.]*(?:\s|$))")
_NO_WHEEL = re.compile(
    r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?(==\S+|[<>=!~]\S*)? (?:has|have) no (?:usable )?wheels"
    r"|attempted to build `([^`]+)`"
)
_UNKNOWN = re.compile(r"(\S+) was not found in the")


@dataclass(frozen=True)
class Target:
    """The Lambda runtime that a package is for.

    Args:
        python: version of the runtime, such as ``3.13``.
        architecture: instruction set, ``x86_64`` or ``arm64``.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    """

    python: str = "3.13"
    architecture: str = "x86_64"

    def __str__(self) -> str:
        return f"Python {self.python} on {self.architecture}"

    @property
    def platform(self) -> str:
        """Returns uv's name of the platform: up to Python 3.11 Amazon Linux 2, then Amazon Linux 2023.

        Raises:
            PackageError: Lambda has no such architecture, or the version is not one.

        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
        """
        if self.architecture not in _MACHINES:
            raise PackageError(f"Lambda has no architecture {self.architecture!r}.", "Use x86_64 or arm64.")
        if not re.fullmatch(r"3\.\d+", self.python):
            raise PackageError(f"{self.python!r} is not a version of Python.", "Use one such as 3.13.")
        # glibc is 2.26 on Amazon Linux 2, where the nearest baseline that uv knows is 2.17, and 2.34 on 2023.
        glibc = "2_34" if int(self.python[2:]) >= 12 else "2_17"
        return f"{_MACHINES[self.architecture]}-manylinux_{glibc}"


def install(requirements: Path, target: Target) -> Path:
    """Returns a folder that holds the installed requirements; installs them unless it is in the cache.

    Args:
        requirements: the requirements.txt; its own folder is where relative paths begin.
        target: the Lambda runtime to choose wheels for.

    Raises:
        PackageError: a package is unknown or has no wheel, or uv is missing or fails.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    folder = cache_folder() / "wheels" / digest(requirements, target)
    atomic.sweep_folders(folder.parent)
    if not folder.is_dir():
        _fill(folder, requirements, target)
    return folder


def cache_folder() -> Path:
    """Returns the folder for what can be made again: $DOMOVOI_TF_HOME, else the user's cache folder.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    if home := os.environ.get("DOMOVOI_TF_HOME"):
        return Path(home).absolute()
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches).absolute() if caches else Path.home() / ".cache") / "domovoi-tf"


def owners(folder: Path) -> dict[str, str]:
    """Returns for each file of an installed folder the name and version of the package that brought it.

    Args:
        folder: what `install` returned.

    https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    """
    found: dict[str, str] = {}
    for record in sorted(folder.glob("*.dist-info/RECORD")):
        name = record.parent.name.removesuffix(".dist-info").replace("-", " ", 1)
        with record.open(encoding="utf-8", newline="") as lines:
            found |= {row[0]: name for row in csv.reader(lines) if row}
    return found


def digest(requirements: Path, target: Target) -> str:
    """Returns a hex digest of everything in the project that decides what uv installs.

    Args:
        requirements: the requirements.txt; files that it includes and local wheels count too.
        target: the Lambda runtime.

    Raises:
        PackageError: a requirements file cannot be read.

    https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    """
    # Compressed wheels are cached beside the installed ones, and releases of zlib differ in their bytes.
    kind = f"{CACHE_FORMAT} {target.python} {target.platform} {zlib.ZLIB_RUNTIME_VERSION}"
    state = hashlib.sha256(kind.encode())
    for path in _inputs(requirements):
        state.update(hashlib.sha256(_read(path)).digest())
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


def _inputs(requirements: Path) -> Iterator[Path]:
    project = requirements.parent
    yield from _included(requirements, project, set())
    # uv reads its settings (indexes, overrides) from the project too.
    yield from (path for name in ("uv.toml", "pyproject.toml") if (path := project / name).is_file())


def _included(path: Path, project: Path, seen: set[Path]) -> Iterator[Path]:
    if path.resolve() in seen:
        return
    seen.add(path.resolve())
    yield path
    text = _read(path).decode("utf-8", "replace")
    yield from (wheel for name in _LOCAL_WHEEL.findall(text) if (wheel := project / name).is_file())
    for name in _INCLUDE.findall(text):
        # Whatever is not a file here is a URL or a mistake, and both are uv's to tell.
        if (nested := path.parent / name).is_file():
            yield from _included(nested, project, seen)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackageError(f"{path} cannot be read: {error.strerror}.", "Correct its permissions.") from error


def _fill(folder: Path, requirements: Path, target: Target) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with atomic.work_folder(folder.parent) as work:
            _publish(_install(work, requirements, target), folder)
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


def _install(work: Path, requirements: Path, target: Target) -> Path:
    filled, override = work / "filled", work / "override.txt"
    filled.mkdir()
    override.write_text(OVERRIDE)
    result = _run(_command(filled, override, requirements, target), requirements.parent)
    if result.returncode:
        raise _failure(requirements.name, target, result.stderr.strip())
    _refuse_editable(requirements.name, filled)
    return filled


def _command(filled: Path, override: Path, requirements: Path, target: Target) -> list[str]:
    options = ["--quiet", "--color=never", "--no-progress"]
    # Links would tie this cache to uv's own.
    options += ["--link-mode=copy", "--no-compile-bytecode", "--only-binary=:all:"]
    options += [f"--python={sys.executable}", f"--python-version={target.python}"]
    options += [f"--python-platform={target.platform}", f"--target={filled}", f"--override={override}"]
    return [find_uv(), "pip", "install", *options, f"--requirement={requirements.name}"]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        message = f"{command[0]} cannot be run: {error.strerror}."
        raise PackageError(message, "Run `pip install --force-reinstall uv`.") from error


def _failure(name: str, target: Target, output: str) -> PackageError:
    text = redact(output)
    said = "\n".join(["uv said:", *(f"  {line}".rstrip() for line in text.splitlines())])
    # Older releases of uv wrap their lines and draw a tree beside them.
    message, remedy = _explain(name, target, re.sub(r"[\s\u2500-\u25ff]+", " ", text))
    return PackageError(message, f"{remedy}\n{said}")


def _explain(name: str, target: Target, text: str) -> tuple[str, str]:
    if match := _UNKNOWN.search(text):
        return (
            f"{name}: there is no package {match[1]}.",
            f"Correct the name in {name}, or name the index that has it there with --index-url.",
        )
    if match := _NO_WHEEL.search(text):
        version = match[2] if (match[2] or "").startswith("==") else ""
        return f"{name}: {match[1] or match[3]}{version} has no wheel for {target}.", _ways_out(name, target)
    return f"{name}: uv cannot install it for {target}.", f"Correct what uv names in {name}."


def _ways_out(name: str, target: Target) -> str:
    image = f"public.ecr.aws/sam/build-python{target.python}:latest-{target.architecture}"
    return (
        "Choose another version, or copy the package into vendor/ if it is pure Python, "
        f"or build its wheel with `pip wheel` in the container {image} and name the file in {name}."
    )


def _refuse_editable(name: str, filled: Path) -> None:
    for path in sorted(filled.glob("*.dist-info/direct_url.json")):
        if json.loads(path.read_bytes()).get("dir_info", {}).get("editable"):
            package = path.parent.name.partition("-")[0]
            message = f"{name}: {package} is editable, a link to this machine's folder."
            raise PackageError(message, "Build a wheel and name its file, or copy the package into vendor/.")


def redact(text: str) -> str:
    """Returns a text with each URL cut to its scheme and host, for indexes carry secrets in the rest.

    Args:
        text: what a program wrote.

    https://docs.astral.sh/uv/concepts/indexes/
    """
    return _URL.sub(_host_only, text)


def _host_only(match: re.Match[str]) -> str:
    scheme, rest = match[1], match[2]
    if scheme == "file":
        return match[0]
    authority, slash, path = rest.partition("/")
    # A password with a slash in it: what looks like the host may be the user's name.
    if "@" in path:
        return f"{scheme}://***"
    return f"{scheme}://{authority.rpartition('@')[2]}{'/…' if path else slash}"
