"""Saves an event as a file of the project, with a test that sends it to the app and expects what happened."""

from __future__ import annotations

import ast
import builtins
import json
import keyword
import pprint
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.errors import DomovoiError
from domovoi_tf.model.names import VARIABLE_KEY
from domovoi_tf.recorder.records import PARTIAL, Failure, Outcome, Run
from domovoi_tf.recorder.redaction import REDACTED
from domovoi_tf.system import atomic_files
from domovoi_tf.system.suggestions import spell
from domovoi_tf.system.text import format_json

if TYPE_CHECKING:
    from domovoi_tf.settings import Settings

_TESTS, _EVENTS = "tests", "events"
#: The longest result that a test contains; a longer one is in a file.
_LONGEST_RESULT = 1000
_HEADER = '''"""Recorded events that the app gets again, without AWS; `domovoi-tf events save` adds more."""

import json
from pathlib import Path

from domovoi_tf.testing import Client

from app import app

EVENTS = Path(__file__).with_name("events")


def read(name):
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))
'''
#: The names of the header that the tests use; those that expect an exception also use pytest.
_NEEDED = {"json", "Path", "Client", "app", "EVENTS", "read"}
#: A part of the header, without and with pytest.
_IMPORTS = "from pathlib import Path\n\nfrom domovoi_tf"
_PYTEST = "from pathlib import Path\n\nimport pytest\n\nfrom domovoi_tf"


class SavedTest(NamedTuple):
    """A saved event: its file and the file of its test, relative to the project, and the test's function."""

    event_file: Path
    test_file: Path
    test: str


@dataclass(frozen=True)
class Setup:
    """The arguments with which a test gives an app the environment that it had.

    Args:
        prefix: the prefix of names on AWS, ``<app_name>-<stage>``.
        function: the function's name in the app; empty for the default function.
        environment: environment variables.
        variables: values of the app's input variables.
    """

    prefix: str
    function: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


def make_setup(settings: Settings, run: Run, deployed: Mapping[str, str]) -> Setup:
    """Returns the setup for the test of a run.

    Of the input variables, it has those whose values are in the event, such as names of sources: others may
    be secrets.

    Args:
        settings: the settings of the run's stage.
        run: the run.
        deployed: the environment variables of the deployed function; empty if they are unknown.
    """
    event = format_json(run.invocation.event)
    variables = {
        name.removeprefix(VARIABLE_KEY): value
        for name, value in deployed.items()
        if name.startswith(VARIABLE_KEY) and value and value in event
    }
    name = run.invocation.function
    function = name.removeprefix(f"{settings.name}-") if name != settings.name else ""
    return Setup(settings.name, function, settings.environment_variables, variables)


def save_test(project: Path, run: Run, setup: Setup, name: str = "") -> SavedTest:
    """Writes the file of an event, and its test into a file of tests, which it creates if necessary.

    Args:
        project: the project's folder.
        run: the run.
        setup: the environment of the test.
        name: a part of the names of the event's file and of the test (default: the ID of the run).

    Raises:
        DomovoiError: the run has no result to expect, or the name is wrong or used, or files cannot be
            written. Nothing is overwritten.
    """
    outcome = _require_outcome(run)
    if not re.fullmatch(r"[\w-]*", name):
        raise DomovoiError(
            f"{name!r} cannot be a part of the name of a test.",
            "Use letters, digits, underscores and hyphens.",
        )
    handler = next(iter(outcome.handlers), "") or setup.function or "event"
    stem = f"{handler}-{name or run.id}"
    try:
        return _write(project, stem, _make_identifier(handler), run, outcome, setup)
    except OSError as error:
        raise DomovoiError(
            f"The test cannot be written: {error}.", f"Check the folder {project / _TESTS}."
        ) from error


def _require_outcome(run: Run) -> Outcome:
    """Returns how a run ended, if it has an event to send and an end to expect."""
    outcome, again = run.outcome, "replay the event, and save the replay."
    if outcome is None:
        reason, remedy = "its run has not ended", f"To get a result, {again}"
    elif outcome.status not in ("ok", PARTIAL, "failed"):
        reason = f"its run ended with the status {outcome.status}, so there is no result to expect"
        remedy = f"Correct the handler, {again}"
    elif outcome.status == "failed" and not _is_exception(outcome.failure):
        reason, remedy = "the error is not an exception of a handler", f"Correct it, {again}"
    elif {"event", "result"} & {*run.cut}:
        reason, remedy = "it or its result was too large to be kept", "Write a test with a smaller event."
    elif run.redacted or _is_redacted(outcome):
        reason = "values of it or of its result were redacted before they were recorded"
        remedy = "Write the test with Client.event of domovoi_tf.testing."
    else:
        return outcome
    raise DomovoiError(f"Event {run.id} cannot be saved as a test: {reason}.", remedy)


