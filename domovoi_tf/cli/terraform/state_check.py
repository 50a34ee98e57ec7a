"""Refuses to work on AWS with a state of the emulator, and the reverse, before anything is changed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domovoi_tf.cli.terraform import place
from domovoi_tf.errors import BackendError, DomovoiError
from domovoi_tf.system.suggestions import spell

if TYPE_CHECKING:
    from domovoi_tf.state.backend_root import Backend


def check_file(root: Path) -> None:
    """Checks a state in a local file before Terraform reads it.

    Args:
        root: the stage's folder.

    Raises:
        BackendError: its resources are elsewhere.
    """
    backend = _find_backend(root)
    if backend.type == "local":
        try:
            state = json.loads(Path(backend.arguments["path"]).read_bytes())
        except (OSError, ValueError, RecursionError):  # Terraform reports what is wrong with it
            return
        check_state(root, state)


def check_state(root: Path, state: Any) -> None:
    """Checks the state of a stage.

    Args:
        root: the stage's folder.
        state: the content of the state.

    Raises:
        BackendError: its resources are elsewhere.
    """
    from domovoi_tf.state.accounts import list_state_accounts

    _require_own(root, list_state_accounts(state))


def check_plan(root: Path, plan: Mapping[str, Any]) -> None:
    """Checks the state of a plan.

    Args:
        root: the stage's folder.
        plan: the output of ``terraform show -json``.

    Raises:
        BackendError: its resources are elsewhere.
    """
    from domovoi_tf.state.accounts import list_plan_accounts

    _require_own(root, list_plan_accounts(plan))


def _require_own(root: Path, accounts: set[str]) -> None:
    from domovoi_tf.settings.formats import EMULATED_ACCOUNT

    stage = root.name
    others = sorted(accounts - {EMULATED_ACCOUNT})
    if place.get_emulator():
        if others:
            raise BackendError(
                f"The state of {stage} at the emulator describes resources of the AWS account {others[0]}.",
                f"Nothing was changed. To work on these resources, run the command without --emulator, in a "
                f"shell without `local env`. To use the emulator, {_advise_removal(root)}, and repeat "
                "the command.",
            )
    elif EMULATED_ACCOUNT in accounts and not _has_other_endpoint(root):
        raise BackendError(
            f"The state of {stage} describes resources of the emulator (account {EMULATED_ACCOUNT}), "
            "not of AWS.",
            f"Nothing was changed. To work on these resources, add --emulator to the command. To deploy to "
            f"AWS, {_advise_removal(root)}, and run `{spell('deploy', stage)}`.",
        )


def _advise_removal(root: Path) -> str:
    backend = _find_backend(root)
    if backend.type == "local":
        return f"move {backend.arguments['path']} away"
    return f"restore an older version of {backend.title} or configure another key in terraform.backend"


def _find_backend(root: Path) -> Backend:
    """Returns the backend of the last ``init``; if there is none, the local file."""
    from domovoi_tf.state.backend_root import read_initialized_backend

    return read_initialized_backend(root, os.environ, place.locate_local_state())


def _has_other_endpoint(root: Path) -> bool:
    """Returns whether the user has configured an endpoint, such as LocalStack, which has the same account."""
    from domovoi_tf.operations.account import Account

    provider = root / "providers.tf"
    if provider.is_file() and "endpoints" in provider.read_text(encoding="utf-8"):
        return True
    try:
        return Account("us-east-1").endpoint is not None
    except DomovoiError:
        return False
