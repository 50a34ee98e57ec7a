"""Measures `plan` and `deploy` of a small app, beside plain Terraform on the same files.

All run at the emulator in turn. The provider waits five seconds for an update of a function, in both.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.planners import Planner, run_planner
from benchmarks.processes import DOMOVOI_TF, Run, run
from benchmarks.projects import write_project
from domovoi_tf.terraform.providers.eligibility import SWITCH

NAME = "commands"
TITLE = "`domovoi-tf plan` and `deploy`"
#: The most runs of each command: a turn takes half a minute.
MOST = 3
PLAN, APPLY = "`terraform plan`", "`terraform apply`"
#: The figures: the key, the title, and the name of plain Terraform's command.
ROWS = {
    "plan": ("`plan` with a change", PLAN),
    "unchanged": ("`deploy` with nothing to change", PLAN),
    "deploy": ("`deploy` after a change of `app.py`", APPLY),
}


def measure(work: Path, runs: int) -> list[Figure]:
    """Returns the time and the CPU time of commands and of plain Terraform, in medians of several runs."""
    with run_planner(work) as planner:
        own = {name: value for name, value in os.environ.items() if name != SWITCH}
        # The emulator has no certificates, and the provider of plain Terraform need not read any either.
        own.pop("AWS_CA_BUNDLE", None)
        project = write_project(work / "commands", 2)
        # The first run of a command compiles its modules.
        for command in (["deploy", "--yes"], ["plan"]):
            run([DOMOVOI_TF, *command, "--emulator"], project, own)
        measured: dict[str, list[tuple[Run, Run]]] = {key: [] for key in ROWS}
        for turn in range(min(runs, MOST)):
            for key, pair in _measure_turn(planner, own, project, turn).items():
                measured[key].append(pair)
    return [figure for key, pairs in measured.items() for figure in _summarize(key, pairs)]


def _measure_turn(
    planner: Planner, own: Mapping[str, str], project: Path, turn: int
) -> dict[str, tuple[Run, Run]]:
    """Returns a run of each command and of plain Terraform's, and leaves nothing to change."""
    root = project / "terraform" / "stages" / "dev"
    data = {"TF_DATA_DIR": str(planner.found.log.parent / "bench-dev.terraform"), "TF_IN_AUTOMATION": "1"}
    plain = {**planner.environment, **data}
    plain.pop("AWS_CA_BUNDLE", None)
    deploy = [DOMOVOI_TF, "deploy", "--emulator", "--yes"]
    program = str(planner.binary.path)
    unchanged = run(deploy, project, own), run([program, "plan", "-input=false"], root, plain)
    _change(project, f"{turn}a")
    run([DOMOVOI_TF, "package"], project, own)
    plan = (
        run([DOMOVOI_TF, "plan", "--emulator"], project, own),
        run([program, "plan", "-input=false"], root, plain),
    )
    applied = run([program, "apply", "-input=false", "-auto-approve"], root, plain)
    _change(project, f"{turn}b")
    return {"plan": plan, "unchanged": unchanged, "deploy": (run(deploy, project, own), applied)}


def _change(project: Path, text: str) -> None:
    with (project / "app.py").open("a") as app:
        app.write(f"# {text}\n")


def _summarize(key: str, pairs: list[tuple[Run, Run]]) -> list[Figure]:
    title, beside = ROWS[key]
    seconds, others = ([each[side].seconds for each in pairs] for side in (0, 1))
    cpu, other_cpu = ([each[side].cpu for each in pairs] for side in (0, 1))
    return [
        Figure(f"commands.{key}", title, statistics.median(seconds), "s", beside, statistics.median(others)),
        Figure(
            f"commands.{key}.cpu",
            f"{title}, CPU time",
            statistics.median(cpu),
            "s",
            beside,
            statistics.median(other_cpu),
        ),
    ]
