"""AWS in memory: every boto3 client of this process asks it, with parameters that AWS would accept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.loaders import create_loader
from botocore.validate import ParamValidator

ACCOUNT, REGION = "123456789012", "eu-west-1"
Operation = Callable[..., Any]
LOADER = create_loader()


def refusal(code: str, message: str = "", status: int = 400) -> ClientError:
    """Returns an error as AWS answers it; the client's own class for the code is raised in its place."""
    answer: Any = {
        "Error": {"Code": code, "Message": message or code},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "")


class FakeAws:
    """Answers the calls of boto3's clients.

    Attributes:
        calls: the calls that were made, by service, operation and parameters.
        clients: the configuration of the clients that made them: service, Region, endpoint and credentials.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.clients: list[tuple[str, str, str, str | None]] = []
        self._operations: dict[tuple[str, str], Operation] = {}
        self.on("sts", "GetCallerIdentity", self._identity)

    def on(self, service: str, operation: str, answer: Operation | Mapping[str, Any] | Exception) -> None:
        """Sets the answer of an operation: a function of its parameters, a value, or an error."""

        def respond(**parameters: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer(**parameters) if callable(answer) else answer

        self._operations[service, operation] = respond

    def made(self, *operations: str) -> list[dict[str, Any]]:
        """Returns the parameters of the calls of these operations, in their order."""
        return [parameters for _, operation, parameters in self.calls if operation in operations]

    def respond(self, client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        """Answers a call as the service would."""
        service = client.meta.service_model.service_name
        model = client.meta.service_model.operation_model(operation)
        _validate(parameters, model.input_shape)
        credentials = client._request_signer._credentials  # type: ignore[attr-defined]
        key = credentials.access_key if credentials else None
        self.clients.append((service, client.meta.region_name, client.meta.endpoint_url, key))
        self.calls.append((service, operation, parameters))
        respond = self._operations.get((service, operation))
        assert respond, f"the test does not expect {service}:{operation} with {parameters}"
        try:
            answer = dict(respond(**parameters) or {})
        except ClientError as error:
            known: Any = client.exceptions.from_code(error.response["Error"]["Code"])
            raise known(error.response, operation) from None
        metadata = answer.pop("ResponseMetadata", {})
        _validate(
            {name: value for name, value in answer.items() if name != "Body"}, model.output_shape, whole=False
        )
        return {**answer, "ResponseMetadata": {"HTTPStatusCode": 200, "RequestId": "request", **metadata}}

    def _identity(self) -> Any:
        return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada", "UserId": "ada"}


class FakeS3:
    """Buckets with their settings, objects and versions."""

    def __init__(self, aws: FakeAws) -> None:
        self.buckets: dict[str, dict[str, Any]] = {}
        self.owners: dict[str, str] = {}
        self.objects: dict[tuple[str, str], bytes] = {}
        self.versions: list[tuple[str, str]] = []
        self.changed = datetime(2026, 1, 31, 10, 20, 30, tzinfo=timezone.utc)
        for setting, (key, missing) in _SETTINGS.items():
            aws.on("s3", f"Get{setting}", self._getter(key, missing))
            aws.on("s3", f"Put{setting}", self._setter(key))
        for operation in ("HeadBucket", "CreateBucket", "GetObject", "ListObjectVersions"):
            aws.on("s3", operation, getattr(self, f"_{operation}"))

    def create(self, name: str, region: str = REGION, owner: str = ACCOUNT, **settings: Any) -> None:
        self.buckets[name] = {"region": region, **settings}
        self.owners[name] = owner

    def put(self, bucket: str, key: str, content: bytes) -> None:
        self.objects[bucket, key] = content
        self.versions.append((bucket, key))

    def _HeadBucket(self, Bucket: str, ExpectedBucketOwner: str = ACCOUNT) -> Any:  # noqa: N802
        if Bucket not in self.buckets:
            raise refusal("404", "Not Found", 404)
        if self.owners[Bucket] != ExpectedBucketOwner:
            raise refusal("403", "Forbidden", 403)
        return {"BucketRegion": self.buckets[Bucket]["region"]}

    def _CreateBucket(self, Bucket: str, CreateBucketConfiguration: Any = None) -> Any:  # noqa: N802
        if Bucket in self.buckets:
            raise refusal("BucketAlreadyExists", "The requested bucket name is not available.", 409)
        region = (CreateBucketConfiguration or {}).get("LocationConstraint", "us-east-1")
        assert CreateBucketConfiguration is None or region != "us-east-1"
        self.create(Bucket, region)
        return {}

    def _GetObject(self, Bucket: str, Key: str) -> Any:  # noqa: N802
        if (Bucket, Key) not in self.objects:
            raise refusal("NoSuchKey", "The specified key does not exist.", 404)
        return {"Body": _Body(self.objects[Bucket, Key]), "LastModified": self.changed}

    def _ListObjectVersions(self, Bucket: str, Prefix: str, KeyMarker: str = "") -> Any:  # noqa: N802
        found = [key for bucket, key in self.versions if bucket == Bucket and key.startswith(Prefix)]
        at = int(KeyMarker or 0)
        page: dict[str, Any] = {"Versions": [{"Key": found[at]}]} if found else {}
        rest = at + 1 < len(found)
        return {**page, "IsTruncated": rest, **({"NextKeyMarker": str(at + 1)} if rest else {})}

    def _getter(self, key: str, missing: str | None) -> Operation:
        def get(Bucket: str) -> Any:
            if key not in self.buckets[Bucket]:
                if missing is None:
                    return {}
                raise refusal(missing, f"{missing} of {Bucket}", 404)
            found = self.buckets[Bucket][key]
            return found if key in ("versioning", "lifecycle") else {key: found}

        return get

    def _setter(self, key: str) -> Operation:
        def put(Bucket: str, **parameters: Any) -> Any:
            given = parameters.pop(key, None)
            if key == "versioning":
                given = parameters.pop("VersioningConfiguration")
            elif key == "lifecycle":
                given = {**parameters.pop("LifecycleConfiguration"), **parameters}
            self.buckets[Bucket][key] = given
            return {}

        return put


_SETTINGS = {
    "BucketVersioning": ("versioning", None),
    "BucketEncryption": (
        "ServerSideEncryptionConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
    ),
    "PublicAccessBlock": ("PublicAccessBlockConfiguration", "NoSuchPublicAccessBlockConfiguration"),
    "BucketPolicy": ("Policy", "NoSuchBucketPolicy"),
    "BucketLifecycleConfiguration": ("lifecycle", "NoSuchLifecycleConfiguration"),
}


class _Body:
    def __init__(self, content: bytes) -> None:
        self.read = lambda: content


def _validate(value: Mapping[str, Any], shape: Any, whole: bool = True) -> None:
    """Compares a value with the model of the service; an answer need not be whole."""
    errors = ParamValidator().validate(value, shape).generate_report() if shape else ""
    missing = "Missing required parameter"
    lines = [line for line in errors.splitlines() if whole or not line.startswith(missing)]
    assert not lines, "\n".join(lines)


def install(fake: FakeAws, patch: pytest.MonkeyPatch) -> None:
    """Makes all of boto3's clients of this process ask a fake AWS, with credentials for it."""
    patch.setattr(BaseClient, "_make_api_call", lambda *call: fake.respond(*call))
    # Each session would read the models of the services again.
    patch.setattr("botocore.session.create_loader", lambda *_: LOADER)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIATEST",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/nowhere/config",
        "AWS_SHARED_CREDENTIALS_FILE": "/nowhere/credentials",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        patch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        patch.delenv(name, raising=False)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    """An AWS of this test, to which all of boto3's clients lead, and credentials for it."""
    fake = FakeAws()
    install(fake, monkeypatch)
    return fake
