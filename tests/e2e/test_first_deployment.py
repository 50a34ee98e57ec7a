"""Tests a first deployment whose names belong to another app already, which goes on as it is."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.local import emulator_environment
from domovoi_tf.local.emulator_environment import Emulator

from .conftest import CommandLine, write_project

pytestmark = pytest.mark.emulator

NAME, BUCKET, RULE = "inn-dev", "inn-bucket", "inn-rule"
APP = f"""import domovoi_tf

app = domovoi_tf.Domovoi()


@app.s3_event_handler(bucket="{BUCKET}", events=["s3:ObjectCreated:*"], use_sns=False)
def watch(event, context): ...


@app.scheduled_function("rate(1 hour)", rule_name="{RULE}")
def tick(event, context): ...
"""
#: Those that the look-ups find, by the names that the app would use.
EXISTING = (f"schedule {RULE}", f"role {NAME}", f"log group /aws/lambda/{NAME}", f"function {NAME}")
ADVICE = (
    "What belongs to this app, because another tool or a run of Terraform that was killed has created it, is "
    "imported with `domovoi-tf backend recover` and the next apply. For what belongs to something else, "
    "choose another name, app_name or stage."
)


@pytest.fixture(scope="module")
def live(emulator: Emulator) -> Iterator[str]:
    """The ARN of the function of a live app, which another tool has deployed."""
    trust = {"Service": "lambda.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = emulator_environment.create_client(emulator, "iam").create_role(
        RoleName=NAME, AssumeRolePolicyDocument=document
    )
    emulator_environment.create_client(emulator, "logs").create_log_group(logGroupName=f"/aws/lambda/{NAME}")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def app(event, context): ...\n")
    function = emulator_environment.create_client(emulator, "lambda").create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="app.app",
        Code={"ZipFile": code.getvalue()},
    )
    arn = str(function["FunctionArn"])
    events = emulator_environment.create_client(emulator, "events")
    events.put_rule(Name=RULE, ScheduleExpression="rate(2 hours)")
    events.put_targets(Rule=RULE, Targets=[{"Id": "live", "Arn": arn}])
    s3 = emulator_environment.create_client(emulator, "s3")
    s3.create_bucket(Bucket=BUCKET)
    notification = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectRemoved:*"], "Id": "live"}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"LambdaFunctionConfigurations": [notification]}
    )
    yield arn
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("first") / "inn", {"app_name": "inn"}, APP)


def read_live(emulator: Emulator) -> Any:
    """Returns what a deployment over the live app would change."""
    configuration = emulator_environment.create_client(emulator, "s3").get_bucket_notification_configuration(
        Bucket=BUCKET
    )
    events = emulator_environment.create_client(emulator, "events")
    rule, targets = events.describe_rule(Name=RULE), events.list_targets_by_rule(Rule=RULE)["Targets"]
    function = emulator_environment.create_client(emulator, "lambda").get_function_configuration(
        FunctionName=NAME
    )
    notifications = configuration.get("LambdaFunctionConfigurations")
    return notifications, rule["ScheduleExpression"], targets, function["CodeSha256"]


def test_live_app_is_left_alone_until_it_is_imported(
    project: Path, live: str, emulator: Emulator, command_line: CommandLine
) -> None:
    before = read_live(emulator)
    done = command_line("deploy", "--yes", cwd=project)
    assert done.code == 1, done
    message, _, advice = done.err.partition("Nothing was changed. ")
    first, *named = message.strip().splitlines()
    assert first == "Error: The state of dev is empty, but these resources of the plan exist already:"
    assert sorted(line.strip() for line in named) == sorted(EXISTING)
    assert advice.strip() == ADVICE
    assert read_live(emulator) == before
    finding = read_finding(command_line, project)
    functions = ", ".join((f"function {NAME}", f"role {NAME}", f"log group /aws/lambda/{NAME}"))
    assert finding == {
        "name": "names",
        "state": "wrong",
        "says": f"the state of dev is empty, but these exist already: {functions}",
        "remedy": ADVICE,
    }

    recovered = command_line("backend", "recover", cwd=project)
    assert recovered.code == 0, recovered
    imports = (project / "terraform" / "stages" / "dev" / "imports.tf").read_text()
    assert imports.count("import {") >= len(EXISTING)
    assert read_live(emulator) == before
    applied = command_line("apply", "--yes", cwd=project)
    assert applied.code == 0, applied
    assert "0 to destroy" in applied.out
    schedule, function = read_live(emulator)[1], read_live(emulator)[3]
    assert (schedule, function == before[3]) == ("rate(1 hour)", False)
    assert read_finding(command_line, project) is None
    assert command_line("destroy", "--yes", cwd=project).code == 0


def read_finding(command_line: CommandLine, project: Path) -> Any:
    """Returns the finding of `doctor` about names; None if there is none."""
    document = json.loads(command_line("doctor", "--json", cwd=project).out)
    return next((each for each in document["findings"] if each["name"] == "names"), None)
