"""A new project is created whole, works without changes, or is not created at all."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from command_server import run_command

from domovoi_tf.errors import DomovoiError, WriteError
from domovoi_tf.rendering import scaffold
from domovoi_tf.system import assets, atomic_files

BIN = Path(sys.executable).parent
FILES = [
    ".chalice/config.json",
    ".chalice/config.schema.json",
    ".chalice/policy-dev.json",
    ".gitignore",
    ".vscode/launch.json",
    ".vscode/settings.json",
    "README.md",
    "app.py",
    "domovoilib/__init__.py",
    "pytest.ini",
    "requirements.txt",
    "tests/test_app.py",
]
USAGE = (
    "Usage: domovoi-tf new-project [OPTIONS] [NAME]\nTry 'domovoi-tf new-project --help' for help.\n\nError: "
)
CREATED = f"""Created beers:
{"".join(f"  beers/{name}{chr(10)}" for name in FILES)}
Next:
  cd beers
  pytest                   # test the handlers
  domovoi-tf render        # write terraform/
  domovoi-tf local deploy  # deploy to an AWS emulator
  domovoi-tf dev           # run this code for its events
  domovoi-tf deploy        # deploy to AWS, after asking
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program of the virtual environment without standard input."""

    def run(program: str, *args: str, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        dropped = ("AWS_", "DOMOVOI_TF_", "PYTEST_")
        environment = {n: v for n, v in os.environ.items() if not n.startswith(dropped)}
        if program == "domovoi-tf":
            return subprocess.CompletedProcess(args, *run_command(args, cwd, environment))
        return subprocess.run(
            [str(BIN / program), *args],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    return run


def list_files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_new_project_is_created_with_next_steps(tmp_path: Path, run: Run) -> None:
    done = run("domovoi-tf", "new-project", "beers")
    assert (done.returncode, done.stdout, done.stderr) == (0, CREATED, "")
    assert list_files(tmp_path) == [f"beers/{name}" for name in FILES]
    config = json.loads((tmp_path / "beers" / ".chalice" / "config.json").read_text())
    assert config == {"$schema": "./config.schema.json", "app_name": "beers", "stages": {"dev": {}}}
    schema = json.loads((tmp_path / "beers" / ".chalice" / config["$schema"]).read_text())
    jsonschema.validate(config, schema)
    assert (tmp_path / "beers").stat().st_mode & 0o777 == 0o777 & ~atomic_files._read_umask()


@pytest.mark.parametrize("template", [None, *scaffold.list_examples()])
def test_tests_of_a_new_project_pass_and_it_renders(template: str | None, tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "x-1"
    scaffold.create_project(folder, template)
    tested = run("pytest", "-q", cwd=folder)
    assert tested.returncode == 0, tested.stdout
    rendered = run("domovoi-tf", "render", cwd=folder)
    assert rendered.returncode == 0, rendered.stderr
    assert "x-1-dev" in (folder / "terraform" / "stages" / "dev" / "main.tf").read_text()


def test_example_gets_the_user_s_name_and_no_state_bucket(tmp_path: Path) -> None:
    assert set(scaffold.create_project(tmp_path / "pub", "bartender")) == {
        *FILES,
        ".chalice/policy-prod.json",
    }
    config = json.loads((tmp_path / "pub" / ".chalice" / "config.json").read_text())
    assert config == {
        "$schema": "./config.schema.json",
        "version": "2.0",
        "app_name": "pub",
        "lambda_timeout": 30,
        "tags": {"app": "pub"},
        "stages": {"dev": {}, "prod": {"lambda_memory_size": 256}},
    }
    original = (assets.find_examples() / "bartender" / "app.py").read_bytes()
    assert (tmp_path / "pub" / "app.py").read_bytes() == original


def test_commented_handlers_in_the_scaffold_work(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "beers"
    scaffold.create_project(folder)
    app = folder / "app.py"
    lines = [line for line in app.read_text().splitlines() if "<app>-<stage>" not in line and line != "#"]
    app.write_text("\n".join(line.removeprefix("# ") for line in lines))
    shown = run("domovoi-tf", "show", "--json", cwd=folder)
    assert shown.returncode == 0, shown.stderr
    handlers = json.loads(shown.stdout)["functions"][0]["handlers"]
    assert [each["handler"] for each in handlers] == ["tick", "order", "uploaded"]


def test_example_with_stages_has_no_state_bucket_either(tmp_path: Path) -> None:
    scaffold.create_project(tmp_path / "pub", "tutorial")
    config = json.loads((tmp_path / "pub" / ".chalice" / "config.json").read_text())
    assert config["stages"] == {"dev": {}, "prod": {"lambda_memory_size": 256}}


def test_template_list_describes_each_example_in_a_sentence(run: Run) -> None:
    done = run("domovoi-tf", "new-project", "--template", "list")
    assert done.stdout.splitlines()[:2] == [
        "bartender     A schedule that orders a beer every minute, and a topic whose subscriber serves it.",
        "batch_map     A distributed map: one run for each object in a bucket, however many there are.",
    ]
    assert all(sentence.endswith(".") for sentence in scaffold.list_examples().values())
    assert set(scaffold.list_examples()) == {
        path.name for path in assets.find_examples().iterdir() if (path / "app.py").is_file()
    }


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (
            [],
            2,
            f"{USAGE}Missing argument 'NAME'. "
            "It cannot be asked for because standard input is not a terminal.\n",
        ),
        (
            ["a b"],
            2,
            f"{USAGE}Invalid value for NAME: 'a b' is not a valid project name. Use only letters, digits, "
            f"- and _.\n",
        ),
        (
            ["../up"],
            2,
            f"{USAGE}Invalid value for NAME: '../up' is not a valid project name. Use only letters, "
            f"digits, - and _.\n",
        ),
        (
            ["x" * 61],
            2,
            f"{USAGE}Invalid value for NAME: the name of the function, '{'x' * 61}-dev', would have 65 "
            "characters, but Lambda allows at most 64. Choose a shorter name.\n",
        ),
        (["here"], 1, "Error: here already exists.\nChoose another name, or move it away.\n"),
        (["file"], 1, "Error: file already exists.\nChoose another name, or move it away.\n"),
        (["nowhere"], 1, "Error: nowhere already exists.\nChoose another name, or move it away.\n"),
        (
            ["beers", "--template", "bartendr"],
            1,
            "Error: There is no template 'bartendr'.\nDid you mean 'bartender'? The templates are bartender, "
            "batch_map, every_source, long_running, threadpool, tutorial. "
            "To see what they contain, run `domovoi-tf new-project --template list`.\n",
        ),
        (
            ["beers", "--template", "../../docs"],
            1,
            "Error: There is no template '../../docs'.\nThe templates are bartender, "
            "batch_map, every_source, long_running, threadpool, tutorial. "
            "To see what they contain, run `domovoi-tf new-project --template list`.\n",
        ),
    ],
)
def test_invalid_arguments_are_rejected_and_nothing_is_written(
    arguments: list[str], code: int, error: str, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "nowhere").symlink_to("missing")
    done = run("domovoi-tf", "new-project", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", error)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "here", "nowhere"]


def test_help_keeps_the_lines_of_its_examples(run: Run) -> None:
    output = run("domovoi-tf", "new-project", "--help").stdout
    assert (
        "  Example: domovoi-tf new-project beers\n"
        "           domovoi-tf new-project beers --template bartender --ci github\n"
    ) in output
    assert "  and deploy it:\n    domovoi-tf new-project beers\n" in run("domovoi-tf", "--help").stdout


def test_longest_name_is_accepted(tmp_path: Path) -> None:
    assert scaffold.find_name_problem("x" * 60) == ""


def test_terminal_user_is_asked_until_the_name_is_valid(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [str(BIN / "domovoi-tf"), "new-project"], cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        output = b""
        answers = [b"a b\n", b"beers\n"]
        while True:
            try:
                output += os.read(ours, 4096)
            except OSError:  # the terminal is closed
                break
            if answers and output.count(b"Name of the project: ") == 3 - len(answers):
                os.write(ours, answers.pop(0))
    os.close(ours)
    assert process.returncode == 0
    text = output.decode().replace("\r\n", "\n")
    prompt, rejection = (
        "Name of the project: ",
        "Error: 'a b' is not a valid project name. Use only letters, digits, - and _.\n",
    )
    assert text == f"{prompt}a b\n{rejection}{prompt}beers\n{CREATED}"


def test_project_that_cannot_be_written_leaves_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def fail_on_third_file(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) == 3:
            raise OSError(28, "No space left on device", str(path))
        return len(content)

    monkeypatch.setattr(Path, "write_bytes", fail_on_third_file)
    with pytest.raises(WriteError) as raised:
        scaffold.create_project(tmp_path / "beers")
    assert str(raised.value) == (
        f"{tmp_path / 'beers'} cannot be written: No space left on device.\nMake its parent folder writable."
    )
    assert list(tmp_path.iterdir()) == []


def test_generated_files_of_an_example_are_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = tmp_path / "examples" / "tried"
    for name in ("app.py", "terraform/app/main.tf", "__pycache__/app.pyc", ".chalice/config.json"):
        (example / name).parent.mkdir(parents=True, exist_ok=True)
        (example / name).write_text('{"app_name": "tried"}' if name.endswith(".json") else '"""Tried."""')
    monkeypatch.setattr(assets, "find_examples", lambda: tmp_path / "examples")
    assert scaffold.list_examples() == {"tried": "Tried."}
    assert scaffold.create_project(tmp_path / "mine", "tried") == FILES
    with pytest.raises(DomovoiError):
        scaffold.create_project(tmp_path / "other", "bartender")


#: What must not be in a repository, and what must.
IGNORED = (
    ".env",
    ".env.local",
    "terraform/stages/dev/terraform.tfvars",
    "terraform/stages/dev/secret.auto.tfvars.json",
    "terraform/stages/dev/.terraform/providers/x",
    "terraform/stages/dev/terraform.tfstate",
    "terraform/stages/dev/terraform.tfstate.backup",
    "terraform/stages/dev/.terraform.tfstate.lock.info",
    "terraform/stages/dev/stage.tfplan",
    "terraform/stages/dev/crash.log",
    "terraform/app/package.zip",
    ".venv/bin/python",
)
KEPT = (
    "app.py",
    "terraform/app/main.tf",
    "terraform/stages/dev/.terraform.lock.hcl",
    "terraform/.domovoi-tf.json",
)


def test_secrets_and_files_of_one_machine_are_ignored_by_git(tmp_path: Path) -> None:
    folder = tmp_path / "beers"
    files = scaffold.create_project(folder)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        cwd=folder,
        input="\n".join([*IGNORED, *KEPT, *files]),
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == list(IGNORED)


def test_debugger_runs_the_tests(tmp_path: Path, run: Run) -> None:
    scaffold.create_project(tmp_path / "beers")
    document = json.loads((tmp_path / "beers" / ".vscode" / "launch.json").read_text())
    values = {"${file}": "tests/test_app.py", "${input:test}": "tick"}
    tests = [each for each in document["configurations"] if each.get("module") == "pytest"]
    assert [each["name"] for each in tests] == [
        "All tests",
        "Tests in this file",
        "One test, by its name or a part of it",
    ]
    for configuration in tests:
        arguments = [values.get(each, each) for each in configuration.get("args", [])]
        done = run("python", "-m", configuration["module"], *arguments, cwd=tmp_path / "beers")
        assert "1 passed" in done.stdout, done.stdout
