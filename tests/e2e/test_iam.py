"""Least privilege, held by the emulator's own enforcement of IAM policies; one applied stack for all.

Access key ``test`` is root there, so that Terraform may do everything; the functions have their roles. The
emulator writes the functions' logs itself and takes a log stream for its group: writing logs is not shown.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from domovoi_tf.local import emulator as local
from domovoi_tf.local import emulator_environment
from domovoi_tf.system.background_processes import wait_until

from .conftest import PATIENCE

pytestmark = pytest.mark.emulator

GROUP = "/aws/lambda/vault-dev"
CONFIGURATION = {"app_name": "vault", "lambda_timeout": 10}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:*:*:vault-allowed"}],
}
APP = """
import json
import boto3
import domovoi_tf
from botocore.exceptions import ClientError

app = domovoi_tf.Domovoi()
other = app.function("other")

def say(context, handler, what):
    context.log(json.dumps({"handler": handler, "what": what}))

def attempt(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"

@app.sqs_queue_subscriber("vault-letters", batch_size=1)
def letter(event, context):
    say(context, "letter", event["Records"][0]["body"])

@app.dynamodb_stream_handler("vault-items", batch_size=1)
def item(event, context):
    say(context, "item", event["Records"][0]["dynamodb"]["Keys"])

@app.kinesis_stream_handler("vault-coins", batch_size=1)
def coin(event, context):
    say(context, "coin", event["Records"][0]["kinesis"]["data"])

@app.s3_event_handler("vault-safe", ["s3:ObjectCreated:*"], use_sqs=True)
def safe(event, context):
    say(context, "safe", event["Records"][0]["s3"]["object"]["key"])

@app.sqs_queue_subscriber("vault-elsewhere", batch_size=1, function=other)
def elsewhere(event, context):
    sqs = boto3.client("sqs")
    account = event["Records"][0]["eventSourceARN"].split(":")[4]
    url = f"{sqs.meta.endpoint_url}/{account}/vault-letters"
    say(context, "elsewhere", attempt(sqs.receive_message, QueueUrl=url))

@app.step_function_task("Open", {"StartAt": "Open", "States": {"Open": {"Type": "Task", "End": True}}})
def unlock(event, context):
    states, arn = boto3.client("stepfunctions"), app.state_machine.arn
    if "started" not in event:
        say(context, "unlock", {
            "granted": attempt(app.state_machine.start_execution, started=True),
            "another machine": attempt(states.start_execution, stateMachineArn=f"{arn}-other"),
            "another action": attempt(states.describe_state_machine, stateMachineArn=arn),
        })

@app.sns_topic_subscriber("vault-keys")
def key(event, context):
    sns = boto3.client("sns")
    topic = event["Records"][0]["Sns"]["TopicArn"]
    say(context, "key", {
        "granted": attempt(sns.publish, TopicArn=topic.replace("vault-keys", "vault-allowed"), Message="x"),
        "another topic": attempt(sns.publish, TopicArn=topic, Message="x"),
        "another action": attempt(sns.list_topics),
        "another service": attempt(boto3.client("s3").list_buckets),
        "another log group": attempt(
            boto3.client("logs").create_log_stream,
            logGroupName="/aws/lambda/vault-dev-other",
            logStreamName="x",
        ),
        "a new log group": attempt(boto3.client("logs").create_log_group, logGroupName="mine"),
    })
"""


class Vault(NamedTuple):
    """The applied app, and what runs the command line on its emulator."""

    emulator: emulator_environment.Emulator
    run: Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    project = tmp_path_factory.mktemp("vault")
    (project / ".chalice").mkdir()
    (project / ".chalice" / "config.json").write_text(json.dumps(CONFIGURATION))
    (project / ".chalice" / "policy-dev.json").write_text(json.dumps(POLICY))
    (project / "app.py").write_text(APP)
    home = str(tmp_path_factory.mktemp("vault-home"))  # the other tests' emulator enforces nothing

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        program = str(Path(sys.executable).parent / "domovoi-tf")
        environment = {**os.environ, "DOMOVOI_TF_HOME": home}
        done = subprocess.run(
            [program, *command], cwd=project, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOMOVOI_TF_HOME", home)
        run("local", "up", "--iam")
        found = local.find_running()
        assert found
        assert found.iam
        try:
            sns = emulator_environment.create_client(found, "sns")
            sns.create_topic(Name="vault-allowed")
            run("local", "deploy")
            yield Vault(found, run)
        finally:
            local.stop()


def said(emulator: emulator_environment.Emulator, handler: str) -> list[Any]:
    found = []
    for group in (GROUP, f"{GROUP}-other"):
        pages = (
            emulator_environment.create_client(emulator, "logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=group)
        )
        messages = [event["message"] for page in pages for event in page["events"]]
        found += [json.loads(message) for message in messages if message.startswith('{"handler"')]
    return [line["what"] for line in found if line["handler"] == handler]


def answer(vault: Vault, handler: str, payload: str) -> Any:
    vault.run("local", "send", handler, payload)
    assert wait_until(lambda: bool(said(vault.emulator, handler)), PATIENCE), handler
    return said(vault.emulator, handler)[0]


@pytest.mark.parametrize(
    ("handler", "payload", "what"),
    [
        ("letter", '"hello"', '"hello"'),
        ("item", '{"id": "1"}', {"id": {"S": "1"}}),
        ("coin", '"x"', "Ingi"),
        ("safe", "{}", "domovoi-tf"),
    ],
)
def test_every_source_that_is_read_still_works(
    vault: Vault, handler: str, payload: str, what: object
) -> None:
    assert answer(vault, handler, payload) == what


def test_a_handler_may_do_what_its_role_allows_and_nothing_else(vault: Vault) -> None:
    assert answer(vault, "key", "{}") == {
        "granted": "done",
        "another topic": "AuthorizationError",
        "another action": "AuthorizationError",
        "another service": "AccessDenied",
        "another log group": "AccessDeniedException",
        "a new log group": "AccessDeniedException",
    }


def test_a_handler_may_start_the_app_s_machines_and_nothing_else(vault: Vault) -> None:
    assert answer(vault, "unlock", "{}") == {
        "granted": "done",
        "another machine": "AccessDeniedException",
        "another action": "AccessDeniedException",
    }


def test_a_function_may_not_read_what_another_function_of_the_app_reads(vault: Vault) -> None:
    assert answer(vault, "elsewhere", "{}") == "AccessDenied"
