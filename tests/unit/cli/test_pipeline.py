"""Loading projects in one or several stages."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

import pytest

from domovoi_tf.cli import pipeline
from domovoi_tf.cli.project.render import render
from domovoi_tf.system import folder_transaction

from .conftest import ABOVE_QUOTA, APP, TWO_STAGES, Fails, Run, configure, configure_stages, read_contents


def test_invalid_configuration_is_an_error(fails: Fails, project: Path) -> None:
    configure(project, '{"app_name": "bar",\n "tags": {]\n}')
    assert fails("render") == (
        "Error: .chalice/config.json:2:11: this is not valid JSON: a { is closed with ].\n"
        "Write } in its place.\n"
    )


def test_missing_module_is_an_error_with_a_remedy(fails: Fails, project: Path) -> None:
    (project / "app.py").write_text(f"import ginger_beer\n{APP}")
    for command in (["render"], ["render", "--check"], ["deploy"]):
        assert fails(*command) == (
            f"Error: app.py:1: the module ginger_beer is not installed for {sys.executable}.\n"
            f"Install it: {sys.executable} -m pip install ginger_beer\n"
            "Or pass the Python that has it with --python or in DOMOVOI_TF_PYTHON.\n"
        )


def test_invalid_app_lists_all_problems(fails: Fails, project: Path) -> None:
    more = '@app.sns_topic_subscriber("bartender")\ndef pour(event, context): ...\n'
    wrong = '@app.scheduled_function("rate(5 minute)")\ndef bar(event, context): ...\n'
    (project / "app.py").write_text(APP + more + wrong)
    assert fails("render") == (
        "Error: 2 problems\n"
        "app.py:8: pour and tend (app.py:6) both handle sns bartender\n"
        "    Keep one handler and call the other from it, or give each its own source.\n"
        "app.py:10: the schedule 'rate(5 minute)' is not valid: the unit after 5 is minutes\n"
        "    Write rate(5 minutes), cron(0 18 ? * MON-FRI *) or at(2030-12-31T18:00:00).\n"
    )


def test_warnings_follow_the_problems_that_do_not_cause_them(fails: Fails, project: Path) -> None:
    (project / "app.py").write_text(
        f"{APP}app.function('idle')\napp.function('idler', memory_size=1)\n\n\n"
        '@app.sns_topic_subscriber("a b")\ndef pour(event, context): ...\n'
    )
    configure(project, {"app_name": "bar", "profile": "me"})
    assert fails("render") == (
        "Error: 2 problems\n"
        "app.py:9: memory_size is 1\n"
        "    Lambda accepts 128 to 10240 MB.\n"
        "app.py:12: 'a b' is not a valid SNS topic name\n"
        "    Use letters, digits, - and _ only.\n"
        "Warning: .chalice/config.json:1: $.profile: is not used: set AWS_PROFILE\n"
        "Warning: app.py:8: the function 'idle' has no handlers, so it is not deployed: pass function='idle' "
        "to a decorator, or remove the declaration\n"
    )
    (project / "app.py").write_text("1 / 0")
    assert fails("render") == (
        "Error: app.py:1: ZeroDivisionError: division by zero\n"
        "Correct the code there. --debug shows the whole traceback.\n"
        "Warning: .chalice/config.json:1: $.profile: is not used: set AWS_PROFILE\n"
    )


def test_function_is_not_unused_if_a_decorator_is_wrong(fails: Fails, project: Path) -> None:
    more = '@app.sns_topic_subscriber(function="idle")\ndef pour(event, context): ...\n'
    (project / "app.py").write_text(f"{APP}app.function('idle')\n\n\n{more}")
    assert fails("render") == (
        "Error: app.py:11: app.sns_topic_subscriber needs the argument topic_name\n"
        "    Its arguments are topic_name, create, filter_policy, filter_policy_scope, function, name.\n"
    )


def test_unknown_stage_suggests_a_similar_one(run: Run, project: Path) -> None:
    configure_stages(project, "dev", "prod", "preview")
    done = run("show", "--stage", "prd")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: .chalice/config.json:1: $.stages: there is no stage 'prd'; the stages are: dev, prod, "
        "preview. Did you mean 'prod'?\n",
    )


def test_all_stages_of_a_project_without_stages_are_the_default_one(project: Path) -> None:
    assert pipeline.select_stages(project, (), True) == pipeline.select_stages(project, (), False) == ("dev",)
    configure_stages(project, "test", "prod")
    assert pipeline.select_stages(project, (), True) == ("test", "prod")


def test_stage_and_all_stages_cannot_be_combined(fails: Fails) -> None:
    for command in ("render", "show"):
        error = fails(command, "--stage", "dev", "--all-stages", code=2)
        assert error.splitlines()[-1] == "Error: --stage and --all-stages cannot be used together."


def test_stages_that_differ_in_declarations_are_an_error(fails: Fails, project: Path) -> None:
    (project / "app.py").write_text(TWO_STAGES)
    configure_stages(project, "dev", "prod")
    remedy = (
        "    All stages share one app/. Use variable() or scoped() for names that differ by stage, "
        "and let handlers read other values from their environment.\n"
    )
    for stages in (["--stage", "dev", "--stage", "prod"], ["--all-stages"]):
        error = fails("render", *stages)
        assert error[error.index("Error:") :] == (
            "Error: 2 problems\n"
            "app.py:7: topic_name of tend is 'dev' in stage dev, but 'prod' in stage prod\n"
            f"{remedy}"
            "app.py:13: audit is declared in stage prod, but not in stage dev\n"
            f"{remedy}"
        )


def test_problems_of_several_stages_are_reported_once_with_their_stages(fails: Fails, project: Path) -> None:
    wrong = '\n\n@app.scheduled_function("rate(5 minute)")\ndef bar(event, context): ...\n'
    (project / "app.py").write_text(TWO_STAGES.partition("\n\n\nif")[0] + wrong)
    configure_stages(project, "dev", "a b", "c/d")
    error = fails("render", "--stage", "dev", "--stage", "a b", "--stage", "nowhere")
    assert error == (
        "Error: 2 problems\n"
        ".chalice/config.json: stage: 'a b' is not a valid name. Use only letters, digits, - and _. "
        "(stage a b)\n.chalice/config.json:1: $.stages: there is no stage 'nowhere'; the stages are: dev, a "
        'b, c/d. Choose one with --stage, or add "nowhere": {} there. (stage nowhere)\n'
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
    error = fails("render", "--all-stages")
    assert "app.py:7: 'bad topic' is not a valid SNS topic name (stages test, prod)\n" in error
    assert error.count("app.py:10: the schedule 'rate(5 minute)' is not valid") == 1
    assert "is minutes (stage" not in error


def test_import_error_names_its_stage(fails: Fails, project: Path) -> None:
    (project / "app.py").write_text(TWO_STAGES.replace('["TOPIC"])', '["TOPIC"][3])'))
    configure_stages(project, "dev", "prod")
    assert fails("render", "--all-stages") == (
        "Error: app.py:7: IndexError: string index out of range (stage dev)\n"
        "Correct the code there. --debug shows the whole traceback.\n"
    )


def test_import_uses_the_given_timeout_and_python(fails: Fails, project: Path) -> None:
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


def test_settings_of_an_unknown_function_are_an_error(fails: Fails, project: Path) -> None:
    configure(project, {"app_name": "bar", "lambda_functions": {"report": {"lambda_timeout": 9}}})
    assert fails("render") == (
        "Error: .chalice/config.json: $.lambda_functions.report: the app has no such function\n"
        "    It has: default. Declare it, or leave this out.\n"
    )


def test_replaced_handler_is_a_warning(run: Run, project: Path) -> None:
    (project / "app.py").write_text(APP + APP.partition("\n\n\n")[2])
    done = run("show")
    assert (done.returncode, done.stderr) == (
        0,
        "Warning: app.py:8: tend replaces the handler with the same name at app.py:6\n",
    )


def test_module_that_shadows_the_standard_library_is_a_warning(run: Run, project: Path) -> None:
    (project / "app.py").write_text(f"import queue\n{APP}")
    (project / "queue.py").touch()
    configure(project, {"app_name": "bar", "stages": {"dev": {}, "prod": {}}})
    (project / "app.py").write_text((project / "app.py").read_text().replace('"bartender"', "scoped('x')"))
    (project / "app.py").write_text("from domovoi_tf import scoped\n" + (project / "app.py").read_text())
    assert run("show", "--all-stages").stderr == (
        "Warning: queue.py:1: the module queue hides Python's standard library module of the same name from "
        "the app and from everything that it imports: rename it\n"
    )


def test_unused_key_of_the_configuration_is_a_warning(run: Run, project: Path) -> None:
    configure(project, {"app_name": "bar", "api_gateway_stage": "api"})
    done = run("show")
    assert (done.returncode, done.stderr) == (
        0,
        "Warning: .chalice/config.json:1: $.api_gateway_stage: is not used: there is no API Gateway here\n",
    )


@pytest.fixture
def interrupted_tree(rendered_tree: Path) -> Path:
    """A tree with a change that was committed but not finished."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_transaction, "_commit_in_child", lambda _: None)
        folder_transaction.commit(rendered_tree, {"app/sns.tf": b"new"}, ["app/README.md"])
    (rendered_tree / folder_transaction.PREPARED).rename(rendered_tree / folder_transaction.COMMITTED)
    return rendered_tree


