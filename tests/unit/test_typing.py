"""Mypy and pyright see every argument of every decorator, the types of events, and what a handler may be."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from documentation.pages import list_texts

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.app import EventSource
from domovoi_tf.triggers.event import FIELDS

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "guides" / "editor.md").read_text(encoding="utf-8")
#: What the messages about a line contain: one of these.
MARK = re.compile(r"  # wrong: (.*)")
METHODS = ("function", "variable", "register_state_machine", "middleware", "register_middleware")
#: Arguments that accept any value.
FREE = {"input"}
#: One for all three, which would otherwise be two modules of one name.
MYPY = [
    "mypy",
    "--strict",
    "--config-file=",
    "--explicit-package-bases",
    "--no-error-summary",
    "--hide-error-context",
]
Messages = dict[tuple[str, int], list[str]]


class Checkers(NamedTuple):
    """The apps by name, and what the checkers report about them, by app and line."""

    apps: dict[str, str]
    reports: dict[str, Messages]


def collect_apps() -> dict[str, str]:
    """Returns the source of each app."""
    example, *_ = list_texts("docs/guides/editor.md", "python", below="\n## Types\n")
    return {
        **{
            name: (TESTS / "typing" / name / "app.py").read_text(encoding="utf-8") for name in ("good", "bad")
        },
        "every_argument": render_every_argument(),
        "page": example,
        "misspelled": example.replace("batch_size=10", "batch_sise=10"),
    }


def list_callables() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yields everything that declares a part of an app, as an app spells it."""
    yield from (("Domovoi", Domovoi), ("scoped", scoped), ("variable", variable))
    decorators = (name for name, value in vars(Domovoi).items() if isinstance(value, EventSource))
    yield from ((f"app.{name}", getattr(Domovoi, name)) for name in (*decorators, *METHODS))


def list_arguments(function: Callable[..., Any]) -> dict[str, bool]:
    """Returns the arguments of a function, and whether a call needs them."""
    arguments: dict[str, bool] = {}
    for name, each in inspect.signature(function).parameters.items():
        if each.kind is each.VAR_KEYWORD:
            arguments |= dict.fromkeys(FIELDS, False)
        elif name not in {"self", *FREE}:
            arguments[name] = each.default is each.empty
    return arguments


def render_every_argument() -> str:
    """Returns an app that passes an object as each argument of everything that declares a part of an app."""
    lines = [
        "from typing import Any",
        "from domovoi_tf import Domovoi, scoped, variable",
        "app = Domovoi()",
        "x: Any",
    ]
    for call, function in list_callables():
        arguments = list_arguments(function)
        for name in [*arguments, "no_such_argument"]:
            others = "".join(
                f"{each}=x, " for each, is_needed in arguments.items() if is_needed and each != name
            )
            lines.append(f'{call}({others}{name}=object())  # wrong: "{name}"')
    return "\n".join([*lines, ""])


def start(folder: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def checkers(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Checkers:
    """Runs both checkers at once, each in one process for all apps."""
    folder, apps = tmp_path_factory.mktemp("typing"), collect_apps()
    for name, source in apps.items():
        (folder / name).mkdir()
        (folder / name / "app.py").write_text(source, encoding="utf-8")
    files = [f"{name}/app.py" for name in apps]
    assert pytestconfig.cache
    mypy = start(folder, *MYPY, "--cache-dir", str(pytestconfig.cache.mkdir("mypy")), *files)
    pyright = start(folder, "pyright", "--outputjson", "--pythonpath", sys.executable, *files)
    reports = {
        "mypy": parse_mypy(*mypy.communicate()),
        "pyright": parse_pyright(folder, *pyright.communicate()),
    }
    return Checkers(apps, reports)


def parse_mypy(output: str, errors: str) -> Messages:
    messages: Messages = defaultdict(list)
    for line in output.splitlines():
        found = re.fullmatch(r"(\w+)/app\.py:(\d+): error: (.*)", line)
        assert found or ": note: " in line, output + errors
        if found:
            messages[found[1], int(found[2])].append(found[3])
    return messages


def parse_pyright(folder: Path, output: str, errors: str) -> Messages:
    assert output.startswith("{"), output + errors
    messages: Messages = defaultdict(list)
    for each in json.loads(output)["generalDiagnostics"]:
        name = Path(each["file"]).relative_to(folder.resolve()).parent.name
        messages[name, each["range"]["start"]["line"] + 1].append(each["message"])
    return messages


def read_marks(source: str) -> dict[int, list[str]]:
    """Returns what the messages about each wrong line contain."""
    lines = enumerate(source.splitlines(), 1)
    return {number: mark[1].split(" or ") for number, line in lines if (mark := MARK.search(line))}


def select(messages: Messages, app: str) -> dict[int, list[str]]:
    return {line: texts for (name, line), texts in messages.items() if name == app}


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
@pytest.mark.parametrize("app", ["good", "page"])
def test_checkers_accept_everything_that_works(checkers: Checkers, checker: str, app: str) -> None:
    assert select(checkers.reports[checker], app) == {}


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
@pytest.mark.parametrize("app", ["bad", "every_argument"])
def test_checkers_name_what_is_wrong(checkers: Checkers, checker: str, app: str) -> None:
    reported = select(checkers.reports[checker], app)
    marks = read_marks(checkers.apps[app])
    assert reported.keys() == marks.keys()
    silent = {
        line: texts
        for line, texts in reported.items()
        if not any(name in text for text in texts for name in marks[line])
    }
    assert silent == {}


def test_page_shows_the_message_about_a_wrong_argument(checkers: Checkers) -> None:
    ((line, (message,)),) = select(checkers.reports["mypy"], "misspelled").items()
    assert f"\napp.py:{line}: error: {message}\n" in PAGE


def test_every_argument_is_tried() -> None:
    lines = render_every_argument().splitlines()
    assert 'app.sqs_queue_subscriber(queue_name=x, per_record=object())  # wrong: "per_record"' in lines
    assert len([line for line in lines if line.startswith("app.")]) > 100
