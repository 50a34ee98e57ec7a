"""Environments that make Terraform, AWS clients and shells use the emulator, which need not run for that."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from domovoi_tf.local import emulator_environment
from domovoi_tf.local.emulator_environment import Emulator

EMULATOR = Emulator("http://127.0.0.1:4566", 1, 4566, Path("emulator.log"))
ENVIRONMENT = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def format_exports(emulator: Emulator, environ: dict[str, str]) -> str:
    overrides = emulator_environment.build_overrides(emulator, environ)
    return emulator_environment.format_exports(overrides, environ)


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_overrides_remove_conflicting_variables() -> None:
    environ = {"AWS_PROFILE": "work", "AWS_ENDPOINT_URL_S3": "https://s3", "PATH": "/bin"}
    removed = {"AWS_PROFILE": None, "AWS_ENDPOINT_URL_S3": None}
    assert emulator_environment.build_overrides(EMULATOR, environ) == {**removed, **ENVIRONMENT}


@pytest.mark.parametrize(
    "name",
    [
        "AWS_DEFAULT_PROFILE",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_PROFILE",
        "AWS_ROLE_ARN",
        "AWS_S3_ENDPOINT",
        "AWS_SECURITY_TOKEN",
        "AWS_SESSION_TOKEN",
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ],
)
def test_overrides_remove_each_variable_that_selects_another_account_or_endpoint(name: str) -> None:
    assert emulator_environment.build_overrides(EMULATOR, {name: "x"})[name] is None


def test_shell_evaluates_the_exports(tmp_path: Path, state_home: Path) -> None:
    configuration = tmp_path / "it's mine.tfrc"
    configuration.write_text("")
    environ = {
        "PATH": "/nowhere",
        "AWS_PROFILE": "work",
        "AWS_ENDPOINT_URL_SQS": "x",
        "HOME": str(tmp_path),
        "TF_CLI_CONFIG_FILE": "/missing",
    }
    text = format_exports(EMULATOR, environ)
    assert text.startswith(
        "unset AWS_ENDPOINT_URL_SQS AWS_PROFILE\nexport AWS_ENDPOINT_URL='http://127.0.0.1:4566'\n"
    )
    shell = ["/bin/sh", "-c", f"set -eu\n{text}/usr/bin/env"]
    lines = subprocess.run(shell, env=environ, capture_output=True, text=True, check=True).stdout.splitlines()
    after = dict(line.split("=", 1) for line in lines)
    expected = {
        **ENVIRONMENT,
        "HOME": str(tmp_path),
        "PATH": f"{state_home / 'bin'}:/nowhere",
        "TF_CLI_CONFIG_FILE": str(state_home / "terraformrc"),
    }
    assert {name: after[name] for name in after if name not in {"PWD", "_", "SHLVL", "OLDPWD"}} == expected
    assert "PATH" not in format_exports(EMULATOR, after)


def test_exports_are_quoted_for_the_shell() -> None:
    hostile = EMULATOR._replace(endpoint="http://it's $(id)`id`\\")
    text = format_exports(hostile, {"PATH": os.environ["PATH"]})
    shell = ["/bin/sh", "-c", f'{text}printf %s "$AWS_ENDPOINT_URL"']
    assert subprocess.run(shell, capture_output=True, text=True, check=True).stdout == hostile.endpoint
