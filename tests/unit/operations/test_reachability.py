"""AWS answers, does not answer, or cannot be asked in Terraform's place."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ProxyConnectionError
from fake_aws import FakeAws, refusal
from silent_endpoint import LIMITS

from domovoi_tf.operations import reachability
from domovoi_tf.operations.reachability import explain_silence


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachability, "_LIMITS", LIMITS)


def test_endpoint_that_does_not_answer_is_named_without_credentials(
    silent_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert explain_silence(tmp_path) == f'Read timeout on endpoint URL: "{silent_endpoint}/"'


def test_endpoint_that_refuses_connections_is_named(
    silent_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert explain_silence(tmp_path) == 'Could not connect to the endpoint URL: "http://127.0.0.1:1/"'


def test_proxy_that_refuses_connections_is_named(aws: FakeAws, tmp_path: Path) -> None:
    aws.on("sts", "GetCallerIdentity", ProxyConnectionError(proxy_url="http://proxy"))
    assert explain_silence(tmp_path) == 'Failed to connect to proxy URL: "http://proxy"'


def test_refusal_is_an_answer(aws: FakeAws, tmp_path: Path) -> None:
    aws.on("sts", "GetCallerIdentity", refusal("MissingAuthenticationToken"))
    assert explain_silence(tmp_path) is None
    assert len(aws.made("GetCallerIdentity")) == 1


def test_missing_profile_is_left_to_terraform(
    silent_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert explain_silence(tmp_path) is None


@pytest.mark.parametrize(
    "text",
    [
        "  skip_credentials_validation = true\n",
        '  endpoints {\n    sts = "http://other"\n  }\n',
        '  endpoints = {\n    s3 = "http://other"\n  }\n',
        '  http_proxy = "http://proxy"\n',
        '  https_proxy = "http://proxy"\n',
        "  use_fips_endpoint = true\n",
        '  sts_region = "eu-west-1"\n',
    ],
)
def test_terraform_that_begins_with_another_request_is_not_judged(
    silent_endpoint: str, tmp_path: Path, text: str
) -> None:
    (tmp_path / "providers.tf").write_text(f'provider "aws" {{\n{text}}}\n')
    assert explain_silence(tmp_path) is None


def test_arguments_of_modules_are_none_of_the_provider(silent_endpoint: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "app" {\n  api_endpoint = "http://other"\n}\n')
    assert explain_silence(tmp_path) == f'Read timeout on endpoint URL: "{silent_endpoint}/"'


@pytest.mark.parametrize(
    ("text", "region"),
    [('  region = "cn-north-1"\n', "cn-north-1"), ("  region = var.region\n", "eu-west-1")],
)
def test_region_is_that_of_the_provider(aws: FakeAws, tmp_path: Path, text: str, region: str) -> None:
    (tmp_path / "providers.tf").write_text(f'provider "aws" {{\n{text}}}\n')
    client = reachability._create_client(reachability._read_region((tmp_path / "providers.tf").read_text()))
    assert client.meta.region_name == region
