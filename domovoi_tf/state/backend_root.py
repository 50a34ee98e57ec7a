"""Initialises Terraform in a temporary root module that consists of a backend only.

Such a root reaches the state of any stage, rendered or not. Commands that need no resources, such as reading
a state or releasing its lock, do not have to install providers there.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from domovoi_tf.operations.reachability import explain_silence
from domovoi_tf.synthesis.backend_block import build_backend as block
from domovoi_tf.system import assets
from domovoi_tf.system.user_folder import write_private_file
from domovoi_tf.terraform.installation import configure_providers, find_binary
from domovoi_tf.terraform.runner import Terraform

LOCAL_STATE = "terraform.tfstate"


class Backend(NamedTuple):
    """The place of a stage's state: the backend's type and its arguments."""

    type: str
    arguments: Mapping[str, Any]

    @property
    def has_bucket(self) -> bool:
        """Whether the state is kept in a bucket, which `backend create` makes."""
        return self.type == "s3"

    @property
    def location(self) -> str:
        """An identifier of the state, different for each state; may contain secrets."""
        if self.type == "s3":
            return f"s3://{self.arguments.get('bucket')}/{self.arguments.get('key')}"
        if self.type == "local":
            return str(self.arguments["path"])
        return f"{self.type} {json.dumps(self.arguments, sort_keys=True)}"

    @property
    def title(self) -> str:
        """The location to show to users; for most backends the type alone, since arguments may be secret."""
        return self.location if self.type in ("s3", "local") else f"the {self.type} backend"


def resolve_backend(configuration: tuple[str, Mapping[str, Any]] | None, root: Path) -> Backend:
    """Returns the backend of a configuration, with the absolute path of a local state file.

    Args:
        configuration: the backend's type and arguments; None for a local file.
        root: the stage's folder, to which the path of a local file is relative.
    """
    backend_type, arguments = configuration or ("local", {})
    if backend_type != "local":
        return Backend(backend_type, arguments)
    path = str(Path(os.path.abspath(root / (arguments.get("path") or LOCAL_STATE))))  # noqa: PTH100 - keeps symbolic links
    return Backend("local", {**arguments, "path": path})


def read_initialized_backend(
    root: Path, environ: Mapping[str, str], local_state: str = LOCAL_STATE
) -> Backend:
    """Returns the backend that `terraform init` recorded for a stage; if there is none, the local file.

    Args:
        root: the stage's folder.
        environ: the environment variables, of which ``TF_DATA_DIR`` is read.
        local_state: the path of the local file.
    """
    return resolve_backend(read_record(root, environ) or ("local", {"path": local_state}), root)


def read_record(root: Path, environ: Mapping[str, str]) -> tuple[str, Mapping[str, Any]] | None:
    """Returns the type and the arguments of the backend that `terraform init` recorded; None if it did not.

    Args:
        root: the stage's folder.
        environ: the environment variables, of which ``TF_DATA_DIR`` is read.

    https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_data_dir
    """
    record = root / environ.get("TF_DATA_DIR", ".terraform") / LOCAL_STATE
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        if backend := json.loads(record.read_text(encoding="utf-8")).get("backend"):
            return str(backend["type"]), _drop_unset(backend["config"])
    return None


@contextlib.contextmanager
def initialize_backend(
    backend: Backend, stage: str, environ: Mapping[str, str], program: str | None
) -> Iterator[Terraform]:
    """Yields Terraform in a temporary private folder, initialised with a backend.

    Args:
        backend: the backend.
        stage: the stage, which error messages name.
        environ: the environment variables.
        program: the value of ``--terraform``; None if it was not given.

    Raises:
        TerraformError: the backend cannot be reached.
    """
    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as private:
        folder = Path(private, stage)
        folder.mkdir()
        from domovoi_tf.rendering.templates import render_backend

        text = render_backend(block((backend.type, backend.arguments)), assets.find_templates())
        write_private_file(folder / "backend.tf", text)
        # The backend is complete here, and files that the arguments name are elsewhere.
        overrides = {**configure_providers(environ), "TF_DATA_DIR": None, "TF_CLI_ARGS_init": None}
        probe = partial(explain_silence, folder) if backend.type == "s3" else None
        terraform = Terraform(folder, overrides, find_binary(environ, program), probe)
        terraform.capture("init", "-input=false", "-no-color")
        yield terraform


def _drop_unset(config: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a recorded configuration without the arguments that are not set."""
    arguments = {key: _unwrap_block(value) for key, value in config.items() if value not in (None, [], {})}
    return dict(sorted(arguments.items()))


def _unwrap_block(value: Any) -> Any:
    """Returns a block, which Terraform records as a list of one, as a dictionary."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0]
    return _drop_unset(value) if isinstance(value, dict) else value
