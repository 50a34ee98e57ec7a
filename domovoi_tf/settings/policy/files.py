"""Finds the policy files of a stage and of single functions, and checks them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.errors import SettingsError
from domovoi_tf.settings import precedence
from domovoi_tf.settings.policy.grammar import Finding, check_policy
from domovoi_tf.settings.policy.json_documents import Document, format_position, parse_json, read_text
from domovoi_tf.system.reading.json_nodes import KEEP_ONE, find_duplicates, parse_nodes
from domovoi_tf.system.records import Record

_KEY = ("iam_policy_file",)


class Policies(Record):
    """The texts and paths of policies that have statements, by function's name, or None for the stage."""

    texts: Mapping[str | None, str]
    files: Mapping[str | None, str]
    problems: tuple[str, ...]
    notices: tuple[str, ...]


def read_policies(project: Path, stage: str, config: Mapping[str, Any], document: Document) -> Policies:
    """Reads and checks the policy files of a stage.

    Args:
        project: the project's folder.
        stage: the stage's name.
        config: the configuration, which is valid.
        document: the file of the configuration.
    """
    named = dict(_list_policy_files(stage, config))
    problems: list[str] = []
    notices: list[str] = []
    texts: dict[str, str] = {}
    for file, path in dict(named.values()).items():
        if not os.path.lexists(project / file):
            if path:
                problems.append(
                    document.place(f"{path}: {file} does not exist. Create it, or correct its name.")
                )
            continue
        try:
            text = read_text(project / file, file)
            policy = parse_json(text, file)
            findings = (*_find_duplicates(text), *check_policy(parse_nodes(text)))
        except SettingsError as error:
            problems.append(str(error))
            continue
        for finding in findings:
            message = f"{file}:{format_position(text, finding.at)}: {finding.message}"
            (problems if finding.fatal else notices).append(message)
        if isinstance(policy, dict) and policy.get("Statement"):
            texts[file] = text
    files = {name: file for name, (file, _) in named.items() if file in texts}
    by_name = {name: texts[file] for name, file in files.items()}
    return Policies(by_name, files, tuple(problems), tuple(notices))


def _find_duplicates(text: str) -> Iterator[Finding]:
    return (Finding(each.at, f"{each.message}. {KEEP_ONE}") for each in find_duplicates(text))


def _list_policy_files(stage: str, config: Mapping[str, Any]) -> Iterator[tuple[str | None, tuple[str, str]]]:
    """Yields the policy files of the stage and its functions, each with the JSON path of its key."""
    shared = precedence.resolve_stage(config, stage).get(_KEY)
    if shared:
        yield None, (f".chalice/{shared.value}", shared.path)
    else:
        yield None, (f".chalice/policy-{stage}.json", "")
    for name in precedence.list_functions(config, stage):
        own = precedence.resolve_function(config, stage, name).get(_KEY)
        if own and own.own:
            yield name, (f".chalice/{own.value}", own.path)
