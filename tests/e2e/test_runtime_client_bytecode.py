"""Tests packages with and without bytecode under AWS's runtime client, in a folder that is really read-only.

Each client is a new process in a mount namespace of its own, in which the folder of the package is mounted
read-only: a mode would not keep root from writing. Its import system reports where it gets each code object.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from package_index import add_wheel, use_index, write_files

from domovoi_tf.packaging.build import Target, build
from domovoi_tf.packaging.bytecode.choice import Choice
from domovoi_tf.packaging.bytecode.pythons import OWN_VERSION, get_own_python

from .test_runtime_client import Answer, invoke
from .test_runtime_client_packages import APP, unzip

ORDERS = """
import drinks

def check(event):
    if "note" in event:
        open(__file__ + ".note", "w")
    return drinks.pour(event["beers"])
"""
DRINKS = """
def pour(count):
    if count > 3:
        raise ValueError("too many")
    return {"poured": count}
"""
EVENTS = [{"task_name": "check", "event": event} for event in ({"beers": 2}, {"beers": 4}, {"note": ""})]
#: The application, a package in it, a dependency, and a module of the runtime.
MODULES = ["app.py", "bar/orders.py", "domovoi_tf/app.py", "drinks.py"]
#: Runs a command in a folder that is mounted read-only, without another process.
MOUNT = 'mount -o bind,ro "$0" "$0" && cd "$0" && exec "$@"'
READ_ONLY = ("unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT)


def can_mount(folder: Path) -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*READ_ONLY, folder, "true"], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The unpacked packages of a project, with bytecode and without."""
    root = tmp_path_factory.mktemp("bytecode")
    if not can_mount(root):
        pytest.skip("this machine does not permit a read-only mount in a namespace")
    files = {"app.py": APP, "bar/orders.py": ORDERS, "requirements.txt": "drinks\n"}
    project = write_files(root / "project", files)
    choices = {"bytecode": Choice(get_own_python()), "source": Choice(reason="--no-bytecode was given")}
    with pytest.MonkeyPatch.context() as patch:
        add_wheel(use_index(root, patch), "drinks", text=DRINKS)
        for name, choice in choices.items():
            archive = root / f"{name}.zip"
            build(project, archive, Target(OWN_VERSION), ["schedule"], choice=choice)
            unzip(archive, root / name)
    return {name: root / name for name in choices}


@pytest.fixture
def task(packages: dict[str, Path], tmp_path: Path) -> Path:
    """The package with bytecode, which the test may change."""
    return Path(shutil.copytree(packages["bytecode"], tmp_path / "task"))


def run(task: Path) -> tuple[list[Answer], list[str], str]:
    """Runs the client with all events.

    Returns:
        Its answers, the files from which the modules in ``MODULES`` had their code, and its log.
    """
    before = list_files(task)
    answers, log = invoke(task, *EVENTS, prefix=(*READ_ONLY, str(task)), PYTHONVERBOSE="1")
    assert list_files(task) == before
    found = re.findall(rf"^# code object from '?{re.escape(str(task))}/([^'\n]+?)'?$", log, re.MULTILINE)
    known = {*MODULES, *map(name_bytecode, MODULES)}
    return answers, sorted(name for name in found if name in known), log


def list_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def name_bytecode(module: str) -> str:
    path = Path(module)
    return str(path.parent / "__pycache__" / f"{path.stem}.cpython-3{sys.version_info.minor}.pyc")


def expect(task: Path) -> list[tuple[str, object]]:
    """Returns the kinds of the answers, and their results or the frames of the project."""
    orders, drinks = str(task / "bar" / "orders.py"), str(task / "drinks.py")
    frames = [
        [orders, 7, "check", 'return drinks.pour(event["beers"])'],
        [drinks, 4, "pour", 'raise ValueError("too many")'],
    ]
    refused = [[orders, 6, "check", 'open(__file__ + ".note", "w")']]
    return [("response", {"poured": 2}), ("ValueError", frames), ("OSError", refused)]


def summarize(task: Path, answers: list[Answer]) -> list[tuple[str, object]]:
    """Returns what `expect` does, of these answers."""
    found: list[tuple[str, object]] = []
    for kind, document in answers:
        if kind == "response":
            found.append((kind, document))
            continue
        frames = re.findall(
            r'File "([^"]+)", line (\d+), in (\w+)\n\s+([^\n]+)', "".join(document["stackTrace"])
        )
        own = (str(task / "bar"), str(task / "drinks.py"))
        found.append(
            (
                document["errorType"],
                [[file, int(line), *more] for file, line, *more in frames if file.startswith(own)],
            )
        )
    return found


def test_handler_runs_from_bytecode(packages: dict[str, Path]) -> None:
    task = packages["bytecode"]
    answers, files, log = run(task)
    assert files == sorted(map(name_bytecode, MODULES)), log
    assert summarize(task, answers) == expect(task)
    assert answers[2].document["errorMessage"].startswith("[Errno 30] Read-only file system")


def test_handler_gives_the_same_answers_without_bytecode(packages: dict[str, Path]) -> None:
    task = packages["source"]
    answers, files, log = run(task)
    assert files == sorted(MODULES), log
    assert summarize(task, answers) == expect(task)


def test_handler_runs_from_source_under_another_version_of_python(task: Path) -> None:
    for path in task.rglob("*.pyc"):
        path.write_bytes(b"\0\0\r\n" + path.read_bytes()[4:])
    answers, files, log = run(task)
    assert files == sorted(MODULES), log
    assert summarize(task, answers) == expect(task)


def test_edited_source_takes_effect(task: Path) -> None:
    # As in Lambda's console, which leaves the bytecode as it is.
    (task / "drinks.py").write_text(DRINKS.replace("poured", "served"))
    answers, files, log = run(task)
    assert files == sorted(["drinks.py", *map(name_bytecode, {*MODULES} - {"drinks.py"})]), log
    assert answers[0] == Answer("response", {"served": 2})
