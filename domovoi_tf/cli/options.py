"""Options that several commands share, alone and in the sets that commands use."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from domovoi_tf.system import suggestions

Decorator = Callable[[Any], Any]
DEFAULT_STAGE = suggestions.DEFAULT_STAGE
_PYTHON = "DOMOVOI_TF_PYTHON"


def combine(*decorators: Decorator) -> Decorator:
    """Returns a decorator that adds several options; the help shows them in this order."""

    def add_all(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return add_all


def _store(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
    ctx.meta[f"domovoi_tf.{parameter.name}"] = value


def _get_stored(name: str, default: Any = None) -> Any:
    context = click.get_current_context(silent=True)
    value = context.meta.get(f"domovoi_tf.{name}") if context else None
    return default if value is None else value


def get_terraform() -> str | None:
    """Returns the value of ``--terraform``."""
    value: str | None = _get_stored("terraform")
    return value


def get_python() -> str | None:
    """Returns the value of ``--python``, or for commands without that option its environment variable."""
    value: str | None = _get_stored("python", os.environ.get(_PYTHON) or None)
    return value


def get_import_timeout(default: float) -> float:
    """Returns the value of ``--timeout`` in seconds, or the default for commands without that option."""
    value: float = _get_stored("timeout", default)
    return value


def get_renamed() -> dict[str, str]:
    """Returns the new names of handlers by their old ones, from ``--renamed``."""
    return dict(_get_stored("renamed", ()))


def get_replaced() -> tuple[str, ...]:
    """Returns the values of ``--replace``."""
    return tuple(_get_stored("replaced", ()))


def _store_pairs(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> None:
    pairs = [value.partition("=") for value in values]
    if wrong := [value for value, (old, _, new) in zip(values, pairs, strict=True) if not (old and new)]:
        raise click.BadParameter(f"{wrong[0]!r} is not OLD=NEW, the names of a handler before and after.")
    _store(ctx, parameter, [(old, new) for old, _, new in pairs])


def get_bytecode() -> bool | None:
    """Returns the value of ``--bytecode`` and ``--no-bytecode``; None without them."""
    value: bool | None = _get_stored("bytecode")
    return value


def has_credentials() -> bool:
    """Returns whether ``--with-credentials`` was given."""
    return bool(_get_stored("with_credentials"))


def _parse_lock_timeout(_: click.Context, __: click.Parameter, duration: str | None) -> tuple[str, ...]:
    """Converts a duration to Terraform's option. https://pkg.go.dev/time#ParseDuration."""
    if duration is None:
        return ()
    if not re.fullmatch(r"(\d+(\.\d+)?(ms|s|m|h))+", duration):
        raise click.BadParameter(f"{duration!r} is not a duration. Write one such as 30s, 10m or 1h30m.")
    return (f"-lock-timeout={duration}",)


def _remember(ctx: click.Context, parameter: click.Parameter, path: Path | None) -> Path | None:
    """Remembers a folder for the commands that messages suggest."""
    ctx.call_on_close(suggestions.reset)
    if path is not None:
        suggestions.remember(**{"out" if parameter.name == "out" else "project": path})
    return path


class _HiddenArgument(click.Argument):
    """An argument that the usage line does not show."""

    def get_usage_pieces(self, ctx: click.Context) -> list[str]:
        return []


