"""The command that all others are commands of, and the list of them."""

from __future__ import annotations

import click

from domovoi_tf.cli import everywhere
from domovoi_tf.cli.groups import Entry, LazyGroup

#: A command's line is the first sentence of its help, which a test compares: the list imports nothing.
SECTIONS = {
    "Begin": [
        Entry("new-project", "new_project:new_project", "Write a new project into a folder of its name."),
        Entry("show", "project:show", "Show the app's functions, handlers and event sources."),
        Entry("config", "configuration:config", "Show a stage's settings, and where each came from."),
    ],
    "Deploy": [
        Entry("deploy", "deploying:deploy", "Render, package, plan, ask, and apply that plan."),
        Entry("render", "project:render", "Write the app as Terraform, for one stage or several."),
        Entry("package", "packaging:package", "Build the deployment package into the output folder."),
        Entry(
            "doctor", "doctor:doctor", "Say what is wrong, each with its remedy; exit 1 where anything is."
        ),
        Entry("local", "local:local", "The local AWS emulator: the same tree, no account."),
    ],
    "Terraform, in a stage's folder": [
        Entry("init", "running:COMMANDS", "Prepare a stage's folder: providers and remote state."),
        Entry("validate", "running:COMMANDS", "Check a stage's Terraform."),
        Entry("plan", "planning:plan", "Show what would change, by handler, then in Terraform's own words."),
        Entry(
            "apply",
            "planning:apply",
            "Apply the plan that was shown last; where there is none, plan, ask, and apply.",
        ),
        Entry(
            "drift",
            "planning:drift",
            "Show what was changed outside of Terraform, by handler; exit 2 where something was.",
        ),
        Entry("destroy", "running:COMMANDS", "Remove all that a stage has, after asking."),
        Entry("output", "running:COMMANDS", "Show a stage's outputs."),
        Entry("backend", "remote:backend", "Remote state."),
    ],
    "After deployment": [
        Entry(
            "invoke",
            "invoke:invoke",
            "Call a handler with an event as its source sends it; exit 1 when it fails.",
        ),
        Entry("logs", "logs:logs", "Show the logs of all handlers, or of one."),
        Entry("executions", "executions:executions", "Executions of the app's state machines."),
        Entry("dlq", "dlq:dlq", "The events that functions could not handle, in their dead letter queues."),
        Entry("open", "console:open_console", "Print the links of what is deployed in the AWS console."),
    ],
    "The command line": [
        Entry(
            "completion",
            "completion:completion",
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
    params=everywhere.options(),
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
    from domovoi_tf import versions

    for line in versions.lines():
        click.echo(line)
    ctx.exit()
