"""Commands for the local AWS emulator."""

from __future__ import annotations

import json as json_module
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options as cli_options
from domovoi_tf.cli import output, pipeline
from domovoi_tf.cli.deployment import package
from domovoi_tf.cli.operations import logs as log_commands
from domovoi_tf.cli.terraform import backend as remote
from domovoi_tf.cli.terraform import passthrough
from domovoi_tf.errors import DomovoiError, EmulatorError

if TYPE_CHECKING:
    from domovoi_tf.local.emulator_environment import Emulator
    from domovoi_tf.model.application import Application, Route
    from domovoi_tf.settings import Settings


@click.group()
def local() -> None:
    """The local AWS emulator: the same tree, no account."""


@local.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The port on 127.0.0.1; a free one if missing.")
@click.option("--iam", is_flag=True, help="Enforce the policies of the functions' roles.")
def up(port: int | None, iam: bool) -> None:
    """Start the emulator.

    Example: domovoi-tf local up
    """
    from domovoi_tf.local import emulator

    click.echo(f"The emulator runs at {emulator.up(port, iam).endpoint}.")
    click.echo('Point this shell at it with: eval "$(domovoi-tf local env)"')


@local.command()
def down() -> None:
    """Stop the emulator; what was deployed to it is gone.

    Example: domovoi-tf local down
    """
    from domovoi_tf.local import emulator

    click.echo("The emulator is stopped." if emulator.down() else "The emulator was not running.")


@local.command()
@output.json_option
def status(as_json: bool) -> None:
    """Say whether the emulator runs, and where; exit 1 where it does not.

    Example: domovoi-tf local status
    """
    from domovoi_tf.local import emulator

    found = emulator.running()
    if as_json:
        output.print_json({"running": found is not None, **(found._asdict() if found else {})})
    elif found is None:
        click.echo("The emulator is not running.")
    else:
        _say_running(found)
    if found is None:
        sys.exit(1)


def _say_running(found: Emulator) -> None:
    click.echo(f"The emulator runs at {found.endpoint} (process {found.pid}, log {found.log}).")
    if found.iam:
        click.echo("It enforces the policies of the functions' roles.")


@local.command()
def env() -> None:
    """Print export lines for plain terraform, aws and boto3.

    Example: eval "$(domovoi-tf local env)"
    """
    from domovoi_tf.local import emulator_environment

    click.echo(emulator_environment.exports(_running(), os.environ), nl=False)


@local.command()
@cli_options.project_argument
@cli_options.stage_option
@cli_options.out_option
@cli_options.terraform_option
@cli_options.force_option
@cli_options.reading_options
@package.options
def deploy(project_dir: Path, stage: str, out: Path | None, force: bool, **chosen: Any) -> None:
    """Deploy the project to the emulator, which is started where it does not run.

    Example: domovoi-tf local deploy
    """
    from domovoi_tf.local import emulator, emulator_environment
    from domovoi_tf.terraform import runner as terraform

    folder = pipeline.output_folder(project_dir, out)
    loaded = passthrough.prepare_tree(project_dir, stage, folder, force, chosen)
    found = emulator.up()
    overrides = emulator_environment.overrides(found, os.environ)
    with terraform.override_environment(overrides):
        if loaded.settings.has_state_bucket:
            pipeline.step(f"state bucket at {found.endpoint}")
            remote.create_bucket(loaded.settings.backend)
    given = _prepare_sources(found, *loaded)
    prepare_upload(found, loaded.settings)
    data, backend = _state(found, loaded.settings)
    runner = passthrough.terraform_in(folder, stage, {**overrides, **data, **given})
    pipeline.step("terraform init")
    runner.capture("init", "-input=false", *backend)
    passthrough.plan_and_apply(runner, f" at {found.endpoint}")


@local.command()
@click.argument("handler", required=False)
@cli_options.project_option
@cli_options.stage_option
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C.")
@click.option("--since", metavar="TIME", help="10m, 2h, or 17:30; all that there is if missing.")
@click.option("--filter", "wanted", metavar="TEXT", help="Only lines with this text.")
@click.option("--include-lambda-messages", is_flag=True, help="Lambda's own lines too: START, END, REPORT.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each line.")
@cli_options.reading_options
def logs(**options: Any) -> None:
    """Show the handlers' logs, as `domovoi-tf logs --emulator` does.

    Example: domovoi-tf local logs -f
    """
    log_commands.show(at_emulator=True, **options)


@local.command()
@click.argument("handler")
@click.argument("data", metavar="[JSON]", default="{}")
@cli_options.project_option
@cli_options.stage_option
@cli_options.reading_options
def send(handler: str, data: str, project_dir: Path, stage: str) -> None:
    """Make a handler's real source send an event with a payload.

    Example: domovoi-tf local send tend '{"beer": 1}'
    """
    from domovoi_tf.local import emulator_environment

    try:
        json_module.loads(data)
    except ValueError as error:
        raise DomovoiError(
            f"The payload is not JSON: {error}.", "Quote it for the shell: '{\"beer\": 1}'"
        ) from None
    found = _running()
    loaded = pipeline.load_deployed(project_dir, stage)
    route = _route(loaded.application, handler)
    deployed = _deployed(found, loaded.settings, route)
    click.echo(
        route.trigger.send(lambda name: emulator_environment.client(found, name), deployed, handler, data)
    )


def _running() -> Emulator:
    from domovoi_tf.local import emulator

    found = emulator.running()
    if found is None:
        raise EmulatorError("The emulator is not running.", "Start it with `domovoi-tf local up`.")
    return found


def _state(found: Emulator, settings: Settings) -> tuple[dict[str, str], list[str]]:
    """Keeps what is deployed to the emulator out of the stage's own state, where that is a local file.

    Returns Terraform's environment variables and the options of init for it.
    """
    if settings.backend and settings.backend[0] != "local":
        return {}, []
    state = found.log.parent / settings.name
    return {"TF_DATA_DIR": f"{state}.terraform"}, [f"-backend-config=path={state}.tfstate"]


def _prepare_sources(found: Emulator, application: Application, settings: Settings) -> dict[str, str]:
    """Creates what is another's on AWS; returns Terraform's variables for it that the user does not set."""
    from domovoi_tf.local import emulator_environment
    from domovoi_tf.model.names import NAME_KEY

    known = {NAME_KEY: settings.name, **settings.referred}
    given: dict[str, str] = {}
    for route in application.routes:
        given |= route.trigger.prepare(lambda name: emulator_environment.client(found, name), known) or {}
    variables = {f"TF_VAR_{name}": value for name, value in given.items()}
    return {name: value for name, value in variables.items() if name not in os.environ}


def prepare_upload(found: Emulator, settings: Settings) -> None:
    """Creates the bucket that the package is uploaded through, which on AWS exists."""
    from domovoi_tf.local import emulator_environment

    if settings.package_s3 is None:
        return
    s3 = emulator_environment.client(found, "s3")
    known = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    if settings.package_s3["bucket"] not in known:
        s3.create_bucket(Bucket=settings.package_s3["bucket"])


def _route(application: Application, handler: str) -> Route:
    routes = [route for route in application.routes if route.handler == handler]
    if not routes:
        known = ", ".join(sorted({route.handler for route in application.routes}))
        raise DomovoiError(f"There is no handler {handler!r}.", f"The app has: {known}.")
    return routes[0]


def _deployed(found: Emulator, settings: Settings, route: Route) -> dict[str, str]:
    """Returns the environment of the deployed function of a route."""
    from botocore.exceptions import ClientError

    from domovoi_tf.local import emulator_environment

    function = route.trigger.function
    name = f"{settings.name}-{function}" if function else settings.name
    try:
        answer = emulator_environment.client(found, "lambda").get_function_configuration(FunctionName=name)
    except ClientError:
        raise EmulatorError(
            f"The function {name} is not deployed to the emulator.", "Run `domovoi-tf local deploy` first."
        ) from None
    return {"AWS_LAMBDA_FUNCTION_NAME": name, **answer.get("Environment", {}).get("Variables", {})}
