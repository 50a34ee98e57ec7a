"""Configures Terraform to work on a stage at the emulator, with a state and a data folder for the emulator.

The data folder has the saved plan, the mark of a killed run and the initialised backend, so that those of
the emulator and of AWS never mix.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from domovoi_tf.local.emulator_environment import KEY, Emulator, build_overrides
from domovoi_tf.system.user_folder import ensure_home, ensure_private_folder, write_private_file

if TYPE_CHECKING:
    from domovoi_tf.settings import Settings

_INIT_ARGUMENTS = "TF_CLI_ARGS_init"
_STATE_PATH = "-backend-config=path="
_VARIABLE = "TF_VAR_"


def build_stage_environment(
    emulator: Emulator, settings: Settings, backend: str, environ: Mapping[str, str]
) -> dict[str, str | None]:
    """Returns the overrides with which Terraform works on a stage at the emulator; None removes a variable.

    Args:
        emulator: the running emulator.
        settings: the stage's settings.
        backend: the type of the stage's backend.
        environ: the environment to change.

    https://developer.hashicorp.com/terraform/cli/config/environment-variables
    """
    overrides = {**build_overrides(emulator, environ), **_remove_state_path(environ)}
    overrides["TF_DATA_DIR"] = str(locate_data_folder(emulator, settings))
    if "TF_WORKSPACE" in environ:  # it selects another state
        overrides["TF_WORKSPACE"] = None
    if backend == "local":
        given = overrides.get(_INIT_ARGUMENTS, environ.get(_INIT_ARGUMENTS))
        own = shlex.quote(f"{_STATE_PATH}{locate_state(emulator, settings)}")
        overrides[_INIT_ARGUMENTS] = f"{given} {own}" if given else own
    overrides |= _build_identity(emulator, settings)
    variables = _read_variables(emulator, settings)
    return {**overrides, **{name: value for name, value in variables.items() if name not in environ}}


def locate_state(emulator: Emulator, settings: Settings) -> Path:
    """Returns the path of a stage's local state at the emulator.

    Args:
        emulator: the running emulator.
        settings: the stage's settings.
    """
    return emulator.log.parent / f"{settings.name}.tfstate"


def locate_data_folder(emulator: Emulator, settings: Settings) -> Path:
    """Returns the path of Terraform's data folder for a stage at the emulator.

    Args:
        emulator: the running emulator.
        settings: the stage's settings.
    """
    return emulator.log.parent / f"{settings.name}.terraform"


def save_variables(emulator: Emulator, settings: Settings, values: Mapping[str, str]) -> None:
    """Remembers the values of input variables that name resources which were created for the app.

    Args:
        emulator: the running emulator.
        settings: the stage's settings.
        values: the values by name.
    """
    path = _locate_variables(emulator, settings)
    ensure_private_folder(path.parent)
    write_private_file(path, json.dumps(dict(values)))


def discard_states(home: Path) -> None:
    """Removes what describes resources at an emulator that has ended. The installed providers remain.

    Args:
        home: the tool's state folder.
    """
    for state in home.glob("*.tfstate*"):
        state.unlink(missing_ok=True)
    for path in home.glob("*.terraform/*"):
        if path.is_dir() and path.name != "providers":
            shutil.rmtree(path, ignore_errors=True)
        elif path.is_file():
            path.unlink(missing_ok=True)


def _build_identity(emulator: Emulator, settings: Settings) -> dict[str, str]:
    """Returns the variables with which the configured profiles exist at the emulator."""
    places = [settings.provider, *([settings.backend[1]] if settings.backend else [])]
    profiles = sorted({str(each["profile"]) for each in places if each.get("profile")})
    if not profiles:
        return {}
    path = _locate_variables(emulator, settings).with_name("credentials")
    ensure_private_folder(path.parent)
    keys = f"aws_access_key_id = {KEY}\naws_secret_access_key = {KEY}\n"
    write_private_file(path, "".join(f"[{name}]\n{keys}" for name in profiles))
    return {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": str(path)}


def _remove_state_path(environ: Mapping[str, str]) -> dict[str, str | None]:
    """Returns the overrides that remove the path that ``local env`` has added for ``init``."""
    try:
        given = shlex.split(environ.get(_INIT_ARGUMENTS, ""))
    except ValueError:  # Terraform reports quotes that are not closed
        return {}
    own = f"{_STATE_PATH}{ensure_home()}{os.sep}"
    kept = [argument for argument in given if not argument.startswith(own)]
    return {} if kept == given else {_INIT_ARGUMENTS: shlex.join(kept) or None}


def _locate_variables(emulator: Emulator, settings: Settings) -> Path:
    return locate_data_folder(emulator, settings) / "domovoi-tf" / "variables.json"


def _read_variables(emulator: Emulator, settings: Settings) -> dict[str, str]:
    """Returns the environment variables for the values of `save_variables`."""
    try:
        values = json.loads(_locate_variables(emulator, settings).read_text(encoding="utf-8"))
        return {f"{_VARIABLE}{name}": str(value) for name, value in values.items()}
    except (OSError, ValueError, AttributeError):
        return {}
