"""Finds the dead-letter queues of a deployed app, and what sends messages to each of them.

A function sends the events of asynchronous invocations that failed to its dead-letter target, or records of
them to its on-failure destination; an event source mapping sends records of the batches that it discards; and
SQS moves messages out of a queue with a redrive policy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.operations.account import Account, AwsError, get_error_code, translate_errors
from domovoi_tf.operations.deployed_functions import DeployedFunction, read_function

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.settings import Settings


class Target(NamedTuple):
    """A function of the app: its name there, and the deployed function."""

    name: str
    function: DeployedFunction


class Senders(NamedTuple):
    """The senders of a stage to a dead-letter queue.

    Args:
        arn: the ARN of the queue, or of a topic.
        letters: the functions whose dead-letter target it is.
        records: the functions that send it records, as an on-failure destination or of discarded batches.
        sources: the functions that read each queue from which SQS moves messages to it, by that queue's ARN.
    """

    arn: str
    letters: tuple[Target, ...] = ()
    records: tuple[Target, ...] = ()
    sources: Mapping[str, tuple[Target, ...]] = {}

    @property
    def targets(self) -> tuple[Target, ...]:
        """All functions, each once."""
        readers = (target for targets in self.sources.values() for target in targets)
        by_name = {target.function.name: target for target in (*self.letters, *self.records, *readers)}
        return tuple(by_name.values())


def find_senders(
    account: Account, application: Application, settings: Settings, warn: Callable[[str], object]
) -> list[Senders]:
    """Returns the dead-letter queues of a stage with their senders.

    Args:
        account: the account and Region.
        application: the app.
        settings: the stage's settings.
        warn: called with a message for each request that AWS refused, whose queues are not in the result.

    Raises:
        NotDeployedError: a function does not exist.
        AwsError: AWS could not be reached, or refused to describe the functions.
    """
    found: dict[str, Senders] = {}

    def get(arn: str) -> Senders:
        return found.setdefault(arn, Senders(arn, sources={}))

    targets = [
        Target(function.name, read_function(account, settings, function.name))
        for function in application.deployed_functions
    ]
    for target in targets:
        if arn := target.function.dead_letter_target:
            found[arn] = get(arn)._replace(letters=(*get(arn).letters, target))
    readers: dict[str, tuple[Target, ...]] = {}
    for target in targets:
        mappings = _list_all(_list_mappings(account, target), warn)
        destinations = [_get_destination(each) for each in mappings]
        destinations += _list_all(_list_destinations(account, target), warn)
        for arn in _select_queues(destinations):
            found[arn] = get(arn)._replace(records=(*get(arn).records, target))
        for arn in _select_queues(each.get("EventSourceArn") for each in mappings):
            readers[arn] = (*readers.get(arn, ()), target)
    for source, functions in readers.items():
        for arn in _list_all(_list_redrive_targets(account, source), warn):
            found[arn] = get(arn)._replace(sources={**get(arn).sources, source: functions})
    return list(found.values())


def find_readers(
    account: Account, application: Application, settings: Settings, warn: Callable[[str], object]
) -> dict[str, tuple[Target, ...]]:
    """Returns the functions of a stage that read each queue, by the queue's ARN.

    Args:
        account: the account and Region.
        application: the app.
        settings: the stage's settings.
        warn: called with a message for each request that AWS refused, whose queues are not in the result.

    Raises:
        NotDeployedError: a function does not exist.
        AwsError: AWS could not be reached, or refused to describe the functions.
    """
    readers: dict[str, tuple[Target, ...]] = {}
    for function in application.deployed_functions:
        target = Target(function.name, read_function(account, settings, function.name))
        mappings = _list_all(_list_mappings(account, target), warn)
        for arn in _select_queues(each.get("EventSourceArn") for each in mappings):
            readers[arn] = (*readers.get(arn, ()), target)
    return readers


def split_queue_arn(arn: str) -> tuple[str, str, str]:
    """Returns the service, the account ID and the name of a queue or topic."""
    parts = arn.split(":", 5)
    return parts[2], parts[4], parts[5]


def _list_all(listing: Iterator[Any], warn: Callable[[str], object]) -> list[Any]:
    """Returns what AWS lists; if it refuses a request, what it listed before that, with a warning."""
    results = []
    try:
        for each in listing:
            results.append(each)
    except AwsError as error:
        warn(f"some dead-letter queues may be missing: {error.message}")
    return results


def _select_queues(arns: Iterable[str | None]) -> list[str]:
    return [arn for arn in dict.fromkeys(arns) if arn and split_queue_arn(arn)[0] == "sqs"]


def _get_destination(configuration: Mapping[str, Any]) -> str | None:
    """Returns the on-failure destination of a function or of an event source mapping."""
    destination: str | None = (
        configuration.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    )
    return destination


def _list_destinations(account: Account, target: Target) -> Iterator[str | None]:
    """Yields the destination of asynchronous invocations of a function that failed, if it has one."""
    from botocore.exceptions import ClientError

    client = account.create_client("lambda")
    with translate_errors():
        try:
            yield _get_destination(client.get_function_event_invoke_config(FunctionName=target.function.name))
        except ClientError as error:
            if get_error_code(error) != "ResourceNotFoundException":
                raise


def _list_mappings(account: Account, target: Target) -> Iterator[Mapping[str, Any]]:
    pages = account.create_client("lambda").get_paginator("list_event_source_mappings")
    with translate_errors():
        for page in pages.paginate(FunctionName=target.function.name):
            yield from page["EventSourceMappings"]


def _list_redrive_targets(account: Account, queue: str) -> Iterator[str]:
    """Yields the queue to which SQS moves messages of a queue, if it has a redrive policy."""
    client = account.create_client("sqs")
    with translate_errors():
        url = find_queue_url(client, queue)
        attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    policy = json.loads(attributes.get("Attributes", {}).get("RedrivePolicy") or "{}")
    if target := policy.get("deadLetterTargetArn"):
        yield str(target)


def find_queue_url(client: Any, arn: str) -> str:
    """Returns the URL of a queue.

    Args:
        client: a boto3 client of SQS.
        arn: the queue's ARN.
    """
    _, owner, name = split_queue_arn(arn)
    return str(client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=owner)["QueueUrl"])
