"""Compares the plan of a rendered app with that of flat resources, for the short form."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from attached_provider import run_provider

from benchmarks.comparison import Comparison
from benchmarks.flat import write_flat
from benchmarks.plan_app import create_tables, list_handlers, write_app
from benchmarks.planners import run_planner, run_terraform
from benchmarks.processes import run

HANDLERS = 32


def compare_plans(work: Path, stack: ExitStack) -> Comparison:
    """Returns the comparison of Terraform's own work for the app and for flat resources.

    The provider runs already, so that its start does not hide the work that depends on the modules.
    """
    planner = stack.enter_context(run_planner(work))
    handlers = list_handlers(HANDLERS)
    create_tables(planner.found, handlers)
    folder = work / "plans"
    folder.mkdir()
    roots = write_app(folder, handlers), write_flat(folder, handlers)
    # The provider cannot read certificates twice, and the emulator has none.
    variables = {name: value for name, value in planner.environment.items() if name != "AWS_CA_BUNDLE"}
    provider = stack.enter_context(run_provider(work / "provider", planner.binary, variables))
    program = str(provider.attach(planner.binary).path)
    for root in roots:
        run_terraform(root, planner.environment, program, "init", "-no-color")
    # As domovoi-tf runs Terraform: collecting garbage less often also makes the times vary less.
    environment = {**planner.environment, "GOGC": "400"}

    def plan(root: Path) -> float:
        return run([program, "plan", "-no-color"], root, environment).cpu

    return Comparison(
        "short.plan",
        f"`terraform plan`, {HANDLERS} handlers, without the provider",
        "flat resources",
        lambda: plan(roots[0]),
        lambda: plan(roots[1]),
    )
