"""Values that look like secrets are refused with the remedy, and never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domovoi_tf.errors import SettingsError
from domovoi_tf.settings import load
from domovoi_tf.settings.secrets.detection import mask_secret

#: AWS's own examples, and texts of the documented forms. Put together here, so that no scanner takes alarm.
KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"
PEM = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIE"
REMEDY = (
    "and would be readable in the repository, the Terraform and its state. "
    "Keep it in SSM Parameter Store or Secrets Manager and give its name here, "
    'or declare app.variable("...", sensitive=True) and pass it to Terraform.'
)


def said(project: Path, **config: object) -> str:
    (project / ".chalice").mkdir(exist_ok=True)
    (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": "bar", **config}))
    try:
        load(project, "dev")
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("ANY", PEM, "a private key"),
        ("ANY", "-----BEGIN" + " PRIVATE KEY-----", "a private key"),
        ("AWS_SECRET", SECRET, "an AWS secret access key"),
        ("API_KEY", f"x={SECRET}", "an AWS secret access key"),
        ("ANY", SECRET, "an AWS secret access key"),
        ("ANY", KEY_ID, "an AWS access key"),
        ("ANY", f"{KEY_ID}:{SECRET}", "an AWS access key"),
        ("ANY", "ghp" + "_" + "a1B2" * 9, "a GitHub token"),
        ("ANY", "github" + "_pat_" + "a1B2" * 6, "a GitHub token"),
        ("ANY", "glpat" + "-" + "a1B2" * 5, "a GitLab token"),
        ("ANY", "xoxb" + "-1234567890-abc", "a Slack token"),
        ("ANY", "https://hooks.slack" + ".com/services/T0/B0/x1", "a Slack webhook"),
        ("ANY", "sk" + "_live_" + "a1B2" * 4, "a Stripe key"),
        ("ANY", "AIza" + "a1B2_" * 7, "a Google API key"),
        ("ANY", "sk-" + "ant-" + "a1B2" * 5, "an API key"),
        ("ANY", "SG." + "a" * 22 + "." + "b" * 43, "a SendGrid key"),
        ("ANY", "npm" + "_" + "a1B2" * 9, "an npm token"),
        ("ANY", "pypi-AgEIcHlw" + "aS5vcmc" + "a1B2" * 13, "a PyPI token"),
    ],
)
def test_secret_is_refused_and_not_shown(tmp_path: Path, name: str, value: str, what: str) -> None:
    found = said(tmp_path, stages={"dev": {"environment_variables": {name: value}}})
    path = f"$.stages.dev.environment_variables.{name}"
    assert found == f".chalice/config.json:1: {path}: the value looks like {what}, {REMEDY}"
    assert value not in found


def test_secret_of_a_function_is_refused(tmp_path: Path) -> None:
    found = said(tmp_path, lambda_functions={"reports": {"environment_variables": {"PEM": PEM}}})
    assert found.startswith(".chalice/config.json:1: $.lambda_functions.reports.environment_variables.PEM: ")
    assert "MIIE" not in found


def test_secret_in_the_backend_is_refused(tmp_path: Path) -> None:
    backend = {"s3": {"bucket": "state", "access_key": KEY_ID, "secret_key": SECRET}}
    found = said(tmp_path, terraform={"backend": backend})
    assert found == (
        ".chalice/config.json:1: $.terraform.backend.s3.access_key: the value looks like an AWS access key, "
        "and would be readable in the repository, the Terraform and its state. "
        "Leave it out, and set AWS_PROFILE in the environment of domovoi-tf.\n"
        ".chalice/config.json:1: $.terraform.backend.s3.secret_key: "
        "the value looks like an AWS secret access key, "
        "and would be readable in the repository, the Terraform and its state. "
        "Leave it out, and set AWS_PROFILE in the environment of domovoi-tf."
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COMMIT", "0123456789abcdef0123456789abcdef01234567"),
        ("SECRET_NAME", "prod/payments/stripe"),
        ("SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/payments/stripe-AbCdEf"),
        ("PARAMETER", "/prod/payments/token"),
        ("TOKEN_URL", "https://login.example.com/oauth2/v2/token"),
        ("TABLE", f"x{SECRET}"),
        ("PATH", f"{SECRET}/x"),
        ("PUBLIC", "-----BEGIN PUBLIC KEY-----\nMIIB"),
        ("STRIPE", "pk_live_" + "a1B2" * 4),
        ("API_KEY", "a" * 40),
    ],
)
def test_ordinary_value_is_accepted(tmp_path: Path, name: str, value: str) -> None:
    assert said(tmp_path, environment_variables={name: value}) == ""


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("BEER", "ale", "ale"),
        ("DB_PASSWORD", "x", "********"),
        ("api_token", "", "********"),
        ("DATABASE_URL", "postgres://bar:tender@db/bar", "********"),
        ("DATABASE_URL", "postgres://db/bar", "postgres://db/bar"),
        ("KEY_ID", KEY_ID, "********"),
        ("ANY", PEM, "********"),
        ("JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", "********"),
    ],
)
def test_possible_secret_is_masked(name: str, value: str, shown: str) -> None:
    assert mask_secret(name, value) == shown
