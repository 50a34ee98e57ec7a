"""Finds the function or the queue that a message in a dead-letter queue came from.

A message that SQS moved names its queue. The record of an on-failure destination names its function. A dead
letter does not: it has the ID of the request that failed. So its function is the only one in the account that
sends to the queue, or the one whose log has that request.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any, NamedTuple

from domovoi_tf.operations import log_format
from domovoi_tf.operations.account import Account, AwsError, get_error_code, translate_errors
from domovoi_tf.operations.dead_letters.messages import Batch, Message
from domovoi_tf.operations.dead_letters.senders import Senders
from domovoi_tf.operations.deployed_functions import DeployedFunction
from domovoi_tf.system.suggestions import spell_aws
from domovoi_tf.system.text import format_count

_REQUEST_ID = re.compile("[0-9A-Za-z-]{1,64}")
#: Lambda retries an event for up to six hours, and then sends it to the queue.
_BEFORE, _AFTER = timedelta(hours=7), timedelta(minutes=5)


class Origin(NamedTuple):
    """The function that sent a message to the queue, or the queue from which SQS moved it.

    Args:
        function: the function; None if it is unknown, or is not a function of this stage with this queue. For
            a message that SQS moved, the only function that reads its queue.
        name: the name of the function, also of one that is not of this stage; empty if it is unknown.
        reason: why the message cannot be redriven, as part of a sentence; empty if it can.
        queue: the ARN of the queue to which the message can be sent back; empty for events of functions.
    """

    function: DeployedFunction | None
    name: str = ""
    reason: str = ""
    queue: str = ""


class OriginFinder:
    """Finds the functions that the messages in a queue came from.

    Args:
        account: the account and Region.
        senders: the functions and queues of the stage that send to the queue.
    """

    def __init__(self, account: Account, senders: Senders) -> None:
        self._account = account
        self._arn = senders.arn
        self._sources = senders.sources
        #: The functions that send dead letters, and those that send records with their ARN, by name.
        self._own = {target.function.name: target.function for target in senders.letters}
        self._named = {
            target.function.name: target.function for target in (*senders.letters, *senders.records)
        }
        self._origins: dict[str, Origin] = {}

    def find(self, message: Message) -> Origin:
        """Returns the origin of a message.

        Args:
            message: a message of the queue.

        Raises:
            AwsError: AWS could not be reached.
        """
        if message.id not in self._origins:
            self._origins[message.id] = self._find(message)
        return self._origins[message.id]

    def _find(self, message: Message) -> Origin:
        if message.source_queue:
            return self._find_source(message.source_queue)
        if message.batch:
            return self._find_named(message.function_arn or "")._replace(reason=_explain_batch(message.batch))
        if message.payload is None:
            return Origin(None, "", "it is not JSON, or nested too deeply, so it is no event of a function")
        if message.function_arn is not None:
            return self._find_named(message.function_arn)
        if not self._own:
            return Origin(None, "", "it is no record of a failed invocation, so it is no event of a function")
        if len(self._users) == 1 and not self._denied:
            [function] = self._own.values()  # users of the queue include those of this stage
            return Origin(function, function.name)
        return self._find_in_logs(message)

    def _find_source(self, queue: str) -> Origin:
        """Returns the origin of a message that SQS moved from a queue."""
        readers = [target.function for target in self._sources.get(queue, ())]
        if not readers:
            return Origin(None, "", f"SQS moved it from {queue}, which no function of this stage reads")
        names = ", ".join(function.name for function in readers)
        return Origin(readers[0] if len(readers) == 1 else None, names, queue=queue)

    def _find_named(self, arn: str) -> Origin:
        matches = [function for function in self._named.values() if function.arn == arn]
        if matches:
            return Origin(matches[0], matches[0].name)
        if not arn:
            return Origin(None, "", "its record does not name its function")
        name, place = arn.rpartition(":")[2], arn.split(":")[3:5]
        if name in self._named and len(place) == 2:
            return self._make_foreign(f"{name} in {place[0]}, account {place[1]}", name)
        return self._make_foreign(name)

    def _make_foreign(self, description: str, name: str = "") -> Origin:
        reason = f"it came from {description}, which is not a function of this stage with this queue"
        return Origin(None, name or description, reason)

    def _find_in_logs(self, message: Message) -> Origin:
        users, request = self._users, message.request_id
        found = []
        failures = [self._denied] if self._denied else []
        for name, group in users.items() if _REQUEST_ID.fullmatch(request) else ():
            try:
                found += [name] if self._has_logged(group, message) else []
            except AwsError as error:
                failures.append(error.message)
        if len(found) == 1 and (found[0] in self._own or not failures):
            name = found[0]
            return Origin(self._own[name], name) if name in self._own else self._make_foreign(name)
        senders = f"{', '.join(users)}{' and perhaps others' if self._denied else ''}"
        where = "one log alone" if found else "their logs"
        why = f"has the request {request}, which is not in {where}" if request else "has no request ID"
        reason = f"cannot tell which function it came from: {senders} send to this queue, and it {why}"
        return Origin(None, "", "; ".join([reason, *dict.fromkeys(failures)]))

    @cached_property
    def _denied(self) -> str:
        """The error of AWS if it refused to list the functions; otherwise empty."""
        return self._listing[1]

    @property
    def _users(self) -> dict[str, str]:
        """The log groups of the functions in the account that send to the queue, by the function's name."""
        return {**{name: f"/aws/lambda/{name}" for name in self._own}, **self._listing[0]}

    @cached_property
    def _listing(self) -> tuple[dict[str, str], str]:
        try:
            return dict(self._list_users()), ""
        except AwsError as error:
            return {}, error.message

    def _list_users(self) -> Iterator[tuple[str, str]]:
        with translate_errors():
            for page in self._account.create_client("lambda").get_paginator("list_functions").paginate():
                for each in page["Functions"]:
                    if each.get("DeadLetterConfig", {}).get("TargetArn") == self._arn:
                        name = each["FunctionName"]
                        yield name, each.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"

    def _has_logged(self, group: str, message: Message) -> bool:
        """Returns whether a log group has the request that a message is about."""
        from botocore.exceptions import ClientError

        pages = self._account.create_client("logs").get_paginator("filter_log_events")
        options: dict[str, Any] = {
            "logGroupName": group,
            "filterPattern": f'"{message.request_id}"',
            "startTime": int((message.time - _BEFORE).timestamp() * 1000),
            "endTime": int((message.time + _AFTER).timestamp() * 1000),
        }
        with translate_errors():
            try:
                events = (event["message"] for page in pages.paginate(**options) for event in page["events"])
                return any(_is_of_request(each, message.request_id) for each in events)
            except ClientError as error:
                if get_error_code(error) != "ResourceNotFoundException":
                    raise
                return False


def _explain_batch(batch: Batch) -> str:
    """Returns why a discarded batch cannot be redriven, and how to read its records."""
    is_kinesis = ":kinesis:" in batch.stream_arn
    command = [
        *("kinesis" if is_kinesis else "dynamodbstreams", "get-shard-iterator"),
        *("--stream-arn", batch.stream_arn, "--shard-id", batch.shard),
        *("--shard-iterator-type", "AT_SEQUENCE_NUMBER"),
        *("--starting-sequence-number" if is_kinesis else "--sequence-number", batch.first),
    ]
    return (
        f"it names {format_count(batch.size, 'record')} of a stream and does not contain them; "
        f"while the stream has them, read them with: {spell_aws(shlex.join(command))}"
    )


def _is_of_request(message: str, request_id: str) -> bool:
    """Returns whether Lambda wrote a log event for a request, or its handler logged it as JSON."""
    return log_format.parse_entry(message).request_id == request_id
