"""Tests a remote state with locks, killed and interrupted commands, and a move; all with one stage."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from command_server import Completed

from domovoi_tf.local import emulator_environment
from domovoi_tf.system.background_processes import wait_until

from .conftest import PATIENCE, PROGRAM, CommandLine

pytestmark = [pytest.mark.emulator, pytest.mark.terraform]
APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 hour)")
def tick(event, context): ...


@app.sns_topic_subscriber("state-beers")
def tend(event, context): ...
"""
#: A resource that Terraform creates until a file appears.
GATE = """resource "terraform_data" "gate" {{
  triggers_replace = ["{name}"]

  provisioner "local-exec" {{
    command = "while [ ! -e {open} ]; do sleep 0.1; done"
  }}
}}
"""
TOPIC = 'resource "aws_sns_topic" "late" {\n  name = "state-late"\n}\n'
KEY = "stately/dev/terraform.tfstate"
YES = ("--", "-auto-approve", "-no-color")
LOCKED = (
    r"Error: The state of dev is locked by \S+@\S+ for apply since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC "
    r"\((less than a minute|\d+ minutes?) ago\); lock [0-9a-f-]{36}\.\n"
    "Nothing was changed. Try again when they are done; plan, apply, deploy, drift and destroy can "
    "wait with --lock-timeout 10m. "
    "If nobody works on it any more, remove the lock: domovoi-tf backend unlock\n"
)
KILLED = (
    "Warning: the last run of Terraform for dev was killed, and its state may lack what it created. "
    "To import that, run `domovoi-tf backend recover` first.\n"
)


class Killed(NamedTuple):
    """The results of commands after all processes of an apply were killed.

    Args:
        keys: the keys in the state's bucket.
        refused: the outputs of commands that need the lock, by name.
        status: the output of `backend status`.
        document: the same as JSON.
    """

    keys: list[str]
    refused: dict[str, Completed]
    status: Completed
    document: dict[str, Any]


class Recovered(NamedTuple):
    """The outputs of the commands that recover the state of a killed apply, in their order."""

    locked: Completed
    asked: Completed
    unlocked: Completed
    recovered: Completed
    imports: str
    applied: Completed
    planned: Completed


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Iterator[Path]:
    """A project that is ready to deploy."""
    folder = tmp_path_factory.mktemp("state") / "stately"
    (folder / ".chalice").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    configure(folder, {"s3": {"bucket": "stately-states"}})
    for command in (["backend", "create"], ["render"], ["package"], ["init"]):
        done = command_line(*command, cwd=folder)
        assert done.code == 0, done
    yield folder
    command_line("destroy", *YES, cwd=folder)


@pytest.fixture(scope="module")
def killed(
    project: Path,
    emulator: emulator_environment.Emulator,
    command_line: CommandLine,
    shell_environment: dict[str, str],
) -> Killed:
    add_gate(project, "first")
    apply = start(shell_environment, project, "killed", "apply", *YES)
    assert wait_until(lambda: len(list_principals(emulator)) == 2, PATIENCE)
    os.killpg(apply.pid, signal.SIGKILL)
    apply.wait()
    keys = list_keys(emulator)
    commands = {
        "plan": ("plan",),
        "apply": ("apply", *YES),
        "destroy": ("destroy", *YES),
        "deploy": ("deploy", "--yes"),
        "waiting": ("plan", "--lock-timeout", "1s"),
    }
    refused = {name: command_line(*command, cwd=project) for name, command in commands.items()}
    status = command_line("backend", "status", cwd=project)
    document = json.loads(command_line("backend", "status", "--json", cwd=project).out)
    return Killed(keys, refused, status, document)


@pytest.fixture(scope="module")
def recovered(project: Path, killed: Killed, command_line: CommandLine) -> Recovered:
    (project / "first").touch()
    return Recovered(
        locked=command_line("apply", *YES, cwd=project),
        asked=command_line("backend", "unlock", cwd=project),
        unlocked=command_line("backend", "unlock", "--yes", cwd=project),
        recovered=command_line("backend", "recover", cwd=project),
        imports=(project / "terraform" / "stages" / "dev" / "imports.tf").read_text(),
        applied=command_line("apply", *YES, cwd=project),
        planned=command_line("plan", "--", "-detailed-exitcode", cwd=project),
    )


