"""A root module that has a backend and nothing else: by it Terraform reaches any state, rendered or not.

What needs no resources, such as reading a state or releasing its lock, then needs no providers either.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from domovoi_tf.rendering.templates import render_backend
from domovoi_tf.synthesis.backend_block import backend as block
from domovoi_tf.system import assets
from domovoi_tf.system.user_folder import write_private_file
from domovoi_tf.terraform.installation import configure_providers, find_binary
from domovoi_tf.terraform.runner import Terraform

LOCAL_STATE = "terraform.tfstate"


class Place(NamedTuple):
    """Where a stage's state is: the type of the backend and its arguments."""

    type: str
    arguments: Mapping[str, Any]

    @property
    def location(self) -> str:
        """What tells one state from another, in words."""
        if self.type == "s3":
            return f"s3://{self.arguments.get('bucket')}/{self.arguments.get('key')}"
        if self.type == "local":
            return str(self.arguments["path"])
        return f"{self.type} {json.dumps(self.arguments, sort_keys=True)}"

    @property
    def title(self) -> str:
        """The place for people: of most backends the type alone, since arguments may be secrets."""
        return self.location if self.type in ("s3", "local") else f"the {self.type} backend"


def place(configured: tuple[str, Mapping[str, Any]] | None, root: Path) -> Place:
    """Returns where a configured backend keeps its state.

    Args:
        configured: the backend's type and arguments; None for a local file.
        root: the stage's folder, which a local file's path begins at.
    """
    kind, arguments = configured or ("local", {})
    if kind != "local":
        return Place(kind, arguments)
    path = str(Path(os.path.abspath(root / (arguments.get("path") or LOCAL_STATE))))  # noqa: PTH100 - no links
    return Place("local", {**arguments, "path": path})


def recorded(root: Path, environ: Mapping[str, str]) -> Place:
    """Returns where Terraform last kept a stage's state, as `init` recorded it; else the local file.

    Args:
        root: the stage's folder.
        environ: the environment variables; ``TF_DATA_DIR`` counts.

    https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_data_dir
    """
    record = root / environ.get("TF_DATA_DIR", ".terraform") / LOCAL_STATE
    try:
        found = json.loads(record.read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError):
        found = None
    return place((found["type"], _given(found["config"])) if found else None, root)


@contextlib.contextmanager
def state_root(at: Place, stage: str, environ: Mapping[str, str]) -> Iterator[Terraform]:
    """Yields Terraform in a temporary root, for this user only, that is initialised with a backend.

    Args:
        at: where the state is.
        stage: the stage, for what errors say.
        environ: the environment variables.

    Raises:
        TerraformError: the backend cannot be reached.
    """
    with tempfile.TemporaryDirectory(prefix="domovoi-tf-") as private:
        folder = Path(private, stage)
        folder.mkdir()
        text = render_backend(block((at.type, at.arguments)), assets.find_templates())
        write_private_file(folder / "backend.tf", text)
        own = {**configure_providers(environ), "TF_DATA_DIR": None}
        terraform = Terraform(folder, own, find_binary(environ))
        terraform.capture("init", "-input=false", "-no-color")
        yield terraform


def _given(config: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a recorded configuration without what was not given; a block is recorded as a list of one."""
    given = {key: _unwrapped(value) for key, value in config.items() if value not in (None, [], {})}
    return dict(sorted(given.items()))


def _unwrapped(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0]
    return _given(value) if isinstance(value, dict) else value
