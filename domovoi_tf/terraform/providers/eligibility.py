"""Decides whether one running AWS provider can serve all commands of Terraform on a root module.

A running provider has one configuration, Terraform does not verify it, and it cannot read a bundle of
certificates twice. What these rules do not know excludes it: then Terraform starts the provider itself.

https://developer.hashicorp.com/terraform/plugin/debugging#running-terraform-with-a-provider-in-debug-mode
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from domovoi_tf.terraform.installation import get_cli_configuration
from domovoi_tf.terraform.providers import installed_modules, package_hash

if TYPE_CHECKING:
    from domovoi_tf.terraform.runner import Terraform

ADDRESS = "registry.terraform.io/hashicorp/aws"
#: The environment variable that switches this off if it is 0.
SWITCH = "DOMOVOI_TF_RUNNING_PROVIDER"
#: Whoever sets these, or others that begin so, wants Terraform to start the provider, or has one that runs.
_EXCLUDING = ("TF_REATTACH_PROVIDERS", "TF_LOG")
#: A line that may begin a configuration of a provider, also in a comment, and those that are understood.
_ANY_PROVIDER = re.compile(r"\bprovider\b(?![\w:]|[ \t]*[=.)])[^\n{]*\{")
_PROVIDER = re.compile(r'^provider[ \t]+"([a-z][a-z0-9_-]*)"[ \t]*\{\}?$', re.MULTILINE)
_BLOCK = re.compile(r"^provider[^\n]*\{\}$|^provider\b.*?(?:^\}|\Z)", re.MULTILINE | re.DOTALL)
_ALIAS = re.compile(r"\b(alias|for_each|configuration_aliases)\b")
#: A requirement of the AWS provider by a local name.
_LOCAL_NAME = re.compile(r'"?([\w-]+)"?\s*[=:]\s*\{[^{}]*?"[^"]*hashicorp/aws"', re.IGNORECASE)
_CERTIFICATES = re.compile(r"\bcustom_ca_bundle\b")
#: Settings of profiles that exclude it: a bundle, and a program that may ask on the terminal, which a running
#: provider does not have.
_PROFILE = re.compile(r"^\s*(ca_bundle|credential_process)\b", re.MULTILINE)


class IneligibleError(Exception):
    """A running provider cannot be used; the message says why."""


def find_program(terraform: Terraform, environ: Mapping[str, str]) -> Path:
    """Returns the verified program of the AWS provider that Terraform would start.

    Args:
        terraform: Terraform in the stage's folder.
        environ: the environment variables with which Terraform runs.

    Raises:
        IneligibleError: the provider must not be shared by several commands, or is not installed.
        OSError: a file cannot be read.
    """
    if environ.get(SWITCH) == "0":
        raise IneligibleError(f"{SWITCH} is 0")
    if name := next((name for name in sorted(environ) if environ[name] and name.startswith(_EXCLUDING)), ""):
        raise IneligibleError(f"{name} is set")
    if terraform.binary.kind == "tofu":
        raise IneligibleError("OpenTofu has other providers")
    _require_installed(environ)
    _require_single_configuration(terraform)
    _require_plain_settings(terraform.folder, environ)
    return _find_verified(terraform)


def drop_certificates(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment of the provider, without certificates that it does not need for plain HTTP."""
    return {name: value for name, value in environ.items() if name != "AWS_CA_BUNDLE"}


def _require_installed(environ: Mapping[str, str]) -> None:
    """Checks that no setting of the user makes Terraform use a provider other than the installed one."""
    home = Path(environ.get("HOME") or os.sep)
    named = get_cli_configuration(environ)
    paths = [
        home / ".terraformrc",
        *(home / ".terraform.d").glob("*.tfrc*"),
        *([Path(named)] if named else []),
    ]
    for path in paths:
        if path.is_file() and "dev_overrides" in path.read_text(encoding="utf-8", errors="replace"):
            raise IneligibleError(f"{path.name} has dev_overrides")


