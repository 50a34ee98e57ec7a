"""Explains decorators and methods that an app does not have, and an app that is no `Domovoi` object."""

from __future__ import annotations

import re
from difflib import get_close_matches
from types import TracebackType

import domovoi_tf

#: The decorators of Chalice, and those that take their place.
CHALICE = {
    "route": '@app.function_url() or @app.alb_target("/...")',
    "schedule": "@app.scheduled_function(...)",
    "on_cw_event": "@app.cloudwatch_event_handler(...)",
    "on_s3_event": "@app.s3_event_handler(...)",
    "on_sns_message": "@app.sns_topic_subscriber(...)",
    "on_sqs_message": "@app.sqs_queue_subscriber(...)",
    "on_kinesis_record": "@app.kinesis_stream_handler(...)",
    "on_dynamodb_record": "@app.dynamodb_stream_handler(...)",
}
_WEB_SOCKETS = "domovoi-tf has no WebSocket APIs. For HTTP requests write @app.function_url(...)."
_BLUEPRINTS = (
    "Put the handlers of another module into a function that takes the app, def register(app): ..., "
    "and call it in the app's module."
)
#: What Chalice has, but domovoi-tf has not, and what to do instead.
_MISSING = {
    "api": "There is no API Gateway here. CORS is an argument of @app.function_url, cors={...}.",
    "authorizer": 'Check the caller in the handler, or let AWS do it: @app.function_url(auth="AWS_IAM").',
    "current_request": "The event has the request: write def handler(event, context).",
    "experimental_feature_flags": "Remove this: there are no features to turn on.",
    "register_blueprint": _BLUEPRINTS,
    "routes": "Remove this: the command show lists the handlers.",
    "websocket_api": _WEB_SOCKETS,
    **{f"on_ws_{each}": _WEB_SOCKETS for each in ("connect", "message", "disconnect")},
}
#: Other words for sources of events. Parts of the decorators' names need no entry.
_WORDS = {
    "scheduled_function": ("cron", "rate", "timer", "every", "schedule_function"),
    "cloudwatch_event_handler": ("eventbridge", "event_bridge", "rule", "on_event", "event"),
    "function_url": ("http", "get", "post", "put", "delete", "patch", "api", "endpoint", "url"),
    "lambda_function": ("handler", "lambda_handler", "invoke"),
    "sqs_queue_subscriber": ("sqs_handler", "on_sqs"),
    "sns_topic_subscriber": ("sns_handler", "on_sns"),
    "s3_event_handler": ("bucket", "on_s3", "s3_handler"),
    "cloudwatch_logs_sub_filter_handler": ("log_handler",),
}
_UNEXPECTED = re.compile(r"Domovoi\.__init__\(\) got an unexpected keyword argument '(\w+)'")


def list_decorators() -> list[str]:
    """Returns the names of the app's decorators, in alphabetical order."""
    return sorted(
        name for name, value in vars(domovoi_tf.Domovoi).items() if type(value).__name__ == "EventSource"
    )


def explain_attribute(error: BaseException) -> tuple[str, str] | None:
    """Explains an attribute that the app does not have."""
    if not (isinstance(error, AttributeError) and isinstance(error.obj, domovoi_tf.Domovoi)):
        return None
    return f"app.{error.name} does not exist", suggest_attribute(str(error.name))


def suggest_attribute(name: str) -> str:
    """Returns the remedy for an attribute of the app that does not exist."""
    if name in CHALICE:
        return f"Chalice's @app.{name} is {CHALICE[name]} here."
    if name in _MISSING:
        return _MISSING[name]
    decorators = list_decorators()
    public = [each for each in dir(domovoi_tf.Domovoi) if not each.startswith("_")]
    near = (
        [decorator for decorator, words in _WORDS.items() if name in words]
        or get_close_matches(name, public, 1, 0.75)
        or [each for each in decorators if name in each.split("_")]
        or get_close_matches(name, public, 1)
    )
    if near:
        return f"Did you mean {' or '.join(f'app.{each}' for each in near)}?"
    return f"The app's decorators are {', '.join(decorators)}."


def explain_constructor(error: BaseException) -> tuple[str, str] | None:
    """Explains a wrong argument of ``Domovoi()``."""
    match = _UNEXPECTED.fullmatch(str(error)) if isinstance(error, TypeError) else None
    if match is None:
        return None
    known = [*domovoi_tf.Domovoi.__init__.__annotations__]
    known = [each for each in known if each != "return"]
    near = get_close_matches(match[1], known, 1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"Domovoi has no argument {match[1]}", f"{hint}Its arguments are {', '.join(known)}."


def explain_class(error: BaseException) -> tuple[str, str] | None:
    """Explains errors of an app that is the class `Domovoi` itself."""
    if isinstance(error, (TypeError, AttributeError)) and any(
        frame.tb_frame.f_globals.get("app") is domovoi_tf.Domovoi for frame in _list_frames(error)
    ):
        return describe_other_app("app", domovoi_tf.Domovoi)
    return None


def describe_other_app(name: str, value: object) -> tuple[str, str]:
    """Returns a message and a remedy for an app that is no `Domovoi` object.

    Args:
        name: the name of the app in its module, or of the module.
        value: the value.
    """
    if value is domovoi_tf.Domovoi:
        return f"{name} is the class Domovoi, not an object of it", "Write parentheses: app = Domovoi()"
    kind = type(value)
    return (
        f"{name} is an object of the class {kind.__module__.partition('.')[0]}.{kind.__qualname__}, not of "
        "domovoi_tf.Domovoi",
        "Write from domovoi_tf import Domovoi, and app = Domovoi()",
    )


def _list_frames(error: BaseException) -> list[TracebackType]:
    frames, each = [], error.__traceback__
    while each is not None:
        frames.append(each)
        each = each.tb_next
    return frames
