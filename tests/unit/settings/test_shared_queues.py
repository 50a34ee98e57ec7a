"""Stages that share a dead-letter queue get a warning, because its messages do not name their function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import settings

KEY = "dead_letter_queue_target_arn"
ARN, OTHER = (f"arn:aws:sqs:eu-west-1:123456789012:{name}" for name in ("dead", "other"))


def find_notices(project: Path, **config: Any) -> list[str]:
    (project / ".chalice").mkdir(exist_ok=True)
    (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": "bar", **config}))
    notices = {stage: settings.load(project, stage).notices for stage in config.get("stages", {"dev": {}})}
    assert len(set(notices.values())) == 1  # `render` prints equal warnings of several stages once
    return [notice for notice in next(iter(notices.values())) if "share" in notice]


@pytest.mark.parametrize(
    ("config", "paths", "stages"),
    [
        ({KEY: ARN, "stages": {"dev": {}, "prod": {}}}, f"$.{KEY}", "dev, prod"),
        (
            {"stages": {"dev": {KEY: ARN}, "test": {}, "prod": {KEY: ARN}}},
            f"$.stages.dev.{KEY}, $.stages.prod.{KEY}",
            "dev, prod",
        ),
        (
            {KEY: ARN, "stages": {"dev": {}, "prod": {KEY: OTHER, "lambda_functions": {"a": {KEY: ARN}}}}},
            f"$.{KEY}, $.stages.prod.lambda_functions.a.{KEY}",
            "dev, prod",
        ),
        (
            {"lambda_functions": {"a": {KEY: ARN}}, "stages": {"dev": {}, "prod": {}}},
            f"$.lambda_functions.a.{KEY}",
            "dev, prod",
        ),
    ],
)
def test_shared_queue_is_a_warning(config: dict[str, Any], paths: str, stages: str, tmp_path: Path) -> None:
    assert find_notices(tmp_path, **config) == [
        f".chalice/config.json:1: {paths}: the stages {stages} share the queue {ARN}. Lambda's messages do "
        "not name their function, so `domovoi-tf dlq redrive` leaves those whose request is in no log. Give "
        f"each stage its own queue ($.stages.<stage>.{KEY}), or use on_failure, whose messages name the "
        "function"
    ]


@pytest.mark.parametrize(
    "config",
    [
        {},
        {KEY: ARN},
        {KEY: ARN, "stages": {"dev": {}}},
        {KEY: ARN, "stages": {"dev": {}, "prod": {KEY: OTHER}}},
        {KEY: "", "stages": {"dev": {}, "prod": {}}},
        {KEY: ARN.replace(":sqs:", ":sns:"), "stages": {"dev": {}, "prod": {}}},
    ],
)
def test_queue_of_one_stage_is_no_warning(config: dict[str, Any], tmp_path: Path) -> None:
    assert find_notices(tmp_path, **config) == []
