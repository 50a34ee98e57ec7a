"""Translates errors of uv: names the package and the remedies, and hides secrets of package indexes."""

from __future__ import annotations

import os
import re
from pathlib import Path

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.target import Target

_URL = re.compile(r"(\w[\w+.-]*)://(\S+?)(?=[`'\"),.]*(?:\s|$))")
_NO_WHEEL = re.compile(
    r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?(==\S+|[<>=!~]\S*)? (?:has|have) no (?:usable )?wheels"
    r"|attempted to build `([^`]+)`"
)
_WANTS_BUILD = re.compile(
    r"Wheels are required for `([^`]+)` because building|attempted to build `([^` ]+)"
    r"|Building source distributions for `([^`]+)` is disabled"
    r"|Package `([^`]+)` can't be installed because it is marked as `--no-build`"
)
_FAILED_BUILD = re.compile(r"(?:build|prepare) `([A-Za-z0-9][\w.-]*)(==[^\s`]+)?")
_UNKNOWN = re.compile(r"(\S+) was not found in the")
_REFUSED = re.compile(
    r"index(?: URL)? \(`?([^)`\s]+)`?\)"
    r" (?:could not be queried due to a lack of valid|returned a (403 Forbidden))"
    r"|HTTP status client error \((401 Unauthorized|403 Forbidden)\) for url \(([^)\s]+)\)"
)
_UNAVAILABLE = re.compile(
    r"HTTP status server error \((\d+ [\w -]+)\) for url \(([^)\s]+)\)"
    r"|error sending request for url \(([^)\s]+)\)"
)
_NO_GROUP = re.compile(
    r"dependency group '([^']+)' was not found|Group `([^`]+)` is not defined", re.IGNORECASE
)
_NO_HASH = re.compile(r"no trusted hash was provided for: `?([^`\s]+)")
_STALE_LOCK = re.compile(r"lockfile .*needs to be updated")


def find_packages_to_build(output: str) -> frozenset[str]:
    """Returns the packages that uv could only install by building them from source.

    Args:
        output: the error output of uv.
    """
    return frozenset("".join(names) for names in _WANTS_BUILD.findall(_unwrap(output)))


def translate_failure(name: str, target: Target, output: str) -> PackageError:
    """Returns the error for a failure of uv.

    Args:
        name: the file that lists the requirements.
        target: the Lambda runtime.
        output: the error output of uv.
    """
    text = redact(output)
    details = "\n".join(["Output of uv:", *(f"  {line}".rstrip() for line in text.splitlines())])
    message, remedy = _explain_failure(name, target, _unwrap(text))
    return PackageError(message, f"{remedy}\n{details}")


def make_native_error(name: str, package: str, target: Target) -> PackageError:
    """Returns the error for a package that must be compiled, which would produce code for this machine.

    Args:
        name: the file that lists the requirements.
        package: the package, with its version.
        target: the Lambda runtime.
    """
    message = (
        f"{name}: {package} has no wheel for {target}, and must be compiled because it is not pure Python."
    )
    return PackageError(message, _suggest_alternatives(name, target))


def make_editable_error(file: Path, package: str, source: Path | None) -> PackageError:
    """Returns the error for a package that is installed as a link.

    Args:
        file: the file that lists the requirements.
        package: the name of the package.
        source: its folder; None if unknown.
    """
    message = f"{file.name}: {package} is editable: it is only a link to a folder on this machine."
    if source is not None and source.resolve() == file.parent.resolve():
        remedy = (
            "Remove the line: the package contains the project's own modules that the app imports anyway. "
            f"The dependencies in pyproject.toml are used if there is no {file.name}."
        )
    elif source is not None and file.suffix == ".txt":
        path = os.path.relpath(source.resolve(), file.parent.resolve())
        path = path if path.startswith("..") else f"./{path}"
        remedy = f"Write {path} instead of -e {path}: it is then built for the package."
    else:
        remedy = f"Remove `editable = true` from its source in {file.name}: it is then built for the package."
    return PackageError(message, remedy)


def redact(text: str) -> str:
    """Cuts each URL to its scheme and host, because URLs of indexes may contain secrets.

    Args:
        text: the output of a program.

    https://docs.astral.sh/uv/concepts/indexes/
    """
    return _URL.sub(_keep_host, text)


def _unwrap(text: str) -> str:
    """Joins the lines of uv's output, which older releases wrap, and removes its tree-drawing characters."""
    return re.sub(r"[\s\u2500-\u25ff]+", " ", text)


def _explain_failure(name: str, target: Target, text: str) -> tuple[str, str]:
    if match := _NO_GROUP.search(text):
        return (
            f"pyproject.toml: there is no dependency group {match[1] or match[2]!r}.",
            "Correct the name, or add the group under [dependency-groups].",
        )
    if explanation := _explain_index(name, text):
        return explanation
    if match := _UNKNOWN.search(text):
        return (
            f"{name}: there is no package {match[1]}.",
            f"Correct the name in {name}, or add the index that has the package with --index-url there.",
        )
    if match := _NO_HASH.search(text):
        remedy = "Add the hashes of all packages, for example with `uv pip compile --generate-hashes`."
        return f"{name}: {match[1]} has no hash, but other packages have one.", remedy
    if _STALE_LOCK.search(text):
        return f"{name} is older than pyproject.toml.", "Run `uv lock`."
    if match := _NO_WHEEL.search(text):
        version = match[2] if (match[2] or "").startswith("==") else ""
        return f"{name}: {match[1] or match[3]}{version} has no wheel for {target}.", _suggest_alternatives(
            name, target
        )
    if match := _FAILED_BUILD.search(text):
        is_native = "not compatible" in text
        reason = "would be built for this machine" if is_native else "cannot be built"
        return (
            f"{name}: {match[1]}{match[2] or ''} has no wheel for {target}, and {reason}.",
            _suggest_alternatives(name, target),
        )
    return f"{name}: uv cannot install the packages for {target}.", f"Correct the cause in {name}."


def _explain_index(name: str, text: str) -> tuple[str, str] | None:
    """Explains that a package index refused requests or did not answer, so that packages seem missing."""
    if match := _REFUSED.search(text):
        status = match[2] or match[3] or "401 Unauthorized"
        return (
            f"{name}: the package index {match[1] or match[4]} refused the request: {status}.",
            "Check its URL, and give uv valid credentials for it: in ~/.netrc, with `uv auth login`, or in "
            "the URL. See https://docs.astral.sh/uv/concepts/authentication/.",
        )
    if match := _UNAVAILABLE.search(text):
        problem = f"answered {match[1]}" if match[1] else "cannot be reached"
        return (
            f"{name}: the package index {match[2] or match[3]} {problem}.",
            "Check its URL, the network and the proxy, or try again later.",
        )
    return None


def _suggest_alternatives(name: str, target: Target) -> str:
    image = f"public.ecr.aws/sam/build-python{target.python}:latest-{target.architecture}"
    return (
        "Choose another version, or copy the package into vendor/ if it is pure Python, "
        f"or build its wheel with `pip wheel` in the container {image} and refer to the file in {name}."
    )


def _keep_host(match: re.Match[str]) -> str:
    scheme, rest = match[1], match[2]
    if scheme == "file":
        return match[0]
    authority, slash, path = rest.partition("/")
    # The password contains a slash, so the part before it may be the user's name and not a host.
    if "@" in path:
        return f"{scheme}://***"
    return f"{scheme}://{authority.rpartition('@')[2]}{'/…' if path else slash}"
