"""Translates errors of uv: names the package and the remedies, and hides secrets of package indexes."""

from __future__ import annotations

import re

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
