"""Projects and commands for the tests of the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import pexpect
import pytest
from command_server import run_command

from domovoi_tf.errors import DomovoiError

PROGRAM = Path(sys.executable).with_name("domovoi-tf")
#: The time in seconds to wait for what a program prints.
PATIENCE = 30.0
APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.sns_topic_subscriber("bartender")
def tend(event, context): ...
"""
SCHEDULES = """from domovoi_tf import Domovoi

app = Domovoi()


@app.scheduled_function("rate(1 hour)")
def tick(event, context): ...


@app.scheduled_function("rate(1 day)")
def tidy(event, context): ...
"""
#: A configuration that reserves more concurrency than the account has.
ABOVE_QUOTA: dict[str, Any] = {"app_name": "bar", "reserved_concurrency": 1, "quotas": {"L-B99A9384": 1}}
#: An app that declares other sources in other stages.
TWO_STAGES = """import os
from domovoi_tf import Domovoi

app = Domovoi()


@app.sns_topic_subscriber(os.environ["TOPIC"])
def tend(event, context): ...


if os.environ["TOPIC"] == "prod":

    @app.scheduled_function("rate(1 day)")
    def audit(event, context): ...
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]
Fails = Callable[..., str]
Terminal = Callable[..., "pexpect.spawn"]
Invoke = Callable[..., "Done"]


class Done(NamedTuple):
    """The exit code, the standard output without colours, and the error of a command."""

    code: int
    out: str
    error: DomovoiError | None = None


def configure(project: Path, config: object) -> None:
    """Writes the configuration of a project, given as a string or as JSON data."""
    text = config if isinstance(config, str) else json.dumps(config)
    (project / ".chalice" / "config.json").write_text(text, encoding="utf-8")


def configure_stages(project: Path, *names: str) -> None:
    """Configures the stages of a project, each with its own name in the environment variable TOPIC."""
    stages = {name: {"environment_variables": {"TOPIC": name}} for name in names}
    configure(project, {"app_name": "bar", "stages": stages})


def write_project(project: Path, app: str, config: object) -> Path:
    """Writes a project into a new folder."""
    (project / ".chalice").mkdir(parents=True)
    (project / "app.py").write_text(app)
    configure(project, config)
    return project


def read_tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Returns the modification times and contents of a folder's files by path."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def read_contents(folder: Path) -> dict[str, bytes]:
    """Returns the contents of a folder's files by path."""
    return {path: content for path, (_, content) in read_tree(folder).items()}


def create_environment(folder: Path) -> dict[str, str]:
    """Returns environment variables without the user's settings, with home folders below a folder."""
    dropped = ("TF_", "AWS_", "DOMOVOI_TF_", "NO_COLOR")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {
        **inherited,
        "DOMOVOI_TF_HOME": str(folder / "home"),
        "HOME": str(folder / "user"),
        "PATH": os.pathsep.join([str(PROGRAM.parent), os.environ["PATH"]]),
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
    }


def run_program(
    command: Sequence[str | Path], project: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Runs a program without standard input and returns what it prints.

    Runs domovoi-tf in a process that has imported it, unless variables of Python differ from those here.
    """
    if command[0] == PROGRAM and read_python_variables(environment) == read_python_variables(os.environ):
        arguments = [*map(str, command[1:])]
        return subprocess.CompletedProcess(command, *run_command(arguments, project, environment))
    return subprocess.run(
        command,
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def read_python_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment variables of Python itself."""
    return {name: value for name, value in environment.items() if name.startswith("PYTHON")}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a single handler."""
    return write_project(tmp_path / "bar", APP, {"app_name": "bar"})


@pytest.fixture
def staged_project(tmp_path: Path) -> Path:
    """A project with two handlers and three stages."""
    stages: dict[str, object] = {"dev": {}, "prod": {}, "preview": {}}
    return write_project(tmp_path / "bar", SCHEDULES, {"app_name": "bar", "stages": stages})


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rendered files of `project`."""
    folder = tmp_path_factory.mktemp("tree")
    project = write_project(folder / "bar", APP, {"app_name": "bar"})
    done = run_program([PROGRAM, "render"], project, create_environment(folder))
    assert done.returncode == 0, done.stderr
    return project / "terraform"


@pytest.fixture
def rendered_tree(project: Path, tree: Path) -> Path:
    """The rendered files of `project` in its own folder."""
    return Path(shutil.copytree(tree, project / "terraform"))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Environment variables without the user's settings."""
    return create_environment(tmp_path)


@pytest.fixture
def run(project: Path, environment: dict[str, str]) -> Run:
    """Runs domovoi-tf, or another command, in the project's folder."""

    def run(
        *args: str, command: Sequence[str | Path] = (PROGRAM,), **more: str
    ) -> subprocess.CompletedProcess[str]:
        return run_program([*command, *args], project, {**environment, **more})

    return run


@pytest.fixture
def fails(run: Run, project: Path) -> Fails:
    """Runs a command that should fail without writing anything, and returns its standard error."""

    def fails(*args: str, code: int = 1, **more: str) -> str:
        before = read_tree(project)
        done = run(*args, **more)
        assert done.returncode == code, done.stderr
        assert read_tree(project) == before
        assert "Traceback" not in done.stderr
        return done.stderr

    return fails


@pytest.fixture
def terminal(project: Path, environment: dict[str, str]) -> Iterator[Terminal]:
    """Starts programs in terminals of their own."""
    children: list[pexpect.spawn] = []

    def start(program: str | Path, *args: str, **more: str) -> pexpect.spawn:
        child = pexpect.spawn(
            str(program),
            list(args),
            cwd=project,
            env={**environment, **more},
            encoding="utf-8",
            timeout=PATIENCE,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def is_asleep(child: pexpect.spawn) -> bool:
    """Returns whether a program waits: after its prompt, for what is typed."""
    return Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def await_end(child: pexpect.spawn) -> tuple[int | None, str]:
    """Returns the exit code of a program and what it wrote to its terminal."""
    child.expect(pexpect.EOF)
    child.wait()
    return child.exitstatus, child.before.replace("\r\n", "\n")


@pytest.fixture
def invoke(capfd: pytest.CaptureFixture[str]) -> Invoke:
    """Runs a command in this process, with real standard streams for the programs that it starts."""

    def invoke(command: click.Command, *arguments: str) -> Done:
        capfd.readouterr()
        code, error = 0, None
        try:
            command.main(arguments, standalone_mode=False)
        except SystemExit as exited:
            code = int(exited.code or 0)
        except DomovoiError as raised:
            code, error = raised.exit_code, raised
        except click.Abort:
            code = 1
        return Done(code, click.unstyle(capfd.readouterr().out), error)

    return invoke
