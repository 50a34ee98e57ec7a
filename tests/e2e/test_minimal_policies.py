"""Tests the policies on the page about security at an emulator that enforces IAM."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from command_server import Completed
from documentation.pages import list_texts
from polling import wait_until

from domovoi_tf.errors import BackendError
from domovoi_tf.local import emulator_environment
from domovoi_tf.state import bucket_creation

from .conftest import PATIENCE, Account, OpenAccount, write_project

pytestmark = pytest.mark.emulator
#: The names on the page, and those at the emulator.
NAMES = {"123456789012": "000000000000", "eu-west-1": "us-east-1"}


def read_policy(heading: str) -> dict[str, Any]:
    """Returns the policy below a heading of the page."""
    text, *_ = list_texts("docs/explanation/security.md", "json", below=f"\n### {heading}\n")
    for name, other in NAMES.items():
        text = text.replace(name, other)
    return dict(json.loads(text))


BUCKET, OPERATOR = read_policy("Create the state bucket"), read_policy("Operate")


def list_actions(policy: dict[str, Any]) -> list[str]:
    actions = [statement["Action"] for statement in policy["Statement"]]
    return [action for each in actions for action in ([each] if isinstance(each, str) else each)]


def remove(policy: dict[str, Any], action: str) -> dict[str, Any]:
    """Returns a policy without an action."""
    other = copy.deepcopy(policy)
    for statement in other["Statement"]:
        actions = statement["Action"]
        statement["Action"] = [
            each for each in ([actions] if isinstance(actions, str) else actions) if each != action
        ]
    other["Statement"] = [statement for statement in other["Statement"] if statement["Action"]]
    return other


class User(NamedTuple):
    """An IAM user, and the variables of a shell with that user's credentials.

    The shell names the emulator by localhost, as an endpoint of the user's own, for which domovoi-tf uses the
    credentials of the shell.
    """

    account: Account
    shell: dict[str, str]

    def allow(self, policy: dict[str, Any]) -> None:
        document = json.dumps(policy)
        self.account.client("iam").put_user_policy(UserName="ada", PolicyName="only", PolicyDocument=document)


@pytest.fixture(scope="module")
def user(open_account: OpenAccount) -> Iterator[User]:
    with open_account(iam=True) as account:
        iam = account.client("iam")
        iam.create_user(UserName="ada")
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        shell = {
            "AWS_ENDPOINT_URL": account.emulator.endpoint.replace("127.0.0.1", "localhost"),
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }
        yield User(account, shell)


# The bucket


def create_bucket(user: User, key: str | None = None) -> tuple[str, ...]:
    """Creates the state bucket, or completes it, as the user; returns the changes."""
    shell = {**user.account.environment, **user.shell}
    environ = {name: value for name, value in shell.items() if name not in emulator_environment.UNSET}
    return bucket_creation.create_bucket("s3", {"bucket": "my-terraform-state"}, environ, key).changes


def delete_bucket(user: User) -> None:
    s3 = user.account.client("s3")
    if "my-terraform-state" in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
        s3.delete_bucket(Bucket="my-terraform-state")


@pytest.fixture(scope="module")
def key(user: User) -> str:
    return str(user.account.client("kms").create_key()["KeyMetadata"]["Arn"])


def permit_key(policy: dict[str, Any], key: str) -> dict[str, Any]:
    """Returns a policy with the permission that `--kms-key` needs too."""
    described = {"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": key}
    return {**policy, "Statement": [*policy["Statement"], described]}


@pytest.mark.parametrize("is_own_key", [False, True])
def test_state_bucket_is_created_and_completed(user: User, key: str, is_own_key: bool) -> None:
    delete_bucket(user)
    user.allow(permit_key(BUCKET, key) if is_own_key else BUCKET)
    assert create_bucket(user, key if is_own_key else None)
    assert create_bucket(user) == ()


@pytest.mark.parametrize("action", list_actions(BUCKET))
def test_state_bucket_needs_each_action(user: User, key: str, action: str) -> None:
    delete_bucket(user)
    # S3 encrypts new buckets with its own key.
    wanted = key if action == "s3:PutEncryptionConfiguration" else None
    user.allow(permit_key(remove(BUCKET, action), key))
    with pytest.raises(BackendError):
        create_bucket(user, wanted)
        create_bucket(user)


# What is deployed

ARN = "arn:aws:{}:us-east-1:000000000000:{}"
CONFIGURATION = {
    "app_name": "beers",
    "lambda_timeout": 5,
    "dead_letter_queue_target_arn": ARN.format("sqs", "beers-dev-dead"),
}
APP = """from domovoi_tf import Domovoi, scoped

