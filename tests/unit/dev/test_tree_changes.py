"""Tests the changes at the emulator that saved files cause.

Planning and applying need Terraform and the emulator: the end-to-end tests have them. Here a program in the
place of the command line waits, fails or answers when a test wants it, except in the last test.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from polling import wait_until

from domovoi_tf.dev import tree_changes
from domovoi_tf.dev.tree_changes import PendingChange, TreeWatch, read_plan
from domovoi_tf.errors import DomovoiError
from domovoi_tf.system import assets
from domovoi_tf.system.background_processes import read_start_time

PATIENCE = 30.0
#: Answers from files of the folder that PROGRAM_FOLDER names, and logs its life.
PROGRAM = """
import json, os, pathlib, signal, sys, time
folder = pathlib.Path(os.environ["PROGRAM_FOLDER"])
name = "-".join(each for each in sys.argv[1:4] if each[0] != "-")

def log(text):
    with (folder / "log").open("a") as file:
        file.write(f"{text} {name}\\n")

def end(number, frame):
    log("ended")
    sys.exit(7)

signal.signal(signal.SIGTERM, end)
(folder / "pid").write_text(str(os.getpid()))
log("began")
with (folder / "arguments").open("a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
while (folder / f"{name}.wait").exists():
    time.sleep(0.01)
answer = json.loads((folder / f"{name}.json").read_text())
print(answer.get("output", ""), end="", flush=True)
print(answer.get("errors", ""), end="", file=sys.stderr, flush=True)
log(f"finished nice {os.nice(0) > 0} colours {'NO_COLOR' not in os.environ}")
sys.exit(answer.get("code", 0))
"""
RENDER, DEPLOY, APPLY = "render", "local-deploy", "local-apply"
STALE = {"code": 1, "output": "{}"}
FRESH = {"output": "{}"}
RULE = {
    "owner": {"kind": "handler", "name": "bar"},
    "address": "module.app.module.bar.aws_cloudwatch_event_rule.this",
    "type": "aws_cloudwatch_event_rule",
    "action": "update",
    "what": "schedule",
    "attributes": [{"name": "", "before": "rate(1 minute)", "after": "rate(2 minutes)"}],
}
CODE = {
    "owner": {"kind": "function", "name": ""},
    "address": "module.app.module.lambda.aws_lambda_function.this",
    "type": "aws_lambda_function",
    "action": "update",
    "what": "function",
    "attributes": [{"name": "code", "before": None, "after": None}],
}
QUEUE = {
    "owner": {"kind": "handler", "name": "tend"},
    "address": "module.app.module.tend.aws_sqs_queue.this",
    "type": "aws_sqs_queue",
    "action": "delete",
    "what": "queue",
    "reason": "its module is no longer in the configuration",
    "loss": "its messages are lost",
}
LINE = "bar  ~ schedule rate(1 minute) → rate(2 minutes)"
PENDING = PendingChange((LINE,), operations=2)


class Program:
    """The program in place of the command line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.answer(RENDER, **STALE)
        self.plan(RULE, CODE)
        self.answer(APPLY)

    def answer(self, name: str, **answer: Any) -> None:
        """Sets the exit code, the output and the errors of a command."""
        (self._folder / f"{name}.json").write_text(json.dumps(answer))

    def plan(self, *changes: Any) -> None:
        """Sets the changes of the plan."""
        totals = {"add": 0, "change": len(changes), "destroy": 0}
        self.answer(DEPLOY, output=json.dumps({"changes": changes, "totals": totals}))

    def hold(self, name: str) -> None:
        """Makes a command wait until it is released."""
        (self._folder / f"{name}.wait").touch()

    def release(self, name: str) -> None:
        """Lets a command that waits go on."""
        (self._folder / f"{name}.wait").unlink()

    @property
    def is_alive(self) -> bool:
        """Whether the command that began last runs."""
        return read_start_time(int((self._folder / "pid").read_text())) is not None

    @property
    def log(self) -> list[str]:
        """The record of the commands that ran."""
        path = self._folder / "log"
        return path.read_text().splitlines() if path.exists() else []

    async def wait_for(self, line: str) -> None:
        """Waits for a line of the log."""
        assert await asyncio.to_thread(wait_until, lambda: line in self.log, PATIENCE)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setattr(tree_changes, "PROGRAM", PROGRAM)
    monkeypatch.setenv("PROGRAM_FOLDER", str(tmp_path))
    return Program(tmp_path)


@pytest.fixture
def tree(tmp_path: Path, program: Program) -> TreeWatch:
    return TreeWatch(tmp_path, "dev")


def test_change_of_the_tree_is_pending(tree: TreeWatch, program: Program) -> None:
    assert asyncio.run(tree.check()) == PENDING
    assert tree.pending == PENDING
    assert program.log == [
        "began render",
        "finished nice True colours False render",
        "began local-deploy",
        "finished nice True colours False local-deploy",
    ]


def test_app_is_imported_with_the_options_of_dev(program: Program, tmp_path: Path) -> None:
    """An apply imports no app, and has no such options."""
    tree = TreeWatch(tmp_path, "dev", ("--python", "python9"))
    pending = asyncio.run(tree.check())
    assert pending is not None
    program.answer(APPLY, **FRESH)
    asyncio.run(tree.apply(pending))
    commands = [json.loads(line) for line in (tmp_path / "arguments").read_text().splitlines()]
    assert ["python9" in command for command in commands] == [True, True, False]


def test_tree_that_is_up_to_date_needs_no_plan(tree: TreeWatch, program: Program) -> None:
    program.answer(RENDER, **FRESH)
    assert asyncio.run(tree.check()) is None
    assert "began local-deploy" not in program.log


def test_changes_stay_pending_while_code_changes(tree: TreeWatch, program: Program) -> None:
    async def run() -> None:
        assert await tree.check() == PENDING
        program.answer(RENDER, **FRESH)
        assert await tree.check() is None
        assert tree.pending == PENDING

    asyncio.run(run())


def test_changes_that_are_taken_back_are_said_once(tree: TreeWatch, program: Program) -> None:
    async def run() -> None:
        assert await tree.check() == PENDING
        program.plan(CODE)
        assert await tree.check() == PendingChange(operations=1)
        assert tree.pending is None
        assert await tree.check() is None

    asyncio.run(run())


def test_problem_is_said_once(tree: TreeWatch, program: Program) -> None:
    async def run() -> None:
        problem = "app.py:3: SyntaxError: '(' was never closed\nCorrect the line: print("
        program.answer(RENDER, code=1, errors=f"Warning: app.py:1: old\nError: {problem}\nWarning: other\n")
        assert await tree.check() == PendingChange(problem=problem)
        assert await tree.check() is None
        program.answer(RENDER, code=1, errors="Error: app.py:4: another\n")
        assert await tree.check() == PendingChange(problem="app.py:4: another")
        program.answer(RENDER, **FRESH)
        assert await tree.check() is None
        program.answer(RENDER, code=1, errors=f"Error: {problem}\n")
        assert await tree.check() == PendingChange(problem=problem)

    asyncio.run(run())


def test_changes_are_shown_again_after_a_problem(tree: TreeWatch, program: Program) -> None:
    async def run() -> None:
        assert await tree.check() == PENDING
        program.answer(RENDER, code=1, errors="Error: app.py:3: wrong\n")
        assert await tree.check() == PendingChange(problem="app.py:3: wrong")
        program.answer(RENDER, **FRESH)
        assert await tree.check() == PENDING

    asyncio.run(run())


def test_plan_that_fails_is_a_problem_and_made_again(tree: TreeWatch, program: Program) -> None:
    async def run() -> None:
        failed = "✓ render  0.1 s\n╷\n│ Error: no access\n│ \n│ to the queue\n╵\n"
        program.answer(DEPLOY, code=1, errors=failed)
        assert await tree.check() == PendingChange(problem="no access\n\nto the queue")
        # The tree was rendered before the plan failed.
        program.answer(RENDER, **FRESH)
        program.plan(RULE, CODE)
        assert await tree.check() == PENDING

    asyncio.run(run())


def test_command_without_a_message_is_named_by_its_code(tree: TreeWatch, program: Program) -> None:
    program.answer(RENDER, code=3)
    assert asyncio.run(tree.check()) == PendingChange(problem="domovoi-tf exited with 3.")


@pytest.mark.parametrize("held", [RENDER, DEPLOY])
def test_newer_check_ends_an_older_one(tree: TreeWatch, program: Program, held: str) -> None:
    async def run() -> None:
        program.hold(held)
        older = asyncio.create_task(tree.check())
        await program.wait_for(f"began {held}")
        newer = asyncio.create_task(tree.check())
        await program.wait_for(f"ended {held}")
        assert await older is None
        program.release(held)
        assert await newer == PENDING

    asyncio.run(run())


def test_only_the_newest_of_many_checks_runs(tree: TreeWatch, program: Program) -> None:
    async def run() -> list[PendingChange | None]:
        program.hold(RENDER)
        first = asyncio.create_task(tree.check())
        await program.wait_for("began render")
        others = [asyncio.create_task(tree.check()) for _ in range(5)]
        await program.wait_for("ended render")
        program.release(RENDER)
        return list(await asyncio.gather(first, *others))

    assert asyncio.run(run()) == [None] * 5 + [PENDING]
    assert program.log.count("began render") == 2


def test_check_that_does_not_end_is_killed(
    tree: TreeWatch, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_changes, "_PATIENCE", 0.1)
    deaf = PROGRAM.replace("signal.SIGTERM, end", "signal.SIGTERM, signal.SIG_IGN")
    monkeypatch.setattr(tree_changes, "PROGRAM", deaf)

    async def run() -> None:
        program.hold(RENDER)
        check = asyncio.create_task(tree.check())
        await program.wait_for("began render")
        check.cancel()
        with pytest.raises(asyncio.CancelledError):
            await check

        assert not program.is_alive

    asyncio.run(run())
    assert program.log == ["began render"]


def test_apply_shows_its_progress(program: Program, tmp_path: Path) -> None:
    progress: list[str] = []
    tree = TreeWatch(tmp_path, "dev", progress=progress.append)
    program.answer(
        APPLY,
        output="module.a.x: Modifying...\nmodule.a.x: Modifications complete after 1s [id=1]\n"
        "module.a.y: Creation complete after 2s\nApply complete!\n",
    )

    async def run() -> None:
        await tree.check()
        await tree.apply(PENDING)

    asyncio.run(run())
    assert progress == ["1 of 2  module.a.x", "2 of 2  module.a.y"]
    assert tree.pending is None
    assert program.log[-1] == "finished nice False colours False local-apply"


def test_apply_of_other_changes_is_refused(tree: TreeWatch, program: Program) -> None:
    with pytest.raises(DomovoiError) as raised:
        asyncio.run(tree.apply(PENDING))
    assert str(raised.value) == (
        "The changes that were shown are not the last ones.\nNothing was applied. Look at the changes again."
    )
    assert program.log == []


def test_apply_that_fails_is_an_error_and_planned_again(tree: TreeWatch, program: Program) -> None:
    async def run() -> None:
        await tree.check()
        program.answer(APPLY, code=1, errors="Error: AccessDenied\nAsk for access.\n")
        with pytest.raises(DomovoiError) as raised:
            await tree.apply(PENDING)
        assert str(raised.value) == "AccessDenied\nAsk for access."
        program.answer(RENDER, **FRESH)
        assert await tree.check() == PENDING

    asyncio.run(run())


def test_check_waits_for_an_apply(tree: TreeWatch, program: Program) -> None:
    async def run() -> None:
        await tree.check()
        program.hold(APPLY)
        applying = asyncio.create_task(tree.apply(PENDING))
        await program.wait_for("began local-apply")
        check = asyncio.create_task(tree.check())
        program.answer(RENDER, **FRESH)
        await asyncio.sleep(0)
        program.release(APPLY)
        await applying
        assert await check is None

    asyncio.run(run())
    after = program.log[program.log.index("began local-apply") :]
    assert [line.split()[0] for line in after] == ["began", "finished", "began", "finished"]


def test_cancelled_apply_lets_terraform_finish(tree: TreeWatch, program: Program) -> None:
    async def run() -> None:
        await tree.check()
        program.hold(APPLY)
        applying = asyncio.create_task(tree.apply(PENDING))
        await program.wait_for("began local-apply")
        applying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await applying
        assert not program.is_alive

    asyncio.run(run())
    assert program.log[-1] == "ended local-apply"


def test_lines_of_a_plan_are_aligned_and_have_no_code() -> None:
    totals = {"add": 0, "change": 2, "destroy": 1}
    found = read_plan({"changes": [CODE, RULE, QUEUE], "totals": totals})
    assert found == PendingChange(
        (
            "bar   ~ schedule rate(1 minute) → rate(2 minutes)",
            "tend  - destroys queue: its module is no longer in the configuration; its messages are lost",
        ),
        operations=3,
    )


def test_change_of_the_code_and_a_setting_is_one_of_the_setting() -> None:
    attributes = [*CODE["attributes"], {"name": "memory_size", "before": "128", "after": "256"}]
    found = read_plan({"changes": [{**CODE, "attributes": attributes}], "totals": {"change": 1}})
    assert found.lines == ("function  ~ function code, memory_size 128 → 256",)


@pytest.fixture
def bartender(tmp_path: Path, rendered: Callable[..., Any]) -> Path:
    """A project whose tree is up to date."""
    project = tmp_path / "bartender"
    shutil.copytree(
        assets.find_templates().parent / "examples" / "bartender",
        project,
        ignore=shutil.ignore_patterns("terraform"),
    )
    rendered(project, project / "terraform")
    return project


def test_real_check_finds_the_place_of_a_problem(bartender: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(assets.find_templates().parent))
    (bartender / "click.py").write_text("raise SystemExit('the project hides a module')\n")
    app = bartender / "app.py"
    source = app.read_text()

    async def run() -> None:
        tree = TreeWatch(bartender, "dev")
        app.write_text(f'{source}\nprint("x"\n')
        line = len(source.splitlines()) + 2
        assert await tree.check() == PendingChange(
            problem=f"app.py:{line}: SyntaxError: '(' was never closed\nCorrect the line: print(\"x\""
        )
        app.write_text(f"{source}\n@app.sns_topic_subscriber('')\ndef other(event): ...\n")
        found = await tree.check()
        assert found is not None
        assert found.problem.startswith(f"app.py:{line}: ")

    asyncio.run(run())
