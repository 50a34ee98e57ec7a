"""A provider that serves several commands of Terraform, and ends with them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_terraform import FakeTerraform
from polling import wait_until

from domovoi_tf.errors import TerraformError
from domovoi_tf.system.background_processes import is_same_process, read_start_time
from domovoi_tf.terraform.providers import eligibility, running_provider
from domovoi_tf.terraform.providers.running_provider import VARIABLE, RunningProvider
from domovoi_tf.terraform.runner import Terraform

COMMANDS = ("plan", "show", "apply", "output", "state pull")
PATIENCE = 60.0


@pytest.fixture
def provider(provided_terraform: Terraform) -> Iterator[RunningProvider]:
    provider = RunningProvider(provided_terraform)
    yield provider
    provider.stop()


@pytest.fixture
def attached(provided_terraform: Terraform, terraform: FakeTerraform, provider: RunningProvider) -> Terraform:
    for command in (*COMMANDS, "init", "validate"):
        terraform.on(command)
    provided_terraform.provider = provider
    return provided_terraform


def read_processes(record: Path) -> list[tuple[int, str]]:
    """Returns the process ID and the working directory of each provider that was started."""
    lines = record.read_text().splitlines() if record.exists() else []
    return [(int(pid), folder) for pid, folder in (line.split(maxsplit=1) for line in lines)]


def is_running(pid: int) -> bool:
    return is_same_process(pid, read_start_time(pid))


def test_one_provider_serves_all_commands_that_use_it(
    attached: Terraform, provider: RunningProvider, terraform: FakeTerraform, record: Path, provided: Path
) -> None:
    for command in ("init", *COMMANDS, "validate"):
        attached.capture(command)
    ((pid, folder),) = read_processes(record)
    assert Path(folder) == provided
    own, *used, other = [call.get(VARIABLE) for call in terraform.calls]
    assert (own, other) == (None, None)
    assert used == [json.dumps({eligibility.ADDRESS: {"Pid": pid}}, separators=(",", ":"))] * len(COMMANDS)
    assert is_running(pid)
    provider.stop()
    assert not is_running(pid)


def test_provider_has_the_environment_of_terraform_and_a_private_folder(
    attached: Terraform, provider: RunningProvider, record: Path
) -> None:
    attached.environment |= {"AWS_PROFILE": "beer", "TF_VAR_secret": "x", "AWS_CA_BUNDLE": "/ca.pem"}
    attached.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:4566"
    attached.capture("plan")
    lines = record.with_name("record.env").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    assert (variables["AWS_PROFILE"], variables["GOGC"]) == ("beer", "400")
    # It would log everything, also what requests contain.
    assert (variables["TF_LOG"], variables["TF_LOG_PROVIDER"], variables["TF_LOG_SDK"]) == ("OFF",) * 3
    assert not {"AWS_CA_BUNDLE", "TF_VAR_secret"} & {*variables}
    folder = Path(variables["TMPDIR"])
    assert folder.stat().st_mode & 0o777 == 0o700
    provider.stop()
    assert not folder.exists()


def test_provider_is_started_again_for_another_environment(
    attached: Terraform, record: Path, provided: Path
) -> None:
    attached.capture("plan")
    attached.environment["AWS_REGION"] = "eu-west-1"
    attached.capture("plan")
    (first, _), (second, _) = read_processes(record)
    assert (is_running(first), is_running(second)) == (False, True)
    (provided / "own.tf").write_text('provider "aws" {\n  alias = "other"\n}\n')
    attached.capture("apply")
    assert not is_running(second)


@pytest.mark.parametrize(
    ("name", "value"), [(eligibility.SWITCH, "0"), ("AWS_CONFIG_FILE", "~no-such-user/config")]
)
def test_excluded_provider_is_not_started(
    attached: Terraform,
    terraform: FakeTerraform,
    record: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
) -> None:
    monkeypatch.setenv(name, value)
    attached.capture("plan")
    assert (read_processes(record), VARIABLE in terraform.calls[-1]) == ([], False)


def test_provider_of_the_user_is_kept(
    attached: Terraform, terraform: FakeTerraform, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, '{"own": 1}')
    attached.capture("plan")
    assert (read_processes(record), terraform.calls[-1][VARIABLE]) == ([], '{"own": 1}')


def test_provider_that_does_not_serve_is_started_by_terraform(
    attached: Terraform, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_provider, "_PATIENCE", 0.1)
    monkeypatch.setattr(running_provider, "_ADDRESS", re.compile(b"(never)"))
    attached.capture("plan")
    monkeypatch.setattr(running_provider, "_PATIENCE", PATIENCE)
    attached.capture("show")
    assert [VARIABLE in call for call in terraform.calls] == [False, False]


def test_provider_of_another_address_is_not_used(
    attached: Terraform, terraform: FakeTerraform, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_provider, "_ADDRESS", re.compile(rb"PROVIDERS='(\{)"))
    attached.capture("plan")
    assert VARIABLE not in terraform.calls[-1]
    ((pid, _),) = read_processes(record)
    assert not is_running(pid)


def test_crashed_provider_is_described_and_not_used_again(
    attached: Terraform, provider: RunningProvider, terraform: FakeTerraform, record: Path, provided: Path
) -> None:
    attached.capture("plan")
    ((pid, _),) = read_processes(record)
    os.kill(pid, signal.SIGKILL)
    (provider._folder / "errors").write_text("log\npanic: no beer\ngoroutine 1\n")
    process = provider._process
    assert process
    process.wait()
    terraform.on("apply", err="Error: Plugin did not respond", code=1)
    with pytest.raises(TerraformError) as error:
        attached.capture("apply")
    assert str(error.value) == (
        "`terraform apply` failed with exit code 1:\n"
        "Error: Plugin did not respond\nThe AWS provider crashed:\npanic: no beer\ngoroutine 1"
    )
    assert VARIABLE not in terraform.calls[-1]


_SCRIPT = """
import sys
from pathlib import Path
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.providers.running_provider import RunningProvider
from domovoi_tf.terraform.runner import Terraform

terraform = Terraform(Path(sys.argv[1]), {}, Binary(Path(sys.argv[2]), "terraform"))
terraform.provider = RunningProvider(terraform)
try:
    terraform.capture("plan")
    terraform.capture("apply")
finally:
    terraform.provider.stop()
"""


@pytest.mark.parametrize("end", ["success", "failure", "Ctrl-C", "SIGTERM", "SIGKILL"])
def test_provider_ends_with_the_command(
    end: str, terraform: FakeTerraform, provided: Path, record: Path
) -> None:
    terraform.on("plan")
    terraform.on("apply", code=int(end == "failure"), waits=end not in ("success", "failure"))
    command = [sys.executable, "-c", _SCRIPT, str(provided), str(terraform.path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        if end in ("success", "failure"):
            process.wait(PATIENCE)
        else:
            assert wait_until(lambda: terraform.is_waiting, PATIENCE)
            ((pid, _),) = read_processes(record)
            assert is_running(pid)
            if end == "SIGKILL":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGINT if end == "Ctrl-C" else signal.SIGTERM)
            process.wait(PATIENCE)
            terraform.proceed()
    ((pid, _),) = read_processes(record)
    assert wait_until(lambda: not is_running(pid), PATIENCE)
