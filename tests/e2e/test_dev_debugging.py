"""Tests `dev --debug`: an editor stops in handlers that real events of the emulator run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from debug_adapter import find_port, open_editor
from polling import wait_until
from running_dev import run_dev

from domovoi_tf.recorder.database import locate_events
from domovoi_tf.recorder.recorder import read_events

from .conftest import PATIENCE, OpenAccount, write_project

pytestmark = pytest.mark.emulator

CONFIGURATION = {"app_name": "hostelry", "lambda_timeout": 3}
APP = """import domovoi_tf

app = domovoi_tf.Domovoi()
VERSION = "{version}"


@app.sns_topic_subscriber(domovoi_tf.scoped("orders"))
def order(event, context):
    message = event["Records"][0]["Sns"]["Message"]
    return VERSION
"""
LINE = 10


def count_runs(project: Path, result: str) -> int:
    with read_events(locate_events(project)) as recorder:
        runs = [recorder.get(summary.id) for summary in recorder.list()]
    return sum(run.outcome is not None and run.outcome.result == result for run in runs)


def test_editor_stops_at_real_events_in_each_generation_of_the_code(
    open_account: OpenAccount, tmp_path: Path
) -> None:
    """The editor attaches once. A handler that is stopped for longer than its timeout ends as usual."""
    port = find_port()
    with open_account() as account:
        project = write_project(tmp_path / "inn", CONFIGURATION, APP.format(version="first"))
        breakpoints = {project / "app.py": [LINE]}
        with (
            open_editor(breakpoints, os.environ) as editor,
            run_dev(project, account.environment, "--debug", str(port)) as dev,
        ):
            dev.await_text(f"127.0.0.1:{port}")
            sns = account.client("sns")
            (topic,) = sns.list_topics()["Topics"]
            editor.attach(port)
            for number, version in enumerate(("first", "second"), 2):
                if version != "first":
                    (project / "app.py").write_text(APP.format(version=version))
                editor.await_sessions(number)
                sns.publish(TopicArn=topic["TopicArn"], Message=f"to {version}")
                stop = editor.await_stop()
                assert stop is not None
                assert stop.line == LINE
                assert (stop.evaluate("VERSION"), stop.evaluate("message")) == (
                    f"'{version}'",
                    f"'to {version}'",
                )
                assert not wait_until(lambda: count_runs(project, version) > 0, 4)  # noqa: B023
                stop.resume()
                assert wait_until(lambda: count_runs(project, version) == 1, PATIENCE)  # noqa: B023
