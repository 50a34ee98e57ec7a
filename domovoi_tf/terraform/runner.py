"""Runs Terraform commands in a folder through python-terraform.

No other module uses python-terraform.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from domovoi_tf.errors import TerraformError
from domovoi_tf.system import trace_log
from domovoi_tf.system.text import strip_colours
from domovoi_tf.terraform import killed_runs, locks, streams
from domovoi_tf.terraform.first_contact import CONTACTING, FirstContact, Probe, UnansweredError
from domovoi_tf.terraform.installation import INSTALL, REPLACE_BINARY, Binary, parse_version
from domovoi_tf.terraform.interruption import InterruptedRunError, describe_interruption, was_killed
from domovoi_tf.terraform.output_readers import start_readers
from domovoi_tf.terraform.providers.attachment import Attachment
from domovoi_tf.terraform.signals import forward_signals, ignore_hangup

MINIMUM = (1, 10)
#: Commands that may ask for the values of input variables or for approval.
_INTERACTIVE = {"init", "plan", "apply", "destroy"}
#: Collecting garbage less often saves a quarter of the CPU time of a large plan; the limit bounds the memory.
#: https://pkg.go.dev/runtime#hdr-Environment_Variables
_MEMORY_SETTINGS = {"GOGC": "400", "GOMEMLIMIT": "1GiB"}
#: Added to the number of the signal that ended Terraform, as shells do.
_SIGNALLED = 128


@contextlib.contextmanager
def override_environment(overrides: Mapping[str, str | None]) -> Iterator[None]:
    """Overrides environment variables of this process while the block runs.

    python-terraform and boto3 can only read the environment of the process.

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
    """Runs Terraform in one folder.

    Args:
        folder: the root module, in which Terraform runs.
        environment: environment variables that override those of this process; None removes one.
        binary: the program, as `find_binary` returns it.
        probe: returns why AWS does not answer, with which Terraform is stopped if its first request gets no
            answer; None if AWS answers.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str | None],
        binary: Binary,
        probe: Probe | None = None,
    ) -> None:
        self.folder = folder
        self.binary = binary
        automation = {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        self.environment = {**automation, **_choose_memory_settings(environment), **environment}
        self._probe = probe
        #: A provider that runs while several commands use it; None if Terraform starts it each time.
        self.provider: Attachment | None = None
        self._version: tuple[int, int, int] | None = None

    def build_environment(self) -> dict[str, str]:
        """Returns all environment variables with which Terraform runs."""
        variables = {**os.environ, **self.environment}
        return {name: value for name, value in variables.items() if value is not None}

    @property
    def data_folder(self) -> Path:
        """The folder of Terraform's own files (default: ``.terraform``).

        https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_data_dir
        """
        return self.folder.absolute() / (self._get_variable("TF_DATA_DIR") or ".terraform")

    @property
    def run_mark(self) -> Path:
        """The file by which `killed_runs` recognizes a killed run. An emulator has one of its own."""
        suffix = ".endpoint" if self._get_variable("AWS_ENDPOINT_URL") else ""
        return self.data_folder / f"domovoi-tf.running{suffix}"

    def run(self, command: str, *args: str, out: Callable[[str], object] | None = None) -> int:
        """Runs a command on the terminal of this process and returns Terraform's exit code.

        If standard input is not a terminal, Terraform asks no questions. After Ctrl-C, or a signal that only
        this process gets, Terraform shuts down gracefully.

        Args:
            command: the command, such as ``apply`` or ``state list``.
            args: its options and arguments, in Terraform's syntax.
            out: called with each part of Terraform's standard output, which then does not go to the terminal.

        Raises:
            LockedError: another process holds the lock of the state.
            InterruptedRunError: a signal interrupted Terraform.
            UnansweredError: AWS does not answer.
            TerraformError: the program cannot be started, or failed for a known cause.

        https://developer.hashicorp.com/terraform/cli/commands
        """
        if command in _INTERACTIVE:
            # If Terraform wrote to a pipe whose reader ends, as `head` does, it would leave the state locked.
            out = out or streams.write_output
            args = args if os.isatty(0) else ("-input=false", *args)
        sys.stdout.flush()
        with streams.withhold_errors() as errors:
            code = self._execute(command, args, out, None if out is None else streams.write_error)
        self._raise_known(errors.withheld, code)
        streams.write_error(errors.withheld)
        return code

    def capture(self, command: str, *args: str, out: Callable[[str], object] | None = None) -> str:
        """Runs a command and returns its standard output.

        Args:
            command: the command, such as ``output``.
            args: its options and arguments, in Terraform's syntax.
            out: called with each part of the output as well.

        Raises:
            TerraformError: Terraform failed; the error has Terraform's message and exit code.
        """
        return self.capture_code(command, *args, out=out)[1]

    def capture_code(
        self,
        command: str,
        *args: str,
        out: Callable[[str], object] | None = None,
        is_success: Callable[[int], bool] = lambda code: code == 0,
    ) -> tuple[int, str]:
        """Runs a command and returns its exit code and its standard output.

        Args:
            command: the command, such as ``plan``.
            args: its options and arguments, in Terraform's syntax.
            out: called with each part of the output as well.
            is_success: returns whether an exit code, such as 2 of a plan with changes, is no failure.

        Raises:
            TerraformError: Terraform failed; the error has Terraform's message and exit code.
        """
        output: list[str] = []
        errors: list[str] = []

        def collect(text: str) -> None:
            output.append(text)
            if out:
                out(text)

        code = self._execute(command, args, collect, errors.append)
        if not is_success(code):
            self._raise_known("".join(errors), code)
            details = strip_colours("".join(errors)).strip()
            message = f"`terraform {command}` failed with exit code {code}"
            raise TerraformError(f"{message}:\n{details}" if details else f"{message}.", exit_code=code)
        return code, "".join(output)

    def read_json(self, command: str, *args: str) -> Any:
        """Runs a command with ``-json`` and returns the value that it prints.

        Args:
            command: a command that prints one JSON value, such as ``output``.
            args: its options and arguments, in Terraform's syntax.

        Raises:
            TerraformError: Terraform failed.
        """
        return json.loads(self.capture(command, "-json", *args))

    def read_version(self) -> tuple[int, int, int]:
        """Returns the version of the program.

        Raises:
            TerraformError: Terraform failed, or its version could not be parsed.
        """
        if self._version is None:
            self._version = parse_version(str(self.read_json("version").get("terraform_version", "")))
        return self._version

    def require_supported_version(self) -> None:
        """Checks that this Terraform can lock a state in S3.

        Raises:
            TerraformError: it is older than 1.10.

        https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
        """
        version = self.read_version()
        if version[:2] < MINIMUM:
            raise TerraformError(
                f"{self.name} {'.'.join(map(str, version))} ({self.binary.path}) is too old: "
                "locking a remote state needs 1.10 or newer.",
                f"Get a newer one from {INSTALL}, or name another program with --terraform.",
            )

    @property
    def name(self) -> str:
        """The name of the product: Terraform or OpenTofu."""
        return "OpenTofu" if self.binary.kind == "tofu" else "Terraform"

    def _execute(
        self,
        command: str,
        args: tuple[str, ...],
        out: Callable[[str], object] | None,
        err: Callable[[str], object] | None,
    ) -> int:
        """Runs a command; without ``out`` and ``err``, on the standard streams of this process."""
        with (
            trace_log.trace_command([str(self.binary.path), command, *args], self.folder),
            killed_runs.mark_run(command, self.run_mark) as run,
            forward_signals() as forwarder,
        ):
            process = self._start(command, args, piped=out is not None)
            forwarder.attach(process)
            contact = FirstContact(process, forwarder.received, self._probe)
            with contact.watch() if command in CONTACTING else contextlib.nullcontext():
                readers = start_readers(process, contact, out, err)
                code, signals = int(process.wait()), forwarder.received
            run.succeeded = code == 0
            run.was_killed = not contact.reason and was_killed(code, signals)
            for reader in readers:
                reader.join()
        if code and self.provider:
            (err or streams.write_error)(self.provider.describe_crash())
        if signals:
            result = contact.describe_interruption() or describe_interruption(
                command, code, run.was_killed, self.folder.name
            )
            raise InterruptedRunError(result, signals[0])
        if code and contact.reason:
            raise UnansweredError(contact.reason)
        return code if code >= 0 else _SIGNALLED - code

    def _raise_known(self, errors: str, code: int) -> None:
        """Raises an error in our words if a command failed for a known cause."""
        locks.raise_if_locked(errors, self.folder.name, code)
        if code:
            from domovoi_tf.terraform import failed_run

            failed_run.raise_if_explained(errors, self.folder.name, code, self.folder)

    def _get_variable(self, name: str) -> str | None:
        return self.environment.get(name, os.environ.get(name))

    def _start(self, command: str, args: tuple[str, ...], *, piped: bool) -> Any:
        runner = _make_runner(self.folder, self.binary.path)
        environ = self.build_environment()
        attached = self.provider.get_variables(command, environ) if self.provider else {}
        with override_environment({**self.environment, **attached}), ignore_hangup():
            try:
                # synchronous=None makes python-terraform return the process; it passes False on to Terraform.
                process, _, _ = runner.cmd(command, *args, capture_output=piped, synchronous=None)
            except OSError as error:
                reason = f"{error.strerror}: {error.filename}"
                raise TerraformError(f"Terraform could not be started: {reason}", REPLACE_BINARY) from error
        return process


def _choose_memory_settings(environment: Mapping[str, str | None]) -> dict[str, str]:
    """Returns the memory settings of the Go runtime; none if the user has set any of them."""
    is_user_set = any(name in environment or name in os.environ for name in _MEMORY_SETTINGS)
    return {} if is_user_set else _MEMORY_SETTINGS


def _make_runner(folder: Path, binary: Path) -> Any:
    import python_terraform

    # python-terraform parses the folder's state file after each command, and fails if it is not its own.
    # Nothing needs the result: name a file that cannot exist.
    missing = str(Path(os.devnull) / "state")
    return python_terraform.Terraform(working_dir=str(folder), terraform_bin_path=str(binary), state=missing)


def _assign(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
