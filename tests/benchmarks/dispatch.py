"""Measures what finding a handler costs over a direct call of it, beside Domovoi and Powertools."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.figures import Figure
from benchmarks.processes import install_others
from domovoi_tf import Domovoi
from domovoi_tf.model.event_request import EventRequest

NAME = "dispatch"
TITLE = "Dispatch of an event, over a direct call of its handler"
#: The numbers of handlers of a function that are compared.
ONE, MANY = 1, 1000
#: Bursts of calls, of which the shortest counts: it is the one that no other process disturbed.
BURSTS, CALLS = 150, 100
ENVIRONMENT = {"DOMOVOI_TF_NAME": "bench-dev", "AWS_LAMBDA_FUNCTION_NAME": "bench-dev"}
EVENTS = ["s3:ObjectCreated:*"]
MACHINE: dict[str, Any] = {"States": {}}
#: A title, and what declares a handler, by the last part of the figure's key.
SOURCES: dict[str, tuple[str, Callable[[Domovoi, int], Any]]] = {
    "schedule": ("schedule", lambda app, number: app.scheduled_function("rate(1 hour)")),
    "event": ("event rule", lambda app, number: app.cloudwatch_event_handler(source=[f"a{number}"])),
    "sns": ("SNS", lambda app, number: app.sns_topic_subscriber(f"t{number}")),
    "sqs": ("SQS", lambda app, number: app.sqs_queue_subscriber(f"q{number}")),
    "dynamodb": ("DynamoDB", lambda app, number: app.dynamodb_stream_handler(f"t{number}")),
    "kinesis": ("Kinesis", lambda app, number: app.kinesis_stream_handler(f"s{number}")),
    "ses": (
        "email",
        lambda app, number: app.email_receipt_handler(
            rule_set_name="r", recipients=[f"m{number}@example.com"]
        ),
    ),
    "task": ("Step Functions", lambda app, number: app.step_function_task(f"S{number}", MACHINE)),
    "alb": ("load balancer", lambda app, number: app.alb_target(f"/p{number}")),
    "s3": ("S3", lambda app, number: app.s3_event_handler(f"b{number}", EVENTS, use_sns=False)),
    "s3_sns": ("S3 through SNS", lambda app, number: app.s3_event_handler(f"b{number}", EVENTS)),
    "s3_sqs": (
        "S3 through SQS",
        lambda app, number: app.s3_event_handler(f"b{number}", EVENTS, use_sns=False, use_sqs=True),
    ),
    "logs": ("log data", lambda app, number: app.cloudwatch_logs_sub_filter_handler(f"/g{number}", "")),
}
#: Where the body is that a handler of S3 events would parse itself.
BODIES: dict[str, Callable[[Any], str]] = {
    "s3_sns": lambda event: event["Records"][0]["Sns"]["Message"],
    "s3_sqs": lambda event: event["Records"][0]["body"],
}


class Context:
    """Lambda's context object, as far as dispatch reads it."""

    aws_request_id = "1"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench-dev"

    def log(self, message: object) -> None:
        """Does nothing."""


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the microseconds of CPU time that dispatch adds to the call of a handler."""
    with patch.dict(os.environ, ENVIRONMENT):
        return [*measure_numbers(), *measure_bodies(), *measure_others(work)]


def measure_numbers() -> list[Figure]:
    """Returns what dispatch costs with one handler and with many."""
    figures = []
    for key, (title, _) in SOURCES.items():
        one, many = (time_dispatch(*prepare(key, handlers)) for handlers in (ONE, MANY))
        title = f"{title}, {MANY:,} handlers"
        figures.append(Figure(f"dispatch.{key}", title, many, "µs", "1 handler", one))
    return figures


def measure_bodies() -> list[Figure]:
    """Returns what dispatch costs if it must parse a message, beside parsing alone."""
    figures = []
    for key, find_body in BODIES.items():
        call, direct = prepare(key, ONE)
        body = find_body(make_event(key, declare(key, ONE)))
        parse = time_calls(functools.partial(json.loads, body))
        title = SOURCES[key][0]
        cost = time_dispatch(call, direct)
        figures.append(
            Figure(f"dispatch.{key}.json", title, cost, "µs", "`json.loads` of the message", parse)
        )
    return figures


def measure_others(work: Path) -> list[Figure]:
    """Returns what dispatch costs beside Domovoi, and beside the resolver and the batches of Powertools."""
    python = str(install_others() / "python")
    script = str(Path(__file__).with_name("dispatch_others.py"))
    events = {key: make_event(key, declare(key, MANY)) for key in ("sns", "alb", "sqs")}
    arguments = json.dumps({"events": events, "handlers": MANY, "bursts": BURSTS, "calls": CALLS})
    done = subprocess.run(
        [python, "-W", "ignore", script],
        input=arguments,
        capture_output=True,
        text=True,
        check=True,
        cwd=work,
    )
    names = {"sns": "Domovoi", "alb": "Powertools' `ALBResolver`", "sqs": "Powertools' `BatchProcessor`"}
    return [
        Figure(
            f"dispatch.{key}.other",
            f"{SOURCES[key][0]}, {MANY:,} handlers",
            time_dispatch(*prepare(key, MANY)),
            "µs",
            names[key],
            other,
        )
        for key, other in json.loads(done.stdout.splitlines()[-1]).items()
    ]


def declare(key: str, handlers: int) -> Domovoi:
    """Returns an app with so many handlers, of which each has a source of its own."""
    app = Domovoi()
    for number in range(handlers):

        def handle(event: Any, context: Any) -> None:
            pass

        handle.__name__ = handle.__qualname__ = f"handle{number}"
        SOURCES[key][1](app, number)(handle)
    return app


def make_event(key: str, app: Domovoi) -> Any:
    """Returns an event for the handler that is declared last."""
    route = app._resolve()[0][-1].route
    request = EventRequest(handler=route.handler, payload=route.trigger.sample(), environ=ENVIRONMENT)
    return route.trigger.event(request)


def prepare(key: str, handlers: int) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Returns the call of an app with an event, and the direct call of its handler."""
    app, context = declare(key, handlers), Context()
    event, handler = make_event(key, app), app._declared[-1].function
    return lambda: app(event, context), lambda: handler(event, context)


def time_dispatch(call: Callable[[], Any], direct: Callable[[], Any]) -> float:
    """Returns the microseconds by which a call takes longer than a direct one."""
    call()  # the first event builds the table
    return time_calls(call) - time_calls(direct)


def time_calls(call: Callable[[], Any]) -> float:
    """Returns the microseconds of CPU time of a call."""
    shortest = float("inf")
    for _ in range(BURSTS):
        start = time.process_time()
        for _ in range(CALLS):
            call()
        shortest = min(shortest, time.process_time() - start)
    return shortest / CALLS * 1e6
