"""Finds the deployed functions of an app, and the handlers that an event is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.errors import DomovoiError
from domovoi_tf.operations.account import Account, NotDeployedError, get_error_code, translate_errors
from domovoi_tf.runtime.dispatch import Table
from domovoi_tf.triggers import import_kind

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.model.trigger import Route
    from domovoi_tf.settings import Settings


class DeployedFunction(NamedTuple):
    """A deployed function.

    Args:
        name: its name on AWS.
        arn: its ARN.
        environment: its environment variables, with those that Lambda sets.
        timeout: its timeout in seconds.
        dead_letter_target: the ARN of its dead-letter target; empty if it has none.
    """

    name: str
    arn: str
    environment: Mapping[str, str]
    timeout: int
    dead_letter_target: str


def build_function_name(settings: Settings, function: str) -> str:
    """Returns the name of a function on AWS.

    Args:
        settings: the stage's settings.
        function: the function's name in the app; empty for the default function.
    """
    return f"{settings.name}-{function}" if function else settings.name


def read_function(account: Account, settings: Settings, name: str) -> DeployedFunction:
    """Reads the configuration of a deployed function.

    Args:
        account: the account and Region.
        settings: the stage's settings.
        name: the function's name in the app; empty for the default function.

    Raises:
        NotDeployedError: the function does not exist.
        AwsError: AWS could not be reached, or refused the request.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    """
    from botocore.exceptions import ClientError

    function_name = build_function_name(settings, name)
    with translate_errors():
        try:
            configuration = account.create_client("lambda").get_function_configuration(
                FunctionName=function_name
            )
        except ClientError as error:
            if get_error_code(error) != "ResourceNotFoundException":
                raise
            raise NotDeployedError(f"The function {function_name}", account, settings.stage) from None
    reserved = {"AWS_LAMBDA_FUNCTION_NAME": function_name, "AWS_REGION": account.region}
    return DeployedFunction(
        name=function_name,
        arn=configuration["FunctionArn"],
        environment={**reserved, **configuration.get("Environment", {}).get("Variables", {})},
        timeout=configuration.get("Timeout", 900),
        dead_letter_target=configuration.get("DeadLetterConfig", {}).get("TargetArn", ""),
    )


def find_route(application: Application, handler: str, via: str = "") -> Route:
    """Returns the route of a handler; if it has several, the first one with a matching source.

    Args:
        application: the app.
        handler: the handler's name.
        via: a part of the source's name.

    Raises:
        DomovoiError: there is no such handler, or it has no matching source.
    """
    routes = [route for route in application.routes if route.handler == handler]
    if not routes:
        raise make_unknown_name_error("handler", handler, {route.handler for route in application.routes})
    matches = [route for route in routes if via in route.trigger.describe()]
    if not matches:
        sources = "; ".join(route.trigger.describe() for route in routes)
        raise DomovoiError(f"{handler} has no source with {via!r} in its name.", f"It has: {sources}.")
    return matches[0]


def make_unknown_name_error(kind: str, name: str, known: Iterable[str]) -> DomovoiError:
    """Returns the error about a name that is not in the app, with a similar name that is.

    Args:
        kind: the kind of thing, such as "handler".
        name: the name that the user gave.
        known: the names in the app.
    """
    names = sorted(known)
    similar = get_close_matches(name, names, 1)
    hint = f"Did you mean {similar[0]!r}? " if similar else ""
    return DomovoiError(f"There is no {kind} {name!r}.", f"{hint}The app has: {', '.join(names) or 'none'}.")


def find_handlers(
    application: Application, function: str, event: Any, environ: Mapping[str, str]
) -> list[str]:
    """Returns the names of the handlers that an event is for; empty if that cannot be determined.

    Args:
        application: the app.
        function: the name of the function in the app; empty for the default function.
        event: the event.
        environ: the environment of the deployed function.
    """
    table = _build_table(application, function, environ)
    records = event.get("Records") if isinstance(event, dict) else None
    try:
        if direct := table.find_direct(event):
            matches = direct
        elif not isinstance(records, list):
            matches = list(table.find(event))
        else:
            matches = [match for record in records for match in table.find(record, record=True)]
    except Exception:  # the event may have any shape
        return []
    return list(dict.fromkeys(str(handler) for handler, _ in matches))


def _build_table(application: Application, function: str, environ: Mapping[str, str]) -> Table:
    """Returns a dispatch table with the names of the handlers in place of the handlers."""
    kinds: dict[str, Any] = {}
    routes: dict[tuple[str, str], list[Any]] = {}
    for each in application.routes:
        trigger = each.trigger
        if trigger.function == function:
            delivery_kind = trigger.delivery_kind or trigger.kind
            kinds |= {kind: import_kind(kind) for kind in (delivery_kind, trigger.kind)}
            routes.setdefault((delivery_kind, trigger.key(each.handler, environ)), []).append(
                (trigger, each.handler)
            )
    return Table(kinds, routes)
