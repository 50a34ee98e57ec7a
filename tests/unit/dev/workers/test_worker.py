"""Tests child processes: what a handler sees, what its parent learns, and how they end."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from polling import wait_until

import domovoi_tf
from domovoi_tf.dev.workers.requests import Answer
from domovoi_tf.dev.workers.worker import _CHILD, ImportFailedError, Worker

from .conftest import APP, FUNCTION, PYTHON, make_request, run


@asynccontextmanager
async def start(project: Path) -> AsyncIterator[Worker]:
    """Yields a process that has imported the app."""
    worker = Worker(project, FUNCTION, PYTHON)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.kill()


def handle(project: Path, code: str, **changes: Any) -> Answer:
    """Returns the answer of a new process to an event with some code."""

    async def ask() -> Answer:
        async with start(project) as worker:
            return await worker.handle(make_request(code, **changes))

    return run(ask)


def test_handler_has_its_functions_environment(project: Path) -> None:
    names = ["COLOUR", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_LAMBDA_FUNCTION_NAME", "_HANDLER"]
    answer = handle(project, f"[os.environ[name] for name in {names}]")
    assert answer.result == ["green", "eu-west-1", "of the role", "shop-dev", "app.app"], answer


def test_handler_sees_the_trace_of_its_event_alone(project: Path) -> None:
    code = 'os.environ.get("_X_AMZN_TRACE_ID")'

    async def ask() -> list[Any]:
        async with start(project) as worker:
            traced = replace(make_request(code), trace_id="Root=1-2")
            return [(await worker.handle(each)).result for each in (traced, make_request(code))]

    assert run(ask) == ["Root=1-2", None]


def test_shell_credentials_do_not_reach_the_handler(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    monkeypatch.setenv("AWS_PROFILE", "prod")
    answer = handle(project, '[os.environ.get(n) for n in ("AWS_SECRET_ACCESS_KEY", "AWS_PROFILE")]')
    assert answer.result == [None, None]


def test_context_is_that_of_lambda(project: Path) -> None:
    fields = "context.function_name, context.invoked_function_arn, context.memory_limit_in_mb"
    code = f"[context.aws_request_id, {fields}, 19000 < context.get_remaining_time_in_millis() <= 20000]"
    answer = handle(project, code)
    assert answer.result == ["r-1", FUNCTION.name, FUNCTION.arn, "512", True]


def test_answer_has_the_log_and_the_handler(project: Path) -> None:
    code = 'print("printed", file=sys.stderr), context.log("logged"), logging.warning("warned %s", 1)'
    answer = handle(project, code)
    assert [line.text for line in answer.log][:2] == ["printed", "logged"]
    assert answer.log[2].text.startswith("[WARNING]\t")
    assert answer.log[2].text.endswith("Z\tr-1\twarned 1")
    assert answer.details is not None
    assert answer.details["handlers"] == ["work"]
    assert answer.details["kind"] == "direct"
    assert answer.details["memory_mb"] > 5


def test_json_log_has_the_request_id(project: Path) -> None:
    async def ask() -> Answer:
        worker = Worker(project, make_request("", logging={"LogFormat": "JSON"}).function, PYTHON)
        await worker.start()
        try:
            return await worker.handle(make_request('logging.error("no beer")'))
        finally:
            await worker.kill()

    (line,) = run(ask).log
    assert '"level": "ERROR", "message": "no beer", "logger": "root", "requestId": "r-1"' in line.text


def test_exception_has_frames_of_the_project_alone(project: Path) -> None:
    answer = handle(project, 'fail("no beer")')
    assert answer.status == "failed"
    assert answer.failure is not None
    assert answer.failure["errorType"] == "ValueError"
    assert answer.failure["errorMessage"] == "no beer"
    frames = answer.failure["stackTrace"]
    assert [frame.split(",")[0] for frame in frames] == [
        '  File "app.py"',
        '  File "<string>"',
        '  File "app.py"',
    ]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("{1, 2}", "Unable to marshal response: Object of type set is not JSON serializable"),
        ("app", "Unable to marshal response: Object of type Domovoi is not JSON serializable"),
    ],
)
def test_result_that_is_not_json_is_the_error_of_lambda(project: Path, code: str, message: str) -> None:
    failure = handle(project, code).failure
    assert failure == {"errorType": "Runtime.MarshalError", "errorMessage": message, "stackTrace": []}


def test_timeout_ends_the_process_alone(project: Path) -> None:
    answer = handle(project, "sleep(30)", timeout=1)
    assert answer.status == "timeout"
    assert answer.failure == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: r-1 Error: Task timed out after 1.00 seconds",
    }
    assert answer.details == {"handlers": ["work"], "source": "direct invocations", "kind": "direct"}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("os.kill(os.getpid(), 9)", "signal: killed"),
        ("os.abort()", "signal: aborted"),
        ("os._exit(3)", "exit status 3"),
    ],
)
def test_process_that_ends_is_a_crash(project: Path, code: str, reason: str) -> None:
    answer = handle(project, f'print("before"), {code}')
    assert answer.status == "crashed"
    assert answer.failure == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: r-1 Error: Runtime exited with error: {reason}",
    }
    assert [line.text for line in answer.log] == ["before"]
    assert answer.details == {"handlers": ["work"], "source": "direct invocations", "kind": "direct"}


def test_sys_exit_is_a_failure_and_the_process_stays(project: Path) -> None:
    async def ask() -> tuple[Answer, Answer]:
        async with start(project) as worker:
            return await worker.handle(make_request("sys.exit(2)")), await worker.handle(make_request("1"))

    first, second = run(ask)
    assert first.failure is not None
    assert first.failure["errorType"] == "Runtime.ExitError"
    assert second.result == 1


def test_memory_over_the_limit_ends_the_process(project: Path) -> None:
    answer = handle(project, "[bytearray(300 * 2**20), time.sleep(20)]", memory_size=128)
    assert answer.status == "memory"
    assert answer.failure is not None
    assert answer.failure["errorType"] == "Runtime.OutOfMemory"
    assert "MB of memory used, 128 MB available" in answer.failure["errorMessage"]


def test_log_of_an_event_is_its_own(project: Path) -> None:
    async def ask() -> list[list[str]]:
        async with start(project) as worker:
            answers = [await worker.handle(make_request(f'print("{n}" * 3)')) for n in range(3)]
            return [[line.text for line in answer.log] for answer in answers]

    assert run(ask) == [["000"], ["111"], ["222"]]


def test_handler_that_prints_the_like_of_a_mark_does_not_end_its_log(project: Path) -> None:
    answer = handle(project, 'print("0" * 32), print("after", end="")')
    assert [line.text for line in answer.log] == ["0" * 32, "after"]


def test_output_is_read_while_the_handler_runs(project: Path) -> None:
    """More than a pipe holds, which would block the handler."""
    answer = handle(project, '[print("x" * 1000) for _ in range(2000)] and None')
    assert len(answer.log) == 2000


def test_large_event_and_result_pass(project: Path) -> None:
    answer = handle(project, "'y' * 6_000_000")
    assert answer.result == "y" * 6_000_000


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("def broken(:\n", "app.py:1: SyntaxError: invalid syntax"),
        (f"{APP}\nimport nothing_like_it\n", "nothing_like_it"),
        (
            "import os\nos._exit(4)\n",
            "The app ended the process with exit code 4 while it was being imported.\n"
            "Move the code that does so into a handler.",
        ),
    ],
)
def test_import_that_fails_says_where(project: Path, text: str, problem: str) -> None:
    (project / "app.py").write_text(text)

    async def ask() -> str:
        try:
            async with start(project):
                return ""
        except ImportFailedError as error:
            return error.problem.format()

    assert problem in run(ask)


def test_version_of_the_code_changes_with_its_text(project: Path) -> None:
    async def ask() -> str:
        async with start(project) as worker:
            return worker.code

    first = run(ask)
    assert len(first) == 12
    assert run(ask) == first
    (project / "app.py").write_text(APP.replace("one", "two"))
    assert run(ask) != first


def test_calls_of_aws_are_part_of_the_run(project: Path) -> None:
    """No server listens at the endpoint: the call fails, and is recorded nevertheless."""
    (project / "app.py").write_text(
        APP
        + """
