"""Creates the state bucket and describes the result, for `backend create` and `local deploy`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from domovoi_tf.cli.pipeline import Project
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
        app_policy: the IAM policy for deploying the app; None if the app cannot be read.
    """

    bucket: CreationResult
    arguments: Mapping[str, Any]
    backend_tf: str
    policy: dict[str, Any]
    dry_run: bool
    is_partial: bool = False
    app_policy: dict[str, Any] | None = None


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
    from domovoi_tf.state.deployer.policy import build_plan_policy

    policies = [creation.policy, *([creation.app_policy] if creation.app_policy else [])]
    return {
        "bucket": creation.bucket.bucket,
        "region": creation.bucket.region,
        "changes": list(creation.bucket.changes),
        "dry_run": creation.dry_run,
        "kms_key": creation.bucket.kms_key,
        "backend_tf": creation.backend_tf,
        "policy": creation.policy,
        "app_policy": creation.app_policy,
        "plan_policy": build_plan_policy(*policies),
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
        *_format_app_policy(creation.app_policy),
    ]


def build_app_policy(project: Project, bucket: CreationResult, at_emulator: bool) -> dict[str, Any]:
    """Returns the IAM policy for deploying an app.

    Args:
        project: the app and the settings of its stage.
        bucket: the state bucket, in the partition of the app.
        at_emulator: whether the app is deployed to the emulator, whatever its roles are.
    """
    from domovoi_tf.operations.identity.roles import find_account
    from domovoi_tf.rendering.templates import render
    from domovoi_tf.state.deployer import policy
    from domovoi_tf.state.deployer.keys import find_keys
    from domovoi_tf.synthesis.app_module import synthesize
    from domovoi_tf.system import assets

    settings = project.settings
    stack = synthesize(project.application, settings)
    files = render(stack, assets.find_templates(), assets.find_modules())
    types = policy.list_types(file.content.decode() for file in files if file.path.endswith(".tf"))
    region = settings.provider.get("region") or os.environ.get("AWS_REGION") or bucket.region
    account = None if at_emulator else find_account(settings.provider)
    place = policy.Place(bucket.partition, str(region), account or bucket.account)
    package = (settings.package_s3 or {}).get("bucket")
    roles = policy.find_roles(project.application, settings)
    keys = find_keys(project.application, settings)
    return policy.build_app_policy(stack, types, place, package, roles, keys)


def _format_app_policy(policy: Mapping[str, Any] | None) -> list[str]:
    if policy is None:
        return []
    return [f"\nIAM policy for deploying the resources of the app:\n\n{json.dumps(policy, indent=2)}"]


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
