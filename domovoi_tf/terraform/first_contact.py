"""Stops a Terraform whose first request to AWS gets no answer.

The AWS provider and the S3 backend begin with a request to STS and wait for its answer without limit. While
the S3 backend waits, Terraform does not even end at Ctrl-C. Terraform prints nothing before that answer, so
whatever it prints proves that AWS answers, and it is not stopped from then on.

https://developer.hashicorp.com/terraform/language/backend/s3#skip_credentials_validation
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from domovoi_tf.errors import TerraformError
from domovoi_tf.system import background_processes
from domovoi_tf.system.text import strip_colours

#: Terraform's commands that begin with a request to AWS, by which they read the state or the resources.
CONTACTING = frozenset(
    {"init", "plan", "apply", "destroy", "output", "import", "force-unlock", "state pull", "state push"}
)
#: The name of the thread that watches a Terraform.
THREAD = "first contact"
#: `terraform init` prints this before it contacts the backend.
_BEFORE_CONTACT = "Initializing the backend..."
#: The number of characters that contain the last line.
_KEPT = 1000
#: The times in seconds: until AWS is asked, until Terraform is stopped, and until it is killed.
_PATIENCE = 10.0
_LIMIT = 45.0
_GRACE = 5.0
_INTERVAL = 1.0


class Process(background_processes.Process, Protocol):
    """A process, as a subprocess.Popen."""

    def send_signal(self, number: int, /) -> None:
        """Sends a signal."""


Probe = Callable[[], "str | None"]


class UnansweredError(TerraformError):
    """Terraform was stopped, because AWS did not answer its first request."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"AWS does not answer, so Terraform was stopped: {reason}",
            "Nothing was changed. Check AWS_PROFILE, AWS_REGION and the network.",
        )


class FirstContact:
    """The first contact of a running Terraform with AWS.

    Args:
        process: Terraform.
        signals: the signals that this process has received since Terraform was started.
        probe: asks AWS in Terraform's place, and returns why there is no answer; None if there is one.

    Attributes:
        reason: why AWS does not answer, for which Terraform was stopped; empty if it was not.
    """

    def __init__(self, process: Process, signals: Sequence[int], probe: Probe | None) -> None:
        self._process = process
        self._signals = signals
        self._probe = probe
        self._text = ""
        self._ended = threading.Event()
        self.reason = ""

    def receive(self, text: str) -> None:
        """Takes note of the next part of Terraform's standard output.

        Args:
            text: the next part. After a signal, Terraform prints that it has received it.
        """
        if not (self._signals or self.reason):
            self._text = (self._text + text)[-_KEPT:]

    @property
    def has_answer(self) -> bool:
        """Whether Terraform has printed what it prints only after its first contact."""
        lines = strip_colours(self._text).strip().splitlines()
        return bool(lines) and not _BEFORE_CONTACT.startswith(lines[-1])

    def describe_interruption(self) -> str:
        """Returns what to say after a signal if AWS does not answer, as sentences; otherwise nothing."""
        return f"AWS does not answer: {self.reason}. Nothing was changed." if self.reason else ""

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """Stops Terraform while the block runs if there is no answer."""
        threading.Thread(target=self.await_answer, name=THREAD, daemon=True).start()
        try:
            yield
        finally:
            self._ended.set()

    def await_answer(self) -> None:
        """Returns when Terraform has got an answer, has ended, or was stopped."""
        start = time.monotonic()
        while not self._ended.wait(_INTERVAL) and not self.has_answer:
            if len(self._signals) > 1:
                self._kill_after_interrupts()
                return
            is_patient = time.monotonic() - start < _PATIENCE and not self._signals
            if is_patient or not self._probe:
                continue
            try:
                reason = self._probe()
            except Exception:
                # Meanwhile, the next Terraform may be started, with other environment variables.
                if self._ended.is_set():
                    return
                raise
            if reason is None:
                self._probe = None
            elif self._signals or time.monotonic() - start >= _LIMIT:
                self._stop(reason)
                return

    def _kill_after_interrupts(self) -> None:
        """Kills Terraform if it does not end at the second signal, as it promises."""
        if not self._ended.wait(_GRACE) and not self.has_answer:
            self._kill()

    def _stop(self, reason: str) -> None:
        if self._ended.is_set() or self.has_answer:
            return
        self.reason = reason
        if not self._signals:
            # Within an operation, Terraform stops gracefully and releases the lock of the state.
            self._process.send_signal(signal.SIGINT)
        if not self._ended.wait(_GRACE):
            self._kill()

    def _kill(self) -> None:
        # Providers do not notice that Terraform is gone.
        background_processes.kill_with_children(self._process)
