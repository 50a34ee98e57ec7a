"""The queues: their depths, the messages in their dead-letter queues, and redriving them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domovoi_tf.console.answers import ConsoleError, make_json_answer, read_body
from domovoi_tf.console.views.state import Console, get_console
from domovoi_tf.model.application import Application
from domovoi_tf.operations.account import Account, translate_errors
from domovoi_tf.operations.dead_letters.messages import Message
from domovoi_tf.operations.dead_letters.queue import Queue
from domovoi_tf.operations.dead_letters.redriver import Redriver
from domovoi_tf.operations.dead_letters.senders import (
    Senders,
    Target,
    find_queue_url,
    find_readers,
    find_senders,
    split_queue_arn,
)
from domovoi_tf.system.text import format_count

_MAX_MESSAGES = 50
_DEPTH, _IN_FLIGHT = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"
#: Seconds until it is read again which function reads which queue: pages ask for depths every few seconds.
_KEPT_SECONDS = 30.0


@dataclass(frozen=True)
class _Topology:
    """The queues of a stage by the name that pages show, and the dead-letter queue of each.

    Args:
        readers: the functions that read each queue, by its ARN.
        dead_letters: the senders to the dead-letter queue of each queue, by the queue's ARN. A dead-letter
            queue of functions alone is its own.
        warnings: messages about requests that AWS refused.
    """

    readers: Mapping[str, tuple[Target, ...]]
    dead_letters: Mapping[str, Senders]
    warnings: tuple[str, ...]

    @property
    def arns(self) -> list[str]:
        """The ARNs of the queues, sorted by name."""
        return sorted({*self.readers, *self.dead_letters}, key=_get_name)


class QueueFinder:
    """Finds the queues of a stage, and remembers them for a while. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: tuple[float, Application, _Topology] | None = None

    def find(self, console: Console) -> _Topology:
        """Returns the queues of the stage.

        Args:
            console: the console.

        Raises:
            DomovoiError: the stage is not deployed, or AWS refused a request.
        """
        application, _ = console.project.read_app()
        with self._lock:
            is_fresh = (
                self._found
                and self._found[1] is application
                and time.monotonic() - self._found[0] < _KEPT_SECONDS
            )
            if not (self._found and is_fresh):
                self._found = (time.monotonic(), application, _find_topology(console))
            return self._found[2]


async def list_queues(request: Request) -> Response:
    """Answers with the queues that functions read, and with dead-letter queues of functions."""
    console = get_console(request)
    return make_json_answer(await run_in_threadpool(_describe_queues, console, _get_finder(request)))


async def list_messages(request: Request) -> Response:
    """Answers with the oldest messages in the dead-letter queue of a queue, and leaves them there."""
    console = get_console(request)
    name = request.path_params["name"]
    return make_json_answer(await run_in_threadpool(_describe_messages, console, _get_finder(request), name))


async def redrive_messages(request: Request) -> Response:
    """Handles messages of a dead-letter queue again, and deletes those that succeed."""
    console, body = get_console(request), await read_body(request)
    ids = body.get("ids")
    if ids != "all" and not (isinstance(ids, list) and ids and all(isinstance(each, str) for each in ids)):
        raise ConsoleError(400, "No messages are chosen.", 'Send {"ids": "all"}, or a list of IDs.')
    name, chosen = request.path_params["name"], None if ids == "all" else frozenset(ids)
    answer = await run_in_threadpool(_redrive, console, _get_finder(request), name, chosen)
    return make_json_answer(answer)


def _get_finder(request: Request) -> QueueFinder:
    finder: QueueFinder = request.app.state.queue_finder
    return finder


def _get_name(arn: str) -> str:
    return split_queue_arn(arn)[2]


def _find_topology(console: Console) -> _Topology:
    account, app = console.project.open_account(), console.project.read_app()
    warnings: list[str] = []
    readers = find_readers(account, *app, warnings.append)
    dead_letters: dict[str, Senders] = {}
    for senders in find_senders(account, *app, warnings.append):
        if split_queue_arn(senders.arn)[0] == "sqs":  # a topic keeps no messages
            dead_letters |= dict.fromkeys([*senders.sources] or [senders.arn], senders)
    return _Topology(readers, dead_letters, tuple(dict.fromkeys(warnings)))


