"""The options that several commands share."""

from __future__ import annotations

import re
from pathlib import Path

import click

from domovoi_tf.cli.pipeline import F

project_argument = click.argument("project_dir", default=".", type=click.Path(path_type=Path))


project_option = click.option(
    "--project", "project_dir", default=".", type=click.Path(path_type=Path), help="The project's folder."
)


stage_option = click.option("--stage", default="dev", show_default=True, metavar="NAME", help="The stage.")


out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The output folder; PROJECT_DIR/terraform if missing.",
)


stages_option = click.option(
    "--stage", "stages", multiple=True, metavar="NAME", help="A stage; may be repeated.  [default: dev]"
)


all_stages_option = click.option(
    "--all-stages", is_flag=True, help="Every stage of .chalice/config.json instead."
)


force_option = click.option(
    "--force", is_flag=True, help="Overwrite rendered files that were edited by hand."
)


def _lock_timeout(_: click.Context, __: click.Parameter, given: str | None) -> tuple[str, ...]:
    """Turns a duration into Terraform's option. https://pkg.go.dev/time#ParseDuration."""
    if given is None:
        return ()
    if not re.fullmatch(r"(\d+(\.\d+)?(ms|s|m|h))+", given):
        raise click.BadParameter(f"{given!r} is not a duration, such as 30s, 10m or 1h30m.")
    return (f"-lock-timeout={given}",)


lock_timeout_option = click.option(
    "--lock-timeout",
    metavar="DURATION",
    callback=_lock_timeout,
    help="Wait so long for the state's lock, such as 10m; not at all if missing.",
)


def reading_options(command: F) -> F:
    """Adds the options of commands that read the app. `load` finds them in click's context."""
    for option in (_timeout_option, _python_option):
        command = option(command)
    return command


def _keep(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
    ctx.meta[f"domovoi_tf.{parameter.name}"] = value


_python_option = click.option(
    "--python",
    metavar="PATH",
    envvar="DOMOVOI_TF_PYTHON",
    expose_value=False,
    callback=_keep,
    help="The Python that imports the app; this one if missing.",
)


_timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=30,
    show_default=True,
    metavar="SECONDS",
    expose_value=False,
    callback=_keep,
    help="How long importing the app may take.",
)


terraform_option = click.option(
    "--terraform",
    metavar="PATH",
    expose_value=False,
    callback=_keep,
    help="The Terraform or OpenTofu to run; else DOMOVOI_TF_TERRAFORM, or one on PATH.",
)


def named_terraform() -> str | None:
    """Returns what ``--terraform`` names."""
    context = click.get_current_context(silent=True)
    return context.meta.get("domovoi_tf.terraform") if context else None
