"""The command `local send`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.operations import arguments
from domovoi_tf.cli.terraform import place
from domovoi_tf.errors import DomovoiError, EmulatorError
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import escape_controls

if TYPE_CHECKING:
    from domovoi_tf.model.event_request import SentPayload
    from domovoi_tf.model.trigger import Route
    from domovoi_tf.settings import Settings

#: The error codes of resources that do not exist.
_MISSING = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist")


@click.command()
@click.argument("handler")
@click.argument("data", metavar="[JSON]", required=False)
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File whose content is the payload: the object, the message, the body or the record.",
)
@click.option(
    "--via",
    default="",
    metavar="SOURCE",
    help="Part of the source's name, if the handler has several sources.",
)
@options.app_options
def send(handler: str, data: str | None, file: Path | None, via: str, project_dir: Path, stage: str) -> None:
    """Send an event to a handler through its event source.

    JSON is the payload of the event, as for `domovoi-tf invoke --event`; by default, it is the sample of the
    source. With --file, the content of a file is. For objects in a bucket, JSON is the key, or the key and
    the size, and FILE is the object.

    \b
    Example: domovoi-tf local send tend '{"beer": 1}'
             domovoi-tf local send thumbnail '"raw/cat.png"' --file cat.png
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from domovoi_tf.local import emulator_environment, function_check
    from domovoi_tf.operations import deployed_functions

    if data is not None:
        arguments.parse_json(data, "payload")
    emulator = place.require_emulator()
    application, settings = pipeline.load_deployed(project_dir, stage)
    route = deployed_functions.find_route(application, handler, via)
    payload = _read_payload(route, data, file)
    region = emulator_environment.find_region(settings.provider)
    client = partial(emulator_environment.create_client, emulator, region=region)
    environment = _get_function_environment(client, settings, route)
    function_check.require_start(client, environment["AWS_LAMBDA_FUNCTION_NAME"], stage)
    sent = _send(client, environment, route, payload, stage)
    output.print_text(escape_controls(sent))  # which may have the handler's response


def _send(
    client: Callable[[str], Any], environment: dict[str, str], route: Route, payload: SentPayload, stage: str
) -> str:
    """Makes the source emit an event, and returns a short description of what was done.

    Raises:
        EmulatorError: the source does not exist.
    """
    from botocore.exceptions import ClientError

    try:
        return route.trigger.send(client, environment, route.handler, payload)
    except LookupError:
        pass
    except ClientError as error:
        if not _MISSING.search(error.response["Error"]["Code"]):
            raise
    raise EmulatorError(
        f"The source of {route.handler} does not exist at the emulator: {route.trigger.describe()}.",
        f"Run `{spell('local deploy', stage)}` first, or press Enter in the terminal of `dev`.",
    )


def _read_payload(route: Route, data: str | None, file: Path | None) -> SentPayload:
    """Returns the payload that the arguments describe, or the sample of the source."""
    from domovoi_tf.model.event_request import SentPayload
    from domovoi_tf.system.text import format_json

    if file is None:
        text = format_json(route.trigger.sample(), None) if data is None else data
        return SentPayload(text_in_json=text)
    if data is not None and not route.trigger.names_file:
        raise click.UsageError("Give either JSON or --file: for this source, both are the payload.")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DomovoiError(f"{file} cannot be read: {error.strerror}.", "Correct its permissions.") from None
    return SentPayload(text_in_json=data or "", file=file.name, content=content)


def _get_function_environment(
    client: Callable[[str], Any], settings: Settings, route: Route
) -> dict[str, str]:
    """Returns the environment variables of the deployed function of a route.

    Raises:
        EmulatorError: the function is not deployed.
    """
    from botocore.exceptions import ClientError

    from domovoi_tf.operations.deployed_functions import build_function_name

    name = build_function_name(settings, route.trigger.function)
    try:
        configuration = client("lambda").get_function_configuration(FunctionName=name)
    except ClientError:
        raise EmulatorError(
            f"The function {name} is not deployed to the emulator.",
            f"Run `{spell('local deploy', settings.stage)}` first.",
        ) from None
    return {"AWS_LAMBDA_FUNCTION_NAME": name, **configuration.get("Environment", {}).get("Variables", {})}
