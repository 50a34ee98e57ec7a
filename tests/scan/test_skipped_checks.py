"""Checks that the configuration skips are skipped by both scanners, wherever the resources are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domovoi_tf import settings
from domovoi_tf.loading import loader
from domovoi_tf.rendering.templates import render
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets

from .scanners import Finding, run_checkov, run_trivy

APP = """from domovoi_tf import Domovoi, scoped

app = Domovoi()


@app.sns_topic_subscriber("bartender")
def tend(event, context): ...


@app.s3_event_handler(scoped("labels"), ["s3:ObjectCreated:*"], create=True)
def label(event, context): ...


@app.alb_target()
def page(event, context): ...
"""
REASON = "not here: it costs money"


def write_tree(folder: Path, skipped: list[str]) -> Path:
    """Writes the tree of an app with its own load balancer and bucket, and returns the folder with it."""
    project, tree = folder / "project", folder / "trees" / "app"
    (project / ".chalice").mkdir(parents=True, exist_ok=True)
    (project / "app.py").write_text(APP)
    checks = [{"id": check, "reason": REASON} for check in skipped]
    terraform = {"terraform": {"skip_checks": checks}} if checks else {}
    config = {"app_name": "bar", "alb_acm_cert_dns_name": "bar.example.com", **terraform}
    (project / settings.CONFIG).write_text(json.dumps(config))
    stack = synthesize(loader.load(project, {}), settings.load(project, "dev"))
    for file in render(stack, assets.find_templates(), assets.find_modules()):
        path = tree / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    return tree.parent


@pytest.mark.parametrize("scanner", [run_checkov, run_trivy])
def test_skipped_checks_fail_nowhere(scanner: object, packages: Path, tmp_path: Path) -> None:
    assert callable(scanner)

    def scan(*skipped: str) -> list[Finding]:
        found: list[Finding] = scanner(packages, write_tree(tmp_path, [*skipped]))[1]
        return found

    failed = {each.check for each in scan()}
    assert len(failed) >= 3
    one, *others = sorted(failed)
    assert {each.check for each in scan(*others)} == {one}
