"""Finds the arguments of a backend that are secrets, and names the environment variables to use instead.

https://developer.hashicorp.com/terraform/language/backend
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from domovoi_tf.loading.environment import is_secret_name
from domovoi_tf.settings.secrets.detection import has_password, identify_secret
from domovoi_tf.system.reading.json_nodes import join_path
from domovoi_tf.system.suggestions import spell

#: The environment variables that the backends read in place of secret arguments.
_VARIABLES: Mapping[str, Mapping[str, str]] = {
    "azurerm": {
        "access_key": "ARM_ACCESS_KEY",
        "client_certificate": "ARM_CLIENT_CERTIFICATE",
        "client_certificate_password": "ARM_CLIENT_CERTIFICATE_PASSWORD",
        "client_secret": "ARM_CLIENT_SECRET",
        "oidc_request_token": "ARM_OIDC_REQUEST_TOKEN",
        "oidc_token": "ARM_OIDC_TOKEN",
        "sas_token": "ARM_SAS_TOKEN",
    },
    "cloud": {"token": "TF_TOKEN_app_terraform_io"},
    "consul": {"access_token": "CONSUL_HTTP_TOKEN", "http_auth": "CONSUL_HTTP_AUTH"},
    "cos": {
        "secret_id": "TENCENTCLOUD_SECRET_ID",
        "secret_key": "TENCENTCLOUD_SECRET_KEY",
        "security_token": "TENCENTCLOUD_SECURITY_TOKEN",
    },
    "gcs": {
        "access_token": "GOOGLE_OAUTH_ACCESS_TOKEN",
        "credentials": "GOOGLE_BACKEND_CREDENTIALS",
        "encryption_key": "GOOGLE_ENCRYPTION_KEY",
    },
    "http": {
        "address": "TF_HTTP_ADDRESS",
        "client_private_key_pem": "TF_HTTP_CLIENT_PRIVATE_KEY_PEM",
        "lock_address": "TF_HTTP_LOCK_ADDRESS",
        "password": "TF_HTTP_PASSWORD",
        "unlock_address": "TF_HTTP_UNLOCK_ADDRESS",
    },
    "kubernetes": {
        "client_key": "KUBE_CLIENT_KEY_DATA",
        "password": "KUBE_PASSWORD",
        "token": "KUBE_TOKEN",
    },
    "oss": {
        "access_key": "ALICLOUD_ACCESS_KEY",
        "secret_key": "ALICLOUD_SECRET_KEY",
        "security_token": "ALICLOUD_SECURITY_TOKEN",
    },
    "pg": {"conn_str": "PG_CONN_STR"},
    "remote": {"token": "TF_TOKEN_app_terraform_io"},
    "s3": {
        "access_key": "AWS_PROFILE",
        "secret_key": "AWS_PROFILE",
        "sse_customer_key": "AWS_SSE_CUSTOMER_KEY",
        "token": "AWS_PROFILE",
    },
}
#: Secrets whose names do not say so.
_SECRETS = frozenset({"client_certificate", "client_key", "encryption_key", "http_auth", "sse_customer_key"})
#: The ends of names of files and places, and of Kubernetes' names for the secret that holds the state.
_PLACES = re.compile(r"(_files?|_path|_suffix|_url|_endpoint)$")
#: A whole URL may carry a password, and so may a connection string; a file of credentials is only named.
_IF_TELLING = frozenset({"address", "conn_str", "credentials", "lock_address", "unlock_address"})


def find_backend_secrets(
    path: str, kind: str, arguments: Mapping[str, Any], stage: str
) -> Iterator[tuple[str, str, str]]:
    """Yields the JSON path of each secret, a description of it, and what to do instead.

    Args:
        path: the JSON path of the backend's arguments.
        kind: the type of the backend.
        arguments: its arguments.
        stage: the name of a stage that has the backend.
    """
    for name, value in arguments.items():
        for place, what in _find_secrets(join_path(path, name), name, value):
            yield place, what, _advise(kind, name, stage)


def _find_secrets(path: str, name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _find_secrets(join_path(path, inner), inner, item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _find_secrets(f"{path}[{number}]", name, item)
    elif isinstance(value, str) and (what := _identify(name, value)):
        yield path, what


def _identify(name: str, value: str) -> str:
    """Returns a description of a secret; empty if the value is none."""
    if what := identify_secret(name, value):
        return f"looks like {what}"
    if has_password(value):
        return "contains a password"
    if not value or name in _IF_TELLING or _PLACES.search(name):
        return "contains a private key" if name == "credentials" and "{" in value else ""
    return "is a secret" if name in _SECRETS or is_secret_name(name) else ""


def _advise(kind: str, name: str, stage: str) -> str:
    variable = _VARIABLES.get(kind, {}).get(name)
    if variable:
        return f"Leave it out, and set {variable} in the environment of domovoi-tf."
    return (
        "Leave it out, and set it in the environment of domovoi-tf, as Terraform's page about the backend "
        f"says, or with `{spell('init', stage)} -- -backend-config={name}=...`."
    )
