"""The actions with which the AWS provider manages the types of resources in rendered trees.

Each scope is a kind of ARN; some actions of AWS have no resource, and belong to the scope "Any".

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Mapping

Actions = Mapping[str, str]
ANY = "Any"

#: The ARNs of each scope, without partition, Region and account; ``{name}`` and others stand for names.
ARNS: Mapping[str, tuple[str, ...]] = {
    "Functions": ("lambda:{region}:{account}:function:{name}",),
    "Layers": ("lambda:{region}:{account}:layer:{name}",),
    "Roles": ("iam::{account}:role/{role}",),
    "LogGroups": (
        "logs:{region}:{account}:log-group:/aws/lambda/{name}",
        "logs:{region}:{account}:log-group:/aws/vendedlogs/states/{name}",
        "logs:{region}:{account}:log-group:{source}",
    ),
    "Rules": ("events:{region}:{account}:rule/{name}", "events:{region}:{account}:rule/*/{name}"),
    "Schedules": (
        "scheduler:{region}:{account}:schedule/*/{name}",
        "scheduler:{region}:{account}:schedule-group/{name}",
    ),
    "StateMachines": ("states:{region}:{account}:stateMachine:{name}",),
    "Topics": ("sns:{region}:{account}:{name}",),
    "Queues": ("sqs:{region}:{account}:{name}",),
    "Buckets": ("s3:::{name}",),
    "Packages": ("s3:::{package}",),
    "Streams": ("kinesis:{region}:{account}:stream/{name}",),
    "Tables": ("dynamodb:{region}:{account}:table/{name}",),
    "LoadBalancers": (
        "elasticloadbalancing:{region}:{account}:loadbalancer/app/{balancer}/*",
        "elasticloadbalancing:{region}:{account}:targetgroup/{balancer}/*",
        "elasticloadbalancing:{region}:{account}:listener/app/*",
        "elasticloadbalancing:{region}:{account}:listener-rule/app/*",
    ),
    "HostedZones": ("route53:::hostedzone/*", "route53:::change/*"),
}
#: The type of resource whose names in the app belong to a scope.
NAMED: Mapping[str, str] = {
    "Rules": "aws_cloudwatch_event_rule",
    "Schedules": "aws_cloudwatch_event_rule",
    "Topics": "aws_sns_topic",
    "Queues": "aws_sqs_queue",
    "Buckets": "aws_s3_bucket",
    "Streams": "aws_kinesis_stream",
    "Tables": "aws_dynamodb_table",
    "LogGroups": "aws_cloudwatch_log_group",
}

_TAGS = "ListTagsForResource TagResource UntagResource"
_BUCKET = (
    "CreateBucket DeleteBucket ListBucket GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging "
    "GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment GetBucketTagging "
    "GetBucketVersioning GetBucketWebsite GetAccelerateConfiguration GetEncryptionConfiguration "
    "GetLifecycleConfiguration GetReplicationConfiguration PutBucketTagging"
)
_LOOK_UP_NETWORK = "DescribeSecurityGroups DescribeSubnets DescribeVpcs DescribeNetworkInterfaces"

#: The actions by the type of resource and by scope, as ``service:`` and their names.
RESOURCES: Mapping[str, Actions] = {
    "aws_cloudwatch_event_rule": {
        "Rules": f"events: PutRule DescribeRule DeleteRule EnableRule DisableRule {_TAGS}"
    },
    "aws_cloudwatch_event_target": {"Rules": "events: PutTargets RemoveTargets ListTargetsByRule"},
    "aws_cloudwatch_log_group": {
        "LogGroups": "logs: CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy "
        f"AssociateKmsKey DisassociateKmsKey {_TAGS}",
        ANY: "logs: DescribeLogGroups",
    },
    "aws_cloudwatch_log_subscription_filter": {
        "LogGroups": "logs: PutSubscriptionFilter DeleteSubscriptionFilter DescribeSubscriptionFilters"
    },
    "aws_iam_role": {
        "Roles": "iam: CreateRole GetRole DeleteRole UpdateRole UpdateRoleDescription TagRole UntagRole "
        "UpdateAssumeRolePolicy ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole "
        "PutRolePermissionsBoundary DeleteRolePermissionsBoundary PassRole"
    },
    "aws_iam_role_policy": {"Roles": "iam: PutRolePolicy GetRolePolicy DeleteRolePolicy"},
    "aws_kinesis_stream": {
        "Streams": "kinesis: CreateStream DescribeStream DescribeStreamSummary DeleteStream UpdateShardCount "
        "UpdateStreamMode IncreaseStreamRetentionPeriod DecreaseStreamRetentionPeriod StartStreamEncryption "
        f"StopStreamEncryption ListTagsForStream AddTagsToStream RemoveTagsFromStream {_TAGS}"
    },
    "aws_lambda_alias": {"Functions": "lambda: CreateAlias GetAlias UpdateAlias DeleteAlias"},
    "aws_lambda_event_source_mapping": {
        ANY: "lambda: CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping "
        "DeleteEventSourceMapping ListTags TagResource UntagResource"
    },
    "aws_lambda_function": {
        "Functions": "lambda: CreateFunction GetFunction GetFunctionConfiguration "
        "GetFunctionCodeSigningConfig PutFunctionCodeSigningConfig DeleteFunctionCodeSigningConfig "
        "GetFunctionRecursionConfig ListVersionsByFunction UpdateFunctionCode UpdateFunctionConfiguration "
        "DeleteFunction PublishVersion PutFunctionConcurrency DeleteFunctionConcurrency ListTags TagResource "
        "UntagResource",
        ANY: f"lambda: GetLayerVersion GetCodeSigningConfig | ec2: {_LOOK_UP_NETWORK}",
    },
    "aws_lambda_function_event_invoke_config": {
        "Functions": "lambda: PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig "
        "UpdateFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig"
    },
    "aws_lambda_function_url": {
        "Functions": "lambda: CreateFunctionUrlConfig GetFunctionUrlConfig UpdateFunctionUrlConfig "
        "DeleteFunctionUrlConfig"
    },
    "aws_lambda_layer_version": {"Layers": "lambda: PublishLayerVersion GetLayerVersion DeleteLayerVersion"},
    "aws_lambda_permission": {"Functions": "lambda: AddPermission RemovePermission GetPolicy"},
    "aws_lb": {
        "LoadBalancers": "elasticloadbalancing: CreateLoadBalancer DeleteLoadBalancer AddTags RemoveTags "
        "ModifyLoadBalancerAttributes SetSecurityGroups SetSubnets SetIpAddressType",
        ANY: "elasticloadbalancing: DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTags "
        f"DescribeCapacityReservation | ec2: {_LOOK_UP_NETWORK} DescribeInternetGateways "
        "DescribeAccountAttributes",
    },
    "aws_lb_listener": {
        "LoadBalancers": "elasticloadbalancing: CreateListener ModifyListener DeleteListener "
        "ModifyListenerAttributes",
        ANY: "elasticloadbalancing: DescribeListeners DescribeListenerAttributes",
    },
    "aws_lb_listener_rule": {
        "LoadBalancers": "elasticloadbalancing: CreateRule ModifyRule DeleteRule SetRulePriorities AddTags "
        "RemoveTags",
        ANY: "elasticloadbalancing: DescribeRules DescribeListeners DescribeTags",
    },
    "aws_lb_target_group": {
        "LoadBalancers": "elasticloadbalancing: CreateTargetGroup ModifyTargetGroup DeleteTargetGroup "
        "ModifyTargetGroupAttributes",
        ANY: "elasticloadbalancing: DescribeTargetGroups DescribeTargetGroupAttributes",
    },
    "aws_lb_target_group_attachment": {
        "LoadBalancers": "elasticloadbalancing: RegisterTargets DeregisterTargets",
        ANY: "elasticloadbalancing: DescribeTargetHealth",
    },
    "aws_route53_record": {
        "HostedZones": "route53: ChangeResourceRecordSets ListResourceRecordSets GetHostedZone GetChange"
    },
    "aws_s3_bucket": {"Buckets": f"s3: {_BUCKET}", ANY: "s3: ListAllMyBuckets"},
    "aws_s3_bucket_lifecycle_configuration": {
        "Buckets": "s3: GetLifecycleConfiguration PutLifecycleConfiguration"
    },
    "aws_s3_bucket_logging": {"Buckets": "s3: GetBucketLogging PutBucketLogging"},
    "aws_s3_bucket_notification": {"Buckets": "s3: GetBucketNotification PutBucketNotification"},
    "aws_s3_bucket_policy": {"Buckets": "s3: GetBucketPolicy PutBucketPolicy DeleteBucketPolicy"},
    "aws_s3_bucket_public_access_block": {
        "Buckets": "s3: GetBucketPublicAccessBlock PutBucketPublicAccessBlock"
    },
    "aws_s3_bucket_server_side_encryption_configuration": {
        "Buckets": "s3: GetEncryptionConfiguration PutEncryptionConfiguration"
    },
    "aws_s3_bucket_versioning": {"Buckets": "s3: GetBucketVersioning PutBucketVersioning"},
    "aws_s3_object": {
        "Packages": "s3: ListBucket GetObject GetObjectTagging PutObject PutObjectTagging DeleteObject"
    },
    "aws_scheduler_schedule": {
        "Schedules": "scheduler: CreateSchedule GetSchedule UpdateSchedule DeleteSchedule"
    },
    "aws_scheduler_schedule_group": {
        "Schedules": f"scheduler: CreateScheduleGroup GetScheduleGroup DeleteScheduleGroup {_TAGS}"
    },
    "aws_security_group": {
        ANY: "ec2: CreateSecurityGroup DeleteSecurityGroup RevokeSecurityGroupEgress CreateTags DeleteTags "
        f"{_LOOK_UP_NETWORK}"
    },
    "aws_ses_receipt_rule": {
        ANY: "ses: CreateReceiptRule DescribeReceiptRule DescribeReceiptRuleSet UpdateReceiptRule "
        "DeleteReceiptRule SetReceiptRulePosition"
    },
    "aws_sfn_state_machine": {
        "StateMachines": "states: CreateStateMachine DescribeStateMachine UpdateStateMachine "
        f"DeleteStateMachine ListStateMachineVersions {_TAGS}",
        ANY: "states: ValidateStateMachineDefinition",
    },
    "aws_sns_topic": {
        "Topics": f"sns: CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic {_TAGS}"
    },
    "aws_sns_topic_policy": {"Topics": "sns: GetTopicAttributes SetTopicAttributes"},
    "aws_sns_topic_subscription": {
        "Topics": "sns: Subscribe ListSubscriptionsByTopic",
        ANY: "sns: GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe",
    },
    "aws_sqs_queue": {
        "Queues": "sqs: CreateQueue GetQueueAttributes SetQueueAttributes GetQueueUrl DeleteQueue "
        "ListQueueTags TagQueue UntagQueue"
    },
    "aws_sqs_queue_policy": {"Queues": "sqs: GetQueueAttributes SetQueueAttributes"},
    "aws_sqs_queue_redrive_allow_policy": {"Queues": "sqs: GetQueueAttributes SetQueueAttributes"},
    "aws_sqs_queue_redrive_policy": {"Queues": "sqs: GetQueueAttributes SetQueueAttributes"},
    "aws_vpc_security_group_ingress_rule": {
        ANY: "ec2: AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress ModifySecurityGroupRules "
        "DescribeSecurityGroupRules CreateTags DeleteTags"
    },
    "aws_wafv2_web_acl_association": {
        "LoadBalancers": "elasticloadbalancing: SetWebACL",
        ANY: "wafv2: AssociateWebACL DisassociateWebACL GetWebACL GetWebACLForResource",
    },
}
#: The actions of look-ups, by the type of data source.
LOOK_UPS: Mapping[str, Actions] = {
    "aws_acm_certificate": {
        ANY: "acm: ListCertificates DescribeCertificate GetCertificate ListTagsForCertificate"
    },
    "aws_cloudwatch_log_group": {ANY: "logs: DescribeLogGroups ListTagsForResource"},
    "aws_dynamodb_table": {
        "Tables": "dynamodb: DescribeTable DescribeContinuousBackups DescribeTimeToLive ListTagsOfResource"
    },
    "aws_kinesis_stream": {
        "Streams": "kinesis: DescribeStream DescribeStreamSummary ListTagsForStream ListTagsForResource"
    },
    "aws_lb_listener": {
        ANY: "elasticloadbalancing: DescribeListeners DescribeListenerAttributes DescribeTags"
    },
    "aws_route53_zone": {
        ANY: "route53: ListHostedZones ListHostedZonesByName GetHostedZone ListTagsForResource "
        "ListResourceRecordSets"
    },
    "aws_sns_topic": {ANY: "sns: ListTopics ListTagsForResource GetTopicAttributes"},
    "aws_sqs_queue": {"Queues": "sqs: GetQueueUrl GetQueueAttributes ListQueueTags"},
    "aws_subnet": {ANY: "ec2: DescribeSubnets"},
    "aws_subnets": {ANY: "ec2: DescribeSubnets"},
    "aws_vpc": {ANY: "ec2: DescribeVpcs DescribeVpcAttribute DescribeRouteTables"},
}
#: Data sources without a request that IAM can deny.
FREE = frozenset({"aws_caller_identity", "aws_iam_policy_document", "aws_partition", "aws_region"})
