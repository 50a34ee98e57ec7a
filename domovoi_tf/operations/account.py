"""An AWS account and Region as boto3 finds them, or an emulator of it; AWS's errors with their remedies.

https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from domovoi_tf.errors import DomovoiError

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "InvalidSignatureException"})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})


class AwsError(DomovoiError):
    """AWS cannot be asked, or refuses."""


class NotDeployedError(AwsError):
    """What the app has is not in the account and Region.

    Args:
        what: what is missing, such as ``The function bar-dev``.
        account: where it was looked for.
        stage: the stage that it belongs to.
    """

    def __init__(self, what: str, account: Account, stage: str) -> None:
        command = "domovoi-tf local deploy" if account.endpoint else "domovoi-tf deploy"
        super().__init__(
            f"{what} is not deployed {account.place}.",
            f"Run `{command} --stage {stage}`, or choose another --stage, AWS_REGION or AWS_PROFILE.",
        )


class Account:
    """Where a stage is deployed.

    Credentials and the endpoint are boto3's own business, so that ``AWS_PROFILE`` and ``AWS_ENDPOINT_URL``
    count. ``AWS_REGION``, which boto3 does not read, counts as it does for Terraform.

    Args:
        region: the Region; that of the environment or profile if missing.

    Raises:
        AwsError: there is no Region, or the profile does not exist.
    """

    def __init__(self, region: str | None = None) -> None:
        import boto3
        from botocore.exceptions import NoRegionError

        with explained():
            self.session = boto3.Session(region_name=region or os.environ.get("AWS_REGION") or None)
            if not self.session.region_name:
                # With an endpoint of its own boto3 would do without one.
                raise NoRegionError
            self.endpoint: str | None = self.client("lambda").meta.endpoint_url
        self.region = str(self.session.region_name)
        if ".amazonaws." in str(self.endpoint):
            self.endpoint = None

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"at {self.endpoint}" if self.endpoint else f"in {self.region}"

    @property
    def partition(self) -> str:
        """The partition, such as ``aws-cn``."""
        return str(self.session.get_partition_for_region(self.region))

    @cached_property
    def number(self) -> str:
        """The account's number."""
        with explained():
            return str(self.client("sts").get_caller_identity()["Account"])

    def arn(self, service: str, resource: str) -> str:
        """Returns the ARN of something in the account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.number}:{resource}"

    def client(self, service: str, **config: Any) -> Any:
        """Returns a client of a service.

        Args:
            service: the service, as boto3 names it.
            config: https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html
        """
        from botocore.config import Config

        create: Any = self.session.client
        return create(service, config=Config(connect_timeout=10, **config))


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Gives what boto3 raises a remedy.

    Raises:
        AwsError: in place of any error of boto3.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _refused(error) from error
    except BotoCoreError as error:
        raise _unasked(error) from error


def code(error: ClientError) -> str:
    """Returns the code of an error of AWS's."""
    return error.response["Error"]["Code"]


def _refused(error: ClientError) -> AwsError:
    found, message = code(error), error.response["Error"].get("Message", "")
    if found in _EXPIRED:
        return AwsError("The AWS credentials have expired.", "Get new ones, for example by `aws sso login`.")
    if found in _UNKNOWN:
        return AwsError(
            f"AWS does not know these credentials: {message}", "Check AWS_PROFILE, or AWS_ACCESS_KEY_ID."
        )
    said = f"AWS refused {error.operation_name}: {message or found}"
    if found in _DENIED:
        return AwsError(
            said, f"Allow {error.operation_name} to these credentials, or use others (AWS_PROFILE)."
        )
    return AwsError(said, "Correct what it names, and try again.")


def _unasked(error: BotoCoreError) -> AwsError:
    kind = type(error).__name__
    if kind in ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"):
        return AwsError(
            "There are no AWS credentials.",
            "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for the local emulator add "
            '--emulator, or run eval "$(domovoi-tf local env)".',
        )
    if kind == "NoRegionError":
        return AwsError(
            "No AWS Region is chosen.",
            "Set AWS_REGION, or the region of the profile in ~/.aws/config; for the local emulator add "
            '--emulator, or run eval "$(domovoi-tf local env)".',
        )
    if "SSO" in kind or kind == "TokenRetrievalError":
        return AwsError(f"The sign-in has ended: {error}", "Sign in with `aws sso login`.")
    return AwsError(f"AWS cannot be asked: {error}", "Check AWS_PROFILE, AWS_REGION and the network.")
