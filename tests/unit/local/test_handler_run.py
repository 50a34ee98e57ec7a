"""Handlers that run on this machine: their environment, their output and their failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import DomovoiError
from domovoi_tf.loading import loader
from domovoi_tf.local import handler_run
from domovoi_tf.model.declarations import Function
from domovoi_tf.settings import Settings
from domovoi_tf.system.background_processes import read_start_time, wait_until

APP = """import logging, os, threading, boto3
from domovoi_tf import Domovoi, variable

app = Domovoi()
at_import = boto3.Session().get_credentials()


@app.sns_topic_subscriber("bartender")
def tend(event, context):
    context.log("serving")
    message = event["Records"][0]["Sns"]["Message"]
    if message == "leave":
        os._exit(3)
    if message == "wait":
        threading.Event().wait()
    return {"message": message, "glass": os.environ["GLASS"], "name": context.function_name,
            "key": os.environ["AWS_ACCESS_KEY_ID"], "at_import": at_import is None}


@app.sns_topic_subscriber(variable("orders"))
def order(event, context):
    logging.warning("low \\x9b2J\\u202e")
    raise ValueError("no beer \\x1b[31m")


@app.scheduled_function("rate(1 day)")
async def sleep(event):
    import asyncio
    await asyncio.sleep(0)
    return sorted(event)[0]


@app.sqs_queue_subscriber("returns")
def take_back(event, context):
    return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
"""
ORDERS = {"TF_VAR_orders": "arn:aws:sns:us-east-1:123456789012:orders"}
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".chalice").mkdir()
    configuration = {"app_name": "bar", "environment_variables": {"GLASS": "pint"}}
    (tmp_path / ".chalice" / "config.json").write_text(json.dumps(configuration))
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


@pytest.fixture
def run(project: Path) -> Run:
    def invoke(*args: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).with_name("domovoi-tf")), "invoke", *args, "--local"],
            cwd=project,
            env={
                **os.environ,
                "AWS_ACCESS_KEY_ID": "mine",
                "AWS_SECRET_ACCESS_KEY": "mine",
                **ORDERS,
                **environ,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    return invoke


def test_handler_has_stage_environment_and_no_credentials(run: Run) -> None:
    done = run("tend", "--event", '"beer"')
    assert (done.returncode, json.loads(done.stdout)) == (
        0,
        {"message": "beer", "glass": "pint", "name": "bar-dev", "key": "testing", "at_import": True},
    )
    log, report = done.stderr.splitlines()
    assert log == "serving"
    assert report.startswith("tend on this machine: ")
    assert report.endswith(" of 128 MB")


def test_traceback_starts_in_the_app(run: Run, project: Path) -> None:
    done = run("order")
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert lines[0].endswith("low \\x9b2J\\u202e")
    assert lines[1:5] == [
        "Traceback (most recent call last):",
        f'  File "{project}/app.py", line 23, in order',
        '    raise ValueError("no beer \\x1b[31m")',
        "ValueError: no beer \\x1b[31m",
    ]


def test_raw_event_is_sent_unchanged(run: Run) -> None:
    event = {
        "Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": "a:b:c:d:e:bartender", "Message": "raw"}}]
    }
    done = run("tend", "--raw", "--event", json.dumps(event), "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["result"]["message"], document["log"]) == (0, "raw", ["serving"])
    assert document["duration_ms"] > 0


def test_async_handler_of_the_event_alone_runs(run: Run) -> None:
    done = run("sleep")
    assert (done.returncode, json.loads(done.stdout)) == (0, "account")


def test_report_of_failed_records_that_the_mapping_ignores_is_an_error(run: Run) -> None:
    done = run("take_back")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[:-1] == [
        "DispatchError: The handler returned batchItemFailures, but its event source mapping ignores them.",
        "Add report_failures=True to the decorator, or raise an exception to retry the whole batch.",
    ]


def test_handler_that_ends_its_process_is_an_error(run: Run) -> None:
    done = run("tend", "--event", '"leave"')
    assert (done.returncode, done.stderr) == (
        1,
        "Error: The handler ended its process with exit code 3.\n"
        "Return from the handler, or raise an exception.\n",
    )


def test_handler_that_exceeds_the_timeout_is_an_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler_run, "_IMPORT_SECONDS", 0)
    settings = Settings(app_name="bar", stage="dev", environment_variables={"GLASS": "pint"})
    event: dict[str, Any] = {"Records": [{"EventSource": "aws:sns"}]}
    event["Records"][0]["Sns"] = {"TopicArn": "arn:aws:sns:us-east-1:1:bartender", "Message": "wait"}
    with pytest.raises(DomovoiError) as raised:
        handler_run.run_handler(
            project, settings, Function(name="", timeout=2), {"orders": ORDERS["TF_VAR_orders"]}, event
        )
    assert str(raised.value) == (
        "The handler did not finish within the function's timeout of 2 seconds.\n"
        "Increase lambda_timeout, or find out what the handler waits for."
    )


def test_handler_is_killed_when_the_tool_is_killed(project: Path) -> None:
    app = "import os, sys\nfrom domovoi_tf import Domovoi\napp = Domovoi()\n"
    app += '@app.scheduled_function("rate(1 day)")\ndef sleep(event, context):\n'
    app += "    print(os.getpid(), file=sys.stderr, flush=True)\n    while True: sum(range(10**8))\n"
    (project / "app.py").write_text(app)
    command = [str(Path(sys.executable).with_name("domovoi-tf")), "invoke", "sleep", "--local"]
    with subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True) as tool:
        assert tool.stderr
        pid = int(tool.stderr.readline())
        assert read_start_time(pid)
        tool.terminate()
    assert wait_until(lambda: read_start_time(pid) is None, 10)


MEASURED = """import resource, sys
from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 day)")
def report(event, context):
    sys.platform = {platform!r}
    resource.getrusage = lambda _: type("Usage", (), {{"ru_maxrss": {peak}}})
    return context.function_name
