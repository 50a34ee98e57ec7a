"""The commands `plan`, `apply` and `drift`."""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.terraform import place, planning, stage_folder, stale_files
from domovoi_tf.cli.terraform.plan_output import change_lines, plan_json_option, printing
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domovoi_tf.plans.changes import Change
    from domovoi_tf.terraform.runner import Terraform


@click.command(cls=stage_folder.TerraformCommand)
@options.deployed_terraform_options
@options.lock_timeout_option
@stale_files.check_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON, and nothing else.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the changes for a pull request comment.")
@plan_json_option.option
@click.pass_context
def plan(
    ctx: click.Context,
    project_dir: Path,
    stage: str,
    out: Path | None,
    at_emulator: bool,
    lock_timeout: tuple[str, ...],
    unchecked: bool,
    detailed_exitcode: bool,
    as_json: bool,
    as_markdown: bool,
    plan_json: str | None,
) -> None:
    """Show a stage's changes by handler, then Terraform's plan.

    Also shows which permissions change, and what is public. Stops if the app has changed since `render` and
    `package`. Saves the plan for `domovoi-tf apply`, which rejects it if anything changed in the meantime.

    Example: domovoi-tf plan --stage prod --markdown
    """
    from domovoi_tf.plans import saved_plan

    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown cannot be used together.")
    folder = pipeline.get_output_folder(project_dir, out)
    if plan_json is not None:
        plan_json_option.reject_options(ctx)
        has_changes = plan_json_option.print_plan_json(folder, plan_json, as_json, as_markdown)
        _exit(planning.CHANGES if has_changes else 0, detailed=detailed_exitcode)
        return
    place.enter(project_dir, stage, out, at_emulator)
    terraform = stage_folder.open_terraform(project_dir, folder, stage, runs_provider=True)
    stage_folder.warn_if_killed(terraform)
    arguments = (*lock_timeout, *stage_folder.get_terraform_arguments(ctx))
    stale_files.require_current(project_dir, folder, stage, unchecked, arguments)
    if "-json" in arguments:
        _exit(terraform.run("plan", *arguments), detailed=True)
        return
    is_report = as_json or as_markdown
    made = planning.make_plan(terraform, folder, arguments, quiet=is_report, is_shown_unchanged=is_report)
    is_saved = made.has_changes and not made.file
    if is_saved:  # before it is printed to a reader that may not wait, such as `head`
        with planning.discard_plan_on_failure(terraform):
            saved_plan.save(terraform, saved_plan.read_inputs(terraform, folder))
    else:
        saved_plan.discard(terraform)
    printing.print_plan(
        made, printing.find_owners(made, folder), {"stage": stage}, f"Plan for {stage}", as_json, as_markdown
    )
    for reason in planning.find_obstacles(project_dir, stage, made.document):
        output.print_warning(f"{reason}\nApplying this plan stops before it changes anything.")
    if is_saved and not is_report:
        output.print_text(f"Apply this plan with: {spell('apply', stage)}")
    code = planning.CHANGES if made.has_changes else 0
    _exit(code, detailed=detailed_exitcode or "-detailed-exitcode" in arguments)


