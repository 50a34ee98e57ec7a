"""The quotas that apps with many handlers reach first, with the pages on which AWS documents them."""

from __future__ import annotations

from ...model.quota import Quota

#: The rules of a bus; 100 in Cape Town and Milan.
#: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
RULES = Quota(
    service="EventBridge",
    unit="rules",
    most=300,
    code="L-244521F2",
    advice='use EventBridge Scheduler for schedules with timezone="UTC", or another bus with event_bus_name=',
)
#: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
WILDCARD_RULES = Quota(
    service="EventBridge",
    unit="rules with a wildcard",
    most=30,
    advice="use a prefix or a suffix alone and compare the rest in the handler, or use another bus",
)
#: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
PATTERN_SIZE = Quota(
    service="EventBridge",
    unit="characters as JSON",
    most=2048,
    code="L-664C5505",
    advice="split the pattern into several rules",
)
#: A rule of a handler forwards to a target group of its own. Rules can be raised (L-7EED9B64); groups cannot.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
TARGET_GROUPS = Quota(
    service="Elastic Load Balancing",
    unit="target groups",
    most=100,
    advice="handle several prefixes in one handler, or move handlers to another app with a load balancer of "
    "its own",
)
#: https://docs.aws.amazon.com/ses/latest/dg/quotas.html
RECEIPT_RULES = Quota(
    service="SES",
    unit="receipt rules",
    most=200,
    advice="handle several recipients in one handler",
)
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-dynamodb-streams
DYNAMODB_READERS = Quota(
    service="DynamoDB",
    unit="event source mappings",
    most=2,
    is_shared=True,
    advice="read it in one function that passes the records on, for example to a topic",
)
#: Lambda reads each shard once per second, and all readers of a shard share five requests per second.
#: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
#: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
KINESIS_READERS = Quota(
    service="Kinesis",
    unit="event source mappings",
    most=5,
    is_shared=True,
    advice="read it in one function that passes the records on, for example to a topic",
)
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROLES = Quota(
    service="IAM",
    unit="roles",
    most=1000,
    code="L-FE177D64",
    advice="let functions share an existing role with iam_role_arn, or deploy another app to another account",
)
#: The account's concurrency of 1,000, of which Lambda keeps 100 for functions without their own.
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
RESERVED_CONCURRENCY = Quota(
    service="Lambda",
    unit="reserved concurrent executions",
    most=900,
    code="L-B99A9384",
    kept=100,
    advice="reserve less with reserved_concurrency",
)