import boto3
from botocore.config import Config

def call():
    options = dict(region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    config = Config(retries={"total_max_attempts": 1})
    try:
        boto3.client("sqs", endpoint_url="http://127.0.0.1:9", config=config, **options).send_message(
            QueueUrl="https://queue", MessageBody="beer")
    except Exception as error:
        return type(error).__name__
"""
    )
    answer = handle(project, "call()")
    assert answer.result == "EndpointConnectionError"
    assert answer.details is not None
    (call,) = answer.details["calls"]
    assert (call["service"], call["operation"], call["resource"]) == ("sqs", "SendMessage", "https://queue")
    assert call["error"] == "EndpointConnectionError"
    assert 0 <= call["offset_ms"] <= call["offset_ms"] + call["duration_ms"] <= answer.details["duration_ms"]


def test_process_ends_with_its_parent(project: Path) -> None:
    """Even while a handler runs that nothing interrupts."""
    pids: list[int] = []
    child = os.fork()
    if child == 0:  # the parent of the process, which is killed

        async def hang() -> None:
            async with start(project) as worker:
                (project / "pid").write_text(str(worker.pid))
                await worker.handle(make_request("sleep(60)"))

        asyncio.run(hang())
    assert wait_until(lambda: (project / "pid").exists() and (project / "pid").read_text() != "", 20)
    pids.append(int((project / "pid").read_text()))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert wait_until(lambda: not _is_running(pids[0]), 20)


def test_processes_that_a_handler_has_started_end_with_a_crash(project: Path) -> None:
    code = "print(__import__('subprocess').Popen(['sleep', '60']).pid), os.kill(os.getpid(), 9)"
    (line,) = handle(project, code).log
    assert wait_until(lambda: not _is_running(int(line.text)), 20)


def test_crash_is_noticed_although_a_forked_process_stays(project: Path) -> None:
    """It has the connection of the process that ended, unless it is closed in it."""
    assert handle(project, "os.kill(os.getpid(), 9) if os.fork() else sleep(60)").status == "crashed"


def test_process_that_forks_answers_once(project: Path) -> None:
    async def ask() -> list[Answer]:
        async with start(project) as worker:
            answers = [await worker.handle(make_request("os.fork() and os.wait() and 'parent'"))]
            return [*answers, await worker.handle(make_request("1"))]

    first, second = run(ask)
    assert (first.result, second.result) == ("parent", 1)
    assert [*first.log, *second.log] == []


@pytest.mark.parametrize("code", ["os.close(1)", "sys.stdout.close()", "setattr(sys, 'stdout', None)"])
def test_handler_may_close_its_standard_output(project: Path, code: str) -> None:
    async def ask() -> list[Answer]:
        async with start(project) as worker:
            return [await worker.handle(make_request(f"{each}, 1")) for each in (f'print("a"), {code}', "2")]

    first, second = run(ask)
    assert ([line.text for line in first.log], first.status) == (["a"], "ok")
    assert second.status == "ok"


def test_exception_without_a_text_is_reported(project: Path) -> None:
    (project / "app.py").write_text(
        APP + "\n\nclass Bad(Exception):\n    def __str__(self):\n        raise KeyError(1)\n\n\n"
        "def bad():\n    raise Bad\n"
    )
    failure = handle(project, "bad()").failure
    assert failure is not None
    assert (failure["errorType"], failure["errorMessage"]) == ("Bad", "<its text raises KeyError>")


def test_log_that_is_too_long_says_that_it_is_cut(project: Path) -> None:
    answer = handle(project, "[print(n) for n in range(20_010)] and None")
    assert [line.text for line in answer.log[-2:]] == [
        "19999",
        "[dev] The rest of the log was left out, because it is too long.",
    ]
    answer = handle(project, '[print("x" * 2**20) for n in range(40)] and None', memory_size=3000)
    assert len(answer.log) == 18
    assert answer.log[-1].text == "[dev] The rest of the log was left out, because it is too long."


def test_line_of_a_thread_from_before_the_event_has_no_time(project: Path) -> None:
    code = "__import__('threading').Thread(target=lambda: (time.sleep(0.3), print('late'))).start()"

    async def ask() -> Answer:
        async with start(project) as worker:
            first = await worker.handle(make_request(code))
            assert first.log == ()
            while not worker._log._lines:  # nothing reports a line that belongs to no event
                await asyncio.sleep(0.01)
            return await worker.handle(make_request("1"))

    (line,) = run(ask).log
    assert (line.offset_ms, line.text) == (0.0, "late")


@pytest.mark.parametrize("changes", [{"variables": {"A": "\0"}}, {}])
def test_python_that_cannot_be_started_is_a_failed_import(project: Path, changes: dict[str, Any]) -> None:
    function = make_request("", **changes).function
    python = PYTHON if changes else str(project / "gone" / "python")

    async def ask() -> str:
        worker = Worker(project, function, python)
        before = count_descriptors()
        with pytest.raises(ImportFailedError) as error:
            await worker.start()
        assert count_descriptors() == before
        return error.value.problem.format()

    reason = "embedded null byte" if changes else f"[Errno 2] No such file or directory: {python!r}"
    assert run(ask) == (
        f"The Python of the app, {python}, cannot be started: {reason}\n"
        "Correct the cause, or choose another Python with --python."
    )


def test_debugger_that_attaches_during_the_import_is_no_problem(project: Path) -> None:
    """The process tells it before it tells that it is ready, and has unlimited time then."""
    bundle = project / "_pydevd_bundle"
    bundle.mkdir()
    (bundle / "__init__.py").write_text("")
    (bundle / "pydevd_constants.py").write_text("class GlobalDebuggerHolder:\n    global_dbg = 1\n")
    text = "import sys, _pydevd_bundle.pydevd_constants\nsys.settrace(None)\n"
    (project / "app.py").write_text(text + APP)

    async def ask() -> tuple[bool, Any]:
        async with start(project) as worker:
            return worker.is_attached, (await worker.handle(make_request("sleep(1.5)", timeout=1))).result

    assert run(ask) == (True, "slept")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts file descriptors in /proc")
def test_no_file_descriptor_is_left_of_a_process_that_has_ended(project: Path) -> None:
    """Not even if a process that has left its group still has its log."""
    code = "__import__('subprocess').Popen(['sleep', '20'], start_new_session=True).pid"

    async def ask() -> tuple[int, int]:
        before, pids = count_descriptors(), []
        for _ in range(3):
            async with start(project) as worker:
                pids.append((await worker.handle(make_request(code))).result)
        after = count_descriptors()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return before, after

    before, after = run(ask)
    assert after == before


def test_secrets_are_not_in_the_representation(project: Path) -> None:
    assert "of the role" not in repr(FUNCTION)
    assert "green" not in repr(make_request("1"))


def count_descriptors() -> int:
    """Returns the number of open file descriptors; 0 if the system has no ``/proc``."""
    folder = Path("/proc/self/fd")
    return len([*folder.iterdir()]) if folder.exists() else 0


def test_process_ends_with_its_parent_that_has_read_no_message(project: Path) -> None:
    """The system reports an error then, instead of the end of the connection."""
    parent, child = socket.socketpair()
    with child:
        arguments = [str(Path(domovoi_tf.__file__).parent.parent), str(project), str(child.fileno())]
        process = subprocess.Popen(
            [PYTHON, "-c", _CHILD, *arguments],
            env=FUNCTION.build_environment(project),
            stdin=subprocess.DEVNULL,
            pass_fds=[child.fileno()],
            start_new_session=True,
        )
    select.select([parent], [], [])  # until it is ready
    parent.close()
    try:
        assert process.wait(20) == -signal.SIGKILL
    finally:
        process.kill()
        process.wait()


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
