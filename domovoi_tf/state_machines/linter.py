"""Checks definitions with statelint and a JSONata parser, and adds the paths of states to their findings.

https://pypi.org/project/statelint/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from domovoi_tf.model.asl import NESTED, walk_states

REMEDY = "Correct it as the Amazon States Language requires: https://states-language.net/spec.html"
_ROOT = "State Machine"
_WITHOUT_TYPE = 'it does not have required field "Type"'
#: Messages about mistakes for which `problems` has a message with a remedy.
_CHECKED_ELSEWHERE = re.compile(
    r"No state found named |No transition found to state |No terminal state found |StartAt value "
    r'|State ".*", defined at '
    r'|.* does not have required field "(Next|States|StartAt)"'
)
#: Replaces the missing Resource of a task that has a handler.
_EXAMPLE_ARN = "arn:aws:lambda:us-east-1:123456789012:function:handler"
#: A reference to a variable, which statelint does not know: $x and $x.y, but not $.y and $$.y.
_VARIABLE = re.compile(r"(?<!\$)\$(?=[A-Za-z_])")
#: Fields that AWS supports and statelint does not know.
_UNKNOWN_FIELDS = frozenset({"Label", "ReaderConfig", "WriterConfig"})
#: Fields that statelint expects to be strings: it raises an exception if one is a list.
_STRING_FIELDS = frozenset({"StartAt", "Next", "Default", "Type", "QueryLanguage"})
#: Fields with a number, which a JSONata expression may compute.
_NUMBER_FIELDS = frozenset(
    """
    Seconds TimeoutSeconds HeartbeatSeconds MaxConcurrency ToleratedFailureCount ToleratedFailurePercentage
    MaxItemsPerBatch MaxInputBytesPerBatch
    """.split()  # noqa: SIM905
)
_EXPRESSION = re.compile(r"\{%(.*)%\}", re.DOTALL)

Finding = tuple[str, str, str]


def check_language(definition: Mapping[str, Any]) -> Iterator[Finding]:
    """Yields violations of the language's rules: the path of the state, a message and a remedy.

    Args:
        definition: the definition as the user wrote it. It contains nothing that JSON cannot represent.
    """
    yield from _run_statelint(definition)
    for path, _, state in walk_states(definition):
        if state.get("QueryLanguage", definition.get("QueryLanguage")) == "JSONata":
            fields = {field: value for field, value in state.items() if field not in NESTED}
            yield from ((path, message, REMEDY) for message in _check_expressions(fields))


def _run_statelint(definition: Mapping[str, Any]) -> Iterator[Finding]:
    from statelint.config import Config
    from statelint.linter import Linter
    from statelint.problem import ProblemType

    paths = dict(_map_paths(definition, _ROOT, ""))
    simple = _simplify(dict(definition), definition.get("QueryLanguage"))
    messages = Linter.validate(simple, Config({ProblemType.FLOAT}))
    findings = [_translate(each.strip(), paths) for each in messages if not _CHECKED_ELSEWHERE.match(each)]
    without_type = {path for path, message in findings if message == _WITHOUT_TYPE}
    for path, message in findings:
        # Which other fields a state may have depends on its type.
        if path not in without_type or message == _WITHOUT_TYPE:
            yield path, message, REMEDY


def _map_paths(body: object, linter_path: str, prefix: str) -> Iterator[tuple[str, str]]:
    """Yields the path of each state in statelint's notation and in this package's."""
    states_by_name = body.get("States") if isinstance(body, Mapping) else None
    for name, state in states_by_name.items() if isinstance(states_by_name, Mapping) else ():
        state_path, path = f"{linter_path}.States.{name}", f"{prefix}{name}"
        yield state_path, path
        for field, is_list in NESTED.items():
            nested = state.get(field) if isinstance(state, Mapping) else None
            if not is_list:
                yield from _map_paths(nested, f"{state_path}.{field}", f"{path}.{field}.")
            elif isinstance(nested, list):
                for number, branch in enumerate(nested):
                    item = f"{field}[{number}]"
                    yield from _map_paths(branch, f"{state_path}.{item}", f"{path}.{item}.")


def _translate(message: str, paths: Mapping[str, str]) -> tuple[str, str]:
    """Returns the path of the state that a message is about, and the message without the path."""
    linter_path = max((path for path in paths if path in message), key=len, default=_ROOT)
    before, _, after = message.partition(linter_path)
    before = re.sub(r' (in|at) "?$', "", before)
    after = after.lstrip('". ')
    return paths.get(linter_path, ""), f"{before} {after}".strip() if before else _complete_sentence(after)


def _complete_sentence(text: str) -> str:
    return f"it {text}" if text.startswith(("is ", "does ")) else text


def _simplify(value: Any, language: object) -> Any:
    """Returns a definition that statelint accepts if it is correct.

    Tasks with a handler get a Resource, and features that statelint does not know yet are removed.
    """
    if isinstance(value, list):
        return [_simplify(item, language) for item in value]
    if not isinstance(value, dict):
        return value
    if "Type" in value:
        language = value.get("QueryLanguage", language)
    result = {key: _simplify(item, language) for key, item in value.items() if key not in _UNKNOWN_FIELDS}
    result |= {key: str(result[key]) for key in _STRING_FIELDS & result.keys()}
    if language == "JSONata":
        computed = [key for key in _NUMBER_FIELDS & result.keys() if _EXPRESSION.fullmatch(str(result[key]))]
        result |= dict.fromkeys(computed, 1)
    else:
        result.pop("Assign", None)
        result = {key: _replace_variables(key, item) for key, item in result.items()}
    if result.get("Type") == "Task" and not result.get("Resource"):
        result["Resource"] = _EXAMPLE_ARN
    return result


def _replace_variables(key: str, value: object) -> object:
    is_path = key.endswith((".$", "Path")) or key == "Variable"
    return _VARIABLE.sub("$.", value) if is_path and isinstance(value, str) else value


def _check_expressions(value: object) -> Iterator[str]:
    """Yields a message for each invalid JSONata expression in a value."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _check_expressions(item)
    elif isinstance(value, list):
        for item in value:
            yield from _check_expressions(item)
    elif isinstance(value, str) and (match := _EXPRESSION.fullmatch(value)):
        from jsonata import JException, Jsonata

        try:
            Jsonata(match[1])
        except JException as error:
            yield f"{value!r} is not a valid JSONata expression: {error}"
        except re.error:
            pass  # a regular expression of JavaScript that Python does not know
        except RecursionError:
            yield f"{value[:40]!r}... is a JSONata expression that is nested too deeply to be checked"
        except Exception:
            yield f"{value!r} is not a valid JSONata expression: it ends too early or has an unknown operator"