def test_next_command_that_writes_completes_an_interrupted_change(run: Run, interrupted_tree: Path) -> None:
    before = read_contents(interrupted_tree)
    assert run("package", "--no-bytecode").returncode == 0  # otherwise records the release of Python
    after = read_contents(interrupted_tree)
    del after["app/package.zip"]
    del before["app/README.md"]
    kept = {path: content for path, content in before.items() if "domovoi-tf.committed" not in path}
    assert after == {**kept, "app/sns.tf": b"new"}


@pytest.mark.parametrize("command", [["render", "--check"], ["output"], ["plan"]])
def test_commands_that_only_read_leave_an_interrupted_change(
    run: Run, interrupted_tree: Path, command: list[str]
) -> None:
    before = read_contents(interrupted_tree)
    run(*command, DOMOVOI_TF_TERRAFORM="/nowhere")
    assert read_contents(interrupted_tree) == before


def test_warnings_are_printed_only_by_commands_that_render(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stages: dict[str, object] = {"dev": {}, "prod": {}}
    configure(project, {"app_name": "bar", "api_gateway_stage": "api", "stages": stages})
    pipeline.load_deployed(project, "dev")
    assert capsys.readouterr().err == ""
    pipeline.load(project, "dev")
    assert capsys.readouterr().err.count("Warning: ") == 2


def test_render_says_that_it_waits_for_another_process(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    lock = fcntl.flock

    def hold_once(file: int, operation: int) -> None:
        if operation & fcntl.LOCK_NB:
            raise BlockingIOError
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", hold_once)
    render.main([], standalone_mode=False)
    out, err = capfd.readouterr()
    waits = "Waiting for another process that is writing to terraform.\n"
    assert (waits in err, waits in out) == (True, False)
    assert "files changed." in out


@pytest.mark.parametrize("command", [["render"], ["invoke", "tend", "--local"]])
def test_app_is_imported_with_credentials_only_on_request(
    run: Run, project: Path, command: list[str]
) -> None:
    seen = (
        'import os, pathlib\npathlib.Path("seen").write_text(os.environ.get("AWS_ACCESS_KEY_ID", "none"))\n'
    )
    (project / "app.py").write_text(seen + APP)
    for options, variables, key in (
        ([], {}, "none"),
        (["--with-credentials"], {}, "mine"),
        ([], {"DOMOVOI_TF_WITH_CREDENTIALS": "1"}, "mine"),
    ):
        done = run(*command, *options, AWS_ACCESS_KEY_ID="mine", **variables)
        assert done.returncode == 0, done.stderr
        assert (project / "seen").read_text() == key


def test_module_that_the_package_lacks_is_an_error_before_anything_is_written(
    fails: Fails, run: Run, project: Path
) -> None:
    (project / "bills.py").write_text("")
    (project / "app.py").write_text(f'import importlib\nimportlib.import_module("bills")\n{APP}')
    for command in ("render", "package", "deploy", "show"):
        assert fails(command) == (
            "Error: app.py:2: the package does not contain the module bills (bills.py), which is imported "
            "here\n"
            '    Write an import statement for it, or add "package_include": ["bills.py"] to '
            ".chalice/config.json.\n"
        )
    configure(project, {"app_name": "bar", "package_include": ["../bills.py"]})
    assert fails("render") == (
        "Error: .chalice/config.json:1: $.package_include[0]: '../bills.py' is not a path or shell pattern, "
        "without .., of files below the project's folder.\n"
    )
    configure(project, {"app_name": "bar", "package_include": ["./bills.py"]})
    assert run("render").returncode == 0


def test_quotas_of_the_account_are_a_warning_of_commands_that_write_the_tree(run: Run, project: Path) -> None:
    configure(project, ABOVE_QUOTA)
    warning = (
        "Warning: .chalice/config.json:1: the app would have 1 reserved concurrent executions; Lambda allows "
        "0, because quotas.L-B99A9384 is 1: raise the quota further, or reserve less with "
        "reserved_concurrency\n"
    )
    assert [run("render").stderr, run("render", "--check").stderr] == [warning, warning]
    assert [run("package").stderr, run("show").stderr] == ["", ""]
