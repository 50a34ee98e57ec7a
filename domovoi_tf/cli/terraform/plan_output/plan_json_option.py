"""The option `--plan-json` of `plan`: a plan that somebody else has made, of any root module."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from domovoi_tf.cli import output
from domovoi_tf.cli.terraform import planning, stage_folder
from domovoi_tf.cli.terraform.plan_output import printing

option = click.option(
    "--plan-json",
    metavar="FILE",
    help="Show the plan of any repository: the output of `terraform show -json`; - for standard input.",
)
#: The options for making a plan.
_PLANNING = frozenset({"stage", "at_emulator", "lock_timeout", "unchecked"})


def reject_options(ctx: click.Context) -> None:
    """Checks that no options are given for making a plan, which ``--plan-json`` reads."""
    given = [
        max(parameter.opts, key=len)
        for parameter in ctx.command.params
        if parameter.name in _PLANNING
        and ctx.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if stage_folder.get_terraform_arguments(ctx):
        given.append("options for Terraform")
    if given:
        names = ", ".join(given)
        raise click.UsageError(f"--plan-json reads a plan that exists; {names} cannot be used with it.")


def print_plan_json(folder: Path, path: str, as_json: bool, as_markdown: bool) -> bool:
    """Prints the plan in a file, and returns whether it has changes. The rendered tree names the handlers.

    Args:
        folder: the output folder, which need not exist.
        path: the path of the file; ``-`` for standard input.
        as_json: whether to print JSON.
        as_markdown: whether to print Markdown.
    """
    from domovoi_tf.plans import changes, resource_owners
    from domovoi_tf.plans.callers.instances import PlanOwners
    from domovoi_tf.plans.callers.plan_file import read_plan_file

    document = read_plan_file(path)
    app = folder / "app"
    tree = resource_owners.read_owners(app) if app.is_dir() else None
    owners = PlanOwners(document, tree, folder=app, root=Path.cwd())
    listed = changes.list_changes(document, owners)
    made = planning.Plan(listed, "", bool(listed), path, document)
    printing.print_plan(made, owners, {"instances": [*owners.instances]}, "Plan", as_json, as_markdown)
    if not (made.has_changes or as_json or as_markdown):
        output.print_text("Nothing to change.")
    if warning := planning.find_shared(document):
        output.print_warning(warning)
    return made.has_changes