def _require_single_configuration(terraform: Terraform) -> None:
    modules = installed_modules.list_folders(terraform.folder, terraform.data_folder)
    if modules is None:
        raise IneligibleError("the modules are not known")
    root = "\n".join(_read_configuration(terraform.folder))
    called = "\n".join(text for folder in modules for text in _read_configuration(folder))
    whole = f"{root}\n{called}"
    names = _LOCAL_NAME.findall(whole)
    if {*names} - {"aws"} or len(names) != whole.lower().count('hashicorp/aws"'):
        raise IneligibleError("the AWS provider has another local name")
    if _ANY_PROVIDER.search(called) or _ALIAS.search(_list_provider_blocks(called)):
        raise IneligibleError("a module configures a provider")
    if "configuration_aliases" in whole:
        raise IneligibleError("a module wants several configurations")
    known = _PROVIDER.findall(root)
    if len(_ANY_PROVIDER.findall(root)) != len(known) or known.count("aws") > 1:
        raise IneligibleError("the root module has several configurations of the AWS provider")
    if _ALIAS.search(_list_provider_blocks(root)):
        raise IneligibleError("a provider has an alias")


def _list_provider_blocks(text: str) -> str:
    """Returns the text from each provider's block to the end of the block, which is in the first column."""
    return "\n".join(_BLOCK.findall(text))


def _read_configuration(folder: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        if path.name.endswith((".tf.json", ".tofu", ".tofu.json")):
            raise IneligibleError(f"{path.name} is not read")
        if path.suffix == ".tf":
            yield path.read_text(encoding="utf-8")


def _require_plain_settings(root: Path, environ: Mapping[str, str]) -> None:
    """Checks that the provider needs no terminal, and no certificates, which it can read only once."""
    text = "\n".join(_read_configuration(root))
    if _CERTIFICATES.search(text):
        raise IneligibleError("the provider has a custom_ca_bundle")
    if environ.get("AWS_CA_BUNDLE") and ("endpoints" in text or not _has_plain_endpoints(environ)):
        raise IneligibleError("AWS_CA_BUNDLE is set")
    aws = Path(environ.get("HOME") or os.sep) / ".aws"
    for name, path in (
        ("AWS_CONFIG_FILE", aws / "config"),
        ("AWS_SHARED_CREDENTIALS_FILE", aws / "credentials"),
    ):
        file = root / Path(environ.get(name) or path).expanduser()
        settings = (
            _PROFILE.findall(file.read_text(encoding="utf-8", errors="replace")) if file.is_file() else []
        )
        for setting in settings:
            if setting == "ca_bundle" or _may_use_profile(text, environ):
                raise IneligibleError(f"{file.name} has a {setting}")
    if "shared_config_files" in text or "shared_credentials_files" in text:
        raise IneligibleError("the provider reads other configuration files")


def _may_use_profile(root: str, environ: Mapping[str, str]) -> bool:
    """Returns whether the provider may take its credentials from a profile, and not from the environment."""
    return "profile" in root or bool(environ.get("AWS_PROFILE")) or not environ.get("AWS_ACCESS_KEY_ID")


def _has_plain_endpoints(environ: Mapping[str, str]) -> bool:
    """Returns whether all requests go to endpoints without TLS, as those of the emulator are.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    endpoints = [url for name, url in environ.items() if url and name.startswith("AWS_ENDPOINT_URL")]
    is_ignored = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" in environ
    has_default = bool(environ.get("AWS_ENDPOINT_URL"))
    return has_default and not is_ignored and all(url.startswith("http://") for url in endpoints)


def _find_verified(terraform: Terraform) -> Path:
    lock = package_hash.read_lock(terraform.folder, ADDRESS)
    if lock is None:
        raise IneligibleError("the lock file has no AWS provider")
    version, hashes = lock
    packages = [*(terraform.data_folder / "providers" / ADDRESS / version).glob("*")]
    programs = [path for package in packages for path in package.glob("terraform-provider-aws*")]
    if len(programs) != 1:
        raise IneligibleError("the AWS provider of the lock file is not installed")
    if package_hash.hash_package(programs[0].parent) not in hashes:
        raise IneligibleError("the AWS provider is not that of the lock file")
    return programs[0]
