"""Looks up what others have added to objects that Terraform writes as a whole, and would erase."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Client = Callable[[str], Any]
    Values = Mapping[str, Any]

#: The blocks of a notification in Terraform, by their names on AWS.
_BLOCKS = {"LambdaFunction": "lambda_function", "Topic": "topic", "Queue": "queue"}


def list_notification_entries(client: Client, planned: Values) -> list[str]:
    """Returns the entries of a bucket's notification that are not the app's.

    Its own have the planned IDs, or deliver to the planned functions, topics and queues: the app may have
    been deployed by another tool.
    """
    found = client("s3").get_bucket_notification_configuration(Bucket=planned["bucket"])
    own = {
        value
        for block in _BLOCKS.values()
        for each in planned.get(block) or ()
        for value in (each.get("id"), each.get(f"{block}_arn"))
    } - {None}
    entries = [
        f"{each[f'{key}Arn']} for {', '.join(each.get('Events', ()))}{_describe_filter(each)}"
        for key in _BLOCKS
        for each in found.get(f"{key}Configurations", ())
        if own.isdisjoint((each.get("Id"), each[f"{key}Arn"]))
    ]
    bridged = "EventBridgeConfiguration" in found and not planned.get("eventbridge")
    return [*entries, *(["EventBridge"] if bridged else [])]


def _describe_filter(entry: Mapping[str, Any]) -> str:
    rules = entry.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    return "".join(f", {rule['Name'].lower()} {rule['Value']!r}" for rule in rules if rule.get("Value"))


def list_bucket_statements(client: Client, planned: Values) -> list[str]:
    """Returns the statements of a bucket's policy that the planned one does not have."""
    return _list_statements(client("s3").get_bucket_policy(Bucket=planned["bucket"])["Policy"], planned)


def list_queue_statements(client: Client, planned: Values) -> list[str]:
    """Returns the statements of a queue's policy that the planned one does not have."""
    found = client("sqs").get_queue_attributes(QueueUrl=planned["queue_url"], AttributeNames=["Policy"])
    return _list_statements(found.get("Attributes", {}).get("Policy"), planned)


def list_topic_statements(client: Client, planned: Values) -> list[str]:
    """Returns the statements of a topic's policy that the planned one does not have.

    The statement that SNS gives to a new topic is in the planned policy, with another Sid.
    """
    found = client("sns").get_topic_attributes(TopicArn=planned["arn"])["Attributes"]
    return _list_statements(found.get("Policy"), planned, own=("__default_statement_ID",))


def _list_statements(policy: str | None, planned: Values, own: tuple[str, ...] = ()) -> list[str]:
    sids = {*own, *(each.get("Sid") for each in _parse_statements(planned.get("policy")))}
    return [
        f"{each.get('Effect')} {_join(each.get('Action'))} for {_join(each.get('Principal'))}"
        for each in _parse_statements(policy)
        if each.get("Sid") is None or each["Sid"] not in sids
    ]


def _parse_statements(policy: str | None) -> list[dict[str, Any]]:
    statements = json.loads(policy).get("Statement", []) if policy else []
    return statements if isinstance(statements, list) else [statements]


def _join(value: Any) -> str:
    """Returns the strings of a part of a statement."""
    if isinstance(value, dict):
        value = [each for part in value.values() for each in (part if isinstance(part, list) else [part])]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
