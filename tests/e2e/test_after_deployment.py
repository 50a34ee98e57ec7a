"""Tests the commands for an app that is deployed: `invoke`, `logs`, `executions`, `dlq` and `open`."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from polling import wait_until

from domovoi_tf.local import emulator_environment

from .conftest import HERE, PATIENCE, PROGRAM, CommandLine

pytestmark = pytest.mark.emulator
FUNCTION, CELLAR = "observatory-dev", "observatory-dev-cellar"
ARN = "arn:aws:states:us-east-1:000000000000"
NOT_DEPLOYED = (
    "Run `domovoi-tf local deploy --stage test`, or choose another --stage, AWS_REGION or AWS_PROFILE.\n"
)


@pytest.fixture(scope="module")
def observatory(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    """The observatory, deployed."""
    project = tmp_path_factory.mktemp("observatory") / "observatory"
    shutil.copytree(HERE / "observatory", project, ignore=shutil.ignore_patterns("__pycache__"))
    done = command_line("local", "deploy", cwd=project)
    assert done.code == 0, done
    return project


# invoke


def test_invoke_prints_the_result_alone_to_standard_output(
    observatory: Path, command_line: CommandLine
) -> None:
    done = command_line("invoke", "tend", "--event", '{"beer": 1}', cwd=observatory)
    assert (done.code, json.loads(done.out)) == (0, {"function": FUNCTION})
    assert done.err.splitlines()[0] == 'serving {"beer": 1}'
    assert done.err.splitlines()[-1].startswith(f"tend on {FUNCTION}: ")
    assert "domovoi_tf handler" not in done.err


def test_invoke_reports_an_exception_with_exit_code_1(observatory: Path, command_line: CommandLine) -> None:
    done = command_line("invoke", "spill", "--json", cwd=observatory)
    outcome = json.loads(done.out)
    assert (done.code, outcome["succeeded"], outcome["result"]) == (1, False, None)
    error = outcome["error"]
    assert (outcome["function"], error["type"], error["message"]) == (FUNCTION, "ValueError", "it is spilt")


def test_traceback_is_shown_once_and_begins_in_the_app(observatory: Path, command_line: CommandLine) -> None:
    done = command_line("invoke", "spill", cwd=observatory)
    *lines, report = [line for line in done.err.splitlines() if "^" not in line]
    line = (observatory / "app.py").read_text().splitlines().index(
        '        raise ValueError("it is spilt")'
    ) + 1
    assert lines == [
        "the glass falls",
        "Traceback (most recent call last):",
        f'  File "/var/task/app.py", line {line}, in spill',
        '    raise ValueError("it is spilt")',
        "ValueError: it is spilt",
    ]
    assert report.startswith(f"spill on {FUNCTION}: ")
    output = await_logs(command_line, observatory, "[ERROR] ValueError: it is spilt", "spill")
    assert "/var/task/app.py" in output
    assert "dispatch.py" not in output


def test_invoke_accepts_a_file_and_a_raw_event(
    observatory: Path, command_line: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "order.json").write_text('"mended"')
    from_file = command_line("invoke", "spill", "--event", str(tmp_path / "order.json"), cwd=observatory)
    assert (from_file.code, from_file.out) == (0, '"mended"\n')
    event = {
        "Records": [
            {"EventSource": "aws:sns", "Sns": {"TopicArn": "arn:aws:sns:r:1:spilled", "Message": "mended"}}
        ]
    }
    raw = command_line("invoke", "spill", "--raw", "--event", json.dumps(event), cwd=observatory)
    assert (raw.code, raw.out) == (0, '"mended"\n')


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["tent"],
            1,
            "Error: There is no handler 'tent'.\n"
            "Did you mean 'tend'? The app has: brew, count, fill, spill, taste, tend.\n",
        ),
        (
            ["tend", "--via", "attic"],
            1,
            "Error: tend has no source with 'attic' in its name.\nIt has: SNS topic observed.\n",
        ),
        (
            ["tend", "--event", "{beer}"],
            1,
            "Error: The payload is not valid JSON: column 2: a string has no quotes.\n"
            'Write it in double quotes: "..." Put the whole in single quotes for the shell: '
            "'{\"beer\": 1}'\n",
        ),
        (
            ["tend", "--event", "app.py"],
            1,
            "Error: app.py:1:3: this is not valid JSON: there is more text after the end of the value.\n"
            "Remove it, or write one object or list.\n",
        ),
    ],
)
def test_invoke_rejects_wrong_arguments(
    arguments: list[str], code: int, message: str, observatory: Path, command_line: CommandLine
) -> None:
    done = command_line("invoke", *arguments, cwd=observatory)
    assert (done.code, done.out, done.err) == (code, "", message)


def test_commands_report_where_they_looked_for_what_is_not_deployed(
    observatory: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    for command, what in (
        (["invoke", "tend"], "The function observatory-test"),
        (["logs"], "The log group /aws/lambda/observatory-test"),
        (["dlq", "list"], "The function observatory-test"),
        (["open"], "The function observatory-test"),
        (["executions", "start"], "The state machine default"),
    ):
        done = command_line(*command, "--stage", "test", cwd=observatory)
        message = f"Error: {what} is not deployed at {emulator.endpoint}.\n{NOT_DEPLOYED}"
        assert (done.code, done.out, done.err) == (1, "", message)


def test_commands_without_credentials_or_region_name_the_remedy(
    observatory: Path, command_line: CommandLine
) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_CONFIG_FILE": os.devnull}
    nobody |= {"AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    emulator = 'for the local emulator add --emulator, or run eval "$(domovoi-tf local env)".\n'
    for command in (["invoke", "tend"], ["logs"], ["executions", "list"], ["dlq", "list"], ["open"]):
        done = command_line(*command, cwd=observatory, **nobody)
        assert (done.code, done.err) == (
            1,
            "Error: There are no AWS credentials.\n"
            f"Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; {emulator}",
        )
    done = command_line("open", cwd=observatory, AWS_REGION="", AWS_DEFAULT_REGION="", **nobody)
    assert (done.code, done.err) == (
        1,
        "Error: No AWS Region is set.\n"
        f"Set AWS_REGION, or the region of the profile in ~/.aws/config; {emulator}",
    )


def test_option_emulator_overrides_the_environment(observatory: Path, command_line: CommandLine) -> None:
    elsewhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_PROFILE": "nobody-has-this"}
    done = command_line("invoke", "tend", "--emulator", cwd=observatory, **elsewhere)
    assert (done.code, json.loads(done.out)) == (0, {"function": FUNCTION})


# logs


def await_logs(command_line: CommandLine, project: Path, text: str, *arguments: str) -> str:
    """Runs `logs` until its output has a text, and returns the output."""
    outputs: list[str] = []

    def has_arrived() -> bool:
        outputs.append(command_line("logs", *arguments, cwd=project).out)
        return text in outputs[-1]

    assert wait_until(has_arrived, PATIENCE), outputs[-1]
    return outputs[-1]


def test_logs_names_the_handler_of_each_line(observatory: Path, command_line: CommandLine) -> None:
    for handler, payload in (("tend", '"log 1"'), ("spill", '"mended"'), ("count", "sample")):
        assert command_line("invoke", handler, "--event", payload, cwd=observatory).code == 0
    shown = await_logs(command_line, observatory, "counting us-east-1")
    lines = {line.split("  ", 1)[1] for line in shown.splitlines()}
    assert {"tend   serving log 1", "spill  the glass falls", "count  counting us-east-1"} <= lines
    assert "START" not in shown
    assert "domovoi_tf handler" not in shown


def test_logs_of_a_handler_omit_other_handlers_of_its_function(
    observatory: Path, command_line: CommandLine
) -> None:
    for handler in ("tend", "spill"):
        command_line("invoke", handler, "--event", '"mended"', cwd=observatory)
    shown = await_logs(command_line, observatory, "the glass falls", "spill", "--json")
    entries = [json.loads(line) for line in shown.splitlines()]
    assert {(entry["function"], entry["handler"]) for entry in entries} == {(FUNCTION, "spill")}
    assert {entry["message"] for entry in entries if "glass" in entry["message"]} == {"the glass falls"}
    assert all(entry["request_id"] for entry in entries)
    reports = await_logs(command_line, observatory, "REPORT", "spill", "--include-lambda-messages")
    assert "END RequestId" in reports


def test_logs_selects_lines_by_text_and_time(observatory: Path, command_line: CommandLine) -> None:
    command_line("invoke", "tend", "--event", '"the needle"', cwd=observatory)
    await_logs(command_line, observatory, "the needle")
    shown = command_line("logs", "--filter", "the needle", cwd=observatory).out
    assert [line.split("  ", 1)[1] for line in shown.splitlines()] == ["tend   serving the needle"]
    assert command_line("logs", "--since", "0s", cwd=observatory).out == ""
    wrong = command_line("logs", "--since", "yesterday", cwd=observatory)
    assert wrong.code == 2
    assert wrong.err.endswith(
        "Error: Invalid value for '--since': 'yesterday' is not a valid time. "
        "Write an age such as 10m, 2h or 1d, a time of day such as 17:30, "
        "or a date such as 2026-01-31T17:30.\n"
    )


@pytest.fixture
def following(observatory: Path, shell_environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process of `logs --follow`."""
    with subprocess.Popen(
        [PROGRAM, "logs", "-f"],
        cwd=observatory,
        env=shell_environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        timer = threading.Timer(PATIENCE, process.kill)  # the output then ends
        timer.start()
        yield process
        timer.cancel()
        process.kill()


def test_logs_follow_shows_new_lines_once_until_ctrl_c(
    observatory: Path, command_line: CommandLine, following: subprocess.Popen[str]
) -> None:
    assert following.stdout
    lines: list[str] = []
    for number in range(2):
        command_line("invoke", "tend", "--event", f'"follow {number}"', cwd=observatory)
        while not any(f"follow {number}" in line for line in lines):
            lines.append(following.stdout.readline())
            assert lines[-1], "it ended by itself"
    following.send_signal(signal.SIGINT)
    rest = following.stdout.read()
    assert following.wait(PATIENCE) == 0
    assert [line.split("serving ")[1] for line in lines if "follow" in line] == ["follow 0\n", "follow 1\n"]
    assert "follow" not in rest


# executions


def test_start_follows_an_execution_state_by_state(observatory: Path, command_line: CommandLine) -> None:
    done = command_line("executions", "start", "--name", "followed", "--follow", cwd=observatory)
    lines = done.out.splitlines()
    assert [line.split("  ", 1)[1] for line in lines[:-1]] == [
        f"{state} {what}" for state in ("Brew", "Both", "Each") for what in ("started", "ended")
    ]
    assert lines[-1].startswith("SUCCEEDED  default followed, ")
    assert done.code == 0
    again = command_line("executions", "follow", "followed", cwd=observatory)
    assert (again.code, again.out.splitlines()[:-1]) == (0, lines[:-1])


def test_failed_execution_is_reported_with_its_state_and_exit_code_1(
    observatory: Path, command_line: CommandLine
) -> None:
    command = ["executions", "start", "--input", '{"malt": 0}', "--name", "empty", "--follow"]
    done = command_line(*command, cwd=observatory)
    assert done.code == 1
    assert [line.split("  ", 1)[1] for line in done.out.splitlines()[:2]] == [
        "Brew started",
        "Brew failed: RuntimeError",
    ]
    assert done.out.splitlines()[-1] == "RuntimeError: no malt"
    listed = command_line("executions", "list", "--status", "failed", "--json", cwd=observatory)
    assert [execution["name"] for execution in json.loads(listed.out)] == ["empty"]


def test_show_prints_a_tree_and_only_with_option_data_the_data(
    observatory: Path, command_line: CommandLine
) -> None:
    started = command_line(
        "executions", "start", "--name", "shown", "--input", '{"malt": 5}', cwd=observatory
    )
    assert (started.code, started.out) == (0, f"{ARN}:execution:{FUNCTION}:shown\n")
    assert started.err == "Follow it with: domovoi-tf executions follow shown\n"
    command_line("executions", "follow", "shown", cwd=observatory)
    shown = command_line("executions", "show", "shown", cwd=observatory).out
    assert [line.rpartition("─ ")[2].split("  ")[0] for line in shown.splitlines()[:-1]] == [
        "default shown",
        "✓ Brew",
        "✓ Both",
        "· Taste",
        "· Label",
        "✓ Each",
        "· Fill",
    ]
    assert "malt" not in shown
    execution: dict[str, Any] = json.loads(
        command_line("executions", "show", "shown", "--json", "--data", cwd=observatory).out
    )
    assert (execution["status"], execution["input"], execution["output"]) == (
        "SUCCEEDED",
        {"malt": 5},
        [1, 2, 3],
    )
    assert [state["name"] for state in execution["states"]] == ["Brew", "Both", "Each"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["start", "--name", "taken", "--input", '{"other": 1}'],
            "Error: An execution named taken already exists, and has ended or has another input.\n"
            "Use another --name. Step Functions accepts a name again after 90 days.\n",
        ),
        (["start", "bottling"], "Error: There is no state machine 'bottling'.\nThe app has: default.\n"),
        (
            ["show", f"{ARN}:express:{FUNCTION}:a:b"],
            f"Error: {ARN}:express:{FUNCTION}:a:b is express: "
            "Step Functions keeps no executions of express state machines.\n"
            "Set the log_level of the state machine, and look at its log group.\n",
        ),
    ],
)
def test_executions_rejects_wrong_arguments(
    arguments: list[str], message: str, observatory: Path, command_line: CommandLine
) -> None:
    command_line("executions", "start", "--name", "taken", cwd=observatory)
    done = command_line("executions", *arguments, cwd=observatory)
    assert (done.code, done.out, done.err) == (1, "", message)


