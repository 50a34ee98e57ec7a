"""Values that look like secrets, by the forms that their issuers document.

What a configuration holds is in the repository, in the rendered Terraform and in its state. No value is ever
part of a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_SECRET_KEY = re.compile("(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_TELLING = re.compile(
    r"secret|passw|passphrase|private|credential|token|(api|access|auth|signing)_?key", re.IGNORECASE
)
_TOKENS: tuple[tuple[re.Pattern[str], str], ...] = (
    # No secret by itself, but nobody has it here without: a function gets keys from its role.
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
#: Not refused, for they may be meant for everybody; not shown either.
_PERHAPS = re.compile(r"://[^/\s:@]+:[^/\s@]+@|\beyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.")
_MASK = "********"


def found(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yields the names of values that look like secrets, with what they look like.

    Args:
        values: values by name.
    """
    for name, value in values.items():
        what = next((what for pattern, what in _TOKENS if pattern.search(value)), "")
        if not what and _has_secret_key(value) and (_TELLING.search(name) or _SECRET_KEY.fullmatch(value)):
            what = "an AWS secret access key"
        if what:
            yield name, what


def masked(name: str, value: str) -> str:
    """Returns a value, or a mask where its name or its form says that it may be a secret."""
    looks = _TELLING.search(name) or _PERHAPS.search(value)
    return _MASK if looks or list(found({name: value})) else value


def _has_secret_key(value: str) -> bool:
    """Whether a text has forty characters as a secret access key's: no digest has capital letters too."""
    texts = _SECRET_KEY.findall(value)
    return any(all(re.search(some, text) for some in ("[a-z]", "[A-Z]", "[0-9]")) for text in texts)
