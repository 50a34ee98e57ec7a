"""What is deployed of an app: its functions, as AWS has them, and whose an event is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.errors import DomovoiError
from domovoi_tf.operations.account import Account, NotDeployedError, code, explained
from domovoi_tf.runtime.dispatch import Table
from domovoi_tf.triggers import kind_module

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.model.trigger import Route
    from domovoi_tf.settings import Settings


class Deployed(NamedTuple):
    """A deployed function: its name and ARN, and its configuration.

    ``timeout`` is in seconds, ``dead_letters`` the ARN of its dead letter target or empty.
    """

    name: str
    arn: str
    environment: Mapping[str, str]
    timeout: int
    dead_letters: str


def function_name(settings: Settings, function: str) -> str:
    """Returns the name on AWS of a function of the app, the default one's where the name is empty."""
    return f"{settings.name}-{function}" if function else settings.name


def function(account: Account, settings: Settings, name: str) -> Deployed:
    """Returns a function as it is deployed.

    Args:
        account: where.
        settings: the stage's.
        name: the function's name in the app, empty for the default one.

    Raises:
        NotDeployedError: it is not there.
        AwsError: AWS cannot be asked.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    """
    from botocore.exceptions import ClientError

    on_aws = function_name(settings, name)
    with explained():
        try:
            found = account.client("lambda").get_function_configuration(FunctionName=on_aws)
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
            raise NotDeployedError(f"The function {on_aws}", account, settings.stage) from None
    given = {"AWS_LAMBDA_FUNCTION_NAME": on_aws, "AWS_REGION": account.region}
    return Deployed(
        name=on_aws,
        arn=found["FunctionArn"],
        environment={**given, **found.get("Environment", {}).get("Variables", {})},
        timeout=found.get("Timeout", 900),
        dead_letters=found.get("DeadLetterConfig", {}).get("TargetArn", ""),
    )


def route(application: Application, handler: str, via: str = "") -> Route:
    """Returns the route of a handler: the one next to it, or the one with a source of that name.

    Args:
        application: the app.
        handler: the handler's name.
        via: a part of the source's name.

    Raises:
        DomovoiError: there is none.
    """
    routes = [route for route in application.routes if route.handler == handler]
    if not routes:
        raise unknown("handler", handler, {route.handler for route in application.routes})
    found = [route for route in routes if via in route.trigger.describe()]
    if not found:
        sources = "; ".join(route.trigger.describe() for route in routes)
        raise DomovoiError(f"{handler} has no source with {via!r} in its name.", f"It has: {sources}.")
    return found[0]


def unknown(what: str, name: str, known: Iterable[str]) -> DomovoiError:
    """Returns the error of a name that the app does not have."""
    names = sorted(known)
    near = get_close_matches(name, names, 1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return DomovoiError(f"There is no {what} {name!r}.", f"{hint}The app has: {', '.join(names) or 'none'}.")


def handlers_of(application: Application, function: str, event: Any, environ: Mapping[str, str]) -> list[str]:
    """Returns the names of the handlers that an event is for, as far as it can be told.

    Args:
        application: the app.
        function: the function that the event is for, empty for the default one.
        event: the event.
        environ: the environment of the deployed function.
    """
    table = _table(application, function, environ)
    records = event.get("Records") if isinstance(event, dict) else None
    try:
        if not isinstance(records, list):
            found = list(table.find(event))
        else:
            found = [each for record in records for each in table.find(record, record=True)]
    except Exception:  # an event of any shape at all
        return []
    return list(dict.fromkeys(str(handler) for handler, _ in found))


def _table(application: Application, function: str, environ: Mapping[str, str]) -> Table:
    """Returns what finds a handler's name, in the place of the handler that only the function has."""
    kinds: dict[str, Any] = {}
    routes: dict[tuple[str, str], list[Any]] = {}
    for each in application.routes:
        trigger = each.trigger
        if trigger.function == function:
            delivery_kind = trigger.delivery_kind or trigger.kind
            kinds |= {kind: kind_module(kind) for kind in (delivery_kind, trigger.kind)}
            routes.setdefault((delivery_kind, trigger.key(each.handler, environ)), []).append(
                (trigger, each.handler)
            )
    return Table(kinds, routes)
