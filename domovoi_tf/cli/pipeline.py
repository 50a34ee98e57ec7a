"""Loads projects, renders their Terraform and writes it, for the commands that need this."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from domovoi_tf.cli import options, output

if TYPE_CHECKING:
    from domovoi_tf.errors import DomovoiError
    from domovoi_tf.loading.recording.records import ReadApplication
    from domovoi_tf.packaging.imports.checks import Findings
    from domovoi_tf.rendering.output_tree import Changes
    from domovoi_tf.rendering.templates import RenderedFile
    from domovoi_tf.settings import Settings

T = TypeVar("T")


class Project(NamedTuple):
    """A validated app with its settings in one stage."""

    application: ReadApplication
    settings: Settings

    def with_package_options(
        self,
        layer: bool | None = None,
        exclude: tuple[str, ...] = (),
        groups: tuple[str, ...] = (),
        boto3: bool | None = None,
    ) -> Project:
        """Returns the project with the package options of the command line applied to its settings."""
        settings = self.settings
        return self._replace(
            settings=replace(
                settings,
                package_layer=settings.package_layer if layer is None else layer,
                package_boto3=settings.package_boto3 if boto3 is None else boto3,
                package_exclude=(*settings.package_exclude, *exclude),
                package_groups=(*settings.package_groups, *groups),
            )
        )


def load(project_dir: Path, stage: str) -> Project:
    """Loads and validates a project in one stage, and prints warnings."""
    return load_stages(project_dir, [stage])[0]


def load_deployed(project_dir: Path, stage: str) -> Project:
    """Loads a project without printing warnings, for commands that only look at what is deployed."""
    return load_stages(project_dir, [stage], quiet=True)[0]


def select_stages(project_dir: Path, stages: Sequence[str], all_stages: bool) -> tuple[str, ...]:
    """Returns the stages that ``--stage`` and ``--all-stages`` select, without duplicates."""
    from domovoi_tf.rendering.stage_consistency import list_configured_stages

    if stages and all_stages:
        raise click.UsageError("--stage and --all-stages cannot be used together.")
    names = list_configured_stages(project_dir) if all_stages else stages
    return tuple(dict.fromkeys(names or [options.DEFAULT_STAGE]))


def load_stages(project_dir: Path, stages: Sequence[str], quiet: bool = False) -> tuple[Project, ...]:
    """Loads and validates a project in several stages.

    Args:
        project_dir: the project's folder.
        stages: the names of the stages.
        quiet: whether to print no warnings.

    Raises:
        SettingsError: the configuration of a stage is not valid.
        AppLoadError: the app cannot be imported in a stage.
        ValidationError: the app is not valid in a stage, or its stages cannot share one ``app/``.
    """
    from domovoi_tf.errors import ValidationError
    from domovoi_tf.rendering.stage_consistency import find_differences, merge_problems
    from domovoi_tf.validation.application import validate

    settings = _load_settings(project_dir, stages)
    warnings = [] if quiet else _merge_warnings({stage: settings[stage].notices for stage in stages})
    applications = _load_applications(project_dir, settings, warnings)
    projects = {stage: Project(applications[stage], settings[stage]) for stage in stages}
    problems = {stage: validate(*projects[stage]) for stage in stages}
    if not quiet:
        imports = _check_imports(project_dir, projects)
        problems = {stage: (*problems[stage], *imports[stage].problems) for stage in stages}
        notices = _find_notices(project_dir, projects)
        warnings += _merge_warnings({stage: [*notices[stage], *imports[stage].warnings] for stage in stages})
    invalid = (
        *merge_problems(problems),
        *find_differences(applications, settings[stages[0]].app_name),
    )
    if invalid:
        places = tuple(f"{problem.location}: " for problem in invalid)
        error = ValidationError(invalid)
        # A warning about a line with a problem may be due to the problem.
        error.remarks = tuple(each for each in warnings if not each.startswith(places))
        raise error
    for warning in warnings:
        output.print_warning(warning)
    return tuple(projects.values())


def _check_imports(project_dir: Path, projects: Mapping[str, Project]) -> dict[str, Findings]:
    """Compares what the app read with what the package contains, once for stages that read the same."""
    from domovoi_tf.packaging.imports.checks import check_project
    from domovoi_tf.packaging.target import Target

    by_application: dict[int, Findings] = {}
    for application, settings in projects.values():
        if id(application) not in by_application:
            target = Target(settings.python_version, settings.architecture)
            include, excluded = settings.package_include, settings.package_exclude
            findings = check_project(project_dir, application, target, include, excluded)
            by_application[id(application)] = findings
    return {stage: by_application[id(project.application)] for stage, project in projects.items()}


def _find_notices(project_dir: Path, projects: Mapping[str, Project]) -> dict[str, list[str]]:
    """Returns the warnings about the app in each stage."""
    from domovoi_tf.loading.project_modules import find_shadowing_modules
    from domovoi_tf.loading.unimported_handlers import find_unimported_handlers
    from domovoi_tf.validation.application import find_warnings

    applications = [project.application for project in projects.values()]
    modules = (
        *find_shadowing_modules(project_dir),
        *find_unimported_handlers(project_dir, applications),
    )
    return {
        stage: [f"{notice.location}: {notice.message}" for notice in (*find_warnings(*project), *modules)]
        for stage, project in projects.items()
    }


def _merge_warnings(notices: Mapping[str, Iterable[str]]) -> list[str]:
    from domovoi_tf.rendering.stage_consistency import merge_by_stage

    return [f"{text}{note}" for text, note in merge_by_stage(notices)]


def _load_settings(project_dir: Path, stages: Sequence[str]) -> dict[str, Settings]:
    from domovoi_tf import settings
    from domovoi_tf.errors import SettingsError

    return _run_in_stages(stages, lambda stage: settings.load(project_dir, stage), SettingsError)


def _load_applications(
    project_dir: Path, settings: Mapping[str, Settings], warnings: Sequence[str]
) -> dict[str, ReadApplication]:
    """Imports the app once for each distinct set of environment variables."""
    from domovoi_tf.errors import AppLoadError
    from domovoi_tf.loading import loader

    python, timeout = options.get_python(), options.get_import_timeout(loader.DEFAULT_TIMEOUT)
    by_environment: dict[tuple[tuple[str, str], ...], ReadApplication] = {}

    def load_application(stage: str) -> ReadApplication:
        environment = settings[stage].environment_variables
        key = tuple(sorted(environment.items()))
        if key not in by_environment:
            by_environment[key] = loader.load(
                project_dir, environment, python, timeout, options.has_credentials()
            )
        return by_environment[key]

    try:
        return _run_in_stages(tuple(settings), load_application, AppLoadError)
    except AppLoadError as error:
        error.remarks = tuple(warnings)
        raise


def _run_in_stages(
    stages: Sequence[str], function: Callable[[str], T], error_type: type[DomovoiError]
) -> dict[str, T]:
    """Calls a function for each stage, and raises the errors of all stages as one."""
    from domovoi_tf.errors import join_problems
    from domovoi_tf.rendering.stage_consistency import merge_by_stage

    if len(stages) == 1:
        return {stages[0]: function(stages[0])}
    results: dict[str, T] = {}
    errors: dict[str, list[tuple[str, str]]] = {stage: [] for stage in stages}
    for stage in stages:
        try:
            results[stage] = function(stage)
        except error_type as error:
            errors[stage] = [(part, error.remedy) for part in error.parts]
    if any(errors.values()):
        merged = [(f"{part}{note}", remedy) for (part, remedy), note in merge_by_stage(errors)]
        remedies = dict.fromkeys(remedy for _, remedy in merged)
        raise join_problems(error_type, (part for part, _ in merged), "\n".join(remedies))
    return results


def get_output_folder(project_dir: Path, out: Path | None) -> Path:
    """Returns the folder of the rendered files."""
    return out or project_dir / "terraform"


def get_stage_folder(project_dir: Path, stage: str, out: Path | None) -> Path:
    """Returns the folder of a stage's root module."""
    return get_output_folder(project_dir, out) / "stages" / stage


