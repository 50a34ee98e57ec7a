"""The whole path from a project to AWS in one command."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options as cli_options
from domovoi_tf.cli import pipeline
from domovoi_tf.cli.deployment import package
from domovoi_tf.cli.progress import Step, Steps
from domovoi_tf.cli.terraform import passthrough, plan
from domovoi_tf.errors import TerraformError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domovoi_tf.operations.endpoints import Place
    from domovoi_tf.plans.changes import Change
    from domovoi_tf.terraform.runner import Terraform

_LOOKED = re.compile(r"^(\S+): (?:Refreshing state|Reading)", re.MULTILINE)
_FINISHED = re.compile(r"^(\S+): (?:Creation|Modifications|Destruction) complete after", re.MULTILINE)


@click.command()
@cli_options.project_argument
@cli_options.stage_option
@cli_options.out_option
@cli_options.terraform_option
@passthrough.yes_option
@click.option("--dry-run", is_flag=True, help="Stop after the plan, which `domovoi-tf apply` then applies.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON in the end; needs --yes or --dry-run.")
@cli_options.lock_timeout_option
@cli_options.force_option
@cli_options.reading_options
@package.options
def deploy(
    project_dir: Path,
    stage: str,
    out: Path | None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
    lock_timeout: tuple[str, ...],
    force: bool,
    **chosen: Any,
) -> None:
    """Render, package, plan, ask, and apply that plan.

    Example: domovoi-tf deploy --stage prod
    """
    if as_json and not (yes or dry_run):
        raise click.UsageError("--json asks nothing: add --yes or --dry-run.")
    folder = pipeline.output_folder(project_dir, out)
    steps = Steps(aside=as_json)
    _prepare(steps, project_dir, stage, folder, force, chosen)
    terraform = passthrough.terraform_in(folder, stage)
    with steps.step("init"):
        terraform.capture("init", "-input=false", "-no-color")
    changes, pending = _plan(steps, terraform, folder, lock_timeout, keep=dry_run)
    if pending and not as_json:
        click.echo()
        plan.show(changes)
    if pending and not dry_run:
        plan.agree(terraform, yes)
        _apply(steps, terraform, stage, changes, lock_timeout)
    applied = pending and not dry_run
    found = () if pending and dry_run else _places(terraform)
    if as_json:
        _print_json(stage, steps, changes, found, applied)
    else:
        _print(stage, steps, changes, found, applied=applied, pending=pending)


def _prepare(
    steps: Steps, project_dir: Path, stage: str, folder: Path, force: bool, chosen: dict[str, Any]
) -> None:
    with steps.step("render"):
        loaded = package.with_options(pipeline.load(project_dir, stage), **chosen)
        pipeline.write_tree(project_dir, folder, loaded, force)
    with steps.step("package") as step:
        built = package.build(project_dir, folder, loaded)
        made = [each for each in (built.zip, built.layer) if each]
        step.said = ", ".join(f"{each.path.name} {each.size:,} bytes" for each in made)


def _plan(
    steps: Steps, terraform: Terraform, folder: Path, options: Sequence[str], keep: bool
) -> tuple[tuple[Change, ...], bool]:
    """Plans and returns the changes, if there are any; keeps the plan if a later process is to apply it."""
    from domovoi_tf.plans import saved_plan, summary

    with steps.step("plan") as step:
        path = saved_plan.prepare(terraform)
        terraform.capture(
            "plan", "-input=false", "-no-color", *options, f"-out={path}", out=lambda text: _tell(step, text)
        )
        changes = plan.changes_of(terraform, folder, path)
        if not changes:
            saved_plan.drop(terraform)
            step.said = "nothing to change"
            return changes, False
        if keep:
            saved_plan.keep(terraform, saved_plan.basis(terraform, folder))
        step.said = summary.totals(changes)
    return changes, True


def _apply(
    steps: Steps, terraform: Terraform, stage: str, changes: Sequence[Change], options: Sequence[str]
) -> None:
    """Applies the plan, and says how far it is."""
    from domovoi_tf.plans import saved_plan, summary
    from domovoi_tf.terraform.locks import LockedError

    total = summary.operations(changes)
    finished: list[str] = []

    def hear(text: str) -> None:
        finished.extend(_FINISHED.findall(text))
        if "Interrupt received" in text:
            click.echo("Interrupted: waiting for Terraform to finish what it began.", err=True)
        step.now(f"{len(finished)} of {total}  {finished[-1] if finished else ''}")

    with steps.step("apply") as step:
        path = saved_plan.written(terraform)
        try:
            terraform.capture("apply", "-input=false", "-no-color", *options, str(path), out=hear)
        except LockedError:
            raise
        except TerraformError as error:
            raise TerraformError(
                error.message,
                "What was applied before that stays. Correct it, and run "
                f"`domovoi-tf deploy{plan.of(stage)}` again: it goes on from there.",
                error.exit_code,
            ) from None
        finally:
            saved_plan.drop(terraform)
        step.said = f"{len(finished)} of {total} done"


def _tell(step: Step, text: str) -> None:
    """Shows what Terraform looks at."""
    if looked := _LOOKED.findall(text):
        step.now(looked[-1])


def _places(terraform: Terraform) -> tuple[Place, ...]:
    from domovoi_tf.operations.endpoints import places

    return places(terraform.read_json("output"))


def _print_json(
    stage: str, steps: Steps, changes: Sequence[Change], found: Sequence[Place], applied: bool
) -> None:
    from domovoi_tf.plans import summary

    document = {
        "stage": stage,
        "applied": applied,
        "steps": [{"name": done.name, "seconds": round(done.seconds, 1)} for done in steps.done],
        **summary.document(changes),
        "places": [place._asdict() for place in found],
    }
    click.echo(json.dumps(document, indent=2))


def _print(
    stage: str,
    steps: Steps,
    changes: Sequence[Change],
    found: Sequence[Place],
    *,
    applied: bool,
    pending: bool,
) -> None:
    from domovoi_tf.plans import summary

    if pending and not applied:
        click.echo(f"Apply this plan with: domovoi-tf apply{plan.of(stage)}")
        return
    if new := summary.new_handlers(changes):
        click.echo(f"New: {', '.join(new)}")
    width = max((len(_title(place)) for place in found), default=0)
    for place in found:
        click.echo(f"  {_title(place):<{width}}  {place.where}")
    click.echo(f"{'Deployed' if applied else 'Nothing to change in'} {stage} in {steps.timings()}")


def _title(place: Place) -> str:
    return f"{place.what} {'' if place.name == 'default' else place.name}".rstrip()
