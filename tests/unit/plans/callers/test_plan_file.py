"""Plans are read from files, and other files are refused with a remedy."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.errors import TerraformError
from domovoi_tf.plans.callers.plan_file import read_plan_file

PLAN: dict[str, Any] = {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": []}
REMEDY = "Write the JSON of a plan: `terraform plan -out=FILE`, then `terraform show -json FILE > plan.json`."
LOG = '{"@level":"info","@message":"Terraform 1.11.4","type":"version"}\n{"@level":"info"}\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_plan_is_read_as_shells_write_it(tmp_path: Path, encoding: str) -> None:
    """The shell of Windows redirects output as UTF-16."""
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(PLAN), encoding=encoding)
    assert read_plan_file(str(path)) == PLAN


def test_plan_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(PLAN).encode())))
    assert read_plan_file("-") == PLAN
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(TerraformError) as raised:
        read_plan_file("-")
    assert str(raised.value) == f"standard input is empty.\n{REMEDY}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (" \n", f"FILE is empty.\n{REMEDY}"),
        ("{", f"FILE is not JSON: line 1: Expecting property name enclosed in double quotes.\n{REMEDY}"),
        ("Terraform will", f"FILE is not JSON: line 1: Expecting value.\n{REMEDY}"),
        (b"\xff\xff\xff", f"FILE is not JSON: it is not text.\n{REMEDY}"),
        ("[" * 300 + "]" * 300, f"FILE is not JSON: it is nested too deeply.\n{REMEDY}"),
        (LOG, f"FILE is the log of `terraform plan -json`, not a plan.\n{REMEDY}"),
        ("[]", f"FILE is not the JSON of a plan.\n{REMEDY}"),
        ("{}", f"FILE is not the JSON of a plan.\n{REMEDY}"),
        ({"version": 4, "lineage": "x"}, f"FILE is a state, not a plan.\n{REMEDY}"),
        (
            {"format_version": "1.0", "terraform_version": "1.1", "values": {}},
            f"FILE is a state, not a plan.\n{REMEDY}",
        ),
        (
            {**PLAN, "format_version": "2.0"},
            "FILE has the format '2.0' of plans. This version of domovoi-tf reads the formats 1.x.\n"
            "Install a newer version of domovoi-tf, or make the plan with an older Terraform.",
        ),
        (
            {**PLAN, "format_version": "0.2"},
            "FILE has the format '0.2' of plans. This version of domovoi-tf reads the formats 1.x.\n"
            "Make the plan with Terraform 1.1 or newer.",
        ),
        *(
            (
                {**PLAN, member: None},
                f"FILE is not the JSON of a plan: {member} is not usable.\n{REMEDY}",
            )
            for member in ("configuration", "output_changes", "prior_state")
        ),
        (
            {**PLAN, "resource_changes": [{"address": "x"}]},
            f"FILE is not the JSON of a plan: resource_changes is not usable.\n{REMEDY}",
        ),
        (
            {**PLAN, "errored": True},
            "FILE is the plan of a run that failed, so it is incomplete.\n"
            "Plan again, and write the JSON of a plan that succeeded.",
        ),
        (
            b"PK\x03\x04rest",
            "FILE is a plan file of Terraform, not JSON.\n"
            "Run `terraform show -json FILE > plan.json` in the folder of the root module first.",
        ),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: Any, message: str) -> None:
    path = tmp_path / "plan.json"
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TerraformError) as raised:
        read_plan_file(str(path))
    assert str(raised.value) == message.replace(REMEDY, "{}").replace("FILE", str(path)).replace("{}", REMEDY)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(TerraformError) as raised:
            read_plan_file(str(path))
        assert str(raised.value) == f"{path} cannot be read: {reason}.\n{REMEDY}"
