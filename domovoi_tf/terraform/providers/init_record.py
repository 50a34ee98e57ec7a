"""Remembers from what `terraform init` has succeeded, so that it can be skipped until something changes.

`terraform init` hashes the AWS provider, a program of 700 MB, even if there is nothing to install. Its result
depends on files and environment variables, all of which are compared. If in doubt, it runs.

https://developer.hashicorp.com/terraform/cli/commands/init
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from domovoi_tf.system.trace_log import log
from domovoi_tf.system.user_folder import write_private_file
from domovoi_tf.terraform.installation import get_cli_configuration
from domovoi_tf.terraform.providers import installed_modules

if TYPE_CHECKING:
    from domovoi_tf.terraform.runner import Terraform

#: The ends of the names of files that Terraform or OpenTofu reads from the folder of a module.
_CONFIGURATION = (".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json", ".tfbackend")
#: Environment variables outside of ``TF_`` that select the account or the Region of a backend.
_VARIABLES = ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")
#: Variables that change neither what is installed nor where the state is.
_IRRELEVANT = ("TF_LOG", "TF_IN_AUTOMATION", "TF_REATTACH_PROVIDERS")
#: Variables with options.
_OPTIONS = ("TF_CLI_ARGS", "TF_CLI_ARGS_init")
#: An option whose value is part of the variable. Others may name files (``-backend-config=FILE``) or ask for
#: newer providers.
_ARGUMENT = re.compile(r"--?backend-config=\w+=.*", re.DOTALL)
_LOCK_FILE = ".terraform.lock.hcl"


def initialise(terraform: Terraform, arguments: Sequence[str] = ()) -> bool:
    """Runs ``terraform init``, unless nothing that it depends on has changed since it succeeded.

    It always runs if an environment variable gives it options other than arguments of the backend.

    Args:
        terraform: Terraform in the stage's folder.
        arguments: further options of ``terraform init``.

    Returns:
        Whether it ran.

    Raises:
        TerraformError: Terraform failed.
    """
    before = _hash_inputs(terraform)
    if _has_known_options(terraform.build_environment()) and _read_record(terraform) == [
        before,
        _hash_results(terraform),
    ]:
        log.info("terraform init: skipped, because nothing that it depends on has changed")
        return False
    forget(terraform)
    terraform.capture("init", "-input=false", "-no-color", *arguments)
    # A file that changed meanwhile may have been read before or after.
    if _hash_inputs(terraform) == before and terraform.data_folder.is_dir():
        record = json.dumps([before, _hash_results(terraform)])
        write_private_file(_locate_record(terraform), f"{record}\n")
    return True


def _has_known_options(environ: Mapping[str, str]) -> bool:
    """Returns whether the variables with options say all that `terraform init` takes from them."""
    try:
        options = [option for name in _OPTIONS for option in shlex.split(environ.get(name, ""))]
    except ValueError:  # Terraform reports quotes that are not closed.
        return False
    return all(map(_ARGUMENT.fullmatch, options))


def forget(terraform: Terraform) -> None:
    """Makes the next `initialise` run ``terraform init``.

    Args:
        terraform: Terraform in the stage's folder.
    """
    _locate_record(terraform).unlink(missing_ok=True)


def _locate_record(terraform: Terraform) -> Path:
    return terraform.data_folder / "domovoi-tf.init"


def _read_record(terraform: Terraform) -> object:
    try:
        return json.loads(_locate_record(terraform).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _hash_inputs(terraform: Terraform) -> str:
    """Returns a digest of what `terraform init` reads: configuration, settings and the program itself."""
    variables: dict[str, str | None] = {**os.environ, **terraform.environment}
    relevant = {
        name: value
        for name, value in variables.items()
        if name in _VARIABLES or (name.startswith("TF_") and not name.startswith(_IRRELEVANT))
    }
    files = [*_list_configuration(terraform.folder), *_list_cli_configuration(variables)]
    program = [str(terraform.binary.path), _describe(terraform.binary.path), terraform.read_version()]
    return _hash([program, relevant, [(str(path), _read(path)) for path in files]])


def _hash_results(terraform: Terraform) -> str:
    """Returns a digest of what `terraform init` has found: modules, providers and the backend."""
    data = terraform.data_folder
    modules = installed_modules.locate_record(data)
    written = (terraform.folder / _LOCK_FILE, data / "terraform.tfstate", modules)
    providers = data / "providers"
    packages = sorted(providers.glob("*/*/*/*/*"))
    installed = [
        (str(package.relative_to(providers)), [(path.name, _describe(path)) for path in _list(package)])
        for package in packages
    ]
    folders = installed_modules.list_folders(terraform.folder, data) or []
    called = [(str(path), _read(path)) for folder in folders for path in _list_configuration(folder)]
    return _hash([[_read(path) for path in written], installed, called])


def _list_configuration(folder: Path) -> Iterator[Path]:
    yield from (path for path in _list(folder) if path.name.endswith(_CONFIGURATION))


def _list_cli_configuration(environ: Mapping[str, str | None]) -> Iterator[Path]:
    """Yields the files that may configure the program for this user.

    https://developer.hashicorp.com/terraform/cli/config/config-file#locations
    """
    if named := get_cli_configuration(environ):
        yield Path(named)
    home = Path(environ.get("HOME") or os.sep)
    yield from (home / ".terraformrc", home / ".tofurc")
    yield from sorted((home / ".terraform.d").glob("*.tfrc*"))


def _list(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return None


def _describe(path: Path) -> tuple[int, ...]:
    """Returns what changes with the content of a file that is too large to read, or nothing."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
