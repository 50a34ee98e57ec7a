"""The resource types that Terraform writes as a whole, although others may have added to the objects."""

from __future__ import annotations

from ...model.resource_type import ResourceType
from .lookups import (
    list_bucket_statements,
    list_notification_entries,
    list_queue_statements,
    list_topic_statements,
)

_POLICY_ADVICE = "Pass the statements in source_policies of the app's module (docs/guides/policies.md)."
TOPIC_POLICY = ResourceType(
    type="aws_sns_topic_policy",
    noun="SNS topic policy",
    identity=("arn",),
    main_attribute="policy",
    adopted="SetTopicAttributes replaces the policy",
    list_others=list_topic_statements,
    advice=_POLICY_ADVICE,
)
QUEUE_POLICY = ResourceType(
    type="aws_sqs_queue_policy",
    noun="SQS queue policy",
    identity=("queue_url",),
    main_attribute="policy",
    adopted="SetQueueAttributes replaces the policy",
    list_others=list_queue_statements,
    advice=_POLICY_ADVICE,
)
BUCKET_POLICY = ResourceType(
    type="aws_s3_bucket_policy",
    noun="S3 bucket policy",
    identity=("bucket",),
    main_attribute="policy",
    adopted="PutBucketPolicy replaces the policy",
    list_others=list_bucket_statements,
    advice=_POLICY_ADVICE,
)
NOTIFICATION = ResourceType(
    type="aws_s3_bucket_notification",
    noun="S3 bucket notification",
    identity=("bucket",),
    kind=lambda _: "s3",
    source=("bucket",),
    adopted="PutBucketNotificationConfiguration replaces the notification",
    list_others=list_notification_entries,
    advice="Leave the notification to its owner, with manage_notification=False, sns_topic= or "
    "use_eventbridge=True (docs/sources/s3.md).",
)
