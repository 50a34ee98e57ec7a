"""The types of a bucket that the app creates, and of the resources with its settings.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs
"""

from __future__ import annotations

from ...model.resource_type import ResourceType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def _find_bucket(client: Callable[[str], Any], planned: Mapping[str, Any]) -> str:
    client("s3").head_bucket(Bucket=planned["bucket"])
    return str(planned["bucket"])


BUCKET = ResourceType(
    type="aws_s3_bucket",
    noun="S3 bucket",
    identity=("bucket",),
    reflects={
        name: (f"aws_s3_bucket_{by}", "bucket")
        for name, by in {
            "lifecycle_rule": "lifecycle_configuration",
            "logging": "logging",
            "policy": "policy",
            "server_side_encryption_configuration": "server_side_encryption_configuration",
            "versioning": "versioning",
        }.items()
    },
    find=_find_bucket,
    setting="buckets",
)
BUCKET_ACCESS = ResourceType(
    type="aws_s3_bucket_public_access_block",
    noun="S3 public access block",
    identity=("bucket",),
    adopted="PutPublicAccessBlock replaces the settings",
)
BUCKET_ENCRYPTION = ResourceType(
    type="aws_s3_bucket_server_side_encryption_configuration",
    noun="S3 bucket encryption",
    identity=("bucket",),
    adopted="PutBucketEncryption replaces the configuration",
)
BUCKET_LIFECYCLE = ResourceType(
    type="aws_s3_bucket_lifecycle_configuration",
    noun="S3 bucket lifecycle",
    identity=("bucket",),
    adopted="PutBucketLifecycleConfiguration replaces the rules",
)
BUCKET_LOGGING = ResourceType(
    type="aws_s3_bucket_logging",
    noun="S3 access logging",
    identity=("bucket",),
    adopted="PutBucketLogging replaces the configuration",
)
BUCKET_VERSIONING = ResourceType(
    type="aws_s3_bucket_versioning",
    noun="S3 bucket versioning",
    identity=("bucket",),
    adopted="PutBucketVersioning replaces the setting",
)
BUCKET_RESOURCES: tuple[ResourceType, ...] = (
    BUCKET,
    BUCKET_ACCESS,
    BUCKET_ENCRYPTION,
    BUCKET_LIFECYCLE,
    BUCKET_LOGGING,
    BUCKET_VERSIONING,
)
