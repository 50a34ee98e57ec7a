"""The command `open`."""

from __future__ import annotations

from pathlib import Path

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.operations import arguments


@click.command("open")
@options.deployment_options
@options.json_option
def open_console(project_dir: Path, stage: str, at_emulator: bool, as_json: bool) -> None:
    """Print links to the app's resources in the AWS console.

    Example: domovoi-tf open --stage prod
    """
    from domovoi_tf.operations import console_links, deployed_functions

    application, settings = pipeline.load_deployed(project_dir, stage)
    account = arguments.open_account(settings, at_emulator)
    deployed = {
        function.name: deployed_functions.read_function(account, settings, function.name)
        for function in application.deployed_functions
    }
    functions = {name: (function.arn, function.environment) for name, function in deployed.items()}
    links = console_links.list_links(application, settings, functions)
    if account.endpoint:
        click.echo(
            f"The emulator at {account.endpoint} has no console. These are the links that AWS would have.",
            err=True,
        )
    if as_json:
        output.print_json([link._asdict() for link in links])
    else:
        click.echo(output.format_table([[link.what, link.name, link.url] for link in links]))
