"""The command `destroy`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options, output, pipeline, prompts
from domovoi_tf.cli.terraform import place, planning, stage_folder
from domovoi_tf.cli.terraform.plan_output import change_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domovoi_tf.plans.summary import Line

_CONFIRMATION = "destroy the resources"


@click.command(cls=stage_folder.TerraformCommand)
@options.deployed_terraform_options
@options.lock_timeout_option
@options.yes_option
@click.pass_context
def destroy(
    ctx: click.Context,
    project_dir: Path,
    stage: str,
    out: Path | None,
    at_emulator: bool,
    lock_timeout: tuple[str, ...],
    yes: bool,
) -> None:
    """Destroy a stage's resources after asking.

    Shows by handler what is destroyed and what remains. With arguments after --, runs `terraform destroy`
    with them instead.

    Example: domovoi-tf destroy --stage test
    """
    from domovoi_tf.plans.kept_resources import require_unprotected

    folder = pipeline.get_output_folder(project_dir, out)
    place.enter(project_dir, stage, out, at_emulator)
    terraform = stage_folder.open_terraform(project_dir, folder, stage, runs_provider=True)
    stage_folder.warn_if_killed(terraform)
    if stage_folder.run_given_arguments(ctx, terraform, lock_timeout, yes):
        return
    stage_folder.initialise(terraform)
    if not stage_folder.is_deployed(terraform):
        output.print_text(f"Nothing is deployed in {stage}, so there is nothing to destroy.")
        return
    prompts.require_answer(yes, _CONFIRMATION)
    made = planning.make_plan(terraform, folder, ("-destroy", *lock_timeout), is_shown_unchanged=True)
    with planning.discard_plan_on_failure(terraform):
        require_unprotected(made.document, stage)
    change_lines.print_changes(made.changes)
    for line in format_kept(planning.list_kept(made, folder)):
        output.print_text(line)
    planning.confirm_plan(terraform, yes, f"Destroy all of this in {stage}?", _CONFIRMATION)
    planning.apply_plan(terraform, lock_timeout)


def format_kept(lines: Sequence[Line]) -> list[str]:
    """Returns the lines about resources that remain, with a heading; none if nothing remains."""
    return ["Not destroyed:", *change_lines.wrap_lines(lines), ""] if lines else []
