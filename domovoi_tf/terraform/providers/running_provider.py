"""Runs the AWS provider while a command runs Terraform several times.

Each run of Terraform hashes the provider's program of 700 MB and starts it up to three times. One that runs
already serves all of them. It is a child of this process in a session of its own, so that Ctrl-C reaches
Terraform alone, which asks the provider to stop; it is killed with this process.

https://developer.hashicorp.com/terraform/plugin/debugging
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from domovoi_tf.system.guarded_processes import GuardedProcess, start_guarded
from domovoi_tf.system.trace_log import log
from domovoi_tf.terraform.providers import eligibility

if TYPE_CHECKING:
    from typing import IO

    from domovoi_tf.terraform.runner import Terraform

VARIABLE = "TF_REATTACH_PROVIDERS"
#: Terraform's commands that use the provider, or whose check of the lock file hashes it.
COMMANDS = frozenset({"plan", "show", "apply", "output", "state pull"})
#: Waits for the byte of `start_guarded`, and becomes the provider.
_START = 'read -r _ && exec "$0" -debug'
_ADDRESS = re.compile(rb"TF_REATTACH_PROVIDERS='(\{.*\})'")
#: A provider that Terraform has not started logs everything by default, also what requests contain.
#: https://developer.hashicorp.com/terraform/plugin/log/managing
_NO_LOGS = dict.fromkeys(("TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK"), "OFF")
_PANIC = re.compile(r"^(panic|fatal error|runtime|SIG[A-Z]+): ", re.MULTILINE)
#: How long to wait until the provider serves, in seconds.
_PATIENCE = 20.0
#: The end of what a provider that crashed has written, in characters.
_CRASH_LENGTH = 4000


class RunningProvider:
    """The AWS provider of a root module, which is started when it is first needed and may be used.

    Args:
        terraform: Terraform in the folder of the root module.
    """

    def __init__(self, terraform: Terraform) -> None:
        self._terraform = terraform
        self._stack = contextlib.ExitStack()
        self._process: GuardedProcess | None = None
        self._started_as: object = None
        self._address = ""
        self._folder = Path()
        self._is_refused = False
        self._has_failed = False

    def start(self, environ: Mapping[str, str]) -> None:
        """Starts the provider in the background, if it may be used and does not run.

        Args:
            environ: the environment variables with which Terraform runs.
        """
        if self._has_failed:
            return
        try:
            program = eligibility.find_program(self._terraform, environ)
            environment = _build_environment(environ)
            if self._started_as == (program, environment):
                return
            self.stop()
            self._is_refused = False
            self._run(program, environment)
            self._started_as = (program, environment)
        except (eligibility.IneligibleError, OSError, ValueError, RuntimeError) as error:
            # An unknown user's home folder, as in AWS_CONFIG_FILE=~nobody/config, is a RuntimeError.
            log.info("the AWS provider is started by Terraform, because %s", error)
            self.stop()
            self._is_refused = True

    def get_variables(self, command: str, environ: Mapping[str, str]) -> dict[str, str]:
        """Returns the environment variable by which Terraform uses the provider; none if it must not.

        Args:
            command: Terraform's command.
            environ: the environment variables with which Terraform runs.
        """
        if command not in COMMANDS:
            return {}
        self.start(environ)
        if self._process is None or self._is_refused or self._process.poll() is not None:
            return {}
        if not self._address:
            self._address = self._await_address(self._process)
        return {VARIABLE: self._address} if self._address else {}

    def describe_crash(self) -> str:
        """Returns the stack trace of a provider that has crashed; otherwise nothing."""
        if self._process is None or self._process.poll() is None:
            return ""
        with contextlib.suppress(OSError):
            text = (self._folder / "errors").read_text(encoding="utf-8", errors="replace")
            panic = _PANIC.search(text)
            return f"\nThe AWS provider crashed:\n{text[panic.start() :][:_CRASH_LENGTH]}\n" if panic else ""
        return ""

    def stop(self) -> None:
        """Kills the provider, if it runs. It keeps nothing that Terraform does not have."""
        self._process, self._started_as, self._address = None, None, ""
        self._stack.close()

    def _run(self, program: Path, environment: Mapping[str, str]) -> None:
        # Its socket, which has no password, is in a folder of this user only.
        private = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="domovoi-tf-"))
        self._folder = Path(private)
        with (self._folder / "errors").open("wb") as errors:
            self._process = self._stack.enter_context(
                start_guarded(
                    ["/bin/sh", "-c", _START, str(program)],
                    self._terraform.folder,
                    {**environment, **_NO_LOGS, "TMPDIR": private},
                    errors=errors.fileno(),
                )
            )
        log.info("%s -debug  (process %d)", program, self._process.pid)

    def _await_address(self, process: GuardedProcess) -> str:
        """Returns the address that the provider prints once it serves; stops it if that takes too long."""
        output, text, deadline = cast("IO[bytes]", process.stdout), b"", time.monotonic() + _PATIENCE
        while not (match := _ADDRESS.search(text)):
            ready, _, _ = select.select([output], [], [], max(deadline - time.monotonic(), 0))
            part = os.read(output.fileno(), 65536) if ready else b""
            if not part:
                self._give_up()
                return ""
            text += part
        with contextlib.suppress(ValueError):
            if [*json.loads(match[1])] == [eligibility.ADDRESS]:
                return match[1].decode()
        self._give_up()
        return ""

    def _give_up(self) -> None:
        log.info("the AWS provider is started by Terraform, because it did not serve")
        self.stop()
        self._has_failed = True


def _build_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment of the provider: that of Terraform, without Terraform's own variables."""
    kept = {name: value for name, value in environ.items() if not name.startswith(("TF_VAR_", "TF_CLI_"))}
    return eligibility.drop_certificates(kept)
