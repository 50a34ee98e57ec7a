"""The ten most used commands as a person sees them: at several widths, without colours, and as JSON.

The files in `screens/` show each command in terminals of 60 to 200 columns; ``make session`` records them
again. A mark at the end of a line shows that the terminal broke it, not the program.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
import screen
from attached_provider import run_provider
from command_server import Completed
from polling import wait_until
from screen import BROKEN, Output

from domovoi_tf.local import emulator as local
from domovoi_tf.local.emulator_environment import build_environment
from domovoi_tf.terraform.installation import Binary

from .conftest import PATIENCE, build_shell_environment, create_command_line, write_project

pytestmark = [pytest.mark.emulator, pytest.mark.terraform]

SCREENS = Path(__file__).parent / "screens"
WIDTHS = (60, 80, 120, 200)
#: For commands that take a second or more.
FEW_WIDTHS = (60, 120, 200)
#: Another clock of the program: each step takes as long as the others.
CLOCK = """
import itertools
from types import SimpleNamespace
from domovoi_tf.cli import progress
clock = itertools.count(0, 1.5)
progress.time = SimpleNamespace(monotonic=lambda: next(clock))
"""
APP = """from domovoi_tf import Domovoi, scoped

app = Domovoi()
app.function("labels")
app.function("orders")


@app.scheduled_function("rate(1 hour)")
def count_bottles(event, context):
    print("Counted 1,200 bottles of Quadrupel in the cellar, 80 of them without a label, and 3 that leak.")
    return {"bottles": 1200}


@app.sns_topic_subscriber(scoped("announcements"))
def announce(event, context):
    print("Announced:", event["Records"][0]["Sns"]["Message"])


@app.s3_event_handler("cantina-labels", ["s3:ObjectCreated:*"], use_sns=False, function="labels")
def print_label(event, context): ...


