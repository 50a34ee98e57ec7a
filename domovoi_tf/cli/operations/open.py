"""The command that leads into the AWS Management Console."""

from __future__ import annotations

from pathlib import Path

import click

from domovoi_tf.cli import options as cli_options
from domovoi_tf.cli import output, pipeline
from domovoi_tf.cli.operations import options


@click.command("open")
@cli_options.project_option
@cli_options.stage_option
@cli_options.reading_options
@options.emulator_option
@output.json_option
def open_console(project_dir: Path, stage: str, at_emulator: bool, as_json: bool) -> None:
    """Print the links of what is deployed in the AWS console.

    Example: domovoi-tf open --stage prod
    """
    from domovoi_tf.operations import console_links, deployed_functions

    application, settings = pipeline.load_deployed(project_dir, stage)
    account = options.account(settings, at_emulator)
    names = [function.name for function in application.functions]
    found = {name: deployed_functions.function(account, settings, name) for name in names}
    functions = {name: (each.arn, each.environment) for name, each in found.items()}
    links = console_links.links(application, settings, functions)
    if account.endpoint:
        click.echo(f"What runs at {account.endpoint} has no console: such are the links on AWS.", err=True)
    if as_json:
        output.print_json([link._asdict() for link in links])
    else:
        click.echo(output.table([[link.what, link.name, link.url] for link in links]))
