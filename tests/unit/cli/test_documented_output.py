"""The output of commands on pages of the documentation is that of the program.

A page breaks long lines at another place than a terminal, so most blocks are compared as words.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from documentation.pages import quote_block
from rich.console import Console

from domovoi_tf import __version__
from domovoi_tf.cli.deployment.doctor import format_findings
from domovoi_tf.cli.deployment.package import format_package
from domovoi_tf.cli.operations.execution_view import create_tree
from domovoi_tf.cli.operations.invoke import format_log, format_report
from domovoi_tf.cli.terraform import backend as commands
from domovoi_tf.cli.terraform.prune_moves import Pruning, format_pruning
from domovoi_tf.doctor import account
from domovoi_tf.doctor import project as checks
from domovoi_tf.errors import BackendError
from domovoi_tf.operations.execution import Progress
from domovoi_tf.operations.execution_tree import Node
from domovoi_tf.operations.invoke import Invocation
from domovoi_tf.operations.log_format import Report
from domovoi_tf.packaging.dependencies.requirements import Requirements
from domovoi_tf.packaging.size_limits import Part
from domovoi_tf.settings import Settings
from domovoi_tf.state import migration
from domovoi_tf.state.backend_root import Backend
from domovoi_tf.state.status import State
from domovoi_tf.state.workspaces import require_workspace
from domovoi_tf.terraform.first_contact import UnansweredError

from .conftest import PROGRAM, Invoke, Run, Terminal, await_end, configure
from .deployment.test_package import BUILT, ZIP
from .operations.test_debugging import debug
from .operations.test_execution_view import FAILED, START
from .project.test_render import set_version
from .terraform.test_interruption import APPLYING
from .terraform.test_stale_files import BOTH

RUNNING, RENAMING = "docs/guides/running.md", "docs/guides/renaming.md"
TERRAFORM = "docs/guides/terraform.md"
DEPLOYED, TREE = "docs/guides/after-deployment.md", "docs/reference/tree.md"


def is_quoted(said: str, page: str, beginning: str) -> bool:
    """Returns whether a text is the block of a page with a beginning, but for its line breaks."""
    return said.split() == quote_block(page, beginning).split()


def test_page_on_terraform_quotes_an_interruption() -> None:
    done = APPLYING.replace(" ", " 3 of 12 changes were made. ", 1)
    assert is_quoted(done, TERRAFORM, "Interrupted.")


def test_page_on_terraform_quotes_the_error_without_an_answer() -> None:
    error = UnansweredError('Could not connect to the endpoint URL: "https://sts.eu-west-1.amazonaws.com/"')
    assert f"Error: {error}\n" == quote_block(TERRAFORM, "Error: AWS does not answer")


def test_page_on_running_quotes_the_error_about_stale_files() -> None:
    message, remedy = BOTH
    said = f"Error: 2 problems\n{message}\n{remedy}".replace("app/sns.tf", "app/schedule.tf")
    assert is_quoted(said, RUNNING, "Error: 2 problems")


def test_page_on_stages_quotes_the_error_about_a_workspace(tmp_path: Path) -> None:
    root = tmp_path / "dev"
    with pytest.raises(BackendError) as caught:
        require_workspace(root, root / ".terraform", {"TF_WORKSPACE": "feature"}, None, False)
    assert is_quoted(f"Error: {caught.value}", "docs/guides/stages.md", "Error: The workspace")


def test_page_on_deployed_functions_quotes_an_invocation() -> None:
    report = Report(12.5, 13, None, 128, 45)
    invocation = Invocation("1f2e…", None, None, ("{'beer': 'Quadrupel', 'quantity': 1}",), report)
    lines = [*format_log(invocation), "null", f"tend on bartender-dev: {format_report(invocation)}"]
    _, *said = quote_block(DEPLOYED, "$ domovoi-tf invoke tend --event '{\"beer\": 1}'\n").splitlines()
    assert [click.unstyle(line) for line in lines] == said


def test_page_on_deployed_functions_quotes_the_tree_of_an_execution() -> None:
    def make_node(name: str, kind: str, seconds: float | None, *inner: Node) -> Node:
        times = (START, None if seconds is None else START + timedelta(seconds=seconds))
        return Node(name, kind, "running" if seconds is None else "succeeded", 1, *times, "", None, inner)

    waiting = Node("Each", "Map", "waiting", 0, None, None, "", None, ())
    fill = waiting._replace(name="Fill", type="Task")
    states = (
        make_node("Brew", "Task", 0.6),
        make_node(
            "Both", "Parallel", None, make_node("Taste", "Task", 0.2), make_node("Label", "Task", None)
        ),
        waiting._replace(children=(fill,)),
    )
    running = FAILED._replace(machine="default", name="brew-7", status="RUNNING", stopped=None)
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(create_tree(Progress(running, states, ())))
    assert capture.get() == quote_block(DEPLOYED, "default brew-7")


def test_page_on_the_package_quotes_its_parts() -> None:
    sizes = {"pydantic-core 2.41.4": (11, 5_263_815), "pydantic 2.12.3": (216, 3_713_145)}
    others = {"typing-extensions 4.16.0": (6, 348_358)}
    parts = tuple(Part(name, *size) for name, size in {**sizes, **others}.items())
    zip_ = replace(
        ZIP,
        path=Path("terraform/app/package.zip"),
        sha256="ab99...",
        size=3_576_709,
        unzipped=9_568_054,
        files=282,
        parts=parts,
    )
    package = replace(
        BUILT,
        zip=zip_,
        requirements=Requirements(Path("uv.lock")),
        left_out=("boto3",),
        release="3.13.0",
        bytecode=Part("bytecode", 127, 2_306_975),
    )
    said = quote_block("docs/guides/package.md", "$ domovoi-tf package\n")
    lines = [
        "$ domovoi-tf package",
        *"\n".join(format_package(package, with_parts=True)).splitlines()[:5],
        "  ...",
        "",
    ]
    assert "\n".join(lines) == said


def test_page_on_renaming_quotes_the_problem_of_a_schedule(project: Path, run: Run) -> None:
    app = "from domovoi_tf import Domovoi\n\napp = Domovoi()\n\n\n\n@app.scheduled_function('rate(1 day)')\n"
    (project / "app.py").write_text(f"{app}def tick(event, context): ...\n")
    assert run("render").returncode == 0
    (project / "app.py").write_text(f"{app}def tock(event, context): ...\n")
    said = f"$ domovoi-tf render {run('render').stderr}"
    assert is_quoted(said, RENAMING, "$ domovoi-tf render\nError")


def test_page_on_renaming_quotes_what_is_pruned() -> None:
    pruning = Pruning(
        {"module.tend": "module.serve"}, {"module.fetch": "module.get"}, {"module.fetch": ("prod",)}, {}
    )
    lines = ["$ domovoi-tf prune-moves", *format_pruning(pruning)]
    assert lines == quote_block(RENAMING, "$ domovoi-tf prune-moves").splitlines()


def test_page_on_the_tree_quotes_a_check(project: Path, run: Run, rendered_tree: Path) -> None:
    with (rendered_tree / "app" / "iam.tf").open("a") as file:
        file.write("# mine\n")
    variables = {"GLASS": "a pint"}
    configure(project, {"app_name": "bar", "lambda_timeout": 30, "environment_variables": variables})
    done = run("render", "--all-stages", "--check", "--diff")
    said = f"$ domovoi-tf render --all-stages --check --diff\n{done.stdout}{done.stderr}"
    assert said.replace(__version__, "0.2.0") == quote_block(TREE, "$ domovoi-tf render --all-stages")


def test_page_on_the_tree_quotes_the_version_of_a_tree(run: Run, rendered_tree: Path) -> None:
    set_version(rendered_tree, "0.0.9")
    line = run("render").stdout.splitlines()[0]
    said = line.replace(__version__, "0.3.0").replace("0.0.9", "0.2.0")
    assert f"{said}\n" == quote_block(TREE, "terraform was rendered by")


def test_page_on_the_tree_quotes_the_error_about_its_format(run: Run, rendered_tree: Path) -> None:
    set_version(rendered_tree, "0.9.0", number=3)
    assert is_quoted(
        run("render").stderr.replace(__version__, "0.2.0"), TREE, "Error: terraform was rendered by"
    )


def test_page_on_editors_quotes_a_session_of_the_debugger(project: Path, terminal: Terminal) -> None:
    command, place, source, *session = quote_block(
        "docs/guides/editor.md", "$ domovoi-tf invoke tend --local --event"
    ).splitlines()
    number = int(place.partition("(")[2].partition(")")[0])
    lines = ["from domovoi_tf import Domovoi", "app = Domovoi()", "@app.sns_topic_subscriber('bartender')"]
    lines += ["def tend(event, context):", "    beer = event['Records'][0]['Sns']['Message']"]
    lines += ["#"] * (number - 2 - len(lines))
    lines += ["    breakpoint()", f"    {source.removeprefix('-> ')}", ""]
    (project / "app.py").write_text("\n".join(lines))
    child = terminal("/bin/sh", "-c", command.removeprefix("$ ").replace("domovoi-tf", str(PROGRAM), 1))
    shown = debug(child, *(line.removeprefix("(Pdb) ") for line in session if line.startswith("(Pdb) ")))
    assert await_end(child)[0] == 0
    lines = shown[shown.index("> /") :].splitlines()
    assert lines[2:] == session
    if sys.version_info < (3, 13):  # later ones stop at the call itself
        assert lines[:2] == [place.replace("/home/me/bar", str(project)), source]


@pytest.mark.usefixtures("rendered_tree", "terraform")
def test_page_on_remote_state_quotes_a_migration(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    target = Backend("s3", {"bucket": "my-terraform-state", "key": "beers/dev/terraform.tfstate"})
    state = State(1234, 7, "lineage", 12)
    move = migration.Migration(Backend("local", {}), target, "dev", state, "{}")
    monkeypatch.setattr(migration, "prepare", lambda *_: move)
    monkeypatch.setattr(migration, "migrate", lambda *_: state)
    clock = SimpleNamespace(gmtime=lambda: None, strftime=lambda *_: "20260301T120000Z")
    monkeypatch.setattr(migration, "time", clock)
    settings = {"bucket": "my-terraform-state", "key": "beers/dev/terraform.tfstate", "region": "eu-west-1"}
    configure(project, {"app_name": "bar", "terraform": {"backend": {"s3": settings}}})
    said = quote_block("docs/guides/remote-state.md", "$ domovoi-tf backend migrate\n").splitlines()
    assert said.pop(4) == "Move the state? [y/N]: y"
    done = invoke(commands.backend, "migrate", "--yes")
    assert done.out.replace(str(project), "/home/ada/beers").splitlines()[:4] == said[1:]


def test_page_on_running_quotes_findings_of_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "package.zip"
    archive.write_bytes(b"zip")
    caller = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ann"}
    monkeypatch.setattr(
        account, "_create_client", lambda *_: SimpleNamespace(get_caller_identity=lambda: caller)
    )
    monkeypatch.setattr(
        account, "_create_s3_client", lambda *_: SimpleNamespace(head_bucket=lambda **_: None)
    )
    terraform: Any = SimpleNamespace(
        name="Terraform",
        binary=SimpleNamespace(path="/usr/local/bin/terraform"),
        require_supported_version=lambda: None,
        read_version=lambda: (1, 11, 4),
        read_json=lambda *_: {"provider_selections": {"registry.terraform.io/hashicorp/aws": "5.100.0"}},
    )
    backend = ("s3", {"bucket": "my-terraform-state", "key": "bartender/dev/terraform.tfstate"})
    settings = Settings(app_name="bartender", stage="dev", backend=backend)
    region = {"AWS_REGION": "eu-west-1"}
    findings = [
        checks.check_terraform(terraform),
        checks.check_provider(terraform, "dev"),
        checks.check_tree(
            ["app/schedule.tf"], [], "rendered by domovoi-tf 0.2.0", "Run `domovoi-tf render`.", "dev"
        ),
        checks.check_package(archive, lambda path: path.write_bytes(b"zip"), "dev"),
        account.check_region(settings, region),
        account.check_credentials(settings, region),
        account.check_backend(settings, tmp_path),
        account._make_lock_finding(None, "dev"),
    ]
    lines = [line for each in format_findings(findings) for line in click.unstyle(each).splitlines()]
    said = quote_block(RUNNING, "✓ terraform").splitlines()
    assert lines == [line for line in said if line.split()[1] not in ("app", "emulator")]
