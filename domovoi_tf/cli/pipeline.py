"""What several commands share: options, the pipeline from a project to its rendered files, and wording."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

if TYPE_CHECKING:
    from domovoi_tf.errors import DomovoiError
    from domovoi_tf.model.application import Application
    from domovoi_tf.rendering.output_tree import Changes
    from domovoi_tf.rendering.templates import RenderedFile
    from domovoi_tf.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class Loaded(NamedTuple):
    """A project, valid in a stage."""

    application: Application
    settings: Settings


def load(project_dir: Path, stage: str) -> Loaded:
    """Reads a project and makes sure that it is valid; says what is legal but worth knowing."""
    return load_stages(project_dir, [stage])[0]


def load_deployed(project_dir: Path, stage: str) -> Loaded:
    """The same for a command that looks at what is deployed: what was worth knowing, `render` has said."""
    return load_stages(project_dir, [stage], quiet=True)[0]


def chosen_stages(project_dir: Path, stages: Sequence[str], all_stages: bool) -> tuple[str, ...]:
    """Returns the stages that a command is for, each once."""
    from domovoi_tf.rendering.stage_consistency import DEFAULT, configured

    if stages and all_stages:
        raise click.UsageError("Give --stage or --all-stages.")
    return configured(project_dir) if all_stages else tuple(dict.fromkeys(stages or [DEFAULT]))


def load_stages(project_dir: Path, stages: Sequence[str], quiet: bool = False) -> tuple[Loaded, ...]:
    """Reads a project in some stages, and says what is wrong, and if not quiet worth knowing."""
    from domovoi_tf.errors import ValidationError
    from domovoi_tf.rendering.stage_consistency import differences, problems
    from domovoi_tf.validation.application import validate, warnings

    settings = _settings(project_dir, stages)
    if not quiet:
        _warn({stage: settings[stage].notices for stage in stages})
    applications = _applications(project_dir, settings)
    loaded = {stage: Loaded(applications[stage], settings[stage]) for stage in stages}
    if not quiet:
        hidden = _shadows(project_dir)
        _warn(
            {
                stage: [*(f"{n.location}: {n.message}" for n in warnings(*each)), *hidden]
                for stage, each in loaded.items()
            }
        )
    found = (
        *problems({stage: validate(*loaded[stage]) for stage in stages}),
        *differences(applications),
    )
    if found:
        raise ValidationError(found)
    return tuple(loaded.values())


def _warn(notices: Mapping[str, Iterable[str]]) -> None:
    from domovoi_tf.rendering.stage_consistency import merged

    for text, note in merged(notices):
        warn(f"{text}{note}")


def _settings(project_dir: Path, stages: Sequence[str]) -> dict[str, Settings]:
    from domovoi_tf import settings
    from domovoi_tf.errors import SettingsError

    return _in_each(stages, lambda stage: settings.load(project_dir, stage), SettingsError)


def _applications(project_dir: Path, settings: Mapping[str, Settings]) -> dict[str, Application]:
    """Reads the app once for each environment that the stages have."""
    from domovoi_tf.errors import AppLoadError
    from domovoi_tf.loading import loader

    context = click.get_current_context(silent=True)
    options = context.meta if context else {}
    python, timeout = (
        options.get("domovoi_tf.python"),
        options.get("domovoi_tf.timeout", loader.DEFAULT_TIMEOUT),
    )
    read: dict[tuple[tuple[str, str], ...], Application] = {}

    def application(stage: str) -> Application:
        environment = settings[stage].environment_variables
        key = tuple(sorted(environment.items()))
        if key not in read:
            read[key] = loader.load(project_dir, environment, python, timeout)
        return read[key]

    return _in_each(tuple(settings), application, AppLoadError)


def _in_each(stages: Sequence[str], do: Callable[[str], T], error: type[DomovoiError]) -> dict[str, T]:
    """Does something for each stage, and raises all that went wrong at once."""
    from domovoi_tf.rendering.stage_consistency import merged

    done: dict[str, T] = {}
    failed: dict[str, list[tuple[str, str]]] = {stage: [] for stage in stages}
    for stage in stages:
        try:
            done[stage] = do(stage)
        except error as raised:
            failed[stage] = [(line, raised.remedy) for line in raised.message.splitlines()]
    if any(failed.values()):
        lines = [(f"{line}{note}", remedy) for (line, remedy), note in merged(failed)]
        remedies = dict.fromkeys(remedy for _, remedy in lines)
        raise error("\n".join(line for line, _ in lines), "\n".join(remedies))
    return done


def _shadows(project_dir: Path) -> list[str]:
    from domovoi_tf.loading.project_modules import find_shadowing_modules

    return [f"{n.location}: {n.message}" for n in find_shadowing_modules(project_dir)]


def rendered(loaded: Loaded) -> tuple[RenderedFile, ...]:
    """Returns the files of a project's tree."""
    from domovoi_tf.rendering.templates import render
    from domovoi_tf.synthesis.app_module import synthesize
    from domovoi_tf.system import assets

    return render(synthesize(*loaded), assets.find_templates(), assets.find_modules())


