"""The files that tell the emulator which functions `domovoi-tf dev` runs, and at which address.

Each file names the process that listens there. An address whose process has ended does not count, so that a
`dev` that was killed leaves the deployed code in service.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.system.background_processes import is_same_process, read_start_time
from domovoi_tf.system.user_folder import ensure_private_folder, write_private_file

#: The paths at which `dev` accepts invocations, and requests to repeat one.
INVOCATIONS, REPLAYS = "/invocations", "/replays"
#: The folder of these files in the emulator's folder.
FOLDER = "forwarding"


class Forwarding(NamedTuple):
    """The address at which a running `dev` accepts the invocations of a function.

    Args:
        port: the TCP port on 127.0.0.1.
        token: the bearer token that each request must have.
        pid: the ID of the process that listens.
        started: the start time of that process; None if the system does not tell.
        project: the absolute path of the project's folder.
        stage: the stage.
    """

    port: int
    token: str
    pid: int
    started: str | None
    project: str = ""
    stage: str = ""

    def is_alive(self) -> bool:
        """Returns whether the process that listens is running."""
        return is_same_process(self.pid, self.started)


def make_forwarding(port: int, token: str, project: Path, stage: str) -> Forwarding:
    """Returns the address of this process.

    Args:
        port: the TCP port on 127.0.0.1.
        token: the bearer token that each request must have.
        project: the project's folder.
        stage: the stage.
    """
    pid = os.getpid()
    return Forwarding(port, token, pid, read_start_time(pid), str(project.resolve()), stage)


def register(folder: Path, function: str, forwarding: Forwarding) -> None:
    """Makes the emulator forward the invocations of a function.

    Args:
        folder: the emulator's folder.
        function: the function's name on AWS.
        forwarding: the address.

    Raises:
        OSError: the file cannot be written, for example because the emulator has ended.
    """
    write_private_file(
        ensure_private_folder(folder / FOLDER) / f"{function}.json", json.dumps(forwarding._asdict())
    )


def unregister(folder: Path, function: str, forwarding: Forwarding) -> None:
    """Stops forwarding the invocations of a function, unless another process has taken them over.

    Args:
        folder: the emulator's folder.
        function: the function's name on AWS.
        forwarding: the address to remove.
    """
    if read_forwarding(folder, function) == forwarding:
        _locate(folder, function).unlink(missing_ok=True)


def find_forwarding(folder: Path, function: str) -> Forwarding | None:
    """Returns the address for a function, if a running `dev` has registered one.

    Args:
        folder: the emulator's folder.
        function: the function's name on AWS.
    """
    forwarding = read_forwarding(folder, function)
    return forwarding if forwarding and forwarding.is_alive() else None


def read_forwarding(folder: Path, function: str) -> Forwarding | None:
    """Returns the address that is registered for a function, even if its process has ended.

    Args:
        folder: the emulator's folder.
        function: the function's name on AWS.
    """
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Forwarding(**json.loads(_locate(folder, function).read_bytes()))
    return None


def list_projects(folder: Path) -> list[str]:
    """Returns the folders of the projects in which other processes run `dev` at an emulator.

    Args:
        folder: the emulator's folder.
    """
    names = [path.stem for path in (folder / FOLDER).glob("*.json")]
    found = [forwarding for name in names if (forwarding := find_forwarding(folder, name))]
    return sorted({each.project for each in found if each.pid != os.getpid()})


def _locate(folder: Path, function: str) -> Path:
    return folder / FOLDER / f"{Path(function).name}.json"
