"""Explains quotas of AWS that are used up, throttling, and names that are taken."""

from __future__ import annotations

import re

from domovoi_tf.failures.aws_errors import parse_message, parse_object, parse_operation
from domovoi_tf.failures.explanation import Explanation, Failure
from domovoi_tf.system.suggestions import spell, spell_aws

_CONSOLE = "https://console.aws.amazon.com/servicequotas/home"
#: Patterns of AWS's messages, and how to need less.
_QUOTAS = (
    (
        r"UnreservedConcurrentExecution",
        "Lower reserved_concurrency in .chalice/config.json, or request more of Lambda's quota "
        f'"Concurrent executions": {_CONSOLE}/services/lambda/quotas',
    ),
    (
        r"Code ?[sS]torage",
        "Delete versions of functions and layers that are no longer needed, or request more of Lambda's "
        f'quota "Function and layer storage": {_CONSOLE}/services/lambda/quotas',
    ),
    (
        r"policy size|PolicySize|PoliciesPer(?:Role|User|Group)",
        "Move handlers to another function, which has a role of its own, or shorten "
        ".chalice/policy-<stage>.json.",
    ),
    (
        r"RolesPerAccount|PoliciesPerAccount",
        "Delete roles and policies that are no longer needed, or request more: "
        f"{_CONSOLE}/services/iam/quotas",
    ),
    (
        r"[Ss]ubscription[ _]?filter|PutSubscriptionFilter|Resource limit exceeded",
        "A log group has at most two subscription filters. Remove one, or handle its logs in one handler.",
    ),
)
#: The function and the statement of a permission, as the provider names it.
_STATEMENT = re.compile(r"Lambda Permission \(([^/)]+)/([^)]+)\)")
_OTHER_QUOTA = f"Delete what is no longer needed, or request more: {_CONSOLE}"


def explain_quota(failure: Failure) -> Explanation:
    """Explains that a quota of the account or a limit of AWS is exceeded."""
    remedy = next((text for pattern, text in _QUOTAS if re.search(pattern, failure.sentence)), _OTHER_QUOTA)
    message = parse_message(failure.sentence)
    return Explanation(f"A limit of AWS is exceeded{failure.subject}: {message}.", remedy)


def explain_throttling(failure: Failure) -> Explanation:
    """Explains that AWS rejected requests because there were too many."""
    service, operation = parse_operation(failure.sentence)
    request = f" of {service}:{operation}" if service else ""
    return Explanation(
        f"AWS throttles this account's requests{request}{failure.subject}.",
        "Wait a minute, then run the command again; what was done remains. With fewer requests at a time: "
        f"{spell('apply', failure.stage)} -- -parallelism=2",
    )


def explain_existing(failure: Failure) -> Explanation:
    """Explains that a resource to create exists already."""
    thing = parse_object(failure.sentence) or parse_message(failure.sentence)
    return Explanation(
        f"{_capitalize(thing)} exists already, and is not in the state of {failure.stage}{failure.subject}.",
        advise_on_existing(failure.stage),
    )


def advise_on_existing(stage: str) -> str:
    """Returns what to do about resources that exist and are not in the state.

    Args:
        stage: the stage.
    """
    return (
        "What belongs to this app, because another tool or a run of Terraform that was killed has created "
        f"it, is imported with `{spell('backend recover', stage)}` and the next apply. For what belongs to "
        "something else, choose another name, app_name or stage."
    )


def explain_statement(failure: Failure) -> Explanation:
    """Explains that a function's policy has the statement to add already."""
    found = _STATEMENT.search(failure.sentence)
    function, statement = found.groups() if found else ("FUNCTION", "STATEMENT")
    removal = f"lambda remove-permission --function-name {function} --statement-id {statement}"
    return Explanation(
        f"The policy of the function {function} has the statement {statement} already, and it is not in the "
        f"state of {failure.stage}{failure.subject}.",
        "If Lambda's answer was lost when the statement was added, import it with "
        f"`{spell('backend recover', failure.stage)}`, or in the stage's folder with "
        f"`terraform import '{failure.address or 'ADDRESS'}' {function}/{statement}`. If it allows something "
        f"else, remove it: `{spell_aws(removal)}`.",
    )


def explain_taken_bucket(failure: Failure) -> Explanation:
    """Explains that a bucket of that name exists in another account."""
    thing = parse_object(failure.sentence) or "The bucket"
    return Explanation(
        f"{_capitalize(thing)} exists in another AWS account{failure.subject}.",
        "Names of buckets are unique among all accounts. Choose another one.",
    )


def explain_full_bucket(failure: Failure) -> Explanation:
    """Explains that a bucket to destroy contains objects."""
    match = re.search(r"S3 Bucket \(([a-z0-9.-]+)\)", failure.sentence)
    name = match[1] if match else "NAME"
    return Explanation(
        f"The bucket{f' {name}' if match else ''} is not empty, so AWS does not delete it{failure.subject}.",
        "If nobody needs its objects, delete them, and run the command again: "
        f"{spell_aws(f's3 rm s3://{name} --recursive')}",
    )


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]
