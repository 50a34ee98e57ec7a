"""Starts, finds and stops the local AWS emulator MiniStack, one process per user on a loopback port.

https://pypi.org/project/ministack/
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from domovoi_tf.errors import EmulatorError
from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.local.emulator_process import PROCESS_HEADER
from domovoi_tf.local.stage_environment import discard_states
from domovoi_tf.system import trace_log
from domovoi_tf.system.background_processes import HAS_PROC, read_start_time, stop_process_group, wait_until
from domovoi_tf.system.loopback import HOST, sockets
from domovoi_tf.system.user_folder import ensure_home, hold_lock, write_private_file

#: By its path, because the interpreter need not find this package: only MiniStack must be installed.
_PROGRAM = (str(Path(__file__).with_name("emulator_process.py")),)
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
#: A busy emulator answers late. One that does not answer is replaced, and everything deployed to it is lost.
_ANSWER_SECONDS = 20.0


@dataclass
class _Record:
    """The file that records the process."""

    pid: int
    port: int
    started: str | None
    iam: bool = False


def start(port: int | None = None, iam: bool = False) -> Emulator:
    """Starts the emulator and waits until it is ready; returns the running one if there is one.

    It gets the port of the last one, so that shells that were set up for that one stay valid.

    The emulator keeps its data in memory. Its log contains only warnings, not the output or the events of
    functions.

    Args:
        port: the TCP port on 127.0.0.1 (default: the last one, or else a free one).
        iam: whether to enforce the policies of the functions' roles.

    Raises:
        EmulatorError: MiniStack is not installed, the port is in use, the emulator does not start, or the
            running one has another port or does not enforce policies.
    """
    with hold_lock("emulator"):
        running = find_running()
        if running is None:
            _stop_recorded()
            _require_ministack()
            former = _read_last_port()
            with _reserve_port(port, former) as listener:
                started = _start_process(listener, iam)
            return started if started.port == former else started._replace(former_port=former)
    if port not in (None, running.port):
        raise EmulatorError(
            f"The emulator is already running on port {running.port}.",
            "Stop it with `domovoi-tf local down`, or omit --port to use the running one.",
        )
    if iam and not running.iam:
        raise EmulatorError(
            "The emulator is already running, and does not enforce IAM policies.",
            "Stop it with `domovoi-tf local down`, or omit --iam to use the running one.",
        )
    return running


def find_running() -> Emulator | None:
    """Returns the emulator that `start` has started, if it is running and healthy."""
    record = _read_record()
    if record and _is_recorded_process(record) and _is_healthy(record["port"]):
        return _make_emulator(record["pid"], record["port"], bool(record.get("iam")))
    return None


def stop() -> bool:
    """Stops the emulator and its functions, deletes their data, and returns whether it was running.

    Raises:
        EmulatorError: the emulator does not stop.
    """
    with hold_lock("emulator"):
        return _stop_recorded()


def _require_ministack() -> None:
    if not importlib.util.find_spec("ministack"):
        from domovoi_tf.system.distribution.install_command import build_install_command

        raise EmulatorError(
            "The local AWS emulator is not installed.", f"Install it with `{build_install_command('local')}`."
        )


def _start_process(listener: socket.socket, iam: bool) -> Emulator:
    """Starts the emulator on a socket, which it inherits, and waits until it is ready."""
    port: int = listener.getsockname()[1]
    folder = _locate_folder()
    folder.mkdir(mode=0o700)
    log = _locate_log()
    write_private_file(log, "")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *_PROGRAM, str(listener.fileno())],
            cwd=folder,
            env=_build_process_environment(port, folder) | ({"AUTH": "true"} if iam else {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[listener.fileno()],
        )
    listener.close()  # the port would still accept connections after the emulator has ended
    trace_log.log.info("the emulator starts: process %d, port %d", process.pid, port)
    record = {"pid": process.pid, "port": port, "started": read_start_time(process.pid), "iam": iam}
    write_private_file(_locate_record(), json.dumps(record))
    write_private_file(_locate_last_port(), f"{port}\n")
    try:
        _await_health(process, port)
    except BaseException:
        stop_process_group(process.pid, _STOP_SECONDS)
        _remove_files()
        raise
    finally:
        # The emulator outlives this process: stops Popen from warning that it still runs.
        process.returncode = 0
    return _make_emulator(process.pid, port, iam)


def _build_process_environment(port: int, folder: Path) -> dict[str, str]:
    """Returns the environment of the emulator, which functions inherit. Only PATH and LANG are the user's."""
    temporary = folder / "tmp"
    temporary.mkdir()
    missing = Path(os.devnull)
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "HOME": str(Path.home()),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "TMPDIR": str(temporary),
        "S3_DATA_DIR": str(folder / "s3"),
        "STATE_DIR": str(folder / "state"),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # At level INFO MiniStack would log the output of functions.
        "LOG_LEVEL": "WARNING",
        # With access to Docker it would stop the containers of other MiniStack processes.
        "DOCKER_HOST": f"unix://{missing / 'docker.sock'}",
        # A function must not reach the user's AWS accounts.
        "AWS_CONFIG_FILE": str(missing),
        "AWS_SHARED_CREDENTIALS_FILE": str(missing),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _await_health(process: subprocess.Popen[bytes], port: int) -> None:
    is_over = wait_until(
        lambda: process.poll() is not None or _ask_health(port) == str(process.pid), _START_SECONDS
    )
    if is_over and process.returncode is None:
        return
    failure = "ended at once" if is_over else f"did not answer within {_START_SECONDS:g} seconds"
    tail = "\n".join(_locate_log().read_text(errors="replace").splitlines()[-10:]).rstrip()
    details = f"\n{tail}" if tail else ""
    raise EmulatorError(f"The emulator {failure}.{details}", f"Its log is {_locate_log()}.")


