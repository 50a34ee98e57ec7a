"""The settings that count in a stage, each with where it came from, for a person or a program to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domovoi_tf.settings import precedence, secret_detection
from domovoi_tf.settings.keys import STAGE, SYNONYMS
from domovoi_tf.settings.loader import configuration, load
from domovoi_tf.settings.precedence import Effective

_DEFAULT = "default"
_SHOWN = {"app_name", *STAGE} - {"lambda_functions"}


@dataclass(frozen=True)
class Row:
    """A setting: its key, for entries with the entry's name, its value, and the JSON path or ``default``."""

    key: tuple[str, ...]
    value: Any
    source: str


@dataclass(frozen=True)
class Explanation:
    """A stage's settings, and those of single functions that are not the stage's."""

    stage: tuple[Row, ...]
    functions: dict[str, tuple[Row, ...]]
    notices: tuple[str, ...]


def explain(project: Path, stage: str) -> Explanation:
    """Returns what counts in a stage and where it came from. Values that may be secrets are masked.

    Args:
        project: the project's folder.
        stage: the stage's name.

    Raises:
        SettingsError: all that is wrong, each with its JSON path.
    """
    settings, config = load(project, stage), configuration(project, stage)
    effective = precedence.of_stage(config, stage)
    if settings.backend:
        given = effective["terraform", "backend"]
        kind, arguments = settings.backend
        effective["terraform", "backend"] = precedence.Sourced({kind: dict(arguments)}, given.path)
    name = f"policy-{stage}.json"
    if (project / ".chalice" / name).is_file():
        effective.setdefault(("iam_policy_file",), precedence.Sourced(name, _DEFAULT))
    functions = {
        function: precedence.of_function(config, stage, function)
        for function in sorted(precedence.functions(config, stage))
    }
    return Explanation(
        stage=tuple(_rows({**_defaults(effective), **effective})),
        functions={
            function: tuple(_rows({key: found for key, found in values.items() if found.own}))
            for function, values in functions.items()
        },
        notices=settings.notices,
    )


def _defaults(effective: Iterable[tuple[str, ...]]) -> Effective:
    given = {key[0] for key in effective}
    return {
        (key,): precedence.Sourced(known.default, _DEFAULT)
        for key, known in STAGE.items()
        if known.default is not None and key not in given and key not in SYNONYMS
    }


def _rows(effective: Effective) -> Iterator[Row]:
    for key, found in sorted(effective.items()):
        if key[0] in _SHOWN:
            yield Row(key, _shown(key, found.value), found.path)


def _shown(key: tuple[str, ...], value: Any) -> Any:
    return secret_detection.masked(key[1], value) if key[0] == "environment_variables" else value
