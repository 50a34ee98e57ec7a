"""Tests the examples with state machines: deploys them and runs their executions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from polling import wait_until

from domovoi_tf.local import emulator_environment

from .conftest import EXAMPLES, PATIENCE, CommandLine

pytestmark = pytest.mark.emulator
Run = Callable[[str, object], Any]
PRIMES_BELOW_10000 = 1229


@pytest.fixture(scope="module")
def no_waits(emulator: emulator_environment.Emulator) -> Iterator[None]:
    """Makes the emulator skip the waits of executions."""
    for scale in (0, 1):
        body = json.dumps({"stepfunctions._SFN_WAIT_SCALE": scale})
        connection = HTTPConnection("127.0.0.1", emulator.port)
        connection.request("POST", "/_ministack/config", body)
        assert json.load(connection.getresponse())["applied"]
        connection.close()
        if not scale:
            yield


@pytest.fixture
def run(
    tmp_path: Path, emulator: emulator_environment.Emulator, command_line: CommandLine, no_waits: None
) -> Run:
    """Deploys an example unless it is deployed, runs its state machine, and returns the output."""
    states = emulator_environment.create_client(emulator, "stepfunctions")
    deployed: list[Path] = []

    def execute(example: str, data: object) -> Any:
        project = tmp_path / example
        if project not in deployed:
            shutil.copytree(
                EXAMPLES / example, project, ignore=shutil.ignore_patterns("terraform", "__pycache__")
            )
            done = command_line("local", "deploy", cwd=project)
            assert done.code == 0, done
            deployed.append(project)
        machines = {m["name"]: m["stateMachineArn"] for m in states.list_state_machines()["stateMachines"]}
        started = states.start_execution(stateMachineArn=machines[f"{example}-dev"], input=json.dumps(data))
        execution: dict[str, Any] = {}

        def has_ended() -> bool:
            execution.update(states.describe_execution(executionArn=started["executionArn"]))
            return bool(execution["status"] != "RUNNING")

        assert wait_until(has_ended, PATIENCE), execution
        assert execution["status"] == "SUCCEEDED", (execution.get("error"), execution.get("cause"))
        return json.loads(execution["output"])

    return execute


def test_threadpool_joins_the_results_of_its_workers(run: Run) -> None:
    for _ in range(2):
        output = run("threadpool", {"limit": 10000})
        assert output["primes"] == PRIMES_BELOW_10000
        assert output["workers"] == [f"Worker{number}" for number in range(64)]


def test_long_running_resumes_after_each_run(run: Run) -> None:
    output = run("long_running", {"length": 50})
    assert (output["position"], output["sum"], output["done"]) == (50, sum(range(50)), True)
    assert output["runs"] > 1


def test_batch_map_handles_each_object_of_a_bucket(run: Run, emulator: emulator_environment.Emulator) -> None:
    s3 = emulator_environment.create_client(emulator, "s3")
    s3.create_bucket(Bucket="batch-map-orders")
    for number in range(20):
        body = json.dumps({"beers": number})
        s3.put_object(Bucket="batch-map-orders", Key=f"incoming/{number}.json", Body=body)
    s3.put_object(Bucket="batch-map-orders", Key="done/100.json", Body=b"{}")
    assert run("batch_map", {}) == {"orders": 20, "total": sum(range(20)) * 5}
