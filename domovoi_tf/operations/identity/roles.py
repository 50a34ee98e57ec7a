"""Takes on the identity of an AWS provider or an s3 backend: a profile, a web identity, and roles in order.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs#authentication-and-configuration
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domovoi_tf.errors import DomovoiError
from domovoi_tf.operations.identity.sessions import create_session, create_session_with, make_client_config

if TYPE_CHECKING:
    import boto3

_WEB_IDENTITY, ROLES = "assume_role_with_web_identity", "assume_role"
#: The variables that the s3 backend reads for arguments of the web identity.
_ROLE_VARIABLE, _NAME_VARIABLE = "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME"
_TOKEN_VARIABLE = "AWS_WEB_IDENTITY_TOKEN_FILE"  # noqa: S105 - the name of a variable
_SESSION_NAME = "domovoi-tf"
#: https://pkg.go.dev/time#ParseDuration
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|m|s)")
_SECONDS = {"h": 3600, "m": 60, "s": 1}


def open_session(
    configuration: Mapping[str, Any], environ: Mapping[str, str], limits: Any = None
) -> tuple[boto3.Session, str | None]:
    """Returns a boto3 session with the identity of a provider or backend, and its region, if one is set.

    As in Terraform, a web identity replaces the credentials of the profile or the environment, and each role
    is assumed with the credentials of the one before. Roles are assumed with the first request.

    Args:
        configuration: the arguments of the provider or backend.
        environ: the environment variables, which may set the region and arguments of the web identity.
        limits: the configuration of clients (default: that of `make_client_config`).
    """
    profile = configuration.get("profile")
    session = create_session(profile_name=str(profile) if profile else None, limits=limits)
    # Terraform reads AWS_REGION, boto3 does not.
    region = configuration.get("region") or environ.get("AWS_REGION") or session.region_name
    if not region:
        return session, None
    endpoint = (configuration.get("endpoints") or {}).get("sts")
    for fetch, method in _list_steps(configuration, environ):
        client: Any = session.client(
            "sts", region_name=region, endpoint_url=endpoint, config=limits or make_client_config()
        )
        session = create_session_with(partial(fetch, client), method, region, limits)
    return session, region


def list_roles(configuration: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns the roles that a provider or backend assumes, in order: one object, or an array of them."""
    roles = configuration.get(ROLES) or []
    return [roles] if isinstance(roles, Mapping) else list(roles)


def find_account(configuration: Mapping[str, Any]) -> str | None:
    """Returns the account of the last role of a provider or backend; None if it assumes none.

    Args:
        configuration: the arguments of the provider or backend.
    """
    identity = configuration.get(_WEB_IDENTITY)
    arns = [role.get("role_arn") for role in ([identity] if identity else []) + list_roles(configuration)]
    return str(arns[-1]).split(":")[4] if arns and arns[-1] else None


def parse_duration(text: str) -> int | None:
    """Returns the number of seconds of a duration such as ``1h30m``, as Go writes it; None if it is not one.

    Args:
        text: the duration.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return int(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def _list_steps(
    configuration: Mapping[str, Any], environ: Mapping[str, str]
) -> list[tuple[Callable[[Any], dict[str, str]], str]]:
    """Returns the functions that fetch credentials with a client of the step before, each with its name."""
    steps: list[tuple[Callable[[Any], dict[str, str]], str]] = []
    if (identity := configuration.get(_WEB_IDENTITY)) is not None:
        steps.append((partial(_assume_with_token, identity, environ), "assume-role-with-web-identity"))
    steps += [(partial(_assume_role, role), "assume-role") for role in list_roles(configuration)]
    return steps


def _assume_role(role: Mapping[str, Any], client: Any) -> dict[str, str]:
    options = {
        "ExternalId": role.get("external_id"),
        "SourceIdentity": role.get("source_identity"),
        "Tags": [{"Key": name, "Value": value} for name, value in (role.get("tags") or {}).items()],
        "TransitiveTagKeys": role.get("transitive_tag_keys"),
    }
    return _read_credentials(client.assume_role(**_build_request(role, role["role_arn"]), **_drop(options)))


def _assume_with_token(
    identity: Mapping[str, Any], environ: Mapping[str, str], client: Any
) -> dict[str, str]:
    arn = identity.get("role_arn") or environ.get(_ROLE_VARIABLE)
    token_file = identity.get("web_identity_token_file") or environ.get(_TOKEN_VARIABLE)
    if not arn or not token_file:
        key, variable = ("web_identity_token_file", _TOKEN_VARIABLE) if arn else ("role_arn", _ROLE_VARIABLE)
        raise DomovoiError(
            f"{_WEB_IDENTITY} has no {key}, and {variable} is not set.",
            f"Set one of them. CI systems that issue tokens set {variable}.",
        )
    name = identity.get("session_name") or environ.get(_NAME_VARIABLE)
    request = _build_request({**identity, "session_name": name}, arn)
    token = _read_token(Path(token_file))
    return _read_credentials(client.assume_role_with_web_identity(**request, WebIdentityToken=token))


def _read_token(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text"
        raise DomovoiError(
            f"The web identity token {path} cannot be read: {reason}.",
            f"Check web_identity_token_file of {_WEB_IDENTITY}, or {_TOKEN_VARIABLE}.",
        ) from error


def _build_request(role: Mapping[str, Any], arn: str) -> dict[str, Any]:
    """Returns the parameters that both ways to assume a role have."""
    duration = role.get("duration")
    options = {
        "DurationSeconds": parse_duration(str(duration)) if duration else None,
        "Policy": role.get("policy"),
        "PolicyArns": [{"arn": policy} for policy in role.get("policy_arns") or ()],
    }
    name = role.get("session_name") or _SESSION_NAME
    return {"RoleArn": arn, "RoleSessionName": name, **_drop(options)}


def _drop(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value}


def _read_credentials(response: Mapping[str, Any]) -> dict[str, str]:
    """Returns the credentials of a response in the form that botocore's refreshable credentials have."""
    credentials = response["Credentials"]
    return {
        "access_key": credentials["AccessKeyId"],
        "secret_key": credentials["SecretAccessKey"],
        "token": credentials["SessionToken"],
        "expiry_time": credentials["Expiration"].isoformat(),
    }
