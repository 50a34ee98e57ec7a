"""Tests the `local` commands."""

from __future__ import annotations

import http.client
import re
import shutil
from pathlib import Path

import pytest
from polling import wait_until

from domovoi_tf.local import emulator_environment

from .conftest import EXAMPLES, PATIENCE, CommandLine, write_project

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def bartender(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, not deployed."""
    project = tmp_path_factory.mktemp("local") / "bartender"
    ignored = shutil.ignore_patterns("terraform", "__pycache__")
    shutil.copytree(EXAMPLES / "bartender", project, ignore=ignored)
    # Without a backend the state of the stage is a file, which `local deploy` must not write.
    (project / ".chalice" / "config.json").write_text('{"app_name": "local-bartender"}')
    return project


@pytest.fixture(scope="module")
def deployed(bartender: Path, command_line: CommandLine) -> str:
    """The output of `local deploy`."""
    done = command_line("local", "deploy", cwd=bartender)
    assert done.code == 0, done
    return done.out


def test_status_and_env_name_the_emulator(
    tmp_path: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    status = command_line("local", "status", cwd=tmp_path)
    assert status.out == (
        f"The emulator runs at {emulator.endpoint}.\n"
        f"Its process is {emulator.pid}, and its log {emulator.log}.\n"
    )
    env = command_line("local", "env", cwd=tmp_path, AWS_PROFILE="mine")
    assert env.out.startswith(
        f"unset AWS_PROFILE\nexport AWS_ENDPOINT_URL='{emulator.endpoint}'\n"
        "export AWS_ACCESS_KEY_ID='test'\nexport AWS_SECRET_ACCESS_KEY='test'\n"
        "export AWS_REGION='us-east-1'\n"
    )


def test_up_finds_the_running_emulator(
    tmp_path: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    done = command_line("local", "up", cwd=tmp_path)
    assert (done.code, done.out.splitlines()[0]) == (0, f"The emulator runs at {emulator.endpoint}.")


def test_local_deploy_prints_its_steps_and_writes_no_state_to_the_stage(
    deployed: str, bartender: Path
) -> None:
    steps = re.findall(r"^✓ (\w+) ", deployed, re.MULTILINE)
    assert steps == ["render", "package", "emulator", "init", "plan", "apply"]
    assert "12 to add, 0 to change, 0 to destroy." in deployed
    root = bartender / "terraform" / "stages" / "dev"
    assert sorted(path.name for path in root.iterdir() if not path.name.startswith(".terraform")) == [
        "backend.tf",
        "main.tf",
        "outputs.tf",
        "policy.json",
        "providers.tf",
    ]


def test_send_publishes_to_a_topic_and_invokes_for_a_schedule(
    deployed: str, bartender: Path, command_line: CommandLine
) -> None:
    sent = command_line("local", "send", "tend", '{"beer": 7}', cwd=bartender)
    assert sent.out == "published to arn:aws:sns:us-east-1:000000000000:bartender\n"
    fired = command_line("local", "send", "bar", cwd=bartender)
    assert fired.out == "invoked local-bartender-dev as the rule of bar would\n"


def test_logs_shows_the_lines_of_handlers(
    deployed: str, bartender: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    command_line("local", "send", "tend", '{"beer": 8}', cwd=bartender)
    outputs: list[str] = []

    def has_arrived() -> bool:
        outputs.append(command_line("local", "logs", cwd=bartender).out)
        return "'quantity': 8}" in outputs[-1]

    assert wait_until(has_arrived, PATIENCE), outputs[-1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["send", "serve"], "Error: There is no handler 'serve'.\nThe app has: bar, tend.\n"),
        (
            ["send", "tend", "{beer}"],
            "Error: The payload is not valid JSON: column 2: a string has no quotes.\n"
            'Write it in double quotes: "..." Put the whole in single quotes for the shell: '
            "'{\"beer\": 1}'\n",
        ),
        (
            ["send", "tend", "--stage", "test"],
            "Error: The function local-bartender-test is not deployed to the emulator.\n"
            "Run `domovoi-tf local deploy --stage test` first.\n",
        ),
    ],
)
def test_send_rejects_wrong_arguments(
    arguments: list[str], message: str, bartender: Path, command_line: CommandLine
) -> None:
    done = command_line("local", *arguments, cwd=bartender)
    assert (done.code, done.out, done.err) == (1, "", message)


def test_commands_without_an_emulator_tell_how_to_start_it(
    bartender: Path, tmp_path: Path, command_line: CommandLine
) -> None:
    home = str(tmp_path / "home")
    status = command_line("local", "status", cwd=bartender, DOMOVOI_TF_HOME=home)
    assert status == (1, "The emulator is not running.\n", "")
    for command in (["env"], ["logs"], ["send", "tend"]):
        done = command_line("local", *command, cwd=bartender, DOMOVOI_TF_HOME=home)
        assert (done.code, done.err) == (
            1,
            "Error: The emulator is not running.\nStart it with `domovoi-tf local up`.\n",
        )
    assert command_line("local", "down", cwd=bartender, DOMOVOI_TF_HOME=home).out == (
        "The emulator was not running.\n"
    )


def test_deploy_prints_the_error_of_terraform(tmp_path: Path, command_line: CommandLine) -> None:
    app = (
        "import domovoi_tf\napp = domovoi_tf.Domovoi()\n"
        '@app.dynamodb_stream_handler(domovoi_tf.variable("stream_arn"))\ndef f(event, context): ...\n'
    )
    write_project(tmp_path, {"app_name": "refused"}, app)
    done = command_line("deploy", "--yes", cwd=tmp_path, TF_VAR_stream_arn="nothing")
    assert done.code == 1
    assert "Expected the ARN of a DynamoDB table's stream, in the form" in done.err
    assert "✗ plan" in done.out
    assert "✓ plan" not in done.out


def test_local_deploy_creates_the_topic_that_the_app_looks_up(
    tmp_path: Path, command_line: CommandLine
) -> None:
    app = (
        "import domovoi_tf\napp = domovoi_tf.Domovoi()\n"
        '@app.sns_topic_subscriber("made-for-the-occasion", create=False)\ndef f(event, context): ...\n'
    )
    write_project(tmp_path, {"app_name": "looks-up"}, app)
    done = command_line("local", "deploy", cwd=tmp_path)
    assert done.code == 0, done
    assert "\nNew: f\n" in done.out


def test_emulator_refuses_pages_of_other_origins(emulator: emulator_environment.Emulator) -> None:
    statuses = []
    for origin in ("https://evil.example", "http://localhost:3000"):
        connection = http.client.HTTPConnection("127.0.0.1", emulator.port)
        connection.request("GET", "/2015-03-31/functions", headers={"Origin": origin})
        statuses.append(connection.getresponse().status)
        connection.close()
    assert statuses == [403, 200]
