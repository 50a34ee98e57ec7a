"""Loads a stage's settings from the files in ``.chalice``."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from domovoi_tf.errors import SettingsError, join_problems
from domovoi_tf.settings import cross_checks, precedence
from domovoi_tf.settings.constraints import check_value
from domovoi_tf.settings.keys import (
    CONFIGURATION,
    EMPTY_IS_NONE,
    FUNCTION,
    OF_RESOURCES,
    PACKAGE,
    STAGE,
)
from domovoi_tf.settings.model import FunctionSettings, Settings
from domovoi_tf.settings.policy import files
from domovoi_tf.settings.policy.json_documents import Document, parse_json, read_text
from domovoi_tf.settings.precedence import Effective
from domovoi_tf.settings.type_checks import check_types, drop_invalid
from domovoi_tf.system.reading.json_nodes import join_path

CONFIG = ".chalice/config.json"
_NAME = re.compile("[A-Za-z0-9_-]+")
_LONGEST = 64
#: The key of each field whose name differs from its key.
_KEYS = {key.field: name for name, key in STAGE.items() if key.field}
#: The fields of a function that are copied from the configuration; the others are computed.
_OF_FUNCTION = frozenset(field.name for field in fields(FunctionSettings)) - {
    "environment_variables",
    "tags",
    "policy",
    "policy_file",
}
#: The keys of stages whose values are combined or converted in `load`.
_CONVERTED = ("existing_roles", "lambda_functions", "python_version", "quotas", "terraform", *OF_RESOURCES)
_OF_STAGE = _OF_FUNCTION | {
    key.field or name for name, key in STAGE.items() if name not in FUNCTION and name not in _CONVERTED
}


def load(project: Path, stage: str) -> Settings:
    """Loads the settings of a stage.

    Args:
        project: the project's folder.
        stage: the stage's name.

    Raises:
        SettingsError: there are problems. The message lists all of them with their JSON paths.
    """
    document, config = _load_document(project, stage)
    read = files.read_policies(project, stage, config, document)
    if read.problems:
        raise join_problems(SettingsError, read.problems)
    effective = precedence.resolve_stage(config, stage)
    terraform = precedence.merge_entries(effective, "terraform")
    return Settings(
        app_name=config["app_name"],
        stage=stage,
        **_select_fields(effective, _OF_STAGE),
        **_select_python(effective),
        **_select_package_fields(config),
        functions=dict(_build_functions(config, stage, read)),
        function_paths=precedence.list_functions(config, stage),
        environment_variables=precedence.merge_entries(effective, "environment_variables"),
        tags=precedence.merge_entries(effective, "tags"),
        buckets=precedence.merge_entries(effective, "buckets"),
        existing_roles=precedence.merge_entries(effective, "existing_roles"),
        quotas=precedence.merge_entries(effective, "quotas"),
        schedules=precedence.merge_entries(effective, "schedules"),
        state_machines=precedence.merge_entries(effective, "state_machines"),
        topics=precedence.merge_entries(effective, "topics"),
        backend=_build_backend(terraform.get("backend"), config["app_name"], stage),
        required_version=terraform.get("required_version"),
        workspace=terraform.get("workspace"),
        skip_checks=_list_skipped_checks(terraform.get("skip_checks", [])),
        provider=terraform.get("provider", {}),
        policy=read.texts.get(None),
        policy_file=read.files.get(None),
        stages=tuple(config.get("stages", {})),
        notices=(
            *map(document.place, precedence.find_unused_keys(config, stage)),
            *map(document.place, cross_checks.find_shared_queues(config)),
            *map(document.place, cross_checks.find_unused_load_balancer(config, stage)),
            *map(document.place, cross_checks.find_unknown_regions(terraform)),
            *map(document.place, cross_checks.find_deprecated_locks(terraform)),
            *read.notices,
        ),
    )


def load_configuration(project: Path, stage: str) -> dict[str, Any]:
    """Returns the configuration in a project's file, after checking it.

    Args:
        project: the project's folder.
        stage: the name of the stage to check.

    Raises:
        SettingsError: there are problems. The message lists all of them with their JSON paths.
    """
    return _load_document(project, stage)[1]


def _load_document(project: Path, stage: str) -> tuple[Document, dict[str, Any]]:
    document, config = _read_document(project)
    problems = dict.fromkeys((*document.list_duplicates(), *_find_problems(config, stage)))
    if problems:
        raise join_problems(SettingsError, map(document.place, problems))
    return document, config


def _advise_on_folder(project: Path) -> str:
    """Returns what to do about a folder that does not exist, which may be the name of a stage."""
    try:
        stages = json.loads((project.parent / CONFIG).read_text(encoding="utf-8-sig"))["stages"]
        if project.name in stages:
            return f"For the stage {project.name}, write --stage {project.name}."
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        pass
    return "Name the project's folder with -C."


def _advise_on_configuration(project: Path) -> str:
    """Returns what to do in a folder without a configuration, which may be one inside of a project."""
    for parent in project.resolve().parents:
        if (parent / CONFIG).is_file():
            return f"It is in the project {parent}: change to that folder, or pass it with -C."
    return 'Create it with at least {"app_name": "my-app"}, or name the project\'s folder with -C.'


def _read_document(project: Path) -> tuple[Document, dict[str, Any]]:
    if not project.is_dir():
        raise SettingsError(f"The folder {project} does not exist.", _advise_on_folder(project))
    path = project / CONFIG
    if not os.path.lexists(path):
        raise SettingsError(f"{project.resolve()} contains no {CONFIG}.", _advise_on_configuration(project))
    document = Document(CONFIG, read_text(path, CONFIG))
    config = parse_json(document.text, CONFIG)
    if not isinstance(config, dict):
        raise SettingsError(
            document.place("$: must be an object, with keys and values in { and }."),
            'Write at least {"app_name": "my-app"}.',
        )
    return document, config


def _find_problems(config: dict[str, Any], stage: str) -> Iterator[str]:
    wrong = list(check_types("$", config, CONFIGURATION))
    known = drop_invalid(config, CONFIGURATION)
    every = tuple(dict.fromkeys((*known.get("stages", {}), stage)))
    yield from wrong
    yield from _check_names(known, stage)
    for name, level in ((one, level) for one in every for level in precedence.walk_levels(known, one)):
        yield from cross_checks.check_level(level)
        having = stage if level.path == "$" else name
        for key, value in level.values.items():
            yield from check_value(join_path(level.path, key), key, value, having) if key in STAGE else ()
    if not wrong:
        for one in every:
            yield from cross_checks.check_stage(config, one)
        yield from cross_checks.check_package(config)


def _check_names(config: Mapping[str, Any], stage: str) -> Iterator[str]:
    stages, app_name = config.get("stages", {}), config.get("app_name")
    if "stages" in config and stage not in stages:
        matches = difflib.get_close_matches(stage, stages, 1)
        choice = "Choose one with --stage, or add" if stages else "Add"
        hint = f"Did you mean {matches[0]!r}?" if matches else f'{choice} "{stage}": {{}} there.'
        yield f"$.stages: there is no stage {stage!r}; the stages are: {', '.join(stages) or 'none'}. {hint}"
    if not _NAME.fullmatch(stage):
        yield f"stage: {stage!r} is not a valid name. Use only letters, digits, - and _."
    if app_name and len(f"{app_name}-{stage}") > _LONGEST:
        yield (
            f"$.app_name: the function's name '{app_name}-{stage}' has "
            f"{len(app_name) + len(stage) + 1} characters, but Lambda allows at most {_LONGEST}. "
            "Shorten it, or the name of the stage."
        )


def _build_functions(
    config: Mapping[str, Any], stage: str, read: files.Policies
) -> Iterator[tuple[str, FunctionSettings]]:
    for name in sorted(precedence.list_functions(config, stage)):
        effective = precedence.resolve_function(config, stage, name)
        own = {key: value for key, value in effective.items() if value.own}
        yield (
            name,
            FunctionSettings(
                **_select_fields(own, _OF_FUNCTION),
                environment_variables=precedence.merge_entries(own, "environment_variables"),
                tags=precedence.merge_entries(own, "tags"),
                policy=read.texts.get(name),
                policy_file=read.files.get(name),
            ),
        )


def _select_fields(effective: Effective, names: Iterable[str]) -> dict[str, Any]:
    """Returns the fields that have a value, with lists converted to tuples."""
    values = {field: effective.get((_KEYS.get(field, field),)) for field in names}
    return {
        field: tuple(value.value) if isinstance(value.value, list) else value.value
        for field, value in values.items()
        if value is not None and not (field in EMPTY_IS_NONE and value.value == "")
    }


def _list_skipped_checks(checks: Any) -> tuple[Mapping[str, str], ...]:
    return tuple([checks] if isinstance(checks, Mapping) else checks)


def _select_package_fields(config: Mapping[str, Any]) -> dict[str, Any]:
    values = {key: config[key] for key in PACKAGE if key in config}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _select_python(effective: Effective) -> dict[str, Any]:
    version = effective.get(("python_version",))
    return {"python_version": version.value.removeprefix("python")} if version else {}


def _build_backend(block: Any, app_name: str, stage: str) -> tuple[str, Mapping[str, Any]] | None:
    if block is None:
        return None
    ((name, arguments),) = block.items()
    if name == "s3":
        defaults = {"key": f"{app_name}/{stage}/terraform.tfstate", "encrypt": True, "use_lockfile": True}
        arguments = {**defaults, **arguments}
    return name, dict(sorted(arguments.items()))
