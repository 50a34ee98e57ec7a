"""Finds KMS keys that a function needs and that its execution role may not use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from domovoi_tf.hcl.labels import get_function_key
from domovoi_tf.model.application import Application, group_by_function
from domovoi_tf.model.declarations import Function, Location, Notice
from domovoi_tf.model.names import Variable
from domovoi_tf.model.trigger import spell
from domovoi_tf.settings import CONFIG, FunctionSettings, Settings
from domovoi_tf.triggers._queues.keys import READ, SEND, find_key_uses, is_known
from domovoi_tf.triggers._queues.queue_attributes import is_managed_key
from domovoi_tf.validation.execution_role import list_missing_actions
from domovoi_tf.validation.expanded_names import expand_name

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name
    from domovoi_tf.model.trigger import Route
    from domovoi_tf.triggers._queues.keys import KeyUse

_DESTINATIONS = ("dead_letter_queue_target_arn", "on_failure", "on_success")
_SETTINGS = {READ: "source_kms_key_arns", SEND: "destination_kms_key_arns"}
_SERVICES = {"aws_s3_bucket": "s3", "aws_sns_topic": "sns", "aws_sqs_queue": "sqs"}


class _Use(NamedTuple):
    """The use of a key: who uses it, the actions, the key, and the name of what it encrypts."""

    user: str
    location: Location
    actions: tuple[str, ...]
    key: Name
    encrypted: str
    is_generated: bool


class KeyIndex(NamedTuple):
    """The keys of an app, found once for all of its functions.

    ``uses`` and ``routes`` are by the function's name, and ``keys`` by the service and the name of what the
    app creates.
    """

    uses: Mapping[str, Sequence[KeyUse]]
    routes: Mapping[str, Sequence[Route]]
    keys: Mapping[tuple[str, str], Name]


def index_keys(application: Application, settings: Settings) -> KeyIndex:
    """Returns the keys of an app and their uses.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    routes = application.routes
    return KeyIndex(find_key_uses(routes), group_by_function(routes), _list_keys(application, settings))


def find_missing_key_permissions(
    function: Function, effective: FunctionSettings, index: KeyIndex, settings: Settings
) -> Iterator[Notice]:
    """Yields a notice for each key that a function needs, but that its role may not use.

    The keys of what others own are not known, so nothing is said about them.

    Args:
        function: the function.
        effective: its effective settings.
        index: the keys of the app.
        settings: the stage's settings.
    """
    uses = [
        *_list_trigger_uses(function, index),
        *_list_destination_uses(function, effective, index),
    ]
    for use in uses:
        is_granted = use.is_generated or _is_listed(use, effective)
        if is_granted and effective.autogen_policy is not False:
            continue
        if missing := list_missing_actions(use.actions, effective.policy):
            message = (
                f"{use.user} lacks permissions for the key {spell(use.key)} of {use.encrypted}: "
                f"{_advise(use, missing, effective, settings)}"
            )
            yield Notice(location=use.location, message=message)


def _is_listed(use: _Use, effective: FunctionSettings) -> bool:
    """Whether the setting for a key lists its ARN, or some ARN if that of the key is not known."""
    listed = getattr(effective, _SETTINGS[use.actions]) or ()
    return use.key in listed if _is_arn(use.key) else bool(listed)


def _is_arn(key: object) -> bool:
    return isinstance(key, str) and ":key/" in key


def _advise(use: _Use, missing: list[str], effective: FunctionSettings, settings: Settings) -> str:
    resource = use.key if _is_arn(use.key) else "<ARN of the key>"
    statement = json.dumps({"Effect": "Allow", "Action": missing, "Resource": resource})
    policy = effective.policy_file or f".chalice/policy-{settings.stage}.json"
    if effective.autogen_policy is False:
        return f"add {statement} to {policy}"
    return f"add its ARN to {_SETTINGS[use.actions]} in {CONFIG}, or {statement} to {policy}"


def _list_trigger_uses(function: Function, index: KeyIndex) -> Iterator[_Use]:
    for route, actions, queue, key in index.uses.get(function.name, ()):
        yield _Use(route.handler, route.location, actions, key, spell(queue.name), is_known(key))


def _list_destination_uses(
    function: Function, effective: FunctionSettings, index: KeyIndex
) -> Iterator[_Use]:
    """Yields the keys of destinations that the app itself creates and that only the configuration allows."""
    keys = index.keys
    user = f"the function {get_function_key(function.name)!r}"
    for name in _DESTINATIONS:
        service, resource = _split_arn(getattr(effective, name) or "")
        if key := keys.get((service, resource)):
            yield _Use(user, Location(file=CONFIG, line=1), SEND, key, f"{resource} ({name})", False)
    for route in index.routes[function.name]:
        for grant in route.trigger.grants(route.handler):
            service, resource = _split_arn(grant.resource if isinstance(grant.resource, str) else "")
            # The statements in the app's module are for queues.
            if service != "sqs" and (key := keys.get((service, resource))):
                yield _Use(route.handler, route.location, SEND, key, resource, False)


def _split_arn(arn: str) -> tuple[str, str]:
    """Returns the service and the resource of an ARN."""
    parts = arn.split(":", 5)
    return (parts[2], parts[5]) if len(parts) == 6 else ("", "")


def _list_keys(application: Application, settings: Settings) -> dict[tuple[str, str], Name]:
    """Returns the keys of the queues, topics and buckets that the app creates, by service and name."""
    configured = {"s3": settings.buckets.get("kms_key_arn"), "sns": settings.topics.get("kms_key_arn")}
    keys: dict[tuple[str, str], Name] = {}
    for source in (each for route in application.routes for each in route.list_sources()):
        service = _SERVICES.get(source.type, "")
        key = source.arguments.get("kms_master_key_id") if service == "sqs" else configured.get(service)
        is_managed = isinstance(key, str) and is_managed_key(key)
        if key and source.owned and not is_managed and not isinstance(source.name, Variable):
            keys[service, expand_name(source.name, settings)] = key
    return keys
