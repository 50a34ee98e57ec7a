"""Skipping `terraform init` while nothing that it depends on changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.errors import TerraformError
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.providers import init_record
from domovoi_tf.terraform.runner import Terraform

PACKAGE = "providers/registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root module that is initialised, with a local module and a provider."""
    root, data = tmp_path / "stages" / "dev", tmp_path / "stages" / "dev" / ".terraform"
    module = tmp_path / "app"
    for folder in (root, module, data / "modules", data / PACKAGE):
        folder.mkdir(parents=True)
    (root / "backend.tf").write_text("terraform {}")
    (module / "main.tf").write_text("resource {}")
    modules = [
        {"Key": "", "Source": "", "Dir": "."},
        {"Key": "app", "Source": "../../app", "Dir": "../../app"},
    ]
    (data / "modules" / "modules.json").write_text(json.dumps({"Modules": modules}))
    (data / PACKAGE / "terraform-provider-aws").write_text("a program")
    (data / "terraform.tfstate").write_text("{}")
    (root / ".terraform.lock.hcl").write_text("provider {}")
    return root


@pytest.fixture
def initialise(root: Path, terraform: FakeTerraform) -> Callable[..., bool]:
    """Initialises the root as a new command does; keywords are environment variables."""

    def run(*arguments: str, **variables: str) -> bool:
        runner = Terraform(root, variables, Binary(terraform.path, "terraform"))
        return init_record.initialise(runner, arguments)

    return run


def test_init_is_skipped_until_something_changes(
    initialise: Callable[..., bool], terraform: FakeTerraform
) -> None:
    assert [initialise("-migrate-state"), initialise("-migrate-state")] == [True, False]
    inits = [command for command in terraform.commands if command.startswith("init")]
    assert inits == ["init -input=false -no-color -migrate-state"]


@pytest.mark.parametrize(
    "path",
    [
        "stages/dev/backend.tf",
        "stages/dev/more.tf.json",
        "stages/dev/prod.tfbackend",
        "stages/dev/.terraform.lock.hcl",
        "stages/dev/.terraform/terraform.tfstate",
        "stages/dev/.terraform/modules/modules.json",
        f"stages/dev/.terraform/{PACKAGE}/terraform-provider-aws",
        "app/main.tf",
        "app/more.tf",
        "nobody/.terraformrc",
        "nobody/.terraform.d/credentials.tfrc.json",
        "cli.tfrc",
    ],
)
def test_changed_file_initialises_again(
    initialise: Callable[..., bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "cli.tfrc"))
    initialise()
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text('{"Modules": []}')
    assert [initialise(), initialise()] == [True, False]


def test_changed_configuration_of_the_older_variable_initialises_again(
    initialise: Callable[..., bool], tmp_path: Path
) -> None:
    older = {"TF_CLI_CONFIG_FILE": "", "TERRAFORM_CONFIG": str(tmp_path / "cli.tfrc")}
    assert [initialise(**older), initialise(**older)] == [True, False]
    (tmp_path / "cli.tfrc").write_text("")
    assert [initialise(**older), initialise(**older)] == [True, False]


def test_removed_provider_initialises_again(initialise: Callable[..., bool], root: Path) -> None:
    initialise()
    (root / ".terraform" / PACKAGE / "terraform-provider-aws").unlink()
    assert initialise()


@pytest.mark.parametrize("name", ["TF_PLUGIN_CACHE_DIR", "TF_WORKSPACE", "AWS_PROFILE", "AWS_REGION"])
def test_changed_variable_initialises_again(initialise: Callable[..., bool], name: str) -> None:
    initialise()
    assert [initialise(**{name: "x"}), initialise(**{name: "x"})] == [True, False]


@pytest.mark.parametrize("name", ["TF_CLI_ARGS", "TF_CLI_ARGS_init"])
@pytest.mark.parametrize(
    "option",
    [
        "-backend-config=../prod.tfbackend",  # a file that may change
        "-backend-config ../prod.tfbackend",
        "-backend-config=key=a -upgrade",
        "-backend-config=key='a",
    ],
)
def test_options_in_the_environment_always_initialise(
    initialise: Callable[..., bool], name: str, option: str
) -> None:
    options = {name: option}
    assert [initialise(**options), initialise(**options)] == [True, True]
    assert [initialise(), initialise()] == [True, False]


def test_changed_argument_of_the_backend_initialises_again(initialise: Callable[..., bool]) -> None:
    first, second = ({"TF_CLI_ARGS_init": f"-backend-config=path=/a/{name}.tfstate"} for name in "ab")
    assert [initialise(**first), initialise(**first), initialise(**second)] == [True, False, True]


def test_another_program_initialises_again(initialise: Callable[..., bool], terraform: FakeTerraform) -> None:
    initialise()
    terraform.on("version -json", '{"terraform_version": "1.12.0"}')
    assert initialise()


@pytest.mark.parametrize("variables", [{"TF_LOG": "trace"}, {"AWS_SESSION_TOKEN": "new"}, {"HOSTNAME": "x"}])
def test_other_variables_change_nothing(initialise: Callable[..., bool], variables: dict[str, str]) -> None:
    initialise()
    assert not initialise(**variables)


def test_failed_init_is_repeated(
    initialise: Callable[..., bool], terraform: FakeTerraform, root: Path
) -> None:
    initialise()
    (root / "backend.tf").write_text("terraform { backend }")
    terraform.on("init", err="Error: no bucket", code=1)
    with pytest.raises(TerraformError):
        initialise()
    (root / "backend.tf").write_text("terraform {}")
    terraform.on("init")
    assert initialise()


def test_file_that_changes_during_init_initialises_again(
    initialise: Callable[..., bool], terraform: FakeTerraform
) -> None:
    terraform.on("init", files={"late.tf": "terraform {}"})
    assert [initialise(), initialise(), initialise()] == [True, True, False]


@pytest.mark.parametrize("record", ["", "[1, 2]", "{}", "[[" * 3000])
def test_unreadable_record_initialises_again(
    initialise: Callable[..., bool], root: Path, record: str
) -> None:
    initialise()
    (root / ".terraform" / "domovoi-tf.init").write_text(record)
    assert initialise()
