"""A secret on its way from Terraform to a handler: never shown, in no file, and there when it is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import tftest

from domovoi_tf.local import emulator_environment
from domovoi_tf.terraform import installation

from .conftest import CommandLine

pytestmark = pytest.mark.emulator

SECRET = "a secret that only Terraform was told"
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
    project = tmp_path_factory.mktemp("till")
    (project / ".chalice").mkdir()
    (project / ".chalice" / "config.json").write_text('{"app_name": "till"}')
    (project / "app.py").write_text(APP)
    for command in ("render", "package"):
        done = command_line(command, cwd=project)
        assert done.code == 0, done
    given = {"TF_VAR_payment_key": SECRET, "TF_VAR_endpoint": "https://pay.example.com"}
    root = str(project / "terraform" / "stages" / "dev")
    found = tftest.TerraformTest(root, binary=str(attached_terraform.path), env={**aws_environment, **given})
    found.setup(cleanup_on_exit=False)
    yield found
    found.destroy()


def test_plan_hides_the_value_and_no_other(runner: tftest.TerraformTest) -> None:
    shown = runner.plan()
    assert SECRET not in shown
    assert '"DOMOVOI_TF_VAR_payment_key" = (sensitive value)' in shown
    assert '"DOMOVOI_TF_VAR_endpoint"    = "https://pay.example.com"' in shown
    tree = Path(runner.tfdir).parents[1]
    assert not [path for path in tree.rglob("*.tf") if SECRET in path.read_text()]


def test_the_handler_reads_it(runner: tftest.TerraformTest, emulator: emulator_environment.Emulator) -> None:
    runner.apply()
    event = {"task_name": "charge", "event": {}}
    answer = emulator_environment.create_client(emulator, "lambda").invoke(
        FunctionName="till-dev", Payload=json.dumps(event)
    )
    assert json.loads(answer["Payload"].read()) == [SECRET, "https://pay.example.com"]
