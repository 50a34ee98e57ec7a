"""`domovoi-tf config`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from domovoi_tf.cli.root import cli
from domovoi_tf.settings.json_schema import SHIPPED
from domovoi_tf.settings.keys import STAGE

CONFIG: dict[str, Any] = {
    "app_name": "bar",
    "api_gateway_stage": "api",
    "environment_variables": {"BEER": "ale", "DB_PASSWORD": "hush"},
    "lambda_functions": {"reports": {"lambda_timeout": 900, "lambda_memory_size": 512}},
    "stages": {
        "dev": {
            "lambda_timeout": 30,
            "environment_variables": {"BEER": "stout"},
            "terraform": {"backend": {"s3": {"bucket": "state"}}},
            "lambda_functions": {"reports": {"environment_variables": {"FONT": "Günter"}}},
        }
    },
}
BACKEND = (
    '{"s3": {"bucket": "state", "encrypt": true, "key": "bar/dev/terraform.tfstate", "use_lockfile": true}}'
)
WARNING = "Warning: .chalice/config.json:1: $.api_gateway_stage: is not used: there is no API Gateway here\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / ".chalice" / "policy-dev.json").write_text('{"Version": "2012-10-17", "Statement": []}')
    return tmp_path


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, ["config", *map(str, args)], catch_exceptions=False)


def test_each_setting_is_shown_with_its_source(project: Path) -> None:
    done = run(project)
    assert done.stderr == WARNING
    rows = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1] for line in done.stdout.splitlines()}
    assert {key: " ".join(row.split()) for key, row in rows.items()} == {
        "app_name": '"bar" $.app_name',
        "autogen_policy": "true default",
        "environment_variables.BEER": '"stout" $.stages.dev.environment_variables.BEER',
        "environment_variables.DB_PASSWORD": '"********" $.environment_variables.DB_PASSWORD',
        "iam_policy_file": '"policy-dev.json" default',
        "lambda_architecture": '"x86_64" default',
        "lambda_ephemeral_storage": "512 default",
        "lambda_memory_size": "128 default",
        "lambda_timeout": "30 $.stages.dev.lambda_timeout",
        "log_format": '"Text" default',
        "manage_iam_role": "true default",
        "maximum_event_age": "21600 default",
        "maximum_retry_attempts": "2 default",
        "publish": "false default",
        "python_version": '"3.13" default',
        "terraform.backend": f"{BACKEND} $.stages.dev.terraform.backend",
        "xray": "false default",
        "lambda_functions.reports.environment_variables.FONT": (
            '"Günter" $.stages.dev.lambda_functions.reports.environment_variables.FONT'
        ),
        "lambda_functions.reports.lambda_memory_size": "512 $.lambda_functions.reports.lambda_memory_size",
    }
    assert "hush" not in done.output


def test_columns_are_aligned(project: Path) -> None:
    lines = run(project).stdout.splitlines()
    assert lines[0].index('"bar"') == lines[1].index("true")
    assert lines[0].index("$.app_name") == lines[1].index("default")


def test_json_contains_the_same_settings(project: Path) -> None:
    found = json.loads(run(project, "--json").stdout)
    assert found["stage"] == "dev"
    assert found["settings"]["lambda_timeout"] == {"value": 30, "from": "$.stages.dev.lambda_timeout"}
    assert found["settings"]["environment_variables"]["DB_PASSWORD"]["value"] == "********"
    assert found["settings"]["terraform"]["backend"] == {
        "value": json.loads(BACKEND),
        "from": "$.stages.dev.terraform.backend",
    }
    assert found["functions"] == {
        "reports": {
            "environment_variables": {
                "FONT": {
                    "value": "Günter",
                    "from": "$.stages.dev.lambda_functions.reports.environment_variables.FONT",
                }
            },
            "lambda_memory_size": {"value": 512, "from": "$.lambda_functions.reports.lambda_memory_size"},
        }
    }


def test_every_key_with_a_value_has_a_row(project: Path) -> None:
    without_default = {key for key, known in STAGE.items() if known.default is None}
    rows = json.loads(run(project, "--json").stdout)["settings"]
    assert STAGE.keys() - without_default <= rows.keys()


def test_schema_option_prints_the_shipped_schema(tmp_path: Path) -> None:
    done = run(tmp_path / "nowhere", "--schema")
    assert done.stdout == SHIPPED.read_text(encoding="utf-8")
