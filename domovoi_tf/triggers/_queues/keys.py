"""Finds the KMS keys of queues that functions read or send to, as far as the app's source tells."""

from __future__ import annotations

from ...model.names import Variable
from ...model.trigger import Source, spell
from .queue_attributes import is_managed_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ...model.trigger import Route

    #: The use of a key by a function: the route, the actions, the queue and its key.
    KeyUse = tuple[Route, tuple[str, ...], Source, Any]

#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
READ, SEND = ("kms:Decrypt",), ("kms:Decrypt", "kms:GenerateDataKey")
#: The name of the inline policy.
CONCERN = "source_keys"


def find_key_uses(routes: Iterable[Route]) -> dict[str, list[KeyUse]]:
    """Returns the uses of keys by the functions that use some, by the function's name.

    The key is an ID, an ARN or an alias, or a name that only Terraform knows. Everybody in the account may
    use the AWS managed key through SQS, so it is left out.

    Args:
        routes: all routes of the app: any of them may set the key of a queue.
    """
    routes = list(routes)
    queues = {
        (each.type, spell(each.name)): (each, key)
        for route in routes
        for each in route.list_sources()
        if (key := each.arguments.get("kms_master_key_id")) and not _is_managed(key)
    }
    uses: dict[str, list[KeyUse]] = {}
    for route in routes if queues else ():
        for use in _list_uses(route, queues):
            uses.setdefault(route.trigger.function, []).append(use)
    return uses


def _list_uses(route: Route, queues: dict[tuple[str, str], tuple[Source, Any]]) -> Iterator[KeyUse]:
    for grant in route.trigger.grants(route.handler):
        resource = grant.resource
        if isinstance(resource, Source):
            actions: tuple[str, ...] = READ
            found = queues.get((resource.type, spell(resource.name)))
        else:
            name = "" if isinstance(resource, Variable) else spell(resource).rpartition(":")[2]
            actions, found = SEND, queues.get(("aws_sqs_queue", name))
        if found is not None:
            yield route, actions, *found


def is_known(key: object) -> bool:
    """Whether a key is known when the app is rendered."""
    return isinstance(key, str)


def split_key(key: str) -> tuple[str, str, str]:
    """Returns the place of a key (``arn:aws:kms:REGION:ACCOUNT``), the rest of its ARN, and its alias.

    The place is empty if it is that of the queue. If there is an alias, the rest stands for any key: IAM
    does not find keys by aliases in ARNs.

    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    place, _, name = key.rpartition(":")
    alias = name if name.startswith("alias/") else ""
    own = name if place else f"key/{name}"
    return place, "key/*" if alias else own, alias


def _is_managed(key: object) -> bool:
    return isinstance(key, str) and is_managed_key(key)
