"""Errors of boto3 have the same sentences as those of Terraform, and Regions a suggestion."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    SSOTokenLoadError,
)

from domovoi_tf.failures import credentials, regions


def refuse(code: str, message: str = "in its words") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetCallerIdentity")


@pytest.mark.parametrize(
    ("error", "explanation"),
    [
        (NoCredentialsError(), credentials.NO_CREDENTIALS),
        (NoRegionError(), credentials.NO_REGION),
        (SSOTokenLoadError(error_msg="gone"), credentials.NO_SIGN_IN),
        (ProfileNotFound(profile="nope"), credentials.describe_profile("nope")),
        (refuse("ExpiredToken"), credentials.EXPIRED_CREDENTIALS),
        (refuse("RequestTimeTooSkewed"), credentials.WRONG_CLOCK),
        (
            refuse("InvalidClientTokenId"),
            (
                "AWS does not accept these credentials: in its words",
                "Check AWS_PROFILE or AWS_ACCESS_KEY_ID.",
            ),
        ),
        (
            refuse("SignatureDoesNotMatch"),
            (
                "The secret access key does not belong to the access key.",
                "Check AWS_SECRET_ACCESS_KEY or AWS_PROFILE, and the clock of this machine.",
            ),
        ),
        (refuse("InvalidSignatureException", "Signature expired: it is late"), credentials.WRONG_CLOCK),
        (refuse("AccessDenied"), None),
        (EndpointConnectionError(endpoint_url="https://a"), None),
        (EndpointConnectionError(endpoint_url="https://logs.eu-west-1.amazonaws.com/"), None),
        (
            EndpointConnectionError(endpoint_url="https://logs.eu-wst-1.amazonaws.com/"),
            credentials.describe_region("eu-wst-1"),
        ),
        (
            EndpointConnectionError(endpoint_url="https://b.s3.eu-wst-1.amazonaws.com/k"),
            credentials.describe_region("eu-wst-1"),
        ),
        (ValueError("other"), None),
    ],
)
def test_error_of_boto3_has_the_sentences_of_terraforms(
    error: Exception, explanation: tuple[str, str] | None
) -> None:
    assert credentials.explain_boto_error(error) == explanation


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("eu-wst-1", " Did you mean eu-west-1?"), ("us-east1", " Did you mean us-east-1?"), ("moon", "")],
)
def test_similar_region_is_suggested(name: str, suggestion: str) -> None:
    assert not regions.is_known(name)
    assert regions.suggest(name) == suggestion


def test_known_regions_include_other_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(map(regions.is_known, ("eu-west-1", "cn-north-1", "us-gov-west-1")))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert regions.list_regions() == []
    assert regions.is_known("anything")