app = Domovoi()
machine = {"StartAt": "Brew", "States": {"Brew": {"Type": "Task", "End": True}}}


@app.sns_topic_subscriber(scoped("orders"))
def tend(event, context):
    print("served")


@app.sqs_queue_subscriber(scoped("forms"), queue_attributes={"VisibilityTimeout": "5"}, max_receive_count=1)
def fill(event, context):
    raise ValueError("torn")


@app.step_function_task("Brew", machine)
def brew(event, context):
    return event
"""
OPEN, LIST, REDRIVE = ("open",), ("dlq", "list"), ("dlq", "redrive", "--yes")
SHOW = ("executions", "show", "first")
#: The command that needs each action.
COMMANDS = {
    "lambda:GetFunctionConfiguration": OPEN,
    "lambda:GetFunctionEventInvokeConfig": LIST,
    "lambda:InvokeFunction": ("invoke", "tend"),
    "lambda:ListEventSourceMappings": LIST,
    "lambda:ListFunctions": REDRIVE,
    "logs:FilterLogEvents": ("logs",),
    "sqs:ChangeMessageVisibility": LIST,
    "sqs:DeleteMessage": REDRIVE,
    "sqs:GetQueueAttributes": LIST,
    "sqs:GetQueueUrl": LIST,
    "sqs:ReceiveMessage": LIST,
    "sqs:SendMessage": REDRIVE,
    "states:DescribeExecution": SHOW,
    "states:DescribeStateMachineForExecution": SHOW,
    "states:GetExecutionHistory": SHOW,
    "states:ListExecutions": ("executions", "list"),
    "states:StartExecution": ("executions", "start"),
}
#: The emulator has no runs of a distributed map.
UNTESTED = {"states:DescribeMapRun"}
#: Actions that the emulator takes for others.
EMULATED = {"lambda:GetFunctionEventInvokeConfig": "lambda:GetFunction"}


class Beers(NamedTuple):
    """The deployed app, and the user who operates it."""

    project: Path
    user: User

    def run(self, policy: dict[str, Any], *command: str) -> Completed:
        own = {"Effect": "Allow", "Action": [*EMULATED.values()], "Resource": "*"}
        is_complete = EMULATED.keys() <= {*list_actions(policy)}
        self.user.allow({**policy, "Statement": [*policy["Statement"], *([own] if is_complete else [])]})
        return self.user.account.command_line(*command, cwd=self.project, **self.user.shell)

    def fill_queues(self) -> None:
        """Waits for a dead letter of Lambda, and for one that SQS has moved."""
        sqs = self.user.account.client("sqs")

        def count(queue: str) -> int:
            url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            name = "ApproximateNumberOfMessages"
            return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])

        def send(queue: str, body: object, **attributes: object) -> None:
            url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body), MessageAttributes=attributes)

        if not count("beers-dev-dead"):
            topic = {"TopicArn": ARN.format("sns", "beers-dev-orders"), "Message": "1"}
            event = {"Records": [{"EventSource": "aws:sns", "Sns": topic}]}
            send("beers-dev-dead", event, RequestID={"DataType": "String", "StringValue": "1f2e"})
        if not count("beers-dev-forms-dead-letters"):
            send("beers-dev-forms", {})
        queues = ("beers-dev-dead", "beers-dev-forms-dead-letters")
        assert wait_until(lambda: all(map(count, queues)), PATIENCE)


@pytest.fixture(scope="module")
def beers(user: User, tmp_path_factory: pytest.TempPathFactory) -> Beers:
    user.account.client("sqs").create_queue(QueueName="beers-dev-dead")
    project = write_project(tmp_path_factory.mktemp("beers"), CONFIGURATION, APP)
    for command in (["local", "deploy"], ["executions", "start", "--name", "first", "--follow"]):
        done = user.account.command_line(*command, cwd=project)
        assert done.code == 0, done
    return Beers(project, user)


@pytest.mark.parametrize("command", sorted({*COMMANDS.values()}))
def test_operator_can_use_all_commands(beers: Beers, command: tuple[str, ...]) -> None:
    beers.fill_queues()
    done = beers.run(OPERATOR, *command)
    assert (done.code, re.search("AWS (denies|refused)", done.err)) == (0, None), done


def test_every_action_of_an_operator_is_tested() -> None:
    assert {*list_actions(OPERATOR)} == {*COMMANDS, *UNTESTED}


@pytest.mark.parametrize("action", COMMANDS)
def test_operator_needs_each_action(beers: Beers, action: str) -> None:
    if COMMANDS[action][0] == "dlq":
        beers.fill_queues()
    done = beers.run(remove(OPERATOR, action), *COMMANDS[action])
    assert re.search("AWS (denies|refused)", done.out + done.err), done