def configure(project: Path, backend: dict[str, Any] | None) -> None:
    more = {"terraform": {"backend": backend}} if backend else {}
    (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": "stately", **more}))


def add_gate(project: Path, name: str, more: str = "") -> None:
    """Adds a resource to the stage that Terraform creates until the project has a file with this name."""
    text = GATE.format(name=name, open=project / name)
    (project / "terraform" / "stages" / "dev" / "extra.tf").write_text(text + more)


def start(environment: dict[str, str], project: Path, log: str, *command: str) -> subprocess.Popen[bytes]:
    """Starts domovoi-tf in its own process group, as a terminal does, with its output in a file."""
    with (project / log).open("wb") as output:
        return subprocess.Popen(
            [PROGRAM, *command],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def list_principals(emulator: emulator_environment.Emulator) -> list[str]:
    """Returns the services that may invoke the function."""
    client = emulator_environment.create_client(emulator, "lambda")
    try:
        policy = client.get_policy(FunctionName="stately-dev")["Policy"]
    except client.exceptions.ResourceNotFoundException:
        return []
    return [statement["Principal"]["Service"] for statement in json.loads(policy)["Statement"]]


def list_keys(emulator: emulator_environment.Emulator) -> list[str]:
    """Returns the keys in the state's bucket."""
    objects = emulator_environment.create_client(emulator, "s3").list_objects_v2(Bucket="stately-states")
    return [each["Key"] for each in objects.get("Contents", [])]


@pytest.mark.parametrize("command", ["plan", "apply", "destroy", "deploy", "waiting"])
def test_lock_error_names_holder_operation_time_and_remedy(command: str, killed: Killed) -> None:
    refused = killed.refused[command]
    assert refused.code == 1
    # `deploy` need not warn at the emulator: it recovers by itself.
    warning = "" if command == "deploy" else re.escape(KILLED)
    assert re.fullmatch(warning + LOCKED, refused.err), refused.err
    assert "Acquiring state lock" in refused.out or command != "waiting"


def test_status_shows_the_lock(killed: Killed) -> None:
    assert killed.status.code == 3
    *lines, lock = killed.status.out.splitlines()
    assert lines == [
        f"state   s3://stately-states/{KEY}",
        "        none yet: nothing was deployed",
        "bucket  stately-states in us-east-1, account 000000000000",
        "        versioned, encrypted (AES256), private, TLS only, old versions expire",
    ]
    assert re.fullmatch(r"lock    held by \S+@\S+ for apply since .* UTC \(.*\); lock [0-9a-f-]{36}", lock)
    assert {**killed.document, "lock": None} == {
        "stage": "dev",
        "backend": "s3",
        "location": f"s3://stately-states/{KEY}",
        "bucket": {
            "name": "stately-states",
            "region": "us-east-1",
            "account": "000000000000",
            "exists": True,
            "lacks": [],
            "encryption": "AES256",
        },
        "state": None,
        "changed": None,
        "versions": 0,
        "lock": None,
        "lock_known": True,
        "table": None,
        "table_lock": None,
    }
    assert killed.document["lock"]["operation"] == "apply"


def test_killed_apply_leaves_its_lock_and_no_state(killed: Killed) -> None:
    # Terraform writes a remote state every 20 seconds. It was killed before that.
    assert killed.keys == [f"{KEY}.tflock"]


def test_unlock_asks_before_it_releases_the_lock(recovered: Recovered) -> None:
    assert re.fullmatch(re.escape(KILLED) + LOCKED, recovered.locked.err)
    assert (recovered.asked.code, recovered.asked.err) == (
        1,
        "Error: Cannot ask for confirmation because standard input is not a terminal.\n"
        "Add --yes to release the lock.\n",
    )
    who, free = recovered.unlocked.out.split("\n", 1)
    assert re.fullmatch(r"The state of dev is locked by .* for apply since .*; lock [0-9a-f-]{36}\.", who)
    assert free == (
        "The state of dev is unlocked.\n"
        "If Terraform was killed while it held the lock, the state may lack the last resources it created.\n"
        "To import them, run `domovoi-tf backend recover`.\n"
    )


def test_recover_imports_resources_that_the_state_lacks(recovered: Recovered) -> None:
    addresses = re.findall(r"^import {\n  to = (.*)\n  id = ", recovered.imports, re.MULTILINE)
    assert addresses == [
        "module.app.aws_sns_topic.state_beers",
        'module.app.module.iam.aws_iam_role.this["this"]',
        "module.app.module.lambda.aws_cloudwatch_log_group.this",
        "module.app.module.lambda.aws_lambda_function.this",
        "module.app.module.tick.aws_cloudwatch_event_rule.this",
        "module.app.module.tend.aws_lambda_permission.this",
        "module.app.module.tick.aws_lambda_permission.this",
    ]
    assert recovered.recovered.out.endswith(
        "terraform/stages/dev/imports.tf: 7 resources to import.\n"
        "Run `domovoi-tf apply` next, and then remove that file.\n"
    )


def test_apply_after_recovery_creates_nothing_twice(
    recovered: Recovered, emulator: emulator_environment.Emulator
) -> None:
    assert recovered.applied.code == 0, recovered.applied
    assert re.search(r"^Apply complete! Resources: 7 imported, ", recovered.applied.out, re.MULTILINE)
    assert recovered.planned.code == 0, recovered.planned
    assert sorted(list_principals(emulator)) == ["events.amazonaws.com", "sns.amazonaws.com"]
    topics = emulator_environment.create_client(emulator, "sns").list_topics()["Topics"]
    (arn,) = [each["TopicArn"] for each in topics if each["TopicArn"].endswith(":state-beers")]
    subscriptions = emulator_environment.create_client(emulator, "sns").list_subscriptions_by_topic(
        TopicArn=arn
    )["Subscriptions"]
    assert len(subscriptions) == 1


def test_recover_keeps_a_file_of_the_user(
    recovered: Recovered, project: Path, command_line: CommandLine
) -> None:
    path = project / "terraform" / "stages" / "dev" / "imports.tf"
    path.write_text("# mine\n")
    done = command_line("backend", "recover", cwd=project)
    assert done.err == (
        "Error: terraform/stages/dev/imports.tf exists and was not written by domovoi-tf.\n"
        "Rename it: `domovoi-tf backend recover` writes a file with this name.\n"
    )
    path.unlink()
    assert command_line("backend", "recover", cwd=project).out == (
        "Found no resources that are missing from the state.\n"
    )
    assert not path.exists()


def test_second_apply_waits_for_the_lock_of_the_first(
    recovered: Recovered,
    project: Path,
    emulator: emulator_environment.Emulator,
    shell_environment: dict[str, str],
) -> None:
    add_gate(project, "second")
    first = start(shell_environment, project, "one", "apply", *YES)
    assert wait_until(lambda: f"{KEY}.tflock" in list_keys(emulator), PATIENCE)
    waiting = start(shell_environment, project, "two", "apply", "--lock-timeout", "5m", *YES)
    assert wait_until(lambda: b"Acquiring state lock" in (project / "two").read_bytes(), PATIENCE)
    (project / "second").touch()
    assert (first.wait(), waiting.wait()) == (0, 0)


def test_interrupted_apply_stores_its_state_and_releases_the_lock(
    recovered: Recovered,
    project: Path,
    emulator: emulator_environment.Emulator,
    command_line: CommandLine,
    shell_environment: dict[str, str],
) -> None:
    add_gate(project, "third", TOPIC)
    apply = start(shell_environment, project, "stopped", "apply", *YES)
    created = b"aws_sns_topic.late: Creation complete"
    assert wait_until(lambda: created in (project / "stopped").read_bytes(), PATIENCE)
    os.killpg(apply.pid, signal.SIGINT)
    assert apply.wait() == 130
    status = json.loads(command_line("backend", "status", "--json", cwd=project).out)
    assert status["lock"] is None
    state = (
        emulator_environment.create_client(emulator, "s3")
        .get_object(Bucket="stately-states", Key=KEY)["Body"]
        .read()
    )
    assert any(each["name"] == "late" for each in json.loads(state)["resources"])
    (project / "third").touch()
    done = command_line("apply", *YES, cwd=project)
    assert (done.code, "Resources: 1 added, 0 changed, 1 destroyed." in done.out) == (0, True), done


def test_migrate_moves_the_state_and_keeps_a_backup(
    recovered: Recovered, project: Path, emulator: emulator_environment.Emulator, command_line: CommandLine
) -> None:
    root = project / "terraform" / "stages" / "dev"
    before = json.loads(command_line("backend", "status", "--json", cwd=project).out)
    assert command_line("backend", "migrate", "--yes", cwd=project).err == (
        f"Error: The state of dev is already in s3://stately-states/{KEY}.\n"
        "If only other arguments of the backend changed, run: domovoi-tf init -- -reconfigure\n"
    )

    configure(project, {"s3": {"bucket": "stately-states", "key": "elsewhere"}})
    emulator_environment.create_client(emulator, "s3").put_object(
        Bucket="stately-states", Key="elsewhere.tflock", Body=b'{"ID": "x", "Who": "ada@workshop"}'
    )
    locked = command_line("backend", "migrate", "--yes", cwd=project)
    assert locked.err.startswith("Error: The state of dev is locked by ada@workshop; lock x.\n")
    assert not (root / "state-backups").exists()
    emulator_environment.create_client(emulator, "s3").delete_object(
        Bucket="stately-states", Key="elsewhere.tflock"
    )

    moved = command_line("backend", "migrate", "--yes", cwd=project)
    assert moved.code == 0, moved
    (backup,) = (root / "state-backups").glob("*.tfstate")
    resources, serial = before["state"]["resources"], before["state"]["serial"]
    assert moved.out == (
        f"{resources} resources, serial {serial}:\n"
        f"  from  s3://stately-states/{KEY}\n"
        "  to    s3://stately-states/elsewhere\n"
        f"Backup, which contains the stage's secrets: {backup.relative_to(project)}\n"
        "  written  terraform/stages/dev/backend.tf\n"
        f"terraform: 1 of {re.search(r'1 of ([0-9]+)', moved.out)[1]} files changed.\n"  # type: ignore[index]
        "==> terraform init -migrate-state\n"
        f"The state of dev is in s3://stately-states/elsewhere: {resources} resources.\n"
        f"The old state is still in s3://stately-states/{KEY}. Remove it once a plan shows no changes.\n"
    )
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert json.loads(backup.read_text())["lineage"] == before["state"]["lineage"]
    assert (backup.parent / ".gitignore").read_text() == "*\n"

    configure(project, None)
    home = command_line("backend", "migrate", "--yes", cwd=project)
    assert home.code == 0, home
    status = json.loads(command_line("backend", "status", "--json", cwd=project).out)
    assert (status["backend"], status["state"]["resources"]) == ("local", resources)
    assert command_line("plan", "--", "-detailed-exitcode", cwd=project).code == 0

    # The bucket has the same state still. Once it has another state, that is not overwritten.
    configure(project, {"s3": {"bucket": "stately-states"}})
    again = command_line("backend", "migrate", "--yes", cwd=project)
    assert again.err == (
        f"Error: The state of dev has already been migrated to s3://stately-states/{KEY}.\n"
        "To make Terraform use it, run: domovoi-tf render, "
        "then domovoi-tf init -- -reconfigure\n"
    )
    other = json.loads(
        emulator_environment.create_client(emulator, "s3")
        .get_object(Bucket="stately-states", Key=KEY)["Body"]
        .read()
    )
    other["outputs"] = {}
    emulator_environment.create_client(emulator, "s3").put_object(
        Bucket="stately-states", Key=KEY, Body=json.dumps(other)
    )
    refused = command_line("backend", "migrate", "--yes", cwd=project)
    assert refused.err == (
        f"Error: There is already another state in s3://stately-states/{KEY}: "
        f"serial {serial}, {resources} resources.\n"
        "Configure another key, or remove that state if nobody needs it. Nothing was overwritten.\n"
    )
    configure(project, None)
