"""The backend that a stage uses, of which the configuration may have a part only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.errors import BackendError
from domovoi_tf.state.backend_arguments import read_init_arguments, read_override
from domovoi_tf.state.backend_root import Backend
from domovoi_tf.state.effective_backend import find_backend, require_bucket

PARTIAL = ("s3", {"encrypt": True, "key": "bar/dev/terraform.tfstate"})
WHOLE = ("s3", {**PARTIAL[1], "bucket": "ours", "region": "eu-west-1"})
GIVEN = {"TF_CLI_ARGS_init": "-upgrade -backend-config=bucket=given -backend-config key=k"}


def record(root: Path, kind: str, **config: Any) -> None:
    """Writes what `terraform init` records."""
    (root / ".terraform").mkdir(parents=True, exist_ok=True)
    backend = {"type": kind, "config": {**config, "profile": None}, "hash": 1}
    (root / ".terraform" / "terraform.tfstate").write_text(json.dumps({"version": 3, "backend": backend}))


def override(root: Path, text: str, name: str = "backend_override.tf") -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def test_configuration_is_completed_by_the_environment_and_then_by_the_last_init(tmp_path: Path) -> None:
    assert find_backend(PARTIAL, tmp_path, {}) == Backend(*PARTIAL)
    given = {**PARTIAL[1], "bucket": "given", "key": "k"}
    assert find_backend(PARTIAL, tmp_path, GIVEN) == Backend("s3", given)
    record(tmp_path, "s3", bucket="recorded", key="r")
    for environ in ({}, GIVEN):
        recorded = Backend("s3", {"bucket": "recorded", "key": "r"})
        assert find_backend(PARTIAL, tmp_path, environ) == recorded
    assert find_backend(PARTIAL, tmp_path, GIVEN, initialized=False) == Backend("s3", given)


def test_whole_configuration_is_what_counts(tmp_path: Path) -> None:
    record(tmp_path, "s3", **{**WHOLE[1], "bucket": "old"})
    assert find_backend(WHOLE, tmp_path, {}) == Backend(*WHOLE)
    record(tmp_path, "local", path="elsewhere")
    assert find_backend(PARTIAL, tmp_path, {}) == Backend(*PARTIAL)
    assert find_backend(None, tmp_path, {}) == Backend("local", {"path": str(tmp_path / "terraform.tfstate")})


def test_record_completes_other_backends_and_a_missing_region(tmp_path: Path) -> None:
    record(tmp_path, "gcs", bucket="states", prefix="bar")
    assert find_backend(("gcs", {"prefix": "bar"}), tmp_path, {}) == Backend(
        "gcs", {"bucket": "states", "prefix": "bar"}
    )
    assert find_backend(("gcs", {"prefix": "baz"}), tmp_path, {}) == Backend("gcs", {"prefix": "baz"})
    without_region = ("s3", {"bucket": "ours", "key": "k"})
    record(tmp_path, "s3", bucket="ours", key="k", region="eu-west-1")
    assert find_backend(without_region, tmp_path, {}).arguments["region"] == "eu-west-1"


def test_arguments_of_init_change_a_whole_configuration(tmp_path: Path) -> None:
    assert find_backend(WHOLE, tmp_path, GIVEN).location == "s3://given/k"
    record(tmp_path, "s3", bucket="given", key="k", region="us-east-1")
    for environ, location in ((GIVEN, "s3://given/k"), ({}, Backend(*WHOLE).location)):
        assert find_backend(WHOLE, tmp_path, environ).location == location
    assert find_backend(WHOLE, tmp_path, GIVEN).arguments["region"] == "us-east-1"


def test_override_file_takes_the_place_of_the_configuration(tmp_path: Path) -> None:
    override(tmp_path, 'terraform {\n  backend "s3" {}\n}\n')
    assert find_backend(None, tmp_path, GIVEN) == Backend("s3", {"bucket": "given", "key": "k"})
    record(tmp_path, "s3", bucket="recorded", key="r")
    assert find_backend(WHOLE, tmp_path, {}) == Backend("s3", {"bucket": "recorded", "key": "r"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('terraform {\n  backend "s3" {}\n}', ("s3", {})),
        (
            'terraform {\n  required_version = "1"\n  backend "s3" {\n'
            '    bucket = "a" # "b"\n    encrypt=true\n    key = "#}"\n'
            '    assume_role = {\n      role_arn = "r"\n    }\n    endpoints = { s3 = "e" }\n'
            '  }\n  name = "other"\n}',
            ("s3", {"bucket": "a", "encrypt": True, "key": "#}"}),
        ),
        ('terraform {\n  backend "pg" {\n    schema_name = "${x}"\n    n = 1\n  }\n}', ("pg", {})),
        ('terraform {\n  cloud {\n    workspaces {\n      name = "w"\n    }\n  }\n}', ("cloud", {})),
        ('# backend "s3" {}\n/* backend "s3" {} */\n// backend "s3" {}\nlocals {}', None),
        ('locals {\n  text = "backend"\n}', None),
    ],
)
def test_backend_of_an_override_file(text: str, expected: object, tmp_path: Path) -> None:
    for name in ("override.tf", "z_override.tf"):
        override(tmp_path / name, text, name)
        assert read_override(tmp_path / name) == expected
    override(tmp_path / "other", text, "my-override.tf")
    assert read_override(tmp_path / "other") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"terraform": {"backend": {"s3": {"bucket": "a", "key": "${x}", "n": 1}}}}',
            ("s3", {"bucket": "a"}),
        ),
        ('{"terraform": [{"backend": [{"gcs": [{"bucket": "a"}]}]}]}', ("gcs", {"bucket": "a"})),
        ('{"terraform": {"cloud": {"organization": "o"}}}', ("cloud", {"organization": "o"})),
        ('{"terraform": {"required_version": "1"}}', None),
        ("{", None),
        ("[]", None),
    ],
)
def test_backend_of_an_override_file_in_json(text: str, expected: object, tmp_path: Path) -> None:
    override(tmp_path, text, "a_override.tf.json")
    assert read_override(tmp_path) == expected
    override(tmp_path, 'terraform {\n  backend "pg" {}\n}\n', "b_override.tf")
    assert read_override(tmp_path) == ("pg", {})


def test_arguments_of_init_may_be_in_files(tmp_path: Path) -> None:
    root = tmp_path / "stages" / "dev"
    root.mkdir(parents=True)
    (tmp_path / "shared.hcl").write_text('bucket = "a"\nregion = "r"\nuse_lockfile = false\n')
    (root / "own.json").write_text('{"region": "s"}')
    arguments = "-backend-config=../../shared.hcl --backend-config own.json -backend-config=key=a=b"
    expected = {"bucket": "a", "region": "s", "use_lockfile": False, "key": "a=b"}
    assert read_init_arguments(root, {"TF_CLI_ARGS_init": arguments}) == expected
    for unreadable in ("-backend-config=missing", "-backend-config", "'", "-backend-config=."):
        assert read_init_arguments(root, {"TF_CLI_ARGS_init": unreadable}) == {}


def test_bucket_is_required_from_somewhere(tmp_path: Path) -> None:
    root = tmp_path / "dev"
    for configuration in (None, WHOLE, ("gcs", {})):
        require_bucket(configuration, root, {})
    require_bucket(PARTIAL, root, GIVEN)
    with pytest.raises(BackendError) as caught:
        require_bucket(PARTIAL, root, {})
    assert str(caught.value) == (
        "The s3 backend of dev has no bucket, neither in .chalice/config.json nor in TF_CLI_ARGS_init.\n"
        "Set terraform.backend.s3.bucket in .chalice/config.json, or pass it to `terraform init`: export "
        'TF_CLI_ARGS_init="-backend-config=bucket=NAME -backend-config=region=REGION"'
    )
    record(root, "s3", bucket="recorded")
    require_bucket(PARTIAL, root, {})