def test_show_of_an_unknown_execution_is_an_error(
    observatory: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    done = command_line("executions", "show", "nobody", cwd=observatory)
    assert (done.code, done.err) == (
        1,
        f"Error: There is no execution 'nobody' at {emulator.endpoint}.\n"
        "List the executions with `domovoi-tf executions list`.\n",
    )


# dlq


@pytest.fixture
def dead_letters(emulator: emulator_environment.Emulator, observatory: Path) -> Iterator[str]:
    """The URL of a queue that is the dead-letter queue of both functions."""
    sqs, functions = (
        emulator_environment.create_client(emulator, "sqs"),
        emulator_environment.create_client(emulator, "lambda"),
    )
    url = sqs.create_queue(QueueName="observed-dead")["QueueUrl"]
    set_dead_letter_target("arn:aws:sqs:us-east-1:000000000000:observed-dead", functions)
    yield url
    set_dead_letter_target("", functions)
    sqs.delete_queue(QueueUrl=url)


def set_dead_letter_target(arn: str, functions: Any) -> None:
    """Sets the dead-letter target of both functions; an empty ARN removes it."""
    for name in (FUNCTION, CELLAR):
        functions.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": arn})


def make_failing_package() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("index.py", "def handler(event, context): raise ValueError")
    return content.getvalue()


def await_request(emulator: emulator_environment.Emulator, function: str) -> str:
    """Returns the ID of the first request of a function, once it is in its log."""
    logs = emulator_environment.create_client(emulator, "logs")
    found: list[str] = []

    def has_arrived() -> bool:
        with contextlib.suppress(logs.exceptions.ResourceNotFoundException):
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
            found.extend(each["message"].split()[2] for each in events if each["message"].startswith("START"))
        return bool(found)

    assert wait_until(has_arrived, PATIENCE)
    return found[0]


def send_dead_letter(sqs: Any, url: str, message: str, request_id: str) -> None:
    """Sends an event to the queue in the form that AWS documents; the emulator sends another form."""
    event = {
        "Records": [
            {"EventSource": "aws:sns", "Sns": {"TopicArn": "arn:aws:sns:r:1:spilled", "Message": message}}
        ]
    }
    attributes = {
        "RequestID": ("String", request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "it is\nspilt"),
    }
    sqs.send_message(
        QueueUrl=url,
        MessageBody=json.dumps(event),
        MessageAttributes={k: {"DataType": t, "StringValue": v} for k, (t, v) in attributes.items()},
    )


def test_redrive_keeps_an_event_that_fails_again(
    dead_letters: str, observatory: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    sent = command_line("invoke", "spill", "--event", '"secret"', "--async", cwd=observatory)
    assert sent.out.splitlines()[1] == "Show its log with: domovoi-tf logs spill -f"
    letters: list[Any] = []

    def has_arrived() -> bool:
        letters[:] = json.loads(command_line("dlq", "list", "--json", cwd=observatory).out)
        return bool(letters)

    assert wait_until(has_arrived, PATIENCE)
    assert (letters[0]["function"], letters[0]["handlers"]) == (FUNCTION, ["spill"])
    assert letters[0]["error"].endswith("it is spilt")
    assert "secret" not in json.dumps(letters)
    asked = command_line("dlq", "redrive", cwd=observatory)
    assert (asked.code, asked.err) == (
        1,
        "Error: Cannot ask for confirmation because standard input is not a terminal.\n"
        "Add --yes to redrive them.\n",
    )
    failed = command_line("dlq", "redrive", "--yes", cwd=observatory)
    assert failed.code == 1
    assert failed.out.splitlines()[-1] == "0 handled and deleted, 1 failed and kept."
    assert json.loads(command_line("dlq", "list", "--json", cwd=observatory).out)[0]["id"] == letters[0]["id"]


def test_redrive_handles_each_message_once_and_deletes_it(
    dead_letters: str, observatory: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    """Both functions send to the queue; only the log of one has the request that failed."""
    failed = json.loads(command_line("invoke", "spill", "--json", cwd=observatory).out)
    sqs = emulator_environment.create_client(emulator, "sqs")
    for message in ("mended", "mended"):
        send_dead_letter(sqs, dead_letters, message, failed["request_id"])
    listed = command_line("dlq", "list", cwd=observatory).out.splitlines()
    assert [line.split()[2:] for line in listed[1:]] == [["observed-dead", FUNCTION, "spill", "it", "is"]] * 2
    one = command_line("dlq", "redrive", "--yes", "--max", "1", cwd=observatory)
    assert (one.code, one.out.splitlines()[-1]) == (0, "1 handled and deleted, 0 failed and kept.")
    rest = command_line("dlq", "redrive", "--yes", "--json", cwd=observatory)
    assert [(each["handlers"], each["succeeded"]) for each in json.loads(rest.out)] == [(["spill"], True)]
    assert command_line("dlq", "list", cwd=observatory).out == "No messages in observed-dead.\n"


def test_redrive_leaves_the_events_of_another_stage(
    dead_letters: str, observatory: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    functions = emulator_environment.create_client(emulator, "lambda")
    sqs = emulator_environment.create_client(emulator, "sqs")
    own = functions.get_function_configuration(FunctionName=FUNCTION)
    functions.create_function(
        FunctionName="observatory-prod",
        Role=own["Role"],
        Runtime=own["Runtime"],
        Handler="index.handler",
        Code={"ZipFile": make_failing_package()},
        DeadLetterConfig=own["DeadLetterConfig"],
    )
    try:
        functions.invoke(FunctionName="observatory-prod", Payload=b"{}")
        send_dead_letter(sqs, dead_letters, "mended", await_request(emulator, "observatory-prod"))
        done = command_line("dlq", "redrive", "--yes", "--json", cwd=observatory)
    finally:
        functions.delete_function(FunctionName="observatory-prod")
    (outcome,) = json.loads(done.out)
    assert (done.code, outcome["function"], outcome["origin"], outcome["error"]) == (
        1,
        None,
        "observatory-prod",
        "it came from observatory-prod, which is not a function of this stage with this queue",
    )
    sqs.purge_queue(QueueUrl=dead_letters)


@pytest.mark.parametrize(
    "line",
    [
        "REPORT RequestId: x Duration: 1.2.3 ms",
        '{"type":"platform.report","record":{"metrics":[1]}}',
        '{"type":"platform.report","record":{"metrics":{"durationMs":"abc"}}}',
        "START RequestId: x Version: $LATEST",
        "domovoi_tf handler: \x1b]0;OWNED\x07\x1b[2Jspill",
        "a\x9b2J\u202eb",
    ],
)
def test_printed_line_is_shown_and_obeyed_by_nobody(
    line: str, observatory: Path, command_line: CommandLine
) -> None:
    shown = line.encode("unicode_escape").decode().replace("\\t", "\t")
    done = command_line("invoke", "tend", "--event", json.dumps(f"x\n{line}\nafter {line}"), cwd=observatory)
    assert (done.code, json.loads(done.out)) == (0, {"function": FUNCTION})
    assert done.err.splitlines()[1:3] == [shown, f"after {shown}"]
    lines = await_logs(command_line, observatory, f"after {shown}").splitlines()
    last = max(number for number, text in enumerate(lines) if text.endswith(f"after {shown}"))
    assert [text.split("  ", 1)[1].strip() for text in lines[last - 1 : last + 1]] == [
        f"tend   {shown}",
        f"tend   after {shown}",
    ]
    document = command_line("logs", "--json", "--filter", f"after {line}", cwd=observatory).out
    assert {json.loads(each)["handler"] for each in document.splitlines()} == {"tend"}
    assert document.replace("\n", "").isprintable()


def test_redrive_keeps_a_message_of_unknown_origin(
    dead_letters: str, observatory: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    sqs = emulator_environment.create_client(emulator, "sqs")
    send_dead_letter(sqs, dead_letters, "mended", "unknown")
    done = command_line("dlq", "redrive", "--yes", "--json", cwd=observatory)
    (outcome,) = json.loads(done.out)
    assert (done.code, outcome["function"], outcome["handlers"], outcome["error"]) == (
        1,
        None,
        [],
        f"cannot tell which function it came from: {FUNCTION}, {CELLAR} send to this queue, and it has the "
        "request unknown, which is not in their logs",
    )


def test_dlq_without_a_queue_is_an_error_with_a_remedy(
    observatory: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    none = command_line("dlq", "list", cwd=observatory)
    assert (none.code, none.err) == (
        1,
        f"Error: {FUNCTION} has no dead-letter queue.\n"
        "Set dead_letter_queue_target_arn in .chalice/config.json for asynchronous invocations, "
        "max_receive_count of sqs_queue_subscriber for a queue, or on_failure for a stream, and deploy.\n",
    )
    functions = emulator_environment.create_client(emulator, "lambda")
    topic = "arn:aws:sns:us-east-1:000000000000:observed"
    set_dead_letter_target(topic, functions)
    try:
        message = command_line("dlq", "list", cwd=observatory).err
    finally:
        set_dead_letter_target("", functions)
    assert message == (
        f"Error: The dead-letter target of {FUNCTION}, {CELLAR} is the topic {topic}, "
        "which stores no messages.\n"
        "Subscribe a queue to it, or set dead_letter_queue_target_arn to the ARN of a queue.\n"
    )


# open


def test_open_lists_a_link_for_each_resource(observatory: Path, command_line: CommandLine) -> None:
    done = command_line("open", "--json", cwd=observatory)
    links = json.loads(done.out)
    assert [(link["what"], link["name"]) for link in links] == [
        ("function", FUNCTION),
        ("logs", f"/aws/lambda/{FUNCTION}"),
        ("function", CELLAR),
        ("logs", f"/aws/lambda/{CELLAR}"),
        ("state machine", FUNCTION),
        ("topic", "observed"),
        ("topic", "spilled"),
        ("rule", f"{FUNCTION}-count"),
    ]
    assert links[-1]["url"] == (
        "https://us-east-1.console.aws.amazon.com/events/home?region=us-east-1"
        f"#/eventbus/default/rules/{FUNCTION}-count"
    )
