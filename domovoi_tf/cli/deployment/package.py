"""The command that builds the deployment package, and what deploying shares with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from domovoi_tf.cli import options as cli_options
from domovoi_tf.cli import pipeline

if TYPE_CHECKING:
    from domovoi_tf.packaging.build import Package, Zip

F = TypeVar("F", bound=Callable[..., Any])

_SHOWN = 10

layer_option = click.option(
    "--layer/--no-layer",
    default=None,
    help="Whether dependencies are in a Lambda layer of their own; package_layer in the configuration.",
)
_OPTIONS = (
    layer_option,
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="Leave out files or folders of the package, such as '*/tests'; repeatable, and added to "
        "package_exclude in the configuration.",
    ),
    click.option(
        "--group",
        "groups",
        multiple=True,
        metavar="NAME",
        help="Add a dependency group of pyproject.toml; repeatable, and added to package_groups in the "
        "configuration.",
    ),
    click.option(
        "--with-boto3/--without-boto3",
        "boto3",
        default=None,
        help="Whether boto3 and botocore are in the package, which Lambda's runtime has; package_boto3 in "
        "the configuration.",
    ),
)


def options(command: F) -> F:
    """Adds the options that say what the package has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def with_options(
    loaded: pipeline.Loaded,
    layer: bool | None = None,
    exclude: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
    boto3: bool | None = None,
) -> pipeline.Loaded:
    """Returns a project whose settings are those of its configuration and of the command line."""
    settings = loaded.settings
    return loaded._replace(
        settings=replace(
            settings,
            package_layer=settings.package_layer if layer is None else layer,
            package_boto3=settings.package_boto3 if boto3 is None else boto3,
            package_exclude=(*settings.package_exclude, *exclude),
            package_groups=(*settings.package_groups, *groups),
        )
    )


@click.command()
@cli_options.project_argument
@cli_options.stage_option
@cli_options.out_option
@cli_options.reading_options
@options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def package(project_dir: Path, stage: str, out: Path | None, as_json: bool, **chosen: Any) -> None:
    """Build the deployment package into the output folder.

    Example: domovoi-tf package --exclude '*/tests'
    """
    loaded = with_options(pipeline.load(project_dir, stage), **chosen)
    built = build(project_dir, pipeline.output_folder(project_dir, out), loaded)
    if as_json:
        click.echo(json.dumps(_description(built, loaded), indent=2))
    else:
        say(built, everything=True)


def build(project_dir: Path, folder: Path, loaded: pipeline.Loaded) -> Package:
    """Builds the deployment package of a rendered tree; says what is legal but worth knowing."""
    from domovoi_tf.rendering.output_tree import settle

    settle(folder)
    _check_tree(folder, loaded.settings.package_layer)
    built = zips(project_dir, folder / "app" / "package.zip", loaded)
    for pattern in built.unmatched:
        pipeline.warn(f"nothing in the package matches the pattern {pattern!r} to exclude.")
    return built


def zips(project_dir: Path, destination: Path, loaded: pipeline.Loaded) -> Package:
    """Builds the deployment package of a project into a file; its layer, where it has one, beside it."""
    from domovoi_tf.packaging.build import Options, Target, build
    from domovoi_tf.synthesis.app_module import package_kinds

    settings = loaded.settings
    chosen = Options(
        exclude=settings.package_exclude,
        groups=settings.package_groups,
        boto3=settings.package_boto3,
        layer=settings.package_layer,
        through_s3=settings.package_s3 is not None,
    )
    target = Target(settings.python_version, settings.architecture)
    return build(project_dir, destination, target, package_kinds(loaded.application), chosen, _tell)


def say(built: Package, everything: bool = False) -> None:
    """Says what a package is, and where its dependencies are from; with everything, what it is made of."""
    click.echo(_of_dependencies(built))
    for made in filter(None, (built.layer, built.zip)):
        unzipped = f"{made.unzipped:,} unzipped"
        click.echo(
            f"{made.path}: {_files(made.files)}, {made.size:,} bytes ({unzipped}), SHA-256 {made.sha256}"
        )
        if everything:
            click.echo(_table(made))


def _check_tree(folder: Path, layer: bool) -> None:
    """Makes sure that the rendered tree uploads what is built."""
    from domovoi_tf.errors import PackageError

    rendered = (folder / "app" / "layer.tf").is_file()
    if (folder / "app" / "lambda.tf").is_file() and rendered != layer:
        has, wants = ("a", "without one") if rendered else ("no", "with one")
        raise PackageError(
            f"{folder / 'app'} is rendered with {has} layer, and the package is to be built {wants}.",
            "Give `domovoi-tf render` and `domovoi-tf package` the same option, or set package_layer in "
            ".chalice/config.json, and render again.",
        )


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _of_dependencies(built: Package) -> str:
    listed = built.requirements
    if listed is None:
        return (
            "No dependencies: there is no requirements.txt, pylock.toml, uv.lock or pyproject.toml with any."
        )
    instead = f", not from {' or '.join(listed.unused)}" if listed.unused else ""
    left_out = f" {_left_out(built.left_out)}" if built.left_out else ""
    return f"Dependencies from {listed.file.name}{instead}.{left_out}"


def _left_out(names: tuple[str, ...]) -> str:
    are, them = ("is", "it") if len(names) == 1 else ("are", "them")
    return (
        f"{' and '.join(names)} {are} left out, since Lambda's runtime has {them}: "
        f"--with-boto3 packages {them}."
    )


def _files(number: int) -> str:
    return f"{number} file{'s' if number > 1 else ''}"


def _table(made: Zip) -> str:
    rows = [(part.name, f"{part.size:,}", _files(part.files)) for part in made.parts[:_SHOWN]]
    if rest := made.parts[_SHOWN:]:
        size, files = sum(part.size for part in rest), sum(part.files for part in rest)
        rows.append((f"{len(rest)} more", f"{size:,}", _files(files)))
    names, sizes, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join(f"  {name:<{names}}  {size:>{sizes}} bytes  {files}" for name, size, files in rows)


def _description(built: Package, loaded: pipeline.Loaded) -> dict[str, Any]:
    listed = built.requirements
    return {
        **_of_zip(built.zip),
        "python": loaded.settings.python_version,
        "architecture": loaded.settings.architecture,
        "dependencies": listed and listed.file.name,
        "left_out": list(built.left_out),
        "layer": built.layer and _of_zip(built.layer),
    }


def _of_zip(made: Zip) -> dict[str, Any]:
    return {
        "path": str(made.path),
        "sha256": made.sha256,
        "size": made.size,
        "unzipped": made.unzipped,
        "files": made.files,
        "parts": [{"name": part.name, "files": part.files, "size": part.size} for part in made.parts],
    }
