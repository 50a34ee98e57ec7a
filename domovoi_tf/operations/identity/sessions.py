"""Creates boto3 sessions and clients whose requests fail within a minute if they get no answer.

https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import boto3

#: The times in seconds. No request but an invocation takes as long; the wait for SQS messages is shorter.
_LIMITS: dict[str, Any] = {
    "connect_timeout": 5,
    "read_timeout": 15,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}


class _Credentials(NamedTuple):
    """The only credentials of a session, in place of those that botocore would search for."""

    credentials: Any

    def load_credentials(self) -> Any:
        """Returns the credentials, as botocore's component for credentials does."""
        return self.credentials


def create_session(*, limits: Any = None, **arguments: Any) -> boto3.Session:
    """Creates a boto3 session whose requests are limited, also those that fetch credentials, as for a role.

    Args:
        limits: the configuration of clients (default: that of `make_client_config`).
        arguments: https://boto3.amazonaws.com/v1/documentation/api/latest/reference/core/session.html
    """
    return _create_session(_create_core(limits), **arguments)


def create_session_with(
    fetch: Callable[[], dict[str, str]], method: str, region: str, limits: Any = None
) -> boto3.Session:
    """Creates a boto3 session whose credentials are fetched with the first request, and before they expire.

    Args:
        fetch: returns the credentials in the form that botocore's refreshable credentials have.
        method: the way in which they are fetched, for botocore's log.
        region: the Region.
        limits: the configuration of clients (default: that of `make_client_config`).
    """
    from botocore.credentials import DeferredRefreshableCredentials

    core = _create_core(limits)
    core.register_component(
        "credential_provider", _Credentials(DeferredRefreshableCredentials(fetch, method))
    )
    return _create_session(core, region_name=region)


def make_client_config(**config: Any) -> Any:
    """Returns the configuration of a boto3 client whose requests fail within a minute if they get no answer.

    boto3's own limits are a minute for each of five attempts.

    Args:
        config: https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html
    """
    from botocore.config import Config

    return Config(**{**_LIMITS, **config})


def _create_core(limits: Any) -> Any:
    import botocore.session

    core = botocore.session.Session()
    core.set_default_client_config(limits or make_client_config())
    return core


def _create_session(core: Any, **arguments: Any) -> boto3.Session:
    import boto3

    return boto3.Session(botocore_session=core, **arguments)
