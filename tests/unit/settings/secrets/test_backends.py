"""Secrets of backends are rejected with the environment variable to use, and no value is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.cli.project.config import describe_settings, format_settings
from domovoi_tf.errors import SettingsError
from domovoi_tf.settings import load
from domovoi_tf.settings.provenance import explain

from .test_detection import said

READABLE = "and would be readable in the repository, the Terraform and its state."
PATH = ".chalice/config.json:1: $.terraform.backend"


def set_variable(name: str) -> str:
    return f"Leave it out, and set {name} in the environment of domovoi-tf."


@pytest.mark.parametrize(
    ("kind", "arguments", "place", "what", "variable"),
    [
        ("s3", {"secret_key": "hunter2"}, "secret_key", "is a secret", "AWS_PROFILE"),
        ("s3", {"token": "hunter2"}, "token", "is a secret", "AWS_PROFILE"),
        ("s3", {"sse_customer_key": "hunter2"}, "sse_customer_key", "is a secret", "AWS_SSE_CUSTOMER_KEY"),
        ("http", {"password": "hunter2"}, "password", "is a secret", "TF_HTTP_PASSWORD"),
        ("http", {"address": "https://me:hunter2@x/s"}, "address", "contains a password", "TF_HTTP_ADDRESS"),
        (
            *("http", {"client_private_key_pem": "hunter2"}, "client_private_key_pem"),
            *("is a secret", "TF_HTTP_CLIENT_PRIVATE_KEY_PEM"),
        ),
        ("consul", {"access_token": "hunter2"}, "access_token", "is a secret", "CONSUL_HTTP_TOKEN"),
        ("consul", {"http_auth": "me:hunter2"}, "http_auth", "is a secret", "CONSUL_HTTP_AUTH"),
        ("pg", {"conn_str": "postgres://me:hunter2@db/x"}, "conn_str", "contains a password", "PG_CONN_STR"),
        ("pg", {"conn_str": "host=db password=hunter2"}, "conn_str", "contains a password", "PG_CONN_STR"),
        (
            "pg",
            {"conn_str": "postgres://db/x?password=hunter2"},
            "conn_str",
            "contains a password",
            "PG_CONN_STR",
        ),
        ("azurerm", {"access_key": "hunter2"}, "access_key", "is a secret", "ARM_ACCESS_KEY"),
        ("azurerm", {"sas_token": "hunter2"}, "sas_token", "is a secret", "ARM_SAS_TOKEN"),
        ("azurerm", {"client_secret": "hunter2"}, "client_secret", "is a secret", "ARM_CLIENT_SECRET"),
        ("gcs", {"encryption_key": "hunter2"}, "encryption_key", "is a secret", "GOOGLE_ENCRYPTION_KEY"),
        (
            *("gcs", {"credentials": '{"private_key": "hunter2"}'}, "credentials"),
            *("contains a private key", "GOOGLE_BACKEND_CREDENTIALS"),
        ),
        ("kubernetes", {"token": "hunter2"}, "token", "is a secret", "KUBE_TOKEN"),
        ("kubernetes", {"client_key": "hunter2"}, "client_key", "is a secret", "KUBE_CLIENT_KEY_DATA"),
        ("oss", {"secret_key": "hunter2"}, "secret_key", "is a secret", "ALICLOUD_SECRET_KEY"),
        ("cos", {"secret_key": "hunter2"}, "secret_key", "is a secret", "TENCENTCLOUD_SECRET_KEY"),
        ("cloud", {"token": "hunter2"}, "token", "is a secret", "TF_TOKEN_app_terraform_io"),
    ],
)
def test_secret_is_rejected_with_the_variable_to_use(
    tmp_path: Any, kind: str, arguments: dict[str, Any], place: str, what: str, variable: str
) -> None:
    given = {"bucket": "state", **arguments} if kind == "s3" else arguments
    found = said(tmp_path, terraform={"backend": {kind: given}})
    assert found == f"{PATH}.{kind}.{place}: the value {what}, {READABLE} {set_variable(variable)}"
    assert "hunter2" not in found


def test_nested_secrets_and_those_of_unknown_backends_are_rejected_together(tmp_path: Any) -> None:
    arguments = {
        "assume_role": {"web_identity_token": "hunter2"},
        "hosts": ["https://me:hunter2@x"],
        "db_password": "hunter2",
    }
    advice = (
        "Leave it out, and set it in the environment of domovoi-tf, as Terraform's page about the backend "
        "says, or with `domovoi-tf init -- -backend-config={}=...`."
    )
    found = said(tmp_path, terraform={"backend": {"new": arguments}})
    assert found.splitlines() == [
        f"{PATH}.new.assume_role.web_identity_token: the value is a secret, {READABLE} "
        + advice.format("assume_role"),
        f"{PATH}.new.hosts[0]: the value contains a password, {READABLE} " + advice.format("hosts"),
        f"{PATH}.new.db_password: the value is a secret, {READABLE} " + advice.format("db_password"),
    ]


def test_suggested_command_names_the_stage_that_has_the_backend(tmp_path: Path) -> None:
    """The top level's is that of every stage, so the command names the one that was loaded."""
    levels = {"stages": {"dev": {}, "prod": {"terraform": {"backend": {"new": {"api_token": "hunter2"}}}}}}
    shared = {"terraform": {"backend": {"new": {"api_token": "hunter2"}}}}

    def list_commands(stage: str) -> list[tuple[str, str]]:
        (tmp_path / ".chalice").mkdir(exist_ok=True)
        (tmp_path / ".chalice" / "config.json").write_text(
            json.dumps({"app_name": "bar", **levels, **shared})
        )
        with pytest.raises(SettingsError) as caught:
            load(tmp_path, stage)
        return re.findall(r"(\$\S*?)\.terraform.*`(domovoi-tf [^`]*)`", str(caught.value))

    end = "-- -backend-config=api_token=..."
    prod = ("$.stages.prod", f"domovoi-tf init --stage prod {end}")
    assert list_commands("dev") == [("$", f"domovoi-tf init {end}"), prod]
    assert list_commands("prod") == [("$", f"domovoi-tf init --stage prod {end}"), prod]


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("s3", {"bucket": "state", "profile": "prod", "shared_credentials_files": ["~/.aws/credentials"]}),
        ("s3", {"bucket": "state", "kms_key_id": "arn:aws:kms:eu-west-1:123456789012:key/x", "token": ""}),
        ("s3", {"bucket": "s", "assume_role_with_web_identity": {"web_identity_token_file": "/run/token"}}),
        ("gcs", {"bucket": "s", "credentials": "/run/key.json", "kms_encryption_key": "projects/p/key"}),
        ("kubernetes", {"secret_suffix": "state", "config_path": "~/.kube/config"}),
        ("azurerm", {"key": "prod.tfstate", "client_certificate_path": "/x", "use_oidc": True}),
        ("pg", {"conn_str": "postgres://me@db/x"}),
        ("http", {"address": "https://x/s", "username": "me"}),
        ("consul", {"path": "x", "key_file": "/x"}),
    ],
)
def test_ordinary_arguments_are_accepted_and_shown(
    tmp_path: Any, kind: str, arguments: dict[str, Any]
) -> None:
    assert said(tmp_path, terraform={"backend": {kind: arguments}}) == ""


