"""The command `doctor`."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options, output, pipeline
from domovoi_tf.cli.deployment import local_functions, package
from domovoi_tf.cli.project import tree
from domovoi_tf.cli.terraform import place, planning
from domovoi_tf.errors import BackendError, DomovoiError, SettingsError
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import escape_controls, format_count

if TYPE_CHECKING:
    from domovoi_tf.doctor.project import Finding
    from domovoi_tf.packaging.build import Package
    from domovoi_tf.settings import Settings

_MARKS = {"ok": ("✓", "green"), "wrong": ("✗", "red"), "unknown": ("?", "yellow")}


@click.command()
@options.deployed_terraform_options
@options.import_options
@options.json_option
def doctor(project_dir: Path, stage: str, out: Path | None, at_emulator: bool, as_json: bool) -> None:
    """Check the project, Terraform and the AWS account.

    Checks Terraform and the AWS provider, the rendered files and the package, the Python of the emulator, the
    credentials, the state and its lock, and the names of a first deployment. Prints each problem with its
    remedy, and exits with 1 if there is any. Changes nothing.

    Example: domovoi-tf doctor --stage prod
    """
    folder = pipeline.get_output_folder(project_dir, out)
    root = pipeline.get_stage_folder(project_dir, stage, out)
    with contextlib.suppress(SettingsError):  # which is one of the findings
        place.enter(project_dir, stage, out, at_emulator)
    findings = [
        *_check_programs(root, stage),
        *_check_project(project_dir, folder, stage),
        *_check_account(project_dir, root, stage),
    ]
    findings += _check_names(project_dir, root, stage, findings)
    if as_json:
        output.print_json({"stage": stage, "findings": [finding._asdict() for finding in findings]})
    else:
        column = max(len(finding.name) for finding in findings) + 4
        for line in format_findings(findings):
            output.print_text(line, column=column)
    if any(finding.state == "wrong" for finding in findings):
        sys.exit(1)


def _check_programs(root: Path, stage: str) -> Iterator[Finding]:
    from domovoi_tf.doctor import project as checks
    from domovoi_tf.doctor.account import skip_checks
    from domovoi_tf.terraform.installation import configure_providers, find_binary
    from domovoi_tf.terraform.runner import Terraform

    folder = root if root.is_dir() else Path.cwd()

    def open_terraform() -> Terraform:
        binary = find_binary(os.environ, options.get_terraform())
        return Terraform(folder, {**configure_providers(os.environ)}, binary)

    finding = checks.run_check("terraform", lambda: checks.check_terraform(open_terraform()))
    yield finding
    if finding.state != "ok":
        yield from skip_checks(("provider",), "there is no usable Terraform")
    else:
        yield checks.run_check("provider", lambda: checks.check_provider(open_terraform(), stage))


def _check_project(project_dir: Path, folder: Path, stage: str) -> Iterator[Finding]:
    from domovoi_tf.doctor import project as checks
    from domovoi_tf.doctor.account import skip_checks

    try:
        project = pipeline.load_deployed(project_dir, stage)
    except DomovoiError as error:
        yield checks.Finding("app", "wrong", error.message, error.remedy)
        yield from skip_checks(("tree", "package"), "the app is not valid")
        return
    count = format_count(len(project.application.routes), "handler")
    yield checks.Finding("app", "ok", f"valid, {count}")
    yield from checks.list_permissions(project.application)
    yield checks.run_check("tree", lambda: _check_tree(project_dir, folder, project))
    yield checks.run_check("package", lambda: _check_package(project_dir, folder, project))
    if local_functions.is_emulator_installed():
        yield local_functions.check_python(project.settings)


def _check_tree(project_dir: Path, folder: Path, project: pipeline.Project) -> Finding:
    from domovoi_tf.doctor import project as checks
    from domovoi_tf.rendering.versions import describe_writer, suggest_rendering

    changes = tree.compare_tree(project_dir, folder, [project])
    version = changes.previous.version
    writer = describe_writer(version) if changes.previous.files else ""
    remedy = suggest_rendering(version, spell("render", project.settings.stage))
    return checks.check_tree(changes.outdated, changes.conflicts, writer, remedy, project.settings.stage)


def _check_package(project_dir: Path, folder: Path, project: pipeline.Project) -> Finding:
    from domovoi_tf.doctor import project as checks
    from domovoi_tf.packaging.archives.zips import has_bytecode
    from domovoi_tf.packaging.bytecode.choice import Choice

    built = folder / "app" / "package.zip"
    is_compiled = has_bytecode(built)

    def build(path: Path) -> Package:
        # An option of `package` can have added or left out the bytecode: neither makes the package stale.
        settings = replace(project.settings, package_bytecode=True)
        choice = package.choose_bytecode(folder, settings) if is_compiled else Choice()
        return package.build_zips(project_dir, path, project, choice)

    return checks.check_package(built, build, project.settings.stage)


def _check_account(project_dir: Path, root: Path, stage: str) -> Iterator[Finding]:
    from domovoi_tf import settings as configuration
    from domovoi_tf.doctor import account

    try:
        settings = configuration.load(project_dir, stage)
    except DomovoiError:
        names = ("region", "credentials", "backend", "lock")
        yield from account.skip_checks(names, "the configuration is not valid")
        return
    yield account.check_region(settings, os.environ)
    credentials = account.check_credentials(settings, os.environ)
    yield credentials
    yield from _check_state(settings, root, credentials)


def _check_state(settings: Settings, root: Path, credentials: Finding) -> Iterator[Finding]:
    from domovoi_tf.doctor import account
    from domovoi_tf.state.backend_root import resolve_backend
    from domovoi_tf.state.effective_backend import find_backend

    location = find_backend(settings.backend, root, os.environ)
    # A local file that is configured is shown relative to the project.
    if location != resolve_backend(settings.backend, root):
        settings = replace(settings, backend=(location.type, location.arguments))
    remote = settings.backend is not None and settings.backend[0] != "local"
    if remote and credentials.state != "ok":
        yield from account.skip_checks(("backend", "lock"), "the credentials are not usable")
        return
    backend = account.check_backend(settings, root)
    if backend.state == "ok":
        backend = _check_place(root) or backend
    yield backend
    if backend.state == "wrong":
        yield from account.skip_checks(("lock",), "the state cannot be used")
    else:
        yield account.check_lock(settings, root)


def _check_names(project_dir: Path, root: Path, stage: str, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yields findings that what a first deployment would create or replace exists already."""
    from domovoi_tf.doctor.project import Finding
    from domovoi_tf.failures.limits import advise_on_existing
    from domovoi_tf.model.names import NAME_KEY, STAGE_KEY
    from domovoi_tf.plans.existing_resources import (
        build_creations,
        describe_foreign,
        find_overwritten,
        predict_overwriting,
    )
    from domovoi_tf.state import status
    from domovoi_tf.state.effective_backend import find_backend

    states = {finding.name: finding.state for finding in findings}
    if any(states.get(name) != "ok" for name in ("app", "credentials", "backend")):
        return
    with contextlib.suppress(DomovoiError):
        application, settings = pipeline.load_deployed(project_dir, stage)
        location = find_backend(settings.backend, root, os.environ)
        current = status.read_status(location, stage, os.environ, options.get_terraform()).state
        if current and current.resources:
            return
        functions = sorted({route.trigger.function for route in application.routes})
        names = [f"{settings.name}-{function}" if function else settings.name for function in functions]
        plan = {"resource_changes": build_creations(names, with_roles=settings.iam_role_arn is None)}
        client = planning.make_client_factory(project_dir, stage, **planning.LIMITS)
        if found := describe_foreign(plan, client):
            yield Finding(
                "names",
                "wrong",
                f"the state of {stage} is empty, but these exist already: {', '.join(found)}",
                advise_on_existing(stage),
            )
            return
        deployed = {NAME_KEY: settings.name, STAGE_KEY: settings.stage}
        overwritten = find_overwritten(predict_overwriting(application.routes, deployed), client)
        if overwritten.lines:
            listed = "\n  ".join(overwritten.lines)
            says = f"a deployment of {stage} would erase what others have added:\n  {listed}"
            yield Finding("owners", "wrong", says, overwritten.advice)


def _check_place(root: Path) -> Finding | None:
    """Returns the finding that a local state describes resources elsewhere; None if it does not."""
    from domovoi_tf.cli.terraform import state_check
    from domovoi_tf.doctor.project import Finding

    try:
        state_check.check_file(root)
    except BackendError as error:
        return Finding("backend", "wrong", error.message.removesuffix("."), error.remedy)
    return None


def format_findings(findings: Sequence[Finding]) -> Iterator[str]:
    """Yields the lines that describe findings, with a coloured mark before each."""
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark, colour = _MARKS[finding.state]
        first, *others = escape_controls(finding.says).split("\n")
        yield f"{click.style(mark, fg=colour)} {finding.name:<{width}}  {first}"
        for line in [*others, *escape_controls(finding.remedy).splitlines()]:
            yield f"  {'':<{width}}  {line}"
