"""Checks whether AWS answers, in place of a Terraform that waits for its first answer."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any

from domovoi_tf.operations.identity.sessions import create_session, make_client_config

#: Arguments of a provider or a backend with which Terraform's first request goes elsewhere, or is not made.
_OTHER = re.compile(
    r"^\s*(endpoints?|sts_endpoint|sts_region|use_(fips|dualstack)_endpoint|(https?|no)_proxy|"
    r"skip_credentials_validation)\b",
    re.MULTILINE,
)
_REGION = re.compile(r'^\s*region\s*=\s*"([a-z0-9-]+)"', re.MULTILINE)
#: The times in seconds. The request is repeated as long as Terraform waits.
_LIMITS: dict[str, Any] = {"connect_timeout": 5, "read_timeout": 10, "retries": {"total_max_attempts": 1}}


def explain_silence(folder: Path) -> str | None:
    """Returns why AWS does not answer the request with which Terraform begins in a folder.

    Returns None if AWS answers, or if it cannot be asked in Terraform's place. The request is not signed, so
    that it fetches no credentials: a refusal is an answer too.

    Args:
        folder: the root module.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        ProxyConnectionError,
        ReadTimeoutError,
    )

    text = "\n".join(
        path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("*.tf"))
    )
    if _OTHER.search(text):
        return None
    try:
        with contextlib.closing(_create_client(_read_region(text))) as client:
            client.get_caller_identity()
    except (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, ReadTimeoutError) as error:
        return str(error)
    except (BotoCoreError, ClientError):
        return None
    return None


def _read_region(text: str) -> str | None:
    """Returns the Region of the provider, which Terraform prefers to that of the environment."""
    match = _REGION.search(text)
    return match[1] if match else None


def _create_client(region: str | None) -> Any:
    from botocore import UNSIGNED

    session: Any = create_session(region_name=region or os.environ.get("AWS_REGION"))
    return session.client("sts", config=make_client_config(signature_version=UNSIGNED, **_LIMITS))
