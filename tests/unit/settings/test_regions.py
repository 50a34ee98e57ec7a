"""Warnings about the backend and the provider: a Region that botocore does not know, and deprecated locks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import settings


@pytest.mark.parametrize(
    ("terraform", "notices"),
    [
        (
            {
                "provider": {"region": "eu-west-1"},
                "backend": {"s3": {"bucket": "states", "region": "eu-west-2"}},
            },
            (),
        ),
        (
            {"provider": {"region": "eu-wst-1"}, "backend": {"s3": {"bucket": "states", "region": "moon"}}},
            (
                "terraform.provider.region is eu-wst-1, which botocore does not know. Did you mean "
                "eu-west-1?",
                "terraform.backend.s3.region is moon, which botocore does not know. "
                "If it is a new Region, ignore this.",
            ),
        ),
        ({"backend": {"gcs": {"bucket": "states"}}}, ()),
        (
            {"backend": {"s3": {"bucket": "states", "dynamodb_table": "locks"}}},
            (
                "terraform.backend.s3.dynamodb_table is deprecated by Terraform, which locks the state with "
                "a file beside it (use_lockfile). Remove it once nobody uses a Terraform before 1.10 for "
                "this state",
            ),
        ),
    ],
)
def test_unknown_region_or_deprecated_lock_is_a_warning(
    tmp_path: Path, terraform: dict[str, Any], notices: tuple[str, ...]
) -> None:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text(
        json.dumps({"app_name": "bar", "terraform": terraform})
    )
    found = settings.load(tmp_path, "dev").notices
    assert found == tuple(f".chalice/config.json: {notice}" for notice in notices)


def test_settings_without_a_load_balancer_are_a_warning(tmp_path: Path) -> None:
    (tmp_path / ".chalice").mkdir()
    stages = {"dev": {}, "prod": {"alb_acm_cert_dns_name": "bar.example.com"}}
    config = {"app_name": "bar", "load_balancer": {"internal": True}, "stages": stages}
    (tmp_path / ".chalice" / "config.json").write_text(json.dumps(config))
    assert settings.load(tmp_path, "prod").notices == ()
    assert settings.load(tmp_path, "dev").notices == (
        ".chalice/config.json:1: $.load_balancer: is not used: the stage dev has no load balancer of its "
        "own, which alb_acm_cert_dns_name would create",
    )
