"""Reads state machine definitions from JSON and YAML files of the project.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from domovoi_tf.errors import SettingsError
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Fault, StateMachine

A = TypeVar("A", bound=Application)
_JSON_SUFFIXES, _YAML_SUFFIXES = (".json",), (".yaml", ".yml")


def resolve_definitions(application: A, project: Path) -> A:
    """Returns the application with each path of a definition replaced by the file's content.

    A definition that cannot be read becomes a fault of the application.

    Args:
        application: the application as the decorators declare it.
        project: the project's folder, to which the paths are relative.
    """
    machines: list[StateMachine] = []
    faults: list[Fault] = []
    for machine in application.state_machines:
        if not isinstance(machine.definition, str):
            machines.append(machine)
            continue
        path = machine.definition
        try:
            machines.append(
                StateMachine(
                    **{**machine.to_dict(), "definition": read_definition(project, path), "file": path}
                )
            )
        except SettingsError as error:
            faults.append(Fault(location=machine.location, message=error.message, remedy=error.remedy))
    changed = {"state_machines": tuple(machines), "faults": (*application.faults, *faults)}
    return type(application)(**{**application.to_dict(), **changed})  # type: ignore[arg-type]


def read_definition(project: Path, path: str) -> Any:
    """Returns the definition in a file.

    Args:
        project: the project's folder.
        path: a ``.json``, ``.yaml`` or ``.yml`` file, relative to the project.

    Raises:
        SettingsError: the file cannot be read, or its content is not in the format of its suffix.
    """
    if not path.endswith((*_JSON_SUFFIXES, *_YAML_SUFFIXES)):
        raise SettingsError(
            f"the definition {path!r} is not the name of a JSON or YAML file",
            "Pass a dict, or the path of a .json, .yaml or .yml file relative to the project's folder.",
        )
    try:
        text = (project / path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingsError(
            f"the definition {path} cannot be read: {reason}",
            "Pass the path of a UTF-8 file, relative to the project's folder.",
        ) from None
    try:
        return _parse_json(text) if path.endswith(_JSON_SUFFIXES) else _parse_yaml(text)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}", "Correct the file.") from None


def _parse_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_build_dict)


def _parse_yaml(text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Rejects duplicate keys, of which the base class keeps the last."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
            self.flatten_mapping(node)
            return _build_dict(
                (self.construct_object(key, True), self.construct_object(item, True))
                for key, item in node.value
            )

    try:
        return yaml.load(text, Loader)  # noqa: S506 - it derives from SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None


def _build_dict(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    items: dict[Any, Any] = {}
    for key, value in pairs:
        if key in items:
            raise ValueError(f"the key {key!r} occurs twice in one object")
        items[key] = value
    return items