#: Two older ways to name the project's folder, which ``-C`` names for every command.
project_argument = click.argument(
    "project_dir", default=".", type=click.Path(path_type=Path), callback=_remember, cls=_HiddenArgument
)
project_option = click.option(
    "--project",
    "project_dir",
    default=".",
    type=click.Path(path_type=Path),
    callback=_remember,
    help="Project folder.",
    hidden=True,
)
stage_option = click.option(
    "--stage", default=DEFAULT_STAGE, show_default=True, metavar="NAME", help="Name of the stage."
)
stages_option = click.option(
    "--stage",
    "stages",
    multiple=True,
    metavar="NAME",
    help=f"Name of a stage; can be repeated.  [default: {DEFAULT_STAGE}]",
)
all_stages_option = click.option("--all-stages", is_flag=True, help="Use all stages of .chalice/config.json.")
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    callback=_remember,
    help="Output folder (default: terraform in the project's folder).",
)
force_option = click.option(
    "--force", is_flag=True, help="Overwrite rendered files that were edited by hand."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
emulator_option = click.option(
    "--emulator", "at_emulator", is_flag=True, help="Use the local emulator instead of AWS."
)
lock_timeout_option = click.option(
    "--lock-timeout",
    metavar="DURATION",
    callback=_parse_lock_timeout,
    help="Time to wait for the state lock, such as 10m (default: do not wait).",
)
terraform_option = click.option(
    "--terraform",
    metavar="PATH",
    expose_value=False,
    callback=_store,
    help="Terraform or OpenTofu binary (default: DOMOVOI_TF_TERRAFORM, or the one on PATH).",
)
layer_option = click.option(
    "--layer/--no-layer",
    default=None,
    help="Put the dependencies in a separate Lambda layer (default: package_layer in the configuration).",
)

#: For commands that render. `project.moves` reads the values from click's context.
rename_options = combine(
    click.option(
        "--renamed",
        multiple=True,
        metavar="OLD=NEW",
        expose_value=False,
        callback=_store_pairs,
        help="Say that the handler OLD is called NEW now, if rendering cannot tell; can be repeated.",
    ),
    click.option(
        "--replace",
        "replaced",
        multiple=True,
        metavar="OLD",
        expose_value=False,
        callback=_store,
        help="Let Terraform destroy what cannot be moved of the handler OLD, or of an old address; can be "
        "repeated.",
    ),
)
#: For commands that import the app. `pipeline` reads the values from click's context.
import_options = combine(
    click.option(
        "--python",
        metavar="PATH",
        envvar=_PYTHON,
        expose_value=False,
        callback=_store,
        help="Python interpreter that imports the app (default: the one that runs domovoi-tf).",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        default=30,
        show_default=True,
        metavar="SECONDS",
        expose_value=False,
        callback=_store,
        help="Maximum time for importing the app.",
    ),
    click.option(
        "--with-credentials",
        is_flag=True,
        envvar="DOMOVOI_TF_WITH_CREDENTIALS",
        expose_value=False,
        callback=_store,
        help="Import the app with the AWS credentials of the shell, which are withheld otherwise.",
    ),
)


def list_import_options() -> tuple[str, ...]:
    """Returns the options of `import_options` as this command got them, for another command."""
    python, timeout = get_python(), get_import_timeout(0)
    return (
        *(("--python", python) if python else ()),
        *(("--timeout", f"{timeout:g}") if timeout else ()),
        *(("--with-credentials",) if has_credentials() else ()),
    )


#: For commands that build the package. `deployment.package` gets the value of ``bytecode`` from the context.
package_options = combine(
    layer_option,
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="Exclude files or folders from the package, such as '*/tests'; can be repeated, and adds to "
        "package_exclude in the configuration.",
    ),
    click.option(
        "--group",
        "groups",
        multiple=True,
        metavar="NAME",
        help="Include a dependency group of pyproject.toml; can be repeated, and adds to package_groups in "
        "the configuration.",
    ),
    click.option(
        "--with-boto3/--without-boto3",
        "boto3",
        default=None,
        help="Include boto3 and botocore, which Lambda's runtime has too (default: package_boto3 in the "
        "configuration, else if the runtime's release may not suit).",
    ),
    click.option(
        "--bytecode/--no-bytecode",
        default=None,
        expose_value=False,
        callback=_store,
        help="Compile the modules with the installed Python and record its release, or package only the "
        "source this time (default: package_bytecode in the configuration, else as recorded).",
    ),
)
#: For commands that work on one stage of a project.
stage_options = combine(project_argument, stage_option)
#: For commands that work on several stages of a project.
several_stages_options = combine(project_argument, stages_option, all_stages_option)
#: For commands that use the rendered files of a stage.
tree_options = combine(stage_options, out_option)
#: For commands that run Terraform in a stage's folder.
terraform_options = combine(tree_options, terraform_option)
#: For commands that run Terraform on what is deployed.
deployed_terraform_options = combine(terraform_options, emulator_option)
#: For commands whose first argument names something in the app.
app_options = combine(project_option, stage_option, import_options)
#: For commands that query or call deployed resources.
deployment_options = combine(app_options, emulator_option)
