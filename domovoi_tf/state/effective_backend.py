"""Finds the backend that a stage uses, of which the configuration may have a part only.

Terraform merges the block in ``backend.tf`` with that of an override file, and with the ``-backend-config``
arguments of ``terraform init``, and records the result.

https://developer.hashicorp.com/terraform/language/backend#partial-configuration
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.errors import BackendError
from domovoi_tf.state.backend_arguments import (
    INIT_ARGUMENTS,
    Configuration,
    read_init_arguments,
    read_override,
)
from domovoi_tf.state.backend_root import Backend, read_record, resolve_backend


def find_backend(
    configuration: Configuration | None, root: Path, environ: Mapping[str, str], *, initialized: bool = True
) -> Backend:
    """Returns the backend of a stage: that of the last ``init``, if it completes the configuration.

    Args:
        configuration: the configured type and arguments; None for a local file.
        root: the stage's folder.
        environ: the environment variables, of which ``TF_CLI_ARGS_init`` and ``TF_DATA_DIR`` are read.
        initialized: whether to use what the last ``init`` recorded.
    """
    override = read_override(root)
    kind, arguments = override or configuration or ("local", {})
    given = read_init_arguments(root, environ)
    record = read_record(root, environ) if initialized else None
    if record and record[0] == kind:
        is_incomplete = bool(override or given) or is_partial((kind, arguments))
        if is_incomplete or _completes(record[1], kind, arguments):
            return resolve_backend(record, root)
    return resolve_backend((kind, {**arguments, **given}), root)


def _completes(recorded: Mapping[str, Any], kind: str, arguments: Mapping[str, Any]) -> bool:
    """Returns whether recorded arguments may add something to configured ones, and change none of them."""
    is_complete = kind == "local" or (kind == "s3" and "region" in arguments)
    return not is_complete and all(recorded.get(name) == value for name, value in arguments.items())


def is_partial(configuration: Configuration | None) -> bool:
    """Returns whether a configuration lacks the bucket, which ``init`` must get in another way."""
    return configuration is not None and configuration[0] == "s3" and not configuration[1].get("bucket")


def require_bucket(configuration: Configuration | None, root: Path, environ: Mapping[str, str]) -> None:
    """Checks that ``terraform init`` gets the bucket of an s3 backend.

    Args:
        configuration: the configured type and arguments; None for a local file.
        root: the stage's folder.
        environ: the environment variables.

    Raises:
        BackendError: none of the configuration, override files, environment and last ``init`` has it.
    """
    backend = find_backend(configuration, root, environ)
    if is_partial((backend.type, backend.arguments)):
        raise BackendError(
            f"The s3 backend of {root.name} has no bucket, neither in .chalice/config.json nor in "
            f"{INIT_ARGUMENTS}.",
            "Set terraform.backend.s3.bucket in .chalice/config.json, or pass it to `terraform init`: "
            f'export {INIT_ARGUMENTS}="-backend-config=bucket=NAME -backend-config=region=REGION"',
        )