@app.function_url(auth="NONE", function="orders")
def show_order(event, context): ...
"""
CONFIG = {"app_name": "cantina", "lambda_functions": {"labels": {"lambda_memory_size": 512}}}
QUESTION = "Apply this plan? [y/N]: "
#: Text that differs between runs, always with the same length, and what the files have instead.
VARYING = [
    (r"/dtf-\w{8}", "/dtf-xxxxxxxx"),
    (r"127\.0\.0\.1:\d{5}", "127.0.0.1:45678"),
    (r"process is \d+", "process is 12345"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "01234567-89ab-cdef-0123-456789abcdef"),
    (r"lambda-url/\w{32}/", f"lambda-url/{'x' * 32}/"),
    (r"(?m)^\d\d:\d\d:\d\d", "12:00:00"),
    (r"\d\d,\d{3} bytes", "12,345 bytes"),
]
#: Lines of Terraform in the order in which requests end.
REFRESHED = re.compile(r"(?:[^\n]*: (?:Refreshing state|Reading|Read complete)[^\n]*\n)+")


class Shell(NamedTuple):
    """A shell in the folder of a project that is deployed to the emulator.

    Args:
        project: the folder of the project.
        environment: the environment variables.
        command_line: runs the program without a terminal.
    """

    project: Path
    environment: dict[str, str]
    command_line: Callable[..., Completed]

    def show(
        self, command: str, columns: int, answers: Mapping[str, str] | None = None, **variables: str
    ) -> Output:
        """Runs a command in a terminal."""
        environment = {**self.environment, **variables}
        return screen.run_in_terminal(command, columns, self.project, environment, answers or {}, CLOCK)

    def run(self, command: str, **variables: str) -> Completed:
        """Runs a command without a terminal."""
        return self.command_line(*command.split(), cwd=self.project, **variables)


@pytest.fixture(scope="module")
def shell(terraform_binary: Binary, terraform_environment: dict[str, str]) -> Iterator[Shell]:
    """A shell whose paths have the same length in each run, with an emulator of its own."""
    folder = Path(tempfile.mkdtemp(prefix="dtf-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOMOVOI_TF_HOME", str(folder))
        patch.delenv("NO_COLOR", raising=False)
        try:
            emulator = local.start()
            environment = {**terraform_environment, **build_environment(emulator)}
            (folder / "provider").mkdir()
            with run_provider(folder / "provider" / "aws", terraform_binary, environment) as provider:
                terraform = provider.attach(terraform_binary)
                variables = build_shell_environment(emulator, terraform)
                variables = {name: value for name, value in variables.items() if name != "COLUMNS"}
                project = write_project(folder / "cantina", CONFIG, APP)
                yield Shell(project, variables, create_command_line(variables))
        finally:
            local.stop()
            shutil.rmtree(folder, ignore_errors=True)


class Taken(NamedTuple):
    """A command's outputs.

    Args:
        command: the command as a user types it.
        coloured: by the width of the terminal.
        colourless: in a terminal of the smallest width that was taken at the same time, without colours.
        like: the coloured output in the same terminal.
        piped: without a terminal.
    """

    command: str
    coloured: dict[int, Output]
    colourless: tuple[Output, ...]
    like: Output
    piped: Completed


def take(
    shell: Shell,
    command: str,
    widths: tuple[int, ...] = WIDTHS,
    prepare: Callable[[], object] | None = None,
) -> Taken:
    """Runs a command in terminals, with and without colours, and without a terminal.

    Args:
        shell: the shell.
        command: the command without the program.
        widths: the widths of the terminals.
        prepare: called before each run; without it, several run at a time.
    """

    def show(run: tuple[str, int, dict[str, str]]) -> Output:
        (prepare or dict)()
        command, columns, variables = run
        return shell.show(command, columns, None, **variables)

    runs: list[tuple[str, int, dict[str, str]]] = [(command, columns, {}) for columns in widths]
    runs += [(f"{command} --no-color", widths[0], {}), (command, widths[0], {"NO_COLOR": "1"})]
    with ThreadPoolExecutor(1 if prepare else 3) as pool:
        outputs = list(pool.map(show, runs))
    coloured = dict(zip(widths, outputs, strict=False))
    (prepare or dict)()
    piped = shell.run(command)
    return Taken(f"domovoi-tf {command}", coloured, tuple(outputs[-2:]), outputs[0], piped)


def take_few(
    shell: Shell, command: str, colourless: str, piped: str, answers: Mapping[str, str] | None = None
) -> Taken:
    """Runs a command that takes seconds in two terminals, once without colours and once without a terminal.

    Args:
        shell: the shell.
        command: the command without the program.
        colourless: a value of ``NO_COLOR``; empty for ``--no-color``.
        piped: the command to run without a terminal.
        answers: the text to type after each question.
    """
    coloured = {columns: shell.show(command, columns, answers) for columns in FEW_WIDTHS}
    option = "" if colourless else " --no-color"
    without = shell.show(command + option, FEW_WIDTHS[0], answers, NO_COLOR=colourless)
    return Taken(f"domovoi-tf {command}", coloured, (without,), coloured[FEW_WIDTHS[0]], shell.run(piped))


@pytest.fixture(scope="module")
def taken(shell: Shell) -> dict[str, Taken]:
    """The outputs of the ten commands and of the help, in the order in which a user runs them."""
    outputs = {"help": take(shell, "--help"), "deploy-help": take(shell, "deploy --help")}
    new, tree = shell.project / "beers", shell.project / "terraform"
    outputs["new-project"] = take(shell, "new-project beers", prepare=lambda: remove(new))
    outputs["show"] = take(shell, "show")
    outputs["render"] = take(shell, "render", prepare=lambda: remove(tree))
    first = shell.show("local deploy", 60)
    outputs["local-status"] = take(shell, "local status")
    outputs["local-send"] = take(shell, "local send announce", FEW_WIDTHS)
    await_announcements(shell, len(FEW_WIDTHS) + 3)
    outputs["logs"] = take(shell, "logs")
    outputs["invoke"] = take(shell, "invoke count_bottles", FEW_WIDTHS)
    again, same = shell.show("local deploy", 80), shell.show("local deploy --no-color", 80)
    edit(shell, "rate(1 hour)", "rate(2 hours)")
    outputs["plan"] = take_few(shell, "plan --no-render-check", "", "plan --no-render-check")
    outputs["deploy"] = take_few(shell, "deploy", "1", "deploy --dry-run", {QUESTION: "n"})
    changed = shell.show("local deploy", 200)
    deployed = {60: first, 80: again, 200: changed}
    piped = shell.run("local deploy --json")
    outputs["local-deploy"] = Taken("domovoi-tf local deploy", deployed, (same,), again, piped)
    return outputs


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def await_announcements(shell: Shell, count: int) -> None:
    assert wait_until(lambda: shell.run("logs").out.count("Announced:") >= count, PATIENCE)


def edit(shell: Shell, old: str, new: str) -> None:
    """Changes the app and renders it, without a new package, whose digest would be different in each run."""
    app = shell.project / "app.py"
    assert old in app.read_text()
    app.write_text(app.read_text().replace(old, new))
    assert shell.run("render").code == 0


def normalize(text: str) -> str:
    """Returns text in which what differs between runs is replaced by text of the same length."""
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text)
    return text


def read_screen(output: Output) -> list[str]:
    """Returns the lines of a screen without what differs between runs."""
    written = REFRESHED.sub("[Terraform refreshes the state]\r\n", output.written)
    # What the terminal has broken is only whole before, and the beginnings of lines only without colours.
    lines = output._replace(written=normalize(written)).screen
    return normalize("\n".join(lines)).split("\n")


def join_broken(lines: Sequence[str]) -> list[str]:
    """Returns the lines as the program wrote them, which is how a user copies them."""
    return "\n".join(lines).replace(f"{BROKEN}\n", "").split("\n")


NAMES = (
    *("new-project", "render", "show", "plan", "deploy", "local-status", "logs", "invoke", "local-deploy"),
    *("local-send", "help", "deploy-help"),
)
#: Commands that show text of Terraform and of handlers as it is.
FOREIGN = {"plan": r"^  [ ~#]|^Terraform used|^plan\. ", "logs": r"^12:00:00", "invoke": r"^Counted 1,200"}


def test_screens_are_those_that_were_reviewed(
    taken: dict[str, Taken], golden: Callable[[Path, str], None]
) -> None:
    assert tuple(taken.keys() - set(NAMES)) == ()
    paths = set()
    for name, each in taken.items():
        for columns, output in each.coloured.items():
            title = f"{columns} columns, exit code {output.code}"
            text = "\n".join([title, "", f"$ {each.command}", *read_screen(output), ""])
            path = SCREENS / f"{name}.{columns}.txt"
            paths.add(path)
            golden(path, text)
    assert {*SCREENS.iterdir()} == paths


@pytest.mark.parametrize("name", NAMES)
def test_only_words_that_are_wider_than_the_terminal_are_broken(taken: dict[str, Taken], name: str) -> None:
    for columns, output in taken[name].coloured.items():
        for line in join_broken(read_screen(output)):
            words = [] if re.search(FOREIGN.get(name, "^$"), line) else line.split()
            longest = max(map(len, words), default=0)
            assert len(line) <= columns or longest > columns - 5 or not words, line


@pytest.mark.parametrize("name", NAMES)
def test_output_without_colours_has_no_escape_sequences_and_the_same_text(
    taken: dict[str, Taken], name: str
) -> None:
    each = taken[name]
    for output in each.colourless:
        assert "\x1b" not in output.written
        assert (output.code, read_screen(output)) == (each.like.code, read_screen(each.like))
    assert "\x1b" not in each.piped.out + each.piped.err
    assert each.piped.out + each.piped.err != ""


@pytest.mark.parametrize("name", ["logs", "plan", "deploy", "local-deploy"])
def test_output_in_a_terminal_has_colours(taken: dict[str, Taken], name: str) -> None:
    assert re.search(r"\x1b\[[1-9]", taken[name].like.written)


@pytest.mark.parametrize("name", ["new-project", "render", "show", "local-status", "logs"])
def test_output_without_a_terminal_is_not_broken(taken: dict[str, Taken], name: str) -> None:
    each = taken[name]
    piped = normalize(each.piped.out + each.piped.err).splitlines()
    assert piped == join_broken(read_screen(each.coloured[200]))


JSON = {
    "show": {"app", "stage", "functions", "state_machines"},
    "render": {"folder", "written", "removed"},
    "plan": {"stage", "changes", "totals"},
    "local deploy": {"stage", "applied", "steps", "changes", "totals", "places"},
    "local status": {"running", "endpoint", "pid", "port", "log", "iam"},
    "invoke count_bottles": {"handler", "function", "request_id", "succeeded", "result", "error", "log"},
}


@pytest.mark.parametrize("command", JSON)
def test_json_is_one_document_alone_on_standard_output(
    taken: dict[str, Taken], shell: Shell, command: str
) -> None:
    deployed = taken["local-deploy"].piped if command == "local deploy" else None
    done = deployed or shell.run(f"{command} --json", COLUMNS="60")
    assert done.code == 0, done.err
    assert json.loads(done.out).keys() >= JSON[command]
    assert "\x1b" not in done.out + done.err


def test_json_is_the_same_in_a_terminal_of_any_width(taken: dict[str, Taken], shell: Shell) -> None:
    texts = {shell.show("show --json", columns).written.replace("\r\n", "\n") for columns in (60, 200)}
    assert texts == {shell.run("show --json").out}


def test_json_of_logs_is_a_document_in_each_line(taken: dict[str, Taken], shell: Shell) -> None:
    done = shell.run("logs --json", COLUMNS="60")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert {line["handler"] for line in lines} == {"announce", "count_bottles"}
    assert done.err == ""


#: Commands that fail, with the beginning of the error.
FAILURES = {
    "show --stage pro/d": "Error: ",
    "render --stage pro/d": "Error: ",
    "plan --stage prod": "Error: ",
    "deploy --dry-run --out app.py": "✗ render",
    "local deploy --out app.py": "✗ render",
    "logs nobody": "Error: There is no handler 'nobody'.",
    "invoke nobody": "Error: There is no handler 'nobody'.",
    "local status --port 1": "Usage: domovoi-tf local status",
}


@pytest.mark.parametrize("command", FAILURES)
def test_errors_leave_standard_output_to_json(taken: dict[str, Taken], shell: Shell, command: str) -> None:
    done = shell.run(f"{command} --json", COLUMNS="60")
    assert (done.code != 0, done.out) == (True, "")
    assert done.err.startswith(FAILURES[command])
    assert "Error: " in done.err
    assert "Traceback" not in done.err


def test_json_of_negative_results_is_complete(taken: dict[str, Taken], shell: Shell) -> None:
    done = shell.run("local status --json", DOMOVOI_TF_HOME=str(shell.project / "nowhere"))
    assert (done.code, json.loads(done.out), done.err) == (1, {"running": False}, "")
    (shell.project / "wrong.json").write_text("{}")
    done = shell.run("invoke announce --raw --event wrong.json --json")
    document = json.loads(done.out)
    assert (done.code, document["succeeded"], done.err) == (1, False, "")
    assert document["error"]["message"].startswith("No handler for an event of an unknown kind.")
