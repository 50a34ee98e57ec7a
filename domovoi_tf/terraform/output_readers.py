"""Reads the output of a running Terraform."""

from __future__ import annotations

import codecs
import os
import threading
from collections.abc import Callable
from typing import IO, Any

from domovoi_tf.terraform.first_contact import FirstContact


def start_readers(
    process: Any,
    contact: FirstContact,
    out: Callable[[str], object] | None,
    err: Callable[[str], object] | None,
) -> list[threading.Thread]:
    """Starts the threads that read the output of a process, if it is not on the terminal.

    What Terraform prints because it was stopped says nothing about the reason, and is dropped.

    Args:
        process: Terraform, whose output is either on the terminal or in two pipes.
        contact: its first contact with AWS, of which its output tells.
        out: called with each part of the standard output.
        err: called with each part of the standard error.
    """
    if not (out and err):
        return []

    def receive(text: str) -> None:
        contact.receive(text)
        if not contact.reason:
            out(text)

    def receive_error(text: str) -> None:
        if not contact.reason:
            err(text)

    return [_start_reader(process.stdout, receive), _start_reader(process.stderr, receive_error)]


def _start_reader(stream: IO[bytes], receive: Callable[[str], object]) -> threading.Thread:
    """Starts a thread that calls a function with each part of a stream."""

    def read() -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with stream:
            while chunk := os.read(stream.fileno(), 65536):
                receive(decoder.decode(chunk))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread
