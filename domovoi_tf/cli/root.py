"""The root command and the list of all commands."""

from __future__ import annotations

import click

from domovoi_tf.cli import global_options
from domovoi_tf.cli.lazy_group import Entry, LazyGroup

#: The commands by section of the help. A command's line is the first sentence of its own help, as a test
#: checks: `--help` shows the list without importing the commands.
SECTIONS = {
    "Project": [
        Entry("new-project", "project.new_project:new_project", "Create a project in a new folder."),
        Entry("show", "project.show:show", "Show the app's functions, handlers and event sources."),
        Entry("config", "project.config:config", "Show a stage's settings and where each one comes from."),
    ],
    "Deployment": [
        Entry("deploy", "deployment.deploy:deploy", "Render, package and plan the app, then ask and apply."),
        Entry(
            "dev",
            "deployment.dev_command.command:dev",
            "Run the working tree for the real events of the emulator.",
        ),
        Entry("render", "project.render:render", "Write the app's Terraform for one or more stages."),
        Entry("package", "deployment.package:package", "Build the deployment package in the output folder."),
        Entry("doctor", "deployment.doctor:doctor", "Check the project, Terraform and the AWS account."),
        Entry("local", "deployment.local:local", "Run and test the app on a local AWS emulator."),
    ],
    "Terraform": [
        Entry(
            "init", "terraform.passthrough:COMMANDS", "Install a stage's providers and set up its backend."
        ),
        Entry("validate", "terraform.passthrough:COMMANDS", "Check whether a stage's Terraform is valid."),
        Entry("plan", "terraform.plan:plan", "Show a stage's changes by handler, then Terraform's plan."),
        Entry(
            "apply", "terraform.plan:apply", "Apply the saved plan; if there is none, plan, ask and apply."
        ),
        Entry("drift", "terraform.plan:drift", "Show the changes that were made outside of Terraform."),
        Entry("destroy", "terraform.destroy:destroy", "Destroy a stage's resources after asking."),
        Entry("output", "terraform.passthrough:COMMANDS", "Show a stage's outputs."),
        Entry(
            "prune-moves",
            "terraform.prune_moves:prune_moves",
            "Remove the moved blocks that no stage needs any more.",
        ),
        Entry("backend", "terraform.backend:backend", "Manage a stage's remote state."),
    ],
    "Operations": [
        Entry(
            "invoke",
            "operations.invoke:invoke",
            "Invoke a handler with an event in the format of its source.",
        ),
        Entry("logs", "operations.logs:logs", "Show the logs of one or all handlers."),
        Entry("executions", "operations.executions:executions", "Manage executions of state machines."),
        Entry("dlq", "operations.dlq:dlq", "List and redrive the messages in dead-letter queues."),
        Entry(
            "events",
            "operations.events:events",
            "List, replay and save the events that `dev` has recorded.",
        ),
        Entry("console", "operations.console:console", "Show a deployed stage in the browser, until Ctrl-C."),
        Entry(
            "open", "operations.open:open_console", "Print links to the AWS console, or the URL of a handler."
        ),
    ],
    "Shell": [
        Entry("completion", "project.completion:completion", "Print a completion script for a shell."),
    ],
}
#: The names that Chalice, SAM, Terraform, the CDK and others use, and the closest command here.
EQUIVALENTS = {
    "build": "package",
    "create": "new-project",
    "delete": "destroy",
    "diff": "plan",
    "down": "local down",
    "env": "local env",
    "follow": "executions follow",
    "generate": "render",
    "help": "--help",
    "list": "show",
    "login": "init",
    "migrate": "backend migrate",
    "new": "new-project",
    "recover": "backend recover",
    "redrive": "dlq redrive",
    "remove": "destroy",
    "replay": "events replay",
    "run": "invoke",
    "send": "local send",
    "start": "local up",
    "state": "backend",
    "status": "local status",
    "synth": "render",
    "unlock": "backend unlock",
    "up": "local up",
    "tail": "logs",
    "url": "open",
    "version": "--version",
}


@click.group(
    cls=LazyGroup,
    sections=SECTIONS,
    equivalents=EQUIVALENTS,
    params=global_options.create_options(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda ctx, _, enabled: _print_versions(ctx) if enabled and not ctx.resilient_parsing else None,
    help="Show the versions of this program, Terraform and the AWS provider.",
)
def cli() -> None:
    """Deploy decorated Python functions to AWS Lambda with readable Terraform.

    \b
    Create a project, and in its folder write its Terraform
    and deploy it:
      domovoi-tf new-project beers
      domovoi-tf render
      domovoi-tf deploy          to AWS, after asking
      domovoi-tf local deploy    to a local AWS emulator
    """  # noqa: D301 - a backspace, by which click keeps lines as they are


def _print_versions(ctx: click.Context) -> None:
    from domovoi_tf.cli import versions

    for line in versions.describe_versions():
        click.echo(line)
    ctx.exit()
