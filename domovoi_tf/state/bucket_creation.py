"""Creates the S3 bucket of a remote state, or adds the settings that an existing bucket lacks.

https://developer.hashicorp.com/terraform/language/backend/s3
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from domovoi_tf.errors import BackendError
from domovoi_tf.state import bucket as buckets
from domovoi_tf.state import bucket_settings
from domovoi_tf.system.suggestions import spell
from domovoi_tf.terraform.runner import override_environment

_SNIPPET = '{"terraform": {"backend": {"s3": {"bucket": "<a name of your choice>"}}}}'


class CreationResult(NamedTuple):
    """The result of `create_bucket`.

    Args:
        bucket: the name of the bucket.
        region: its region.
        changes: one line per change that was made, or, in a dry run, that would be made.
        partition: the AWS partition, such as ``aws`` or ``aws-cn``.
        kms_key: the ARN of the KMS key that encrypts states; None for a key of S3.
        table_arn: the ARN of the DynamoDB table in which Terraform locks states too; None if there is none.
        account: the account of the bucket.
    """

    bucket: str
    region: str
    changes: tuple[str, ...]
    partition: str = "aws"
    kms_key: str | None = None
    table_arn: str | None = None
    account: str = ""


def create_bucket(
    backend_type: str | None,
    configuration: Mapping[str, Any],
    environ: Mapping[str, str],
    kms_key: str | None = None,
    *,
    dry_run: bool = False,
) -> CreationResult:
    """Creates the state bucket if it is missing, and makes it versioned, encrypted, private and TLS only.

    Old versions of the state expire. Safe to repeat. Keeps settings of the bucket's owner: other policy
    statements, other lifecycle rules, and encryption with a KMS key that the configuration does not name.

    Args:
        backend_type: Terraform's name of the backend; None if the stage has none.
        configuration: the backend's arguments: ``bucket``, and optionally ``region``, ``kms_key_id``,
            ``profile``, ``assume_role`` and ``endpoints``.
        environ: the environment variables, which may set credentials, region and endpoint.
        kms_key: the ARN, ID or alias of a KMS key with which to encrypt from now on.
        dry_run: if true, changes nothing.

    Raises:
        BackendError: the backend is not s3; the bucket belongs to another account or is in another region;
            credentials or region are missing; or AWS refuses a request.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    """
    name = require_bucket_name(backend_type, configuration)
    with override_environment(build_overrides(environ)), buckets.translate_errors(name):
        bucket = buckets.connect(name, configuration, environ)
        key = buckets.resolve_key_arn(bucket, kms_key) if kms_key else configuration.get("kms_key_id")
        changes = bucket_settings.find_changes(bucket, key, replace_key=bool(kms_key))
        if not dry_run:
            for change in changes:
                change.apply()
    lines = tuple(change.pending if dry_run else change.done for change in changes)
    table = configuration.get("dynamodb_table")
    table_arn = f"arn:{bucket.partition}:dynamodb:{bucket.region}:{bucket.account}:table/{table}"
    return CreationResult(
        name,
        bucket.region,
        lines,
        bucket.partition,
        _build_key_arn(bucket, key),
        table_arn if table else None,
        bucket.account,
    )


def require_bucket_name(backend_type: str | None, configuration: Mapping[str, object]) -> str:
    """Returns the name of a backend's bucket.

    Args:
        backend_type: Terraform's name of the backend; None if the stage has none.
        configuration: the backend's arguments.

    Raises:
        BackendError: the backend is not s3, or has no bucket name.
    """
    if not backend_type:
        raise BackendError(
            "No backend is configured for the stage: its state is kept in a local file.",
            f"Add one to .chalice/config.json: {_SNIPPET}",
        )
    if backend_type != "s3":
        raise BackendError(
            f'The backend "{backend_type}" does not keep its state in S3: there is no bucket to create.',
            "Set it up with the tools of its provider, then deploy.",
        )
    if not (name := configuration.get("bucket")):
        raise BackendError(
            "The s3 backend has no bucket name.",
            f"Set {buckets.BUCKET_SETTING}, or pass it to `terraform init`: "
            'export TF_CLI_ARGS_init="-backend-config=bucket=NAME -backend-config=region=REGION"',
        )
    return str(name)


def require_key(configuration: Mapping[str, object], stage: str) -> str:
    """Returns the key of a state in its bucket.

    Args:
        configuration: the arguments of an s3 backend.
        stage: the name of the stage.

    Raises:
        BackendError: the backend has no key.
    """
    if not (key := configuration.get("key")):
        raise BackendError(
            "The s3 backend has no key.",
            "Configure terraform.backend.s3 in .chalice/config.json, which has a default, or run "
            f"`{spell('init', stage)}` first.",
        )
    return str(key)


def render_backend_tf(arguments: Mapping[str, Any]) -> str:
    """Returns the ``backend.tf`` of an s3 backend, without its header.

    Args:
        arguments: the backend's arguments.
    """
    from domovoi_tf.rendering.templates import render_backend
    from domovoi_tf.synthesis.backend_block import build_backend as block
    from domovoi_tf.system import assets

    return render_backend(block(("s3", dict(sorted(arguments.items())))), assets.find_templates())


def build_deployer_policy(created: CreationResult, key: str) -> dict[str, Any]:
    """Returns the IAM policy that Terraform needs to read, write and lock a state.

    The policy permits listing the whole bucket: otherwise S3 answers "forbidden", not "not found", for a
    state that does not exist yet. It permits nothing on old versions of the state.

    Args:
        created: the bucket, as `create_bucket` returns it.
        key: the state's key in the bucket.

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
    if created.table_arn:
        actions = ["dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem"]
        statements.append(_allow("StateLockTable", actions, created.table_arn))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, actions: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def build_overrides(environ: Mapping[str, str]) -> dict[str, str | None]:
    """Returns the overrides that turn this process's environment into another one.

    Args:
        environ: all variables of the other environment.
    """
    return {**dict.fromkeys(os.environ), **environ}


def _build_key_arn(bucket: buckets.Bucket, key: str | None) -> str | None:
    """Returns the ARN of a key that is configured by its ARN, ID or alias."""
    if not key or key.startswith("arn:"):
        return key
    name = key if key.startswith("alias/") else f"key/{key}"
    return f"arn:{bucket.partition}:kms:{bucket.region}:{bucket.account}:{name}"
