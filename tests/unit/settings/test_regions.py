"""A Region that botocore does not know gets a warning: it is a typing error, or newer than botocore."""

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
    ],
)
def test_unknown_region_is_a_warning(
    tmp_path: Path, terraform: dict[str, Any], notices: tuple[str, ...]
) -> None:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text(
        json.dumps({"app_name": "bar", "terraform": terraform})
    )
    found = settings.load(tmp_path, "dev").notices
    assert found == tuple(f".chalice/config.json: {notice}" for notice in notices)
