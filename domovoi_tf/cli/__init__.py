"""The command line. Commands orchestrate; what is slow to import is imported when a command runs."""

from __future__ import annotations

import os
import sys
import traceback

import click

from domovoi_tf import __version__
from domovoi_tf.cli import (
    configuration,
    console,
    deploying,
    dlq,
    doctor,
    executions,
    invoke,
    local,
    logs,
    new_project,
    packaging,
    planning,
    project,
    remote,
    running,
)
from domovoi_tf.errors import DomovoiError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the whole traceback of an error.")
@click.version_option(__version__, prog_name="domovoi-tf")
def cli(debug: bool) -> None:
    """Decorated Python functions as AWS Lambda functions, through Terraform that you can read.

    \b
    domovoi-tf new-project beers writes a project. In its folder:
      domovoi-tf render          write terraform/
      domovoi-tf deploy          render, package, plan, ask, apply
      domovoi-tf local deploy    the same on a local emulator of AWS
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    if debug:
        os.environ["DOMOVOI_TF_DEBUG"] = "1"


for command in (
    new_project.new_project,
    *project.COMMANDS,
    packaging.package,
    *configuration.COMMANDS,
    *running.COMMANDS,
    *planning.COMMANDS,
    deploying.deploy,
    doctor.doctor,
    remote.backend,
    local.local,
    invoke.invoke,
    logs.logs,
    executions.executions,
    dlq.dlq,
    console.open_console,
):
    cli.add_command(command)


def main() -> None:
    """Runs the command line: an error is its message and its remedy, and an exit code that is not 0."""
    try:
        cli(prog_name="domovoi-tf")
    except DomovoiError as error:
        if os.environ.get("DOMOVOI_TF_DEBUG"):
            traceback.print_exc()
        click.secho("Error: ", fg="red", bold=True, err=True, nl=False)
        click.echo(error.message, err=True)
        if error.remedy:
            click.echo(error.remedy, err=True)
        sys.exit(error.exit_code)
