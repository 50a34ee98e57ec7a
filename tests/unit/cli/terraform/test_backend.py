"""`domovoi-tf backend`: its errors, and its results as text and for JSON."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.cli.terraform import backend as commands
from domovoi_tf.cli.terraform import backend_bucket, backend_status
from domovoi_tf.cli.terraform.backend import select_lock
from domovoi_tf.errors import BackendError
from domovoi_tf.plans.existing_resources import ExistingResource
from domovoi_tf.state import migration, recovery, status
from domovoi_tf.state.backend_root import Backend
from domovoi_tf.state.bucket_creation import CreationResult
from domovoi_tf.state.status import BucketStatus, State, Status
from domovoi_tf.terraform.locks import Lock

from ..conftest import Fails, Invoke, configure

LOCK = Lock("5d0e", "state", "apply", "ann@bar", None)
BUCKET = BucketStatus("states", "eu-west-1", "123456789012", True, (), "AES256")
STATUS = Status(
    Backend("s3", {"bucket": "states", "key": "bar"}),
    BUCKET,
    State(1234, 7, "lineage", 12),
    datetime(2026, 1, 31, 10, 0, tzinfo=timezone.utc),
    3,
    LOCK,
)
CREATED = CreationResult("states", "eu-west-1", ("block public access",), "aws", "arn:key")
CREATION = backend_bucket.Creation(CREATED, {"key": "bar"}, "terraform {}\n", {"Version": "1"}, dry_run=True)


def test_creating_a_bucket_needs_a_configured_backend(fails: Fails) -> None:
    assert fails("backend", "create").splitlines()[0] == (
        "Error: No backend is configured for the stage: its state is kept in a local file."
    )


def test_status_lists_state_bucket_and_lock() -> None:
    lines = backend_status.format_status(STATUS, "dev")
    assert lines[0] == "state   s3://states/bar"
    assert lines[1] == "        12 resources, 1,234 bytes, serial 7, lineage lineage"
    assert lines[2].startswith("        changed 2026-01-31 10:00:00 UTC (")
    assert lines[2].endswith("); 3 versions are kept")
    assert lines[3:] == [
        "bucket  states in eu-west-1, account 123456789012",
        "        versioned, encrypted (AES256), private, TLS only, old versions expire",
        "lock    held by ann@bar for apply; lock 5d0e",
    ]


DEPRECATED = "        Terraform has deprecated dynamodb_table: the file beside the state locks it as well"


@pytest.mark.parametrize(
    ("arguments", "held", "in_table", "lines"),
    [
        (
            {"use_lockfile": True},
            LOCK,
            None,
            [
                "lock    file beside the state: held by ann@bar for apply; lock 5d0e",
                "        DynamoDB table locks: free",
            ],
        ),
        (
            {"use_lockfile": False},
            None,
            LOCK,
            ["lock    DynamoDB table locks: held by ann@bar for apply; lock 5d0e"],
        ),
    ],
)
def test_status_shows_the_locks_in_a_file_and_in_a_table(
    arguments: dict[str, bool], held: Lock | None, in_table: Lock | None, lines: list[str]
) -> None:
    status = STATUS._replace(backend=Backend("s3", arguments), lock=held, table="locks", table_lock=in_table)
    assert backend_status.format_status(status, "dev")[5:] == [*lines, DEPRECATED]
    document = backend_status.describe_status(status, "dev")
    assert (document["table"], bool(document["lock"]), bool(document["table_lock"])) == (
        "locks",
        bool(held),
        bool(in_table),
    )


def test_status_of_a_single_resource_and_version() -> None:
    lines = backend_status.format_status(STATUS._replace(state=State(80, 1, "l", 1), versions=1), "dev")
    assert lines[1] == "        1 resource, 80 bytes, serial 1, lineage l"
    assert lines[2].endswith("); 1 version is kept")


@pytest.mark.parametrize(
    ("bucket", "lines"),
    [
        (BUCKET._replace(exists=False), ["does not exist: run `domovoi-tf backend create --stage prod`"]),
        (BUCKET._replace(lacks=None), ["settings unknown: these credentials may not read them"]),
        (
            BUCKET._replace(lacks=("turn versioning on",)),
            ["to do: turn versioning on", "run `domovoi-tf backend create --stage prod`"],
        ),
    ],
)
def test_status_names_what_the_bucket_lacks(bucket: BucketStatus, lines: list[str]) -> None:
    status = STATUS._replace(bucket=bucket, state=None, lock=None)
    assert backend_status.format_status(status, "prod")[3:] == [
        *(f"        {line}" for line in lines),
        "lock    free",
    ]


def test_status_for_json_has_the_keys_that_programs_rely_on() -> None:
    document = backend_status.describe_status(STATUS, "dev")
    assert [*document] == [
        *("stage", "backend", "location", "bucket", "state", "changed", "versions", "lock", "lock_known"),
        *("table", "table_lock"),
    ]
    assert [*document["bucket"]] == ["name", "region", "account", "exists", "lacks", "encryption"]
    assert [*document["state"]] == ["size", "serial", "lineage", "resources"]
    assert [*document["lock"]] == ["id", "path", "operation", "who", "created"]


def test_creation_lists_changes_advice_and_policy() -> None:
    assert backend_bucket.format_creation(CREATION) == [
        "  would block public access",
        "states: not changed because of --dry-run.",
        'Add "kms_key_id": "arn:key" to terraform.backend.s3 in .chalice/config.json.',
        "  Without it, S3 encrypts the state with AES256, whatever the bucket's default encryption is.",
        "\nbackend.tf, as `domovoi-tf render` writes it:\n\nterraform {}\n",
        'IAM policy for deploying with this bucket:\n\n{\n  "Version": "1"\n}',
    ]
    unchanged = CREATION._replace(bucket=CREATED._replace(changes=()))
    assert backend_bucket.format_changes(unchanged) == ["states: nothing to change."]
    assert backend_bucket.format_changes(CREATION._replace(dry_run=False))[1] == "states: ready."


@pytest.mark.parametrize(
    ("status", "lock_id", "message"),
    [
        (
            STATUS._replace(backend=Backend("local", {"path": "x"})),
            None,
            "The state of prod is a local file, locked by ann@bar for apply.\n"
            "The lock is released when the process that holds it ends. Wait for it, or end it.",
        ),
        (
            STATUS._replace(lock=None),
            None,
            "Cannot read the lock of prod from s3://states/bar.\n"
            "Run `domovoi-tf plan --stage prod`, and pass the lock ID from its error message with "
            "--id LOCK_ID.",
        ),
        *(
            (
                STATUS._replace(lock=Lock("", "states/bar", "", "", None)),
                lock_id,
                "The state of prod is locked by s3://states/bar.tflock, which cannot be read.\n"
                "If nobody works on it any more, delete that object. "
                "Terraform cannot release the lock without its ID.",
            )
            for lock_id in (None, "5d0e")
        ),
        (
            STATUS,
            "other",
            "The state of prod is not locked by other: it is locked by ann@bar for apply.\n"
            "Omit --id to release that lock, 5d0e.",
        ),
    ],
)
def test_lock_that_cannot_be_released_is_an_error(status: Status, lock_id: str | None, message: str) -> None:
    with pytest.raises(BackendError) as error:
        select_lock(status, "prod", lock_id)
    assert str(error.value) == message


def test_item_of_a_table_that_cannot_be_read_is_deleted_by_hand() -> None:
    status = STATUS._replace(lock=None, table="locks", table_lock=Lock("", "states/bar", "", "", None))
    with pytest.raises(BackendError) as caught:
        select_lock(status, "prod", None)
    assert str(caught.value) == (
        "The state of prod is locked by an item of the DynamoDB table locks, which cannot be read.\n"
        "If nobody works on it any more, delete the item with the LockID states/bar. "
        "Terraform cannot release the lock without its ID."
    )


def test_lock_is_released_by_its_id() -> None:
    both = STATUS._replace(table="locks", table_lock=LOCK._replace(id="6e1f"))
    assert [select_lock(both, "dev", given) for given in (None, "6e1f")] == ["5d0e", "6e1f"]
    assert select_lock(STATUS, "dev", None) == select_lock(STATUS, "dev", "5d0e") == "5d0e"
    assert select_lock(STATUS._replace(lock=None), "dev", "x") == "x"


def use_status(monkeypatch: pytest.MonkeyPatch, project: Path, current: Status) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setattr(status, "read_status", lambda *_: current)


@pytest.mark.parametrize(
    ("current", "code"),
    [
        (STATUS, 3),
        (STATUS._replace(lock=None), 0),
        (STATUS._replace(lock=None, bucket=BUCKET._replace(exists=False)), 1),
        (STATUS._replace(bucket=BUCKET._replace(lacks=("turn versioning on",))), 1),
    ],
)
def test_exit_code_of_status_tells_whether_the_state_can_be_used(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch, current: Status, code: int
) -> None:
    use_status(monkeypatch, project, current)
    done = invoke(commands.backend, "status")
    assert (done.code, done.out.splitlines()) == (code, backend_status.format_status(current, "dev"))
    done = invoke(commands.backend, "status", "--json")
    document = json.loads(json.dumps(backend_status.describe_status(current, "dev")))
    assert (done.code, json.loads(done.out)) == (code, document)


def test_unlock_releases_the_lock_after_asking(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch, terraform: FakeTerraform
) -> None:
    backend = {"s3": {"bucket": "states", "key": "bar", "region": "eu-west-1"}}
    configure(project, {"app_name": "bar", "terraform": {"backend": backend}})
    use_status(monkeypatch, project, STATUS)
    terraform.on("force-unlock")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    error = invoke(commands.backend, "unlock").error
    assert error
    assert error.remedy == "Add --yes to release the lock."
    assert [call for call in terraform.calls if call["args"][0] == "force-unlock"] == []
    assert invoke(commands.backend, "unlock", "--yes").out.splitlines() == [
        "The state of dev is locked by ann@bar for apply; lock 5d0e.",
        "The state of dev is unlocked.",
        "If Terraform was killed while it held the lock, the state may lack the last resources it created.",
        "To import them, run `domovoi-tf backend recover`.",
    ]
    [call] = [call for call in terraform.calls if call["args"][0] == "force-unlock"]
    assert call["args"] == ["force-unlock", "-force", "-no-color", "5d0e"]
    assert '"states"' in call["backend"]


@pytest.mark.parametrize("remains", [False, True])
def test_one_of_two_locks_is_released_although_terraform_fails(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch, terraform: FakeTerraform, remains: bool
) -> None:
    backend = {"s3": {"bucket": "states", "key": "bar", "region": "eu-west-1", "dynamodb_table": "locks"}}
    configure(project, {"app_name": "bar", "terraform": {"backend": backend}})
    locked = STATUS._replace(lock=None, table="locks", table_lock=LOCK)
    answers = [locked if remains else locked._replace(table_lock=None), locked]
    use_status(monkeypatch, project, locked)
    monkeypatch.setattr(status, "read_status", lambda *_: answers.pop())
    terraform.on("force-unlock", err="Error: failed to unlock s3 state: no such object", code=1)
    done = invoke(commands.backend, "unlock", "--yes")
    assert ("The state of dev is unlocked." in done.out) == (not remains)
    assert bool(done.error) == remains


def test_state_without_a_lock_needs_no_release(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_status(monkeypatch, project, STATUS._replace(lock=None, lock_known=True))
    assert invoke(commands.backend, "unlock").out == "The state of dev is not locked.\n"


@pytest.mark.usefixtures("rendered_tree", "terraform")
def test_recover_lists_the_resources_to_import(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    resources: list[ExistingResource] = []
    monkeypatch.setattr(recovery, "recover", lambda *_: tuple(resources))
    nothing = "Found no resources that are missing from the state.\n"
    mark = project / "terraform" / "stages" / "dev" / ".terraform" / "domovoi-tf.running"
    mark.parent.mkdir(exist_ok=True)
    mark.touch()
    assert invoke(commands.backend, "recover").out == nothing
    assert not mark.exists()
    resources.append(ExistingResource("module.app.aws_sqs_queue.jobs", "https://jobs"))
    assert invoke(commands.backend, "recover").out.splitlines() == [
        "  module.app.aws_sqs_queue.jobs  https://jobs",
        "terraform/stages/dev/imports.tf: 1 resource to import.",
        "Run `domovoi-tf apply` next, and then remove that file.",
    ]


@pytest.mark.usefixtures("rendered_tree", "terraform")
def test_migration_renders_the_new_backend_before_terraform_starts(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    state = State(1234, 7, "lineage", 1)
    move = migration.Migration(Backend("local", {}), Backend("s3", {"bucket": "states"}), "dev", state, "{}")
    monkeypatch.setattr(migration, "prepare", lambda *_: move)
    backends: list[str] = []

    def migrate(*_: object) -> State:
        backends.append((project / "terraform" / "stages" / "dev" / "backend.tf").read_text())
        return state

    monkeypatch.setattr(migration, "migrate", migrate)
    backend = {"s3": {"bucket": "states", "region": "eu-west-1"}}
    configure(project, {"app_name": "bar", "terraform": {"backend": backend}})
    done = invoke(commands.backend, "migrate", "--yes")
    assert (done.code, done.error) == (0, None)
    assert '"states"' in backends[0]
    lines = done.out.splitlines()
    assert lines[0] == "1 resource, serial 7:"
    assert "==> terraform init -migrate-state" in lines
    assert lines[-2].startswith("The state of dev is in s3://states/")
    assert lines[-2].endswith(": 1 resource.")


@pytest.mark.usefixtures("rendered_tree")
def test_commands_run_the_terraform_of_their_option(
    invoke: Invoke, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terraform: FakeTerraform
) -> None:
    monkeypatch.chdir(project)
    given = FakeTerraform(tmp_path / "given-terraform")
    state = json.dumps({"serial": 7, "lineage": "l", "resources": []})
    given.on("state pull", state, backend='backend "gcs"')
    given.on("force-unlock")
    configure(project, {"app_name": "bar", "terraform": {"backend": {"gcs": {"bucket": "states"}}}})
    option = ("--terraform", str(given.path))
    assert invoke(commands.backend, "status", *option).code == 0
    assert given.commands == ["init -input=false -no-color", "state pull"]
    given.forget()
    assert invoke(commands.backend, "unlock", "--id", "5d0e", "--yes", *option).code == 0
    assert given.commands[-2:] == ["init -input=false -no-color", "force-unlock -force -no-color 5d0e"]
    (project / "terraform" / "stages" / "dev" / ".terraform").mkdir()
    record = project / "terraform" / "stages" / "dev" / ".terraform" / "terraform.tfstate"
    record.write_text(json.dumps({"backend": {"type": "gcs", "config": {"bucket": "states"}}}))
    given.on("state pull", backend='backend "http"')
    given.on("state pull", state, backend='backend "gcs"')
    configure(project, {"app_name": "bar", "terraform": {"backend": {"http": {"address": "https://new"}}}})

    def fill_target() -> None:
        given.on("state pull", state, backend='backend "http"')

    monkeypatch.setattr("domovoi_tf.cli.output.print_step", lambda _: fill_target())
    done = invoke(commands.backend, "migrate", "--yes", *option)
    assert (done.code, done.error) == (0, None)
    assert given.commands[-3:] == [
        "init -migrate-state -force-copy -input=false -no-color",
        "init -input=false -no-color",
        "state pull",
    ]
    assert terraform.calls == []