def output_folder(project_dir: Path, out: Path | None) -> Path:
    """Returns the folder that the tree is written to."""
    return out or project_dir / "terraform"


def changes(project_dir: Path, folder: Path, loaded: Sequence[Loaded]) -> Changes:
    """Returns what rendering some stages would change in a folder."""
    from domovoi_tf.rendering.output_tree import compare

    return compare(folder, *_tree(project_dir, loaded))


def _tree(project_dir: Path, loaded: Sequence[Loaded]) -> tuple[tuple[RenderedFile, ...], list[str], str]:
    """Returns the files of some stages, the stages, and the digest of what their app is made from."""
    from domovoi_tf.rendering.output_tree import fingerprint
    from domovoi_tf.rendering.stage_consistency import together

    first = loaded[0]
    files = [machine.file for machine in first.application.state_machines if machine.file]
    # The configuration or an option says whether there is a layer, for all stages: it is of the source.
    name = f"{first.settings.app_name}{'.layer' if first.settings.package_layer else ''}"
    source = fingerprint(project_dir, name, files)
    by_stage = {each.settings.stage: rendered(each) for each in loaded}
    return together(by_stage), list(by_stage), source


def write_tree(project_dir: Path, folder: Path, loaded: Loaded, force: bool) -> None:
    """Renders a project into a folder, and says what changed."""
    write_stages(project_dir, folder, [loaded], force)


def write_stages(project_dir: Path, folder: Path, loaded: Sequence[Loaded], force: bool) -> None:
    """Renders some stages of a project into a folder, and says what changed."""
    found = written(project_dir, folder, loaded, force)
    for path in found.stale:
        if "/modules/" not in path:
            click.echo(f"  {'removed' if path in found.removed else 'written'}  {folder.name}/{path}")
    own = ("app/", *(f"stages/{each.settings.stage}/" for each in loaded))
    total = sum(path.startswith(own) for path in found.manifest.files)
    click.echo(f"{folder}: {len(found.stale)} of {total} files changed.")
    local = [each.settings.stage for each in loaded if each.settings.backend is None]
    if local:
        click.echo(
            f"The state of {', '.join(local)} is a local file: "
            "configure terraform.backend in .chalice/config.json to share it."
        )


def written(project_dir: Path, folder: Path, loaded: Sequence[Loaded], force: bool) -> Changes:
    """Renders some stages of a project into a folder, and returns what changed."""
    from domovoi_tf.rendering.output_tree import compare, exclusive, write

    tree = _tree(project_dir, loaded)
    with exclusive(
        folder, lambda: click.echo(f"Waiting for another process that writes {folder}.", err=True)
    ):
        found = compare(folder, *tree)
        write(folder, found, force)
    return found


def warn(text: str) -> None:
    """Says what is legal but worth knowing."""
    click.secho("Warning: ", fg="yellow", err=True, nl=False)
    click.echo(text, err=True)


def step(text: str) -> None:
    """Says what happens next."""
    click.secho(f"==> {text}", bold=True)
