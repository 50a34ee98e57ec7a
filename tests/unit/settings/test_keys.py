"""Every key: what it may hold, what is said of anything else, and that the shipped JSON Schema agrees."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from configurations import (
    BUCKET,
    BUS,
    CHALICE,
    DOMOVOI,
    EVERYWHERE,
    INVALID_BY_TYPE,
    INVALID_OTHERWISE,
    LAYER,
    OF_STAGE,
    ROLE,
    TOPIC,
    VALID,
)

from domovoi_tf.errors import SettingsError
from domovoi_tf.settings import FunctionSettings, Settings, load
from domovoi_tf.settings.json_schema import SHIPPED
from domovoi_tf.settings.keys import FUNCTION, STAGE, SYNONYMS

INVALID = [*INVALID_BY_TYPE, *INVALID_OTHERWISE]
UNUSED = "is not used: there is no API Gateway here"


def read(project: Path, config: dict[str, Any], stage: str = "dev") -> Settings:
    (project / ".chalice").mkdir(exist_ok=True)
    (project / ".chalice" / "config.json").write_text(json.dumps(config))
    return load(project, stage)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SHIPPED.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", VALID)
def test_valid_configuration_is_accepted(
    name: str, tmp_path: Path, validator: jsonschema.Draft202012Validator
) -> None:
    assert read(tmp_path, VALID[name]).app_name == VALID[name]["app_name"]
    assert [error.message for error in validator.iter_errors(VALID[name])] == []


@pytest.mark.parametrize(("config", "problem"), INVALID)
def test_problem_names_its_json_path(config: dict[str, Any], problem: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        read(tmp_path, {"app_name": "bar", **config})
    assert str(raised.value) == f".chalice/config.json:1: {problem}"


@pytest.mark.parametrize(("config", "problem"), INVALID_BY_TYPE)
def test_schema_refuses_the_same_configuration(
    config: dict[str, Any], problem: str, validator: jsonschema.Draft202012Validator
) -> None:
    assert not validator.is_valid({"app_name": "bar", **config}), problem


def test_examples_have_every_key() -> None:
    not_with_others = {"iam_role_arn", "iam_policy_file", *SYNONYMS}
    assert EVERYWHERE.keys() == FUNCTION.keys() - not_with_others
    assert OF_STAGE.keys() == STAGE.keys() - FUNCTION.keys() - {"lambda_functions"} - {
        key for key in STAGE if key.startswith("alb_")
    }


def test_every_value_reaches_the_settings(tmp_path: Path) -> None:
    config = {"app_name": "bar", **EVERYWHERE, **OF_STAGE, "lambda_functions": {"reports": EVERYWHERE}}
    config["alb_acm_cert_dns_name"] = "bar.example.com"
    settings = read(tmp_path, config)
    every = {field.name for field in fields(FunctionSettings)} - {"policy", "policy_file", "iam_role_arn"}
    for values in (settings, settings.functions["reports"]):
        assert {name for name in every if getattr(values, name) in (None, {})} == set()
        assert (values.layers, values.on_failure, values.on_success) == ((LAYER,), BUCKET, BUS)
        assert (values.timeout, values.memory_size, values.ephemeral_storage_size) == (900, 10240, 10240)
        assert (values.maximum_retry_attempts, values.reserved_concurrency) == (0, 0)
    assert settings.python_version == "3.12"
    assert settings.architecture == "arm64"
    assert settings.package_s3 == {"bucket": "my-packages", "prefix": "bar/"}
    assert (settings.required_version, settings.workspace) == (">= 1.11, < 2.0", "blue")
    assert settings.provider["assume_role"]["session_name"] == "bar"
    assert settings.load_balancer == OF_STAGE["load_balancer"]
    assert settings.notices == ()


def test_domovoi_project_works_unchanged(tmp_path: Path) -> None:
    settings = read(tmp_path, DOMOVOI)
    assert (settings.description, settings.reserved_concurrency) == ("Serves drinks", 10)
    assert settings.dead_letter_queue_target_arn == TOPIC
    assert settings.notices == (f".chalice/config.json:1: $.stages.dev.api_gateway_stage: {UNUSED}",)


def test_chalice_project_works_unchanged(tmp_path: Path) -> None:
    dev = read(tmp_path, CHALICE)
    assert dev.environment_variables == {
        "OTHER_CONFIG": "dev-value",
        "SHARED_CONFIG": "foo",
        "TABLE_NAME": "dev-table",
    }
    assert dev.functions == {"report": FunctionSettings(memory_size=512, timeout=120, layers=(LAYER,))}
    assert dev.function_paths == {"report": "$.stages.dev.lambda_functions.report"}
    assert dev.notices == (
        f".chalice/config.json:1: $.api_gateway_stage: {UNUSED}",
        f".chalice/config.json:1: $.api_gateway_endpoint_type: {UNUSED}",
        f".chalice/config.json:1: $.minimum_compression_size: {UNUSED}",
        f".chalice/config.json:1: $.stages.dev.api_gateway_stage: {UNUSED}",
        ".chalice/config.json:1: $.stages.dev.automatic_layer: is not used: "
        "the package holds the dependencies",
    )
    prod = read(tmp_path, CHALICE, "prod")
    assert (prod.iam_role_arn, prod.xray, prod.log_retention_in_days) == (ROLE, True, 30)
    (tmp_path / ".chalice" / "beta-app-policy.json").write_text('{"Version": "2012-10-17", "Statement": []}')
    assert read(tmp_path, CHALICE, "beta").autogen_policy is False


def test_both_names_of_a_key_set_the_same_value(tmp_path: Path) -> None:
    config = {
        "app_name": "bar",
        "reserved_concurrent_executions": 10,
        "stages": {"dev": {"reserved_concurrency": 0}},
    }
    assert read(tmp_path, config).reserved_concurrency == 0


def test_python_version_may_have_the_prefix_of_lambda(tmp_path: Path) -> None:
    stages = {"dev": {"python_version": "3.12"}, "prod": {"python_version": "python3.12"}}
    assert read(tmp_path, {"app_name": "bar", "stages": stages}, "prod").python_version == "3.12"


@pytest.mark.parametrize("version", ["3.10", "3.13", "3.14", "python3.15"])
def test_python_versions_of_lambda_are_accepted(tmp_path: Path, version: str) -> None:
    found = read(tmp_path, {"app_name": "bar", "python_version": version}).python_version
    assert found == version.removeprefix("python")


def test_stage_overrides_a_function_at_the_top_level_as_in_chalice(tmp_path: Path) -> None:
    config = {
        "app_name": "bar",
        "lambda_timeout": 10,
        "environment_variables": {"AA": "top", "BB": "top", "CC": "top", "DD": "top"},
        "lambda_functions": {
            "reports": {
                "lambda_timeout": 20,
                "lambda_memory_size": 256,
                "xray": True,
                "environment_variables": {"BB": "top.reports", "CC": "top.reports", "DD": "top.reports"},
            }
        },
        "stages": {
            "dev": {
                "lambda_timeout": 30,
                "environment_variables": {"CC": "dev", "DD": "dev"},
                "lambda_functions": {
                    "reports": {"xray": False, "environment_variables": {"DD": "dev.reports"}}
                },
            },
            "prod": {"lambda_functions": {"reports": {"lambda_timeout": 40}}},
        },
    }
    dev, prod = read(tmp_path, config), read(tmp_path, config, "prod")
    assert dev.functions["reports"] == FunctionSettings(
        memory_size=256, xray=False, environment_variables={"BB": "top.reports", "DD": "dev.reports"}
    )
    assert (dev.timeout, prod.functions["reports"].timeout) == (30, 40)


def test_each_part_of_terraform_comes_from_the_nearest_level(tmp_path: Path) -> None:
    config = {
        "app_name": "bar",
        "terraform": {"required_version": ">= 1.11", "provider": {"region": "eu-west-1"}},
        "stages": {"dev": {"terraform": {"backend": {"s3": {"bucket": "state"}}}}},
    }
    settings = read(tmp_path, config)
    assert settings.backend is not None
    assert (settings.backend[0], settings.required_version) == ("s3", ">= 1.11")
    assert settings.provider == {"region": "eu-west-1"}


def test_nearer_level_may_turn_role_creation_on_again(tmp_path: Path) -> None:
    config = {
        "app_name": "bar",
        "manage_iam_role": False,
        "iam_role_arn": ROLE,
        "stages": {"dev": {"manage_iam_role": True}, "prod": {}},
    }
    assert read(tmp_path, config).iam_role_arn is None
    assert read(tmp_path, config, "prod").iam_role_arn == ROLE


def test_problems_of_all_sorts_are_reported_together(tmp_path: Path) -> None:
    config = {
        "app_name": "bar",
        "xray": 1,
        "layers": [LAYER, LAYER],
        "stages": {"dev": {"tags": {"aws:x": ""}, "alb_subnet_ids": ["subnet-1"] * 2}, "prod": 7},
    }
    with pytest.raises(SettingsError) as raised:
        read(tmp_path, config)
    assert [line.split(": ")[1].partition("[")[0] for line in str(raised.value).splitlines()] == [
        "$.xray",
        "$.stages.prod",
        "$.layers",
        "$.stages.dev.tags",
        "$.stages.dev.alb_subnet_ids",
    ]
