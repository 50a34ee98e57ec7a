"""Tests that variables reach their handler.

A sensitive one is neither printed nor written to a file. A stage can override the default of another one.
"""

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
currency = app.variable("currency", default="EUR")

@app.scheduled_function("rate(1 day)", enabled=False)
def charge(event, context):
    return [str(payment_key), str(endpoint), str(currency)]
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
    assert json.loads(answer["Payload"].read()) == [SECRET, "https://pay.example.com", "EUR"]


def read_currency(runner: tftest.TerraformTest) -> dict[str, str]:
    """Returns the currency that each changed resource of a plan gets."""
    plan = runner.plan(output=True)
    changes = {name: each["change"] for name, each in plan.resource_changes.items()}
    assert {tuple(each["actions"]) for each in changes.values()} <= {("no-op",), ("update",)}
    updated = {name: each for name, each in changes.items() if each["actions"] == ["update"]}
    for change in updated.values():
        before, after = change["before"], change["after"]
        assert {key for key in after if after[key] != before.get(key)} == {"environment"}
    environments = {name: each["after"]["environment"][0]["variables"] for name, each in updated.items()}
    return {name: variables["DOMOVOI_TF_VAR_currency"] for name, variables in environments.items()}


def test_stage_overrides_the_default_which_changes_the_environment_only(
    runner: tftest.TerraformTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.apply()
    root = Path(runner.tfdir)
    function = "module.app.module.lambda.aws_lambda_function.this"
    assert read_currency(runner) == {}
    monkeypatch.setitem(runner.env, "TF_VAR_currency", "")
    assert read_currency(runner) == {function: ""}
    file = root / "terraform.tfvars"
    file.write_text('currency = "CHF"\n')
    assert read_currency(runner) == {function: "CHF"}
    file.unlink()
    monkeypatch.delitem(runner.env, "TF_VAR_currency")
    variables = root / "variables.tf"
    variables.write_text(variables.read_text().replace('"EUR"', '"USD"'))
    assert read_currency(runner) == {function: "USD"}
