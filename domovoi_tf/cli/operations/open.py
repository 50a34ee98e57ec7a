"""The command `open`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.operations import arguments
from domovoi_tf.errors import DomovoiError
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from domovoi_tf.model.application import Application
    from domovoi_tf.operations.account import Account
    from domovoi_tf.settings import Settings


@click.command("open")
@click.argument("handler", required=False)
@options.deployment_options
@options.json_option
def open_console(
    handler: str | None, project_dir: Path, stage: str, at_emulator: bool, as_json: bool
) -> None:
    """Print links to the AWS console, or the URL of a handler.

    The links are those of all resources of the app. With HANDLER, prints the URL at which it answers
    requests: that of its function, or of its load balancer.

    \b
    Example: domovoi-tf open --stage prod
             domovoi-tf open serve --emulator
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    application, settings = pipeline.load_deployed(project_dir, stage)
    account = arguments.open_account(settings, at_emulator)
    if handler:
        _print_page(application, settings, account, handler, as_json)
    else:
        _print_links(application, settings, account, as_json)


def _print_links(application: Application, settings: Settings, account: Account, as_json: bool) -> None:
    from domovoi_tf.operations import console_links, deployed_functions

    deployed = {
        function.name: deployed_functions.read_function(account, settings, function.name)
        for function in application.deployed_functions
    }
    functions = {name: (function.arn, function.environment) for name, function in deployed.items()}
    links = console_links.list_links(application, settings, functions)
    if account.endpoint:
        output.print_text(
            f"The emulator at {account.endpoint} has no console. These are the links that AWS would have.",
            err=True,
        )
    if as_json:
        output.print_json([link._asdict() for link in links])
    else:
        output.echo(output.format_table([[link.what, link.name, link.url] for link in links]))


def _print_page(
    application: Application, settings: Settings, account: Account, handler: str, as_json: bool
) -> None:
    """Prints the URL at which a handler answers requests."""
    from domovoi_tf.operations import deployed_functions
    from domovoi_tf.operations.account import translate_errors
    from domovoi_tf.operations.console_links import Link

    route = deployed_functions.find_route(application, handler)
    function = deployed_functions.read_function(account, settings, route.trigger.function)
    with translate_errors():
        page = route.trigger.find_page(account.create_client, function.environment)
    if page is None:
        command = "local send" if account.endpoint else "invoke"
        raise DomovoiError(
            f"{handler} has no URL: its events come from {route.trigger.describe()}.",
            f"Send it an event with `{spell(f'{command} {handler}', settings.stage)}`.",
        )
    url, note = page
    if as_json:
        output.print_json([Link("handler", handler, url)._asdict()])
    else:
        click.echo(url)
    if note:
        output.print_text(note, err=True)
