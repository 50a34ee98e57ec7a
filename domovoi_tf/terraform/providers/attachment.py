"""The part of a running provider that `terraform.runner` uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Attachment(Protocol):
    """A provider that runs while several commands of Terraform use it."""

    def get_variables(self, command: str, environ: Mapping[str, str], /) -> dict[str, str]:
        """Returns the environment variables by which a command uses the provider; none if it must not."""

    def describe_crash(self) -> str:
        """Returns the stack trace of a provider that has crashed; otherwise nothing."""
