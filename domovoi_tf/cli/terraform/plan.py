"""Commands that show what would change or has changed, by handler, and apply what was shown."""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options as cli_options
from domovoi_tf.cli import pipeline
from domovoi_tf.cli.terraform import passthrough
from domovoi_tf.errors import DomovoiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domovoi_tf.plans.changes import Change
    from domovoi_tf.plans.summary import Line
    from domovoi_tf.terraform.runner import Terraform

CHANGES = 2
_OUT = ("-out", "--out")


@click.command(cls=passthrough.Passing)
@cli_options.project_argument
@cli_options.stage_option
@cli_options.out_option
@cli_options.terraform_option
@cli_options.lock_timeout_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where something would change.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON, and nothing else.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print them for a pull request's comment.")
@click.pass_context
def plan(
    ctx: click.Context,
    project_dir: Path,
    stage: str,
    out: Path | None,
    lock_timeout: tuple[str, ...],
    detailed_exitcode: bool,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Show what would change, by handler, then in Terraform's own words.

    The plan is kept for `domovoi-tf apply`, which refuses it once it is stale.

    Example: domovoi-tf plan --stage prod --markdown
    """
    if as_json and as_markdown:
        raise click.UsageError("Give --json or --markdown.")
    folder = pipeline.output_folder(project_dir, out)
    terraform = passthrough.terraform_in(folder, stage)
    arguments = (*lock_timeout, *passthrough.passed(ctx))
    detailed = detailed_exitcode or "-detailed-exitcode" in arguments
    if "-json" in arguments:
        _exit(terraform.run("plan", *arguments), detailed=True)
        return
    code = shown_plan(
        terraform, folder, stage, arguments, keep=True, as_json=as_json, as_markdown=as_markdown
    )
    if not (as_json or as_markdown) and code == CHANGES and not _given_out(arguments):
        click.echo(f"Apply this plan with: domovoi-tf apply{of(stage)}")
    _exit(code, detailed)


@click.command(cls=passthrough.Passing)
@cli_options.project_argument
@cli_options.stage_option
@cli_options.out_option
@cli_options.terraform_option
@cli_options.lock_timeout_option
@passthrough.yes_option
@click.pass_context
def apply(
    ctx: click.Context,
    project_dir: Path,
    stage: str,
    out: Path | None,
    lock_timeout: tuple[str, ...],
    yes: bool,
) -> None:
    """Apply the plan that was shown last; where there is none, plan, ask, and apply.

    With options after -- it is Terraform's own apply.

    Example: domovoi-tf apply --stage prod
    """
    from domovoi_tf.plans import saved_plan

    folder = pipeline.output_folder(project_dir, out)
    terraform = passthrough.terraform_in(folder, stage)
    if arguments := passthrough.passed(ctx):
        passthrough.run(terraform, "apply", *lock_timeout, *arguments)
        return
    kept = saved_plan.find(terraform)
    if kept:
        saved_plan.require_fresh(kept, saved_plan.basis(terraform, folder), stage)
        click.echo(f"The plan of {kept.made.astimezone():%Y-%m-%d %H:%M:%S} ({_age(kept.made)}):\n")
        show(changes_of(terraform, folder, kept.path))
        saved_plan.take(terraform, kept)
    else:
        passthrough.require_somebody(yes)
        if shown_plan(terraform, folder, stage, lock_timeout) != CHANGES:
            return
        agree(terraform, yes)
    apply_shown(terraform, lock_timeout)


@click.command()
@cli_options.project_argument
@cli_options.stage_option
@cli_options.out_option
@cli_options.terraform_option
@cli_options.lock_timeout_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def drift(
    project_dir: Path, stage: str, out: Path | None, lock_timeout: tuple[str, ...], as_json: bool
) -> None:
    """Show what was changed outside of Terraform, by handler; exit 2 where something was.

    Nothing is changed, neither on AWS nor in the state.

    Example: domovoi-tf drift --stage prod
    """
    from domovoi_tf.plans import changes as plan_changes
    from domovoi_tf.plans import resource_owners, summary

    folder = pipeline.output_folder(project_dir, out)
    terraform = passthrough.terraform_in(folder, stage)
    initialise(terraform, folder)
    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as private:
        path = Path(private, "plan")
        terraform.capture("plan", "-input=false", "-no-color", "-refresh-only", *lock_timeout, f"-out={path}")
        found = plan_changes.drifted(
            terraform.read_json("show", str(path)), resource_owners.read(folder / "app")
        )
    if as_json:
        click.echo(json.dumps({"stage": stage, **summary.document(found)}, indent=2))
    elif found:
        click.echo(f"Changed outside of Terraform in {stage}:")
        echo(summary.drift_lines(found))
        click.echo(
            f"To undo it: domovoi-tf deploy{of(stage)}. "
            "To keep it: write it into the app or its configuration."
        )
    else:
        click.echo(f"Nothing was changed outside of Terraform in {stage}.")
    if found:
        sys.exit(CHANGES)


def shown_plan(
    terraform: Terraform,
    folder: Path,
    stage: str,
    arguments: Sequence[str] = (),
    *,
    keep: bool = False,
    as_json: bool = False,
    as_markdown: bool = False,
) -> int:
    """Plans, shows it, and where it changes anything keeps the plan: for this process, or for a later one.

    Returns the exit code of ``terraform plan -detailed-exitcode``, 0 or 2; ends this process where Terraform
    fails.
    """
    from domovoi_tf.plans import saved_plan, summary
    from domovoi_tf.plans.terraform_output import PlanText

    silent = as_json or as_markdown
    initialise(terraform, folder)
    text = PlanText((lambda _: None) if silent else _write)
    path = saved_plan.prepare(terraform)
    own = _given_out(arguments)
    options = ("-detailed-exitcode", *([] if own else [f"-out={path}"]))
    code = terraform.run("plan", *passthrough.plain(), *options, *arguments, out=text.hear)
    if code not in (0, CHANGES):
        saved_plan.drop(terraform)
        _write(text.held)
        sys.exit(code)
    changes = changes_of(terraform, folder, terraform.folder / own if own else path)
    if as_json:
        click.echo(json.dumps({"stage": stage, **summary.document(changes)}, indent=2))
    elif as_markdown:
        click.echo(summary.markdown(changes, f"Plan for {stage}"), nl=False)
    else:
        show(changes)
        _write(text.held)
    if code != CHANGES or own:
        saved_plan.drop(terraform)
    elif keep:
        saved_plan.keep(terraform, saved_plan.basis(terraform, folder))
    return code


def initialise(terraform: Terraform, folder: Path) -> None:
    """Runs init where the tree calls modules that were not there when it ran last."""
    from domovoi_tf.plans import resource_owners

    called = {f"app.{label}" for label in resource_owners.read(folder / "app").modules}
    if not called <= terraform.list_installed_modules():
        click.echo("terraform init: the tree has new modules.", err=True)
        terraform.capture("init", "-input=false", "-no-color")


def changes_of(terraform: Terraform, folder: Path, path: Path) -> tuple[Change, ...]:
    """Returns what a plan file changes."""
    from domovoi_tf.plans import changes as plan_changes
    from domovoi_tf.plans import resource_owners

    return plan_changes.planned(terraform.read_json("show", str(path)), resource_owners.read(folder / "app"))


def agree(terraform: Terraform, yes: bool) -> None:
    """Asks whether the plan is to be applied; where it is not, it is forgotten and this process ends."""
    from domovoi_tf.plans import saved_plan

    try:
        passthrough.require_somebody(yes)
        passthrough.confirm(yes)
    except (click.Abort, DomovoiError):
        saved_plan.drop(terraform)
        raise


def apply_shown(terraform: Terraform, options: Sequence[str] = ()) -> None:
    """Applies the plan of this process, and drops it; ends with Terraform's exit code where it fails."""
    from domovoi_tf.plans import saved_plan

    try:
        passthrough.run(terraform, "apply", *options, str(saved_plan.written(terraform)))
    finally:
        saved_plan.drop(terraform)


def echo(lines: Sequence[Line]) -> None:
    """Prints the lines of a plan; what destroys stands out."""
    from domovoi_tf.plans import summary

    for line, text in zip(lines, summary.aligned(lines), strict=True):
        click.secho(text, fg="red" if line.destroys else None, bold=line.destroys or None)


def show(changes: Sequence[Change]) -> None:
    """Prints a plan by handler, and how much it is."""
    from domovoi_tf.plans import summary

    if changes:
        echo(summary.lines(changes))
        click.secho(f"{summary.totals(changes)}.\n", bold=True)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _given_out(arguments: Sequence[str]) -> str | None:
    """Returns the plan file that the user names."""
    for at, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name in _OUT:
            return value or next(iter(arguments[at + 1 :]), None)
    return None


def _exit(code: int, detailed: bool) -> None:
    if code and (detailed or code != CHANGES):
        sys.exit(code)


def of(stage: str) -> str:
    """Returns the option that names a stage in a command, where it is not the default one."""
    return "" if stage == "dev" else f" --stage {stage}"


def _age(made: datetime) -> str:
    from domovoi_tf.terraform.locks import format_age

    return format_age(datetime.now(made.tzinfo) - made)


COMMANDS = (plan, apply, drift)
