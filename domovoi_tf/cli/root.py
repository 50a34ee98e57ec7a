"""The command that all others are commands of, and the list of them."""

from __future__ import annotations

import click

from domovoi_tf.cli import global_options
from domovoi_tf.cli.lazy_group import Entry, LazyGroup

#: A command's line is the first sentence of its help, which a test compares: the list imports nothing.
SECTIONS = {
    "Begin": [
        Entry(
            "new-project", "project.new_project:new_project", "Write a new project into a folder of its name."
        ),
        Entry("show", "project.render:show", "Show the app's functions, handlers and event sources."),
        Entry("config", "project.config:config", "Show a stage's settings, and where each came from."),
    ],
    "Deploy": [
        Entry("deploy", "deployment.deploy:deploy", "Render, package, plan, ask, and apply that plan."),
        Entry("render", "project.render:render", "Write the app as Terraform, for one stage or several."),
        Entry(
            "package", "deployment.package:package", "Build the deployment package into the output folder."
        ),
        Entry(
            "doctor",
            "deployment.doctor:doctor",
            "Say what is wrong, each with its remedy; exit 1 where anything is.",
        ),
        Entry("local", "deployment.local:local", "The local AWS emulator: the same tree, no account."),
    ],
    "Terraform, in a stage's folder": [
        Entry(
            "init", "terraform.passthrough:COMMANDS", "Prepare a stage's folder: providers and remote state."
        ),
        Entry("validate", "terraform.passthrough:COMMANDS", "Check a stage's Terraform."),
        Entry(
            "plan",
            "terraform.plan:plan",
            "Show what would change, by handler, then in Terraform's own words.",
        ),
        Entry(
            "apply",
            "terraform.plan:apply",
            "Apply the plan that was shown last; where there is none, plan, ask, and apply.",
        ),
        Entry(
            "drift",
            "terraform.plan:drift",
            "Show what was changed outside of Terraform, by handler; exit 2 where something was.",
        ),
        Entry("destroy", "terraform.passthrough:COMMANDS", "Remove all that a stage has, after asking."),
        Entry("output", "terraform.passthrough:COMMANDS", "Show a stage's outputs."),
        Entry("backend", "terraform.backend:backend", "Remote state."),
    ],
    "After deployment": [
        Entry(
            "invoke",
            "operations.invoke:invoke",
            "Call a handler with an event as its source sends it; exit 1 when it fails.",
        ),
        Entry("logs", "operations.logs:logs", "Show the logs of all handlers, or of one."),
        Entry("executions", "operations.executions:executions", "Executions of the app's state machines."),
        Entry(
            "dlq",
            "operations.dlq:dlq",
            "The events that functions could not handle, in their dead letter queues.",
        ),
        Entry(
            "open", "operations.open:open_console", "Print the links of what is deployed in the AWS console."
        ),
    ],
    "The command line": [
        Entry(
            "completion",
            "project.completion:completion",
            "Print what makes a shell complete this program's commands.",
        ),
    ],
}
#: What Chalice, SAM, Terraform, the CDK and others call what this program has, or has nearly.
EQUIVALENTS = {
    "build": "package",
    "create": "new-project",
    "delete": "destroy",
    "diff": "plan",
    "down": "local down",
    "generate": "render",
    "help": "--help",
    "list": "show",
    "login": "init",
    "new": "new-project",
    "remove": "destroy",
    "start": "local up",
    "state": "backend",
    "status": "local status",
    "synth": "render",
    "up": "local up",
    "tail": "logs",
    "url": "open",
    "version": "--version",
}


@click.group(
    cls=LazyGroup,
    sections=SECTIONS,
    equivalents=EQUIVALENTS,
    params=global_options.options(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda ctx, _, given: _print_versions(ctx) if given and not ctx.resilient_parsing else None,
    help="Show the versions of this program, of Terraform and of the AWS provider.",
)
def cli() -> None:
    """Decorated Python functions as AWS Lambda functions, through Terraform that you can read.

    \b
    domovoi-tf new-project beers writes a project. In its folder:
      domovoi-tf render          write terraform/
      domovoi-tf deploy          render, package, plan, ask, apply
      domovoi-tf local deploy    the same on a local emulator of AWS
    """  # noqa: D301 - a backspace, by which click keeps lines as they are


def _print_versions(ctx: click.Context) -> None:
    from domovoi_tf.cli import versions

    for line in versions.lines():
        click.echo(line)
    ctx.exit()