def compare_tree(project_dir: Path, folder: Path, projects: Sequence[Project]) -> Changes:
    """Returns the changes that rendering some stages would make in a folder."""
    from domovoi_tf.rendering.output_tree import compare_tree

    return compare_tree(folder, *_render_tree(project_dir, projects))


def update_tree(project_dir: Path, folder: Path, projects: Sequence[Project], force: bool) -> Changes:
    """Renders some stages into a folder, and returns the changes."""
    from domovoi_tf.rendering.output_tree import compare_tree, lock_tree, write_changes

    def print_wait() -> None:
        output.print_text(f"Waiting for another process that is writing to {folder}.", err=True)

    tree = _render_tree(project_dir, projects)
    with lock_tree(folder, print_wait):
        changes = compare_tree(folder, *tree)
        write_changes(folder, changes, force)
    return changes


def write_tree(project_dir: Path, folder: Path, projects: Sequence[Project], force: bool) -> None:
    """Renders some stages into a folder, and prints the changes, and which states cannot be shared."""
    changes = update_tree(project_dir, folder, projects, force)
    settings = [project.settings for project in projects]
    lines = [*format_tree_changes(folder, changes, settings), *format_local_states(folder, settings)]
    output.print_text("\n".join(lines))


def format_tree_changes(folder: Path, changes: Changes, settings: Sequence[Settings]) -> list[str]:
    """Returns the lines that describe what rendering some stages changed."""
    lines = [
        f"  {'removed' if path in changes.removed else 'written'}  {folder.name}/{path}"
        for path in changes.stale
        if "/modules/" not in path
    ]
    own = ("app/", *(f"stages/{each.stage}/" for each in settings))
    total = sum(path.startswith(own) for path in changes.manifest.files)
    return [*lines, f"{folder}: {len(changes.stale)} of {total} files changed."]


