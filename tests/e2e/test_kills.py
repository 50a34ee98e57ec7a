"""`local deploy` after one whose processes were all killed, at each line that it prints, deploys the app.

The suite takes the worst of these moments, and all of them with DOMOVOI_TF_SAMPLE=all.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from sampling import wants_all

from domovoi_tf.local import emulator_environment
from domovoi_tf.terraform.installation import Binary

from .conftest import PROGRAM, CommandLine, write_project

pytestmark = [pytest.mark.emulator, pytest.mark.kills]

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 hour)")
def tick(event, context): ...


@app.sqs_queue_subscriber("jobs")
def work(event, context): ...
"""
#: A line of the output, or of Terraform's, for each moment: before and after each resource of the function is
#: created.
MOMENTS = (
    *("✓ render", "✓ package", "✓ emulator", "✓ init", "Plan: ", "✓ plan"),
    *(
        "aws_cloudwatch_log_group.this: Creating",
        "aws_iam_role.this.*: Creating",
        r"aws_sqs_queue\.\S+: Creating",
    ),
    *("aws_iam_role.this.*: Creation complete", "aws_iam_role_policy.*: Creating"),
    *("aws_lambda_function.this: Creating", "aws_lambda_function.this: Creation complete"),
    *("aws_lambda_permission.this: Creating", "aws_lambda_permission.this: Creation complete"),
    *("aws_lambda_event_source_mapping.this: Creating", "aws_cloudwatch_event_target.this: Creating"),
    *("Apply complete", "✓ apply"),
)
#: The emulator has the function, and the state does not.
WORST = "aws_lambda_function.this: Creating"


#: Writes what Terraform prints to the output of domovoi-tf, which reads it without printing it, too.
SHOW_OUTPUT = """#!/bin/bash
set -o pipefail
{terraform} "$@" | tee -a "/proc/$PPID/fd/1"
"""


@pytest.fixture(scope="module")
def talkative_environment(
    shell_environment: dict[str, str], attached_terraform: Binary, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """A shell in which the output of domovoi-tf has the lines of Terraform."""
    program = tmp_path_factory.mktemp("talkative") / "terraform"
    program.write_text(SHOW_OUTPUT.format(terraform=attached_terraform.path))
    program.chmod(0o700)
    return {**shell_environment, "DOMOVOI_TF_TERRAFORM": str(program), "PYTHONUNBUFFERED": "1"}


def kill_at(pattern: str, project: Path, environment: dict[str, str]) -> bool:
    """Runs `local deploy`, kills its process group at a line, and returns whether there was such a line."""
    with subprocess.Popen(
        [PROGRAM, "local", "deploy"],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        is_reached = any(re.search(pattern, line) for line in process.stdout)
        if is_reached:
            os.killpg(process.pid, signal.SIGKILL)
    return is_reached


@pytest.mark.parametrize("moment", MOMENTS if wants_all() else [WORST])
def test_local_deploy_after_a_killed_one_deploys(
    moment: str,
    tmp_path: Path,
    command_line: CommandLine,
    talkative_environment: dict[str, str],
    emulator: emulator_environment.Emulator,
) -> None:
    name = f"kills-{MOMENTS.index(moment)}"
    write_project(tmp_path, {"app_name": name}, APP.replace("jobs", f"{name}-jobs"))
    assert kill_at(moment, tmp_path, talkative_environment)
    done = command_line("local", "deploy", cwd=tmp_path)
    assert done.code == 0, done
    client = emulator_environment.create_client(emulator, "lambda")
    policy = json.loads(client.get_policy(FunctionName=f"{name}-dev")["Policy"])
    assert len(policy["Statement"]) == 1
    mappings = client.list_event_source_mappings(FunctionName=f"{name}-dev")["EventSourceMappings"]
    assert len(mappings) == 1
    again = command_line("local", "deploy", cwd=tmp_path)
    is_unchanged = "nothing to change" in again.out
    assert (again.code, is_unchanged) == (0, True), again
