"""Commands that run Terraform in a stage's folder."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import common, packaging
from domovoi_tf.errors import DomovoiError, TerraformError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domovoi_tf.terraform import Terraform

_HELP = {
    "init": "Prepare a stage's folder: providers and remote state.",
    "validate": "Check a stage's Terraform.",
    "plan": "Show what would change.",
    "apply": "Change what the plan shows, after asking.",
    "destroy": "Remove all that a stage has, after asking.",
    "output": "Show a stage's outputs.",
}
_ARGUMENTS = "domovoi_tf.terraform_arguments"
_LOCKING = {"plan", "apply", "destroy"}
_CHANGES = 2


class Passing(click.Command):
    """A command that hands everything after ``--`` to Terraform."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Sets aside what comes after ``--``."""
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_ARGUMENTS] = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Adds the part after ``--`` to the usage line."""
        return [*super().collect_usage_pieces(ctx), "[-- TERRAFORM_OPTIONS]"]


def terraform_in(folder: Path, stage: str, environment: Mapping[str, str | None] | None = None) -> Terraform:
    """Returns Terraform in a stage's folder.

    Args:
        folder: the output folder.
        stage: the stage.
        environment: environment variables over those of this process.

    Raises:
        TerraformError: the stage is not rendered, or Terraform is missing or too old.
    """
    from domovoi_tf.terraform import Terraform, cli_configuration, find_binary
    from domovoi_tf.write import settle

    settle(folder)
    root = folder / "stages" / stage
    if not (root / "main.tf").is_file():
        raise TerraformError(
            f"{root} is not rendered.",
            f"Run `domovoi-tf render --stage {stage}` first, or name the project's folder.",
        )
    variables = {**cli_configuration(os.environ), **(environment or {})}
    terraform = Terraform(root, variables, find_binary(os.environ))
    terraform.require_supported_version()
    return terraform


def run(terraform: Terraform, command: str, *args: str) -> None:
    """Runs Terraform, and ends this process with Terraform's exit code where it is not 0."""
    code = terraform.run(command, *plain(), *args)
    if code:
        sys.exit(code)


def plain() -> list[str]:
    """Returns the option that keeps colours out of files and pipes, as https://no-color.org asks too."""
    return [] if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ["-no-color"]


def _terraform_command(name: str) -> click.Command:
    @click.command(
        name, cls=Passing, help=f"{_HELP[name]}\n\nExample: domovoi-tf {name} --stage prod -- -no-color"
    )
    @common.project_argument
    @common.stage_option
    @common.out_option
    @click.pass_context
    def command(
        ctx: click.Context,
        project_dir: Path,
        stage: str,
        out: Path | None,
        lock_timeout: tuple[str, ...] = (),
    ) -> None:
        terraform = terraform_in(common.output_folder(project_dir, out), stage)
        run(terraform, name, *lock_timeout, *ctx.meta[_ARGUMENTS])

    return common.lock_timeout_option(command) if name in _LOCKING else command


@click.command()
@common.project_argument
@common.stage_option
@common.out_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Stop after the plan.")
@common.lock_timeout_option
@common.force_option
@common.reading_options
@packaging.options
def deploy(
    project_dir: Path,
    stage: str,
    out: Path | None,
    yes: bool,
    dry_run: bool,
    lock_timeout: tuple[str, ...],
    force: bool,
    **chosen: Any,
) -> None:
    """Render, package, plan, ask, and apply that plan.

    Example: domovoi-tf deploy --stage prod
    """
    folder = common.output_folder(project_dir, out)
    prepare_tree(project_dir, stage, folder, force, chosen)
    terraform = terraform_in(folder, stage)
    common.step("terraform init")
    run(terraform, "init")
    # The plan has the stage's secrets, so it is for this user only, and gone afterwards.
    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as private:
        plan = str(Path(private, "plan"))
        if _plan(terraform, plan, lock_timeout) and not dry_run:
            _confirm(yes)
            common.step("terraform apply")
            run(terraform, "apply", *lock_timeout, plan)


def prepare_tree(
    project_dir: Path, stage: str, folder: Path, force: bool, chosen: dict[str, Any]
) -> common.Loaded:
    """Renders and packages a project."""
    loaded = packaging.with_options(common.load(project_dir, stage), **chosen)
    common.step("render")
    common.write_tree(project_dir, folder, loaded, force)
    common.step("package")
    packaging.say(packaging.build(project_dir, folder, loaded))
    return loaded


def _plan(terraform: Terraform, path: str, options: tuple[str, ...]) -> bool:
    """Shows the plan, writes it, and says whether it changes anything."""
    common.step("terraform plan")
    code = terraform.run("plan", *plain(), "-detailed-exitcode", *options, f"-out={path}")
    if code not in (0, _CHANGES):
        sys.exit(code)
    if not code:
        click.echo("Nothing to change.")
    return code == _CHANGES


def plan_and_apply(terraform: Terraform, where: str = "") -> None:
    """Plans, says in a line what will change, and applies that plan."""
    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as private:
        plan = str(Path(private, "plan"))
        common.step(f"terraform plan{where}")
        said = terraform.capture("plan", "-input=false", "-no-color", f"-out={plan}")
        click.echo(
            next((line for line in said.splitlines() if line.startswith(("Plan:", "No changes"))), said)
        )
        common.step(f"terraform apply{where}")
        run(terraform, "apply", plan)


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise DomovoiError(
            "Nobody is there to ask: standard input is no terminal.", "Add --yes to apply the plan."
        )
    click.confirm("Apply this plan?", abort=True)


COMMANDS: tuple[Any, ...] = (*(_terraform_command(name) for name in _HELP), deploy)
