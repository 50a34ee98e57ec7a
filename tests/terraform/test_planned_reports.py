"""Tests which event source mappings Terraform plans to read reports of failed records, and to split batches.

The emulator ignores such reports of streams, and does not split batches.
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tftest
from test_planned_settings import create_runner

from domovoi_tf import Domovoi, variable
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.terraform
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/customers/stream/2026-01-31T10:20:30.000"
HOST = f"""
provider "aws" {{}}

module "bar" {{
  source = "./app"

  table = "{TABLE}"
}}
"""
DECORATORS: dict[str, Callable[..., Any]] = {
    "sqs": lambda app, **options: app.sqs_queue_subscriber(options.pop("name"), **options),
    "kinesis": lambda app, **options: app.kinesis_stream_handler(options.pop("name"), create=True, **options),
    "dynamodb": lambda app, **options: app.dynamodb_stream_handler(
        variable("table"), **{"function": options.pop("name"), **options}
    ),
}
OPTIONS: dict[str, dict[str, object]] = {
    "plain": {},
    "reporting": {"report_failures": True},
    "single": {"per_record": True},
    "window": {"tumbling_window": 60},
    "reporting_window": {"tumbling_window": 60, "report_failures": True},
    "limited": {"maximum_retry_attempts": 3},
    "limited_single": {"maximum_retry_attempts": 3, "per_record": True},
}
STREAMS_ONLY = {"window", "reporting_window", "limited", "limited_single"}
CASES = [(kind, name) for kind in DECORATORS for name in OPTIONS if kind != "sqs" or name not in STREAMS_ONLY]


def build_app() -> Domovoi:
    app = Domovoi()
    for name in OPTIONS:
        app.function(name)
    for kind, name in CASES:

        def handle(event: Any, context: Any) -> None: ...

        handle.__name__ = f"{kind}_{name}"
        DECORATORS[kind](app, name=name, **OPTIONS[name])(handle)
    return app


@pytest.fixture(scope="module")
def planned(
    tmp_path_factory: pytest.TempPathFactory, attached_terraform: Binary, aws_environment: dict[str, str]
) -> dict[str, Any]:
    """The planned event source mappings, by the names of their handlers."""
    folder = tmp_path_factory.mktemp("host")
    root = create_runner(folder, HOST, attached_terraform, aws_environment, build_app())
    root.execute_command("plan", "-input=false", "-out=test.tfplan")
    plan = json.loads(root.execute_command("show", "-json", "test.tfplan").out)
    return {
        change["address"].split(".")[3]: change["change"]["after"]
        for change in plan["resource_changes"]
        if change["type"] == "aws_lambda_event_source_mapping"
    }


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_mapping_reads_reports_if_the_handler_makes_them(
    planned: dict[str, Any], kind: str, name: str
) -> None:
    mapping = planned[f"{kind}_{name}"]
    reports = name.startswith("reporting") or name.endswith("single")
    assert mapping["function_response_types"] == (["ReportBatchItemFailures"] if reports else None)
    assert mapping["tumbling_window_in_seconds"] == (60 if name.endswith("window") else None)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, name in CASES if kind != "sqs"])
def test_mapping_of_single_records_with_a_limit_splits_failed_batches(
    planned: dict[str, Any], kind: str, name: str
) -> None:
    """Lambda would otherwise discard a failed batch with records that the handler never received.

    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    """
    mapping = planned[f"{kind}_{name}"]
    assert mapping.get("maximum_retry_attempts") == (3 if name.startswith("limited") else -1)
    assert mapping["bisect_batch_on_function_error"] is (name == "limited_single")


MAPPING = {
    "event_source_arn": "arn:aws:kinesis:us-east-1:123456789012:stream/pours",
    "function_name": "arn:aws:lambda:us-east-1:123456789012:function:bar",
    "starting_position": "TRIM_HORIZON",
    "maximum_retry_attempts": 3,
    "function_response_types": ["ReportBatchItemFailures"],
}


def test_existing_mapping_is_updated_in_place_to_split_batches(
    tmp_path: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    """A new mapping would start to read the stream again."""
    uuid = "00000000-0000-0000-0000-000000000000"
    name = {"type": "aws_lambda_event_source_mapping", "name": "this"}
    body = {**MAPPING, "bisect_batch_on_function_error": True}
    attributes = {**body, "bisect_batch_on_function_error": False, "enabled": True, "id": uuid, "uuid": uuid}
    instances = [{"schema_version": 0, "attributes": attributes}]
    provider = 'provider["registry.terraform.io/hashicorp/aws"]'
    resource = {"mode": "managed", **name, "provider": provider, "instances": instances}
    state = {"version": 4, "serial": 1, "lineage": uuid, "resources": [resource]}
    (tmp_path / "terraform.tfstate").write_text(json.dumps(state))
    (tmp_path / "main.tf.json").write_text(
        json.dumps({"provider": {"aws": {}}, "resource": {name["type"]: {name["name"]: body}}})
    )
    runner = tftest.TerraformTest(str(tmp_path), binary=str(attached_terraform.path), env=aws_environment)
    runner.setup(cleanup_on_exit=False)
    runner.execute_command("plan", "-input=false", "-refresh=false", "-out=test.tfplan")
    plan = json.loads(runner.execute_command("show", "-json", "test.tfplan").out)
    (change,) = [each["change"] for each in plan["resource_changes"]]
    changed = {key for key, value in change["after"].items() if change["before"][key] != value}
    assert (change["actions"], changed) == (["update"], {"bisect_batch_on_function_error"})
