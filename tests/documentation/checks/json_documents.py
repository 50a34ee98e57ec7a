"""Blocks of JSON: configurations, IAM policies, statements, state machines and events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from documentation.checks.failure import WrongBlockError
from documentation.pages import ROOT, Block
from domovoi_tf import settings
from domovoi_tf.settings.policy.grammar import check_policy
from domovoi_tf.state_machines.linter import check_language
from domovoi_tf.system.reading.json_nodes import parse_nodes

VERSION = "2012-10-17"


def check_json(block: Block, folder: Path) -> None:
    """Checks a block as what it looks like: a policy, a state machine or a configuration."""
    document = parse_document(block.text)
    if "Statement" in document:
        check_statements(document)
    elif "Effect" in document:
        check_statements({"Version": VERSION, "Statement": [document]})
    elif "StartAt" in document:
        check_definition(document)
    elif all(isinstance(each, Mapping) and "Type" in each for each in document.values()):
        check_definition({"StartAt": next(iter(document)), "States": document})
    else:
        check_configuration(block, folder)


def parse_document(text: str) -> dict[str, Any]:
    """Returns the object in a block, or that of which the block shows some members."""
    try:
        document = json.loads(text if text.startswith(("{", "[")) else f"{{{text}}}")
    except json.JSONDecodeError as error:
        raise WrongBlockError(f"The block is not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise WrongBlockError("The block is not an object.")
    return document


def check_statements(policy: Mapping[str, Any]) -> None:
    """Checks the grammar of a policy; one of a resource may name principals."""
    statements = [
        {name: value for name, value in statement.items() if name != "Principal"}
        for statement in policy["Statement"]
    ]
    findings = list(check_policy(parse_nodes(json.dumps({**policy, "Statement": statements}))))
    if findings:
        raise WrongBlockError("\n".join(each.message for each in findings))


def check_definition(definition: Mapping[str, Any]) -> None:
    """Checks a definition in the Amazon States Language; template parameters stand for functions."""
    text = (
        json.dumps(definition)
        .replace('"${', '"arn:aws:lambda:eu-west-1:123456789012:function:')
        .replace('}"', '"')
    )
    if findings := list(check_language(json.loads(text))):
        raise WrongBlockError("\n".join(f"{path}: {message}" for path, message, _ in findings))


def check_configuration(block: Block, folder: Path) -> None:
    """Loads a block as `.chalice/config.json`, for each of its stages."""
    document = {"app_name": "bar", **parse_document(block.text)}
    (folder / ".chalice").mkdir()
    (folder / settings.CONFIG).write_text(json.dumps(document), encoding="utf-8")
    for stage in document.get("stages") or ["dev"]:
        settings.load(folder, stage)


def check_event(block: Block, _folder: Path) -> None:
    """Compares the fields of an event with those of the example of its kind in tests/triggers.

    ``<!-- check: event schedule -->`` names the kind; further words lead to a part of the example.
    """
    _, kind, *path = block.list_values("check")[0].split()
    example = json.loads((ROOT / "tests" / "triggers" / kind / "event.json").read_text(encoding="utf-8"))
    for name in path:
        example = example[name]
    differences = list_differences(parse_document(block.text), example)
    if differences:
        raise WrongBlockError(f"Not in {kind}/event.json, or of another type: {', '.join(differences)}")


def list_differences(value: object, example: object, path: str = "$") -> list[str]:
    """Returns the paths at which a value has a field or a type that an example does not have."""
    if isinstance(value, dict) and isinstance(example, dict):
        return [
            each
            for name in value.keys() | example.keys()
            for each in (
                list_differences(value[name], example[name], f"{path}.{name}")
                if name in value and name in example
                else [f"{path}.{name}"]
            )
        ]
    if isinstance(value, list) and isinstance(example, list):
        return [each for item in value for each in list_differences(item, example[0], f"{path}[]")]
    return [] if type(value) is type(example) else [path]
