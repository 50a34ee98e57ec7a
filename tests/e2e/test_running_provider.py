"""A deployment whose runs of Terraform use one AWS provider, which ends with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.system.background_processes import read_start_time
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.providers.eligibility import SWITCH

from .conftest import build_shell_environment, create_command_line, write_project

pytestmark = pytest.mark.emulator

APP = """
from domovoi_tf import Domovoi

app = Domovoi()

@app.sns_topic_subscriber("running-provider")
def tend(event, context): return 1
"""


def test_deployment_runs_one_provider(emulator: Emulator, terraform_binary: Binary, tmp_path: Path) -> None:
    project = write_project(tmp_path / "bar", {"app_name": "running-provider"}, APP)
    run = create_command_line({**build_shell_environment(emulator, terraform_binary), SWITCH: "1"})
    for is_first in (True, False):
        done = run("-v", "deploy", "--yes", cwd=project)
        assert (done.code, bool(re.search(r"(\d+) of \1 done", done.out))) == (0, True), done
        started = re.findall(r"-debug  \(process (\d+)\)", done.err)
        assert len(started) == 1, done.err
        assert ("terraform init: skipped" in done.err) is not is_first, done.err
        assert read_start_time(int(started[0])) is None
        (project / "app.py").write_text(APP.replace("return 1", "return 2"))
    done = run("plan", "--detailed-exitcode", cwd=project)
    assert (done.code, "No changes." in done.out) == (0, True)
