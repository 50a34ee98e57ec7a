"""Runs Terraform: finds the program and its providers, and calls it through python-terraform.

The only module that knows python-terraform.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from domovoi_tf.errors import TerraformError
from domovoi_tf.system import trace_log
from domovoi_tf.terraform import locks
from domovoi_tf.terraform.installation import _ANOTHER, INSTALL, Binary, _parse_version
from domovoi_tf.terraform.signals import forwarding

MINIMUM = (1, 10)
_ASKING = {"init", "plan", "apply", "destroy"}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: Terraform makes much garbage while it plans: collecting it less often takes a quarter off the CPU time of a
#: large plan, and the limit keeps memory small. https://pkg.go.dev/runtime#hdr-Environment_Variables
_GARBAGE = {"GOGC": "400", "GOMEMLIMIT": "1GiB"}
_INTERRUPTED = 130


@contextlib.contextmanager
def process_environment(overrides: Mapping[str, str | None]) -> Iterator[None]:
    """Changes this process's environment variables, and puts back what was there.

    python-terraform and boto3 read the environment of the process and take no other.

    Args:
        overrides: values by name; None removes the variable.
    """
    before = {name: os.environ.get(name) for name in overrides}
    _assign(overrides)
    try:
        yield
    finally:
        _assign(before)


class Terraform:
    """Terraform in one folder.

    Args:
        folder: the root module, where Terraform runs.
        environment: environment variables for Terraform, over those of this process; None removes one.
        binary: the program, as `find_binary` returns it.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str | None], binary: Binary) -> None:
        self.folder = folder
        self.binary = binary
        automation = {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        self.environment = {**automation, **_garbage(environment), **environment}
        self._interrupted = False

    @property
    def data_folder(self) -> Path:
        """Where Terraform keeps its own files of the folder.

        https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_data_dir
        """
        given = self.environment.get("TF_DATA_DIR", os.environ.get("TF_DATA_DIR"))
        return self.folder.absolute() / (given or ".terraform")

    def installed_modules(self) -> set[str]:
        """Returns the modules that the folder was initialised with, each by the labels of its calls."""
        try:
            installed = json.loads((self.data_folder / "modules" / "modules.json").read_text())
            return {str(module["Key"]) for module in installed["Modules"]}
        except (OSError, ValueError, KeyError, TypeError):
            return set()

    def run(self, command: str, *args: str, out: Callable[[str], object] | None = None) -> int:
        """Runs a command on this process's own terminal and returns Terraform's exit code.

        Terraform asks no question where standard input is no terminal. Ctrl-C reaches Terraform,
        which finishes cleanly; so does a signal that only this process gets.

        Args:
            command: the command, such as ``apply`` or ``state list``.
            args: its options and arguments, in Terraform's own spelling.
            out: is called with what Terraform writes to standard output, as it comes, in place of the
                terminal.

        Raises:
            LockedError: somebody else holds the lock of the state.
            TerraformError: the program cannot be started, or an earlier command was interrupted.

        https://developer.hashicorp.com/terraform/cli/commands
        """
        if command in _ASKING and not os.isatty(0):
            args = ("-input=false", *args)
        sys.stdout.flush()
        with locks.watched() as heard:
            code = self._cmd(command, args, out, None if out is None else _to_terminal)
        locks.refuse(heard.text, self.folder.name, code)
        return code

    def capture(self, command: str, *args: str, out: Callable[[str], object] | None = None) -> str:
        """Runs a command and returns what it wrote to standard output.

        Args:
            command: the command, such as ``output``.
            args: as in `run`.
            out: is called with it too, as it comes.

        Raises:
            TerraformError: Terraform failed; the error has Terraform's own words and exit code.
        """
        written: list[str] = []
        errors: list[str] = []

        def hear(text: str) -> None:
            written.append(text)
            if out:
                out(text)

        code = self._cmd(command, args, hear, errors.append)
        if code:
            locks.refuse("".join(errors), self.folder.name, code)
            words = _COLOUR.sub("", "".join(errors)).strip()
            message = f"`terraform {command}` failed with exit code {code}"
            raise TerraformError(f"{message}:\n{words}" if words else f"{message}.", exit_code=code)
        return "".join(written)

    def json(self, command: str, *args: str) -> Any:
        """Runs a command with ``-json`` and returns the value that it wrote.

        Args:
            command: one that writes one JSON value, such as ``output``.
            args: as in `run`.

        Raises:
            TerraformError: Terraform failed.
        """
        return json.loads(self.capture(command, "-json", *args))

    def version(self) -> tuple[int, int, int]:
        """Returns Terraform's version; raises TerraformError where it says none."""
        return _parse_version(str(self.json("version").get("terraform_version", "")))

    def require_supported_version(self) -> None:
        """Makes sure that this Terraform can lock a state in S3.

        Raises:
            TerraformError: it is older than 1.10.

        https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
        """
        version = self.version()
        if version[:2] < MINIMUM:
            raise TerraformError(
                f"{self.name} {'.'.join(map(str, version))} ({self.binary.path}) is too old: "
                "remote state locking needs 1.10 or newer.",
                f"Get a newer one from {INSTALL}, or name another with --terraform.",
            )

    @property
    def name(self) -> str:
        """What the program calls itself."""
        return "OpenTofu" if self.binary.kind == "tofu" else "Terraform"

    def _cmd(
        self,
        command: str,
        args: tuple[str, ...],
        out: Callable[[str], object] | None,
        err: Callable[[str], object] | None,
    ) -> int:
        """Runs a command; without ``out`` and ``err`` on this process's own streams."""
        if self._interrupted:
            raise TerraformError(
                "Interrupted.", f"`terraform {command}` was not started.", exit_code=_INTERRUPTED
            )
        with trace_log.running([str(self.binary.path), command, *args], self.folder):
            process = self._start(command, args, piped=out is not None)
            with forwarding(process) as interrupted:
                pumps = [_pump(process.stdout, out), _pump(process.stderr, err)] if out and err else []
                code = int(process.wait())
                for pump in pumps:
                    pump.join()
        self._interrupted = bool(interrupted)
        return code

    def _start(self, command: str, args: tuple[str, ...], *, piped: bool) -> Any:
        runner = _runner(self.folder, self.binary.path)
        with process_environment(self.environment):
            try:
                # With synchronous=None it returns the process; False would become an option of Terraform's.
                process, _, _ = runner.cmd(command, *args, capture_output=piped, synchronous=None)
            except OSError as error:
                why = f"{error.strerror}: {error.filename}"
                raise TerraformError(f"Terraform cannot be started: {why}", _ANOTHER) from error
        return process


def _garbage(environment: Mapping[str, str | None]) -> dict[str, str]:
    """Returns the settings of Go's memory, unless the user has any of their own."""
    own = any(name in environment or name in os.environ for name in _GARBAGE)
    return {} if own else _GARBAGE


def _to_terminal(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _pump(stream: IO[bytes], hear: Callable[[str], object]) -> threading.Thread:
    """Passes on what a stream brings, as it comes."""

    def listen() -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with stream:
            while chunk := os.read(stream.fileno(), 65536):
                hear(decoder.decode(chunk))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    return thread


def _runner(folder: Path, binary: Path) -> Any:
    import python_terraform

    # After each success it parses a state file in the folder, which may be another tool's or broken,
    # and nobody reads the result: point it at a file that cannot exist.
    unread = str(Path(os.devnull) / "state")
    return python_terraform.Terraform(working_dir=str(folder), terraform_bin_path=str(binary), state=unread)


def _assign(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
