"""The command that says what is wrong before a deployment finds out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from domovoi_tf.cli import options, pipeline
from domovoi_tf.cli.deployment import package
from domovoi_tf.errors import DomovoiError

if TYPE_CHECKING:
    from domovoi_tf.doctor.project import Finding
    from domovoi_tf.settings import Settings

_MARKS = {"ok": ("✓", "green"), "wrong": ("✗", "red"), "unknown": ("?", "yellow")}


@click.command()
@options.project_argument
@options.stage_option
@options.out_option
@options.terraform_option
@options.reading_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(project_dir: Path, stage: str, out: Path | None, as_json: bool) -> None:
    """Say what is wrong, each with its remedy; exit 1 where anything is.

    It looks at Terraform and the provider, the rendered tree and the package, the account, and the state with
    its lock, and changes nothing.

    Example: domovoi-tf doctor --stage prod
    """
    folder = pipeline.output_folder(project_dir, out)
    found = [*_programs(folder, stage)]
    found += _project(project_dir, folder, stage)
    found += _account(project_dir, folder / "stages" / stage, stage)
    if as_json:
        click.echo(json.dumps({"stage": stage, "findings": [each._asdict() for each in found]}, indent=2))
    else:
        _print(found)
    if any(each.state == "wrong" for each in found):
        sys.exit(1)


def _programs(folder: Path, stage: str) -> Iterator[Finding]:
    from domovoi_tf.doctor import project as checks
    from domovoi_tf.doctor.account import unseen
    from domovoi_tf.terraform.installation import configure_providers, find_binary
    from domovoi_tf.terraform.runner import Terraform

    root = folder / "stages" / stage
    there = root if root.is_dir() else Path.cwd()

    def runner() -> Terraform:
        return Terraform(
            there, {**configure_providers(os.environ)}, find_binary(os.environ, options.named_terraform())
        )

    program = checks.checked("terraform", lambda: checks.terraform(runner()))
    yield program
    if program.state != "ok":
        yield from unseen(("provider",), "there is no Terraform to ask")
    else:
        yield checks.checked("provider", lambda: checks.provider(runner(), stage))


def _project(project_dir: Path, folder: Path, stage: str) -> Iterator[Finding]:
    from domovoi_tf.doctor import project as checks
    from domovoi_tf.doctor.account import unseen

    try:
        loaded = pipeline.load_deployed(project_dir, stage)
    except DomovoiError as error:
        yield checks.Finding("app", "wrong", error.message, error.remedy)
        yield from unseen(("tree", "package"), "the app is not valid")
        return
    routes = loaded.application.routes
    yield checks.Finding("app", "ok", f"valid, {len(routes)} handler{'' if len(routes) == 1 else 's'}")
    yield checks.checked("tree", lambda: _tree(project_dir, folder, loaded))
    yield checks.checked("package", lambda: _package(project_dir, folder, loaded))


def _tree(project_dir: Path, folder: Path, loaded: pipeline.Loaded) -> Finding:
    from domovoi_tf.doctor import project as checks

    changes = pipeline.changes(project_dir, folder, [loaded])
    return checks.tree(changes.stale, changes.conflicts, loaded.settings.stage)


def _package(project_dir: Path, folder: Path, loaded: pipeline.Loaded) -> Finding:
    from domovoi_tf.doctor import project as checks

    built = folder / "app" / "package.zip"
    return checks.package(built, lambda path: package.zips(project_dir, path, loaded))


def _account(project_dir: Path, root: Path, stage: str) -> Iterator[Finding]:
    from domovoi_tf import settings as configuration
    from domovoi_tf.doctor import account

    try:
        settings = configuration.load(project_dir, stage)
    except DomovoiError:
        names = ("region", "credentials", "backend", "lock")
        yield from account.unseen(names, "the configuration is not valid")
        return
    yield account.region(settings, os.environ)
    whose = account.credentials(settings, os.environ)
    yield whose
    yield from _state(settings, root, whose)


def _state(settings: Settings, root: Path, whose: Finding) -> Iterator[Finding]:
    from domovoi_tf.doctor import account

    remote = settings.backend is not None and settings.backend[0] != "local"
    if remote and whose.state != "ok":
        yield from account.unseen(("backend", "lock"), "there is no account to ask")
        return
    state = account.backend(settings, root)
    yield state
    if state.state == "wrong":
        yield from account.unseen(("lock",), "the state cannot be reached")
    else:
        yield account.lock(settings, root)


def _print(found: list[Finding]) -> None:
    width = max(len(each.name) for each in found)
    for each in found:
        mark, colour = _MARKS[each.state]
        lines = each.says.splitlines()
        click.echo(f"{click.style(mark, fg=colour)} {each.name:<{width}}  {lines[0]}")
        for line in [*lines[1:], *each.remedy.splitlines()]:
            click.echo(f"  {'':<{width}}  {line}")
