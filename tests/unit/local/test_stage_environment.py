"""The environment in which Terraform works on a stage at the emulator, which need not run for that."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from domovoi_tf.local import stage_environment
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.settings import Settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "my home"))
    (tmp_path / "my home").mkdir()
    return tmp_path / "my home"


@pytest.fixture
def emulator(home: Path) -> Emulator:
    return Emulator("http://127.0.0.1:4566", 1, 4566, home / "emulator.log")


def test_local_state_has_a_path_and_a_data_folder_of_its_own(emulator: Emulator, home: Path) -> None:
    overrides = stage_environment.build_stage_environment(
        emulator, Settings(app_name="bar", stage="dev"), "local", {}
    )
    assert overrides["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert overrides["TF_DATA_DIR"] == str(home / "bar-dev.terraform")
    assert shlex.split(str(overrides["TF_CLI_ARGS_init"])) == [f"-backend-config=path={home}/bar-dev.tfstate"]


def test_configured_profiles_exist_with_the_key_of_the_emulator(emulator: Emulator, home: Path) -> None:
    settings = Settings(
        app_name="bar",
        stage="dev",
        provider={"profile": "bar deployers"},
        backend=("s3", {"bucket": "b", "profile": "states"}),
    )
    environ = {"AWS_CONFIG_FILE": "/home/ada/config", "AWS_SHARED_CREDENTIALS_FILE": "/home/ada/credentials"}
    overrides = stage_environment.build_stage_environment(emulator, settings, "s3", environ)
    path = home / "bar-dev.terraform" / "domovoi-tf" / "credentials"
    assert (overrides["AWS_CONFIG_FILE"], overrides["AWS_SHARED_CREDENTIALS_FILE"]) == (
        "/dev/null",
        str(path),
    )
    key = "aws_access_key_id = test\naws_secret_access_key = test\n"
    assert path.read_text() == f"[bar deployers]\n{key}[states]\n{key}"
    assert path.stat().st_mode & 0o777 == 0o600
    without = stage_environment.build_stage_environment(
        emulator, Settings(app_name="bar", stage="dev"), "s3", environ
    )
    assert environ.keys() & without.keys() == set()


def test_path_follows_the_arguments_of_the_user_and_replaces_that_of_another_stage(
    emulator: Emulator, home: Path
) -> None:
    environ = {"TF_CLI_ARGS_init": "-lockfile=readonly -backend-config='path=mine.tfstate'"}
    for stage in ("dev", "dev", "test"):
        settings = Settings(app_name="bar", stage=stage)
        overrides = stage_environment.build_stage_environment(emulator, settings, "local", environ)
        environ |= {name: value for name, value in overrides.items() if value is not None}
    assert shlex.split(environ["TF_CLI_ARGS_init"]) == [
        "-lockfile=readonly",
        "-backend-config=path=mine.tfstate",
        f"-backend-config=path={home}/bar-test.tfstate",
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-upgrade {own}", "-upgrade"),
        ("{own}", None),
        ("-backend-config='open {own}", "-backend-config='open {own}"),
        ("-upgrade", "-upgrade"),
    ],
)
def test_other_backends_get_no_path(emulator: Emulator, home: Path, given: str, expected: str | None) -> None:
    own = shlex.quote(f"-backend-config=path={home}/bar-dev.tfstate")
    environ = {"TF_CLI_ARGS_init": given.format(own=own)}
    settings = Settings(app_name="bar", stage="dev")
    overrides = stage_environment.build_stage_environment(emulator, settings, "s3", environ)
    assert {**environ, **overrides}["TF_CLI_ARGS_init"] == (expected and expected.format(own=own))
    assert overrides["TF_DATA_DIR"] == str(home / "bar-dev.terraform")


def test_workspace_of_the_user_is_removed(emulator: Emulator) -> None:
    settings = Settings(app_name="bar", stage="dev")
    overrides = stage_environment.build_stage_environment(
        emulator, settings, "local", {"TF_WORKSPACE": "mine"}
    )
    assert overrides["TF_WORKSPACE"] is None


def test_saved_variables_give_way_to_those_of_the_user(emulator: Emulator) -> None:
    settings = Settings(app_name="bar", stage="dev")
    stage_environment.save_variables(emulator, settings, {"listener": "arn:made", "topic": "arn:made"})
    environ = {"TF_VAR_topic": "arn:mine"}
    overrides = stage_environment.build_stage_environment(emulator, settings, "local", environ)
    assert {name: value for name, value in overrides.items() if name.startswith("TF_VAR_")} == {
        "TF_VAR_listener": "arn:made"
    }


def test_states_of_all_stages_are_discarded_but_not_the_providers(home: Path) -> None:
    kept = [home / "emulator.json", home / "bar-dev.terraform" / "providers" / "aws"]
    gone = [
        *(home / name for name in ("bar-dev.tfstate", "bar-test.tfstate.backup")),
        home / "bar-dev.terraform" / "terraform.tfstate",
        home / "bar-dev.terraform" / "domovoi-tf.running.endpoint",
        home / "bar-test.terraform" / "domovoi-tf" / "plan",
        home / "bar-test.terraform" / "modules" / "modules.json",
    ]
    for path in (*kept, *gone):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    stage_environment.discard_states(home)
    assert [path.exists() for path in kept] == [True, True]
    assert [path for path in gone if path.exists()] == []
