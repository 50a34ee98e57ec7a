"""The resources that remain after a stage is destroyed."""

from __future__ import annotations

from typing import Any

from domovoi_tf.plans.kept_resources import list_kept
from domovoi_tf.plans.resource_owners import Owners
from domovoi_tf.plans.summary import Line

OWNERS = Owners({"tend": "tend", "lambda": "", "iam": ""})
EMPTY = "if it contains objects, because AWS deletes only empty buckets"


def make_state(resource_type: str, values: dict[str, Any], mode: str = "managed") -> dict[str, Any]:
    return {"mode": mode, "type": resource_type, "name": "label", "values": values}


def test_foreign_resources_and_full_buckets_remain() -> None:
    sources = [
        make_state("aws_sns_topic", {"name": "orders"}),
        make_state("aws_s3_bucket", {"bucket": "bar-labels", "id": "bar-labels", "force_destroy": False}),
        make_state("aws_s3_bucket", {"bucket": "bar-scratch", "force_destroy": True}),
        make_state("aws_caller_identity", {"id": "123456789012"}, "data"),
        make_state("aws_partition", {"id": "aws"}, "data"),
        make_state("aws_region", {"name": "eu-west-1"}, "data"),
        make_state("aws_cloudwatch_log_group", {"name": "/web\x1b[2J"}, "data"),
        make_state("aws_dynamodb_table", {"name": "customers"}, "data"),
        make_state("aws_sns_topic", {}, "data"),
    ]
    function = [make_state("aws_cloudwatch_log_group", {"name": "/aws/lambda/bar"})]
    mine = {"resources": [make_state("aws_vpc", {"id": "vpc-1"}, "data")]}
    modules = [{"address": "module.app.module.lambda", "resources": function}]
    app = {"address": "module.app", "resources": sources, "child_modules": modules}
    plan = {"prior_state": {"values": {"root_module": {**mine, "child_modules": [app]}}}}
    foreign = "log group /web\ufffd[2J, DynamoDB table customers, SNS topic label"
    assert list_kept(plan, OWNERS) == (
        Line("sources", f"S3 bucket bar-labels: {EMPTY}"),
        Line("sources", f"{foreign}: not managed by this stage"),
        Line("stage", "vpc vpc-1: not managed by this stage"),
    )


def test_nothing_remains_without_a_state() -> None:
    assert list_kept({}, OWNERS) == ()
