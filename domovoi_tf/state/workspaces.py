"""Refuses states of Terraform's workspaces, whose resources would have the names of another state's.

https://developer.hashicorp.com/terraform/language/state/workspaces
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from domovoi_tf.errors import BackendError
from domovoi_tf.state.backend_root import read_record
from domovoi_tf.system.suggestions import spell

DEFAULT = "default"
_VARIABLE = "TF_WORKSPACE"


def read_workspace(data_folder: Path, environ: Mapping[str, str]) -> str:
    """Returns the selected workspace of a stage.

    Args:
        data_folder: the folder of Terraform's own files, ``.terraform``.
        environ: the environment variables with which Terraform runs.

    https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_workspace
    """
    if name := environ.get(_VARIABLE):
        return name
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return (data_folder / "environment").read_text(encoding="utf-8").strip() or DEFAULT
    return DEFAULT


def require_workspace(
    root: Path, data_folder: Path, environ: Mapping[str, str], named: str | None, at_emulator: bool = False
) -> None:
    """Checks that Terraform works with the state of the right workspace.

    That is the default one, or the one that the configuration names. In HCP Terraform each state is in a
    workspace of its own, so that all are allowed. The emulator has states of its own, in either one.

    Args:
        root: the stage's folder.
        data_folder: the folder of Terraform's own files.
        environ: the environment variables with which Terraform runs.
        named: the workspace that the configuration names.
        at_emulator: whether the state is one of the emulator.

    Raises:
        BackendError: it is another workspace.
    """
    workspace = read_workspace(data_folder, environ)
    allowed = {named or DEFAULT, *([DEFAULT] if at_emulator else [])}
    if workspace in allowed or (read_record(root, environ) or ("",))[0] == "cloud":
        return
    is_variable = bool(environ.get(_VARIABLE))
    selected = f"selected{f' ({_VARIABLE})' if is_variable else ''}"
    if named:
        select = f"set {_VARIABLE} to {named}" if is_variable else _spell_selection(named, root)
        raise BackendError(
            f"The configuration names the workspace {named} (terraform.workspace), but the workspace "
            f"{workspace} is {selected}.",
            f"Nothing was changed. To work on {root.name}, {select}.",
        )
    select = f"unset {_VARIABLE}" if is_variable else _spell_selection(DEFAULT, root)
    raise BackendError(
        f"The workspace {workspace} is {selected}: its resources would have the same names as those of "
        f"{root.name} in the workspace {DEFAULT}, and would take these over.",
        "Nothing was changed. A deployment of its own is a stage, not a workspace: "
        f"{spell('deploy', 'NAME')}\nTo work on {root.name}, {select}. If its state belongs in this "
        f'workspace, set terraform.workspace to "{workspace}" in .chalice/config.json.',
    )


def _spell_selection(workspace: str, root: Path) -> str:
    return f"run `terraform -chdir={root} workspace select {workspace}`"
