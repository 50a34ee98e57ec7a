"""From the files in ``.chalice`` to a stage's settings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from domovoi_tf.errors import SettingsError
from domovoi_tf.settings import cross_checks, precedence
from domovoi_tf.settings.constraints import check
from domovoi_tf.settings.keys import CONFIGURATION, FUNCTION, PACKAGE, STAGE
from domovoi_tf.settings.model import FunctionSettings, Settings
from domovoi_tf.settings.policy import files
from domovoi_tf.settings.policy.json_documents import json_of, text_of
from domovoi_tf.settings.precedence import Effective
from domovoi_tf.settings.type_checks import child, problems, sound

CONFIG = ".chalice/config.json"
_NAME = re.compile("[A-Za-z0-9_-]+")
_LONGEST = 64
#: The keys of fields that have another name.
_KEYS = {key.field: name for name, key in STAGE.items() if key.field}
#: The fields whose values are not put together otherwise.
_OF_FUNCTION = frozenset(field.name for field in fields(FunctionSettings)) - {
    "environment_variables",
    "tags",
    "policy",
    "policy_file",
}
#: The keys of stages whose values are combined or converted in `load`.
_CONVERTED = ("lambda_functions", "python_version", "terraform")
_OF_STAGE = _OF_FUNCTION | {
    key.field or name for name, key in STAGE.items() if name not in FUNCTION and name not in _CONVERTED
}


def load(project: Path, stage: str) -> Settings:
    """Reads the settings of a stage.

    Args:
        project: the project's folder.
        stage: the stage's name.

    Raises:
        SettingsError: all that is wrong, each with its JSON path.
    """
    config = configuration(project, stage)
    read = files.read(project, stage, config)
    if read.problems:
        raise SettingsError("\n".join(read.problems))
    effective = precedence.of_stage(config, stage)
    terraform = precedence.entries(effective, "terraform")
    return Settings(
        app_name=config["app_name"],
        stage=stage,
        **_given(effective, _OF_STAGE),
        **_python(effective),
        **_of_package(config),
        functions=dict(_functions(config, stage, read)),
        function_paths=precedence.functions(config, stage),
        environment_variables=precedence.entries(effective, "environment_variables"),
        tags=precedence.entries(effective, "tags"),
        backend=_backend(terraform.get("backend"), config["app_name"], stage),
        required_version=terraform.get("required_version"),
        provider=terraform.get("provider", {}),
        policy=read.texts.get(None),
        policy_file=read.files.get(None),
        stages=tuple(config.get("stages", {})),
        notices=(*(f"{CONFIG}: {notice}" for notice in precedence.unused(config, stage)), *read.notices),
    )


def configuration(project: Path, stage: str) -> dict[str, Any]:
    """Returns what a project's file says, all of which is valid.

    Args:
        project: the project's folder.
        stage: the stage that is wanted.

    Raises:
        SettingsError: all that is wrong, each with its JSON path.
    """
    config = _document(project)
    found = list(dict.fromkeys(_problems(config, stage)))
    if found:
        raise SettingsError("\n".join(f"{CONFIG}: {problem}" for problem in found))
    return config


def _document(project: Path) -> dict[str, Any]:
    if not project.is_dir():
        raise SettingsError(f"The folder {project} does not exist.", "Name the project's folder.")
    path = project / CONFIG
    if not path.is_file():
        raise SettingsError(
            f"{CONFIG} does not exist in {project.resolve()}.",
            'Create it with at least {"app_name": "my-app"}, or name the project\'s folder.',
        )
    config = json_of(text_of(path, CONFIG), CONFIG)
    if not isinstance(config, dict):
        raise SettingsError(
            f"{CONFIG}: $: expected an object, got {type(config).__name__}.",
            'Write at least {"app_name": "my-app"}.',
        )
    return config


def _problems(config: dict[str, Any], stage: str) -> Iterator[str]:
    wrong = list(problems("$", config, CONFIGURATION))
    known = sound(config, CONFIGURATION)
    every = tuple(dict.fromkeys((*known.get("stages", {}), stage)))
    yield from wrong
    yield from _of_names(known, stage)
    for level in (level for one in every for level in precedence.levels_of(known, one)):
        yield from cross_checks.of_level(level)
        for key, value in level.values.items():
            yield from check(child(level.path, key), key, value) if key in STAGE else ()
    if not wrong:
        for one in every:
            yield from cross_checks.of_stage(config, one)
        yield from cross_checks.of_package(config)


def _of_names(config: Mapping[str, Any], stage: str) -> Iterator[str]:
    stages, app_name = config.get("stages", {}), config.get("app_name")
    if "stages" in config and stage not in stages:
        near = difflib.get_close_matches(stage, stages, 1)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        yield f"$.stages: there is no stage {stage!r}; it has: {', '.join(stages) or 'none'}.{meant}"
    if not _NAME.fullmatch(stage):
        yield f"stage: {stage!r} may have letters, digits, - and _ only."
    if app_name and len(f"{app_name}-{stage}") > _LONGEST:
        yield (
            f"$.app_name: the function's name '{app_name}-{stage}' has "
            f"{len(app_name) + len(stage) + 1} characters; Lambda takes at most {_LONGEST}."
        )


def _functions(
    config: Mapping[str, Any], stage: str, read: files.Policies
) -> Iterator[tuple[str, FunctionSettings]]:
    for name in sorted(precedence.functions(config, stage)):
        effective = precedence.of_function(config, stage, name)
        own = {key: found for key, found in effective.items() if found.own}
        yield (
            name,
            FunctionSettings(
                **_given(own, _OF_FUNCTION),
                environment_variables=precedence.entries(own, "environment_variables"),
                tags=precedence.entries(own, "tags"),
                policy=read.texts.get(name),
                policy_file=read.files.get(name),
            ),
        )


def _given(effective: Effective, names: Iterable[str]) -> dict[str, Any]:
    """Returns the fields that have a value, with lists that cannot change."""
    found = {field: effective.get((_KEYS.get(field, field),)) for field in names}
    return {
        field: tuple(value.value) if isinstance(value.value, list) else value.value
        for field, value in found.items()
        if value is not None
    }


def _of_package(config: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: config[key] for key in PACKAGE if key in config}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}


def _python(effective: Effective) -> dict[str, Any]:
    found = effective.get(("python_version",))
    return {"python_version": found.value.removeprefix("python")} if found else {}


def _backend(block: Any, app_name: str, stage: str) -> tuple[str, Mapping[str, Any]] | None:
    if block is None:
        return None
    ((name, arguments),) = block.items()
    if name == "s3":
        defaults = {"key": f"{app_name}/{stage}/terraform.tfstate", "encrypt": True, "use_lockfile": True}
        arguments = {**defaults, **arguments}
    return name, dict(sorted(arguments.items()))
