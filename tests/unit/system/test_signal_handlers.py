"""Signals are handled while a block runs, and as before afterwards."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from domovoi_tf.system.signal_handlers import handle_signals

NUMBER = signal.SIGUSR1


@pytest.fixture(autouse=True)
def outer() -> Iterator[list[int]]:
    """The signals received outside of the block."""
    received: list[int] = []
    before = signal.signal(NUMBER, lambda number, _: received.append(number))
    yield received
    signal.signal(NUMBER, before)


def test_handler_is_replaced_while_the_block_runs(outer: list[int]) -> None:
    inner: list[int] = []
    with pytest.raises(SystemExit), handle_signals([NUMBER], lambda number, _: inner.append(number)):
        os.kill(os.getpid(), NUMBER)
        raise SystemExit
    assert (inner, outer) == ([NUMBER], [])
    os.kill(os.getpid(), NUMBER)
    assert (inner, outer) == ([NUMBER], [NUMBER])


def test_signal_is_ignored_while_the_block_runs(outer: list[int]) -> None:
    with handle_signals([NUMBER], signal.SIG_IGN):
        os.kill(os.getpid(), NUMBER)
    assert outer == []


def test_ignored_signal_stays_ignored() -> None:
    signal.signal(NUMBER, signal.SIG_IGN)
    inner: list[int] = []
    with handle_signals([NUMBER], lambda number, _: inner.append(number)):
        os.kill(os.getpid(), NUMBER)
    assert inner == []
    assert signal.getsignal(NUMBER) is signal.SIG_IGN


def test_nothing_changes_in_other_threads(outer: list[int]) -> None:
    inner: list[int] = []

    def run() -> None:
        with handle_signals([NUMBER], lambda number, _: inner.append(number)):
            signal.pthread_kill(threading.main_thread().ident or 0, NUMBER)
        inner.append(0)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert (inner, outer) == ([0], [NUMBER])
