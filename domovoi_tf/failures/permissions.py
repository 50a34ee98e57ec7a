"""Explains requests that AWS denied: the action, the resource, and the policy that denies or would allow it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html describes the messages.
"""

from __future__ import annotations

import json
import re

from domovoi_tf.failures.aws_errors import parse_operation
from domovoi_tf.failures.explanation import Explanation, Failure

CODES = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"),
        *("AuthorizationErrorException", "AuthorizationErrorFault", "ForbiddenException", "Forbidden"),
    }
)
_MESSAGE = re.compile(
    r"(?:User: (?P<user>arn:\S+) )?is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: \"?(?P<resource>[^\s,\"]+)\"?)?(?P<reason>.*)"
)
_ENCODED = re.compile(r"Encoded authorization failure message: (\S+)")
#: Actions of S3 with other names than the operations that need them.
#: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
_S3_ACTIONS = {
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketTagging": "PutBucketTagging",
}
#: Parts of AWS's reason, and what to do; `{statement}` is the statement that would allow the action.
_REASONS = (
    (
        r"service control policy",
        "A service control policy of the AWS organization denies it, which no policy of the account can "
        "change. Ask the organization's administrators, or use another account or Region.",
    ),
    (
        r"resource control policy",
        "A resource control policy of the AWS organization denies it, which no policy of the account can "
        "change. Ask the organization's administrators.",
    ),
    (
        r"explicit deny in (?:a|the) permissions boundary",
        "The permissions boundary of these credentials denies it explicitly. Ask the account's "
        "administrators to change the boundary.",
    ),
    (
        r"permissions boundary",
        "The permissions boundary of these credentials does not allow it. Ask the account's administrators "
        "to add this statement to the boundary: {statement}",
    ),
    (
        r"session policy",
        "The session policy, with which the role was assumed, does not allow it. Assume the role without "
        "that policy, or add this statement to it: {statement}",
    ),
    (
        r"VPC endpoint policy",
        "The policy of the VPC endpoint does not allow it. Add this statement to that policy: {statement}",
    ),
    (
        r"resource-based policy",
        "The policy of the resource itself, such as a bucket's or a key's, does not allow it. "
        "Change that policy, or use other credentials (AWS_PROFILE).",
    ),
    (
        r"explicit deny",
        "A policy of these credentials denies it explicitly, which no other statement can change. Remove "
        "that Deny, or use other credentials (AWS_PROFILE).",
    ),
)
_ALLOW = "Add this statement to a policy of these credentials, or use other ones (AWS_PROFILE): {statement}"


def explain_denial(failure: Failure) -> Explanation:
    """Explains that AWS denied a request."""
    match = _MESSAGE.search(failure.sentence)
    action = match["action"] if match else derive_action(failure.sentence)
    resource = (match["resource"] if match else None) or "*"
    reason = match["reason"] if match else ""
    who = (match["user"] if match else None) or "these credentials"
    target = f" on {resource}" if resource != "*" else ""
    message = f"AWS denies {action or 'a request'}{target} to {who}{failure.subject}."
    statement = json.dumps({"Effect": "Allow", "Action": action or "?", "Resource": resource})
    remedy = next((text for pattern, text in _REASONS if re.search(pattern, reason)), _ALLOW)
    if not action:
        remedy = "Check the policies of these credentials, or use other ones (AWS_PROFILE)."
    return Explanation(message, remedy.replace("{statement}", statement) + _explain_encoded(failure))


def derive_action(sentence: str) -> str:
    """Returns the IAM action of an operation of AWS's API that an error names; empty if it names none.

    Args:
        sentence: the error.
    """
    service, operation = parse_operation(sentence)
    if service == "s3":
        operation = _S3_ACTIONS.get(operation, operation)
    return f"{service}:{operation}" if service else ""


def _explain_encoded(failure: Failure) -> str:
    match = _ENCODED.search(failure.sentence)
    if not match:
        return ""
    return (
        "\nTo read AWS's reason, run: aws sts decode-authorization-message --query DecodedMessage --output "
        f"text --encoded-message {match[1]}"
    )
