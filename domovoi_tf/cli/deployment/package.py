"""The command `package`, and the functions that build the package for other commands."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.errors import PackageError
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import format_count

if TYPE_CHECKING:
    from domovoi_tf.packaging.build import Package, Zip
    from domovoi_tf.packaging.bytecode.choice import Choice
    from domovoi_tf.packaging.size_limits import Part
    from domovoi_tf.settings import Settings

#: The number of parts to list; the others are summed up.
_LISTED_PARTS = 10
#: Modules that are imported while a child process imports the app.
_MODULES = ("domovoi_tf.packaging.build", "domovoi_tf.synthesis.app_module")


@click.command()
@options.tree_options
@options.import_options
@options.package_options
@options.json_option
def package(project_dir: Path, stage: str, out: Path | None, as_json: bool, **package_options: Any) -> None:
    """Build the deployment package in the output folder.

    Example: domovoi-tf package --exclude '*/tests'
    """
    project = pipeline.load(project_dir, stage, _MODULES).with_package_options(**package_options)
    built = build_package(project_dir, pipeline.get_output_folder(project_dir, out), project)
    if as_json:
        output.print_json(describe_package(built, project))
    else:
        output.print_text("\n".join(format_package(built, with_parts=True)))


def build_package(project_dir: Path, folder: Path, project: pipeline.Project) -> Package:
    """Builds the deployment package in a rendered tree, and prints warnings.

    Args:
        project_dir: the project's folder.
        folder: the output folder.
        project: the app and its settings.

    Raises:
        PackageError: the package cannot be built, or does not fit the rendered files.
    """
    from domovoi_tf.rendering.output_tree import recover_tree

    recover_tree(folder)
    _check_tree(folder, project.settings)
    choice = choose_bytecode(folder, project.settings)
    built = build_zips(project_dir, folder / "app" / "package.zip", project, choice)
    if choice.is_new:
        _record_bytecode(folder, project.settings.python_version, built.release)
    for pattern in built.unmatched:
        output.print_warning(f"the excluded pattern {pattern!r} matches nothing in the package.")
    for warning in built.warnings:
        output.print_warning(warning)
    return built


def choose_bytecode(folder: Path, settings: Settings) -> Choice:
    """Returns whether to compile the modules of the package, and with which Python.

    Args:
        folder: the output folder.
        settings: the stage's settings.

    Raises:
        PackageError: the Python that has to compile is not installed.
    """
    from domovoi_tf.packaging.bytecode.choice import choose
    from domovoi_tf.rendering.manifest import read_manifest

    version = settings.python_version
    recorded = read_manifest(folder).bytecode.get(version, "")
    return choose(version, options.get_bytecode(), settings.package_bytecode, recorded, os.environ)


def _record_bytecode(folder: Path, version: str, release: str) -> None:
    """Records the release of Python that compiles the packages of a tree, for other machines.

    A manifest that a merge left behind stays as it is until the tree is rendered.
    """
    from domovoi_tf.packaging.bytecode.choice import NONE
    from domovoi_tf.rendering.manifest import read_manifest
    from domovoi_tf.rendering.output_tree import Changes, lock_tree, write_changes

    with lock_tree(folder):
        previous = read_manifest(folder)
        if previous.files and not previous.others:
            manifest = replace(previous, bytecode={version: release or NONE})
            write_changes(folder, Changes((), (), (), manifest, previous, is_manifest_stale=True))


def build_zips(project_dir: Path, destination: Path, project: pipeline.Project, choice: Choice) -> Package:
    """Builds the deployment package at a path, with its layer in the same folder if there is one."""
    from domovoi_tf.packaging.build import Options, Target, build
    from domovoi_tf.synthesis.app_module import find_package_kinds

    application, settings = project
    build_options = Options(
        exclude=settings.package_exclude,
        groups=settings.package_groups,
        boto3=settings.package_boto3,
        layer=settings.package_layer,
        through_s3=settings.package_s3 is not None,
        include=settings.package_include,
        allow=settings.package_allow,
        has_other_layers=any(each.layers for each in (settings, *settings.functions.values())),
    )
    target = Target(settings.python_version, settings.architecture)
    kinds = find_package_kinds(application)
    return build(project_dir, destination, target, kinds, build_options, _print_progress, application, choice)


def _print_progress(line: str) -> None:
    output.print_text(line, err=True)


def _check_tree(folder: Path, settings: Settings) -> None:
    """Checks that the tree is rendered, and has a layer exactly if the package has one."""
    app, layer = folder / "app", settings.package_layer
    if not app.is_dir():
        raise PackageError(f"{app} does not exist.", f"Run `{spell('render', settings.stage)}` first.")
    rendered = (app / "layer.tf").is_file()
    if (app / "lambda.tf").is_file() and rendered != layer:
        has, needs = ("a", "no") if rendered else ("no", "a")
        raise PackageError(
            f"The Terraform in {app} has {has} layer, but the package needs {needs} layer.",
            f"Pass the same option to `{spell('render', settings.stage)}` and "
            f"`{spell('package', settings.stage)}`, or set package_layer in .chalice/config.json and render "
            "again.",
        )


def format_package(built: Package, with_parts: bool = False) -> list[str]:
    """Returns the lines that describe a package.

    Args:
        built: the package.
        with_parts: whether to list what the zips contain.
    """
    lines = [_format_dependencies(built), *_format_bytecode(built)]
    for archive in filter(None, (built.layer, built.zip)):
        lines.append(
            f"{archive.path}: {format_count(archive.files, 'file')}, {archive.size:,} bytes "
            f"({archive.unzipped:,} unzipped), SHA-256 {archive.sha256}"
        )
        if with_parts:
            lines.append(_format_parts(archive))
    return lines


def _format_dependencies(built: Package) -> str:
    requirements = built.requirements
    if requirements is None:
        return "No dependencies: found none in requirements.txt, pylock.toml, uv.lock or pyproject.toml."
    unused = f", not from {' or '.join(requirements.unused)}" if requirements.unused else ""
    left_out = f" {_format_left_out(built.left_out)}" if built.left_out else ""
    included = f" {_format_included(built)}" if built.reason else ""
    return f"Dependencies from {requirements.name}{unused}.{left_out}{included}"


def _format_bytecode(built: Package) -> list[str]:
    if built.bytecode is None:
        return [f"No bytecode: {built.no_bytecode}."] if built.no_bytecode else []
    version, files = built.release.rpartition(".")[0], format_count(built.bytecode.files, "file")
    size = f"{built.bytecode.size:,} bytes unzipped"
    return [f"Bytecode for Python {version}, compiled by {built.release}: {files}, {size}."]


def _format_left_out(names: tuple[str, ...]) -> str:
    are, them = ("is", "it") if len(names) == 1 else ("are", "them")
    return (
        f"{_join_names(names)} {are} not included because Lambda's runtime provides {them}; "
        f"--with-boto3 includes {them}."
    )


def _format_included(built: Package) -> str:
    are, them = ("is", "it") if len(built.included) == 1 else ("are", "them")
    return (
        f"{_join_names(built.included)} {are} included because {built.reason}, which Lambda's runtime may "
        f"not satisfy; --without-boto3 leaves {them} out."
    )


def _join_names(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _format_parts(archive: Zip) -> str:
    listed, rest = archive.parts[:_LISTED_PARTS], archive.parts[_LISTED_PARTS:]
    rows = [(part.name, f"{part.size:,}", format_count(part.files, "file")) for part in listed]
    if rest:
        size, files = sum(part.size for part in rest), sum(part.files for part in rest)
        rows.append((f"{len(rest)} more", f"{size:,}", format_count(files, "file")))
    names, sizes, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join(f"  {name:<{names}}  {size:>{sizes}} bytes  {files}" for name, size, files in rows)


def describe_package(built: Package, project: pipeline.Project) -> dict[str, Any]:
    """Returns a package for JSON."""
    requirements = built.requirements
    return {
        **_describe_zip(built.zip),
        "python": project.settings.python_version,
        "architecture": project.settings.architecture,
        "dependencies": requirements and requirements.name,
        "left_out": list(built.left_out),
        "bytecode": built.bytecode and _describe_bytecode(built.release, built.bytecode),
        "layer": built.layer and _describe_zip(built.layer),
    }


def _describe_bytecode(release: str, files: Part) -> dict[str, Any]:
    return {"python": release, "files": files.files, "size": files.size}


def _describe_zip(archive: Zip) -> dict[str, Any]:
    return {
        "path": str(archive.path),
        "sha256": archive.sha256,
        "size": archive.size,
        "unzipped": archive.unzipped,
        "files": archive.files,
        "parts": [{"name": part.name, "files": part.files, "size": part.size} for part in archive.parts],
    }
