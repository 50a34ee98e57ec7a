"""Tests that a sensitive variable reaches its handler, and is neither printed nor written to a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import tftest

from domovoi_tf.local import emulator_environment
from domovoi_tf.terraform import installation

from .conftest import CommandLine, write_project

pytestmark = pytest.mark.emulator

SECRET = "a secret that only Terraform knows"
APP = """
import domovoi_tf

app = domovoi_tf.Domovoi()
payment_key = app.variable("payment_key", sensitive=True)
endpoint = app.variable("endpoint")

@app.scheduled_function("rate(1 day)", enabled=False)
def charge(event, context):
    return [str(payment_key), str(endpoint)]
"""


@pytest.fixture(scope="module")
def runner(
    tmp_path_factory: pytest.TempPathFactory,
    command_line: CommandLine,
    attached_terraform: installation.Binary,
    aws_environment: dict[str, str],
) -> Iterator[tftest.TerraformTest]:
    """The stage of an app with a sensitive variable, not applied."""
    project = write_project(tmp_path_factory.mktemp("till"), {"app_name": "till"}, APP)
    for command in ("render", "package"):
        done = command_line(command, cwd=project)
        assert done.code == 0, done
    variables = {"TF_VAR_payment_key": SECRET, "TF_VAR_endpoint": "https://pay.example.com"}
    root = str(project / "terraform" / "stages" / "dev")
    stage = tftest.TerraformTest(
        root, binary=str(attached_terraform.path), env={**aws_environment, **variables}
    )
    stage.setup(cleanup_on_exit=False)
    yield stage
    stage.destroy()


def test_plan_hides_only_the_sensitive_value(runner: tftest.TerraformTest) -> None:
    plan = runner.plan()
    assert SECRET not in plan
    assert '"DOMOVOI_TF_VAR_payment_key" = (sensitive value)' in plan
    assert '"DOMOVOI_TF_VAR_endpoint"    = "https://pay.example.com"' in plan
    tree = Path(runner.tfdir).parents[1]
    assert not [path for path in tree.rglob("*.tf") if SECRET in path.read_text()]


def test_handler_reads_the_sensitive_value(
    runner: tftest.TerraformTest, emulator: emulator_environment.Emulator
) -> None:
    runner.apply()
    event = {"task_name": "charge", "event": {}}
    answer = emulator_environment.create_client(emulator, "lambda").invoke(
        FunctionName="till-dev", Payload=json.dumps(event)
    )
    assert json.loads(answer["Payload"].read()) == [SECRET, "https://pay.example.com"]
