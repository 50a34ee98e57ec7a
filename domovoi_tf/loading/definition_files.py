"""State machines' definitions that are files of the project: JSON or YAML.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from domovoi_tf.errors import SettingsError
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Fault, StateMachine

#: A form in which a definition may be written, by the file's suffix.
_JSON, _YAML = (".json",), (".yaml", ".yml")


def resolved(application: Application, project: Path) -> Application:
    """Returns an application whose state machines have their definitions, and faults for those that cannot.

    Args:
        application: what the decorators declared.
        project: the folder that the files' paths begin at.
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
                StateMachine(**{**machine._values(), "definition": read(project, path), "file": path})
            )
        except SettingsError as error:
            faults.append(Fault(location=machine.location, message=error.message, remedy=error.remedy))
    changed = {"state_machines": tuple(machines), "faults": (*application.faults, *faults)}
    return Application(**{**application._values(), **changed})  # type: ignore[arg-type]


def read(project: Path, path: str) -> Any:
    """Returns the definition in a file.

    Args:
        project: the folder that the path begins at.
        path: a ``.json``, ``.yaml`` or ``.yml`` file.

    Raises:
        SettingsError: it cannot be read, or is not what its name says.
    """
    if not path.endswith((*_JSON, *_YAML)):
        raise SettingsError(
            f"the definition {path!r} is neither JSON nor YAML",
            "Give a dict, or the path of a .asl.json, .yaml or .yml file, from the project's folder.",
        )
    try:
        text = (project / path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingsError(
            f"{path} cannot be read: {reason}", "Give the path of the definition from the project's folder."
        ) from None
    try:
        return _json(text) if path.endswith(_JSON) else _yaml(text)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}", "Correct it there.") from None


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_unique)


def _yaml(text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Refuses a key that is there twice, of which YAML's own would keep the last."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
            self.flatten_mapping(node)
            return _unique(
                (self.construct_object(key, True), self.construct_object(item, True))
                for key, item in node.value
            )

    try:
        return yaml.load(text, Loader)  # noqa: S506 - it is a safe loader
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None


def _unique(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} is there twice")
        found[key] = value
    return found
