"""What commands that run Terraform in a stage's folder share, and those that just hand over to it."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, pipeline
from domovoi_tf.cli.deployment import package
from domovoi_tf.errors import DomovoiError, TerraformError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domovoi_tf.terraform.runner import Terraform

_HELP = {
    "init": "Prepare a stage's folder: providers and remote state.",
    "validate": "Check a stage's Terraform.",
    "destroy": "Remove all that a stage has, after asking.",
    "output": "Show a stage's outputs.",
}
_ARGUMENTS = "domovoi_tf.terraform_arguments"
_LOCKING = {"destroy"}
_PRINTING = {"validate", "output"}
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, as Terraform has it.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


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
    from domovoi_tf.rendering.output_tree import settle
    from domovoi_tf.terraform.installation import configure_providers, find_binary
    from domovoi_tf.terraform.runner import Terraform

    settle(folder)
    root = folder / "stages" / stage
    if not (root / "main.tf").is_file():
        raise TerraformError(
            f"{root} is not rendered.{_meant(root)}",
            f"Run `domovoi-tf render --stage {stage}` first, or name the project's folder.",
        )
    variables = {**configure_providers(os.environ), **(environment or {})}
    terraform = Terraform(root, variables, find_binary(os.environ, options.named_terraform()))
    terraform.require_supported_version()
    return terraform


def _meant(root: Path) -> str:
    """Returns a question for the end of a sentence: whether a stage that is rendered was meant."""
    import difflib

    rendered = [path.parent.name for path in root.parent.glob("*/main.tf")]
    near = difflib.get_close_matches(root.name, rendered, 1)
    return f" Did you mean --stage {near[0]}?" if near else ""


def passed(ctx: click.Context) -> tuple[str, ...]:
    """Returns what stands after ``--``."""
    return tuple(ctx.meta.get(_ARGUMENTS, ()))


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
    @options.project_argument
    @options.stage_option
    @options.out_option
    @options.terraform_option
    @click.pass_context
    def command(
        ctx: click.Context,
        project_dir: Path,
        stage: str,
        out: Path | None,
        lock_timeout: tuple[str, ...] = (),
        as_json: bool = False,
    ) -> None:
        terraform = terraform_in(pipeline.output_folder(project_dir, out), stage)
        run(terraform, name, *lock_timeout, *(["-json"] if as_json else []), *passed(ctx))

    if name in _LOCKING:
        command = options.lock_timeout_option(command)
    return _json_option(command) if name in _PRINTING else command


def prepare_tree(
    project_dir: Path, stage: str, folder: Path, force: bool, chosen: dict[str, Any]
) -> pipeline.Loaded:
    """Renders and packages a project."""
    loaded = package.with_options(pipeline.load(project_dir, stage), **chosen)
    pipeline.step("render")
    pipeline.write_tree(project_dir, folder, loaded, force)
    pipeline.step("package")
    package.say(package.build(project_dir, folder, loaded))
    return loaded


def plan_and_apply(terraform: Terraform, where: str = "") -> None:
    """Plans, says in a line what will change, and applies that plan."""
    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as private:
        plan = str(Path(private, "plan"))
        pipeline.step(f"terraform plan{where}")
        said = terraform.capture("plan", "-input=false", "-no-color", f"-out={plan}")
        click.echo(
            next((line for line in said.splitlines() if line.startswith(("Plan:", "No changes"))), said)
        )
        pipeline.step(f"terraform apply{where}")
        run(terraform, "apply", plan)


def require_somebody(yes: bool) -> None:
    """Makes sure that a question can be asked, before the work that leads to it."""
    if not yes and not sys.stdin.isatty():
        raise DomovoiError(
            "Nobody is there to ask: standard input is no terminal.", "Add --yes to apply the plan."
        )


def confirm(yes: bool) -> None:
    """Asks whether the plan is to be applied, and ends where it is not."""
    if not yes:
        click.confirm("Apply this plan?", abort=True)


COMMANDS: tuple[Any, ...] = tuple(_terraform_command(name) for name in _HELP)
