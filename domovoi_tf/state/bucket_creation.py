"""Creates the S3 bucket that keeps Terraform's remote state, or completes the one that is there.

https://developer.hashicorp.com/terraform/language/backend/s3
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from domovoi_tf.errors import BackendError
from domovoi_tf.state import bucket as buckets
from domovoi_tf.state import bucket_settings
from domovoi_tf.terraform.runner import override_environment

_SNIPPET = '{"terraform": {"backend": {"s3": {"bucket": "<a name of your choice>"}}}}'


class Created(NamedTuple):
    """What was done: the bucket, its region, and one line for each change; none where all was in place.

    In a dry run the lines say what would be done. ``partition`` is AWS's, and ``kms_key`` the ARN of the key
    that states are encrypted with, where it is not S3's own.
    """

    bucket: str
    region: str
    changes: tuple[str, ...]
    partition: str = "aws"
    kms_key: str | None = None


def create(
    backend_type: str | None,
    configuration: Mapping[str, Any],
    environ: Mapping[str, str],
    kms_key: str | None = None,
    *,
    dry_run: bool = False,
) -> Created:
    """Makes the state bucket versioned, encrypted, private, TLS only and free of old versions.

    It may be called again at any time. A setting of the bucket's owner is kept: other policy statements
    and lifecycle rules, encryption with a KMS key that the configuration does not name.

    Args:
        backend_type: Terraform's name of the backend; None where the stage has none.
        configuration: the backend's configuration: ``bucket``, and optionally ``region``, ``kms_key_id``,
            ``profile``, ``assume_role`` and ``endpoints``.
        environ: the environment variables to take credentials, region and endpoint from.
        kms_key: the ARN, ID or alias of a KMS key to encrypt with from now on.
        dry_run: whether to change nothing.

    Raises:
        BackendError: the backend is not S3, the bucket is another account's or in another region, there
            are no credentials or region, or AWS refuses.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    """
    name = bucket_name(backend_type, configuration)
    with override_environment(environment_of(environ)), buckets.explained(name):
        bucket = buckets.connect(name, configuration, environ)
        key = buckets.key_arn(bucket, kms_key) if kms_key else configuration.get("kms_key_id")
        changes = bucket_settings.changes(bucket, key, replace_key=bool(kms_key))
        if not dry_run:
            for change in changes:
                change.make()
    lines = tuple(change.wanted if dry_run else change.done for change in changes)
    return Created(name, bucket.region, lines, bucket.partition, _arn(bucket, key))


def bucket_name(backend_type: str | None, configuration: Mapping[str, object]) -> str:
    """Returns the name of a backend's bucket; raises BackendError where it has none."""
    if not backend_type:
        raise BackendError(
            "No backend is configured for the stage: its state is kept in a local file.",
            f"Add one to .chalice/config.json: {_SNIPPET}",
        )
    if backend_type != "s3":
        raise BackendError(
            f'The backend "{backend_type}" is not an S3 bucket; nothing to create.',
            "Set it up with its provider's own tools, then run `domovoi-tf deploy`.",
        )
    if not (name := configuration.get("bucket")):
        raise BackendError("The s3 backend names no bucket.", f"Set {buckets.SETTING}.")
    return str(name)


def backend_tf(arguments: Mapping[str, Any]) -> str:
    """Returns the ``backend.tf`` of an s3 backend, without its header.

    Args:
        arguments: the backend's arguments.
    """
    from domovoi_tf.rendering.templates import render_backend
    from domovoi_tf.synthesis.backend_block import backend as block
    from domovoi_tf.system import assets

    return render_backend(block(("s3", dict(sorted(arguments.items())))), assets.find_templates())


def deployer_policy(created: Created, key: str) -> dict[str, Any]:
    """Returns the IAM policy of somebody who deploys: what Terraform needs for the state and its lock.

    Listing is for the bucket and not for a prefix: without it S3 says of a state that is not there yet that
    it is forbidden. The state's old versions are only read.

    Args:
        created: the bucket, as `create` returns it.
        key: the state's key in it.

    https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
    """
    arn = f"arn:{created.partition}:s3:::{created.bucket}"
    statements: list[dict[str, Any]] = [
        _allow("StateBucket", ["s3:ListBucket"], arn),
        _allow("State", ["s3:GetObject", "s3:PutObject"], f"{arn}/{key}"),
        _allow("StateLock", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], f"{arn}/{key}.tflock"),
    ]
    if created.kms_key:
        statements.append(_allow("StateKey", ["kms:Decrypt", "kms:GenerateDataKey"], created.kms_key))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, actions: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def environment_of(environ: Mapping[str, str]) -> dict[str, str | None]:
    """Returns what makes of this process's environment the one that was given."""
    return {**dict.fromkeys(os.environ), **environ}


def _arn(bucket: buckets.Bucket, key: str | None) -> str | None:
    """Returns the ARN of a key that the configuration names by its ARN or ID."""
    if not key or key.startswith("arn:"):
        return key
    name = key if key.startswith("alias/") else f"key/{key}"
    return f"arn:{bucket.partition}:kms:{bucket.region}:{bucket.account}:{name}"
