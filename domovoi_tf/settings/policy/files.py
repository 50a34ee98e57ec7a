"""The policy files of a stage and of single functions: which they are, and what is wrong in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domovoi_tf.errors import SettingsError
from domovoi_tf.settings import precedence
from domovoi_tf.settings.policy.grammar import findings
from domovoi_tf.settings.policy.json_documents import json_of, nodes, position, text_of

_KEY = ("iam_policy_file",)


@dataclass(frozen=True)
class Policies:
    """Policies with statements, their texts and files: the stage's by None, a function's by its name."""

    texts: Mapping[str | None, str]
    files: Mapping[str | None, str]
    problems: tuple[str, ...]
    notices: tuple[str, ...]


def read(project: Path, stage: str, config: Mapping[str, Any]) -> Policies:
    """Reads and judges the policy files that count in a stage.

    Args:
        project: the project's folder.
        stage: the stage's name.
        config: the configuration, which is valid.
    """
    named = dict(_named(stage, config))
    problems: list[str] = []
    notices: list[str] = []
    texts: dict[str, str] = {}
    for file, path in dict(named.values()).items():
        if not (project / file).is_file():
            if path:
                problems.append(f".chalice/config.json: {path}: {file} does not exist.")
            continue
        try:
            text = text_of(project / file, file)
            document = json_of(text, file)
            found_there = tuple(findings(nodes(text, file)))
        except SettingsError as error:
            problems.append(str(error))
            continue
        for found in found_there:
            message = f"{file}:{position(text, found.at)}: {found.message}"
            (problems if found.fatal else notices).append(message)
        if isinstance(document, dict) and document.get("Statement"):
            texts[file] = text
    files = {name: file for name, (file, _) in named.items() if file in texts}
    by_name = {name: texts[file] for name, file in files.items()}
    return Policies(by_name, files, tuple(problems), tuple(notices))


def _named(stage: str, config: Mapping[str, Any]) -> Iterator[tuple[str | None, tuple[str, str]]]:
    """Yields the file of the stage and those of functions, each with the path of the key that names it."""
    shared = precedence.of_stage(config, stage).get(_KEY)
    if shared:
        yield None, (f".chalice/{shared.value}", shared.path)
    else:
        yield None, (f".chalice/policy-{stage}.json", "")
    for name in precedence.functions(config, stage):
        own = precedence.of_function(config, stage, name).get(_KEY)
        if own and own.own:
            yield name, (f".chalice/{own.value}", own.path)
