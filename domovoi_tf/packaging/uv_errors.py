"""What uv says, for people: which package is at fault, and the ways out; no secret of an index."""

from __future__ import annotations

import re

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.target import Target

_URL = re.compile(r"(\w[\w+.-]*)://(\S+?)(?=[`'\"),.]*(?:\s|$))")
_NO_WHEEL = re.compile(
    r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?(==\S+|[<>=!~]\S*)? (?:has|have) no (?:usable )?wheels"
    r"|attempted to build `([^`]+)`"
)
_WANTS_BUILD = re.compile(r"Wheels are required for `([^`]+)` because building|attempted to build `([^` ]+)")
_FAILED_BUILD = re.compile(r"(?:build|prepare) `([A-Za-z0-9][\w.-]*)(==[^\s`]+)?")
_UNKNOWN = re.compile(r"(\S+) was not found in the")
_NO_GROUP = re.compile(
    r"dependency group '([^']+)' was not found|Group `([^`]+)` is not defined", re.IGNORECASE
)
_NO_HASH = re.compile(r"no trusted hash was provided for: `?([^`\s]+)")
_STALE_LOCK = re.compile(r"lockfile .*needs to be updated")


def to_build(output: str) -> frozenset[str]:
    """Returns the packages that uv could install only if it built them from their source.

    Args:
        output: what uv said.
    """
    return frozenset(first or second for first, second in _WANTS_BUILD.findall(_unwrapped(output)))


def failure(name: str, target: Target, output: str) -> PackageError:
    """Returns what uv's failure means.

    Args:
        name: the file that lists the requirements.
        target: what was to be installed for.
        output: what uv said.
    """
    text = redact(output)
    said = "\n".join(["uv said:", *(f"  {line}".rstrip() for line in text.splitlines())])
    message, remedy = _explain(name, target, _unwrapped(text))
    return PackageError(message, f"{remedy}\n{said}")


def native(name: str, package: str, target: Target) -> PackageError:
    """Returns the error for a package that has to be compiled, which here would be for this machine.

    Args:
        name: the file that lists the requirements.
        package: the package, with its version.
        target: what was to be installed for.
    """
    message = f"{name}: {package} has no wheel for {target}, and is not pure Python: it has to be compiled."
    return PackageError(message, _ways_out(name, target))


def redact(text: str) -> str:
    """Returns a text with each URL cut to its scheme and host, for indexes carry secrets in the rest.

    Args:
        text: what a program wrote.

    https://docs.astral.sh/uv/concepts/indexes/
    """
    return _URL.sub(_host_only, text)


def _unwrapped(text: str) -> str:
    """Returns a text in one line; older releases of uv wrap theirs and draw a tree beside them."""
    return re.sub(r"[\s\u2500-\u25ff]+", " ", text)


def _explain(name: str, target: Target, text: str) -> tuple[str, str]:
    if match := _NO_GROUP.search(text):
        return (
            f"pyproject.toml: there is no dependency group {match[1] or match[2]!r}.",
            "Correct the name, or add the group under [dependency-groups].",
        )
    if match := _UNKNOWN.search(text):
        return (
            f"{name}: there is no package {match[1]}.",
            f"Correct the name in {name}, or name the index that has it there with --index-url.",
        )
    if match := _NO_HASH.search(text):
        remedy = "List all packages with theirs, for example with `uv pip compile --generate-hashes`."
        return f"{name}: {match[1]} has no hash, and others have.", remedy
    if _STALE_LOCK.search(text):
        return f"{name}: it is older than pyproject.toml.", "Run `uv lock`."
    if match := _NO_WHEEL.search(text):
        version = match[2] if (match[2] or "").startswith("==") else ""
        return f"{name}: {match[1] or match[3]}{version} has no wheel for {target}.", _ways_out(name, target)
    if match := _FAILED_BUILD.search(text):
        why = "built here it would be for this machine" if "not compatible" in text else "it cannot be built"
        return (
            f"{name}: {match[1]}{match[2] or ''} has no wheel for {target}, and {why}.",
            _ways_out(name, target),
        )
    return f"{name}: uv cannot install it for {target}.", f"Correct what uv names in {name}."


def _ways_out(name: str, target: Target) -> str:
    image = f"public.ecr.aws/sam/build-python{target.python}:latest-{target.architecture}"
    return (
        "Choose another version, or copy the package into vendor/ if it is pure Python, "
        f"or build its wheel with `pip wheel` in the container {image} and name the file in {name}."
    )


def _host_only(match: re.Match[str]) -> str:
    scheme, rest = match[1], match[2]
    if scheme == "file":
        return match[0]
    authority, slash, path = rest.partition("/")
    # A password with a slash in it: what looks like the host may be the user's name.
    if "@" in path:
        return f"{scheme}://***"
    return f"{scheme}://{authority.rpartition('@')[2]}{'/…' if path else slash}"
