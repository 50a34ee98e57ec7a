"""Merges the results of several stages, and checks that the stages agree on ``app/``, which they share."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from domovoi_tf.errors import Problem, RenderError, sort_problems
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function, Input, StateMachine
from domovoi_tf.model.names import Scoped, Variable
from domovoi_tf.model.trigger import Route, spell
from domovoi_tf.settings import CONFIG

if TYPE_CHECKING:
    from domovoi_tf.rendering.templates import RenderedFile

K = TypeVar("K", bound=Hashable)
_REMEDY = (
    "All stages share one app/. Use variable() or scoped() for names that differ by stage, and let "
    "handlers read other values from their environment."
)
_INPUT = "input variable"
_INPUT_REMEDY = (
    "All stages share one app/, and so its variables and their defaults. Declare the same in every stage: "
    "each can set another value with TF_VAR_<name> or in its terraform.tfvars."
)
_SUGGESTION = "All stages share one app/. Use {}, which is this name in every stage."


def list_configured_stages(project: Path) -> tuple[str, ...]:
    """Returns the stages in the configuration; none if it has none or cannot be read."""
    try:
        stages = json.loads((project / CONFIG).read_text(encoding="utf-8-sig"))["stages"]
        return tuple(stages) if isinstance(stages, dict) else ()
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ()


def merge_by_stage(items: Mapping[str, Iterable[K]]) -> list[tuple[K, str]]:
    """Returns each distinct item once, with a note that names its stages unless all stages have it.

    Args:
        items: the items by stage.
    """
    stages_by_item: dict[K, list[str]] = {}
    for stage, stage_items in items.items():
        for item in dict.fromkeys(stage_items):
            stages_by_item.setdefault(item, []).append(stage)
    return [(item, _format_note(stages, len(items))) for item, stages in stages_by_item.items()]


def merge_problems(problems: Mapping[str, Iterable[Problem]]) -> tuple[Problem, ...]:
    """Returns each distinct problem once, in the order of the source.

    Args:
        problems: the problems by stage.
    """
    keys = {stage: [(p.location, p.message, p.remedy) for p in each] for stage, each in problems.items()}
    merged = [
        Problem(location, f"{message}{note}", remedy)
        for (location, message, remedy), note in merge_by_stage(keys)
    ]
    return sort_problems(merged)


def find_differences(applications: Mapping[str, Application], app_name: str = "") -> tuple[Problem, ...]:
    """Returns a problem for each declaration that differs between stages, which ``app/`` could not express.

    Args:
        applications: the app's declarations by stage.
        app_name: the name of the app, if known.
    """
    (first, base), *others = applications.items()
    problems: dict[tuple[str, str], Problem] = {}
    for stage, application in others:
        for problem in _compare_applications(first, base, stage, application, app_name):
            problems.setdefault((problem.location, problem.message.partition(" is ")[0]), problem)
    return sort_problems(problems.values())


def merge_files(files: Mapping[str, Iterable[RenderedFile]]) -> tuple[RenderedFile, ...]:
    """Merges the files of several stages into one tree.

    Args:
        files: the files of ``app/`` and of each stage, by stage.

    Raises:
        RenderError: a file of ``app/`` differs between stages.
    """
    merged: dict[str, RenderedFile] = {}
    owners: dict[str, list[str]] = {}
    conflicts: set[str] = set()
    for stage, stage_files in files.items():
        for file in stage_files:
            owners.setdefault(file.path, []).append(stage)
            if merged.setdefault(file.path, file) != file:
                conflicts.add(file.path)
    conflicts |= {path for path, by in owners.items() if path.startswith("app/") and len(by) < len(files)}
    if conflicts:
        raise RenderError(
            f"The stages {', '.join(files)} need different versions of {', '.join(sorted(conflicts))}.",
            _REMEDY,
        )
    return tuple(sorted(merged.values(), key=lambda file: file.path))


def _format_note(stages: list[str], stage_count: int) -> str:
    if len(stages) == stage_count:
        return ""
    return f" (stage{'s' if len(stages) > 1 else ''} {', '.join(stages)})"


def _compare_applications(
    first: str, base: Application, stage: str, other: Application, app_name: str
) -> Iterator[Problem]:
    # Imported here because every command imports this module before it loads the app.
    from domovoi_tf.validation.stage_names import suggest_scoped

    base_items, other_items = _index_declarations(base), _index_declarations(other)
    names = [name for route in base.routes for _, name in route.trigger.names(route.handler)]
    for key in {**base_items, **other_items}:
        kind, subject, location, _ = key
        remedy = _INPUT_REMEDY if kind == _INPUT else _REMEDY
        if key not in other_items or key not in base_items:
            present, missing = (first, stage) if key in base_items else (stage, first)
            message = f"{subject} is declared in stage {present}, but not in stage {missing}"
            yield Problem(location, message, remedy)
            continue
        for argument, value in base_items[key].items():
            if (other_value := other_items[key].get(argument)) != value:
                texts = [_format_value(each, subject, kind == _INPUT) for each in (value, other_value)]
                message = (
                    f"{argument} of {subject} is {texts[0]} in stage {first}, but {texts[1]} in stage {stage}"
                )
                own = suggest_scoped(value, first, app_name) if value in names else None
                is_same = own is not None and own == suggest_scoped(other_value, stage, app_name)
                yield Problem(location, message, _SUGGESTION.format(own) if is_same else remedy)


def _index_declarations(application: Application) -> dict[tuple[str, str, str, int], dict[str, object]]:
    """Returns the arguments of each declaration by its kind, name, location and ordinal among equal ones."""
    counts: Counter[tuple[str, str, str]] = Counter()
    arguments = {}
    declarations: tuple[Function | Input | Route | StateMachine, ...]
    declarations = (
        *application.functions,
        *application.routes,
        *application.state_machines,
        *application.variables,
    )
    for kind, name, location, values in map(_describe, declarations):
        key = kind, name, location
        counts[key] += 1
        arguments[(*key, counts[key])] = values
    return arguments


def _describe(declaration: Function | Input | Route | StateMachine) -> tuple[str, str, str, dict[str, Any]]:
    """Returns the kind of a declaration, its name, its location and its arguments."""
    if isinstance(declaration, Route):
        trigger = declaration.trigger
        return trigger.kind, declaration.handler, str(declaration.location), trigger.to_dict()
    if isinstance(declaration, Input):
        variable = declaration.variable
        arguments = {
            "sensitive": variable.sensitive,
            "default": declaration.default,
            "functions": declaration.functions,
        }
        return _INPUT, spell(variable), str(declaration.location), arguments
    values = {name: value for name, value in declaration.to_dict().items() if name != "location"}
    kind = "function" if isinstance(declaration, Function) else "state machine"
    return kind, f"the {kind} {declaration.name}", str(declaration.location or ""), values


def _format_value(value: object, subject: str, may_be_secret: bool) -> str:
    if may_be_secret and isinstance(value, str):
        from domovoi_tf.settings.secrets.detection import mask_secret

        if mask_secret(subject, value) != value:
            return "a value that may be secret"
    text = spell(value) if isinstance(value, (Scoped, Variable)) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
