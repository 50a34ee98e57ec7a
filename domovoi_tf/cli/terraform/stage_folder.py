"""Runs Terraform in the folder of a stage."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, output
from domovoi_tf.cli.terraform import place, state_check
from domovoi_tf.errors import DomovoiError, SettingsError, TerraformError
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from domovoi_tf.terraform.runner import Terraform

_ARGUMENTS = "domovoi_tf.terraform_arguments"
_PROVIDER = "domovoi_tf.provider"


class TerraformCommand(click.Command):
    """A command that passes the arguments after ``--`` to Terraform."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Stores the arguments after ``--`` and parses those before it."""
        end = args.index("--") if "--" in args else len(args)
        ctx.meta[_ARGUMENTS] = tuple(args[end + 1 :])
        return super().parse_args(ctx, args[:end])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Adds the arguments after ``--`` to the usage line."""
        return [*super().collect_usage_pieces(ctx), "[-- TERRAFORM_OPTIONS]"]


def get_terraform_arguments(ctx: click.Context) -> tuple[str, ...]:
    """Returns the arguments after ``--``."""
    return tuple(ctx.meta.get(_ARGUMENTS, ()))


def open_terraform(
    project_dir: Path,
    folder: Path,
    stage: str,
    needs_tree: bool = True,
    needs_aws: bool = True,
    runs_provider: bool = False,
) -> Terraform:
    """Returns Terraform for the folder of a stage.

    Args:
        project_dir: the project's folder.
        folder: the output folder.
        stage: the name of the stage.
        needs_tree: whether the command depends on the rendered files.
        needs_aws: whether the command sends requests to AWS.
        runs_provider: whether the command runs Terraform several times with the same provider.

    Raises:
        BackendError: the state in a local file describes resources elsewhere, or is another workspace's.
        EmulatorError: the shell is set up for an emulator that is not running.
        TerraformError: the stage is not rendered, or Terraform is missing or too old.
        WriteError: a command was interrupted while it wrote the files.
    """
    from domovoi_tf.rendering.output_tree import require_complete_tree
    from domovoi_tf.terraform.installation import configure_providers, find_binary
    from domovoi_tf.terraform.runner import Terraform
    from domovoi_tf.terraform.shell_endpoint import require_running_endpoint

    if needs_tree:
        require_complete_tree(folder, stage)
    root = folder / "stages" / stage
    if not (root / "main.tf").is_file():
        raise TerraformError(
            f"{root} is not rendered.{_suggest_stage(root)}",
            f"Run `{spell('render', stage)}` first, or name the project's folder with -C.",
        )
    if needs_aws and place.get_emulator() is None:
        require_running_endpoint(os.environ)
    terraform = Terraform(
        root,
        configure_providers(os.environ),
        find_binary(os.environ, options.get_terraform()),
        partial(_explain_silence, root),
    )
    if runs_provider:
        _attach_provider(terraform)
    terraform.require_supported_version()
    if needs_tree and needs_aws:
        state_check.check_file(terraform.folder)
        _require_workspace(project_dir, terraform)
    return terraform


def start_provider(project_dir: Path, folder: Path, stage: str, at_emulator: bool) -> None:
    """Starts the provider for `open_terraform` early, so that it starts while this process works.

    What prevents that is found again, and reported, when it is needed.

    Args:
        project_dir: the project's folder.
        folder: the output folder.
        stage: the name of the stage.
        at_emulator: the value of ``--emulator``.
    """
    from domovoi_tf import settings
    from domovoi_tf.terraform.installation import configure_providers, find_binary
    from domovoi_tf.terraform.runner import Terraform

    root = folder / "stages" / stage
    with contextlib.suppress(DomovoiError, OSError, ValueError):
        overrides: dict[str, str | None] = {**configure_providers(os.environ)}
        if emulator := place.find_emulator(at_emulator):
            overrides |= place.build_environment(emulator, settings.load(project_dir, stage), root)
        _attach_provider(Terraform(root, overrides, find_binary(os.environ, options.get_terraform())))


def _attach_provider(terraform: Terraform) -> None:
    """Starts the provider in the background, unless it runs; it ends with the command."""
    from domovoi_tf.terraform.providers.running_provider import RunningProvider

    context = click.get_current_context(silent=True)
    if context is None:
        return
    if _PROVIDER not in context.meta:
        context.meta[_PROVIDER] = RunningProvider(terraform)
        context.call_on_close(context.meta[_PROVIDER].stop)
    provider: RunningProvider = context.meta[_PROVIDER]
    terraform.provider = provider
    provider.start(terraform.build_environment())


def _require_workspace(project_dir: Path, terraform: Terraform) -> None:
    """Checks the selected workspace. A configuration that cannot be read, or is not here, names none."""
    from domovoi_tf import settings
    from domovoi_tf.state.workspaces import require_workspace

    named = None
    with contextlib.suppress(SettingsError):
        named = settings.load(project_dir, terraform.folder.name).workspace
    overrides = {**os.environ, **terraform.environment}
    environ = {name: value for name, value in overrides.items() if value is not None}
    require_workspace(
        terraform.folder, terraform.data_folder, environ, named, place.get_emulator() is not None
    )


def _explain_silence(root: Path) -> str | None:
    """Returns why AWS does not answer; imports only then what the question needs."""
    from domovoi_tf.operations.reachability import explain_silence

    return explain_silence(root)


def _suggest_stage(root: Path) -> str:
    """Returns a question that suggests a rendered stage with a similar name, or an empty string."""
    rendered = [path.parent.name for path in root.parent.glob("*/main.tf")]
    matches = difflib.get_close_matches(root.name, rendered, 1)
    return f" Did you mean --stage {matches[0]}?" if matches else ""


def run_or_exit(
    terraform: Terraform, command: str, *args: str, out: Callable[[str], object] | None = None
) -> None:
    """Runs Terraform, and exits with its exit code if that is not 0."""
    code = terraform.run(command, *get_colour_options(), *args, out=out)
    if code:
        sys.exit(code)


def run_given_arguments(
    ctx: click.Context, terraform: Terraform, lock_timeout: tuple[str, ...], yes: bool
) -> bool:
    """Runs Terraform's command of the same name if the user gave arguments for it; exits if it fails.

    Args:
        ctx: the context of the command.
        terraform: Terraform in the stage's folder.
        lock_timeout: the option for the state lock.
        yes: whether Terraform should not ask.

    Returns:
        Whether there were arguments.
    """
    arguments = get_terraform_arguments(ctx)
    if arguments:
        if place.get_emulator():
            initialise(terraform)
        answer = ("-auto-approve",) if yes else ()
        run_or_exit(terraform, str(ctx.command.name), *lock_timeout, *answer, *arguments)
    return bool(arguments)


def get_colour_options() -> list[str]:
    """Returns the option that disables Terraform's colours, unless a terminal should show them."""
    return [] if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ["-no-color"]


