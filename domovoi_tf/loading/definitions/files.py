"""Reads state machine definitions from JSON and YAML files of the project.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any, TypeVar

from domovoi_tf.errors import SettingsError
from domovoi_tf.loading.definitions.limits import MAX_BYTES, MAX_DEPTH, SHORTEN, TOO_DEEP, require_small
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Fault, StateMachine
from domovoi_tf.system.reading.json_mistakes import TextMistakeError, decode_text, find_json_mistake
from domovoi_tf.system.reading.json_nodes import KEEP_ONE, find_duplicates
from domovoi_tf.system.reading.regular_files import read_regular_file
from domovoi_tf.system.text import find_deep_json, locate_offset

A = TypeVar("A", bound=Application)
_JSON_SUFFIXES, _YAML_SUFFIXES = (".json",), (".yaml", ".yml")


def resolve_definitions(application: A, project: Path) -> A:
    """Returns the application with each path of a definition replaced by the file's content.

    A definition that cannot be read, or is too large to check, becomes a fault of the application.

    Args:
        application: the application as the decorators declare it.
        project: the project's folder, to which the paths are relative.
    """
    machines: list[StateMachine] = []
    faults: list[Fault] = []
    for machine in application.state_machines:
        try:
            machines.append(_resolve(machine, project))
        except SettingsError as error:
            faults.append(Fault(location=machine.location, message=error.message, remedy=error.remedy))
    changed = {"state_machines": tuple(machines), "faults": (*application.faults, *faults)}
    return type(application)(**{**application.to_dict(), **changed})  # type: ignore[arg-type]


def _resolve(machine: StateMachine, project: Path) -> StateMachine:
    path = machine.definition
    if isinstance(path, str):
        definition = read_definition(project, path)
        file = os.path.relpath(path, project) if os.path.isabs(path) else path  # noqa: PTH117
        return StateMachine(**{**machine.to_dict(), "definition": definition, "file": file})
    try:
        require_small(path)
    except ValueError as error:
        message = f"the definition of the state machine {machine.name}: {error}"
        raise SettingsError(message, SHORTEN) from None
    return machine


def read_definition(project: Path, path: str) -> Any:
    """Returns the definition in a file.

    Args:
        project: the project's folder.
        path: a ``.json``, ``.yaml`` or ``.yml`` file in the project, relative to it or absolute.

    Raises:
        SettingsError: the file cannot be read or is outside the project, or its content is not in the format
            of its suffix.
    """
    if not path.endswith((*_JSON_SUFFIXES, *_YAML_SUFFIXES)):
        raise SettingsError(
            f"the definition {path!r} is not the name of a JSON or YAML file",
            "Pass a dict, or the path of a .json, .yaml or .yml file relative to the project's folder.",
        )
    _require_inside(project, path)
    try:
        text = decode_text(read_regular_file(project / path, MAX_BYTES))
        definition = _parse_json(text) if path.endswith(_JSON_SUFFIXES) else _parse_yaml(text)
        require_small(definition)
    except OSError as error:
        remedy = "Pass the path of a UTF-8 file, relative to the project's folder."
        raise SettingsError(
            f"the definition {path} cannot be read: {error.strerror or error}",
            SHORTEN if error.errno == errno.EFBIG else remedy,
        ) from None
    except TextMistakeError as mistake:
        where = f"{path}: line {mistake.line}, column {mistake.column}"
        raise SettingsError(f"{where}: {mistake.message}", mistake.remedy) from None
    except ValueError as error:
        raise SettingsError(f"{path}: {error}", "Correct the file.") from None
    return definition


def _require_inside(project: Path, path: str) -> None:
    try:
        is_inside = (project / path).resolve().is_relative_to(project.resolve())
    except ValueError:
        raise SettingsError(f"the definition {path!a} is not a path", "Correct the path.") from None
    except RuntimeError:  # a link to itself, until Python 3.12: it cannot be read
        return
    if not is_inside:
        raise SettingsError(
            f"the definition {path} is outside the project's folder",
            "Copy the file into the project, and pass its path relative to the project's folder.",
        )


def _parse_json(text: str) -> Any:
    at = find_deep_json(text, MAX_DEPTH)
    if at is not None:
        line, column = locate_offset(text, at)
        raise ValueError(f"line {line}, column {column}: {TOO_DEEP}")
    try:
        definition = json.loads(text)
    except json.JSONDecodeError as error:
        raise find_json_mistake(text, error) or error from None
    if duplicates := find_duplicates(text):
        first, *others = duplicates
        rest = [f"line {locate_offset(text, each.at)[0]}: {each.message}" for each in others]
        raise TextMistakeError(text, first.at, "; ".join([first.message, *rest]), KEEP_ONE)
    return definition


def _parse_yaml(text: str) -> Any:
    from domovoi_tf.loading.definitions.yaml_text import parse_yaml

    return parse_yaml(text)
