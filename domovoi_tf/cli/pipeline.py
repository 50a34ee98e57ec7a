"""Loads and validates projects in their stages, for the commands that need this."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from domovoi_tf.cli import options, output

if TYPE_CHECKING:
    from domovoi_tf.errors import DomovoiError
    from domovoi_tf.loading.recording.records import ReadApplication
    from domovoi_tf.packaging.imports.checks import Findings
    from domovoi_tf.settings import Settings

T = TypeVar("T")
#: Modules that are imported while a child process imports the app: those that validate it and look for
#: warnings, and those that render it.
_TO_VALIDATE = ("domovoi_tf.validation.application",)
_TO_WARN = (
    "domovoi_tf.loading.unimported_handlers",
    "domovoi_tf.packaging.imports.checks",
    "domovoi_tf.packaging.target",
)
TO_RENDER = (
    "domovoi_tf.renames.decision",
    "domovoi_tf.rendering.git_attributes",
    "domovoi_tf.rendering.output_tree",
    "domovoi_tf.rendering.templates",
    "domovoi_tf.state.backend_arguments",
    "domovoi_tf.synthesis.app_module",
    "domovoi_tf.synthesis.moves",
)


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


def load(project_dir: Path, stage: str, later: Sequence[str] = (), quotas: bool = False) -> Project:
    """Loads and validates a project in one stage, and prints warnings.

    Args:
        project_dir: the project's folder.
        stage: the name of the stage.
        later: the modules that the command needs next.
        quotas: whether to warn about quotas of the account too, as for a deployment to AWS.
    """
    return load_stages(project_dir, [stage], later=later, quotas=quotas)[0]


def load_deployed(project_dir: Path, stage: str, later: Sequence[str] = ()) -> Project:
    """Loads a project as `load` does, but prints no warnings, for commands that use what is deployed."""
    return load_stages(project_dir, [stage], quiet=True, later=later)[0]


def select_stages(project_dir: Path, stages: Sequence[str], all_stages: bool) -> tuple[str, ...]:
    """Returns the stages that ``--stage`` and ``--all-stages`` select, without duplicates."""
    from domovoi_tf.rendering.stage_consistency import list_configured_stages

    if stages and all_stages:
        raise click.UsageError("--stage and --all-stages cannot be used together.")
    names = list_configured_stages(project_dir) if all_stages else stages
    return tuple(dict.fromkeys(names or [options.DEFAULT_STAGE]))


def load_stages(
    project_dir: Path,
    stages: Sequence[str],
    quiet: bool = False,
    later: Sequence[str] = (),
    quotas: bool = False,
) -> tuple[Project, ...]:
    """Loads and validates a project in several stages.

    Args:
        project_dir: the project's folder.
        stages: the names of the stages.
        quiet: whether to print no warnings.
        later: the modules that the command needs next, which are imported while a child process imports the
            app.
        quotas: whether to warn about quotas of the account too.

    Raises:
        SettingsError: the configuration of a stage is not valid.
        AppLoadError: the app cannot be imported in a stage.
        ValidationError: the app is not valid in a stage, or its stages cannot share one ``app/``.
    """
    from domovoi_tf.errors import ValidationError
    from domovoi_tf.rendering.stage_consistency import find_differences, merge_problems

    settings = load_settings(project_dir, stages)
    later = (*_TO_VALIDATE, *(() if quiet else _TO_WARN), *later)
    warnings = [] if quiet else _merge_warnings({stage: settings[stage].notices for stage in stages})
    applications = load_applications(project_dir, settings, warnings, later=later)
    from domovoi_tf.validation.application import validate

    projects = {stage: Project(applications[stage], settings[stage]) for stage in stages}
    problems = {stage: validate(*projects[stage]) for stage in stages}
    if not quiet:
        imports = _check_imports(project_dir, projects)
        problems = {stage: (*problems[stage], *imports[stage].problems) for stage in stages}
        notices = _find_notices(project_dir, projects, quotas)
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


def _find_notices(project_dir: Path, projects: Mapping[str, Project], quotas: bool) -> dict[str, list[str]]:
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
        stage: [
            f"{notice.location}: {notice.message}"
            for notice in (*find_warnings(*project, quotas=quotas), *modules)
        ]
        for stage, project in projects.items()
    }


def _merge_warnings(notices: Mapping[str, Iterable[str]]) -> list[str]:
    from domovoi_tf.rendering.stage_consistency import merge_by_stage

    return [f"{text}{note}" for text, note in merge_by_stage(notices)]


def load_settings(project_dir: Path, stages: Sequence[str]) -> dict[str, Settings]:
    """Loads the settings of several stages.

    Raises:
        SettingsError: the configuration of a stage is not valid.
    """
    from domovoi_tf import settings
    from domovoi_tf.errors import SettingsError

    return _run_in_stages(stages, lambda stage: settings.load(project_dir, stage), SettingsError)


def load_applications(
    project_dir: Path,
    settings: Mapping[str, Settings],
    warnings: Sequence[str],
    known: Iterable[Project] = (),
    later: Sequence[str] = (),
) -> dict[str, ReadApplication]:
    """Imports the app once for each distinct set of environment variables.

    Args:
        project_dir: the project's folder.
        settings: the settings by stage.
        warnings: warnings that follow an error.
        known: projects whose apps need not be imported again.
        later: the modules that the command needs next.

    Raises:
        AppLoadError: the app cannot be imported in a stage.
    """
    from domovoi_tf.errors import AppLoadError
    from domovoi_tf.loading import loader

    python, timeout = options.get_python(), options.get_import_timeout(loader.DEFAULT_TIMEOUT)

    def make_key(environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(environment.items()))

    by_environment = {make_key(each.settings.environment_variables): each.application for each in known}

    def load_application(stage: str) -> ReadApplication:
        environment = settings[stage].environment_variables
        key = make_key(environment)
        if key not in by_environment:
            by_environment[key] = loader.load(
                project_dir,
                environment,
                python,
                timeout,
                options.has_credentials(),
                lambda: [*map(import_module, later)],
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
