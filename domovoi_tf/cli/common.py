"""What several commands share: options, the pipeline from a project to its rendered files, and wording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

if TYPE_CHECKING:
    from domovoi_tf.deployment_package import Package
    from domovoi_tf.model import Application
    from domovoi_tf.render import RenderedFile
    from domovoi_tf.settings import Settings
    from domovoi_tf.write import Changes

F = TypeVar("F", bound=Callable[..., Any])

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
force_option = click.option(
    "--force", is_flag=True, help="Overwrite rendered files that were edited by hand."
)


class Loaded(NamedTuple):
    """A project, valid in a stage."""

    application: Application
    settings: Settings


def load(project_dir: Path, stage: str) -> Loaded:
    """Reads a project and makes sure that it is valid; says what is legal but worth knowing."""
    from domovoi_tf import loader, settings
    from domovoi_tf.errors import ValidationError
    from domovoi_tf.validate import validate, warnings

    configured = settings.load(project_dir, stage)
    for said in configured.notices:
        warn(said)
    application = loader.load(project_dir, configured.environment_variables)
    for notice in warnings(application, configured):
        warn(f"{notice.location}: {notice.message}")
    problems = validate(application, configured)
    if problems:
        raise ValidationError(problems)
    return Loaded(application, configured)


def rendered(loaded: Loaded) -> tuple[RenderedFile, ...]:
    """Returns the files of a project's tree."""
    from domovoi_tf import assets
    from domovoi_tf.render import render
    from domovoi_tf.synthesize import synthesize

    return render(synthesize(*loaded), assets.templates(), assets.modules())


def output_folder(project_dir: Path, out: Path | None) -> Path:
    """Returns the folder that the tree is written to."""
    return out or project_dir / "terraform"


def changes(project_dir: Path, folder: Path, loaded: Loaded) -> Changes:
    """Returns what rendering would change in a folder."""
    from domovoi_tf.write import compare, fingerprint

    files = [machine.file for machine in loaded.application.state_machines if machine.file]
    source = fingerprint(project_dir, loaded.settings.app_name, files)
    return compare(folder, rendered(loaded), loaded.settings.stage, source)


def write_tree(project_dir: Path, folder: Path, loaded: Loaded, force: bool) -> None:
    """Renders a project into a folder, and says what changed."""
    from domovoi_tf.write import write

    found = changes(project_dir, folder, loaded)
    write(folder, found, force)
    for path in found.stale:
        if "/modules/" not in path:
            click.echo(f"  {'removed' if path in found.removed else 'written'}  {folder.name}/{path}")
    total = sum(
        path.startswith(("app/", f"stages/{loaded.settings.stage}/")) for path in found.manifest.files
    )
    click.echo(f"{folder}: {len(found.stale)} of {total} files changed.")
    if loaded.settings.backend is None:
        click.echo(
            f"The state of {loaded.settings.stage} is a local file: "
            "configure terraform.backend in .chalice/config.json to share it."
        )


def build_package(project_dir: Path, folder: Path, application: Application) -> Package:
    """Builds the deployment package of a rendered tree, and says what it is."""
    from domovoi_tf.deployment_package import build
    from domovoi_tf.synthesize import package_kinds
    from domovoi_tf.wheels import Target

    package = build(project_dir, folder / "app" / "package.zip", Target(), package_kinds(application))
    click.echo(f"{package.path}: {package.files} files, {package.size:,} bytes, SHA-256 {package.sha256}")
    return package


def warn(text: str) -> None:
    """Says what is legal but worth knowing."""
    click.secho("Warning: ", fg="yellow", err=True, nl=False)
    click.echo(text, err=True)


def step(text: str) -> None:
    """Says what happens next."""
    click.secho(f"==> {text}", bold=True)
