"""Findings of `domovoi-tf doctor` as text."""

from __future__ import annotations

import click

from domovoi_tf.cli.deployment.doctor import format_findings
from domovoi_tf.doctor.project import Finding


def test_findings_have_marks_and_indented_remedies() -> None:
    findings = [
        Finding("app", "ok", "valid, 1 handler"),
        Finding("package", "wrong", "it is missing\nin terraform/app", "Run `domovoi-tf package`."),
        Finding("lock", "unknown", "not checked"),
    ]
    assert [click.unstyle(line) for line in format_findings(findings)] == [
        "✓ app      valid, 1 handler",
        "✗ package  it is missing",
        "           in terraform/app",
        "           Run `domovoi-tf package`.",
        "? lock     not checked",
    ]
