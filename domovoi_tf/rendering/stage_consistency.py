"""What several stages of an app have in common, and what they must have: ``app/``, which all of them use."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from domovoi_tf.errors import Problem, RenderError
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Function, StateMachine
from domovoi_tf.model.names import Scoped, Variable
from domovoi_tf.model.trigger import Route, spell
from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.settings import CONFIG

K = TypeVar("K", bound=Hashable)
DEFAULT = "dev"
_REMEDY = (
    "All stages use one app/: write variable() or scoped() where a name differs by stage, and read in the "
    "handler what else does."
)


def configured(project: Path) -> tuple[str, ...]:
    """Returns the stages that the configuration has; the default one where none can be read."""
    try:
        stages = json.loads((project / CONFIG).read_text(encoding="utf-8"))["stages"]
        return tuple(stages) if isinstance(stages, dict) and stages else (DEFAULT,)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return (DEFAULT,)


def merged(found: Mapping[str, Iterable[K]]) -> list[tuple[K, str]]:
    """Returns what was found in some stages, each thing once, with words for where if that is not in all.

    Args:
        found: what was found, by stage.
    """
    where: dict[K, list[str]] = {}
    for stage, things in found.items():
        for thing in dict.fromkeys(things):
            where.setdefault(thing, []).append(stage)
    return [(thing, _note(stages, len(found))) for thing, stages in where.items()]


def problems(found: Mapping[str, Iterable[Problem]]) -> tuple[Problem, ...]:
    """Returns the problems of several stages, each once, in the order of the source.

    Args:
        found: the problems by stage.
    """
    keys = {stage: [(p.location, p.message, p.remedy) for p in each] for stage, each in found.items()}
    once = [Problem(where, f"{said}{note}", remedy) for (where, said, remedy), note in merged(keys)]
    return tuple(sorted(once, key=lambda problem: _position(problem.location)))


def differences(applications: Mapping[str, Application]) -> tuple[Problem, ...]:
    """Returns where what the decorators say differs between stages: ``app/`` could be right for one only.

    Args:
        applications: what the app declares, by stage.
    """
    (first, base), *others = applications.items()
    found: dict[tuple[str, str], Problem] = {}
    for stage, application in others:
        for problem in _differences(first, base, stage, application):
            found.setdefault((problem.location, problem.message.partition(" is ")[0]), problem)
    return tuple(sorted(found.values(), key=lambda problem: _position(problem.location)))


def together(files: Mapping[str, Iterable[RenderedFile]]) -> tuple[RenderedFile, ...]:
    """Returns the files of several stages as those of one tree.

    Args:
        files: the files of ``app/`` and of each stage, by stage.

    Raises:
        RenderError: a file of ``app/`` is not the same in all.
    """
    found: dict[str, RenderedFile] = {}
    owners: dict[str, list[str]] = {}
    differing: set[str] = set()
    for stage, each in files.items():
        for file in each:
            owners.setdefault(file.path, []).append(stage)
            if found.setdefault(file.path, file) != file:
                differing.add(file.path)
    differing |= {path for path, by in owners.items() if path.startswith("app/") and len(by) < len(files)}
    if differing:
        raise RenderError(
            f"The stages {', '.join(files)} would each have another {', '.join(sorted(differing))}.", _REMEDY
        )
    return tuple(sorted(found.values(), key=lambda file: file.path))


def _note(stages: list[str], all_of_them: int) -> str:
    if len(stages) == all_of_them:
        return ""
    return f" (stage{'s' if len(stages) > 1 else ''} {', '.join(stages)})"


def _differences(first: str, base: Application, stage: str, other: Application) -> Iterator[Problem]:
    ours, theirs = _declared(base), _declared(other)
    for key in {**ours, **theirs}:
        what, where = key[1], key[2]
        if key not in theirs or key not in ours:
            has, lacks = (first, stage) if key in ours else (stage, first)
            message = f"{what} is declared in stage {has}, and not in stage {lacks}"
            yield Problem(where, message, _REMEDY)
            continue
        for argument, value in ours[key].items():
            if (now := theirs[key].get(argument)) != value:
                message = (
                    f"{argument} of {what} is {_said(value)} in stage {first}, and {_said(now)} in {stage}"
                )
                yield Problem(where, message, _REMEDY)


def _declared(application: Application) -> dict[tuple[str, str, str, int], dict[str, object]]:
    """Returns what is declared: a kind of thing, its name, where, and the how manieth of these."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found = {}
    things: tuple[Function | Route | StateMachine, ...]
    things = (*application.functions, *application.routes, *application.state_machines)
    for kind, name, where, values in map(_described, things):
        key = kind, name, where
        seen[key] += 1
        found[(*key, seen[key])] = values
    return found


def _described(thing: Function | Route | StateMachine) -> tuple[str, str, str, dict[str, Any]]:
    values = thing.trigger.to_dict() if isinstance(thing, Route) else thing.to_dict()
    values = {name: value for name, value in values.items() if name != "location"}
    if isinstance(thing, Route):
        return thing.trigger.kind, thing.handler, str(thing.location), values
    kind = "function" if isinstance(thing, Function) else "state machine"
    return kind, f"the {kind} {thing.name}", str(thing.location or ""), values


def _said(value: object) -> str:
    text = spell(value) if isinstance(value, (Scoped, Variable)) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _position(location: str) -> tuple[str, int]:
    file, _, line = location.rpartition(":")
    return file, int(line) if line.isdecimal() else 0
