"""Creates the state bucket and describes the result, for `backend create` and `local deploy`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from domovoi_tf.state.bucket_creation import CreationResult


class Creation(NamedTuple):
    """A state bucket that was created or corrected.

    Args:
        bucket: the bucket and its changes.
        arguments: the configured arguments of the backend.
        backend_tf: the content of ``backend.tf``.
        policy: the IAM policy for using the bucket.
        dry_run: whether the changes were not made.
        is_partial: whether the configuration lacks arguments, which `terraform init` gets in another way.
    """

    bucket: CreationResult
    arguments: Mapping[str, Any]
    backend_tf: str
    policy: dict[str, Any]
    dry_run: bool
    is_partial: bool = False


def create(
    backend: tuple[str, Mapping[str, Any]] | None,
    stage: str,
    kms_key: str | None = None,
    dry_run: bool = False,
) -> Creation:
    """Creates the state bucket of a backend or corrects its settings.

    Args:
        backend: the configured backend, as its type and arguments.
        stage: the name of the stage.
        kms_key: the KMS key to encrypt with from now on.
        dry_run: whether to change nothing.

    Raises:
        BackendError: the backend has no S3 bucket, or AWS rejects a request.
    """
    from domovoi_tf.state import bucket_creation

    backend_type, arguments = backend or (None, {})
    bucket = bucket_creation.create_bucket(backend_type, arguments, os.environ, kms_key, dry_run=dry_run)
    effective = {**arguments, "region": bucket.region, **({"kms_key_id": bucket.kms_key} if kms_key else {})}
    policy = bucket_creation.build_deployer_policy(bucket, bucket_creation.require_key(arguments, stage))
    return Creation(bucket, arguments, bucket_creation.render_backend_tf(effective), policy, dry_run)


def describe_creation(creation: Creation) -> dict[str, Any]:
    """Returns a created bucket for JSON."""
    return {
        "bucket": creation.bucket.bucket,
        "region": creation.bucket.region,
        "changes": list(creation.bucket.changes),
        "dry_run": creation.dry_run,
        "kms_key": creation.bucket.kms_key,
        "backend_tf": creation.backend_tf,
        "policy": creation.policy,
    }


def format_creation(creation: Creation) -> list[str]:
    """Returns the lines that describe a created bucket, its backend.tf and the policy for using it."""
    heading = "backend.tf, as `domovoi-tf render` writes it"
    if creation.is_partial:
        heading = "The backend, with the arguments that `terraform init` gets in another way"
    return [
        *format_changes(creation),
        *_format_key_advice(creation),
        f"\n{heading}:\n\n{creation.backend_tf}",
        f"IAM policy for deploying with this bucket:\n\n{json.dumps(creation.policy, indent=2)}",
    ]


def format_changes(creation: Creation) -> list[str]:
    """Returns the lines that describe the changes of a bucket."""
    bucket, dry_run = creation.bucket, creation.dry_run
    result = "not changed because of --dry-run" if dry_run else "ready"
    return [
        *(f"  {'would ' if dry_run else ''}{change}" for change in bucket.changes),
        f"{bucket.bucket}: {result if bucket.changes else 'nothing to change'}.",
    ]


def _format_key_advice(creation: Creation) -> list[str]:
    """Returns the advice to configure the KMS key: with `encrypt` alone, Terraform asks S3 for AES256."""
    if not creation.bucket.kms_key or creation.arguments.get("kms_key_id"):
        return []
    line = json.dumps({"kms_key_id": creation.bucket.kms_key})[1:-1]
    return [
        f"Add {line} to terraform.backend.s3 in .chalice/config.json.",
        "  Without it, S3 encrypts the state with AES256, whatever the bucket's default encryption is.",
    ]