"""


@pytest.mark.parametrize(
    ("platform", "peak"), [("linux", 2000 * 1024), ("darwin", 2000 * 1024 * 1024)], ids=["linux", "darwin"]
)
def test_peak_memory_is_in_megabytes_on_each_system(project: Path, platform: str, peak: int) -> None:
    (project / "app.py").write_text(MEASURED.format(platform=platform, peak=peak))
    settings = Settings(app_name="bar", stage="dev")
    done = handler_run.run_handler(
        project, settings, Function(name="", timeout=1), {}, {"task_name": "report", "event": {}}
    )
    assert (done.result, done.report.max_memory_used_mb) == ("bar-dev", 2000)


VARIABLES = """from domovoi_tf import Domovoi, variable

app = Domovoi()
endpoint = app.variable("endpoint", default="https://pay.example.com")
note = app.variable("note", default="")
key = app.variable("payment_key", sensitive=True)
topic = app.variable("topic_arn", default="arn:aws:sns:us-east-1:123456789012:orders")


@app.sns_topic_subscriber(topic)
@app.sns_topic_subscriber(variable("others_arn"))
@app.alb_target("/charge")
def charge(event, context):
    return [str(endpoint), str(note), str(key), str(topic)]
"""
GIVEN = {"TF_VAR_payment_key": "secret", "TF_VAR_others_arn": "arn:aws:sns:us-east-1:123456789012:others"}


def test_missing_input_variables_are_an_error(project: Path) -> None:
    (project / "app.py").write_text(VARIABLES)
    application = loader.load(project)
    for environ, error in (
        (
            {},
            "Input variables of the app have no value: TF_VAR_others_arn, TF_VAR_payment_key.\n"
            "Set these environment variables, as for Terraform, or declare "
            'app.variable("others_arn", default="...").',
        ),
        (
            {"TF_VAR_others_arn": ""},
            "Input variables of the app have no value: TF_VAR_payment_key.\n"
            "Set these environment variables, as for Terraform.",
        ),
    ):
        with pytest.raises(DomovoiError) as raised:
            handler_run.read_variables(application, "", environ, project)
        assert str(raised.value) == error


def test_function_needs_no_variable_that_is_for_others(project: Path) -> None:
    source = VARIABLES.replace("sensitive=True", 'sensitive=True, functions=["billing"]')
    (project / "app.py").write_text(source.replace("@app", 'app.function("billing")\n\n\n@app', 1))
    application = loader.load(project)
    environ = {"TF_VAR_others_arn": GIVEN["TF_VAR_others_arn"]}
    assert "payment_key" not in handler_run.read_variables(application, "", environ, project)
    with pytest.raises(DomovoiError, match="TF_VAR_payment_key"):
        handler_run.read_variables(application, "billing", {}, project)


@pytest.mark.parametrize(
    ("environ", "result"),
    [
        ({}, ["https://pay.example.com", "", "secret", "arn:aws:sns:us-east-1:123456789012:orders"]),
        (
            {"TF_VAR_endpoint": "", "TF_VAR_note": "paid", "TF_VAR_topic_arn": ORDERS["TF_VAR_orders"] + "2"},
            ["", "paid", "secret", "arn:aws:sns:us-east-1:123456789012:orders2"],
        ),
    ],
)
def test_handler_reads_defaults_unless_the_environment_has_values(
    run: Run, project: Path, environ: dict[str, str], result: list[str]
) -> None:
    (project / "app.py").write_text(VARIABLES)
    done = run("charge", "--via", "topic_arn", **GIVEN, **environ)
    assert (done.returncode, json.loads(done.stdout)) == (0, result), done.stderr


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("terraform.tfvars", 'other = 1\n  note="x"\nendpoint = <<EOT\na\nEOT\n'),
        ("prod.auto.tfvars.json", '{"note": "x", "endpoint"  : "y"}'),
    ],
)
def test_default_that_a_file_of_the_stage_overrides_is_not_used(
    run: Run, project: Path, file: str, text: str
) -> None:
    (project / "app.py").write_text(VARIABLES)
    root = project / "terraform" / "stages" / "dev"
    root.mkdir(parents=True)
    (root / file).write_text(text)
    (root / "other.tfvars").write_text('topic_arn = "not loaded by Terraform"')
    done = run("charge", **GIVEN)
    assert (done.returncode, done.stderr) == (
        1,
        f"Error: terraform/stages/dev/{file} sets endpoint, note, but `invoke --local` does not read it.\n"
        "Set TF_VAR_endpoint, TF_VAR_note.\n",
    )
    assert run("charge", **GIVEN, TF_VAR_endpoint="y", TF_VAR_note="x").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["tend", "--async"], "Error: --local cannot be used together with --emulator or --async.\n"),
        (["tend", "--raw"], "Error: --raw needs an event. Add --event.\n"),
    ],
)
def test_conflicting_options_are_a_usage_error(arguments: list[str], error: str, run: Run) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr.splitlines(keepends=True)[-1]) == (2, error)