def _is_redacted(outcome: Outcome) -> bool:
    failure = outcome.failure
    return REDACTED in format_json([outcome.result, failure and failure.message])


def _is_exception(failure: Failure | None) -> bool:
    """Returns whether a handler raised it; errors of Lambda, such as Runtime.ExitError, have a dot."""
    return failure is not None and failure.type.isidentifier()


def _write(project: Path, stem: str, handler: str, run: Run, outcome: Outcome, setup: Setup) -> SavedTest:
    event = Path(_TESTS, _EVENTS, f"{stem}.json")
    result = Path(_TESTS, _EVENTS, f"{stem}.result.json")
    for path in (event, result):
        if (project / path).exists():
            raise DomovoiError(
                f"{path} exists, and is not overwritten.",
                f"Give the test another name: {spell(f'events save {run.id} NAME')}",
            )
    test = f"test_{_make_identifier(stem)}"
    file, before = _choose_file(project, handler, test, bool(outcome.failure))
    is_long = _is_long(outcome.result)
    lines = _format_test(test, stem, outcome, setup, is_long)
    (project / event.parent).mkdir(parents=True, exist_ok=True)
    atomic_files.replace_file(project / event, _format_file(run.invocation.event))
    if is_long and not outcome.failure:
        atomic_files.replace_file(project / result, _format_file(outcome.result))
    mode = (project / file).stat().st_mode & 0o777 if (project / file).exists() else None
    text = f"{before}\n\n{lines}"
    atomic_files.replace_file(project / file, text.encode(), mode)
    return SavedTest(event, file, test)


def _choose_file(project: Path, handler: str, test: str, needs_pytest: bool) -> tuple[Path, str]:
    """Returns the file for a test and its text: the first one that is missing or has all that the test needs.

    Raises:
        DomovoiError: it has the test already.
    """
    number = 1
    while True:
        file = Path(_TESTS, f"test_events_{handler}{'' if number == 1 else f'_{number}'}.py")
        if not (project / file).exists():
            return file, _HEADER.replace(_IMPORTS, _PYTEST) if needs_pytest else _HEADER
        text = (project / file).read_bytes().decode(errors="replace")
        names = _find_names(text)
        if test in names:
            raise DomovoiError(f"{file} has the test {test} already.", "Give the test another name.")
        if needs_pytest and "pytest" not in names:
            text = text.replace(_IMPORTS, _PYTEST, 1)
            names = _find_names(text)
        if names >= (_NEEDED | {"pytest"} if needs_pytest else _NEEDED):
            return file, text.rstrip("\n") + "\n"
        number += 1


def _find_names(text: str) -> set[str]:
    """Returns the names that a module defines; none if it is not Python in UTF-8."""
    try:
        body = ast.parse("" if "\ufffd" in text else text).body
    except (SyntaxError, ValueError):
        return set()
    names: set[str] = set()
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def _format_test(test: str, stem: str, outcome: Outcome, setup: Setup, is_long: bool) -> str:
    """Returns the source of a test."""
    options = "".join(
        f", {name}={dict(values)!r}"
        for name, values in (("environment", setup.environment), ("variables", setup.variables))
        if values
    )
    function = f", function={json.dumps(setup.function)}" if setup.function else ""
    call = f'client.invoke(read("{stem}.json"){function})'
    lines = [f"def {test}():", f"    client = Client(app, name={json.dumps(setup.prefix)}{options})"]
    if failure := outcome.failure:
        name = failure.type if _is_builtin(failure.type) else "Exception"
        lines += [f"    with pytest.raises({name}) as caught:", f"        {call}"]
        if name != failure.type:
            lines.append(f"    assert caught.type.__name__ == {json.dumps(failure.type)}")
        lines.append(f"    assert str(caught.value) == {failure.message!r}")
    elif is_long:
        lines.append(f'    assert {call} == read("{stem}.result.json")')
    elif outcome.result is None:
        lines.append(f"    assert {call} is None")
    else:
        expected = pprint.pformat(outcome.result, width=100, sort_dicts=False).replace("\n", "\n    ")
        lines.append(f"    result = {call}\n    assert result == {expected}")
    return "\n".join(lines) + "\n"


def _is_long(result: Any) -> bool:
    """Returns whether a result is too long for a test, or has constants that Python has not."""
    return len(repr(result)) > _LONGEST_RESULT or bool(re.search(r"\b(nan|inf)\b", repr(result)))


def _is_builtin(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _format_file(value: Any) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def _make_identifier(text: str) -> str:
    identifier = re.sub(r"\W", "_", text)
    return f"{identifier}_" if keyword.iskeyword(identifier) else identifier
