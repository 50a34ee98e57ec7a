"""Finds what exists on AWS already and a state does not know of, for Terraform to import it.

Terraform writes a remote state every 20 seconds, and in the end. What it made since is not in the state where
it was killed: some of that it would adopt, some AWS would refuse to make again, and a permission there would
be twice.

https://developer.hashicorp.com/terraform/language/import
"""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from domovoi_tf.errors import BackendError
from domovoi_tf.hcl.syntax import hcl
from domovoi_tf.system import atomic_files
from domovoi_tf.terraform.runner import Terraform

FILE = "imports.tf"
_HEADER = "# Written by `domovoi-tf backend recover`: what exists, and the state does not know of.\n"
_HINT = "# Remove this file once `domovoi-tf apply` is through.\n"
_ADDRESS = re.compile(r'[A-Za-z_][\w-]*(\["[^"\\$%]*"\])?(\.[A-Za-z_][\w-]*(\["[^"\\$%]*"\])?)+')
#: A permission's source is another resource, which is only known once that is found.
_ROUNDS = 2

Client = Callable[[str], Any]
Values = Mapping[str, Any]


class Found(NamedTuple):
    """A resource that exists: its address in the configuration, and the ID by which Terraform imports it."""

    address: str
    id: str


def recover(terraform: Terraform, client: Client) -> tuple[Found, ...]:
    """Writes import blocks for what exists and the state does not know of, and returns what that is.

    Args:
        terraform: Terraform in a stage's folder that is rendered and initialised; the blocks are written
            into a file there.
        client: returns boto3's client of a service.

    Raises:
        BackendError: there is a file of that name already, which is somebody else's.
        LockedError: somebody works on the stage.
        TerraformError: Terraform cannot plan.
    """
    path = terraform.folder / FILE
    if path.exists() and not path.read_text(encoding="utf-8").startswith(_HEADER):
        raise BackendError(f"{path} is a file of yours.", "Give it another name first.")
    path.unlink(missing_ok=True)
    found: dict[str, Found] = {}
    for _ in range(_ROUNDS):
        found |= {each.address: each for each in _existing(_missing(terraform), client)}
        if not found:
            break
        atomic_files.replace(path, _blocks(found.values()).encode())
    return tuple(found.values())


def _missing(terraform: Terraform) -> list[dict[str, Any]]:
    """Returns the resources that a plan would make."""
    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as private:
        plan = str(Path(private, "plan"))
        terraform.capture("plan", "-input=false", "-no-color", f"-out={plan}")
        changes = terraform.json("show", plan).get("resource_changes", [])
    return [each for each in changes if each["change"]["actions"] == ["create"]]


def _existing(missing: list[dict[str, Any]], client: Client) -> Iterator[Found]:
    for each in missing:
        look = _LOOKUPS.get(each["type"])
        if look and _ADDRESS.fullmatch(each["address"]):
            with _absent():
                if found := look(client, each["change"]["after"]):
                    yield Found(each["address"], str(found))


@contextlib.contextmanager
def _absent() -> Iterator[None]:
    """Passes over what is not there, by AWS's error for it, and what is not known yet."""
    from botocore.exceptions import ClientError

    try:
        yield
    except KeyError:
        return
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if not re.search("NotFound|NoSuch|NonExistent|DoesNotExist|^404$", code):
            raise


def _blocks(found: Any) -> str:
    blocks = [f"\nimport {{\n  to = {each.address}\n  id = {hcl(each.id)}\n}}\n" for each in found]
    return _HEADER + _HINT + "".join(blocks)


def _role(client: Client, after: Values) -> str | None:
    client("iam").get_role(RoleName=after["name"])
    return str(after["name"])


def _log_group(client: Client, after: Values) -> str | None:
    name = after["name"]
    groups = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return name if any(group["logGroupName"] == name for group in groups) else None


def _function(client: Client, after: Values) -> str | None:
    client("lambda").get_function_configuration(FunctionName=after["function_name"])
    return str(after["function_name"])


def _function_url(client: Client, after: Values) -> str | None:
    client("lambda").get_function_url_config(FunctionName=after["function_name"])
    return str(after["function_name"])


def _permission(client: Client, after: Values) -> str | None:
    name, wanted = after["function_name"], (after["action"], after["principal"], after["source_arn"])
    policy = json.loads(client("lambda").get_policy(FunctionName=name)["Policy"])
    for statement in policy["Statement"]:
        principal = statement["Principal"]
        service = principal.get("Service") if isinstance(principal, dict) else principal
        conditions = statement.get("Condition", {})
        source = next(
            (test["AWS:SourceArn"] for test in conditions.values() if "AWS:SourceArn" in test), None
        )
        if (statement["Action"], service, source) == wanted:
            return f"{name}/{statement['Sid']}"
    return None


def _mapping(client: Client, after: Values) -> str | None:
    mappings = client("lambda").list_event_source_mappings(
        EventSourceArn=after["event_source_arn"], FunctionName=after["function_name"]
    )["EventSourceMappings"]
    return mappings[0]["UUID"] if mappings else None


def _rule(client: Client, after: Values) -> str | None:
    bus = after.get("event_bus_name") or "default"
    client("events").describe_rule(Name=after["name"], EventBusName=bus)
    return f"{bus}/{after['name']}"


def _schedule(client: Client, after: Values) -> str | None:
    group = after.get("group_name") or "default"
    client("scheduler").get_schedule(Name=after["name"], GroupName=group)
    return f"{group}/{after['name']}"


def _topic(client: Client, after: Values) -> str | None:
    pages = client("sns").get_paginator("list_topics").paginate()
    arns = [topic["TopicArn"] for page in pages for topic in page["Topics"]]
    return next((arn for arn in arns if arn.rpartition(":")[2] == after["name"]), None)


def _bucket(client: Client, after: Values) -> str | None:
    client("s3").head_bucket(Bucket=after["bucket"])
    return str(after["bucket"])


def _queue(client: Client, after: Values) -> str | None:
    return str(client("sqs").get_queue_url(QueueName=after["name"])["QueueUrl"])


def _stream(client: Client, after: Values) -> str | None:
    client("kinesis").describe_stream_summary(StreamName=after["name"])
    return str(after["name"])


def _machine(client: Client, after: Values) -> str | None:
    pages = client("stepfunctions").get_paginator("list_state_machines").paginate()
    machines = [machine for page in pages for machine in page["stateMachines"]]
    return next((each["stateMachineArn"] for each in machines if each["name"] == after["name"]), None)


def _receipt_rule(client: Client, after: Values) -> str | None:
    rule_set, name = after["rule_set_name"], after["name"]
    client("ses").describe_receipt_rule(RuleSetName=rule_set, RuleName=name)
    return f"{rule_set}:{name}"


#: How a resource of each type is found. Those that AWS adopts when they are made again are not here,
#: but for those that a permission names.
_LOOKUPS: Mapping[str, Callable[[Client, Values], str | None]] = {
    "aws_cloudwatch_event_rule": _rule,
    "aws_cloudwatch_log_group": _log_group,
    "aws_iam_role": _role,
    "aws_kinesis_stream": _stream,
    "aws_lambda_event_source_mapping": _mapping,
    "aws_lambda_function": _function,
    "aws_lambda_function_url": _function_url,
    "aws_lambda_permission": _permission,
    "aws_s3_bucket": _bucket,
    "aws_scheduler_schedule": _schedule,
    "aws_ses_receipt_rule": _receipt_rule,
    "aws_sfn_state_machine": _machine,
    "aws_sns_topic": _topic,
    "aws_sqs_queue": _queue,
}