def _make_emulator(pid: int, port: int, iam: bool) -> Emulator:
    return Emulator(f"http://{HOST}:{port}", pid, port, _locate_log(), iam)


def _locate_folder() -> Path:
    return ensure_home() / "emulator"


def _locate_log() -> Path:
    return ensure_home() / "emulator.log"


def _locate_record() -> Path:
    return ensure_home() / "emulator.json"


def _locate_last_port() -> Path:
    return ensure_home() / "emulator.port"


def _read_record() -> dict[str, Any] | None:
    """Returns the record of the process that was started; None if there is none, or no valid one."""
    import msgspec

    try:
        record = msgspec.json.decode(_locate_record().read_bytes(), type=_Record)
    except (OSError, ValueError, RecursionError, msgspec.DecodeError):
        return None
    # A signal to the process groups 0 and 1 would reach this process, or all processes.
    return asdict(record) if record.pid > 1 and 0 < record.port < 65536 else None


def _stop_recorded() -> bool:
    record = _read_record()
    was_running = record is not None and _is_recorded_process(record)
    if record and was_running:
        _stop_process(record["pid"])
    _remove_files()
    return was_running


def _stop_process(pid: int) -> None:
    # The functions run in the emulator's process group.
    if not stop_process_group(pid, _STOP_SECONDS):
        raise EmulatorError(
            f"The emulator (process {pid}) does not stop.", f"Stop it with `kill -9 -- -{pid}`."
        )


def _remove_files() -> None:
    discard_states(ensure_home())
    _locate_record().unlink(missing_ok=True)
    shutil.rmtree(_locate_folder(), ignore_errors=True)


def _read_last_port() -> int | None:
    """Returns the port that the last emulator had; None if there was none."""
    with contextlib.suppress(OSError, ValueError):
        return int(_locate_last_port().read_text())
    return None


def _reserve_port(port: int | None, last: int | None) -> socket.socket:
    """Binds the socket that the emulator inherits, so that nobody else gets its port while it starts.

    It has the port that the last emulator had if that is free, otherwise any free one.
    """
    if port is None and last:
        with contextlib.suppress(OverflowError, EmulatorError):
            return sockets.bind(last, EmulatorError, listens=False)
    return sockets.bind(port, EmulatorError, listens=False)


def _is_healthy(port: int) -> bool:
    return _ask_health(port) is not None


def _ask_health(port: int) -> str | None:
    """Returns the process ID that an emulator at a port gives, which may be empty; None if none is healthy.

    Another user's emulator may have got the port first.
    """
    # Without the user's proxy, which cannot reach the loopback interface.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:{port}/_ministack/health", timeout=_ANSWER_SECONDS) as response:
            name = str(response.headers.get(PROCESS_HEADER, ""))
            return name if "services" in json.load(response) else None
    except (OSError, ValueError, http.client.HTTPException):
        return None


def _is_recorded_process(record: Mapping[str, Any]) -> bool:
    """Returns whether the recorded process is running, and its ID is not that of another process by now."""
    start_time = read_start_time(record["pid"])
    return start_time == record["started"] if start_time else not HAS_PROC and _is_healthy(record["port"])
