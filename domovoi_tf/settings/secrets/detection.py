"""Detects values that look like secrets, by the formats that their issuers document.

Values in a configuration can be read in the repository, the rendered Terraform and its state. Messages
never contain a value under a name or in a format that suggests a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from domovoi_tf.loading.environment import is_secret_name

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_SECRET_KEY = re.compile("(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_TOKENS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Not a secret by itself, but it comes with one, and functions get their credentials from the role.
    (re.compile(r"(?<![A-Z0-9])(AKIA|ASIA)[A-Z2-7]{16}(?![A-Z0-9])"), "an AWS access key"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----"), "a private key"),
    (re.compile(r"\b(gh[opusr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})"), "a GitHub token"),
    (re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}"), "a GitLab token"),
    (re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"), "a Slack token"),
    (re.compile(r"hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]+"), "a Slack webhook"),
    (re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}"), "a Stripe key"),
    (re.compile(r"\bAIza[A-Za-z0-9_-]{35}"), "a Google API key"),
    (re.compile(r"\bsk-(ant|proj|svcacct)-[A-Za-z0-9_-]{20,}"), "an API key"),
    (re.compile(r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"), "a SendGrid key"),
    (re.compile(r"\bnpm_[A-Za-z0-9]{36}\b"), "an npm token"),
    (re.compile(r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}"), "a PyPI token"),
)
#: Passwords in URLs and in connection strings.
_PASSWORD = re.compile(r"://[^/\s:@]*:[^/\s@]+@|(^|[\s?&;])(password|pwd)\s*=\s*[^\s&;]", re.IGNORECASE)
#: A JSON web token. Accepted like passwords in environment variables, for they may be public, but masked.
_WEB_TOKEN = re.compile(r"\beyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.")
_MASK = "********"


def find_secrets(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yields the names of values that look like secrets, each with a description of the secret.

    Args:
        values: the values by name.
    """
    for name, value in values.items():
        if what := identify_secret(name, value):
            yield name, what


def identify_secret(name: str, value: str) -> str:
    """Returns the kind of secret that a value looks like, with its article; empty if it looks like none."""
    what = next((what for pattern, what in _TOKENS if pattern.search(value)), "")
    if not what and _has_secret_key(value) and (is_secret_name(name) or _SECRET_KEY.fullmatch(value)):
        what = "an AWS secret access key"
    return what


def has_password(value: str) -> bool:
    """Whether a URL or a connection string contains a password."""
    return _PASSWORD.search(value) is not None


def mask_secret(name: str, value: str) -> str:
    """Returns the value, or a mask if its name or its format suggests a secret."""
    return _MASK if is_secret_name(name) or _has_telling_format(name, value) else value


def mask_secrets(name: str, value: Any, by_name: bool) -> Any:
    """Returns a value of the configuration with masks for its strings that may be secrets.

    Args:
        name: the name of the value.
        value: a string, an array or an object of such values, or any other value.
        by_name: whether names decide too, or formats alone.
    """
    if isinstance(value, Mapping):
        return {inner: mask_secrets(inner, item, by_name) for inner, item in value.items()}
    if isinstance(value, list):
        return [mask_secrets(name, item, by_name) for item in value]
    if not isinstance(value, str):
        return value
    if by_name:
        return mask_secret(name, value)
    return _MASK if _has_telling_format(name, value) else value


def quote_value(path: str, value: Any) -> str:
    """Returns a value for an error message, or "the value" if it may be a secret.

    Args:
        path: the JSON path of the value, whose last part is its name.
        value: the value.
    """
    name = re.split(r"[.\[]", path)[-1]
    is_secret = is_secret_name(name) or (isinstance(value, str) and _has_telling_format(name, value))
    return "the value" if is_secret else repr(value)


def _has_telling_format(name: str, value: str) -> bool:
    return bool(identify_secret(name, value)) or has_password(value) or bool(_WEB_TOKEN.search(value))


def _has_secret_key(value: str) -> bool:
    """Whether a string contains 40 characters like a secret access key: digests lack upper-case letters."""
    texts = _SECRET_KEY.findall(value)
    return any(
        all(re.search(characters, text) for characters in ("[a-z]", "[A-Z]", "[0-9]")) for text in texts
    )
