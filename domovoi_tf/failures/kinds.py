"""The kinds of failures that people meet often, and the explanation of a failed Terraform."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.failures import credentials, inputs, limits, permissions, providers, state
from domovoi_tf.failures.diagnostics import parse_failures
from domovoi_tf.failures.explanation import Explanation, Failure


class Kind(NamedTuple):
    """A kind of failures.

    Args:
        name: the kind in a few words.
        pattern: a regular expression for a part of the error on one line.
        explain: the explanation, or a function that returns it; None if it is another kind after all.
    """

    name: str
    pattern: str
    explain: Callable[[Failure], Explanation | None] | Explanation


def _match_codes(codes: Iterable[str]) -> str:
    return rf"\b(?:{'|'.join(sorted(codes))})\b"


#: The first kind that matches explains a failure, so that those with more specific texts come first.
KINDS = (
    Kind("lock not released", r"Error releasing the state lock", state.explain_unreleased_lock),
    Kind("state not saved", r"Failed to (?:save|persist) state", state.explain_unsaved_state),
    Kind(
        "sign-in",
        r"(?i)SSO (?:session|token|provider)\w* ?(?:has expired|is invalid|file)|refresh cached SSO token|"
        r"SSOProviderInvalidToken|InvalidGrantException",
        credentials.NO_SIGN_IN,
    ),
    Kind("expired credentials", _match_codes(credentials.EXPIRED), credentials.EXPIRED_CREDENTIALS),
    Kind(
        "clock",
        _match_codes(credentials.CLOCK) + "|Signature (?:expired|not yet current)",
        credentials.WRONG_CLOCK,
    ),
    Kind("wrong keys", _match_codes(credentials.INVALID), credentials.explain_invalid),
    Kind("profile", r"failed to get shared config profile", credentials.explain_profile),
    Kind(
        "no credentials",
        r"(?i)No valid credential sources|failed to refresh cached credentials|no EC2 IMDS role found",
        credentials.NO_CREDENTIALS,
    ),
    Kind("role to assume", r"Cannot assume IAM Role", credentials.explain_assumed_role),
    Kind("Region", r"(?i)invalid AWS Region|Missing Region|Invalid region value", credentials.explain_region),
    Kind("variable without value", r"No value for required variable", inputs.explain_missing_value),
    Kind(
        "variable's value",
        r"^Invalid value for (?:input )?variable",
        inputs.explain_invalid_value,
    ),
    Kind(
        "backend", r"Backend (?:configuration changed|initialization required)", state.explain_backend_change
    ),
    Kind(
        "partial backend",
        r'The attribute "\w+" is required by the backend',
        state.explain_partial_backend,
    ),
    Kind(
        "missing bucket",
        r"S3 bucket (?:\"[^\"]+\" )?does not exist|state.*NoSuchBucket",
        state.explain_missing_bucket,
    ),
    Kind(
        "bucket's Region",
        r"PermanentRedirect|AuthorizationHeaderMalformed|requested bucket from",
        state.explain_bucket_region,
    ),
    Kind(
        "newer state",
        r"which is newer than current|Unsupported state file format|newer provider version|"
        r"provider to work with this resource",
        state.explain_newer_state,
    ),
    Kind("stale plan", r"Saved plan is stale", state.explain_stale_plan),
    Kind("moved object", r"Moved object still exists", state.explain_moved_object),
    Kind("checksum", r"(?:doesn't|does not) match any of the checksums", providers.explain_checksum),
    Kind(
        "provider's version",
        r"no longer available|no available releases match|does not match configured version constraint",
        providers.explain_provider_version,
    ),
    Kind("runtime", r"expected runtime to be one of", providers.explain_runtime),
    Kind(
        "registry",
        r"could not (?:connect to|query provider registry)|Failed to query available provider packages",
        providers.explain_registry,
    ),
    Kind(
        "provider not installed",
        r"Inconsistent dependency lock file|Required plugins are not installed|Module not installed|"
        r"Module source has changed|Could not load plugin",
        providers.explain_missing_provider,
    ),
    Kind(
        "throttling",
        r"\b(?:Throttling\w*|TooManyRequestsException|RequestLimitExceeded|SlowDown|"
        r"RequestThrottled\w*)\b|Rate exceeded",
        limits.explain_throttling,
    ),
    Kind(
        "quota",
        r"UnreservedConcurrentExecution|\b\w*(?:LimitExceeded|QuotaExceeded|StorageExceeded|LengthExceeded)"
        r"(?:Exception|Fault)?\b|\bTooManyBuckets\b",
        limits.explain_quota,
    ),
    Kind("bucket not empty", r"\bBucketNotEmpty\b", limits.explain_full_bucket),
    Kind("name in another account", r"\bBucketAlreadyExists\b", limits.explain_taken_bucket),
    Kind("statement exists", r"statement id \(\S+\) provided already exists", limits.explain_statement),
    Kind(
        "resource exists",
        r"\b\w*AlreadyExists\w*\b|already exists?\b|AlreadyOwnedByYou",
        limits.explain_existing,
    ),
    Kind(
        "access denied",
        _match_codes(permissions.CODES) + "|is not authorized to perform",
        permissions.explain_denial,
    ),
    Kind("network", r"request send failed|dial tcp", providers.explain_network),
)


class Explained(NamedTuple):
    """The explanations of a failed run.

    Args:
        explanations: each distinct cause once.
        others: the errors that no kind matches, as Terraform printed them.
    """

    explanations: tuple[Explanation, ...]
    others: tuple[str, ...]


def explain(text: str, stage: str, root: Path | None = None) -> Explained:
    """Explains the errors in Terraform's standard error.

    Args:
        text: Terraform's standard error.
        stage: the stage in whose folder Terraform ran.
        root: that folder, if it is known.
    """
    explanations: dict[Explanation, None] = {}
    others = []
    for failure in parse_failures(text, stage, root):
        if explanation := explain_failure(failure):
            explanations.setdefault(explanation)
        else:
            others.append(failure.text)
    return Explained(tuple(explanations), tuple(others))


def explain_failure(failure: Failure) -> Explanation | None:
    """Returns the explanation of an error by the first kind that matches; None if none does.

    Args:
        failure: the error.
    """
    for kind in KINDS:
        if re.search(kind.pattern, failure.sentence):
            explanation = kind.explain if isinstance(kind.explain, Explanation) else kind.explain(failure)
            if explanation:
                return explanation
    return None


def format_explanations(explanations: Iterable[Explanation]) -> tuple[str, str]:
    """Returns a message and a remedy for explanations. Causes with the same remedy have it once.

    Args:
        explanations: the explanations, at least one.
    """
    groups: dict[str, list[str]] = {}
    for explanation in explanations:
        groups.setdefault(explanation.remedy, []).append(explanation.message)
    if len(groups) == 1:
        [(remedy, messages)] = groups.items()
        return "\n".join(messages), remedy
    lines = [
        line
        for remedy, messages in groups.items()
        for line in (*messages, *(f"    {each}" for each in remedy.split("\n")))
    ]
    return "\n".join(lines), ""
