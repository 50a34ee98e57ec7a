"""The account and Region of a stage, and errors of AWS with their remedies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import (
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
    SSOTokenLoadError,
    TokenRetrievalError,
)
from fake_aws import FakeAws, refusal
from silent_endpoint import LIMITS

from domovoi_tf.operations.account import Account, AwsError, NotDeployedError
from domovoi_tf.operations.identity.sessions import create_session
from domovoi_tf.state import bucket


def test_account_is_that_of_the_environment(aws: FakeAws) -> None:
    account = Account()
    assert (account.region, account.endpoint, account.location) == ("eu-west-1", None, "in eu-west-1")
    assert (account.partition, account.account_id) == ("aws", "123456789012")
    arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:bar"
    assert [account.build_arn("states", "stateMachine:bar") for _ in range(2)] == [arn, arn]
    assert len(aws.made("GetCallerIdentity")) == 1


@pytest.mark.parametrize(
    ("given", "environ", "region", "partition"),
    [
        ("cn-north-1", {}, "cn-north-1", "aws-cn"),
        (
            None,
            {"AWS_REGION": "us-gov-west-1", "AWS_DEFAULT_REGION": "eu-west-1"},
            "us-gov-west-1",
            "aws-us-gov",
        ),
        (None, {"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3", "aws"),
    ],
)
@pytest.mark.usefixtures("aws")
def test_region_is_that_of_the_stage_or_else_of_the_environment(
    given: str | None,
    environ: dict[str, str],
    region: str,
    partition: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    account = Account(given)
    assert (account.region, account.partition, account.endpoint) == (region, partition, None)


@pytest.mark.usefixtures("aws")
def test_endpoint_of_an_emulator_is_the_location(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    account = Account()
    assert (account.endpoint, account.location) == ("http://127.0.0.1:4566", "at http://127.0.0.1:4566")
    assert str(NotDeployedError("The function bar", account, "dev")) == (
        "The function bar is not deployed at http://127.0.0.1:4566.\n"
        "Run `domovoi-tf local deploy`, or choose another --stage, AWS_REGION or AWS_PROFILE."
    )
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert "Run `domovoi-tf deploy`" in str(NotDeployedError("The function", Account(), "dev"))


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:4566"])
def test_without_a_region_there_is_no_account(endpoint: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(AwsError, match=r"No AWS Region is set\.\nSet AWS_REGION, or the region of"):
        Account()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        *((code, "The AWS credentials have expired.") for code in ("ExpiredToken", "ExpiredTokenException")),
        ("RequestExpired", "The AWS credentials have expired."),
        *(
            (code, "AWS does not accept these credentials: in its words")
            for code in ("InvalidClientTokenId", "UnrecognizedClientException")
        ),
        (
            "InvalidSignatureException",
            "The secret access key does not belong to the access key.\nCheck AWS_SEC",
        ),
        *(
            (code, "AWS refused GetCallerIdentity: in its words\nAllow GetCallerIdentity for")
            for code in (
                "AccessDenied",
                "AccessDeniedException",
                "UnauthorizedOperation",
                "AuthorizationError",
            )
        ),
        ("Throttling", "AWS refused GetCallerIdentity: in its words\nResolve the cause, and try again."),
    ],
)
def test_refusal_of_aws_has_a_remedy_by_its_code(aws: FakeAws, code: str, message: str) -> None:
    aws.on("sts", "GetCallerIdentity", refusal(code, "in its words"))
    with pytest.raises(AwsError) as caught:
        _ = Account().account_id
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NoCredentialsError(), "There are no AWS credentials."),
        (PartialCredentialsError(provider="env", cred_var="x"), "There are no AWS credentials."),
        (CredentialRetrievalError(provider="p", error_msg="x"), "There are no AWS credentials."),
        (
            TokenRetrievalError(provider="sso", error_msg="gone"),
            "The SSO sign-in is missing or has expired.\nSign in with `aws sso login`.",
        ),
        (
            SSOTokenLoadError(error_msg="gone"),
            "The SSO sign-in is missing or has expired.\nSign in with `aws sso login`.",
        ),
        (EndpointConnectionError(endpoint_url="https://a"), "The request to AWS failed: Could not connect"),
    ],
)
def test_failed_request_has_a_remedy_by_its_kind(aws: FakeAws, error: Exception, message: str) -> None:
    aws.on("sts", "GetCallerIdentity", error)
    with pytest.raises(AwsError) as caught:
        _ = Account().account_id
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("service", ["sts", "lambda", "logs", "sqs", "stepfunctions"])
def test_requests_without_an_answer_fail_within_a_minute(service: str) -> None:
    limits = Account("us-east-1").create_client(service).meta.config
    assert limits.retries["total_max_attempts"] * (limits.connect_timeout + limits.read_timeout) <= 60


def test_clients_of_a_session_have_the_limits_unless_they_have_others() -> None:
    session = create_session(region_name="eu-west-1")
    limits: Any = session.client("sts").meta.config
    assert (limits.connect_timeout, limits.read_timeout) == (5, 15)
    assert limits.retries == {"mode": "standard", "total_max_attempts": 3}
    other: Any = session.client("sts", config=Config(read_timeout=7)).meta.config
    assert (other.connect_timeout, other.read_timeout) == (5, 7)


def test_request_for_the_credentials_of_a_role_without_an_answer_is_an_error(
    silent_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text("[profile role]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\n")
    credentials.write_text("[base]\naws_access_key_id = AKIATEST\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_PROFILE", "role")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setattr("domovoi_tf.operations.identity.sessions._LIMITS", LIMITS)
    with pytest.raises(AwsError) as caught:
        _ = Account().account_id
    assert str(caught.value) == (
        f'The request to AWS failed: Read timeout on endpoint URL: "{silent_endpoint}/"\n'
        "Check AWS_PROFILE, AWS_REGION and the network."
    )


def test_request_without_an_answer_is_an_error(silent_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domovoi_tf.operations.identity.sessions._LIMITS", LIMITS)
    with pytest.raises(AwsError) as caught:
        _ = Account().account_id
    assert str(caught.value) == (
        f'The request to AWS failed: Read timeout on endpoint URL: "{silent_endpoint}/"\n'
        "Check AWS_PROFILE, AWS_REGION and the network."
    )


def test_emulator_of_the_shell_that_has_ended_is_an_error(
    silent_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(AwsError) as caught:
        _ = Account().account_id
    assert str(caught.value) == (
        "AWS_ENDPOINT_URL names an emulator that is not running: http://127.0.0.1:1.\n"
        'Start it with `domovoi-tf local up`, then run eval "$(domovoi-tf local env)" in this shell. '
        "To use AWS instead, open a new shell."
    )


def test_state_bucket_without_an_answer_is_an_error(
    silent_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domovoi_tf.operations.identity.sessions._LIMITS", LIMITS)
    with pytest.raises(ReadTimeoutError):
        bucket.connect("states", {}, os.environ)
