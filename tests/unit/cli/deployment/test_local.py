"""`domovoi-tf local`."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import click
import pytest
from botocore.exceptions import ClientError
from documentation.pages import quote_block
from fake_aws import FakeAws, refusal

from domovoi_tf.cli.deployment.local import format_status, local
from domovoi_tf.local import emulator
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.local.emulator_functions import START_EVENT

from ..conftest import APP, SCHEDULES, Fails, Invoke, Run, configure


def test_commands_need_a_running_emulator(fails: Fails) -> None:
    error = "Error: The emulator is not running.\nStart it with `domovoi-tf local up`.\n"
    for command in (["env"], ["send", "tend"]):
        assert fails("local", *command) == error
    assert quote_block("docs/reference/errors.md", "Error: ") == error


def test_payload_must_be_json(fails: Fails) -> None:
    assert fails("local", "send", "tend", "{beer: 1}") == (
        "Error: The payload is not valid JSON: column 2: the key beer has no quotes.\n"
        'Write "beer". Put the whole in single quotes for the shell: \'{"beer": 1}\'\n'
    )


def test_status_is_available_as_json(run: Run) -> None:
    done = run("local", "status", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, {"running": False})


def test_status_describes_the_emulator() -> None:
    emulator = Emulator("http://127.0.0.1:4566", 7, 4566, Path("emulator.log"), iam=True)
    assert format_status(emulator) == (
        "The emulator runs at http://127.0.0.1:4566.\nIts process is 7, and its log emulator.log.\n"
        "It enforces the policies of the functions' roles."
    )
    assert "policies" not in format_status(emulator._replace(iam=False))
    assert format_status(None) == "The emulator is not running."


@pytest.fixture
def running(project: Path, monkeypatch: pytest.MonkeyPatch, aws: FakeAws) -> Emulator:
    """An emulator to which the function of the project is deployed."""
    monkeypatch.chdir(project)
    running = Emulator("http://127.0.0.1:4566", 7, 4566, Path("emulator.log"))
    monkeypatch.setattr(emulator, "find_running", lambda: running)

    def get_configuration(FunctionName: str) -> Any:
        assert FunctionName == "bar-dev"
        return {"Environment": {"Variables": {"DOMOVOI_TF_NAME": "bar-dev"}}}

    topics = [{"TopicArn": f"arn:aws:sns:us-east-1:000000000000:{name}"} for name in ("x", "bartender")]
    aws.on("lambda", "GetFunctionConfiguration", get_configuration)
    aws.on("sns", "ListTopics", {"Topics": topics})
    aws.on("sns", "Publish", {"MessageId": "1"})
    aws.on("lambda", "Invoke", lambda **_: {"Payload": BytesIO(b"null")})
    return running


@pytest.mark.usefixtures("running")
def test_send_delivers_the_payload_by_the_source_of_the_handler(invoke: Invoke, aws: FakeAws) -> None:
    topic = "arn:aws:sns:us-east-1:000000000000:bartender"
    assert invoke(local, "send", "tend", '{"beer": 1}').out == f"published to {topic}\n"
    assert invoke(local, "send", "tend").code == 0
    assert invoke(local, "send", "tend", '"two beers"').code == 0
    assert aws.made("Publish") == [
        {"TopicArn": topic, "Message": '{"beer": 1}'},
        {"TopicArn": topic, "Message": '{"id": "1", "message": "hello"}'},
        {"TopicArn": topic, "Message": "two beers"},
    ]
    assert {endpoint for _, _, endpoint, _ in aws.clients} == {"http://127.0.0.1:4566"}


@pytest.mark.usefixtures("running")
def test_send_uses_the_region_of_the_stage(invoke: Invoke, aws: FakeAws, project: Path) -> None:
    configure(project, {"app_name": "bar", "terraform": {"provider": {"region": "eu-west-1"}}})
    assert invoke(local, "send", "tend").code == 0
    assert {(service, region) for service, region, _, _ in aws.clients} == {
        ("lambda", "eu-west-1"),
        ("sns", "eu-west-1"),
    }


@pytest.mark.usefixtures("running")
def test_send_delivers_the_content_of_a_file(invoke: Invoke, aws: FakeAws, tmp_path: Path) -> None:
    order = tmp_path / "order.txt"
    order.write_text("two beers\n")
    assert invoke(local, "send", "tend", "--file", str(order)).code == 0
    assert [call["Message"] for call in aws.made("Publish")] == ["two beers\n"]


@pytest.mark.usefixtures("running")
def test_send_takes_json_and_a_file_only_if_the_json_names_the_file(
    invoke: Invoke, aws: FakeAws, project: Path
) -> None:
    with pytest.raises(click.UsageError) as caught:
        invoke(local, "send", "tend", "1", "--file", "app.py")
    assert caught.value.message == ("Give either JSON or --file: for this source, both are the payload.")
    (project / "app.py").write_text(
        APP.replace('sns_topic_subscriber("bartender"', 's3_event_handler("photos", ["s3:ObjectCreated:*"]')
    )
    (project / "cat.png").write_bytes(b"\xff")
    aws.on("s3", "PutObject", {})
    assert invoke(local, "send", "tend", '"raw/cat.png"', "--file", "cat.png").out == (
        "put the object raw/cat.png into photos\n"
    )
    assert aws.made("PutObject") == [{"Bucket": "photos", "Key": "raw/cat.png", "Body": b"\xff"}]


@pytest.mark.usefixtures("running")
def test_send_without_a_payload_sends_the_sample_of_the_source(
    invoke: Invoke, aws: FakeAws, project: Path
) -> None:
    (project / "app.py").write_text(SCHEDULES)
    assert invoke(local, "send", "tidy").code == 0
    event = json.loads(aws.made("Invoke")[-1]["Payload"])
    assert event["event"]["detail-type"] == "Scheduled Event"


@pytest.mark.usefixtures("running")
def test_send_uses_the_source_that_via_selects(invoke: Invoke, aws: FakeAws, project: Path) -> None:
    decorator = '@app.sns_topic_subscriber("bartender")'
    (project / "app.py").write_text(
        APP.replace(decorator, f'{decorator}\n@app.scheduled_function("rate(1 day)")')
    )
    assert invoke(local, "send", "tend", "--via", "rate").out == (
        "invoked bar-dev as the rule of tend would\n"
    )
    assert invoke(local, "send", "tend", "--via", "bartender").out.startswith("published to ")


@pytest.mark.usefixtures("running")
def test_send_to_a_function_that_does_not_start_is_an_error(invoke: Invoke, aws: FakeAws) -> None:
    log = "[ERROR] Runtime.ImportModuleError: no\nTraceback (most recent call last):\n"
    answer = {"FunctionError": "Unhandled", "LogResult": base64.b64encode(log.encode()).decode()}
    aws.on("lambda", "Invoke", lambda **_: {**answer, "Payload": BytesIO(b'{"errorMessage": "no"}')})
    done = invoke(local, "send", "tend", "--stage", "dev")
    assert (done.code, done.out, str(done.error)) == (
        1,
        "",
        "The function bar-dev does not start, so no event was sent:\n"
        "[ERROR] Runtime.ImportModuleError: no\nTraceback (most recent call last):\n"
        "Correct the cause, and run `domovoi-tf local deploy`.",
    )
    answer["LogResult"] = ""
    assert "was sent:\nno\n" in str(invoke(local, "send", "tend").error)
    assert aws.made("Publish") == []
    assert {call["Payload"] for call in aws.made("Invoke")} == {json.dumps(START_EVENT)}


@pytest.mark.usefixtures("running")
def test_send_uses_the_names_of_the_deployed_function(invoke: Invoke, aws: FakeAws, project: Path) -> None:
    (project / "app.py").write_text(SCHEDULES)
    assert invoke(local, "send", "tidy").out == "invoked bar-dev as the rule of tidy would\n"
    (project / "app.py").write_text(
        APP.replace('"bartender"', 'variable("topic")').replace("Domovoi\n", "Domovoi, variable\n", 1)
    )
    topic = "arn:aws:sns:us-east-1:000000000000:given"
    variables = {"DOMOVOI_TF_NAME": "bar-dev", "DOMOVOI_TF_VAR_topic": topic}
    aws.on("lambda", "GetFunctionConfiguration", {"Environment": {"Variables": variables}})
    assert invoke(local, "send", "tend").out == f"published to {topic}\n"


@pytest.mark.usefixtures("running")
def test_send_needs_a_handler_whose_function_is_deployed(invoke: Invoke, aws: FakeAws) -> None:
    assert str(invoke(local, "send", "pour").error) == "There is no handler 'pour'.\nThe app has: tend."
    assert str(invoke(local, "send", "tent").error) == (
        "There is no handler 'tent'.\nDid you mean 'tend'? The app has: tend."
    )
    aws.on("lambda", "GetFunctionConfiguration", refusal("ResourceNotFoundException"))
    assert str(invoke(local, "send", "tend").error) == (
        "The function bar-dev is not deployed to the emulator.\nRun `domovoi-tf local deploy` first."
    )


def test_status_and_environment_of_a_running_emulator(invoke: Invoke, running: Emulator) -> None:
    assert invoke(local, "status").out == f"{format_status(running)}\n"
    document = json.loads(invoke(local, "status", "--json").out)
    assert (document["running"], document["port"]) == (True, 4566)


@pytest.mark.usefixtures("running")
def test_environment_is_that_of_a_stage_in_a_project(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "home"))
    for arguments, stage in (([], "dev"), (["--stage", "test"], "test")):
        out = invoke(local, "env", *arguments).out
        assert "export AWS_ENDPOINT_URL='http://127.0.0.1:4566'\n" in out
        assert f"export TF_DATA_DIR='bar-{stage}.terraform'\n" in out
        assert f"export TF_CLI_ARGS_init='-backend-config=path=bar-{stage}.tfstate'\n" in out
        assert "#" not in out


@pytest.mark.usefixtures("running")
def test_environment_outside_of_a_project_has_nothing_for_plain_terraform(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    *exports, comment = invoke(local, "env").out.splitlines()
    assert "export AWS_ENDPOINT_URL='http://127.0.0.1:4566'" in exports
    assert not any("TF_DATA_DIR" in line for line in exports)
    assert comment == "# For plain terraform, run `domovoi-tf local env --stage NAME` in a project."
    assert "config.json" in str(invoke(local, "env", "--stage", "dev").error)


@pytest.mark.usefixtures("running")
def test_send_needs_a_source_that_is_deployed(invoke: Invoke, aws: FakeAws, project: Path) -> None:
    """A topic is looked up by us, other sources by their service."""
    aws.on("sns", "ListTopics", {"Topics": []})
    assert str(invoke(local, "send", "tend", "--stage", "dev").error) == (
        "The source of tend does not exist at the emulator: SNS topic bartender.\n"
        "Run `domovoi-tf local deploy` first, or press Enter in the terminal of `dev`."
    )
    (project / "app.py").write_text(
        APP.replace('sns_topic_subscriber("bartender"', 's3_event_handler("photos", ["s3:ObjectCreated:*"]')
    )
    aws.on("s3", "PutObject", refusal("NoSuchBucket"))
    assert str(invoke(local, "send", "tend").error).startswith(
        "The source of tend does not exist at the emulator: S3 bucket photos"
    )
    aws.on("s3", "PutObject", refusal("SlowDown"))
    with pytest.raises(ClientError, match="SlowDown"):
        invoke(local, "send", "tend")
