"""Starts, finds and stops the local AWS emulator, MiniStack: one per user, on a loopback port.

https://pypi.org/project/ministack/
"""

from __future__ import annotations

import errno
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
from pathlib import Path
from typing import Any

from domovoi_tf.errors import EmulatorError
from domovoi_tf.local.emulator_environment import HOST, Emulator
from domovoi_tf.system import trace_log
from domovoi_tf.system.background_processes import HAS_PROC, read_start_time, stop_process_group, wait_until
from domovoi_tf.system.user_folder import ensure_home, hold_lock, write_private_file

# At INFO it would log what every function prints. The functions inherit the environment, and must not
# find there a log level that is not theirs.
_PROGRAM = "import os, ministack.app; del os.environ['LOG_LEVEL']; ministack.app.main()"
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_ANSWER_SECONDS = 2.0


def up(port: int | None = None, iam: bool = False) -> Emulator:
    """Starts the emulator and returns it once it answers; the running one is returned as it is.

    Its data is in memory. Its log has warnings only: what the functions print or receive is not in it.

    Args:
        port: the TCP port on 127.0.0.1; a free one where None.
        iam: whether the policies of the functions' roles are enforced.

    Raises:
        EmulatorError: MiniStack is not installed, the port is taken, another port is in use already, the
            running one does not enforce policies, or the emulator does not start.
    """
    with hold_lock("emulator"):
        found = running()
        if found is None:
            _end()
            return _start(port or _free_port(), iam)
    if port not in (None, found.port):
        raise EmulatorError(
            f"The emulator is running already, on port {found.port}.",
            "Stop it with `domovoi-tf local down`, or leave --port out to use it as it is.",
        )
    if iam and not found.iam:
        raise EmulatorError(
            "The emulator is running already, without the enforcement of policies.",
            "Stop it with `domovoi-tf local down`, or leave --iam out to use it as it is.",
        )
    return found


def running() -> Emulator | None:
    """Returns the emulator that `up` started, where it still runs and answers; else None."""
    record = _record()
    if record and _is_ours(record) and _answers(record["port"]):
        return _emulator(record["pid"], record["port"], bool(record.get("iam")))
    return None


def down() -> bool:
    """Stops the emulator with the functions that it runs, drops their data, and says whether one ran.

    Raises:
        EmulatorError: it cannot be stopped.
    """
    with hold_lock("emulator"):
        return _end()


def _start(port: int, iam: bool) -> Emulator:
    if not importlib.util.find_spec("ministack"):
        raise EmulatorError(
            "The local AWS emulator is not installed.", "Install it with `pip install 'domovoi-tf[local]'`."
        )
    _require_free(port)
    folder = _folder()
    folder.mkdir(mode=0o700)
    log = _log()
    write_private_file(log, "")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            cwd=folder,
            env=_process_environment(port, folder) | ({"AUTH": "true"} if iam else {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    trace_log.log.info("the emulator starts: process %d, port %d", process.pid, port)
    record = {"pid": process.pid, "port": port, "started": read_start_time(process.pid), "iam": iam}
    write_private_file(_record_file(), json.dumps(record))
    try:
        _await_answer(process, port)
    except BaseException:
        stop_process_group(process.pid, _STOP_SECONDS)
        _clean()
        raise
    finally:
        # Nobody waits for it, it outlives this process: Popen is not to warn that it still runs.
        process.returncode = 0
    return _emulator(process.pid, port, iam)


def _process_environment(port: int, folder: Path) -> dict[str, str]:
    """The whole environment of the emulator, which every function inherits: nothing of the user's in it."""
    temporary = folder / "tmp"
    temporary.mkdir()
    nowhere = Path(os.devnull)
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
        "LOG_LEVEL": "WARNING",
        # With Docker at hand it would stop the containers of any other MiniStack.
        "DOCKER_HOST": f"unix://{nowhere / 'docker.sock'}",
        # A function must not reach the user's AWS accounts.
        "AWS_CONFIG_FILE": str(nowhere),
        "AWS_SHARED_CREDENTIALS_FILE": str(nowhere),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _await_answer(process: subprocess.Popen[bytes], port: int) -> None:
    settled = wait_until(lambda: process.poll() is not None or _answers(port), _START_SECONDS)
    if settled and process.returncode is None:
        return
    what = "ended at once" if settled else f"did not answer within {_START_SECONDS:g} seconds"
    tail = "\n".join(_log().read_text(errors="replace").splitlines()[-10:])
    raise EmulatorError(f"The emulator {what}.\n{tail}".rstrip(), f"Its log is {_log()}.")


def _emulator(pid: int, port: int, iam: bool) -> Emulator:
    return Emulator(f"http://{HOST}:{port}", pid, port, _log(), iam)


def _folder() -> Path:
    return ensure_home() / "emulator"


def _log() -> Path:
    return ensure_home() / "emulator.log"


def _record_file() -> Path:
    return ensure_home() / "emulator.json"


def _record() -> dict[str, Any] | None:
    try:
        return dict(json.loads(_record_file().read_text()))
    except (OSError, ValueError):
        return None


def _end() -> bool:
    record = _record()
    ran = record is not None and _is_ours(record)
    if record and ran:
        _stop(record["pid"])
    _clean()
    return ran


def _stop(pid: int) -> None:
    # Its process group: the functions run there.
    if not stop_process_group(pid, _STOP_SECONDS):
        raise EmulatorError(
            f"The emulator (process {pid}) does not stop.", f"Stop it with `kill -9 -- -{pid}`."
        )


def _clean() -> None:
    _record_file().unlink(missing_ok=True)
    shutil.rmtree(_folder(), ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def _require_free(port: int) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "is in use by another program" if taken else f"cannot be used: {error.strerror}"
            raise EmulatorError(
                f"Port {port} on {HOST} {why}.",
                "Choose another with --port, or leave --port out to get a free one.",
            ) from error


def _answers(port: int) -> bool:
    # A proxy of the user's has no business on the loopback interface.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:{port}/_ministack/health", timeout=_ANSWER_SECONDS) as answer:
            return "services" in json.load(answer)
    except (OSError, ValueError, http.client.HTTPException):
        return False


def _is_ours(record: Mapping[str, Any]) -> bool:
    """Says whether the recorded process still runs: the same one, not another with its number since."""
    now = read_start_time(record["pid"])
    return now == record["started"] if now else not HAS_PROC and _answers(record["port"])
