"""Measures the dispatch of Domovoi and Powertools, in the environment that has them, for ``dispatch``."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

CONTEXT: Any = SimpleNamespace(
    aws_request_id="1", invoked_function_arn="arn:aws:lambda:us-east-1:1:function:f", log=lambda message: None
)


def prepare_sns(event: Any, handlers: int) -> Callable[[], Any]:
    """Returns the call of an app of Domovoi with so many topics."""
    from domovoi import Domovoi  # type: ignore[import-not-found]

    app = Domovoi()
    for number in range(handlers):
        app.sns_topic_subscriber(f"t{number}")(lambda event, context: None)
    return lambda: app(event, CONTEXT)


def prepare_alb(event: Any, handlers: int) -> Callable[[], Any]:
    """Returns the call of a resolver of Powertools with so many routes."""
    from aws_lambda_powertools.event_handler import ALBResolver

    app = ALBResolver()
    for number in range(handlers):
        app.route(f"/p{number}", method=["GET", "POST"])(lambda: {})
    event = {**event, "path": f"/p{handlers - 1}"}
    return lambda: app.resolve(event, CONTEXT)


def prepare_sqs(event: Any, handlers: int) -> Callable[[], Any]:
    """Returns the call of Powertools for the records of a queue; it has no handlers of several queues."""
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

    processor = BatchProcessor(event_type=EventType.SQS)
    return lambda: process_partial_response(event, lambda record: None, processor, CONTEXT)


PREPARE = {"sns": prepare_sns, "alb": prepare_alb, "sqs": prepare_sqs}


def main() -> None:
    """Prints the microseconds of each way as JSON; the arguments are on standard input."""
    os.environ["POWERTOOLS_TRACE_DISABLED"] = "1"
    given = json.load(sys.stdin)
    found = {}
    for key, prepare in PREPARE.items():
        call = prepare(given["events"][key], given["handlers"])
        call()
        shortest = float("inf")
        for _ in range(given["bursts"]):
            start = time.process_time()
            for _ in range(given["calls"]):
                call()
            shortest = min(shortest, time.process_time() - start)
        found[key] = shortest / given["calls"] * 1e6
    print(json.dumps(found))


if __name__ == "__main__":
    main()
