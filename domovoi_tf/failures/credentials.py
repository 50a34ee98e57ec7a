"""Explains failures of credentials, profiles and Regions, for Terraform and for boto3 alike."""

from __future__ import annotations

import re

from domovoi_tf.failures import regions
from domovoi_tf.failures.explanation import Explanation, Failure

_FOR_EMULATOR = 'for the local emulator add --emulator, or run eval "$(domovoi-tf local env)".'
#: Codes of AWS for credentials that it does not accept.
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
INVALID = frozenset(
    {
        *("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"),
        *("InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature"),
    }
)
CLOCK = frozenset({"RequestTimeTooSkewed"})


NO_CREDENTIALS = Explanation(
    "There are no AWS credentials.",
    f"Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; {_FOR_EMULATOR}",
)
EXPIRED_CREDENTIALS = Explanation(
    "The AWS credentials have expired.", "Get new ones, for example with `aws sso login`."
)
NO_SIGN_IN = Explanation("The SSO sign-in is missing or has expired.", "Sign in with `aws sso login`.")
WRONG_CLOCK = Explanation(
    "AWS rejects the time of the request.",
    "Correct the clock of this machine. Credentials that have expired are another possible cause.",
)
NO_REGION = Explanation(
    "No AWS Region is set.",
    f"Set AWS_REGION, or the region of the profile in ~/.aws/config; {_FOR_EMULATOR}",
)


def explain_invalid(failure: Failure) -> Explanation:
    """Explains that AWS rejects the access key."""
    return describe_invalid(*find_code(failure.sentence, INVALID))


def describe_invalid(code: str, message: str) -> Explanation:
    """Returns the explanation of a code in `INVALID`.

    Args:
        code: the code.
        message: AWS's message.
    """
    if message.startswith(("Signature expired", "Signature not yet current")):
        return WRONG_CLOCK
    if "signature" in code.lower():
        return Explanation(
            "The secret access key does not belong to the access key.",
            "Check AWS_SECRET_ACCESS_KEY or AWS_PROFILE, and the clock of this machine.",
        )
    return Explanation(
        f"AWS does not accept these credentials: {message}", "Check AWS_PROFILE or AWS_ACCESS_KEY_ID."
    )


def explain_profile(failure: Failure) -> Explanation:
    """Explains that the profile does not exist."""
    match = re.search(r"failed to get shared config profile, (\S+)", failure.sentence)
    return describe_profile(match[1].rstrip(".,") if match else "")


def describe_profile(name: str) -> Explanation:
    """Returns the explanation that a profile does not exist.

    Args:
        name: the profile.
    """
    return Explanation(
        f"There is no AWS profile {name}.",
        "Check AWS_PROFILE, and `profile` in .chalice/config.json. The profiles of this machine are in "
        "~/.aws/config and ~/.aws/credentials.",
    )


def explain_assumed_role(failure: Failure) -> Explanation:
    """Explains that a role cannot be assumed."""
    match = re.search(r"IAM Role \((\S+)\)", failure.sentence)
    role = match[1] if match else "the role"
    return Explanation(
        f"These credentials cannot assume {role}.",
        "Check the ARN in assume_role of .chalice/config.json, that the role's trust policy names these "
        "credentials, and that they allow sts:AssumeRole on it.",
    )


def explain_region(failure: Failure) -> Explanation:
    """Explains that there is no such Region, or that none is set."""
    match = re.search(r"[Ii]nvalid AWS Region: ?(\S*) *$", failure.text, re.MULTILINE)
    return describe_region(match[1]) if match and match[1] else NO_REGION


def describe_region(name: str) -> Explanation:
    """Returns the explanation that there is no such Region.

    Args:
        name: the Region.
    """
    return Explanation(
        f"AWS has no Region {name}.{regions.suggest(name)}",
        "Check AWS_REGION, the region of the profile in ~/.aws/config, and `region` in .chalice/config.json.",
    )


def _explain_endpoint(url: str) -> Explanation | None:
    """Explains that an unreachable endpoint is in a Region that does not exist; None if it does."""
    match = re.match(r"https://(?:[^/]+\.)?([a-z]+(?:-[a-z]+)+-\d+)\.(?:amazonaws|api)\.", url)
    return describe_region(match[1]) if match and not regions.is_known(match[1]) else None


def find_code(sentence: str, codes: frozenset[str]) -> tuple[str, str]:
    """Returns the first of some codes of AWS in a text, and the message after it; empty if there is none.

    Args:
        sentence: the text, on one line.
        codes: the codes.
    """
    match = re.search(rf"\b({'|'.join(sorted(codes))})\b:? ?(.*)", sentence)
    return (match[1], match[2].strip() or match[1]) if match else ("", "")


def explain_boto_error(error: Exception) -> Explanation | None:
    """Explains an error of boto3 about credentials, profiles or Regions; returns None for others.

    Args:
        error: the error.
    """
    name, response = type(error).__name__, getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        code, message = response["Error"].get("Code", ""), response["Error"].get("Message", "")
        if code in EXPIRED:
            return EXPIRED_CREDENTIALS
        if code in CLOCK:
            return WRONG_CLOCK
        return describe_invalid(code, message or code) if code in INVALID else None
    if name in ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"):
        return NO_CREDENTIALS
    if name == "ProfileNotFound":
        return describe_profile(str(getattr(error, "kwargs", {}).get("profile", "")))
    if name == "NoRegionError":
        return NO_REGION
    if name == "EndpointConnectionError":
        return _explain_endpoint(str(getattr(error, "kwargs", {}).get("endpoint_url", "")))
    return NO_SIGN_IN if "SSO" in name or name == "TokenRetrievalError" else None
