"""What statelint and a JSONata parser say of a definition, with this package's paths.

https://pypi.org/project/statelint/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from domovoi_tf.model.asl import NESTED, walk_states

REMEDY = "Write it as the language has it: https://states-language.net/spec.html"
_ROOT = "State Machine"
#: What `asl_problems` finds itself, and says with what to do.
_FOUND_ELSEWHERE = re.compile(
    r"No state found named |No transition found to state |No terminal state found |StartAt value "
    r'|State ".*", defined at '
    r'|.* does not have required field "(Next|States|StartAt)"'
)
#: What stands for a handler's function.
_ARN = "arn:aws:lambda:us-east-1:123456789012:function:handler"
#: A variable stands where a path may, and statelint knows none: $x and $x.y, but not $.y and $$.y.
_VARIABLE = re.compile(r"(?<!\$)\$(?=[A-Za-z_])")
#: What AWS knows, and statelint does not.
_UNKNOWN = frozenset({"Label", "ReaderConfig", "WriterConfig"})
#: What statelint takes for a string unseen, and fails where it is a list.
_NAMES = frozenset({"StartAt", "Next", "Default", "Type", "QueryLanguage"})
#: Numbers that JSONata may compute.
_NUMBERS = frozenset(
    """
    Seconds TimeoutSeconds HeartbeatSeconds MaxConcurrency ToleratedFailureCount ToleratedFailurePercentage
    MaxItemsPerBatch MaxInputBytesPerBatch
    """.split()  # noqa: SIM905
)
_EXPRESSION = re.compile(r"\{%(.*)%\}", re.DOTALL)

Found = tuple[str, str, str]


def problems(definition: Mapping[str, Any]) -> Iterator[Found]:
    """Yields what is wrong with the language of a definition: path, message and remedy.

    Args:
        definition: the definition as the user wrote it, JSON throughout.
    """
    yield from _linted(definition)
    for path, _, state in walk_states(definition):
        if state.get("QueryLanguage", definition.get("QueryLanguage")) == "JSONata":
            own = {field: value for field, value in state.items() if field not in NESTED}
            yield from ((path, message, REMEDY) for message in _unparsed(own))


def _linted(definition: Mapping[str, Any]) -> Iterator[Found]:
    from statelint.config import Config
    from statelint.linter import Linter
    from statelint.problem import ProblemType

    paths = dict(_paths(definition, _ROOT, ""))
    simple = _simple(dict(definition), definition.get("QueryLanguage"))
    for said in Linter.validate(simple, Config({ProblemType.FLOAT})):
        if not _FOUND_ELSEWHERE.match(said):
            yield (*_translated(said.strip(), paths), REMEDY)


def _paths(body: object, theirs: str, ours: str) -> Iterator[tuple[str, str]]:
    """Yields the path of each state as statelint has it, and as this package does."""
    inside = body.get("States") if isinstance(body, Mapping) else None
    for name, state in inside.items() if isinstance(inside, Mapping) else ():
        path, own = f"{theirs}.States.{name}", f"{ours}{name}"
        yield path, own
        for field, listed in NESTED.items():
            inner = state.get(field) if isinstance(state, Mapping) else None
            if not listed:
                yield from _paths(inner, f"{path}.{field}", f"{own}.{field}.")
            elif isinstance(inner, list):
                for number, each in enumerate(inner):
                    at = f"{field}[{number}]"
                    yield from _paths(each, f"{path}.{at}", f"{own}.{at}.")


def _translated(said: str, paths: Mapping[str, str]) -> tuple[str, str]:
    """Returns the path of the state that a sentence is about, and the sentence without it."""
    found = max((path for path in paths if path in said), key=len, default=_ROOT)
    before, _, after = said.partition(found)
    before = re.sub(r' (in|at) "?$', "", before)
    after = after.lstrip('". ')
    return paths.get(found, ""), f"{before} {after}".strip() if before else _sentence(after)


def _sentence(text: str) -> str:
    return f"it {text}" if text.startswith(("is ", "does ")) else text


def _simple(value: Any, language: object) -> Any:
    """Returns a definition without what handlers stand for, and without what statelint does not know yet."""
    if isinstance(value, list):
        return [_simple(item, language) for item in value]
    if not isinstance(value, dict):
        return value
    if "Type" in value:
        language = value.get("QueryLanguage", language)
    found = {key: _simple(item, language) for key, item in value.items() if key not in _UNKNOWN}
    found |= {key: str(found[key]) for key in _NAMES & found.keys()}
    if language == "JSONata":
        computed = [key for key in _NUMBERS & found.keys() if _EXPRESSION.fullmatch(str(found[key]))]
        found |= dict.fromkeys(computed, 1)
    else:
        found.pop("Assign", None)
        found = {key: _without_variables(key, item) for key, item in found.items()}
    if found.get("Type") == "Task" and not found.get("Resource"):
        found["Resource"] = _ARN
    return found


def _without_variables(key: str, value: object) -> object:
    path = key.endswith((".$", "Path")) or key == "Variable"
    return _VARIABLE.sub("$.", value) if path and isinstance(value, str) else value


def _unparsed(value: object) -> Iterator[str]:
    """Yields what is wrong with the JSONata expressions in a value."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _unparsed(item)
    elif isinstance(value, list):
        for item in value:
            yield from _unparsed(item)
    elif isinstance(value, str) and (found := _EXPRESSION.fullmatch(value)):
        from jsonata import JException, Jsonata

        try:
            Jsonata(found[1])
        except JException as error:
            yield f"{value!r} is not JSONata: {error}"
