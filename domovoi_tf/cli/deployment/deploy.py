"""The command `deploy`."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.deployment import local_deploy, package
from domovoi_tf.cli.progress import Steps
from domovoi_tf.cli.project import tree
from domovoi_tf.cli.terraform import place, planning, stage_folder
from domovoi_tf.cli.terraform.plan_output import change_lines
from domovoi_tf.errors import TerraformError
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domovoi_tf.local.emulator_environment import Emulator
    from domovoi_tf.operations.endpoints import Endpoint
    from domovoi_tf.packaging.build import Package
    from domovoi_tf.plans.changes import Change
    from domovoi_tf.settings import Settings
    from domovoi_tf.terraform.runner import Terraform

_REFRESHED = re.compile(r"^(\S+): (?:Refreshing state|Reading)", re.MULTILINE)
_FINISHED = re.compile(r"^(\S+): (?:Creation|Modifications|Destruction) complete after", re.MULTILINE)


class Deployment(NamedTuple):
    """The result of `deploy`.

    Args:
        stage: the name of the stage.
        changes: the planned changes.
        applied: whether the changes were applied.
        endpoints: the log groups, URLs and other resources to look at.
        steps: the steps with their durations.
        functions: the names of the app's handlers, each with that of its function.
        at_emulator: whether the emulator has the deployment.
    """

    stage: str
    changes: Sequence[Change]
    applied: bool
    endpoints: Sequence[Endpoint]
    steps: Steps
    functions: Mapping[str, str]
    at_emulator: bool = False


@click.command()
@options.deployed_terraform_options
@options.yes_option
@click.option("--dry-run", is_flag=True, help="Stop after the plan and save it for `domovoi-tf apply`.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON when finished; needs --yes or --dry-run.")
@options.lock_timeout_option
@options.force_option
@options.rename_options
@options.import_options
@options.package_options
def deploy(
    project_dir: Path,
    stage: str,
    out: Path | None,
    at_emulator: bool,
    yes: bool,
    dry_run: bool,
    as_json: bool,
    lock_timeout: tuple[str, ...],
    force: bool,
    **package_options: Any,
) -> None:
    """Render, package and plan the app, then ask and apply.

    With --emulator, starts the emulator if necessary, and creates the resources that the app refers to, such
    as existing queues.

    Example: domovoi-tf deploy --stage prod
    """
    if as_json and not (yes or dry_run):
        raise click.UsageError("--json cannot ask for confirmation. Add --yes or --dry-run.")
    folder = pipeline.get_output_folder(project_dir, out)
    steps = Steps(stderr=as_json)
    advise = not place.is_emulated(at_emulator)
    stage_folder.start_provider(project_dir, folder, stage, at_emulator)
    project, built = _build(steps, project_dir, stage, folder, force, package_options, advise)
    emulator = local_deploy.enter(steps, project, built, folder, at_emulator)
    terraform = stage_folder.open_terraform(project_dir, folder, stage, runs_provider=True)
    _initialise(steps, terraform, emulator, project.settings)
    changes, outputs = _plan(steps, terraform, project_dir, folder, lock_timeout, save=dry_run)
    if changes and not as_json:
        output.echo("")
        change_lines.print_changes(changes)
    applied = bool(changes) and not dry_run
    if applied:
        planning.confirm_plan(terraform, yes)
        _apply(steps, terraform, stage, changes, lock_timeout)
    if outputs is None:
        outputs = terraform.read_json("output")
    endpoints = _list_endpoints(terraform, outputs)
    functions = {route.handler: route.trigger.function for route in project.application.routes}
    deployment = Deployment(stage, changes, applied, endpoints, steps, functions, emulator is not None)
    if as_json:
        output.print_json(describe_deployment(deployment))
    else:
        output.echo("\n".join(format_deployment(deployment, output.get_width(sys.stdout))))


def _build(
    steps: Steps,
    project_dir: Path,
    stage: str,
    folder: Path,
    force: bool,
    package_options: dict[str, Any],
    advise: bool,
) -> tuple[pipeline.Project, Package]:
    """Renders the app, builds its package, and returns both.

    The step of rendering shows advice about the state and the quotas on AWS if ``advise`` is true.
    """
    from domovoi_tf.state.effective_backend import require_bucket

    with steps.run("render"):
        loaded = pipeline.load(project_dir, stage, pipeline.TO_RENDER, quotas=advise)
        project = loaded.with_package_options(**package_options)
        require_bucket(project.settings.backend, folder / "stages" / stage, os.environ)
        changes = tree.update_tree(project_dir, folder, [project], force)
        lines = tree.format_tree_changes(folder, changes, [project.settings])
        lines += tree.format_local_states(folder, [project.settings]) if advise else []
        output.print_text("\n".join(lines))
    with steps.run("package") as step:
        built = package.build_package(project_dir, folder, project)
        zips = [archive for archive in (built.zip, built.layer) if archive]
        step.result = ", ".join(f"{archive.path.name} {archive.size:,} bytes" for archive in zips)
    return project, built


def _initialise(steps: Steps, terraform: Terraform, emulator: Emulator | None, settings: Settings) -> None:
    if emulator:
        local_deploy.initialise(steps, terraform, emulator, settings)
        return
    from domovoi_tf.terraform.providers import init_record

    stage_folder.warn_if_killed(terraform)
    with steps.run("init"):
        init_record.initialise(terraform)


def _plan(
    steps: Steps,
    terraform: Terraform,
    project_dir: Path,
    folder: Path,
    arguments: Sequence[str],
    save: bool,
) -> tuple[Sequence[Change], Mapping[str, Any] | None]:
    """Makes a plan and optionally saves it for `domovoi-tf apply`.

    Returns its changes, and the outputs of the stage after it is applied; None if the plan lacks one.

    Raises:
        BackendError: the plan cannot be applied safely.
    """
    from domovoi_tf.plans import saved_plan, state_values, summary

    def show_progress(text: str) -> None:
        if resources := _REFRESHED.findall(text):
            step.update(resources[-1])

    with steps.run("plan") as step, planning.discard_plan_on_failure(terraform):
        path = saved_plan.prepare(terraform)
        changes: Sequence[Change] = ()
        if planning.detect_changes(terraform, path, *arguments, out=show_progress):
            made = planning.read_plan(terraform, folder, path)
            planning.require_safe(terraform, project_dir, terraform.folder.name, made.document)
            changes = made.changes
        if changes and save:
            saved_plan.save(terraform, saved_plan.read_inputs(terraform, folder))
        step.result = summary.format_totals(changes) if changes else "nothing to change"
        if changes:
            return changes, {} if save else state_values.read_planned_outputs(made.document)
        saved_plan.discard(terraform)
        return (), stage_folder.read_state(terraform).get("outputs") or {}


def _apply(
    steps: Steps, terraform: Terraform, stage: str, changes: Sequence[Change], arguments: Sequence[str]
) -> None:
    """Applies the plan and shows the progress."""
    from domovoi_tf.plans import saved_plan, summary
    from domovoi_tf.terraform.first_contact import UnansweredError
    from domovoi_tf.terraform.interruption import InterruptedRunError
    from domovoi_tf.terraform.locks import LockedError

    total = summary.count_operations(changes)
    finished: list[str] = []

    def show_progress(text: str) -> None:
        finished.extend(_FINISHED.findall(text))
        if "Interrupt received" in text:
            output.print_text("Waiting for Terraform to finish what it started.", err=True)
        step.update(f"{len(finished)} of {total}  {finished[-1] if finished else ''}")

    with steps.run("apply") as step:
        path = saved_plan.locate_own_plan(terraform)
        try:
            terraform.capture("apply", "-input=false", "-no-color", *arguments, str(path), out=show_progress)
        except (LockedError, UnansweredError):  # nothing was changed
            raise
        except InterruptedRunError as interruption:
            interruption.args = (f"{len(finished)} of {total} changes were made.", *interruption.args)
            raise
        except TerraformError as error:
            remedy = "\n".join(filter(None, [error.remedy, _advise_after_failure(stage)]))
            raise TerraformError(error.message, remedy, error.exit_code) from None
        finally:
            saved_plan.discard(terraform)
        step.result = f"{len(finished)} of {total} done"


def _advise_after_failure(stage: str) -> str:
    return (
        "The changes before the failure remain applied. Fix the cause and run "
        f"`{spell('deploy', stage)}` again to apply the others."
    )


def _list_endpoints(terraform: Terraform, outputs: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    from domovoi_tf.operations.endpoints import list_endpoints

    endpoint = terraform.environment.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT_URL", "")
    return list_endpoints(outputs, endpoint)


def describe_deployment(deployment: Deployment) -> dict[str, Any]:
    """Returns a deployment for JSON."""
    from domovoi_tf.plans import summary

    return {
        "stage": deployment.stage,
        "applied": deployment.applied,
        "steps": [
            {"name": step.name, "seconds": round(step.seconds, 1)} for step in deployment.steps.finished
        ],
        **summary.build_document(deployment.changes),
        "places": [endpoint._asdict() for endpoint in deployment.endpoints],
    }


def format_deployment(deployment: Deployment, columns: int | None = None) -> list[str]:
    """Returns the lines that describe a deployment: new handlers, endpoints and durations.

    Args:
        deployment: the deployment.
        columns: the number of columns of the terminal; None if there is none.
    """
    from domovoi_tf.plans import summary
    from domovoi_tf.system.wrapping import wrap_text

    stage, changes, applied, endpoints, steps, functions, at_emulator = deployment
    if changes and not applied:
        return [f"Apply this plan with: {spell('apply', stage)}"]
    new = summary.find_new_handlers(changes, functions)
    titles = [_format_title(endpoint) for endpoint in endpoints]
    width = max(map(len, titles), default=0)
    places = (f"  {title:<{width}}  {each.where}" for title, each in zip(titles, endpoints, strict=True))
    result = f"{'Deployed' if applied else 'Nothing to change in'} {stage} in {steps.format_timings()}"
    return [
        *([wrap_text(f"New: {', '.join(new)}", columns, len("New: "))] if new else []),
        *(wrap_text(line, columns, width + 4) for line in places),
        wrap_text(result, columns),
        *(_suggest_commands(stage, new or [*functions]) if at_emulator and functions else []),
    ]


def _suggest_commands(stage: str, handlers: Sequence[str]) -> list[str]:
    """Returns the lines that suggest what to do next with handlers at the emulator."""
    return [
        f"Next: {spell(f'local send {handlers[0]}', stage)}",
        f"      {spell('local logs -f', stage)}",
    ]


def _format_title(endpoint: Endpoint) -> str:
    return f"{endpoint.what} {'' if endpoint.name == 'default' else endpoint.name}".rstrip()