def _describe_queues(console: Console, finder: QueueFinder) -> list[dict[str, Any]]:
    topology, account = finder.find(console), console.project.open_account()
    application, _ = console.project.read_app()
    sizes: dict[str, tuple[str, int, int]] = {}

    def read_size(arn: str) -> tuple[str, int, int]:
        if arn not in sizes:
            sizes[arn] = _read_size(account, arn)
        return sizes[arn]

    rows = []
    for arn in topology.arns:
        senders = topology.dead_letters.get(arn)
        targets = topology.readers.get(arn) or (senders.targets if senders else ())
        url, depth, in_flight = read_size(arn)
        rows.append(
            {
                "name": _get_name(arn),
                "url": url,
                "depth": depth,
                "in_flight": in_flight,
                "dead_letters": senders
                and {"name": _get_name(senders.arn), "depth": read_size(senders.arn)[1]},
                "handlers": _list_handlers(application, targets, arn),
            }
        )
    return rows


def _read_size(account: Account, arn: str) -> tuple[str, int, int]:
    """Returns the URL of a queue, and the approximate numbers of waiting messages and of those in flight."""
    client = account.create_client("sqs")
    with translate_errors():
        url = find_queue_url(client, arn)
        values = client.get_queue_attributes(QueueUrl=url, AttributeNames=[_DEPTH, _IN_FLIGHT])["Attributes"]
    return url, int(values[_DEPTH]), int(values[_IN_FLIGHT])


def _list_handlers(application: Application, targets: tuple[Target, ...], arn: str) -> list[str]:
    """Returns the handlers of functions whose source is a queue; all of them if no source is."""
    functions = {target.name: target.function.environment for target in targets}
    routes = [route for route in application.routes if route.trigger.function in functions]
    own = [
        route.handler
        for route in routes
        if route.trigger.key(route.handler, functions[route.trigger.function]) in (arn, _get_name(arn))
    ]
    return list(dict.fromkeys(own or (route.handler for route in routes)))


def _open_queue(console: Console, finder: QueueFinder, name: str) -> Queue:
    """Returns the dead-letter queue of a queue."""
    topology = finder.find(console)
    for arn, senders in topology.dead_letters.items():
        if _get_name(arn) == name:
            application, _ = console.project.read_app()
            return Queue(console.project.open_account(), application, senders)
    raise ConsoleError(404, f"The queue {name} has no dead-letter queue.", "Choose another queue.")


def _describe_messages(console: Console, finder: QueueFinder, name: str) -> list[dict[str, Any]]:
    queue = _open_queue(console, finder, name)
    return [_describe_message(queue, message) for message in queue.read_messages(_MAX_MESSAGES)]


def _describe_message(queue: Queue, message: Message) -> dict[str, Any]:
    origin = queue.find_origin(message)
    attributes = {
        "time": message.time.timestamp(),
        "function": origin.name,
        "handlers": queue.find_handlers(message),
        "request": message.request_id,
    }
    reason = message.error or origin.reason
    if message.source_queue and not reason:
        reason = f"SQS moved it from {_get_name(message.source_queue)} after too many attempts"
    return {
        "id": message.id,
        "body": message.event,
        "attributes": {key: value for key, value in attributes.items() if value},
        "reason": reason,
    }


def _redrive(
    console: Console, finder: QueueFinder, name: str, chosen: frozenset[str] | None
) -> dict[str, Any]:
    """Redrives messages, all for None, and returns the IDs of those that succeeded."""
    queue = _open_queue(console, finder, name)
    attempt = Redriver(console.project.open_account(), queue)
    done: list[str] = []
    failed: dict[str, str] = {}

    def handle(message: Message) -> bool:
        return (chosen is None or message.id in chosen) and attempt(message)

    # Without a choice, it ends when no message is visible: those that fail are hidden until then.
    for message, is_handled in queue.redrive(handle, queue.count_messages() + _MAX_MESSAGES, lambda: None):
        if is_handled:
            done.append(message.id)
        elif chosen is None or message.id in chosen:
            failed[message.id] = attempt.error
        if chosen and chosen <= {*done, *failed}:
            break
    if failed:
        total = len(done) + len(failed)
        raise ConsoleError(
            409,
            f"{format_count(len(failed), 'message')} of {total} failed and stayed in the queue: "
            f"{next(iter(failed.values()))}",
            "Correct the handler, deploy it, and redrive them again.",
        )
    return {"redriven": done}


ROUTES = [
    Route("/api/queues", list_queues),
    Route("/api/queues/{name}/messages", list_messages),
    Route("/api/queues/{name}/redrive", redrive_messages, methods=["POST"]),
]
