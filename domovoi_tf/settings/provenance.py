"""Explains the effective settings of a stage: each with the place in the configuration that it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from domovoi_tf.settings import precedence
from domovoi_tf.settings.keys import STAGE, SYNONYMS
from domovoi_tf.settings.loader import load, load_configuration
from domovoi_tf.settings.precedence import Effective
from domovoi_tf.settings.secrets.detection import mask_secrets
from domovoi_tf.system.records import Record

_DEFAULT = "default"
#: The keys whose names the user or Terraform chooses.
_FREE_FORM = ("environment_variables", "tags", "terraform")
_SHOWN = {"app_name", *STAGE} - {"lambda_functions"}


class Row(Record):
    """A setting: its key (and the entry's name), its value, and its JSON path or ``default``."""

    key: tuple[str, ...]
    value: Any
    source: str


class Explanation(Record):
    """A stage's settings, and the settings of single functions that differ from them."""

    stage: tuple[Row, ...]
    functions: dict[str, tuple[Row, ...]]
    notices: tuple[str, ...]


def explain(project: Path, stage: str) -> Explanation:
    """Returns the effective settings of a stage with their sources. Values that may be secrets are masked.

    Args:
        project: the project's folder.
        stage: the stage's name.

    Raises:
        SettingsError: there are problems. The message lists all of them with their JSON paths.
    """
    settings, config = load(project, stage), load_configuration(project, stage)
    effective = precedence.resolve_stage(config, stage)
    if settings.backend:
        given = effective["terraform", "backend"]
        kind, arguments = settings.backend
        effective["terraform", "backend"] = precedence.Sourced({kind: dict(arguments)}, given.path)
    name = f"policy-{stage}.json"
    if (project / ".chalice" / name).is_file():
        effective.setdefault(("iam_policy_file",), precedence.Sourced(name, _DEFAULT))
    functions = {
        function: precedence.resolve_function(config, stage, function)
        for function in sorted(precedence.list_functions(config, stage))
    }
    return Explanation(
        stage=tuple(_build_rows({**_list_defaults(effective), **effective})),
        functions={
            function: tuple(_build_rows({key: value for key, value in values.items() if value.own}))
            for function, values in functions.items()
        },
        notices=settings.notices,
    )


def _list_defaults(effective: Iterable[tuple[str, ...]]) -> Effective:
    given = {key[0] for key in effective}
    return {
        (key,): precedence.Sourced(known.default, _DEFAULT)
        for key, known in STAGE.items()
        if known.default is not None and key not in given and key not in SYNONYMS
    }


def _build_rows(effective: Effective) -> Iterator[Row]:
    for key, value in sorted(effective.items()):
        if key[0] in _SHOWN:
            yield Row(key, _mask_value(key, value.value), value.path)


def _mask_value(key: tuple[str, ...], value: Any) -> Any:
    """Names decide in free-form objects only: among the keys of this configuration none is a secret."""
    return mask_secrets(key[-1], value, by_name=key[0] in _FREE_FORM)