def test_perhaps_secret_values_are_masked_anywhere(tmp_path: Any) -> None:
    web_token = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJ4In0.c2ln"
    config = {
        "tags": {"ApiToken": "hunter2", "Team": "bar"},
        "environment_variables": {"DB_URL": "postgres://me:hunter2@db/x"},
        "terraform": {"backend": {"new": {"deep": {"list": [web_token, "shown"]}}}},
    }
    assert said(tmp_path, **config) == ""
    explanation = explain(tmp_path, "dev")
    for text in (format_settings(explanation), str(describe_settings(explanation, "dev"))):
        assert "hunter2" not in text
        assert web_token not in text
        assert "shown" in text
        assert "bar" in text
    shown = describe_settings(explanation, "dev")["settings"]
    assert shown["terraform"]["backend"]["value"] == {"new": {"deep": {"list": ["********", "shown"]}}}
    assert shown["tags"]["ApiToken"]["value"] == "********"


@pytest.mark.parametrize(
    "config",
    [
        {"environment_variables": {"DB_PASSWORD": "hunter2" + "e\u0301"}},
        {"environment_variables": {"DB_PASSWORD": "hunter2\0"}},
        {"tags": {"DB_PASSWORD": "hunter2!"}},
        {"tags": {"DB_PASSWORD": "hunter2" * 50}},
        {"stages": {"dev": {"lambda_functions": {"f": {"tags": {"Token": "hunter2|"}}}}}},
        {"terraform": {"backend": {"http": {"password": "hunter2\0"}}}},
        {"terraform": {"provider": {"default_tags": {"Secret": "hunter2!"}}}},
        {"iam_role_arn": "https://me:hunter2@x"},
        {"subnet_ids": ["https://me:hunter2@x"]},
        {"log_format": "postgres://me:hunter2@x"},
    ],
)
def test_no_error_quotes_a_value_that_may_be_secret(tmp_path: Any, config: dict[str, Any]) -> None:
    found = said(tmp_path, **config)
    assert found.startswith(".chalice/config.json:")
    assert "hunter2" not in found


def test_ordinary_value_is_quoted(tmp_path: Any) -> None:
    found = said(tmp_path, tags={"Team": "a!"})
    assert found.startswith(".chalice/config.json:1: $.tags.Team: 'a!' is not a tag's value")
