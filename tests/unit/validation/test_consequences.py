"""A mistake is one problem: what follows from it is not listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domovoi_tf import settings
from domovoi_tf.loading import loader
from domovoi_tf.validation.application import validate

HEAD = "from domovoi_tf import Domovoi\napp = Domovoi()\n"
STATES = "{'StartAt': 'A', 'States': {'A': {'Type': 'Task', 'End': True}}}"
ARGUMENTS = "state_name, state_machine_definition, state_machine_name, function, name."


def find_problems(project: Path, code: str, config: object = None) -> list[str]:
    (project / ".chalice").mkdir()
    (project / ".chalice" / "config.json").write_text(json.dumps(config or {"app_name": "bar"}))
    (project / "app.py").write_text(HEAD + code)
    return [str(each) for each in validate(loader.load(project), settings.load(project, "dev"))]


def decorate(decorator: str, name: str = "tend") -> str:
    return f"@app.{decorator}\ndef {name}(event, context): ...\n"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (
            decorate("sns_topic_subscriber('a', function='big')")
            + decorate("sns_topic_subscriber('b', function='big')", "pour"),
            "app.py:3: the function 'big' is not declared (also at app.py:5)\n"
            "    Declare it with app.function('big').",
        ),
        (
            "app.function('big')\n" + decorate("sns_topic_subscriber('a', function='bigg')"),
            "app.py:4: the function 'bigg' is not declared\n"
            "    Did you mean 'big'? Declare it with app.function('bigg').",
        ),
        (
            "big = app.function(5)\n"
            + decorate("sns_topic_subscriber('a', function=big)")
            + decorate("sns_topic_subscriber('b', function=big)", "pour"),
            "app.py:3: name is 5\n    Use a string.",
        ),
        (
            decorate("sqs_queue_subscriber('a', batch_size=20000)"),
            "app.py:3: batch_size is 20000\n    Use a whole number from 1 to 10000.",
        ),
        (
            decorate("sns_topic_subscriber(topic='a')"),
            "app.py:3: app.sns_topic_subscriber has no argument topic\n    Did you mean topic_name? Its "
            "arguments are topic_name, create, filter_policy, filter_policy_scope, function, name.",
        ),
        (
            f"app.register_state_machine({STATES})\n@app.step_function_task\ndef a(event, context): ...\n",
            "app.py:4: step_function_task needs parentheses: write @app.step_function_task(...)\n"
            f"    Its arguments are {ARGUMENTS}",
        ),
        (
            f"machine = app.register_state_machine({STATES})\n" + decorate("step_function_task('A')"),
            "app.py:4: app.step_function_task needs the argument state_machine_definition\n"
            f"    Its arguments are {ARGUMENTS}",
        ),
        (
            f"machine = app.register_state_machine({STATES.replace(repr('A'), repr('Work'))})\n"
            + decorate("step_function_task('Wrk', machine)"),
            "app.py:4: the state machine has no state 'Wrk'\n    Did you mean 'Work'?",
        ),
        (
            "app.register_state_machine({'StartAt': 'A', 'States': {'A': {'Result': 1, 'End': True}}})\n",
            'app.py:3: A: it does not have required field "Type"\n'
            "    Correct it as the Amazon States Language requires: https://states-language.net/spec.html",
        ),
    ],
)
def test_consequences_are_not_listed(code: str, problem: str, tmp_path: Path) -> None:
    assert find_problems(tmp_path, code) == [problem]


def test_settings_of_a_function_that_is_not_declared_are_no_problem_of_their_own(tmp_path: Path) -> None:
    config = {"app_name": "bar", "lambda_functions": {"big": {"lambda_timeout": 5}, "bag": {}}}
    assert find_problems(tmp_path, decorate("function_url(function='big')"), config) == [
        ".chalice/config.json: $.lambda_functions.bag: the app has no such function\n"
        "    It has: default. Declare it, or leave this out.",
        "app.py:3: the function 'big' is not declared\n    Declare it with app.function('big').",
    ]


def test_independent_problems_of_one_line_are_all_listed(tmp_path: Path) -> None:
    code = decorate("sqs_queue_subscriber('a b', batch_size=0, function=7, create='yes')")
    assert [each.partition("\n")[0] for each in find_problems(tmp_path, code)] == [
        "app.py:3: function is 7",
        "app.py:3: create is 'yes'",
        "app.py:3: 'a b' is not a valid SQS queue name",
        "app.py:3: batch_size is 0",
    ]


def test_task_without_a_handler_is_a_problem_if_another_decorator_is_wrong(tmp_path: Path) -> None:
    code = f"app.register_state_machine({STATES})\n@app.function_url\ndef door(event, context): ...\n"
    assert [each.partition("\n")[0] for each in find_problems(tmp_path, code)] == [
        "app.py:3: A: the task has neither a handler nor a Resource",
        "app.py:4: function_url needs parentheses: write @app.function_url(...)",
    ]