def initialise(terraform: Terraform) -> None:
    """Runs ``terraform init`` if the stage calls modules that are not installed, or have another source now.

    Args:
        terraform: Terraform in the stage's folder.
    """
    from domovoi_tf.hcl.module_calls import find_uninstalled, read_module_calls
    from domovoi_tf.terraform.providers.installed_modules import read_sources

    calls = read_module_calls(terraform.folder)
    if find_uninstalled(calls, read_sources(terraform.data_folder)):
        output.print_text("terraform init: the tree has new modules.", err=True)
        terraform.capture("init", "-input=false", "-no-color")


def is_deployed(terraform: Terraform) -> bool:
    """Returns whether the state of a stage has any resources.

    Args:
        terraform: Terraform in the stage's folder, which is initialised.

    Raises:
        BackendError: the state describes resources elsewhere.
    """
    return any(each.get("mode") == "managed" for each in read_state(terraform).get("resources") or ())


def read_state(terraform: Terraform) -> dict[str, Any]:
    """Returns the state of a stage; empty if it is not deployed.

    Args:
        terraform: Terraform in the stage's folder, which is initialised.

    Raises:
        BackendError: the state describes resources elsewhere.
    """
    from domovoi_tf.state.status import parse_state

    text = terraform.capture("state pull")
    if parse_state(text) is None:
        return {}
    state: dict[str, Any] = json.loads(text)
    state_check.check_state(terraform.folder, state)
    return state


def warn_if_killed(terraform: Terraform) -> None:
    """Prints a warning if the last apply or destroy of a stage was killed, whose resources may conflict."""
    from domovoi_tf.terraform.killed_runs import was_killed

    stage = terraform.folder.name
    if was_killed(terraform.run_mark):
        output.print_warning(
            f"the last run of Terraform for {stage} was killed, and its state may lack what it created. "
            f"To import that, run `{spell('backend recover', stage)}` first."
        )
