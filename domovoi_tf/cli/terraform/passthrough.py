"""The commands `init`, `validate` and `output`, which run the same commands of Terraform."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, pipeline
from domovoi_tf.cli.terraform import place, stage_folder, state_check
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import strip_colours

if TYPE_CHECKING:
    from domovoi_tf.terraform.runner import Terraform

_HELP = {
    "init": "Install a stage's providers and set up its backend.",
    "validate": "Check whether a stage's Terraform is valid.",
    "output": "Show a stage's outputs.",
}
_PRINTING = {"validate", "output"}
_INITIALISING = {"init"}
#: Those that read the state alone.
_WITHOUT_TREE = {"output"}
_WITHOUT_AWS = {"validate"}
#: Terraform's warning, which suggests that the configuration lacks outputs.
_NO_OUTPUTS = "Warning: No outputs found"
_json_option = click.option("--json", "as_json", is_flag=True, help="Print Terraform's JSON.")


def _create_command(name: str) -> click.Command:
    @click.command(
        name,
        cls=stage_folder.TerraformCommand,
        help=f"{_HELP[name]}\n\nExample: domovoi-tf {name} --stage prod -- -no-color",
    )
    @options.deployed_terraform_options
    @click.pass_context
    def command(
        ctx: click.Context,
        project_dir: Path,
        stage: str,
        out: Path | None,
        at_emulator: bool,
        as_json: bool = False,
    ) -> None:
        folder = pipeline.get_output_folder(project_dir, out)
        place.enter(project_dir, stage, out, at_emulator)
        terraform = stage_folder.open_terraform(
            project_dir,
            folder,
            stage,
            needs_tree=name not in _WITHOUT_TREE,
            needs_aws=name not in _WITHOUT_AWS,
        )
        if name in _WITHOUT_TREE:
            state_check.check_file(terraform.folder)
        if place.get_emulator() and name not in _INITIALISING:
            stage_folder.initialise(terraform)
        arguments = [*(["-json"] if as_json else []), *stage_folder.get_terraform_arguments(ctx)]
        if name in _WITHOUT_TREE:
            _run_output(terraform, stage, arguments)
        else:
            stage_folder.run_or_exit(terraform, name, *arguments)

    return _json_option(command) if name in _PRINTING else command


def _run_output(terraform: Terraform, stage: str, arguments: Sequence[str]) -> None:
    """Shows the outputs, and says in our words that there are none because nothing is deployed."""
    from domovoi_tf.terraform import streams

    if arguments:
        stage_folder.run_or_exit(terraform, "output", *arguments)
        return
    parts: list[str] = []
    stage_folder.run_or_exit(terraform, "output", out=parts.append)
    text = "".join(parts)
    if _NO_OUTPUTS in strip_colours(text):
        text = f"Nothing is deployed in {stage}. To deploy it, run `{spell('deploy', stage)}`.\n"
    streams.write_output(text)


COMMANDS: tuple[Any, ...] = tuple(_create_command(name) for name in _HELP)
