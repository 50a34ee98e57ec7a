"""The identity of a provider or backend: its profile, its web identity, and its roles in order."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from fake_aws import FakeAws

from domovoi_tf.errors import DomovoiError
from domovoi_tf.operations.identity.roles import open_session, parse_duration

ROLE = "arn:aws:iam::123456789012:role/"
ENVIRONMENT, PROFILE = "AKIATEST", "AKIAPROFILE"
ADVICE = "Check web_identity_token_file of assume_role_with_web_identity, or AWS_WEB_IDENTITY_TOKEN_FILE."
VARIABLES = {
    "role_arn": "AWS_ROLE_ARN",
    "session_name": "AWS_ROLE_SESSION_NAME",
    "web_identity_token_file": "AWS_WEB_IDENTITY_TOKEN_FILE",
}


@pytest.fixture
def sts(aws: FakeAws) -> FakeAws:
    """An AWS that gives an access key with the name of the role."""
    aws.on("sts", "AssumeRole", answer)
    aws.on("sts", "AssumeRoleWithWebIdentity", answer)
    return aws


def answer(minutes: int = 60, **parameters: Any) -> Any:
    return {
        "Credentials": {
            "AccessKeyId": build_key(parameters["RoleArn"].rpartition("/")[2]),
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": datetime.now(timezone.utc) + timedelta(minutes=minutes),
        }
    }


def build_key(name: str) -> str:
    return f"ASIA{name:0>12}"


def ask(configuration: dict[str, Any], environ: dict[str, str] | None = None) -> None:
    """Sends a request with the identity of a configuration."""
    session, region = open_session({"region": "eu-west-1", **configuration}, environ or {})
    session.client("sts", region_name=region).get_caller_identity()


def list_keys(aws: FakeAws) -> list[tuple[str, str | None]]:
    """Returns the operations and the access keys with which they were called, in their order."""
    return [(call[1], client[3]) for call, client in zip(aws.calls, aws.clients, strict=True)]


def test_each_role_is_assumed_with_the_credentials_of_the_one_before(sts: FakeAws) -> None:
    ask({"assume_role": [{"role_arn": f"{ROLE}gate"}, {"role_arn": f"{ROLE}deployer"}]})
    assert list_keys(sts) == [
        ("AssumeRole", ENVIRONMENT),
        ("AssumeRole", build_key("gate")),
        ("GetCallerIdentity", build_key("deployer")),
    ]
    assert sts.made("AssumeRole") == [
        {"RoleArn": f"{ROLE}{name}", "RoleSessionName": "domovoi-tf"} for name in ("gate", "deployer")
    ]


def test_web_identity_comes_before_the_roles(sts: FakeAws, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a.b.c\n")
    identity = {
        "role_arn": f"{ROLE}ci",
        "web_identity_token_file": str(tmp_path / "token"),
        "session_name": "build",
        "duration": "30m",
        "policy_arns": [f"{ROLE}p"],
        "policy": "{}",
    }
    ask({"assume_role_with_web_identity": identity, "assume_role": {"role_arn": f"{ROLE}deployer"}})
    assert [key for _, key in list_keys(sts)][1:] == [build_key("ci"), build_key("deployer")]
    assert sts.made("AssumeRoleWithWebIdentity") == [
        {
            "RoleArn": f"{ROLE}ci",
            "RoleSessionName": "build",
            "DurationSeconds": 1800,
            "Policy": "{}",
            "PolicyArns": [{"arn": f"{ROLE}p"}],
            "WebIdentityToken": "a.b.c",
        }
    ]


@pytest.mark.parametrize("missing", ["role_arn", "web_identity_token_file"])
def test_environment_completes_the_web_identity(sts: FakeAws, tmp_path: Path, missing: str) -> None:
    (tmp_path / "token").write_text("a.b.c")
    values = {
        "role_arn": f"{ROLE}ci",
        "session_name": "build",
        "web_identity_token_file": f"{tmp_path}/token",
    }
    environ = {VARIABLES[name]: value for name, value in values.items()}
    ask({"assume_role_with_web_identity": {}}, environ)
    assert sts.made("AssumeRoleWithWebIdentity") == [
        {"RoleArn": f"{ROLE}ci", "RoleSessionName": "build", "WebIdentityToken": "a.b.c"}
    ]
    del environ[VARIABLES[missing]]
    with pytest.raises(DomovoiError) as caught:
        ask({"assume_role_with_web_identity": {}}, environ)
    variable = VARIABLES[missing]
    assert str(caught.value) == (
        f"assume_role_with_web_identity has no {missing}, and {variable} is not set.\n"
        f"Set one of them. CI systems that issue tokens set {variable}."
    )


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), (b"\xff\xfe", "it is not a text")]
)
def test_token_that_cannot_be_read_is_an_error(
    sts: FakeAws, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    identity = {"role_arn": f"{ROLE}ci", "web_identity_token_file": str(path)}
    with pytest.raises(DomovoiError) as caught:
        ask({"assume_role_with_web_identity": identity})
    assert str(caught.value) == f"The web identity token {path} cannot be read: {reason}.\n{ADVICE}"
    assert sts.calls == []


def test_all_arguments_of_a_role_reach_aws(sts: FakeAws) -> None:
    role = {
        "role_arn": f"{ROLE}deployer",
        "duration": "1h",
        "external_id": "bar",
        "policy": "{}",
        "policy_arns": [f"{ROLE}p"],
        "session_name": "ada",
        "source_identity": "lovelace",
        "tags": {"team": "bar"},
        "transitive_tag_keys": ["team"],
    }
    ask({"assume_role": role})
    assert sts.made("AssumeRole") == [
        {
            "RoleArn": f"{ROLE}deployer",
            "RoleSessionName": "ada",
            "DurationSeconds": 3600,
            "ExternalId": "bar",
            "Policy": "{}",
            "PolicyArns": [{"arn": f"{ROLE}p"}],
            "SourceIdentity": "lovelace",
            "Tags": [{"Key": "team", "Value": "bar"}],
            "TransitiveTagKeys": ["team"],
        }
    ]


def test_roles_are_assumed_with_the_first_request_and_again_before_they_expire(sts: FakeAws) -> None:
    sts.on("sts", "AssumeRole", lambda **parameters: answer(minutes=12, **parameters))
    session, region = open_session({"region": "eu-west-1", "assume_role": {"role_arn": f"{ROLE}d"}}, {})
    client = session.client("sts", region_name=region)
    assert sts.calls == []
    for _ in range(2):
        client.get_caller_identity()
    # botocore refreshes credentials that expire in less than 15 minutes.
    assert len(sts.made("AssumeRole")) == 2


def test_profile_of_the_configuration_wins_over_the_environment(
    sts: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[bar deployers]\naws_access_key_id = {PROFILE}\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    ask({"profile": "bar deployers", "assume_role": {"role_arn": f"{ROLE}deployer"}})
    assert list_keys(sts)[0] == ("AssumeRole", PROFILE)


def test_without_a_region_no_role_can_be_assumed(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    assert open_session({"assume_role": {"role_arn": f"{ROLE}deployer"}}, {})[1] is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h", 3600), ("1h30m", 5400), ("1.5h", 5400), ("900s", 900), ("15", None), ("1 h", None), ("", None)],
)
def test_durations_are_those_of_go(text: str, seconds: int | None) -> None:
    assert parse_duration(text) == seconds
