"""Looks up what others have added to objects that Terraform writes as a whole, and would erase."""

from __future__ import annotations

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
        f"{each[f'{key}Arn']} for {', '.join(each['Events'])}{_describe_filter(each)}"
        for key in _BLOCKS
        for each in found.get(f"{key}Configurations", ())
        if own.isdisjoint((each.get("Id"), each[f"{key}Arn"]))
    ]
    bridged = "EventBridgeConfiguration" in found and not planned.get("eventbridge")
    return [*entries, *(["EventBridge"] if bridged else [])]


def _describe_filter(entry: Mapping[str, Any]) -> str:
    rules = entry.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    return "".join(f", {rule['Name'].lower()} {rule['Value']!r}" for rule in rules if rule["Value"])
