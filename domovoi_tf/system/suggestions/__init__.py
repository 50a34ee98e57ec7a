"""Spells the commands that messages suggest, with the options that lead to the same project and stage.

They have no option whose value is the default.
"""

from __future__ import annotations

import os
import shlex
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

PROGRAM = "domovoi-tf"
DEFAULT_STAGE = "dev"
#: The commands that have --out.
WITH_OUT = (
    *("render", "package", "deploy", "doctor", "init", "validate", "plan", "apply", "drift", "destroy"),
    *("output", "prune-moves", "backend status", "backend unlock", "backend recover", "backend migrate"),
)
#: The commands that the group `local` has too.
WITH_EMULATOR = (
    *("deploy", "doctor", "init", "validate", "plan", "apply", "drift", "destroy", "output", "backend"),
    *("invoke", "logs", "executions", "dlq", "console", "open"),
)


@dataclass(frozen=True)
class Invocation:
    """The options with which the user chose the project and the place.

    Args:
        folder: the folder of ``-C``.
        project: the project's folder, relative to that one.
        out: the value of ``--out``.
        at_emulator: whether the command was told to work on the emulator.
    """

    folder: Path = Path()
    project: Path = Path()
    out: Path | None = None
    at_emulator: bool = False


_CURRENT: ContextVar[Invocation] = ContextVar("invocation", default=Invocation())  # noqa: B039 - it is frozen


def get_invocation() -> Invocation:
    """Returns the options of the running command."""
    return _CURRENT.get()


def remember(**options: Any) -> None:
    """Adds options of the running command to those that are known.

    Args:
        options: fields of `Invocation`.
    """
    _CURRENT.set(replace(_CURRENT.get(), **options))


def reset() -> None:
    """Forgets the options, because the command has ended."""
    _CURRENT.set(Invocation())


def spell(command: str, *stages: str) -> str:
    """Returns a command to suggest, with the options that are not the default.

    Args:
        command: the command with its arguments, such as ``logs tend -f``.
        stages: the names of the stages.
    """
    current = _CURRENT.get()
    words = [PROGRAM, "local"] if current.at_emulator and _is_one_of(command, WITH_EMULATOR) else [PROGRAM]
    words.append(command)
    folder = current.folder / current.project
    if folder != Path():
        words.append(f"-C {shlex.quote(str(folder))}")
    if stages not in ((), (DEFAULT_STAGE,)):
        words += [f"--stage {stage}" for stage in stages]
    if current.out is not None and _is_one_of(command.removeprefix("local "), WITH_OUT):
        words.append(f"--out {shlex.quote(os.path.relpath(current.out, current.project))}")
    return " ".join(words)


def spell_aws(command: str) -> str:
    """Returns a command of the AWS CLI to suggest, with options for the emulator if the command works there.

    Without the endpoint, the CLI works on AWS, except in a shell that `local env` has set up. The emulator
    needs no signature, so the user needs no credentials.

    Args:
        command: the command with its arguments, such as ``s3 rm s3://labels --recursive``.
    """
    endpoint = os.environ.get("AWS_ENDPOINT_URL") if _CURRENT.get().at_emulator else None
    if not endpoint:
        return f"aws {command}"
    region = os.environ.get("AWS_REGION", "us-east-1")
    return f"aws {command} --endpoint-url {endpoint} --region {region} --no-sign-request"


def _is_one_of(command: str, names: tuple[str, ...]) -> bool:
    return any(f"{command} ".startswith(f"{name} ") for name in names)
