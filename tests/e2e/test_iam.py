"""Tests least privilege on an emulator that enforces IAM policies.

Terraform has the access key ``test``, which is the root user's; the functions have their roles. The
permission to write logs is not tested: the emulator writes the logs itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from polling import wait_until

from .conftest import PATIENCE, Account, OpenAccount, read_lines, write_project

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
    """The deployed app, and the account with the emulator."""

    project: Path
    account: Account

    def send(self, handler: str, payload: str) -> Any:
        """Sends a payload to a handler, and returns what the handler reports in its log."""
        done = self.account.command_line("local", "send", handler, payload, cwd=self.project)
        assert done.code == 0, done
        assert wait_until(lambda: bool(self._read_reports(handler)), PATIENCE), handler
        return self._read_reports(handler)[0]

    def _read_reports(self, handler: str) -> list[Any]:
        groups = (GROUP, f"{GROUP}-other")
        lines = [line for group in groups for line in read_lines(self.account.emulator, group, handler)]
        return [line["what"] for line in lines]


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory, open_account: OpenAccount) -> Iterator[Vault]:
    project = write_project(tmp_path_factory.mktemp("vault"), CONFIGURATION, APP)
    (project / ".chalice" / "policy-dev.json").write_text(json.dumps(POLICY))
    with open_account(iam=True) as account:
        account.client("sns").create_topic(Name="vault-allowed")
        done = account.command_line("local", "deploy", cwd=project)
        assert done.code == 0, (account.emulator, done)
        yield Vault(project, account)


@pytest.mark.parametrize(
    ("handler", "payload", "what"),
    [
        ("letter", '"hello"', "hello"),
        ("item", '{"id": "1"}', {"id": {"S": "1"}}),
        ("coin", '"x"', "eA=="),
        ("safe", "{}", "sample"),
    ],
)
def test_function_may_read_its_sources(vault: Vault, handler: str, payload: str, what: object) -> None:
    assert vault.send(handler, payload) == what


def test_handler_may_do_only_what_its_role_allows(vault: Vault) -> None:
    assert vault.send("key", "{}") == {
        "granted": "done",
        "another topic": "AuthorizationError",
        "another action": "AuthorizationError",
        "another service": "AccessDenied",
        "another log group": "AccessDeniedException",
        "a new log group": "AccessDeniedException",
    }


def test_handler_may_only_start_the_state_machines_of_the_app(vault: Vault) -> None:
    assert vault.send("unlock", "{}") == {
        "granted": "done",
        "another machine": "AccessDeniedException",
        "another action": "AccessDeniedException",
    }


def test_function_may_not_read_the_sources_of_another_function(vault: Vault) -> None:
    assert vault.send("elsewhere", "{}") == "AccessDenied"
