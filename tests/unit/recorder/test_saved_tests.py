"""Events are saved as tests that pass, and no file of the user is overwritten."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command_server import run_command

from domovoi_tf import settings
from domovoi_tf.errors import DomovoiError
from domovoi_tf.recorder.records import Failure, Invocation, Outcome, Run
from domovoi_tf.recorder.saved_tests import SavedTest, Setup, make_setup, save_test

SETUP = Setup("beers-dev")
APP = """import os

import domovoi_tf

app = domovoi_tf.Domovoi()
reports = app.function("reports")


class NoBeer(Exception):
    pass


@app.sns_topic_subscriber(domovoi_tf.scoped("orders"))
def tend(event, context):
    order = event["Records"][0]["Sns"]["Message"]
    if order == "none":
        raise NoBeer("none")
    if order == "huge":
        return ["x" * 2000]
    return {"beer": order, "tip": None, "places": [1.5, True]}


@app.scheduled_function("rate(1 day)", function=reports)
def report(event, context):
    return [context.function_name, os.environ["TABLE"]]


@app.scheduled_function("rate(1 hour)")
def tick(event):
    {}[event["key"]]
"""


def make_sns_event(message: str) -> dict[str, Any]:
    arn = "arn:aws:sns:us-east-1:000000000000:beers-dev-orders"
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": arn, "Message": message}}]}


def make_run(event: Any, outcome: Outcome | None, number: int = 12, function: str = "beers-dev") -> Run:
    return Run(number, Invocation("r", 1.0, "dev", function, event), outcome)


def run_pytest(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A new project, as users begin."""
    code, _, err = run_command(["new-project", "beers"], tmp_path, {"PATH": "", "HOME": str(tmp_path)})
    assert code == 0, err
    return tmp_path / "beers"


def test_saved_tests_pass_in_a_new_project_and_fail_when_the_result_changes(project: Path) -> None:
    event = {"task_name": "tick", "event": {"time": "2030-01-01T00:00:00Z"}}
    run = make_run(event, Outcome("ok", ("tick",)))
    save_test(project, run, make_setup(settings.load(project, "dev"), run, {}))
    done = run_pytest(project)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    app = project / "app.py"
    app.write_text(app.read_text().replace("    context.log(", "    return str("))
    done = run_pytest(project)
    assert done.returncode == 1
    assert "test_tick_12" in done.stdout


def test_results_exceptions_and_functions(project: Path) -> None:
    (project / "app.py").write_text(APP)
    ok = Outcome("ok", ("tend",), result={"beer": "stout 'ä' 🍺", "tip": None, "places": [1.5, True]})
    failed = Outcome("failed", ("tend",), failure=Failure("NoBeer", "none"))
    missing = Outcome("failed", ("tick",), failure=Failure("KeyError", "'malt'"))
    reported = Outcome("ok", ("report",), result=["beers-dev-reports", "orders"])
    tick = {"task_name": "tick", "event": {"key": "malt"}}
    report = {"task_name": "report", "event": {}}
    save_test(project, make_run(make_sns_event("stout 'ä' 🍺"), ok, 1), SETUP)
    save_test(project, make_run(make_sns_event("none"), failed, 2), SETUP)
    save_test(project, make_run(make_sns_event("huge"), replace(ok, result=["x" * 2000]), 3), SETUP)
    save_test(project, make_run(tick, missing, 4), SETUP)
    save_test(
        project, make_run(report, reported), Setup("beers-dev", "reports", {"TABLE": "orders"}), "daily"
    )
    (project / "tests" / "test_app.py").unlink()
    done = run_pytest(project)
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout
    imports = {
        name: (project / "tests" / f"test_events_{name}.py").read_text().count("import pytest\n")
        for name in ("report", "tend", "tick")
    }
    assert imports == {"report": 0, "tend": 1, "tick": 1}
    files = sorted(
        path.relative_to(project / "tests").as_posix() for path in (project / "tests").rglob("*.*")
    )
    assert [name for name in files if "__pycache__" not in name] == [
        "events/report-daily.json",
        "events/tend-1.json",
        "events/tend-2.json",
        "events/tend-3.json",
        "events/tend-3.result.json",
        "events/tick-4.json",
        "test_events_report.py",
        "test_events_tend.py",
        "test_events_tick.py",
    ]


def test_text_of_a_saved_test(tmp_path: Path) -> None:
    outcome = Outcome("failed", ("tend",), failure=Failure("NoBeer", "none\n'left'"))
    saved = save_test(tmp_path, make_run({"a": 1}, outcome), Setup("bar-dev", "", {}, {"topic": "x"}))
    assert saved == SavedTest(
        Path("tests/events/tend-12.json"), Path("tests/test_events_tend.py"), "test_tend_12"
    )
    assert (tmp_path / saved.test_file).read_text().partition("\n\n\ndef test")[2] == (
        "_tend_12():\n"
        "    client = Client(app, name=\"bar-dev\", variables={'topic': 'x'})\n"
        "    with pytest.raises(Exception) as caught:\n"
        '        client.invoke(read("tend-12.json"))\n'
        '    assert caught.type.__name__ == "NoBeer"\n'
        "    assert str(caught.value) == \"none\\n'left'\"\n"
    )
    assert (tmp_path / saved.event_file).read_text() == '{\n  "a": 1\n}\n'


