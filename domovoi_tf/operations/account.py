"""Connects to an AWS account and Region, or to an emulator, and translates errors of boto3.

https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from domovoi_tf.errors import DomovoiError
from domovoi_tf.failures.credentials import explain_boto_error
from domovoi_tf.operations.identity.roles import open_session
from domovoi_tf.operations.identity.sessions import make_client_config
from domovoi_tf.system.suggestions import spell
from domovoi_tf.terraform import shell_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.exceptions import BotoCoreError, ClientError

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})


class AwsError(DomovoiError):
    """AWS could not be reached, or refused a request."""


class RefusedError(AwsError):
    """AWS refused a request for another reason than the credentials or their permissions."""


class NotDeployedError(AwsError):
    """A resource of the app is not in the account and Region.

    Args:
        resource: the resource, such as "The function bar-dev".
        account: the account that was searched.
        stage: the stage of the resource.
    """

    def __init__(self, resource: str, account: Account, stage: str) -> None:
        command = spell("local deploy" if account.endpoint else "deploy", stage)
        super().__init__(
            f"{resource} is not deployed {account.location}.",
            f"Run `{command}`, or choose another --stage, AWS_REGION or AWS_PROFILE.",
        )


class Account:
    """The account and Region that a stage is deployed to.

    boto3 chooses the credentials and the endpoint, for example by ``AWS_PROFILE`` and ``AWS_ENDPOINT_URL``.
    ``AWS_REGION``, which Terraform reads and boto3 does not, is read too.

    Args:
        region: the Region (default: that of the environment or the profile).
        identity: the provider's arguments for its profile, its web identity and its roles (default: the
            credentials of the environment).

    Raises:
        AwsError: no Region is set, or the profile does not exist.
    """

    def __init__(self, region: str | None = None, identity: Mapping[str, Any] | None = None) -> None:
        from botocore.exceptions import NoRegionError

        # Threads may share clients, but not sessions.
        self._lock = threading.Lock()
        with translate_errors():
            self.session, found = open_session({**(identity or {}), "region": region}, os.environ)
            if not found:
                # boto3 itself requires no Region if an endpoint is set.
                raise NoRegionError
            self.region = str(found)
            self.endpoint: str | None = self.create_client("lambda").meta.endpoint_url
        if ".amazonaws." in str(self.endpoint):
            self.endpoint = None

    @property
    def location(self) -> str:
        """The endpoint or the Region, as part of a sentence."""
        return f"at {self.endpoint}" if self.endpoint else f"in {self.region}"

    @property
    def partition(self) -> str:
        """The partition, such as ``aws-cn``."""
        return str(self.session.get_partition_for_region(self.region))

    @cached_property
    def account_id(self) -> str:
        """The ID of the account.

        Raises:
            AwsError: AWS could not be reached, or refused the request.
        """
        with translate_errors():
            return str(self.create_client("sts").get_caller_identity()["Account"])

    def build_arn(self, service: str, resource: str) -> str:
        """Returns the ARN of a resource in the account and Region.

        Args:
            service: the service in the ARN, such as ``states``.
            resource: the part after the account ID.
        """
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def create_client(self, service: str, **config: Any) -> Any:
        """Creates a boto3 client.

        Args:
            service: the service, as boto3 names it.
            config: https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html
        """
        create: Any = self.session.client
        with self._lock:
            return create(service, region_name=self.region, config=make_client_config(**config))


@contextlib.contextmanager
def translate_errors() -> Iterator[None]:
    """Turns errors of boto3 into AwsError, with a remedy.

    Raises:
        AwsError: boto3 raised an error.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _translate_client_error(error) from error
    except BotoCoreError as error:
        raise _translate_core_error(error) from error


def get_error_code(error: ClientError) -> str:
    """Returns the code of an error that AWS returned, such as ``AccessDenied``.

    Args:
        error: the error.
    """
    return error.response["Error"]["Code"]


def _translate_client_error(error: ClientError) -> AwsError:
    if explanation := explain_boto_error(error):
        return AwsError(*explanation)
    code, message = get_error_code(error), error.response["Error"].get("Message", "")
    refusal = f"AWS refused {error.operation_name}: {message or code}"
    if code in _DENIED:
        return AwsError(
            refusal, f"Allow {error.operation_name} for these credentials, or use other ones (AWS_PROFILE)."
        )
    return RefusedError(refusal, "Resolve the cause, and try again.")


def _translate_core_error(error: BotoCoreError) -> AwsError:
    name = type(error).__name__
    if name == "EndpointConnectionError" and (gone := shell_endpoint.explain_unreachable(os.environ)):
        return AwsError(gone.message, gone.remedy)
    if explanation := explain_boto_error(error):
        return AwsError(*explanation)
    return AwsError(f"The request to AWS failed: {error}", "Check AWS_PROFILE, AWS_REGION and the network.")
