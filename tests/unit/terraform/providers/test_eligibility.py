"""The conditions under which one running provider serves all commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.providers import eligibility
from domovoi_tf.terraform.runner import Terraform

from .conftest import VERSION, lock

HTTP = "http://127.0.0.1:4566"


@pytest.fixture
def explain(provided_terraform: Terraform) -> Callable[..., str]:
    """Returns why the provider cannot be used, or its name; keywords are environment variables."""

    def run(**variables: str) -> str:
        environ = {**provided_terraform.build_environment(), **variables}
        try:
            return eligibility.find_program(provided_terraform, environ).name
        except eligibility.IneligibleError as reason:
            return str(reason)

    return run


PROGRAM = f"terraform-provider-aws_v{VERSION}_x5"


def test_provider_of_the_lock_file_is_eligible(explain: Callable[..., str]) -> None:
    assert explain() == PROGRAM


SEVERAL = "the root module has several configurations of the AWS provider"
ALIAS = 'provider "aws" {\n  alias  = "other"\n  region = "eu-west-1"\n}\n'
NAMED = 'terraform {\n  required_providers {\n    cloud = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('provider "aws" {\n  region = "eu-west-1"\n}\n', SEVERAL),
        (ALIAS, SEVERAL),
        ('provider aws {\n  region = "eu-west-1"\n}\n', SEVERAL),
        ('provider "aws" { region = "eu-west-1" }\n', SEVERAL),
        ('  provider "aws" {\n  }\n', SEVERAL),
        ('/* x */ provider "aws" {\n}\n', SEVERAL),
        ('provider /* x */ "aws" {\n}\n', SEVERAL),
        ('provider "\\u0061ws" {\n}\n', SEVERAL),
        ('provider "random" {\n  alias = "x"\n}\n', "a provider has an alias"),
        (NAMED, "the AWS provider has another local name"),
        (
            NAMED.replace('"hashicorp', '"registry.terraform.io/hashicorp'),
            "the AWS provider has another local name",
        ),
        ("configuration_aliases = [aws.other]\n", "a module wants several configurations"),
        ('resource "x" "y" {\n  provider = aws\n}\n', PROGRAM),
        ('provider "random" {\n}\n', PROGRAM),
        ("module {\n  providers = { aws = aws }\n}\n", PROGRAM),
    ],
)
def test_other_configurations_of_the_root_exclude_it(
    explain: Callable[..., str], provided: Path, text: str, reason: str
) -> None:
    (provided / "own.tf").write_text(text)
    assert explain() == reason


def test_single_configuration_with_an_alias_excludes_it(explain: Callable[..., str], provided: Path) -> None:
    path = provided / "providers.tf"
    path.write_text(path.read_text().replace('provider "aws" {}\n', ALIAS))
    assert explain() == "a provider has an alias"


@pytest.mark.parametrize("text", ['provider "aws" {\n}\n', "  provider aws { }\n", ALIAS])
def test_configuration_of_a_module_excludes_it(
    explain: Callable[..., str], provided: Path, text: str
) -> None:
    (provided.parents[1] / "app" / "own.tf").write_text(text)
    assert explain() == "a module configures a provider"


@pytest.mark.parametrize("name", ["own.tf.json", "own.tofu"])
def test_configuration_in_another_syntax_excludes_it(
    explain: Callable[..., str], provided: Path, name: str
) -> None:
    (provided / name).write_text("{}")
    assert explain() == f"{name} is not read"


def test_unknown_modules_exclude_it(explain: Callable[..., str], provided: Path) -> None:
    (provided / ".terraform" / "modules" / "modules.json").write_text('{"Modules": [{"Key": "app"}]}')
    assert explain() == "the modules are not known"


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"DOMOVOI_TF_RUNNING_PROVIDER": "0"}, "DOMOVOI_TF_RUNNING_PROVIDER is 0"),
        ({"DOMOVOI_TF_RUNNING_PROVIDER": "1"}, PROGRAM),
        ({"TF_REATTACH_PROVIDERS": "{}"}, "TF_REATTACH_PROVIDERS is set"),
        ({"TF_LOG": "trace"}, "TF_LOG is set"),
        ({"TF_LOG_PROVIDER_AWS": "trace"}, "TF_LOG_PROVIDER_AWS is set"),
        ({"TF_LOG": ""}, PROGRAM),
        ({"AWS_CA_BUNDLE": "/ca.pem"}, "AWS_CA_BUNDLE is set"),
        ({"AWS_CA_BUNDLE": "/ca.pem", "AWS_ENDPOINT_URL": "https://127.0.0.1:4566"}, "AWS_CA_BUNDLE is set"),
        ({"AWS_CA_BUNDLE": "/ca.pem", "AWS_ENDPOINT_URL": HTTP}, PROGRAM),
        ({"AWS_CA_BUNDLE": "/ca.pem", "AWS_ENDPOINT_URL_S3": HTTP}, "AWS_CA_BUNDLE is set"),
        (
            {"AWS_CA_BUNDLE": "/ca.pem", "AWS_ENDPOINT_URL": HTTP, "AWS_ENDPOINT_URL_S3": "https://s3"},
            "AWS_CA_BUNDLE is set",
        ),
        (
            {
                "AWS_CA_BUNDLE": "/ca.pem",
                "AWS_ENDPOINT_URL": HTTP,
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
            },
            "AWS_CA_BUNDLE is set",
        ),
    ],
)
def test_variables_exclude_it(explain: Callable[..., str], variables: dict[str, str], reason: str) -> None:
    assert explain(**variables) == reason


def test_endpoints_with_certificates_exclude_it(explain: Callable[..., str], provided: Path) -> None:
    (provided / "own.tf").write_text('# endpoints { s3 = "https://..." }\n')
    assert explain(AWS_CA_BUNDLE="/ca.pem", AWS_ENDPOINT_URL=HTTP) == "AWS_CA_BUNDLE is set"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('# custom_ca_bundle = "x"\n', "the provider has a custom_ca_bundle"),
        ("# shared_config_files = []\n", "the provider reads other configuration files"),
    ],
)
def test_certificates_of_the_provider_exclude_it(
    explain: Callable[..., str], provided: Path, text: str, reason: str
) -> None:
    (provided / "own.tf").write_text(text)
    assert explain() == reason


@pytest.mark.parametrize("setting", ["ca_bundle", "credential_process"])
def test_settings_of_a_profile_exclude_it(
    explain: Callable[..., str], provided: Path, tmp_path: Path, setting: str
) -> None:
    (tmp_path / "config").write_text(f"[default]\n{setting} = /x\n")
    assert explain(AWS_CONFIG_FILE=str(tmp_path / "config")) == f"config has a {setting}"
    (provided / "own").write_text(f"[default]\n{setting} = /x\n")  # where Terraform runs
    assert explain(AWS_SHARED_CREDENTIALS_FILE="own") == f"own has a {setting}"


def test_program_for_credentials_is_not_used_with_keys_in_the_environment(
    explain: Callable[..., str], provided: Path, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default]\ncredential_process = /x\n")
    keys = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_ACCESS_KEY_ID": "test"}
    excluded = "config has a credential_process"
    assert (explain(**keys), explain(**keys, AWS_PROFILE="p")) == (PROGRAM, excluded)
    (provided / "own.tf").write_text('# profile = "p"\n')
    assert explain(**keys) == excluded


@pytest.mark.parametrize("name", ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"])
def test_overrides_of_the_user_exclude_it(explain: Callable[..., str], tmp_path: Path, name: str) -> None:
    (tmp_path / "cli.tfrc").write_text("provider_installation {\n  dev_overrides {\n  }\n}\n")
    assert explain(**{name: str(tmp_path / "cli.tfrc")}) == "cli.tfrc has dev_overrides"


def test_opentofu_excludes_it(provided: Path) -> None:
    terraform = Terraform(provided, {}, Binary(Path("tofu"), "tofu"))
    with pytest.raises(eligibility.IneligibleError, match="OpenTofu"):
        eligibility.find_program(terraform, terraform.build_environment())


def test_provider_that_the_lock_file_does_not_allow_is_not_run(
    explain: Callable[..., str], provided: Path
) -> None:
    lock(provided, "zh:1", "h1:other")
    assert explain() == "the AWS provider is not that of the lock file"
    (provided / ".terraform.lock.hcl").unlink()
    assert explain() == "the lock file has no AWS provider"


def test_changed_program_is_not_run(explain: Callable[..., str], provided: Path) -> None:
    assert explain() == PROGRAM
    (program,) = provided.rglob(PROGRAM)
    program.write_text("#!/bin/sh\necho stolen\n")
    assert explain() == "the AWS provider is not that of the lock file"


def test_provider_that_is_not_installed_is_left_to_terraform(
    explain: Callable[..., str], provided: Path
) -> None:
    (program,) = provided.rglob(PROGRAM)
    program.unlink()
    assert explain() == "the AWS provider of the lock file is not installed"