def test_setup_has_only_variables_whose_values_are_in_the_event() -> None:
    configured = SimpleNamespace(name="bar-dev", environment_variables={"TABLE": "t"})
    deployed = {"DOMOVOI_TF_VAR_topic": "orders", "DOMOVOI_TF_VAR_key": "s3cret", "OTHER": "orders"}
    run = make_run({"topic": "arn:orders"}, None, function="bar-dev-reports")
    assert make_setup(configured, run, deployed) == Setup(  # type: ignore[arg-type]
        "bar-dev", "reports", {"TABLE": "t"}, {"topic": "orders"}
    )


@pytest.mark.parametrize("in_the_way", ["tend-12.json", "tend-12.result.json"])
def test_files_are_not_overwritten(tmp_path: Path, in_the_way: str) -> None:
    path = tmp_path / "tests" / "events" / in_the_way
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(DomovoiError) as caught:
        save_test(tmp_path, make_run(1, Outcome("ok", ("tend",))), SETUP)
    assert str(caught.value) == (
        f"tests/events/{in_the_way} exists, and is not overwritten.\n"
        "Give the test another name: domovoi-tf events save 12 NAME"
    )
    assert [each.name for each in (tmp_path / "tests").rglob("*.*")] == [in_the_way]
    assert path.read_text() == "mine"


def test_test_that_exists_is_not_written_again(tmp_path: Path) -> None:
    saved = save_test(tmp_path, make_run(1, Outcome("ok", ("tend",))), SETUP)
    (tmp_path / saved.event_file).unlink()
    with pytest.raises(DomovoiError) as caught:
        save_test(tmp_path, make_run(1, Outcome("ok", ("tend",))), SETUP)
    assert str(caught.value) == (
        "tests/test_events_tend.py has the test test_tend_12 already.\nGive the test another name."
    )
    assert not (tmp_path / saved.event_file).exists()


@pytest.mark.parametrize(
    "content",
    [b"# mine\n", b"def broken(\n", b"\xff\xfe\x00", b""],
    ids=["names", "syntax", "bytes", "empty"],
)
def test_file_without_what_tests_need_is_left_alone(tmp_path: Path, content: bytes) -> None:
    mine = tmp_path / "tests" / "test_events_tend.py"
    mine.parent.mkdir()
    mine.write_bytes(content)
    saved = save_test(tmp_path, make_run(1, Outcome("ok", ("tend",))), SETUP)
    assert saved.test_file == Path("tests/test_events_tend_2.py")
    assert mine.read_bytes() == content


def test_users_changes_of_the_file_stay(tmp_path: Path) -> None:
    saved = save_test(tmp_path, make_run(1, Outcome("ok", ("tend",))), SETUP)
    file = tmp_path / saved.test_file
    mine = file.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\nMINE = 1  # \xc3\xa4\r\n"
    file.write_bytes(mine)
    file.chmod(0o640)
    assert save_test(tmp_path, make_run(2, Outcome("ok", ("tend",)), 13), SETUP).test_file == saved.test_file
    assert file.read_bytes().startswith(mine.rstrip())
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.read_text(encoding="utf-8").count("def test_") == 2


@pytest.mark.parametrize(
    ("outcome", "cut", "redacted", "message"),
    [
        (None, (), False, "its run has not ended.\nTo get a result, "),
        (
            Outcome("timeout"),
            (),
            False,
            "its run ended with the status timeout, so there is no result to expect.\n",
        ),
        (
            Outcome("failed", failure=Failure("Runtime.ImportModuleError", "no")),
            (),
            False,
            "the error is not an exception of a handler.\nCorrect it, replay the event, and save the replay.",
        ),
        (Outcome("ok"), ("result",), False, "it or its result was too large to be kept.\nWrite a test with"),
        (Outcome("ok"), (), True, "values of it or of its result were redacted before they were recorded.\n"),
        (
            Outcome("ok", result=["a [redacted]"]),
            (),
            False,
            "values of it or of its result were redacted before",
        ),
    ],
)
def test_runs_without_an_end_to_expect(
    tmp_path: Path, outcome: Outcome | None, cut: tuple[str, ...], redacted: bool, message: str
) -> None:
    run = replace(make_run(1, outcome), cut=cut, redacted=redacted)
    with pytest.raises(DomovoiError) as caught:
        save_test(tmp_path, run, SETUP)
    assert str(caught.value).startswith(f"Event 12 cannot be saved as a test: {message}")
    assert not (tmp_path / "tests").exists()


@pytest.mark.parametrize("name", ["../x", "a b", "a/b", ".", "a\n"])
def test_wrong_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(DomovoiError) as caught:
        save_test(tmp_path, make_run(1, Outcome("ok", ("tend",))), SETUP, name)
    assert str(caught.value) == (
        f"{name!r} cannot be a part of the name of a test.\nUse letters, digits, underscores and hyphens."
    )


def test_folder_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "tests").write_text("a file")
    with pytest.raises(DomovoiError) as caught:
        save_test(tmp_path, make_run(1, Outcome("ok", ("tend",))), SETUP)
    assert str(caught.value).startswith("The test cannot be written: [Errno ")
    assert str(caught.value).endswith(f"\nCheck the folder {tmp_path / 'tests'}.")