@click.command(cls=stage_folder.TerraformCommand)
@options.deployed_terraform_options
@options.lock_timeout_option
@stale_files.check_option
@options.yes_option
@click.pass_context
def apply(
    ctx: click.Context,
    project_dir: Path,
    stage: str,
    out: Path | None,
    at_emulator: bool,
    lock_timeout: tuple[str, ...],
    unchecked: bool,
    yes: bool,
) -> None:
    """Apply the saved plan; if there is none, plan, ask and apply.

    Without a saved plan, stops if the app has changed since `render` and `package`.

    With arguments after --, runs `terraform apply` with them instead.

    Example: domovoi-tf apply --stage prod
    """
    from domovoi_tf.plans import saved_plan

    folder = pipeline.get_output_folder(project_dir, out)
    place.enter(project_dir, stage, out, at_emulator)
    terraform = stage_folder.open_terraform(project_dir, folder, stage, runs_provider=True)
    stage_folder.warn_if_killed(terraform)
    if stage_folder.run_given_arguments(ctx, terraform, lock_timeout, yes):
        return
    saved = saved_plan.load(terraform)
    if saved:
        saved_plan.require_fresh(saved, saved_plan.read_inputs(terraform, folder), stage)
        output.print_text(
            f"The plan of {saved.created.astimezone():%Y-%m-%d %H:%M:%S} ({_format_age(saved.created)}):\n"
        )
        shown = planning.read_plan(terraform, folder, saved.path)
        change_lines.print_changes(shown.changes)
        printing.print_access(shown, printing.find_owners(shown, folder))
        planning.require_safe(terraform, project_dir, stage, shown.document)
        saved_plan.claim(terraform, saved)
    else:
        stale_files.require_current(project_dir, folder, stage, unchecked)
        planning.require_answer(yes)
        made = planning.make_plan(terraform, folder, lock_timeout)
        printing.print_plan(made, printing.find_owners(made, folder))
        if not made.has_changes:
            saved_plan.discard(terraform)
            return
        planning.require_safe(terraform, project_dir, stage, made.document)
        planning.confirm_plan(terraform, yes)
    planning.apply_plan(terraform, lock_timeout)


@click.command()
@options.deployed_terraform_options
@options.lock_timeout_option
@options.json_option
def drift(
    project_dir: Path,
    stage: str,
    out: Path | None,
    at_emulator: bool,
    lock_timeout: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show the changes that were made outside of Terraform.

    Exits with 2 if there are any. Changes nothing, neither on AWS nor in the state.

    Example: domovoi-tf drift --stage prod
    """
    from domovoi_tf.plans import summary

    folder = pipeline.get_output_folder(project_dir, out)
    place.enter(project_dir, stage, out, at_emulator)
    terraform = stage_folder.open_terraform(project_dir, folder, stage, runs_provider=True)
    stage_folder.warn_if_killed(terraform)
    stage_folder.initialise(terraform)
    deployed = stage_folder.is_deployed(terraform)
    changes = _find_drift(terraform, folder, lock_timeout) if deployed else ()
    if as_json:
        output.print_json({"stage": stage, "deployed": deployed, **summary.build_document(changes)})
    else:
        output.print_text(
            "\n".join(format_drift(changes, stage) if deployed else [format_not_deployed(stage)])
        )
    if changes:
        sys.exit(planning.CHANGES)


def _find_drift(terraform: Terraform, folder: Path, arguments: Sequence[str]) -> tuple[Change, ...]:
    from domovoi_tf.plans import resource_owners
    from domovoi_tf.plans.drift import list_drift

    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as private:
        path = Path(private, "plan")
        if not planning.detect_changes(terraform, path, "-refresh-only", *arguments):
            return ()
        return list_drift(terraform.read_json("show", str(path)), resource_owners.read_owners(folder / "app"))


def format_drift(changes: Sequence[Change], stage: str) -> list[str]:
    """Returns the lines that describe the changes made outside of Terraform."""
    from domovoi_tf.plans import summary

    if not changes:
        return [f"Nothing was changed outside of Terraform in {stage}."]
    return [
        f"Changed outside of Terraform in {stage}:",
        *change_lines.highlight_lines(summary.summarize_drift(changes)),
        f"To undo these changes, run `{spell('deploy', stage)}`. "
        "To keep them, add them to the app or its configuration.",
    ]


def format_not_deployed(stage: str) -> str:
    """Returns the sentence about a stage whose state has no resources."""
    return f"Nothing is deployed in {stage}. To deploy it, run `{spell('deploy', stage)}`."


def _exit(code: int, detailed: bool) -> None:
    """Exits with Terraform's exit code, except with that for changes unless the user wants it."""
    if code and (detailed or code != planning.CHANGES):
        sys.exit(code)


def _format_age(time: datetime) -> str:
    from domovoi_tf.terraform.locks import format_age

    return format_age(datetime.now(time.tzinfo) - time)
