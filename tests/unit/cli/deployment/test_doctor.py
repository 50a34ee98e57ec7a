"""Findings of `domovoi-tf doctor` as text."""

from __future__ import annotations

import json

import click
import pytest

from domovoi_tf.cli.deployment import doctor
from domovoi_tf.cli.deployment.doctor import format_findings
from domovoi_tf.doctor.project import Finding

from ..conftest import Invoke


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


@pytest.mark.parametrize(("state", "code"), [("ok", 0), ("unknown", 0), ("wrong", 1)])
def test_findings_are_printed_as_text_or_json(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, state: str, code: int
) -> None:
    finding = Finding("app", state, "1 handler", "Add more.")
    monkeypatch.setattr(doctor, "_check_programs", lambda *_: iter([finding]))
    monkeypatch.setattr(doctor, "_check_project", lambda *_: iter(()))
    monkeypatch.setattr(doctor, "_check_account", lambda *_: iter(()))
    done = invoke(doctor.doctor)
    assert (done.code, done.out.split()[1:]) == (code, ["app", "1", "handler", "Add", "more."])
    done = invoke(doctor.doctor, "--json")
    document = {"name": "app", "state": state, "says": "1 handler", "remedy": "Add more."}
    assert (done.code, json.loads(done.out)) == (code, {"stage": "dev", "findings": [document]})