def format_local_states(folder: Path, settings: Sequence[Settings]) -> list[str]:
    """Returns the lines that say which stages on AWS would have their state in a local file."""
    local = [each.stage for each in settings if _has_local_file(folder, each)]
    if not local:
        return []
    stages, is_one = ", ".join(local), len(local) == 1
    what = f"The state of {stages} is a local file" if is_one else f"The states of {stages} are local files"
    advice = f"To share {'it' if is_one else 'them'}, configure terraform.backend in .chalice/config.json."
    return [f"{what}. {advice}"]


def _has_local_file(folder: Path, settings: Settings) -> bool:
    """Returns whether neither the configuration nor an override file of a stage has a backend."""
    from domovoi_tf.state.backend_arguments import read_override

    return settings.backend is None and read_override(folder / "stages" / settings.stage) is None


def _render_tree(
    project_dir: Path, projects: Sequence[Project]
) -> tuple[tuple[RenderedFile, ...], list[str], str]:
    """Returns the files of some stages, the names of the stages, and the digest of the app's source."""
    from domovoi_tf.loading.project_modules import list_read_files
    from domovoi_tf.rendering.output_tree import compute_fingerprint
    from domovoi_tf.rendering.stage_consistency import merge_files

    first = projects[0]
    files = [machine.file for machine in first.application.state_machines if machine.file]
    files += list_read_files(project_dir, first.application)
    # The configuration or an option decides about the layer for all stages, so it belongs to the source.
    name = f"{first.settings.app_name}{'.layer' if first.settings.package_layer else ''}"
    source = compute_fingerprint(project_dir, name, files)
    by_stage = {project.settings.stage: _render_files(project) for project in projects}
    return merge_files(by_stage), list(by_stage), source


def _render_files(project: Project) -> tuple[RenderedFile, ...]:
    from domovoi_tf.rendering.templates import render
    from domovoi_tf.synthesis.app_module import synthesize
    from domovoi_tf.system import assets

    return render(synthesize(*project), assets.find_templates(), assets.find_modules())
