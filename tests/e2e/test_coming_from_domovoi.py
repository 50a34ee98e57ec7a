"""Tests the steps of docs/coming-from/domovoi.md by which an app takes over what Domovoi has deployed.

The fixture creates what `domovoi deploy` of 2.0.2 created for this app at the emulator, by the same names.
"""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment
from domovoi_tf.local.emulator_environment import Emulator

from .conftest import CommandLine

pytestmark = pytest.mark.emulator

PROJECT = Path(__file__).parents[2] / "examples" / "coming_from" / "domovoi" / "after"
APP, TOPIC, BUCKET, GROUP = "moved-pub", "pub-bartender", "pub-photos", "/pub-till"
NAME = f"{APP}-dev"
S3_TOPIC = f"domovoi-s3-events-{BUCKET}"
EXISTING = (
    "schedule order",
    f"SNS topic {TOPIC}",
    f"SNS topic {S3_TOPIC}",
    f"role {NAME}",
    f"log group /aws/lambda/{NAME}",
    f"function {NAME}",
    f"state machine {NAME}",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, with names that no other test uses, and without the dead-letter queue."""
    folder = tmp_path_factory.mktemp("pub")
    (folder / ".chalice").mkdir()
    text = (PROJECT / ".chalice" / "config.json").read_text()
    config = json.loads(text.replace('"pub"', f'"{APP}"').replace('"pub-dev"', f'"{NAME}"'))
    del config["stages"]["dev"]["dead_letter_queue_target_arn"]
    (folder / ".chalice" / "config.json").write_text(json.dumps(config))
    policy = PROJECT / ".chalice" / "policy-dev.json"
    (folder / ".chalice" / policy.name).write_text(policy.read_text().replace("bartender", TOPIC))
    app = (PROJECT / "app.py").read_text().replace('"bartender"', f'"{TOPIC}"').replace("/till", GROUP)
    (folder / "app.py").write_text(app)
    return folder


def create_role(iam: Any) -> str:
    services = ["lambda.amazonaws.com", "states.amazonaws.com"]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "events:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=NAME, PolicyName=NAME, PolicyDocument=policy)
    return str(arn)


def create_function(client: Any, role: str) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def app(event, context): ...\n")
    function = client.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Role=role,
        Handler="app.app",
        Description="Domovoi event handler",
        Code={"ZipFile": code.getvalue()},
    )
    for service in ("events", "sns", "s3", "logs"):
        client.add_permission(
            FunctionName=NAME,
            StatementId=f"domovoi-{service}",
            Principal=f"{service}.amazonaws.com",
            Action="lambda:InvokeFunction",
        )
    client.create_alias(FunctionName=NAME, Name="domovoi-stepfunctions-task-Mash", FunctionVersion="$LATEST")
    return str(function["FunctionArn"])


@pytest.fixture(scope="module")
def clients(emulator: Emulator) -> Any:
    """Creates clients of the emulator."""
    return lambda service: emulator_environment.create_client(emulator, service)


@pytest.fixture(scope="module")
def live(clients: Any) -> None:
    """Creates what Domovoi creates."""
    role = create_role(clients("iam"))
    logs = clients("logs")
    for group in (GROUP, f"/aws/lambda/{NAME}"):
        logs.create_log_group(logGroupName=group)
    function = create_function(clients("lambda"), role)
    events, sns, s3 = clients("events"), clients("sns"), clients("s3")
    events.put_rule(Name="order", ScheduleExpression="rate(1 minute)")
    template = {
        "InputPathsMap": {"event": "$"},
        "InputTemplate": '{"task_name": "order", "event": <event>}',
    }
    events.put_targets(Rule="order", Targets=[{"Id": "order", "Arn": function, "InputTransformer": template}])
    topics = [sns.create_topic(Name=name)["TopicArn"] for name in (TOPIC, S3_TOPIC)]
    for topic in topics:
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    statement = {
        "Sid": "domovoi-1",
        "Effect": "Allow",
        "Principal": {"Service": ["s3.amazonaws.com"]},
        "Action": ["SNS:Publish"],
        "Resource": topics[1],
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:*:*:{BUCKET}"}},
    }
    policy = json.dumps({"Statement": [statement]})
    sns.set_topic_attributes(TopicArn=topics[1], AttributeName="Policy", AttributeValue=policy)
    s3.create_bucket(Bucket=BUCKET)
    entry = {"TopicArn": topics[1], "Events": ["s3:ObjectCreated:*"], "Id": "theirs"}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"TopicConfigurations": [entry]}
    )
    logs.put_subscription_filter(
        logGroupName=GROUP, filterName="domovoi-cwl-filter", filterPattern="ERROR", destinationArn=function
    )
    task = {"Type": "Task", "Resource": f"{function}:domovoi-stepfunctions-task-Mash", "End": True}
    definition = json.dumps({"StartAt": "Mash", "States": {"Mash": task}})
    clients("stepfunctions").create_state_machine(name=NAME, definition=definition, roleArn=role)


def read_connections(clients: Any) -> dict[str, list[str]]:
    """Returns the targets, subscriptions, entries and filters through which the function gets events."""
    subscriptions = clients("sns").list_subscriptions()["Subscriptions"]
    notification = clients("s3").get_bucket_notification_configuration(Bucket=BUCKET)
    filters = clients("logs").describe_subscription_filters(logGroupName=GROUP)["subscriptionFilters"]
    targets = clients("events").list_targets_by_rule(Rule="order")["Targets"]
    topics = sorted(each["TopicArn"].rpartition(":")[2] for each in subscriptions)
    return {
        "rule": [each["Id"] for each in targets],
        "topics": [name for name in topics if name in (TOPIC, S3_TOPIC)],
        "bucket": [each["TopicArn"].rpartition(":")[2] for each in notification["TopicConfigurations"]],
        "filters": [each["filterName"] for each in filters],
        "rules": [each["Name"] for each in clients("events").list_rules(NamePrefix="order")["Rules"]],
    }


CONNECTIONS = {
    "rule": ["order"],
    "topics": [S3_TOPIC, TOPIC],
    "bucket": [S3_TOPIC],
    "filters": ["domovoi-cwl-filter"],
    "rules": ["order"],
}


def test_app_takes_over_what_domovoi_has_deployed(
    project: Path, live: None, clients: Any, command_line: CommandLine, shell_environment: dict[str, str]
) -> None:
    assert read_connections(clients) == CONNECTIONS
    stopped = command_line("deploy", "--yes", cwd=project)
    assert stopped.code == 1
    named = stopped.err.partition("exist already:")[2].partition("Nothing was changed")[0]
    assert sorted(line.strip() for line in named.strip().splitlines()) == sorted(EXISTING)

    assert command_line("backend", "recover", cwd=project).code == 0
    assert command_line("package", cwd=project).code == 0
    planned = command_line("plan", cwd=project)
    assert "0 to destroy" in planned.out
    assert "The plan would erase what others have added" in planned.err

    stopped = command_line("deploy", "--yes", cwd=project)
    assert stopped.code == 1
    stage = project / "terraform" / "stages" / "dev"
    commands = re.findall(r"^ +(terraform import .*)$", stopped.err, re.MULTILINE)
    assert len(commands) == 1
    exports = command_line("local", "env", "--stage", "dev", cwd=project).out
    environment = {**shell_environment, **dict(re.findall(r"^export (\w+)='(.*)'$", exports, re.MULTILINE))}
    command = shlex.split(commands[0])
    done = subprocess.run(command, cwd=stage, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    deployed = command_line("deploy", "--yes", cwd=project)
    assert deployed.code == 0, deployed
    assert "0 to destroy" in deployed.out
    (stage / "imports.tf").unlink()
    assert "No changes" in command_line("plan", cwd=project).out
    assert read_connections(clients) == CONNECTIONS
    function = clients("lambda").get_function_configuration(FunctionName=NAME)
    assert function["Description"] == "Domovoi event handler"
    assert command_line("destroy", "--yes", cwd=project).code == 0
